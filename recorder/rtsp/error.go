package rtsp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/bluenviron/gortsplib/v4/pkg/base"

	"github.com/sjudager/sjudager/recorder/batch"
	"github.com/sjudager/sjudager/vault/footage"
)

// What an Error wraps where people can put it right in the camera's URL.
var (
	ErrPassword = errors.New("user name and password are not right")
	ErrNoStream = errors.New("the path is not right")
)

// Error says why there is no video, or no more of it.
type Error struct {
	Cause  footage.Cause
	Detail string // for people, without passwords
	err    error  // as it was seen; may hold anything
}

func (e *Error) Error() string { return e.Detail }

func (e *Error) Unwrap() error { return e.err }

// explain makes an Error of what ended the session.
func (p *player) explain(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if detail, ok := distrust(err); ok {
		return &Error{footage.CauseRefused, detail, err}
	}
	if errors.Is(err, errLogin) {
		return &Error{footage.CauseRefused, "the camera asks for a kind of authentication that is not supported", err}
	}
	if errors.Is(err, errUnanswered) || errors.Is(err, context.DeadlineExceeded) {
		return &Error{footage.CauseUnreachable, fmt.Sprintf("the camera at %s does not answer", p.url.Host), err}
	}
	if errors.Is(err, batch.ErrRubbish) {
		return &Error{footage.CauseEnded, "the camera sent what is neither video nor RTSP", err}
	}
	op, dialing := errors.AsType[*net.OpError](err)
	switch {
	case dialing && op.Op == "dial":
		return &Error{footage.CauseUnreachable, fmt.Sprintf("no connection to %s: %s", p.url.Host, cause(op.Err)), err}
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE):
		if p.playing {
			return &Error{footage.CauseEnded, "the camera ended the connection", err}
		}
		return &Error{footage.CauseUnreachable, "the camera ended the connection without an answer", err}
	case p.playing:
		return &Error{footage.CauseEnded, "the connection broke: " + p.clean(err), err}
	}
	return &Error{footage.CauseRefused, "the camera's answer makes no sense: " + p.clean(err), err}
}

// refusal says in words what a camera means with an answer.
func (p *player) refusal(res *base.Response) *Error {
	detail := fmt.Sprintf("the camera answered %d %s", res.StatusCode, p.clean(errors.New(res.StatusMessage)))
	var is error
	switch res.StatusCode {
	case base.StatusUnauthorized, base.StatusForbidden:
		is, detail = ErrPassword, "the camera refused the user name or password"
		if p.url.User == nil {
			detail = "the camera asks for a user name and a password, and none is configured"
		}
	case base.StatusNotFound:
		is, detail = ErrNoStream, "the camera has no stream at this URL (404)"
	case base.StatusUnsupportedTransport:
		detail = fmt.Sprintf("the camera does not offer transport %s (461)", p.stream.Transport)
	}
	return &Error{footage.CauseRefused, detail, is}
}

// cause returns the innermost error as text, which says what and not where.
func cause(err error) string {
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return err.Error()
}

// clean returns err as text without the password and of a reasonable length:
// part of it may come from the camera.
func (p *player) clean(err error) string {
	text := strings.ToValidUTF8(err.Error(), "?")
	if p.url.User != nil {
		if password, ok := p.url.User.Password(); ok && password != "" {
			text = strings.ReplaceAll(text, password, "…")
			_, escaped, _ := strings.Cut(p.url.User.String(), ":")
			text = strings.ReplaceAll(text, escaped, "…")
		}
	}
	if len(text) > 200 {
		text = strings.ToValidUTF8(text[:200], "") + "…"
	}
	return text
}
