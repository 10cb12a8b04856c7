package holds

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/store"
	"github.com/sjudager/sjudager/vault/store/storetest"
)

// shrinking is a testing.TB that fails a rapid test, so that it can be shrunk.
type shrinking struct {
	testing.TB
	t *rapid.T
}

func (s shrinking) Cleanup(f func())                  { s.t.Cleanup(f) }
func (s shrinking) Helper()                           {}
func (s shrinking) Error(args ...any)                 { s.t.Error(args...) }
func (s shrinking) Errorf(format string, args ...any) { s.t.Errorf(format, args...) }
func (s shrinking) Fatal(args ...any)                 { s.t.Fatal(args...) }
func (s shrinking) Fatalf(format string, args ...any) { s.t.Fatalf(format, args...) }

// crashing is a store during whose n-th call the program is killed.
type crashing struct {
	store.Store
	mu   sync.Mutex
	n    int  // mu
	does bool // what it is asked all the same
	kill context.CancelFunc
}

var errKilled = errors.New("killed")

// dies counts a call, and reports whether it must not happen any more.
func (c *crashing) dies() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n--; c.n == 0 {
		c.kill()
		return !c.does
	}
	return c.n < 0
}

func (c *crashing) Delete(ctx context.Context, key string) error {
	if c.dies() {
		return errKilled
	}
	return c.Store.Delete(ctx, key)
}

func (c *crashing) Absent(ctx context.Context, key string) (bool, error) {
	if c.dies() {
		return false, errKilled
	}
	return c.Store.Absent(ctx, key)
}

// lived is a piece of footage as the rule has it.
type lived struct {
	vault.Segment
	deadline footage.Instant
	dead     bool // its deadline has come
}

// life is the rule by itself: no index, no store, no order of deletion.
type life struct {
	site    footage.Instant // time
	ahead   time.Duration   // the machine's clock
	wrong   time.Duration   // the machine's clock, by the world's
	pause   *Pause
	fresh   bool // the machine was switched on behind its time
	doubted bool // a pause has ended, of which no sweep knows
	policy  Policy
	footage map[footage.SegmentID]*lived
	holds   map[string]*Hold
}

func (m *life) latest() footage.Instant { return m.site.Add(max(0, m.ahead)) }

// rule gives the pieces that are covered by hold, or all, the deadlines of the rule.
// What may be due does not get a later one.
func (m *life) rule(hold *Hold) {
	for _, s := range m.footage {
		if s.dead || hold != nil && !covers(hold, s) {
			continue
		}
		end := s.Keep
		for _, h := range m.holds {
			if covers(h, s) {
				end = max(end, h.Ends())
			}
		}
		if end = min(end, s.Ceiling); m.latest() < s.deadline || end < s.deadline {
			s.deadline = end
		}
	}
	m.settle()
}

func covers(h *Hold, s *lived) bool {
	return slices.ContainsFunc(h.Selections, func(sel Selection) bool {
		return slices.Contains(sel.Cameras, s.Camera) && sel.From < s.Span.To && s.Span.From < sel.To
	})
}

// settle lets die what is due.
func (m *life) settle() {
	for _, s := range m.footage {
		s.dead = s.dead || s.deadline <= m.site
	}
}

// trust has the site's time follow the machine's clock.
func (m *life) trust() {
	m.doubted, m.fresh = m.doubted || m.pause != nil, m.fresh && m.ahead < 0
	m.site, m.ahead, m.pause = m.latest(), min(0, m.ahead), nil
	m.settle()
}

// sweep is what a sweep does about the rule: the holds reach what seemed due while it
// was not known how late it is.
func (m *life) sweep() {
	if m.doubted && m.pause == nil {
		m.rule(nil)
		m.doubted = false
	}
}

// clock is what becomes of the time when the machine's clock has moved, or time passed.
func (m *life) clock(passed time.Duration, rebooted bool) {
	m.site = m.site.Add(passed)
	m.settle()
	m.fresh = m.fresh || rebooted
	switch {
	case m.ahead > LeapLimit && m.pause == nil:
		m.pause = &Pause{Leap: Leapt, Ahead: m.ahead}
		if m.fresh {
			m.pause.Leap = WasOff
		}
	case m.ahead > LeapLimit:
		m.pause.Waited += passed
		if !rebooted && (m.ahead-m.pause.Ahead).Abs() > LeapLimit {
			m.pause.Waited = 0
		}
		if m.pause.Ahead = m.ahead; m.pause.Waited >= LeapWait {
			m.trust()
		}
	case m.pause != nil || m.ahead >= 0:
		m.trust()
	}
}

// R1, R7, R16, R17, R20, R22, R24, R26, R28, R29: cameras, holds, clocks, restarts,
// crashes and a store that fails, in any order: nothing goes early, nothing late,
// nothing passes the ceiling, nothing that is held is lost, nothing overdue can be read,
// and what was deleted is what the ledger says. A longer search, or the same again:
//
//	go test ./holds -run TestLife -rapid.checks=10000
//	go test ./holds -run TestLife -rapid.seed=SEED
func TestLife(t *testing.T) {
	t.Parallel()
	full := fullPolicy(t)
	key, err := ledger.OpenKey(t.TempDir(), "x")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		tb := shrinking{t, rt}
		r := newRig(tb, full)
		m := &life{site: start, policy: full, footage: map[footage.SegmentID]*lived{}, holds: map[string]*Hold{}}
		var faulty *storetest.Faulty
		known := [2]bool{} // the sources that answer
		source := func(i int, name string) ClockSource {
			return ClockSource{name, func(context.Context) (time.Duration, time.Duration, error) {
				if !known[i] {
					return 0, 0, errors.New("no answer")
				}
				return m.wrong, time.Second, nil
			}}
		}
		refit := func() {
			faulty = storetest.NewFaulty(tb, r.store)
			r.vault.Store = faulty
		}
		r.guarded(source(0, "kernel"), source(1, "store"))
		if err := r.holds.SetPolicy(full); err != nil {
			rt.Fatal(err)
		}
		refit()
		last := map[footage.CameraID]footage.Instant{}
		removed := map[string]bool{}
		cameras := []footage.CameraID{"k01", "k02"}
		hours := func(rt *rapid.T, most int) time.Duration {
			return time.Duration(rapid.IntRange(1, most).Draw(rt, "hours")) * time.Hour
		}
		pick := func(rt *rapid.T) (*Hold, bool) {
			var open []string
			for _, n := range slices.Sorted(maps.Keys(m.holds)) {
				if m.holds[n].Ends() > m.latest() {
					open = append(open, n)
				}
			}
			if len(open) == 0 {
				return nil, false
			}
			return m.holds[rapid.SampledFrom(open).Draw(rt, "hold")], true
		}
		must := func(rt *rapid.T, err error) {
			rt.Helper()
			if err != nil {
				rt.Fatal(err)
			}
		}
		selection := func(rt *rapid.T) Selection {
			from := m.site.Add(-time.Duration(rapid.IntRange(0, 200).Draw(rt, "back")) * time.Hour)
			to := m.latest().Add(time.Hour)
			if rapid.Bool().Draw(rt, "past") {
				to = min(to, from.Add(hours(rt, 60)))
			}
			return Selection{rapid.SampledFrom([][]footage.CameraID{{"k01"}, {"k02"}, cameras}).Draw(rt, "cameras"), footage.Span{From: from, To: to}}
		}
		// swept takes note of a sweep, and of what the sources told it.
		swept := func(s Swept) {
			for _, i := range s.Removed {
				if removed[i.Object] {
					tb.Errorf("%s was deleted twice", i.Object)
				}
				removed[i.Object] = true
			}
		}
		asked := func() {
			defer m.sweep()
			agree := 0
			for _, k := range known {
				if k && m.wrong.Abs() < LeapLimit {
					agree++
				}
			}
			if m.pause != nil && (agree == 2 || agree == 1 && m.pause.Leap == WasOff) {
				m.trust()
			}
		}
		leap := func(d time.Duration) {
			r.leap(d)
			m.ahead += d
			m.wrong += d
			m.clock(0, false)
			r.guard.Now()
		}
		actions := map[string]func(*rapid.T){
			"record": func(rt *rapid.T) {
				camera := rapid.SampledFrom(cameras).Draw(rt, "camera")
				from := max(last[camera], footage.At(r.guard.Now()))
				s := r.record(camera, from, from.Add(time.Minute))
				last[camera] = s.Span.To
				p := &lived{Segment: s, deadline: s.Deadline}
				p.Keep, p.Ceiling = m.policy.KeepUntil(from), m.policy.Ceiling(from)
				m.footage[s.ID()] = p
				end := p.Keep
				for _, h := range m.holds {
					if covers(h, p) {
						end = max(end, h.Ends())
					}
				}
				if want := min(p.Ceiling, end); s.Deadline != want && s.Deadline > m.site {
					rt.Fatalf("%s comes with the deadline %s, want %s", s.ID(), s.Deadline, want)
				}
				m.settle()
			},
			"place": func(rt *rapid.T) {
				one := selection(rt)
				q := Request{Cameras: one.Cameras, Span: one.Span, Quick: rapid.Bool().Draw(rt, "quick"), Ground: CrimeLikely, Reason: "a fight at the entrance", By: "uid:0"}
				if d := rapid.IntRange(0, 29).Draw(rt, "days"); d > 0 {
					q.Until = min(m.latest().Add(time.Duration(d)*24*time.Hour), m.policy.Ceiling(one.Span.To))
				}
				placed, err := r.holds.Place(q)
				if errors.Is(err, ErrNothing) || errors.Is(err, ErrInvalid) || errors.Is(err, ErrRefused) {
					return
				}
				must(rt, err)
				m.holds[placed.Hold.Number] = &placed.Hold
				n := 0
				for _, s := range m.footage {
					if covers(&placed.Hold, s) && m.latest() < s.deadline {
						n++
					}
				}
				if placed.Segments != n {
					rt.Fatalf("the hold says that it keeps %d, want %d", placed.Segments, n)
				}
				m.rule(&placed.Hold)
			},
			"confirm": func(rt *rapid.T) {
				h, any := pick(rt)
				if !any || h.State != Awaiting {
					return
				}
				confirmed, err := r.holds.Confirm(h.Number, "", "uid:1")
				must(rt, err)
				*h = confirmed
				m.rule(h)
			},
			"review": func(rt *rapid.T) {
				if h, any := pick(rt); any {
					_, err := r.holds.Review(h.Number, Review{Note: "still needed", By: "uid:2"})
					must(rt, err)
				}
			},
			"narrow": func(rt *rapid.T) {
				h, any := pick(rt)
				if !any {
					return
				}
				sel := rapid.SampledFrom(h.Selections).Draw(rt, "of")
				sel.Cameras = sel.Cameras[:rapid.IntRange(1, len(sel.Cameras)).Draw(rt, "n")]
				sel.From = sel.From.Add(time.Duration(rapid.IntRange(0, 99).Draw(rt, "cut")) * sel.Duration() / 100)
				if sel.Empty() {
					return
				}
				wide := *h
				narrowed, err := r.holds.Narrow(h.Number, []Selection{sel}, "less", "uid:2")
				must(rt, err)
				*h = narrowed
				m.rule(&wide)
			},
			"close": func(rt *rapid.T) {
				h, any := pick(rt)
				if !any {
					return
				}
				_, err := r.holds.Close(h.Number, "over", "uid:0")
				must(rt, err)
				delete(m.holds, h.Number)
				m.rule(h)
			},
			"retention": func(rt *rapid.T) {
				keep := rapid.IntRange(1, 7).Draw(rt, "keep")
				p := Policy{time.Duration(keep) * 24 * time.Hour, time.Duration(rapid.IntRange(keep, 30).Draw(rt, "hold")) * 24 * time.Hour, full.Zone}
				must(rt, r.holds.SetPolicy(p))
				if m.policy == p {
					return
				}
				m.policy = p
				for _, s := range m.footage {
					s.Keep, s.Ceiling = min(s.Keep, p.KeepUntil(s.Span.From)), min(s.Ceiling, p.Ceiling(s.Span.From))
				}
				m.rule(nil)
			},
			"pass": func(rt *rapid.T) {
				d := hours(rt, 60)
				r.pass(d)
				m.clock(d, false)
				r.guard.Now() // somebody always looks
			},
			"leap": func(rt *rapid.T) {
				d := hours(rt, rapid.SampledFrom([]int{200, 800}).Draw(rt, "far"))
				switch rapid.IntRange(0, 3).Draw(rt, "way") {
				case 0:
					d = -d
				case 1:
					d = -m.wrong // set right
				}
				leap(d)
			},
			"sources": func(rt *rapid.T) {
				known = [2]bool{rapid.Bool().Draw(rt, "kernel"), rapid.Bool().Draw(rt, "store")}
			},
			"trust": func(rt *rapid.T) {
				if err := r.guard.Confirm(r.index, "by my watch", "uid:0"); (err == nil) != (m.pause != nil) {
					rt.Fatalf("confirmed: %v; paused: %v", err, m.pause)
				}
				if m.pause != nil {
					m.trust()
					m.sweep()
				}
			},
			"restart": func(rt *rapid.T) {
				d, off := hours(rt, 100), rapid.Bool().Draw(rt, "off")
				must(rt, r.guard.Check(rt.Context(), r.index)) // the last thing that a program does
				asked()
				r.restart(d, off)
				refit()
				if off {
					m.ahead += d
					m.clock(0, true)
				} else {
					m.clock(d, false)
				}
			},
			"fault": func(rt *rapid.T) {
				f := storetest.Fault{Op: rapid.SampledFrom([]storetest.Op{storetest.Delete, storetest.Delete, storetest.Absent}).Draw(rt, "op"), Times: rapid.IntRange(1, 4).Draw(rt, "times")}
				if f.Undone = rapid.Bool().Draw(rt, "undone"); !f.Undone || f.Op == storetest.Absent || rapid.Bool().Draw(rt, "says so") {
					f.Err = errors.New("slow down")
				}
				faulty.Inject(f)
			},
			"crash": func(rt *rapid.T) {
				ctx, kill := context.WithCancel(rt.Context())
				defer kill()
				r.vault.Store = &crashing{Store: faulty, n: rapid.IntRange(1, 6).Draw(rt, "call"), does: rapid.Bool().Draw(rt, "done"), kill: kill}
				asked()
				s, err := r.sweeper.Step(ctx)
				if err != nil && !errors.Is(err, context.Canceled) {
					rt.Fatal(err)
				}
				if err == nil { // else nobody has written down what went
					swept(s)
				}
				r.restart(0, false)
				refit()
			},
			"sweep": func(*rapid.T) {
				asked()
				swept(r.sweep())
				for id, s := range m.footage {
					if s.dead && r.find(s.Segment).Object != "" {
						tb.Errorf("%s is still there after a sweep", id)
					}
				}
			},
			"": func(rt *rapid.T) {
				if got := footage.At(r.guard.Now()); got != m.site {
					rt.Fatalf("the site's time is %s, want %s", got, m.site)
				}
				for id, s := range m.footage {
					now := r.find(s.Segment)
					stored := now.Object != ""
					if !s.dead && (!stored || now.Deadline != s.deadline) {
						rt.Fatalf("%s goes at %s, want %s: stored %v", id, now.Deadline, s.deadline, stored)
					}
					if now.Deadline > now.Ceiling {
						rt.Fatalf("%s is past its ceiling", id)
					}
					if may := m.latest() < s.deadline && !s.dead; r.readable(s.Segment) != may {
						rt.Fatalf("%s can be read: %v, want %v", id, !may, may)
					}
					if absent, err := r.store.Absent(rt.Context(), s.Object); err != nil || absent && !s.dead {
						rt.Fatalf("%s is gone before its time, %v", id, err)
					}
				}
			},
		}
		actions["record more"] = actions["record"]
		actions["act in doubt"] = func(rt *rapid.T) { // a leap that is soon undone
			d := hours(rt, 300)
			leap(d)
			actions[rapid.SampledFrom([]string{"place", "close", "narrow", "confirm", "retention"}).Draw(rt, "act")](rt)
			leap(-d)
		}
		for range 3 { // a longer life than rapid's
			rt.Repeat(actions)
		}
		// All that is due goes, with the patience of a store that works again.
		refit()
		for range 20 {
			asked()
			swept(r.sweep())
			r.pass(6 * time.Minute)
			m.clock(6*time.Minute, false)
		}
		asked()
		swept(r.sweep())
		dead := map[footage.CameraID]int{}
		for id, s := range m.footage {
			absent, err := r.store.Absent(rt.Context(), s.Object)
			if err != nil || absent != s.dead {
				rt.Errorf("%s: gone %v, want %v, %v", id, absent, s.dead, err)
			}
			if s.dead != removed[s.Object] {
				rt.Errorf("%s: a sweep has said that it is gone: %v, want %v", id, removed[s.Object], s.dead)
			}
			if s.dead {
				dead[s.Camera]++
			}
		}
		told := map[footage.CameraID]int{}
		r.update(func(tx *index.Tx) error {
			if _, err := ledger.MakeCheckpoint(tx, key); err != nil {
				return err
			}
			for e, err := range ledger.Entries(tx, ledger.Filter{Kind: ledger.Deleted}, 1<<40) {
				if err != nil {
					return err
				}
				told[footage.CameraID(e.Text("camera"))] += int(e.Int("segments"))
			}
			return nil
		})
		if diff := cmp.Diff(dead, told); diff != "" {
			rt.Errorf("due (-) and in the ledger (+): %s", diff)
		}
	})
}
