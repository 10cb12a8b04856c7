package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/sjudager/sjudager/cmd/testcam/clips"
	"github.com/sjudager/sjudager/cmd/testcam/farm"
	"github.com/sjudager/sjudager/configs"
	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/spool"
	"github.com/sjudager/sjudager/web/account"
)

const (
	maxDemoCameras = 64
	demoListen     = "127.0.0.1:8080"
	demoPorts      = 20 // how many ports from there on are tried
	demoConfig     = "sjudager.yaml"
)

// demoNames are what the pages call the cameras of the demo clips.
var demoNames = map[string][2]string{ // name, zone
	"k01-inngang":    {"Hovedinngang", "inngang"},
	"k02-ko":         {"Køområdet", "inngang"},
	"k03-scenekant":  {"Scenekanten", "sal"},
	"k04-lasterampe": {"Lasterampen", "varemottak"},
	"k05-garderobe":  {"Garderoben", "foajé"},
}

// demo runs the whole program on simulated cameras.
func demo(ctx context.Context, c console, o *options) error {
	folder, listen := o.String("dir", "", ""), o.String("listen", "", "")
	number := o.Int("cameras", len(farm.Clips()), "")
	keep := o.Duration("keep", 0, "")
	if _, err := o.parse(); err != nil {
		return err
	}
	switch {
	case *number < 1 || *number > maxDemoCameras:
		return misuse(fmt.Sprintf("--cameras: %d is not a number from 1 to %d", *number, maxDemoCameras), "")
	case *keep != 0 && (*keep < time.Second || *keep > 168*time.Hour):
		return misuse(fmt.Sprintf("--keep: %v is not between 1s and 168h, which is seven days", *keep), "")
	}
	ctx, end := untilSignal(ctx, c.err)
	defer end()
	dir, err := filepath.Abs(*folder)
	if *folder == "" {
		dir, err = os.MkdirTemp("", "sjudager-demo-")
		defer os.RemoveAll(dir) // what is left of a demo harms nobody
	}
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	if err != nil {
		return fmt.Errorf("couldn't make the demo's folder: %w", err)
	}
	if *listen == "" {
		if *listen, err = freeAddress(); err != nil {
			return err
		}
	}

	cameras, err := farm.DemoCameras(*number)
	if err != nil {
		return err
	}
	server, err := farm.Start("127.0.0.1:0", cameras...)
	if err != nil {
		return err
	}
	defer server.Close() // it has nothing that could be lost
	file := filepath.Join(dir, demoConfig)
	if err := os.WriteFile(file, []byte(demoYAML(*listen, *keep, server)), 0o600); err != nil {
		return fmt.Errorf("couldn't write the demo's configuration: %w", err)
	}
	config, err := configs.Load(file)
	if err != nil {
		return err
	}
	old, err := seed(config, cameras, c.now())
	if err != nil {
		return err
	}

	var links []string
	people := func(a *account.Accounts) (err error) {
		links, err = signInLinks(a)
		return err
	}
	return runDaemon(ctx, daemonOptions{File: file, Config: config, Now: c.now, Log: newLog(c.err), People: people, Signs: seedSigns(config, c.now()), Ready: func(address string) {
		box(c.out, welcome(address, links, file, len(cameras), *keep, old)...)
	}})
}

// welcome says where to look and what there is to see, with the links of the demo's
// people; old tells whether there is
// footage of a week ago.
func welcome(address string, links []string, file string, cameras int, keep time.Duration, old bool) []string {
	lines := []string{
		"Sjudager is recording " + count(cameras, "simulated camera") + ".",
		"",
		"Open   " + address + links[0],
		"",
		"That is " + demoPeople[0].Name + ", who watches and holds. Each link signs in once, so that",
		"you can be somebody else in another browser or a private window:",
		"",
	}
	for i, p := range demoPeople[1:] {
		lines = append(lines, fmt.Sprintf("%-15s %s%s", p.Name, address, links[i+1]))
	}
	lines = append(lines,
		"",
		"For another link: "+os.Args[0]+" user reset LOGIN --config "+file,
		"",
		"Configuration   "+file+"   (edit it: it applies when saved)",
		"Commands        "+os.Args[0]+" status --config "+file,
		"",
	)
	if keep != 0 {
		lines = append(lines, fmt.Sprintf("Everything is deleted %v after it was recorded.", configs.Duration(keep)))
	} else {
		lines = append(lines, "Everything is deleted seven days after it was recorded.")
		if old {
			lines = append(lines, "A little footage of a week ago is there, to be deleted before your eyes",
				"from a minute from now on.")
		}
		lines = append(lines, "To see it all go sooner: "+os.Args[0]+" demo --keep 2m")
	}
	return append(lines, "", "Ctrl-C ends it.")
}

// freeAddress returns the usual address of the page, or the next that is free.
func freeAddress() (string, error) {
	host, port, err := net.SplitHostPort(demoListen)
	if err != nil {
		return "", err
	}
	first, err := strconv.Atoi(port)
	if err != nil {
		return "", err
	}
	for p := first; p < first+demoPorts; p++ {
		address := net.JoinHostPort(host, strconv.Itoa(p))
		l, err := net.Listen("tcp", address)
		if errors.Is(err, syscall.EADDRINUSE) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("couldn't open a port for the page: %w", err)
		}
		return address, l.Close()
	}
	return "", failure{exit: exitFailed, code: "failed", text: fmt.Sprintf("the ports %d to %d are all taken", first, first+demoPorts-1),
		hint: "choose another one with --listen 127.0.0.1:PORT"}
}

// demoYAML is the demo's configuration, as a person would write it.
func demoYAML(listen string, keep time.Duration, cameras *farm.Server) string {
	var b strings.Builder
	fmt.Fprintf(&b, `# Written by sjudager demo, anew at each start. Change it while the demo runs:
# it applies when it is saved.
site:
  name: Sentrum Scene (demo)
  timezone: Europe/Oslo
  controller:
    name: Eksempel Arena AS
    org_number: "123456785"
    contact: personvern@example.no
data_dir: data
http:
  listen: %s
signage:
  notice: https://example.no/kamera
  gate: always
recorder:
  segment: 10s    # the default is 30s; with less there is something to see sooner
`, strconv.Quote(listen))
	if keep != 0 {
		fmt.Fprintf(&b, "retention:\n  keep: %v\n", configs.Duration(keep))
	}
	b.WriteString("cameras:\n")
	for _, url := range cameras.URLs() {
		id := url[strings.LastIndex(url, "/")+1:]
		name, zone := id, "demo"
		for known, words := range demoNames {
			if rest, ok := strings.CutPrefix(id, known); ok {
				name, zone = strings.TrimSpace(words[0]+strings.ReplaceAll(rest, "-", " ")), words[1]
			}
		}
		fmt.Fprintf(&b, "  - id: %s\n    name: %s\n    zone: %s\n    url: %s\n", id, name, zone, url)
	}
	return b.String()
}

const (
	seeds    = 3                // recordings of each clip
	seedGoes = time.Minute      // the first of them goes so long after the start
	seedStep = 30 * time.Second // between two of them
)

// seed puts a little footage of a week ago into the spool of a demo that begins
// anew, so that there is something to see being deleted. It is dropped in as any
// recording can be, and lives by the same rule as all the others.
func seed(c *configs.Config, cameras []farm.Camera, now time.Time) (bool, error) {
	_, err := os.Stat(filepath.Join(c.DataDir, "index.db"))
	if time.Duration(c.Retention.Keep) < 168*time.Hour || err == nil {
		return false, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("couldn't look into the demo's folder: %w", err)
	}
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return false, fmt.Errorf("couldn't make the demo's folder: %w", err)
	}
	s, err := spool.Open(filepath.Join(c.DataDir, "spool"))
	if err != nil {
		return false, err
	}
	for i := range seeds {
		start := recordedToGoAt(footage.At(now).Add(seedGoes+time.Duration(i)*seedStep), policy(c))
		for _, camera := range cameras {
			data, err := clips.FS.ReadFile(camera.Clip.Name + ".mp4")
			if err == nil && camera.Path == camera.Clip.Name {
				err = drop(s, footage.CameraID(camera.Path), start, data)
			}
			if err != nil {
				return false, fmt.Errorf("couldn't prepare the demo's footage: %w", err)
			}
		}
	}
	return true, nil
}

// recordedToGoAt returns when footage was recorded that p deletes at goes: the
// time that p keeps it earlier, which in the week of the spring clock change is an
// hour less.
func recordedToGoAt(goes footage.Instant, p holds.Policy) footage.Instant {
	start := goes.Add(-p.Keep)
	return start + goes - p.KeepUntil(start)
}

// drop puts a whole recording into the spool.
func drop(s *spool.Spool, camera footage.CameraID, start footage.Instant, data []byte) error {
	part, err := s.Create(camera, start)
	if err != nil {
		return err
	}
	if _, err := part.Write(data); err != nil {
		return errors.Join(err, part.Discard())
	}
	return part.Complete()
}

// box prints lines in a frame.
func box(w io.Writer, lines ...string) {
	width := 0
	for _, l := range lines {
		width = max(width, utf8.RuneCountInString(l))
	}
	rule := strings.Repeat("─", width+4)
	fmt.Fprintf(w, "\n┌%s┐\n", rule)
	for _, l := range append([]string{""}, append(lines, "")...) {
		fmt.Fprintf(w, "│  %s%s  │\n", l, strings.Repeat(" ", width-utf8.RuneCountInString(l)))
	}
	fmt.Fprintf(w, "└%s┘\n\n", rule)
}
