package signage

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Round is the walk past all signs before the doors of an event open (R118).
type Round struct {
	Number int       `cbor:"1,keyasint" json:"number"` // of all rounds, from 1
	Day    string    `cbor:"2,keyasint" json:"day"`    // the event's, such as 2026-07-04
	Event  string    `cbor:"3,keyasint" json:"event"`  // its name
	Signs  []string  `cbor:"4,keyasint" json:"signs"`  // that were up when it began
	Begun  holds.Act `cbor:"5,keyasint" json:"begun"`
	Closed holds.Act `cbor:"6,keyasint" json:"closed"`
	Reason string    `cbor:"7,keyasint" json:"reason"` // it was closed with signs left; else empty
}

// StepState is how far a round is with a sign.
type StepState string

// The states of a step.
const (
	StepLeft   StepState = "left" // nobody has looked at it yet
	StepPassed StepState = "passed"
	StepDefect StepState = "defect"
	StepDown   StepState = "down" // it was taken down since the round began
)

// Step is a sign of a round.
type Step struct {
	Sign       string    `json:"sign"`
	State      StepState `json:"state"`
	Inspection int       `json:"inspection"` // the latest one of this round; 0: none
}

// Progress is how far a round is: a function of the records alone.
type Progress struct {
	Round
	Over    bool   `json:"over"` // its event's day is, or it is closed
	Left    int    `json:"left"`
	Passed  int    `json:"passed"`
	Defects int    `json:"defects"`
	Steps   []Step `json:"steps"` // in the order of the signs' numbers
}

// Progress returns how far a round is.
func (s Snapshot) Progress(number int) (Progress, error) {
	r, ok := latest(s.Rounds, func(r Round) bool { return r.Number == number })
	if !ok {
		return Progress{}, fmt.Errorf("%w: there is no round %d", ErrNotFound, number)
	}
	p := Progress{Round: r, Over: r.Closed.At != 0 || s.At >= s.Live.dayEnds(r.Day), Steps: []Step{}}
	for _, sign := range r.Signs {
		step := Step{Sign: sign, State: StepLeft}
		i, seen := latest(s.Inspections, func(i Inspection) bool { return i.Round == number && i.Sign == sign })
		g, _ := s.Sign(sign)
		switch {
		case seen && i.Passed():
			step.State = StepPassed
			p.Passed++
		case seen:
			step.State = StepDefect
			p.Defects++
		case g.State == Down:
			step.State = StepDown
		default:
			p.Left++
		}
		step.Inspection = i.Number
		p.Steps = append(p.Steps, step)
	}
	return p, nil
}

// AllProgress is Progress of every round, the newest first.
func (s Snapshot) AllProgress() []Progress {
	all := []Progress{}
	for _, r := range slices.Backward(s.Rounds) {
		p, err := s.Progress(r.Number)
		if err != nil {
			panic("internal error: a round of the snapshot is not in it") // it was just read from it
		}
		all = append(all, p)
	}
	return all
}

// dayTurns is when an event's day ends, the next morning by the site's clocks: what goes
// on past midnight belongs to the evening that it began on.
const dayTurns = 6 // o'clock

func (l Live) location() *time.Location {
	if z, err := time.LoadLocation(l.Facts.Zone); err == nil {
		return z
	}
	return time.UTC
}

// EventDay is the day of the events that go on at an instant, such as 2026-07-04.
func (l Live) EventDay(at footage.Instant) string {
	t := at.Time().In(l.location())
	if t.Hour() < dayTurns {
		t = t.AddDate(0, 0, -1)
	}
	return t.Format(time.DateOnly)
}

// dayEnds is when an event's day is over.
func (l Live) dayEnds(day string) footage.Instant {
	t, err := time.ParseInLocation(time.DateOnly, day, l.location())
	if err != nil {
		return 0
	}
	return footage.At(time.Date(t.Year(), t.Month(), t.Day()+1, dayTurns, 0, 0, 0, t.Location()))
}

// BeginRound begins the round of an event with all signs that are up. Day is that of the
// event, today's or tomorrow's; empty: today's. There is one round for a day and a name.
func (s *Signs) BeginRound(day, event, by string) (p Progress, err error) {
	if event, err = worded(event, "the event's name", 1, 100); err != nil {
		return p, err
	}
	err = s.change(func(tx *index.Tx, r *Register) error {
		now := r.Latest(tx.Now)
		today, tomorrow := now.Live.EventDay(tx.Now), now.Live.EventDay(tx.Now.Add(24*time.Hour))
		if day == "" {
			day = today
		}
		if day != today && day != tomorrow {
			return invalid("a round is of today, %s, or of tomorrow, not of %q", today, day)
		}
		round := Round{Number: len(r.Rounds) + 1, Day: day, Event: event, Begun: holds.Act{By: by, At: tx.Now}}
		for _, o := range r.Rounds {
			if o.Day == day && strings.EqualFold(o.Event, event) {
				return refused("round %d is that of %s, %s", o.Number, day, o.Event)
			}
		}
		for _, g := range now.Signs {
			if g.State == Up {
				round.Signs = append(round.Signs, g.Number)
			}
		}
		if len(round.Signs) == 0 {
			return refused("no sign is up, so there is nothing to look at")
		}
		if p, err = now.with(round).Progress(round.Number); err != nil {
			return err
		}
		return s.putRound(tx, by, round, "begun", "")
	})
	return p, err
}

// CloseRound ends a round. With signs left that nobody has looked at there must be a
// reason.
func (s *Signs) CloseRound(number int, reason, by string) (p Progress, err error) {
	if reason, err = worded(reason, "the reason", 0, 500); err != nil {
		return p, err
	}
	err = s.change(func(tx *index.Tx, r *Register) error {
		now := r.Latest(tx.Now)
		if p, err = now.Progress(number); err != nil {
			return err
		}
		round := p.Round
		switch {
		case round.Closed.At != 0:
			return refused("round %d is closed already", number)
		case p.Left > 0 && len(reason) < 10:
			return refused("%d signs of round %d are left: look at them, or say in at least 10 characters why not", p.Left, number)
		}
		round.Closed, round.Reason = holds.Act{By: by, At: max(tx.Now, round.Begun.At)}, reason
		if p, err = now.with(round).Progress(number); err != nil {
			return err
		}
		return s.putRound(tx, by, round, "closed", reason)
	})
	return p, err
}

func (s *Signs) putRound(tx *index.Tx, by string, r Round, state, detail string) error {
	if err := tx.Put(key(roundKind, r.Number), r); err != nil {
		return err
	}
	return note(tx, by, fmt.Sprintf("round-%d", r.Number), state, detail)
}

// with is the snapshot with one round more, or changed.
func (s Snapshot) with(r Round) Snapshot {
	s.Rounds = append(slices.DeleteFunc(slices.Clone(s.Rounds), func(o Round) bool { return o.Number == r.Number }), r)
	return s
}

// joinRound finds the round that an inspection belongs to. One before doors that names
// none belongs to the open round that has the sign, if there is one.
func (s Snapshot) joinRound(i *Inspection) error {
	var open []int
	for _, p := range s.AllProgress() {
		has := slices.Contains(p.Signs, i.Sign)
		if p.Number == i.Round {
			switch {
			case p.Closed.At != 0:
				return refused("round %d is closed", p.Number)
			case p.Over:
				return refused("round %d is over: it was for %s", p.Number, p.Day)
			case !has:
				return refused("%s is not in round %d: it was not up when that began", i.Sign, p.Number)
			case i.Occasion != Doors:
				return invalid("what is looked at in a round is looked at before doors")
			}
			return nil
		}
		if has && !p.Over {
			open = append(open, p.Number)
		}
	}
	switch {
	case i.Round != 0:
		return fmt.Errorf("%w: there is no round %d", ErrNotFound, i.Round)
	case i.Occasion != Doors || len(open) == 0:
		return nil
	case len(open) > 1:
		return invalid("%d rounds are open with %s: say which one this is", len(open), i.Sign)
	}
	i.Round = open[0]
	return nil
}
