package vault

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/store"
)

// mend puts one finding right if it can. It deletes nothing that is not due, and
// decides for itself, in its transaction, whether what was found still is so.
func (c *check) mend(ctx context.Context, f Finding) error {
	switch f.What {
	case Orphan:
		return c.adopt(ctx, f.Object)
	case Lost:
		return c.writeOff(ctx, f.Segment)
	case Condemned:
		return c.pardon(f)
	case Overdue:
		return c.retireDue()
	case Order:
		return c.reorder(f)
	case Summary:
		return c.reckon(f)
	case StrayKey:
		_, err := c.destroyStrayKeys(ctx)
		return err
	case BadMarker:
		id, err := vaultID(c.Index)
		if err != nil {
			return err
		}
		return mark(ctx, c.Index, c.Store, c.Site, id)
	}
	return nil
}

// reckon derives anew what is derived from the rows of a camera, once.
func (c *check) reckon(f Finding) error {
	_, rest, _ := strings.Cut(f.Object, "/")
	name, _, _ := strings.Cut(rest, "/")
	camera := footage.CameraID(name)
	if _, done := c.reckoned[camera]; !done {
		c.reckoned[camera] = c.Index.Update(func(tx *index.Tx) error {
			_, err := Reckon(tx, camera, true)
			return err
		})
	}
	return c.reckoned[camera]
}

// writeOff takes a row out whose object the store has lost, with a gap in its place
// that says so. Nothing is promised for removal: should the object turn up again, it
// is an orphan that can be adopted, and its key stays until the hour is due.
func (v *Vault) writeOff(ctx context.Context, id footage.SegmentID) error {
	var s Segment
	var found bool
	if err := v.Index.View(func(tx *index.Tx) (err error) {
		s, found, err = Find(tx, id)
		return err
	}); err != nil || !found {
		return err
	}
	if _, err := v.Store.Stat(ctx, s.Object); !errors.Is(err, store.ErrNotExist) {
		return err // it is there
	}
	err := v.Index.Update(func(tx *index.Tx) error {
		now, found, err := Find(tx, id)
		if err != nil || !found || now.Object != s.Object {
			return err
		}
		if !now.Readable(v.sure(tx)) { // it had to go anyway
			return Retire(tx, now)
		}
		if err := drop(tx, now); err != nil {
			return err
		}
		if err := v.note(tx, Dropped{Camera: s.Camera, Span: s.Span, Bytes: s.Bytes, Deadline: now.Deadline, Cause: footage.CauseLost}); err != nil {
			return err
		}
		return v.putGap(tx, footage.Gap{Camera: s.Camera, Span: s.Span, Cause: footage.CauseLost, Detail: "the store does not have it"})
	})
	if err == nil {
		v.Log.Error("lost from the store", "segment", id, "object", s.Object)
	}
	return err
}

// drop takes a row out as if it had never been: unlike what is retired it was not
// deleted, so it does not say how far deletion has come.
func drop(tx *index.Tx, s Segment) error {
	gone, err := Gone(tx, s.Camera)
	if err != nil {
		return err
	}
	if err := write(tx, func(yield func(old, s *Segment) bool) { yield(&s, nil) }); err != nil {
		return err
	}
	var row cameraRow
	if _, err := tx.Get(cameraKey(s.Camera), &row); err != nil {
		return err
	}
	row.Gone = gone
	return tx.Put(cameraKey(s.Camera), row)
}

// pardon takes back the promise to remove what is stored and not due.
func (v *Vault) pardon(f Finding) error {
	return v.Index.Update(func(tx *index.Tx) error {
		s, found, err := Find(tx, f.Segment)
		if err != nil || !found || s.Object != f.Object || !s.Readable(v.sure(tx)) {
			return err
		}
		return tx.Delete(intentKey(f.Object))
	})
}

// retireDue retires what is due, as the sweeper does.
func (v *Vault) retireDue() error {
	for {
		var due []Segment
		if err := v.Index.Update(func(tx *index.Tx) error {
			due = nil
			for s, err := range Due(tx, v.sure(tx)) {
				if err != nil {
					return err
				}
				if due = append(due, s); len(due) == purgeBatch {
					break
				}
			}
			return Retire(tx, due...)
		}); err != nil || len(due) < purgeBatch {
			return err
		}
	}
}

// reorder puts one entry in the order of deletion right.
func (v *Vault) reorder(f Finding) error {
	return v.Index.Update(func(tx *index.Tx) error {
		if f.Segment == "" {
			if !strayDue(tx, f.Object) {
				return nil
			}
			return tx.Delete(f.Object)
		}
		s, found, err := Find(tx, f.Segment)
		if err != nil || !found {
			return err
		}
		return tx.Put(dueKey(s), struct{}{})
	})
}

// errUnfit: an object is not what its name says, or cannot be taken in.
var errUnfit = errors.New("it cannot be taken in")

func unfit(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{errUnfit}, args...)...)
}
