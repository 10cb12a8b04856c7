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
	"github.com/chromedp/chromedp/kb"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
)

// browser is a real Chromium, with what it complained about and asked for.
type browser struct {
	testing.TB
	ctx  context.Context
	base string
	stop func() // serving

	mu       sync.Mutex
	console  []string
	requests []string
}

// chromium starts a browser; its tabs are made by browse.
func chromium(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("%v: apt-get install -y chromium", err)
	}
	// A directory of its own: the browser may write to it for a moment after it
	// has been told to go, which t.TempDir would call a failure.
	profile, err := os.MkdirTemp("", "web-chromium-")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancelTime := context.WithTimeout(context.Background(), 4*time.Minute)
	ctx, cancelBrowser := chromedp.NewExecAllocator(ctx,
		chromedp.ExecPath(path), chromedp.UserDataDir(profile),
		chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.WindowSize(1280, 900),
	)
	ctx, cancelTab := chromedp.NewContext(ctx)
	t.Cleanup(func() {
		cancelTab()
		cancelBrowser()
		cancelTime()
		for range 50 {
			if os.RemoveAll(profile) == nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// browse serves s on a loopback port and opens a tab for it, which must not have
// complained by the end of the test.
func browse(chromium context.Context, s *site) *browser {
	s.Helper()
	base, stop := s.serveTCP()
	ctx, closeTab := chromedp.NewContext(chromium)
	b := &browser{TB: s.TB, base: base, ctx: ctx, stop: sync.OnceFunc(stop)}
	s.Cleanup(func() {
		closeTab()
		b.stop()
	})
	b.do()
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
	b.screen(1280, 900, "dark")
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
	if _, err := chromedp.Run(b.ctx, chromedp.Poll[bool](condition, chromedp.WithPollingTimeout(30*time.Second))); err != nil {
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
			s.spool(camera, i, long(s.TB))
		}
	}
	fill(ids[0], s.at("15:00:00"), s.at("19:50:00"))
	for i := s.at("19:50:00"); i < s.at("19:55:00"); i = i.Add(20 * time.Second) {
		s.spool(ids[0], i, entrance(s.TB))
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
		Ground: holds.CrimeLikely, Reason: "Slagsmål i køen, to personer ført bort. Politiet er varslet.", Case: "16482011", By: byAnybody})
	s.sweep()
}

// entrance is twenty seconds of the demo's first camera.
func entrance(t testing.TB) string {
	return clip(t, "-i ../cmd/testcam/clips/k01-inngang.mp4 -t 20 -c:v copy")
}

// TestBrowser uses the page as people do, in a real Chromium. With SJUDAGER_SHOTS
// set to a folder it leaves its screenshots there.
func TestBrowser(t *testing.T) {
	ctx := chromium(t)
	for name, test := range map[string]func(*testing.T, context.Context){
		"looks":       testLooks,
		"plays":       testPlays,
		"holds":       testHolds,
		"keeps input": testKeepsInput,
		"keyboard":    testKeyboard,
		"expires":     testExpires,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, ctx)
		})
	}
}

// testLooks opens every state of the page in both languages, both schemes and two
// widths: nothing sticks out, and text has the contrast of WCAG AA.
func testLooks(t *testing.T, ctx context.Context) {
	s := newSite(t, saturday)
	evening(s)
	empty := newSite(t, saturday)
	autumn := newSite(t, time.Date(2026, 10, 25, 4, 10, 0, 0, time.UTC))
	autumn.camera("k01-inngang", "Hovedinngang")
	for i := autumn.at("00:00:00"); i < footage.At(autumn.now).Add(-10*time.Minute); i = i.Add(5 * time.Minute) {
		autumn.spool("k01-inngang", i, long(t))
	}
	autumn.ingest()
	week := newSite(t, saturday)
	evening(week)
	week.setNow(saturday.Add(7 * 24 * time.Hour))
	week.deleted = holds.Deletion{At: footage.At(week.now), Segments: 2, Bytes: 41_000_000}
	week.alarms = nil
	week.sweep()
	for _, p := range []struct {
		name string
		*site
		path, ready string
	}{
		{"overview", s, "/?lang=nb", ""},
		{"holds", s, "/sikringer?lang=en&ended=true", ""},
		{"deletion", s, "/sletting?lang=nb", ""},
		{"log", s, "/logg?lang=en", ""},
		{"settings", s, "/innstillinger?lang=nb", ""},
		{"footage", s, "/opptak?lang=nb&zoom=6h&from=2026-07-04T14:00:00Z&camera=k01-inngang&at=2026-07-04T17:52:05Z", `document.querySelector('video')?.currentTime > 8`},
		{"day", s, "/opptak?lang=en&zoom=day", ""},
		{"hold", s, "/sikringer/H-2026-0001?lang=nb&just=placed", ""},
		{"close", s, "/sikringer/H-2026-0001?lang=en&close=yes", ""},
		{"edge", week, "/opptak?lang=nb&zoom=day&day=2026-07-04", ""},
		{"empty", empty, "/?lang=nb", ""},
		{"autumn", autumn, "/opptak?lang=en&zoom=6h&from=2026-10-24T22:00:00Z&camera=k01-inngang&at=2026-10-25T01:31:00Z", `document.querySelector('video')?.readyState > 1`},
	} {
		b := browse(ctx, p.site)
		b.TB = t
		for _, look := range []struct {
			name          string
			width, height int64
			scheme        string
		}{{"dark", 1280, 900, "dark"}, {"light", 1280, 900, "light"}, {"phone", 360, 740, "dark"}, {"phone-light", 360, 740, "light"}} {
			b.screen(look.width, look.height, look.scheme)
			if look.name == "dark" {
				b.open(p.path)
				if p.ready != "" {
					b.wait(p.ready)
				}
			}
			b.shoot(p.name + "-" + look.name)
			for _, fault := range js[[]string](b, contrast) {
				t.Errorf("%s-%s: %s", p.name, look.name, fault)
			}
		}
		b.clean()
	}
}

// contrast lists the texts of the page that have less than 4.5:1, or 3:1 where
// they are large, against what is behind them (WCAG 2.1, 1.4.3).
const contrast = `(() => {
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = colour => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => {
    const [R, G, B] = [r, g, b].map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * R + 0.7152 * G + 0.0722 * B;
  };
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = rgba(getComputedStyle(e).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return rgba(getComputedStyle(document.documentElement).backgroundColor);
  };
  const faults = [];
  for (const element of document.querySelectorAll('body *')) {
    if (element.matches('title, option, video') || !element.checkVisibility()) continue;
    const text = [...element.childNodes].filter(n => n.nodeType === 3).map(n => n.data.trim()).join(' ').trim()
      || element.matches('input:not([type=checkbox], [type=radio], [type=hidden]), select') && element.name;
    if (!text) continue;
    const style = getComputedStyle(element), size = parseFloat(style.fontSize);
    const a = light(rgba(element.ownerSVGElement ? style.fill : style.color)), b = light(behind(element));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const need = size >= 24 || size >= 18.66 && style.fontWeight >= 700 ? 3 : 4.5;
    if (ratio < need) faults.push(text.slice(0, 40) + ' has ' + ratio.toFixed(2) + ':1');
  }
  return faults;
})()`

// point is where a time of today is on a camera's timeline, in the window.
func (b *browser) point(camera, clock string) (x, y float64) {
	b.Helper()
	p := js[[]float64](b, `(() => {
		const track = document.getElementById('track-`+camera+`'), s = document.getElementById('cameras').dataset;
		track.scrollIntoView({block: 'center'});
		const box = track.getBoundingClientRect(), t = Date.parse('2026-07-04T`+clock+`+02:00');
		return [box.left + box.width * (t - s.from) / (s.to - s.from), box.top + 22];
	})()`)
	return p[0], p[1]
}

// testPlays clicks in a timeline: real H.264 plays, and the next segment follows.
func testPlays(t *testing.T, ctx context.Context) {
	s := newSite(t, saturday)
	s.camera("k01-inngang", "Hovedinngang")
	s.camera("k02-ko", "Kø")
	s.record("k01-inngang", s.at("21:40:00"), short(t))
	s.record("k01-inngang", s.at("21:40:02"), short(t))
	s.record("k02-ko", s.at("21:40:00"), hevc(t))
	s.gap("k01-inngang", s.at("21:40:04"), s.at("21:45:00"), footage.CauseStalled, "")
	b := browse(ctx, s)
	b.open("/opptak?zoom=10m&lang=en")
	x, y := b.point("k01-inngang", "21:40:00.600")
	b.do(chromedp.MouseClickXY(x, y))
	b.wait(`document.querySelector('video')?.currentTime > 1 && document.querySelector('video').videoWidth === 320`)
	if got := js[string](b, `location.search`); !strings.Contains(got, "camera=k01-inngang") || !strings.Contains(got, "zoom=10m") {
		t.Errorf("the address is %s", got)
	}
	b.wait(`document.querySelector('video').src.includes('T194002') && document.querySelector('.playhead').textContent.startsWith('Sat 4 July 21:40:03')`)
	if left := js[string](b, `document.querySelector('#track-k01-inngang .head').style.left`); left == "" {
		t.Error("no playhead on the timeline")
	}
	// In the gap there is nothing to play, and the page says why.
	b.do(chromedp.MouseClickXY(b.point("k01-inngang", "21:43:00")))
	b.wait(`document.querySelector('.screen').textContent.includes('gap, the camera stopped sending pictures')`)
	// What lies under the pointer is said.
	b.wait(`document.querySelector('#track-k01-inngang .tip').textContent.includes('Gap: the camera stopped sending pictures')`)
	// Debian's Chromium has no H.265: the page says so and offers the file.
	b.do(chromedp.MouseClickXY(b.point("k02-ko", "21:40:01")))
	b.wait(`document.querySelector('.cannot')?.checkVisibility() && document.querySelector('.cannot').textContent.includes('H.265')`)
	file := js[string](b, `document.querySelector('a[download]').href`)
	if r, err := http.Get(file); err != nil || r.StatusCode != http.StatusOK {
		t.Errorf("%s: %v %v", file, r, err)
	} else {
		r.Body.Close()
	}
	b.clean()
}

// testHolds drags over a timeline, fills in the rest, and reads the answer.
func testHolds(t *testing.T, ctx context.Context) {
	s := newSite(t, saturday)
	s.camera("k01-inngang", "Hovedinngang")
	s.camera("k02-ko", "Kø")
	s.record("k01-inngang", s.at("21:40:00"), short(t))
	b := browse(ctx, s)
	b.open("/opptak?zoom=10m&lang=nb")
	x1, y := b.point("k01-inngang", "21:39:30")
	x2, _ := b.point("k01-inngang", "21:41:00")
	b.do(chromedp.DragAndDropXY(x1, y, x2, y))
	b.wait(`document.querySelector('#holdform [value=k01-inngang]').checked`)
	if from, to := js[string](b, `document.querySelector('[name=from_clock]').value`), js[string](b, `document.querySelector('[name=to_clock]').value`); from != "21:39:30" || to != "21:41:00" {
		t.Errorf("dragged from %s to %s", from, to)
	}
	if width := js[float64](b, `document.querySelector('#track-k01-inngang .chosen').getBoundingClientRect().width`); width < (x2-x1)*0.9 {
		t.Errorf("the choice is %f px wide, not %f", width, x2-x1)
	}
	if js[bool](b, `document.querySelector('video') !== null`) {
		t.Error("dragging plays")
	}
	b.do(
		chromedp.SetValue(chromedp.CSS("#ground"), "crime_likely"),
		chromedp.SendKeys(chromedp.CSS("#reason"), "Slagsmål ved døra, to skadd"),
	)
	if _, err := chromedp.RunResponse(b.ctx, chromedp.Click(chromedp.CSS("#holdform .primary"))); err != nil {
		t.Fatal(err)
	}
	b.wait(`document.querySelector('#hold h1')?.textContent === 'Sikringen H-2026-0001 er lagt'`)
	k, err := s.Holds.Show("H-2026-0001")
	if err != nil || k.Span != (footage.Span{From: s.at("21:39:30"), To: s.at("21:41:00")}) || k.Segments != 1 || k.Reason != "Slagsmål ved døra, to skadd" {
		t.Errorf("%+v %v", k, err)
	}
	if n := js[int](b, `document.querySelectorAll('#hold .missing li').length`); n != 2 {
		t.Errorf("%d spans are missing", n)
	}
	b.clean()
}

// testKeepsInput changes the world while a form is half filled in.
func testKeepsInput(t *testing.T, ctx context.Context) {
	s := newSite(t, saturday)
	s.camera("k01-inngang", "Hovedinngang")
	s.record("k01-inngang", s.at("21:40:00"), short(t))
	b := browse(ctx, s)
	b.open("/opptak?lang=nb")
	b.do(
		chromedp.Click(chromedp.CSS("#spans-k01-inngang summary")),
		chromedp.SendKeys(chromedp.CSS("#reason"), "Halvveis"),
	)
	s.mu.Lock()
	s.health[0].State, s.health[0].Cause, s.health[0].Since = footage.StateDown, footage.CauseEnded, s.at("21:46:00")
	s.mu.Unlock()
	s.record("k01-inngang", s.at("21:41:00"), short(t))
	b.wait(`document.querySelector('.camera .state').textContent.includes('kameraet brøt forbindelsen')`)
	b.wait(`document.querySelectorAll('#track-k01-inngang rect.footage').length === 2`)
	if got := js[string](b, `document.activeElement.id + ' ' + document.activeElement.value + ' ' + document.querySelector('#spans-k01-inngang').open`); got != "reason Halvveis true" {
		t.Errorf("left is %q", got)
	}
	b.clean()
	// When nobody answers any more, the page says so and keeps what it has.
	b.stop()
	b.wait(`document.getElementById('stale').checkVisibility() && document.getElementById('reason').value === 'Halvveis'`)
}

// testKeyboard does without a pointer.
func testKeyboard(t *testing.T, ctx context.Context) {
	s := newSite(t, saturday)
	s.camera("k01-inngang", "Hovedinngang")
	s.record("k01-inngang", s.at("21:40:00"), short(t))
	b := browse(ctx, s)
	b.open("/opptak?zoom=10m&lang=en") // 21:39 to 21:49
	b.do(
		chromedp.Focus(chromedp.CSS("#track-k01-inngang")),
		chromedp.KeyEvent(kb.Home),
		chromedp.KeyEvent("b"),
	)
	for range 30 {
		b.do(chromedp.KeyEvent(kb.ArrowRight))
	}
	if got := js[string](b, `document.activeElement.getAttribute('aria-valuetext')`); got != "21:40:00 · Footage" {
		t.Errorf("the cursor is at %q", got)
	}
	if outline := js[string](b, `getComputedStyle(document.activeElement).outlineStyle`); outline == "none" {
		t.Error("focus cannot be seen")
	}
	b.do(chromedp.KeyEvent(kb.Enter))
	b.wait(`document.querySelector('video')?.readyState > 1`)
	b.do(chromedp.KeyEvent(kb.ArrowRight, chromedp.KeyModifiers(chromedp.ModifierShift)), chromedp.KeyEvent("e"))
	if got := js[string](b, `document.querySelector('[name=from_clock]').value + ' ' + document.querySelector('[name=to_clock]').value`); got != "21:39:00 21:40:24" {
		t.Errorf("the form says %s", got)
	}
	b.clean()
}

// testExpires watches footage whose deadline comes.
func testExpires(t *testing.T, ctx context.Context) {
	s := newSite(t, saturday)
	s.camera("k01-inngang", "Hovedinngang")
	id := s.record("k01-inngang", s.at("21:40:00"), short(t))
	deadline := s.stored(id).Deadline
	s.setNow(deadline.Time().Add(-2 * time.Second))
	b := browse(ctx, s)
	b.open("/opptak?lang=en&camera=k01-inngang&at=" + s.at("21:40:00").String())
	b.wait(`document.querySelector('video')?.readyState > 1`)
	s.setNow(deadline.Time())
	b.wait(`document.querySelector('video') === null && document.querySelector('.screen').textContent.includes('deleted. Its deadline has passed.')`)
	b.clean()
}
