package dir

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"sync"
	"syscall"

	"github.com/sjudager/sjudager/vault/durable"
)

// What the room durable says of each step holds here, too: below the root the steps are
// taken through os.Root, which no key leads out of. A file's bytes are on disk
// after fsync of the file; its name is there after fsync of its folder; the
// folder's own name after fsync of the folder above; and so on to the root.

// step is a moment between two of write's steps.
type step string

const (
	begun   step = "begun"   // a file in .tmp has the first bytes
	written step = "written" // it has all of them
	synced  step = "synced"  // they are on disk
	ready   step = "ready"   // so are the folders on the way
	named   step = "named"   // the file has its name, which may not be on disk
)

// write makes key a file with what body has, on disk with its name when it
// returns nil. Otherwise nothing is left of it, or the whole file if only the
// last step, to make its name durable, went wrong.
func (s *Store) write(key string, body io.Reader) (err error) {
	name := path.Join(tmp, rand.Text())
	f, err := s.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		f.Close()
		if err == nil {
			return
		}
		// What is left has been renamed, and then this finds nothing.
		if e := s.root.Remove(name); e != nil && !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, fmt.Errorf("couldn't remove the unfinished file: %w", e))
		}
	}()
	if err := s.copy(f, body); err != nil {
		return err
	}
	if err := s.at(written); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil { // where network file systems report a full disk
		return err
	}
	if err := s.at(synced); err != nil {
		return err
	}
	if err := s.rename(name, key); err != nil {
		return err
	}
	if err := s.at(named); err != nil {
		return err
	}
	return s.sync(path.Dir(key))
}

// copy fills its buffer to a block and writes that past the page cache: what comes
// from the spool is not read again soon. slack is room behind the block for a body that
// reads in pieces of its own size.
const (
	block = 1 << 20
	slack = 128 << 10
)

// buffers are what copy moves bytes through.
var buffers = sync.Pool{New: func() any {
	buf := durable.Aligned(block + slack)
	return &buf
}}

func (s *Store) copy(f *os.File, body io.Reader) error {
	pooled := buffers.Get().(*[]byte)
	defer buffers.Put(pooled)
	buf := *pooled
	out := new(durable.Disk).Direct(f)
	for n := 0; ; {
		got, err := body.Read(buf[n:])
		n += got
		if err != nil && err != io.EOF {
			return err
		}
		last := err == io.EOF
		if n < block && !last {
			continue
		}
		whole := n
		if !last {
			whole -= n % durable.Page
		}
		if _, err := out.Write(buf[:whole]); err != nil {
			return err
		}
		if err := s.at(begun); err != nil || last {
			return err
		}
		n = copy(buf, buf[whole:n])
	}
}

// rename gives the file from the name key, in folders that are on disk.
func (s *Store) rename(from, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.settle(path.Dir(key)); err != nil {
		return err
	}
	if err := s.at(ready); err != nil {
		return err
	}
	return s.root.Rename(from, key)
}

// maxSettled bounds the memory that settled takes. Forgetting a folder costs one
// fsync when it is used next.
const maxSettled = 4096

// settle makes the folder dir and those above it where they are missing, and sees
// to it that their names are on disk. That a folder exists does not show that it
// would after a power cut: whoever made it may have been killed before the fsync.
// mu is held.
func (s *Store) settle(dir string) error {
	if s.settled[dir] {
		return nil
	}
	above := path.Dir(dir)
	if err := s.settle(above); err != nil {
		return err
	}
	if err := s.root.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := s.sync(above); err != nil {
		return err
	}
	if len(s.settled) >= maxSettled {
		clear(s.settled)
		s.settled["."] = true
	}
	s.settled[dir] = true
	return nil
}

// remove deletes the file key and the folders that are empty without it. All of
// it is done again for a key that is gone already: an earlier call may have been
// cut short after any step.
func (s *Store) remove(key string) error {
	if err := s.root.Remove(key); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	folder := path.Dir(key)
	err := s.sync(folder)
	for errors.Is(err, fs.ErrNotExist) && folder != "." {
		folder = path.Dir(folder)
		err = s.sync(folder)
	}
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for ; folder != "."; folder = path.Dir(folder) {
		err := s.root.Remove(folder)
		switch {
		case err == nil:
			delete(s.settled, folder)
			if err := s.sync(path.Dir(folder)); err != nil {
				return err
			}
		case errors.Is(err, syscall.ENOTEMPTY), errors.Is(err, syscall.EEXIST):
			return nil
		case !errors.Is(err, fs.ErrNotExist):
			return err
		}
	}
	return nil
}

// sync makes the names in folder durable.
func (s *Store) sync(folder string) error {
	f, err := s.root.Open(folder)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
