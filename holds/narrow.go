package holds

import (
	"fmt"

	"github.com/sjudager/sjudager/vault/index"
)

// Narrow leaves a hold only the given selections, which lie within those that it has.
// What no hold covers any more falls back to its own deadline in the same
// transaction, and goes at once where that has passed.
func (h *Holds) Narrow(number string, to []Selection, why, by string) (Hold, error) {
	why, err := worded(why, "why the hold is narrowed", 1, MaxReason)
	if err != nil {
		return Hold{}, err
	}
	to, err = sound(to)
	if err != nil {
		return Hold{}, err
	}
	if len(to) == 0 {
		return Hold{}, fmt.Errorf("%w: name at least one selection; a hold on nothing is a closed one", ErrInvalid)
	}
	return h.act(number, "narrowed", func(tx *index.Tx, hold *Hold) error {
		cameras, span := sum(to)
		for _, camera := range cameras {
			for _, s := range SpansOf(to, camera) {
				if left := s.Subtract(hold.Spans(camera)); len(left) > 0 {
					return fmt.Errorf("%w: %s does not have %s from %s to %s; place another hold for that", ErrRefused, number, camera, left[0].From, left[0].To)
				}
			}
		}
		before := *hold
		hold.Selections, hold.Cameras, hold.Span = to, cameras, span
		hold.Until = min(hold.Until, h.Policy().Ceiling(span.To))
		if err := putHold(tx, *hold); err != nil {
			return err
		}
		if _, _, err := apply(tx, before, tx.Now); err != nil {
			return err
		}
		left, err := count(tx, to)
		if err != nil {
			return err
		}
		return noteNarrowed(tx, *hold, left, why, by)
	})
}
