package verify

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Fingerprint is what people compare of a key: the SHA-256 of its SubjectPublicKeyInfo
// in DER, as `openssl x509 -pubkey -noout | openssl pkey -pubin -outform DER | sha256sum`
// has it.
type Fingerprint [sha256.Size]byte

// FingerprintOf is the fingerprint of a certificate's key.
func FingerprintOf(c *x509.Certificate) Fingerprint {
	return sha256.Sum256(c.RawSubjectPublicKeyInfo)
}

// String is the fingerprint in hex, in groups of four.
func (f Fingerprint) String() string {
	text := hex.EncodeToString(f[:])
	var groups []string
	for ; text != ""; text = text[4:] {
		groups = append(groups, text[:4])
	}
	return strings.Join(groups, " ")
}

const (
	consonants = "bdfghjklmnprstvz"
	vowels     = "aiou"
)

// Words is the fingerprint as sixteen words that can be read aloud in any language: a
// proquint (arXiv:0901.4016) for every sixteen bits.
func (f Fingerprint) Words() string {
	var words []string
	for i := 0; i < len(f); i += 2 {
		n := uint(f[i])<<8 | uint(f[i+1])
		words = append(words, string([]byte{consonants[n>>12], vowels[n>>10&3], consonants[n>>6&15], vowels[n>>4&3], consonants[n&15]}))
	}
	return strings.Join(words, " ")
}

// ParseFingerprint reads what String or Words wrote, with or without spaces, hyphens
// and colons, in any case.
func ParseFingerprint(text string) (f Fingerprint, err error) {
	text = strings.NewReplacer(" ", "", "-", "", ":", "", "\n", "", "\t", "").Replace(strings.ToLower(text))
	if b, err := hex.DecodeString(text); err == nil && len(b) == len(f) {
		return Fingerprint(b), nil
	}
	bad := errors.New("it is not a fingerprint: 64 hexadecimal digits, or sixteen words of five letters")
	if len(text) != len(f)/2*5 {
		return f, bad
	}
	for i := range len(f) / 2 {
		n := 0
		for j, letter := range text[5*i : 5*i+5] {
			set, bits := consonants, 4
			if j%2 == 1 {
				set, bits = vowels, 2
			}
			at := strings.IndexRune(set, letter)
			if at < 0 {
				return f, bad
			}
			n = n<<bits | at
		}
		f[2*i], f[2*i+1] = byte(n>>8), byte(n)
	}
	return f, nil
}

// KeyPrintText is what KeyPrint says. It proves nothing, and says so.
func KeyPrintText(signing, root Fingerprint) string {
	return fmt.Sprintf(`Fingeravtrykk av signeringsnøkkelen / Fingerprint of the signing key
(SHA-256 av / of SubjectPublicKeyInfo)

%s
%s

Rotnøkkel / Root key

%s
%s

Sammenlign med papirkvitteringen, ikke med denne filen.
Compare with the paper receipt, not with this file.
`, signing, signing.Words(), root, root.Words())
}
