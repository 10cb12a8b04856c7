package rtsp

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
)

func TestRedirect(t *testing.T) {
	const ok = "the camera's video cannot be recorded; it offers no video track"
	certificate := selfSigned(t)
	secure := &tls.Config{Certificates: []tls.Certificate{certificate}}
	answering := func(answer func() string) func(net.Conn, ask) string {
		return func(_ net.Conn, a ask) string {
			if a.method == "DESCRIBE" {
				return answer()
			}
			return "RTSP/1.0 200 OK"
		}
	}
	audio := func() string {
		return "RTSP/1.0 200 OK\nContent-Type: application/sdp\n\nv=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\nm=audio 0 RTP/AVP 0\r\n"
	}
	var location atomic.Value
	elsewhere := func() string { return "RTSP/1.0 302 Found\nLocation: " + location.Load().(string) }
	plainTarget := "rtsp://" + camera(t, nil, answering(audio)) + "/here"
	secureTarget := "rtsps://" + camera(t, secure, answering(audio)) + "/here"
	plain := "rtsp://" + camera(t, nil, answering(elsewhere)) + "/there"
	encrypted := "rtsps://" + camera(t, secure, answering(elsewhere)) + "/there"
	for _, test := range []struct{ name, from, to, want string }{
		{"plain to plain", plain, plainTarget, ok},
		{"plain to encrypted", plain, secureTarget, ok},
		{"encrypted to encrypted", encrypted, secureTarget, ok},
		{"encrypted to plain", encrypted, plainTarget, "the camera redirects to an address without encryption"},
		{"in a circle", plain, plain, "the camera redirects without end"},
	} {
		t.Run(test.name, func(t *testing.T) {
			location.Store(test.to)
			err := Play(t.Context(), Source{URL: test.from, Transport: TCP, TLSFingerprint: fingerprint(certificate.Leaf)}, Handler{})
			if err == nil || err.Error() != test.want {
				t.Errorf("%v, want %s", err, test.want)
			}
		})
	}
}

func TestCertificate(t *testing.T) {
	certificate := selfSigned(t)
	print := colons(fingerprint(certificate.Leaf))
	address := camera(t, &tls.Config{Certificates: []tls.Certificate{certificate}}, func(_ net.Conn, a ask) string {
		if !strings.HasPrefix(a.url, "rtsps://") {
			t.Errorf("%s of %s", a.method, a.url)
		}
		return "RTSP/1.0 404 Not Found"
	})
	for _, test := range []struct {
		fingerprint string
		cause       footage.Cause
		want        string
	}{
		{print, footage.CauseRefused, "the camera has no stream at this URL (404)"},
		{strings.ToLower(strings.ReplaceAll(print, ":", "")), footage.CauseRefused, "the camera has no stream at this URL (404)"},
		{strings.Repeat("00:", 31) + "00", footage.CauseRefused, "the camera's certificate has the fingerprint " + print + ", which is not the one that is configured"},
		{"", footage.CauseRefused, "; if it is the camera's own, configure its fingerprint: " + print},
	} {
		for _, transport := range []Transport{Auto, TCP, UDP} { // UDP is refused later
			var e *Error
			err := Play(t.Context(), Source{URL: "rtsps://" + address + "/", Transport: transport, TLSFingerprint: test.fingerprint}, Handler{})
			if !errors.As(err, &e) || e.Cause != test.cause || !strings.HasSuffix(e.Detail, test.want) {
				t.Errorf("with fingerprint %q over %s: %v, want %s", test.fingerprint, transport, err, test.want)
			}
		}
	}
}

// TestNoTLS: a camera at the port for rtsps that does not know it.
func TestNoTLS(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		if c, err := l.Accept(); err == nil {
			io.WriteString(c, "RTSP/1.0 400 Bad Request\r\n\r\n")
			io.Copy(io.Discard, c)
			c.Close()
		}
	}()
	err = Play(t.Context(), Source{URL: "rtsps://" + l.Addr().String() + "/"}, Handler{})
	if err == nil || !strings.Contains(err.Error(), "tls") {
		t.Errorf("%v", err)
	}
}

func selfSigned(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}
