package rtsp

import (
	"iter"

	"github.com/bluenviron/gortsplib/v4/pkg/base"
	"github.com/bluenviron/gortsplib/v4/pkg/headers"
	"github.com/pion/rtcp"

	"github.com/sjudager/sjudager/recorder/batch"
	"github.com/sjudager/sjudager/recorder/rtp"
)

// Control is what comes beside the packets of the video.
type Control struct {
	Report    *rtp.Report // the last one; nil when none has come
	Bye       bool        // the sender of the video says that it stops
	Malformed int         // so many packets were none, or of RTCP broken off
}

// setUp takes note of the channel that the camera chose for the video.
func (p *player) setUp(res *base.Response) {
	var t headers.Transport
	if value, ok := res.Header["Transport"]; !ok || t.Unmarshal(value) != nil {
		return
	}
	if t.Secure && p.conn != nil { // the connection itself is encrypted if anything is
		p.refused = unsupported(troubleSRTP)
	}
	p.interleaved = t.InterleavedIDs != nil
	if p.interleaved {
		p.channel = byte(t.InterleavedIDs[0])
	}
}

// batch takes what was read at once.
func (p *player) batch(frames iter.Seq[batch.Frame]) {
	var control Control
	p.handler.Packets(func(yield func(rtp.Packet) bool) {
		for f := range frames {
			switch f.Channel {
			case p.channel:
				packet, ok := rtp.Parse(f.Payload)
				switch {
				case !ok:
					control.Malformed++
				case packet.Type != p.payloadType:
				default:
					p.ssrc = packet.SSRC
					if !yield(packet) {
						return
					}
				}
			case p.channel + 1:
				p.report(f.Payload, &control)
			}
		}
	})
	if control != (Control{}) && p.handler.Control != nil {
		p.handler.Control(control)
	}
}

// report adds what an RTCP packet says to c.
func (p *player) report(b []byte, c *Control) {
	ok := rtp.Control(b, func(r rtp.Report) {
		if r.SSRC == p.ssrc {
			c.Report = &r
		}
	}, func(ssrc uint32) {
		c.Bye = c.Bye || ssrc == p.ssrc
	})
	if !ok {
		c.Malformed++
	}
}

// control takes an RTCP packet that came over UDP.
func (p *player) control(packet rtcp.Packet) {
	if p.handler.Control == nil {
		return
	}
	switch packet := packet.(type) {
	case *rtcp.SenderReport:
		p.handler.Control(Control{Report: &rtp.Report{SSRC: packet.SSRC, NTP: rtp.NTP(packet.NTPTime), RTP: packet.RTPTime}})
	case *rtcp.Goodbye:
		p.handler.Control(Control{Bye: true})
	}
}
