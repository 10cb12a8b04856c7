package vault

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Piece is a stored segment in brief: what a timeline draws and a hold counts.
// It is read from the hours, at a thirtieth of what the segment's own row costs.
// It shows and counts footage; whether that may be read, retired or held is asked
// of the segment itself.
type Piece struct {
	footage.Span
	Bytes    int64
	Codec    footage.Codec
	Held     bool            // a hold has moved its deadline
	Deadline footage.Instant // when it goes

	Reserved   footage.Instant // as in Terms
	Restricted bool            // the same
}

// Readable is Segment.Readable.
func (p Piece) Readable(now footage.Instant) bool { return now < p.Deadline }

func (p Piece) terms() Terms {
	return Terms{Deadline: p.Deadline, Reserved: p.Reserved, Restricted: p.Restricted}
}

// Visible is Segment.Visible.
func (p Piece) Visible(now footage.Instant, viewer footage.Viewer) bool {
	return p.Readable(now) && (viewer == footage.Privacy || !p.terms().ReservedAt(now))
}

// Frozen reports whether a freeze keeps it longer than anything else, or restricts it.
func (p Piece) Frozen() bool { return p.terms().frozen() }

func (s Segment) piece() Piece {
	return Piece{s.Span, s.Bytes, s.Codec, s.held(), s.Deadline, s.Reserved, s.Restricted}
}

// hour is the pieces of one camera that begin in one hour, in the order of time.
// Its row is a string of numbers of variable length, a dozen bytes for a piece.
type hour []Piece

// The kind of a piece is a byte of these and, between them, the number of its codec.
const (
	pieceHeld       = 1 << 0
	pieceRestricted = 1 << 5
	pieceReserved   = 1 << 6 // then by how much before the deadline follows
	pieceCodec      = 0b1111 // after one shift to the right
)

// codecs are the numbers of codecs in hours. They lie in indexes: append only.
var codecs = []footage.Codec{"", footage.H264, footage.H265, footage.AV1}

// MarshalBinary implements encoding.BinaryMarshaler. Each piece is told by how it
// differs from what the one before it leads one to expect.
func (h hour) MarshalBinary() ([]byte, error) {
	b := make([]byte, 0, 16*len(h))
	var last Piece
	for _, p := range h {
		codec := slices.Index(codecs, p.Codec)
		if codec < 0 {
			return nil, fmt.Errorf("the codec %q has no number", p.Codec)
		}
		kind := uint64(codec) << 1
		if p.Held {
			kind |= pieceHeld
		}
		if p.Restricted {
			kind |= pieceRestricted
		}
		if p.Reserved != 0 {
			kind |= pieceReserved
		}
		b = binary.AppendVarint(b, int64(p.From-last.To))
		b = binary.AppendVarint(b, int64(p.To-p.From))
		b = binary.AppendVarint(b, p.Bytes)
		b = binary.AppendUvarint(b, kind)
		b = binary.AppendVarint(b, int64((p.Deadline-p.From)-(last.Deadline-last.From)))
		if p.Reserved != 0 {
			b = binary.AppendVarint(b, int64(p.Deadline-p.Reserved))
		}
		last = p
	}
	return b, nil
}

var errHour = errors.New("not the pieces of an hour")

// UnmarshalBinary implements encoding.BinaryUnmarshaler, in the memory that h has.
func (h *hour) UnmarshalBinary(b []byte) error {
	*h = slices.Grow((*h)[:0], len(b)/8) // usual pieces take 10 to 13 bytes
	ok := true
	next := func() int64 {
		v, n := binary.Varint(b)
		ok = ok && n > 0
		b = b[max(n, 0):]
		return v
	}
	var last Piece
	for len(b) > 0 && ok {
		var p Piece
		p.From = last.To + footage.Instant(next())
		p.To = p.From + footage.Instant(next())
		p.Bytes = next()
		kind, n := binary.Uvarint(b)
		b = b[max(n, 0):]
		codec := kind >> 1 & pieceCodec
		if n <= 0 || codec >= uint64(len(codecs)) || kind>>7 != 0 {
			return errHour
		}
		p.Codec, p.Held, p.Restricted = codecs[codec], kind&pieceHeld != 0, kind&pieceRestricted != 0
		p.Deadline = p.From + (last.Deadline - last.From) + footage.Instant(next())
		if kind&pieceReserved != 0 {
			p.Reserved = p.Deadline - footage.Instant(next())
		}
		*h = append(*h, p)
		last = p
	}
	if !ok {
		return errHour
	}
	return nil
}

// put puts p into its place, instead of the piece that begins when it does.
func (h *hour) put(p Piece) {
	i, found := h.find(p.From)
	if found {
		(*h)[i] = p
	} else {
		*h = slices.Insert(*h, i, p)
	}
}

func (h *hour) remove(from footage.Instant) {
	if i, found := h.find(from); found {
		*h = slices.Delete(*h, i, i+1)
	}
}

func (h *hour) find(from footage.Instant) (int, bool) {
	return slices.BinarySearchFunc(*h, from, func(p Piece, from footage.Instant) int { return cmp.Compare(p.From, from) })
}

const hourLength = footage.Instant(time.Hour / time.Microsecond)

func hourKey(camera footage.CameraID, i footage.Instant) string {
	return index.Key(hourKind, string(camera), (i - i%hourLength).Compact())
}

// Pieces yields the stored segments of camera that overlap span, in brief and in
// the order of time, those past their deadline included: whoever shows them asks
// Readable.
func Pieces(tx *index.Tx, camera footage.CameraID, span footage.Span) iter.Seq2[Piece, error] {
	return func(yield func(Piece, error) bool) {
		if span.Empty() {
			return
		}
		var h hour
		first, _ := index.Prefix(hourKind, string(camera))
		from, to := hourKey(camera, span.From), hourKey(camera, span.To-1+hourLength)
		// Of the pieces of earlier hours only the last can reach into the span, since
		// a camera's segments never overlap.
		for r := range tx.ScanBack(first, from) {
			err := r.Decode(&h)
			if err == nil && len(h) > 0 {
				h = h[len(h)-1:]
			}
			if !h.yield(span, err, yield) {
				return
			}
			break
		}
		for r := range tx.Scan(from, to) {
			if err := r.Decode(&h); !h.yield(span, err, yield) {
				return
			}
		}
	}
}

// yield yields err, or the pieces that overlap span, and reports whether to go on.
func (h hour) yield(span footage.Span, err error, yield func(Piece, error) bool) bool {
	if err != nil {
		yield(Piece{}, err)
		return false
	}
	for _, p := range h {
		if p.Overlaps(span) && !yield(p, nil) {
			return false
		}
	}
	return true
}
