package vault

import (
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Run is a stretch of a camera's footage, of one codec and either held or not.
type Run struct {
	footage.Span
	Held     bool
	Codec    footage.Codec
	Deadline footage.Instant // the earliest in it
}

// Seam is how far two segments may lie apart and still look like one: a tenth of
// a second is less than three frames, and longer holes are gaps of their own.
const Seam = 100 * time.Millisecond

// Timeline returns what of camera in span can be read now, in the order of time:
// segments without a hole between them joined, and cut to the span.
func Timeline(tx *index.Tx, camera footage.CameraID, span footage.Span) ([]Run, error) {
	var runs []Run
	for p, err := range Pieces(tx, camera, span) {
		if err != nil {
			return nil, err
		}
		if !p.Readable(tx.Now) {
			continue
		}
		part := p.Intersect(span)
		if n := len(runs); n > 0 && runs[n-1].Held == p.Held && runs[n-1].Codec == p.Codec && part.From.Sub(runs[n-1].To) <= Seam {
			runs[n-1].To = part.To
			runs[n-1].Deadline = min(runs[n-1].Deadline, p.Deadline)
		} else {
			runs = append(runs, Run{part, p.Held, p.Codec, p.Deadline})
		}
	}
	return runs, nil
}
