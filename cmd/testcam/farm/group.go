package farm

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"syscall"
)

// Each track has a multicast group of its own in the range that belongs to
// organisations (239.0.0.0/8, RFC 2365), at random so that servers do not meet,
// and at the server's own ports: clients expect packets to come from there. The
// packets go out on the interface of the server's address, the loopback
// interface too, although that is not said to be able to.

// join adds a track to those that the camera sends to groups, and returns it with the
// transport that the client is told.
func (f *Feed) join(number int) (track, string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.group == nil {
		f.group = &session{feed: f}
	}
	port := f.server.udp.port()
	t := &f.group.tracks[number]
	if !t.set {
		ip := netip.AddrFrom4([4]byte{239, byte(rand.Uint32()), byte(rand.Uint32()), byte(1 + rand.IntN(254))})
		if f.camera.Group.IsValid() {
			ip = f.camera.Group
		}
		*t = newTrack()
		t.rtp, t.rtcp = netip.AddrPortFrom(ip, port), netip.AddrPortFrom(ip, port+1)
	}
	return track{set: true, ssrc: t.ssrc}, fmt.Sprintf("RTP/AVP;multicast;destination=%s;port=%d-%d;ttl=1", t.rtp.Addr(), port, port+1)
}

// sendThere makes multicast packets leave by the interface that has ip, and lets
// clients on this machine listen at the same port for what comes to the group.
func sendThere(c *net.UDPConn, ip netip.Addr) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		failed = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
		if failed == nil && ip.Is4() { // groups are IPv4
			failed = syscall.SetsockoptInet4Addr(int(fd), syscall.IPPROTO_IP, syscall.IP_MULTICAST_IF, ip.As4())
		}
	})
	return errors.Join(err, failed)
}
