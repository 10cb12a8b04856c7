package spool

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Op is something that the spool does to the disk.
type Op string

// The operations. Their path is of the file or folder that they act upon.
const (
	OpCreate  Op = "create"   // a file is opened for writing; it is there afterwards
	OpWrite   Op = "write"    // to a file
	OpSync    Op = "sync"     // what was written to a file becomes durable; of the spool's folder: all does
	OpRename  Op = "rename"   // a file gets its name for good
	OpRemove  Op = "remove"   // a file goes
	OpSyncDir Op = "sync-dir" // the names in a folder become durable
)

// Intercept has f called before each operation, which does not happen if f
// returns an error: that is how tests make a disk that is full, read-only, slow or
// loses its power. It must be called before the spool is used.
func (s *Spool) Intercept(f func(op Op, path string) error) { s.disk.before = f }

// disk does to the disk what a spool needs.
type disk struct {
	before func(Op, string) error // see Intercept; may be nil
}

func (d *disk) may(op Op, path string) error {
	if d.before == nil {
		return nil
	}
	if err := d.before(op, path); err != nil {
		return &fs.PathError{Op: string(op), Path: path, Err: err}
	}
	return nil
}

func (d *disk) create(path string, flags int) (*os.File, error) {
	if err := d.may(OpCreate, path); err != nil {
		return nil, err
	}
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|flags, 0o600)
}

func (d *disk) write(f *os.File, data []byte) (int, error) {
	if err := d.may(OpWrite, f.Name()); err != nil {
		return 0, err
	}
	return f.Write(data)
}

// sync makes durable what has been written to f (not its name: syncDir makes that
// so, and a journalling file system has made so anyway).
func (d *disk) sync(f *os.File) error {
	return d.syncWith(unix.Fdatasync, f)
}

// syncAll makes durable all that has been written to the file system that f is of,
// and all names.
func (d *disk) syncAll(f *os.File) error { return d.syncWith(unix.Syncfs, f) }

func (d *disk) syncWith(call func(fd int) error, f *os.File) error {
	if err := d.may(OpSync, f.Name()); err != nil {
		return err
	}
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	if ctl := raw.Control(func(fd uintptr) {
		for err = unix.EINTR; err == unix.EINTR; {
			err = call(int(fd))
		}
	}); ctl != nil {
		return ctl
	}
	return err
}

func (d *disk) rename(from, to string) error {
	if err := d.may(OpRename, from); err != nil {
		return err
	}
	return os.Rename(from, to)
}

func (d *disk) remove(path string) error {
	if err := d.may(OpRemove, path); err != nil {
		return err
	}
	return os.Remove(path)
}

// makeDir makes a folder and makes it durable; it is no error when it is there.
func (d *disk) makeDir(path string) error {
	err := os.Mkdir(path, 0o700)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = os.MkdirAll(path, 0o700)
	}
	if err != nil {
		return err
	}
	return d.syncDir(filepath.Dir(path))
}

// syncDir makes the names in a folder durable.
func (d *disk) syncDir(path string) error {
	if err := d.may(OpSyncDir, path); err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// writeFile puts data under path so that after a crash either the old file or
// the whole new one is there, and after a return without error the new one.
func (d *disk) writeFile(path string, data []byte) error {
	temp := path + tempExt
	f, err := d.create(temp, os.O_TRUNC)
	if err != nil {
		return err
	}
	if _, err = d.write(f, data); err == nil {
		err = d.sync(f)
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = d.rename(temp, strings.TrimSuffix(temp, tempExt))
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return d.syncDir(filepath.Dir(path))
}
