package web

import (
	"strconv"
	"time"

	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// player shows one segment, or why there is none.
type player struct {
	Found   bool
	Segment vault.Segment
	Gap     *footage.Gap // at that time, if that is why there is nothing
	Waits   bool         // recorded, and not in the vault yet
	Deleted bool         // without a hold, footage of that time is gone
	Prev    footage.Instant
	Next    footage.Instant

	// Asks are the cameras that a purpose is still to be stated for, and Purposes those
	// to choose from (R55).
	Asks     []footage.CameraID
	Purposes []Purpose
}

// lookBack is how far before a segment the one before it is looked for. Beyond a
// longer hole the timeline is quicker.
const lookBack = time.Hour

func (s *Server) readPlayer(o *footagePage) error {
	p := &o.Player
	if o.Camera == "" || o.At == 0 {
		return nil
	}
	p.Asks, p.Purposes = s.asks(o.Who, o.Camera)
	p.Deleted = s.Holds.Policy().KeepUntil(o.At) <= o.Now
	moment := footage.Span{From: o.At, To: o.At + 1}
	pending, err := s.Holds.Pending(o.Camera, moment)
	if err != nil {
		return err
	}
	return s.Index.View(func(tx *index.Tx) error {
		for seg, err := range vault.Segments(tx, o.Camera, moment) {
			if err != nil {
				return err
			}
			p.Segment, p.Found = seg, seg.Readable(tx.Now)
		}
		for g, err := range vault.Gaps(tx, o.Camera, moment) {
			if err != nil {
				return err
			}
			p.Gap = &g
		}
		p.Waits = len(pending) > 0
		around := footage.Span{From: o.At, To: o.At}
		if p.Found {
			around = p.Segment.Span
		}
		for seg, err := range vault.Segments(tx, o.Camera, footage.Span{From: around.From.Add(-lookBack), To: around.From}) {
			if err != nil {
				return err
			}
			if seg.Readable(tx.Now) {
				p.Prev = seg.Span.From
			}
		}
		for seg, err := range vault.Segments(tx, o.Camera, footage.Span{From: around.To, To: footage.Always.To}) {
			if err != nil {
				return err
			}
			if seg.Readable(tx.Now) {
				p.Next = seg.Span.From
				break
			}
		}
		return nil
	})
}

// File is where the MP4 is.
func (p player) File() string { return footagePath(p.Segment.Camera, p.Segment.Span.From) }

// Source is the same, to be begun at the chosen moment (Media Fragments URI).
func (o *footagePage) Source() string {
	if into := o.At.Sub(o.Player.Segment.Span.From); into >= 100*time.Millisecond {
		return o.Player.File() + "#t=" + strconv.FormatFloat(into.Seconds(), 'f', 3, 64)
	}
	return o.Player.File()
}

// FileName is what the MP4 is called when it is saved: by the site's clocks, and
// sorting by time.
func (o *footagePage) FileName() string {
	from := o.Player.Segment.Span.From
	return string(o.Player.Segment.Camera) + from.Time().In(o.zone).Format("_2006-01-02_15-04-05-0700") + ".mp4"
}
