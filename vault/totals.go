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

	FrozenSegments int   `cbor:"5,keyasint,omitempty"` // those that a freeze keeps longer than any hold, or restricts
	FrozenBytes    int64 `cbor:"6,keyasint,omitempty"`
}

// cameraRow is what the index keeps about a camera as a whole.
type cameraRow struct {
	Totals Totals `cbor:"1,keyasint"`
	// Gone is the latest end of footage of the camera that has been retired. A
	// deadline counts from a segment's first frame and takes the rest of the
	// segment with it, so this, and not the clock, says how far deletion has come.
	Gone footage.Instant `cbor:"2,keyasint,omitempty"`
}

func cameraKey(camera footage.CameraID) string { return index.Key(cameraKind, string(camera)) }

// Gone returns the latest end of footage of camera that has been deleted, or 0.
func Gone(tx *index.Tx, camera footage.CameraID) (footage.Instant, error) {
	var row cameraRow
	_, err := tx.Get(cameraKey(camera), &row)
	return row.Gone, err
}

func (t *Totals) add(s Segment, sign int) {
	t.Segments += sign
	t.Bytes += int64(sign) * s.Bytes
	if s.held() {
		t.HeldSegments += sign
		t.HeldBytes += int64(sign) * s.Bytes
	}
	if s.frozen() {
		t.FrozenSegments += sign
		t.FrozenBytes += int64(sign) * s.Bytes
	}
}

// ReadTotals returns the totals over every camera.
func ReadTotals(tx *index.Tx) (Totals, error) {
	var sum Totals
	for r := range tx.Scan(index.Prefix(cameraKind)) {
		var row cameraRow
		if err := r.Decode(&row); err != nil {
			return sum, err
		}
		t := row.Totals
		sum.Segments += t.Segments
		sum.Bytes += t.Bytes
		sum.HeldSegments += t.HeldSegments
		sum.HeldBytes += t.HeldBytes
		sum.FrozenSegments += t.FrozenSegments
		sum.FrozenBytes += t.FrozenBytes
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
