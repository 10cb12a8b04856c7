package fmp4

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

// sequenceHeader is what av1C and the sample entry need of a sequence header of AV1
// (AV1, 5.5).
type sequenceHeader struct {
	profile, level, tier         byte // of the first operating point
	highDepth, twelve            byte // bits a sample: 8, with the first 10, with both 12
	mono, subX, subY, chromaSite byte
	width, height                int // the greatest, pixels
}

var errShort = errors.New("it breaks off")

// parseSequenceHeader reads an OBU with its size.
func parseSequenceHeader(obu []byte) (s sequenceHeader, err error) {
	head := 1
	if len(obu) > 0 && obu[0]&0x04 != 0 {
		head = 2
	}
	if len(obu) < head {
		return s, errShort
	}
	size, used := binary.Uvarint(obu[head:])
	if used <= 0 || size != uint64(len(obu)-head-used) {
		return s, errors.New("it has no size, or a wrong one")
	}
	r := &bitReader{b: obu[head+used:]}
	s.profile = r.byte(3)
	r.skip(1) // still_picture
	reduced := r.flag()
	if reduced {
		s.level = r.byte(5)
	} else {
		s.readOperatingPoints(r)
	}
	widthBits, heightBits := r.number(4)+1, r.number(4)+1
	s.width, s.height = r.number(widthBits)+1, r.number(heightBits)+1
	if !reduced && r.flag() { // frame_id_numbers_present_flag
		r.skip(7)
	}
	r.skip(3) // use_128x128_superblock, enable_filter_intra, enable_intra_edge_filter
	if !reduced {
		skipTools(r)
	}
	r.skip(3) // enable_superres, enable_cdef, enable_restoration
	s.readColour(r)
	if r.bad {
		return s, errShort
	}
	return s, nil
}

func (s *sequenceHeader) readOperatingPoints(r *bitReader) {
	delayBits, model := 0, false
	if r.flag() { // timing_info_present_flag
		r.skip(64)
		if r.flag() { // equal_picture_interval
			r.skipUVLC()
		}
		if model = r.flag(); model {
			delayBits = r.number(5) + 1
			r.skip(32 + 5 + 5)
		}
	}
	initial := r.flag() // initial_display_delay_present_flag
	for i := range r.number(5) + 1 {
		r.skip(12)
		level, tier := r.byte(5), byte(0)
		if level > 7 {
			tier = r.byte(1)
		}
		if i == 0 {
			s.level, s.tier = level, tier
		}
		if model && r.flag() {
			r.skip(2*delayBits + 1)
		}
		if initial && r.flag() {
			r.skip(4)
		}
	}
}

// skipTools reads from enable_interintra_compound to order_hint_bits_minus_1.
func skipTools(r *bitReader) {
	r.skip(4)
	hints := r.flag() // enable_order_hint
	if hints {
		r.skip(2)
	}
	screen := r.flag() // seq_choose_screen_content_tools
	if !screen {
		screen = r.flag() // seq_force_screen_content_tools
	}
	if screen && !r.flag() { // seq_choose_integer_mv
		r.skip(1)
	}
	if hints {
		r.skip(3)
	}
}

func (s *sequenceHeader) readColour(r *bitReader) {
	s.highDepth = r.byte(1)
	if s.profile == 2 && s.highDepth == 1 {
		s.twelve = r.byte(1)
	}
	if s.profile != 1 {
		s.mono = r.byte(1)
	}
	described := 0
	if r.flag() {
		described = r.number(24) // colour_primaries, transfer_characteristics, matrix_coefficients
	}
	switch {
	case s.mono == 1:
		r.skip(1)
		s.subX, s.subY = 1, 1
		return
	case described == 1<<16|13<<8: // sRGB
		return
	}
	r.skip(1)
	switch {
	case s.profile == 0:
		s.subX, s.subY = 1, 1
	case s.twelve == 1:
		if s.subX = r.byte(1); s.subX == 1 {
			s.subY = r.byte(1)
		}
	case s.profile == 2:
		s.subX = 1
	}
	if s.subX == 1 && s.subY == 1 {
		s.chromaSite = r.byte(2)
	}
}

// readAV1 makes the AV1CodecConfigurationRecord (AV1 in ISOBMFF, 2.3.3).
func (t *Track) readAV1() error {
	s, err := parseSequenceHeader(t.SPS[0])
	if err != nil {
		return err
	}
	t.Width, t.Height = s.width, s.height
	t.config = append([]byte{
		0x81, s.profile<<5 | s.level,
		s.tier<<7 | s.highDepth<<6 | s.twelve<<5 | s.mono<<4 | s.subX<<3 | s.subY<<2 | s.chromaSite,
		0, // initial_presentation_delay: not known
	}, t.SPS[0]...)
	return nil
}

// bitReader reads numbers, the most significant bit first. Beyond the end there are
// zeros, and bad is set.
type bitReader struct {
	b   []byte
	at  int // bits
	bad bool
}

func (r *bitReader) number(width int) (n int) {
	for range width {
		n <<= 1
		if i := r.at >> 3; i < len(r.b) {
			n |= int(r.b[i] >> (7 - r.at&7) & 1)
		} else {
			r.bad = true
		}
		r.at++
	}
	return n
}

func (r *bitReader) byte(width int) byte { return byte(r.number(width)) }
func (r *bitReader) flag() bool          { return r.number(1) == 1 }
func (r *bitReader) skip(width int)      { r.at += width }

// skipUVLC skips a number that has as many bits behind its first 1 as zeros before
// it (AV1, 4.10.3).
func (r *bitReader) skipUVLC() {
	zeros := 0
	for !r.bad && !r.flag() {
		zeros++
	}
	if zeros < bits.UintSize/2 {
		r.skip(zeros)
	}
}
