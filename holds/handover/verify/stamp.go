package verify

import (
	"bytes"
	"crypto"
	_ "crypto/sha1" // of the certificate's identifier in old time stamps
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"
)

// TimeStamp is who stamped a signature, and when, as the token itself has it.
type TimeStamp struct {
	At       time.Time `json:"at"`
	Name     string    `json:"name"`       // of the authority's certificate
	Top      string    `json:"top"`        // the name of the highest certificate that is there
	TopPrint string    `json:"top_sha256"` // SHA-256 of that certificate, as authorities publish it
}

// The object identifiers of time stamps (RFC 3161, RFC 5816).
var (
	oidTimeStamp     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	oidCertificate   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 12}
	oidCertificateV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
)

// granted is the status of a response that has a token, and nothing else to say.
var granted = []byte{0x30, 3, 2, 1, 0}

// Response is a time stamp's token as its file has it: a response that grants it, which
// is what `openssl ts -verify` takes.
func Response(token []byte) []byte {
	b, err := asn1.Marshal(struct{ Status, Token asn1.RawValue }{asn1.RawValue{FullBytes: granted}, asn1.RawValue{FullBytes: token}})
	if err != nil {
		panic("internal error: a response cannot be written: " + err.Error()) // plain values
	}
	return b
}

type timeStampInfo struct {
	Version int
	Policy  asn1.ObjectIdentifier
	Imprint struct {
		Algorithm pkix.AlgorithmIdentifier
		Sum       []byte
	}
	Serial *big.Int
	Time   asn1.RawValue
}

// ReadStamp checks a time stamp of what was stamped: that it is of its SHA-256, whose
// signature it has, that this is an authority's certificate, and that it leads up through
// those in the token, all valid at the time. It returns them all, those that lead up
// first.
func ReadStamp(response, stamped []byte) (t TimeStamp, chain []*x509.Certificate, err error) {
	var r struct{ Status, Token asn1.RawValue }
	if err := strict(response, &r); err != nil {
		return t, nil, fmt.Errorf("couldn't read the time stamp: %w", err)
	}
	if !bytes.Equal(r.Status.FullBytes, granted) {
		return t, nil, errors.New("it is not a time stamp that was granted")
	}
	d, err := readSigned(r.Token.FullBytes)
	if err != nil {
		return t, nil, err
	}
	var content []byte
	var info timeStampInfo
	if d.Version != 3 || strict(d.Content.Content.Bytes, &content) != nil || strict(content, &info) != nil || info.Version != 1 {
		return t, nil, errors.New("it is not a time stamp")
	}
	x, err := d.check(oidTimeStamp)
	if err != nil {
		return t, nil, err
	}
	if !x.over(content) {
		return t, nil, errors.New("its content is another than was signed")
	}
	sum := sha256.Sum256(stamped)
	if digests[info.Imprint.Algorithm.Algorithm.String()] != crypto.SHA256 || !bytes.Equal(info.Imprint.Sum, sum[:]) {
		return t, nil, errors.New("it is a time stamp of something else")
	}
	if t.At, err = time.Parse("20060102150405Z", string(info.Time.Bytes)); err != nil || info.Time.Tag != asn1.TagGeneralizedTime {
		return t, nil, errors.New("its time cannot be read")
	}
	if !x.names() || !slices.Contains(x.signer.ExtKeyUsage, x509.ExtKeyUsageTimeStamping) {
		return t, nil, errors.New("who signed it is no authority for time stamps")
	}
	if chain, err = upward(x.signer, x.certificates, t.At); err != nil {
		return t, nil, err
	}
	top := chain[len(chain)-1]
	t.Name, t.Top = x.signer.Subject.CommonName, top.Subject.CommonName
	t.TopPrint = Fingerprint(sha256.Sum256(top.Raw)).String()
	for _, c := range x.certificates {
		if !slices.ContainsFunc(chain, c.Equal) {
			chain = append(chain, c)
		}
	}
	return t, chain, nil
}

// names reports whether the signature names the certificate that it is checked with, so
// that no other one can be put in its place (RFC 5816).
func (x signature) names() bool {
	type id struct {
		Algorithm pkix.AlgorithmIdentifier `asn1:"optional"`
		Sum       []byte
		Issuer    asn1.RawValue `asn1:"optional"`
	}
	for _, way := range []struct {
		oid  asn1.ObjectIdentifier
		hash crypto.Hash
	}{{oidCertificateV2, crypto.SHA256}, {oidCertificate, crypto.SHA1}} {
		value, there := x.attributes[way.oid.String()]
		if !there {
			continue
		}
		var ids struct{ IDs []id }
		if strict(value, &ids) != nil || len(ids.IDs) == 0 {
			return false
		}
		first, hash := ids.IDs[0], way.hash
		if len(first.Algorithm.Algorithm) > 0 {
			hash = digests[first.Algorithm.Algorithm.String()]
		}
		if hash == 0 {
			return false
		}
		h := hash.New()
		h.Write(x.signer.Raw)
		return bytes.Equal(h.Sum(nil), first.Sum)
	}
	return false
}

// upward goes from a certificate through those that issued it, as far as they are there.
func upward(c *x509.Certificate, all []*x509.Certificate, at time.Time) (chain []*x509.Certificate, err error) {
	for {
		if at.Before(c.NotBefore) || at.After(c.NotAfter) {
			return nil, fmt.Errorf("the certificate of %s was not valid at that time", c.Subject.CommonName)
		}
		chain = append(chain, c)
		if bytes.Equal(c.RawIssuer, c.RawSubject) {
			return chain, c.CheckSignatureFrom(c)
		}
		above := slices.IndexFunc(all, func(o *x509.Certificate) bool {
			return bytes.Equal(o.RawSubject, c.RawIssuer) && !slices.ContainsFunc(chain, o.Equal)
		})
		if above < 0 {
			if len(chain) == 1 {
				return nil, errors.New("the certificate of who issued " + c.Subject.CommonName + " is missing")
			}
			return chain, nil // authorities leave their root out
		}
		if err := c.CheckSignatureFrom(all[above]); err != nil {
			return nil, fmt.Errorf("the certificate of %s is not issued by that of %s: %w", c.Subject.CommonName, all[above].Subject.CommonName, err)
		}
		c = all[above]
	}
}

// Apart is how far the time of a stamp may lie before that of the signature which it is
// of: one is of the authority's clock, the other of the appliance's.
const Apart = 10 * time.Minute

// stamped checks the time stamp of a signature, where there is one or has to be.
func (v *verification) stamped(of, stamp, chain string, needed bool) {
	if !needed && v.there[stamp] == nil && v.there[chain] == nil {
		return
	}
	bad := func(name string, err error) { v.there[name].Verdict, v.there[name].Detail = Invalid, err.Error() }
	for _, pair := range [][2]string{{stamp, chain}, {chain, stamp}} {
		if v.there[pair[0]] == nil {
			v.there[pair[0]] = &File{Name: pair[0], Verdict: Missing}
			if v.there[pair[1]] != nil {
				bad(pair[1], errors.New("it is nothing without "+pair[0]))
			}
			return
		}
	}
	signed, err := v.small(of)
	if err != nil {
		v.fault("%v", err)
		return
	}
	response, err := v.small(stamp)
	var t TimeStamp
	var certificates []*x509.Certificate
	if err == nil {
		t, certificates, err = ReadStamp(response, signed)
	}
	if err != nil {
		bad(stamp, err)
		return
	}
	text, err := v.small(chain)
	if err == nil {
		var there []*x509.Certificate
		if there, err = readChain(text); err == nil && !slices.EqualFunc(there, certificates, (*x509.Certificate).Equal) {
			err = errors.New("the time stamp and its certificates do not go together")
			bad(stamp, err) // either may be the one that is another
		}
	}
	if err != nil {
		bad(chain, err)
		return
	}
	x, err := detached(signed)
	if err == nil && t.At.Before(x.at.Add(-Apart)) {
		err = fmt.Errorf("it was stamped at %s, before it was signed", t.At.Format(time.RFC3339))
	}
	if err != nil {
		bad(stamp, err)
		return
	}
	v.Stamp = &t
}

// Supplement is what a supplement says that it belongs to.
type Supplement struct {
	Schema      string    `json:"schema"`
	Package     string    `json:"package"`     // the name of its folder
	Manifest    string    `json:"manifest"`    // SHA-256 of its manifest, as its receipt has it
	TagManifest string    `json:"tagmanifest"` // SHA-256 of its tag manifest
	Signature   string    `json:"signature"`   // SHA-256 of its signature, which is stamped
	Made        time.Time `json:"made_at"`
}

// SupplementSchema is that of Supplement.
const SupplementSchema = "sjudager.supplement/v1"

// supplement checks that the stamp is of the signature of the package that it names.
func (v *verification) supplement() {
	bad := func(name, detail string) { v.there[name].Verdict, v.there[name].Detail = Invalid, detail }
	text, err := v.small(SupplementFile)
	var s Supplement
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err != nil || s.Schema != SupplementSchema {
		bad(SupplementFile, "it cannot be read")
		return
	}
	v.Supplement = &s
	signed, err := v.small(LateSignature)
	if err != nil {
		v.fault("%v", err)
		return
	}
	x, err := detached(signed)
	switch sum := sha256.Sum256(signed); {
	case err != nil:
		bad(LateSignature, err.Error())
		return
	case fmt.Sprintf("%x", sum) != s.Signature || fmt.Sprintf("%x", x.digest) != s.TagManifest:
		bad(SupplementFile, "it names another package than the signature is of")
		return
	}
	v.stamped(LateSignature, LateStamp, LateStampChain, true)
}
