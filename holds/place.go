package holds

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Request asks for a hold.
type Request struct {
	Cameras []footage.CameraID
	Span    footage.Span // may lie partly in the future, and partly in a past that is gone
	Ground  Ground
	Reason  string
	Case    string
	Until   footage.Instant // 0: as long as the ceiling allows
	By      string
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
	MaxReason = 2000
	MinCase   = 5
	MaxCase   = 30
)

// check refuses a request that no state of the index could make right.
func (r Request) check(p Policy, now footage.Instant) error {
	invalid := func(format string, args ...any) error {
		return fmt.Errorf("%w: "+format, append([]any{ErrInvalid}, args...)...)
	}
	switch n := utf8.RuneCountInString(r.Case); {
	case len(r.Cameras) == 0:
		return invalid("name at least one camera")
	case r.Span.From == 0 || r.Span.To == 0:
		return invalid("give the beginning and the end of the footage to hold")
	case r.Span.Empty():
		return invalid("the end %s is not after the beginning %s", r.Span.To, r.Span.From)
	case !slices.Contains(Grounds, r.Ground):
		return invalid("%q is not a ground; the grounds are %v", r.Ground, Grounds)
	case r.Reason == "":
		return invalid("say in words why the footage is likely to be needed")
	case utf8.RuneCountInString(r.Reason) > MaxReason:
		return invalid("the reason is longer than %d characters", MaxReason)
	case r.Case != "" && (n < MinCase || n > MaxCase):
		return invalid("a case number has %d to %d characters", MinCase, MaxCase)
	case r.Until != 0 && r.Until <= now:
		return invalid("the hold would end at %s, which has passed", r.Until)
	}
	if latest := now.Add(MaxAhead); r.Span.To > latest {
		return fmt.Errorf("%w: a hold reaches at most %v into the future, to %s", ErrRefused, MaxAhead, latest)
	}
	if ceiling := p.Ceiling(r.Span.To); r.Until > ceiling {
		return fmt.Errorf("%w: nothing may be held later than %d days from its recording; here that is %s at the latest (R24)", ErrRefused, MaxHoldDays, ceiling)
	}
	return nil
}

// Place places a hold. When it returns without an error, every segment that it
// covers and that was readable at that moment is kept (invariant 3): the hold and
// any retirement are write transactions on one index, so one sees the other. With
// ErrNothing the answer still lists the missing spans.
func (h *Holds) Place(r Request) (Placed, error) {
	r.Cameras = slices.Compact(slices.Sorted(slices.Values(r.Cameras)))
	r.Reason, r.Case = strings.TrimSpace(r.Reason), strings.TrimSpace(r.Case)
	// The spool before the index: what moves from one to the other meanwhile is
	// then seen in at least one of them.
	pending := map[footage.CameraID][]footage.Span{}
	for _, camera := range r.Cameras {
		spans, err := h.Pending(camera, r.Span)
		if err != nil {
			return Placed{}, err
		}
		pending[camera] = spans
	}
	var placed Placed
	err := h.Index.Update(func(tx *index.Tx) error {
		p := h.Policy()
		if err := r.check(p, tx.Now); err != nil {
			return err
		}
		known := append(vault.Cameras(tx), h.Cameras()...)
		for _, camera := range r.Cameras {
			if !slices.Contains(known, camera) {
				return fmt.Errorf("%w: there is no camera %q", ErrInvalid, camera)
			}
			missing, err := findMissing(tx, p, camera, r.Span, pending[camera])
			if err != nil {
				return err
			}
			placed.Missing = append(placed.Missing, missing...)
		}
		hold := Hold{
			Cameras: r.Cameras, Span: r.Span, Ground: r.Ground, Reason: r.Reason, Case: r.Case,
			Until: r.Until, Placed: Act{r.By, tx.Now}, State: Active,
		}
		if hold.Until == 0 {
			hold.Until = p.Ceiling(r.Span.To)
		}
		var err error
		if hold.Number, err = nextNumber(tx, p.Zone); err != nil {
			return err
		}
		if err := putHold(tx, hold); err != nil {
			return err
		}
		if placed.Segments, placed.Bytes, err = apply(tx, hold, tx.Now); err != nil {
			return err
		}
		if placed.Segments == 0 && r.Span.To <= tx.Now && !anyPending(pending) {
			return ErrNothing
		}
		placed.Hold = hold
		return notePlaced(tx, placed)
	})
	if err != nil {
		return placed, err
	}
	h.copyNow()
	h.Log.Info("hold placed", "hold", placed.Hold.Number, "segments", placed.Segments, "until", placed.Hold.Until)
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

// nextNumber counts the holds of the site's calendar year from 1.
func nextNumber(tx *index.Tx, zone *time.Location) (string, error) {
	year := tx.Now.Time().In(zone).Year()
	key := index.Key("meta", lastPrefix+strconv.Itoa(year))
	var n int
	if _, err := tx.Get(key, &n); err != nil {
		return "", err
	}
	n++
	return fmt.Sprintf("H-%d-%04d", year, n), tx.Put(key, n)
}
