package ledger

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"sort"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Walk yields the entries from `from` up to and without `to` in their order. Pruned
// ones are left out.
func Walk(tx *index.Tx, from, to int64) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for r := range tx.Scan(key(entryPart, from), key(entryPart, to)) {
			var line []byte
			err := r.Decode(&line)
			var e Entry
			if err == nil {
				e, err = ParseEntry(line)
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// slack is by how much a clock that was set back may have made entries look older than
// those before them.
const slack = 48 * time.Hour

// FirstAt returns a number so low that no entry below it was written at or after the
// given instant, clock corrections of two days included. Pruned entries are older than
// anything.
func FirstAt(tx *index.Tx, at footage.Instant) (int64, error) {
	size, err := Size(tx)
	if err != nil {
		return 0, err
	}
	n := sort.Search(int(size), func(n int) bool {
		e, errRead := read(tx, int64(n))
		if errRead != nil {
			if !errors.Is(errRead, ErrNotFound) {
				err = errRead
			}
			return false
		}
		return e.At >= at.Add(-slack)
	})
	return int64(n), err
}

// ReadLines reads the lines of all entries from the first on, as `log show --lines`
// writes them. It takes only what Append wrote, in order and complete, and with a
// checkpoint only those that the key has signed it over; what follows is younger.
func ReadLines(r io.Reader, checkpoint []byte, key string) (all []Entry, err error) {
	var signed Checkpoint
	if checkpoint != nil {
		if signed, err = OpenCheckpoint(checkpoint, key); err != nil {
			return nil, fmt.Errorf("couldn't check the entries: %w", err)
		}
	}
	var t frontier
	b := bufio.NewReader(r)
	for n := int64(0); ; n++ {
		if checkpoint != nil && n == signed.Size && t.root() != signed.Root {
			return nil, fmt.Errorf("the checkpoint of %d entries was signed over others than these", n)
		}
		line, err := b.ReadBytes('\n')
		if err == io.EOF && len(line) == 0 {
			if n < signed.Size {
				return nil, fmt.Errorf("the checkpoint was signed over %d entries, and these are %d", signed.Size, n)
			}
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("couldn't read line %d: %w", n+1, err)
		}
		e, err := ParseEntry(line)
		if err == nil && e.Number != n {
			err = fmt.Errorf("it is entry %d", e.Number)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d is not the entry %d of a ledger: %w", n+1, n, err)
		}
		t.add(Hash(line))
		all = append(all, e)
	}
}
