package farm

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"
)

// tick is the grain of sending: what is due within one tick leaves together, so
// that a hundred cameras wake the machine no more than 1000 times a second. Were it
// much longer, cameras that have nothing to do with each other would send in step,
// and a recorder would find more work each time it wakes than it does in reality.
const tick = time.Millisecond

// Server serves cameras at one address.
type Server struct {
	now      func() time.Time
	epoch    time.Time // the beginning of all timelines; ticks count from here
	listener *net.TCPListener
	udp      udpPair
	heard    heard
	tls      *tls.Config
	feeds    map[string]*Feed // by path; never changes
	order    []*Feed          // as given to Start; never changes
	wake     chan struct{}
	quit     chan struct{}
	owned    sync.WaitGroup // every goroutine of the server

	mu     sync.Mutex
	conns  map[*conn]struct{}
	closed bool
}

// Start serves cams at the address listen, such as "127.0.0.1:0" for any free
// port, until Close.
func Start(listen string, cams ...Camera) (*Server, error) {
	return start(listen, time.Now, cams...)
}

func start(listen string, now func() time.Time, cams ...Camera) (*Server, error) {
	s := &Server{
		now:   now,
		epoch: now(),
		feeds: make(map[string]*Feed),
		wake:  make(chan struct{}, 1),
		quit:  make(chan struct{}),
		conns: make(map[*conn]struct{}),
	}
	for _, c := range cams {
		c, err := c.check()
		if err != nil {
			return nil, err
		}
		if s.feeds[c.Path] != nil {
			return nil, fmt.Errorf("two cameras have the path %s", c.Path)
		}
		f := newFeed(s, c)
		s.feeds[c.Path] = f
		s.order = append(s.order, f)
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, fmt.Errorf("couldn't listen for clients: %w", err)
	}
	s.listener = l.(*net.TCPListener)
	if s.udp, err = listenUDP(s.listener.Addr().(*net.TCPAddr).AddrPort().Addr()); err != nil {
		l.Close()
		return nil, err
	}
	if s.tls, err = selfSigned(s.epoch, s.listener.Addr()); err != nil {
		return nil, errors.Join(err, l.Close(), s.udp.close())
	}
	s.heard.times = make(map[netip.AddrPort]time.Time)
	s.owned.Go(func() { s.heard.listen(s.udp.rtp, now, false) })
	s.owned.Go(func() { s.heard.listen(s.udp.rtcp, now, true) })
	s.owned.Go(s.accept)
	s.owned.Go(s.pace)
	return s, nil
}

// Close ends all connections and returns when nothing of the server is left.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	close(s.quit)
	err := s.listener.Close()
	for c := range s.conns {
		c.close()
	}
	s.mu.Unlock()
	err = errors.Join(err, s.udp.close())
	s.owned.Wait()
	return err
}

// Addr returns the address that the server listens at.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// URL returns the URL of the camera with that path, without user and password.
func (s *Server) URL(path string) string { return "rtsp://" + s.Addr() + "/" + path }

// URLs returns the URLs of all cameras in the order given to Start.
func (s *Server) URLs() []string {
	var all []string
	for _, f := range s.order {
		all = append(all, s.URL(f.camera.Path))
	}
	return all
}

// Camera returns the camera with that path, or nil if there is none.
func (s *Server) Camera(path string) *Feed { return s.feeds[path] }

func (s *Server) accept() {
	for {
		nc, err := s.listener.AcceptTCP()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			// Out of descriptors, most likely: clients wait meanwhile.
			select {
			case <-time.After(tick):
			case <-s.quit:
			}
			continue
		}
		s.serve(nc)
	}
}

func (s *Server) serve(nc *net.TCPConn) {
	c, err := newConn(s, nc)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil || s.closed {
		nc.Close()
		return
	}
	s.conns[c] = struct{}{}
	s.owned.Go(func() {
		c.run()
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.conns, c)
	})
}

// pace sends for all cameras until the server closes.
func (s *Server) pace() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-s.wake:
		case <-s.quit:
			return
		}
		now := s.now()
		if next := s.step(now); next.IsZero() {
			timer.Stop()
		} else {
			timer.Reset(s.nextTick(next).Sub(now))
		}
	}
}

// step sends what is due at now and returns when something is due next.
func (s *Server) step(now time.Time) (next time.Time) {
	for _, f := range s.order {
		if due := f.step(now); !due.IsZero() {
			next = earlier(next, due)
		}
	}
	return next
}

// nextTick returns the first tick after t.
func (s *Server) nextTick(t time.Time) time.Time {
	return s.epoch.Add((t.Sub(s.epoch)/tick + 1) * tick)
}

func (s *Server) wakeUp() {
	select {
	case s.wake <- struct{}{}:
	default: // it is about to wake anyway
	}
}

// udpPair is the server's end of RTP and RTCP over UDP.
type udpPair struct{ rtp, rtcp *net.UDPConn }

// listenUDP opens an even port for RTP and the next for RTCP (RFC 3550 section 11).
func listenUDP(ip netip.Addr) (udpPair, error) {
	var err error
	for range 100 {
		var p udpPair
		if p.rtp, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, 0))); err != nil {
			break
		}
		if port := p.port(); port%2 == 0 {
			if p.rtcp, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, port+1))); err == nil {
				if err = errors.Join(sendThere(p.rtp, ip), sendThere(p.rtcp, ip)); err != nil {
					return p, errors.Join(fmt.Errorf("couldn't choose the interface for multicast: %w", err), p.close())
				}
				return p, nil
			}
		}
		p.rtp.Close()
	}
	return udpPair{}, fmt.Errorf("couldn't open two neighbouring UDP ports: %w", err)
}

func (p udpPair) port() uint16 { return p.rtp.LocalAddr().(*net.UDPAddr).AddrPort().Port() }

func (p udpPair) close() error { return errors.Join(p.rtp.Close(), p.rtcp.Close()) }
