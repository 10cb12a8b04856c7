package holds

import (
	"time"

	"github.com/sjudager/sjudager/vault/footage"
)

const (
	// LeapLimit is how far the machine's clock may run ahead of the time that has
	// really passed before deletion stops following it (R17). Clocks are wrong by
	// seconds; time zones and dead batteries make hours and years of it.
	LeapLimit = 10 * time.Minute
	// LeapWait is how long after a leap deletion goes without the machine's clock when
	// nobody can say which time it is (R17), counted while the machine is on.
	LeapWait = 24 * time.Hour
	// forgiven is in how long LeapLimit may be used up once more: a clock that runs
	// ahead in small steps must not get further than one that leaps.
	forgiven = 24 * time.Hour
	// slew is by which part the site's time is slower while it is a little ahead of
	// the machine's clock, until that has caught up.
	slew = 100
)

// Leap says what kind of a leap nobody has explained so far.
type Leap string

// The kinds. A machine that runs has no ordinary reason to find itself minutes ahead,
// so two sources have to agree with its clock. One that was off has the best reason
// there is, and overdue footage may lie there (R7): one source is enough.
const (
	Leapt  Leap = "leapt"   // the clock went forward while the machine was on
	WasOff Leap = "was-off" // more than LeapLimit has passed since the machine was last on
)

// Needs is how many sources have to agree with the clock.
func (l Leap) Needs() int {
	if l == WasOff {
		return 1
	}
	return 2
}

// Pause is why and since when deletion does not follow the machine's clock.
type Pause struct {
	Leap   Leap            `cbor:"1,keyasint"`
	Since  footage.Instant `cbor:"2,keyasint"` // by the site's time
	Ahead  time.Duration   `cbor:"3,keyasint"` // the machine's clock then, of the site's time
	Waited time.Duration   `cbor:"4,keyasint"` // of LeapWait
}

// reading is one look at the machine's clocks.
type reading struct {
	wall footage.Instant // which anybody may set
	mono int64           // microseconds since the machine was started, sleep included; nobody can set it
	boot string          // names the start that mono counts from
}

// clockState is what is known of the time. It is a row of the index, so that neither a
// restart nor a clock that is set back brings anything back.
type clockState struct {
	Time  footage.Instant `cbor:"1,keyasint"` // the site's, at the last reading
	Mono  int64           `cbor:"2,keyasint"` // of that reading
	Boot  string          `cbor:"3,keyasint"`
	Spent time.Duration   `cbor:"4,keyasint,omitempty"` // of LeapLimit, in steps too small to be a leap
	// Fresh: since the machine was started its clock has been behind the site's time,
	// so it is not known how long it was off.
	Fresh  bool   `cbor:"5,keyasint,omitempty"`
	Behind bool   `cbor:"6,keyasint,omitempty"` // the machine's clock is, by more than LeapLimit
	Pause  *Pause `cbor:"7,keyasint,omitempty"`
	ended  string // why the last pause has ended
}

// next is the state at the reading r. The rule is in the comment of the package.
func (s clockState) next(r reading) clockState {
	var elapsed time.Duration
	rebooted := r.boot != s.Boot
	if rebooted {
		s.Fresh = true
	} else {
		elapsed = max(0, time.Duration(r.mono-s.Mono)*time.Microsecond)
	}
	now := s.Time.Add(elapsed)
	ahead := r.wall.Sub(now)
	s.Mono, s.Boot, s.Spent = r.mono, r.boot, max(0, s.Spent-elapsed*time.Duration(LeapLimit/time.Minute)/time.Duration(forgiven/time.Minute))
	s.Behind = ahead < -LeapLimit

	if p := s.Pause; p != nil && ahead > LeapLimit {
		waiting := *p
		waiting.Waited += elapsed
		switch moved := (ahead - p.Ahead).Abs(); {
		case rebooted:
			waiting.Ahead = ahead // with the time that it was off
		case moved > LeapLimit:
			waiting.Ahead, waiting.Waited = ahead, 0 // it is yet another time
		}
		s.Time, s.Pause = now, &waiting
		if waiting.Waited >= LeapWait {
			return s.accept(r, "waited")
		}
		return s
	}
	if s.Pause != nil {
		s.Pause, s.ended = nil, "undone"
	}
	switch {
	case s.Spent+ahead > LeapLimit:
		s.Time, s.Pause = now, &Pause{Leap: Leapt, Since: now, Ahead: ahead}
		if s.Fresh {
			s.Pause.Leap = WasOff
		}
	case ahead >= 0:
		s.Time, s.Spent, s.Fresh = r.wall, s.Spent+ahead, false
	case s.Behind:
		s.Time = now
	default:
		s.Time = max(r.wall, s.Time, now.Add(-elapsed/slew))
	}
	return s
}

// accept is the state when the machine's clock turns out to be right, or is taken to be.
func (s clockState) accept(r reading, why string) clockState {
	s.Time, s.Pause, s.Spent, s.Fresh, s.Behind, s.ended = max(s.Time, r.wall), nil, 0, false, false, why
	return s
}
