package recorder

import (
	"math"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/spool"
)

const (
	// maxSlew is how much of a segment's length its end may be moved to follow
	// the appliance's clock: 1/1000, ten times what a poor quartz is off.
	maxSlew = 1000
	// clockLeap is how far the appliance's clock must be set forward, against
	// the time that has really passed, for the recording to follow at once.
	clockLeap = 2 * time.Second
)

// stamp is an instant on both of the appliance's clocks.
type stamp struct {
	wall footage.Instant // time of day, which someone may set
	mono time.Duration   // since some beginning, which nobody can set
}

// apart is how far the two clocks are apart; it changes when the time of day is
// set.
func (s stamp) apart() time.Duration { return time.Duration(s.wall)*time.Microsecond - s.mono }

// clock carries the wall time of one run of frames on the RTP clock. It is
// anchored where a segment begins and never moves inside one. A camera's clock
// drifts against the appliance's, so while a segment is recorded the clock looks
// how much later than expected frames arrive; the least of that is drift, the
// rest is the network. The next segment's start is moved by it, within maxSlew.
type clock struct {
	ticks int64           // of the anchor
	wall  footage.Instant // of the anchor
	apart time.Duration   // stamp.apart at the anchor
	late  time.Duration   // the least lateness since the anchor
	known bool            // late holds something
}

// begin starts to look for the wall time of ticks: anchor ends it.
func (c *clock) begin(ticks int64) { *c = clock{ticks: ticks} }

// observe takes note that the frame of ticks arrived at.
func (c *clock) observe(ticks int64, at stamp) {
	if c.wall == 0 {
		if moved := at.apart() - c.apart; moved >= clockLeap || moved <= -clockLeap {
			c.known = false // what came before the clock was set tells nothing any more
		}
		c.apart = at.apart()
	}
	late := at.wall.Sub(c.at(ticks))
	if !c.known || late < c.late {
		c.late, c.known = late, true
	}
}

// at is the wall time of ticks. Before the clock is anchored it is nothing that
// can be shown, but right to compare with.
func (c *clock) at(ticks int64) footage.Instant { return spool.End(c.wall, ticks-c.ticks) }

// start is the wall time of the frame that begin was called with: when it would
// have arrived on the network's quickest day. A camera that first sends what it
// has kept, at once, is placed right by the first frame that comes live.
func (c *clock) start() footage.Instant { return c.wall.Add(c.late) }

// anchor says that the wall time of ticks is wall.
func (c *clock) anchor(ticks int64, wall footage.Instant) {
	*c = clock{ticks: ticks, wall: wall, apart: c.apart}
}

// shift returns by how many ticks the boundary at ticks should be moved for the
// clock to follow the appliance's.
func (c *clock) shift(ticks int64) int64 {
	if !c.known {
		return 0
	}
	most := (ticks - c.ticks) / maxSlew
	return min(max(c.late.Microseconds()*9/100, -most), most)
}

// leap returns how far the appliance's clock was set forward since this was last
// asked or the run began, as far as it is ahead of ticks now, and 0 when it was
// not. A clock that is set back cannot be followed, since time that has been
// recorded cannot be recorded again, and when it then is set forward it may only
// be where it was; what is less than clockLeap is left to shift.
func (c *clock) leap(ticks int64, now stamp) time.Duration {
	moved := now.apart() - c.apart
	c.apart = now.apart()
	if moved = min(moved, now.wall.Sub(c.at(ticks))); moved < clockLeap {
		return 0
	}
	return moved
}

// ahead returns how far start, as the time of ticks, is ahead of the appliance's
// clock, and 0 when that is no more than clocks and networks make.
func (c *clock) ahead(ticks int64, start footage.Instant) time.Duration {
	if ahead := start.Sub(c.at(ticks).Add(c.late)); ahead >= clockLeap {
		return ahead
	}
	return 0
}

// reported is what the camera's clock showed for a moment of its stream (the
// sender report of RFC 3550, 6.4.1). It is kept beside the recording's times and
// decides nothing (R49).
type reported struct {
	known bool
	at    footage.Instant // of the camera's clock
	ticks int64
}

const (
	// maxReported is how far, in ticks, a report may lie from the frames around it.
	maxReported = 60 * second
	// nextEra is 2036-02-07T06:28:16Z, when the seconds of NTP begin anew from 0. In a
	// report, a time after it that comes before it is the uptime of a camera that
	// does not know the time.
	nextEra footage.Instant = 2085978496_000000
)

// offset returns the camera's time of ticks, less wall, in milliseconds.
func (r reported) offset(ticks int64, wall footage.Instant) int64 {
	return int64(math.Round(float64(r.at-wall)/1e3 + float64(ticks-r.ticks)/90))
}
