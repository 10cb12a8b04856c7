package web

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web/account"
	"github.com/sjudager/sjudager/web/signage"
)

// TestBrowserSigns has people set up the signs and walk past them, in a real Chromium, as
// the pages lead them.
func TestBrowserSigns(t *testing.T) {
	ctx := chromium(t)
	for name, test := range map[string]func(*testing.T, context.Context){"from nothing": testSignsSetUp, "before doors": testRound, "plan": testSignPlan} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, ctx)
		})
	}
}

// signBrowser presses and fills in what people see on the pages of Skilting.
type signBrowser struct {
	*browser
	t *testing.T
}

func (b signBrowser) click(selector string) {
	b.t.Helper()
	if _, err := chromedp.RunResponse(b.ctx, chromedp.Click(chromedp.CSS(selector))); err != nil {
		b.t.Fatalf("%s: %v", selector, err)
	}
}

func (b signBrowser) press(selector string) {
	b.t.Helper()
	b.do(chromedp.Click(chromedp.CSS(selector)))
}

func (b signBrowser) fill(values ...string) {
	b.t.Helper()
	for i := 0; i < len(values); i += 2 {
		b.do(chromedp.SetValue(chromedp.CSS(values[i]), values[i+1]))
	}
}

func (b signBrowser) says(selector string, parts ...string) {
	b.t.Helper()
	got := js[string](b.browser, fmt.Sprintf("(document.querySelector(%q)?.innerText ?? 'nothing').replace(/\\s+/g, ' ')", selector))
	for _, part := range parts {
		if !strings.Contains(got, part) {
			b.t.Errorf("%s says %q, which lacks %q", selector, got, part)
		}
	}
}

// looks leaves pictures of the page, wide and narrow, and asks axe about the narrow one.
func (b signBrowser) looks(name string) {
	b.t.Helper()
	width := js[int](b.browser, "innerWidth")
	for _, w := range []int64{1280, 360} {
		b.screen(w, 740, map[int64]string{1280: "light", 360: "dark"}[w])
		b.shoot(fmt.Sprintf("%s-%d", name, w))
	}
	b.do(chromedp.Evaluate[chromedp.Void](axe(b.t)))
	for _, fault := range js[[]string](b.browser, axeFaults) {
		b.t.Errorf("%s: %s", name, fault)
	}
	b.screen(int64(width), 740, "dark")
}

// testSignsSetUp takes a zone with two entrances from nothing to full coverage; prints a
// sign, reads its QR code from the paper, and opens the notice that it leads to.
func testSignsSetUp(t *testing.T, ctx context.Context) {
	s := newSite(t, saturday)
	notice := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		now, err := s.Signs.Now()
		var file []byte
		if err == nil {
			file, err = signage.Publish(now.Texts)
		}
		var pages *zip.Reader
		if err == nil {
			pages, err = zip.NewReader(bytes.NewReader(file), int64(len(file)))
		}
		if err != nil {
			t.Error(err)
			return
		}
		http.StripPrefix("/kamera", http.FileServerFS(pages)).ServeHTTP(w, r)
	}))
	t.Cleanup(notice.Close)
	s.camera("k01-inngang", "Hovedinngang")
	s.camera("k02-ko", "Kø")
	live := signage.Live{
		Facts: signage.Facts{Site: "Sentrum Scene", Controller: "Eksempel Arena AS", OrgNumber: "999888777", Contact: "personvern@example.no", Recording: true, KeepS: 7 * 86400, HoldMaxS: 30 * 86400,
			Purposes: []signage.Words{{Norwegian: "Forebygge tyveri", English: "Prevent theft"}}, Notice: notice.URL + "/kamera", Zone: "Europe/Oslo", Zones: []string{"Inngang"}, Cameras: map[string]int{"Inngang": 2}},
		Cameras: []signage.Camera{{ID: "k01-inngang", Name: "Hovedinngang", Zone: "Inngang", Recording: true}, {ID: "k02-ko", Name: "Kø", Zone: "Inngang", Recording: true}}, InspectS: 30 * 86400,
	}
	if err := s.Signs.Observe(live); err != nil {
		t.Fatal(err)
	}
	_, kari := s.person("kari", account.Privacy)
	s.by = account.Of(&account.Session{}, kari)
	b := signBrowser{browse(ctx, s), t}
	b.TB = t
	b.open("/?lang=nb")
	b.click(`#menu a[href^="/skilting"]`)
	b.says("#coverage", "2 av 2 kameraer er ikke dekket", "Sonen er ikke registrert")
	b.looks("signs-empty")
	b.click(`#steps .primary`)
	b.wait(`document.querySelector('#name').value === 'Inngang'`)
	if js[bool](b.browser, `document.querySelector('.decision').checkVisibility()`) {
		t.Error("a decision is asked for before there is a kind")
	}
	b.fill("#kind", "bar")
	b.wait(`document.querySelector('.decision').checkVisibility()`)
	b.fill("#kind", "entrance", "[name=entrance1]", "Hovedinngang")
	b.click(`button[value=add]`)
	b.wait(`document.activeElement?.name === 'entrance2'`)
	b.fill("[name=entrance2]", "Sideinngang")
	b.looks("zoneform")
	b.click(`#zoneform .primary`)
	b.says("#zone", "Sonen Inngang er registrert", "Manglende skilt")
	for i, at := range []string{"til venstre for hovedinngangen", "på sidedøra, i øyehøyde"} {
		number := fmt.Sprintf("S-%03d", i+1)
		b.open("/skilting?lang=nb")
		b.click(`#coverage .hole a[href*="/skilting/skilt/ny"]`)
		b.wait(`document.querySelectorAll('[name=place]:checked').length === 1`)
		b.fill("#position", at)
		if i == 0 {
			b.fill("#area_nb", "inngang og kø, ikke salen", "#area_en", "entrance and queue, not the hall")
			b.press(`[name=size][value=A3]`)
			b.looks("signform")
		}
		b.click(`#signform .primary`)
		b.says("#sign", "Skiltet "+number+" er ført inn", "bestilt")
		b.click(`#state button[value=up]`)
		b.says("#sign", number+" henger oppe", "ikke kontrollert")
		b.click(`.look .well .primary`)
		b.says("#sign", "Kontrollen av "+number+" er ført inn", "gyldig")
	}
	b.looks("sign")
	b.open("/skilting?lang=nb")
	b.says("#coverage", "2 kameraer, alle dekket av gyldige skilt", "S-001 gyldig", "S-002 gyldig")
	b.looks("signs")
	b.open("/skilting/register?lang=nb")
	b.looks("signregister")

	// The paper.
	r, err := http.Get(b.base + "/api/v1/signs/S-001/pdf?size=A3")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	folder := t.TempDir()
	var pdf bytes.Buffer
	if _, err := pdf.ReadFrom(r.Body); err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%d %v", r.StatusCode, err)
	}
	if err := os.WriteFile(filepath.Join(folder, "sign.pdf"), pdf.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(name string, args ...string) string {
		t.Helper()
		out, err := exec.Command(name, args...).Output()
		if err != nil {
			t.Fatalf("%s: %v: apt-get install -y poppler-utils zbar-tools", name, err)
		}
		return strings.TrimSpace(string(out))
	}
	run("pdftoppm", "-r", "60", "-png", filepath.Join(folder, "sign.pdf"), filepath.Join(folder, "sign"))
	link := run("zbarimg", "--raw", "-q", filepath.Join(folder, "sign-1.png"))
	if want := notice.URL + "/kamera/1/"; link != want {
		t.Fatalf("the QR code says %q, want %q", link, want)
	}
	b.clean()
	b.do(chromedp.Navigate(link))
	b.says("body", "Eksempel Arena AS", "999 888 777", "7 dager")
}

// wallPhoto is a photo of a sign on a wall, as a telephone takes it.
func wallPhoto(t testing.TB) string {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 2400, 1800))
	fill := func(r image.Rectangle, c color.RGBA) { draw.Draw(img, r, image.NewUniform(c), image.Point{}, draw.Src) }
	for y := range 1800 {
		fill(image.Rect(0, y, 2400, y+1), color.RGBA{uint8(150 + y/60), uint8(140 + y/70), uint8(128 + y/80), 255})
	}
	fill(image.Rect(900, 300, 1500, 1150), color.RGBA{255, 255, 255, 255})
	fill(image.Rect(915, 315, 1485, 1135), color.RGBA{0, 56, 123, 255})
	fill(image.Rect(960, 700, 1440, 1100), color.RGBA{255, 255, 255, 255})
	fill(image.Rect(1280, 940, 1420, 1080), color.RGBA{20, 20, 24, 255})
	path := filepath.Join(t.TempDir(), "photo.jpg")
	f, err := os.Create(path)
	if err == nil {
		err = jpeg.Encode(f, img, nil)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// ten has ten signs up in two zones, entered out of walking order.
func (s *site) ten() {
	s.Helper()
	do := func(err error) {
		s.Helper()
		if err != nil {
			s.Fatal(err)
		}
	}
	zone := func(name string, kind signage.Kind, entrances ...string) signage.Zone {
		z := signage.Zone{Name: name, Kind: kind}
		for i, e := range entrances {
			z.Entrances = append(z.Entrances, signage.Entrance{ID: fmt.Sprintf("e%d", i+1), Name: e, Public: true})
		}
		z, err := s.Signs.PutZone(z, byAnybody)
		do(err)
		return z
	}
	a := zone("Inngang", "entrance", "Hovedinngang", "Sideinngang", "Billettluke", "Rampe", "Garderobe")
	z := zone("Scene", "stage-edge", "Sal venstre", "Sal høyre", "Balkong", "Bakdør", "Scenedør")
	for i := range 10 {
		of, n := z, 10-i
		if n <= 5 {
			of = a
		} else {
			n -= 5
		}
		e := of.Entrances[n-1]
		g, err := s.Signs.PutSign(signage.Sign{Size: signage.A4, State: signage.Up, Places: []signage.Place{{Zone: of.Number, Entrance: e.ID}},
			Area: signage.Words{Norwegian: "inngang og kø", English: "entrance and queue"}, Position: e.Name + ", til venstre for døra"}, byAnybody)
		do(err)
		_, err = s.Signs.Inspect(signage.Inspection{Sign: g.Number, Occasion: signage.Install}, byAnybody)
		do(err)
	}
}

// small lists what can be pressed in a round and is lower than 56 px.
const small56 = `[...document.querySelectorAll('.round :is(a, button, summary, .tick, .take)')].filter(e => e.checkVisibility() && !e.closest('nav'))
	.filter(e => e.getBoundingClientRect().height < 56).map(e => e.textContent.trim().slice(0, 40) + ' ' + e.getBoundingClientRect().height)`

// testRound walks past ten signs with a telephone in the hand: two have a defect, with
// photos.
func testRound(t *testing.T, ctx context.Context) {
	s := newSite(t, saturday)
	s.observed(7)
	s.ten()
	photo := wallPhoto(t)
	file, err := os.ReadFile(photo)
	if err != nil {
		t.Fatal(err)
	}
	hangs, err := s.Signs.AddPhoto(file, true, byAnybody)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range []string{"S-010", "S-009"} {
		if _, err := s.Signs.Inspect(signage.Inspection{Sign: g, Occasion: signage.Periodic, Photos: []signage.Picture{hangs}}, byAnybody); err != nil {
			t.Fatal(err)
		}
	}
	_, vik := s.person("vik", account.Guard)
	s.by = account.Of(&account.Session{}, vik)
	b := signBrowser{browse(ctx, s), t}
	b.TB = t
	b.screen(360, 740, "dark")
	b.open("/skilting?lang=nb")
	if js[bool](b.browser, `document.querySelector('a[href*="/ny"], a[href*="override"], form') !== null`) {
		t.Error("a guard is offered to change the register")
	}
	b.click(`.tabs a[href^="/skilting/runde"]`)
	b.fill("#event", "Kveldskonsert")
	b.looks("rounds")
	b.click(`#begin .primary`)
	b.says("#round", "Kveldskonsert", "0 av 10", "Begynn med S-010")
	b.click(`#round .primary`)
	for n := range 10 {
		number := fmt.Sprintf("S-%03d", 10-n) // in walking order
		b.wait(fmt.Sprintf("document.querySelector('#step-h span')?.textContent === %q", number))
		b.says("#step-h", number)
		b.says(".progress", fmt.Sprintf("%d av 10", n))
		if small := js[[]string](b.browser, small56); len(small) > 0 {
			t.Fatalf("%s: too small for gloves: %q", number, small)
		}
		switch n {
		case 0:
			b.looks("step")
		case 2, 6:
			b.press(".failing > summary")
			b.press(fmt.Sprintf("[name=failed][value=%s]", map[int]string{2: "lit", 6: "unobstructed"}[n]))
			b.do(chromedp.SetUploadFiles(chromedp.CSS("[name=photo]"), []string{photo}))
			b.wait(`document.querySelector('.shot.taken [name=nobody]').required && document.querySelector('[name=photo]').files[0].name === 'skilt.jpg'`)
			b.press("[name=nobody]")
			if n == 2 { // the defect is not described: nothing of it is lost
				b.press(".danger")
				b.wait(`document.querySelector('#defect-wrong') !== null`)
				b.says("#defect-wrong", "Skriv kort hva som er feil")
				b.wait(`document.querySelector('.thumb').complete && document.querySelector('[name=failed][value=lit]').checked`)
				b.looks("step-defect")
			}
			b.fill("#defect", map[int]string{2: "Lampa over døra er gått", 6: "En banner henger foran"}[n])
			b.press(".danger")
			continue
		case 4:
			b.do(chromedp.SetUploadFiles(chromedp.CSS("[name=photo]"), []string{photo}))
			b.wait(`document.querySelector('.shot.taken') !== null`)
			b.press("[name=nobody]")
		}
		if n == 9 { // the last one without contact, and then again
			js[any](b.browser, `(window.away = window.fetch, window.fetch = () => Promise.reject(new TypeError('away')), true)`)
			b.press(".well .primary")
			b.wait(`document.querySelector('.unsent').checkVisibility()`)
			js[any](b.browser, `(window.fetch = window.away, true)`)
		}
		b.press(".well .primary")
	}
	b.wait(`location.pathname === '/skilting/runde/1'`)
	b.says("#round", "10 av 10", "Alle skiltene er kontrollert", "8 i orden, 2 mangler")
	b.says("#found", "S-008 Lampa over døra er gått", "S-004 En banner henger foran")
	b.looks("round")
	b.click("#end .primary")
	b.says("#round-h", "Runden er avsluttet")
	now, err := s.Signs.Now()
	if err != nil {
		t.Fatal(err)
	}
	p, err := now.Progress(1)
	if err != nil || p.Passed != 8 || p.Defects != 2 || p.Closed.By != vik.ID || len(now.Inspections) != 22 {
		t.Errorf("%+v %v", p, err)
	}
	pictures := 0
	for _, i := range now.Inspections {
		for _, photo := range i.Photos {
			file, err := s.Signs.Picture(photo)
			if c, _, bad := image.DecodeConfig(bytes.NewReader(file)); err != nil || bad != nil || c.Width != 1600 {
				t.Errorf("%+v %v %v", c, err, bad)
			}
			pictures++
		}
	}
	if pictures != 5 {
		t.Errorf("%d photos", pictures)
	}
	b.clean("400")
}

// testSignPlan puts cameras and signs on the plan, without script, by dragging and by keys.
func testSignPlan(t *testing.T, ctx context.Context) {
	s := newSite(t, saturday)
	for id, name := range map[footage.CameraID]string{"k01-inngang": "Hovedinngang", "k02-ko": "Kø", "k03-scenekant": "Scenekant", "k04-lasterampe": "Lasterampe"} {
		s.camera(id, name)
	}
	s.observed(7)
	s.ten()
	s.drawn("1. etasje")
	_, err := s.Signs.Inspect(signage.Inspection{Sign: "S-004", Occasion: signage.Periodic, Failed: []signage.Check{"lit"}, Defect: "Lampa er gått", Due: s.at("23:00:00")}, byAnybody)
	if err == nil {
		_, err = s.Signs.Excuse("k04-lasterampe", "Skiltet er bestilt og kommer onsdag.", byAnybody)
	}
	if err != nil {
		t.Fatal(err)
	}
	_, kari := s.person("kari", account.Privacy)
	s.by = account.Of(&account.Session{}, kari)
	b := signBrowser{browse(ctx, s), t}
	b.TB = t
	b.screen(1280, 900, "light")
	b.open("/skilting/plan?lang=nb")
	for _, put := range []struct {
		what string
		x, y int
	}{{"camera-k01-inngang", 475, 860}, {"camera-k03-scenekant", 350, 330}, {"sign-S-004", 703, 450}, {"sign-S-010", 660, 750}} {
		b.click("#" + put.what + " button")
		b.press("#" + put.what + " summary")
		b.fill("#"+put.what+" [name=x]", fmt.Sprint(put.x), "#"+put.what+" [name=y]", fmt.Sprint(put.y))
		b.click("#" + put.what + " .primary")
	}
	mark := func(what string) signage.Mark {
		t.Helper()
		now, err := s.Signs.Now()
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range now.Marks {
			if "sign-"+m.Sign == what || "camera-"+string(m.Camera) == what {
				return m
			}
		}
		return signage.Mark{}
	}
	// saved waits until the server has a mark where it should be: each move is saved by itself, and
	// what the page says of one may be about that before it.
	saved := func(what string, right func(signage.Mark) bool) {
		t.Helper()
		for end := time.Now().Add(10 * time.Second); !right(mark(what)); time.Sleep(20 * time.Millisecond) {
			if time.Now().After(end) {
				t.Errorf("%s is at %+v", what, mark(what))
				return
			}
		}
		b.wait(`document.getElementById('saved').textContent === 'Lagret.'`)
	}
	middle := func(selector string) (x, y float64) {
		at := js[[]float64](b.browser, fmt.Sprintf("(() => { const r = document.querySelector(%q).getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2] })()", selector))
		return at[0], at[1]
	}
	drag := func(selector string, dx, dy float64) {
		t.Helper()
		js[any](b.browser, `document.querySelector('.drawing').scrollIntoView({block: 'center'})`)
		x, y := middle(selector)
		b.do(chromedp.MouseEvent(chromedp.MouseMoved, x, y), chromedp.MouseEvent(chromedp.MousePressed, x, y, chromedp.ButtonLeft),
			chromedp.MouseEvent(chromedp.MouseMoved, x+dx/2, y+dy/2, chromedp.ButtonLeft), chromedp.MouseEvent(chromedp.MouseMoved, x+dx, y+dy, chromedp.ButtonLeft),
			chromedp.MouseEvent(chromedp.MouseReleased, x+dx, y+dy, chromedp.ButtonLeft))
	}
	wide := js[float64](b.browser, `document.querySelector('.drawing').getBoundingClientRect().width`)
	drag(`[data-what="sign-S-010"] rect`, -wide/10, wide/10)
	saved("sign-S-010", func(m signage.Mark) bool { return m.X >= 555 && m.X <= 565 && m.Y >= 895 && m.Y <= 915 })
	js[any](b.browser, `document.querySelector('[data-what="camera-k03-scenekant"]').focus()`)
	b.do(chromedp.KeyEvent(kb.ArrowRight))
	b.do(chromedp.KeyEvent("r"))
	saved("camera-k03-scenekant", func(m signage.Mark) bool { return m.X == 360 && m.Direction == 15 && m.View == 70 })
	drag(`[data-what="camera-k01-inngang"] .turn`, 30, -5)
	saved("camera-k01-inngang", func(m signage.Mark) bool { return m.Direction >= 15 && m.Direction <= 32 && m.X == 475 })
	b.looks("signplan")
	s.filed("k01-inngang")
	s.filed("k02-ko")
	b.open("/skilting?lang=nb")
	b.looks("signs-defects")
	b.open("/skilting/kamera?lang=nb")
	b.looks("signpapers")
	b.open("/skilting/kamera/k01-inngang?lang=en")
	b.looks("signsheet")
	b.open("/skilting/kamera/k03-scenekant?lang=nb&edit=assessment")
	b.looks("assessment")
	b.open("/skilting/tabell?lang=nb")
	b.looks("signtable")
	b.open("/skilting/personvern?lang=nb")
	b.looks("signnotice")
	b.clean("400")
}
