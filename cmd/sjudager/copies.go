package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/sjudager/sjudager/vault/durable"
	"github.com/sjudager/sjudager/vault/seal"
	"github.com/sjudager/sjudager/vault/store"
)

// copyName is what the copies of the register of holds are called: a file beside the
// index, and an object beside the footage. They have people's words in them, so they
// are sealed to the master key.
const copyName = "holds.json.age"

// holdsFile is the copy in the folder of the data.
type holdsFile struct {
	path string
	keys *seal.Keys
}

func (f holdsFile) String() string { return f.path }

func (f holdsFile) Read(context.Context) ([]byte, error) {
	sealed, err := os.ReadFile(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return f.keys.OpenText(sealed)
}

func (f holdsFile) Write(_ context.Context, register []byte) error {
	sealed, err := f.keys.SealText(register)
	if err != nil {
		return err
	}
	return writeFile(f.path, func(w io.Writer) error { _, err := w.Write(sealed); return err })
}

// holdsObject is the copy in the store.
type holdsObject struct {
	store store.Store
	keys  *seal.Keys
}

func (o holdsObject) String() string { return copyName + " in " + o.store.String() }

func (o holdsObject) Read(ctx context.Context) ([]byte, error) {
	body, err := o.store.Get(ctx, copyName, 0, -1)
	if errors.Is(err, store.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	sealed, err := io.ReadAll(body)
	if err := errors.Join(err, body.Close()); err != nil {
		return nil, err
	}
	return o.keys.OpenText(sealed)
}

func (o holdsObject) Write(ctx context.Context, register []byte) error {
	sealed, err := o.keys.SealText(register)
	if err != nil {
		return err
	}
	return o.store.Put(ctx, copyName, store.FromBytes(sealed))
}

// writeFile makes path a file with what write writes, durable when it returns nil.
func writeFile(path string, write func(io.Writer) error) error {
	if err := new(durable.Disk).WriteFile(path, write); err != nil {
		return fmt.Errorf("couldn't write %s: %w", path, err)
	}
	return nil
}
