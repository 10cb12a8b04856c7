package web

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/sjudager/sjudager/vault/footage"
)

// axe is the source of axe-core, which finds faults of accessibility.
func axe(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(cache, "sjudager", "axe-core-4.11.0", "axe.min.js"))
	if err != nil {
		t.Fatalf("%v: make tools", err)
	}
	return string(b)
}

// axeFaults asks axe-core for what it calls serious or critical.
const axeFaults = `axe.run(document, {resultTypes: ['violations']}).then(r => r.violations
				.filter(v => v.impact === 'serious' || v.impact === 'critical')
				.map(v => v.impact + ' ' + v.id + ': ' + v.help + ': ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 120)).join(' | ')))`

// testAccessible runs axe-core over every page, wide and narrow, and over the open
// dialogs: no fault that it calls serious or critical.
func testAccessible(t *testing.T, ctx context.Context) {
	s := newSite(t, saturday)
	yesterday(s)
	evening(s)
	requested(s)
	released(s)
	b := browse(ctx, s)
	source := axe(t)
	for _, p := range []struct{ path, before string }{
		{"/", ""},
		{"/opptak", ""},
		{"/opptak?lang=en&camera=k01-inngang&camera=k04-lasterampe&at=2026-07-04T18:29:50Z", ""},
		{"/opptak?camera=k01-inngang", `document.getElementById('hold-button').click()`},
		{"/opptak?camera=k01-inngang", `document.getElementById('quick-button').click()`},
		{"/opptak?camera=k01-inngang", `document.getElementById('help-button').click()`},
		{"/sikringer?ended=true", ""},
		{"/sikringer/ny", ""},
		{"/sikringer/H-2026-0001?lang=en&close=yes", ""},
		{"/sikringer/H-2026-0001?narrow=yes", ""},
		{"/sletting?camera=k01-inngang&from_day=2026-07-04&from_clock=15:00&to_day=2026-07-04&to_clock=16:00", ""},
		{"/sikringer/oppfordring", ""},
		{"/sikringer/oppfordring/A-2026-0001", ""},
		{"/utleveringer", ""},
		{"/utleveringer/ny?hold=H-2026-0001", `document.querySelectorAll('[name=less], [name=secret], details').forEach(e => e.matches('details') ? e.open = true : e.click())`},
		{"/utleveringer/U-2026-0001", "document.querySelectorAll('details').forEach(d => d.open = true)"},
		{"/utleveringer/U-2026-0002?lang=en", "document.querySelectorAll('details').forEach(d => d.open = true)"},
		{"/utleveringer/U-2026-0003?log=yes", "document.querySelectorAll('details').forEach(d => d.open = true)"},
		{"/utleveringer/U-2026-0004", "document.querySelectorAll('details').forEach(d => d.open = true)"},
		{"/innsyn?closed=true", ""},
		{"/innsyn/ny", ""},
		{"/innsyn/I-2026-0001", ""},
		{"/innsyn/I-2026-0002?lang=en", ""},
		{"/sletting/dag/2026-07-03", ""},
		{"/logg", ""},
		{"/innstillinger", ""},
		{"/nothing", ""},
	} {
		b.screen(1280, 900, "dark")
		b.open(p.path)
		if p.before != "" {
			js[any](b, p.before)
			if strings.Contains(p.before, "-button") {
				b.wait(`document.querySelector('dialog[open]') !== null`)
				time.Sleep(200 * time.Millisecond) // what the dialog asks for comes
			}
		}
		b.do(chromedp.Evaluate[chromedp.Void](source))
		for _, width := range []int64{1280, 360} {
			b.screen(width, 800, "dark")
			b.narrow(p.path)
			for _, fault := range js[[]string](b, axeFaults) {
				t.Errorf("%s %s at %d px: %s", p.path, p.before, width, fault)
			}
		}
	}
}

// pageLimit is how large a page may be without its pictures, with its style and its
// scripts.
const pageLimit = 100_000 // bytes

// pageSize is how many bytes a page has loaded, without its pictures.
const pageSize = `[...performance.getEntriesByType('resource'), ...performance.getEntriesByType('navigation')]
	.filter(e => !/\.mp4/.test(e.name) && e.initiatorType !== 'fetch').reduce((sum, e) => sum + e.decodedBodySize, 0)`

// testSmall measures what every page of a site with 64 cameras loads, but for
// pictures, and for the data that the timeline asks for afterwards.
func testSmall(t *testing.T, ctx context.Context) {
	s := newSite(t, saturday)
	evening(s)
	for i := range 60 { // as a large site has them
		s.camera(footage.CameraID("k9-"+string(rune('a'+i/26))+string(rune('a'+i%26))), "Et kamera til")
	}
	b := browse(ctx, s)
	for _, item := range menu {
		b.open(item.Path)
		b.wait(`document.readyState === 'complete'`)
		size := js[int](b, pageSize)
		t.Logf("%s: %.0f kB", item.Path, float64(size)/1000)
		if size > pageLimit {
			t.Errorf("%s is %d bytes", item.Path, size)
		}
	}
}
