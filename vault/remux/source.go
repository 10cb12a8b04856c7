package remux

import (
	"errors"
	"fmt"
	"io"

	"github.com/sjudager/sjudager/vault/spool"
)

const (
	// maxBox is the largest moov or moof that is read, in bytes. The moov of an
	// hour of video at 60 frames a second with audio has about 5 MB.
	maxBox = 32 << 20
	// maxBoxes is how many boxes a file may have at the top. A fragment a second
	// with five boxes each reaches it after two days.
	maxBoxes = 1 << 20
)

// read finds the video track of a file and the samples of all its parts. Media
// is not read.
func read(r io.ReaderAt, size int64) (*track, error) {
	var t *track
	near := &nearby{r: r}
	n := 0
	for b, err := range spool.Boxes(near, 0, size) {
		switch {
		case errors.Is(err, spool.ErrBox):
			return nil, damaged("%v", err)
		case err != nil:
			return nil, err
		case n == maxBoxes:
			return nil, damaged("more than %d boxes", maxBoxes)
		}
		n++
		switch b.Type {
		case "moov":
			if t != nil {
				return nil, damaged("two moov boxes")
			}
			var moov box
			if moov, err = load(near, b); err == nil {
				t, err = readTrack(moov, size)
			}
		case "moof":
			if t == nil {
				return nil, damaged("a fragment stands before the moov")
			}
			var moof box
			if moof, err = load(near, b); err == nil {
				err = t.addFragment(moof, b.Offset)
			}
		}
		if err != nil {
			return nil, err
		}
	}
	if t == nil {
		return nil, damaged("no moov box")
	}
	return t, t.finish()
}

// load reads a whole box into memory.
func load(r io.ReaderAt, b spool.Box) (box, error) {
	if b.Size > maxBox {
		return box{}, damaged("%q at byte %d has %d bytes, more than any recording needs", b.Type, b.Offset, b.Size)
	}
	raw := make([]byte, b.Size)
	if n, err := r.ReadAt(raw, b.Offset); n < len(raw) {
		if err == io.EOF { // the file was longer a moment ago
			err = io.ErrUnexpectedEOF
		}
		return box{}, fmt.Errorf("couldn't read %q at byte %d: %w", b.Type, b.Offset, err)
	}
	return box{b.Type, raw, raw[b.Header:]}, nil
}

// nearby serves small reads that lie close together from one read: a fragment's
// moof and the header of the mdat behind it, whose media must not be read.
type nearby struct {
	r   io.ReaderAt
	buf [4 << 10]byte
	n   int   // bytes in buf
	at  int64 // where they lie
}

func (b *nearby) ReadAt(p []byte, off int64) (int, error) {
	if len(p) > len(b.buf) {
		return b.r.ReadAt(p, off)
	}
	if off < b.at || off+int64(len(p)) > b.at+int64(b.n) {
		n, err := b.r.ReadAt(b.buf[:], off)
		b.n, b.at = n, off
		if n < len(p) {
			return copy(p, b.buf[:n]), err
		}
	}
	return copy(p, b.buf[off-b.at:b.n]), nil
}
