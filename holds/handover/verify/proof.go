package verify

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// AuditProofsJSON is the form of audit-proofs.json.
type AuditProofsJSON struct {
	Schema     string       `json:"schema"`
	Key        string       `json:"key"`        // the ledger's public key: name+id+key
	Checkpoint string       `json:"checkpoint"` // a C2SP tlog-checkpoint
	Proofs     []AuditProof `json:"proofs"`     // of each line of audit-extract.jsonl, in its order
}

// AuditProof is a proof in the form of c2sp.org/tlog-proof.
type AuditProof struct {
	Entry int64  `json:"entry"`
	Proof string `json:"proof"`
}

type hash256 = [sha256.Size]byte

func nodeHash(left, right hash256) hash256 {
	return sha256.Sum256(append(append([]byte{1}, left[:]...), right[:]...))
}

// included recomputes the root of a tree of size leaves from leaf at and the hashes on
// the way up (RFC 9162, section 2.1.3.2).
func included(leaf hash256, at, size int64, path []hash256) (root hash256, err error) {
	bad := errors.New("its proof does not fit the tree")
	if at < 0 || at >= size {
		return root, bad
	}
	last := size - 1
	root = leaf
	for _, p := range path {
		if last == 0 {
			return root, bad
		}
		if at&1 == 1 || at == last {
			root = nodeHash(p, root)
			for at&1 == 0 && at != 0 {
				at, last = at>>1, last>>1
			}
		} else {
			root = nodeHash(root, p)
		}
		at, last = at>>1, last>>1
	}
	if last != 0 {
		return root, bad
	}
	return root, nil
}

// checkpoint is a signed root.
type checkpoint struct {
	size int64
	root hash256
}

// openCheckpoint checks a C2SP signed note over a checkpoint with the verifier key
// name+id+key of an Ed25519 key.
func openCheckpoint(text, verifier string) (c checkpoint, err error) {
	name, rest, ok1 := strings.Cut(verifier, "+")
	_, key64, ok2 := strings.Cut(rest, "+")
	key, err := base64.StdEncoding.DecodeString(key64)
	if !ok1 || !ok2 || err != nil || len(key) != 1+ed25519.PublicKeySize || key[0] != 1 {
		return c, errors.New("the ledger's key cannot be read")
	}
	id := sha256.Sum256(append([]byte(name+"\n"), key...))
	body, signatures, ok := strings.Cut(text, "\n\n")
	if !ok {
		return c, errors.New("the checkpoint is not a signed note")
	}
	body += "\n"
	signed := false
	for line := range strings.Lines(signatures) {
		encoded, ours := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "\u2014 "+name+" ")
		sig, err := base64.StdEncoding.Strict().DecodeString(encoded)
		if ours && err == nil && len(sig) == 4+ed25519.SignatureSize && bytes.Equal(sig[:4], id[:4]) && ed25519.Verify(key[1:], []byte(body), sig[4:]) {
			signed = true
		}
	}
	if !signed {
		return c, errors.New("the checkpoint is not signed with the ledger's key")
	}
	lines := strings.Split(body, "\n")
	if len(lines) < 4 || lines[0] != name {
		return c, errors.New("the checkpoint is of another ledger")
	}
	if c.size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || c.size < 1 {
		return c, errors.New("the checkpoint has no size")
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != len(c.root) {
		return c, errors.New("the checkpoint has no root")
	}
	return checkpoint{c.size, hash256(root)}, nil
}

// proven checks one proof for a line of the ledger.
func proven(p AuditProof, line []byte, key, note string) error {
	var entry struct {
		N *int64 `json:"n"`
	}
	if err := json.Unmarshal(line, &entry); err != nil || entry.N == nil || *entry.N != p.Entry {
		return errors.New("the proof is of another entry")
	}
	head, own, ok := strings.Cut(p.Proof, "\n\n")
	lines := strings.Split(head, "\n")
	if !ok || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" || lines[1] != fmt.Sprintf("index %d", p.Entry) {
		return errors.New("its proof cannot be read")
	}
	if own != note {
		return errors.New("its proof is for another checkpoint")
	}
	var path []hash256
	for _, l := range lines[2:] {
		h, err := base64.StdEncoding.Strict().DecodeString(l)
		if err != nil || len(h) != sha256.Size {
			return errors.New("its proof cannot be read")
		}
		path = append(path, hash256(h))
	}
	c, err := openCheckpoint(note, key)
	if err != nil {
		return err
	}
	root, err := included(sha256.Sum256(append([]byte{0}, line...)), p.Entry, c.size, path)
	if err == nil && root != c.root {
		err = errors.New("it is not in the ledger as it was signed")
	}
	return err
}
