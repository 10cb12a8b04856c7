package recorder

import (
	"testing"

	"github.com/sjudager/sjudager/recorder/fmp4"
)

func TestBufferSizes(t *testing.T) {
	for _, c := range []struct{ likely, want int }{
		{0, 256 << 10}, {1, 256 << 10}, {256 << 10, 256 << 10}, {256<<10 + 1, 512 << 10}, {512 << 10, 512 << 10},
		{1 << 20, 1 << 20}, {1<<20 + 1, 2 << 20}, {4 << 20, 4 << 20}, {4<<20 + 1, 4 << 20}, {100 << 20, 4 << 20},
	} {
		if b := newBuffer(c.likely); cap(b.b) < c.want || cap(b.b) >= 2*c.want || len(b.b) != fmp4.Headroom {
			t.Errorf("for %d bytes: a buffer of %d, %d of them used", c.likely, cap(b.b), len(b.b))
		}
	}
}

// TestBuffersOfOneCamera: the buffers that one camera has made large are not given
// to the others.
func TestBuffersOfOneCamera(t *testing.T) {
	for range 100 {
		b := newBuffer(0)
		b.b = append(b.b, make([]byte, 3<<20)...)
		b.free()
	}
	for range 100 {
		if b := newBuffer(100 << 10); cap(b.b) >= 512<<10 {
			t.Fatalf("a fragment of 100 KiB gets a buffer of %d KiB", cap(b.b)>>10)
		}
	}
}
