package recorder

import (
	"testing"
	"time"

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
	step := func(d, set time.Duration) time.Duration {
		return c.leap(stamp{noon.Add(d + set), d})
	}
	for i, test := range []struct{ passed, set, want time.Duration }{
		{30 * time.Second, 0, 0},
		{60 * time.Second, time.Second, 0}, // small enough for the shift
		{90 * time.Second, time.Hour, time.Hour - time.Second},
		{120 * time.Second, time.Hour, 0}, // once
		{150 * time.Second, 0, 0},         // back: cannot be followed
		{180 * time.Second, 0, 0},
	} {
		if got := step(test.passed, test.set); got != test.want {
			t.Errorf("step %d: a leap of %v, want %v", i, got, test.want)
		}
	}
}
