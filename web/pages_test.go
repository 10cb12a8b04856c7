package web

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
)

// page gets a page that must be there.
func (s *site) page(path string) sheet {
	s.Helper()
	r := s.get(path)
	if r.Code != http.StatusOK {
		s.Fatalf("%s: %d %s", path, r.Code, r.Body)
	}
	return read(s.TB, r.Body.String())
}

func TestEmptyPages(t *testing.T) {
	s := newSite(t, saturday)
	d := s.page("/")
	d.says("title", "Oversikt – Sentrum Scene – Sjudager")
	d.says("#headline", "lørdag 4. juli 2026", "21:47:05", "0 av 0 kameraer tar opp", "0 oversittede slettefrister")
	d.says("#cameras", "Ingen kameraer er satt opp ennå.")
	d.says("#todo", "Ingenting venter på deg.")
	d.says("footer", "Behandlingsansvarlig: Eksempel Arena AS", "Europe/Oslo")
	if len(d.all(".alarms")) != 0 {
		t.Error("alarms without cause")
	}
	d = s.page(d.href("footer a"))
	d.says("#headline", "19:47:05 UTC")
	d.says("footer", "Tider i UTC")
	s.page("/sikringer").says("#holds", "Ingen sikringer. Alt opptak slettes ved sin slettefrist.")
	d = s.page("/sletting")
	d.says("#deletion", "Det er ikke noe å slette ennå.")
	d.says("#storage", "ingen ennå")
	s.page("/opptak").says("#timeline", "Ingen kameraer er satt opp ennå.")
	s.camera("k01-inngang", "Hovedinngang")
	d = s.page("/opptak")
	d.says("#screen", "Velg kamera i listen")
	s.page("/opptak?camera=k01-inngang").says("#spans-k01-inngang", "Ingen opptak denne dagen.")
}

func TestPages(t *testing.T) {
	s := newSite(t, saturday)
	evening(s)
	s.deleted = holds.Deletion{At: s.at("21:40:00"), Segments: 2, Bytes: 9_000_000, Failed: 1}
	for _, c := range []struct {
		path, lang string
		says       map[string][]string
	}{
		{"/", "nb", map[string][]string{
			"#alarms":   {"Kamera uten opptak: Lasterampe siden lør 4. juli 20:31:00"},
			"#headline": {"3 av 4 kameraer tar opp"},
			"#cameras": {"Tar opp siden 15:00:00", "H.265 · 1920×1080 · 25 bilder/s · 4,8 Mbit/s",
				"Uten opptak siden 20:30:00: kameraet svarer ikke"},
		}},
		{"/", "en", map[string][]string{
			"#alarms":   {"Camera not recording: Lasterampe since Sat 4 July 20:31:00"},
			"#headline": {"Saturday 4 July 2026", "3 of 4 cameras recording"},
			"#cameras":  {"Recording since 15:00:00", "Not recording since 20:30:00: the camera does not answer"},
		}},
		{"/opptak?camera=k01-inngang&camera=k02-ko&camera=k04-lasterampe", "nb", map[string][]string{
			"#spans-k01-inngang":    {"1 opptak eller hull", "15:00:00–21:45:00"},
			"#spans-k04-lasterampe": {"17:20:00–18:05:00 hull: kameraet ble slått av eller endret i oppsettet"},
			"#spans-k02-ko":         {"19:05:12–19:05:14 hull: kameraet sluttet å sende bilder"},
		}},
		{"/opptak?camera=k04-lasterampe", "en", map[string][]string{"#spans-k04-lasterampe": {"3 recordings and gaps", "gap: the camera was switched off"}}},
		{"/sikringer", "nb", map[string][]string{"#holds": {"H-2026-0001", "utløper om 29 d 22 t", "Hovedinngang, Kø", "Slagsmål i køen", "26 opptaksbiter"}}},
		{"/sikringer", "en", map[string][]string{"#holds": {"expires in 29 d 22 h", "26 segments"}}},
		{"/sletting", "nb", map[string][]string{
			"#deletion": {"om 6 d 17 t", "Hovedinngang lør 4. juli 15:00:00–15:05:00", "lagret 7 d, ingen sikring", "til, hver ved sin slettefrist", "Sist slettet lør 4. juli 21:40:00: 2 opptaksbiter, 9,0 MB. Lageret har bekreftet at de er borte. 1 kunne ikke slettes"},
			"#storage":  {"Lager (mappe)", "ingenting venter", "Siste gjennomgang 21:47:05"},
		}},
		{"/sletting", "en", map[string][]string{"#deletion": {"in 6 d 17 h", "kept 7 d, no hold"}, "#storage": {"Store (directory)", "nothing waiting"}}},
	} {
		and := "?"
		if strings.Contains(c.path, "?") {
			and = "&"
		}
		d := s.page(c.path + and + "lang=" + c.lang)
		if got, _ := attribute(d.one("html"), "lang"); got != c.lang {
			t.Errorf("%s is in %s, not %s", c.path, got, c.lang)
		}
		for selector, parts := range c.says {
			d.says(selector, parts...)
		}
		// Each language leads to the other, in the same place, and the menu stays in it.
		if got := d.href(`a[hreflang=nb]`); got != c.path+and+"lang=nb" {
			t.Error(got)
		}
		for _, link := range d.all("#menu a") {
			if href, _ := attribute(link, "href"); !strings.HasSuffix(href, "?lang="+c.lang) || s.get(href).Code != http.StatusOK {
				t.Errorf("the menu leads to %s", href)
			}
		}
	}
}

// What the script draws timelines of.
func TestDrawing(t *testing.T) {
	s := newSite(t, saturday)
	s.camera("k01-inngang", "Hovedinngang")
	for _, clock := range []string{"06:00:00", "06:05:00", "12:00:00"} {
		s.spool("k01-inngang", s.at(clock), long(t))
	}
	s.ingest()
	s.spool("k01-inngang", s.at("12:05:00"), long(t))
	s.gap("k01-inngang", s.at("18:00:00"), s.at("19:12:00"), footage.CauseDisk, "")
	s.place(holds.Request{Cameras: []footage.CameraID{"k01-inngang"}, Span: footage.Span{From: s.at("06:00:00"), To: s.at("06:02:00")}})
	get := func() drawing {
		t.Helper()
		var d drawing
		if err := json.Unmarshal(s.get("/opptak/tidslinje?from=2026-07-03T22:00:00Z&to=2026-07-04T22:00:00Z&lang=en").Body.Bytes(), &d); err != nil {
			t.Fatal(err)
		}
		return d
	}
	at := func(clock string) int64 { return millis(s.at(clock)) }
	d := get()
	c := d.Cameras[0]
	if want := [][3]int64{{at("06:00:00"), at("06:05:00"), 1}, {at("06:05:00"), at("06:10:00"), 0}, {at("12:00:00"), at("12:05:00"), 0}}; !slices.Equal(c.Runs, want) {
		t.Errorf("footage at %v, want %v", c.Runs, want)
	}
	if want := [][2]int64{{at("12:05:00"), at("12:10:00")}}; !slices.Equal(c.Pending, want) {
		t.Errorf("pending at %v, want %v", c.Pending, want)
	}
	if want := []drawnGap{{at("18:00:00"), at("19:12:00"), 0, "loss"}}; !slices.Equal(c.Gaps, want) || d.Causes[0] != "the disk could not be written" {
		t.Errorf("gaps at %v, because %v", c.Gaps, d.Causes)
	}
	if want := []drawnHold{{"H-2026-0001", "k01-inngang", at("06:00:00"), at("06:02:00")}}; !slices.Equal(d.Holds, want) {
		t.Errorf("held at %v", d.Holds)
	}
	// A week on, the held segment is left of its day, and the edge of deletion has
	// come to a quarter to ten.
	s.now = s.now.Add(7 * 24 * time.Hour)
	d = get()
	if want := [][3]int64{{at("06:00:00"), at("06:05:00"), 1}}; !slices.Equal(d.Cameras[0].Runs, want) || d.Edge != at("21:47:05") || d.Hour != at("22:47:05") {
		t.Errorf("a week on: %v, %v", d.Cameras[0].Runs, d.Edge)
	}
	s.page("/opptak").says("#edge", "Opptak fra før lør 4. juli 21:47:05 er slettet", "lør 4. juli 21:47:05–22:47:05, går innen en time")
}

// A camera that is configured no more is shown while it has something to show.
func TestRemovedCamera(t *testing.T) {
	s := newSite(t, saturday)
	s.camera("k01-inngang", "Hovedinngang")
	s.record("k01-inngang", s.at("20:00:00"), short(t))
	s.health = nil
	s.page("/opptak?camera=k01-inngang").says("#spans-k01-inngang", "20:00:00–20:00:02")
}

// The moment and the day that an address means.
func TestMoments(t *testing.T) {
	s := newSite(t, saturday)
	s.camera("k01-inngang", "Hovedinngang")
	s.camera("k02-ko", "Kø")
	for query, want := range map[string]string{
		"":                                   "2026-07-04 ",
		"?day=2026-07-01":                    "2026-07-01 ",
		"?day=nonsense":                      "2026-07-04 ",
		"?at=2026-07-03T10:07:00Z":           "2026-07-03 1783073220000",
		"?day=2026-07-03&clock=12.07":        "2026-07-03 1783073220000",
		"?at=9999-99-99&camera=../../x":      "2026-07-04 ",
		"?day=2026-07-03&clock=10:07&tz=utc": "2026-07-03 1783073220000",
	} {
		d := s.page("/opptak" + query)
		day, _ := attribute(d.one("#footage"), "data-day")
		at, _ := attribute(d.one("#footage"), "data-at")
		if got := day + " " + at; got != want {
			t.Errorf("%s shows %s, want %s", query, got, want)
		}
	}
	d := s.page("/opptak?camera=k02-ko&camera=k01-inngang&camera=k09&at=2026-07-03T10:07:00Z")
	if got, _ := attribute(d.one("#footage"), "data-shown"); got != `["k01-inngang","k02-ko"]` {
		t.Error(got)
	}
	if got := len(d.all("noscript")); got != 2 {
		t.Errorf("%d videos without a script", got)
	}
	if days := d.all(".days a"); len(days) != 8 || text(days[0]) != "lør 27.6." || text(days[7]) != "i dag 4.7." {
		t.Errorf("%d days", len(days))
	}
	s.now = time.Date(2026, 10, 27, 12, 0, 0, 0, time.UTC)
	if got, _ := attribute(s.page("/opptak").one("#headline"), "data-offsets"); !strings.Contains(got, `{"from":1792890000000,"seconds":3600}]`) {
		t.Errorf("offsets are %s", got)
	}
}

// The live parts of every page are each there once, without what is the reader's
// own, and are drawn as in the whole page.
func TestLiveParts(t *testing.T) {
	s := newSite(t, saturday)
	evening(s)
	for _, item := range menu {
		r := s.get(item.Path + "?part=live")
		d := read(t, r.Body.String())
		parts := s.page(item.Path).all("[data-live]")
		if len(parts) < 2 {
			t.Errorf("%s has %d live parts", item.Path, len(parts))
		}
		for _, part := range parts {
			id, _ := attribute(part, "id")
			if got := d.one("#" + id); render(t, got) != render(t, part) {
				t.Errorf("%s: #%s is drawn differently", item.Path, id)
			}
			for n := range part.Descendants() {
				if n.Data == "textarea" || n.Data == "video" {
					t.Errorf("%s: #%s has a %s, which a refresh would lose", item.Path, id, n.Data)
				}
			}
		}
		if len(d.all("link"))+len(d.all("footer")) != 0 {
			t.Errorf("%s: the live parts have more than that", item.Path)
		}
		if got := r.Header().Get("Refresh-After"); got != "5000" {
			t.Errorf("%s: asked again after %s ms", item.Path, got)
		}
	}
}

func render(t *testing.T, n *html.Node) string {
	var b strings.Builder
	if err := html.Render(&b, n); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// No page has an inline script or style, which the policy would stop, nor any
// address of another host; ids are used once, and what they label is there.
func TestMarkup(t *testing.T) {
	s := newSite(t, saturday)
	yesterday(s)
	evening(s)
	requested(s)
	released(s)
	for _, path := range []string{"/sikringer/ny", "/sikringer/oppfordring", "/sikringer/oppfordring/A-2026-0001", "/utleveringer?open=true", "/utleveringer/ny?hold=H-2026-0001", "/utleveringer/U-2026-0001?log=yes", "/utleveringer/U-2026-0002", "/utleveringer/U-2026-0003", "/utleveringer/U-2026-0001/correct", "/innsyn?closed=true", "/innsyn/ny", "/innsyn/I-2026-0001", "/innsyn/I-2026-0002", "/sletting/dag/2026-07-03", "/", "/opptak?lang=en&camera=k01-inngang&at=2026-07-04T17:52:05Z", "/sikringer?ended=true", "/sikringer/H-2026-0001?close=yes", "/sletting", "/logg", "/innstillinger", "/nothing"} {
		d := read(t, s.get(path).Body.String())
		ids := map[string]bool{}
		for n := range d.root.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			if n.Data == "style" || n.Data == "script" && n.FirstChild != nil {
				t.Errorf("%s: inline %s", path, n.Data)
			}
			for _, a := range n.Attr {
				switch {
				case a.Key == "style", strings.HasPrefix(a.Key, "on"):
					t.Errorf("%s: inline %s=%q", path, a.Key, a.Val)
				case strings.Contains(a.Val, "//") && a.Key != "xmlns":
					t.Errorf("%s: %s=%q leads elsewhere", path, a.Key, a.Val)
				case a.Key == "id" && ids[a.Val]:
					t.Errorf("%s: id %s twice", path, a.Val)
				case a.Key == "id":
					ids[a.Val] = true
				}
				if a.Val == "" && a.Key == "href" || strings.Contains(a.Val, "ZgotmplZ") {
					t.Errorf("%s: %s=%q", path, a.Key, a.Val)
				}
			}
		}
		for n := range d.root.Descendants() {
			for _, name := range []string{"for", "aria-labelledby", "aria-describedby"} {
				if id, has := attribute(n, name); has && !ids[id] {
					t.Errorf("%s: %s=%q names nothing", path, name, id)
				}
			}
			if n.Type == html.ElementNode && (n.Data == "input" || n.Data == "select" || n.Data == "textarea") && !labelled(d, n) {
				t.Errorf("%s: no label for %s", path, render(t, n))
			}
		}
	}
}

func labelled(d sheet, n *html.Node) bool {
	if kind, _ := attribute(n, "type"); kind == "hidden" {
		return true
	}
	if _, has := attribute(n, "aria-label"); has {
		return true
	}
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Data == "label" {
			return true
		}
	}
	id, _ := attribute(n, "id")
	return id != "" && len(d.all("label[for="+id+"]")) == 1
}

// What people write is shown as they wrote it and is never markup.
func TestEscaping(t *testing.T) {
	s := newSite(t, saturday)
	evil := `<script>alert(1)</script>"'><img src=x>`
	s.camera("k01-inngang", evil)
	s.health[0].State, s.health[0].Detail, s.health[0].Cause = footage.StateDown, evil, footage.CauseRefused
	s.alarms = []footage.Alarm{{Code: footage.AlarmCameraDown, Camera: "k01-inngang", Detail: evil}}
	s.record("k01-inngang", s.at("20:00:00"), short(t))
	s.gap("k01-inngang", s.at("20:10:00"), s.at("20:11:00"), footage.CauseRefused, evil)
	s.place(holds.Request{Cameras: []footage.CameraID{"k01-inngang"}, Span: footage.Span{From: s.at("20:00:00"), To: s.at("20:11:00")},
		Ground: holds.CrimeLikely, Reason: evil, Case: "<b>1234</b>"})
	for _, path := range []string{"/", "/opptak?camera=k01-inngang&at=2026-07-04T18:00:00Z", "/sikringer", "/sikringer/H-2026-0001?close=yes", "/sletting", "/logg"} {
		d := s.page(path)
		for _, script := range d.all("script") {
			if src, _ := attribute(script, "src"); !strings.HasPrefix(src, assetsAt) {
				t.Errorf("%s has a script %q", path, src)
			}
		}
		for _, img := range d.all("img") {
			if src, _ := attribute(img, "src"); src == "x" {
				t.Errorf("%s takes text for markup", path)
			}
		}
	}
	s.page("/sikringer/H-2026-0001").says("#hold", evil, "<b>1234</b>")
	s.page("/opptak?camera=k01-inngang").says("#lists", evil)
	if r := s.get("/" + "%3Cscript%3E"); strings.Contains(r.Body.String(), "<script>") {
		t.Error(r.Body)
	}
}
