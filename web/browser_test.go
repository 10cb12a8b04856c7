package web

import (
	"context"
	"crypto/sha256"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/handover/verify"
	"github.com/sjudager/sjudager/holds/release"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web/account"
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
func chromium(t testing.TB) context.Context {
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
		// Tabs that are open side by side are in the background, all but one: none of them may
		// be put to sleep, its timers and its videos least of all. Containers have little
		// shared memory.
		chromedp.Flag("disable-background-timer-throttling", true),
		chromedp.Flag("disable-backgrounding-occluded-windows", true),
		chromedp.Flag("disable-renderer-backgrounding", true),
		chromedp.Flag("disable-background-media-suspend", true),
		chromedp.Flag("disable-dev-shm-usage", true),
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
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute) // a promise may never be kept
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatalf("%s: %v", expression, err)
	}
	return v
}

// wait polls until a condition holds in the page, or in the one that it leads to.
func (b *browser) wait(condition string) {
	b.Helper()
	for moved := 0; ; moved++ {
		_, err := chromedp.Run(b.ctx, chromedp.Poll[bool](condition, chromedp.WithPollingTimeout(30*time.Second)))
		if err == nil {
			return
		}
		if moved == 5 || !strings.Contains(err.Error(), "navigated") && !strings.Contains(err.Error(), "find context") {
			b.Fatalf("waiting for %s: %v", condition, err)
		}
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

// narrow checks that nothing of the page sticks out sideways.
func (b *browser) narrow(name string) {
	b.Helper()
	if over := js[int](b, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
		b.Errorf("%s: the page is %d px too wide: %s", name, over, js[string](b,
			`[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.tagName + '.' + e.className?.baseVal ?? e.className).slice(0, 8).join(' ')`))
	}
}

// shoot writes a screenshot of the whole page to the folder that SJUDAGER_SHOTS
// names, if it names one, and checks that nothing sticks out sideways.
func (b *browser) shoot(name string) {
	b.Helper()
	b.narrow(name)
	folder := os.Getenv("SJUDAGER_SHOTS")
	if folder == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.MkdirAll(folder, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, name+".png"), png, 0o644)
	}
	if err != nil {
		b.Fatal(err)
	}
}

// clean fails the test if the page complained, or asked anybody else for anything.
// The browser itself writes a line for each answer that is a refusal; those of the
// given statuses are expected.
func (b *browser) clean(expected ...string) {
	b.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, line := range b.console {
		if slices.ContainsFunc(expected, func(status string) bool {
			return strings.Contains(line, "the server responded with a status of "+status)
		}) {
			continue
		}
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
	scene := func(camera footage.CameraID, from, to footage.Instant) {
		for i := from; i < to; i = i.Add(20 * time.Second) {
			s.spool(camera, i, demo(s.TB, string(camera)))
		}
	}
	for _, camera := range []footage.CameraID{ids[0], ids[2]} {
		fill(camera, s.at("15:00:00"), s.at("19:50:00"))
		scene(camera, s.at("19:50:00"), s.at("19:55:00"))
		fill(camera, s.at("19:55:00"), s.at("21:40:00"))
		scene(camera, s.at("21:40:00"), s.at("21:45:00"))
	}
	fill(ids[1], s.at("15:00:00"), s.at("21:40:00"))
	scene(ids[1], s.at("21:40:00"), s.at("21:45:00"))
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

// yesterday has the ledger begin a day earlier.
func yesterday(s *site) {
	s.Helper()
	now := s.now
	s.setNow(now.AddDate(0, 0, -1))
	if _, err := s.Notary.Checkpoint(); err != nil {
		s.Fatal(err)
	}
	s.setNow(now)
}

// requested enters what people and the police have asked for of that evening, as the
// pages list it, and states the day before, of which
// yesterday has made one.
func requested(s *site) {
	s.Helper()
	window := []holds.Selection{{Cameras: []footage.CameraID{"k01-inngang", "k02-ko"}, Span: footage.Span{From: s.at("19:00:00"), To: s.at("19:30:00")}}}
	do := func(err error) {
		s.Helper()
		if err != nil {
			s.Fatal(err)
		}
	}
	received := s.at("10:00:00").Add(-20 * 24 * time.Hour)
	_, err := s.Holds.Register(holds.NewRequest{Type: "access", Channel: "email", Reference: "sak 2026/114", Received: received, Window: window, By: byAnybody})
	do(err)
	_, err = s.Holds.Register(holds.NewRequest{Type: holds.RightRestriction, Channel: "in_person", Window: window[:1], By: byAnybody})
	do(err)
	_, err = s.Holds.DecideRequest("I-2026-0002", "full", "Retten til begrensning gjelder her.", byAnybody)
	do(err)
	_, err = s.Holds.Register(holds.NewRequest{Type: "recipients", Channel: "letter", Received: received.Add(-30 * 24 * time.Hour), By: byAnybody})
	do(err)
	_, err = s.Holds.EnterAppeal(holds.Appeal{District: "Oslo politidistrikt", Area: window, Source: "https://www.politiet.no/aktuelt?id=4711", Case: "16482011"}, byAnybody)
	do(err)
	_, err = s.Statements.Day("2026-07-03")
	do(err)
}

// released enters releases of that evening: a draft, one that is packed, one that has
// been handed over and corrected since, and one whose package waits to be made.
func released(s *site) {
	s.Helper()
	of := []holds.Selection{{Cameras: []footage.CameraID{"k01-inngang", "k02-ko"}, Span: footage.Span{From: s.at("19:50:00"), To: s.at("20:00:00")}}}
	_, leo := s.person("leo", account.Lead)
	_, ane := s.person("ane", account.Approver)
	lead, approver, now := leo.ID, ane.ID, s.now
	later := func() { s.setNow(s.now.Add(4 * time.Minute)) }
	s.setNow(now.Add(-45 * time.Minute))
	s.Releases.Build = func(_ context.Context, b release.Build) (release.Built, error) {
		return release.Built{Parts: b.Parts, Bytes: 61_400_000, Files: 47, Manifest: sha256.Sum256([]byte("manifest")), Key: verify.Fingerprint(sha256.Sum256([]byte("key"))).String()}, nil
	}
	var facts release.Facts
	facts.Kind, facts.Basis, facts.Recipient, facts.Organisation = release.Copy, release.PoliceDemand, release.Police, "Oslo politidistrikt"
	facts.How, facts.AskedAt, facts.Asked, facts.Hold, facts.Minors = release.Phone, s.at("20:30:00"), of, "H-2026-0001", true
	facts.Asker = release.Person{Name: "Kari Nordmann", Service: "P1234", Unit: "Sentrum", Contact: "kari.nordmann@politiet.no"}
	facts.Identity, facts.Case, facts.Concerns, facts.Purpose = "ringte tilbake til 02800", "16482011", "Slagsmål i køen, to personer skadd", "Etterforskning: hvem som begynte, og hvor de gikk"
	do := func(_ release.Release, err error) {
		s.Helper()
		if err != nil {
			s.Fatal(err)
		}
	}
	for range 3 {
		do(s.Releases.Request(facts, lead))
		facts.How, facts.Minors = "mail", false
		facts.Given = []holds.Selection{{Cameras: of[0].Cameras[:1], Span: of[0].Span}}
		facts.Differs = "Køen viser bare andre."
	}
	facts.Basis, facts.How, facts.Asked, facts.Assessment = release.OwnInitiative, release.NotAsked, nil, "To er hardt skadd, og gjerningsmannen er ikke kjent."
	do(s.Releases.Request(facts, lead))
	later()
	for _, number := range []string{"U-2026-0002", "U-2026-0003", "U-2026-0004"} {
		do(s.Releases.Approve(number, approver))
		do(s.Releases.StartExport(number, release.Order{Form: release.AES}, lead))
		if number != "U-2026-0004" {
			later()
			s.Releases.BuildNext(context.Background())
		}
	}
	later()
	do(s.Releases.Deliver("U-2026-0003", release.Handover{Channel: release.ByHand, Medium: "Kingston DataTraveler 64 GB", Serial: "K77-1204", Seal: "A 004711", HandedBy: "Leo Lund", Received: "Kari Nordmann", Where: "Vaktrommet"}, lead))
	later()
	do(s.Releases.Correct("U-2026-0003", "Saksnummeret var feil i telefonen", func(f *release.Facts) error {
		f.Case = "16482017"
		return nil
	}, lead))
	s.setNow(now)
}

// demo is twenty seconds of one of the demo's cameras, in H.264.
func demo(t testing.TB, camera string) string {
	return clip(t, "-i ../cmd/testcam/clips/"+camera+".mp4 -t 20 -c:v libx264 -preset veryfast -bf 0 -g 25")
}

// TestBrowser uses the page as people do, in a real Chromium. With SJUDAGER_SHOTS
// set to a folder it leaves its screenshots there.
func TestBrowser(t *testing.T) {
	ctx := chromium(t)
	for name, test := range map[string]func(*testing.T, context.Context){
		"looks":       testLooks,
		"first hold":  testFirstHold,
		"plays":       testPlays,
		"in step":     testInStep,
		"holds":       testHolds,
		"quick":       testQuick,
		"rows":        testRows,
		"keeps input": testKeepsInput,
		"keyboard":    testKeyboard,
		"clocks":      testRepeatedHour,
		"expires":     testExpires,
		"idle":        testIdle,
		"accessible":  testAccessible,
		"small":       testSmall,
		"survives":    testHeldSurvives,
		"touch":       testTouch,
		"spring":      testMissingHour,
		"camera test": testCameraButton,
		"releases":    testReleases,
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
	yesterday(s)
	evening(s)
	requested(s)
	released(s)
	empty := newSite(t, saturday)
	autumn := newSite(t, time.Date(2026, 10, 25, 4, 10, 0, 0, time.UTC))
	autumn.camera("k01-inngang", "Hovedinngang")
	for i := autumn.at("00:00:00"); i < footage.At(autumn.now).Add(-10*time.Minute); i = i.Add(5 * time.Minute) {
		autumn.spool("k01-inngang", i, long(t))
	}
	autumn.ingest()
	week := newSite(t, saturday)
	evening(week)
	week.setNow(saturday.Add(7*24*time.Hour - 2*time.Hour))
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
		{"deletion", s, "/sletting?lang=nb&camera=k01-inngang&from_day=2026-07-04&from_clock=19:30&to_day=2026-07-04&to_clock=20:30", ""},
		{"holdform", s, "/sikringer/ny?lang=nb&camera=k01-inngang", ""},
		{"dialog", s, "/opptak?lang=nb&camera=k01-inngang&camera=k03-scenekant&at=2026-07-04T17:52:05Z", `document.querySelector('video')?.currentTime > 126 && (document.querySelector('dialog[open]') !== null || (document.getElementById('hold-button').click(), false)) && document.getElementById('estimate')?.textContent.includes('finnes')`},
		{"log", s, "/logg?lang=en", ""},
		{"settings", s, "/innstillinger?lang=nb", ""},
		{"footage", s, "/opptak?lang=nb&camera=k01-inngang&camera=k03-scenekant&at=2026-07-04T17:52:05Z", `document.querySelector('video')?.currentTime > 128`},
		{"day", s, "/opptak?lang=en", `document.getElementById('track').getAttribute('aria-valuetext').includes('Hovedinngang')`},
		{"hold", s, "/sikringer/H-2026-0001?lang=nb&just=placed", ""},
		{"close", s, "/sikringer/H-2026-0001?lang=en&close=yes", ""},
		{"delivered", s, "/sikringer/H-2026-0001?lang=nb&close=yes", `(document.querySelector('[value=delivered]').click(), document.querySelector('[name=when][value=at]').click(), true)`},
		{"holds-nb", s, "/sikringer?lang=nb", ""},
		{"appealform", s, "/sikringer/oppfordring?lang=nb", ""},
		{"appeal", s, "/sikringer/oppfordring/A-2026-0001?lang=nb&just=entered", ""},
		{"releases", s, "/utleveringer?lang=nb", ""},
		{"releaseform", s, "/utleveringer/ny?lang=nb&hold=H-2026-0001", ""},
		{"release-draft", s, "/utleveringer/U-2026-0001?lang=nb", `document.querySelector('video')?.readyState > 1`},
		{"release-exported", s, "/utleveringer/U-2026-0002?lang=nb", ""},
		{"requests", s, "/innsyn?lang=nb&closed=true", ""},
		{"requestform", s, "/innsyn/ny?lang=nb", ""},
		{"request", s, "/innsyn/I-2026-0001?lang=nb&just=entered", ""},
		{"decided", s, "/innsyn/I-2026-0002?lang=en&just=decided", ""},
		{"statement", s, "/sletting/dag/2026-07-03?lang=nb", ""},
		{"edge", week, "/opptak?lang=nb&camera=k01-inngang&at=2026-07-04T17:30:00Z", `document.querySelector('.tile')?.dataset.state === 'gap'`},
		{"empty", empty, "/?lang=nb", ""},
		{"autumn", autumn, "/opptak?lang=en&camera=k01-inngang&at=2026-10-25T01:31:00Z", `document.querySelector('video')?.readyState > 1`},
	} {
		b := browse(ctx, p.site)
		b.TB = t
		for _, look := range []struct {
			name          string
			width, height int64
			scheme        string
		}{{"dark", 1280, 900, "dark"}, {"light", 1280, 900, "light"}, {"phone", 360, 740, "dark"}, {"phone-light", 360, 740, "light"}} {
			if os.Getenv("SJUDAGER_SHOTS") == "" && (look.name == "light" || look.name == "phone") {
				continue // both schemes and both widths are looked at without them
			}
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
		b.clean("404")
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
