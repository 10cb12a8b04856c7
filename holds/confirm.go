package holds

import (
	"fmt"
	"slices"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

const (
	// AloneWithin is how much footage of one camera a person may hold alone (R25).
	AloneWithin = 6 * time.Hour
	// ConfirmWithin is how long a hold that needs a second person keeps footage
	// without one (R33).
	ConfirmWithin = 24 * time.Hour
	// QuickAround is how far a quick hold reaches to each side of its instant (R33).
	QuickAround = 10 * time.Minute
)

// InForce reports whether a hold in this state keeps anything.
func (s State) InForce() bool { return s == Active || s == Awaiting }

// Ends is when the hold keeps nothing any more: its `until`, the end of the time that
// it waits for a second person, or when it closes after a handover.
func (h Hold) Ends() footage.Instant {
	ends := h.Until
	if h.State == Awaiting {
		ends = min(ends, h.ConfirmBy)
	}
	if h.Closes != 0 {
		ends = min(ends, h.Closes)
	}
	return ends
}

// needsSecond reports whether a hold needs a second person: it is a quick one, its
// ground says so, it has more than AloneWithin of a camera, or it has all cameras,
// where there is more than one.
func (h *Holds) needsSecond(r Request, selections []Selection) bool {
	rule, _ := r.Ground.Rule()
	if r.Quick || rule.SecondPerson {
		return true
	}
	cameras, _ := sum(selections)
	for _, camera := range cameras {
		var length time.Duration
		for _, span := range SpansOf(selections, camera) {
			length += span.Duration()
		}
		if length > AloneWithin {
			return true
		}
	}
	all := h.Cameras()
	return len(all) > 1 && !slices.ContainsFunc(all, func(c footage.CameraID) bool { return !slices.Contains(cameras, c) })
}

// Confirm makes a hold that waits for a second person an ordinary one. Whoever
// placed it cannot confirm it, and one that has run out cannot be confirmed: both
// are ErrRefused. The note may be empty.
func (h *Holds) Confirm(number, note, by string) (Hold, error) {
	note, err := worded(note, "what you want to say with it", 0, MaxReason)
	if err != nil {
		return Hold{}, err
	}
	return h.act(number, "confirmed", func(tx *index.Tx, hold *Hold) error {
		switch {
		case hold.State != Awaiting:
			return fmt.Errorf("%w: %s needs no confirmation", ErrRefused, number)
		case hold.Placed.By == by:
			return fmt.Errorf("%w: %s is confirmed by another person than the one who placed it (R25)", ErrRefused, number)
		}
		hold.State, hold.Confirmed = Active, Act{by, tx.Now}
		if err := putHold(tx, *hold); err != nil {
			return err
		}
		if _, _, err := apply(tx, *hold, tx.Now); err != nil {
			return err
		}
		return noteConfirmed(tx, *hold, note)
	})
}
