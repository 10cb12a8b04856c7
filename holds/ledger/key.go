package ledger

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/sjudager/sjudager/vault/index"
)

// Key signs checkpoints: Ed25519, as a C2SP signed note. Its name is the origin of
// the checkpoints.
type Key struct {
	signer   note.Signer
	verifier string
}

// Verifier is the public key in the form of signed notes: name, key id and key,
// joined with "+". Whoever has it can check checkpoints and proofs.
func (k *Key) Verifier() string { return k.verifier }

// Sign signs a text as a signed note, with the key of the checkpoints. Its first line
// says what it is and is not the ledger's name, so that it never passes for one.
func (k *Key) Sign(text string) ([]byte, error) {
	if first, _, _ := strings.Cut(text, "\n"); first == k.Origin() {
		return nil, errors.New("couldn't sign a text that looks like a checkpoint")
	}
	signed, err := note.Sign(&note.Note{Text: text}, k.signer)
	if err != nil {
		return nil, fmt.Errorf("couldn't sign: %w", err)
	}
	return signed, nil
}

// OpenSigned returns the text of what Sign made with the key of verifier.
func OpenSigned(signed []byte, verifier string) (text string, err error) {
	v, err := note.NewVerifier(verifier)
	if err != nil {
		return "", fmt.Errorf("%q is not the public key of a signed note", verifier)
	}
	n, err := note.Open(signed, note.VerifierList(v))
	if err != nil {
		return "", fmt.Errorf("the key %s has not signed this: %w", v.Name(), err)
	}
	return n.Text, strictSignatures(n)
}

// Origin names the ledger for good.
func (k *Key) Origin() string { return k.signer.Name() }

// keyFile is where the key lies in the folder of keys.
const keyFile = "ledger.key"

// OpenKey reads the key in folder, or makes one at the first start; site then
// becomes part of its name. The folder is 0700, the file 0600, and made durable
// before it is used. A key file that can be read by others is refused.
func OpenKey(folder, site string) (*Key, error) {
	path := filepath.Join(folder, keyFile)
	if err := removeUnfinished(folder); err != nil {
		return nil, err
	}
	k, err := readKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("couldn't make the folder of the keys: %w", err)
	}
	secret, _, err := note.GenerateKey(rand.Reader, newOrigin(site))
	if err != nil {
		return nil, fmt.Errorf("couldn't make the ledger's key: %w", err)
	}
	if err := writeFile(path, []byte(secret+"\n"), 0o600); err != nil {
		return nil, fmt.Errorf("couldn't write the ledger's key: %w", err)
	}
	return readKey(path)
}

func readKey(path string) (*Key, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("couldn't read the ledger's key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("couldn't use the ledger's key: others may read %s, make it 0600", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("couldn't read the ledger's key: %w", err)
	}
	return parseKey(strings.TrimSuffix(string(text), "\n"))
}

func parseKey(secret string) (*Key, error) {
	signer, err := note.NewSigner(secret)
	if err != nil {
		return nil, errors.New("couldn't use the ledger's key: it is not the secret key of a signed note") // never the text
	}
	// PRIVATE+KEY+name+hash+key, and in the key a byte for Ed25519 and the seed: that
	// much NewSigner has found.
	seed, err := base64.StdEncoding.DecodeString(strings.SplitN(secret, "+", 5)[4])
	if err != nil {
		return nil, errors.New("couldn't use the ledger's key: it is not an Ed25519 key")
	}
	public := ed25519.NewKeyFromSeed(seed[1:]).Public().(ed25519.PublicKey)
	verifier, err := note.NewEd25519VerifierKey(signer.Name(), public)
	return &Key{signer, verifier}, err
}

// newOrigin is "sjudager/", the site's name in plain letters, and a random part,
// so that no two ledgers ever have the same.
func newOrigin(site string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(site) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	name := strings.Trim(b.String()[:min(b.Len(), 40)], "-")
	if name != "" {
		name += "-"
	}
	var random [4]byte
	rand.Read(random[:]) // never fails
	return "sjudager/" + name + hex.EncodeToString(random[:])
}

// announce writes down that checkpoints are signed with k from here on, unless
// that is so already.
func (k *Key) announce(tx *index.Tx) error {
	n, found, err := last(tx, string(KeyAnnounced))
	if err != nil {
		return err
	}
	if found {
		e, err := read(tx, n)
		if err != nil || e.Text("key") == k.verifier {
			return err
		}
	}
	if n, err = Append(tx, Entry{Kind: KeyAnnounced, By: System, Fields: Fields{"key": k.verifier}}); err != nil {
		return err
	}
	return remember(tx, string(KeyAnnounced), n)
}

// unfinished is what a file is called until it is whole.
const unfinished = ".new-*"

// removeUnfinished removes what a start that was killed has left of a key that it was
// writing: nobody has ever used it.
func removeUnfinished(folder string) error {
	left, err := filepath.Glob(filepath.Join(folder, unfinished))
	for _, path := range left {
		if errRemove := os.Remove(path); errRemove != nil && !errors.Is(errRemove, fs.ErrNotExist) {
			err = errors.Join(err, fmt.Errorf("couldn't remove what is left of an unfinished key: %w", errRemove))
		}
	}
	return err
}

// writeFile writes a file that is there whole or not at all, and durable when it
// returns nil.
func writeFile(path string, data []byte, mode fs.FileMode) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), unfinished)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(data)
	if err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	folder, errOpen := os.Open(filepath.Dir(path))
	if errOpen != nil {
		return errOpen
	}
	return errors.Join(folder.Sync(), folder.Close())
}
