package ledger

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/sjudager/sjudager/vault/index"
)

// ErrFork: a checkpoint that left the building is not of this ledger's past.
var ErrFork = errors.New("this ledger is a fork")

// Continues tells whether the ledger goes on from a checkpoint, by the tree as it
// is stored: ErrFork when it does not. It reads a handful of rows; Verify is
// thorough.
func Continues(tx *index.Tx, checkpoint []byte) error {
	c, err := parseNote(checkpoint)
	if err != nil {
		return err
	}
	size, err := Size(tx)
	if err != nil {
		return err
	}
	if c.N > size {
		return fmt.Errorf("%w: %d entries were signed, and here are %d; an older copy of the index has been restored", ErrFork, c.N, size)
	}
	root, err := Root(tx, c.N)
	if err == nil && root != c.Hash {
		err = fmt.Errorf("%w: the first %d entries are not those that were signed", ErrFork, c.N)
	}
	return err
}

// newest returns the checkpoint in folder that has the most entries by its name, or
// "" when there is none.
func newest(folder string) (path string, err error) {
	if folder == "" {
		return "", nil
	}
	files, err := os.ReadDir(folder)
	if err != nil {
		return "", fmt.Errorf("couldn't look for earlier checkpoints: %w", err)
	}
	most := int64(-1)
	for _, f := range files {
		name, isText := strings.CutSuffix(f.Name(), ".txt")
		n, err := strconv.ParseInt(name[strings.LastIndexByte(name, '-')+1:], 10, 64)
		if isText && strings.HasPrefix(name, "checkpoint-") && err == nil && n > most {
			most, path = n, filepath.Join(folder, f.Name())
		}
	}
	return path, nil
}
