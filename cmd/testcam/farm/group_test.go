package farm

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// member is a client that gets the video from its camera's group.
type member struct {
	*client
	group string
	port  int
	ssrc  uint32
}

func joinGroup(t *testing.T, s *Server) member {
	t.Helper()
	m := member{client: dial(t, s, "cam")}
	agreed := m.must("SETUP", m.url+"/trackID=0", "Transport: RTP/AVP;multicast").header.Get("Transport")
	var second string
	if _, err := fmt.Sscanf(strings.ReplaceAll(agreed, ";", " "), "RTP/AVP multicast destination=%s port=%d-%s ttl=1 ssrc=%X", &m.group, &m.port, &second, &m.ssrc); err != nil {
		t.Fatalf("agreed on %q: %v", agreed, err)
	}
	m.group = strings.TrimPrefix(m.group, "destination=")
	return m
}

// listen receives what is sent to a group over the loopback interface.
func (m member) listen(port int) func() []byte {
	m.t.Helper()
	loopback, err := net.InterfaceByName("lo")
	if err != nil {
		m.t.Fatal(err)
	}
	c, err := net.ListenMulticastUDP("udp4", loopback, &net.UDPAddr{IP: net.ParseIP(m.group), Port: port})
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { c.Close() })
	return func() []byte {
		m.t.Helper()
		b := make([]byte, 2000)
		for {
			c.SetReadDeadline(time.Now().Add(20 * time.Second))
			n, from, err := c.ReadFromUDP(b)
			if err != nil {
				m.t.Fatal(err)
			}
			// The socket is bound to all addresses, so other tests' packets may come.
			if from.Port == port && from.IP.IsLoopback() {
				return b[:n]
			}
		}
	}
}

// Two members of a group, one stream: each packet comes once, and the stream
// goes on until the last has left.
func TestMulticast(t *testing.T) {
	t.Parallel()
	clip := openClip(t, "k02-ko")
	s, clock := serveFrozen(t, Camera{Path: "cam", Clip: clip})
	a, b := joinGroup(t, s), joinGroup(t, s)
	if a.group != b.group || a.port != b.port || a.ssrc != b.ssrc || a.port != int(s.udp.port()) {
		t.Errorf("two members are told %s:%d, SSRC %x and %s:%d, SSRC %x", a.group, a.port, a.ssrc, b.group, b.port, b.ssrc)
	}
	rtp, rtcp := a.listen(a.port), a.listen(a.port+1)
	a.must("PLAY", a.url)
	b.must("PLAY", b.url)
	next := uint16(0)
	expect := func(from, to int) {
		t.Helper()
		for want := from; want <= to; want++ {
			var payloads [][]byte
			for marked := false; !marked; {
				p := frame{0, rtp()}
				if p.ssrc() != a.ssrc || len(payloads)+want > 50 && p.seq() != next {
					t.Fatalf("packet %d of %x, want %d of %x", p.seq(), p.ssrc(), next, a.ssrc)
				}
				next = p.seq() + 1
				payloads = append(payloads, p.data[headerSize:])
				marked = p.marker()
			}
			if data, err := depacketize(H264, payloads); err != nil || find(t, clip, data) != want {
				t.Fatalf("unit %d is another (%v)", want, err)
			}
		}
	}
	advance(s, clock, 2*time.Second)
	expect(50, 50)
	if p := rtcp(); p[1] != 200 {
		t.Errorf("first report: %x", p)
	}
	if n := s.Camera("cam").Clients(); n != 2 {
		t.Errorf("%d clients", n)
	}
	a.must("TEARDOWN", a.url)
	advance(s, clock, time.Second)
	expect(51, 75)
	c := joinGroup(t, s)
	c.must("PLAY", c.url)
	advance(s, clock, time.Second)
	expect(76, 100)
	b.must("TEARDOWN", b.url)
	c.must("TEARDOWN", c.url)
	if s.Camera("cam").Clients() != 0 || !s.step(clock.Now()).IsZero() {
		t.Error("the group is sent to without members")
	}
}

func TestMulticastRefused(t *testing.T) {
	t.Parallel()
	s, _ := serveFrozen(t, Camera{Path: "cam", Clip: openClip(t, "k01-inngang"), Audio: true}, Camera{Path: "tcp", Clip: openClip(t, "k01-inngang"), UDP: UDPRefused})
	c := dial(t, s, "tcp")
	if a := c.ask("SETUP", c.url+"/trackID=0", "Transport: RTP/AVP;multicast"); a.status != 461 {
		t.Errorf("status %d from a camera without UDP", a.status)
	}
	// All of a session, or nothing.
	c = dial(t, s, "cam")
	c.must("SETUP", c.url+"/trackID=0", "Transport: RTP/AVP;multicast")
	if a := c.ask("SETUP", c.url+"/trackID=1", "Transport: RTP/AVP/TCP;unicast"); a.status != 461 {
		t.Errorf("status %d for audio over TCP beside video in a group", a.status)
	}
	c.must("SETUP", c.url+"/trackID=1", "Transport: RTP/AVP;multicast")
	c.must("PLAY", c.url)
}
