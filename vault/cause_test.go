package vault

import (
	"testing"

	"github.com/sjudager/sjudager/vault/footage"
)

// R13: why footage goes, from what has happened to its deadline.
func TestCauses(t *testing.T) {
	const day = footage.Instant(24 * 3600 * 1e6)
	seven := Terms{Keep: 7 * day, Ceiling: 30 * day, Deadline: 7 * day}
	until := func(d footage.Instant) Terms { t := seven; t.Deadline = d; return t }
	five := Terms{Keep: 5 * day, Ceiling: 30 * day, Deadline: 5 * day}
	type step struct {
		at  footage.Instant
		to  Terms
		why Cause
	}
	for name, c := range map[string]struct {
		steps []step
		want  Cause
		due   footage.Instant
	}{
		"nothing":                          {nil, ByDeadline, 7 * day},
		"held until its end":               {[]step{{day, until(10 * day), ""}}, ByHoldEnd, 10 * day},
		"held to the ceiling":              {[]step{{day, until(30 * day), ""}}, ByCeiling, 30 * day},
		"closed in good time":              {[]step{{day, until(10 * day), ""}, {2 * day, seven, ""}}, ByDeadline, 7 * day},
		"closed after its deadline":        {[]step{{day, until(10 * day), ""}, {8 * day, seven, ""}}, ByHoldClosed, 8 * day},
		"a freeze, closed after":           {[]step{{day, until(10 * day), ""}, {8 * day, seven, ByFreezeClosed}}, ByFreezeClosed, 8 * day},
		"shortened":                        {[]step{{day, five, ""}}, ByRetention, 5 * day},
		"shortened into the past":          {[]step{{6 * day, five, ""}}, ByRetention, 6 * day},
		"closed after, and held again":     {[]step{{day, until(10 * day), ""}, {8 * day, until(9 * day), ""}, {8*day + 1, until(12 * day), ""}}, ByHoldEnd, 12 * day},
		"narrowed in good time, then ends": {[]step{{day, until(10 * day), ""}, {2 * day, until(9 * day), ""}}, ByHoldEnd, 9 * day},
	} {
		s := Segment{Terms: seven}
		for _, step := range c.steps {
			s.Moved = Change{Segment: s, To: step.to, Why: step.why}.moved(step.at)
			s.Terms = step.to
		}
		if why, due := s.cause(), max(s.Deadline, s.Moved.At); why != c.want || due != c.due {
			t.Errorf("%s: %s, due on day %v; want %s, %v", name, why, float64(due)/float64(day), c.want, float64(c.due)/float64(day))
		}
	}
}
