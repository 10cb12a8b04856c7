package rtsp

import (
	"net/url"
	"strings"

	"github.com/bluenviron/gortsplib/v4/pkg/auth"
	"github.com/bluenviron/gortsplib/v4/pkg/base"
	"github.com/bluenviron/gortsplib/v4/pkg/headers"
)

// login is how requests are signed.
type login struct {
	sender    auth.Sender
	challenge headers.Authenticate // that it answers
	good      bool                 // it was accepted
}

// newLogin returns the login that an answer of 401 asks for, in the strongest way
// that is offered: Digest with SHA-256, with MD5 (RFC 7616), Basic (RFC 7617).
func newLogin(res *base.Response, user *url.Userinfo) (*login, error) {
	password, _ := user.Password()
	l := &login{sender: auth.Sender{User: user.Username(), Pass: password}}
	for _, value := range res.Header["WWW-Authenticate"] {
		var c headers.Authenticate
		if c.Unmarshal(base.HeaderValue{value}) != nil {
			continue // a way that we do not know
		}
		if l.sender.WWWAuth == nil || strength(c) > strength(l.challenge) {
			l.challenge, l.sender.WWWAuth = c, base.HeaderValue{value}
		}
	}
	if err := l.sender.Initialize(); err != nil {
		return nil, errLogin
	}
	return l, nil
}

func strength(c headers.Authenticate) int {
	switch {
	case c.Method == headers.AuthMethodBasic:
		return 0
	case c.Algorithm == nil || *c.Algorithm == headers.AuthAlgorithmMD5:
		return 1
	}
	return 2
}

// stale reports whether the camera has said that only the nonce was not right: it
// is too old.
func (l *login) stale() bool {
	return l.challenge.Stale != nil && strings.EqualFold(*l.challenge.Stale, "true")
}

// sign adds the login to a request.
func (l *login) sign(req *base.Request) {
	l.sender.AddAuthorization(req)
	if l.challenge.Opaque != nil { // it is to be sent back as it came (RFC 7616, 3.4)
		req.Header["Authorization"][0] += `, opaque="` + *l.challenge.Opaque + `"`
	}
}
