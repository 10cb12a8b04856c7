package spool

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

func TestBoxes(t *testing.T) {
	large := append([]byte{0, 0, 0, 1, 'm', 'd', 'a', 't', 0, 0, 0, 0, 0, 0, 0, 18}, 1, 2)
	last := append([]byte{0, 0, 0, 0, 'f', 'r', 'e', 'e'}, 1, 2, 3)
	uuid := box("uuid", make([]byte, 20))
	data := bytes.Join([][]byte{box("ftyp", []byte{1}), large, uuid, last}, nil)
	var got []Box
	for b, err := range Boxes(bytes.NewReader(data), 0, int64(len(data))) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, b)
	}
	want := []Box{{"ftyp", 0, 8, 9}, {"mdat", 9, 16, 18}, {"uuid", 27, 24, 28}, {"free", 55, 8, 11}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestBoxesAtFault(t *testing.T) {
	for name, data := range map[string][]byte{
		"header cut off":            box("ftyp", nil)[:7],
		"64-bit header cut off":     {0, 0, 0, 1, 'm', 'd', 'a', 't', 0, 0, 0},
		"body cut off":              box("ftyp", []byte{1, 2})[:9],
		"smaller than a header":     {0, 0, 0, 7, 'f', 'r', 'e', 'e'},
		"64 bits, smaller":          {0, 0, 0, 1, 'm', 'd', 'a', 't', 0, 0, 0, 0, 0, 0, 0, 15},
		"64 bits, far too large":    {0, 0, 0, 1, 'm', 'd', 'a', 't', 255, 255, 255, 255, 255, 255, 255, 255},
		"zeros, the end of nothing": append(box("free", nil), 0, 0, 0),
		"uuid without its name":     box("uuid", []byte{1}),
	} {
		var last error
		for _, err := range Boxes(bytes.NewReader(data), 0, int64(len(data))) {
			last = err
		}
		if !errors.Is(last, ErrBox) {
			t.Errorf("%s: %v", name, last)
		}
	}
	for _, err := range Boxes(readerAt{iotest.ErrReader(io.ErrClosedPipe)}, 0, 8) {
		if !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("a failed read: %v", err)
		}
	}
	for _, err := range Boxes(bytes.NewReader(nil), 0, 8) { // the file has shrunk
		if !errors.Is(err, ErrBox) {
			t.Errorf("a short read: %v", err)
		}
	}
}

type readerAt struct{ io.Reader }

func (r readerAt) ReadAt(b []byte, _ int64) (int, error) { return r.Read(b) }
