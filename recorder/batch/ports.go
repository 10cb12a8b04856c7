package batch

import (
	"errors"
	"fmt"
	"iter"
	"net"
	"net/netip"
	"sync"

	"golang.org/x/sys/unix"
)

// The channels of what comes over UDP.
const (
	RTP  byte = 0
	RTCP byte = 1
)

const (
	// receiveBuffer is how many bytes of packets the kernel is asked to keep
	// between two turns. It allows the privileged that much, others as much as
	// net.core.rmem_max says, and doubles it for its own bookkeeping.
	receiveBuffer = 2 << 20
	// attempts is how often two neighbouring ports are looked for.
	attempts = 100
)

// Ports is a pair of UDP sockets, for RTP and for RTCP, that Go's network poller
// does not know. Packets are taken out by a [Loop]. From must have been called
// before, and Close must not be called together with any other method.
type Ports struct {
	timetable
	local  netip.AddrPort // of RTP
	socket [2]int         // RTP, RTCP
	group  [2]unix.Sockaddr

	reading sync.Mutex // held for a turn
	take    func(iter.Seq[Frame])
	loop    *Loop
	came    int             // reading: packets in the loop's slots
	channel byte            // reading: theirs
	frames  iter.Seq[Frame] // p.split, bound once
}

// Group is where a camera sends its packets to for many.
type Group struct {
	Address   netip.Addr // of multicast, IPv4
	RTP, RTCP uint16
	Local     netip.Addr // of the interface that is to hear them
	Source    netip.Addr // of the camera
	TTL       uint8      // for what we send there
}

// Listen opens two neighbouring ports of the address local, the first of them even
// (RFC 3550, 11).
func Listen(local netip.Addr) (*Ports, error) {
	var err error
	for range attempts {
		p := newPorts()
		if err = p.open(RTP, netip.AddrPortFrom(local, 0), nil); err == nil && p.local.Port()%2 == 0 {
			if err = p.open(RTCP, netip.AddrPortFrom(local, p.local.Port()+1), nil); err == nil {
				return p, nil
			}
		}
		p.Close()
	}
	return nil, fmt.Errorf("couldn't open two neighbouring UDP ports: %w", err)
}

// Join opens the ports of a group, which other processes may have opened too.
// Groups that are for one source (232.0.0.0/8, RFC 4607) are joined for the camera
// alone.
func Join(g Group) (*Ports, error) {
	if !g.Address.Is4() || !g.Address.IsMulticast() || !g.Local.Is4() || !g.Source.Is4() {
		return nil, fmt.Errorf("couldn't join %s from %s: not a multicast group of IPv4", g.Address, g.Local)
	}
	p := newPorts()
	for channel, port := range [2]uint16{g.RTP, g.RTCP} {
		to := netip.AddrPortFrom(g.Address, port)
		if err := p.open(byte(channel), to, g.join); err != nil {
			p.Close()
			return nil, fmt.Errorf("couldn't join the multicast group %s: %w", to, err)
		}
		p.group[channel] = sockaddr(to)
	}
	return p, nil
}

// join makes a socket that is bound to the group hear it, on the one interface.
func (g Group) join(fd int) error {
	group, local, source := g.Address.As4(), g.Local.As4(), g.Source.As4()
	mreq := &unix.IPMreqn{Multiaddr: group, Address: local}
	member := unix.SetsockoptIPMreqn(fd, unix.IPPROTO_IP, unix.IP_ADD_MEMBERSHIP, mreq)
	if group[0] == 232 {
		both := string(group[:]) + string(local[:]) + string(source[:]) // struct ip_mreq_source
		member = unix.SetsockoptString(fd, unix.IPPROTO_IP, unix.IP_ADD_SOURCE_MEMBERSHIP, both)
	}
	return errors.Join(
		member,
		unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_ALL, 0), // not what others have joined on other interfaces
		unix.SetsockoptIPMreqn(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_IF, mreq),
		unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_TTL, int(g.TTL)),
	)
}

func newPorts() *Ports {
	p := &Ports{timetable: timetable{every: often}, socket: [2]int{-1, -1}}
	p.frames = p.split
	return p
}

// open opens one of the two sockets; prepare is called for one of a group.
func (p *Ports) open(channel byte, at netip.AddrPort, prepare func(fd int) error) error {
	family := unix.AF_INET6
	if at.Addr().Is4() {
		family = unix.AF_INET
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return err
	}
	p.socket[channel] = fd
	if prepare != nil {
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
			return err
		}
	}
	if err := unix.Bind(fd, sockaddr(at)); err != nil {
		return err
	}
	if prepare != nil {
		if err := prepare(fd); err != nil {
			return err
		}
	}
	if channel == RTP {
		enlarge(fd)
		p.local, err = localAddress(fd)
	}
	return err
}

// RTP is the number of the port for RTP; that for RTCP is the next.
func (p *Ports) RTP() uint16 { return p.local.Port() }

// From has packets come from one address alone, and, where they are not 0, from
// these two ports of it. What has come from elsewhere is thrown away.
func (p *Ports) From(address netip.Addr, rtp, rtcp uint16) error {
	for channel, port := range [2]uint16{rtp, rtcp} {
		// To a connected socket the kernel gives nothing else. Port 0 is any.
		if err := unix.Connect(p.socket[channel], sockaddr(netip.AddrPortFrom(address, port))); err != nil {
			return fmt.Errorf("couldn't choose %s as the only source of packets: %w", address, err)
		}
		for err := error(nil); err != unix.EAGAIN; {
			_, _, err = unix.Recvfrom(p.socket[channel], nil, unix.MSG_DONTWAIT)
		}
	}
	return nil
}

// Send sends to where packets of that channel come from, or to the group. Nobody
// can know whether it arrives, so that it is not said either whether it was sent.
func (p *Ports) Send(channel byte, b []byte) {
	if to := p.group[channel]; to != nil {
		unix.Sendto(p.socket[channel], b, unix.MSG_DONTWAIT, to)
		return
	}
	unix.SendmsgN(p.socket[channel], b, nil, nil, unix.MSG_DONTWAIT)
}

// Receive has take called for the packets that came, up to 64 at once, on the loop's
// goroutine, which it must not keep waiting. Their channel is RTP or RTCP.
func (l *Loop) Receive(p *Ports, take func(iter.Seq[Frame])) {
	p.loop, p.take = l, take
	l.add(p)
}

// Close closes both ports. Once it has returned, nothing more is given out.
func (p *Ports) Close() error {
	if p.loop != nil {
		p.loop.remove(p)
	}
	p.reading.Lock() // the turn that may be going on is the last
	defer p.reading.Unlock()
	p.take = nil
	var all error
	for i, fd := range p.socket {
		if fd >= 0 {
			all = errors.Join(all, unix.Close(fd))
			p.socket[i] = -1
		}
	}
	return all
}

// sockaddr returns the address as the system calls want it.
func sockaddr(a netip.AddrPort) unix.Sockaddr {
	if a.Addr().Is4() {
		return &unix.SockaddrInet4{Addr: a.Addr().As4(), Port: int(a.Port())}
	}
	to := &unix.SockaddrInet6{Addr: a.Addr().As16(), Port: int(a.Port())}
	if zone, err := net.InterfaceByName(a.Addr().Zone()); err == nil {
		to.ZoneId = uint32(zone.Index)
	}
	return to
}

func localAddress(fd int) (netip.AddrPort, error) {
	name, err := unix.Getsockname(fd)
	if err != nil {
		return netip.AddrPort{}, err
	}
	switch name := name.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(name.Addr), uint16(name.Port)), nil
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(name.Addr), uint16(name.Port)), nil
	}
	return netip.AddrPort{}, fmt.Errorf("an address that is none of IP: %T", name)
}
