package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
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
	const grace = 4 * time.Second
	p, had := venue(t, setup{retention: "keep: 8s, hold: 10m"})
	held := had[0]
	p.stop()
	waitUntil(t, held.Start.Add(8*time.Second+grace))
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
