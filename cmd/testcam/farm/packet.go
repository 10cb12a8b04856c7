package farm

import (
	"bytes"
	"encoding/binary"
	"iter"
	"slices"
)

// Sizes in bytes. maxPacket keeps a packet, its RTP header included, within an
// Ethernet frame with room for IP, UDP and a tunnel's overhead.
const (
	maxPacket     = 1400
	framingSize   = 4 // '$', channel, length (RFC 2326 section 10.12)
	headerSize    = 12
	maxPayload    = maxPacket - headerSize
	maxAudioFrame = maxPayload - 4 // after the AU header section of RFC 3640
)

// Dynamic payload types (RFC 3551 section 6).
const (
	videoType = 96
	audioType = 97
)

// form is a way to lay out a clip, see Camera.
type form struct{ aggregate, annexB, noMarker bool }

func (c Camera) form() form { return form{c.Aggregate, c.AnnexB, c.NoMarker} }

// layout is a clip as RTP packets that lack only channel, sequence number,
// timestamp and SSRC. Each packet follows its interleaved framing, so that the
// packets of an access unit are one write on a TCP connection.
type layout struct {
	params []byte   // the parameter sets, to go before a key frame
	apart  []byte   // the same for Camera.ParamsApart
	units  [][]byte // one for each Clip.Units
	audio  [][]byte // one for each audio frame
	filler []byte   // a packet of nothing, to go after a picture's
}

func newLayout(c *Clip, f form) *layout {
	p := packer{codec: c.Codec, aggregate: f.aggregate}
	l := &layout{filler: p.filler()}
	if c.Codec != AV1 && !f.annexB {
		l.params = p.pack(slices.Values(c.Params))
		l.apart = packer{codec: c.Codec}.pack(slices.Values(c.Params))
		l.apart[framingSize+1] |= 0x80
	}
	for _, u := range c.Units {
		var b []byte
		switch {
		case c.Codec == AV1:
			b = p.packAV1(u, c.Params)
		case f.annexB && u.Key:
			b = p.pack(joined(slices.Values(c.Params), u.NALs()))
		case f.annexB:
			b = p.pack(joined(u.NALs()))
		default:
			b = p.pack(u.NALs())
		}
		if !f.noMarker {
			endFrame(b)
		}
		l.units = append(l.units, b)
	}
	if c.audio != nil {
		for _, f := range c.audio.frames {
			// RFC 3640 section 3.3.6: a header section of 16 bits, with the frame's
			// size in 13 bits and its index in 3.
			b := appendPacket(nil, audioType, []byte{0, 16, byte(len(f.data) >> 5), byte(len(f.data) << 3)}, f.data)
			endFrame(b)
			l.audio = append(l.audio, b)
		}
	}
	return l
}

// joined is all NAL units as one, with start codes between them.
func joined(rows ...iter.Seq[[]byte]) iter.Seq[[]byte] {
	var nals [][]byte
	for _, row := range rows {
		nals = slices.AppendSeq(nals, row)
	}
	return slices.Values([][]byte{bytes.Join(nals, []byte{0, 0, 0, 1})})
}

// endFrame sets the marker bit of the last packet in b, and of no other.
func endFrame(b []byte) {
	for p := range packets(b) {
		p[framingSize+1] &^= 0x80
		if len(p) == len(b) {
			p[framingSize+1] |= 0x80
		}
		b = b[len(p):]
	}
}

// packets ranges over the packets in b, each with its framing.
func packets(b []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for len(b) > 0 {
			n := framingSize + int(binary.BigEndian.Uint16(b[2:]))
			if !yield(b[:n]) {
				return
			}
			b = b[n:]
		}
	}
}

// appendPacket appends framing, RTP header and payload.
func appendPacket(b []byte, payloadType byte, payload ...[]byte) []byte {
	at := len(b)
	b = append(b, '$', 0, 0, 0, 0x80, payloadType, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	for _, p := range payload {
		b = append(b, p...)
	}
	binary.BigEndian.PutUint16(b[at+2:], uint16(len(b)-at-framingSize))
	return b
}

func nalType(codec Codec, nal []byte) byte {
	if codec == H265 {
		return nal[0] >> 1 & 0x3f
	}
	return nal[0] & 0x1f
}

// filler returns a full packet of filler data (H.264 section 7.3.2.7, H.265
// section 7.3.2.8) or padding (AV1 section 5.8), which decoders throw away.
func (p packer) filler() []byte {
	nothing := bytes.Repeat([]byte{0xff}, maxPayload)
	switch p.codec {
	case H264:
		nothing[0] = 12
	case H265:
		nothing[0], nothing[1] = 38<<1, 1
	case AV1:
		nothing[0], nothing[1] = oneElement, obuPadding<<3
	}
	nothing[maxPayload-1] = 0x80
	return appendPacket(nil, videoType, nothing)
}

// packer turns NAL units into packets by RFC 6184 (packetization-mode 1) or
// RFC 7798 (without DONL).
type packer struct {
	codec     Codec
	aggregate bool // put neighbours that fit together into one packet
}

func (p packer) pack(nals iter.Seq[[]byte]) []byte {
	var b []byte
	var group [][]byte
	size := 0
	flush := func() {
		switch len(group) {
		case 0:
		case 1:
			b = p.appendOne(b, group[0])
		default:
			b = p.appendGroup(b, group)
		}
		group, size = group[:0], 0
	}
	for nal := range nals {
		if !p.aggregate || 2+size+2+len(nal) > maxPayload {
			flush()
		}
		group = append(group, nal)
		size += 2 + len(nal)
	}
	flush()
	return b
}

// appendOne appends nal in one packet, or in fragments when it is too long.
func (p packer) appendOne(b, nal []byte) []byte {
	if len(nal) <= maxPayload {
		return appendPacket(b, videoType, nal)
	}
	var head []byte // of each fragment; its last byte is the FU header
	var rest []byte
	if p.codec == H265 {
		head = []byte{nal[0]&0x81 | 49<<1, nal[1], nalType(p.codec, nal)}
		rest = nal[2:]
	} else {
		head = []byte{nal[0]&0xe0 | 28, nalType(p.codec, nal)}
		rest = nal[1:]
	}
	fu := &head[len(head)-1]
	*fu |= 0x80 // start
	for len(rest) > 0 {
		n := min(len(rest), maxPayload-len(head))
		if n == len(rest) {
			*fu |= 0x40 // end
		}
		b = appendPacket(b, videoType, head, rest[:n])
		rest = rest[n:]
		*fu &^= 0x80
	}
	return b
}

// appendGroup appends one STAP-A (H.264) or AP (H.265) with all nals.
func (p packer) appendGroup(b []byte, nals [][]byte) []byte {
	var payload []byte
	if p.codec == H265 {
		// RFC 7798 section 4.4.2: lowest layer id and TID of what is inside.
		layer, tid := byte(63), byte(7)
		for _, nal := range nals {
			layer = min(layer, nal[0]&1<<5|nal[1]>>3)
			tid = min(tid, nal[1]&7)
		}
		payload = []byte{48<<1 | layer>>5, layer<<3 | tid}
	} else {
		// RFC 6184 section 5.7.1: highest NRI of what is inside.
		var nri byte
		for _, nal := range nals {
			nri = max(nri, nal[0]&0x60)
		}
		payload = []byte{nri | 24}
	}
	for _, nal := range nals {
		payload = binary.BigEndian.AppendUint16(payload, uint16(len(nal)))
		payload = append(payload, nal...)
	}
	return appendPacket(b, videoType, payload)
}
