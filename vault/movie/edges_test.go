package movie

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"

	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/spool"
)

// part returns the packets of the recording that are shown in [from, to) seconds of it
// and are of the groups of pictures that begin in it.
func part(t *testing.T, whole []frame, from, to int) (found []frame) {
	t.Helper()
	for _, f := range whole {
		if at := f.pts - whole[0].pts; at >= int64(from)*spool.Timescale && at < int64(to)*spool.Timescale {
			found = append(found, f)
		}
	}
	return found
}

// A movie begins with the key frame at or before what was asked for and ends before the
// one at or after it; the leading pictures of an open group are left out at its start,
// and at its end none is missing.
func TestEdges(t *testing.T) {
	for name, codec := range map[string]string{"h264b": h264b, "h264open": h264open, "h265open": h265open, "av1": av1} {
		t.Run(name, func(t *testing.T) {
			c := encode(t, codec, "320x180")
			r := newRig(t, nil)
			r.record(start, c.segments...)
			whole, all := packets(t, c.whole), pictures(t, c.whole)
			for _, asked := range []struct{ from, to footage.Instant }{
				{start + 2*second, start + 6*second},                   // on key frames
				{start + 2*second + 40000, start + 5*second + 40000},   // just behind them
				{start + 3*second - 1, start + 4*second},               // just before one, to the end of a segment
				{start + 4*second, start + 8*second - 1},               // one segment
				{start + 5*second + 500000, start + 5*second + 500001}, // one group
				{start - 9*second, start + 1},                          // from before there was anything
				{start + 11*second, start + 99*second},                 // beyond the end
			} {
				m := r.open(asked.from, asked.to, Limits{})
				path := save(t, m)
				first := max(0, int((asked.from-start)/second))
				last := min(12, int((asked.to-start+second-1)/second))
				want := part(t, whole, first, last)
				got := packets(t, path)
				if len(got) < len(want) || len(got) > len(want)+1 { // the key frame that its last pictures need
					t.Fatalf("%v: %d packets, want %d", asked, len(got), len(want))
				}
				in := map[string]bool{}
				for _, g := range got {
					in[g.hash] = true
				}
				for _, w := range want {
					if !in[w.hash] {
						t.Fatalf("%v: a packet is missing: %+v", asked, w)
					}
				}
				// Every picture of what was asked for is shown when it was.
				shown, wanted := pictures(t, path), part(t, all, first, last)
				for i, w := range wanted {
					if shown[i].hash != w.hash || shown[i].pts != w.pts-wanted[0].pts {
						t.Fatalf("%v: picture %d is %+v, want %+v after %+v", asked, i, shown[i], w, wanted[0])
					}
				}
				if m.Given.From != start+footage.Instant(first)*second || m.Given.To < start+footage.Instant(last)*second ||
					m.Given.To > start+footage.Instant(last)*second+40000 || m.Ticks-spoolTicks(m.Given) > 1 || m.Next != 0 || m.Frames != len(packets(t, path)) {
					t.Errorf("%v: given %s to %s, %d ticks, %d frames", asked, m.Given.From, m.Given.To, m.Ticks, m.Frames)
				}
			}
		})
	}
}

func spoolTicks(s footage.Span) int64 { return int64(s.To-s.From) * 9 / 100 }

// A gap takes no time in the movie; the map and the reasons say where it is.
func TestGaps(t *testing.T) {
	for name, codec := range map[string]string{"h264": h264, "h264open": h264open, "h265open": h265open} {
		t.Run(name, func(t *testing.T) {
			c := encode(t, codec, "320x180")
			r := newRig(t, nil)
			r.record(start, c.segments[0])
			r.record(start+30*second, c.segments[2])
			if err := r.Index.Update(func(tx *index.Tx) error {
				return vault.PutGap(tx, footage.Gap{Camera: camera, Span: footage.Span{From: start + 4*second, To: start + 20*second}, Cause: footage.CauseStalled, Detail: "no frame for 10 s"})
			}); err != nil {
				t.Fatal(err)
			}
			m := r.open(start-second, start+40*second, Limits{})
			type span = footage.Span
			if len(m.Spans) != 2 || m.Spans[0] != (Span{span{From: start, To: start + 4*second}, 0}) ||
				m.Spans[1] != (Span{span{From: start + 30*second, To: start + 34*second}, 4 * spool.Timescale}) {
				t.Errorf("spans %v", m.Spans)
			}
			want := []footage.Gap{
				{Camera: camera, Span: span{From: start - second, To: start}, Cause: footage.CauseUnknown},
				{Camera: camera, Span: span{From: start + 4*second, To: start + 20*second}, Cause: footage.CauseStalled, Detail: "no frame for 10 s"},
				{Camera: camera, Span: span{From: start + 20*second, To: start + 30*second}, Cause: footage.CauseUnknown},
				{Camera: camera, Span: span{From: start + 34*second, To: start + 40*second}, Cause: footage.CauseUnknown},
			}
			for i := range want {
				if len(m.Gaps) != len(want) || m.Gaps[i] != want[i] {
					t.Fatalf("gaps %v", m.Gaps)
				}
			}
			// The pictures of both stretches, each by itself.
			path := save(t, m)
			all := pictures(t, c.whole)
			wanted := append(part(t, all, 0, 4), part(t, all, 8, 12)...)
			if name != "h264" { // those that need the key frame behind the stretch are not decoded
				shown := pictures(t, path)
				if len(shown) < len(wanted)-4 || m.Dropped == 0 || m.Frames+m.Dropped != 200 {
					t.Errorf("%d pictures, %d frames, %d dropped", len(shown), m.Frames, m.Dropped)
				}
				behind := shown[len(shown)-100:]
				for i, w := range part(t, all, 8, 12)[:90] {
					if i < len(behind) && behind[i].hash != w.hash {
						t.Fatalf("picture %d behind the gap is another", i)
					}
				}
				return
			}
			for i, s := range pictures(t, path) {
				if s.hash != wanted[i].hash || s.pts != int64(i)*3600 {
					t.Fatalf("picture %d is %+v, want %+v", i, s, wanted[i])
				}
			}
		})
	}
}

// Another size of the picture, or another codec, ends a movie, and the next one begins
// there.
func TestChange(t *testing.T) {
	a, b, c := encode(t, h264, "320x180"), encode(t, h264, "192x108"), encode(t, h265, "192x108")
	r := newRig(t, nil)
	end := r.record(start, a.segments[0], b.segments[0], b.segments[1], c.segments[0])
	from := start
	for i, want := range []struct {
		codec      footage.Codec
		width, sec int
		ended      End
	}{{footage.H264, 320, 4, EndChanged}, {footage.H264, 192, 8, EndChanged}, {footage.H265, 192, 4, ""}} {
		m := r.open(from, end, Limits{})
		if m.Codec != want.codec || m.Width != want.width || m.Ticks != int64(want.sec)*spool.Timescale || m.Ended != want.ended || len(m.Gaps) != 0 {
			t.Fatalf("movie %d: %+v", i, m)
		}
		if len(packets(t, save(t, m))) != 25*want.sec {
			t.Errorf("movie %d: %d frames", i, m.Frames)
		}
		if m.Next != 0 && m.Next != m.Given.To {
			t.Errorf("movie %d ends at %s, and the next begins at %s", i, m.Given.To, m.Next)
		}
		from = m.Next
	}
	if from != 0 {
		t.Errorf("another begins at %s", from)
	}
}

// Movies that a limit ends have together every packet, each once, and keep the limit.
func TestLimits(t *testing.T) {
	c := encode(t, h264b, "320x180")
	r := newRig(t, nil)
	end := r.record(start, c.segments...)
	whole := r.open(start, end, Limits{})
	for _, limits := range []Limits{{Length: 3 * time.Second}, {Length: 2500 * time.Millisecond}, {Bytes: whole.Size()/2 + 64<<10}, {Bytes: 1}} {
		var got []frame
		movies := 0
		for from := start; from != 0; movies++ {
			m := r.open(from, end, limits)
			if m.Next != 0 && (m.Ended != EndLimit || m.Next != m.Given.To) || limits.Bytes > 1 && m.Size() > limits.Bytes ||
				limits.Length > 0 && m.Ticks > 3*spool.Timescale {
				t.Errorf("%+v: %d bytes, %d ticks, ended %q, next %s after %s", limits, m.Size(), m.Ticks, m.Ended, m.Next, m.Given.To)
			}
			got = append(got, packets(t, save(t, m))...)
			from = m.Next
		}
		want := packets(t, c.whole)
		if len(got) != len(want) || movies < 2 {
			t.Fatalf("%+v: %d movies with %d packets, want %d", limits, movies, len(got), len(want))
		}
		for i := range want {
			if got[i].hash != want[i].hash {
				t.Fatalf("%+v: packet %d is another", limits, i)
			}
		}
	}
}

// Any part of a movie that is read is that part of the whole, however it is read.
func TestReadAt(t *testing.T) {
	c := encode(t, h264open, "320x180")
	r := newRig(t, nil)
	end := r.record(start, c.segments...)
	m := r.open(start+second, end, Limits{})
	whole := bytesOf(t, m)
	reader, err := m.Reader(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if err := iotest.TestReader(io.NewSectionReader(reader, m.Size()-999, 999), whole[len(whole)-999:]); err != nil {
		t.Error(err)
	}
	places := []int64{0, 1, int64(len(m.head)), m.Size()}
	for _, s := range m.sections {
		places = append(places, s.at, s.at+firstBlock, s.at+s.size)
	}
	rapid.Check(t, func(t *rapid.T) {
		place := rapid.OneOf(rapid.SampledFrom(places), rapid.Int64Range(0, m.Size()))
		from := max(0, place.Draw(t, "from")+rapid.Int64Range(-3, 3).Draw(t, "off by"))
		size := rapid.OneOf(rapid.IntRange(0, 5), rapid.IntRange(0, 300<<10)).Draw(t, "size")
		p := make([]byte, size)
		var n int
		var err error
		if rapid.Bool().Draw(t, "seek") {
			if _, err = reader.Seek(from-m.Size(), io.SeekEnd); err == nil {
				n, err = io.ReadFull(reader, p)
			}
			if err == io.ErrUnexpectedEOF {
				err = io.EOF
			}
		} else {
			n, err = reader.ReadAt(p, from)
		}
		left := max(0, int(m.Size()-from))
		if n != min(size, left) || !bytes.Equal(p[:n], whole[min(from, m.Size()):][:n]) || (err == io.EOF) != (n < size) || err != nil && err != io.EOF {
			t.Fatalf("%d bytes from %d: %d, %v", size, from, n, err)
		}
	})
	if _, err := reader.ReadAt(make([]byte, 1), -1); err == nil {
		t.Error("read before the start")
	}
}

// The same footage is the same file.
func TestSameBytes(t *testing.T) {
	c := encode(t, h264b, "320x180")
	r := newRig(t, nil)
	end := r.record(start, c.segments...)
	one, other, less := r.open(start, end, Limits{}), r.open(start, end, Limits{}), r.open(start, end-5*second, Limits{})
	if one.ETag() != other.ETag() || !bytes.Equal(bytesOf(t, one), bytesOf(t, other)) {
		t.Error("two movies of the same footage differ")
	}
	if one.ETag() == less.ETag() {
		t.Error("one ETag for two movies")
	}
}

// R6: from the deadline of its oldest footage on a movie cannot be opened, and reading
// it stops there, whatever has been read ahead.
func TestDeadline(t *testing.T) {
	c := encode(t, h264, "320x180")
	r := newRig(t, nil)
	end := r.record(start, c.segments...)
	m := r.open(start, end, Limits{})
	reader, err := m.Reader(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	at := m.sections[0].at
	if _, err := reader.ReadAt(make([]byte, 100), at); err != nil {
		t.Fatal(err)
	}
	r.set(m.Deadline)
	if n, err := reader.ReadAt(make([]byte, 100), at+100); n != 0 || !errors.Is(err, vault.ErrGone) {
		t.Errorf("%d bytes that were read ahead: %v", n, err)
	}
	if _, err := reader.ReadAt(make([]byte, 100), m.sections[1].at); err != nil {
		t.Errorf("what is not due yet: %v", err)
	}
	if _, err := m.Reader(t.Context()); !errors.Is(err, vault.ErrGone) {
		t.Errorf("a reader of what is partly gone: %v", err)
	}
	if left := r.open(start, end, Limits{}); left.Given.From != start+4*second || len(left.Gaps) != 1 {
		t.Errorf("what is left begins at %s, gaps %v", left.Given.From, left.Gaps)
	}
	r.set(end.Add(168 * time.Hour))
	if _, err := Open(t.Context(), r.Vault, camera, footage.Span{From: start, To: end}, Limits{}); !errors.Is(err, vault.ErrGone) {
		t.Errorf("after all deadlines: %v", err)
	}
}

// Footage that the store has lost, or that cannot be opened, is a gap like any other.
func TestBroken(t *testing.T) {
	c := encode(t, h264, "320x180")
	r := newRig(t, nil)
	end := r.record(start, c.segments...)
	var lost vault.Segment
	if err := r.Index.View(func(tx *index.Tx) (err error) {
		lost, _, err = vault.Find(tx, footage.NewSegmentID(camera, start+4*second))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := r.Store.Delete(t.Context(), lost.Object); err != nil {
		t.Fatal(err)
	}
	m := r.open(start, end, Limits{})
	want := footage.Gap{Camera: camera, Span: lost.Span, Cause: footage.CauseLost}
	if m.Frames != 200 || len(m.Spans) != 2 || len(m.Gaps) != 1 || m.Gaps[0] != want {
		t.Errorf("%d frames, %v, gaps %v", m.Frames, m.Spans, m.Gaps)
	}
	bytesOf(t, m)
}

// A still picture is one key frame, the last at or before the instant.
func TestStill(t *testing.T) {
	for name, codec := range map[string]string{"h264b": h264b, "h265open": h265open, "av1": av1} {
		t.Run(name, func(t *testing.T) {
			c := encode(t, codec, "320x180")
			r := newRig(t, nil)
			r.record(start, c.segments...)
			all := pictures(t, c.whole)
			for at, want := range map[footage.Instant]int{start: 0, start + 999999: 0, start + 5*second: 125, start + 12*second - 1: 275} {
				m, err := Still(t.Context(), r.Vault, camera, at, NearAt, footage.Staff)
				if err != nil {
					t.Fatal(err)
				}
				if m.Frames != 1 || m.Given.From != start+footage.Instant(want)*40000 {
					t.Errorf("%s: %d frames from %s", at, m.Frames, m.Given.From)
				}
				shown := pictures(t, save(t, m))
				if len(shown) != 1 || shown[0].hash != all[want].hash || shown[0].pts != 0 {
					t.Errorf("%s shows %v", at, shown)
				}
			}
			for _, n := range []struct {
				at   footage.Instant
				near Near
				from footage.Instant // 0: there is none
			}{
				{start + 99*second, NearBefore, start + 11*second}, {start + second, NearBefore, start + second}, {start - 1, NearBefore, 0},
				{start - 99*second, NearAfter, start}, {start + 3*second + 1, NearAfter, start + 4*second}, {start + second, NearAfter, start + second},
				{start + 11*second + 1, NearAfter, 0},
			} {
				m, err := Still(t.Context(), r.Vault, camera, n.at, n.near, footage.Staff)
				if n.from == 0 && !errors.Is(err, vault.ErrGone) || n.from != 0 && (err != nil || m.Given.From != n.from || m.Frames != 1) {
					t.Errorf("%+v: %+v, %v", n, m, err)
				}
			}
			for _, at := range []footage.Instant{start - 1, start + 12*second} {
				if _, err := Still(t.Context(), r.Vault, camera, at, NearAt, footage.Staff); !errors.Is(err, vault.ErrGone) {
					t.Errorf("where there is nothing: %v", err)
				}
			}
		})
	}
}

// Recordings that something else has cut, without an index of their own or with one,
// are joined, too: only what the frames are decoded with counts.
func TestForeign(t *testing.T) {
	c := encode(t, h264, "320x180")
	plain := filepath.Join(t.TempDir(), "plain.mp4")
	ffmpeg(t, "-i "+c.segments[1]+" -c copy "+plain)
	r := newRig(t, nil)
	end := r.record(start, c.segments[0], plain)
	m := r.open(start, end, Limits{})
	if m.Frames != 200 || m.Next != 0 || len(m.Spans) != 1 {
		t.Errorf("%d frames, %v, next %s", m.Frames, m.Spans, m.Next)
	}
}
