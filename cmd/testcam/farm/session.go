package farm

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// session is what one client receives of a camera. Until it plays it belongs to
// its connection's goroutine, from then on to the feed's lock; id, conn and feed
// never change.
type session struct {
	conn   *conn
	feed   *Feed
	id     string
	tracks [trackCount]track

	playing    bool      // set under the lock by the connection's goroutine, which may read it without
	from       int64     // first unit that it is sent
	lose       int       // packets of video still to be lost
	nextReport time.Time // when the next sender reports are due
}

// track is one RTP stream of a session.
type track struct {
	set       bool
	tcp       bool
	channel   byte           // of RTP over TCP
	rtp, rtcp netip.AddrPort // of the client over UDP

	ssrc            uint32
	seq             uint16 // of the next packet
	base            uint32 // RTP timestamp at the beginning of the camera's timeline
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

// send delivers the packets of one frame, given in up to two parts.
func (s *session) send(t *track, stamp uint32, now time.Time, parts ...[]byte) {
	if t.tcp {
		s.conn.mu.Lock()
		defer s.conn.mu.Unlock()
		if !s.conn.room() {
			s.feed.dropped++
			for _, part := range parts {
				for range packets(part) {
					t.seq++
				}
			}
			return
		}
		s.conn.out = s.append(s.conn.out, t, stamp, parts)
		s.conn.flush(now)
		return
	}
	if s.feed.camera.UDP == UDPLost {
		return
	}
	s.feed.scratch = s.append(s.feed.scratch[:0], t, stamp, parts)
	for p := range packets(s.feed.scratch) {
		s.conn.server.udp.rtp.WriteToUDPAddrPort(p[framingSize:], t.rtp)
	}
}

// append appends the packets of parts to b, filled in, less those to be lost.
func (s *session) append(b []byte, t *track, stamp uint32, parts [][]byte) []byte {
	for _, part := range parts {
		for s.lose > 0 && len(part) > 0 && t == &s.tracks[videoTrack] {
			part = part[framingSize+int(binary.BigEndian.Uint16(part[2:])):]
			t.seq++
			s.lose--
		}
		at := len(b)
		b = append(b, part...)
		t.fill(b[at:], stamp)
	}
	return b
}

// report sends the sender report of t: at the camera's time now its RTP clock
// showed stamp.
func (s *session) report(t *track, cameraTime time.Time, stamp uint32, now time.Time) {
	if t.tcp {
		s.conn.mu.Lock()
		defer s.conn.mu.Unlock()
		if s.conn.room() {
			at := len(s.conn.out)
			s.conn.out = append(s.conn.out, '$', t.channel+1, 0, 0)
			s.conn.out = appendReport(s.conn.out, cameraTime, t, stamp)
			binary.BigEndian.PutUint16(s.conn.out[at+2:], uint16(len(s.conn.out)-at-framingSize))
			s.conn.flush(now)
		}
		return
	}
	if s.feed.camera.UDP != UDPLost {
		s.feed.scratch = appendReport(s.feed.scratch[:0], cameraTime, t, stamp)
		s.conn.server.udp.rtcp.WriteToUDPAddrPort(s.feed.scratch, t.rtcp)
	}
}
