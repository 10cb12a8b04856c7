package web

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
)

// browser is a real Chromium, with what it complained about and asked for.
type browser struct {
	*testing.T
	ctx  context.Context
	base string

	mu       sync.Mutex
	console  []string
	requests []string
}

// browse serves s on a loopback port and starts a browser.
func browse(s *site) *browser {
	s.Helper()
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		s.Fatalf("%v: apt-get install -y chromium", err)
	}
	base, stop := s.serveTCP()
	b := &browser{T: s.T, base: base}
	ctx, cancelTime := context.WithTimeout(context.Background(), time.Minute)
	// A directory of its own: the browser may write to it for a moment after it
	// has been told to go, which t.TempDir would call a failure.
	profile, err := os.MkdirTemp("", "web-chromium-")
	if err != nil {
		s.Fatal(err)
	}
	ctx, cancelBrowser := chromedp.NewExecAllocator(ctx,
		chromedp.ExecPath(chromium), chromedp.UserDataDir(profile),
		chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("lang", "nb"),
		chromedp.WindowSize(1280, 900),
	)
	ctx, cancelTab := chromedp.NewContext(ctx)
	s.Cleanup(func() {
		cancelTab()
		cancelBrowser()
		cancelTime()
		stop()
		for range 50 {
			if os.RemoveAll(profile) == nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	})
	b.ctx = ctx

	if err := chromedp.Do(ctx); err != nil {
		s.Fatal(err)
	}
	console, requests := chromedp.Console(ctx), chromedp.Events(ctx, network.RequestWillBeSent)
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		s.Fatal(err)
	}
	go func() {
		for m, err := range console {
			if err != nil {
				return
			}
			b.mu.Lock()
			b.console = append(b.console, string(m.Type)+": "+m.Text)
			b.mu.Unlock()
		}
	}()
	go func() {
		for r, err := range requests {
			if err != nil {
				return
			}
			b.mu.Lock()
			b.requests = append(b.requests, r.Request.URL)
			b.mu.Unlock()
		}
	}()
	return b
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.Fatal(err)
	}
}

func (b *browser) open(path string) {
	b.Helper()
	b.do(chromedp.Navigate(b.base + path))
}

// js evaluates an expression, a promise included.
func js[T any](b *browser, expression string) T {
	b.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatalf("%s: %v", expression, err)
	}
	return v
}

// wait polls until a condition holds in the page.
func (b *browser) wait(condition string) {
	b.Helper()
	if _, err := chromedp.Run(b.ctx, chromedp.Poll[bool](condition, chromedp.WithPollingTimeout(15*time.Second))); err != nil {
		b.Fatalf("waiting for %s: %v", condition, err)
	}
}

// screen sets the size of the window and the colour scheme.
func (b *browser) screen(width, height int64, scheme string) {
	b.Helper()
	b.do(chromedp.EmulateViewport(width, height))
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	}); err != nil {
		b.Fatal(err)
	}
}

// shoot writes a screenshot of the whole page to the folder that SJUDAGER_SHOTS
// names, if it names one, and checks that nothing sticks out sideways.
func (b *browser) shoot(name string) {
	b.Helper()
	if over := js[int](b, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
		b.Errorf("%s: the page is %d px too wide: %s", name, over, js[string](b,
			`[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.tagName + '.' + e.className?.baseVal ?? e.className).slice(0, 8).join(' ')`))
	}
	folder := os.Getenv("SJUDAGER_SHOTS")
	if folder == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, name+".png"), png, 0o644)
	}
	if err != nil {
		b.Fatal(err)
	}
}

// clean fails the test if the page complained, or asked anybody else for anything.
func (b *browser) clean() {
	b.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, line := range b.console {
		b.Errorf("console: %s", line)
	}
	for _, url := range b.requests {
		// The pictures on the browser's own video controls are data.
		if !strings.HasPrefix(url, b.base+"/") && !strings.HasPrefix(url, "data:") {
			b.Errorf("the page asked for %s", url)
		}
	}
}

// evening fills s with a Saturday at a concert hall: four cameras, one of which
// has dropped out, a hold, and footage of a week ago that goes right now.
func evening(s *site) {
	s.Helper()
	ids := []footage.CameraID{"k01-inngang", "k02-ko", "k03-scenekant", "k04-lasterampe"}
	for i, name := range []string{"Hovedinngang", "Kø", "Scenekant", "Lasterampe"} {
		s.camera(ids[i], name)
	}
	bars := 5 * time.Minute
	fill := func(camera footage.CameraID, from, to footage.Instant) {
		for i := from; i < to; i = i.Add(bars) {
			s.spool(camera, i, long(s.T))
		}
	}
	fill(ids[0], s.at("15:00:00"), s.at("19:50:00"))
	for i := s.at("19:50:00"); i < s.at("19:55:00"); i = i.Add(20 * time.Second) {
		s.spool(ids[0], i, entrance(s.T))
	}
	fill(ids[0], s.at("19:55:00"), s.at("21:45:00"))
	fill(ids[1], s.at("15:00:00"), s.at("21:45:00"))
	fill(ids[2], s.at("15:00:00"), s.at("21:45:00"))
	fill(ids[3], s.at("15:00:00"), s.at("17:20:00"))
	fill(ids[3], s.at("18:05:00"), s.at("20:30:00"))
	s.gap(ids[3], s.at("17:20:00"), s.at("18:05:00"), footage.CauseConfiguration, "")
	s.ingest()
	s.gap(ids[1], s.at("19:05:12"), s.at("19:05:14"), footage.CauseStalled, "no complete frame for 10 s")
	down := &s.health[3]
	down.State, down.Since, down.Cause, down.Detail = footage.StateDown, s.at("20:30:00"), footage.CauseUnreachable, "dial tcp 192.0.2.14:554: connect: no route to host"
	s.alarms = []footage.Alarm{{Code: footage.AlarmCameraDown, Camera: ids[3], Since: s.at("20:31:00"), Detail: down.Detail}}
	for i := range s.health[:3] {
		s.health[i].Open = footage.Span{From: s.at("21:45:00"), To: footage.At(s.now)}
		s.health[i].Since = s.at("15:00:00")
		s.health[i].Bitrate += int64(i) * 730_000
	}
	s.health[1].Codec, s.health[1].Width, s.health[1].Height = footage.H265, 1920, 1080
	s.place(holds.Request{Cameras: ids[:2], Span: footage.Span{From: s.at("19:40:00"), To: s.at("20:10:00")},
		Ground: holds.CrimeLikely, Reason: "Slagsmål i køen, to personer ført bort. Politiet er varslet.", Case: "16482011", By: overHTTP})
	s.sweep()
}

// entrance is twenty seconds of the demo's first camera.
func entrance(t *testing.T) string {
	return clip(t, "-i ../cmd/testcam/clips/k01-inngang.mp4 -t 20 -c:v copy")
}

func TestBrowserLooks(t *testing.T) {
	s := newSite(t, saturday)
	evening(s)
	b := browse(s)
	b.screen(1280, 900, "dark")
	b.open("/?lang=nb&zoom=6h&from=2026-07-04T16:00:00Z&camera=k01-inngang&at=2026-07-04T17:52:05Z")
	b.wait(`document.querySelector('video').currentTime > 8`)
	b.shoot("overview-dark")
	b.screen(1280, 900, "light")
	b.shoot("overview-light")
	b.screen(360, 740, "dark")
	b.shoot("overview-phone")
	b.clean()
}

var _ = http.MethodGet
