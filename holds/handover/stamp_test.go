package handover

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/digitorus/timestamp"

	"github.com/sjudager/sjudager/holds/handover/verify"
)

// authority is a time stamping authority with a root of its own.
type authority struct {
	key         crypto.Signer
	hash        crypto.Hash
	certificate *x509.Certificate
	root        *x509.Certificate
}

func newAuthority(name string, key, rootKey crypto.Signer, hash crypto.Hash, usage ...x509.ExtKeyUsage) (*authority, error) {
	template := func(name string, serial int64) *x509.Certificate {
		return &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name},
			NotBefore: start.Time().Add(-time.Hour), NotAfter: start.Time().AddDate(20, 0, 0), BasicConstraintsValid: true}
	}
	root, leaf := template(name+" root", 1), template(name, 2)
	root.IsCA, root.KeyUsage = true, x509.KeyUsageCertSign
	leaf.KeyUsage = x509.KeyUsageDigitalSignature
	if len(usage) > 0 { // it has to be critical, and alone
		value, err := asn1.Marshal([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}})
		if err != nil {
			return nil, err
		}
		leaf.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: value}}
	}
	a := &authority{key: key, hash: hash}
	for _, c := range []struct {
		template, above *x509.Certificate
		key             crypto.Signer
		to              **x509.Certificate
	}{{root, root, rootKey, &a.root}, {leaf, root, key, &a.certificate}} {
		der, err := x509.CreateCertificate(rand.Reader, c.template, c.above, c.key.Public(), rootKey)
		if err != nil {
			return nil, err
		}
		if *c.to, err = x509.ParseCertificate(der); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// token stamps a digest at a time.
func (a *authority) token(digest []byte, at time.Time, whole bool) ([]byte, error) {
	stamp := timestamp.Timestamp{HashAlgorithm: crypto.SHA256, HashedMessage: digest, Time: at, Policy: asn1.ObjectIdentifier{1, 2, 3}, AddTSACertificate: true}
	if whole {
		stamp.Certificates = []*x509.Certificate{a.root}
	}
	response, err := stamp.CreateResponseWithOpts(a.certificate, a.key, a.hash)
	if err != nil {
		return nil, err
	}
	parsed, err := timestamp.ParseResponse(response)
	if err != nil {
		return nil, err
	}
	return parsed.RawToken, nil
}

// tsa is the authority of most tests.
var tsa = sync.OnceValues(func() (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	rootKey, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		return nil, err
	}
	return newAuthority("Test TSA", key, rootKey, crypto.SHA256, x509.ExtKeyUsageTimeStamping)
})

// stamp is an Input.Stamp: a minute after the package was begun.
func (r *rig) stamp(_ context.Context, digest []byte) ([]byte, error) {
	a, err := tsa()
	if err != nil {
		return nil, err
	}
	return a.token(digest, r.now.Add(time.Minute), true)
}

// A time stamp is taken from authorities of any usual key, with their root or without,
// and not when anything of it is another.
func TestStamp(t *testing.T) {
	r := newRig(t)
	signature, err := scene.keys.current().sign([]byte("list"), r.now)
	r.must(err)
	sum := sha256.Sum256(signature)
	big1, err := rsa.GenerateKey(rand.Reader, 2048)
	r.must(err)
	ours, err := tsa()
	r.must(err)
	theirs, err := newAuthority("RSA", big1, ours.key, crypto.SHA512, x509.ExtKeyUsageTimeStamping)
	r.must(err)
	other, err := newAuthority("No TSA", ours.key, big1, crypto.SHA256)
	r.must(err)
	file := filepath.Join(t.TempDir(), "f")
	for _, a := range []*authority{ours, theirs} {
		token, err := a.token(sum[:], r.now, true)
		r.must(err)
		stamp, chain, err := stampFiles(token, signature)
		r.must(err)
		write(t, file, signature)
		write(t, file+".tsr", stamp)
		write(t, file+".pem", chain)
		tool(t, "openssl", "openssl", "ts", "-verify", "-in", file+".tsr", "-data", file, "-CAfile", file+".pem")
		got, certificates, err := verify.ReadStamp(stamp, signature)
		if err != nil || !got.At.Equal(r.now.Truncate(time.Second)) || got.Top != a.root.Subject.CommonName || len(certificates) != 2 {
			t.Errorf("%+v, %d certificates, %v", got, len(certificates), err)
		}
		for at := range stamp {
			// A flipped byte is found by the signatures, or by the certificates' own file.
			_, certificates, err := verify.ReadStamp(flipped(stamp, at), signature)
			if err == nil && bytes.Equal(pemOf(certificates), chain) {
				t.Errorf("%s: a flipped byte %d of %d is not found", a.certificate.Subject.CommonName, at, len(stamp))
			}
		}
	}
	for name, c := range map[string]struct {
		of      *authority
		digest  []byte
		at      time.Time
		whole   bool
		problem string
	}{
		"something else": {ours, make([]byte, 32), r.now, true, "something else"},
		"too old":        {ours, sum[:], r.now.AddDate(-2, 0, 0), true, "not valid"},
		"no authority":   {other, sum[:], r.now, true, "no authority"},
		"no root":        {ours, sum[:], r.now, false, "missing"},
	} {
		token, err := c.of.token(c.digest, c.at, c.whole)
		r.must(err)
		if _, _, err := stampFiles(token, signature); err == nil || !strings.Contains(err.Error(), c.problem) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A package whose authority does not answer is finished without a stamp, and says why;
// one that was stamped before it was signed is not as it must be.
func TestUnstamped(t *testing.T) {
	r := newRig(t)
	in := r.story()
	in.Stamp = func(context.Context, []byte) ([]byte, error) { return nil, errors.New("no answer") }
	result := r.build(in)
	if report := check(t, result.Path, verify.Options{}); !report.OK || report.Stamp != nil || result.Stamp != nil || fmt.Sprint(result.Unstamped) != "couldn't get a time stamp: no answer" {
		t.Errorf("%v\n%s", result.Unstamped, text(t, report))
	}
	for _, c := range []struct {
		later time.Duration
		want  bool
	}{{-verify.Apart + time.Second, true}, {-verify.Apart - time.Minute, false}} {
		a, err := tsa()
		r.must(err)
		sum := sha256.Sum256(result.Signature)
		token, err := a.token(sum[:], r.now.Add(c.later), true)
		r.must(err)
		stamp, chain, err := stampFiles(token, result.Signature)
		r.must(err)
		write(t, filepath.Join(result.Path, verify.Stamp), stamp)
		write(t, filepath.Join(result.Path, verify.StampChain), chain)
		if report := check(t, result.Path, verify.Options{}); report.OK != c.want {
			t.Errorf("%s:\n%s", c.later, text(t, report))
		}
	}
}

// A supplement brings the stamp of a package that left without: it verifies by itself, in
// all ways, and the stamp does in the first package.
func TestR101Supplement(t *testing.T) {
	r := newRig(t)
	in := r.story()
	in.Stamp = nil
	first := r.build(in)
	sealed := Sealed{filepath.Base(first.Path), first.Manifest, first.TagManifest, first.Signature}
	in.Folder, in.Stamp = t.TempDir(), func(context.Context, []byte) ([]byte, error) { return nil, errors.New("no answer") }
	if _, err := Supplement(t.Context(), in, sealed); !errors.Is(err, ErrNoStamp) {
		t.Error(err)
	}
	in.Stamp = r.stamp
	result, err := Supplement(t.Context(), in, sealed)
	r.must(err)
	report := check(t, result.Path, verify.Options{Manifest: result.Manifest})
	if !report.OK || report.Supplement.Manifest != first.Manifest || report.Stamp == nil || len(report.Files) != result.Files {
		t.Fatal(text(t, report))
	}
	files := tree(t, result.Path)
	for _, command := range commands(files[supplementReadMe]) {
		toolIn(t, result.Path, "coreutils openssl", "bash", "-o", "pipefail", "-e", "-c", command)
	}
	for name, content := range files {
		path := filepath.Join(result.Path, filepath.FromSlash(name))
		write(t, path, flipped(content, len(content)/2))
		if report := check(t, result.Path, verify.Options{}); report.OK || !names(report, name) {
			t.Errorf("a flipped byte in %s is not named:\n%s", name, text(t, report))
		}
		write(t, path, content)
	}
	write(t, filepath.Join(first.Path, verify.Stamp), files[verify.LateStamp])
	write(t, filepath.Join(first.Path, verify.StampChain), files[verify.LateStampChain])
	if report := check(t, first.Path, verify.Options{}); !report.OK || report.Stamp == nil {
		t.Error(text(t, report))
	}
	// One that is of another package than it says, signed all the same.
	sealed.TagManifest = result.TagManifest
	in.Folder = t.TempDir()
	other, err := Supplement(t.Context(), in, sealed)
	r.must(err)
	if report := check(t, other.Path, verify.Options{}); report.OK || !names(report, verify.SupplementFile) {
		t.Error(text(t, report))
	}
}
