package holds

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Closing is why a hold or freeze has ended, by its code; Hold.Why has it in words.
// The list is closed.
type Closing string

// The codes.
const (
	ClosedDelivered   Closing = "delivered"   // handed over, and receipted (R32)
	ClosedNotNeeded   Closing = "not_needed"  // no longer likely to be used
	ClosedMistake     Closing = "mistake"     // it should not have been placed, or not like this
	ClosedAnswered    Closing = "answered"    // of a freeze: its request was closed
	ClosedLapsed      Closing = "lapsed"      // its until has come
	ClosedUnconfirmed Closing = "unconfirmed" // no second person has confirmed it (R25, R33)
)

// ClosingRule is what the list says of a code.
type ClosingRule struct {
	Code      Closing
	Norwegian string // bokmål
	English   string // the same
	BySystem  bool   // no person can give it
}

// ClosingRules is the list.
var ClosingRules = []ClosingRule{
	{ClosedDelivered, "Utlevert til politiet", "Handed over to the police", false},
	{ClosedNotNeeded, "Ikke lenger nødvendig", "No longer needed", false},
	{ClosedMistake, "Sikret ved en feil", "Held by mistake", false},
	{ClosedAnswered, "Kravet fra den registrerte er avsluttet", "The person's request is closed", true},
	{ClosedLapsed, "Utløpt: sluttidspunktet er nådd", "Run out: its end has come", true},
	{ClosedUnconfirmed, "Utløpt: ingen bekreftet sikringen", "Run out: nobody confirmed it", true},
}

// Rule returns what the list says of c, and whether c is on it.
func (c Closing) Rule() (ClosingRule, bool) {
	i := slices.IndexFunc(ClosingRules, func(r ClosingRule) bool { return r.Code == c })
	if i < 0 {
		return ClosingRule{}, false
	}
	return ClosingRules[i], true
}

// Close is CloseAs with ClosedNotNeeded.
func (h *Holds) Close(number, why, by string) (Hold, error) {
	return h.CloseAs(number, ClosedNotNeeded, why, by)
}

// CloseAs ends a hold that is in force. What no other hold or freeze covers falls back
// to its own deadline in the same transaction, and goes at once where that has passed
// (R28, R29).
func (h *Holds) CloseAs(number string, code Closing, why, by string) (Hold, error) {
	if rule, known := code.Rule(); !known || rule.BySystem {
		return Hold{}, fmt.Errorf("%w: %q is not a code that a person closes a hold with; those are %s, %s and %s", ErrInvalid, code, ClosedDelivered, ClosedNotNeeded, ClosedMistake)
	}
	why, err := worded(why, "why the hold is closed", 1, MaxReason)
	if err != nil {
		return Hold{}, err
	}
	return h.act(number, "closed", func(tx *index.Tx, hold *Hold) error {
		return closeNow(tx, hold, code, why, Act{by, tx.Now})
	})
}

// closeNow ends a hold or freeze, and frees what it alone has kept.
func closeNow(tx *index.Tx, hold *Hold, code Closing, why string, act Act) (err error) {
	if *hold, err = end(tx, *hold, Closed, act, code, why); err != nil {
		return err
	}
	_, _, err = apply(tx, *hold, tx.Now)
	return err
}

// DeliveredAfter is how long after the police's receipt a hold is closed unless
// somebody brings that forward: time to open the package and find it whole (R32).
const DeliveredAfter = 48 * time.Hour

// Delivery is a handover that the police have receipted.
type Delivery struct {
	Receipt footage.Instant // 0: now
	Closes  footage.Instant // 0: DeliveredAfter after the receipt; no later than that
	By      string
}

// Delivered sets the instant at which a hold closes because what it held has been
// handed over (R32). From now on the hold's end, its footage's deadlines and every
// countdown have that instant, and the sweeper carries it out; once set it can be
// brought forward, never put off, and Close does not wait for it. Where the instant
// has passed the hold is closed at once.
func (h *Holds) Delivered(number string, d Delivery) (Hold, error) {
	return h.act(number, "delivered", func(tx *index.Tx, hold *Hold) error {
		if d.Receipt == 0 {
			d.Receipt = tx.Now
		}
		latest := d.Receipt.Add(DeliveredAfter)
		if hold.Closes != 0 {
			latest = min(latest, hold.Closes)
		}
		if d.Closes == 0 {
			d.Closes = latest
		}
		switch {
		case d.Receipt > tx.Now:
			return fmt.Errorf("%w: the receipt would be of %s, which is yet to come", ErrInvalid, d.Receipt)
		case d.Receipt < hold.Placed.At:
			return fmt.Errorf("%w: the receipt would be of %s, and %s was placed at %s, after that", ErrInvalid, d.Receipt, number, hold.Placed.At)
		case d.Closes > latest:
			return fmt.Errorf("%w: after a confirmed handover a hold closes within %d hours, here by %s; it can be closed sooner, not later (R32)", ErrRefused, DeliveredAfter/time.Hour, latest)
		}
		hold.Receipt, hold.Closes = Act{d.By, d.Receipt}, d.Closes
		if err := noteDelivered(tx, *hold); err != nil {
			return err
		}
		if d.Closes <= tx.Now {
			return closeNow(tx, hold, ClosedDelivered, hold.receipted(), Act{d.By, tx.Now})
		}
		if err := putHold(tx, *hold); err != nil {
			return err
		}
		_, _, err := apply(tx, *hold, tx.Now)
		return err
	})
}

// receipted says why a hold closes after a handover.
func (h Hold) receipted() string {
	return fmt.Sprintf("handed over; the receipt is of %s", h.Receipt.At)
}

// end moves a hold from those in force to the ended ones.
func end(tx *index.Tx, hold Hold, state State, act Act, code Closing, why string) (Hold, error) {
	if err := tx.Delete(holdKey(hold)); err != nil {
		return hold, err
	}
	hold.State, hold.Ended, hold.Closing, hold.Why = state, act, code, why
	return hold, errors.Join(putHold(tx, hold), noteEnded(tx, hold))
}

// endedBy is how a hold has ended whose Ends has come.
func (h Hold) endedBy() (state State, act Act, code Closing, why string) {
	at := h.Ends()
	switch {
	case h.Closes == at:
		return Closed, Act{h.Receipt.By, at}, ClosedDelivered, h.receipted()
	case h.State == Awaiting && h.ConfirmBy == at:
		return Lapsed, Act{At: at}, ClosedUnconfirmed, ""
	}
	return Lapsed, Act{At: at}, ClosedLapsed, ""
}

// lapse ends the holds and freezes whose end has come: their until, the end of their
// wait for a second person, or that of the time after a handover. The deadlines of
// what they covered need no change: none is later than that.
func lapse(tx *index.Tx, now footage.Instant) error {
	active, err := activeHolds(tx)
	if err != nil {
		return err
	}
	for _, hold := range active {
		if hold.Ends() <= now {
			state, act, code, why := hold.endedBy()
			if _, err := end(tx, hold, state, act, code, why); err != nil {
				return err
			}
		}
	}
	return nil
}
