package recorder

import (
	"sync"

	"github.com/sjudager/sjudager/recorder/fmp4"
)

// maxIdle is the greatest buffer in bytes that is kept for the next fragment:
// half a second at 64 Mbit/s.
const maxIdle = 4 << 20

// buffer holds a fragment: fmp4.Headroom bytes for its header, then the frames.
// It belongs to a track while that fills it, and then to the writer.
type buffer struct{ b []byte }

var buffers = sync.Pool{New: func() any { return &buffer{make([]byte, fmp4.Headroom, 256<<10)} }}

func newBuffer() *buffer {
	b := buffers.Get().(*buffer)
	b.b = b.b[:fmp4.Headroom]
	return b
}

func (b *buffer) free() {
	if cap(b.b) <= maxIdle {
		buffers.Put(b)
	}
}
