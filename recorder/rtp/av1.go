package rtp

import "encoding/binary"

// The OBU types that matter here (AV1, 6.2.2).
const (
	obuSequenceHeader    = 1
	obuTemporalDelimiter = 2
	obuFrameHeader       = 3
	obuTileGroup         = 4
	obuFrame             = 6
	obuTileList          = 8
)

// Bits of the header of an OBU (AV1, 5.3.2).
const (
	obuForbidden = 0x80
	obuExtension = 0x04 // another byte of header follows
	obuHasSize   = 0x02
)

// Bits of the aggregation header that each payload begins with (RTP Payload Format
// For AV1, 4.4). Between them W says how many OBUs there are, the last one without
// a length; 0: each after its length.
const (
	obuContinues = 0x80 // Z: the first OBU is the rest of one
	obuContinued = 0x40 // Y: the last OBU goes on in the next packet
)

func obuType(obu []byte) byte { return obu[0] >> 3 & 0x0f }

// appendOBUs appends the OBUs in payload to b, each with its size: so they lie in a
// sample (AV1 in ISOBMFF, 2.4), and RTP leaves it out.
func (d *Depacketiser) appendOBUs(b, payload []byte) []byte {
	if len(payload) < 2 {
		return d.reject(b)
	}
	head, rest := payload[0], payload[1:]
	count := int(head >> 4 & 3)
	if head&obuContinues == 0 {
		b = d.abort(b)
	} else if d.fragment < 0 {
		d.unit.Damaged = true // the beginning is missing
	}
	for n := 1; len(rest) > 0; n++ {
		element := rest
		if n != count {
			size, used := binary.Uvarint(rest) // leb128
			if used <= 0 || size == 0 || size > uint64(len(rest)-used) {
				return d.reject(b)
			}
			element = rest[used:][:size]
			rest = rest[used:]
		}
		rest = rest[len(element):]
		if len(rest) == 0 && n < count {
			return d.reject(b)
		}
		if n > 1 || head&obuContinues == 0 {
			d.fragment = len(b)
		}
		if d.fragment < 0 {
			continue
		}
		b = append(b, element...)
		if len(rest) > 0 || head&obuContinued == 0 {
			at := d.fragment
			d.fragment = -1
			b = d.finishOBU(b, at)
		}
	}
	return b
}

// finishOBU takes the OBU that lies complete in b from at to the end, and gives it
// a size. One that has its own, which RTP advises against, stays as it is; behind
// it there may be others, with which it was put into one.
func (d *Depacketiser) finishOBU(b []byte, at int) []byte {
	rest := b[at:]
	b = b[:at] // never longer than what has been taken off rest
	for len(rest) > 0 {
		at, head, end := len(b), 1, len(rest)
		if rest[0]&obuExtension != 0 {
			head = 2
		}
		if rest[0]&obuForbidden != 0 || len(rest) < head {
			return d.reject(b)
		}
		sized := rest[0]&obuHasSize != 0
		if sized {
			size, used := binary.Uvarint(rest[head:])
			if used <= 0 || used > 8 || size > uint64(len(rest)-head-used) {
				return d.reject(b)
			}
			end = head + used + int(size)
		}
		b = append(b, rest[:end]...)
		rest = rest[end:]
		if !sized {
			b = insertSize(b, at+head)
			b[at] |= obuHasSize
		}
		b = d.noteOBU(b, at, head)
	}
	return b
}

// insertSize puts the number of the bytes that lie in b from at to the end before
// them, as leb128.
func insertSize(b []byte, at int) []byte {
	var size [binary.MaxVarintLen64]byte
	n := binary.PutUvarint(size[:], uint64(len(b)-at))
	b = append(b, size[:n]...)
	copy(b[at+n:], b[at:])
	copy(b[at:], size[:n])
	return b
}

// noteOBU takes note of the OBU that lies in b from at to the end, behind head bytes
// of header its size. It returns b, without the OBU if that is none of the picture:
// temporal delimiters, which have no place in a file, and tile lists; receivers
// must ignore both (RTP Payload Format For AV1, 4.3).
func (d *Depacketiser) noteOBU(b []byte, at, head int) []byte {
	_, used := binary.Uvarint(b[at+head:])
	body := b[at+head+used:]
	switch obuType(b[at:]) {
	case obuTemporalDelimiter, obuTileList:
		return b[:at]
	case obuSequenceHeader:
		if len(body) == 0 {
			return d.reject(b[:at])
		}
		d.still = body[0]&0x08 != 0 // reduced_still_picture_header
		d.sets = append(d.sets, ParameterSet{SPS, at, len(b)})
	case obuFrame, obuFrameHeader:
		if len(body) == 0 {
			return d.reject(b[:at])
		}
		if !d.unit.Picture { // of several layers, the first decides
			d.unit.Picture = true
			// show_existing_frame 0, frame_type KEY_FRAME, show_frame 1 (AV1, 5.9.2)
			d.unit.Key = d.still || body[0]>>4 == 1
		}
	case obuTileGroup:
		d.unit.Headless = d.unit.Headless || !d.unit.Picture
		d.unit.Picture = true
	}
	return b
}

// beginsTemporalUnit is BeginsPicture for AV1, where one picture may well have a
// second frame at its time, and only a delimiter or a sequence header tells.
func beginsTemporalUnit(payload []byte) bool {
	if len(payload) < 2 || payload[0]&obuContinues != 0 {
		return false
	}
	obu := payload[1:]
	if payload[0]>>4&3 != 1 {
		_, used := binary.Uvarint(obu)
		if used <= 0 || used >= len(obu) {
			return false
		}
		obu = obu[used:]
	}
	kind := obuType(obu)
	return kind == obuTemporalDelimiter || kind == obuSequenceHeader
}
