package batch

import (
	"context"
	"crypto/tls"
	"errors"
	"iter"
	"net"
	"os"
	"sync"
	"time"
)

const (
	// maxUnread is how many bytes may wait for Read before no more are read from
	// the socket.
	maxUnread = 256 << 10
	// maxRubbish is how many bytes of rubbish in a turn are put up with: searching
	// through them costs more than frames do.
	maxRubbish = 1 << 20
	// privateSize is how much is read at once by a loop for one connection.
	privateSize = 256 << 10
)

// ErrRubbish is how Read ends when too much comes that is neither a frame nor a
// message.
var ErrRubbish = errors.New("neither frames nor messages")

// Conn is a connection that a [Loop] reads. Its methods may be called from any
// goroutine, but Read from one at a time.
type Conn struct {
	timetable
	socket *socket
	stream net.Conn // the socket, or TLS over it
	loop   *Loop
	owned  bool // the loop is for this connection alone

	reading  sync.Mutex            // held for a turn
	take     func(iter.Seq[Frame]) // reading; nil: everything is for Read
	splitter splitter              // reading
	tail     []byte                // reading: of the batch before
	rest     []byte                // reading: of this batch
	frames   iter.Seq[Frame]       // c.split, bound once
	rubbish  uint64                // reading: bytes

	mu       sync.Mutex
	arrived  sync.Cond   // of what follows
	unread   []byte      // mu
	err      error       // mu: why nothing more comes
	deadline time.Time   // mu
	alarm    *time.Timer // mu: for the deadline
}

// Add has the loop read a connection from now on. With a configuration for TLS,
// it shakes hands first, as long as ctx lasts, and has a loop of its own. nc is
// closed in any case; use the Conn.
func (l *Loop) Add(ctx context.Context, nc *net.TCPConn, secure *tls.Config) (*Conn, error) {
	s, err := newSocket(nc)
	if err != nil {
		return nil, err
	}
	c := &Conn{timetable: timetable{every: period}, socket: s, stream: s, loop: l}
	c.arrived.L = &c.mu
	c.frames = c.split
	if secure != nil {
		s.patient.Store(true)
		t := tls.Client(s, secure)
		if err := t.HandshakeContext(ctx); err != nil {
			s.Close()
			return nil, err
		}
		s.patient.Store(false)
		c.stream, c.loop, c.owned = t, newLoop(privateSize), true
	}
	c.loop.add(c)
	return c, nil
}

// Split has take called for each batch of interleaved frames from now on, on the
// loop's goroutine, which it must not keep waiting. The channel is that of RTP,
// the next one that of RTCP; frames of other channels are given out as well. Read
// gets what is between the frames, a whole message at a time.
func (c *Conn) Split(channel byte, take func(iter.Seq[Frame])) {
	c.reading.Lock()
	defer c.reading.Unlock()
	c.take, c.splitter.channel = take, channel
}

// turn reads what there is to read. It reports whether there may be more.
func (c *Conn) turn(l *Loop, now time.Duration) bool {
	c.reading.Lock()
	defer c.reading.Unlock()
	buf := l.buf
	rubbish := c.rubbish
	for range maxBatches {
		if c.rubbish-rubbish > maxRubbish {
			c.fail(ErrRubbish)
			return false
		}
		if c.waiting() > maxUnread {
			return true
		}
		from := headroom - copy(buf[headroom-len(c.tail):], c.tail)
		n, err := c.fill(buf[headroom:])
		if n > 0 {
			c.deliver(buf[from : headroom+n])
		}
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			c.fail(err)
			return false
		}
		if n < len(buf)-headroom {
			break
		}
	}
	return true
}

// fill reads into p what there is. A socket gives all of it at once; TLS only a
// record at a time.
func (c *Conn) fill(p []byte) (n int, err error) {
	if !c.owned {
		return c.stream.Read(p)
	}
	for n < len(p) && err == nil {
		var got int
		got, err = c.stream.Read(p[n:])
		n += got
	}
	return n, err
}

// deliver gives b to those it is for, and keeps what has not come whole.
func (c *Conn) deliver(b []byte) {
	if c.take == nil {
		c.push(b)
		return
	}
	c.rest = b
	c.take(c.frames)
	c.split(func(Frame) bool { return true }) // should take have had enough
	c.tail = append(c.tail[:0], c.rest...)
	c.rest = nil
}

// split takes frames off c.rest, and sees to what is between them.
func (c *Conn) split(yield func(Frame) bool) {
	for len(c.rest) > 0 {
		kind, n := c.splitter.next(c.rest)
		b := c.rest[:n]
		c.rest = c.rest[n:]
		switch kind {
		case incomplete:
			return
		case frame:
			if !yield(Frame{b[1], b[headerSize:]}) {
				return
			}
		case message:
			c.push(b)
		case rubbish:
			c.rubbish += uint64(n)
		}
	}
}

func (c *Conn) push(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unread = append(c.unread, b...)
	c.arrived.Broadcast()
}

func (c *Conn) waiting() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.unread)
}

// fail says that nothing more comes.
func (c *Conn) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = err
	}
	c.arrived.Broadcast()
}

// Read reads what is not taken by Split.
func (c *Conn) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.unread) == 0 {
		switch {
		case c.err != nil:
			return 0, c.err
		case !c.deadline.IsZero() && !time.Now().Before(c.deadline):
			return 0, os.ErrDeadlineExceeded
		}
		c.arrived.Wait()
	}
	n := copy(p, c.unread)
	c.unread = c.unread[:copy(c.unread, c.unread[n:])]
	return n, nil
}

// Write writes all of p, however long that takes until the deadline.
func (c *Conn) Write(p []byte) (int, error) { return c.stream.Write(p) }

// Close ends the connection. A Read or Write in progress ends with an error.
func (c *Conn) Close() error {
	c.fail(net.ErrClosed)
	c.SetReadDeadline(time.Time{})
	err := c.socket.Close() // without TLS's goodbye, which could be kept waiting
	if errors.Is(err, net.ErrClosed) {
		return err
	}
	c.loop.remove(c)
	if c.owned {
		c.loop.Close()
	}
	c.reading.Lock() // the turn that may be going on is the last
	defer c.reading.Unlock()
	c.take = nil
	return err
}

// LocalAddr is a *net.TCPAddr.
func (c *Conn) LocalAddr() net.Addr { return c.socket.local }

// RemoteAddr is a *net.TCPAddr.
func (c *Conn) RemoteAddr() net.Addr { return c.socket.remote }

// SetDeadline sets both deadlines.
func (c *Conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// SetReadDeadline has Read return os.ErrDeadlineExceeded at t; the zero time is
// never.
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = t
	if c.alarm != nil {
		c.alarm.Stop()
		c.alarm = nil
	}
	if !t.IsZero() {
		c.alarm = time.AfterFunc(time.Until(t), func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.arrived.Broadcast()
		})
	}
	c.arrived.Broadcast()
	return nil
}

// SetWriteDeadline has Write return os.ErrDeadlineExceeded at t; the zero time
// is never.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.stream.SetWriteDeadline(t) }
