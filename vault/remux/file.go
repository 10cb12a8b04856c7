package remux

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"sort"

	"github.com/sjudager/sjudager/vault/footage"
)

// File is a file that exists only as a list of sections of other files. It is an
// io.ReaderAt, safe for use from many goroutines, as long as its sources stay
// open.
type File struct {
	sections []section
	size     int64
}

// section is a range of src that stands at an offset of the File.
type section struct {
	at, size int64
	src      io.ReaderAt
	from     int64
}

// add appends size bytes of src from offset from.
func (f *File) add(src io.ReaderAt, from, size int64) {
	f.sections = append(f.sections, section{f.size, size, src, from})
	f.size += size
}

// Size is the length of the file in bytes.
func (f *File) Size() int64 { return f.size }

// Reader returns a reader at the file's start. Readers do not disturb each other.
func (f *File) Reader() *io.SectionReader { return io.NewSectionReader(f, 0, f.size) }

// ReadAt implements io.ReaderAt. A source that has become shorter than it was is
// io.ErrUnexpectedEOF.
func (f *File) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, fmt.Errorf("couldn't read movie at byte %d", off)
	}
	i := sort.Search(len(f.sections), func(i int) bool { return off < f.sections[i].at+f.sections[i].size })
	for ; n < len(p) && i < len(f.sections); i++ {
		s := f.sections[i]
		skip := off + int64(n) - s.at
		part := p[n:][:min(int64(len(p)-n), s.size-skip)]
		got, err := s.src.ReadAt(part, s.from+skip)
		n += got
		if got < len(part) {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return n, fmt.Errorf("couldn't read movie at byte %d: %w", off+int64(n), err)
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Digest reads the whole file once and returns its SHA-256. It ends soon after ctx
// does.
func (f *File) Digest(ctx context.Context) (footage.SHA256, error) {
	const block = 128 << 10 // fits the second-level cache
	var (
		buf = make([]byte, min(block, f.size))
		sum = sha256.New()
	)
	for off := int64(0); off < f.size; {
		if err := ctx.Err(); err != nil {
			return footage.SHA256{}, fmt.Errorf("couldn't digest movie: %w", err)
		}
		n, err := f.ReadAt(buf[:min(block, f.size-off)], off)
		if err != nil {
			return footage.SHA256{}, fmt.Errorf("couldn't digest movie: %w", err)
		}
		sum.Write(buf[:n])
		off += int64(n)
	}
	return footage.SHA256(sum.Sum(nil)), nil
}
