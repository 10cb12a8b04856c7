package handover

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"fmt"
	"slices"
	"time"
)

// Tags of ASN.1, as DER writes them.
const (
	tagSequence    = 0x30
	tagSet         = 0x31
	tagOctetString = 0x04
	tagContext0    = 0xa0 // constructed
)

// der writes one value of DER.
func der(tag byte, parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	b := []byte{tag}
	switch n := len(body); {
	case n < 0x80:
		b = append(b, byte(n))
	case n < 0x100:
		b = append(b, 0x81, byte(n))
	case n < 0x10000:
		b = append(b, 0x82, byte(n>>8), byte(n))
	default:
		b = append(b, 0x83, byte(n>>16), byte(n>>8), byte(n))
	}
	return append(b, body...)
}

// value writes a value that always can be written.
func value(v any) []byte {
	b, err := asn1.Marshal(v)
	if err != nil {
		panic("internal error: a value of ASN.1 cannot be written: " + err.Error())
	}
	return b
}

func oid(numbers ...int) []byte { return value(asn1.ObjectIdentifier(numbers)) }

// sign makes a detached CMS signature (RFC 5652) over content with RSA PKCS #1 v1.5 and
// SHA-256, which every openssl and the Windows certificate tools know. The same content
// at the same time has the same signature.
func (k *signer) sign(content []byte, at time.Time) ([]byte, error) {
	sum := sha256.Sum256(content)
	var (
		data       = oid(1, 2, 840, 113549, 1, 7, 1)
		sha        = der(tagSequence, oid(2, 16, 840, 1, 101, 3, 4, 2, 1), asn1.NullBytes)
		leaf       = k.chain[0]
		attributes = [][]byte{
			der(tagSequence, oid(1, 2, 840, 113549, 1, 9, 3), der(tagSet, data)),
			der(tagSequence, oid(1, 2, 840, 113549, 1, 9, 5), der(tagSet, value(at.UTC().Truncate(time.Second)))),
			der(tagSequence, oid(1, 2, 840, 113549, 1, 9, 4), der(tagSet, der(tagOctetString, sum[:]))),
		}
	)
	slices.SortFunc(attributes, bytes.Compare) // the order of a SET OF in DER
	digest := sha256.Sum256(der(tagSet, attributes...))
	signature, err := rsa.SignPKCS1v15(nil, k.key, crypto.SHA256, digest[:])
	if err != nil {
		return nil, fmt.Errorf("couldn't sign the package: %w", err)
	}
	signer := der(tagSequence,
		value(1),
		der(tagSequence, leaf.RawIssuer, value(leaf.SerialNumber)),
		sha,
		der(tagContext0, attributes...),
		der(tagSequence, oid(1, 2, 840, 113549, 1, 1, 1), asn1.NullBytes),
		der(tagOctetString, signature))
	var certificates [][]byte
	for _, c := range k.chain {
		certificates = append(certificates, c.Raw)
	}
	slices.SortFunc(certificates, bytes.Compare)
	return der(tagSequence, oid(1, 2, 840, 113549, 1, 7, 2), der(tagContext0, der(tagSequence,
		value(1), der(tagSet, sha), der(tagSequence, data), der(tagContext0, certificates...), der(tagSet, signer)))), nil
}
