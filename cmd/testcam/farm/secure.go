package farm

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"io"
	"math/big"
	"net"
	"sync"
	"time"
)

// tlsHandshake is the first byte that a TLS client sends (RFC 8446 section 5.1);
// no request begins with it.
const tlsHandshake = 22

// SecureURL returns the rtsps URL of the camera with that path. The server's one
// port speaks both: TLS is known by its first byte.
func (s *Server) SecureURL(path string) string { return "rtsps://" + s.Addr() + "/" + path }

// Certificate returns the server's certificate, made when it started and signed
// by itself, as cameras' are: valid for the address and for localhost.
func (s *Server) Certificate() *x509.Certificate { return s.tls.Certificates[0].Leaf }

// Fingerprint returns the SHA-256 of the certificate in lower-case hexadecimal.
func (s *Server) Fingerprint() string {
	sum := sha256.Sum256(s.Certificate().Raw)
	return hex.EncodeToString(sum[:])
}

// selfSigned makes a certificate for a server at address that is valid for some
// years around now.
func selfSigned(now time.Time, address net.Addr) (*tls.Config, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("couldn't make a key: %w", err)
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		return nil, fmt.Errorf("couldn't choose a serial number: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "testcam"},
		NotBefore:    now.AddDate(-1, 0, 0),
		NotAfter:     now.AddDate(10, 0, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:     []string{"localhost"},
		IPAddresses:  []net.IP{address.(*net.TCPAddr).IP},
		IsCA:         true, // so that a client can be told to trust it

		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("couldn't make a certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("couldn't read the certificate that was made: %w", err)
	}
	return &tls.Config{
		MinVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}},
	}, nil
}

// secure shakes hands with a client whose first bytes are in r, and returns what
// it says.
func (c *conn) secure(r *bufio.Reader) (*bufio.Reader, error) {
	w := &wire{Conn: c.nc, reader: r}
	w.tls = tls.Server(w, c.server.tls)
	if err := w.tls.Handshake(); err != nil {
		return nil, err
	}
	w.mu.Lock()
	w.keep = true
	w.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wire = w
	return bufio.NewReader(w.tls), nil
}

// secured tells whether the client speaks TLS. Only run's goroutine calls it.
func (c *conn) secured() bool { return c.wire != nil }

// wire is what TLS runs over. During the handshake it is the connection; then
// what TLS writes is kept for the backlog, so that nobody waits for the socket.
type wire struct {
	net.Conn
	reader io.Reader // of the connection, from its first byte on
	tls    *tls.Conn

	mu   sync.Mutex
	keep bool
	kept []byte
}

func (w *wire) Read(b []byte) (int, error) { return w.reader.Read(b) }

func (w *wire) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.keep {
		return w.Conn.Write(b)
	}
	w.kept = append(w.kept, b...)
	return len(b), nil
}

// seal appends clear to out, encrypted.
func (w *wire) seal(out, clear []byte) []byte {
	w.tls.Write(clear) // fails only once the client has ended the session
	w.mu.Lock()
	defer w.mu.Unlock()
	out = append(out, w.kept...)
	w.kept = w.kept[:0]
	return out
}
