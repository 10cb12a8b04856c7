package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"
)

// SealText seals what fits into memory and is no footage to the master key.
func (k *Keys) SealText(plain []byte) ([]byte, error) { return sealSmall(plain, k.to.Recipient()) }

// OpenText opens what SealText sealed. The error is ErrNoKey when another master key
// did.
func (k *Keys) OpenText(sealed []byte) ([]byte, error) {
	plain, err := openSmall(sealed, k.to)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoKey, err)
	}
	return plain, nil
}

// Encrypt returns a writer that encrypts to recipient, an age public key of the
// operator's ("age1…"), into w. What is written is complete when it has been closed.
func Encrypt(w io.Writer, recipient string) (io.WriteCloser, error) {
	to, err := age.ParseX25519Recipient(recipient)
	if err != nil {
		return nil, fmt.Errorf("%q is not an age public key such as age-keygen prints: %w", recipient, err)
	}
	return age.Encrypt(w, to)
}

// Decrypt returns what Encrypt encrypted to one of the identities, as age-keygen
// writes them. The error is ErrNoKey when it was none of them.
func Decrypt(r io.Reader, identities []byte) (io.Reader, error) {
	ids, err := age.ParseIdentities(bytes.NewReader(identities))
	if err != nil { // age's error may quote the key
		return nil, errors.New("the identity is not a file as age-keygen writes it")
	}
	plain, err := age.Decrypt(r, ids...)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoKey, err)
	}
	return plain, nil
}
