package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/sjudager/sjudager/vault/footage"
)

// Part is a segment that is being written. One goroutine writes, completes or
// discards it; Sync may be called from another.
type Part struct {
	f      *os.File
	path   string
	size   int64 // whole fragments
	closed bool
	named  bool // for good
}

// Create begins the segment of camera that starts at start. It fails with
// fs.ErrExist when there is such a segment already.
func (s *Spool) Create(camera footage.CameraID, start footage.Instant) (*Part, error) {
	path := s.path(camera, start.Compact()+partExt)
	p, err := create(path)
	if errors.Is(err, fs.ErrNotExist) { // the camera's first
		if err = makeDir(filepath.Dir(path)); err == nil {
			p, err = create(path)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("couldn't begin a segment: %w", err)
	}
	return p, nil
}

func create(path string) (*Part, error) {
	complete := strings.TrimSuffix(path, partExt) + segmentExt
	if _, err := os.Lstat(complete); err == nil {
		return nil, &fs.PathError{Op: "create", Path: complete, Err: fs.ErrExist}
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return &Part{f: f, path: path}, nil
}

// Write appends one whole fragment, the first one with the init before it, in
// one write. When it fails, what it left of the fragment is cut off again.
func (p *Part) Write(fragment []byte) (int, error) {
	n, err := p.f.Write(fragment)
	if err != nil {
		// The position, not the size, decides where a later Write goes.
		_, back := p.f.Seek(p.size, 0)
		return 0, fmt.Errorf("couldn't write to a segment: %w", errors.Join(err, p.f.Truncate(p.size), back))
	}
	p.size += int64(n)
	return n, nil
}

// Size is how many bytes have been written.
func (p *Part) Size() int64 { return p.size }

// Sync makes durable what has been written (not the name of the file, which
// Complete makes so, and which a journalling file system has made so anyway).
func (p *Part) Sync() error {
	raw, err := p.f.SyscallConn()
	if err == nil {
		if ctl := raw.Control(func(fd uintptr) { err = unix.Fdatasync(int(fd)) }); ctl != nil {
			err = ctl
		}
	}
	if err != nil {
		return fmt.Errorf("couldn't sync a segment: %w", err)
	}
	return nil
}

// Complete makes the segment durable and gives it to the vault. The mark should
// have been moved to its end before, after a Sync. A part without a fragment is
// discarded. After an error it may be called again, and Recover would do the same.
func (p *Part) Complete() error {
	if p.size == 0 {
		return p.Discard()
	}
	if err := p.close(true); err != nil {
		return fmt.Errorf("couldn't complete a segment: %w", err)
	}
	if !p.named {
		if err := os.Rename(p.path, strings.TrimSuffix(p.path, partExt)+segmentExt); err != nil {
			return fmt.Errorf("couldn't complete a segment: %w", err)
		}
		p.named = true
	}
	if err := syncDir(filepath.Dir(p.path)); err != nil {
		return fmt.Errorf("couldn't complete a segment: %w", err)
	}
	return nil
}

// Discard removes the part.
func (p *Part) Discard() error {
	if err := errors.Join(p.close(false), os.Remove(p.path)); err != nil {
		return fmt.Errorf("couldn't discard a segment: %w", err)
	}
	return nil
}

func (p *Part) close(sync bool) error {
	if p.closed {
		return nil
	}
	p.closed = true
	if sync {
		return errors.Join(p.f.Sync(), p.f.Close())
	}
	return p.f.Close()
}
