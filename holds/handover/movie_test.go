package handover

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/handover/verify"
	"github.com/sjudager/sjudager/vault/durable"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/movie"
)

// A master is the movie with boxes behind it: ffprobe finds the same frames, and its
// packets are those of the segments.
func TestMasters(t *testing.T) {
	r := newRig(t)
	in := r.story()
	// Parts of a second or two, as 2 GiB make of hours.
	result, err := build(context.Background(), in, durable.Disk{}, 160_000)
	r.must(err)
	if len(result.Masters) < 5 {
		t.Fatalf("%q", result.Masters)
	}
	if report := check(t, result.Path, verify.Options{}); !report.OK || report.Masters != len(result.Masters) {
		t.Error(text(t, report))
	}
	frames := 0
	for _, name := range result.Masters {
		var probed struct {
			Streams []struct {
				Kind        string `json:"codec_type"`
				Codec       string `json:"codec_tag_string"`
				Told        string `json:"nb_frames"`
				Read        string `json:"nb_read_frames"`
				Duration    string
				Disposition struct{ Forced int }
			}
		}
		out := tool(t, "ffmpeg", "ffprobe", "-v", "error", "-count_frames", "-show_streams", "-of", "json", filepath.Join(result.Path, name))
		r.must(json.Unmarshal([]byte(out), &probed))
		if len(probed.Streams) != 2 {
			t.Fatalf("%s: ffprobe says %s", name, out)
		}
		video, text := probed.Streams[0], probed.Streams[1]
		if video.Kind != "video" || video.Told != video.Read || text.Kind != "subtitle" || text.Codec != "tx3g" || text.Disposition.Forced != 1 || text.Duration != video.Duration {
			t.Errorf("%s: ffprobe says %s", name, out)
		}
		n, err := strconv.Atoi(video.Read)
		r.must(err)
		frames += n
		// The track says what lies beside the master for players that do not show it.
		srt, err := os.ReadFile(filepath.Join(result.Path, strings.TrimSuffix(name, ".mp4")+".srt"))
		r.must(err)
		if got := tool(t, "ffmpeg", "ffmpeg", "-v", "error", "-nostdin", "-i", filepath.Join(result.Path, name), "-map", "0:s", "-f", "srt", "-"); plainText(got) != plainText(string(srt)) {
			t.Errorf("%s: the track says\n%s\nbeside it lies\n%s", name, got, srt)
		}
	}
	// 7 s + 8 s of the entrance and 4 s of the queue: parts adjoin without a frame twice.
	if want := 25 * (7 + 8 + 4); frames != want {
		t.Errorf("%d frames in all parts, not %d", frames, want)
	}
}

// plainText is a subtitle file without what its writers do differently.
func plainText(srt string) string {
	srt = regexp.MustCompile(`</?font[^>]*>`).ReplaceAllString(strings.ReplaceAll(srt, "\r\n", "\n"), "")
	return strings.TrimSpace(regexp.MustCompile(`\n{2,}`).ReplaceAllString(srt, "\n\n"))
}

// Two spans within one second give two masters, and the names of no package are too long.
func TestNames(t *testing.T) {
	r := newRig(t)
	in := r.story()
	in.Release.Number, in.Release.Case = strings.Repeat("U-2026", 20), strings.Repeat("æøå/..", 20)
	in.Cameras[0].Name = strings.Repeat("Ærlig talt ", 20)
	span := func(from, to footage.Instant) holds.Selection {
		return holds.Selection{Cameras: []footage.CameraID{entrance}, Span: footage.Span{From: start + from, To: start + to}}
	}
	in.Selections = []holds.Selection{span(1100000, 1200000), span(1300000, 1400000), span(1150000, 1250000)}
	result := r.build(in)
	if report := check(t, result.Path, verify.Options{}); !report.OK || report.Masters != 2 {
		t.Error(text(t, report))
	}
	longest := filepath.Base(result.Path) + "/" + (&master{name: stem(Camera{ID: footage.CameraID(strings.Repeat("k", footage.MaxCameraID)), Name: in.Cameras[0].Name}, footage.Span{From: start, To: start}) + "_del99"}).copyFile()
	if len(longest) >= 200 {
		t.Errorf("%s has %d characters", longest, len(longest))
	}
}

// The night on which the clocks go back has an hour twice: the offset tells which.
func TestSubtitles(t *testing.T) {
	oslo, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	change := footage.At(time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC))
	m := &movie.Movie{Camera: entrance, Spans: []movie.Span{
		{Span: footage.Span{From: change - second/2, To: change + second}, Media: 0},
		{Span: footage.Span{From: change + 3600*second, To: change + 3601*second}, Media: 135000},
	}}
	const want = "1\r\n00:00:00,000 --> 00:00:00,500\r\n2026-10-25 02:59:59 +02:00  (00:59:59 UTC)  k01-inngang\r\n\r\n" +
		"2\r\n00:00:00,500 --> 00:00:01,500\r\n2026-10-25 02:00:00 +01:00  (01:00:00 UTC)  k01-inngang\r\n\r\n" +
		"3\r\n00:00:01,500 --> 00:00:02,500\r\n2026-10-25 03:00:00 +01:00  (02:00:00 UTC)  k01-inngang\n[02:00:01 - 03:00:00: hull / gap]\r\n\r\n"
	if got := string(srt(cues(m, oslo))); got != want {
		t.Errorf("%q", got)
	}
	if got := string(vtt(cues(m, oslo))); !strings.HasPrefix(got, "WEBVTT\n\n00:00:00.000 --> 00:00:00.500\n") {
		t.Errorf("%q", got)
	}
}
