package vault

import (
	"cmp"
	"fmt"
	"iter"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/seal"
)

// State is where a segment is in its life in the vault.
type State string

// The states. A segment that is gone has no row and no state.
const (
	Stored   State = "stored"   // readable until its deadline
	Deleting State = "deleting" // retired: nobody can read it, its object is being removed
)

// Terms are the instants that the deadline rule gives a segment. Keep and
// Ceiling are fixed when it is recorded and may only move earlier (R20);
// Deadline follows the holds between them: Keep <= Deadline <= Ceiling, or
// Deadline = Ceiling when that is the earlier.
type Terms struct {
	Keep     footage.Instant // when it goes if nothing holds it
	Ceiling  footage.Instant // when it goes whatever holds it
	Deadline footage.Instant // when it goes

	// Reserved is when it would go if there were only holds: from then on a freeze
	// alone keeps it, and only the privacy right sees it (R34). 0: at the Deadline,
	// which no freeze has moved.
	Reserved footage.Instant
	// Restricted: a person has had the use of it restricted (GDPR art. 18), so only the
	// privacy right sees it from the first moment on.
	Restricted bool
}

// closes is when the footage closes to viewers without the privacy right.
func (t Terms) closes() footage.Instant {
	if t.Reserved != 0 {
		return t.Reserved
	}
	return t.Deadline
}

// held reports whether a hold has moved the end that it would have had.
func (t Terms) held() bool { return t.closes() > t.Keep }

// frozen reports whether a freeze keeps it longer than anything else, or restricts it.
func (t Terms) frozen() bool { return t.Reserved != 0 || t.Restricted }

// ReservedAt reports whether at now only the privacy right sees the footage.
func (t Terms) ReservedAt(now footage.Instant) bool { return t.Restricted || t.closes() <= now }

// Segment is a row of the vault.
type Segment struct {
	footage.Segment
	Terms
	Moved  Moved
	Object string  // key in the store
	Seal   seal.ID // of the sealed object; zero for those from before footage was sealed
	State  State
}

// Moved says why a segment goes at another time than the one that it was promised
// when it was recorded, and since when; zero when nothing but holds that still stand
// has moved its deadline.
type Moved struct {
	Why Cause
	At  footage.Instant
}

// Readable is invariant 1: footage may be read if and only if it is stored and
// its deadline lies ahead (R6).
func (s Segment) Readable(now footage.Instant) bool { return s.State == Stored && now < s.Deadline }

// Visible reports whether viewer may see the footage at now: it is readable, and
// not reserved for the privacy right, or the viewer has that (R34).
func (s Segment) Visible(now footage.Instant, viewer footage.Viewer) bool {
	return s.Readable(now) && (viewer == footage.Privacy || !s.ReservedAt(now))
}

// segmentRow is a Segment in the index; camera and start are in its key, the
// object's key and the state follow from the rest.
type segmentRow struct {
	End      footage.Instant `cbor:"1,keyasint"`
	Bytes    int64           `cbor:"2,keyasint"`
	SHA256   footage.SHA256  `cbor:"3,keyasint"`
	Codec    footage.Codec   `cbor:"4,keyasint"`
	Width    int             `cbor:"5,keyasint"`
	Height   int             `cbor:"6,keyasint"`
	Frames   int             `cbor:"7,keyasint"`
	Run      int             `cbor:"8,keyasint"`
	Keep     footage.Instant `cbor:"9,keyasint"`
	Ceiling  footage.Instant `cbor:"10,keyasint"`
	Deadline footage.Instant `cbor:"11,keyasint"`
	Object   string          `cbor:"12,keyasint"`
	// The clock: rows from before it was kept have none of these.
	ClockState   footage.ClockState `cbor:"13,keyasint,omitempty"`
	ClockError   int64              `cbor:"14,keyasint,omitempty"` // ms
	ClockAhead   int64              `cbor:"15,keyasint,omitempty"` // ms
	CameraOffset *int64             `cbor:"16,keyasint,omitempty"` // ms; nil: not known
	// Seal binds the row to its object. Rows from before footage was sealed have none.
	Seal seal.ID `cbor:"20,keyasint,omitzero"`
	// Moved: rows of before it was kept, and most of those since, have none of these.
	MovedWhy Cause           `cbor:"30,keyasint,omitempty"`
	MovedAt  footage.Instant `cbor:"31,keyasint,omitempty"`
	// What was lost: rows from before it was kept have none of these.
	LostPackets   int `cbor:"17,keyasint,omitempty"`
	DamagedFrames int `cbor:"18,keyasint,omitempty"`
	// What a freeze has made of the terms: rows that none covers have none of these.
	Reserved   footage.Instant `cbor:"21,keyasint,omitempty"`
	Restricted bool            `cbor:"22,keyasint,omitempty"`
}

const (
	segmentKind = "segment"
	dueKind     = "due"
	purgeKind   = "purge"
	gapKind     = "gap"
	cameraKind  = "camera"
	hourKind    = "hour"
)

func segmentKey(camera footage.CameraID, start footage.Instant) string {
	return index.Key(segmentKind, string(camera), start.Compact())
}

func dueKey(s Segment) string {
	return index.Key(dueKind, s.Deadline.Compact(), string(s.Camera), s.Span.From.Compact())
}

// Add writes a new stored segment. Its object is complete in the store already
// (invariant 4), and nothing else of the camera lies in its span.
func Add(tx *index.Tx, s Segment) error {
	return write(tx, func(yield func(old, s *Segment) bool) { yield(nil, &s) })
}

// write is all writing of segments: each s takes the place of old, which is nil
// for a new segment; for one that goes s is nil. The places in the order of
// deletion and what is derived from the rows change with them.
func write(tx *index.Tx, changes iter.Seq2[*Segment, *Segment]) error {
	d := newDerived()
	for old, s := range changes {
		moved := old == nil || s == nil || old.Deadline != s.Deadline
		if old != nil && moved {
			if err := tx.Delete(dueKey(*old)); err != nil {
				return err
			}
		}
		if s != nil && moved {
			if err := tx.Put(dueKey(*s), struct{}{}); err != nil {
				return err
			}
		}
		if s != nil {
			if err := tx.Put(segmentKey(s.Camera, s.Span.From), s.row()); err != nil {
				return err
			}
		} else if err := tx.Delete(segmentKey(old.Camera, old.Span.From)); err != nil {
			return err
		}
		if err := d.change(tx, old, s); err != nil {
			return err
		}
	}
	return d.write(tx)
}

func (s Segment) row() segmentRow {
	row := segmentRow{
		End: s.Span.To, Bytes: s.Bytes, SHA256: s.SHA256, Codec: s.Codec, Width: s.Width, Height: s.Height,
		Frames: s.Frames, Run: s.Run, Keep: s.Keep, Ceiling: s.Ceiling, Deadline: s.Deadline, Object: s.Object,
		ClockState: s.Clock.State, ClockError: s.Clock.ErrorMS, ClockAhead: s.Clock.AheadMS,
		Seal: s.Seal, MovedWhy: s.Moved.Why, MovedAt: s.Moved.At,
		LostPackets: s.LostPackets, DamagedFrames: s.DamagedFrames,
		Reserved: s.Reserved, Restricted: s.Restricted,
	}
	if s.Clock.CameraKnown {
		row.CameraOffset = &s.Clock.CameraOffsetMS
	}
	return row
}

func (r segmentRow) segment(camera footage.CameraID, start footage.Instant) Segment {
	clock := footage.Clock{State: r.ClockState, ErrorMS: r.ClockError, AheadMS: r.ClockAhead}
	if r.CameraOffset != nil {
		clock.CameraKnown, clock.CameraOffsetMS = true, *r.CameraOffset
	}
	return Segment{
		Segment: footage.Segment{
			Camera: camera, Span: footage.Span{From: start, To: r.End}, Bytes: r.Bytes, SHA256: r.SHA256,
			Codec: r.Codec, Width: r.Width, Height: r.Height, Frames: r.Frames, Run: r.Run, Clock: clock,
			LostPackets: r.LostPackets, DamagedFrames: r.DamagedFrames,
		},
		Terms:  Terms{r.Keep, r.Ceiling, r.Deadline, r.Reserved, r.Restricted},
		Moved:  Moved{r.MovedWhy, r.MovedAt},
		Object: r.Object, Seal: r.Seal, State: Stored,
	}
}

// Find returns the stored segment with this id, past its deadline or not, and
// whether there is one.
func Find(tx *index.Tx, id footage.SegmentID) (Segment, bool, error) {
	camera, start, err := id.Split()
	if err != nil {
		return Segment{}, false, nil // no such id can be in the index
	}
	var row segmentRow
	found, err := tx.Get(segmentKey(camera, start), &row)
	return row.segment(camera, start), found, err
}

func decodeSegment(r index.Row) (Segment, error) {
	camera, start, err := footage.SegmentID(r.Key[len(segmentKind)+1:]).Split()
	if err != nil {
		return Segment{}, fmt.Errorf("couldn't read the key %s: %w", r.Key, err)
	}
	var row segmentRow
	err = r.Decode(&row)
	return row.segment(camera, start), err
}

// Segments yields the stored segments of camera that overlap span in the order
// of time, those past their deadline included: whoever shows them asks Readable.
func Segments(tx *index.Tx, camera footage.CameraID, span footage.Span) iter.Seq2[Segment, error] {
	return func(yield func(Segment, error) bool) {
		if span.Empty() {
			return
		}
		first, _ := index.Prefix(segmentKind, string(camera))
		from, to := segmentKey(camera, span.From), segmentKey(camera, span.To)
		// Of the segments that start before the span only the last can reach into
		// it, since a camera's segments never overlap.
		for r := range tx.ScanBack(first, from) {
			s, err := decodeSegment(r)
			if (err != nil || s.Span.Overlaps(span)) && !yield(s, err) {
				return
			}
			break
		}
		for r := range tx.Scan(from, to) {
			if !yield(decodeSegment(r)) {
				return
			}
		}
	}
}

// Before yields the stored segments of camera that start before the instant, the latest
// first, those past their deadline included: whoever shows them asks Readable.
func Before(tx *index.Tx, camera footage.CameraID, at footage.Instant) iter.Seq2[Segment, error] {
	return func(yield func(Segment, error) bool) {
		first, _ := index.Prefix(segmentKind, string(camera))
		for r := range tx.ScanBack(first, segmentKey(camera, at)) {
			if !yield(decodeSegment(r)) {
				return
			}
		}
	}
}

// Cameras returns every camera that has footage or gaps in the index, configured
// today or not, in the order of their ids.
func Cameras(tx *index.Tx) []footage.CameraID {
	var found []footage.CameraID
	from, to := index.Prefix(cameraKind)
	for r := range tx.Scan(from, to) {
		found = append(found, footage.CameraID(r.Key[len(from):]))
	}
	return found
}

// Change is a stored segment and the terms that it is to have.
type Change struct {
	Segment
	To  Terms
	Why Cause // it goes if the deadline is moved into the past; ByHoldClosed when empty
}

// moved is what the change makes of the segment's Moved.
func (c Change) moved(now footage.Instant) Moved {
	switch {
	case c.To.Keep < c.Keep && c.To.Deadline < c.Deadline:
		return Moved{ByRetention, now}
	case c.To.Deadline < c.Deadline && c.To.Deadline <= now && now < c.Deadline:
		return Moved{cmp.Or(c.Why, ByHoldClosed), now}
	case c.To.Deadline > c.Deadline:
		return Moved{} // a hold keeps it now
	}
	return c.Moved
}

// SetTerms gives stored segments other terms.
func SetTerms(tx *index.Tx, changes []Change) error {
	return write(tx, func(yield func(old, s *Segment) bool) {
		for _, c := range changes {
			s := c.Segment
			s.Moved = c.moved(tx.Now)
			if s.Terms = c.To; c.Terms != c.To && !yield(&c.Segment, &s) {
				return
			}
		}
	})
}

// Due yields the stored segments in the order of their deadlines, those due by
// the given instant only.
func Due(tx *index.Tx, by footage.Instant) iter.Seq2[Segment, error] {
	return func(yield func(Segment, error) bool) {
		from, _ := index.Prefix(dueKind)
		for r := range tx.Scan(from, index.Key(dueKind, (by+1).Compact())) {
			id := footage.SegmentID(r.Key[len(from)+len(by.Compact())+1:])
			s, found, err := Find(tx, id)
			if err == nil && !found {
				err = fmt.Errorf("the index has a deadline for %s but no such segment", id)
			}
			if !yield(s, err) {
				return
			}
		}
	}
}

// NextDeadline returns the earliest deadline of any stored segment, or 0 when
// there is none.
func NextDeadline(tx *index.Tx) (footage.Instant, error) {
	from, to := index.Prefix(dueKind)
	for r := range tx.Scan(from, to) {
		return footage.ParseCompact(r.Key[len(from) : len(from)+len(footage.Instant(1).Compact())])
	}
	return 0, nil
}
