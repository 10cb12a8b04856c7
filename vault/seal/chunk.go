package seal

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"

	"golang.org/x/crypto/chacha20poly1305"
)

// The payload of an age file (C2SP age.md): chunks of 64 KiB, each sealed with
// ChaCha20-Poly1305 under one key, the nonce being the chunk's number and, in its
// last byte, whether it is the last. age's own writer and reader go from front to
// back, or fetch chunk by chunk; a store wants sizes beforehand, repetition, and
// few requests. That is all that this file adds.
const (
	chunkSize = 64 << 10
	overhead  = chacha20poly1305.Overhead // of each chunk
	nonceSize = 16                        // of the payload, between header and chunks
)

// payload is the sealed form of size plain bytes.
type payload struct {
	aead cipher.AEAD
	size int64 // plain
}

func newPayload(fileKey, nonce []byte, size int64) (payload, error) {
	key, err := hkdf.Key(sha256.New, fileKey, nonce, "payload", chacha20poly1305.KeySize)
	if err != nil {
		return payload{}, err
	}
	aead, err := chacha20poly1305.New(key)
	return payload{aead, size}, err
}

// chunksOf is the number of chunks of size plain bytes: nothing has one, too.
func chunksOf(size int64) int64 { return max(1, (size+chunkSize-1)/chunkSize) }

func (p payload) chunks() int64 { return chunksOf(p.size) }

// plainLen is the length of chunk i before it is sealed.
func (p payload) plainLen(i int64) int { return int(min(chunkSize, p.size-i*chunkSize)) }

func (p payload) nonce(i int64) []byte {
	nonce := make([]byte, chacha20poly1305.NonceSize)
	binary.BigEndian.PutUint64(nonce[3:], uint64(i))
	if i == p.chunks()-1 {
		nonce[len(nonce)-1] = 1
	}
	return nonce
}

// seal seals the plain chunk i in place and returns it overhead bytes longer, for
// which there must be room.
func (p payload) seal(i int64, plain []byte) []byte {
	return p.aead.Seal(plain[:0], p.nonce(i), plain, nil)
}

// open opens the sealed chunk i in place.
func (p payload) open(i int64, sealed []byte) ([]byte, error) {
	return p.aead.Open(sealed[:0], p.nonce(i), sealed, nil)
}
