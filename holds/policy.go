package holds

import (
	"time"

	"github.com/sjudager/sjudager/vault/footage"
)

// What venues promise, and what no configuration can lengthen. The venues'
// privacy policies say that recordings are stored for seven days, and for up to
// thirty when they are likely to be used in an investigation (R1, R23, R24). Both
// count from the capture of a segment's first frame (R2): a person is entitled to
// believe what the sign says, and the first frame is the oldest thing that would
// break the promise.
const (
	MaxKeepDays = 7
	MaxHoldDays = 30

	MaxKeep = MaxKeepDays * 24 * time.Hour // 168 h, as configurations state it
	MaxHold = MaxHoldDays * 24 * time.Hour // 720 h
)

// Policy is the retention in force at a site. Keep and Hold may be shorter than
// the promises, never longer (R4).
type Policy struct {
	Keep time.Duration  // at most MaxKeep
	Hold time.Duration  // from Keep to MaxHold
	Zone *time.Location // the site's; decides the local clock time of deadlines
}

// KeepUntil is when footage whose first frame was captured at first goes unless
// it is held: the earliest of Keep later, 168 hours later, and the instant seven
// days on when the site's clocks show the same time again. The last matters one
// night a year: in the week of the spring clock change 168 hours would end an
// hour past the promised time of day (R3).
func (p Policy) KeepUntil(first footage.Instant) footage.Instant {
	return p.until(first, min(p.Keep, MaxKeep), MaxKeepDays)
}

// Ceiling is when footage goes whatever holds it: the same rule with thirty days
// (R24).
func (p Policy) Ceiling(first footage.Instant) footage.Instant {
	return p.until(first, min(p.Hold, MaxHold), MaxHoldDays)
}

func (p Policy) until(first footage.Instant, keep time.Duration, days int) footage.Instant {
	return min(first.Add(keep), sameClockTime(first, days, p.Zone))
}

// sameClockTime returns the first instant at which the clocks of zone, days
// calendar days after first, show the time of day that they showed at first, or
// a later one. That is the earlier of the two where an autumn night has the time
// twice, and the moment of the jump where a spring night leaves it out.
func sameClockTime(first footage.Instant, days int, zone *time.Location) footage.Instant {
	return footage.FirstShowing(footage.ReadingAt(first, zone).AddDate(0, 0, days), zone)
}

// Deadline is invariant 2: footage goes at the later of keep and until, which is
// the latest `until` of the holds that cover it or 0 when none does, but at the
// ceiling at the latest.
func Deadline(keep, ceiling, until footage.Instant) footage.Instant {
	return min(ceiling, max(keep, until))
}
