package batch

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// glance is how long a wait for a socket goes on before it is looked whether it
// was closed meanwhile.
const glance = 50 * time.Millisecond

// socket is a connected TCP socket that Go's network poller does not know: there
// every packet that arrives wakes a thread, even if nobody waits for it.
type socket struct {
	local, remote net.Addr
	// patient: Read waits for something to read. Otherwise it returns
	// os.ErrDeadlineExceeded, which TLS takes as a reason to try again later.
	patient atomic.Bool
	closed  atomic.Bool
	writeBy atomic.Int64 // Unix time in nanoseconds, 0: whenever

	// Held while the descriptor is in use, both while it is closed.
	reading, writing sync.Mutex
	fd               int
}

// newSocket takes nc over: nc is closed in any case.
func newSocket(nc *net.TCPConn) (*socket, error) {
	defer nc.Close()
	raw, err := nc.SyscallConn()
	if err != nil {
		return nil, fmt.Errorf("couldn't take over a connection: %w", err)
	}
	s := &socket{local: nc.LocalAddr(), remote: nc.RemoteAddr(), fd: -1}
	var trouble error
	err = raw.Control(func(fd uintptr) {
		s.fd, trouble = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0)
	})
	if err = errors.Join(err, trouble); err != nil {
		return nil, fmt.Errorf("couldn't take over a connection: %w", err)
	}
	return s, nil
}

func (s *socket) Read(p []byte) (int, error) {
	s.reading.Lock()
	defer s.reading.Unlock()
	for !s.closed.Load() {
		n, err := unix.Read(s.fd, p)
		switch {
		case n > 0:
			return n, nil
		case err == nil:
			return 0, io.EOF
		case err == unix.EINTR:
		case err != unix.EAGAIN:
			return 0, s.failed("read", err)
		case !s.patient.Load():
			return 0, os.ErrDeadlineExceeded
		default:
			s.await(unix.POLLIN)
		}
	}
	return 0, net.ErrClosed
}

func (s *socket) Write(p []byte) (written int, err error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	for !s.closed.Load() {
		n, err := unix.Write(s.fd, p[written:])
		written += max(n, 0)
		switch {
		case err == nil && written == len(p):
			return written, nil
		case err == nil || err == unix.EINTR:
		case err != unix.EAGAIN:
			return written, s.failed("write", err)
		default:
			if by := s.writeBy.Load(); by != 0 && time.Now().UnixNano() >= by {
				return written, os.ErrDeadlineExceeded
			}
			s.await(unix.POLLOUT)
		}
	}
	return written, net.ErrClosed
}

// await waits until the socket can be used or it is time for a glance. An error
// would show in the use.
func (s *socket) await(event int16) {
	unix.Poll([]unix.PollFd{{Fd: int32(s.fd), Events: event}}, int(glance.Milliseconds()))
}

func (s *socket) failed(op string, err error) error {
	return &net.OpError{Op: op, Net: "tcp", Source: s.local, Addr: s.remote, Err: os.NewSyscallError(op, err)}
}

func (s *socket) Close() error {
	if s.closed.Swap(true) {
		return net.ErrClosed
	}
	s.reading.Lock()
	defer s.reading.Unlock()
	s.writing.Lock()
	defer s.writing.Unlock()
	return unix.Close(s.fd)
}

func (s *socket) LocalAddr() net.Addr  { return s.local }
func (s *socket) RemoteAddr() net.Addr { return s.remote }

func (s *socket) SetWriteDeadline(t time.Time) error {
	by := int64(0)
	if !t.IsZero() {
		by = t.UnixNano()
	}
	s.writeBy.Store(by)
	return nil
}

// SetReadDeadline is there for net.Conn: nobody but [Conn], which has deadlines
// of its own, and TLS, which sets none, reads a socket.
func (s *socket) SetReadDeadline(time.Time) error { return nil }

func (s *socket) SetDeadline(t time.Time) error { return s.SetWriteDeadline(t) }
