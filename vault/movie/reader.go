package movie

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sort"
	"sync"

	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
)

const (
	// firstBlock and lastBlock are the least and the most that is asked of the store at
	// once, in bytes: what is read on from one place doubles from one to the other.
	firstBlock, lastBlock = 128 << 10, 2 << 20
	// openSegments is how many segments a Reader keeps open.
	openSegments = 3
	// frontSize is as much of a segment as almost always has its header.
	frontSize = 64<<10 - 4096
)

// Reader reads a Movie: an io.ReadSeeker and an io.ReaderAt, whose ReadAt may be called
// from many goroutines. Each read asks the index whether the footage may still be read,
// and is vault.ErrGone from its deadline on.
type Reader struct {
	movie *Movie
	ctx   context.Context

	mu    sync.Mutex
	at    int64           // where Read stands
	open  []*vault.Reader // the one that was used last is last
	block []byte          // of the movie
	from  int64           // where it lies
	ahead int             // how much to read next when it goes on where block ends
}

// Reader begins to read m, from its start. It is vault.ErrGone when not all of its
// footage can be read any more.
func (m *Movie) Reader(ctx context.Context) (*Reader, error) {
	if err := m.Check(ctx); err != nil {
		return nil, err
	}
	return &Reader{movie: m, ctx: ctx, ahead: firstBlock}, nil
}

// Movie is what is read.
func (r *Reader) Movie() *Movie { return r.movie }

// Check is vault.ErrGone when not all of the movie's footage can be read any more.
func (m *Movie) Check(ctx context.Context) error {
	var last footage.SegmentID
	for _, s := range m.sections {
		if s.segment == last {
			continue
		}
		last = s.segment
		if _, err := m.vault.OpenFor(ctx, s.segment, m.viewer); err != nil { // which reads nothing yet
			return err
		}
	}
	return nil
}

// Read implements io.Reader.
func (r *Reader) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n, err := r.read(p, r.at)
	r.at += int64(n)
	return n, err
}

// ReadAt implements io.ReaderAt.
func (r *Reader) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, errors.New("read before the start")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for n < len(p) {
		got, err := r.read(p[n:], off+int64(n))
		n += got
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// Seek implements io.Seeker.
func (r *Reader) Seek(offset int64, whence int) (int64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch whence {
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		offset += r.movie.size
	}
	if offset < 0 {
		return r.at, errors.New("seek before the start")
	}
	r.at = offset
	return offset, nil
}

// Close lets go of the segments that are open.
func (r *Reader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var err error
	for _, o := range r.open {
		err = errors.Join(err, o.Close())
	}
	r.open, r.block = nil, nil
	return err
}

// read reads what it has at once, and something unless off is at the end.
func (r *Reader) read(p []byte, off int64) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	m := r.movie
	if off >= m.size {
		return 0, io.EOF
	}
	if off < int64(len(m.head)) {
		return copy(p, m.head[off:]), nil
	}
	i := sort.Search(len(m.sections), func(i int) bool { return off < m.sections[i].at+m.sections[i].size })
	s := m.sections[i]
	segment, err := r.segment(s.segment)
	if err != nil {
		return 0, err
	}
	if skip := off - r.from; skip >= 0 && skip < int64(len(r.block)) {
		if err := segment.Check(); err != nil {
			return 0, err
		}
		return copy(p, r.block[skip:]), nil
	} else if skip != int64(len(r.block)) {
		r.ahead = firstBlock
	}
	left := s.at + s.size - off
	if len(p) >= r.ahead || int64(len(p)) >= left {
		r.block, r.from = r.block[:0], off+min(left, int64(len(p)))
		return r.fill(segment, p[:min(left, int64(len(p)))], s, off)
	}
	n := int(min(left, int64(r.ahead)))
	if cap(r.block) < n {
		r.block = make([]byte, n)
	}
	r.ahead = min(2*r.ahead, lastBlock)
	r.block, r.from = r.block[:n], off
	if _, err := r.fill(segment, r.block, s, off); err != nil {
		r.block = r.block[:0]
		return 0, err
	}
	return copy(p, r.block), nil
}

// fill reads all of p.
func (r *Reader) fill(segment *vault.Reader, p []byte, s section, off int64) (int, error) {
	n, err := segment.ReadAt(p, s.from+off-s.at)
	if err == io.EOF { // it is never at the end of the movie
		err = fmt.Errorf("couldn't read %s: %w", s.segment, io.ErrUnexpectedEOF)
		if n == len(p) {
			err = nil
		}
	}
	return n, err
}

// segment returns the open segment, and opens it if it is not.
func (r *Reader) segment(id footage.SegmentID) (*vault.Reader, error) {
	for i, o := range r.open {
		if o.Segment().ID() == id {
			copy(r.open[i:], r.open[i+1:])
			r.open[len(r.open)-1] = o
			return o, nil
		}
	}
	o, err := r.movie.vault.OpenFor(r.ctx, id, r.movie.viewer)
	if err != nil {
		return nil, err
	}
	if len(r.open) == openSegments {
		if err := r.open[0].Close(); err != nil {
			return nil, err
		}
		r.open = append(r.open[:0], r.open[1:]...)
	}
	r.open = append(r.open, o)
	return o, nil
}

// front reads the beginning of a segment once, and the rest as it is asked for.
type front struct {
	r    *vault.Reader
	have []byte
}

func (f *front) ReadAt(p []byte, off int64) (int, error) {
	if f.have == nil {
		f.have = make([]byte, frontSize)
		n, err := f.r.ReadAt(f.have, 0)
		if err != nil && err != io.EOF {
			return 0, err
		}
		f.have = f.have[:n]
	}
	if off+int64(len(p)) <= int64(len(f.have)) {
		return copy(p, f.have[off:]), nil
	}
	return f.r.ReadAt(p, off)
}
