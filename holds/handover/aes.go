package handover

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"hash"
	"io"
)

// WinZip's encryption of ZIP files, AE-2 with 256 bits, as its specification has it: keys
// by PBKDF2 with HMAC-SHA-1 and 1000 rounds from the password and a salt of 16 bytes,
// AES in counter mode with the counter's lowest byte first, from 1, and HMAC-SHA-1 cut to
// 80 bits over what was encrypted. The names of the files are not encrypted.
const (
	aesSalt     = 16
	aesCheck    = 2 // bytes that tell a wrong password at once, most of the time
	aesCode     = 10
	aesOverhead = aesSalt + aesCheck + aesCode
	aesRounds   = 1000 // the format's: the password must be a strong one by itself
)

// aesExtra says in a head that a file is encrypted: AE-2, 256 bits, stored.
var aesExtra = []byte{0x01, 0x99, 7, 0, 2, 0, 'A', 'E', 3, 0, 0}

// cipherStream encrypts one file, or decrypts it.
type cipherStream struct {
	block  cipher.Block
	mac    hash.Hash
	count  uint64 // of the block before
	pad    [4096]byte
	used   int // of pad
	buffer [32 << 10]byte
}

// openSeal makes the keys of a file, and the bytes that tell whether they are right.
func openSeal(password string, salt []byte) (s *cipherStream, check []byte) {
	keys, err := pbkdf2.Key(sha1.New, password, salt, aesRounds, 32+32+aesCheck)
	if err != nil {
		panic("internal error: no keys can be made: " + err.Error()) // the lengths are right
	}
	block, err := aes.NewCipher(keys[:32])
	if err != nil {
		panic("internal error: no keys can be made: " + err.Error())
	}
	s = &cipherStream{block: block, mac: hmac.New(sha1.New, keys[32:64])}
	s.used = len(s.pad)
	return s, keys[64:]
}

// newSeal begins a file, and what stands before it.
func newSeal(password string) (s *cipherStream, head []byte) {
	salt := make([]byte, aesSalt)
	rand.Read(salt) // never fails
	s, check := openSeal(password, salt)
	return s, append(salt, check...)
}

// xor encrypts or decrypts.
func (s *cipherStream) xor(to, from []byte) {
	for len(from) > 0 {
		if s.used == len(s.pad) {
			for at := 0; at < len(s.pad); at += aes.BlockSize {
				s.count++
				b := s.pad[at : at+aes.BlockSize]
				clear(b)
				binary.LittleEndian.PutUint64(b, s.count)
				s.block.Encrypt(b, b)
			}
			s.used = 0
		}
		n := subtle.XORBytes(to, from, s.pad[s.used:])
		s.used += n
		to, from = to[n:], from[n:]
	}
}

// close encrypts at most as many bytes as buffer has, into it.
func (s *cipherStream) close(b []byte) []byte {
	to := s.buffer[:len(b)]
	s.xor(to, b)
	s.mac.Write(to)
	return to
}

func (s *cipherStream) code() []byte { return s.mac.Sum(nil)[:aesCode] }

// unsealing reads an encrypted file of size bytes, and at its end whether it is whole.
type unsealing struct {
	*cipherStream
	r    io.Reader
	left int64
}

func unseal(r io.Reader, size int64, password string) (io.Reader, error) {
	head := make([]byte, aesSalt+aesCheck)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, err
	}
	s, check := openSeal(password, head[:aesSalt])
	if !bytes.Equal(check, head[aesSalt:]) {
		return nil, fmt.Errorf("%w: it is not encrypted with the password", ErrAltered)
	}
	return &unsealing{s, r, size - aesOverhead}, nil
}

func (u *unsealing) Read(p []byte) (int, error) {
	if u.left == 0 {
		code := make([]byte, aesCode)
		if _, err := io.ReadFull(u.r, code); err != nil {
			return 0, err
		}
		if !hmac.Equal(code, u.code()) {
			return 0, fmt.Errorf("%w: what was encrypted is something else", ErrAltered)
		}
		return 0, io.EOF
	}
	n, err := u.r.Read(p[:min(int64(len(p)), u.left)])
	u.mac.Write(p[:n])
	u.xor(p[:n], p[:n])
	u.left -= int64(n)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}
