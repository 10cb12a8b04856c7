package farm

import (
	"encoding/binary"
	"time"
)

// badHeaders are packets that no RTP header can be read from, or that contradict
// their header (RFC 3550 section 5.1). They count for nothing: the stream's own
// packets are numbered as if they were not there.
var badHeaders = [][]byte{
	{}, // an empty frame or datagram
	{0x80, videoType, 0},
	{0x40, videoType, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3},                // version 1
	{0x8f, videoType, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3},                // 15 CSRCs, and no room for one
	{0x90, videoType, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xbe, 0xde, 0xff, 0xff}, // extension of 256 KiB
	{0x90, videoType, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xbe},                   // extension cut off
	{0xa0, videoType, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 200},              // more padding than payload
	{0xa0, videoType, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0},                // padding of no length
	{0xa0, videoType, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},                         // padding, but no byte to tell its length
}

// badPayloads are payloads that make no sense, by codec. Each has a number of
// its own in the stream.
var badPayloads = map[Codec][][]byte{
	H264: {
		{},
		{28},                         // FU-A without its header
		{28, 0x41, 1, 2, 3},          // the end of a fragment that never began
		{28, 0x01, 1, 2, 3},          // the middle of one
		{28, 0x81, 1, 2, 3},          // the beginning of one that never ends
		{28, 0xc6, 3, 1, 0xff, 0x80}, // a whole NAL unit as its only fragment: SEI, harmless
		{24},                         // STAP-A of nothing
		{24, 0, 0},                   // of an empty NAL unit
		{24, 0},                      // size cut off
		{24, 0xff, 0xff, 0x41, 1},    // size beyond the end
		{24, 0, 2, 6, 5, 0, 9, 0x41}, // a good one, then a bad one
		{25, 0, 0, 0, 2, 6, 5},       // STAP-B, not in packetization-mode 1
		{29, 0x81, 0, 0, 1, 2},       // FU-B, neither
		{0, 1, 2, 3}, {31, 1, 2, 3},  // undefined types
		{0x80 | 1, 1, 2, 3}, // forbidden_zero_bit
	},
	H265: {
		{},
		{49 << 1},                   // half a header
		{49 << 1, 1},                // FU without its header
		{49 << 1, 1, 0x41, 1, 2, 3}, // the end of a fragment that never began
		{49 << 1, 1, 0x01, 1, 2, 3}, // the middle of one
		{49 << 1, 1, 0x81, 1, 2, 3}, // the beginning of one that never ends
		{49 << 1, 1, 0xc0 | 39, 3, 1, 0xff, 0x80}, // a whole NAL unit as its only fragment: SEI, harmless
		{48 << 1, 1},                        // AP of nothing
		{48 << 1, 1, 0, 0},                  // of an empty NAL unit
		{48 << 1, 1, 0},                     // size cut off
		{48 << 1, 1, 0xff, 0xff, 1 << 1, 1}, // size beyond the end
		{50 << 1, 1, 1, 2, 3},               // PACI, which nobody asked for
		{63 << 1, 1, 1, 2, 3},               // undefined type
		{0x80 | 1<<1, 1, 1, 2},              // forbidden_zero_bit
		{1 << 1, 0, 1, 2},                   // temporal id plus one is zero
	},
	AV1: {
		{},
		{oneElement},                           // an OBU of nothing
		{continues | oneElement, 1, 2, 3},      // the end of a fragment that never began
		{continued | oneElement, 5 << 3, 1, 2}, // the beginning of one that never ends
		{countedByTail, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, // a length without end
		{countedByTail, 100, 5 << 3}, // length beyond the end
		{3 << 4, 1, 5 << 3},          // three OBUs announced, one there
		{oneElement, 0x80, 1},        // forbidden bit
	},
}

// spoil sends what goes before u, unit n, which gets stamp, by Faults.Garbage and
// Faults.Malformed.
func (s *session) spoil(u Unit, n int64, stamp uint32, now time.Time) {
	f, t := s.feed, &s.tracks[videoTrack]
	if f.faults.Garbage && t.tcp && f.random.IntN(25) == 0 {
		s.conn.queue(now, func(b []byte) []byte {
			for range 1 + f.random.IntN(64) {
				b = append(b, byte(f.random.Uint32()))
			}
			return b
		})
	}
	if f.faults.Malformed && !u.Key && n%3 == 0 {
		s.sendBad(t, stamp, now)
	}
}

// sendBad sends the next bad packet in turn.
func (s *session) sendBad(t *track, stamp uint32, now time.Time) {
	payloads := badPayloads[s.feed.clip.Codec]
	which := s.bad % (len(badHeaders) + len(payloads))
	s.bad++
	if which >= len(badHeaders) {
		s.send(t, stamp, now, appendPacket(nil, videoType, payloads[which-len(badHeaders)]))
		return
	}
	bad := badHeaders[which]
	if !t.tcp {
		s.feed.server.udp.rtp.WriteToUDPAddrPort(bad, t.rtp)
		return
	}
	s.conn.queue(now, func(b []byte) []byte {
		b = binary.BigEndian.AppendUint16(append(b, '$', t.channel), uint16(len(bad)))
		return append(b, bad...)
	})
}

// haunt sends u once more as what belongs to a session that is long over.
func (s *session) haunt(u Unit, now time.Time, packets []byte) {
	t := s.tracks[videoTrack]
	if !s.ghost.set {
		s.ghost = newTrack()
		s.ghost.tcp, s.ghost.channel = true, t.channel
	}
	s.send(&s.ghost, s.ghost.base+uint32(u.PTS), now, packets)
}
