package handover

import (
	"crypto"
	"crypto/rsa"
	"encoding/binary"
	"fmt"
	"hash"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
)

// The ONVIF Export File Format (26.06) puts a meta box behind the movie. Its two times
// count from different beginnings: the export's from 1904 in seconds, as all of ISO/IEC
// 14496-12 does, the start's from 1601 in steps of 100 ns.
const (
	seconds1904to1970 = 2082844800
	seconds1601to1970 = 11644473600
	schemeType        = 0x6F656666
	schemeVersion     = 0x00010000
	saltLength        = 20
)

// export is what the boxes tell.
type export struct {
	Unit     string    // that exports
	At       time.Time // when the export was begun
	Operator string    // who exports
	Source   string    // the camera's name
	Line     string    // its id
	Start    footage.Instant
}

func box(kind string, parts ...[]byte) []byte {
	size := 8
	for _, p := range parts {
		size += len(p)
	}
	b := append(binary.BigEndian.AppendUint32(make([]byte, 0, size), uint32(size)), kind...)
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

func u16(n uint16) []byte { return binary.BigEndian.AppendUint16(nil, n) }
func u32(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }
func u64(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// cstring is a null-terminated string; a null in it would end it, so it has none.
func cstring(s string) []byte {
	b := make([]byte, 0, len(s)+1)
	for i := range len(s) {
		if s[i] != 0 {
			b = append(b, s[i])
		}
	}
	return append(b, 0)
}

// meta is the meta box with an empty signature, and where in it the signature lies. It
// ends with the signature's boxes, as whoever adds another signature expects.
func (e export) meta(certificate []byte, signature int) (b []byte, at int) {
	suep := box("suep", u32(1<<24), // version 1
		cstring(e.Unit), cstring(""), cstring(""), u64(uint64(e.At.Unix()+seconds1904to1970)), cstring(e.Operator),
		u32(1), u16(1), cstring(e.Source), cstring(""), cstring(""), cstring(e.Line))
	start := uint64(int64(e.Start)+seconds1601to1970*1_000_000) * 10
	cstb := box("cstb", u32(1), u32(1), u64(start))
	cert := box("cert", certificate)
	sinf := box("sinf",
		box("schm", u32(0), u32(schemeType), u32(schemeVersion)),
		cstb,
		box("schi", cert, box("sibo", make([]byte, signature))))
	b = box("meta", u32(0),
		box("hdlr", u32(0), u32(0), []byte("null"), make([]byte, 12), cstring("")),
		suep,
		box("ipro", u32(0), u16(1), sinf))
	return b, len(b) - signature
}

// signed is the meta box for a movie of which sum has seen every byte.
func (k *signer) signed(e export, sum hash.Hash) ([]byte, error) {
	b, at := e.meta(k.chain[0].Raw, k.key.Size())
	sum.Write(b)
	digest := sum.Sum(nil)
	signature, err := rsa.SignPSS(newSalt(k.key, digest), k.key, crypto.SHA256, digest, &rsa.PSSOptions{SaltLength: saltLength})
	if err != nil {
		return nil, fmt.Errorf("couldn't sign the movie: %w", err)
	}
	copy(b[at:], signature)
	return b, nil
}
