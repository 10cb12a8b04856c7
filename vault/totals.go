package vault

import (
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Totals counts the stored segments, so that status need not read a million
// rows. They are kept per camera and change in the same transaction as the rows
// that they count.
type Totals struct {
	Segments     int   `cbor:"1,keyasint"`
	Bytes        int64 `cbor:"2,keyasint"`
	HeldSegments int   `cbor:"3,keyasint"` // those whose deadline a hold has moved
	HeldBytes    int64 `cbor:"4,keyasint"`
}

func (t *Totals) add(s Segment, sign int) {
	t.Segments += sign
	t.Bytes += int64(sign) * s.Bytes
	if s.Deadline > s.Keep {
		t.HeldSegments += sign
		t.HeldBytes += int64(sign) * s.Bytes
	}
}

// count takes old out of its camera's totals and puts s in; either may be nil.
func count(tx *index.Tx, old, s *Segment) error {
	if old != nil && s != nil && (old.Deadline > old.Keep) == (s.Deadline > s.Keep) && old.Bytes == s.Bytes {
		return nil // nothing that is counted has changed
	}
	some := old
	if some == nil {
		some = s
	}
	key := index.Key(totalKind, string(some.Camera))
	var t Totals
	if _, err := tx.Get(key, &t); err != nil {
		return err
	}
	if old != nil {
		t.add(*old, -1)
	}
	if s != nil {
		t.add(*s, +1)
	}
	return tx.Put(key, t)
}

// ReadTotals returns the totals over every camera.
func ReadTotals(tx *index.Tx) (Totals, error) {
	var sum Totals
	from, to := index.Prefix(totalKind)
	for r := range tx.Scan(from, to) {
		var t Totals
		if err := r.Decode(&t); err != nil {
			return sum, err
		}
		sum.Segments += t.Segments
		sum.Bytes += t.Bytes
		sum.HeldSegments += t.HeldSegments
		sum.HeldBytes += t.HeldBytes
	}
	return sum, nil
}

// Oldest returns the start of the oldest stored segment of any camera, or 0.
func Oldest(tx *index.Tx) (footage.Instant, error) {
	var oldest footage.Instant
	for _, camera := range Cameras(tx) {
		for r := range tx.Scan(index.Prefix(segmentKind, string(camera))) {
			s, err := decodeSegment(r)
			if err != nil {
				return 0, err
			}
			if oldest == 0 || s.Span.From < oldest {
				oldest = s.Span.From
			}
			break
		}
	}
	return oldest, nil
}
