package farm

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Mishap is one thing that goes wrong with one camera.
type Mishap struct {
	At     time.Duration // after the beginning of the plan
	For    time.Duration // how long it lasts; 0 if it is over at once
	Camera string        // its path
	What   string        // its name
}

func (m Mishap) String() string {
	if m.For == 0 {
		return fmt.Sprintf("%8v %-20s %s", m.At, m.Camera, m.What)
	}
	return fmt.Sprintf("%8v %-20s %s for %v", m.At, m.Camera, m.What, m.For)
}

// mishap is a way to go wrong: what it does, and how it is undone if it lasts.
type mishap struct {
	name  string
	begin func(*Feed)
	end   func(*Feed) // nil: it is over at once
}

// fault is a mishap that Faults has.
func fault(list string) mishap {
	faults, err := ParseFaults(list)
	if err != nil {
		panic("internal error: " + err.Error())
	}
	return mishap{list, func(f *Feed) { f.Misbehave(faults) }, func(f *Feed) { f.Misbehave(f.camera.Faults) }}
}

func refusal(name string, how Refusal) mishap {
	begin := func(f *Feed) {
		f.Refuse(how)
		f.Drop()
	}
	return mishap{name, begin, func(f *Feed) { f.Refuse(Answer) }}
}

func jump(d time.Duration) mishap {
	return mishap{fmt.Sprintf("timestamps jump by %v", d), func(f *Feed) { f.Jump(d) }, nil}
}

func clockOff(by time.Duration) mishap {
	return mishap{
		fmt.Sprintf("clock off by %v", by),
		func(f *Feed) { f.SetClock(Clock{Offset: by}) },
		func(f *Feed) { f.SetClock(f.camera.Clock) },
	}
}

// mishaps is what plans draw from, everything about as often as everything else.
var mishaps = []mishap{
	{"dropped", (*Feed).Drop, nil},
	{"nonce expires", (*Feed).ExpireNonce, nil},
	{"encoder restarts", func(f *Feed) { f.Renumber(f.anyNumbers()) }, nil},
	{"shows another clip", (*Feed).showAnother, (*Feed).showOwn},
	{"timestamps begin anew", func(f *Feed) { f.Renumber(Numbers{SSRC: f.anyNumbers().SSRC}) }, nil},
	{"loses 1 packet", func(f *Feed) { f.Lose(1) }, nil},
	{"loses 500 packets", func(f *Feed) { f.Lose(500) }, nil},
	jump(20 * time.Second), jump(-20 * time.Second), jump(7 * time.Hour), jump(-100 * time.Millisecond),
	clockOff(time.Hour), clockOff(-90 * time.Second),
	{"no reports", func(f *Feed) { f.SetClock(Clock{Silent: true}) }, func(f *Feed) { f.SetClock(f.camera.Clock) }},
	{"password changed", func(f *Feed) { f.SetPassword("other", "other"); f.Drop() }, func(f *Feed) { f.SetPassword(f.camera.User, f.camera.Password) }},
	refusal("gone", NotFound), refusal("hangs up", HangUp),
	fault("hung"), fault("frozen"), fault("frozen-video"), fault("no-key-frames"), fault("new-ssrc"),
	fault("crosstalk"), fault("garbage"), fault("malformed"), fault("bitrate=10"),
	fault("loss=0.02"), fault("duplicates=0.05"), fault("reordering=0.05"),
	fault("loss=0.01,duplicates=0.01,reordering=0.05,garbage,malformed"),
}

// showAnother switches to the clip of the first other camera that can be gone on
// with, if there is one.
func (f *Feed) showAnother() {
	for _, other := range f.server.order {
		if clip := other.camera.Clip; clip != f.camera.Clip && f.Switch(clip) == nil {
			return
		}
	}
}

func (f *Feed) showOwn() {
	f.mu.Lock()
	own := f.clip == f.camera.Clip && f.next == nil
	f.mu.Unlock()
	if !own {
		f.Switch(f.camera.Clip) // it was the camera's before, so it can be gone on with
	}
}

func (f *Feed) anyNumbers() Numbers {
	f.mu.Lock()
	defer f.mu.Unlock()
	return Numbers{f.random.Uint32(), uint16(f.random.Uint32()), f.random.Uint32()}
}

// Bounds of a plan: a camera goes wrong for a while and is then well for a while,
// each of the two anything between these, short ones more often than long ones.
const (
	shortestTrouble, longestTrouble = 2 * time.Second, 90 * time.Second
	shortestPeace, longestPeace     = 5 * time.Second, 3 * time.Minute
)

// Mayhem is a plan in which cameras go wrong at random for the given time: one
// mishap at a time each, independently of each other, in the order in which they
// begin. All are well at the end. The same arguments give the same plan.
func Mayhem(seed uint64, length time.Duration, cameras ...string) []Mishap {
	random := rand.New(rand.NewPCG(seed, 0))
	between := func(low, high time.Duration) time.Duration {
		x := random.Float64()
		return (low + time.Duration(x*x*float64(high-low))).Round(100 * time.Millisecond)
	}
	var plan []Mishap
	for _, camera := range cameras {
		for at := between(shortestPeace, longestPeace); ; at += between(shortestPeace, longestPeace) {
			m := mishaps[random.IntN(len(mishaps))]
			next := Mishap{At: at, Camera: camera, What: m.name}
			if m.end != nil {
				next.For = between(shortestTrouble, longestTrouble)
			}
			if at += next.For; at >= length {
				break
			}
			plan = append(plan, next)
		}
	}
	slices.SortStableFunc(plan, func(a, b Mishap) int { return cmp.Compare(a.At, b.At) })
	return plan
}

// Perform lets happen what plan says, from now on until it is over or ctx is done,
// and leaves the cameras well. Each mishap is told to tell when it begins, unless
// tell is nil. It panics if the plan names what there is not.
func (s *Server) Perform(ctx context.Context, plan []Mishap, tell func(Mishap)) {
	type change struct {
		at   time.Duration
		do   func(*Feed)
		feed *Feed
		m    *Mishap // that begins, if one does
	}
	var changes []change
	for i, m := range plan {
		known := slices.IndexFunc(mishaps, func(other mishap) bool { return other.name == m.What })
		feed := s.feeds[m.Camera]
		if known < 0 || feed == nil {
			panic("farm: there is no mishap or no camera as in: " + strings.TrimSpace(m.String()))
		}
		changes = append(changes, change{m.At, mishaps[known].begin, feed, &plan[i]})
		if end := mishaps[known].end; end != nil {
			changes = append(changes, change{m.At + m.For, end, feed, nil})
		}
	}
	slices.SortStableFunc(changes, func(a, b change) int { return cmp.Compare(a.at, b.at) })
	began := time.Now()
	for _, c := range changes {
		select {
		case <-ctx.Done(): // what has begun is ended
			if c.m != nil {
				continue
			}
		case <-time.After(time.Until(began.Add(c.at))):
			if c.m != nil && tell != nil {
				tell(*c.m)
			}
		}
		c.do(c.feed)
	}
}
