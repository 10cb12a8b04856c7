package rtp

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	fixed := []byte{0x80, 0xe0, 1, 2, 0, 0, 0, 9, 10, 11, 12, 13}
	with := func(flags byte, rest ...byte) []byte {
		b := append(bytes.Clone(fixed), rest...)
		b[0] |= flags
		return b
	}
	for name, test := range map[string]struct {
		packet  []byte
		payload []byte
		bad     bool
	}{
		"payload":                      {with(0, 1, 2, 3), []byte{1, 2, 3}, false},
		"no payload":                   {with(0), nil, false},
		"sources":                      {with(2, 0, 0, 0, 1, 0, 0, 0, 2, 7), []byte{7}, false},
		"extension":                    {with(0x10, 0xbe, 0xde, 0, 1, 1, 2, 3, 4, 7), []byte{7}, false},
		"empty extension":              {with(0x10, 0xbe, 0xde, 0, 0, 7), []byte{7}, false},
		"padding":                      {with(0x20, 7, 0, 0, 3), []byte{7}, false},
		"nothing but padding":          {with(0x20, 0, 0, 3), nil, false},
		"sources, extension, padding":  {with(0x31, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 7, 1), []byte{7}, false},
		"too short":                    {fixed[:11], nil, true},
		"empty":                        {nil, nil, true},
		"version 1":                    {with(0xc0), nil, true},
		"sources that are missing":     {with(1, 1, 2, 3), nil, true},
		"extension that is missing":    {with(0x10, 0, 0, 0), nil, true},
		"extension that breaks off":    {with(0x10, 0, 0, 0, 2, 0, 0, 0, 0), nil, true},
		"more padding than there is":   {with(0x20, 1, 2, 4), nil, true},
		"padding into the header":      {with(0x20, 13), nil, true},
		"padding of 0":                 {with(0x20, 1, 0), nil, true},
		"padding into the extension":   {with(0x30, 0, 0, 0, 1, 0, 0, 0, 5), nil, true},
		"extension longer than memory": {with(0x10, 0, 0, 0xff, 0xff), nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := Parse(test.packet)
			want := Packet{}
			if !test.bad {
				want = Packet{SSRC: 0x0a0b0c0d, Type: 96, Sequence: 0x102, Timestamp: 9, Marker: true, Payload: slices.Clip(test.payload)}
			}
			if len(got.Payload) == 0 {
				got.Payload = nil
			}
			if diff := cmp.Diff(want, got); ok == test.bad || diff != "" {
				t.Errorf("ok %v, %s", ok, diff)
			}
		})
	}
}

// report is a sender report as RFC 3550, 6.4.1 has it, with one reception report.
var report = []byte{
	0x81, 200, 0, 12, 1, 2, 3, 4, 0xee, 0xad, 0x57, 0xc0, 0x80, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 5, 0, 0, 9, 0,
	9, 9, 9, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
}

func TestControl(t *testing.T) {
	names := []byte{0x81, 202, 0, 2, 1, 2, 3, 4, 1, 1, 'x', 0}
	bye := []byte{0x82, 203, 0, 3, 1, 2, 3, 4, 5, 6, 7, 8, 3, 'e', 'n', 'd'}
	type said struct {
		reports []Report
		byes    []uint32
		ok      bool
	}
	one := []Report{{0x01020304, time.Date(2026, 11, 22, 12, 0, 0, 500_000_000, time.UTC), 0x10000}}
	for name, test := range map[string]struct {
		b    []byte
		want said
	}{
		"sender report":        {report, said{one, nil, true}},
		"compound":             {slices.Concat(report, names, bye), said{one, []uint32{0x01020304, 0x05060708}, true}},
		"nothing":              {nil, said{nil, nil, true}},
		"it breaks off":        {slices.Concat(report, bye[:12]), said{one, nil, false}},
		"too short":            {report[:3], said{nil, nil, false}},
		"version 0":            {[]byte{0, 200, 0, 0}, said{nil, nil, false}},
		"a report of nothing":  {[]byte{0x80, 200, 0, 1, 1, 2, 3, 4}, said{nil, nil, false}},
		"a bye to nobody":      {[]byte{0x80, 203, 0, 0}, said{nil, nil, true}},
		"a bye that is cut":    {[]byte{0x82, 203, 0, 1, 1, 2, 3, 4}, said{nil, nil, false}},
		"an unknown one first": {slices.Concat([]byte{0x80, 250, 0, 1, 0, 0, 0, 0}, report), said{one, nil, true}},
	} {
		t.Run(name, func(t *testing.T) {
			var got said
			got.ok = Control(test.b, func(r Report) { got.reports = append(got.reports, r) }, func(s uint32) { got.byes = append(got.byes, s) })
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(said{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNTP(t *testing.T) {
	for stamp, want := range map[uint64]time.Time{
		0:                     {},
		0x83aa7e80 << 32:      time.Unix(0, 0).UTC(),
		0x83aa7e80<<32 | 1:    time.Unix(0, 0).UTC(), // 0.2 ns
		0xeead57c0 << 32:      time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC),
		0xffffffff_ffffffff:   time.Date(2036, 2, 7, 6, 28, 15, 999_999_999, time.UTC),
		0x00000000_00000001:   time.Date(2036, 2, 7, 6, 28, 16, 0, time.UTC),
		0x00000001_40000000:   time.Date(2036, 2, 7, 6, 28, 17, 250_000_000, time.UTC),
		0x80000000_00000000:   time.Date(1968, 1, 20, 3, 14, 8, 0, time.UTC),
		0x83aa7e80<<32 | 4295: time.Unix(0, 1000).UTC(),
	} {
		if got := NTP(stamp); !got.Equal(want) {
			t.Errorf("%#x is %v, want %v", stamp, got, want)
		}
	}
}

// FuzzPackets: no bytes make a panic, and what is taken out of them lies in them.
func FuzzPackets(f *testing.F) {
	f.Add(report)
	f.Add([]byte{0xb1, 0xe0, 1, 2, 0, 0, 0, 9, 10, 11, 12, 13, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 7, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, ok := Parse(b); ok && !bytes.Contains(b, p.Payload) {
			t.Errorf("the payload is %x", p.Payload)
		}
		Control(b, func(Report) {}, func(uint32) {})
	})
}
