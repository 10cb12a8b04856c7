package remux

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/spool"
)

// ErrDamaged is wrapped by what Open returns when the fault lies in the content,
// so that reading it again will not help: not an MP4, no video of a known codec,
// no frames, frames that lie beyond the end of the file, a first frame that is
// not a key frame (R47; a recording by something else may begin anywhere, and
// what cannot be decoded from its beginning cannot be a segment).
var ErrDamaged = errors.New("not a readable recording")

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrDamaged}, args...)...)
}

// Movie is the video of one spool file. Its fields do not change.
type Movie struct {
	Codec         footage.Codec
	Width, Height int // pixels, as the sample description says
	Frames        int
	// Ticks is the sum of the frames' durations in units of 1/90000 s
	// (spool.Timescale). The movie ends at spool.End(start, Ticks), which is when
	// the next segment of the same run starts.
	Ticks int64
	// Duration is Ticks, rounded to the microsecond as spool.End does.
	Duration time.Duration
	// Meta is what the file says about its own origin, when HasMeta. What was lost
	// is summed up in it, if the frames say so themselves.
	Meta    spool.Meta
	HasMeta bool

	file  *os.File
	track *track
}

// Open reads the boxes of the MP4 at path, fragmented or plain. The error wraps
// ErrDamaged when the content is at fault, and is the I/O error otherwise. The
// Movie keeps the file open until Close.
func Open(path string) (*Movie, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("couldn't open recording: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("couldn't open recording: %w", err)
	}
	m, err := Read(file, info.Size())
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("couldn't read recording %s: %w", path, err)
	}
	m.file = file
	return m, nil
}

// Read reads the boxes of an MP4 of size bytes. Of one whose moov comes first, such
// as Encode makes, r need have no more than what stands before the media and the head
// of that: media is not read. Such a Movie is only to be asked what it is.
func Read(r io.ReaderAt, size int64) (*Movie, error) {
	t, err := read(r, size)
	if err != nil {
		return nil, err
	}
	m := &Movie{
		Codec: t.codec, Width: t.width, Height: t.height,
		Frames:   len(t.samples),
		Ticks:    t.end,
		Duration: spool.End(0, t.end).Sub(0),
		track:    t,
	}
	if m.Meta, m.HasMeta = spool.ParseMeta(t.meta); m.HasMeta {
		for _, s := range t.samples {
			loss := spool.LossOf(uint32(s.loss))
			m.Meta.LostPackets += loss.Packets
			if loss.Damaged {
				m.Meta.DamagedFrames++
			}
		}
	}
	return m, nil
}

// Close closes the source. Files made by Encode cannot be read afterwards.
func (m *Movie) Close() error { return m.file.Close() }

// Encode lays the movie out as a plain MP4 that says of itself what meta says;
// its creation time is meta.Start. Nothing is read or copied.
func (m *Movie) Encode(meta spool.Meta) (*File, error) {
	return encode(m.track, meta, m.file)
}
