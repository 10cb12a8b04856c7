package vault

import (
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Event is something that the vault does, or finds, that must be told of for good:
// GapFound, Removed, Dropped or Adopted.
type Event interface{ event() }

// GapFound is a gap that was written down, or the next piece of one that goes on.
type GapFound footage.Gap

// Removed is an object whose absence the store has confirmed, or a recording that
// came due in the spool and was never stored; that has no Object and no SHA256.
type Removed Intent

// Dropped is a recording that is deleted before its deadline (R15).
type Dropped struct {
	Camera   footage.CameraID
	Span     footage.Span
	Bytes    int64
	Deadline footage.Instant
	Cause    footage.Cause
}

// Adopted is footage that the store had and the index did not, taken in.
type Adopted Segment

func (GapFound) event() {}
func (Removed) event()  {}
func (Dropped) event()  {}
func (Adopted) event()  {}

// note tells of an event in the transaction that it happens in.
func (v *Vault) note(tx *index.Tx, e Event) error {
	if v.Note == nil {
		return nil
	}
	return v.Note(tx, e)
}

// putGap writes a gap, or a piece of one that goes on, down and tells of what is
// new in it.
func (v *Vault) putGap(tx *index.Tx, g footage.Gap) error {
	before, continues, err := gapBefore(tx, g)
	if err != nil {
		return err
	}
	if err := PutGap(tx, g); err != nil {
		return err
	}
	if continues {
		g.Span.From = max(g.Span.From, before.Span.To)
	}
	if g.Span.Empty() {
		return nil
	}
	return v.note(tx, GapFound(g))
}

// expired removes a recording from the spool at its deadline. It is written down
// first: after a crash in between, the next pass does both again.
func (v *Vault) expired(path string, i Intent) error {
	if err := v.Index.Update(func(tx *index.Tx) error {
		i.Cause, i.Due, i.Retired, i.Deleted, i.Verified = ByDeadline, i.Deadline, tx.Now, tx.Now, tx.Now
		return v.note(tx, Removed(i))
	}); err != nil {
		return err
	}
	if err := v.Spool.Remove(path); err != nil {
		return err
	}
	v.Log.Info("deleted from the spool at its deadline", "camera", i.Camera, "start", i.Start, "deadline", i.Deadline)
	return nil
}
