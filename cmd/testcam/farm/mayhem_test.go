package farm

import (
	"context"
	"slices"
	"testing"
	"time"
)

func TestMayhem(t *testing.T) {
	t.Parallel()
	const length = 2 * time.Hour
	cameras := []string{"a", "b", "c", "d"}
	plan := Mayhem(1, length, cameras...)
	if !slices.Equal(plan, Mayhem(1, length, cameras...)) {
		t.Error("the same seed gives another plan")
	}
	if slices.Equal(plan, Mayhem(2, length, cameras...)) {
		t.Error("another seed gives the same plan")
	}
	free := map[string]time.Duration{}
	kinds := map[string]int{}
	var last time.Duration
	for _, m := range plan {
		if m.At < last || m.At < free[m.Camera]+shortestPeace || m.At+m.For >= length || m.For > longestTrouble {
			t.Errorf("%v, after %v, when the camera was in trouble until %v", m, last, free[m.Camera])
		}
		last, free[m.Camera] = m.At, m.At+m.For
		kinds[m.What]++
	}
	if len(kinds) != len(mishaps) {
		t.Errorf("%d kinds of mishaps of %d in %d", len(kinds), len(mishaps), len(plan))
	}
	if n := len(plan); n < 4*40 || n > 4*120 {
		t.Errorf("%d mishaps in two hours", n)
	}
}

// Each mishap leaves a camera that serves its clip.
func TestMishapsEnd(t *testing.T) {
	t.Parallel()
	clip := openClip(t, "k01-inngang")
	for _, m := range mishaps {
		s, clock := serveFrozen(t, Camera{Path: "cam", Clip: clip, User: "vakt", Password: "p", Auth: Basic})
		c := dial(t, s, "cam")
		c.authorize = basic("vakt", "p")
		c.play()
		feed := s.Camera("cam")
		advance(s, clock, time.Second)
		m.begin(feed)
		advance(s, clock, 4*time.Second)
		if m.end != nil {
			m.end(feed)
		}
		advance(s, clock, time.Second)
		late := dial(t, s, "cam")
		late.authorize = basic("vakt", "p")
		late.play()
		advance(s, clock, 2*time.Second)
		for want := 175; want < 195; want++ {
			if n := find(t, clip, late.unit(H264).data); n != want {
				t.Fatalf("after %s unit %d comes, want %d", m.name, n, want)
			}
		}
	}
}

func TestShowAnother(t *testing.T) {
	t.Parallel()
	one, two := openClip(t, "k02-ko"), openClip(t, "k04-lasterampe")
	s, clock := serveFrozen(t, Camera{Path: "h265", Clip: openClip(t, "k05-garderobe")}, Camera{Path: "cam", Clip: one}, Camera{Path: "other", Clip: two})
	feed := s.Camera("cam")
	c := dial(t, s, "cam")
	c.play()
	feed.showAnother()
	advance(s, clock, 3*time.Second)
	if feed.clip != two {
		t.Error("it shows its own clip still")
	}
	feed.showOwn()
	feed.showOwn()
	advance(s, clock, 3*time.Second)
	if feed.clip != one || feed.next != nil {
		t.Error("it does not show its own clip again")
	}
}

func TestPerform(t *testing.T) {
	t.Parallel()
	s := serve(t, Camera{Path: "a", Clip: openClip(t, "k01-inngang")}, Camera{Path: "b", Clip: openClip(t, "k01-inngang")})
	plan := []Mishap{
		{At: 0, For: 100 * time.Millisecond, Camera: "a", What: "frozen"},
		{At: 50 * time.Millisecond, Camera: "b", What: "dropped"},
		{At: 60 * time.Millisecond, For: time.Hour, Camera: "b", What: "garbage"},
		{At: time.Hour, For: time.Hour, Camera: "a", What: "hung"},
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var told []Mishap
	var frozen, garbage bool
	s.Perform(ctx, plan, func(m Mishap) {
		told = append(told, m)
		switch m.What {
		case "dropped":
			frozen = s.Camera("a").faults.Frozen
		case "garbage":
			time.AfterFunc(200*time.Millisecond, func() {
				s.Camera("b").mu.Lock()
				defer s.Camera("b").mu.Unlock()
				garbage = s.Camera("b").faults.Garbage
				cancel()
			})
		}
	})
	if !slices.Equal(told, plan[:3]) {
		t.Errorf("told %v", told)
	}
	if !frozen || !garbage {
		t.Errorf("frozen %v, garbage %v while it lasts", frozen, garbage)
	}
	for _, path := range []string{"a", "b"} {
		if f := s.Camera(path).faults; f != (Faults{}) {
			t.Errorf("camera %s is left with %+v", path, f)
		}
	}
}
