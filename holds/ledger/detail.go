package ledger

import (
	"errors"
	"fmt"
	"strings"

	"github.com/sjudager/sjudager/vault/index"
)

// detailRow is a detail: what a commitment commits to.
type detailRow struct {
	Salt string `cbor:"1,keyasint"`
	Text string `cbor:"2,keyasint"`
}

func detailKey(n int64, name string) string {
	return index.Key(room, detailPart, fmt.Sprintf("%012d", n), name)
}

// ErrNotFound: the ledger has no such entry, or the entry no such detail.
var ErrNotFound = errors.New("the ledger has no such entry")

// Erase erases the text and the salt of one detail of entry n, in the caller's
// transaction, and writes that down. The tree keeps verifying; what is left of the
// text is a hash that nobody can try texts against. It is no error when the detail
// is erased already.
func Erase(tx *index.Tx, n int64, name, by, reason string) error {
	e, err := read(tx, n)
	if err != nil {
		return err
	}
	if e.Commitments[name] == "" {
		return fmt.Errorf("%w: entry %d has no %s", ErrNotFound, n, name)
	}
	var row detailRow
	if found, err := tx.Get(detailKey(n, name), &row); err != nil || !found {
		return err
	}
	if err := tx.Delete(detailKey(n, name)); err != nil {
		return err
	}
	_, err = Append(tx, Entry{Kind: Erased, By: by, Fields: Fields{"entry": n, "detail": name}, Details: map[string]string{"reason": reason}})
	return err
}

// read returns the entry n, which must be there.
func read(tx *index.Tx, n int64) (Entry, error) {
	var line []byte
	found, err := tx.Get(key(entryPart, n), &line)
	if err == nil && !found {
		err = fmt.Errorf("%w: %d", ErrNotFound, n)
	}
	if err != nil {
		return Entry{}, err
	}
	return ParseEntry(line)
}

// splitDetail reads the key of a detail row.
func splitDetail(r index.Row) (n int64, name string, err error) {
	at := strings.LastIndexByte(r.Key, '/')
	name = r.Key[at+1:]
	r.Key = r.Key[:at]
	if len(r.Key) < len(room)+len(detailPart)+2 {
		return 0, "", fmt.Errorf("%s/%s is no key of the ledger", r.Key, name)
	}
	n, err = numberIn(r, detailPart)
	return n, name, err
}
