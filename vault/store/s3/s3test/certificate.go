package s3test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Authority makes a certificate authority that nobody trusts, and returns its
// certificate as PEM.
func Authority() (string, error) {
	_, _, text, err := authority()
	return text, err
}

func authority() (*x509.Certificate, *ecdsa.PrivateKey, string, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, "", err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Sjudager test authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, nil, "", err
	}
	cert, err := x509.ParseCertificate(der)
	return cert, key, block("CERTIFICATE", der), err
}

// certify writes cert.pem and key.pem for the loopback interface, and sets CA.
func (s *Server) certify() error {
	ca, caKey, text, err := authority()
	if err != nil {
		return err
	}
	s.CA = text
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: ca.NotBefore, NotAfter: ca.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{Domain, "*." + Domain},
	}
	der, errCert := x509.CreateCertificate(rand.Reader, template, ca, key.Public(), caKey)
	private, errKey := x509.MarshalPKCS8PrivateKey(key)
	return errors.Join(errCert, errKey,
		os.WriteFile(filepath.Join(s.dir, "cert.pem"), []byte(block("CERTIFICATE", der)), 0o600),
		os.WriteFile(filepath.Join(s.dir, "key.pem"), []byte(block("PRIVATE KEY", private)), 0o600))
}

func block(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}
