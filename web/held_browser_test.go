package web

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// testHeldSurvives holds a span on the page and comes back when its seven days are
// over: what is held plays, and the rest is gone.
func testHeldSurvives(t *testing.T, ctx context.Context) {
	s := newSite(t, saturday)
	s.camera("k01-inngang", "Hovedinngang")
	for _, at := range []string{"21:39:00", "21:40:00", "21:41:00"} {
		s.record("k01-inngang", s.at(at), short(t))
	}
	b := browse(ctx, s)
	b.TB = t
	b.open("/sikringer/ny?lang=nb&camera=k01-inngang&from=2026-07-04T19:40:00Z&to=2026-07-04T19:40:02Z")
	b.do(chromedp.SetValue(chromedp.CSS("#ground"), "crime_likely"), chromedp.SendKeys(chromedp.CSS("#reason"), "Slagsmål ved døra, to skadd"))
	if _, err := chromedp.RunResponse(b.ctx, chromedp.Click(chromedp.CSS("main form .primary"))); err != nil {
		t.Fatal(err)
	}
	b.wait(`location.pathname === '/sikringer/H-2026-0001'`)

	s.setNow(saturday.Add(7 * 24 * time.Hour))
	s.sweep()
	day := func() []string {
		return js[[]string](b, `fetch('/opptak/tidslinje?from=2026-07-04T10:00:00Z&to=2026-07-04T22:00:00Z').then(r => r.json())
			.then(d => d.cameras[0].runs.map(r => new Date(r[0]).toISOString()))`)
	}
	if got := day(); len(got) != 1 || got[0] != "2026-07-04T19:40:00.000Z" {
		t.Errorf("after seven days the timeline has %v", got)
	}
	b.open("/opptak?lang=nb&camera=k01-inngang&at=2026-07-04T19:40:00Z")
	b.state("k01-inngang", "playing")
	b.wait(`document.querySelector('video').currentTime > 0.2 && document.querySelector('video').videoWidth === 320`)
	b.open("/opptak?lang=nb&camera=k01-inngang&at=2026-07-04T19:41:00Z")
	why := b.state("k01-inngang", "gap")
	// The movie that is loaded is of all that is left around it: of what is held.
	if long := js[float64](b, `document.querySelector('.tile video').duration || 0`); long > 2.1 || !strings.Contains(why, "Slettefristen er passert.") {
		t.Errorf("what nobody held is still there, %.1f s: %q", long, why)
	}
	s.setNow(saturday.Add(30 * 24 * time.Hour))
	s.sweep()
	if got := day(); len(got) != 0 {
		t.Errorf("after thirty days the timeline has %v", got)
	}
}

// testTouch moves and zooms the timeline with fingers, and plays with a tap.
func testTouch(t *testing.T, ctx context.Context) {
	s := two(t)
	b := browse(ctx, s)
	b.TB = t
	b.open("/opptak?lang=en")
	b.look("21:30:00", "21:50:00")
	touch := func(kind input.DispatchTouchEventType, points ...*input.TouchPoint) {
		t.Helper()
		for i, p := range points {
			p.ID = new(float64(i))
		}
		if points == nil {
			points = []*input.TouchPoint{}
		}
		if _, err := chromedp.Call(b.ctx, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: kind, TouchPoints: points}); err != nil {
			t.Fatal(err)
		}
	}
	at := func(x, y float64) *input.TouchPoint { return &input.TouchPoint{X: x, Y: y} }
	window := func() [2]float64 {
		w := js[[]float64](b, `[Number(track.getAttribute('aria-valuemin')), Number(track.getAttribute('aria-valuemax'))]`)
		return [2]float64{w[0], w[1]}
	}
	x, y := b.point("k01-inngang", "21:40:00")
	before := window()
	touch("touchStart", at(x, y))
	touch("touchMove", at(x-60, y))
	touch("touchMove", at(x-120, y))
	touch("touchEnd")
	panned := window()
	if d := (panned[1] - panned[0]) - (before[1] - before[0]); panned[0] <= before[0] || d > 1 || d < -1 {
		t.Errorf("a finger moved it from %.0f to %.0f", before, panned)
	}
	touch("touchStart", at(x-50, y), at(x+50, y))
	touch("touchMove", at(x-100, y), at(x+100, y))
	touch("touchMove", at(x-150, y), at(x+150, y))
	touch("touchEnd")
	pinched := window()
	if r := (panned[1] - panned[0]) / (pinched[1] - pinched[0]); r < 2.8 || r > 3.2 {
		t.Errorf("fingers three times as far apart show it %.2f times as large", r)
	}
	b.look("21:39:00", "21:42:00")
	x, y = b.point("k01-inngang", "21:40:01")
	touch("touchStart", at(x, y))
	touch("touchEnd")
	b.state("k01-inngang", "playing")
	b.clean()
}

// testMissingHour types a time that the clocks never show: the page says so.
func testMissingHour(t *testing.T, ctx context.Context) {
	s := newSite(t, time.Date(2026, 3, 29, 12, 0, 0, 0, time.UTC))
	s.camera("k01-inngang", "Hovedinngang")
	s.record("k01-inngang", instant("2026-03-29T01:00:00Z"), short(t)) // 03:00, the first instant after it
	b := browse(ctx, s)
	b.TB = t
	b.open("/opptak?lang=nb&camera=k01-inngang")
	b.do(chromedp.SetValue(chromedp.CSS("#goto [name=clock]"), "0230"), chromedp.Click(chromedp.CSS("#goto button")))
	b.wait(`!document.getElementById('goto-wrong').hidden`)
	if got := js[string](b, `document.getElementById('goto-wrong').textContent`); got != "Klokken var aldri 02:30:00 denne natten." {
		t.Errorf("it says %q", got)
	}
	b.do(chromedp.SetValue(chromedp.CSS("#goto [name=clock]"), "0300"), chromedp.Click(chromedp.CSS("#goto button")))
	b.state("k01-inngang", "playing")
	if got := js[string](b, `document.querySelector('video').src`); !strings.Contains(got, "from=2026-03-29T01:00") {
		t.Errorf("plays %s", got)
	}
	b.clean()
}
