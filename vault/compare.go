package vault

import (
	"context"
	"errors"
	"fmt"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/seal"
	"github.com/sjudager/sjudager/vault/store"
)

// Disagreement is a way in which the index, the store, the keys and the spool can
// contradict each other.
type Disagreement string

// The disagreements.
const (
	Lost     Disagreement = "lost"     // a row without its object: the footage is gone early
	Altered  Disagreement = "altered"  // an object of another size than its row says
	Keyless  Disagreement = "keyless"  // a row whose object nobody can open
	Orphan   Disagreement = "orphan"   // an object without a row, a file in the spool or an Intent
	Stranger Disagreement = "stranger" // under the footage prefix, but no footage by its name
)

// Finding is one place in which invariant 4 does not hold.
type Finding struct {
	What   Disagreement
	Object string // its key in the store
	Detail string // for people
}

// Compare holds the whole state to invariant 4, by presence and by size, and returns
// every place where it does not hold: none, after a crash too, as soon as Ingest and
// Purge have been through once. It changes nothing. While footage comes and goes it
// may run; what moves meanwhile is looked at again before it becomes a finding.
func (v *Vault) Compare(ctx context.Context) ([]Finding, error) {
	var found []Finding
	matched := map[footage.CameraID]int{}
	for o, err := range v.Store.List(ctx, footage.ObjectPrefix) {
		if err != nil {
			return found, fmt.Errorf("couldn't list the store: %w", err)
		}
		camera, start, _, err := footage.ParseObjectKey(o.Key)
		if err != nil {
			found = append(found, Finding{Stranger, o.Key, "its name is not that of footage"})
			continue
		}
		// The spool first, as in Inventory.
		spooled, err := v.Spool.Has(camera, start)
		if err != nil {
			return found, err
		}
		if err := v.Index.View(func(tx *index.Tx) error {
			s, is, err := Find(tx, footage.NewSegmentID(camera, start))
			switch {
			case err != nil:
				return err
			case is && s.Object == o.Key:
				if !o.Hidden {
					matched[camera]++
					found = append(found, v.compareRow(s, o.Size)...)
				}
				return nil
			}
			promised, err := tx.Get(intentKey(o.Key), new(intentRow))
			if !spooled && !promised {
				found = append(found, Finding{Orphan, o.Key, "the index does not know it"})
			}
			return err
		}); err != nil {
			return found, err
		}
	}
	// Only cameras of which objects are missing are looked at row by row.
	var short []Segment
	if err := v.Index.View(func(tx *index.Tx) error {
		for _, camera := range Cameras(tx) {
			var row cameraRow
			if _, err := tx.Get(cameraKey(camera), &row); err != nil {
				return err
			}
			if row.Totals.Segments <= matched[camera] {
				continue
			}
			for s, err := range Segments(tx, camera, footage.Always) {
				if err != nil {
					return err
				}
				short = append(short, s)
			}
		}
		return nil
	}); err != nil {
		return found, err
	}
	for _, s := range short {
		_, err := v.Store.Stat(ctx, s.Object)
		if err == nil {
			continue
		}
		if !errors.Is(err, store.ErrNotExist) {
			return found, err
		}
		if err := v.Index.View(func(tx *index.Tx) error {
			_, still, err := Find(tx, s.ID())
			if still {
				found = append(found, Finding{Lost, s.Object, "the store does not have it"})
			}
			return err
		}); err != nil {
			return found, err
		}
	}
	return found, nil
}

// compareRow compares a row with the size of its object, and with the keys.
func (v *Vault) compareRow(s Segment, size int64) (found []Finding) {
	want := s.Bytes
	if footage.Sealed(s.Object) {
		want = seal.Size(s.Bytes)
		if hour, single := v.Keys.Has(seal.HourOf(s.Camera, s.Span.From)); !hour && !single {
			found = append(found, Finding{Keyless, s.Object, "its key is not there"})
		}
	}
	if size != want {
		found = append(found, Finding{Altered, s.Object, fmt.Sprintf("it has %d bytes instead of %d", size, want)})
	}
	return found
}
