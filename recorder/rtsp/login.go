package rtsp

import (
	"strconv"

	"github.com/bluenviron/gortsplib/v4/pkg/auth"
	"github.com/bluenviron/gortsplib/v4/pkg/base"
)

// renew answers a camera that, in the midst of the video, does not accept a
// keepalive any more because the nonce of our login is stale (RFC 7616, 3.3).
// gortsplib would ignore that until the camera ends the session. The request is
// sent again under the new nonce, which the following ones get as well. Should that
// not be accepted either, the camera may end the session.
func (p *player) renew(res *base.Response) {
	again := p.last
	p.last = nil
	if res.StatusCode != base.StatusUnauthorized || again == nil || p.url.User == nil || p.conn == nil {
		return
	}
	password, _ := p.url.User.Password()
	sender := &auth.Sender{WWWAuth: res.Header["WWW-Authenticate"], User: p.url.User.Username(), Pass: password}
	if sender.Initialize() != nil {
		return
	}
	p.sender = sender
	sender.AddAuthorization(again)
	// Not the same number, which would make it a repetition that may be
	// answered alike. Nobody waits for this answer.
	if n, err := strconv.Atoi(again.Header["CSeq"][0]); err == nil {
		again.Header["CSeq"] = base.HeaderValue{strconv.Itoa(n + 1)}
	}
	if b, err := again.Marshal(); err == nil {
		p.conn.Write(b) // when it cannot be written, reading ends too
	}
}
