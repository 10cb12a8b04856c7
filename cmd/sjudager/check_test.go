package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web"
)

// venue is an installation that has recorded some segments of a camera, holds the
// first of them, and has been stopped; and those segments.
func venue(t *testing.T, s setup) (p *program, had []web.Segment) {
	t.Helper()
	const camera = "k01-inngang"
	cameras := startFarm(t, camera)
	s.recorder, s.cameras = "segment: 2s", map[string]string{camera: cameras.URL(camera)}
	p = install(t, s)
	p.start()
	eventually(t, 30*time.Second, "three segments", func() bool { return len(p.segments(camera).Segments) >= 3 })
	p.place(p.segments(camera).Segments[0])
	had = p.segments(camera).Segments
	return p, had
}

// place holds one segment and returns the hold's number.
func (p *program) place(s web.Segment) string {
	p.t.Helper()
	var h web.Hold
	p.run("hold", "place", "--json", "--camera", string(s.Camera), "--from", s.Start.String(), "--to", s.Start.Add(time.Second).String(),
		"--ground", "crime_likely", "--reason", "vold i køen, politiet kommer").document(p.t, &h)
	return h.Number
}

// same fails unless p has all of want, byte for byte, and with the same deadlines.
func (p *program) same(want []web.Segment) {
	p.t.Helper()
	have := map[footage.SegmentID]web.Segment{}
	for _, s := range p.segments(string(want[0].Camera)).Segments {
		have[s.ID] = s
	}
	for _, s := range want {
		if diff := cmp.Diff(s, have[s.ID]); diff != "" {
			p.t.Errorf("%s: %s", s.ID, diff)
		}
	}
}

func (r ran) ends(t *testing.T, code int, says ...string) {
	t.Helper()
	for _, words := range says {
		if !strings.Contains(r.out+r.stderr, words) {
			t.Errorf("it does not say %q: %s%s", words, r.out, r.stderr)
		}
	}
	if r.code != code {
		t.Fatalf("it ends with %d instead of %d: %s%s", r.code, code, r.out, r.stderr)
	}
}

// The index is lost. The start is refused, and a check makes it anew from the store
// and the copy of the holds: the same footage, with the same deadlines and holds.
func TestIndexLost(t *testing.T) {
	t.Parallel()
	p, had := venue(t, setup{})
	p.run("check", "--deep").ends(t, 0, "0 findings")
	p.run("check", "--emptied", "--repair").ends(t, 4, "stop it first")
	p.stop()
	p.run("check").ends(t, 0, "0 findings")
	p.run("check", "--emptied").ends(t, 2, "--repair is missing")

	index := filepath.Join(p.dataDir(), "index.db")
	if err := os.Rename(index, index+".lost"); err != nil {
		t.Fatal(err)
	}
	p.run("serve").ends(t, 4, "check --repair")
	p.run("check").ends(t, 5, "the index is empty", "--repair makes")
	p.run("check", "--repair").ends(t, 0, "the index was lost", "the hold H-", "is in force", "orphan", "(repaired)", "of which 0 remain")
	p.start()
	p.same(had)
	p.run("log", "verify").ends(t, 0)
	p.run("check", "--deep").ends(t, 0, "0 findings")
}

// The index and every copy of the holds are lost: what is past its days may have been
// held, and is kept unless the operator says otherwise.
func TestIndexAndHoldsLost(t *testing.T) {
	t.Parallel()
	// Long enough for a busy machine to place the hold within it.
	const keep, grace = 20 * time.Second, 4 * time.Second
	p, had := venue(t, setup{retention: fmt.Sprintf("keep: %s, hold: 10m", keep)})
	held := had[0]
	p.stop()
	waitUntil(t, held.Start.Add(keep+grace))
	for _, name := range []string{"index.db", copyName, "store/" + copyName} {
		if err := os.Rename(filepath.Join(p.dataDir(), name), filepath.Join(p.dir, strings.ReplaceAll(name, "/", "-"))); err != nil {
			t.Fatal(err)
		}
	}
	p.run("check", "--repair").ends(t, 0, "it is not known what was held", "kept by the hold H-")
	p.start()
	if left := p.segments(string(held.Camera)).Segments; !slices.ContainsFunc(left, func(s web.Segment) bool { return s.ID == held.ID && s.SHA256 == held.SHA256 && len(s.Holds) == 1 }) {
		t.Errorf("%s is not kept: %+v", held.ID, left)
	}
	p.stop()
	if err := os.Remove(filepath.Join(p.dataDir(), "index.db")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{copyName, "store/" + copyName} {
		if err := os.Remove(filepath.Join(p.dataDir(), name)); err != nil {
			t.Fatal(err)
		}
	}
	p.run("check", "--repair", "--expire-unheld").ends(t, 0, "it is not known what was held", "goes with the next start")
	p.start()
	if left := p.segments(string(held.Camera)).Segments; slices.ContainsFunc(left, func(s web.Segment) bool { return s.ID == held.ID }) {
		t.Errorf("%s is still there", held.ID)
	}
}

// The keys are lost, and the index has been moved aside: the old footage stays closed
// and is reported, and recording begins anew.
func TestKeysLost(t *testing.T) {
	t.Parallel()
	p, had := venue(t, setup{})
	p.stop()
	for _, name := range []string{"keys", "index.db"} {
		if err := os.Rename(filepath.Join(p.dataDir(), name), filepath.Join(p.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	p.run("check", "--repair").ends(t, 5, "orphan: "+had[0].Object, "no key opens it", "it is not known what was held")
	p.start()
	eventually(t, 20*time.Second, "new footage", func() bool { return len(p.segments("k01-inngang").Segments) > 0 })
	p.stop()
	p.run("check", "--repair").ends(t, 5, "no key opens it")
}

// The bucket is lost: the start is refused, and what the index knows is written down as
// lost when somebody says that the place is the right one.
func TestStoreLost(t *testing.T) {
	t.Parallel()
	p, had := venue(t, setup{})
	p.stop()
	if err := os.Rename(filepath.Join(p.dataDir(), "store"), filepath.Join(p.dir, "store")); err != nil {
		t.Fatal(err)
	}
	p.run("serve").ends(t, 4, "has none of it")
	p.run("check", "--repair").ends(t, 4, "has none of it")
	p.run("check", "--repair", "--emptied").ends(t, 0, "lost: "+had[0].Object, "of which 0 remain")
	p.start()
	s := p.segments("k01-inngang")
	if !slices.ContainsFunc(s.Gaps, func(g web.Gap) bool {
		return g.Cause == footage.CauseLost && g.From <= had[0].Start && g.To >= had[2].End
	}) {
		t.Errorf("the gaps are %+v", s.Gaps)
	}
	p.run("check").ends(t, 0, "0 findings")
}

// tree is everything in a folder: modes, times and content.
func tree(t *testing.T, folder string) map[string]string {
	t.Helper()
	all := map[string]string{}
	if err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		var content []byte
		if e.Type().IsRegular() {
			if content, err = os.ReadFile(path); err != nil {
				return err
			}
		}
		all[path] = fmt.Sprintf("%s %s %x", info.Mode(), info.ModTime(), sha256.Sum256(content))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// A check that is not to repair changes nothing at all, whatever it comes upon, and
// says in words what it has come upon.
func TestCheckOnlyLooks(t *testing.T) {
	t.Parallel()
	p, had := venue(t, setup{})
	p.stop()
	looks := func(code int, says ...string) {
		t.Helper()
		before := tree(t, p.dir)
		for _, deep := range [][]string{{"check"}, {"check", "--deep"}} {
			p.run(deep...).ends(t, code, says...)
		}
		if diff := cmp.Diff(before, tree(t, p.dir)); diff != "" {
			t.Error(diff)
		}
	}
	move := func(from, to string) {
		t.Helper()
		if err := os.Rename(filepath.Join(p.dir, from), filepath.Join(p.dir, to)); err != nil {
			t.Fatal(err)
		}
	}
	for _, half := range []string{"data/keys/k.key.new", "data/store/.tmp/HALF", "data/index.db.new", "data/spool/stranger"} { // what a crash leaves
		if err := os.WriteFile(filepath.Join(p.dir, half), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	looks(0, "0 findings")
	move("data/index.db", "index.db")
	looks(5, "there is no index", "its store has footage", "check --repair")
	move("index.db", "data/index.db")
	move("data/spool", "spool")
	looks(0, "0 findings")
	move("data/store", "store")
	looks(5, "there is no store", "--emptied")
	move("store", "data/store")
	move("data/keys/master.key", "master.key")
	looks(1, "put the master key back")
	move("data/keys", "keys")
	looks(5, "keyless: "+had[0].Object)

	move("data", "elsewhere")
	looks(3, "there is nothing of sjudager in", "correct data_dir")
	p.run("check", "--repair").ends(t, 3, "there is nothing of sjudager in")
	if err := os.Mkdir(p.dataDir(), 0o755); err != nil {
		t.Fatal(err)
	}
	looks(3, "there is nothing of sjudager in")
	p.run("check", "--repair").ends(t, 3, "there is nothing of sjudager in")
	if err := os.WriteFile(filepath.Join(p.dataDir(), "index.db"), []byte("not an index"), 0o600); err != nil {
		t.Fatal(err)
	}
	looks(1, "couldn't open the index")
	if err := os.WriteFile(p.config(), []byte("site: {name: x}\nretentoin: {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	looks(1, "retentoin", "sjudager.yaml:2")
}

// Ctrl-C ends a check, in the program that runs, too.
func TestCheckInterrupted(t *testing.T) {
	t.Parallel()
	p := install(t, setup{})
	server, storage := startS3(t, p.dir, "")
	address, hang := gate(t, strings.TrimPrefix(server.Endpoint, "http://"))
	p.configure(setup{storage: strings.Replace(storage, server.Endpoint, "http://"+address, 1)})
	p.start()
	hang()
	var stderr bytes.Buffer
	cmd := exec.Command(built, "check", "--config", p.config())
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	running := func() bool {
		var progress web.CheckProgress
		return p.ask("check", nil, &progress) == nil && progress.Running
	}
	eventually(t, 20*time.Second, "the check begins", running)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != exitFailed || !strings.Contains(stderr.String(), "the check was stopped before its end") {
		t.Errorf("%v: %s", err, stderr.String())
	}
	eventually(t, 20*time.Second, "the program stops checking", func() bool { return !running() })
}

// gate passes connections on to another address until hang is called: then it takes
// them and is silent.
func gate(t *testing.T, to string) (address string, hang func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var open []net.Conn
	hangs := false
	end := func() {
		mu.Lock()
		defer mu.Unlock()
		for _, c := range open {
			c.Close()
		}
		open, hangs = nil, true
	}
	t.Cleanup(func() { l.Close(); end() })
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, in)
			if !hangs {
				if out, err := net.Dial("tcp", to); err == nil {
					open = append(open, out)
					go io.Copy(in, out) // until either side ends
					go io.Copy(out, in)
				}
			}
			mu.Unlock()
		}
	}()
	return l.Addr().String(), end
}
