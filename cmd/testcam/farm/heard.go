package farm

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

// receiverReport is the type of a client's RTCP packet (RFC 3550 section 12.1).
const receiverReport = 201

// heard is what has come from clients over UDP.
type heard struct {
	mu    sync.Mutex
	times map[netip.AddrPort]time.Time // mu: when last a packet that means something
}

// listen takes note of what comes to a socket until it is closed: receiver
// reports, or RTP packets.
func (h *heard) listen(c *net.UDPConn, now func() time.Time, rtcp bool) {
	b := make([]byte, 2000)
	for {
		n, from, err := c.ReadFromUDPAddrPort(b)
		if err != nil {
			return
		}
		if n >= 8 && b[0]>>6 == 2 && (!rtcp || b[1] == receiverReport) {
			h.mu.Lock()
			h.times[netip.AddrPortFrom(from.Addr().Unmap(), from.Port())] = now()
			h.mu.Unlock()
		}
	}
}

func (h *heard) last(from netip.AddrPort) time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.times[from]
}

// reaches tells whether what is sent over UDP to one of the ports of t arrives there.
func (f *Feed) reaches(port netip.AddrPort, t *track, now time.Time) bool {
	if t.since.IsZero() {
		t.since = now
	}
	switch {
	case f.camera.UDP == UDPLost:
		return false
	case f.camera.UDP == UDPPunched && f.server.heard.last(port).IsZero():
		return false
	case f.camera.NeedsReports:
		alive := t.since
		if last := f.server.heard.last(t.rtcp); last.After(alive) {
			alive = last
		}
		return now.Sub(alive) < f.camera.SessionTimeout
	}
	return true
}
