package recorder

import (
	"math/bits"
	"sync"

	"github.com/sjudager/sjudager/recorder/fmp4"
)

// Buffers are kept for the next fragment by size, each class twice the one before:
// were they all kept together, those that one camera has made large would sooner
// or later be everybody's.
const (
	smallBuffer = 256 << 10 // half a second at 4 Mbit/s
	sizes       = 5         // up to 4 MiB, half a second at 64 Mbit/s; larger ones are not kept
)

// buffer holds a fragment: fmp4.Headroom bytes for its header, then the frames.
// It belongs to a track while that fills it, and then to the writer.
type buffer struct{ b []byte }

var buffers [sizes]sync.Pool

// newBuffer returns a buffer for a fragment that is likely to have so many bytes.
func newBuffer(likely int) *buffer {
	class := min(bits.Len(uint(max(likely, 1)-1)/smallBuffer), sizes-1)
	if b, ok := buffers[class].Get().(*buffer); ok {
		b.b = b.b[:fmp4.Headroom]
		return b
	}
	return &buffer{make([]byte, fmp4.Headroom, smallBuffer<<class)}
}

func (b *buffer) free() {
	if class := bits.Len(uint(cap(b.b))/smallBuffer) - 1; class < sizes {
		buffers[class].Put(b)
	}
}
