package rtsp

import (
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

// dial connects for gortsplib, which believes that there is never TLS: with a
// layer of its own over the connection, the video could not be taken out.
func (p *player) dial(ctx context.Context, network, address string) (net.Conn, error) {
	nc, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	var secure *tls.Config
	if p.secure {
		host, _, _ := net.SplitHostPort(address)
		secure = p.tls(host)
	}
	c, err := p.loop.Add(ctx, nc.(*net.TCPConn), secure)
	if err != nil {
		return nil, err
	}
	p.conn, p.interleaved, p.requested, p.sender, p.last = c, false, false, nil, nil
	return c, nil
}

// plain returns where gortsplib is to connect for u: the same place, and a port
// that does not depend on the scheme.
func plain(u *base.URL) (scheme, host string) {
	if u.Scheme == "rtsps" && u.Port() == "" {
		return "rtsp", net.JoinHostPort(u.Hostname(), "322")
	}
	return "rtsp", u.Host
}

// redirected sees to it that gortsplib can follow a redirect. One that would give
// up encryption or never ends is taken away from it.
func (p *player) redirected(res *base.Response) {
	location := res.Header["Location"]
	if res.StatusCode < base.StatusMovedPermanently || res.StatusCode > base.StatusUseProxy || len(location) != 1 {
		return
	}
	u, err := base.ParseURL(location[0])
	p.redirects++
	switch {
	case err != nil: // gortsplib will say so
	case p.secure && u.Scheme != "rtsps":
		p.refused = &Error{footage.CauseRefused, "the camera redirects to an address without encryption", nil}
		delete(res.Header, "Location")
	case p.redirects > maxRedirects:
		p.refused = &Error{footage.CauseRefused, "the camera redirects without end", nil}
		delete(res.Header, "Location")
	default:
		p.secure = u.Scheme == "rtsps"
		u.Scheme, u.Host = plain(u)
		res.Header["Location"] = base.HeaderValue{u.String()}
	}
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
