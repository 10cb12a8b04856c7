package handover

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/sjudager/sjudager/holds/handover/verify"
	"github.com/sjudager/sjudager/vault/durable"
)

const (
	keyBits = 3072 // ONVIF's security baseline
	// Packages are looked at years after they were signed, and their certificates then.
	rootYears, leafYears = 30, 20
	// KeyFolder is below the data folder's keys. No camera's keys can be called so.
	KeyFolder = ".handover"

	rootKey, rootCertificate = "root.key", "root.crt"
	signingPart              = "signing-"
	chainExt                 = ".chain" // of the operator, beside the key that it is for
)

// ErrCertificate: the operator's certificate is not one for the signing key.
var ErrCertificate = errors.New("the operator's certificate cannot be used")

// Keys sign packages. There is a root of the appliance's own, which signs nothing but
// the certificates of the signing keys; what is printed on paper is the signing key's
// fingerprint and the root's.
type Keys struct {
	folder string
	site   string
	now    func() time.Time
	disk   durable.Disk

	rootKey *rsa.PrivateKey
	root    *x509.Certificate

	changing sync.Mutex // one change at a time
	mu       sync.Mutex
	signer   *signer // mu: that signs now
}

// signer is a signing key with its certificates: what one package is signed with, even
// when there is another one before it is ready.
type signer struct {
	number int
	key    *rsa.PrivateKey
	own    *x509.Certificate   // that our root has issued
	chain  []*x509.Certificate // leaf first, root last
}

// OpenKeys opens the signing keys in folder, and makes what is missing: at the first
// start all of it. What a crash left half made is made anew; a key is never made anew
// while its certificate is there. site is the name of the controller in certificates.
func OpenKeys(folder, site string, now func() time.Time) (*Keys, error) {
	k := &Keys{folder: folder, site: site, now: now}
	if err := k.open(); err != nil {
		return nil, fmt.Errorf("couldn't open the keys that sign packages: %w", err)
	}
	return k, nil
}

func (k *Keys) open() (err error) {
	if err := k.disk.MakeDir(k.folder); err != nil {
		return err
	}
	if k.rootKey, err = k.keyOf(rootKey, rootCertificate); err != nil {
		return err
	}
	k.root, err = k.certificateOf(rootCertificate, k.rootKey, func() ([]byte, error) {
		template := k.template(k.site+" - Sjudager rot", rootYears)
		template.IsCA, template.BasicConstraintsValid, template.MaxPathLenZero = true, true, true
		template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
		return x509.CreateCertificate(rand.Reader, template, template, k.rootKey.Public(), k.rootKey)
	})
	if err != nil {
		return err
	}
	newest, err := k.newest()
	if err == nil {
		k.signer, err = k.signerOf(max(newest, 1))
	}
	if err != nil {
		return err
	}
	return k.destroyOld() // that a crash has left
}

func (k *Keys) current() *signer {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.signer
}

// newest is the greatest number of a signing key, 0 when there is none.
func (k *Keys) newest() (n int, err error) {
	all, err := filepath.Glob(filepath.Join(k.folder, signingPart+"*.key"))
	for _, path := range all {
		text := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), signingPart), ".key")
		if i, err := strconv.Atoi(text); err == nil {
			n = max(n, i)
		}
	}
	return n, err
}

func (k *Keys) path(n int, ext string) string {
	return filepath.Join(k.folder, signingPart+strconv.Itoa(n)+ext)
}

// signerOf opens signing key n, and makes it when there is none.
func (k *Keys) signerOf(n int) (s *signer, err error) {
	s = &signer{number: n}
	name := signingPart + strconv.Itoa(n)
	if s.key, err = k.keyOf(name+".key", name+".crt"); err != nil {
		return nil, err
	}
	s.own, err = k.certificateOf(name+".crt", s.key, func() ([]byte, error) {
		template := k.template(fmt.Sprintf("%s - Sjudager utlevering %d", k.site, n), leafYears)
		template.BasicConstraintsValid = true
		template.KeyUsage = x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
		return x509.CreateCertificate(rand.Reader, template, k.root, s.key.Public(), k.rootKey)
	})
	if err != nil {
		return nil, err
	}
	s.chain = []*x509.Certificate{s.own, k.root}
	text, err := os.ReadFile(k.path(n, chainExt))
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err == nil {
		s.chain, err = s.fitting(text)
	}
	if err != nil {
		return nil, fmt.Errorf("couldn't use %s: %w", k.path(n, chainExt), err)
	}
	return s, nil
}

func (k *Keys) template(name string, years int) *x509.Certificate {
	serial := make([]byte, 16)
	rand.Read(serial) // never fails
	serial[0] &= 0x7f
	now := k.now().UTC().Truncate(time.Second)
	return &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial), SignatureAlgorithm: x509.SHA256WithRSA,
		Subject:   pkix.Name{CommonName: cut(name, 64), Organization: []string{cut(k.site, 64)}},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(years, 0, 0),
	}
}

// cut cuts a text to so many bytes, between letters.
func cut(text string, most int) string {
	for len(text) > most {
		runes := []rune(text)
		text = string(runes[:len(runes)-1])
	}
	return text
}

// keyOf reads a key, or makes it when neither it nor its certificate is there.
func (k *Keys) keyOf(name, certificate string) (*rsa.PrivateKey, error) {
	path := filepath.Join(k.folder, name)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(filepath.Join(k.folder, certificate)); err == nil {
			return nil, fmt.Errorf("%s is missing, and its certificate is there: put the key back", path)
		}
		key, err := rsa.GenerateKey(rand.Reader, keyBits)
		if err != nil {
			return nil, err
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err == nil {
			err = k.write(path, "PRIVATE KEY", der)
		}
		return key, err
	}
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("others may read %s: make it 0600", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s is not a private key", path) // never the text
	}
	any, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	key, ok := any.(*rsa.PrivateKey)
	if err != nil || !ok {
		return nil, fmt.Errorf("%s is not a private RSA key", path)
	}
	return key, nil
}

// certificateOf reads the certificate of key, or makes it.
func (k *Keys) certificateOf(name string, key *rsa.PrivateKey, make func() ([]byte, error)) (*x509.Certificate, error) {
	path := filepath.Join(k.folder, name)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		der, err := make()
		if err == nil {
			err = k.write(path, "CERTIFICATE", der)
		}
		if err != nil {
			return nil, err
		}
		return x509.ParseCertificate(der)
	}
	if err != nil {
		return nil, err
	}
	chain, err := readCertificates(text)
	if err == nil && !key.PublicKey.Equal(chain[0].PublicKey) {
		err = errors.New("it is of another key")
	}
	if err != nil {
		return nil, fmt.Errorf("couldn't read %s: %w", path, err)
	}
	return chain[0], nil
}

func readCertificates(text []byte) (chain []*x509.Certificate, err error) {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		chain = append(chain, c)
	}
	if len(chain) == 0 {
		return nil, errors.New("it has no certificate")
	}
	return chain, nil
}

func (k *Keys) write(path, kind string, der []byte) error {
	return k.disk.WriteFile(path, func(w io.Writer) error { return pem.Encode(w, &pem.Block{Type: kind, Bytes: der}) })
}

// Rotate makes a new signing key and destroys the old one. What the old one signed
// stays as good as it was: its certificate is in each package and stays here. The
// operator's chain is of the old key; the new one has our own certificate until there
// is another.
func (k *Keys) Rotate() error {
	k.changing.Lock()
	defer k.changing.Unlock()
	next, err := k.signerOf(k.current().number + 1)
	if err != nil {
		return fmt.Errorf("couldn't make another signing key: %w", err)
	}
	k.mu.Lock()
	k.signer = next
	k.mu.Unlock()
	if err := k.destroyOld(); err != nil {
		return fmt.Errorf("couldn't remove the old signing key: %w", err)
	}
	return nil
}

// destroyOld removes the signing keys before the one that signs.
func (k *Keys) destroyOld() error {
	for n := range k.current().number {
		if err := k.disk.Remove(k.path(n, ".key")); errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return err
		}
		if err := k.disk.SyncDir(k.folder); err != nil {
			return err
		}
	}
	return nil
}

// earlier is the certificate of a signing key that may be destroyed.
func (k *Keys) earlier(n int) (*x509.Certificate, error) {
	text, err := os.ReadFile(k.path(n, ".crt"))
	if err != nil {
		return nil, err
	}
	chain, err := readCertificates(text)
	if err != nil {
		return nil, err
	}
	return chain[0], nil
}

// Request is a PKCS #10 request in PEM, with which the operator's own authority can
// issue a certificate for the signing key.
func (k *Keys) Request() ([]byte, error) {
	s := k.current()
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: s.own.Subject, SignatureAlgorithm: x509.SHA256WithRSA}, s.key)
	if err != nil {
		return nil, fmt.Errorf("couldn't make a request for a certificate: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}), nil
}

// UseChain has packages carry the operator's certificate in the place of our own, as
// long as the signing key is the same: PEM, its certificate first, the operator's root
// last. It is ErrCertificate when they do not fit.
func (k *Keys) UseChain(text []byte) error {
	k.changing.Lock()
	defer k.changing.Unlock()
	s := *k.current()
	chain, err := s.fitting(text)
	if err != nil {
		return err
	}
	s.chain = chain
	if err := k.disk.WriteFile(k.path(s.number, chainExt), func(w io.Writer) error {
		_, err := w.Write(s.PEM())
		return err
	}); err != nil {
		return fmt.Errorf("couldn't keep the operator's certificates: %w", err)
	}
	k.mu.Lock()
	k.signer = &s
	k.mu.Unlock()
	return nil
}

// fitting reads a chain for the key.
func (s *signer) fitting(text []byte) ([]*x509.Certificate, error) {
	chain, err := readCertificates(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCertificate, err)
	}
	if !s.key.PublicKey.Equal(chain[0].PublicKey) {
		return nil, fmt.Errorf("%w: it is of another key than the one that signs now", ErrCertificate)
	}
	for i, c := range chain {
		above := chain[min(i+1, len(chain)-1)]
		if err := c.CheckSignatureFrom(above); err != nil {
			return nil, fmt.Errorf("%w: the certificate of %s is not issued by the next one: %w", ErrCertificate, c.Subject.CommonName, err)
		}
	}
	return chain, nil
}

// Fingerprint is that of the key that signs now: it goes on paper, with Root.
func (k *Keys) Fingerprint() verify.Fingerprint { return k.current().Fingerprint() }

// Root is the fingerprint of the root.
func (k *Keys) Root() verify.Fingerprint { return k.current().Root() }

// Fingerprint is that of the key.
func (s *signer) Fingerprint() verify.Fingerprint { return verify.FingerprintOf(s.chain[0]) }

// Root is that of the root.
func (s *signer) Root() verify.Fingerprint { return verify.FingerprintOf(s.chain[len(s.chain)-1]) }

// PEM is the chain, the signing key's certificate first.
func (s *signer) PEM() []byte { return pemOf(s.chain) }

func pemOf(chain []*x509.Certificate) []byte {
	var b bytes.Buffer
	for _, c := range chain {
		b.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
	}
	return b.Bytes()
}

// salt makes the salt of a PSS signature from the key and what is signed, so that the
// same is signed in the same way (R98). It is as unknown to others as a random one.
type salt struct{ r io.Reader }

func newSalt(key *rsa.PrivateKey, digest []byte) salt {
	h := sha256.New()
	io.WriteString(h, "sjudager handover salt\n")
	h.Write(key.D.Bytes())
	h.Write(digest)
	return salt{bytes.NewReader(h.Sum(nil))}
}

func (s salt) Read(p []byte) (int, error) { return io.ReadFull(s.r, p) }
