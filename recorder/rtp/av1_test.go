package rtp_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sjudager/sjudager/recorder/rtp"
	"github.com/sjudager/sjudager/recorder/rtp/rtptest"
	"github.com/sjudager/sjudager/vault/footage"
)

// sized returns OBUs, whose headers have one byte, as a file has them.
func sized(obus ...[]byte) (b []byte) {
	for _, o := range obus {
		b = binary.AppendUvarint(append(b, o[0]|2), uint64(len(o)-1))
		b = append(b, o[1:]...)
	}
	return b
}

// counted returns OBUs each behind its length, which W=0 announces.
func counted(head byte, obus ...[]byte) []byte {
	b := []byte{head}
	for _, o := range obus {
		b = binary.AppendUvarint(b, uint64(len(o)))
		b = append(b, o...)
	}
	return b
}

func TestAV1(t *testing.T) {
	sequence := []byte{1 << 3, 0x00, 0x12, 0x34, 0x56}
	still := []byte{1 << 3, 0x18, 0x12}
	key, inter := append([]byte{6 << 3, 0x10}, noise(3000, 7)...), append([]byte{6 << 3, 0x30}, noise(100, 7)...)
	hidden, intra := []byte{6 << 3, 0x00, 9}, []byte{6 << 3, 0x50, 9}
	shown := []byte{3 << 3, 0x80 | 0x18}
	head, tiles := []byte{3 << 3, 0x10, 1}, append([]byte{4 << 3}, noise(40, 7)...)
	metadata, padding := []byte{5 << 3, 4, 1, 2, 3, 0x80}, []byte{15 << 3, 0, 0, 0x80}
	delimiter := []byte{2 << 3}
	layered := []byte{6<<3 | 4, 0x20, 0x30, 5, 5}
	payloads := func(obus ...[]byte) (all [][]byte) {
		for _, p := range rtptest.Packets(footage.AV1, obus, 0, 0, 1000) {
			all = append(all, p.Payload)
		}
		return all
	}
	whole := func(head byte, rest []byte) []byte { return append([]byte{head}, rest...) }
	picture, keyPicture := rtp.Unit{Picture: true}, rtp.Unit{Picture: true, Key: true}
	for _, test := range []struct {
		name     string
		payloads [][]byte
		want     []byte
		unit     rtp.Unit
		sets     int
	}{
		{"one OBU a packet, and fragments", payloads(sequence, key), sized(sequence, key), keyPicture, 1},
		{"W=0", [][]byte{counted(0x08, sequence, metadata, inter)}, sized(sequence, metadata, inter), picture, 1},
		{"W=2", [][]byte{append(counted(0x20, metadata), inter...)}, sized(metadata, inter), picture, 0},
		{"W=3", [][]byte{append(counted(0x38, sequence, metadata), head...), whole(0x10, tiles)}, sized(sequence, metadata, head, tiles), keyPicture, 1},
		{"a fragment among others", [][]byte{append(counted(0x60, metadata), key[:1000]...), append(counted(0xa0, key[1000:]), padding...)},
			sized(metadata, key, padding), keyPicture, 0},
		{"W=0 with fragments at both ends", [][]byte{counted(0x40, metadata, key[:9]), counted(0xc0, key[9:], hidden[:1]), counted(0x80, hidden[1:], inter)},
			sized(metadata, key, hidden, inter), keyPicture, 0},
		{"delimiters and tile lists have no place in a file", [][]byte{counted(0, delimiter, sequence, inter), whole(0x10, []byte{8 << 3, 1, 2})},
			sized(sequence, inter), picture, 1},
		{"a header of two bytes", payloads(layered), []byte{6<<3 | 6, 0x20, 3, 0x30, 5, 5}, picture, 0},
		{"it has its size already", [][]byte{whole(0x10, sized(key[:200]))}, sized(key[:200]), keyPicture, 0},
		{"a size that is longer than it must be", [][]byte{{0x10, 6<<3 | 2, 0x82, 0x80, 0x00, 0x30, 9}}, []byte{6<<3 | 2, 0x82, 0x80, 0x00, 0x30, 9}, picture, 0},
		{"a file's temporal unit as one", [][]byte{whole(0x10, append(sized(delimiter, sequence, metadata), inter...))}, sized(sequence, metadata, inter), picture, 1},
		{"in fragments", payloads(sized(delimiter, sequence, key)), sized(sequence, key), keyPicture, 1},
		{"a key frame that is hidden is none to begin with", payloads(hidden, shown), sized(hidden, shown), picture, 0},
		{"nor is an intra frame", payloads(intra), sized(intra), picture, 0},
		{"still pictures", payloads(still, inter), sized(still, inter), keyPicture, 1},
		{"a tile group without its frame", payloads(tiles), sized(tiles), rtp.Unit{Picture: true, Headless: true}, 0},
		{"reserved types are kept", payloads([]byte{9 << 3, 1}, inter), sized([]byte{9 << 3, 1}, inter), picture, 0},
		{"empty", [][]byte{{}, whole(0x10, inter)}, sized(inter), picture, 0},

		{"a fragment without its beginning", payloads(key)[1:], nil, rtp.Unit{Damaged: true}, 0},
		{"and what comes behind it", [][]byte{counted(0x80, key[9:], inter)}, sized(inter), rtp.Unit{Picture: true, Damaged: true}, 0},
		{"a fragment without its end", payloads(key)[:2], nil, rtp.Unit{Damaged: true}, 0},
		{"a fragment interrupted", [][]byte{payloads(key)[0], whole(0x10, inter)}, sized(inter), rtp.Unit{Picture: true, Damaged: true}, 0},
		{"nothing but the aggregation header", [][]byte{{0x10}}, nil, rtp.Unit{Damaged: true}, 0},
		{"an empty OBU", [][]byte{counted(0, metadata, nil, inter)}, sized(metadata), rtp.Unit{Damaged: true}, 0},
		{"a length beyond the end", [][]byte{{0, 100, 6 << 3, 0x30}}, nil, rtp.Unit{Damaged: true}, 0},
		{"a length without end", [][]byte{bytes.Repeat([]byte{0xff}, 12)[:11]}, nil, rtp.Unit{Damaged: true}, 0},
		{"fewer than announced", [][]byte{counted(0x30, metadata)}, nil, rtp.Unit{Damaged: true}, 0},
		{"forbidden bit", [][]byte{counted(0, inter, []byte{0x80 | 6<<3, 0x30})}, sized(inter), rtp.Unit{Picture: true, Damaged: true}, 0},
		{"a size of its own beyond the end", [][]byte{{0x10, 6<<3 | 2, 9, 0x30}}, nil, rtp.Unit{Damaged: true}, 0},
		{"a header that breaks off", [][]byte{{0x10, 6<<3 | 4}}, nil, rtp.Unit{Damaged: true}, 0},
		{"a frame of nothing", [][]byte{{0x10, 6 << 3}}, nil, rtp.Unit{Damaged: true}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := rtp.New(footage.AV1)
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
			if n := len(d.ParameterSets()); n != test.sets {
				t.Fatalf("%d sequence headers, want %d", n, test.sets)
			}
			for _, s := range d.ParameterSets() {
				if got := b[s.From:s.To]; !bytes.Equal(got, sized(sequence)) && !bytes.Equal(got, sized(still)) {
					t.Errorf("a sequence header is %x", got)
				}
			}
		})
	}
}

func TestBeginsTemporalUnit(t *testing.T) {
	d := rtp.New(footage.AV1)
	for _, test := range []struct {
		payload []byte
		want    bool
	}{
		{[]byte{0x10, 2 << 3}, true},
		{[]byte{0x18, 1 << 3, 0}, true},
		{[]byte{0x00, 2, 1 << 3, 0, 2, 6 << 3, 0}, true},
		{[]byte{0x10, 6 << 3, 0x30}, false},
		{[]byte{0x90, 1 << 3, 0}, false}, // the rest of something
		{[]byte{0x10}, false},
		{[]byte{0x00, 0xff}, false},
		{nil, false},
	} {
		if got := d.BeginsPicture(test.payload); got != test.want {
			t.Errorf("%x: %v", test.payload, got)
		}
	}
}

// FuzzAV1: whatever a camera sends, the result is OBUs with their sizes, none of
// those that have no place in a file, and nothing that was there before changes.
func FuzzAV1(f *testing.F) {
	seed := func(payloads ...[]byte) {
		var b []byte
		for _, p := range payloads {
			b = binary.BigEndian.AppendUint16(b, uint16(len(p)))
			b = append(b, p...)
		}
		f.Add(b)
	}
	seed([]byte{0x18, 1 << 3, 0, 1, 2}, []byte{0x50, 6 << 3, 0x10}, []byte{0xd0, 3}, []byte{0x90, 4})
	seed(counted(0, []byte{2 << 3}, []byte{1 << 3, 0}, []byte{6<<3 | 4, 0, 0x30}))
	seed([]byte{0x10, 0x12, 0, 0x0a, 1, 0, 0x32, 2, 0x10, 1, 0x7a, 0}, []byte{0x20, 1, 5 << 3, 8 << 3})
	f.Fuzz(func(t *testing.T, packets []byte) {
		d := rtp.New(footage.AV1)
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
				t.Fatalf("a sequence header lies at %d to %d of %d", s.From, s.To, len(b))
			}
		}
		rest, ok := bytes.CutPrefix(b, before)
		for ok && len(rest) > 0 {
			head := 1 + int(rest[0]>>2&1)
			kind := rest[0] >> 3 & 15
			if ok = rest[0]&0x82 == 2 && kind != 2 && kind != 8 && len(rest) > head; !ok {
				break
			}
			size, used := binary.Uvarint(rest[head:])
			if ok = used > 0 && size <= uint64(len(rest)-head-used); ok {
				rest = rest[head+used+int(size):]
			}
		}
		if !ok {
			t.Fatalf("not a row of OBUs: %x", b)
		}
	})
}
