package ledger

import (
	"encoding/base64"
	"errors"
	"fmt"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Checkpoint is a signed root: whoever has it can tell whether anything of the
// entries under it has been changed since.
type Checkpoint struct {
	Size int64
	Root tlog.Hash
	At   footage.Instant // when it was made; 0 when the entry that says so is pruned
	Note []byte          // a C2SP tlog-checkpoint in a signed note, as it leaves the building
}

// MakeCheckpoint settles the tally, appends the entry of the checkpoint itself and
// signs the tree that ends with it, in the caller's transaction. So every signed
// checkpoint is named by an entry, and none can be taken away unseen; and a ledger
// in which nothing happens still shows every hour that it was there.
func MakeCheckpoint(tx *index.Tx, k *Key) (Checkpoint, error) {
	c, err := makeCheckpoint(tx, k)
	if err != nil {
		return c, fmt.Errorf("couldn't make a checkpoint: %w", err)
	}
	return c, nil
}

func makeCheckpoint(tx *index.Tx, k *Key) (Checkpoint, error) {
	c := Checkpoint{At: tx.Now}
	if err := k.announce(tx); err != nil {
		return c, err
	}
	if err := errors.Join(settleGaps(tx), settleTally(tx)); err != nil {
		return c, err
	}
	n, err := Append(tx, Entry{Kind: Checkpointed, By: System})
	if err != nil {
		return c, err
	}
	if err := remember(tx, string(Checkpointed), n); err != nil {
		return c, err
	}
	c.Size = n + 1
	if c.Root, err = Root(tx, c.Size); err != nil {
		return c, err
	}
	text := torchwood.Checkpoint{Origin: k.Origin(), Tree: tlog.Tree{N: c.Size, Hash: c.Root}}.String()
	if c.Note, err = note.Sign(&note.Note{Text: text}, k.signer); err != nil {
		return c, err
	}
	return c, tx.Put(key(checkpointPart, c.Size), c.Note)
}

// LastCheckpoint returns the newest checkpoint, and whether there is one.
func LastCheckpoint(tx *index.Tx) (Checkpoint, bool, error) {
	n, found, err := last(tx, string(Checkpointed))
	if err != nil || !found {
		return Checkpoint{}, false, err
	}
	c, err := readCheckpoint(tx, n+1)
	return c, true, err
}

// readCheckpoint returns the checkpoint of this size, without checking it.
func readCheckpoint(tx *index.Tx, size int64) (Checkpoint, error) {
	c := Checkpoint{Size: size}
	found, err := tx.Get(key(checkpointPart, size), &c.Note)
	if err == nil && !found {
		err = fmt.Errorf("the ledger has lost its checkpoint of %d entries", size)
	}
	if err != nil {
		return c, err
	}
	body, err := parseNote(c.Note)
	if err != nil {
		return c, err
	}
	c.Root = body.Hash
	if e, err := read(tx, size-1); err == nil {
		c.At = e.At
	} else if !errors.Is(err, ErrNotFound) {
		return c, err
	}
	return c, nil
}

// parseNote reads a checkpoint whose signature is not looked at.
func parseNote(text []byte) (torchwood.Checkpoint, error) {
	_, err := note.Open(text, note.VerifierList())
	unverified, ok := errors.AsType[*note.UnverifiedNoteError](err)
	if !ok {
		return torchwood.Checkpoint{}, errors.New("it is not a signed note")
	}
	c, err := torchwood.ParseCheckpoint(unverified.Note.Text)
	if err != nil {
		return c, errors.New("it is not a checkpoint")
	}
	return c, nil
}

// openNote reads a checkpoint that the key has signed for its own origin.
func openNote(text []byte, verifier string) (torchwood.Checkpoint, error) {
	v, err := note.NewVerifier(verifier)
	if err != nil {
		return torchwood.Checkpoint{}, fmt.Errorf("%q is not the public key of a signed note", verifier)
	}
	c, n, err := torchwood.VerifyCheckpoint(text, policy(v))
	if err != nil {
		return c, err
	}
	return c, strictSignatures(n)
}

// strictSignatures holds the signatures of a note to one form: the last character of
// base64 has bits that mean nothing.
func strictSignatures(n *note.Note) error {
	for _, sig := range n.Sigs {
		if _, err := base64.StdEncoding.Strict().DecodeString(sig.Base64); err != nil {
			return fmt.Errorf("couldn't read the signature: %w", err)
		}
	}
	return nil
}

// OpenCheckpoint reads a checkpoint that the key has signed, without the ledger.
func OpenCheckpoint(text []byte, verifier string) (Checkpoint, error) {
	c, err := openNote(text, verifier)
	return Checkpoint{Size: c.N, Root: c.Hash, Note: text}, err
}

// policy is whose signature counts: that of the key, for the ledger of its name.
func policy(v note.Verifier) torchwood.Policy {
	return torchwood.ThresholdPolicy(2, torchwood.OriginPolicy(v.Name()), torchwood.SingleVerifierPolicy(v))
}
