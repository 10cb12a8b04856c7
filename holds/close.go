package holds

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Close ends a hold that is in force. What no other hold covers falls back to its own
// deadline in the same transaction, and goes at once where that has passed (R28,
// R29).
func (h *Holds) Close(number, why, by string) (Hold, error) {
	why = strings.TrimSpace(why)
	if why == "" || utf8.RuneCountInString(why) > MaxReason {
		return Hold{}, fmt.Errorf("%w: say in words why the hold is closed, in at most %d characters", ErrInvalid, MaxReason)
	}
	var hold Hold
	err := h.Index.Update(func(tx *index.Tx) error {
		var err error
		if hold, err = findActive(tx, number); err != nil {
			return err
		}
		if hold, err = end(tx, hold, Closed, Act{by, tx.Now}, why); err != nil {
			return err
		}
		_, _, err = apply(tx, hold, tx.Now)
		return err
	})
	if err != nil {
		return Hold{}, err
	}
	h.copyNow()
	h.Log.Info("hold closed", "hold", number)
	nudge(h.changed)
	return hold, nil
}

// end moves a hold from the active ones to the ended ones.
func end(tx *index.Tx, hold Hold, state State, act Act, why string) (Hold, error) {
	if err := tx.Delete(holdKey(hold)); err != nil {
		return hold, err
	}
	hold.State, hold.Ended, hold.Why = state, act, why
	return hold, errors.Join(putHold(tx, hold), noteEnded(tx, hold))
}

// lapse ends the holds whose `until` has come, or the end of their wait for a second
// person. The deadlines of what they
// covered need no change: none is later than that.
func lapse(tx *index.Tx, now footage.Instant) error {
	active, err := activeHolds(tx)
	if err != nil {
		return err
	}
	for _, hold := range active {
		if hold.Ends() <= now {
			if _, err := end(tx, hold, Lapsed, Act{At: hold.Ends()}, ""); err != nil {
				return err
			}
		}
	}
	return nil
}
