package farm

import (
	"encoding/binary"
	"iter"
)

// The OBU types that matter here (AV1 section 6.2.2).
const (
	obuSequenceHeader    = 1
	obuTemporalDelimiter = 2
	obuPadding           = 15
)

// Bits of the aggregation header that begins each packet, and its value for a
// packet with one OBU and no length (AV1's RTP payload format section 4.4).
const (
	continues     = 0x80 // Z: begins with the rest of a fragment
	continued     = 0x40 // Y: its last OBU goes on in the next packet
	firstOfCoded  = 0x08 // N: a coded video sequence begins
	oneElement    = 0x10 // W=1
	countedByTail = 0x00 // W=0: each OBU after its length
)

func obuType(obu []byte) byte { return obu[0] >> 3 & 0xf }

// splitOBU takes the first OBU off b: header and payload without the size.
func splitOBU(b []byte) (header, payload, rest []byte, ok bool) {
	if len(b) == 0 || b[0]&0x80 != 0 {
		return nil, nil, nil, false
	}
	n := 1 + int(b[0]>>2&1) // the header's length, with the extension
	if len(b) < n {
		return nil, nil, nil, false
	}
	header, rest = b[:n], b[n:]
	if b[0]&2 == 0 { // no size: it is the last
		return header, rest, nil, true
	}
	size, used := binary.Uvarint(rest) // leb128
	if used <= 0 || size > uint64(len(rest)-used) {
		return nil, nil, nil, false
	}
	return header, rest[used:][:size], rest[used:][size:], true
}

// obus ranges over the OBUs in b as RTP has them: without their sizes.
func obus(b []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for len(b) > 0 {
			header, payload, rest, ok := splitOBU(b)
			if !ok {
				return
			}
			obu := append(append([]byte{}, header...), payload...)
			obu[0] &^= 2
			if !yield(obu) {
				return
			}
			b = rest
		}
	}
}

// OBUs ranges over the OBUs of an AV1 clip's unit as they are in RTP packets:
// without their sizes, and without temporal delimiters.
func (u Unit) OBUs() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for obu := range obus(u.Data) {
			if obuType(obu) != obuTemporalDelimiter && !yield(obu) {
				return
			}
		}
	}
}

func wellFormedOBUs(b []byte) bool {
	for len(b) > 0 {
		var ok bool
		if _, _, b, ok = splitOBU(b); !ok {
			return false
		}
	}
	return true
}

// packAV1 turns u into packets by AV1's RTP payload format. A key frame without
// its sequence header gets that of the file.
func (p packer) packAV1(u Unit, sequence [][]byte) []byte {
	var row [][]byte
	complete := !u.Key
	for obu := range u.OBUs() {
		complete = complete || obuType(obu) == obuSequenceHeader
		row = append(row, obu)
	}
	if !complete {
		row = append(append([][]byte{}, sequence...), row...)
	}
	var b []byte
	for len(row) > 0 {
		n, size := 0, 1
		for ; p.aggregate && n < len(row) && size+2+len(row[n]) <= maxPayload; n++ {
			size += 2 + len(row[n])
		}
		if n > 1 {
			payload := []byte{countedByTail}
			for _, obu := range row[:n] {
				payload = append(binary.AppendUvarint(payload, uint64(len(obu))), obu...)
			}
			b, row = appendPacket(b, videoType, payload), row[n:]
			continue
		}
		b, row = appendOBU(b, row[0]), row[1:]
	}
	if u.Key && len(b) > 0 {
		b[framingSize+headerSize] |= firstOfCoded
	}
	return b
}

// appendOBU appends obu in one packet, or in fragments when it is too long.
func appendOBU(b, obu []byte) []byte {
	head := []byte{oneElement}
	for {
		n := min(len(obu), maxPayload-1)
		if n < len(obu) {
			head[0] |= continued
		} else {
			head[0] &^= continued
		}
		b = appendPacket(b, videoType, head, obu[:n])
		if obu = obu[n:]; len(obu) == 0 {
			return b
		}
		head[0] |= continues
	}
}
