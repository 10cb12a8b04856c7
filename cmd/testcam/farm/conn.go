package farm

import (
	"bufio"
	"errors"
	"net"
	"sync"
	"syscall"
	"time"
)

const (
	// maxBacklog is how many bytes may wait for a client's socket. It holds some
	// seconds of a 4 Mbit/s camera; what comes on top is dropped, as a camera
	// with little memory does.
	maxBacklog = 2 << 20
	// stuckAfter is how long a client may leave its backlog untouched.
	stuckAfter = 10 * time.Second
)

// conn is one client's connection. Its goroutine (run) reads requests; the
// server's pace goroutine writes media. Nobody ever waits for its socket.
type conn struct {
	server  *Server
	nc      *net.TCPConn
	raw     syscall.RawConn
	write   func(fd uintptr) bool // writeSome, bound once: a closure per write would be garbage
	session *session              // set by run's goroutine alone
	refused bool                  // run's goroutine: the last request was answered 401

	mu         sync.Mutex
	wire       *wire     // of a client that speaks TLS, once it does
	clear      []byte    // for what goes through it
	out        []byte    // waits for the socket, from sent on
	sent       int       // how much of out the socket has taken
	stuckSince time.Time // when the socket began to refuse; zero while it takes
	failed     bool
}

func newConn(s *Server, nc *net.TCPConn) (*conn, error) {
	raw, err := nc.SyscallConn()
	if err != nil {
		return nil, err
	}
	c := &conn{server: s, nc: nc, raw: raw}
	c.write = c.writeSome
	return c, nil
}

// run answers requests until the connection ends.
func (c *conn) run() {
	defer c.leave()
	defer c.close()
	r := bufio.NewReader(c)
	if first, err := r.Peek(1); err == nil && first[0] == tlsHandshake {
		if r, err = c.secure(r); err != nil {
			return
		}
	}
	for {
		req, err := readRequest(r)
		if errors.Is(err, errRequest) {
			c.reply(req, response{status: 400})
		}
		if err != nil || !c.handle(req) {
			return
		}
	}
}

// Read waits for the client as long as its session may last without a sign of
// life. Only run's goroutine calls it.
func (c *conn) Read(b []byte) (int, error) {
	timeout := defaultSessionTimeout
	if c.session != nil {
		timeout = c.session.feed.camera.SessionTimeout
	}
	if !c.refused {
		if err := c.nc.SetReadDeadline(time.Now().Add(timeout)); err != nil {
			return 0, err
		}
	}
	return c.nc.Read(b)
}

// close ends the connection; run's goroutine then cleans up.
func (c *conn) close() { c.nc.Close() }

// queue sends what fill appends, and tells whether it could: not if the client
// has let too much pile up.
func (c *conn) queue(now time.Time, fill func(b []byte) []byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.room() {
		return false
	}
	if c.wire == nil {
		c.out = fill(c.out)
	} else {
		c.clear = fill(c.clear[:0])
		c.out = c.wire.seal(c.out, c.clear)
	}
	c.flush(now)
	return true
}

// room tells whether more may be queued. c.mu is held.
func (c *conn) room() bool { return len(c.out)-c.sent < maxBacklog }

// waiting tells whether the socket has yet to take something. c.mu is held.
func (c *conn) waiting() bool { return c.sent < len(c.out) && !c.failed }

// flush writes as much of the backlog as the socket takes at once. c.mu is held.
func (c *conn) flush(now time.Time) {
	if !c.waiting() {
		return
	}
	before := c.sent
	if err := c.raw.Write(c.write); err != nil {
		c.failed = true
	}
	switch {
	case c.sent > before:
		c.stuckSince = time.Time{}
	case c.stuckSince.IsZero():
		c.stuckSince = now
	case now.Sub(c.stuckSince) > stuckAfter:
		c.failed = true
	}
	if c.failed {
		c.close()
	}
	switch {
	case c.sent == len(c.out):
		c.out, c.sent = c.out[:0], 0
	case c.sent > maxBacklog/2:
		c.out, c.sent = c.out[:copy(c.out, c.out[c.sent:])], 0
	}
}

func (c *conn) writeSome(fd uintptr) bool {
	for c.sent < len(c.out) {
		n, err := syscall.Write(int(fd), c.out[c.sent:])
		switch {
		case err == nil:
			c.sent += n
		case err == syscall.EINTR:
		case err == syscall.EAGAIN:
			return true
		default:
			c.failed = true
			return true
		}
	}
	return true
}
