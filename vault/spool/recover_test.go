package spool

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sjudager/sjudager/vault/footage"
)

// testFragment returns a fragment of frames of 3600 ticks with these sizes.
func testFragment(decode uint64, sizes ...uint32) []byte {
	trun := binary.BigEndian.AppendUint32(nil, 1<<24|trunDataOffset|trunDuration|trunSize)
	trun = binary.BigEndian.AppendUint32(trun, uint32(len(sizes)))
	trun = binary.BigEndian.AppendUint32(trun, 0)
	var data []byte
	for _, n := range sizes {
		trun = binary.BigEndian.AppendUint32(trun, 3600)
		trun = binary.BigEndian.AppendUint32(trun, n)
		data = append(data, bytes.Repeat([]byte{7}, int(n))...)
	}
	tfdt := binary.BigEndian.AppendUint64([]byte{1, 0, 0, 0}, decode)
	traf := append(box("tfdt", tfdt), box("trun", trun)...)
	return append(box("moof", append(box("mfhd", make([]byte, 8)), box("traf", traf)...)), box("mdat", data)...)
}

// testPart returns a part of three fragments of two frames each, and where each
// ends; the first bound is the end of the init.
func testPart() (data []byte, bounds []int) {
	data = append(box("ftyp", []byte("iso6")), box("moov", bytes.Repeat([]byte{1}, 1100))...)
	bounds = []int{len(data)}
	for i := range uint64(3) {
		data = append(data, testFragment(i*7200, 900, 600)...)
		bounds = append(bounds, len(data))
	}
	return data, bounds
}

// TestRecoverAnyCut: of a part that is cut at any byte, the whole fragments stay.
func TestRecoverAnyCut(t *testing.T) {
	data, bounds := testPart()
	for cut := range len(data) + 1 {
		whole := 0
		for whole+1 < len(bounds) && bounds[whole+1] <= cut {
			whole++
		}
		wantSize := int64(0)
		if whole > 0 {
			wantSize = int64(bounds[whole])
		}
		size, ticks, err := wholeFragments(bytes.NewReader(data[:cut]), int64(cut))
		if size != wantSize || ticks != int64(whole)*7200 || err != nil {
			t.Fatalf("cut at %d: %d bytes and %d ticks are kept, %v; want %d and %d", cut, size, ticks, err, wantSize, whole*7200)
		}
	}
}

// TestRecoverDamage: what a power cut or a bad disk leaves ends the recording
// before the damaged fragment.
func TestRecoverDamage(t *testing.T) {
	good, bounds := testPart()
	second := bounds[1]
	moof := int(binary.BigEndian.Uint32(good[second:]))
	for name, damage := range map[string]func(b []byte) []byte{
		"zeros behind a cut":             func(b []byte) []byte { return append(b[:second+300], make([]byte, 5000)...) },
		"the whole fragment is zeros":    func(b []byte) []byte { clear(b[second:bounds[2]]); return b },
		"a sector is zeros":              func(b []byte) []byte { clear(b[bounds[2]-1024 : bounds[2]]); return b },
		"the end is zeros":               func(b []byte) []byte { clear(b[bounds[2]-16 : bounds[2]]); return b },
		"the sizes do not add up":        func(b []byte) []byte { b[second+moof-1]++; return b },
		"the decode time has a hole":     func(b []byte) []byte { b[second+8+16+8+19]++; return b },
		"a box of another kind":          func(b []byte) []byte { copy(b[second+4:], "skip"); return b },
		"a moof without an mdat":         func(b []byte) []byte { copy(b[second+moof+4:], "moof"); return b },
		"an mdat that reaches too far":   func(b []byte) []byte { b[second+moof] = 1; return b },
		"an mdat of unknown size":        func(b []byte) []byte { clear(b[second+moof : second+moof+4]); return b },
		"a second moov":                  func(b []byte) []byte { copy(b[second+4:], "moov"); return b },
		"samples without sizes of their": func(b []byte) []byte { b[second+8+16+8+20+10] = 0; return b },
	} {
		b := damage(bytes.Clone(good))
		size, ticks, err := wholeFragments(bytes.NewReader(b), int64(len(b)))
		if size != int64(second) || ticks != 7200 || err != nil {
			t.Errorf("%s: %d bytes and %d ticks are kept, %v; want %d and 7200", name, size, ticks, err, second)
		}
	}
	for name, damage := range map[string]func(b []byte){
		"no ftyp":          func(b []byte) { copy(b[4:], "free") },
		"no moov":          func(b []byte) { copy(b[12+4:], "free") },
		"moov is zeros":    func(b []byte) { clear(b[12+8 : bounds[0]]) },
		"fragment at once": func(b []byte) { copy(b, testFragment(0, 10)) },
	} {
		b := bytes.Clone(good)
		damage(b)
		if size, _, err := wholeFragments(bytes.NewReader(b), int64(len(b))); size != 0 || err != nil {
			t.Errorf("%s: %d bytes are kept, %v", name, size, err)
		}
	}
}

func TestRecover(t *testing.T) {
	s := open(t)
	data, bounds := testPart()
	write := func(name string, data []byte) {
		t.Helper()
		path := filepath.Join(s.Dir(), name)
		must(t, os.MkdirAll(filepath.Dir(path), 0o700))
		must(t, os.WriteFile(path, data, 0o600))
	}
	write("k01/20260704T115900.000000Z.mp4", data)
	write("k01/20260704T120000.000000Z.part", data[:bounds[2]+100])
	write("k01/mark.json.tmp", []byte("{"))
	write("k01/20260704T110000.000000Z.gap.tmp", nil)
	must(t, s.SetMark("k01", Mark{Until: noon}))
	write("k02/20260704T120000.000000Z.part", data[:bounds[1]-1]) // nothing whole
	write("k02/keep.txt", nil)
	write("k03/20260704T120000.000000Z.part", data)
	must(t, s.SetMark("k03", Mark{Until: noon.Add(1e9), Cause: footage.CauseDisk})) // already beyond
	write("k04/20260704T120000.000000Z.part", nil)

	got, err := s.Recover()
	must(t, err)
	for i := range got {
		if got[i].Path != "" {
			got[i].Path, _ = filepath.Rel(s.Dir(), got[i].Path)
		}
	}
	want := []Recovered{
		{"k01", footage.Span{From: noon, To: noon + 160000}, int64(bounds[2]), 100, "k01/20260704T120000.000000Z.mp4"},
		{"k02", footage.Span{}, 0, int64(bounds[1] - 1), ""},
		{"k03", footage.Span{From: noon, To: noon + 240000}, int64(len(data)), 0, "k03/20260704T120000.000000Z.mp4"},
		{"k04", footage.Span{}, 0, 0, ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	files := []string{
		"k01/20260704T115900.000000Z.mp4", "k01/20260704T120000.000000Z.mp4", "k01/mark.json",
		"k02/keep.txt", "k02/mark.json", "k03/20260704T120000.000000Z.mp4", "k03/mark.json", "k04/mark.json",
	}
	if diff := cmp.Diff(files, tree(t, s)); diff != "" {
		t.Error(diff)
	}
	for camera, want := range map[footage.CameraID]Mark{
		"k01": {Until: noon + 160000},
		"k02": {Until: noon}, // there was something
		"k03": {Until: noon.Add(1e9), Cause: footage.CauseDisk},
	} {
		if mark, _, err := s.Mark(camera); mark != want || err != nil {
			t.Errorf("the mark of %s is %+v, %v; want %+v", camera, mark, err, want)
		}
	}
	if again, err := s.Recover(); len(again) != 0 || err != nil {
		t.Errorf("a second time: %v, %v", again, err)
	}
}

// FuzzWholeFragments: whatever is in a part, what is kept of it is kept again
// as it is, and nothing of it lies beyond the end.
func FuzzWholeFragments(f *testing.F) {
	// Short: the fuzzer takes the square of an input's length to make it shorter.
	init := append(box("ftyp", []byte("iso6")), box("moov", []byte{1})...)
	one, two := testFragment(0, 2, 3), testFragment(7200, 4)
	f.Add(bytes.Join([][]byte{init, one}, nil))
	f.Add(bytes.Join([][]byte{init, one, two}, nil))
	f.Add(bytes.Join([][]byte{init, one, two[:len(two)-1]}, nil))
	f.Add(append(box("ftyp", nil), box("moov", nil)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		size, ticks, err := wholeFragments(bytes.NewReader(b), int64(len(b)))
		if err != nil || size < 0 || size > int64(len(b)) || size == 0 && ticks != 0 {
			t.Fatalf("%d of %d bytes, %d ticks, %v", size, len(b), ticks, err)
		}
		again, sameTicks, err := wholeFragments(bytes.NewReader(b[:size]), size)
		if again != size || sameTicks != ticks || err != nil {
			t.Fatalf("%d bytes are cut to %d, %v", size, again, err)
		}
	})
}
