package movie

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sort"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/remux"
	"github.com/sjudager/sjudager/vault/seal"
	"github.com/sjudager/sjudager/vault/spool"
	"github.com/sjudager/sjudager/vault/store"
)

// MaxLength is the longest movie: a day of video is 25 MB of tables.
const MaxLength = 24 * time.Hour

// Limits bound a movie; where it reaches one it ends, and Next is set.
type Limits struct {
	// Bytes is the most that the whole file has, 0 for no limit. A movie has at least
	// one group of pictures, whatever its size.
	Bytes int64
	// Length is the most that it lasts, MaxLength when it is 0 or more than that.
	Length time.Duration
	// Captions gives the movie a track of text: it is called with the laid out movie, and
	// what it returns stands for as long as the movie lasts.
	Captions func(m *Movie) []remux.Caption
	// Viewer is the right by which the movie is viewed: what is reserved for another is
	// not in it (R34).
	Viewer footage.Viewer
}

// Movie is one plain MP4 over a camera's footage: its header, and where in which
// segments the rest is. It does not change and may be read by many Readers at once.
type Movie struct {
	Camera footage.CameraID
	Asked  footage.Span // what was asked for
	Given  footage.Span // what it shows, cut to key frames: the first begins it

	Spans []Span          // in the order of time; what lies between them is not shown
	Gaps  []footage.Gap   // what of Asked, up to Next, it does not have, and why
	Keys  []int64         // when key frames are shown, in ticks
	Next  footage.Instant // where the next movie begins when this one ends before Asked does, or 0
	Ended End             // why it does

	Codec         footage.Codec
	CodecString   string // as browsers ask for it (RFC 6381)
	Width, Height int    // pixels
	Frames        int
	Dropped       int             // leading pictures that were left out, since what they need is not there
	Ticks         int64           // how long it lasts, in units of 1/90000 s (spool.Timescale)
	Deadline      footage.Instant // the earliest of its footage
	Reserved      bool            // only the privacy right saw some of it, when it was laid out (R34)

	times    remux.Times
	viewer   footage.Viewer
	vault    *vault.Vault
	head     []byte
	sections []section
	size     int64
	etag     string
}

// End says why a movie ends before the span that was asked for does.
type End string

// The ends.
const (
	EndChanged End = "changed" // the codec, its parameters or the size of the picture are others from Next on
	EndLimit   End = "limit"   // a limit is reached
)

// Span is a stretch of footage without a hole. The instant From+x of it is shown at
// Media+x: they run at the same pace, exact to half a microsecond for each segment.
type Span struct {
	footage.Span
	Media int64 // when From is shown, in ticks
}

// section is a run of a segment's bytes in the movie.
type section struct {
	at, size int64 // in the movie
	segment  footage.SegmentID
	from     int64 // in the segment's MP4
}

// Part is a run of a movie's bytes that is also a run of a segment's.
type Part struct {
	At, Size int64 // in the movie
	Segment  footage.SegmentID
	From     int64 // in the segment's MP4
}

// Parts yields what the movie is made of, in the order of its bytes: behind the
// HeadSize bytes of its own they are all of it.
func (m *Movie) Parts() iter.Seq[Part] {
	return func(yield func(Part) bool) {
		for _, s := range m.sections {
			if !yield(Part{s.at, s.size, s.segment, s.from}) {
				return
			}
		}
	}
}

// Pictures yields when each picture is shown, in ticks, in the order of decoding.
func (m *Movie) Pictures() iter.Seq[int64] { return m.times.Shown() }

// Wall is the instant that the movie shows at a tick.
func (m *Movie) Wall(tick int64) footage.Instant {
	i := max(0, sort.Search(len(m.Spans), func(i int) bool { return m.Spans[i].Media > tick })-1)
	return spool.End(m.Spans[i].From, tick-m.Spans[i].Media)
}

// Size is the length of the file in bytes.
func (m *Movie) Size() int64 { return m.size }

// Head is what stands before its first Part. It must not be changed.
func (m *Movie) Head() []byte { return m.head }

// HeadSize is how much of it is kept in memory.
func (m *Movie) HeadSize() int64 { return int64(len(m.head)) }

// ETag is a digest of the file: it is derived from the header and from the SHA-256 of
// each segment, and is the same for the same bytes.
func (m *Movie) ETag() string { return m.etag }

// Open lays out a movie of what camera has in span that can be read now. It begins at
// the last key frame at or before the span's beginning, and ends before the first key
// frame at or after its end. It is vault.ErrGone when there is nothing.
//
// Of each segment the header is read, and nothing else.
func Open(ctx context.Context, v *vault.Vault, camera footage.CameraID, span footage.Span, limits Limits) (*Movie, error) {
	if limits.Length <= 0 || limits.Length > MaxLength {
		limits.Length = MaxLength
	}
	b := builder{Movie: &Movie{Camera: camera, Asked: span, vault: v, viewer: limits.Viewer}, limits: limits}
	m, err := b.build(ctx)
	if err != nil {
		return nil, fmt.Errorf("couldn't open a movie of %s: %w", camera, err)
	}
	return m, nil
}

// Near says which key frame a still picture of an instant is.
type Near string

// Which it is.
const (
	NearAt     Near = ""       // the last at or before the instant, if the camera has footage of the instant
	NearBefore Near = "before" // the last at or before the instant, however long before
	NearAfter  Near = "after"  // the first at or after the instant
)

// Still lays out a movie of one key frame of camera. It is vault.ErrGone when there is
// none that viewer may see now. Given says from when it is.
func Still(ctx context.Context, v *vault.Vault, camera footage.CameraID, at footage.Instant, near Near, viewer footage.Viewer) (*Movie, error) {
	b := builder{Movie: &Movie{Camera: camera, Asked: footage.Span{From: at, To: at + 1}, vault: v, viewer: viewer}, still: true, near: near}
	m, err := b.build(ctx)
	if err != nil {
		return nil, fmt.Errorf("couldn't open a still picture of %s: %w", camera, err)
	}
	return m, nil
}

// builder is a Movie that is being laid out.
type builder struct {
	*Movie
	limits Limits
	still  bool // end after one frame
	near   Near

	joint remux.Joint
	first *remux.Movie
	meta  spool.Meta
	sum   []byte          // of what the sections hold
	end   footage.Instant // of the segment that was taken last
	over  bool

	broken []footage.Gap // segments that are there and cannot be read
}

func (b *builder) build(ctx context.Context) (*Movie, error) {
	rows, err := b.rows()
	if err != nil {
		return nil, err
	}
	for len(rows) > 0 && !b.over {
		some := rows[:min(len(rows), atOnce)]
		rows = rows[len(some):]
		films, err := b.films(ctx, some)
		if err != nil {
			return nil, err
		}
		for i, film := range films {
			if film != nil && !b.over {
				if err := b.take(some[i], film); err != nil {
					return nil, fmt.Errorf("couldn't lay out %s: %w", some[i].ID(), err)
				}
			}
		}
	}
	if b.joint.Frames() == 0 {
		return nil, fmt.Errorf("%w from %s to %s", vault.ErrGone, b.Asked.From, b.Asked.To)
	}
	return b.finish()
}

// rows returns the segments that the movie may be made of: those in the span, and the
// one behind them, which may have the end of the last group of pictures.
func (b *builder) rows() (rows []vault.Segment, err error) {
	err = b.vault.Index.View(func(tx *index.Tx) error {
		seen := func(s vault.Segment) bool {
			seen := s.Visible(tx.Now, b.viewer)
			b.Reserved = b.Reserved || seen && s.ReservedAt(tx.Now)
			return seen
		}
		if b.near == NearBefore {
			for s, err := range vault.Before(tx, b.Camera, b.Asked.To) {
				if err != nil || seen(s) {
					rows = append(rows, s)
					return err
				}
			}
			return nil
		}
		for s, err := range vault.Segments(tx, b.Camera, footage.Span{From: b.Asked.From, To: footage.Always.To}) {
			if err != nil {
				return err
			}
			behind := s.Span.From >= b.Asked.To
			if b.near == NearAfter && seen(s) {
				// In the one that has the instant there may be no key frame behind it.
				if rows = append(rows, s); behind {
					return nil
				}
				continue
			}
			if behind && (b.still || len(rows) == 0 || rows[len(rows)-1].Span.To != s.Span.From) {
				return nil
			}
			if seen(s) {
				rows = append(rows, s)
			}
			if behind {
				return nil
			}
		}
		return nil
	})
	return rows, err
}

// atOnce is how many segments' headers are read at once.
const atOnce = 8

// films reads the headers of segments. One that has gone meanwhile is nil, and so is
// one that cannot be read whenever it is tried: that is a gap in the movie.
func (b *builder) films(ctx context.Context, rows []vault.Segment) ([]*remux.Movie, error) {
	films, causes := make([]*remux.Movie, len(rows)), make([]footage.Cause, len(rows))
	group, ctx := errgroup.WithContext(ctx)
	for i, s := range rows {
		group.Go(func() error {
			r, err := b.vault.OpenFor(ctx, s.ID(), b.viewer)
			if err == nil {
				defer r.Close()
				films[i], err = remux.Read(&front{r: r}, s.Bytes)
			}
			switch {
			case errors.Is(err, vault.ErrGone), errors.Is(err, vault.ErrReserved):
				err = nil
			case errors.Is(err, store.ErrNotExist):
				err, causes[i] = nil, footage.CauseLost
			case errors.Is(err, seal.ErrDamaged), errors.Is(err, seal.ErrNotSealed), errors.Is(err, seal.ErrOther), errors.Is(err, seal.ErrNoKey), errors.Is(err, remux.ErrDamaged):
				err, causes[i] = nil, footage.CauseDamaged
			}
			return err
		})
	}
	err := group.Wait()
	for i, cause := range causes {
		if cause != "" {
			b.vault.Log.Error("a movie has a hole where footage cannot be read", "segment", rows[i].ID(), "cause", cause)
			b.broken = append(b.broken, footage.Gap{Camera: b.Camera, Span: rows[i].Span, Cause: cause})
		}
	}
	return films, err
}

// take adds what of a segment belongs into the movie.
func (b *builder) take(row vault.Segment, film *remux.Movie) error {
	wall := func(frame int) footage.Instant { return spool.End(row.Span.From, film.Shown(frame)) }
	begun := b.joint.Frames() > 0
	continues := begun && b.end == row.Span.From
	switch {
	case begun && row.Span.From >= b.Asked.To && !continues:
		b.over = true
		return nil
	case begun && !film.Same(b.first):
		b.stop(row.Span.From, EndChanged)
		return nil
	}

	from := 0
	if !begun {
		for i := range film.Frames {
			if film.Key(i) && wall(i) <= b.Asked.From {
				from = i
			}
		}
		if b.near == NearAfter && wall(from) < b.Asked.From {
			for from++; from < film.Frames && !film.Key(from); from++ {
			}
			if from == film.Frames {
				return nil
			}
		}
	}
	// Group by group, until the span or a limit ends.
	to := from
	for to < film.Frames && !b.over {
		next := to + 1
		for next < film.Frames && !film.Key(next) {
			next++
		}
		at := b.joint.Next() + film.Shown(to) - film.Shown(from)
		frames, bytes := b.joint.Frames()+next-from, b.joint.Bytes()+film.Bytes(from, next)
		switch {
		case !begun && to == from:
		case wall(to) >= b.Asked.To:
			b.over = true
		case b.limits.Bytes > 0 && bytes+headAtMost(frames)+b.captionsAtMost(at) > b.limits.Bytes, at >= ticks(b.limits.Length):
			b.stop(wall(to), EndLimit)
		}
		if b.over {
			// The pictures of this group that are shown before its key frame belong to
			// the one before, and cannot be decoded without that key frame.
			if leads := leading(film, to); leads > 0 && (to > from || continues) {
				to += 1 + leads
			}
			break
		}
		to = next
		if b.still {
			to, b.over = from+1, true
		}
	}
	if to == from {
		return nil
	}
	return b.add(row, film, from, to, continues)
}

func (b *builder) stop(next footage.Instant, why End) { b.Next, b.Ended, b.over = next, why, true }

// leading counts the pictures behind key frame i that are shown before it.
func leading(film *remux.Movie, i int) (n int) {
	for i+1+n < film.Frames && film.Shown(i+1+n) < film.Shown(i) {
		n++
	}
	return n
}

// add adds the frames [from, to) of a segment.
func (b *builder) add(row vault.Segment, film *remux.Movie, from, to int, continues bool) error {
	media, before := b.joint.Next(), b.joint.Frames()
	ranges, end, err := b.joint.Add(film, from, to, continues)
	if err != nil {
		return err
	}
	start := spool.End(row.Span.From, film.Shown(from))
	if b.first == nil {
		b.first, b.meta, b.Deadline = film, film.Meta, row.Deadline
		b.meta.Camera, b.meta.Start = row.Camera, start
	} else {
		b.meta.LostPackets += film.Meta.LostPackets
		b.meta.DamagedFrames += film.Meta.DamagedFrames
	}
	if !continues {
		b.Spans = append(b.Spans, Span{footage.Span{From: start}, media})
	}
	b.end = spool.End(row.Span.From, end)
	b.Spans[len(b.Spans)-1].To = b.end
	for i := from; i < to; i++ {
		if film.Key(i) {
			b.Keys = append(b.Keys, media+film.Shown(i)-film.Shown(from))
		}
	}
	b.Dropped += to - from - (b.joint.Frames() - before)
	b.Deadline = min(b.Deadline, row.Deadline)
	for _, r := range ranges {
		b.sections = append(b.sections, section{b.size, r.Size, row.ID(), r.At})
		b.size += r.Size
		b.sum = append(b.sum, row.SHA256[:]...)
		b.sum = binary.BigEndian.AppendUint64(b.sum, uint64(r.At))
		b.sum = binary.BigEndian.AppendUint64(b.sum, uint64(r.Size))
	}
	return nil
}

func (b *builder) finish() (*Movie, error) {
	m := b.Movie
	m.Given = footage.Span{From: m.Spans[0].From, To: m.Spans[len(m.Spans)-1].To}
	m.Codec, m.CodecString, m.Width, m.Height = b.first.Codec, b.first.CodecString(), b.first.Width, b.first.Height
	m.Frames, m.Ticks, m.times = b.joint.Frames(), b.joint.Ticks(), b.joint.Times()
	if b.limits.Captions != nil {
		b.joint.Caption(b.limits.Captions(m))
	}
	var err error
	if m.head, err = b.joint.Head(b.meta); err != nil {
		return nil, err
	}
	m.size += int64(len(m.head))
	for i := range m.sections {
		m.sections[i].at += int64(len(m.head))
	}
	sum := sha256.Sum256(append(b.sum, m.head...))
	m.etag = hex.EncodeToString(sum[:16])
	return m, b.findGaps()
}

// findGaps says why there is no footage where there is none.
func (b *builder) findGaps() error {
	m, within := b.Movie, b.Asked
	if m.Next != 0 {
		within.To = min(within.To, m.Next)
	}
	var shown []footage.Span
	for _, s := range m.Spans {
		shown = append(shown, s.Span)
	}
	return m.vault.Index.View(func(tx *index.Tx) error {
		for _, hole := range within.Subtract(shown) {
			why := slices.Clone(b.broken)
			for g, err := range vault.Gaps(tx, m.Camera, hole) {
				if err != nil {
					return err
				}
				why = append(why, g)
			}
			var told []footage.Span
			for _, g := range append(why, footage.Gap{Camera: m.Camera, Span: hole, Cause: footage.CauseUnknown}) {
				for _, part := range g.Span.Intersect(hole).Subtract(told) {
					m.Gaps = append(m.Gaps, footage.Gap{Camera: m.Camera, Span: part, Cause: g.Cause, Detail: g.Detail})
				}
				told = append(told, g.Span)
			}
		}
		slices.SortFunc(m.Gaps, func(a, b footage.Gap) int { return cmp.Compare(a.Span.From, b.Span.From) })
		return nil
	})
}

// headAtMost is more than the header of a movie of so many frames ever has.
func headAtMost(frames int) int64 { return 64<<10 + 24*int64(frames) }

// captionsAtMost is as much as captions of the usual length, one a second, have in a
// movie that goes on for so many ticks and a group of pictures.
func (b *builder) captionsAtMost(at int64) int64 {
	if b.limits.Captions == nil {
		return 0
	}
	return 128 * (at/spool.Timescale + 60)
}

func ticks(d time.Duration) int64 { return int64(d/time.Microsecond) * 9 / 100 }
