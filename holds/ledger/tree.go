package ledger

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/sjudager/sjudager/vault/index"
)

// The rows, below "ledger/". Numbers in keys have a fixed width, so that they sort.
const (
	room           = "ledger"
	entryPart      = "entry"      // <n>: an entry's line
	hashPart       = "hash"       // <i>: tlog's stored hash i
	detailPart     = "detail"     // <n>/<name>: salt and text of a detail
	listPart       = "list"       // <n>: the list that an entry has the digest of
	checkpointPart = "checkpoint" // <size>: a signed checkpoint
	stampPart      = "stamp"      // <size>: an RFC 3161 response over it
	lastPart       = "last"       // <what>: the number of the last entry of a sort
	sizePart       = "size"       // how many entries there are
	tallyPart      = "tally"      // <camera>/<start>: a deletion since the last checkpoint
	gapPart        = "gap"        // <camera>/<from>: a gap since the last checkpoint
)

func key(part string, n int64) string { return index.Key(room, part, fmt.Sprintf("%012d", n)) }

// numberIn reads the number of a key that begins with part's prefix.
func numberIn(r index.Row, part string) (int64, error) {
	text := r.Key[len(room)+1+len(part)+1:]
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || fmt.Sprintf("%012d", n) != text {
		return 0, fmt.Errorf("%s is no key of the ledger", r.Key)
	}
	return n, nil
}

var sizeKey = index.Key(room, sizePart)

// Size returns how many entries the ledger has had, the pruned ones included.
func Size(tx *index.Tx) (n int64, err error) {
	_, err = tx.Get(sizeKey, &n)
	return n, err
}

// Append writes an entry in the caller's transaction, so that it commits with the
// effect that it tells of, or not at all. It returns the entry's number. Entries
// are numbered from 0 without a gap. An error says that the entry does not fit the
// table of kinds, or that the index failed; the caller gives it on, so that what
// cannot be written down does not happen either.
func Append(tx *index.Tx, e Entry) (n int64, err error) {
	n, err = Size(tx)
	if err != nil {
		return 0, err
	}
	given := e.Fields
	e.Number, e.At, e.Fields, e.Commitments = n, tx.Now, Fields{}, map[string]string{}
	for name, v := range given {
		if v = plain(v); v != nil {
			e.Fields[name] = v
		}
	}
	details := map[string]detailRow{}
	for name, text := range e.Details {
		if text != "" {
			d := detailRow{newSalt(), strings.ToValidUTF8(text, "\uFFFD")}
			details[name], e.Commitments[name] = d, commit(d.Salt, d.Text)
		}
	}
	if err := e.check(); err != nil {
		return 0, fmt.Errorf("couldn't write to the ledger: %w", err)
	}
	line := e.line()
	hashes, err := tlog.StoredHashes(n, line, reader(tx))
	if err != nil {
		return 0, fmt.Errorf("couldn't grow the ledger's tree: %w", err)
	}
	for i, h := range hashes {
		if err := tx.Put(key(hashPart, tlog.StoredHashIndex(0, n)+int64(i)), h[:]); err != nil {
			return 0, err
		}
	}
	if err := tx.Put(key(entryPart, n), line); err != nil {
		return 0, err
	}
	for name, d := range details {
		if err := tx.Put(detailKey(n, name), d); err != nil {
			return 0, err
		}
	}
	return n, tx.Put(sizeKey, n+1)
}

// AppendList appends an entry that has the digest of a list, in its field of that
// name, and lays the list beside it, where Prune can take it away.
func AppendList(tx *index.Tx, e Entry, list string) (n int64, err error) {
	e.Fields["list"] = Digest([]byte(list))
	if n, err = Append(tx, e); err == nil {
		err = tx.Put(key(listPart, n), list)
	}
	return n, err
}

// reader reads the stored hashes of the tree.
func reader(tx *index.Tx) tlog.HashReaderFunc {
	return func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, at := range indexes {
			h, err := storedHash(tx, at)
			if err != nil {
				return nil, err
			}
			hashes[i] = h
		}
		return hashes, nil
	}
}

func storedHash(tx *index.Tx, at int64) (h tlog.Hash, err error) {
	var row []byte
	found, err := tx.Get(key(hashPart, at), &row)
	if err == nil && (!found || len(row) != len(h)) {
		err = fmt.Errorf("the ledger's tree lacks the hash %d", at)
	}
	copy(h[:], row)
	return h, err
}

// Root returns the root of the tree over the first size entries.
func Root(tx *index.Tx, size int64) (tlog.Hash, error) {
	h, err := tlog.TreeHash(size, reader(tx))
	if err != nil {
		return h, fmt.Errorf("couldn't compute the ledger's root: %w", err)
	}
	return h, nil
}

// last returns the number of the last entry of a sort, as remember has it.
func last(tx *index.Tx, what string) (n int64, found bool, err error) {
	found, err = tx.Get(index.Key(room, lastPart, what), &n)
	return n, found, err
}

func remember(tx *index.Tx, what string, n int64) error {
	return tx.Put(index.Key(room, lastPart, what), n)
}
