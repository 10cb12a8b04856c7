package ledger

import (
	"fmt"
	"time"

	"github.com/sjudager/sjudager/vault/index"
)

// How long the ledger keeps what it says.
const (
	// KeepDefault is the default of R109, in calendar years of 365.25 days. What is
	// pruned leaves its hash, so that the tree verifies for ever. Lists can be told to go
	// before the entries: the records of deletions are most of the ledger's bytes.
	KeepDefault = 5 * 8766 * time.Hour
	// KeepListsDefault is how long the record of each deleted segment lies beside its
	// entry when nobody says: 64 cameras of 30 s segments write 14 MB a day.
	KeepListsDefault = 90 * 24 * time.Hour
	// pruneBatch is how many entries one transaction prunes at most. A write
	// transaction keeps holds waiting.
	pruneBatch = 2000
)

// Prune removes, in the caller's transaction, entries older than keep and lists
// older than keepLists, and writes down up to where. Announced keys stay, because
// checkpoints are checked with them, and daily statements stay as long as their
// entries. It reports whether there is more to do.
func Prune(tx *index.Tx, keep, keepLists time.Duration) (more bool, err error) {
	entries, moreEntries, err := older(tx, entryPart, keep)
	if err != nil {
		return false, err
	}
	lists, moreLists, err := older(tx, listPart, keepLists)
	if err != nil || len(entries)+len(lists) == 0 {
		return false, err
	}
	done := Fields{"entries": int64(0), "lists": int64(0)}
	if n, found, err := last(tx, string(Pruned)); err != nil {
		return false, err
	} else if found {
		e, err := read(tx, n)
		if err != nil {
			return false, err
		}
		done = e.Fields
	}
	for _, n := range lists {
		if err := tx.Delete(key(listPart, n)); err != nil {
			return false, err
		}
		done["lists"] = n + 1
	}
	for _, n := range entries {
		e, err := read(tx, n)
		if err != nil {
			return false, err
		}
		done["entries"] = n + 1
		if e.Kind == KeyAnnounced {
			continue
		}
		drop := []string{key(entryPart, n), key(listPart, n)}
		for name := range e.Commitments {
			drop = append(drop, detailKey(n, name))
		}
		for _, k := range drop {
			if err := tx.Delete(k); err != nil {
				return false, err
			}
		}
	}
	done["lists"] = max(done["lists"].(int64), done["entries"].(int64))
	n, err := Append(tx, Entry{Kind: Pruned, By: System, Fields: done})
	if err == nil {
		err = remember(tx, string(Pruned), n)
	}
	return moreEntries || moreLists, err
}

// older returns the numbers of the first rows of a part whose entries are older
// than keep.
func older(tx *index.Tx, part string, keep time.Duration) (numbers []int64, more bool, err error) {
	from, end := int64(0), int64(1<<62)
	if n, found, err := last(tx, string(Pruned)); err != nil {
		return nil, false, err
	} else if found {
		e, err := read(tx, n)
		if err != nil {
			return nil, false, err
		}
		from, end = e.Int("entries"), n // the entry that says what is pruned stays
	}
	_, to := index.Prefix(room, part)
	limit := tx.Now.Add(-keep)
	for r := range tx.Scan(key(part, from), to) {
		n, err := numberIn(r, part)
		if err != nil {
			return nil, false, err
		}
		e, err := read(tx, n)
		if err != nil {
			return nil, false, fmt.Errorf("couldn't see how old entry %d is: %w", n, err)
		}
		if e.At >= limit || n >= end {
			break
		}
		if part == listPart && e.Kind == Stated {
			continue
		}
		if len(numbers) == pruneBatch {
			return numbers, true, nil
		}
		numbers = append(numbers, n)
	}
	return numbers, false, nil
}
