package rtp_test

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sjudager/sjudager/recorder/rtp"
	"github.com/sjudager/sjudager/recorder/rtp/rtptest"
	"github.com/sjudager/sjudager/vault/footage"
)

// noise returns a NAL unit with that header and n bytes of anything but zeros.
func noise(n int, header ...byte) []byte {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	b := bytes.Clone(header)
	for range n {
		b = append(b, byte(1+r.IntN(255)))
	}
	b[len(header)] |= 0x80 // the first slice of its picture
	return b
}

// lengths returns NAL units as the depacketiser lays them out.
func lengths(nals ...[]byte) []byte {
	var b []byte
	for _, nal := range nals {
		b = binary.BigEndian.AppendUint32(b, uint32(len(nal)))
		b = append(b, nal...)
	}
	return b
}

func aggregate(header []byte, nals ...[]byte) []byte {
	b := bytes.Clone(header)
	for _, nal := range nals {
		b = binary.BigEndian.AppendUint16(b, uint16(len(nal)))
		b = append(b, nal...)
	}
	return b
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

var (
	start3 = []byte{0, 0, 1}
	start4 = []byte{0, 0, 0, 1}
)

func TestDepacketiser(t *testing.T) {
	sps, pps, aud := noise(20, 0x67), noise(5, 0x68), noise(1, 0x09)
	idr, idr2, p := noise(3000, 0x65), noise(2500, 0x65), noise(100, 0x41)
	idr2[1] &= 0x7f
	recovery := []byte{0x06, 6, 1, 0xc4, 0x80}
	vps5, sps5, pps5 := noise(10, 0x40, 1), noise(20, 0x42, 1), noise(6, 0x44, 1)
	cra, p5 := noise(4000, 21<<1, 1), noise(90, 1<<1, 1)
	payloads := func(codec footage.Codec, nals ...[]byte) (all [][]byte) {
		for _, p := range rtptest.Packets(codec, nals, 0, 0, 1000) {
			all = append(all, p.Payload)
		}
		return all
	}
	for _, test := range []struct {
		name     string
		codec    footage.Codec
		payloads [][]byte
		want     []byte
		unit     rtp.Unit
		sets     []rtp.Kind
	}{
		{"single NAL units and fragments", footage.H264, payloads(footage.H264, aud, sps, pps, idr, idr2),
			lengths(aud, sps, pps, idr, idr2), rtp.Unit{Picture: true, Key: true}, []rtp.Kind{rtp.SPS, rtp.PPS}},
		{"STAP-A", footage.H264, [][]byte{aggregate([]byte{0x78}, aud, p)},
			lengths(aud, p), rtp.Unit{Picture: true}, nil},
		{"STAP-A with padding", footage.H264, [][]byte{append(aggregate([]byte{0x78}, p), 0, 0, 0, 0)},
			lengths(p), rtp.Unit{Picture: true}, nil},
		{"a fragment that is a whole NAL unit", footage.H264, [][]byte{join([]byte{0x5c, 0xc1}, p[1:])},
			lengths(p), rtp.Unit{Picture: true}, nil},
		{"a recovery point", footage.H264, [][]byte{recovery, p},
			lengths(recovery, p), rtp.Unit{Picture: true, Recovery: true}, nil},
		{"a later slice", footage.H264, [][]byte{idr2[:900]},
			lengths(idr2[:900]), rtp.Unit{Picture: true, Key: true, Headless: true}, nil},
		{"Annex B, start code first", footage.H264, [][]byte{join(start4, sps, start3, pps, []byte{0}, start3, p)},
			lengths(sps, pps, p), rtp.Unit{Picture: true}, []rtp.Kind{rtp.SPS, rtp.PPS}},
		{"Annex B, first start code missing, in fragments", footage.H264, payloads(footage.H264, join(sps, start4, pps, start4, idr)),
			lengths(sps, pps, idr), rtp.Unit{Picture: true, Key: true}, []rtp.Kind{rtp.SPS, rtp.PPS}},
		{"H.265", footage.H265, payloads(footage.H265, vps5, sps5, pps5, cra),
			lengths(vps5, sps5, pps5, cra), rtp.Unit{Picture: true, Key: true}, []rtp.Kind{rtp.VPS, rtp.SPS, rtp.PPS}},
		{"H.265 aggregation", footage.H265, [][]byte{aggregate([]byte{48 << 1, 1}, vps5, sps5, pps5), p5},
			lengths(vps5, sps5, pps5, p5), rtp.Unit{Picture: true}, []rtp.Kind{rtp.VPS, rtp.SPS, rtp.PPS}},

		{"a fragment without its beginning", footage.H264, payloads(footage.H264, idr)[1:], nil, rtp.Unit{Damaged: true}, nil},
		{"a fragment without its end", footage.H264, payloads(footage.H264, idr)[:2], nil, rtp.Unit{Damaged: true}, nil},
		{"a fragment interrupted", footage.H264, [][]byte{payloads(footage.H264, idr)[0], p}, lengths(p), rtp.Unit{Picture: true, Damaged: true}, nil},
		{"STAP-A cut off", footage.H264, [][]byte{aggregate([]byte{0x78}, p, aud)[:105]}, lengths(p), rtp.Unit{Picture: true, Damaged: true}, nil},
		{"interleaved", footage.H264, [][]byte{{25, 1, 2, 3}}, nil, rtp.Unit{Damaged: true}, nil},
		{"empty", footage.H264, [][]byte{{}, p, {}}, lengths(p), rtp.Unit{Picture: true}, nil},

		// What is not as it should be is left out, and the frame with it, or it is kept
		// as it is where decoders pass over it.
		{"forbidden_zero_bit", footage.H264, [][]byte{p, noise(9, 0xc1)}, lengths(p), rtp.Unit{Picture: true, Damaged: true}, nil},
		{"forbidden_zero_bit in STAP-A", footage.H264, [][]byte{aggregate([]byte{0xf8}, aud, noise(9, 0xc1), p)},
			lengths(aud, p), rtp.Unit{Picture: true, Damaged: true}, nil},
		{"forbidden_zero_bit in fragments", footage.H264, payloads(footage.H264, noise(3000, 0xe5)), nil, rtp.Unit{Damaged: true}, nil},
		{"forbidden_zero_bit, H.265", footage.H265, [][]byte{noise(9, 0x80|1<<1, 1)}, nil, rtp.Unit{Damaged: true}, nil},
		{"type 0", footage.H264, [][]byte{noise(9, 0x00), p}, lengths(noise(9, 0x00), p), rtp.Unit{Picture: true}, nil},
		{"reserved types", footage.H264, [][]byte{noise(9, 0x71), p, noise(2000, 0x16)}, lengths(noise(9, 0x71), p, noise(2000, 0x16)), rtp.Unit{Picture: true}, nil},
		{"undefined types", footage.H264, [][]byte{{30, 1, 2}, p, {31, 1, 2}}, lengths(p), rtp.Unit{Picture: true, Damaged: true}, nil},
		{"reserved types, H.265", footage.H265, [][]byte{noise(9, 41<<1, 1), p5, noise(9, 47<<1, 1)},
			lengths(noise(9, 41<<1, 1), p5, noise(9, 47<<1, 1)), rtp.Unit{Picture: true}, nil},
		{"undefined types, H.265", footage.H265, [][]byte{{63 << 1, 1, 1, 2}, p5}, lengths(p5), rtp.Unit{Picture: true, Damaged: true}, nil},
		{"temporal id 0 - 1", footage.H265, [][]byte{p5, noise(9, 1<<1, 0)}, lengths(p5), rtp.Unit{Picture: true, Damaged: true}, nil},
		{"aggregation in aggregation", footage.H264, [][]byte{aggregate([]byte{0x78}, aud, aggregate([]byte{0x78}, sps, pps), p)},
			lengths(aud, p), rtp.Unit{Picture: true, Damaged: true}, nil},
		{"aggregation in fragments", footage.H265, [][]byte{{49 << 1, 1, 0x80 | 48, 0, 2, 1}, {49 << 1, 1, 0x40 | 48, 2, 3}, p5},
			lengths(p5), rtp.Unit{Picture: true, Damaged: true}, nil},
		{"a fragment in fragments", footage.H264, [][]byte{{0x7c, 0xc0 | 28, 0x81, 2}, p}, lengths(p), rtp.Unit{Picture: true, Damaged: true}, nil},
		{"a slice of nothing", footage.H264, [][]byte{{0x41}, p}, lengths(p), rtp.Unit{Picture: true, Damaged: true}, nil},
		{"the end of a sequence has no more than a header", footage.H264, [][]byte{p, {0x0a}}, lengths(p, []byte{0x0a}), rtp.Unit{Picture: true}, nil},
		{"an empty NAL unit in STAP-A", footage.H264, [][]byte{aggregate([]byte{0x78}, aud, nil, p)}, lengths(aud), rtp.Unit{Damaged: true}, nil},
		{"a size beyond the end", footage.H264, [][]byte{{0x78, 0xff, 0xff, 0x41, 0x9a}, p}, lengths(p), rtp.Unit{Picture: true, Damaged: true}, nil},
		{"PACI", footage.H265, [][]byte{{50 << 1, 1, 2, 3}}, nil, rtp.Unit{Damaged: true}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := rtp.New(test.codec)
			b := []byte("what was there before")
			before := len(b)
			d.Begin(before)
			for _, payload := range test.payloads {
				b = d.Append(b, payload)
			}
			b = d.End(b)
			if !bytes.Equal(b[before:], test.want) {
				t.Errorf("got %x,\nwant %x", b[before:], test.want)
			}
			if diff := cmp.Diff(test.unit, d.Unit()); diff != "" {
				t.Error(diff)
			}
			var sets []rtp.Kind
			for _, s := range d.ParameterSets() {
				sets = append(sets, s.Kind)
				if size := binary.BigEndian.Uint32(b[s.From-4:]); int(size) != s.To-s.From {
					t.Errorf("a parameter set of %d bytes lies at %d to %d", size, s.From, s.To)
				}
			}
			if diff := cmp.Diff(test.sets, sets); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTooLong(t *testing.T) {
	d := rtp.New(footage.H264)
	b := []byte("before")
	d.Begin(len(b))
	b = d.Append(b, []byte{0x7c, 0x85, 1})
	for part := make([]byte, 60000); len(b) > len("before"); {
		b = d.Append(b, append([]byte{0x7c, 5}, part...))
		if len(b) > rtp.MaxUnit+len("before") {
			t.Fatalf("%d bytes", len(b))
		}
	}
	if b = d.Append(b, []byte{0x41, 1}); string(b) != "before" || !d.Unit().Damaged {
		t.Errorf("%d bytes are left of a unit that was given up", len(b))
	}
	d.Begin(len(b))
	if b = d.End(d.Append(b, []byte{0x41, 0x80})); len(b) != len("before")+6 || d.Unit().Damaged {
		t.Error("the next unit suffers from the one before")
	}
}

func TestBeginsPicture(t *testing.T) {
	d4, d5 := rtp.New(footage.H264), rtp.New(footage.H265)
	for _, test := range []struct {
		d       *rtp.Depacketiser
		payload []byte
		want    bool
	}{
		{d4, []byte{0x41, 0x9a}, true},
		{d4, []byte{0x41, 0x1a}, false},
		{d4, []byte{0x67, 0}, true},
		{d4, []byte{0x0c, 0xff}, false}, // filler data
		{d4, []byte{0x7c, 0x81, 0x9a}, true},
		{d4, []byte{0x7c, 0x81, 0x1a}, false},
		{d4, []byte{0x7c, 0x01, 0x9a}, false},
		{d4, []byte{0x78, 0, 2, 0x09, 0x10}, true},
		{d5, []byte{1 << 1, 1, 0x80}, true},
		{d5, []byte{1 << 1, 1, 0x40}, false},
		{d5, []byte{40 << 1, 1, 0}, false}, // suffix SEI
		{d5, []byte{49 << 1, 1, 0x80 | 19, 0x80}, true},
		{d5, []byte{35 << 1, 1}, true},
		{d5, []byte{35 << 1}, false},
	} {
		if got := test.d.BeginsPicture(test.payload); got != test.want {
			t.Errorf("%x: %v", test.payload, got)
		}
	}
}

func TestSequence(t *testing.T) {
	var s rtp.Sequence
	for i, step := range []struct {
		n    uint16
		lost int
		old  bool
	}{
		{65534, 0, false}, {65535, 0, false}, {0, 0, false}, {3, 2, false},
		{3, 0, true}, {2, 0, true}, {4, 0, false},
		{3004, 2999, false}, {10000, 1, false}, {10001, 0, false}, {9950, 0, true}, {5000, 1, false}, {5001, 0, false},
	} {
		if lost, old := s.Next(step.n); lost != step.lost || old != step.old {
			t.Errorf("step %d: %d lost, old: %v", i, lost, old)
		}
	}
}

// FuzzDepacketiser: whatever a camera sends, the result is NAL units behind their
// lengths, and nothing that was in the buffer before changes.
func FuzzDepacketiser(f *testing.F) {
	seed := func(is265 bool, payloads ...[]byte) {
		var b []byte
		for _, p := range payloads {
			b = binary.BigEndian.AppendUint16(b, uint16(len(p)))
			b = append(b, p...)
		}
		f.Add(is265, b)
	}
	seed(false, []byte{0x67, 1, 2}, []byte{0x7c, 0x85, 0x88, 1}, []byte{0x7c, 0x45, 2}, []byte{0x06, 6, 1, 0x84, 0x80})
	seed(false, aggregate([]byte{0x78}, []byte{0x67, 1}, []byte{0x68, 2}), join(start4, []byte{0x67, 1}, start3, []byte{0x41, 0x9a}))
	seed(true, []byte{0x40, 1, 2}, []byte{49 << 1, 1, 0x93, 0x88, 1}, []byte{49 << 1, 1, 0x53, 2})
	seed(true, aggregate([]byte{48 << 1, 1}, []byte{0x42, 1, 3}, []byte{2, 1, 0x80}))
	f.Fuzz(func(t *testing.T, is265 bool, packets []byte) {
		codec, header := footage.H264, 1
		if is265 {
			codec, header = footage.H265, 2
		}
		d := rtp.New(codec)
		before := []byte("before")
		b := bytes.Clone(before)
		d.Begin(len(b))
		for len(packets) >= 2 {
			n := min(int(binary.BigEndian.Uint16(packets)), len(packets)-2)
			payload := bytes.Clone(packets[2 : 2+n])
			packets = packets[2+n:]
			d.BeginsPicture(payload)
			if n == 77 {
				b = d.Lost(b)
			}
			b = d.Append(b, payload)
		}
		b = d.End(b)
		for _, s := range d.ParameterSets() {
			if s.From > s.To || s.To > len(b) {
				t.Fatalf("a parameter set lies at %d to %d of %d", s.From, s.To, len(b))
			}
		}
		rest, ok := bytes.CutPrefix(b, before)
		for ok && len(rest) > 0 {
			ok = len(rest) >= 4
			if ok {
				n := int(binary.BigEndian.Uint32(rest))
				if ok = n >= header && n <= len(rest)-4; ok {
					rest = rest[4+n:]
				}
			}
		}
		if !ok {
			t.Fatalf("not a row of NAL units: %x", b)
		}
	})
}
