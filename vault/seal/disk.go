package seal

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/sjudager/sjudager/vault/durable"
)

// Op is something that is done to the disk.
type Op = durable.Op

// The operations. Their path is of the file or folder that they act upon.
const (
	OpCreate    = durable.OpCreate
	OpWrite     = durable.OpWrite
	OpSync      = durable.OpSync
	OpRename    = durable.OpRename
	OpOverwrite = Op("overwrite") // a key's bytes are overwritten, on disk
	OpRemove    = durable.OpRemove
	OpSyncDir   = durable.OpSyncDir
)

const (
	newExt = ".new" // being written
	oldExt = ".old" // replaced, to be destroyed
)

// disk does to the disk what keys need: what is replaced or removed is destroyed.
type disk struct{ durable.Disk }

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
	if err := d.Rename(from, to); err != nil {
		return err
	}
	return d.SyncDir(filepath.Dir(to))
}

func (d *disk) create(path string, data []byte) error {
	f, err := d.Create(path, os.O_TRUNC)
	if err != nil {
		return err
	}
	if _, err = d.Write(f, data); err == nil {
		err = d.Sync(f)
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
	if err := d.Remove(path); err != nil {
		return err
	}
	return errors.Join(err, d.SyncDir(filepath.Dir(path)))
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
