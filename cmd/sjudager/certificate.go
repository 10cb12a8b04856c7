package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sjudager/sjudager/configs"
	"github.com/sjudager/sjudager/vault/durable"
)

// ownCertificateFor is how long a certificate of our own lasts. Nobody but a browser
// that was told its fingerprint trusts it, so another one is a warning for everybody.
const ownCertificateFor = 10 * 365 * 24 * time.Hour

// certificate is what https is served with; it can change while it is.
type certificate struct {
	now atomic.Pointer[tls.Certificate]
}

// openCertificate returns the certificate of the configuration, or one of our own
// where other machines are served without, or nil where http does.
func openCertificate(c *configs.Config, now time.Time) (*certificate, error) {
	if c.HTTP.TLS.Cert == "" {
		if onLoopback(c.HTTP.Listen) {
			return nil, nil
		}
		if err := makeCertificate(c.DataDir, now); err != nil {
			return nil, fmt.Errorf("couldn't make a certificate: %w", err)
		}
	}
	cert := &certificate{}
	return cert, cert.load(c)
}

// load takes the certificate from its files.
func (k *certificate) load(c *configs.Config) error {
	certFile, keyFile := ownCertificate(c.DataDir)
	if t := c.HTTP.TLS; t.Cert != "" {
		certFile, keyFile = t.Cert, t.Key
	}
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return fmt.Errorf("couldn't read the certificate: %w", err)
	}
	k.now.Store(&pair)
	return nil
}

// config is how https is spoken with it.
func (k *certificate) config() *tls.Config {
	return &tls.Config{
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return k.now.Load(), nil },
		MinVersion:     tls.VersionTLS12, NextProtos: []string{"http/1.1"},
	}
}

// fingerprint is the certificate's SHA-256, as browsers show it.
func (k *certificate) fingerprint() string { return fingerprintOf(k.now.Load().Certificate[0]) }

func fingerprintOf(der []byte) string {
	sum := sha256.Sum256(der)
	parts := make([]string, len(sum))
	for i, b := range sum {
		parts[i] = fmt.Sprintf("%02X", b)
	}
	return strings.Join(parts, ":")
}

func ownCertificate(dataDir string) (cert, key string) {
	return filepath.Join(dataDir, "https", "own.crt"), filepath.Join(dataDir, "https", "own.key")
}

// makeCertificate makes a certificate of our own, unless there is one: for the names
// and addresses that the machine has now.
func makeCertificate(dataDir string, now time.Time) error {
	certFile, keyFile := ownCertificate(dataDir)
	if _, err := os.Stat(certFile); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 126))
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "Sjudager"}, DNSNames: []string{"localhost"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(ownCertificateFor),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
	}
	if name, err := os.Hostname(); err == nil && name != "localhost" {
		template.DNSNames = append(template.DNSNames, name)
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return err
	}
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok {
			template.IPAddresses = append(template.IPAddresses, n.IP)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := new(durable.Disk).MakeDir(filepath.Dir(keyFile)); err != nil {
		return err
	}
	// The certificate last: with it the pair is whole, after a crash too.
	for _, f := range []struct {
		path  string
		block pem.Block
	}{{keyFile, pem.Block{Type: "PRIVATE KEY", Bytes: private}}, {certFile, pem.Block{Type: "CERTIFICATE", Bytes: der}}} {
		if err := writeFile(f.path, func(w io.Writer) error { return pem.Encode(w, &f.block) }); err != nil {
			return err
		}
	}
	return nil
}

// onLoopback reports whether nobody but this machine reaches an address to listen on.
func onLoopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	ip, bad := netip.ParseAddr(host)
	return err == nil && (host == "localhost" || bad == nil && ip.Unmap().IsLoopback())
}

// pageURL is where the pages are for somebody at this machine or, where they are
// served to others, for those: port is that of the listener.
func pageURL(c *configs.Config, listener net.Addr) string {
	host, port, err := net.SplitHostPort(listener.String())
	if err != nil {
		host, port = "localhost", "8080"
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsUnspecified() {
		if name, err := os.Hostname(); err == nil {
			host = name
		}
	}
	scheme := "https"
	if c.HTTP.TLS.Cert == "" && onLoopback(c.HTTP.Listen) {
		scheme = "http"
	}
	return scheme + "://" + net.JoinHostPort(host, port) + "/"
}
