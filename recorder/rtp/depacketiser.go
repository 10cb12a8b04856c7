package rtp

import (
	"encoding/binary"

	"github.com/sjudager/sjudager/vault/footage"
)

// MaxUnit is the greatest length of an access unit in bytes. 2160p60 at 50
// Mbit/s stays below; what is longer is a fragment that never ends.
const MaxUnit = 8 << 20

const lengthSize = 4 // bytes before each NAL unit

// Unit is what is known about the access unit that is being put together.
type Unit struct {
	// Picture: it has a slice, or of AV1 a frame. A unit without one is the
	// beginning of the next.
	Picture bool
	// Key: decoding can begin here: an IDR picture of H.264, an IRAP picture
	// (IDR, CRA, BLA) of H.265, a key frame of AV1 that is shown at once.
	Key bool
	// Recovery: it has a recovery point SEI, which some H.264 cameras send in
	// place of IDR pictures.
	Recovery bool
	// Damaged: something is missing in it, or was not understood.
	Damaged bool
	// Headless: its first slice is not the first of a picture. After a loss that
	// means damage; without one it is a second field or another layer.
	Headless bool
}

// ParameterSet is the place of a parameter set in the buffer, without its length; of
// AV1, of a sequence header as it lies there.
type ParameterSet struct {
	Kind     Kind
	From, To int
}

// Kind is a kind of parameter set.
type Kind uint8

// The kinds.
const (
	VPS Kind = iota // H.265 only
	SPS             // of AV1 the sequence header
	PPS
	Kinds // how many there are
)

// Depacketiser appends the NAL units or OBUs of one stream to a buffer. Make one
// with New. It is not for several goroutines at once.
type Depacketiser struct {
	av1       bool // else NAL units of this syntax
	syntax    syntax
	annexB    bool // NAL units of this stream hold start codes
	still     bool // this AV1 stream has key frames alone, and says so once
	unit      Unit
	start     int // of the access unit in the buffer
	fragment  int // where the NAL unit, with its length, or OBU in progress lies; -1 when none is
	skip      bool
	sets      []ParameterSet
	malformed uint64
	scratch   []byte
}

// New returns a depacketiser for codec.
func New(codec footage.Codec) *Depacketiser {
	d := &Depacketiser{syntax: h264, fragment: -1}
	switch codec {
	case footage.H265:
		d.syntax = h265
	case footage.AV1:
		d.av1 = true
	}
	return d
}

// Malformed counts the payloads that could not be understood.
func (d *Depacketiser) Malformed() uint64 { return d.malformed }

// Begin begins an access unit that will be appended to a buffer of this length.
func (d *Depacketiser) Begin(length int) {
	d.unit, d.start, d.fragment, d.skip, d.sets = Unit{}, length, -1, false, d.sets[:0]
}

// Unit is the access unit as it is up to now.
func (d *Depacketiser) Unit() Unit { return d.unit }

// ParameterSets are those of the access unit, in their order. They are good
// until the next Begin.
func (d *Depacketiser) ParameterSets() []ParameterSet { return d.sets }

// Lost says that packets are missing at this point of the access unit. It
// returns b without the NAL unit that was in progress.
func (d *Depacketiser) Lost(b []byte) []byte {
	d.unit.Damaged = true
	return d.abort(b)
}

// End ends the access unit and returns b without a NAL unit that is not whole.
func (d *Depacketiser) End(b []byte) []byte { return d.abort(b) }

func (d *Depacketiser) abort(b []byte) []byte {
	if d.fragment < 0 {
		return b
	}
	b, d.fragment = b[:d.fragment], -1
	d.unit.Damaged = true
	return b
}

// Append appends what payload has of NAL units to b and returns it. A payload
// that makes no sense is left out and marks the unit as damaged.
func (d *Depacketiser) Append(b, payload []byte) []byte {
	if d.skip || len(payload) == 0 { // nothing but padding: some keep a connection alive so
		return b
	}
	if len(b)-d.start+len(payload) > MaxUnit {
		d.unit.Damaged, d.skip, d.fragment = true, true, -1
		return b[:d.start]
	}
	if d.av1 {
		return d.appendOBUs(b, payload)
	}
	head := d.syntax.header
	if len(payload) < head {
		return d.reject(b)
	}
	switch kind := d.syntax.nalType(payload); {
	case kind == d.syntax.aggregate:
		return d.aggregate(d.abort(b), payload[head:])
	case kind == d.syntax.fragment:
		return d.appendFragment(b, payload)
	case d.syntax.refuses(kind):
		return d.reject(b)
	default:
		return d.whole(d.abort(b), payload)
	}
}

func (d *Depacketiser) reject(b []byte) []byte {
	d.malformed++
	d.unit.Damaged = true
	return d.abort(b)
}

// whole appends one NAL unit.
func (d *Depacketiser) whole(b, nal []byte) []byte {
	at := len(b)
	b = binary.BigEndian.AppendUint32(b, uint32(len(nal)))
	b = append(b, nal...)
	return d.finish(b, at)
}

// aggregate appends the NAL units of a STAP-A or an aggregation packet.
func (d *Depacketiser) aggregate(b, payload []byte) []byte {
	if len(payload) == 0 {
		return d.reject(b)
	}
	for len(payload) > 0 {
		if len(payload) < 2 {
			return d.reject(b)
		}
		size := int(binary.BigEndian.Uint16(payload))
		payload = payload[2:]
		if size == 0 && allZero(payload) { // padding
			return b
		}
		if size < d.syntax.header || size > len(payload) {
			return d.reject(b)
		}
		b = d.whole(b, payload[:size])
		payload = payload[size:]
	}
	return b
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// appendFragment appends a part of a NAL unit; its length is put in at its end.
func (d *Depacketiser) appendFragment(b, payload []byte) []byte {
	head := d.syntax.header
	if len(payload) <= head {
		return d.reject(b)
	}
	flags := payload[head] // RFC 6184, 5.8 and RFC 7798, 4.4.3: start, end, ..., type
	if flags&0x80 != 0 {
		b = d.abort(b)
		d.fragment = len(b)
		b = append(b, 0, 0, 0, 0)
		b = d.syntax.appendHeader(b, payload)
	} else if d.fragment < 0 {
		// Its beginning is missing: the unit is damaged if it was not already.
		d.unit.Damaged = true
		return b
	}
	b = append(b, payload[head+1:]...)
	if flags&0x40 == 0 {
		return b
	}
	at := d.fragment
	d.fragment = -1
	binary.BigEndian.PutUint32(b[at:], uint32(len(b)-at-lengthSize))
	return d.finish(b, at)
}

// finish takes note of the NAL unit that lies complete at the end of b, its
// length at at. One that holds start codes is taken apart first. Only the
// beginning, and the whole of parameter sets and delimiters, is searched for one:
// that is where streams of that kind give themselves away, and searching every
// slice would be a large part of the whole work.
func (d *Depacketiser) finish(b []byte, at int) []byte {
	nal := b[at+lengthSize:]
	if d.annexB || beginsWithStartCode(nal) || d.syntax.leads(d.syntax.nalType(nal)) && nextStartCode(nal) < len(nal) {
		d.annexB = true
		return d.split(b, at)
	}
	return d.note(b, at)
}

// split replaces the NAL unit at the end of b by the NAL units that start codes
// divide it into.
func (d *Depacketiser) split(b []byte, at int) []byte {
	d.scratch = append(d.scratch[:0], b[at+lengthSize:]...)
	b = b[:at]
	for rest := d.scratch; len(rest) > 0; {
		end := nextStartCode(rest)
		nal := rest[:end]
		for len(nal) > 0 && nal[len(nal)-1] == 0 { // the zeros belong to the start code
			nal = nal[:len(nal)-1]
		}
		rest = rest[min(end+3, len(rest)):]
		if len(nal) < d.syntax.header {
			continue
		}
		at := len(b)
		b = binary.BigEndian.AppendUint32(b, uint32(len(nal)))
		b = append(b, nal...)
		b = d.note(b, at)
	}
	return b
}

// note takes note of the NAL unit that lies complete in b from at to the end. It
// returns b, without the NAL unit if that is broken.
func (d *Depacketiser) note(b []byte, at int) []byte {
	nal := b[at+lengthSize:]
	if d.syntax.isBroken(nal) {
		return d.reject(b[:at])
	}
	kind := d.syntax.nalType(nal)
	switch {
	case d.syntax.isSlice(kind):
		if !d.unit.Picture {
			d.unit.Picture = true
			d.unit.Headless = !d.syntax.isFirstSlice(nal)
		}
		d.unit.Key = d.unit.Key || d.syntax.isKey(kind)
	case kind == d.syntax.sei:
		d.unit.Recovery = d.unit.Recovery || hasRecoveryPoint(nal[d.syntax.header:])
	default:
		if set, ok := d.syntax.parameterSet(kind); ok {
			d.sets = append(d.sets, ParameterSet{set, at + lengthSize, len(b)})
		}
	}
	return b
}

// BeginsPicture reports whether payload is the beginning of an access unit of
// its own, should a picture have ended before it: it tells two pictures with one
// timestamp from one picture with a marker on each slice.
func (d *Depacketiser) BeginsPicture(payload []byte) bool {
	if d.av1 {
		return beginsTemporalUnit(payload)
	}
	head := d.syntax.header
	if len(payload) < head {
		return false
	}
	switch kind := d.syntax.nalType(payload); kind {
	case d.syntax.aggregate:
		return len(payload) > head+2 && d.BeginsPicture(payload[head+2:])
	case d.syntax.fragment:
		if len(payload) < head+2 || payload[head]&0x80 == 0 {
			return false
		}
		var nal [3]byte
		return d.syntax.begins(append(d.syntax.appendHeader(nal[:0], payload), payload[head+1]))
	default:
		return d.syntax.begins(payload)
	}
}
