package seal

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Op is something that is done to the disk.
type Op string

// The operations. Their path is of the file or folder that they act upon.
const (
	OpWrite     Op = "write"     // a new file is made and its content is on disk
	OpRename    Op = "rename"    // a file gets another name, perhaps in another's place
	OpOverwrite Op = "overwrite" // a key's bytes are overwritten, on disk
	OpRemove    Op = "remove"    // its name goes
	OpSyncDir   Op = "sync-dir"  // the names in a folder become durable
)

const (
	newExt = ".new" // being written
	oldExt = ".old" // replaced, to be destroyed
)

// disk does to the disk what keys need. before is called ahead of each operation,
// which does not happen if it returns an error: so tests pull the plug.
type disk struct{ before func(Op, string) error }

func (d *disk) may(op Op, path string) error {
	if d.before == nil {
		return nil
	}
	if err := d.before(op, path); err != nil {
		return &fs.PathError{Op: string(op), Path: path, Err: err}
	}
	return nil
}

// write makes path a file with data, durable with its name when it returns nil.
// What was there before is destroyed; until then, and after a crash, its bytes lie
// at path or at path.old, never nameless where nothing would overwrite them.
func (d *disk) write(path string, data []byte) error {
	if err := d.create(path+newExt, data); err != nil {
		return errors.Join(err, d.shred(path+newExt))
	}
	if err := d.shred(path + oldExt); err != nil { // of a crash
		return err
	}
	if err := os.Link(path, path+oldExt); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := d.rename(path+newExt, path); err != nil {
		return err
	}
	return d.shred(path + oldExt)
}

// destroy removes a key for good. It is no error when there is none. It is renamed
// before it is overwritten, so that no crash leaves rubbish where a key is looked
// for.
func (d *disk) destroy(path string) error {
	if err := d.shred(path + oldExt); err != nil {
		return err
	}
	if !exists(path) {
		return nil
	}
	if err := d.rename(path, path+oldExt); err != nil {
		return err
	}
	return d.shred(path + oldExt)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func (d *disk) rename(from, to string) error {
	if err := d.may(OpRename, from); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return d.syncDir(filepath.Dir(to))
}

func (d *disk) create(path string, data []byte) error {
	if err := d.may(OpWrite, path); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// shred overwrites a file and removes it. It is no error when there is none. A file
// that cannot be overwritten because the disk is full, as on a copy-on-write file
// system, is removed all the same, and the error is returned.
func (d *disk) shred(path string) error {
	err := d.overwrite(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil && !full(err) {
		return err
	}
	if err := d.may(OpRemove, path); err != nil {
		return err
	}
	if err := os.Remove(path); err != nil {
		return err
	}
	return errors.Join(err, d.syncDir(filepath.Dir(path)))
}

func (d *disk) overwrite(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	var info unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &info); err != nil {
		return err
	}
	if info.Nlink > 1 {
		return nil // write was interrupted: by its other name, the key is in use
	}
	if err := d.may(OpOverwrite, path); err != nil {
		return err
	}
	noise := make([]byte, info.Size)
	rand.Read(noise) // never fails
	if _, err := f.WriteAt(noise, 0); err != nil {
		return err
	}
	return f.Sync()
}

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

// makeDir makes a folder durable; it is no error when it is there.
func (d *disk) makeDir(path string) error {
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		err = os.Mkdir(path, 0o700)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	// Also when it was there: whoever made it may have crashed before this.
	return d.syncDir(filepath.Dir(path))
}
