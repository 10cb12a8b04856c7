package rtsp

import (
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/bluenviron/gortsplib/v4/pkg/base"
	"github.com/bluenviron/gortsplib/v4/pkg/headers"

	"github.com/sjudager/sjudager/recorder/batch"
	"github.com/sjudager/sjudager/vault/footage"
)

// usualTTL is how many routers our reports to a group may pass when the camera does
// not say.
const usualTTL = 16

// errNoUDP is wrapped by errors after which the automatic choice asks for TCP.
var errNoUDP = errors.New("nothing comes over UDP")

// setUp agrees with the camera on how the packets come, and opens the ports for
// them.
func (p *player) setUp(c *conversation, track *base.URL) error {
	local, camera := address(c.conn.LocalAddr()), address(c.conn.RemoteAddr())
	var ask string
	switch p.stream.Transport {
	case TCP:
		ask = "RTP/AVP/TCP;unicast;interleaved=0-1"
	case UDP:
		var err error
		if p.receiver.ports, err = batch.Listen(local); err != nil {
			return p.unserved(p.clean(err))
		}
		ask = fmt.Sprintf("RTP/AVP;unicast;client_port=%d-%d", p.receiver.ports.RTP(), p.receiver.ports.RTP()+1)
	case Multicast:
		ask = "RTP/AVP;multicast"
	}
	res, err := c.ask(base.Setup, track, base.Header{"Transport": base.HeaderValue{ask}})
	if err != nil {
		return err
	}
	if res.StatusCode != base.StatusOK {
		refusal := p.refusal(res)
		if p.stream.Transport == UDP && res.StatusCode != base.StatusUnauthorized {
			refusal.err = errNoUDP
		}
		return refusal
	}
	var t headers.Transport
	if err := t.Unmarshal(res.Header["Transport"]); err != nil {
		return err
	}
	if t.Secure { // the connection itself is encrypted if anything is
		return unsupported(troubleSRTP)
	}
	overTCP, toMany := t.Protocol == headers.TransportProtocolTCP, t.Delivery != nil && *t.Delivery == headers.TransportDeliveryMulticast
	if overTCP != (p.stream.Transport == TCP) || toMany != (p.stream.Transport == Multicast) {
		return p.unserved(fmt.Sprintf("the camera does not offer transport %s", p.stream.Transport))
	}
	if t.SSRC != nil {
		p.receiver.sender.Announce(*t.SSRC)
	}
	if t.Source != nil {
		if ip, ok := netip.AddrFromSlice(*t.Source); ok && !ip.IsUnspecified() {
			camera = ip.Unmap()
		}
	}
	rtp, rtcp := pair(t.ServerPorts)
	switch p.stream.Transport {
	case TCP:
		return p.interleave(t)
	case Multicast:
		return p.join(t, local, camera)
	}
	return p.receiver.ports.From(camera, rtp, rtcp)
}

// unserved is the error of a transport that there is not.
func (p *player) unserved(detail string) *Error {
	e := &Error{footage.CauseRefused, detail, nil}
	if p.stream.Transport == UDP {
		e.err = errNoUDP
	}
	return e
}

// interleave takes note of the channel that the camera chose, which need not be the one
// that it was asked for.
func (p *player) interleave(t headers.Transport) error {
	ids := t.InterleavedIDs
	switch {
	case ids == nil: // as asked, then
	case ids[0] < 0 || ids[0] > 254 || ids[1] != ids[0]+1:
		return fmt.Errorf("channels %d and %d", ids[0], ids[1])
	default:
		p.receiver.channel = byte(ids[0])
	}
	return nil
}

// join opens the ports of the group that the camera sends to. Which of its own ports
// it sends from is not said there.
func (p *player) join(t headers.Transport, local, camera netip.Addr) (err error) {
	g := batch.Group{Local: local, Source: camera, TTL: usualTTL}
	g.RTP, g.RTCP = pair(t.Ports)
	if t.Destination == nil || g.RTP == 0 || g.RTCP == 0 {
		return &Error{footage.CauseRefused, "the camera offers multicast, but does not say to which group", nil}
	}
	g.Address, _ = netip.AddrFromSlice(*t.Destination)
	g.Address = g.Address.Unmap()
	if t.TTL != nil && *t.TTL > 0 && *t.TTL < 256 {
		g.TTL = uint8(*t.TTL)
	}
	if p.receiver.ports, err = batch.Join(g); err != nil {
		return &Error{footage.CauseRefused, p.clean(err), err}
	}
	return p.receiver.ports.From(camera, 0, 0)
}

// pair returns two ports; 0 for those that are none. Some cameras send 0 or 1 for
// any.
func pair(ports *[2]int) (rtp, rtcp uint16) {
	if ports == nil || min(ports[0], ports[1]) <= 1 || max(ports[0], ports[1]) > 65535 {
		return 0, 0
	}
	return uint16(ports[0]), uint16(ports[1])
}

// address returns the address of a connection's end.
func address(a net.Addr) netip.Addr { return a.(*net.TCPAddr).AddrPort().Addr().Unmap() }
