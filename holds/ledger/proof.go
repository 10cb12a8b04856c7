package ledger

import (
	"errors"
	"fmt"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/sjudager/sjudager/vault/index"
)

// ErrUncovered: no checkpoint covers the entry yet. Making one does.
var ErrUncovered = errors.New("no checkpoint covers this entry yet")

// Prove returns a proof in the form of c2sp.org/tlog-proof that entry n is in the
// ledger, down to the newest checkpoint. With the entry's line and the public key
// it can be checked by anybody, without this program and without the ledger. It
// works for pruned entries, too.
func Prove(tx *index.Tx, n int64) ([]byte, error) {
	size, err := Size(tx)
	if err != nil {
		return nil, err
	}
	if n < 0 || n >= size {
		return nil, fmt.Errorf("%w: %d", ErrNotFound, n)
	}
	c, found, err := LastCheckpoint(tx)
	if err != nil {
		return nil, err
	}
	if !found || n >= c.Size {
		return nil, fmt.Errorf("%w: entry %d", ErrUncovered, n)
	}
	p, err := tlog.ProveRecord(c.Size, n, reader(tx))
	if err != nil {
		return nil, fmt.Errorf("couldn't prove entry %d: %w", n, err)
	}
	return torchwood.FormatProof(n, p, c.Note), nil
}

// CheckProof checks a proof against an entry's line and the public key, and
// returns the entry. The entry's own number need not be looked at: it is in the
// line, and CheckProof compares the two.
func CheckProof(proof, line []byte, verifier string) (Entry, error) {
	e, err := ParseEntry(line)
	if err != nil {
		return e, err
	}
	v, err := note.NewVerifier(verifier)
	if err != nil {
		return e, fmt.Errorf("%q is not the public key of a signed note", verifier)
	}
	if err := torchwood.VerifyProof(policy(v), Hash(line), proof); err != nil {
		return e, fmt.Errorf("the proof does not hold for entry %d: %w", e.Number, err)
	}
	// VerifyProof has found these to be well formed, and the index to be the leaf's.
	var index int64
	if _, err := fmt.Sscanf(string(proof), "c2sp.org/tlog-proof@v1\nindex %d\n", &index); err != nil || index != e.Number {
		return e, fmt.Errorf("the proof is about another number than entry %d", e.Number)
	}
	return e, nil
}

// ProveConsistency returns the proof that the tree of `to` entries begins with the
// tree of `from` entries (RFC 6962, section 2.1.2).
func ProveConsistency(tx *index.Tx, from, to int64) (tlog.TreeProof, error) {
	size, err := Size(tx)
	if err != nil {
		return nil, err
	}
	if from < 1 || to < from || to > size {
		return nil, fmt.Errorf("%w: from %d to %d of %d", ErrNotFound, from, to, size)
	}
	return tlog.ProveTree(to, from, reader(tx))
}

// CheckConsistency checks what ProveConsistency returns, against two roots.
func CheckConsistency(p tlog.TreeProof, older, newer Checkpoint) error {
	return tlog.CheckTree(p, newer.Size, newer.Root, older.Size, older.Root)
}
