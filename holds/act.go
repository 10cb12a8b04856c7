package holds

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/sjudager/sjudager/vault/index"
)

// act carries out what a person does to a hold that is in force: in one transaction,
// after which the copy that lies near has it, too. A freeze is refused: it follows
// its request.
func (h *Holds) act(number, what string, act func(tx *index.Tx, hold *Hold) error) (Hold, error) {
	var hold Hold
	err := h.Index.Update(func(tx *index.Tx) (err error) {
		if hold, err = findActive(tx, number); err != nil {
			return err
		}
		if hold.Freeze() {
			return fmt.Errorf("%w: %s is a freeze, and ends with its request: sjudager request close %s", ErrRefused, number, hold.Request)
		}
		hold.Changed = tx.Now
		return act(tx, &hold)
	})
	if err != nil {
		return Hold{}, err
	}
	h.told(what, number)
	return hold, nil
}

// told makes what was done to a hold, a freeze or a request known to the copies, the
// log and the sweeper.
func (h *Holds) told(what, number string) {
	h.copyNow()
	h.Log.Info("done", "act", what, "number", number)
	nudge(h.changed)
}

// worded trims what a person wrote, and refuses it when it has fewer than least or
// more than most characters. Of is what it says.
func worded(text, of string, least, most int) (string, error) {
	text = strings.TrimSpace(text)
	if n := utf8.RuneCountInString(text); n < least || n > most {
		return text, fmt.Errorf("%w: say in words %s, in %d to %d characters; this is %d", ErrInvalid, of, least, most, n)
	}
	return text, nil
}
