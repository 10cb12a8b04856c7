package storetest

import (
	"crypto/sha256"
	"errors"
	"hash/crc32"
	"io"
	"math/rand/v2"

	"github.com/sjudager/sjudager/vault/store"
)

// NewObject returns an object of size bytes with true digests. The bytes are the
// same for the same seed, and look random: a prime number of random bytes, over
// and over, so that a piece at the wrong place shows.
func NewObject(seed uint64, size int64) store.Object {
	r := rand.New(rand.NewPCG(seed, 0))
	pattern := make([]byte, 65521)
	for i := range pattern {
		pattern[i] = byte(r.Uint32())
	}
	o := store.Object{Size: size, Body: &content{pattern: pattern, size: size}, Digested: true}
	sum, crc := sha256.New(), crc32.New(store.Castagnoli)
	if _, err := io.Copy(io.MultiWriter(sum, crc), o.Body); err != nil {
		panic(err) // reading memory does not fail
	}
	copy(o.SHA256[:], sum.Sum(nil))
	o.CRC32C = crc.Sum32()
	return o
}

// content is the Body of a made object.
type content struct {
	pattern  []byte
	size, at int64
}

func (c *content) Read(p []byte) (int, error) {
	if c.at >= c.size {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), c.size-c.at)]
	for n := 0; n < len(p); {
		n += copy(p[n:], c.pattern[(c.at+int64(n))%int64(len(c.pattern)):])
	}
	c.at += int64(len(p))
	return len(p), nil
}

func (c *content) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += c.at
	case io.SeekEnd:
		offset += c.size
	}
	if offset < 0 {
		return 0, errors.New("seek before the start")
	}
	c.at = offset
	return offset, nil
}
