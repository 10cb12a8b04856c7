package recorder

import (
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sjudager/sjudager/vault/footage"
)

const noon = footage.Instant(1783166400_000000) // 2026-07-04T12:00:00Z

// at is when d has passed on both clocks since noon.
func at(d time.Duration) stamp { return stamp{noon.Add(d), d} }

func TestClockStart(t *testing.T) {
	// Two seconds that the camera had kept come at once, then live frames, of
	// which the quickest took 5 ms.
	var c clock
	c.begin(1000)
	for i := range 50 {
		c.observe(1000+int64(i)*3600, at(2*time.Second))
	}
	for i, late := range []time.Duration{30, 5, 12, 40} {
		c.observe(1000+int64(50+i)*3600, at(2*time.Second+time.Duration(i)*40*time.Millisecond+late*time.Millisecond))
	}
	if got, want := c.start(), noon.Add(5*time.Millisecond); got != want {
		t.Errorf("the start is %v, want %v", got, want)
	}
}

// TestClockSetAtTheStart: a clock that is set while the start is being found out, as
// time servers do when a machine has come up, is believed afterwards.
func TestClockSetAtTheStart(t *testing.T) {
	for _, set := range []time.Duration{time.Hour, -time.Hour, clockLeap} {
		var c clock
		c.begin(0)
		for i := range 12 {
			now := at(time.Duration(i) * 40 * time.Millisecond)
			if i > 2 {
				now.wall = now.wall.Add(set)
			}
			c.observe(int64(i)*3600, now)
		}
		if got, want := c.start(), noon.Add(set); got != want {
			t.Errorf("set by %v: the start is %v, want %v", set, got, want)
		}
	}
}

// TestClockFollows: a camera whose clock is off by 100 parts in a million, through
// a network of up to 80 ms, stays within a few milliseconds for a day.
func TestClockFollows(t *testing.T) {
	for _, drift := range []float64{-1e-4, 1e-4} {
		const segment = 30 * second
		var c clock
		c.begin(0)
		c.observe(0, at(0))
		c.anchor(0, c.start())
		for n := int64(1); n <= 2880; n++ {
			for i := range int64(30) {
				ticks := (n-1)*segment + i*second
				real := time.Duration(float64(ticks) / second * (1 + drift) * 1e9)
				c.observe(ticks, at(real+time.Duration((n*7+i*13)%80)*time.Millisecond))
			}
			boundary := n * segment
			next := c.at(boundary + c.shift(boundary))
			c.anchor(boundary, next)
			real := noon.Add(time.Duration(float64(boundary) / second * (1 + drift) * 1e9))
			if off := next.Sub(real); off < -8*time.Millisecond || off > 8*time.Millisecond {
				t.Fatalf("after %d segments the clock is off by %v", n, off)
			}
		}
	}
}

func TestClockShiftIsBounded(t *testing.T) {
	for late, want := range map[time.Duration]int64{
		0:                      0,
		10 * time.Millisecond:  900,
		time.Hour:              2700, // 1/1000 of 30 s
		-time.Hour:             -2700,
		-20 * time.Millisecond: -1800,
	} {
		var c clock
		c.anchor(0, noon)
		if got := c.shift(30 * second); got != 0 {
			t.Errorf("without a frame the shift is %d", got)
		}
		c.observe(20*second, at(20*time.Second+late))
		if got := c.shift(30 * second); got != want {
			t.Errorf("%v late: shift %d, want %d", late, got, want)
		}
	}
}

func TestClockLeap(t *testing.T) {
	var c clock
	c.begin(0)
	c.observe(0, at(0))
	c.anchor(0, noon)
	for i, test := range []struct{ passed, set, want time.Duration }{
		{30 * time.Second, 0, 0},
		{60 * time.Second, time.Second, 0}, // small enough for the shift
		{90 * time.Second, time.Hour, time.Hour - time.Second},
		{120 * time.Second, time.Hour, 0}, // once
		{150 * time.Second, 0, 0},         // back: cannot be followed
		{180 * time.Second, time.Hour, 0}, // where it was
		{210 * time.Second, 3 * time.Hour, 2 * time.Hour},
		{240 * time.Second, 2 * time.Hour, 0}, // back again
		{270 * time.Second, 4 * time.Hour, time.Hour},
	} {
		got := c.leap(ticks(test.passed), stamp{noon.Add(test.passed + test.set), test.passed})
		if got != test.want {
			t.Errorf("step %d: a leap of %v, want %v", i, got, test.want)
		}
		c.anchor(ticks(test.passed), c.at(ticks(test.passed)).Add(got))
		if i == 2 {
			c.wall = c.wall.Add(time.Second) // shift has done the rest
		}
	}
}

// TestReported: the camera's clock is compared with the times of the recording, by
// the RTP clock: how long the report was under way does not matter.
func TestReported(t *testing.T) {
	clip := loadClip(t, "h264")
	send := func(reports ...func(*track)) *take {
		k := &take{t: t}
		f := newFeeder(k, stream(clip), time.Second)
		for i, fr := range film(clip, 2) {
			f.send(fr)
			if i%50 == 10 && i/50 < len(reports) {
				reports[i/50](f.track)
			}
		}
		f.track.cut()
		k.check()
		return k
	}
	const first = 1<<32 - 4*second // of the feeder's RTP timestamps
	report := func(camera time.Duration, pts int64) func(*track) {
		return func(tr *track) {
			tr.report(noon.Add(camera+time.Duration(pts)*time.Second/second).Time(), uint32(first+pts), at(99*time.Second))
		}
	}
	for name, test := range map[string]struct {
		reports []func(*track)
		want    []int64 // of the segments; 1 << 40: not known
	}{
		"none":                     {nil, []int64{1 << 40, 1 << 40, 1 << 40, 1 << 40, 1 << 40, 1 << 40}},
		"an hour ahead":            {[]func(*track){report(time.Hour, 10*3600)}, []int64{3600000, 3600000, 3600000, 3600000, 3600000, 3600000}},
		"a little behind, of late": {[]func(*track){report(-1234*time.Millisecond, 0)}, []int64{-1234, -1234, -1234, -1234, -1234, -1234}},
		"set in between": {
			[]func(*track){report(0, 3600), report(-20*time.Second, 60*3600)},
			[]int64{0, 0, -20000, -20000, -20000, -20000},
		},
		"taken back": {
			[]func(*track){report(0, 3600), func(tr *track) { tr.report(time.Time{}, 0, at(0)) }},
			[]int64{0, 0, 1 << 40, 1 << 40, 1 << 40, 1 << 40},
		},
		"an uptime": {
			[]func(*track){func(tr *track) { tr.report(time.Date(2036, 2, 8, 0, 0, 0, 0, time.UTC), first, at(0)) }},
			[]int64{1 << 40, 1 << 40, 1 << 40, 1 << 40, 1 << 40, 1 << 40},
		},
		"of another stream": {
			[]func(*track){func(tr *track) { tr.report(noon.Time(), 1<<30, at(0)) }},
			[]int64{1 << 40, 1 << 40, 1 << 40, 1 << 40, 1 << 40, 1 << 40},
		},
	} {
		var got []int64
		for _, s := range send(test.reports...).segments {
			ms := s.clock.CameraOffsetMS
			if !s.clock.CameraKnown {
				ms = 1 << 40
			}
			got = append(got, ms)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: the offsets are %v, want %v", name, got, test.want)
		}
	}
}

func TestClockOf(t *testing.T) {
	for i, test := range []struct {
		state  int
		status int32
		max    int64
		want   footage.Clock
	}{
		{unix.TIME_OK, unix.STA_PLL | unix.STA_NANO, 1200, footage.Clock{State: footage.ClockSynced, ErrorMS: 2}},
		{unix.TIME_INS, unix.STA_PLL, 500_000, footage.Clock{State: footage.ClockSynced, ErrorMS: 500}}, // a leap second is near
		{unix.TIME_OK, unix.STA_PLL, 2_500_000, footage.Clock{State: footage.ClockHoldover, ErrorMS: 2500}},
		{unix.TIME_ERROR, unix.STA_UNSYNC, 16_000_000, footage.Clock{State: footage.ClockUnsynced}},
		{unix.TIME_OK, unix.STA_UNSYNC, 1000, footage.Clock{State: footage.ClockUnsynced}},
	} {
		if got := clockOf(test.state, test.status, test.max); got != test.want {
			t.Errorf("case %d: %+v, want %+v", i, got, test.want)
		}
	}
	KernelClock() // of this machine: whatever it says
}
