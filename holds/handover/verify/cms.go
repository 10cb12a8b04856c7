package verify

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"
)

// The object identifiers of a CMS signature (RFC 5652) with RSA and SHA-256.
var (
	oidData          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningTime   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5}
	oidSHA256        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidRSA           = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidSHA256RSA     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}
)

type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue `asn1:"explicit,tag:0"`
}

type signedData struct {
	Version      int
	Digests      []pkix.AlgorithmIdentifier `asn1:"set"`
	Content      struct{ Type asn1.ObjectIdentifier }
	Certificates asn1.RawValue `asn1:"optional,tag:0"`
	Signers      []signerInfo  `asn1:"set"`
}

type signerInfo struct {
	Version int
	ID      struct {
		Issuer asn1.RawValue
		Serial *big.Int
	}
	Digest     pkix.AlgorithmIdentifier
	Attributes asn1.RawValue `asn1:"optional,tag:0"`
	Algorithm  pkix.AlgorithmIdentifier
	Signature  []byte
}

type attribute struct {
	Type   asn1.ObjectIdentifier
	Values asn1.RawValue `asn1:"set"`
}

// strict is asn1.Unmarshal of a value that nothing follows.
func strict(der []byte, v any) error {
	rest, err := asn1.Unmarshal(der, v)
	if err == nil && len(rest) > 0 {
		err = errors.New("something follows the structure")
	}
	return err
}

// detached checks a detached CMS signature of one signer, with RSA PKCS #1 v1.5 and
// SHA-256, and returns the certificate of the signer, all that are with it, and when it
// says that it signed.
func detached(der, content []byte) (signer *x509.Certificate, certificates []*x509.Certificate, at time.Time, err error) {
	var outer contentInfo
	var data signedData
	if err := strict(der, &outer); err != nil {
		return nil, nil, at, fmt.Errorf("couldn't read the signature: %w", err)
	}
	if !outer.Type.Equal(oidSignedData) {
		return nil, nil, at, errors.New("it is not a CMS signature")
	}
	if err := strict(outer.Content.Bytes, &data); err != nil {
		return nil, nil, at, fmt.Errorf("couldn't read the signature: %w", err)
	}
	certificates, err = x509.ParseCertificates(data.Certificates.Bytes)
	if err != nil {
		return nil, nil, at, fmt.Errorf("couldn't read the signature's certificates: %w", err)
	}
	if data.Version != 1 || len(data.Digests) != 1 || !data.Digests[0].Algorithm.Equal(oidSHA256) || len(data.Signers) != 1 || data.Signers[0].Version != 1 || !data.Content.Type.Equal(oidData) {
		return nil, nil, at, errors.New("it is not a detached signature of one signer")
	}
	s := data.Signers[0]
	if !s.Digest.Algorithm.Equal(oidSHA256) || !s.Algorithm.Algorithm.Equal(oidRSA) && !s.Algorithm.Algorithm.Equal(oidSHA256RSA) {
		return nil, nil, at, errors.New("it is not signed with RSA PKCS #1 v1.5 and SHA-256")
	}
	for _, c := range certificates {
		if bytes.Equal(c.RawIssuer, s.ID.Issuer.FullBytes) && c.SerialNumber.Cmp(s.ID.Serial) == 0 {
			signer = c
		}
	}
	if signer == nil {
		return nil, nil, at, errors.New("the signer's certificate is missing")
	}
	key, ok := signer.PublicKey.(*rsa.PublicKey)
	if !ok || len(s.Attributes.FullBytes) == 0 {
		return nil, nil, at, errors.New("it is not a signature over attributes with an RSA key")
	}
	sum := sha256.Sum256(content)
	seen := map[string]bool{}
	for rest := s.Attributes.Bytes; len(rest) > 0; {
		var a attribute
		if rest, err = asn1.Unmarshal(rest, &a); err != nil {
			return nil, nil, at, fmt.Errorf("couldn't read the signature's attributes: %w", err)
		}
		if seen[a.Type.String()] {
			return nil, nil, at, errors.New("an attribute of the signature is there twice")
		}
		seen[a.Type.String()] = true
		switch {
		case a.Type.Equal(oidContentType):
			var kind asn1.ObjectIdentifier
			if err := strict(a.Values.Bytes, &kind); err != nil || !kind.Equal(oidData) {
				return nil, nil, at, errors.New("the signature is over something else")
			}
		case a.Type.Equal(oidMessageDigest):
			var digest []byte
			if err := strict(a.Values.Bytes, &digest); err != nil || !bytes.Equal(digest, sum[:]) {
				return nil, nil, at, errors.New("what was signed had another SHA-256")
			}
		case a.Type.Equal(oidSigningTime):
			if err := strict(a.Values.Bytes, &at); err != nil {
				return nil, nil, at, fmt.Errorf("couldn't read when it was signed: %w", err)
			}
		}
	}
	if !seen[oidContentType.String()] || !seen[oidMessageDigest.String()] {
		return nil, nil, at, errors.New("the signature does not say what it is over")
	}
	// What is signed is the attributes as a SET OF, not as they are tagged here.
	signed := bytes.Clone(s.Attributes.FullBytes)
	signed[0] = 0x31
	digest := sha256.Sum256(signed)
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], s.Signature); err != nil {
		return nil, nil, at, errors.New("the signature is not that of the key")
	}
	return signer, certificates, at, nil
}

// readChain reads certificates in PEM, and nothing else.
func readChain(text []byte) (chain []*x509.Certificate, err error) {
	whole := text
	for len(bytes.TrimSpace(text)) > 0 {
		block, rest := pem.Decode(text)
		if block == nil || block.Type != "CERTIFICATE" {
			return nil, errors.New("it is not a list of certificates")
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("couldn't read a certificate: %w", err)
		}
		chain, text = append(chain, c), rest
	}
	if len(chain) == 0 {
		return nil, errors.New("it has no certificate")
	}
	var again bytes.Buffer
	for _, c := range chain {
		if err := pem.Encode(&again, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}); err != nil {
			return nil, err
		}
	}
	if !bytes.Equal(again.Bytes(), whole) {
		return nil, errors.New("it has something besides certificates")
	}
	return chain, nil
}

// sameCertificates reports whether two lists have the same certificates.
func sameCertificates(a, b []*x509.Certificate) bool {
	missing := func(c *x509.Certificate) bool { return !slices.ContainsFunc(b, c.Equal) }
	return len(a) == len(b) && !slices.ContainsFunc(a, missing)
}

// leads checks that each certificate of the chain is issued by the next one, that all
// were valid at the time, and that the last one is a root.
func leads(chain []*x509.Certificate, at time.Time) error {
	for i, c := range chain {
		if !at.IsZero() && (at.Before(c.NotBefore) || at.After(c.NotAfter)) {
			return fmt.Errorf("the certificate of %s was not valid when it was signed", c.Subject.CommonName)
		}
		above := c
		if i+1 < len(chain) {
			above = chain[i+1]
		}
		if err := c.CheckSignatureFrom(above); err != nil {
			return fmt.Errorf("the certificate of %s is not issued by the next one: %w", c.Subject.CommonName, err)
		}
	}
	return nil
}
