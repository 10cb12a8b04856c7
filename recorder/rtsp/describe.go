package rtsp

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bluenviron/gortsplib/v4/pkg/base"
	"github.com/bluenviron/gortsplib/v4/pkg/description"
	"github.com/bluenviron/gortsplib/v4/pkg/sdp"
)

// find connects to the camera, wherever it sends us, and returns what it offers there
// with the conversation in which to ask for it.
func (p *player) find(ctx context.Context) (*conversation, *description.Session, error) {
	for {
		c, err := p.dial(ctx)
		if err != nil {
			return nil, nil, err
		}
		session, err := p.describe(c)
		if err == nil {
			return c, session, nil
		}
		c.close(p.url)
		elsewhere, ok := errors.AsType[*redirection](err)
		if !ok {
			return nil, nil, err
		}
		p.url = elsewhere.to
	}
}

// describe asks what the camera can do and what it offers.
func (p *player) describe(c *conversation) (*description.Session, error) {
	res, err := c.ask(base.Options, p.url, nil)
	if err != nil {
		return nil, err
	}
	// Some do not know OPTIONS. VLC's server wants GET_PARAMETER.
	if strings.Contains(strings.Join(res.Header["Public"], ","), string(base.GetParameter)) {
		c.lifeSign = base.GetParameter
	}
	res, err = c.ask(base.Describe, p.url, base.Header{"Accept": base.HeaderValue{"application/sdp"}})
	if err != nil {
		return nil, err
	}
	if err := p.redirected(res); err != nil {
		return nil, err
	}
	if res.StatusCode != base.StatusOK {
		return nil, p.refusal(res)
	}
	return p.read(res)
}

// read reads a description.
func (p *player) read(res *base.Response) (*description.Session, error) {
	var text sdp.SessionDescription
	if err := text.Unmarshal(res.Body); err != nil {
		return nil, fmt.Errorf("couldn't read its SDP: %w", err)
	}
	session := &description.Session{}
	if err := session.Unmarshal(&text); err != nil {
		return nil, fmt.Errorf("couldn't read its SDP: %w", err)
	}
	var err error
	session.BaseURL, err = p.aggregate(&text, res)
	return session, err
}

// trackURL returns the URL of a track.
func trackURL(session *description.Session, media *description.Media) (*base.URL, error) {
	u, err := media.URL(session.BaseURL)
	if err == nil && u == nil { // which is gortsplib's way to say that it is none
		err = fmt.Errorf("couldn't read the URL of a track: %q", media.Control)
	}
	return u, err
}

// aggregate returns the URL of the stream as a whole, below which its tracks are
// (RFC 2326, C.1.1).
func (p *player) aggregate(text *sdp.SessionDescription, res *base.Response) (*base.URL, error) {
	said, _ := text.Attribute("control")
	if said == "" || said == "*" {
		said = strings.Join(res.Header["Content-Base"], "")
	}
	switch {
	case said == "":
		return p.url, nil
	case strings.HasPrefix(said, "/"):
		said = p.url.Scheme + "://" + p.url.Host + said
	}
	u, err := base.ParseURL(said)
	if err != nil {
		return nil, fmt.Errorf("couldn't read its base URL: %w", err)
	}
	u.User = p.url.User
	return u, nil
}
