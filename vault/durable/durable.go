// Package durable is the one room that knows how what is written survives a crash.
//
// # What each step guarantees
//
//   - [Disk.Write] only fills the page cache. A kill of the process loses none of it, a
//     power cut may lose any part, or leave zeros in its place.
//   - [Disk.Sync] makes a file's bytes and its length durable, and not its name.
//   - [Disk.Rename] puts a name in another's place at once: after a power cut either
//     the old file is there or the new one, and until [Disk.SyncDir] nobody knows which.
//   - [Disk.SyncDir] makes the names in a folder durable, and nothing else: neither the
//     bytes of its files nor the folder's own name, which is in the folder above.
//   - [Disk.SyncAll] does all of that for the whole file system that a file is of, other
//     programs' data included.
//
// [Disk.WriteFile] and [Disk.MakeDir] take these steps in the order that leaves no gap.
//
// # What stays unsafe
//
// A disk that confirms a sync and loses its cache all the same; a file system on which
// fsync says nothing of a rename (some network ones); a sync that failed once: the next
// one may succeed although the pages are lost, so whoever saw it fail must not take what
// was written before for durable. [Disk.Shred] overwrites a file where it lies; a
// copy-on-write file system, or the flash below any, may keep what was there.
//
// cmd/testcam/powercut tries all users of this room at every system call.
package durable

import (
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// Op is something that is done to the disk.
type Op string

// The operations. Their path is of the file or folder that they act upon.
const (
	OpCreate    Op = "create"    // a file is opened for writing; it is there afterwards
	OpWrite     Op = "write"     // to a file
	OpSync      Op = "sync"      // what was written to a file becomes durable; with SyncAll, all does
	OpRename    Op = "rename"    // a file gets another name, perhaps in another's place
	OpRemove    Op = "remove"    // a file goes
	OpOverwrite Op = "overwrite" // a file's bytes are overwritten, on disk
	OpSyncDir   Op = "sync-dir"  // the names in a folder become durable
)

// TempExt is behind the name of a file that WriteFile has not finished.
const TempExt = ".tmp"

// Disk does what has to be durable. The zero value is ready.
type Disk struct{ before func(Op, string) error }

// Intercept has f called before each operation, which does not happen if f returns an
// error: that is how tests make a disk that is full, read-only, slow or loses its power.
// It must be called before the disk is used.
func (d *Disk) Intercept(f func(op Op, path string) error) { d.before = f }

// May returns the error with which op on path is not to happen, or nil. Users with
// operations of their own ask it as well.
func (d *Disk) May(op Op, path string) error {
	if d.before == nil {
		return nil
	}
	if err := d.before(op, path); err != nil {
		return &fs.PathError{Op: string(op), Path: path, Err: err}
	}
	return nil
}

// Create opens a file that only we may read for writing and makes it when there is none;
// flags, such as os.O_EXCL, are added to that.
func (d *Disk) Create(path string, flags int) (*os.File, error) {
	if err := d.May(OpCreate, path); err != nil {
		return nil, err
	}
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|flags, 0o600)
}

// Write writes to a file.
func (d *Disk) Write(f *os.File, data []byte) (int, error) {
	if err := d.May(OpWrite, f.Name()); err != nil {
		return 0, err
	}
	return f.Write(data)
}

// Sync makes durable what has been written to f, and its length.
func (d *Disk) Sync(f *os.File) error { return d.sync(unix.Fdatasync, f) }

// SyncAll makes durable all that has been written to the file system that f is of, and
// all names. It reports what has gone wrong since f was opened.
func (d *Disk) SyncAll(f *os.File) error { return d.sync(unix.Syncfs, f) }

func (d *Disk) sync(call func(fd int) error, f *os.File) error {
	if err := d.May(OpSync, f.Name()); err != nil {
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

// Rename gives a file another name. SyncDir makes that durable.
func (d *Disk) Rename(from, to string) error {
	if err := d.May(OpRename, from); err != nil {
		return err
	}
	return os.Rename(from, to)
}

// Remove removes a file. SyncDir makes that durable.
func (d *Disk) Remove(path string) error {
	if err := d.May(OpRemove, path); err != nil {
		return err
	}
	return os.Remove(path)
}

// SyncDir makes the names in a folder durable.
func (d *Disk) SyncDir(path string) error {
	if err := d.May(OpSyncDir, path); err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// MakeDir makes a folder that only we may enter, and those above it that are missing,
// all durable with their names. One that is there is made durable, too, where we may:
// whoever made it may have crashed before that.
func (d *Disk) MakeDir(path string) error {
	above := filepath.Dir(path)
	err := os.Mkdir(path, 0o700)
	if errors.Is(err, fs.ErrNotExist) {
		if err := d.MakeDir(above); err != nil {
			return err
		}
		err = os.Mkdir(path, 0o700)
	}
	if !errors.Is(err, fs.ErrExist) {
		if err != nil {
			return err
		}
		return d.SyncDir(above)
	}
	info, err := os.Stat(path)
	if err == nil && !info.IsDir() {
		err = &fs.PathError{Op: "mkdir", Path: path, Err: syscall.ENOTDIR}
	}
	if err == nil {
		err = d.SyncDir(above)
	}
	if errors.Is(err, fs.ErrPermission) { // another's folder, such as a mount point's
		err = nil
	}
	return err
}

// WriteFile makes path a file with what write writes: after a crash either the old file
// is there or the whole new one, and when it returns nil the new one is. What a crash
// leaves besides is path+TempExt, which the next WriteFile of the same path takes away.
// There must be one at a time for a path.
func (d *Disk) WriteFile(path string, write func(io.Writer) error) error {
	temp := path + TempExt
	f, err := d.Create(temp, os.O_TRUNC)
	if err != nil {
		return err
	}
	if err = write(writer{d, f}); err == nil {
		err = d.Sync(f)
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = d.Rename(temp, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return d.SyncDir(filepath.Dir(path))
}

// writer is Write as an io.Writer.
type writer struct {
	disk *Disk
	f    *os.File
}

func (w writer) Write(p []byte) (int, error) { return w.disk.Write(w.f, p) }

// Shred overwrites a file and removes it, durable when it returns nil. It is no error
// when there is none. A file that has another name besides is only removed: by that one
// it is in use. One that cannot be overwritten because the disk is full, as on a
// copy-on-write file system, is removed all the same, and the error is returned.
func (d *Disk) Shred(path string) error {
	err := d.overwrite(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil && !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EDQUOT) {
		return err
	}
	if err := d.Remove(path); err != nil {
		return err
	}
	return errors.Join(err, d.SyncDir(filepath.Dir(path)))
}

func (d *Disk) overwrite(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	var info unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &info); err != nil || info.Nlink > 1 {
		return err
	}
	if err := d.May(OpOverwrite, path); err != nil {
		return err
	}
	noise := make([]byte, info.Size)
	rand.Read(noise) // never fails
	if _, err := f.WriteAt(noise, 0); err != nil {
		return err
	}
	return f.Sync()
}
