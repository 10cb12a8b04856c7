package fmp4

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSequenceHeader reads headers with everything that one can have.
func TestSequenceHeader(t *testing.T) {
	const (
		point = "000000000000 "
		size  = "1001 1000 1001111111 101100111"
		tools = "0 000 1111 1 11 1 1 110 111"
		main  = "0 0 0 0 01 "
	)
	plain := sequenceHeader{level: 4, subX: 1, subY: 1, chromaSite: 1, width: 640, height: 360}
	with := func(change func(*sequenceHeader)) sequenceHeader {
		s := plain
		change(&s)
		return s
	}
	for name, test := range map[string]struct {
		obu  []byte
		want sequenceHeader
	}{
		"plain":          {av1Plain, plain},
		"with extension": {append([]byte{0x0e, 0}, av1Plain[1:]...), plain},
		"timing":         {av1Header("000 0 0", "1", bits32(1), bits32(25), "1 00101", "0", "0 00000", point, "00100", size, tools, main, "0"), plain},
		"a decoder model": {av1Header("000 0 0", "1", bits32(1), bits32(25), "0", "1 00011", bits32(9), "00000 00000",
			"0 00000", point, "00100", "1 1010 0101 1", size, tools, main, "0"), plain},
		"two operating points, and a delay of each": {av1Header("000 0 0", "0 1 00001", point, "01001 1", "1 0011", point, "00100", "0", size, tools, main, "0"),
			with(func(s *sequenceHeader) { s.level, s.tier = 9, 1 })},
		"frame numbers":  {av1Header("000 0 0", "0 0 00000", point, "00100", size, "1 0010 001 000 1111 1 11 1 1 110 111", main, "0"), plain},
		"no tools":       {av1Header("000 0 0", "0 0 00000", point, "00100", size, "0 000 0000 0 0 0 000", main, "0"), plain},
		"screen content": {av1Header("000 0 0", "0 0 00000", point, "00100", size, "0 000 0000 0 0 1 0 1 000", main, "0"), plain},
		"still picture":  {av1Header("000 1 1", "00100", size, "000 000", main, "0"), plain},
		"10 bits, described": {av1Header("000 0 0", "0 0 00000", point, "00100", size, tools, "1 0 1 00001001 00010000 00001001 0 10 ", "0"),
			with(func(s *sequenceHeader) { s.highDepth, s.chromaSite = 1, 2 })},
		"grey": {av1Header("000 0 0", "0 0 00000", point, "00100", size, tools, "0 1 0 0 ", "0"),
			with(func(s *sequenceHeader) { s.mono, s.chromaSite = 1, 0 })},
		"High": {av1Header("001 0 0", "0 0 00000", point, "00100", size, tools, "0 0 0 ", "0"),
			with(func(s *sequenceHeader) { s.profile, s.subX, s.subY, s.chromaSite = 1, 0, 0, 0 })},
		"Professional, 8 bits": {av1Header("010 0 0", "0 0 00000", point, "00100", size, tools, "0 0 0 0 ", "0"),
			with(func(s *sequenceHeader) { s.profile, s.subX, s.subY, s.chromaSite = 2, 1, 0, 0 })},
		"Professional, 12 bits": {av1Header("010 0 0", "0 0 00000", point, "00100", size, tools, "1 1 0 0 0 1 1 11 ", "0"),
			with(func(s *sequenceHeader) { s.profile, s.highDepth, s.twelve, s.chromaSite = 2, 1, 1, 3 })},
		"sRGB": {av1Header("001 0 0", "0 0 00000", point, "00100", size, tools, "0 1 00000001 00001101 00000000 ", "0"),
			with(func(s *sequenceHeader) { s.profile, s.subX, s.subY, s.chromaSite = 1, 0, 0, 0 })},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := parseSequenceHeader(test.obu)
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(sequenceHeader{})); err != nil || diff != "" {
				t.Errorf("%v %s", err, diff)
			}
		})
	}
	for name, obu := range map[string][]byte{
		"it breaks off":  av1Header("000 0 0", "0 0 00000", point),
		"too large":      append([]byte{0x0a, 99}, av1Plain[2:]...),
		"no size":        {0x0a},
		"nothing":        nil,
		"endless number": av1Header("000 0 0", "1", bits32(1), bits32(25), "1", bits32(0), bits32(0), bits32(0)),
	} {
		if got, err := parseSequenceHeader(obu); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func bits32(n int) string { return fmt.Sprintf("%032b", n) }
