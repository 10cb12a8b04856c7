package remux

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestDamaged names the fault in content that cannot be kept.
func TestDamaged(t *testing.T) {
	key := made{duration: trexDuration, sync: true, data: []byte("frame")}
	one := func(f made) []byte { return fragments(90000, []made{f}, 1, 0) }
	moof := func(file []byte) []byte { return file[bytes.Index(file, []byte("moof"))-4:] }
	video := func(scale uint32, tables ...any) []byte { return bx("moov", trak(1, "vide", scale, tables...)) }
	plain := func(tables ...any) []byte {
		return append(video(90000, append([]any{visual("avc1")}, tables...)...), bx("mdat", "frameframe")...)
	}
	// A table of two frames of five bytes in one chunk.
	stts, stsz := bx("stts", 0, 1, 2, 3600), bx("stsz", 0, 5, 2)
	stsc, stco := bx("stsc", 0, 1, 1, 2, 1), bx("stco", 0, 1, 0)
	elsewhere := visual("avc1")
	elsewhere[31] = 2 // data_reference_index
	for _, good := range [][]byte{one(key), plain(stts, stsz, stsc, stco)} {
		if _, err := read(bytes.NewReader(good), int64(len(good))); err != nil {
			t.Fatal(err)
		}
	}

	for _, c := range []struct {
		name, want string
		file       []byte
	}{
		{"empty", "no moov box", nil},
		{"text", "reaches beyond the end", []byte("This is not a recording but a text that somebody has left here.")},
		{"cut in a header", "cut off", one(key)[:len(one(key))-4]},
		{"no moov", "no moov box", bx("ftyp", "isom", 0)},
		{"fragment before moov", "before the moov", append(moof(one(key)), one(key)...)},
		{"two moovs", "two moov", append(one(key), plain(stts, stsz, stsc, stco)...)},
		{"moov too large", "more than any recording needs", bx("moov", make([]byte, maxBox))},
		{"too many boxes", "boxes", bytes.Repeat(bx("free"), maxBoxes+1)},
		{"box longer than its parent", "reaches beyond the end", bx("moov", 9, "trak")},

		{"no video", "no video track", bx("moov", trak(1, "soun", 48000, bx("stsd", 0, 1, bx("mp4a", make([]byte, 28)))))},
		{"unknown codec", `"jpeg"`, video(90000, visual("jpeg"))},
		{"two descriptions", "2 sample descriptions", video(90000, bx("stsd", 0, 2, visual("avc1")[16:], visual("avc1")[16:]))},
		{"description cut short", "cut short", video(90000, bx("stsd", 0, 1, bx("avc1", 0)))},
		{"no description", "no sample description", video(90000)},
		{"data elsewhere", "in another file", video(90000, elsewhere)},
		{"no track header", "no header", bx("moov", bx("trak", bx("mdia", bx("hdlr", 0, 0, "vide"), bx("minf", bx("stbl", visual("avc1"))))))},
		{"no timescale", "timescale is zero", video(0, visual("avc1"))},

		{"no frames", "no frames", plain()},
		{"no key frame first", "not a key frame", one(made{duration: 1, data: []byte{1}})},
		{"empty frame", "is empty", one(made{duration: 1, sync: true})},
		{"no length", "lasts no time", one(made{sync: true, data: []byte{1}})},
		{"too long", "longer than 12 hours", fragments(1, []made{{duration: 1e6, sync: true, data: []byte{1}}}, 1, 0)},
		{"shown too late", "hours after", fragments(1, []made{key, {duration: 1, offset: 1e6, data: []byte{1}}}, 2, 0)},
		{"absurd start", "absurd time", fragments(90000, []made{key}, 1, 1<<63)},
		{"time runs backwards", "backwards", append(fragments(90000, []made{key}, 1, 5000), moof(one(key))...)},
		{"fragment beyond the end", "beyond the end", append(one(key), bx("moof", bx("traf", bx("tfhd", 1, 2, uint64(1<<40))))...)},
		{"fragment before the start", "beyond the end", append(one(key), bx("moof", bx("traf", bx("tfhd", 0, 2), bx("trun", 0x201, 1, -5000, 1)))...)},

		{"no times", "no times", plain(stsz, stsc, stco)},
		{"too few times", "fewer times", plain(bx("stts", 0, 2, 0, 1, 1, 3600), stsz, stsc, stco)},
		{"too few chunks", "places 0 of 2", plain(stts, stsz, bx("stsc", 0, 0), stco)},
		{"too many frames", "more frames than sizes", plain(stts, stsz, bx("stsc", 0, 1, 1, 3, 1), stco)},
		{"chunks in disorder", "chunks disagree", plain(stts, stsz, bx("stsc", 0, 2, 1, 1, 1, 1, 1, 1), stco)},
		{"no such chunk", "chunks disagree", plain(stts, stsz, bx("stsc", 0, 1, 2, 2, 1), stco)},
		{"frame beyond the end", "frame 1 lies beyond", plain(stts, bx("stsz", 0, 0x7fffffff, 2), stsc, stco)},
		{"chunk beyond the end", "chunk lies beyond", plain(stts, stsz, stsc, bx("co64", 0, 1, uint64(1<<63)))},
		{"one place for all frames", "larger than the file", plain(stts, bx("stsz", 0, 300, 2), bx("stsc", 0, 1, 1, 1, 1), bx("stco", 0, 2, 0, 0))},
		{"no such key frame", "frame 3 is called a key frame", plain(stts, stsz, stsc, stco, bx("stss", 0, 1, 3))},
		{"a table that lies about its length", "stts: expected size", plain(bx("stts", 0, 0x7fffffff, 1, 1), stsz, stsc, stco)},
		{"frames without end", "more than 1048576 frames", append(plain(bx("stts", 0, 1, -1, 1), bx("stsz", 0, 1, maxSamples+1), bx("stsc", 0, 1, 1, maxSamples+1, 1), stco),
			make([]byte, maxSamples)...)},
		{"four thousand million frames", "beyond", plain(bx("stts", 0, 1, -1, 3600), bx("stsz", 0, 1, -1), bx("stsc", 0, 1, 1, -1, 1), stco)},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := read(bytes.NewReader(c.file), int64(len(c.file)))
			if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// TestCut cuts a recording at every byte that matters: what is left is a whole
// recording or a damaged one, and never a fault of the disk.
func TestCut(t *testing.T) {
	var frames []made
	for i := range 12 {
		frames = append(frames, made{duration: trexDuration, sync: i%4 == 0, data: []byte{1, 2, 3}})
	}
	file := fragments(90000, frames, 4, 0)
	whole := 0
	for n := range len(file) {
		tr, err := read(bytes.NewReader(file[:n]), int64(n))
		switch {
		case err == nil && len(tr.samples)%4 == 0:
			whole++
		case !errors.Is(err, ErrDamaged):
			t.Errorf("cut at %d: %v", n, err)
		}
	}
	if whole != 5 { // after each mdat and each free behind it, but for the last
		t.Errorf("%d cuts left a recording", whole)
	}
}

// TestDisk tells a fault of the disk from a fault of the content.
func TestDisk(t *testing.T) {
	if _, err := Open(filepath.Join(t.TempDir(), "none.mp4")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := Open(t.TempDir()); err == nil || errors.Is(err, ErrDamaged) {
		t.Errorf("a directory: %v", err)
	}
	file := fragments(90000, []made{{duration: 1, sync: true, data: []byte{1}}}, 1, 0)
	broken := errors.New("broken")
	for n := range len(file) {
		if _, err := read(failing{file[:n], broken}, int64(len(file))); err != nil && !errors.Is(err, broken) {
			t.Errorf("broken at %d: %v", n, err)
		}
	}
}

// failing can be read up to its end, where the disk fails.
type failing struct {
	data []byte
	err  error
}

func (f failing) ReadAt(p []byte, off int64) (int, error) {
	n := copy(p, f.data[min(off, int64(len(f.data))):])
	if n < len(p) {
		return n, f.err
	}
	return n, nil
}

// FuzzRead: whatever the bytes, the answer is ErrDamaged or a movie that can be
// laid out, is no larger than its source but for the header, and is read back as
// the same. Each three bytes of the input change a byte of a real file, or, when
// there is no such file, the input is the file: inputs stay short that way, and the
// fuzzer makes each one that finds something new as short as it can, which takes the
// square of its length.
func FuzzRead(f *testing.F) {
	frames := []made{
		{duration: 3600, offset: 3600, sync: true, data: []byte("key")},
		{duration: 3600, offset: 7200, data: []byte("second")},
		{duration: 3600, data: []byte("third")},
	}
	files := [][]byte{fragments(90000, frames, 1, 0), fragments(12800, frames, 2, 1000)}
	for _, options := range [][]string{{h264b, seconds}, {h264b, aac}, {h265b, aac, "-movflags +faststart"}} {
		data, err := os.ReadFile(clip(f, append(slices.Clone(options), "-s 32x32 -frames:v 9 -shortest")...))
		if err != nil {
			f.Fatal(err)
		}
		files = append(files, data)
	}
	for i := range files {
		f.Add(byte(i), []byte{0, 7, 8})
		f.Add(byte(i), []byte{1, 0, 1, 2, 0, 2, 3, 0, 3})
	}
	f.Add(byte(255), []byte("\x00\x00\x00\x08ftyp\x00\x00\x00\x08moov"))
	f.Fuzz(func(t *testing.T, file byte, data []byte) {
		if changes := data; int(file) < len(files) {
			data = bytes.Clone(files[file])
			for ; len(changes) >= 3; changes = changes[3:] {
				data[int(binary.BigEndian.Uint16(changes))%len(data)] = changes[2]
			}
		}
		tr, err := read(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Error(err)
			}
			return
		}
		m := &Movie{Frames: len(tr.samples), track: tr}
		if m.CodecString(); !m.Same(m) {
			t.Error("a movie is not the same as itself")
		}
		for i := range tr.samples {
			if from := (i + int(file)) % len(tr.samples); tr.samples[from].sync {
				var j Joint
				_, _, err := j.Add(m, from, len(tr.samples), false)
				if err == nil {
					_, _, err = j.Add(m, 0, i+1, true)
				}
				if err == nil {
					_, err = j.Head(meta)
				}
				if err != nil && !errors.Is(err, ErrDamaged) {
					t.Error(err)
				}
			}
		}
		made, err := encode(tr, meta, bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if media := made.Size() - made.sections[0].size; media > int64(len(data)) {
			t.Errorf("%d bytes became %d", len(data), media)
		}
		back, err := read(made, made.Size())
		if err != nil {
			t.Fatal(err)
		}
		same(t, tr, back)
	})
}
