package holds

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/sjudager/sjudager/vault/index"
)

func find(tx *index.Tx, number string) (Hold, error) {
	if number != "" && !strings.Contains(number, "/") {
		for _, kind := range []string{activePart, endedPart} {
			var row holdRow
			found, err := tx.Get(index.Key(holdKind, kind, number), &row)
			if err != nil || found {
				return row.hold(number), err
			}
		}
	}
	return Hold{}, fmt.Errorf("%w: there is no hold %q", ErrNotFound, number)
}

// findActive refuses a hold that has ended.
func findActive(tx *index.Tx, number string) (Hold, error) {
	hold, err := find(tx, number)
	if err == nil && hold.State.InForce() && hold.Ends() <= tx.Now {
		hold.State, _, _, _ = hold.endedBy() // and the sweeper has not come to it
	}
	if err == nil && !hold.State.InForce() {
		err = fmt.Errorf("%w: %s is %s already", ErrRefused, number, hold.State)
	}
	return hold, err
}

// Kept is a hold with what it covers now.
type Kept struct {
	Hold
	Segments int
	Bytes    int64
	Missing  []Missing
}

// Show returns one hold of any state, with what it keeps and what is missing of
// it now. ErrNotFound when there is none.
func (h *Holds) Show(number string) (Kept, error) {
	var k Kept
	hold, err := h.read(number)
	if err != nil {
		return k, err
	}
	pending, err := h.PendingOf(hold.Selections)
	if err != nil {
		return k, err
	}
	err = h.Index.View(func(tx *index.Tx) error {
		if k, err = covered(tx, hold); err != nil {
			return err
		}
		k.Missing, err = h.MissingOf(tx, hold.Selections, pending)
		return err
	})
	return k, err
}

func (h *Holds) read(number string) (hold Hold, err error) {
	err = h.Index.View(func(tx *index.Tx) error {
		hold, err = find(tx, number)
		return err
	})
	return hold, err
}

// List returns the active holds and, if asked, the ended ones too, the newest
// first, each with what it keeps now. Freezes has the freezes.
func (h *Holds) List(ended bool) ([]Kept, error) { return h.list(ended, false) }

// Freezes is List for the freezes.
func (h *Holds) Freezes(ended bool) ([]Kept, error) { return h.list(ended, true) }

func (h *Holds) list(ended, freezes bool) ([]Kept, error) {
	var all []Kept
	kinds := []string{activePart}
	if ended {
		kinds = append(kinds, endedPart)
	}
	err := h.Index.View(func(tx *index.Tx) error {
		for _, kind := range kinds {
			for hold, err := range scanHolds(tx, kind) {
				if err != nil {
					return err
				}
				if hold.Freeze() != freezes {
					continue
				}
				k, err := covered(tx, hold)
				if err != nil {
					return err
				}
				all = append(all, k)
			}
		}
		return nil
	})
	slices.SortFunc(all, func(a, b Kept) int { return cmp.Compare(b.Placed.At, a.Placed.At) })
	return all, err
}

// covered counts the readable segments that an active hold covers.
func covered(tx *index.Tx, hold Hold) (Kept, error) {
	k := Kept{Hold: hold}
	if !hold.State.InForce() {
		return k, nil
	}
	c, err := count(tx, hold.Selections)
	k.Segments, k.Bytes = c.segments, c.bytes
	return k, err
}
