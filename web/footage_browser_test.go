package web

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/sjudager/sjudager/vault/footage"
)

// look narrows the timeline to a span of today, and waits for what is in it.
func (b *browser) look(from, to string) {
	b.Helper()
	b.wait(`document.getElementById('track').getAttribute('aria-valuetext') !== ''`)
	for range 60 { // to the middle of what is asked for, and then closer, as with a wheel
		shown := js[[]float64](b, `[Number(track.getAttribute('aria-valuemin')), Number(track.getAttribute('aria-valuemax'))]`)
		want := js[[]float64](b, `['`+from+`', '`+to+`'].map(c => Date.parse('2026-07-04T' + c + '+02:00'))`)
		length, off := shown[1]-shown[0], (want[0]+want[1]-shown[0]-shown[1])/2
		if math.Abs(off) < length/20 && length < 2*(want[1]-want[0]) {
			return
		}
		pan := math.Abs(off) >= length/20
		delta := -150.0
		if pan {
			delta = 1000 * off / length
		}
		js[any](b, fmt.Sprintf(`(() => {
			const box = lanes.getBoundingClientRect();
			track.dispatchEvent(new WheelEvent('wheel', {deltaY: %f, shiftKey: %v, clientX: box.left + box.width / 2, clientY: box.top + 5, bubbles: true, cancelable: true}));
		})()`, delta, pan))
	}
	b.Fatalf("the timeline never came to %s–%s", from, to)
}

// point is where a time of today is on a camera's timeline, in the window.
func (b *browser) point(camera, clock string) (x, y float64) {
	b.Helper()
	p := js[[]float64](b, `(() => {
		track.scrollIntoView({block: 'center'});
		const row = [...document.querySelectorAll('.names input')].findIndex(i => i.value === '`+camera+`');
		const box = lanes.getBoundingClientRect(), t = Date.parse('2026-07-04T`+clock+`+02:00');
		const from = Number(track.getAttribute('aria-valuemin')), to = Number(track.getAttribute('aria-valuemax'));
		return [box.left + box.width * (t - from) / (to - from), box.top + 28 * row + 14];
	})()`)
	return p[0], p[1]
}

// state waits until a camera's tile is in a state, and returns what it says.
func (b *browser) state(camera, state string) string {
	b.Helper()
	tile := `document.querySelector('.tile[data-camera="` + camera + `"]')`
	b.wait(tile + `?.dataset.state === '` + state + `'`)
	return js[string](b, tile+`.querySelector('.why').textContent`)
}

// two is a site with two cameras, of which one has a gap and the other H.265.
func two(t *testing.T) *site {
	s := newSite(t, saturday)
	s.camera("k01-inngang", "Hovedinngang")
	s.camera("k02-ko", "Kø")
	s.record("k01-inngang", s.at("21:40:00"), short(t))
	s.record("k01-inngang", s.at("21:40:02"), short(t))
	s.gap("k01-inngang", s.at("21:40:04"), s.at("21:45:00"), footage.CauseStalled, "")
	s.record("k01-inngang", s.at("21:45:00"), short(t))
	s.record("k02-ko", s.at("21:40:00"), hevc(t))
	return s
}

// testFirstHold is what a guard does who has never seen the page: from the overview
// to the footage, to the moment, and to a hold, by what the page says.
func testFirstHold(t *testing.T, ctx context.Context) {
	s := two(t)
	b := browse(ctx, s)
	b.open("/?lang=nb")
	if _, err := chromedp.RunResponse(b.ctx, chromedp.Click(chromedp.CSS(`#menu a[href^="/opptak"]`))); err != nil {
		t.Fatal(err)
	}
	b.do(
		chromedp.Click(chromedp.CSS(`.names input[value=k01-inngang]`)),
		chromedp.SetValue(chromedp.CSS("#goto [name=clock]"), "21.40"),
		chromedp.Click(chromedp.CSS("#goto button")),
	)
	b.state("k01-inngang", "playing")
	b.do(chromedp.Click(chromedp.CSS("#hold-button")))
	b.wait(`document.getElementById('estimate')?.textContent.includes('finnes nå')`)
	b.do(
		chromedp.SetValue(chromedp.CSS("#ground"), "crime_likely"),
		chromedp.SendKeys(chromedp.CSS("#reason"), "Slagsmål ved døra, to skadd"),
		chromedp.Click(chromedp.CSS("#hold-dialog .primary")),
	)
	b.wait(`document.querySelector('#hold-dialog #hold h1')?.textContent === 'Sikringen H-2026-0001 er lagt'`)
	if k, err := s.Holds.Show("H-2026-0001"); err != nil || k.Segments < 2 || !slices.Equal(k.Cameras, []footage.CameraID{"k01-inngang"}) {
		t.Errorf("%+v %v", k, err)
	}
	b.shoot("placed-dark")
	b.clean()
}

// testPlays clicks in the timeline: real H.264 plays across segments, a gap is shown
// as such while the clock goes on, and what comes after it plays.
func testPlays(t *testing.T, ctx context.Context) {
	s := two(t)
	b := browse(ctx, s)
	b.open("/opptak?lang=en")
	b.look("21:39:00", "21:46:00")
	b.do(chromedp.MouseClickXY(b.point("k01-inngang", "21:40:01")))
	b.state("k01-inngang", "playing")
	b.wait(`document.querySelector('video').currentTime > 2.2 && document.querySelector('video').videoWidth === 320`)
	// What lies under the pointer is said.
	x, y := b.point("k01-inngang", "21:43:00")
	b.do(chromedp.MouseEvent(chromedp.MouseMoved, x, y))
	b.wait(`tip.textContent.includes('Gap: the camera stopped sending pictures')`)
	if why := b.state("k01-inngang", "gap"); !strings.Contains(why, "Gap: the camera stopped sending pictures") {
		t.Errorf("in the gap the tile says %q", why)
	}
	before := js[string](b, `document.getElementById('at-clock').textContent`)
	b.wait(`document.getElementById('at-clock').textContent > '` + before + `'`) // the clock goes on
	b.do(chromedp.Click(chromedp.CSS(".why button")))
	b.state("k01-inngang", "playing")
	b.wait(`document.getElementById('at-clock').textContent >= '21:45:00'`)
	if got := js[string](b, `location.search`); !strings.Contains(got, "camera=k01-inngang") || !strings.Contains(got, "at=2026-07-04T19") {
		t.Errorf("the address is %s", got)
	}
	// Debian's Chromium has no H.265: the page says so and offers the file.
	b.do(chromedp.MouseClickXY(b.point("k02-ko", "21:40:01")))
	if why := b.state("k02-ko", "cannot"); !strings.Contains(why, "cannot play this video (H.265)") {
		t.Errorf("H.265: %q", why)
	}
	file := js[string](b, `document.querySelector('.why a[download]').href`)
	if r, err := http.Get(file); err != nil || r.StatusCode != http.StatusOK || !strings.HasPrefix(r.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("%s: %v %v", file, r, err)
	} else {
		r.Body.Close()
	}
	b.clean()
}

// burned is half a minute whose every frame has its number in it: the left half is as
// bright as its low four bits, the right half as its high ones.
func burned(t testing.TB) string {
	return clip(t, `-f lavfi -i color=c=black:size=64x32:rate=25:duration=30,format=yuv420p,geq=lum='if(lt(X,32),24+12*mod(N,16),24+12*mod(floor(N/16),16))':cb=128:cr=128 -c:v libx264 -preset veryfast -qp 4 -g 25`)
}

// testInStep plays four cameras that began at different moments: after a while, and
// after a seek, the clocks burned into their pictures are within a frame of each other.
func testInStep(t *testing.T, ctx context.Context) {
	s := newSite(t, saturday)
	var query strings.Builder
	for i := range 4 {
		id := footage.CameraID(fmt.Sprintf("k%02d", i))
		s.camera(id, "Kamera "+string(id))
		s.record(id, s.at("21:40:00").Add(time.Duration(i)*1370*time.Millisecond), burned(t))
		query.WriteString("&camera=" + string(id))
	}
	b := browse(ctx, s)
	b.open("/opptak?lang=en&at=2026-07-04T19:40:08Z" + query.String())
	// measure is the wall time of the frame that each tile shows, by its own pixels, in
	// one moment; relative, in seconds.
	const measure = `(() => {
		const canvas = document.createElement('canvas'), g = canvas.getContext('2d', {willReadFrequently: true});
		canvas.width = 64; canvas.height = 32;
		return [...document.querySelectorAll('.tile video')].map((v, i) => {
			g.drawImage(v, 0, 0, 64, 32);
			const nibble = x => Math.round(((g.getImageData(x, 16, 1, 1).data[0] * 219 / 255 + 16) - 24) / 12);
			return (nibble(16) + 16 * nibble(48)) / 25 + i * 1.37;
		});
	})()`
	worst := 0.0
	check := func(what string, n int) {
		t.Helper()
		var spreads []float64
		for range n {
			wall := js[[]float64](b, `new Promise(done => requestAnimationFrame(() => done(`+measure+`)))`)
			for i := range wall { // the number wraps after 256 frames
				for wall[i] < wall[0]-5.12 {
					wall[i] += 10.24
				}
				for wall[i] > wall[0]+5.12 {
					wall[i] -= 10.24
				}
			}
			spreads = append(spreads, slices.Max(wall)-slices.Min(wall))
			time.Sleep(60 * time.Millisecond)
		}
		slices.Sort(spreads)
		// On a busy machine single pictures come late; what is typical does not.
		median := spreads[len(spreads)/2]
		worst = max(worst, median)
		t.Logf("%s: apart by %.0f ms in the middle, %.0f ms at the most", what, 1000*median, 1000*spreads[len(spreads)-1])
		if median > 0.0401 {
			t.Errorf("%s: %.3f s apart", what, median)
		}
	}
	for i := range 4 {
		b.state(fmt.Sprintf("k%02d", i), "playing")
	}
	b.wait(`[...document.querySelectorAll('video')].every(v => !v.paused && v.currentTime > 2)`)
	time.Sleep(1500 * time.Millisecond)
	check("playing", 12)
	b.do(chromedp.KeyEvent("j"))
	b.wait(`[...document.querySelectorAll('video')].every(v => !v.seeking && !v.paused)`)
	time.Sleep(1500 * time.Millisecond)
	check("after a seek", 12)
	b.do(chromedp.SetValue(chromedp.CSS("#speed"), "2"), chromedp.Evaluate[chromedp.Void](`speed.dispatchEvent(new Event('change'))`))
	time.Sleep(time.Second)
	if rates := js[float64](b, `Math.min(...[...document.querySelectorAll('video')].map(v => v.playbackRate))`); rates < 1.5 {
		t.Errorf("at twice the speed they play at %v", rates)
	}
	// Stopped, and stepped by single frames, they agree to the frame.
	b.do(chromedp.KeyEvent(" "))
	b.wait(`[...document.querySelectorAll('video')].every(v => v.paused && !v.seeking)`)
	b.do(chromedp.KeyEvent("."))
	settled := `new Promise(done => setTimeout(done, 400))`
	js[any](b, settled)
	first := js[[]float64](b, measure)
	b.do(chromedp.KeyEvent("."))
	js[any](b, settled)
	second := js[[]float64](b, measure)
	for i := range first {
		if step := math.Mod(second[i]-first[i]+10.24, 10.24); math.Abs(step-0.04) > 0.0401 {
			t.Errorf("camera %d steps by %.3f s", i, step)
		}
		if d := math.Mod(math.Abs(second[i]-second[0]), 10.24); min(d, 10.24-d) > 0.0401 {
			t.Errorf("stopped, camera %d is %.3f s from the first", i, d)
		}
	}
	if step := math.Mod(second[0]-first[0]+10.24, 10.24); math.Abs(step-0.04) > 0.001 {
		t.Errorf("a step is %.3f s", step)
	}
	b.clean()
}

// testHolds drags over the timeline, fills in the rest, and reads the answer.
func testHolds(t *testing.T, ctx context.Context) {
	s := two(t)
	b := browse(ctx, s)
	b.open("/opptak?lang=nb")
	b.look("21:39:00", "21:42:00")
	x1, y := b.point("k01-inngang", "21:39:30")
	x2, _ := b.point("k01-inngang", "21:41:00")
	b.do(chromedp.DragAndDropXY(x1, y, x2, y))
	b.wait(`!selection.hidden && selection.textContent.includes('21:39:30 – 21:41:00') && selection.textContent.includes('Hovedinngang')`)
	if js[bool](b, `document.querySelector('video') !== null`) {
		t.Error("dragging plays")
	}
	b.do(chromedp.Click(chromedp.CSS("#selection .primary")))
	b.wait(`document.getElementById('estimate')?.textContent.includes('finnes nå')`)
	if from, to := js[string](b, `document.querySelector('[name=from_clock]').value`), js[string](b, `document.querySelector('[name=to_clock]').value`); from != "21:39:30" || to != "21:41:00" {
		t.Errorf("dragged from %s to %s", from, to)
	}
	// What is wrong is said at its field, and nothing is lost.
	b.do(
		chromedp.SetValue(chromedp.CSS("#hold-dialog [name=to_clock]"), "21:39:00"),
		chromedp.SetValue(chromedp.CSS("#ground"), "crime_likely"),
		chromedp.SendKeys(chromedp.CSS("#reason"), "Slagsmål ved døra, to skadd"),
		chromedp.Click(chromedp.CSS("#hold-dialog .primary")),
	)
	b.wait(`document.getElementById('to-wrong')?.textContent.includes('Slutten må være etter begynnelsen')`)
	b.do(
		chromedp.SetValue(chromedp.CSS("#hold-dialog [name=to_clock]"), "21:41:00"),
		chromedp.Click(chromedp.CSS("#hold-dialog .primary")),
	)
	b.wait(`document.querySelector('#hold h1')?.textContent === 'Sikringen H-2026-0001 er lagt'`)
	k, err := s.Holds.Show("H-2026-0001")
	if err != nil || k.Span != (footage.Span{From: s.at("21:39:30"), To: s.at("21:41:00")}) || k.Segments != 2 || k.Reason != "Slagsmål ved døra, to skadd" {
		t.Errorf("%+v %v", k, err)
	}
	if n := js[int](b, `document.querySelectorAll('#hold .missing li').length`); n != 2 {
		t.Errorf("%d spans are missing", n)
	}
	b.clean("400")
}

// testQuick holds in two clicks.
func testQuick(t *testing.T, ctx context.Context) {
	s := two(t)
	b := browse(ctx, s)
	b.open("/opptak?lang=en&camera=k01-inngang&at=2026-07-04T19:40:01Z")
	b.state("k01-inngang", "playing")
	b.do(chromedp.Click(chromedp.CSS("#quick-button")), chromedp.Click(chromedp.CSS("#quick-dialog [name=zone]")))
	b.wait(`document.querySelector('#hold-dialog #hold h1')?.textContent === 'Hold H-2026-0001 is placed'`)
	if k, err := s.Holds.Show("H-2026-0001"); err != nil || !k.Quick || len(k.Cameras) != 2 {
		t.Errorf("%+v %v", k, err)
	}
	b.clean()
}

// testKeepsInput changes the world while something is half done.
func testKeepsInput(t *testing.T, ctx context.Context) {
	s := two(t)
	b := browse(ctx, s)
	b.open("/opptak?lang=nb&camera=k01-inngang")
	b.do(
		chromedp.Click(chromedp.CSS("#spans-k01-inngang summary")),
		chromedp.SetValue(chromedp.CSS("#goto [name=clock]"), "21:4"),
		chromedp.Focus(chromedp.CSS("#goto [name=clock]")),
	)
	s.mu.Lock()
	s.alarms = []footage.Alarm{{Code: footage.AlarmStore, Since: s.at("21:46:00")}}
	s.mu.Unlock()
	s.record("k01-inngang", s.at("21:46:00"), short(t))
	b.wait(`document.getElementById('alarms').textContent.includes('Lageret tar ikke imot opptak')`)
	b.wait(`document.querySelectorAll('#spans-k01-inngang li').length === 4`)
	if got := js[string](b, `document.activeElement.name + ' ' + document.activeElement.value + ' ' + document.querySelector('#spans-k01-inngang').open`); got != "clock 21:4 true" {
		t.Errorf("left is %q", got)
	}
	b.clean()
	// When nobody answers any more, the page says so and keeps what it has.
	b.stop()
	b.wait(`document.getElementById('stale').checkVisibility()`)
}

// testKeyboard does without a pointer: finds, watches, selects, holds.
func testKeyboard(t *testing.T, ctx context.Context) {
	s := two(t)
	b := browse(ctx, s)
	b.open("/opptak?lang=en")
	b.look("21:39:00", "21:42:00")
	valuetext := func() string { return js[string](b, `document.activeElement.getAttribute('aria-valuetext')`) }
	b.do(chromedp.Focus(chromedp.CSS("#track")), chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowUp), chromedp.KeyEvent(kb.Home))
	for range 600 {
		if strings.Contains(valuetext(), "21:40:0") {
			break
		}
		b.do(chromedp.KeyEvent(kb.ArrowRight))
	}
	if got := valuetext(); !strings.HasPrefix(got, "Hovedinngang, Sat") || !strings.HasSuffix(got, ": Footage") {
		t.Errorf("the cursor is at %q", got)
	}
	if outline := js[string](b, `getComputedStyle(document.activeElement).outlineStyle`); outline == "none" {
		t.Error("focus cannot be seen")
	}
	b.do(chromedp.KeyEvent("b"), chromedp.KeyEvent(kb.Enter))
	b.wait(`document.querySelector('.tile[data-camera=k01-inngang] video')?.readyState > 1`)
	b.do(chromedp.KeyEvent("k")) // stop
	b.wait(`document.querySelector('[data-do=play]').textContent === 'Play'`)
	b.do(chromedp.KeyEvent(kb.ArrowRight, chromedp.KeyModifiers(chromedp.ModifierShift)), chromedp.KeyEvent("e"), chromedp.KeyEvent("s"))
	b.wait(`document.activeElement.id === 'ground' && document.getElementById('estimate')?.textContent.includes('there now')`)
	b.do(chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent("Fight at the door, two hurt"), chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Enter))
	b.wait(`document.querySelector('#hold h1')?.textContent === 'Hold H-2026-0001 is placed'`)
	b.do(chromedp.KeyEvent(kb.Escape), chromedp.KeyEvent("?"))
	b.wait(`document.getElementById('help-dialog').open`)
	b.clean()
}

// testRepeatedHour types a time that the clocks show twice: the page asks which.
func testRepeatedHour(t *testing.T, ctx context.Context) {
	s := newSite(t, time.Date(2026, 10, 25, 4, 10, 0, 0, time.UTC))
	s.camera("k01-inngang", "Hovedinngang")
	for _, at := range []string{"2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"} {
		s.record("k01-inngang", instant(at), short(t))
	}
	b := browse(ctx, s)
	b.open("/opptak?lang=nb&camera=k01-inngang")
	b.do(chromedp.SetValue(chromedp.CSS("#goto [name=clock]"), "0230"), chromedp.Click(chromedp.CSS("#goto button")))
	b.wait(`document.querySelectorAll('#goto-wrong button').length === 2`)
	if got := js[string](b, `document.getElementById('goto-wrong').textContent`); got != "Klokken var 02:30:00 to ganger denne natten. Hvilken? 02:30:00 (UTC+2) 02:30:00 (UTC+1)" {
		t.Errorf("asked: %q", got)
	}
	b.do(chromedp.Click(chromedp.CSS("#goto-wrong button:last-child")))
	b.state("k01-inngang", "playing")
	if got := js[string](b, `document.querySelector('video').src`); !strings.Contains(got, "from=2026-10-25T01:30") {
		t.Errorf("plays %s", got)
	}
	b.clean()
}

// testExpires watches footage whose deadline comes.
func testExpires(t *testing.T, ctx context.Context) {
	s := newSite(t, saturday)
	s.camera("k01-inngang", "Hovedinngang")
	id := s.record("k01-inngang", s.at("21:40:00"), short(t))
	deadline := s.stored(id).Deadline
	s.setNow(deadline.Time().Add(-3 * time.Second))
	b := browse(ctx, s)
	b.open("/opptak?lang=en&camera=k01-inngang&at=" + s.at("21:40:00").String())
	b.wait(`document.querySelector('video')?.readyState > 1`)
	b.do(chromedp.Evaluate[chromedp.Void](`document.activeElement.blur()`), chromedp.KeyEvent("k"), chromedp.KeyEvent("j"))
	s.setNow(deadline.Time().Add(time.Second))
	b.wait(`!document.querySelector('video').hasAttribute('src') && document.querySelector('.why').textContent.includes('Its deadline has passed.')`)
}

// testIdle leaves a page that plays: it lets go of the footage.
func testIdle(t *testing.T, ctx context.Context) {
	s := two(t)
	b := browse(ctx, s)
	b.open("/opptak?lang=en&camera=k01-inngang&at=2026-07-04T19:40:01Z")
	b.state("k01-inngang", "playing")
	if idle := js[string](b, `document.getElementById('footage').dataset.idle`); idle != "300" {
		t.Errorf("closes after %s s", idle)
	}
	if over := js[string](b, `document.querySelector('.overlay').textContent`); !strings.HasPrefix(over, "the web page · ") {
		t.Errorf("over the picture is %q", over)
	}
	js[any](b, `document.getElementById('footage').dataset.idle = '1'`)
	if why := b.state("k01-inngang", "closed"); !strings.Contains(why, "nobody has used the page") || js[bool](b, `document.querySelector('video').hasAttribute('src')`) {
		t.Errorf("closed, it says %q", why)
	}
	js[any](b, `document.getElementById('footage').dataset.idle = '300'`)
	b.do(chromedp.Click(chromedp.CSS("[data-do=play]")))
	b.state("k01-inngang", "playing")
	b.clean()
}
