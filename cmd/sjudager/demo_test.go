package main

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sjudager/sjudager/cmd/testcam/farm"
	"github.com/sjudager/sjudager/configs"
	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web"
)

// The demo as somebody runs it who has just built it: the page opens, every
// camera records, there is something to see being deleted soon, and Ctrl-C ends
// it. With --dir the footage is there again the next time.
func TestDemo(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "sjudager-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	p := &program{t: t, dir: dir, log: &logFile{}}
	address := regexp.MustCompile(`http://(127\.0\.0\.1:\d+)/`)
	run := func() {
		t.Helper()
		said := &logFile{}
		cmd := exec.Command(built, "demo", "--dir", dir, "--listen", "127.0.0.1:0")
		cmd.Stdout, cmd.Stderr = said, p.log
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		p.cmd, p.done = cmd, make(chan error, 1)
		go func() { p.done <- cmd.Wait() }()
		eventually(t, 30*time.Second, "the demo prints its address", func() bool { return address.MatchString(said.String()) })
		p.page = address.FindStringSubmatch(said.String())[1]
	}
	t.Cleanup(func() {
		p.stop()
		if said := p.log.String(); t.Failed() || strings.Contains(said, "DATA RACE") {
			t.Errorf("the demo said:\n%s", said)
		}
	})
	run()
	var s web.Status
	eventually(t, 20*time.Second, "all cameras record", func() bool {
		s = web.Status{}
		if p.run("status", "--json").document(t, &s); len(s.Cameras) != len(farm.Clips()) || len(s.Cameras) < 4 {
			t.Fatalf("the demo has %d cameras", len(s.Cameras))
		}
		for _, c := range s.Cameras {
			if c.State != footage.StateRecording || c.Codec == "" {
				return false
			}
		}
		return true
	})
	var covers web.Coverage
	p.run("sign", "coverage", "--json").document(t, &covers)
	for _, c := range covers.Cameras {
		if !c.Covered {
			t.Errorf("nothing announces %s: %+v", c.Camera, c)
		}
	}
	if len(s.Alarms) != 0 || len(covers.Cameras) != len(s.Cameras) {
		t.Errorf("the demo has the alarms %v and covers %d cameras", s.Alarms, len(covers.Cameras))
	}
	codecs := map[footage.Codec]bool{}
	for _, c := range s.Cameras {
		codecs[c.Codec] = true
		if c.Name == string(c.ID) {
			t.Errorf("%s has no name of its own", c.ID)
		}
	}
	if !codecs[footage.H264] || !codecs[footage.H265] {
		t.Errorf("the demo shows %v", codecs)
	}
	eventually(t, 20*time.Second, "footage of a week ago", func() bool {
		var plan web.ExpiryPlan
		p.run("expire", "--dry-run", "--json").document(t, &plan)
		return len(plan.Next) > 0 && time.Until(plan.Next[0].Segment.Deadline.Time()) < 2*time.Minute
	})
	eventually(t, 30*time.Second, "footage of today", func() bool {
		found := p.segments("k01-inngang").Segments
		return len(found) > 0 && time.Since(found[len(found)-1].Start.Time()) < time.Hour
	})
	had := p.segments("k01-inngang").Segments
	p.stop()
	run()
	if again := p.segments("k01-inngang").Segments; len(again) < len(had) {
		t.Errorf("%d segments before, %d now", len(had), len(again))
	}
}

// Each seed goes when it should, also in the weeks when seven days on the clock
// are not 168 hours.
func TestSeedsGoSoon(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(file, []byte("site: {name: X, timezone: Europe/Oslo}\ndata_dir: data\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := configs.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, now := range []string{"2026-07-04T12:00:00Z", "2026-03-30T12:00:00Z", "2026-04-04T23:30:00Z", "2026-10-26T12:00:00Z", "2026-10-25T00:30:00Z"} {
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		goes := footage.At(at.Add(time.Minute))
		start := recordedToGoAt(goes, policy(c))
		if got := policy(c).KeepUntil(start); got != goes || goes.Sub(start) > holds.MaxKeep {
			t.Errorf("at %s: a recording of %s goes at %s, want %s", now, start, got, goes)
		}
	}
}

// The page of a second demo, or beside another program, takes the next port.
func TestFreeAddress(t *testing.T) {
	first, err := freeAddress()
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", first)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if second, err := freeAddress(); err != nil || second == first {
		t.Errorf("with %s taken: %s, %v", first, second, err)
	}
}

func TestBox(t *testing.T) {
	var b bytes.Buffer
	box(&b, "en", "fire på rad")
	want := `
┌───────────────┐
│               │
│  en           │
│  fire på rad  │
│               │
└───────────────┘

`
	if b.String() != want {
		t.Errorf("%s, want %s", b.String(), want)
	}
}
