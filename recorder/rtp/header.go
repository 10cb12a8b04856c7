package rtp

import "encoding/binary"

const headerSize = 12 // of an RTP packet without extras

// Parse takes an RTP packet apart (RFC 3550, 5.1): contributing sources, header
// extension and padding are left out. The payload is part of b. ok is false when b
// is no RTP packet.
func Parse(b []byte) (p Packet, ok bool) {
	if len(b) < headerSize || b[0]>>6 != 2 {
		return Packet{}, false
	}
	from, to := headerSize+4*int(b[0]&0x0f), len(b)
	if b[0]&0x10 != 0 { // an extension
		if to < from+4 {
			return Packet{}, false
		}
		from += 4 + 4*int(binary.BigEndian.Uint16(b[from+2:]))
	}
	if b[0]&0x20 != 0 { // padding
		padding := int(b[to-1])
		if padding == 0 {
			return Packet{}, false
		}
		to -= padding
	}
	if from > to {
		return Packet{}, false
	}
	return Packet{
		SSRC:      binary.BigEndian.Uint32(b[8:]),
		Type:      b[1] & 0x7f,
		Sequence:  binary.BigEndian.Uint16(b[2:]),
		Timestamp: binary.BigEndian.Uint32(b[4:]),
		Marker:    b[1]&0x80 != 0,
		Payload:   b[from:to],
	}, true
}
