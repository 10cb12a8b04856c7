package holds

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/sjudager/sjudager/vault/index"
)

// Narrow leaves a hold only the given selections, which lie within those that it has.
// What no hold covers any more falls back to its own deadline in the same
// transaction, and goes at once where that has passed.
func (h *Holds) Narrow(number string, to []Selection, why, by string) (Hold, error) {
	why = strings.TrimSpace(why)
	if why == "" || utf8.RuneCountInString(why) > MaxReason {
		return Hold{}, fmt.Errorf("%w: say in words why the hold is narrowed, in at most %d characters", ErrInvalid, MaxReason)
	}
	to, err := sound(to)
	if err != nil {
		return Hold{}, err
	}
	if len(to) == 0 {
		return Hold{}, fmt.Errorf("%w: name at least one selection; a hold on nothing is a closed one", ErrInvalid)
	}
	var hold Hold
	err = h.Index.Update(func(tx *index.Tx) (err error) {
		if hold, err = findActive(tx, number); err != nil {
			return err
		}
		cameras, span := sum(to)
		for _, camera := range cameras {
			for _, s := range spansOf(to, camera) {
				if left := s.Subtract(hold.Spans(camera)); len(left) > 0 {
					return fmt.Errorf("%w: %s does not have %s from %s to %s; place another hold for that", ErrRefused, number, camera, left[0].From, left[0].To)
				}
			}
		}
		before := hold
		hold.Changed = tx.Now
		hold.Selections, hold.Cameras, hold.Span = to, cameras, span
		hold.Until = min(hold.Until, h.Policy().Ceiling(span.To))
		if err := putHold(tx, hold); err != nil {
			return err
		}
		if _, _, err := apply(tx, before, tx.Now); err != nil {
			return err
		}
		segments, bytes, err := count(tx, to)
		if err != nil {
			return err
		}
		return noteNarrowed(tx, hold, segments, bytes, why, by)
	})
	if err != nil {
		return Hold{}, err
	}
	h.copyNow()
	h.Log.Info("hold narrowed", "hold", number)
	nudge(h.changed)
	return hold, nil
}
