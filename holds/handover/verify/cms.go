package verify

import (
	"bytes"
	"crypto"
	_ "crypto/sha256" // the hashes of signatures
	_ "crypto/sha512"
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

// The object identifiers of CMS (RFC 5652).
var (
	oidData          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningTime   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5}
)

// digests are the hashes that a signature can be over.
var digests = map[string]crypto.Hash{
	"2.16.840.1.101.3.4.2.1": crypto.SHA256,
	"2.16.840.1.101.3.4.2.2": crypto.SHA384,
	"2.16.840.1.101.3.4.2.3": crypto.SHA512,
}

// algorithms are the signatures that are known, by their identifier or that of their
// key, and the hash.
var algorithms = map[string]map[crypto.Hash]x509.SignatureAlgorithm{}

func init() {
	rsa := map[crypto.Hash]x509.SignatureAlgorithm{crypto.SHA256: x509.SHA256WithRSA, crypto.SHA384: x509.SHA384WithRSA, crypto.SHA512: x509.SHA512WithRSA}
	ecdsa := map[crypto.Hash]x509.SignatureAlgorithm{crypto.SHA256: x509.ECDSAWithSHA256, crypto.SHA384: x509.ECDSAWithSHA384, crypto.SHA512: x509.ECDSAWithSHA512}
	algorithms["1.2.840.113549.1.1.1"], algorithms["1.2.840.10045.2.1"] = rsa, ecdsa
	for hash, suffix := range map[crypto.Hash]string{crypto.SHA256: "11", crypto.SHA384: "12", crypto.SHA512: "13"} {
		algorithms["1.2.840.113549.1.1."+suffix] = map[crypto.Hash]x509.SignatureAlgorithm{hash: rsa[hash]}
	}
	for hash, suffix := range map[crypto.Hash]string{crypto.SHA256: "2", crypto.SHA384: "3", crypto.SHA512: "4"} {
		algorithms["1.2.840.10045.4.3."+suffix] = map[crypto.Hash]x509.SignatureAlgorithm{hash: ecdsa[hash]}
	}
}

type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue `asn1:"explicit,tag:0"`
}

type signedData struct {
	Version int
	Digests []pkix.AlgorithmIdentifier `asn1:"set"`
	Content struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"optional,explicit,tag:0"`
	}
	Certificates asn1.RawValue `asn1:"optional,tag:0"`
	CRLs         asn1.RawValue `asn1:"optional,tag:1"`
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

// simple reports whether an algorithm has no parameters.
func simple(a pkix.AlgorithmIdentifier) bool {
	return len(a.Parameters.FullBytes) == 0 || bytes.Equal(a.Parameters.FullBytes, asn1.NullBytes)
}

// signature is what is known of a CMS signature that holds.
type signature struct {
	signer       *x509.Certificate
	certificates []*x509.Certificate
	algorithm    x509.SignatureAlgorithm
	attributes   map[string][]byte // by identifier: the signed ones
	digest       []byte            // of what was signed, which is not looked at yet
	hash         crypto.Hash
	at           time.Time // when the signer says that it was; zero where it does not say
}

// readSigned reads a CMS structure.
func readSigned(der []byte) (d signedData, err error) {
	var outer contentInfo
	if err := strict(der, &outer); err != nil {
		return d, fmt.Errorf("couldn't read the signature: %w", err)
	}
	if !outer.Type.Equal(oidSignedData) {
		return d, errors.New("it is not a CMS signature")
	}
	if err := strict(outer.Content.Bytes, &d); err != nil {
		return d, fmt.Errorf("couldn't read the signature: %w", err)
	}
	return d, nil
}

// check checks the one signature over content of a kind, but for the digest of that.
func (d signedData) check(kind asn1.ObjectIdentifier) (x signature, err error) {
	x.certificates, err = x509.ParseCertificates(d.Certificates.Bytes)
	if err != nil {
		return x, fmt.Errorf("couldn't read the signature's certificates: %w", err)
	}
	if len(d.Digests) != 1 || len(d.Signers) != 1 || d.Signers[0].Version != 1 || !d.Content.Type.Equal(kind) {
		return x, errors.New("it is not a signature of one signer over what it should be")
	}
	s := d.Signers[0]
	x.hash = digests[s.Digest.Algorithm.String()]
	x.algorithm = algorithms[s.Algorithm.Algorithm.String()][x.hash]
	if x.algorithm == 0 || !d.Digests[0].Algorithm.Equal(s.Digest.Algorithm) || !simple(d.Digests[0]) || !simple(s.Digest) || !simple(s.Algorithm) {
		return x, errors.New("it is signed in a way that is not known here")
	}
	for _, c := range x.certificates {
		if bytes.Equal(c.RawIssuer, s.ID.Issuer.FullBytes) && c.SerialNumber.Cmp(s.ID.Serial) == 0 {
			x.signer = c
		}
	}
	if x.signer == nil {
		return x, errors.New("the signer's certificate is missing")
	}
	if len(s.Attributes.FullBytes) == 0 {
		return x, errors.New("it is not a signature over attributes")
	}
	x.attributes = map[string][]byte{}
	for rest := s.Attributes.Bytes; len(rest) > 0; {
		var a attribute
		if rest, err = asn1.Unmarshal(rest, &a); err != nil {
			return x, fmt.Errorf("couldn't read the signature's attributes: %w", err)
		}
		if _, twice := x.attributes[a.Type.String()]; twice {
			return x, errors.New("an attribute of the signature is there twice")
		}
		x.attributes[a.Type.String()] = a.Values.Bytes
	}
	var said asn1.ObjectIdentifier
	if err := strict(x.attributes[oidContentType.String()], &said); err != nil || !said.Equal(kind) {
		return x, errors.New("the signature is over something else")
	}
	if err := strict(x.attributes[oidMessageDigest.String()], &x.digest); err != nil {
		return x, errors.New("the signature does not say what it is over")
	}
	if at, says := x.attributes[oidSigningTime.String()]; says {
		if err := strict(at, &x.at); err != nil {
			return x, fmt.Errorf("couldn't read when it was signed: %w", err)
		}
	}
	// What is signed is the attributes as a SET OF, not as they are tagged here.
	signed := bytes.Clone(s.Attributes.FullBytes)
	signed[0] = 0x31
	if err := x.signer.CheckSignature(x.algorithm, signed, s.Signature); err != nil {
		return x, errors.New("the signature is not that of the key")
	}
	return x, nil
}

// over reports whether content is what was signed.
func (x signature) over(content []byte) bool {
	h := x.hash.New()
	h.Write(content)
	return bytes.Equal(h.Sum(nil), x.digest)
}

// detached checks a detached CMS signature of one signer with RSA PKCS #1 v1.5 and
// SHA-256, but for the digest of what was signed.
func detached(der []byte) (signature, error) {
	d, err := readSigned(der)
	if err != nil {
		return signature{}, err
	}
	if d.Version != 1 || len(d.Content.Content.FullBytes) > 0 {
		return signature{}, errors.New("it is not a detached signature")
	}
	x, err := d.check(oidData)
	if err == nil && x.algorithm != x509.SHA256WithRSA {
		err = errors.New("it is not signed with RSA PKCS #1 v1.5 and SHA-256")
	}
	return x, err
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
