package handover

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/sjudager/sjudager/holds/handover/verify"
)

func encoder(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Fatalf("%v: apt-get install -y ffmpeg", err)
	}
	return path
}

// A package with an encoder has a viewing copy of what not every player plays, which the
// player page shows where it must, and stills that are frames of the masters.
func TestCopiesAndStills(t *testing.T) {
	r := newRig(t)
	in := r.story()
	in.Encoder = encoder(t)
	in.Stills = []Still{{entrance, start + 2*second + 130_000}, {entrance, start + 23*second}, {queue, start}}
	var phases []Phase
	in.Progress = func(p Progress) {
		if len(phases) == 0 || phases[len(phases)-1] != p.Phase {
			phases = append(phases, p.Phase)
		}
	}
	result := r.build(in)
	if report := check(t, result.Path, verify.Options{}); !report.OK {
		t.Error(text(t, report))
	}
	if len(result.Copies) != 1 || !strings.HasSuffix(result.Copies[0], "_VISNINGSKOPI_H264.mp4") || len(result.Stills) != 3 || len(phases) < 4 || phases[1] != Encoding {
		t.Fatalf("%q, %q, %v", result.Copies, result.Stills, phases)
	}
	copied := filepath.Join(result.Path, result.Copies[0])
	var probed struct {
		Streams []struct {
			Codec  string `json:"codec_name"`
			Format string `json:"pix_fmt"`
			Frames string `json:"nb_frames"`
		}
	}
	r.must(json.Unmarshal([]byte(tool(t, "ffmpeg", "ffprobe", "-v", "error", "-show_streams", "-of", "json", copied)), &probed))
	if len(probed.Streams) != 1 || probed.Streams[0].Codec != "h264" || probed.Streams[0].Format != "yuv420p" || probed.Streams[0].Frames != "100" {
		t.Errorf("%+v", probed)
	}
	// What is burned in covers the top and the foot of the picture, and changes the rest
	// but little.
	pixels := func(path string, rows string) []byte {
		out, err := exec.Command(in.Encoder, "-v", "error", "-nostdin", "-i", path, "-map", "0:v", "-frames:v", "1", "-vf", "format=gray,crop="+rows, "-f", "rawvideo", "-").Output()
		r.must(err)
		return out
	}
	differ := func(a, b []byte) (n int) {
		for i := range a {
			if d := int(a[i]) - int(b[i]); d > 60 || d < -60 {
				n++
			}
		}
		return n * 1000 / len(a)
	}
	master := filepath.Join(result.Path, result.Masters[1])
	for rows, written := range map[string]bool{"320:24:0:0": true, "320:14:0:164": true, "320:90:0:45": false} {
		if n := differ(pixels(master, rows), pixels(copied, rows)); (n > 100) != written {
			t.Errorf("%s: %d of a thousand pixels differ", rows, n)
		}
	}

	files := tree(t, result.Path)
	rows, err := csv.NewReader(bytes.NewReader(files["data/stillbilder/stillbilder.csv"])).ReadAll()
	r.must(err)
	if len(rows) != 4 || rows[1][3] != "2026-07-04T19:20:02.120000Z" || !strings.Contains(rows[1][0], "k01-inngang_Hovedinngang_20260704T192002.120000Z.png") ||
		rows[2][7] != "data/segmenter/k01-inngang/20260704T192022.000000Z.mp4" {
		t.Errorf("%q", rows)
	}
	for _, row := range rows[1:] {
		// The frame that ffmpeg finds at that time of the master.
		var seconds float64
		fmt.Sscan(row[6], &seconds)
		want, err := exec.Command(in.Encoder, "-v", "error", "-nostdin", "-i", filepath.Join(result.Path, row[5]), "-map", "0:v", "-vf", fmt.Sprintf(`select=gte(t\,%f)`, seconds-0.002), "-frames:v", "1", "-pix_fmt", "rgb24", "-f", "rawvideo", "-").Output()
		r.must(err)
		got, err := exec.Command(in.Encoder, "-v", "error", "-nostdin", "-i", filepath.Join(result.Path, row[0]), "-pix_fmt", "rgb24", "-f", "rawvideo", "-").Output()
		r.must(err)
		if !bytes.Equal(got, want) || len(got) != 320*180*3 {
			t.Errorf("%s is not the frame at %s s of %s", row[0], row[6], row[5])
		}
	}

	ctx := chromium(t)
	if err := chromedp.Do(ctx, chromedp.Navigate("file://"+filepath.Join(result.Path, playerFile))); err != nil {
		t.Fatal(err)
	}
	evaluate[any](t, ctx, fmt.Sprintf("player.go(%d)", int64(start)/1000+24_000)) // H.265
	await(t, ctx, "player.cameras[0].video.src.endsWith('_VISNINGSKOPI_H264.mp4') && player.cameras[0].video.readyState >= 2 && Math.abs(player.cameras[0].video.currentTime - 2.001) < 0.01")
	if said := evaluate[string](t, ctx, "document.querySelector('figcaption').textContent + document.querySelector('.over').hidden"); !strings.Contains(said, "ikke original") && !strings.Contains(said, "not the original") || !strings.Contains(said, "true") {
		t.Error(said)
	}

	// A still of what is not given is refused before anything is written, and so is one
	// without ffmpeg; copies that cannot be made keep no master from leaving.
	in.Folder = t.TempDir()
	in.Stills = []Still{{entrance, start + 12*second}}
	if _, err := Build(context.Background(), in); !errors.Is(err, ErrInvalid) {
		t.Error(err)
	}
	in.Stills, in.Encoder = []Still{{queue, start}}, ""
	if _, err := Build(context.Background(), in); !errors.Is(err, ErrNoEncoder) || !strings.Contains(err.Error(), "apt-get install ffmpeg") {
		t.Error(err)
	}
	in.Stills, in.Encoder = nil, "/bin/false"
	result = r.build(in)
	note := tool(t, "poppler-utils", "pdftotext", "-layout", filepath.Join(result.Path, noteFile), "-")
	if len(result.Copies) != 0 || !strings.Contains(note, "kunne ikke lages") {
		t.Errorf("%q\n%s", result.Copies, note)
	}

	// An encoder ends with the build that it works for.
	slow := filepath.Join(t.TempDir(), "slow")
	r.must(os.WriteFile(slow, []byte("#!/bin/sh\ncat >/dev/null\nexec sleep 100\n"), 0o700))
	in.Encoder, in.Folder = slow, t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	in.Progress = func(p Progress) {
		if p.Phase == Encoding {
			t.Error("nothing was encoded")
		}
	}
	go func() {
		for len(encoding) == 0 && ctx.Err() == nil {
			time.Sleep(5 * time.Millisecond)
		}
		cancel()
	}()
	if _, err := Build(ctx, in); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	cancel()
	if left, _ := os.ReadDir(in.Folder); len(left) > 0 || len(encoding) != 0 {
		t.Errorf("%v are left", left)
	}
}
