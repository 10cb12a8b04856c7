package batch

import (
	"encoding/binary"
	"fmt"
	"iter"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

var loopback = netip.MustParseAddr("127.0.0.1")

// mouth is a socket of a camera's.
func mouth(t *testing.T, address string) (*net.UDPConn, netip.AddrPort) {
	t.Helper()
	c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort(address)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, c.LocalAddr().(*net.UDPAddr).AddrPort()
}

func say(t *testing.T, c *net.UDPConn, to netip.AddrPort, what string) {
	t.Helper()
	if _, err := c.WriteToUDPAddrPort([]byte(what), to); err != nil {
		t.Fatal(err)
	}
}

// hearing writes down what comes in.
type hearing struct {
	mu  sync.Mutex
	got []string // mu
}

func (h *hearing) take(frames iter.Seq[Frame]) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for f := range frames {
		h.got = append(h.got, fmt.Sprint(f.Channel, string(f.Payload)))
	}
}

func (h *hearing) all() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.got)
}

// hears waits for something and returns all that has come by then.
func (h *hearing) hears(t *testing.T, what string) []string {
	t.Helper()
	until(t, what, func() bool { return slices.Contains(h.all(), what) })
	return h.all()
}

// TestPorts: what comes from the camera's ports is heard, before From it is not, and
// what comes from elsewhere never is.
func TestPorts(t *testing.T) {
	for _, local := range []string{"127.0.0.1", "::1"} {
		before := descriptors(t)
		p, err := Listen(netip.MustParseAddr(local))
		if err != nil {
			t.Fatal(err)
		}
		rtp := netip.AddrPortFrom(netip.MustParseAddr(local), p.RTP())
		rtcp := netip.AddrPortFrom(rtp.Addr(), p.RTP()+1)
		if p.RTP()%2 != 0 {
			t.Errorf("the port of RTP is %d", p.RTP())
		}
		free := netip.AddrPortFrom(rtp.Addr(), 0).String()
		camera, from := mouth(t, free)
		control, controlFrom := mouth(t, free)
		stranger, _ := mouth(t, free)
		say(t, camera, rtp, "too early")
		if err := p.From(rtp.Addr(), from.Port(), controlFrom.Port()); err != nil {
			t.Fatal(err)
		}
		var h hearing
		l := newTestLoop(t)
		l.Receive(p, h.take)
		say(t, stranger, rtp, "from another port")
		say(t, camera, rtcp, "from the wrong port")
		say(t, camera, rtp, strings.Repeat("x", slotSize+1)) // too long
		say(t, camera, rtp, "")
		say(t, control, rtcp, "report")
		h.hears(t, "1report")
		say(t, camera, rtp, "video")
		got := h.hears(t, "0video")
		slices.Sort(got)
		if want := []string{"0", "0video", "1report"}; !slices.Equal(got, want) {
			t.Errorf("heard %q, want %q", got, want)
		}
		p.Send(RTP, []byte("hole"))
		p.Send(RTCP, []byte("thanks"))
		for c, want := range map[*net.UDPConn]string{camera: "hole", control: "thanks"} {
			b := make([]byte, 100)
			c.SetReadDeadline(time.Now().Add(20 * time.Second))
			if n, _, err := c.ReadFromUDP(b); string(b[:n]) != want {
				t.Errorf("the camera hears %q, %v", b[:n], err)
			}
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		n := len(h.all())
		camera.Close()
		control.Close()
		stranger.Close()
		if len(h.all()) != n || descriptors(t) > before {
			t.Error("it goes on after Close")
		}
	}
}

// TestPortsOfUnknownNumbers: a camera that does not say which ports it sends from.
func TestPortsOfUnknownNumbers(t *testing.T) {
	p, err := Listen(loopback)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.From(loopback, 0, 0); err != nil {
		t.Fatal(err)
	}
	var h hearing
	newTestLoop(t).Receive(p, h.take)
	camera, _ := mouth(t, "127.0.0.1:0")
	stranger, _ := mouth(t, "127.0.0.2:0")
	to := netip.AddrPortFrom(loopback, p.RTP())
	say(t, stranger, to, "from another address")
	say(t, camera, to, "video")
	if got := h.hears(t, "0video"); len(got) != 1 {
		t.Errorf("heard %q", got)
	}
	p.Send(RTP, []byte("to nobody"))
}

// TestPortsAfterRefusal: that nobody listens to what we send is no reason to hear
// nothing.
func TestPortsAfterRefusal(t *testing.T) {
	p, err := Listen(loopback)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	camera, from := mouth(t, "127.0.0.1:0")
	camera.Close()
	if err := p.From(loopback, from.Port(), from.Port()); err != nil {
		t.Fatal(err)
	}
	var h hearing
	newTestLoop(t).Receive(p, h.take)
	for range 10 {
		p.Send(RTP, []byte("hole"))
	}
	camera, _ = mouth(t, from.String())
	say(t, camera, netip.AddrPortFrom(loopback, p.RTP()), "video")
	h.hears(t, "0video")
}

// TestGroups: cameras that send to one group are told apart by their ports and their
// addresses.
func TestGroups(t *testing.T) {
	l := newTestLoop(t)
	for _, address := range []string{"239.255.31.7", "232.31.7.9"} {
		group := netip.MustParseAddr(address)
		join := func(source string, port uint16) *hearing {
			t.Helper()
			p, err := Join(Group{Address: group, RTP: port, RTCP: port + 1, Local: loopback, Source: netip.MustParseAddr(source), TTL: 1})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { p.Close() })
			if err := p.From(netip.MustParseAddr(source), 0, 0); err != nil {
				t.Fatal(err)
			}
			h := &hearing{}
			l.Receive(p, h.take)
			return h
		}
		one, other, third := join("127.0.0.1", 41300), join("127.0.0.1", 41302), join("127.0.0.2", 41300)
		send := func(from string, port uint16, what string) {
			c, _ := mouth(t, from+":0")
			raw, err := c.SyscallConn()
			if err != nil {
				t.Fatal(err)
			}
			raw.Control(func(fd uintptr) {
				err = unix.SetsockoptInet4Addr(int(fd), unix.IPPROTO_IP, unix.IP_MULTICAST_IF, loopback.As4())
			})
			if err != nil {
				t.Fatal(err)
			}
			say(t, c, netip.AddrPortFrom(group, port), what)
		}
		send("127.0.0.1", 41300, "one")
		send("127.0.0.1", 41301, "report")
		send("127.0.0.1", 41302, "other")
		send("127.0.0.2", 41300, "third")
		one.hears(t, "1report")
		for h, want := range map[*hearing][]string{one: {"0one", "1report"}, other: {"0other"}, third: {"0third"}} {
			h.hears(t, want[0])
			if got := h.all(); !slices.Equal(got, want) {
				t.Errorf("%s: heard %q, want %q", group, got, want)
			}
		}
	}
	for _, g := range []Group{
		{Address: netip.MustParseAddr("192.0.2.1"), Local: loopback, Source: loopback},
		{Address: netip.MustParseAddr("ff15::1"), Local: loopback, Source: loopback},
		{Address: netip.MustParseAddr("239.1.1.1"), Local: netip.IPv6Loopback(), Source: loopback},
		{Local: loopback, Source: loopback},
	} {
		if p, err := Join(g); err == nil {
			p.Close()
			t.Errorf("joined %+v", g)
		}
	}
}

// TestGroupIsSentReports: what we have to say goes to the whole group (RFC 3550, 6).
func TestGroupIsSentReports(t *testing.T) {
	g := Group{Address: netip.MustParseAddr("239.255.31.8"), RTP: 41304, RTCP: 41305, Local: loopback, Source: loopback, TTL: 1}
	ours, err := Join(g)
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	theirs, err := Join(g)
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.Close()
	if err := theirs.From(loopback, 0, 0); err != nil {
		t.Fatal(err)
	}
	var h hearing
	newTestLoop(t).Receive(theirs, h.take)
	ours.Send(RTCP, []byte("report"))
	h.hears(t, "1report")
}

// TestManyPorts: many cameras that send a burst each lose nothing, without a goroutine
// or an allocation for a packet.
func TestManyPorts(t *testing.T) {
	const cameras, packets = 16, 150
	l := newTestLoop(t)
	camera, from := mouth(t, "127.0.0.1:0")
	var mu sync.Mutex
	var counts [cameras]int
	var ports []netip.AddrPort
	for i := range cameras {
		p, err := Listen(loopback)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		if err := p.From(loopback, from.Port(), 0); err != nil {
			t.Fatal(err)
		}
		l.Receive(p, func(frames iter.Seq[Frame]) {
			mu.Lock()
			defer mu.Unlock()
			for f := range frames {
				if binary.BigEndian.Uint32(f.Payload) != uint32(i) || binary.BigEndian.Uint32(f.Payload[4:]) != uint32(counts[i]) {
					t.Errorf("port %d got %x after %d packets", i, f.Payload[:8], counts[i])
				}
				counts[i]++
			}
		})
		ports = append(ports, netip.AddrPortFrom(loopback, p.RTP()))
	}
	b := make([]byte, 1400)
	for n := range packets {
		for i, to := range ports {
			binary.BigEndian.PutUint32(b, uint32(i))
			binary.BigEndian.PutUint32(b[4:], uint32(n))
			if _, err := camera.WriteToUDPAddrPort(b, to); err != nil {
				t.Fatal(err)
			}
		}
	}
	until(t, "all packets", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return !slices.ContainsFunc(counts[:], func(n int) bool { return n != packets })
	})
}

// BenchmarkReceive is the cost of a packet of 1,400 bytes from the socket to the
// function that takes it. Sending it is not counted.
func BenchmarkReceive(b *testing.B) {
	l := &Loop{buf: make([]byte, headroom+batchSize)}
	p, err := Listen(loopback)
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	camera, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(loopback, p.RTP())))
	if err != nil {
		b.Fatal(err)
	}
	defer camera.Close()
	n := 0
	p.loop, p.take = l, func(frames iter.Seq[Frame]) {
		for range frames {
			n++
		}
	}
	payload := make([]byte, 1400)
	b.SetBytes(1400)
	b.ReportAllocs()
	sent := 0
	for sent < b.N {
		b.StopTimer()
		for range min(50, b.N-sent) {
			camera.Write(payload)
			sent++
		}
		b.StartTimer()
		p.turn(l, 0)
	}
	if n != b.N {
		b.Errorf("%d packets of %d", n, b.N)
	}
}
