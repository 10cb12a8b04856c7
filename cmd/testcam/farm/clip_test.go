package farm

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// What LoadClip found in a file is what ffmpeg finds in it.
func TestLoadClipAgreesWithFfmpeg(t *testing.T) {
	t.Parallel()
	kinds := make(map[Codec]map[bool]bool) // codec, with B-frames
	for _, name := range Clips() {
		t.Run(name, func(t *testing.T) {
			c := openClip(t, name)
			frames := ffmpegFrames(t, clipFile(t, name), "-i", "-", "-map", "0:v", "-c", "copy")
			if len(frames) != len(c.Units) {
				t.Fatalf("%d units, ffmpeg has %d", len(c.Units), len(frames))
			}
			for i, u := range c.Units {
				f := frames[i]
				if f.size != len(u.Data) || f.md5 != hash(u.Data) {
					t.Fatalf("unit %d: %d bytes, md5 %s; ffmpeg has %d bytes, %s", i, len(u.Data), hash(u.Data), f.size, f.md5)
				}
				// The edit list shifts ffmpeg's times.
				if dts, pts := f.dts-frames[0].dts, f.pts-frames[0].dts; u.DTS != dts || u.PTS != pts {
					t.Fatalf("unit %d: DTS %d, PTS %d; ffmpeg has %d, %d", i, u.DTS, u.PTS, dts, pts)
				}
			}
			if want := c.Units[len(c.Units)-1].DTS + c.Units[1].DTS; c.Period != want {
				t.Errorf("period %d ticks, want %d", c.Period, want)
			}
			if kinds[c.Codec] == nil {
				kinds[c.Codec] = make(map[bool]bool)
			}
			kinds[c.Codec][c.delay > 0] = true
		})
	}
	for _, codec := range []Codec{H264, H265} {
		if len(kinds[codec]) != 2 {
			t.Errorf("the demo clips lack %s either with or without B-frames", codec)
		}
	}
}

// The demo clips are what clips.go says, and small.
func TestDemoClips(t *testing.T) {
	t.Parallel()
	total := 0
	for _, name := range Clips() {
		c := openClip(t, name)
		total += len(clipFile(t, name))
		if c.Width != 640 || c.Height != 360 || c.Duration() != 24*time.Second {
			t.Errorf("%s: %dx%d, %v long", name, c.Width, c.Height, c.Duration())
		}
		if c.HasAudio() != (name == "k01-inngang") {
			t.Errorf("%s: has audio: %v", name, c.HasAudio())
		}
		last := 0
		for i, u := range c.Units {
			if u.Key && i > 0 {
				if gap := c.Units[i].DTS - c.Units[last].DTS; gap < ClockRate || gap > 2*ClockRate {
					t.Errorf("%s: key frames %d and %d are %v apart", name, last, i, ticksToDuration(gap))
				}
				last = i
			}
		}
	}
	if total > 3<<20 {
		t.Errorf("the clips have %d bytes in all, more than 3 MiB", total)
	}
	if _, err := OpenClip("k99"); err == nil {
		t.Error("there is a clip k99")
	}
}

func TestLoadClipRefuses(t *testing.T) {
	t.Parallel()
	needFfmpeg(t)
	dir := t.TempDir()
	ffmpeg := func(name string, args ...string) []byte {
		t.Helper()
		out := filepath.Join(dir, name)
		cmd := exec.Command("ffmpeg", append(append([]string{"-v", "error", "-i", "-"}, args...), out)...)
		cmd.Stdin = bytes.NewReader(clipFile(t, "k01-inngang"))
		if msg, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("ffmpeg: %v\n%s", err, msg)
		}
		b, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	whole := clipFile(t, "k01-inngang")
	for name, data := range map[string][]byte{
		"nothing":      nil,
		"text":         []byte("this is no MP4 file, whatever its name says"),
		"cut short":    whole[:len(whole)/2],
		"fragmented":   ffmpeg("fragmented.mp4", "-c", "copy", "-t", "2", "-movflags", "frag_keyframe+empty_moov"),
		"audio only":   ffmpeg("audio.mp4", "-c", "copy", "-t", "2", "-vn"),
		"other codec":  ffmpeg("mpeg4.mp4", "-c:v", "mpeg4", "-t", "1", "-an"),
		"no key frame": ffmpeg("midgop.mp4", "-c:v", "copy", "-an", "-t", "1", "-bsf:v", "noise=drop=key"),
	} {
		if c, err := LoadClip(bytes.NewReader(data), int64(len(data))); !errors.Is(err, ErrClip) {
			t.Errorf("%s: clip %v, error %v", name, c != nil, err)
		}
	}
}

func TestRescale(t *testing.T) {
	for _, c := range []struct{ t, from, to, want int64 }{
		{512, 12800, 90000, 3600},
		{1, 3, 90000, 30000},
		{2, 3, 2, 1},
		{-2, 3, 3, -2},
		{100 * 365 * 86400 * 90000, 90000, 1e9, 100 * 365 * 86400 * 1e9},
	} {
		if got := rescale(c.t, c.from, c.to); got != c.want {
			t.Errorf("rescale(%d, %d, %d) = %d, want %d", c.t, c.from, c.to, got, c.want)
		}
	}
}
