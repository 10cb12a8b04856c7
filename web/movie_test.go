package web

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web/account"
)

// movieOf is the address of a movie of k01-inngang.
func (s *site) movieOf(file, from, to string) string {
	return "/api/v1/cameras/k01-inngang/" + file + "?" + url.Values{"from": {s.at(from).String()}, "to": {s.at(to).String()}}.Encode()
}

// ledgerOf counts the entries of a kind.
func (s *site) ledgerOf(kind ledger.Kind) (n int) {
	s.Helper()
	for _, e := range call[Log](s, http.StatusOK, "GET", "/api/v1/log?kind="+string(kind), "").Entries {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

func TestMovie(t *testing.T) {
	s := newSite(t, saturday)
	s.camera("k01-inngang", "Hovedinngang")
	for _, at := range []string{"20:00:00", "20:00:02", "20:00:10"} {
		s.record("k01-inngang", s.at(at), short(t))
	}
	s.gap("k01-inngang", s.at("20:00:04"), s.at("20:00:10"), footage.CauseUnreachable, "no route to host")
	path := s.movieOf("movie.mp4", "20:00:01", "20:01:00")

	about := call[Movie](s, http.StatusOK, "GET", s.movieOf("movie.json", "20:00:01", "20:01:00"), "")
	if about.Given != (footage.Span{From: s.at("20:00:01"), To: s.at("20:00:12")}) || len(about.Spans) != 2 || len(about.Gaps) != 2 ||
		about.Gaps[0].Cause != footage.CauseUnreachable || about.Duration != 5 || about.Spans[1].Media != 3 || len(about.Keys) != 5 ||
		!strings.HasPrefix(about.CodecString, "avc1.") || about.Frames != 125 {
		t.Errorf("%+v", about)
	}
	if n := s.ledgerOf(ledger.Viewed); n != 0 {
		t.Errorf("%d views before anybody looked", n)
	}

	whole := s.get(path)
	if whole.Code != http.StatusOK || int64(whole.Body.Len()) != about.Bytes {
		t.Fatalf("%d, %d bytes of %d", whole.Code, whole.Body.Len(), about.Bytes)
	}
	for name, want := range map[string]string{
		"Content-Type": "video/mp4", "Cache-Control": "no-store", "Accept-Ranges": "bytes", "Etag": `"` + about.ETag + `"`,
		"Content-Length": fmt.Sprint(about.Bytes), "Last-Modified": "",
		"Content-Disposition": `inline; filename="k01-inngang_20260704T180001Z_20260704T180012Z.mp4"`,
	} {
		if got := whole.Header().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	all := whole.Body.Bytes()
	for header, want := range map[string][]byte{
		"bytes=0-0": all[:1], "bytes=1000-5000": all[1000:5001], "bytes=-5": all[len(all)-5:], fmt.Sprintf("bytes=%d-", len(all)-1): all[len(all)-1:],
	} {
		r := s.get(path, "Range", header, "If-Range", `"`+about.ETag+`"`)
		if r.Code != http.StatusPartialContent || !bytes.Equal(r.Body.Bytes(), want) {
			t.Errorf("%s: %d, %d bytes", header, r.Code, r.Body.Len())
		}
	}
	if r := s.get(path, "Range", fmt.Sprintf("bytes=%d-", len(all))); r.Code != http.StatusRequestedRangeNotSatisfiable {
		t.Errorf("beyond the end: %d", r.Code)
	}
	if r := s.get(path, "If-None-Match", `"`+about.ETag+`"`); r.Code != http.StatusNotModified {
		t.Errorf("what the client has: %d", r.Code)
	}
	if r := s.ask(http.MethodHead, path, ""); r.Code != http.StatusOK || r.Body.Len() != 0 || r.Header().Get("Content-Length") != fmt.Sprint(len(all)) {
		t.Errorf("HEAD: %d %v", r.Code, r.Header())
	}
	if n := s.ledgerOf(ledger.Viewed); n != 1 {
		t.Errorf("%d views, want one for all ranges", n)
	}
	if r := s.get(path + "&download=true"); !bytes.Equal(r.Body.Bytes(), all) || !strings.HasPrefix(r.Header().Get("Content-Disposition"), "attachment") {
		t.Errorf("download: %d, %v", r.Code, r.Header())
	}
	if n := s.ledgerOf(ledger.Exported); n != 1 {
		t.Errorf("%d exports", n)
	}

	for target, status := range map[string]int{
		s.movieOf("movie.mp4", "19:00:00", "19:30:00"):                          http.StatusNotFound,
		s.movieOf("movie.json", "20:00:05", "20:00:06"):                         http.StatusNotFound, // in the gap
		"/api/v1/cameras/k01-inngang/still.mp4?at=" + s.at("20:00:05").String(): http.StatusNotFound,
	} {
		s.refused(status, CodeGone, "GET", target, "")
	}
	s.refused(http.StatusNotFound, CodeNotFound, "GET", strings.Replace(path, "k01", "k09", 1), "")
	for _, wrong := range []string{
		"/api/v1/cameras/k01-inngang/movie.mp4", s.movieOf("movie.mp4", "20:00:10", "20:00:10"), strings.Replace(path, "k01", "K%201", 1),
		"/api/v1/cameras/k01-inngang/still.mp4?at=now",
	} {
		s.refused(http.StatusBadRequest, CodeInvalid, "GET", wrong, "")
	}
}

func TestStill(t *testing.T) {
	s := newSite(t, saturday)
	s.camera("k01-inngang", "Hovedinngang")
	s.record("k01-inngang", s.at("20:00:00"), short(t))
	path := "/api/v1/cameras/k01-inngang/still.mp4?at=" + s.at("20:00:01").Add(700*time.Millisecond).String()
	r := s.get(path)
	if r.Code != http.StatusOK || r.Header().Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %v", r.Code, r.Header())
	}
	out := filepath.Join(t.TempDir(), "still.png")
	cmd := exec.Command("ffmpeg", "-v", "error", "-i", "-", out)
	cmd.Stdin = bytes.NewReader(r.Body.Bytes())
	if b, err := cmd.CombinedOutput(); err != nil || len(b) > 0 {
		t.Errorf("apt-get install -y ffmpeg: %v %s", err, b)
	}
}

// R6: what is kept ready for a movie does not outlive its footage, and a movie that
// somebody watches breaks off.
func TestMoviePastItsDeadline(t *testing.T) {
	s := newSite(t, saturday)
	s.camera("k01-inngang", "Hovedinngang")
	big := clip(t, "-f lavfi -i nullsrc=size=640x360:rate=25:duration=5,geq=random(1)*255:128:128 -pix_fmt yuv420p -c:v libx264 -preset ultrafast -b:v 40M -g 25")
	first := s.record("k01-inngang", s.at("20:00:00"), big)
	second := s.record("k01-inngang", s.at("20:00:05"), big)
	path := s.movieOf("movie.mp4", "20:00:00", "20:00:10")
	about := call[Movie](s, http.StatusOK, "GET", s.movieOf("movie.json", "20:00:00", "20:00:10"), "")
	base, stop := s.serveTCP()
	defer stop()
	r, err := http.Get(base + path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if _, err := io.ReadFull(r.Body, make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	s.setNow(s.stored(second).Deadline.Time().Add(-time.Microsecond))
	n, err := io.Copy(io.Discard, r.Body)
	if err == nil || n+1<<20 >= r.ContentLength {
		t.Errorf("%d of %d bytes came, and the end was %v", n+1<<20, r.ContentLength, err)
	}
	if about.Deadline != s.stored(first).Deadline {
		t.Errorf("deadline %s", about.Deadline)
	}
	// What is left is another movie.
	left := s.ask(http.MethodHead, path, "", "If-Range", `"`+about.ETag+`"`, "Range", "bytes=100-")
	if left.Code != http.StatusOK || left.Header().Get("ETag") == `"`+about.ETag+`"` || left.Header().Get("Content-Length") >= fmt.Sprint(about.Bytes) {
		t.Errorf("what is left: %d %v", left.Code, left.Header())
	}
	s.setNow(s.stored(second).Deadline.Time())
	s.refused(http.StatusNotFound, CodeGone, "GET", path, "")
}

// Somebody reloads the overview every few seconds: that is one view of a camera in ten
// minutes, and another person's is another. Pictures further back are each a view.
func TestPicturesOfNow(t *testing.T) {
	s := newSite(t, saturday)
	s.camera("k01-inngang", "Hovedinngang")
	for at := s.at("21:30:00"); at < s.at("21:46:00"); at = at.Add(30 * time.Second) {
		s.spool("k01-inngang", at, short(t))
	}
	s.record("k01-inngang", s.at("20:00:00"), short(t))
	s.setNow(s.at("21:32:00").Time())
	see := func(at footage.Instant, want int) {
		t.Helper()
		if r := s.get("/api/v1/cameras/k01-inngang/still.mp4?at=" + at.String()); r.Code != http.StatusOK {
			t.Fatalf("%d %s", r.Code, r.Body)
		}
		if n := s.ledgerOf(ledger.Viewed); n != want {
			t.Errorf("%d views, want %d", n, want)
		}
	}
	reload := func(want int) {
		t.Helper()
		for range 100 { // five seconds each, and a new picture every half minute
			s.setNow(s.now.Add(5 * time.Second))
			see(footage.At(s.now.Truncate(30*time.Second)).Add(-30*time.Second), want)
		}
	}
	reload(1)
	s.by = &account.Identity{ID: "u-another", Machine: true}
	see(s.at("21:40:00"), 2)
	s.by = &account.Identity{ID: byAnybody, Machine: true}
	s.setNow(s.now.Add(3 * time.Minute))
	see(s.at("21:41:00"), 3)
	see(s.at("20:00:00"), 4)
	see(s.at("20:00:01"), 5)
}

// The movies that are kept ready are bounded in number, in memory and in time.
func TestMoviesKept(t *testing.T) {
	var m movies
	now := saturday
	for i := range moviesKept + 50 {
		now = now.Add(time.Millisecond)
		m.weigh(m.entry(movieKey{span: footage.Span{From: footage.Instant(i + 1)}}, now), 1)
	}
	if len(m.open) != moviesKept || m.open[movieKey{span: footage.Span{From: 1}}] != nil {
		t.Errorf("%d are kept", len(m.open))
	}
	for i := range 3 {
		now = now.Add(time.Millisecond)
		m.weigh(m.entry(movieKey{camera: "k02", span: footage.Span{From: footage.Instant(i + 1)}}, now), movieBytes/2)
	}
	m.entry(movieKey{camera: "k03"}, now.Add(time.Millisecond))
	if len(m.open) != 3 {
		t.Errorf("%d are kept of those that are large", len(m.open))
	}
	m.entry(movieKey{camera: "k04"}, now.Add(time.Hour))
	if len(m.open) != 1 {
		t.Errorf("%d are kept after an hour", len(m.open))
	}
}

// watch is a page that shows the first picture of a movie, seeks about, and plays it to
// its end; window.played is what it saw, in milliseconds where it is about time.
const watch = `(src, seeks) => new Promise(resolve => {
  const video = document.createElement('video');
  const began = performance.now(), took = [];
  let first, shown;
  const done = error => {
    const q = video.getVideoPlaybackQuality();
    resolve({error, first, took, at: video.currentTime, duration: video.duration, corrupted: q.corruptedVideoFrames});
  };
  const next = () => {
    if (seeks.length === 0) { video.playbackRate = 8; video.play().catch(e => done(String(e))); return; }
    const asked = performance.now();
    video.currentTime = seeks.shift();
    video.onseeked = () => { took.push(performance.now() - asked); next(); };
  };
  video.onloadeddata = () => { first = performance.now() - began; next(); };
  setTimeout(() => done('it takes too long'), 30000);
  video.onended = () => done('');
  video.onerror = () => done(video.error.message || 'error ' + video.error.code);
  video.muted = true;
  video.preload = 'auto';
  video.src = src;
  document.body.append(video);
})`

// Chromium plays movies over segments and gaps by range requests to their end, and
// seeks in them.
func TestMovieInChromium(t *testing.T) {
	browser := chromium(t)
	for name, codec := range map[string]string{
		"h264": "-c:v libx264 -preset veryfast -g 25 -bf 2 -b_strategy 0",
		"av1":  "-c:v libsvtav1 -preset 12 -g 25",
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, saturday)
			s.camera("k01-inngang", "Hovedinngang")
			path := clip(t, "-f lavfi -i testsrc2=size=320x180:rate=25:duration=4 -pix_fmt yuv420p "+codec)
			for _, at := range []string{"20:00:00", "20:00:04", "20:00:20"} {
				s.record("k01-inngang", s.at(at), path)
			}
			b := browse(browser, s)
			b.open("/")
			movie := s.movieOf("movie.mp4", "20:00:01", "20:01:00")
			type played struct {
				Error               string
				First, At, Duration float64
				Took                []float64
				Corrupted           int
			}
			got := js[played](b, "("+watch+")('"+movie+"', [6, 9.5, 2.1])")
			if got.Error != "" || got.Duration < 10.99 || got.Duration > 11.01 || got.At < got.Duration-0.01 || got.Corrupted != 0 || len(got.Took) != 3 {
				t.Errorf("Chromium saw %+v", got)
			}
			t.Logf("first picture after %.0f ms, seeks %.0f ms", got.First, got.Took)
			if n := s.ledgerOf(ledger.Viewed); n != 1 {
				t.Errorf("%d views in the ledger", n)
			}
		})
	}
}
