package rtp

// syntax is what differs between H.264 and H.265 in RTP.
type syntax struct {
	header    int // bytes of a NAL unit header
	shift     int // of the type in its first byte
	mask      byte
	aggregate byte // payload types
	fragment  byte
	sei       byte
	sliceTo   byte // slices have types up to here
	keyFrom   byte // and those of key pictures lie between
	keyTo     byte
	vps       byte // 0: there is none
	sps, pps  byte
	delimiter byte
}

var (
	// H.264: ITU-T H.264 table 7-1, RFC 6184 table 1.
	h264 = syntax{
		header: 1, mask: 0x1f, aggregate: 24, fragment: 28,
		sei: 6, sliceTo: 5, keyFrom: 5, keyTo: 5, sps: 7, pps: 8, delimiter: 9,
	}
	// H.265: ITU-T H.265 table 7-1, RFC 7798 section 4.4. Types 22 and 23 are
	// reserved for further IRAP pictures.
	h265 = syntax{
		header: 2, shift: 1, mask: 0x3f, aggregate: 48, fragment: 49,
		sei: 39, sliceTo: 31, keyFrom: 16, keyTo: 23, vps: 32, sps: 33, pps: 34, delimiter: 35,
	}
)

func (s *syntax) nalType(nal []byte) byte { return nal[0] >> s.shift & s.mask }

func (s *syntax) isSlice(kind byte) bool {
	return kind <= s.sliceTo && (kind != 0 || s.header == 2) // 0 is unspecified in H.264
}

func (s *syntax) isKey(kind byte) bool { return kind >= s.keyFrom && kind <= s.keyTo }

// refuses reports whether RFC 6184 or RFC 7798 has a payload of this type that
// nobody sends: STAP-B, MTAP and FU-B of the interleaved mode, PACI, and what
// they leave undefined.
func (s *syntax) refuses(kind byte) bool { return kind >= s.aggregate }

// isFirstSlice reports whether the slice is the first of its picture:
// first_mb_in_slice is 0, or first_slice_segment_in_pic_flag is set. Both are
// the first bit behind the header.
func (s *syntax) isFirstSlice(nal []byte) bool { return len(nal) > s.header && nal[s.header]&0x80 != 0 }

// isBroken reports whether a NAL unit is none that an encoder made: its header has
// an error (forbidden_zero_bit, by which RFC 6184 and RFC 7798 let the network mark
// one, or a temporal id that cannot be), its type is one that RTP has for itself, so
// that it hides other NAL units, or it is a slice of nothing. NAL units of types
// that the standards leave undefined are kept: decoders pass over them.
func (s *syntax) isBroken(nal []byte) bool {
	kind := s.nalType(nal)
	return nal[0]&0x80 != 0 || s.header == 2 && nal[1]&0x07 == 0 || s.refuses(kind) || s.isSlice(kind) && len(nal) == s.header
}

func (s *syntax) parameterSet(kind byte) (Kind, bool) {
	switch {
	case kind == s.vps && s.vps != 0:
		return VPS, true
	case kind == s.sps:
		return SPS, true
	case kind == s.pps:
		return PPS, true
	}
	return 0, false
}

// begins reports whether a NAL unit, of which the header and a byte are enough,
// comes before the first slice of a picture or is it.
func (s *syntax) begins(nal []byte) bool {
	if len(nal) < s.header {
		return false
	}
	kind := s.nalType(nal)
	if s.isSlice(kind) {
		return s.isFirstSlice(nal)
	}
	return s.leads(kind) || kind == s.sei
}

// leads reports whether a NAL unit of this type is a parameter set or a
// delimiter.
func (s *syntax) leads(kind byte) bool {
	_, set := s.parameterSet(kind)
	return set || kind == s.delimiter
}

// appendHeader appends the header of the NAL unit that the payload, a fragment,
// belongs to: its type is in the fragment's flags.
func (s *syntax) appendHeader(b, payload []byte) []byte {
	if s.header == 1 {
		return append(b, payload[0]&0xe0|payload[1]&0x1f)
	}
	return append(b, payload[0]&0x81|payload[2]&0x3f<<1, payload[1])
}

// hasRecoveryPoint reports whether the messages of an SEI have a recovery point
// (payload type 6 in ITU-T H.264 annex D.1.8).
func hasRecoveryPoint(sei []byte) bool {
	for len(sei) >= 2 {
		kind, rest := seiNumber(sei)
		size, rest := seiNumber(rest)
		if kind == 6 && size > 0 {
			return true
		}
		if size >= len(rest) {
			return false
		}
		sei = rest[size:]
	}
	return false
}

// seiNumber reads a number that is written as a sum of bytes, 255 meaning that
// it goes on.
func seiNumber(b []byte) (n int, rest []byte) {
	for i, c := range b {
		n += int(c)
		if c != 255 {
			return n, b[i+1:]
		}
	}
	return n, nil
}
