package rtsp

import (
	"iter"
	"sync/atomic"
	"time"

	"github.com/sjudager/sjudager/recorder/batch"
	"github.com/sjudager/sjudager/recorder/rtp"
)

// Control is what comes beside the packets of the video.
type Control struct {
	Report    *rtp.Report // the last one; nil when none has come
	Bye       bool        // the sender of the video says that it stops
	Malformed int         // so many packets were none, or of RTCP broken off
}

// receiver takes what comes in a session. It is the loop's, but for what is said to
// be otherwise.
type receiver struct {
	handler     Handler // never changes
	payloadType uint8   // never changes
	channel     byte    // of RTP; RTCP has the next. Never changes once packets come
	ports       *batch.Ports
	began       time.Time
	came        atomic.Bool // a packet of the video has; anybody's

	sender   rtp.Sender
	window   rtp.Window // over UDP
	reporter reporter   // over UDP
}

// begin has packets taken from now on.
func (r *receiver) begin(conn *batch.Conn, loop *batch.Loop) {
	r.began = time.Now()
	if r.ports == nil {
		conn.Split(r.channel, r.batch)
		return
	}
	r.reporter.begin()
	// The first packets open the way for the camera's in firewalls and routers.
	r.ports.Send(batch.RTP, emptyPacket)
	r.ports.Send(batch.RTCP, r.reporter.report(0))
	loop.Receive(r.ports, r.batch)
}

// close ends receiving. What has been waiting for packets before it waits no more.
func (r *receiver) close() {
	if r.ports == nil {
		return
	}
	r.ports.Close()
	if r.began.IsZero() {
		return
	}
	r.handler.Packets(func(yield func(rtp.Packet) bool) { r.window.Flush(yield) })
}

// batch takes what was read at once.
func (r *receiver) batch(frames iter.Seq[batch.Frame]) {
	var control Control
	now := time.Since(r.began)
	r.handler.Packets(func(yield func(rtp.Packet) bool) {
		next := yield
		if r.ports != nil {
			next = func(p rtp.Packet) bool {
				r.came.Store(true)
				r.reporter.packet(p)
				return r.window.Take(p, now, yield)
			}
		}
		for f := range frames {
			switch f.Channel {
			case r.channel:
				packet, ok := rtp.Parse(f.Payload)
				switch {
				case !ok:
					control.Malformed++
				case packet.Type == r.payloadType && !r.sender.Take(packet, now, next):
					return
				}
			case r.channel + 1:
				r.control(f.Payload, &control)
			}
		}
		r.window.Expire(now, yield)
	})
	if control != (Control{}) && r.handler.Control != nil {
		r.handler.Control(control)
	}
	if r.ports != nil && r.reporter.due(now) {
		r.ports.Send(batch.RTCP, r.reporter.report(now))
	}
}

// control adds what an RTCP packet says to c.
func (r *receiver) control(b []byte, c *Control) {
	ok := rtp.Control(b, func(report rtp.Report) {
		if r.sender.Is(report.SSRC) {
			c.Report = &report
		}
	}, func(ssrc uint32) {
		if r.sender.Is(ssrc) {
			r.sender.Goodbye(ssrc)
			c.Bye = true
		}
	})
	if !ok {
		c.Malformed++
	}
}
