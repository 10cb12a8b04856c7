package seal

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

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
	OpOverwrite = durable.OpOverwrite
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
		return errors.Join(err, d.Shred(path+newExt))
	}
	if err := d.Shred(path + oldExt); err != nil { // of a crash
		return err
	}
	if err := os.Link(path, path+oldExt); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := d.rename(path+newExt, path); err != nil {
		return err
	}
	return d.Shred(path + oldExt)
}

// destroy removes a key for good. It is no error when there is none. It is renamed
// before it is overwritten, so that no crash leaves rubbish where a key is looked
// for.
func (d *disk) destroy(path string) error {
	if err := d.Shred(path + oldExt); err != nil {
		return err
	}
	if !exists(path) {
		return nil
	}
	if err := d.rename(path, path+oldExt); err != nil {
		return err
	}
	return d.Shred(path + oldExt)
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
