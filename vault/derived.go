package vault

import (
	"fmt"
	"maps"
	"slices"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// derived is what the index has besides the segments' rows, and could have from
// them: the hours and the totals. A transaction gathers them here and writes each
// once at its end, however many segments of an hour it changes.
type derived struct {
	hours   map[string]*hour      // by key
	cameras map[string]*cameraRow // by key
}

func newDerived() derived { return derived{map[string]*hour{}, map[string]*cameraRow{}} }

// change takes old out and puts s in; either may be nil. What is not there yet is
// read from tx.
func (d derived) change(tx *index.Tx, old, s *Segment) error {
	some := old
	if some == nil {
		some = s
	}
	h, err := draft(tx, d.hours, hourKey(some.Camera, some.Span.From))
	if err != nil {
		return err
	}
	c, err := draft(tx, d.cameras, cameraKey(some.Camera))
	if err != nil {
		return err
	}
	if old != nil {
		c.Totals.add(*old, -1)
	}
	if s != nil {
		h.put(s.piece())
		c.Totals.add(*s, +1)
	} else {
		h.remove(old.Span.From)
		c.Gone = max(c.Gone, old.Span.To)
	}
	return nil
}

// draft returns the row under key among drafts, where it begins as what tx has.
func draft[R any](tx *index.Tx, drafts map[string]*R, key string) (*R, error) {
	if row, ok := drafts[key]; ok {
		return row, nil
	}
	row := new(R)
	drafts[key] = row
	_, err := tx.Get(key, row)
	return row, err
}

func (d derived) write(tx *index.Tx) error {
	for key, h := range d.hours {
		write := func() error { return tx.Put(key, *h) }
		if len(*h) == 0 {
			write = func() error { return tx.Delete(key) }
		}
		if err := write(); err != nil {
			return err
		}
	}
	for key, c := range d.cameras {
		if err := tx.Put(key, *c); err != nil {
			return err
		}
	}
	return nil
}

// Reckon derives the hours and the totals of camera anew from its segments, and
// returns the keys of the rows that say something else, in their order. With
// repair it sets them right.
func Reckon(tx *index.Tx, camera footage.CameraID, repair bool) (wrong []string, err error) {
	have, want := newDerived(), newDerived()
	for r := range tx.Scan(index.Prefix(hourKind, string(camera))) {
		h := new(hour)
		if err := r.Decode(h); err != nil {
			*h = nil // as wrong as can be
		}
		have.hours[r.Key], want.hours[r.Key] = h, new(hour)
	}
	// Gone cannot be derived: it is about what has no row any more.
	key := cameraKey(camera)
	was, err := draft(tx, have.cameras, key)
	if err != nil {
		return nil, err
	}
	want.cameras[key] = &cameraRow{Gone: was.Gone}
	for s, err := range Segments(tx, camera, footage.Always) {
		if err != nil {
			return nil, err
		}
		if key := hourKey(camera, s.Span.From); want.hours[key] == nil {
			want.hours[key] = new(hour)
		}
		if err := want.change(tx, nil, &s); err != nil {
			return nil, err
		}
	}
	for key, h := range want.hours {
		if had := have.hours[key]; had != nil && len(*had) > 0 && slices.Equal(*had, *h) {
			delete(want.hours, key)
		}
	}
	if *was == *want.cameras[key] {
		delete(want.cameras, key)
	}
	wrong = slices.Concat(slices.Sorted(maps.Keys(want.cameras)), slices.Sorted(maps.Keys(want.hours)))
	if !repair {
		return wrong, nil
	}
	return wrong, want.write(tx)
}

// Upgrade gives an index that was written before there were hours its hours.
func Upgrade(db *index.DB) error {
	var cameras []footage.CameraID
	if err := db.View(func(tx *index.Tx) error {
		for _, camera := range Cameras(tx) {
			var row cameraRow
			if _, err := tx.Get(cameraKey(camera), &row); err != nil {
				return err
			}
			without := row.Totals.Segments > 0
			for range tx.Scan(index.Prefix(hourKind, string(camera))) {
				without = false
				break
			}
			if without {
				cameras = append(cameras, camera)
			}
		}
		return nil
	}); err != nil {
		return fmt.Errorf("couldn't read the index: %w", err)
	}
	for _, camera := range cameras {
		if err := db.Update(func(tx *index.Tx) error {
			_, err := Reckon(tx, camera, true)
			return err
		}); err != nil {
			return fmt.Errorf("couldn't upgrade the index: %w", err)
		}
	}
	return nil
}
