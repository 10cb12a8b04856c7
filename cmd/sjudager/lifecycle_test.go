package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/store/s3"
	"github.com/sjudager/sjudager/web"
)

const (
	keep    = 15 * time.Second
	ceiling = 45 * time.Second
	// lateness is how long after its deadline an object may still be in the store
	// of a busy machine. Nobody can read it from the deadline on.
	lateness = 5 * time.Second
)

// The program as a whole, in minutes instead of weeks: what is not held goes
// after 15 s, what is held after 45 s, and neither a kill nor a stop nor another
// configuration makes it a moment earlier or a few seconds later.
func TestFootageGoesAtItsDeadline(t *testing.T) {
	t.Parallel()
	t.Run("directory", func(t *testing.T) {
		t.Parallel()
		p := install(t, setup{})
		live(t, p, "", func() (map[string]bool, error) { return filesBelow(filepath.Join(p.dataDir(), "store")) })
	})
	t.Run("s3", func(t *testing.T) {
		t.Parallel()
		p := install(t, setup{})
		o, storage := startS3(t, p.dir, "")
		bucket, err := s3.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		live(t, p, storage, func() (map[string]bool, error) {
			found := map[string]bool{}
			for o, err := range bucket.List(context.Background(), footage.ObjectPrefix) {
				if err != nil {
					return nil, err
				}
				found[o.Key] = true
			}
			return found, nil
		})
	})
}

// live is the life of an installation.
func live(t *testing.T, p *program, storage string, objects func() (map[string]bool, error)) {
	const first, second, third = "k01-inngang", "k03-scenekant", "k02-ko"
	cameras := startFarm(t, first, second, third)
	s := setup{
		retention: fmt.Sprintf("keep: %v, hold: %v", keep, ceiling), recorder: "segment: 2s", storage: storage,
		cameras: map[string]string{first: cameras.URL(first), second: cameras.URL(second)},
	}
	p.configure(s)
	p.start()
	w := watchOver(t, p, objects, first, second, third)
	for _, camera := range []string{first, second} {
		eventually(t, 20*time.Second, "three segments of "+camera, func() bool { return len(p.segments(camera).Segments) >= 3 })
	}

	// A hold over the first two segments of one camera.
	held := p.segments(first).Segments[:2]
	var hold web.Hold
	p.run("hold", "place", "--json", "--camera", first, "--from", held[0].Start.String(), "--to", held[1].End.String(),
		"--ground", "accident_likely", "--reason", "someone fell on the stairs").document(t, &hold)
	if hold.Segments != 2 || len(hold.Missing) != 0 || hold.State != holds.Active {
		t.Errorf("the hold keeps %d segments, want 2: %+v", hold.Segments, hold)
	}

	// Killed while it records, it goes on where it was.
	// At any moment of a fragment's and a segment's life.
	phase := rand.N(2 * time.Second)
	t.Logf("killed %v after a segment", phase)
	eventually(t, 10*time.Second, "another segment", func() bool { return len(p.segments(second).Segments) >= 4 })
	waitUntil(t, footage.At(time.Now().Add(phase)))
	var killed, answered time.Time
	w.blind(func() {
		killed = time.Now()
		p.kill()
		p.start()
		answered = time.Now()
	})
	for _, camera := range []string{first, second} {
		g := awaitGap(t, p, camera, footage.CauseKilled)
		lost := footage.At(killed).Sub(g.From)
		t.Logf("%s: killed with %v not yet written, and back %v after the program", camera, lost, g.To.Sub(footage.At(answered)))
		// A second of footage, and one more frame that may be on its way.
		if lost > time.Second+150*time.Millisecond {
			t.Errorf("%s lost %v before the kill", camera, lost)
		}
		if back := g.To.Sub(footage.At(answered)); back > 6*time.Second {
			t.Errorf("%s came back %v after the program", camera, back)
		}
	}

	// Stopped in order, it loses nothing of what came before.
	var stopped time.Time
	w.blind(func() {
		stopped = time.Now()
		p.stop()
		p.start()
	})
	for _, camera := range []string{first, second} {
		g := awaitGap(t, p, camera, footage.CauseStopped)
		if lost := footage.At(stopped).Sub(g.From); lost > 150*time.Millisecond {
			t.Errorf("%s lost %v before the stop", camera, lost)
		}
	}

	// Another configuration: one camera goes, another comes, the third does not
	// notice. What the one that went has recorded lives and dies as before.
	gaps := len(p.segments(first).Gaps)
	removed := p.segments(second).Segments
	delete(s.cameras, second)
	s.cameras[third] = cameras.URL(third)
	p.configure(s)
	eventually(t, 20*time.Second, "the new camera's footage", func() bool {
		var status web.Status
		return p.ask("status", nil, &status) == nil && len(status.Cameras) == 2 && len(p.segments(third).Segments) >= 2
	})
	if now := p.segments(first).Gaps; len(now) != gaps {
		t.Errorf("%s was disturbed by the new configuration: %+v", first, now)
	}

	if left := p.segments(second).Segments; len(left) > 0 {
		removed = left // with what it was recording when it went
	}
	last := removed[len(removed)-1]
	waitUntil(t, last.Deadline.Add(lateness))
	if left := p.segments(second).Segments; len(left) != 0 {
		t.Errorf("%s was removed and still has %+v", second, left)
	}
	waitUntil(t, held[1].Start.Add(ceiling+lateness))
	if err := p.ask("holds/"+hold.Number, nil, &hold); err != nil || hold.Segments != 0 {
		t.Errorf("the hold keeps %d segments beyond the ceiling, %v", hold.Segments, err)
	}
	w.end()

	for _, s := range held {
		life := w.lives[s.ID]
		if want := s.Start.Add(ceiling); life.Deadline != want || life.gone.Before(want.Time()) {
			t.Errorf("the held %s had the deadline %s and was gone at %s, want %s", s.ID, life.Deadline, footage.At(life.gone), want)
		}
	}
	w.accountedFor(first, p.segments(first).Gaps)
	t.Logf("%d segments seen, %d of them to their end, the last one %v late", len(w.lives), w.ended, w.latest)
	if w.ended < 15 {
		t.Errorf("only %d segments were seen to their end", w.ended)
	}
}

// awaitGap waits for a camera's gap with this cause and returns it.
func awaitGap(t *testing.T, p *program, camera string, cause footage.Cause) (found web.Gap) {
	t.Helper()
	eventually(t, 15*time.Second, fmt.Sprintf("the gap of %s says %s", camera, cause), func() bool {
		for _, g := range p.segments(camera).Gaps {
			if g.Cause == cause {
				found = g
				return true
			}
		}
		return false
	})
	return found
}

// waitUntil waits for a moment of the real clock, by which a real process acts.
func waitUntil(t *testing.T, at footage.Instant) {
	select {
	case <-time.After(time.Until(at.Time())):
	case <-t.Context().Done():
	}
}

// filesBelow returns the files below a folder that may be changing, with their
// paths from there.
func filesBelow(dir string) (map[string]bool, error) {
	found := map[string]bool{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if err == nil && d.Type().IsRegular() && (strings.HasSuffix(path, ".mp4") || strings.HasSuffix(path, ".mp4.age")) {
			key, _ := filepath.Rel(dir, path)
			found[key] = true
		}
		return err
	})
	return found, err
}

// witness looks at an installation over and over, as anybody could from outside,
// and reports every segment that can be read too long or goes too early.
type witness struct {
	t       *testing.T
	p       *program
	cameras []string
	objects func() (map[string]bool, error)

	looking sync.Mutex // held for a look, and by blind
	lives   map[footage.SegmentID]*life
	ended   int
	latest  time.Duration // of the objects that were seen after their deadline
	end     func()        // stops looking and waits
}

// life is what the witness knows of a segment.
type life struct {
	web.Segment
	gone time.Time // when its object was first seen to be missing
}

func watchOver(t *testing.T, p *program, objects func() (map[string]bool, error), cameras ...string) *witness {
	w := &witness{t: t, p: p, cameras: cameras, objects: objects, lives: map[footage.SegmentID]*life{}}
	stop, done := make(chan struct{}), make(chan struct{})
	w.end = sync.OnceFunc(func() { close(stop); <-done })
	t.Cleanup(w.end)
	go func() {
		defer close(done)
		for {
			w.looking.Lock()
			w.look()
			w.looking.Unlock()
			select {
			case <-stop:
				return
			case <-time.After(200 * time.Millisecond):
			}
		}
	}()
	return w
}

// blind keeps the witness from looking while the program does not run.
func (w *witness) blind(do func()) {
	w.looking.Lock()
	defer w.looking.Unlock()
	do()
}

func (w *witness) look() {
	before := time.Now()
	listed := map[footage.SegmentID]bool{}
	for _, camera := range w.cameras {
		answer, err := w.p.list(camera)
		if err != nil {
			w.t.Errorf("couldn't list %s: %v", camera, err)
			return
		}
		for _, s := range answer.Segments {
			listed[s.ID] = true
			if !before.Before(s.Deadline.Time()) {
				w.t.Errorf("%s is listed past its deadline", s.ID)
			}
			if l := w.lives[s.ID]; l != nil {
				l.Segment = s
			} else {
				w.lives[s.ID] = &life{Segment: s}
			}
		}
	}
	after := time.Now()
	objects, err := w.objects()
	if err != nil {
		w.t.Errorf("couldn't list the store: %v", err)
		return
	}
	now := time.Now()
	for id, l := range w.lives {
		deadline := l.Deadline.Time()
		if !listed[id] && after.Before(deadline) {
			w.t.Errorf("%s is not listed %v before its deadline", id, deadline.Sub(after))
		}
		switch there := objects[l.Object]; {
		case !there && now.Before(deadline):
			w.t.Errorf("%s is not in the store %v before its deadline", id, deadline.Sub(now))
		case there && !l.gone.IsZero():
			w.t.Errorf("%s came back", id)
		case there && after.After(deadline):
			w.latest = max(w.latest, after.Sub(deadline))
			if after.After(deadline.Add(lateness)) {
				w.t.Errorf("%s is still in the store %v after its deadline", id, after.Sub(deadline))
			}
		case !there && l.gone.IsZero():
			l.gone = now
			w.ended++
		}
	}
	w.read()
}

// read asks the page for one segment that may be seen and for one that may not.
func (w *witness) read() {
	var live, dead *life
	for _, l := range w.lives {
		left := time.Until(l.Deadline.Time())
		if left > 2*time.Second && (live == nil || l.Deadline < live.Deadline) {
			live = l
		}
		if left < 0 && (dead == nil || l.Deadline > dead.Deadline) {
			dead = l
		}
	}
	if live != nil {
		status, body, err := w.p.get(footagePath(live.ID))
		if err != nil || status != http.StatusOK || footage.SHA256(sha256.Sum256(body)) != live.SHA256 {
			w.t.Errorf("%s, %v before its deadline: %v, status %d, %d bytes that are not the ones listed", live.ID, time.Until(live.Deadline.Time()), err, status, len(body))
		}
		if !w.shown(live) {
			w.t.Errorf("playback does not show %s, %v before its deadline", live.ID, time.Until(live.Deadline.Time()))
		}
	}
	if dead != nil {
		if status, body, err := w.p.get(footagePath(dead.ID)); err != nil || status != http.StatusNotFound {
			w.t.Errorf("%s past its deadline: %v, status %d, %d bytes", dead.ID, err, status, len(body))
		}
		if w.shown(dead) {
			w.t.Errorf("playback shows %s past its deadline", dead.ID)
		}
	}
}

// shown tells whether what the page plays at a segment's time is there.
func (w *witness) shown(l *life) bool {
	query := url.Values{"from": {l.Start.String()}, "to": {l.Start.Add(100 * time.Millisecond).String()}}
	status, _, err := w.p.get("/api/v1/cameras/" + string(l.Camera) + "/movie.json?" + query.Encode())
	if err != nil || status != http.StatusOK && status != http.StatusNotFound {
		w.t.Errorf("the movie at %s: %v, status %d", l.Start, err, status)
	}
	return status == http.StatusOK
}

// accountedFor checks that a camera's time from its first segment to its last is
// footage or gap, without a hole and without an overlap.
func (w *witness) accountedFor(camera string, gaps []web.Gap) {
	var spans []footage.Span
	for _, l := range w.lives {
		if string(l.Camera) == camera {
			spans = append(spans, footage.Span{From: l.Start, To: l.End})
		}
	}
	for _, g := range gaps {
		spans = append(spans, footage.Span{From: g.From, To: g.To})
	}
	slices.SortFunc(spans, func(a, b footage.Span) int { return int(a.From - b.From) })
	for i := 1; i < len(spans); i++ {
		if spans[i].From != spans[i-1].To {
			w.t.Errorf("%s: %s follows %s: %v between them", camera, spans[i].From, spans[i-1].To, spans[i].From.Sub(spans[i-1].To))
		}
	}
}
