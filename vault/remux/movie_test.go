package remux

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/spool"
)

// TestMovie makes recordings of every kind and lets ffmpeg judge what comes out.
func TestMovie(t *testing.T) {
	const noBase = "-movflags +frag_keyframe+empty_moov"
	for _, c := range []struct {
		name    string
		options []string
		codec   footage.Codec
	}{
		{"H264 fragments", []string{h264, seconds}, footage.H264},
		{"H264 with B-frames, fragments", []string{h264b, seconds}, footage.H264},
		{"H264 with B-frames, fragments, negative offsets", []string{h264b, seconds + "+negative_cts_offsets"}, footage.H264},
		{"H264 with B-frames, fragments in mid-GOP, audio", []string{h264b, aac, noBase, "-frag_duration 300000"}, footage.H264},
		{"H264 with B-frames, moov last", []string{h264b}, footage.H264},
		{"H264 with B-frames, moov first, audio", []string{h264b, aac, "-movflags +faststart"}, footage.H264},
		{"H264 at 29.97 with a scale of 30000", []string{h264b, "-r 30000/1001 -frames:v 75"}, footage.H264},
		{"H264 with a scale that does not divide", []string{h264b, "-video_track_timescale 1000007"}, footage.H264},
		{"H265 with B-frames, fragments", []string{h265b, seconds}, footage.H265},
		{"H265 with B-frames, audio, moov last", []string{h265b, aac}, footage.H265},
		{"AV1 fragments", []string{av1, seconds}, footage.AV1},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := clip(t, c.options...)
			m, f := open(t, src)
			if m.Codec != c.codec || m.Width != 320 || m.Height != 180 || m.Frames != frames || m.HasMeta {
				t.Errorf("got %+v", m)
			}
			dst := save(t, f)
			want := packets(t, src)
			judge(t, m, dst, want)

			if _, again := open(t, src); sum(t, again) != sum(t, f) {
				t.Error("laid out again it has other bytes")
			}
			back, _ := open(t, dst)
			if back.Frames != m.Frames || back.Ticks != m.Ticks || !back.HasMeta || back.Meta != meta {
				t.Errorf("read back as %+v", back)
			}
			same(t, m.track, back.track)
		})
	}
}

// TestCreated reaches beyond 2040, where 32 bits of seconds since 1904 end.
func TestCreated(t *testing.T) {
	m, _ := open(t, clip(t, h264b, seconds))
	later := meta
	later.Start = footage.At(time.Date(2048, 2, 29, 12, 0, 0, 0, time.UTC))
	f, err := m.Encode(later)
	if err != nil {
		t.Fatal(err)
	}
	path := save(t, f)
	if got := probe(t, path).Format.Tags["creation_time"]; got != "2048-02-29T12:00:00.000000Z" {
		t.Errorf("created %s", got)
	}
	if shown := pictures(t, path); len(shown) != m.Frames || shown[0].pts != 0 {
		t.Errorf("%d pictures from %f s", len(shown), shown[0].pts)
	}
}

// TestOpenGroup starts in mid-stream on a key frame with leading pictures: time
// zero is the key frame's, and the leading pictures stay, before it.
func TestOpenGroup(t *testing.T) {
	// 27 frames are not a whole number of mini-groups, so the group is left open.
	const options = "-c:v libx265 -preset veryfast -g 27 -x265-params log-level=none:bframes=3:b-adapt=0:open-gop=1"
	file, err := os.Open(clip(t, options, "-movflags +frag_keyframe+empty_moov+default_base_moof"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	var later []byte // without the first fragment
	fragment := 0
	for b, err := range spool.Boxes(file, 0, info.Size()) {
		if err != nil {
			t.Fatal(err)
		}
		if b.Type == "moof" {
			fragment++
		}
		if fragment != 1 {
			raw := make([]byte, b.Size)
			if _, err := file.ReadAt(raw, b.Offset); err != nil {
				t.Fatal(err)
			}
			later = append(later, raw...)
		}
	}
	src := filepath.Join(t.TempDir(), "later.mp4")
	if err := os.WriteFile(src, later, 0o600); err != nil {
		t.Fatal(err)
	}

	m, f := open(t, src)
	dst := save(t, f)
	got, want := packets(t, dst), packets(t, src)
	leading := 0
	for i := range got {
		if got[i].hash != want[i].hash {
			t.Fatalf("packet %d differs", i)
		}
		if got[i].pts < 0 {
			leading++
		}
	}
	if len(got) != m.Frames || len(want) != m.Frames || got[0].pts != 0 || leading != 2 {
		t.Errorf("%d packets of %d, %d of them leading, the first at %f", len(got), len(want), leading, got[0].pts)
	}
	if shown := pictures(t, dst); len(shown) != m.Frames-leading || shown[0].pts != 0 {
		t.Errorf("%d pictures of %d frames, from %f s", len(shown), m.Frames, shown[0].pts)
	}
}

// same holds a movie against the one that was read back from its file: all but
// the places of the frames is the same, and the losses, which a plain MP4 sums up
// in its metadata.
func same(t interface{ Errorf(string, ...any) }, want, got *track) {
	diff := cmp.Diff(want, got, cmp.AllowUnexported(track{}, sample{}), cmpopts.IgnoreFields(sample{}, "at", "loss"),
		cmpopts.IgnoreFields(track{}, "meta", "id", "scale", "defaults", "fileSize"))
	if diff != "" {
		t.Errorf("read back (+) it is another movie: %s", diff)
	}
}

// judge holds a written movie against the packets of its source.
func judge(t *testing.T, m *Movie, path string, want []frame) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for b, err := range spool.Boxes(file, 0, info.Size()) {
		if err != nil {
			t.Fatal(err)
		}
		order = append(order, b.Type)
	}
	if len(order) != 3 || order[0] != "ftyp" || order[1] != "moov" || order[2] != "mdat" {
		t.Errorf("boxes are %v", order)
	}

	p := probe(t, path)
	if len(p.Streams) != 1 {
		t.Fatalf("%d streams", len(p.Streams))
	}
	s := p.Streams[0]
	length := float64(m.Ticks) / spool.Timescale
	if s.CodecType != "video" || s.TimeBase != "1/90000" || s.Frames != strconv.Itoa(m.Frames) ||
		number(t, s.Start) != 0 || number(t, p.Format.Start) != 0 ||
		math.Abs(number(t, s.Duration)-length) > 1e-5 || math.Abs(number(t, p.Format.Duration)-length) > 1e-5 {
		t.Errorf("ffprobe says %+v, want %d frames in %f s", p, m.Frames, length)
	}
	for key, value := range map[string]string{
		"com.sjudager.camera": string(meta.Camera),
		"com.sjudager.site":   meta.Site,
		"com.sjudager.start":  meta.Start.String(),
		"com.sjudager.run":    strconv.Itoa(meta.Run),
		"creation_time":       "2026-07-04T19:20:00.000000Z",
	} {
		if p.Format.Tags[key] != value {
			t.Errorf("tag %s is %q, want %q", key, p.Format.Tags[key], value)
		}
	}

	got := packets(t, path)
	if len(got) != len(want) {
		t.Fatalf("%d packets, want %d", len(got), len(want))
	}
	for i := range got {
		g, w := got[i], want[i]
		if g.hash != w.hash || g.size != w.size {
			t.Fatalf("packet %d differs: %+v, want %+v", i, g, w)
		}
		if math.Abs((g.pts-got[0].pts)-(w.pts-want[0].pts)) > 1.0/spool.Timescale ||
			math.Abs((g.dts-got[0].dts)-(w.dts-want[0].dts)) > 1.0/spool.Timescale {
			t.Fatalf("packet %d is out of step: %+v after %+v, want %+v after %+v", i, g, got[0], w, want[0])
		}
	}

	shown := pictures(t, path)
	if len(shown) != m.Frames || shown[0].pts != 0 {
		t.Errorf("%d pictures from %f s, want %d from 0", len(shown), shown[0].pts, m.Frames)
	}
}
