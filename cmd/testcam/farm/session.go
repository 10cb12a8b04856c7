package farm

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// session is what one client receives of a camera, or all members of its
// multicast group together. Until it plays it belongs to its connection's
// goroutine, from then on to the feed's lock; id, conn and feed never change.
type session struct {
	conn      *conn // nil for the group
	feed      *Feed
	id        string
	multicast bool // the group receives in its stead; of tracks it has only set
	tracks    [trackCount]track

	playing    bool      // set under the lock by the connection's goroutine, which may read it without
	from       int64     // first unit that it is sent
	lose       int       // packets of video still to be lost
	bad        int       // bad packets sent so far
	held       []byte    // a packet that is to come after the next one
	ghost      track     // of Faults.Crosstalk
	nextReport time.Time // when the next sender reports are due
}

// track is one RTP stream of a session.
type track struct {
	set       bool
	tcp       bool
	channel   byte           // of RTP over TCP
	rtp, rtcp netip.AddrPort // of the client over UDP
	since     time.Time      // when it was first sent to over UDP

	ssrc            uint32
	seq             uint16 // of the next packet
	base            uint32 // RTP timestamp at the beginning of the camera's timeline
	last            uint32 // RTP timestamp of the frame before
	packets, octets uint32 // sent so far, for the sender reports
}

// fill makes the packets in b, as newLayout made them, those of the track's next.
func (t *track) fill(b []byte, stamp uint32) {
	for len(b) > 0 {
		n := framingSize + int(binary.BigEndian.Uint16(b[2:]))
		b[1] = t.channel
		binary.BigEndian.PutUint16(b[6:], t.seq)
		binary.BigEndian.PutUint32(b[8:], stamp)
		binary.BigEndian.PutUint32(b[12:], t.ssrc)
		t.seq++
		t.packets++
		t.octets += uint32(n - framingSize - headerSize)
		b = b[n:]
	}
}

// send delivers the packets of one frame, given in parts.
func (s *session) send(t *track, stamp uint32, now time.Time, parts ...[]byte) {
	f := s.feed
	switch {
	case !t.tcp && !f.reaches(t.rtp, t, now):
	case !t.tcp:
		f.scratch = s.append(f.scratch[:0], t, stamp, parts)
		for p := range packets(f.scratch) {
			f.server.udp.rtp.WriteToUDPAddrPort(p[framingSize:], t.rtp)
		}
	case f.camera.PacketWrites:
		f.scratch = s.append(f.scratch[:0], t, stamp, parts)
		for p := range packets(f.scratch) {
			if !s.conn.queue(now, func(b []byte) []byte { return append(b, p...) }) {
				f.dropped++
				return
			}
		}
	default:
		if s.conn.queue(now, func(b []byte) []byte { return s.append(b, t, stamp, parts) }) {
			return
		}
		f.dropped++
		for _, part := range parts {
			for range packets(part) {
				t.seq++
			}
		}
	}
}

// append appends the packets of parts to b, filled in, less those to be lost.
func (s *session) append(b []byte, t *track, stamp uint32, parts [][]byte) []byte {
	video, begin := t == &s.tracks[videoTrack], len(b)
	for _, part := range parts {
		for s.lose > 0 && len(part) > 0 && video {
			part = part[framingSize+int(binary.BigEndian.Uint16(part[2:])):]
			t.seq++
			s.lose--
		}
		at := len(b)
		b = append(b, part...)
		t.fill(b[at:], stamp)
	}
	if video && len(parts) > 1 && s.feed.faults.Bitrate > 1 && !s.feed.camera.NoMarker {
		endFrame(b[begin:]) // the picture's own last packet is not the last any more
	}
	if video && (s.feed.faults.onTheWay() || len(s.held) > 0) {
		b = s.transport(b, begin)
	}
	return b
}

// transport does to the packets in b, from begin on, what happens on the way.
func (s *session) transport(b []byte, begin int) []byte {
	f := s.feed
	happens := func(chance float64) bool { return chance > 0 && f.random.Float64() < chance }
	f.clean = append(f.clean[:0], b[begin:]...)
	b = b[:begin]
	for p := range packets(f.clean) {
		switch {
		case happens(f.faults.Loss):
		case len(s.held) == 0 && happens(f.faults.Reordering):
			s.held = append(s.held, p...)
		default:
			b = append(b, p...)
			if happens(f.faults.Duplicates) {
				b = append(b, p...)
			}
			b, s.held = append(b, s.held...), s.held[:0]
		}
	}
	return b
}

// report sends the sender report of t: at the camera's time now its RTP clock
// showed stamp.
func (s *session) report(t *track, cameraTime time.Time, stamp uint32, now time.Time) {
	f := s.feed
	if t.tcp {
		s.conn.queue(now, func(b []byte) []byte {
			at := len(b)
			b = appendReport(append(b, '$', t.channel+1, 0, 0), cameraTime, t, stamp)
			binary.BigEndian.PutUint16(b[at+2:], uint16(len(b)-at-framingSize))
			return b
		})
	} else if f.reaches(t.rtcp, t, now) {
		f.scratch = appendReport(f.scratch[:0], cameraTime, t, stamp)
		f.server.udp.rtcp.WriteToUDPAddrPort(f.scratch, t.rtcp)
	}
}
