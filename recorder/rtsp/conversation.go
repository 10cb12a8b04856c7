package rtsp

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/bluenviron/gortsplib/v4/pkg/base"
	"github.com/bluenviron/gortsplib/v4/pkg/headers"

	"github.com/sjudager/sjudager/recorder/batch"
	"github.com/sjudager/sjudager/vault/footage"
)

const (
	// answerTimeout is how long a camera may take to answer a request.
	answerTimeout = 10 * time.Second
	// farewellTimeout is how long it may take when we go anyway.
	farewellTimeout = time.Second
	// greatestName is how much of a message must be there to tell what it is.
	greatestName = len("RTSP/")
)

// maxTries is how often a request is sent: as it is, with a login, and with another
// one should the first be stale already.
const maxTries = 3

var (
	errUnanswered = errors.New("no answer")
	errLogin      = errors.New("no kind of authentication is known")
)

// conversation is a connection to a camera and what RTSP has agreed on it. It is
// for one goroutine.
type conversation struct {
	ctx     context.Context
	conn    *batch.Conn
	reader  *bufio.Reader
	user    *url.Userinfo // nil: nobody
	login   *login        // nil: the camera has not asked for one
	unbind  func() bool
	number  int // CSeq of the last request
	session string
	// lifeSign is what keeps the session alive.
	lifeSign base.Method
	// timeout is after how long without a request the camera forgets the session;
	// 0 when it has not said so.
	timeout time.Duration
}

// converse begins a conversation. When ctx is done, what waits for the camera
// returns; close must be called all the same.
func converse(ctx context.Context, conn *batch.Conn, user *url.Userinfo) *conversation {
	c := &conversation{ctx: ctx, conn: conn, reader: bufio.NewReader(conn), user: user, lifeSign: base.Options}
	c.unbind = context.AfterFunc(ctx, func() {
		conn.SetReadDeadline(time.Unix(1, 0))
		conn.SetWriteDeadline(time.Now().Add(farewellTimeout))
	})
	return c
}

// ask sends a request and returns the answer. A camera that wants a login, or
// another one since the nonce of ours is stale (RFC 7616, 3.3), gets it.
func (c *conversation) ask(method base.Method, u *base.URL, header base.Header) (*base.Response, error) {
	for tries := 1; ; tries++ {
		if err := c.send(method, u, header); err != nil {
			return nil, err
		}
		res, err := c.answer(answerTimeout)
		if err != nil {
			return nil, err
		}
		if tries < maxTries {
			again, err := c.refused(res)
			if err != nil {
				return nil, err
			}
			if again {
				continue
			}
		}
		if c.login != nil && res.StatusCode == base.StatusOK {
			c.login.good = true
		}
		return res, c.agree(res)
	}
}

// refused takes the login that a camera asks for, if it does. It reports whether
// asking again makes sense: the same password is not tried twice.
func (c *conversation) refused(res *base.Response) (again bool, err error) {
	if res.StatusCode != base.StatusUnauthorized || c.user == nil {
		return false, nil
	}
	old := c.login
	if c.login, err = newLogin(res, c.user); err != nil {
		return false, err
	}
	return old == nil || c.login.stale() || old.good && old.challenge.Nonce != c.login.challenge.Nonce, nil
}

// send sends a request.
func (c *conversation) send(method base.Method, u *base.URL, header base.Header) error {
	c.number++
	req := &base.Request{Method: method, URL: u, Header: base.Header{
		"CSeq":       base.HeaderValue{strconv.Itoa(c.number)},
		"User-Agent": base.HeaderValue{"sjudager"},
	}}
	for name, value := range header {
		req.Header[name] = value
	}
	if c.session != "" {
		req.Header["Session"] = base.HeaderValue{c.session}
	}
	if c.login != nil {
		c.login.sign(req)
	}
	b, err := req.Marshal()
	if err != nil {
		return fmt.Errorf("couldn't put a request together: %w", err)
	}
	return c.write(b)
}

func (c *conversation) write(b []byte) error {
	timeout := answerTimeout
	if c.ctx.Err() != nil {
		timeout = farewellTimeout
	}
	c.conn.SetWriteDeadline(time.Now().Add(timeout))
	_, err := c.conn.Write(b)
	return err
}

// answer returns the answer to the last request.
func (c *conversation) answer(within time.Duration) (*base.Response, error) {
	for deadline := time.Now().Add(within); ; {
		res, err := c.next(deadline)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, errUnanswered
		}
		if err != nil || c.answers(res) {
			return res, err
		}
	}
}

// answers reports whether res belongs to the last request. Some cameras do not say
// what they answer.
func (c *conversation) answers(res *base.Response) bool {
	number := res.Header["CSeq"]
	return len(number) != 1 || strings.TrimSpace(number[0]) == strconv.Itoa(c.number)
}

// agree takes note of the session.
func (c *conversation) agree(res *base.Response) error {
	value, ok := res.Header["Session"]
	if !ok {
		return nil
	}
	var session headers.Session
	if err := session.Unmarshal(value); err != nil {
		return err
	}
	c.session = session.Session
	if session.Timeout != nil && *session.Timeout > 0 {
		c.timeout = time.Duration(*session.Timeout) * time.Second
	}
	return nil
}

// next returns the next answer that comes, to whatever it is. What comes besides is
// dealt with: requests, frames in a session that has none, and rubbish. A camera
// that talks without a pause is not listened to for longer than until the deadline.
func (c *conversation) next(deadline time.Time) (*base.Response, error) {
	for first := true; first || time.Now().Before(deadline); first = false {
		c.conn.SetReadDeadline(deadline)
		if c.ctx.Err() != nil {
			return nil, c.ctx.Err() // from now on converse sees to it
		}
		if _, err := c.reader.Peek(1); err != nil {
			return nil, c.ended(err)
		}
		c.conn.SetReadDeadline(time.Now().Add(answerTimeout)) // what has begun shall end
		start, err := c.reader.Peek(greatestName)
		if err != nil {
			return nil, c.ended(err)
		}
		switch {
		case string(start) == "RTSP/":
			res := &base.Response{}
			err := res.Unmarshal(c.reader)
			return res, c.ended(err)
		case start[0] == '$':
			_, err = c.reader.Discard(4 + int(start[2])<<8 + int(start[3]))
		case start[0] >= 'A' && start[0] <= 'Z':
			err = c.serve()
		default:
			_, err = c.reader.Discard(1)
		}
		if err != nil {
			return nil, c.ended(err)
		}
	}
	return nil, os.ErrDeadlineExceeded
}

// ended returns err, or rather why it came to it.
func (c *conversation) ended(err error) error {
	if err != nil && c.ctx.Err() != nil {
		return c.ctx.Err()
	}
	return err
}

// serve answers a request of the camera's: some ask whether we are there.
func (c *conversation) serve() error {
	var req base.Request
	if err := req.Unmarshal(c.reader); err != nil {
		return err
	}
	res := base.Response{StatusCode: base.StatusOK, Header: base.Header{}}
	switch req.Method {
	case base.Options, base.GetParameter, base.SetParameter:
	case base.Teardown:
		return &Error{footage.CauseEnded, "the camera ended the session", nil}
	default:
		res.StatusCode = base.StatusNotImplemented
	}
	if number, ok := req.Header["CSeq"]; ok {
		res.Header["CSeq"] = number
	}
	b, err := res.Marshal()
	if err != nil {
		return err
	}
	return c.write(b)
}

// close ends the session and the connection. While the process goes on the camera may
// say that it has ended the session, so that there is room for the next one.
func (c *conversation) close(u *base.URL) {
	if c.session != "" && c.send(base.Teardown, u, nil) == nil && c.ctx.Err() == nil {
		c.answer(farewellTimeout)
	}
	c.unbind()
	c.conn.Close()
}
