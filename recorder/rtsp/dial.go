package rtsp

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/bluenviron/gortsplib/v4/pkg/base"

	"github.com/sjudager/sjudager/vault/footage"
)

// maxRedirects is how often a camera may send us elsewhere.
const maxRedirects = 5

// dial connects to where p.url says and begins a conversation.
func (p *player) dial(ctx context.Context) (*conversation, error) {
	within, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	port, secure := "554", (*tls.Config)(nil)
	if p.secure() {
		port, secure = "322", p.tls(p.url.Hostname())
	}
	nc, err := (&net.Dialer{}).DialContext(within, "tcp", net.JoinHostPort(p.url.Hostname(), cmp.Or(p.url.Port(), port)))
	if err != nil {
		return nil, err
	}
	conn, err := p.loop.Add(within, nc.(*net.TCPConn), secure)
	if err != nil {
		return nil, err
	}
	return converse(ctx, conn, p.url.User), nil
}

func (p *player) secure() bool { return p.url.Scheme == "rtsps" }

// redirection is the error of a camera that sends us elsewhere.
type redirection struct{ to *base.URL }

func (r *redirection) Error() string { return "redirected" }

// redirected returns a redirection if res is one, or why we do not follow it.
func (p *player) redirected(res *base.Response) error {
	location := res.Header["Location"]
	if res.StatusCode/100 != 3 || len(location) != 1 {
		return nil
	}
	to, err := base.ParseURL(location[0])
	p.redirects++
	switch {
	case err != nil:
		return err
	case p.secure() && to.Scheme != "rtsps":
		return &Error{footage.CauseRefused, "the camera redirects to an address without encryption", nil}
	case p.redirects > maxRedirects:
		return &Error{footage.CauseRefused, "the camera redirects without end", nil}
	}
	to.User = p.url.User
	return &redirection{to}
}

// tls returns how to check the certificate of host: it must be valid, or, if a
// fingerprint is configured, be that one.
func (p *player) tls(host string) *tls.Config {
	if p.fingerprint == "" {
		return &tls.Config{ServerName: host}
	}
	return &tls.Config{
		ServerName:         host,
		InsecureSkipVerify: true, // VerifyConnection does
		VerifyConnection: func(state tls.ConnectionState) error {
			if got := fingerprint(state.PeerCertificates[0]); got != normal(p.fingerprint) {
				return &Error{footage.CauseRefused, fmt.Sprintf("the camera's certificate has the fingerprint %s, which is not the one that is configured", colons(got)), nil}
			}
			return nil
		},
	}
}

// fingerprint returns the SHA-256 of a certificate in hexadecimal.
func fingerprint(certificate *x509.Certificate) string {
	sum := sha256.Sum256(certificate.Raw)
	return hex.EncodeToString(sum[:])
}

// normal returns a fingerprint as fingerprint writes it.
func normal(fingerprint string) string {
	return strings.ToLower(strings.ReplaceAll(fingerprint, ":", ""))
}

// colons returns a fingerprint as openssl writes it.
func colons(fingerprint string) string {
	var b strings.Builder
	for i, c := range strings.ToUpper(fingerprint) {
		if i > 0 && i%2 == 0 {
			b.WriteByte(':')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// distrust says in words why a certificate was not accepted.
func distrust(err error) (detail string, ok bool) {
	bad, ok := errors.AsType[*tls.CertificateVerificationError](err)
	if !ok {
		return "", false
	}
	detail = fmt.Sprintf("the camera's certificate is not valid (%s)", cause(bad.Err))
	if len(bad.UnverifiedCertificates) > 0 {
		detail += "; if it is the camera's own, configure its fingerprint: " + colons(fingerprint(bad.UnverifiedCertificates[0]))
	}
	return detail, true
}
