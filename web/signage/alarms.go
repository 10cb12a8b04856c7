package signage

import (
	"fmt"
	"strings"

	"github.com/sjudager/sjudager/vault/footage"
)

// Alarms are those of the register that stand now. Each ends by itself when what it is
// about is put right. A camera that the configuration has switched off is in none.
func (s Snapshot) Alarms() (all []footage.Alarm) {
	alarm := func(code footage.AlarmCode, camera footage.CameraID, since footage.Instant, format string, args ...any) {
		all = append(all, footage.Alarm{Code: code, Camera: camera, Since: min(since, s.At), Detail: fmt.Sprintf(format, args...)})
	}
	none := len(s.Zones) == 0
	recording := 0
	for _, c := range s.Live.Cameras {
		if !c.Recording {
			continue
		}
		p := s.Passage(c, false)
		if !p.Records {
			alarm(footage.AlarmWithheld, c.ID, s.Live.From, "%s", p.Why())
			continue
		}
		recording++
		if none || s.Live.Gate == GateOff {
			continue
		}
		cover := s.cover(c)
		switch {
		case cover.Hole == NoZone:
			alarm(footage.AlarmSignZone, c.ID, s.Live.From, "the zone %q is not in the sign register: it needs a sign at each public entrance", c.Zone)
		case !cover.Covered:
			since, holes := s.holed(cover)
			alarm(footage.AlarmSignHole, c.ID, since, "it records, and %s", strings.Join(holes, ", "))
		}
		if a, ok := s.AssessmentOf(c.ID, cover.Number); !ok || !a.Approved {
			alarm(footage.AlarmAssessment, c.ID, s.Live.From, "it records without an approved assessment")
		} else if a.Review <= s.At {
			alarm(footage.AlarmAssessment, c.ID, a.Review, "the review of assessment %d is overdue", a.Number)
		}
	}
	if none && recording > 0 && s.Live.Gate != GateOff {
		alarm(footage.AlarmSignRegister, "", s.firstAdmission(), "the sign register has no zone: nothing shows that the cameras are announced")
	}
	for _, g := range s.Signs {
		if g.State != Up {
			continue
		}
		st := s.Standing(g)
		for _, f := range st.Faults {
			switch f {
			case NoText:
				alarm(footage.AlarmSignText, "", s.differsSince(g), "%s says what is not so any more: %s", g.Number, strings.Join(st.Differs, ", "))
			case Overdue:
				alarm(footage.AlarmSignInspection, "", s.ranOut(st), "%s has not been looked at in time", g.Number)
			}
		}
	}
	for _, i := range s.Inspections {
		if !i.Passed() && i.Closed.At == 0 && i.Due <= s.At {
			if g, ok := s.Sign(i.Sign); !ok || g.State != Up {
				continue
			}
			alarm(footage.AlarmSignInspection, "", i.Due, "what inspection %d found on %s has not been mended in time", i.Number, i.Sign)
		}
	}
	return all
}

// firstAdmission is since when cameras record with nothing known of signs.
func (s Snapshot) firstAdmission() footage.Instant {
	if len(s.Admissions) > 0 {
		return s.Admissions[0].Made.At
	}
	return s.Live.From
}

// differsSince is since when a sign's text is not so any more: the version after it took
// its place, or the sign was hung up later than that.
func (s Snapshot) differsSince(g Sign) footage.Instant {
	for _, t := range s.Texts {
		if t.Number == g.Text && t.Retired != 0 {
			return max(t.Retired, g.altered())
		}
	}
	return g.altered()
}

// holed says since when a camera is not covered, as far as the records that are in force
// tell, and by what.
func (s Snapshot) holed(c Cover) (since footage.Instant, holes []string) {
	since = s.At
	if c.Hole == NoDecision {
		since = s.Live.From
		if z, ok := latest(s.Zones, func(z Zone) bool { return z.Number == c.Number }); ok {
			if since = z.Entered.At; z.Decision != nil {
				since = z.Decision.Review
			}
		}
		holes = append(holes, "its zone has no decision in force that cameras are necessary")
	}
	for _, e := range c.Entrances {
		if e.Hole == "" {
			continue
		}
		holes = append(holes, fmt.Sprintf("the entrance %s of %s has no valid sign", e.ID, c.Number))
		began := footage.Instant(0)
		if z, ok := latest(s.Zones, func(z Zone) bool { return z.Number == c.Number }); ok {
			began = z.Entered.At
		}
		for _, g := range s.Signs {
			for _, p := range g.Places {
				if p == (Place{c.Number, e.ID}) {
					began = max(began, s.invalidSince(g))
				}
			}
		}
		since = min(since, began)
	}
	return since, holes
}

// invalidSince is since when a sign counts no more, or not yet.
func (s Snapshot) invalidSince(g Sign) footage.Instant {
	st := s.Standing(g)
	since := s.At
	for _, f := range st.Faults {
		switch f {
		case NotUp, Uninspected:
			since = min(since, g.altered())
		case NoText:
			since = min(since, s.differsSince(g))
		case Defective:
			since = min(since, st.Inspected)
		case Overdue:
			since = min(since, s.ranOut(st))
		}
	}
	return since
}
