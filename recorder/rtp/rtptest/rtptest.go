// Package rtptest makes RTP packets of NAL units or OBUs for tests, as a plain
// camera would send them.
package rtptest

import (
	"github.com/sjudager/sjudager/recorder/rtp"
	"github.com/sjudager/sjudager/vault/footage"
)

// Packets returns the packets of one access unit: small NAL units in one packet
// each, others in fragments whose payload is at most size bytes. The last one
// has the marker bit. Of AV1, nals are OBUs without sizes.
func Packets(codec footage.Codec, nals [][]byte, sequence uint16, timestamp uint32, size int) []rtp.Packet {
	var packets []rtp.Packet
	add := func(payload []byte) {
		packets = append(packets, rtp.Packet{Sequence: sequence + uint16(len(packets)), Timestamp: timestamp, Payload: payload})
	}
	for _, nal := range nals {
		if codec == footage.AV1 {
			head := byte(0x10) // one OBU
			for rest := nal; len(rest) > 0; head |= 0x80 {
				n := min(len(rest), size-1)
				if head &^= 0x40; n < len(rest) {
					head |= 0x40
				}
				add(append([]byte{head}, rest[:n]...))
				rest = rest[n:]
			}
			continue
		}
		if len(nal) <= size {
			add(nal)
			continue
		}
		head, kind := 1, nal[0]&0x1f
		indicator := []byte{nal[0]&0xe0 | 28}
		if codec == footage.H265 {
			head, kind = 2, nal[0]>>1&0x3f
			indicator = []byte{nal[0]&0x81 | 49<<1, nal[1]}
		}
		flags := byte(0x80)
		for rest := nal[head:]; len(rest) > 0; flags = 0 {
			n := min(len(rest), size-head-1)
			if n == len(rest) {
				flags |= 0x40
			}
			add(append(append(append([]byte(nil), indicator...), flags|kind), rest[:n]...))
			rest = rest[n:]
		}
	}
	packets[len(packets)-1].Marker = true
	return packets
}
