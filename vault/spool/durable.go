package spool

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// makeDir makes a folder and makes it durable; it is no error when it is there.
func makeDir(path string) error {
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
	return syncDir(filepath.Dir(path))
}

// syncDir makes the names in a folder durable.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// writeFile puts data under path so that after a crash either the old file or
// the whole new one is there, and after a return without error the new one.
func writeFile(path string, data []byte) error {
	f, err := os.OpenFile(path+tempExt, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path+tempExt))
	}
	if err := os.Rename(path+tempExt, path); err != nil {
		return errors.Join(err, os.Remove(path+tempExt))
	}
	return syncDir(filepath.Dir(path))
}
