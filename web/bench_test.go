package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// BenchmarkLive measures what the page asks for every few seconds, with 64
// cameras and a day of 30 s segments of each, and what the timeline is drawn of.
func BenchmarkLive(b *testing.B) {
	s := newSite(b, saturday)
	for c := range 64 {
		id := footage.CameraID(fmt.Sprintf("k%02d", c))
		s.camera(id, "Kamera "+string(id))
		if err := s.Index.Update(func(tx *index.Tx) error {
			for at := s.at("00:00:00"); at < footage.At(saturday); at = at.Add(30 * time.Second) {
				seg := vault.Segment{
					Segment: footage.Segment{Camera: id, Span: footage.Span{From: at, To: at.Add(30 * time.Second)}, Bytes: 15 << 20, Codec: footage.H264, Frames: 750},
					Object:  footage.ObjectKey(id, at, 0), State: vault.Stored,
				}
				seg.Keep, seg.Ceiling = s.Holds.Policy().KeepUntil(at), s.Holds.Policy().Ceiling(at)
				seg.Deadline = seg.Keep
				if err := vault.Add(tx, seg); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
	for _, path := range []string{"/?part=live", "/opptak?part=live", "/opptak/tidslinje?from=2026-07-03T22:00:00Z&to=2026-07-04T22:00:00Z"} {
		b.Run(path[:min(len(path), 17)], func(b *testing.B) {
			for b.Loop() {
				r := s.get(path)
				if r.Code != http.StatusOK {
					b.Fatal(r.Code)
				}
				b.ReportMetric(float64(r.Body.Len()), "bytes")
			}
		})
	}
	b.Run("api", func(b *testing.B) {
		for b.Loop() {
			r := s.get("/api/v1/timeline?from=2026-07-03T22:00:00Z&to=2026-07-04T22:00:00Z")
			if r.Code != http.StatusOK {
				b.Fatal(r.Code)
			}
			b.ReportMetric(float64(r.Body.Len()), "bytes")
		}
	})
	// Without pictures, with style and scripts.
	b.Run("pages", func(b *testing.B) {
		t := browse(chromium(b), s)
		for b.Loop() {
			for _, item := range menu {
				t.open(item.Path)
				t.wait(`document.readyState === 'complete'`)
				b.ReportMetric(float64(js[int](t, pageSize))/1000, "kB:"+item.Path)
			}
		}
	})
	// What a person waits for: from asking in the browser to data that can be drawn.
	b.Run("browser", func(b *testing.B) {
		t := browse(chromium(b), s)
		t.open("/opptak?lang=en")
		t.wait(`track.getAttribute('aria-valuetext').includes('Kamera')`)
		for b.Loop() {
			took := js[[]float64](t, `(async () => {
				const began = performance.now();
				const answer = await fetch('/opptak/tidslinje?from=2026-07-03T22:00:00Z&to=2026-07-04T22:00:00Z', {cache: 'no-store'});
				const data = JSON.parse(await answer.text());
				const there = performance.now();
				for (const deltaY of [-50, 50]) track.dispatchEvent(new WheelEvent('wheel', {deltaY, clientX: 600, clientY: 10, bubbles: true, cancelable: true}));
				return [there - began, (performance.now() - there) / 2, data.cameras.length];
			})()`)
			b.ReportMetric(took[0], "ms-to-data")
			b.ReportMetric(took[1], "ms-to-zoom")
		}
	})
}

// BenchmarkPlay measures what a person waits for who opens ten minutes of 1080p at 4
// Mbit/s and jumps about in it: milliseconds to the first picture, and to that after a
// jump to where nothing is loaded yet. The peer is the same footage as one MP4 file,
// sent by net/http from the disk.
func BenchmarkPlay(b *testing.B) {
	s := newSite(b, saturday)
	s.camera("k01-inngang", "Hovedinngang")
	path := clip(b, "-f lavfi -i testsrc2=size=1920x1080:rate=25:duration=30,noise=alls=14:allf=t -pix_fmt yuv420p -c:v libx264 -preset ultrafast -bf 0 -g 50 -b:v 4M -maxrate 4M -bufsize 4M")
	var list strings.Builder
	for at := s.at("20:00:00"); at < s.at("20:10:00"); at = at.Add(30 * time.Second) {
		s.record("k01-inngang", at, path)
		fmt.Fprintf(&list, "file '%s'\n", path)
	}
	folder := b.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "list"), []byte(list.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	file := filepath.Join(folder, "movie.mp4")
	if out, err := exec.Command("ffmpeg", "-v", "error", "-f", "concat", "-safe", "0", "-i", filepath.Join(folder, "list"), "-c", "copy", "-movflags", "+faststart", file).CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/movie.mp4" {
			http.ServeFile(w, r, file)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!doctype html><title>peer</title><link rel=icon href=data:,>")
	}))
	defer plain.Close()
	ctx := chromium(b)
	ours, peer := browse(ctx, s), browse(ctx, s)
	ours.open("/logg")
	peer.do(chromedp.Navigate(plain.URL))
	jumps := []float64{480, 60, 300, 570, 200}
	measure := func(t *browser, src string) (first, seek float64) {
		got := js[[]float64](t, fmt.Sprintf("(%s)('%s', %s)", jump, src, strings.ReplaceAll(fmt.Sprint(jumps), " ", ",")))
		for _, took := range got[1:] {
			seek = max(seek, took)
		}
		return got[0], seek
	}
	for b.Loop() {
		first, seek := measure(ours, s.movieOf("movie.mp4", "20:00:00", "20:10:00"))
		peerFirst, peerSeek := measure(peer, "/movie.mp4")
		b.ReportMetric(first, "ms-to-first")
		b.ReportMetric(seek, "ms-longest-seek")
		b.ReportMetric(first/peerFirst, "x-first-of-file")
		b.ReportMetric(seek/peerSeek, "x-seek-of-file")
	}
}

// jump is the milliseconds to a movie's first picture, and to the picture after each of
// the jumps.
const jump = `async (src, to) => {
  const video = Object.assign(document.createElement('video'), { muted: true, preload: 'auto' });
  const until = name => new Promise((done, failed) => {
    video.addEventListener(name, done, { once: true });
    video.addEventListener('error', () => failed(new Error(video.error.message)), { once: true });
  });
  const took = [];
  let began = performance.now(), there = until('loadeddata');
  video.src = src;
  document.body.append(video);
  await there;
  took.push(performance.now() - began);
  for (const t of to) {
    began = performance.now();
    there = until('seeked');
    video.currentTime = t;
    await there;
    took.push(performance.now() - began);
  }
  video.removeAttribute('src');
  video.load();
  video.remove();
  return took;
}`
