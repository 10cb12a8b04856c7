package vault

import (
	"fmt"
	"iter"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

type gapRow struct {
	To     footage.Instant `cbor:"1,keyasint"`
	Cause  footage.Cause   `cbor:"2,keyasint"`
	Detail string          `cbor:"3,keyasint,omitempty"`
}

// PutGap writes a gap down; the same gap again changes nothing. A gap that goes on
// comes in pieces: what continues a gap with the same cause makes it longer.
func PutGap(tx *index.Tx, g footage.Gap) error {
	var row cameraRow
	found, err := tx.Get(cameraKey(g.Camera), &row)
	if err == nil && !found {
		err = tx.Put(cameraKey(g.Camera), row) // so that Cameras knows it
	}
	if err != nil {
		return err
	}
	before, continues, err := gapBefore(tx, g)
	if err != nil {
		return err
	}
	if continues {
		g.Span = footage.Span{From: before.Span.From, To: max(before.Span.To, g.Span.To)}
	}
	return tx.Put(index.Key(gapKind, string(g.Camera), g.Span.From.Compact()), gapRow{g.Span.To, g.Cause, g.Detail})
}

// gapBefore returns the gap that g continues, and whether there is one.
func gapBefore(tx *index.Tx, g footage.Gap) (before footage.Gap, continues bool, err error) {
	first, _ := index.Prefix(gapKind, string(g.Camera))
	for r := range tx.ScanBack(first, index.Key(gapKind, string(g.Camera), (g.Span.From+1).Compact())) {
		before, err = decodeGap(r)
		return before, err == nil && before.Cause == g.Cause && before.Detail == g.Detail && before.Span.To >= g.Span.From, err
	}
	return before, false, nil
}

// Gaps yields the gaps of camera that overlap span, in the order of time.
func Gaps(tx *index.Tx, camera footage.CameraID, span footage.Span) iter.Seq2[footage.Gap, error] {
	return func(yield func(footage.Gap, error) bool) {
		if span.Empty() {
			return
		}
		first, _ := index.Prefix(gapKind, string(camera))
		from := index.Key(gapKind, string(camera), span.From.Compact())
		var before []footage.Gap // those that begin before the span, backwards
		for r := range tx.ScanBack(first, from) {
			g, err := decodeGap(r)
			if err != nil {
				yield(g, err)
				return
			}
			if !g.Span.Overlaps(span) {
				break
			}
			before = append(before, g)
		}
		for i := len(before) - 1; i >= 0; i-- {
			if !yield(before[i], nil) {
				return
			}
		}
		for r := range tx.Scan(from, index.Key(gapKind, string(camera), span.To.Compact())) {
			if !yield(decodeGap(r)) {
				return
			}
		}
	}
}

func decodeGap(r index.Row) (footage.Gap, error) {
	camera, from, err := footage.SegmentID(r.Key[len(gapKind)+1:]).Split()
	if err != nil {
		return footage.Gap{}, fmt.Errorf("couldn't read the key %s: %w", r.Key, err)
	}
	var row gapRow
	err = r.Decode(&row)
	return footage.Gap{Camera: camera, Span: footage.Span{From: from, To: row.To}, Cause: row.Cause, Detail: row.Detail}, err
}

// ForgetGaps removes the gaps that ended before the given instant: older than
// anything that can still be held, they explain nothing any more.
func ForgetGaps(tx *index.Tx, before footage.Instant) error {
	for _, camera := range Cameras(tx) {
		var old []string
		for r := range tx.Scan(index.Prefix(gapKind, string(camera))) {
			g, err := decodeGap(r)
			if err != nil {
				return err
			}
			if g.Span.To >= before {
				break
			}
			old = append(old, r.Key)
		}
		for _, key := range old {
			if err := tx.Delete(key); err != nil {
				return err
			}
		}
	}
	return nil
}
