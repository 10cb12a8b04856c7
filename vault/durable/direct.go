package durable

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Page is what a direct write has to be aligned to, in memory and in the file, in bytes.
const Page = 4 << 10

// Aligned returns size bytes of memory that begin at a page.
func Aligned(size int) []byte {
	raw := make([]byte, size+Page)
	skip := -uintptr(unsafe.Pointer(unsafe.SliceData(raw))) % Page
	return raw[skip:][:size:size]
}

// directFrom is from how many bytes at once on direct writing pays.
const directFrom = 1 << 20

// Direct is a file that is written from its start past the page cache, for as long as
// whole pages come and the file system takes them: what is not read again soon need not
// be copied into fresh pages of memory, which costs more than all the rest of writing.
type Direct struct {
	*os.File
	disk            *Disk
	direct, refused bool
}

// Direct has f, an empty file, written that way.
func (d *Disk) Direct(f *os.File) *Direct { return &Direct{File: f, disk: d} }

// Write writes p, which begins at the start of a page of the file and of memory. What
// comes after a part of a page is not written directly any more.
func (f *Direct) Write(p []byte) (n int, err error) {
	if err := f.disk.May(OpWrite, f.Name()); err != nil {
		return 0, err
	}
	if len(p) >= directFrom && !f.refused && !f.direct {
		f.setDirect(true)
	}
	if whole := len(p) - len(p)%Page; f.direct && whole > 0 {
		n, err = f.File.Write(p[:whole])
		if errors.Is(err, syscall.EINVAL) { // its pages are larger, or it cannot after all
			f.refused, err = true, nil
		}
		if err != nil {
			return n, err
		}
	}
	if n == len(p) {
		return n, nil
	}
	if f.direct {
		f.setDirect(false)
	}
	more, err := f.File.Write(p[n:])
	return n + more, err
}

func (f *Direct) setDirect(on bool) {
	err := setDirect(f.File, on)
	f.direct = on && err == nil
	f.refused = f.refused || err != nil
}

// Cold is a file that is read from the disk and not from memory: directly where the
// file system can, and else after what the kernel keeps of it has been let go of.
type Cold struct {
	file   *os.File
	direct bool
	left   int64 // no read begins at the end, which may not be at a page
}

// OpenCold opens a file to be read once, from its start, into memory that is Aligned.
func OpenCold(path string) (*Cold, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil {
		err = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
		if errors.Is(err, unix.EINVAL) { // it is in memory alone
			err = nil
		}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &Cold{f, info.Size() >= directFrom && setDirect(f, true) == nil, info.Size()}, nil
}

// Read implements io.Reader.
func (c *Cold) Read(p []byte) (int, error) {
	if c.left == 0 {
		return 0, io.EOF
	}
	n, err := c.file.Read(p)
	if c.direct && errors.Is(err, syscall.EINVAL) { // its pages are larger, or it cannot after all
		c.direct = false
		if err = setDirect(c.file, false); err == nil {
			n, err = c.file.Read(p)
		}
	}
	if c.left -= int64(n); err == io.EOF || c.left < 0 {
		err = fmt.Errorf("%s has another length than it had", c.file.Name())
	}
	return n, err
}

// Close implements io.Closer.
func (c *Cold) Close() error { return c.file.Close() }

// setDirect has a file read and written directly or not. A file system that cannot
// refuses.
func setDirect(f *os.File, on bool) error {
	raw, err := f.SyscallConn()
	if err == nil {
		errControl := raw.Control(func(fd uintptr) {
			var flags int
			if flags, err = unix.FcntlInt(fd, unix.F_GETFL, 0); err != nil {
				return
			}
			flags &^= unix.O_DIRECT
			if on {
				flags |= unix.O_DIRECT
			}
			_, err = unix.FcntlInt(fd, unix.F_SETFL, flags)
		})
		err = errors.Join(err, errControl)
	}
	return err
}
