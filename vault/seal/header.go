package seal

import (
	"bytes"
	"encoding/base64"
	"fmt"

	"filippo.io/age"
)

// MaxHead is how many bytes of an object's beginning are always enough to open
// it. Our own headers have less than 200.
const MaxHead = 4 << 10

// ID tells one sealed object from all others: the first half of the MAC of its
// age header. The MAC is made with the file key and the file key authenticates
// every chunk, so whoever has compared the ID knows that each chunk that opens is
// of this very object, without having read the others.
type ID [16]byte

// IDOf returns the ID of the object that begins with head, its first MaxHead bytes or
// all that it has. The error is ErrNotSealed.
func IDOf(head []byte) (ID, error) {
	_, _, id, err := parseHead(head)
	return id, err
}

// parseHead splits the beginning of an object into age header, payload nonce, and
// the header's ID.
func parseHead(head []byte) (header, nonce []byte, id ID, err error) {
	header, err = age.ExtractHeader(bytes.NewReader(head))
	if err != nil {
		return nil, nil, id, fmt.Errorf("%w: %w", ErrNotSealed, err)
	}
	if !bytes.HasPrefix(head, header) || len(head) < len(header)+nonceSize {
		return nil, nil, id, fmt.Errorf("%w: it ends in its header", ErrNotSealed)
	}
	_, mac, _ := bytes.Cut(header[bytes.LastIndexByte(header[:len(header)-1], '\n')+1:], []byte(" "))
	full, err := base64.RawStdEncoding.DecodeString(string(bytes.TrimSuffix(mac, []byte("\n"))))
	if err != nil || len(full) < len(id) {
		return nil, nil, id, fmt.Errorf("%w: its header has no MAC", ErrNotSealed)
	}
	return header, head[len(header):][:nonceSize], ID(full), nil
}
