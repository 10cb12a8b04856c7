package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"sync/atomic"

	"golang.org/x/crypto/argon2"
)

// The cost of a password (OWASP, second choice: 19 MiB, two passes).
const (
	hashMemory = 19 << 10 // KiB
	hashTime   = 2
	hashLength = 32 // bytes
	saltLength = 16

	hashing = 2  // passwords at a time
	waiting = 20 // more than that are sent away
)

// hasher bounds how many passwords are hashed at a time.
type hasher struct {
	free    chan struct{}
	waiting *atomic.Int32
}

func newHasher() hasher {
	return hasher{make(chan struct{}, hashing), &atomic.Int32{}}
}

func (h hasher) key(ctx context.Context, password string, salt []byte) ([]byte, error) {
	if h.waiting.Add(1) > waiting {
		h.waiting.Add(-1)
		return nil, ErrBusy
	}
	defer h.waiting.Add(-1)
	select {
	case h.free <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("couldn't hash a password: %w", ctx.Err())
	}
	defer func() { <-h.free }()
	return argon2.IDKey([]byte(password), salt, hashTime, hashMemory, 1, hashLength), nil
}

const hashForm = "$argon2id$v=19$m=%d,t=%d,p=1$%s$%s"

// hash returns the usual text form of a password's argon2id.
func (h hasher) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltLength)
	rand.Read(salt)
	key, err := h.key(ctx, password, salt)
	if err != nil {
		return "", err
	}
	b64 := base64.RawStdEncoding
	return fmt.Sprintf(hashForm, hashMemory, hashTime, b64.EncodeToString(salt), b64.EncodeToString(key)), nil
}

// matches reports whether a password has the hash. Without one it takes as long as
// with one, so that nobody learns which accounts there are.
func (h hasher) matches(ctx context.Context, password, hash string) (bool, error) {
	salt, want := make([]byte, saltLength), []byte(nil)
	// What stands before the salt has a fixed length.
	if prefix := fmt.Sprintf(hashForm, hashMemory, hashTime, "", ""); len(hash) > len(prefix) {
		b64 := base64.RawStdEncoding
		at := len(prefix) - 1
		n := b64.EncodedLen(saltLength)
		if len(hash) != at+n+1+b64.EncodedLen(hashLength) || hash[:at] != prefix[:at] {
			return false, fmt.Errorf("couldn't read a password's hash: it has another form than ours")
		}
		var err error
		if salt, err = b64.DecodeString(hash[at : at+n]); err == nil {
			want, err = b64.DecodeString(hash[at+n+1:])
		}
		if err != nil {
			return false, fmt.Errorf("couldn't read a password's hash: %w", err)
		}
	}
	key, err := h.key(ctx, password, salt)
	if err != nil {
		return false, err
	}
	return want != nil && subtle.ConstantTimeCompare(key, want) == 1, nil
}
