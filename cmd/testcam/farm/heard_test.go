package farm

import (
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"
)

// overUDP asks a camera for its video over UDP, and returns the client with its ports.
func overUDP(t *testing.T, s *Server, path string) (*client, udpPair) {
	t.Helper()
	pair, err := listenUDP(netip.MustParseAddr("127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pair.close() })
	c := dial(t, s, path)
	c.must("SETUP", c.url+"/trackID=0", fmt.Sprintf("Transport: RTP/AVP;unicast;client_port=%d-%d", pair.port(), pair.port()+1))
	return c, pair
}

// comes tells whether there is a packet; what was sent has arrived by now.
func comes(t *testing.T, c *net.UDPConn) bool {
	t.Helper()
	n := 0
	b := make([]byte, 2000)
	for {
		c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		if _, err := c.Read(b); err != nil {
			return n > 0
		}
		n++
	}
}

// tell sends b to one of the server's ports and waits until it is heard.
func tell(t *testing.T, s *Server, from, to *net.UDPConn, b ...byte) {
	t.Helper()
	if _, err := from.WriteToUDP(b, to.LocalAddr().(*net.UDPAddr)); err != nil {
		t.Fatal(err)
	}
	port := from.LocalAddr().(*net.UDPAddr).AddrPort()
	for deadline := time.Now().Add(20 * time.Second); !s.heard.last(port).Equal(s.now()); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the server does not hear it")
		}
	}
}

func TestPunched(t *testing.T) {
	t.Parallel()
	s, clock := serveFrozen(t, Camera{Path: "cam", Clip: openClip(t, "k01-inngang"), UDP: UDPPunched})
	c, pair := overUDP(t, s, "cam")
	c.must("PLAY", c.url)
	advance(s, clock, 2*time.Second)
	if comes(t, pair.rtp) || comes(t, pair.rtcp) {
		t.Error("packets came through the firewall")
	}
	tell(t, s, pair.rtp, s.udp.rtp, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	advance(s, clock, 5*time.Second)
	if !comes(t, pair.rtp) || comes(t, pair.rtcp) {
		t.Error("it is open for RTP alone")
	}
	tell(t, s, pair.rtcp, s.udp.rtcp, 0x80, 201, 0, 1, 0, 0, 0, 1)
	advance(s, clock, 5*time.Second)
	if !comes(t, pair.rtcp) {
		t.Error("no report came")
	}
}

func TestNeedsReports(t *testing.T) {
	t.Parallel()
	s, clock := serveFrozen(t, Camera{Path: "cam", Clip: openClip(t, "k01-inngang"), SessionTimeout: 4 * time.Second, NeedsReports: true})
	c, pair := overUDP(t, s, "cam")
	c.must("PLAY", c.url)
	advance(s, clock, 2*time.Second)
	advance(s, clock, 3*time.Second)
	if !comes(t, pair.rtp) {
		t.Error("nothing came")
	}
	tell(t, s, pair.rtcp, s.udp.rtcp, 0x80, 201, 0, 1, 0, 0, 0, 1)
	advance(s, clock, 3*time.Second)
	if !comes(t, pair.rtp) {
		t.Error("the report was of no use")
	}
	c.must("GET_PARAMETER", c.url)
	advance(s, clock, 3*time.Second)
	if comes(t, pair.rtp) {
		t.Error("it sends to a client that sends no reports")
	}
}

// A nonce that is good for a single request is always stale for the next one.
func TestNonceUses(t *testing.T) {
	t.Parallel()
	a := newAccount("admin", "secret", DigestMD5)
	f := &Feed{camera: Camera{NonceUses: 2}, account: a}
	f.spend()
	if f.account.nonce != a.nonce {
		t.Error("the nonce is stale after one of two requests")
	}
	f.spend()
	if f.account.nonce == a.nonce || f.account.stale != a.nonce || f.account.uses != 0 {
		t.Errorf("after two requests: %+v", f.account)
	}
}
