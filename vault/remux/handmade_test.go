package remux

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/sjudager/sjudager/vault/spool"
)

// The files here are put together byte by byte, without mp4ff, to reach what
// ffmpeg never writes.

// made is a frame of a file put together by hand.
type made struct {
	duration uint32
	offset   int32
	sync     bool
	data     []byte
	loss     spool.Loss
}

func bx(kind string, parts ...any) []byte {
	var body []byte
	for _, p := range parts {
		switch p := p.(type) {
		case []byte:
			body = append(body, p...)
		case string:
			body = append(body, p...)
		case int:
			body = binary.BigEndian.AppendUint32(body, uint32(p))
		case uint32:
			body = binary.BigEndian.AppendUint32(body, p)
		case uint64:
			body = binary.BigEndian.AppendUint64(body, p)
		default:
			panic(p)
		}
	}
	return append(binary.BigEndian.AppendUint32(nil, uint32(8+len(body))), append([]byte(kind), body...)...)
}

// visual is a sample description with one entry of the given kind, 64 x 48.
func visual(kind string) []byte {
	entry := make([]byte, 78)
	entry[7], entry[25], entry[27] = 1, 64, 48
	return bx("stsd", 0, 1, bx(kind, entry))
}

func trak(id int, handler string, scale uint32, tables ...any) []byte {
	return bx("trak",
		bx("tkhd", 7, 0, 0, id, make([]byte, 68)),
		bx("mdia",
			bx("mdhd", 0, 0, 0, scale, 0, 0),
			bx("hdlr", 0, 0, handler, make([]byte, 13)),
			bx("minf", bx("stbl", tables...))))
}

// Defaults of the video track's trex.
const (
	trexDuration = 3000
	trexFlags    = 0x10000
)

// fragments writes made frames in fragments of n, behind an init with an audio
// track before the video. Each fragment uses another way to say where the data
// is and what its frames have in common.
func fragments(scale uint32, frames []made, n int, start uint64) []byte {
	const audio, video = 1, 2
	file := slices.Concat(bx("ftyp", "isom", 0, "isom"), bx("moov",
		trak(audio, "soun", 48000, bx("stsd", 0, 1, bx("mp4a", make([]byte, 28)))),
		trak(video, "vide", scale, visual("avc1")),
		bx("mvex",
			bx("trex", 0, audio, 1, 1024, 7, 0),
			bx("trex", 0, video, 1, trexDuration, 0, trexFlags)),
		meta.Box()))
	at := start
	for i, f := range slices.Collect(slices.Chunk(frames, n)) {
		var table, media []byte
		first := at
		common := true // all but the first frame's sync flag as in trex
		for k, s := range f {
			common = common && s.duration == trexDuration && s.offset == 0 && s.sync == (k == 0) && s.loss == spool.Loss{}
			at += uint64(s.duration)
			media = append(media, s.data...)
		}
		run := 0x01 | 0x200 | 0x04 // data offset, sizes, first sample's flags
		if !common {
			run = 0x01 | 0xf00 // and everything else
		}
		for _, s := range f {
			flags := trexFlags
			if s.sync {
				flags = 0x02000000
			}
			flags |= int(s.loss.Flags())
			if common {
				table = binary.BigEndian.AppendUint32(table, uint32(len(s.data)))
			} else {
				table = append(table, bx("", s.duration, len(s.data), flags, uint32(s.offset))[4:]...)
			}
		}
		sound := bytes.Repeat([]byte{0xaa}, 3*7) // sizes from trex
		// The first pass finds the size of the moof, the second knows it.
		var moof []byte
		for range 2 {
			body := len(moof) + 8
			time := bx("tfdt", 1<<24, first)
			var trafs []byte
			switch i % 3 {
			case 0: // from the moof
				trafs = slices.Concat(
					bx("traf", bx("tfhd", 0x20000, audio), bx("trun", 1, 3, body+len(media))),
					bx("traf", bx("tfhd", 0x20000, video), time, runOf(run, body, len(f), table)))
			case 1: // from the start of the file
				trafs = slices.Concat(
					bx("traf", bx("tfhd", 1, audio, uint64(len(file)+body)), bx("trun", 1, 3, len(media))),
					bx("traf", bx("tfhd", 1, video, uint64(len(file))), time, runOf(run, body, len(f), table)))
			case 2: // behind the data of the track before
				trafs = slices.Concat(
					bx("traf", bx("tfhd", 0, audio), bx("trun", 1, 3, body)),
					bx("traf", bx("tfhd", 0, video), time, runOf(run&^1, 0, len(f), table)))
			}
			moof = bx("moof", bx("mfhd", 0, i), trafs)
		}
		if i%3 == 2 {
			media = slices.Concat(sound, media)
		} else {
			media = slices.Concat(media, sound)
		}
		file = slices.Concat(file, moof, bx("mdat", media), bx("free"))
	}
	return file
}

func runOf(flags, offset, count int, table []byte) []byte {
	parts := []any{flags | 1<<24, count}
	if flags&1 != 0 {
		parts = append(parts, offset)
	}
	if flags&4 != 0 {
		parts = append(parts, 0x02000000)
	}
	return bx("trun", append(parts, table)...)
}

// content returns all that the frames hold.
func content(frames []made) []byte {
	var all []byte
	for _, f := range frames {
		all = append(all, f.data...)
	}
	return all
}

// TestHandmade writes frames of every shape in every form of fragment, and holds
// what is read, and what is read back from what is written, against exact times.
func TestHandmade(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scale := rapid.SampledFrom([]uint32{1, 25, 600, 12800, 30000, 44100, 90000, 10_000_000, math.MaxUint32}).Draw(t, "scale")
		frames := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) made {
			return made{
				duration: rapid.SampledFrom([]uint32{0, 1, 512, trexDuration, 3003}).Draw(t, "duration"),
				offset:   rapid.SampledFrom([]int32{0, 0, 0, -1000, 700, 6000}).Draw(t, "offset"),
				sync:     rapid.Bool().Draw(t, "sync"),
				data:     rapid.SliceOfN(rapid.Byte(), 1, 5).Draw(t, "data"),
			}
		}), 1, 20).Draw(t, "frames")
		frames[0].sync = true
		frames[0].duration = max(frames[0].duration, scale) // so that it lasts
		file := fragments(scale, frames, rapid.IntRange(1, 8).Draw(t, "per fragment"), rapid.SampledFrom([]uint64{0, 1 << 40}).Draw(t, "start"))

		tr, err := read(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		if tr.width != 64 || tr.height != 48 || len(tr.samples) != len(frames) {
			t.Fatalf("read %+v", tr)
		}
		if m, ok := spool.ParseMeta(tr.meta); !ok || m != meta {
			t.Errorf("meta is %+v, %t", m, ok)
		}
		least := slices.MinFunc(frames, func(a, b made) int { return int(a.offset) - int(b.offset) }).offset
		round := func(v int64) int64 { return int64(math.Floor(float64(v)*spool.Timescale/float64(scale) + 0.5)) }
		var time int64
		for i, s := range tr.samples {
			f := frames[i]
			if s.time != round(time) || s.time+s.delay != round(time+int64(f.offset-least)) || s.sync != f.sync ||
				!bytes.Equal(file[s.at:][:s.size], f.data) {
				t.Fatalf("frame %d at %d is %+v, want %+v", i, time, s, f)
			}
			time += int64(f.duration)
		}
		if tr.end != round(time) {
			t.Errorf("ends at %d, want %d", tr.end, round(time))
		}

		out, err := encode(tr, meta, bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		whole, err := io.ReadAll(out.Reader())
		if err != nil {
			t.Fatal(err)
		}
		if media := content(frames); !bytes.HasSuffix(whole, bx("mdat", media)) {
			t.Error("the media differs")
		}
		back, err := read(out, out.Size())
		if err != nil {
			t.Fatal(err)
		}
		same(t, tr, back)
	})
}

// TestLoss: what the frames say about losses is summed up, once, and stays with the
// file.
func TestLoss(t *testing.T) {
	frame := func(sync, damaged bool, lost int) made {
		return made{duration: 3600, sync: sync, data: []byte{1}, loss: spool.Loss{Packets: lost, Damaged: damaged}}
	}
	path := filepath.Join(t.TempDir(), "lossy.mp4")
	frames := []made{frame(true, false, 2), frame(false, false, 0), frame(false, true, 40000), frame(false, true, 0), frame(true, false, 1)}
	want := meta
	want.LostPackets, want.DamagedFrames = 2+32767+1, 2 // what there is room for
	write := func(b []byte, err error) {
		t.Helper()
		if err = errors.Join(err, os.WriteFile(path, b, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	write(fragments(90000, frames, 2, 0), nil)
	for range 2 {
		m, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if m.Meta != want {
			t.Errorf("the file says %+v, want %+v", m.Meta, want)
		}
		f, err := m.Encode(m.Meta)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(f.Reader())
		m.Close()
		write(b, err)
	}
}

// TestHole leaves out a fragment: the frame before lasts until the next one.
func TestHole(t *testing.T) {
	key := func() made { return made{duration: trexDuration, sync: true, data: []byte{1, 2, 3}} }
	file := fragments(90000, []made{key(), key()}, 2, 0)
	later := fragments(90000, []made{key()}, 1, 50000)
	moof := bytes.Index(later, []byte("moof")) - 4
	// The first fragment's offsets are from its moof, so it can be moved.
	file = append(file, later[moof:]...)
	tr, err := read(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	if len(tr.samples) != 3 || tr.samples[2].time != 50000 || tr.end != 50000+trexDuration {
		t.Errorf("got %+v", tr)
	}
}

// TestLarge lays out a file of more than 4 GiB, of which only the boxes exist.
func TestLarge(t *testing.T) {
	const size, count = 1 << 30, 5
	moov := bx("moov", trak(1, "vide", 90000, visual("hvc1"),
		bx("stts", 0, 1, count, 3600),
		bx("stsz", 0, size, count),
		bx("stsc", 0, 2, 1, 2, 1, 3, 1, 1),
		bx("co64", 0, 3, uint64(1000), uint64(1000+2*size), uint64(1001+4*size))))
	src := hole{head: moov, size: 1001 + 5*size}
	src.head = append(src.head, 0, 0, 0, 1, 'm', 'd', 'a', 't')
	src.head = binary.BigEndian.AppendUint64(src.head, uint64(src.size-int64(len(moov))))

	tr, err := read(src, src.size)
	if err != nil {
		t.Fatal(err)
	}
	f, err := encode(tr, meta, src)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.sections) != 3 || f.Size() <= count*size { // the second chunk continues the first
		t.Errorf("%d bytes in %+v", f.Size(), f.sections)
	}
	back, err := read(f, f.Size())
	if err != nil {
		t.Fatal(err)
	}
	same(t, tr, back)
	if last := back.samples[count-1]; last.at+size != f.Size() {
		t.Errorf("the last frame is at %d of %d", last.at, f.Size())
	}
}

// hole is a file with a head and then zeros.
type hole struct {
	head []byte
	size int64
}

func (h hole) ReadAt(p []byte, off int64) (int, error) {
	n := int(min(int64(len(p)), max(0, h.size-off)))
	clear(p[:n])
	if off < int64(len(h.head)) {
		copy(p[:n], h.head[off:])
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
