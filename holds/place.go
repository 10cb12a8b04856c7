package holds

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Request asks for a hold.
type Request struct {
	Cameras []footage.CameraID
	Span    footage.Span // may lie partly in the future, and partly in a past that is gone
	More    []Selection  // further ones, each with its own cameras and span
	Ground  Ground
	Reason  string
	Case    string
	Until   footage.Instant // 0: as long as the ceiling allows
	By      string

	Happened footage.Instant // the incident, or 0
	Place    string          // where, in words, or empty
	Review   footage.Instant // 0: in ReviewEvery

	Appeal string // that it answers, or empty

	Quick bool // keeps only ConfirmWithin, unless a second person confirms it
}

// Placed is the answer to a Request: the hold, what it keeps now, and what of the
// asked span is not there (R27).
type Placed struct {
	Hold     Hold
	Segments int
	Bytes    int64
	Missing  []Missing
}

// MaxAhead is how far into the future a hold may reach. A hold is for an incident
// that has happened or is happening; without a bound, a hold on all cameras for
// the coming year would be a retention of thirty days by another name.
const MaxAhead = 24 * time.Hour

// How long the texts of a hold may be, in characters.
const (
	MinReason = 20 // of a hold; fewer say nothing
	MaxReason = 2000
	MaxPlace  = 100
	MinCase   = 5
	MaxCase   = 30
)

// check refuses a request that no state of the index could make right.
func (r Request) check(now footage.Instant) error {
	invalid := func(format string, args ...any) error {
		return fmt.Errorf("%w: "+format, append([]any{ErrInvalid}, args...)...)
	}
	_, known := r.Ground.Rule()
	switch n := utf8.RuneCountInString(r.Reason); {
	case !known:
		return invalid("%q is not a ground; the grounds are %v", r.Ground, Grounds)
	case n < MinReason || n > MaxReason:
		return invalid("say in words why the footage is likely to be needed, in %d to %d characters; this is %d", MinReason, MaxReason, n)
	case r.Happened > now:
		return invalid("the incident would be at %s, which is yet to come", r.Happened)
	case utf8.RuneCountInString(r.Place) > MaxPlace:
		return invalid("the place is longer than %d characters", MaxPlace)
	}
	return checkCase(r.Case)
}

func (r Request) selections() []Selection {
	first := Selection{r.Cameras, r.Span}
	if len(r.More) > 0 && len(r.Cameras) == 0 && r.Span == (footage.Span{}) {
		return r.More
	}
	return append([]Selection{first}, r.More...)
}

// until is when the hold ends: as asked, or as late as the ceilings of the policy and
// of the ground allow.
func (r Request) until(p Policy, selections []Selection, now footage.Instant) (footage.Instant, error) {
	_, span := sum(selections)
	ceiling := p.Ceiling(span.To)
	if rule, known := r.Ground.Rule(); known {
		ceiling = min(ceiling, span.To.Add(rule.Ceiling))
	}
	latest := now.Add(MaxAhead)
	switch {
	case span.To > latest:
		return 0, fmt.Errorf("%w: a hold reaches at most %v into the future, to %s", ErrRefused, MaxAhead, latest)
	case r.Until == 0:
		return ceiling, nil
	case r.Until <= now:
		return 0, fmt.Errorf("%w: the hold would end at %s, which has passed", ErrInvalid, r.Until)
	case r.Until > ceiling:
		return 0, fmt.Errorf("%w: nothing may be held later than %d days from its recording; here that is %s at the latest (R24)", ErrRefused, MaxHoldDays, ceiling)
	}
	return r.Until, nil
}

// Place places a hold. When it returns without an error, every segment that it
// covers and that was readable at that moment is kept (invariant 3): the hold and
// any retirement are write transactions on one index, so one sees the other. With
// ErrNothing the answer still lists the missing spans.
func (h *Holds) Place(r Request) (Placed, error) {
	r.Reason, r.Case, r.Place = strings.TrimSpace(r.Reason), strings.TrimSpace(r.Case), strings.TrimSpace(r.Place)
	selections, err := sound(r.selections())
	if err != nil {
		return Placed{}, err
	}
	pending, err := h.PendingOf(selections)
	if err != nil {
		return Placed{}, err
	}
	var placed Placed
	err = h.Index.Update(func(tx *index.Tx) error {
		placed = Placed{}
		p := h.Policy()
		if err := r.check(tx.Now); err != nil {
			return err
		}
		if err := h.known(tx, selections); err != nil {
			return err
		}
		until, err := r.until(p, selections, tx.Now)
		if err != nil {
			return err
		}
		if placed.Missing, err = h.MissingOf(tx, selections, pending); err != nil {
			return err
		}
		hold := Hold{
			Selections: selections, Ground: r.Ground, Reason: r.Reason, Case: r.Case,
			Until: until, Placed: Act{r.By, tx.Now}, State: Active, Happened: r.Happened, Place: r.Place, Appeal: r.Appeal, Changed: tx.Now,
		}
		hold.Cameras, hold.Span = sum(selections)
		if hold.Quick = r.Quick; h.needsSecond(r, selections) {
			hold.State, hold.ConfirmBy = Awaiting, tx.Now.Add(ConfirmWithin)
		}
		if hold.Review, err = nextReview(r.Review, tx.Now); err != nil {
			return err
		}
		if hold.Number, err = NextNumber(tx, p.Zone, holdSeries); err != nil {
			return err
		}
		if err := putHold(tx, hold); err != nil {
			return err
		}
		if placed.Segments, placed.Bytes, err = apply(tx, hold, tx.Now); err != nil {
			return err
		}
		if placed.Segments == 0 && hold.Span.To <= tx.Now && !anyPending(pending) {
			return ErrNothing
		}
		placed.Hold = hold
		return errors.Join(answer(tx, hold), notePlaced(tx, placed))
	})
	if err != nil {
		return placed, err
	}
	h.told("hold placed", placed.Hold.Number)
	return placed, nil
}

func anyPending(pending map[footage.CameraID][]footage.Span) bool {
	for _, spans := range pending {
		if len(spans) > 0 {
			return true
		}
	}
	return false
}

// The series of numbers.
const (
	holdSeries    = "H"
	freezeSeries  = "F"
	requestSeries = "I"
	appealSeries  = "A"
)

// nextNumber counts what a series numbers in the site's calendar year from 1.
func NextNumber(tx *index.Tx, zone *time.Location, series string) (string, error) {
	year := tx.Now.Time().In(zone).Year()
	counted := strconv.Itoa(year)
	if series != holdSeries {
		counted = series + "-" + counted
	}
	key := index.Key("meta", lastPrefix+counted)
	var n int
	if _, err := tx.Get(key, &n); err != nil {
		return "", err
	}
	n++
	return fmt.Sprintf("%s-%d-%04d", series, year, n), tx.Put(key, n)
}

// Numbered has the copies take up a number that NextNumber has given.
func (h *Holds) Numbered() { h.copyNow() }
