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
	Reserved bool            // for the privacy right, now
}

// Seam is how far two segments may lie apart and still look like one: a tenth of
// a second is less than three frames, and longer holes are gaps of their own.
const Seam = 100 * time.Millisecond

// Timeline returns what of camera in span may be seen now without the privacy right,
// in the order of time: segments without a hole between them joined, and cut to the
// span.
func Timeline(tx *index.Tx, camera footage.CameraID, span footage.Span) ([]Run, error) {
	return TimelineFor(tx, camera, span, footage.Staff)
}

// TimelineFor is Timeline with what viewer may see.
func TimelineFor(tx *index.Tx, camera footage.CameraID, span footage.Span, viewer footage.Viewer) ([]Run, error) {
	var runs []Run
	for p, err := range Pieces(tx, camera, span) {
		if err != nil {
			return nil, err
		}
		if !p.Visible(tx.Now, viewer) {
			continue
		}
		part, reserved := p.Intersect(span), p.terms().ReservedAt(tx.Now)
		if n := len(runs); n > 0 && runs[n-1].Held == p.Held && runs[n-1].Codec == p.Codec && runs[n-1].Reserved == reserved && part.From.Sub(runs[n-1].To) <= Seam {
			runs[n-1].To = part.To
			runs[n-1].Deadline = min(runs[n-1].Deadline, p.Deadline)
		} else {
			runs = append(runs, Run{part, p.Held, p.Codec, p.Deadline, reserved})
		}
	}
	return runs, nil
}
