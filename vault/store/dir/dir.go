package dir

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"github.com/sjudager/sjudager/vault/durable"
	"github.com/sjudager/sjudager/vault/store"
)

// Store is a store.Store in a directory.
type Store struct {
	path string
	root *os.Root

	// mu is held to make folders, to rename into them and to remove them, so that
	// no folder vanishes between being made and being used.
	mu sync.Mutex
	// settled has the folders whose own name is known to be on disk: their
	// parents were fsynced since Open. Under mu.
	settled map[string]bool

	// at is called between the steps of a Put. Tests make it fail or kill there.
	at func(step) error
}

var _ store.Store = (*Store)(nil)

// tmp is the folder of files that are being written. No key can name it: parts
// of keys do not begin with a full stop.
const tmp = ".tmp"

// Open returns the store in the folder root, which is made when it is missing,
// and removes what interrupted Puts have left. The error wraps store.ErrConfig
// when root cannot be a store: it is a file, or not ours to write in.
func Open(root string) (*Store, error) {
	s, err := open(root)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.EROFS) {
		err = fmt.Errorf("%w: %w; give the user that Sjudager runs as a folder of its own there", store.ErrConfig, err)
	}
	if err != nil {
		return nil, fmt.Errorf("couldn't open the directory store %s: %w", root, err)
	}
	return s, nil
}

func open(name string) (*Store, error) {
	if err := new(durable.Disk).MakeDir(filepath.Clean(name)); err != nil {
		return nil, err
	}
	s, err := openRoot(name)
	if err != nil {
		return nil, err
	}
	if err := s.clean(); err != nil {
		s.root.Close()
		return nil, err
	}
	return s, nil
}

// OpenReadOnly returns the store in the folder root to be looked at: Open's half that
// changes nothing. The error is fs.ErrNotExist when there is no such folder.
func OpenReadOnly(root string) (*Store, error) {
	s, err := openRoot(root)
	if err != nil {
		return nil, fmt.Errorf("couldn't open the directory store %s: %w", root, err)
	}
	return s, nil
}

func openRoot(name string) (*Store, error) {
	abs, err := filepath.Abs(name)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(abs)
	if err != nil {
		return nil, err
	}
	return &Store{path: abs, root: root, settled: map[string]bool{".": true}, at: func(step) error { return nil }}, nil
}

// clean makes .tmp anew. Doing so also shows that we may write here.
func (s *Store) clean() error {
	if err := s.root.RemoveAll(tmp); err != nil {
		return err
	}
	if err := s.root.Mkdir(tmp, 0o700); err != nil {
		return err
	}
	return s.sync(".")
}

// Kind implements store.Store.
func (s *Store) Kind() string { return "directory" }

// Disk identifies the disk that the store lies on: what is deleted makes room there.
func (s *Store) Disk() (uint64, error) {
	fi, err := s.root.Stat(".")
	if err != nil {
		return 0, s.failed("find", ".", err)
	}
	return fi.Sys().(*syscall.Stat_t).Dev, nil
}

// String implements store.Store.
func (s *Store) String() string { return "directory " + s.path }

// Put implements store.Store.
func (s *Store) Put(ctx context.Context, key string, o store.Object) error {
	if err := s.put(ctx, key, o); err != nil {
		return s.failed("store", key, err)
	}
	return nil
}

func (s *Store) put(ctx context.Context, key string, o store.Object) error {
	if err := store.CheckKey(key); err != nil {
		return err
	}
	body, err := o.Open(ctx)
	if err != nil {
		return err
	}
	if err := s.write(key, body); err != nil {
		return err
	}
	info, err := s.stat(key)
	if err != nil {
		return err
	}
	if info.Size != o.Size {
		return fmt.Errorf("the file has %d bytes instead of %d", info.Size, o.Size)
	}
	return nil
}

// Get implements store.Store.
func (s *Store) Get(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	r, err := s.get(ctx, key, offset, length)
	if err != nil {
		return nil, s.failed("open", key, err)
	}
	return r, nil
}

func (s *Store) get(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	if err := errors.Join(store.CheckRange(offset, length), ctx.Err()); err != nil {
		return nil, err
	}
	if _, err := s.stat(key); err != nil { // a folder is no object
		return nil, err
	}
	f, err := s.root.Open(key)
	if err != nil {
		return nil, missing(err)
	}
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		f.Close()
		return nil, err
	}
	r := &reader{ctx: ctx, Reader: f, Closer: f}
	if length >= 0 {
		r.Reader = io.LimitReader(f, length)
	}
	return r, nil
}

// reader is part of a file, readable until ctx ends.
type reader struct {
	ctx context.Context
	io.Reader
	io.Closer
}

func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

// Stat implements store.Store.
func (s *Store) Stat(ctx context.Context, key string) (store.Info, error) {
	err := ctx.Err()
	var info store.Info
	if err == nil {
		info, err = s.stat(key)
	}
	if err != nil {
		return store.Info{}, s.failed("find", key, err)
	}
	return info, nil
}

func (s *Store) stat(key string) (store.Info, error) {
	if err := store.CheckKey(key); err != nil {
		return store.Info{}, err
	}
	fi, err := s.root.Lstat(key)
	if err != nil {
		return store.Info{}, missing(err)
	}
	if !fi.Mode().IsRegular() {
		return store.Info{}, store.ErrNotExist
	}
	return store.Info{Key: key, Size: fi.Size(), Stored: fi.ModTime()}, nil
}

// Delete implements store.Store.
func (s *Store) Delete(ctx context.Context, key string) error {
	err := ctx.Err()
	if err == nil {
		err = store.CheckKey(key)
	}
	if err == nil {
		err = s.remove(key)
	}
	if err != nil {
		return s.failed("delete", key, err)
	}
	return nil
}

// Absent implements store.Store.
func (s *Store) Absent(ctx context.Context, key string) (bool, error) {
	_, err := s.Stat(ctx, key)
	if errors.Is(err, store.ErrNotExist) {
		return true, nil
	}
	return false, err
}

// List implements store.Store.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[store.Info, error] {
	return func(yield func(store.Info, error) bool) {
		w := walk{ctx, prefix, yield}
		if err := ctx.Err(); err != nil {
			w.fail(prefix, err)
			return
		}
		w.folder(s.root, "")
	}
}

// walk is one run of List.
type walk struct {
	ctx    context.Context
	prefix string
	yield  func(store.Info, error) bool
}

// batch is how many names of a folder are held at a time.
const batch = 512

// folder yields what lies in dir, whose name from the root is at ("" or with a
// slash at its end), and reports whether to go on.
func (w walk) folder(dir *os.Root, at string) bool {
	f, err := dir.Open(".")
	if err != nil {
		return w.fail(at, err)
	}
	defer f.Close()
	for {
		entries, err := f.ReadDir(batch)
		for _, e := range entries {
			if !w.entry(dir, at+e.Name(), e) {
				return false
			}
		}
		if err == io.EOF || errors.Is(err, fs.ErrNotExist) { // emptied and removed since
			return true
		}
		if err != nil {
			return w.fail(at, err)
		}
	}
}

func (w walk) entry(dir *os.Root, name string, e fs.DirEntry) bool {
	if err := w.ctx.Err(); err != nil {
		return w.fail(name, err)
	}
	switch {
	case e.IsDir():
		inside := name + "/"
		if name == tmp || !strings.HasPrefix(inside, w.prefix) && !strings.HasPrefix(w.prefix, inside) {
			return true
		}
		sub, err := dir.OpenRoot(e.Name())
		if errors.Is(err, fs.ErrNotExist) { // emptied and removed since
			return true
		}
		if err != nil {
			return w.fail(name, err)
		}
		defer sub.Close()
		return w.folder(sub, inside)
	case e.Type().IsRegular() && strings.HasPrefix(name, w.prefix):
		fi, err := dir.Lstat(e.Name())
		if errors.Is(err, fs.ErrNotExist) { // deleted since
			return true
		}
		if err != nil {
			return w.fail(name, err)
		}
		return w.yield(store.Info{Key: name, Size: fi.Size(), Stored: fi.ModTime()}, nil)
	}
	return true
}

func (w walk) fail(name string, err error) bool {
	w.yield(store.Info{}, fmt.Errorf("couldn't list %q: %w", name, err))
	return false
}

// failed says in err what we were about to do.
func (s *Store) failed(verb, key string, err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		err = fmt.Errorf("no room is left under %s: %w", s.path, err)
	}
	return fmt.Errorf("couldn't %s %s: %w", verb, key, err)
}

// missing turns the file system's word for "nothing there" into the store's.
func missing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return store.ErrNotExist
	}
	return err
}
