package vault

import (
	"context"
	"fmt"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Inventory is what the store has that the index does not know.
type Inventory struct {
	Objects  int      // listed
	Orphans  []string // footage that is not due yet by its name
	Due      []string // footage that is due by its name, now promised for removal
	Stranger []string // under the footage prefix, but no footage by its name
	Keys     []string // camera-hours whose keys had outlived all their footage, now destroyed
}

// Inventory lists the store and compares it with the index: deletion works from
// what is there, not only from what is remembered (R12). An object without a row,
// a spool file or a promised removal is an orphan. When its own name says that it
// is past its deadline and nothing holds it, it is promised for removal. Keys of
// which there is no footage are destroyed when everything from their hour is due.
func (v *Vault) Inventory(ctx context.Context) (Inventory, error) {
	var found Inventory
	for object, err := range v.Store.List(ctx, footage.ObjectPrefix) {
		if err != nil {
			return found, fmt.Errorf("couldn't list the store: %w", err)
		}
		found.Objects++
		camera, start, _, err := footage.ParseObjectKey(object.Key)
		if err != nil {
			found.Stranger = append(found.Stranger, object.Key)
			continue
		}
		// The spool first, then the index: ingest writes the row before it removes
		// the file, so one of the two looks sees an object that is on its way in.
		spooled, err := v.Spool.Has(camera, start)
		if err != nil {
			return found, err
		}
		if spooled {
			continue
		}
		due, orphan, err := v.judge(camera, start, object.Key, object.Size)
		if err != nil {
			return found, err
		}
		switch {
		case due:
			found.Due = append(found.Due, object.Key)
		case orphan:
			found.Orphans = append(found.Orphans, object.Key)
		}
	}
	if n := len(found.Orphans) + len(found.Stranger); n == 0 {
		v.alarms.clear(footage.AlarmOrphans)
	} else {
		v.alarms.raise(footage.AlarmOrphans, v.now(), fmt.Sprintf("the store has %d objects that the index does not know, such as %s",
			n, append(found.Orphans, found.Stranger...)[0]))
	}
	if len(found.Due) > 0 {
		nudge(v.changed)
	}
	var err error
	found.Keys, err = v.destroyStrayKeys(ctx)
	return found, err
}

// judge says whether an object is an orphan, and promises its removal if it is
// due.
func (v *Vault) judge(camera footage.CameraID, start footage.Instant, object string, size int64) (due, orphan bool, err error) {
	decide := func(tx *index.Tx) (Terms, error) {
		s, known, err := Find(tx, footage.NewSegmentID(camera, start))
		if err != nil || known && s.Object == object {
			return Terms{}, err
		}
		var row intentRow
		if promised, err := tx.Get(intentKey(object), &row); err != nil || promised {
			return Terms{}, err
		}
		orphan = true
		// How long it lasts is inside it; the longest that a segment may be errs on
		// the side of a hold.
		terms, err := v.Terms(tx, camera, footage.Span{From: start, To: start.Add(longest)})
		due = err == nil && terms.Deadline <= v.sure(tx)
		return terms, err
	}
	err = v.Index.View(func(tx *index.Tx) error { _, err := decide(tx); return err })
	if err != nil || !due {
		return due, orphan, err
	}
	due, orphan = false, false
	err = v.Index.Update(func(tx *index.Tx) error {
		terms, err := decide(tx)
		if err != nil || !due {
			return err
		}
		return putIntent(tx, Intent{Camera: camera, Start: start, Object: object, Bytes: size, Deadline: terms.Deadline, Cause: ByOrphan, Retired: tx.Now})
	})
	return due, orphan, err
}
