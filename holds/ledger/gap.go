package ledger

import (
	"fmt"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

type gapRow struct {
	To     footage.Instant `cbor:"1,keyasint"`
	Cause  footage.Cause   `cbor:"2,keyasint"`
	Detail string          `cbor:"3,keyasint,omitempty"`
}

// TallyGap writes a gap, or the next piece of one that goes on, down in the caller's
// transaction. A camera that is down for a week tells so every half minute; the
// transaction that makes the next checkpoint turns the pieces of a gap into one
// entry.
func TallyGap(tx *index.Tx, g footage.Gap) error {
	first, _ := index.Prefix(room, gapPart, string(g.Camera))
	for r := range tx.ScanBack(first, gapKey(g.Camera, g.Span.From+1)) {
		before, err := decodeGap(r)
		if err != nil {
			return err
		}
		if before.Cause == g.Cause && before.Detail == g.Detail && before.Span.To >= g.Span.From {
			g.Span = footage.Span{From: before.Span.From, To: max(before.Span.To, g.Span.To)}
		}
		break
	}
	return tx.Put(gapKey(g.Camera, g.Span.From), gapRow{g.Span.To, g.Cause, g.Detail})
}

func gapKey(camera footage.CameraID, from footage.Instant) string {
	return index.Key(room, gapPart, string(camera), from.Compact())
}

func decodeGap(r index.Row) (footage.Gap, error) {
	camera, from, err := footage.SegmentID(r.Key[len(room)+len(gapPart)+2:]).Split()
	var row gapRow
	if err == nil {
		err = r.Decode(&row)
	}
	if err != nil {
		return footage.Gap{}, fmt.Errorf("couldn't read the gap %s: %w", r.Key, err)
	}
	return footage.Gap{Camera: camera, Span: footage.Span{From: from, To: row.To}, Cause: row.Cause, Detail: row.Detail}, nil
}

// settleGaps turns the gaps that were tallied into entries.
func settleGaps(tx *index.Tx) error {
	var gaps []footage.Gap
	for r := range tx.Scan(index.Prefix(room, gapPart)) {
		g, err := decodeGap(r)
		if err != nil {
			return err
		}
		gaps = append(gaps, g)
	}
	for _, g := range gaps {
		if _, err := Append(tx, Entry{
			Kind: GapFound, By: System,
			Fields:  Fields{"camera": g.Camera, "from": g.Span.From, "to": g.Span.To, "cause": g.Cause},
			Details: map[string]string{"detail": g.Detail},
		}); err != nil {
			return err
		}
		if err := tx.Delete(gapKey(g.Camera, g.Span.From)); err != nil {
			return err
		}
	}
	return nil
}
