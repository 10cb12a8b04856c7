package remux

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// player shows the movie's first picture, plays it to its end and answers with
// what it saw.
const player = `<!doctype html><title>remux</title><video src="/movie.mp4" preload="auto" muted></video><script>
window.played = new Promise(resolve => {
  const video = document.querySelector('video');
  let first = -1;
  const done = error => {
    const quality = video.getVideoPlaybackQuality();
    resolve({error, first, at: video.currentTime, duration: video.duration, width: video.videoWidth,
      total: quality.totalVideoFrames, corrupted: quality.corruptedVideoFrames});
  };
  video.requestVideoFrameCallback((_, frame) => {
    first = frame.mediaTime;
    video.play().catch(e => done(String(e)));
  });
  video.onended = () => done('');
  video.onerror = () => done(video.error.message || 'error ' + video.error.code);
});
</script>`

// TestChromium plays movies, with B-frames and of AV1, in a real browser, by range
// requests, to their end.
func TestChromium(t *testing.T) {
	for name, options := range map[string]string{"H264": h264b, "AV1": av1} {
		t.Run(name, func(t *testing.T) { testChromium(t, options) })
	}
}

func testChromium(t *testing.T, options string) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("%v: apt-get install -y chromium", err)
	}
	m, f := open(t, clip(t, options, seconds))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ".mp4") {
			http.ServeContent(w, r, "movie.mp4", time.Time{}, f.Reader())
			return
		}
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte(player))
	}))
	defer server.Close()

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	dir := t.TempDir()
	ctx, cancel = chromedp.NewExecAllocator(ctx,
		chromedp.ExecPath(path), chromedp.UserDataDir(dir), chromedp.Env("TMPDIR="+dir),
		chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"),
	)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()

	if err := chromedp.Do(ctx, chromedp.Navigate(server.URL)); err != nil {
		t.Fatal(err)
	}
	type played struct {
		Error                   string
		First, At, Duration     float64
		Width, Total, Corrupted int
	}
	got, err := chromedp.Run(ctx, chromedp.Evaluate[played]("window.played", chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	length := m.Duration.Seconds()
	if got.Error != "" || got.First != 0 || got.At < length-0.001 || got.Duration < length-0.001 || got.Duration > length+0.001 ||
		got.Total != m.Frames || got.Corrupted != 0 || got.Width != m.Width {
		t.Errorf("Chromium saw %+v, want all %d frames from 0 to %f s", got, m.Frames, length)
	}
}
