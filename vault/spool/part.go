package spool

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/sjudager/sjudager/vault/durable"
	"github.com/sjudager/sjudager/vault/footage"
)

// Part is a segment that is being written. It is not for several goroutines at
// once.
type Part struct {
	disk   *durable.Disk
	f      *os.File
	path   string
	size   int64 // whole fragments
	synced int64 // so much of it is durable
	torn   bool  // behind the whole fragments lies what a failed write left
	closed bool
}

// Create begins the segment of camera that starts at start. It fails with
// fs.ErrExist when there is such a segment already.
func (s *Spool) Create(camera footage.CameraID, start footage.Instant) (*Part, error) {
	path := s.path(camera, start.Compact()+partExt)
	p, err := s.create(path)
	if errors.Is(err, fs.ErrNotExist) { // the camera's first
		if err = s.disk.MakeDir(filepath.Dir(path)); err == nil {
			p, err = s.create(path)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("couldn't begin a segment: %w", err)
	}
	return p, nil
}

func (s *Spool) create(path string) (*Part, error) {
	complete := strings.TrimSuffix(path, partExt) + segmentExt
	if _, err := os.Lstat(complete); err == nil {
		return nil, &fs.PathError{Op: "create", Path: complete, Err: fs.ErrExist}
	}
	f, err := s.disk.Create(path, os.O_EXCL)
	if err != nil {
		return nil, err
	}
	return &Part{disk: &s.disk, f: f, path: path}, nil
}

// Write appends one whole fragment, the first one with the init before it, in
// one write. When it fails, what it left of the fragment is cut off again.
func (p *Part) Write(fragment []byte) (int, error) {
	n, err := p.disk.Write(p.f, fragment)
	if err != nil {
		p.torn = true
		return 0, fmt.Errorf("couldn't write to a segment: %w", errors.Join(err, p.mend()))
	}
	p.size += int64(n)
	return n, nil
}

// mend cuts off what a failed write has left.
func (p *Part) mend() error {
	if !p.torn {
		return nil
	}
	if err := p.f.Truncate(p.size); err != nil {
		return err
	}
	if _, err := p.f.Seek(p.size, io.SeekStart); err != nil { // the position decides where a later Write goes
		return err
	}
	p.torn = false
	return nil
}

// Size is how many bytes have been written.
func (p *Part) Size() int64 { return p.size }

// Sync makes durable what has been written (not the name of the file, which
// Complete makes so, and which a journalling file system has made so anyway).
func (p *Part) Sync() error {
	if p.size == p.synced {
		return nil
	}
	if err := p.disk.Sync(p.f); err != nil {
		return fmt.Errorf("couldn't sync a segment: %w", err)
	}
	p.synced = p.size
	return nil
}

// Complete makes the segment durable and gives it to the vault, which may take it
// away at once: the next part should have been begun before, or the mark moved to
// its end after a Sync. A part without a fragment is discarded. After an error it
// may be called again, and Recover would do the same, as it does after a power cut
// that came before the new name was durable.
func (p *Part) Complete() error {
	if p.size == 0 {
		return p.Discard()
	}
	if !p.closed {
		if err := errors.Join(p.mend(), p.Sync()); err != nil {
			return fmt.Errorf("couldn't complete a segment: %w", err)
		}
	}
	if err := p.close(); err != nil {
		return fmt.Errorf("couldn't complete a segment: %w", err)
	}
	if err := p.disk.Rename(p.path, strings.TrimSuffix(p.path, partExt)+segmentExt); err != nil {
		return fmt.Errorf("couldn't complete a segment: %w", err)
	}
	return nil
}

// Discard removes the part.
func (p *Part) Discard() error {
	if err := errors.Join(p.close(), p.disk.Remove(p.path)); err != nil {
		return fmt.Errorf("couldn't discard a segment: %w", err)
	}
	return nil
}

func (p *Part) close() error {
	if p.closed {
		return nil
	}
	p.closed = true
	return p.f.Close()
}
