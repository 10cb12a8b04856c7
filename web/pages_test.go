package web

import (
	"fmt"
	"net/http"
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
	s.page("/opptak").says("#player", "Klikk på et opptak i en tidslinje, eller skriv et klokkeslett.")
	s.camera("k01-inngang", "Hovedinngang")
	s.page("/opptak").says("#spans-k01-inngang", "0 opptak, 0 hull", "Ingen opptak i dette tidsrommet.")
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
		{"/opptak", "nb", map[string][]string{
			"#name-k01-inngang":     {"Hovedinngang k01-inngang"},
			"#spans-k01-inngang":    {"1 opptak, 0 hull"},
			"#spans-k04-lasterampe": {"2 opptak, 2 hull", "17:20:00–18:05:00 hull: kameraet ble slått av eller endret i oppsettet", "20:30:00–21:47:05 hull: kameraet svarer ikke"},
			"#spans-k02-ko":         {"19:05:12–19:05:14 hull: kameraet sluttet å sende bilder"},
		}},
		{"/opptak", "en", map[string][]string{"#spans-k04-lasterampe": {"2 recordings, 2 gaps", "gap: the camera does not answer"}}},
		{"/sikringer", "nb", map[string][]string{"#holds": {"H-2026-0001", "utløper om 29 d 22 t", "Hovedinngang, Kø", "Slagsmål i køen", "26 opptaksbiter"}}},
		{"/sikringer", "en", map[string][]string{"#holds": {"expires in 29 d 22 h", "26 segments"}}},
		{"/sletting", "nb", map[string][]string{
			"#deletion": {"om 6 d 17 t", "Hovedinngang lør 4. juli 15:00:00–15:05:00", "lagret 7 d, ingen sikring", "til, hver ved sin slettefrist", "Sist slettet lør 4. juli 21:40:00: 2 opptaksbiter, 9,0 MB. Lageret har bekreftet at de er borte. 1 kunne ikke slettes"},
			"#storage":  {"Lager (mappe)", "ingenting venter", "Siste gjennomgang 21:47:05"},
		}},
		{"/sletting", "en", map[string][]string{"#deletion": {"in 6 d 17 h", "kept 7 d, no hold"}, "#storage": {"Store (directory)", "nothing waiting"}}},
	} {
		d := s.page(c.path + "?lang=" + c.lang)
		if got, _ := attribute(d.one("html"), "lang"); got != c.lang {
			t.Errorf("%s is in %s, not %s", c.path, got, c.lang)
		}
		for selector, parts := range c.says {
			d.says(selector, parts...)
		}
		// Each language leads to the other, in the same place, and the menu stays in it.
		if got := d.href(`a[hreflang=nb]`); got != c.path+"?lang=nb" {
			t.Error(got)
		}
		for _, link := range d.all("#menu a") {
			if href, _ := attribute(link, "href"); !strings.HasSuffix(href, "?lang="+c.lang) || s.get(href).Code != http.StatusOK {
				t.Errorf("the menu leads to %s", href)
			}
		}
	}
}

// geometry is where things are drawn on a camera's timeline.
func geometry(d sheet, camera, class string) string {
	var all []string
	for _, n := range d.all("#track-" + camera + " rect." + class) {
		x, _ := attribute(n, "x")
		width, _ := attribute(n, "width")
		all = append(all, x+"+"+width)
	}
	return strings.Join(all, " ")
}

func TestTimelineGeometry(t *testing.T) {
	s := newSite(t, saturday)
	s.camera("k01-inngang", "Hovedinngang")
	for _, clock := range []string{"06:00:00", "06:05:00", "12:00:00"} {
		s.spool("k01-inngang", s.at(clock), long(t))
	}
	s.ingest()
	s.spool("k01-inngang", s.at("12:05:00"), long(t))
	s.gap("k01-inngang", s.at("18:00:00"), s.at("19:12:00"), footage.CauseDisk, "")
	s.place(holds.Request{Cameras: []footage.CameraID{"k01-inngang"}, Span: footage.Span{From: s.at("06:00:00"), To: s.at("06:02:00")}})
	d := s.page("/opptak?zoom=day")
	for class, want := range map[string]string{
		"footage": "25.000%+0.694% 50.000%+0.347%", // two segments without a hole are one
		"pending": "50.347%+0.347%",
		"loss":    "75.000%+5.000%",
		"held":    "25.000%+0.139%",
		"now":     "90.770%+2",
		"future":  "90.770%+9.230%",
		"deleted": "", "edge": "",
	} {
		if got := geometry(d, "k01-inngang", class); got != want {
			t.Errorf("%s at %s, want %s", class, got, want)
		}
	}
	// A week on, the held segment is left of its day, and the edge of deletion has
	// come to a quarter to ten.
	s.now = s.now.Add(7 * 24 * time.Hour)
	d = s.page("/opptak?day=2026-07-04&zoom=day")
	for class, want := range map[string]string{
		"footage": "25.000%+0.347%", "deleted": "0+90.770%", "edge": "90.770%+2", "now": "", "future": "", "held": "25.000%+0.139%",
	} {
		if got := geometry(d, "k01-inngang", class); got != want {
			t.Errorf("a week on: %s at %s, want %s", class, got, want)
		}
	}
	// What is in the picture is in the list, too, with a way to play it.
	if got := d.href("#spans-k01-inngang a"); !strings.Contains(got, "at=2026-07-04T04%3A00%3A00.000000Z") {
		t.Error(got)
	}
}

// A camera that is configured no more is shown while it has something to show.
func TestRemovedCamera(t *testing.T) {
	s := newSite(t, saturday)
	s.camera("k01-inngang", "Hovedinngang")
	s.record("k01-inngang", s.at("20:00:00"), short(t))
	s.health = nil
	s.page("/opptak?zoom=day").says(".camera .state", "Ikke lenger i oppsettet")
	s.page("/opptak?day=2026-07-03").says("#cameras", "Ingen kameraer")
}

// The window that is shown: by day, by length, around what is played.
func TestWindows(t *testing.T) {
	s := newSite(t, saturday)
	s.camera("k01-inngang", "Hovedinngang")
	window := func(query string) string {
		t.Helper()
		d := s.page("/opptak" + query)
		from, _ := attribute(d.one("#cameras"), "data-from")
		to, _ := attribute(d.one("#cameras"), "data-to")
		var a, b int64
		if _, err := fmt.Sscan(from, &a); err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Sscan(to, &b); err != nil {
			t.Fatal(err)
		}
		form := "02.01. 15:04"
		return time.UnixMilli(a).In(s.zone).Format(form) + " to " + time.UnixMilli(b).In(s.zone).Format(form)
	}
	for query, want := range map[string]string{
		"":                                   "04.07. 16:30 to 04.07. 22:30", // running for five hours
		"?zoom=day":                          "04.07. 00:00 to 05.07. 00:00",
		"?zoom=1h":                           "04.07. 20:55 to 04.07. 21:55",
		"?zoom=10m":                          "04.07. 21:39 to 04.07. 21:49",
		"?day=2026-07-01":                    "01.07. 00:00 to 02.07. 00:00",
		"?day=2026-07-01&zoom=1h":            "01.07. 00:00 to 01.07. 01:00",
		"?day=nonsense&zoom=x":               "04.07. 16:30 to 04.07. 22:30",
		"?day=2026-07-01&from=x":             "01.07. 00:00 to 02.07. 00:00",
		"?from=2026-07-02T10:00:00Z&zoom=6h": "02.07. 12:00 to 02.07. 18:00",
		"?camera=k01-inngang&at=2026-07-03T10:07:00Z&zoom=1h":          "03.07. 11:35 to 03.07. 12:35",
		"?camera=k01-inngang&day=2026-07-03&clock=12.07&zoom=10m":      "03.07. 12:02 to 03.07. 12:12",
		"?camera=k01-inngang&at=2026-07-03T10:07:00Z&day=2026-07-01":   "01.07. 00:00 to 02.07. 00:00",
		"?at=9999-99-99&camera=../../etc&zoom=day&lang=xx&hold=x'y\"z": "04.07. 00:00 to 05.07. 00:00",
	} {
		query = strings.NewReplacer(`'`, "%27", `"`, "%22").Replace(query)
		if got := window(query); got != want {
			t.Errorf("%s shows %s, want %s", query, got, want)
		}
	}
	d := s.page("/opptak?zoom=1h")
	if got := d.href("#earlier"); got != "/opptak?from=2026-07-04T17%3A55%3A00.000000Z&zoom=1h" {
		t.Errorf("earlier is %s", got)
	}
	if got := window(strings.TrimPrefix(d.href("#earlier"), "/opptak")); got != "04.07. 19:55 to 04.07. 20:55" {
		t.Errorf("earlier shows %s", got)
	}
	if got := s.page("/opptak?day=2026-07-03").href("#later"); got != "/opptak?day=2026-07-04" {
		t.Errorf("later is %s", got)
	}
	if days := d.all(".days a"); len(days) != 8 || text(days[0]) != "lør 27.6." || text(days[7]) != "i dag 4.7." {
		t.Errorf("%d days", len(days))
	}
	// The day before yesterday is a day with 25 hours, once a year.
	s.now = time.Date(2026, 10, 27, 12, 0, 0, 0, time.UTC)
	if got := window("?day=2026-10-25"); got != "25.10. 00:00 to 26.10. 00:00" {
		t.Error(got)
	}
	if got, _ := attribute(s.page("/opptak?day=2026-10-25").one("#headline"), "data-offsets"); got != `[{"from":1790510400000,"seconds":7200},{"from":1792890000000,"seconds":3600}]` {
		t.Errorf("offsets are %s", got)
	}
}

func TestZoomFollowsAge(t *testing.T) {
	zoomed := func(s *site) string {
		t.Helper()
		return s.page("/opptak").text(".zooms a[aria-current]")
	}
	for age, want := range map[time.Duration]string{
		0: "10 min", 9 * time.Minute: "10 min", 10 * time.Minute: "1 t", 55 * time.Minute: "1 t", time.Hour: "6 t", 5 * time.Hour: "6 t", 6 * time.Hour: "Døgn",
	} {
		s := newSite(t, saturday)
		s.Server.Started = saturday.Add(-age)
		s.camera("k01-inngang", "Hovedinngang")
		if got := zoomed(s); got != want {
			t.Errorf("started %v ago: %s, want %s", age, got, want)
		}
		// Footage of last week does not make this minute's a sliver.
		s.record("k01-inngang", s.at("21:40:00").Add(-6*24*time.Hour), short(t))
		s.record("k01-inngang", s.at("21:40:00"), short(t))
		if got := zoomed(s); got != "10 min" {
			t.Errorf("recording for minutes: %s", got)
		}
	}
	// After midnight the evening before is still what people ask for.
	s := newSite(t, saturday)
	s.Server.Started = saturday.Add(-1000 * time.Hour)
	s.now = s.at("23:59:00").Time()
	if got := zoomed(s); got != "Døgn" {
		t.Errorf("before midnight: %s", got)
	}
	s.now = s.at("23:59:00").Add(2 * time.Hour).Time()
	if got := zoomed(s); got != "6 t" {
		t.Errorf("after midnight: %s", got)
	}
}

func TestPlayer(t *testing.T) {
	s := newSite(t, saturday)
	s.camera("k01-inngang", "Hovedinngang")
	s.record("k01-inngang", s.at("20:00:00"), short(t))
	s.record("k01-inngang", s.at("20:00:02"), hevc(t))
	s.record("k01-inngang", s.at("20:30:00"), short(t))
	s.gap("k01-inngang", s.at("20:00:04"), s.at("20:29:00"), footage.CauseRefused, "401")
	s.spool("k01-inngang", s.at("20:40:00"), short(t))
	at := func(clock string) sheet {
		t.Helper()
		d := s.page("/opptak?part=player&camera=k01-inngang&day=2026-07-04&clock=" + clock)
		if len(d.all("#cameras")) != 0 {
			t.Error("the part has more than the player")
		}
		return d
	}
	d := at("20:00:01")
	if got, _ := attribute(d.one("video"), "src"); got != "/api/v1/segments/k01-inngang/20260704T180000.000000Z.mp4#t=1.000" {
		t.Errorf("plays %s", got)
	}
	if got, _ := attribute(d.one("a[download]"), "download"); got != "k01-inngang_2026-07-04_20-00-00+0200.mp4" {
		t.Errorf("saves %s", got)
	}
	d.says("#player", "Hovedinngang", "lør 4. juli 20:00:01", "H.264 · 320×180", "slettes lør 11. juli 20:00:00")
	if len(d.all("a[rel=prev]")) != 0 || len(d.all(".note")) != 0 {
		t.Error("there is nothing before it, and it is not H.265")
	}
	if next := s.page(d.href("a[rel=next]")); next.text(".playhead") != "lør 4. juli 20:00:02" {
		t.Errorf("next is %s", next.text(".playhead"))
	}
	at("20:00:03").says(".note", "H.265: ikke alle nettlesere kan vise dette.")
	at("20:00:03").says(".cannot", "Denne nettleseren kan ikke spille av H.265. Lagre filen")

	gap := at("20:15:00")
	gap.says(".screen", "Hovedinngang, lør 4. juli 20:15:00: hull i opptaket, kameraet avviser oss (lør 4. juli 20:00:04–20:29:00)")
	if prev := s.page(gap.href("a[rel=prev]")); prev.text(".playhead") != "lør 4. juli 20:00:02" {
		t.Errorf("before the gap is %s", prev.text(".playhead"))
	}
	if next := s.page(gap.href("a[rel=next]")); next.text(".playhead") != "lør 4. juli 20:30:00" {
		t.Errorf("after the gap is %s", next.text(".playhead"))
	}
	at("20:35:00").says(".screen", "ingen opptak")
	at("20:40:01").says(".screen", "på vei til lageret")
	at("23:00:00").says(".screen", "dette har ikke skjedd ennå")
	s.page("/opptak?part=player&camera=k01-inngang&day=2026-06-20&clock=2000").says(".screen", "slettet. Slettefristen er passert.")
	s.page("/opptak?part=player&camera=k99&day=2026-07-04&clock=2000").says(".screen", "k99", "ingen opptak")
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
	evening(s)
	for _, path := range []string{"/", "/opptak?lang=en&zoom=day&camera=k01-inngang&at=2026-07-04T17:52:05Z", "/sikringer?ended=true", "/sikringer/H-2026-0001?close=yes", "/sletting", "/logg", "/innstillinger", "/nothing"} {
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
	s.page("/opptak").says("#cameras", evil)
	if r := s.get("/" + "%3Cscript%3E"); strings.Contains(r.Body.String(), "<script>") {
		t.Error(r.Body)
	}
}
