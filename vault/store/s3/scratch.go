package s3

import "golang.org/x/sys/unix"

// scratch is memory in which a body is kept between the pass that digests it and the
// one that sends it: the vault seals a body while it is read, so reading it twice is
// sealing it twice. It lies outside the heap, which would otherwise grow by twice as
// much, and is used again, since fresh memory costs nearly as much as sealing.
type scratch struct {
	free chan []byte
}

const (
	// maxScratch is the largest body that is kept; it is a minute at 4 Mbit/s. Larger
	// ones are read twice. Memory that nothing was written to costs nothing.
	maxScratch = 32 << 20
	// spare is how many pieces are kept for the next bodies: one for each upload of the
	// vault.
	spare = 4
)

func newScratch() scratch { return scratch{make(chan []byte, spare)} }

// take returns room for size bytes, or nil when it gives none; give has to follow.
func (s scratch) take(size int64) []byte {
	if size > maxScratch {
		return nil
	}
	select {
	case buf := <-s.free:
		return buf
	default:
	}
	buf, err := unix.Mmap(-1, 0, maxScratch, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return nil // the body is read twice
	}
	return buf
}

// give takes back what take returned.
func (s scratch) give(buf []byte) {
	if buf == nil {
		return
	}
	select {
	case s.free <- buf:
	default:
		unix.Munmap(buf) // cannot fail: we mapped it
	}
}
