package web

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
)

// filled is a form that is right.
func filled() url.Values {
	return url.Values{
		"camera":   {"k01-inngang", "k02-ko"},
		"from_day": {"2026-07-04"}, "from_clock": {"20:00:00"}, "to_day": {"2026-07-04"}, "to_clock": {"20.00.09"},
		"ground": {"crime_likely"}, "reason": {"Slagsmål ved døra, to skadd"}, "case": {"16482011"},
	}
}

func formSite(t *testing.T) *site {
	s := newSite(t, saturday)
	s.camera("k01-inngang", "Hovedinngang")
	s.camera("k02-ko", "Kø")
	s.record("k01-inngang", s.at("20:00:00"), short(t))
	s.gap("k01-inngang", s.at("20:00:02"), s.at("20:00:09"), footage.CauseStalled, "")
	return s
}

func TestPlaceByForm(t *testing.T) {
	s := formSite(t)
	r := s.send("/sikringer?lang=en", filled())
	if r.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Code, read(t, r.Body.String()).text("#holdform"))
	}
	to := r.Header().Get("Location")
	if to != "/sikringer/H-2026-0001?just=placed&lang=en" {
		t.Error(to)
	}
	k, err := s.Holds.Show("H-2026-0001")
	if err != nil {
		t.Fatal(err)
	}
	if k.Span != (footage.Span{From: s.at("20:00:00"), To: s.at("20:00:09")}) || k.Ground != holds.CrimeLikely || k.Reason != "Slagsmål ved døra, to skadd" ||
		k.Case != "16482011" || !slices.Equal(k.Cameras, []footage.CameraID{"k01-inngang", "k02-ko"}) || k.Placed.By != "web" {
		t.Errorf("%+v", k)
	}
	d := s.page(to)
	d.says("#hold", "Hold H-2026-0001 is placed", "Hovedinngang, Kø", "Saturday 4 July 2026 at 20:00:00", "Criminal offence", "16482011", "the web page",
		"Sunday 5 July 2026 at 21:47:05 (in 1 d)", "Unless another person than the one who placed it confirms it", "1 segment", "This is missing",
		"Hovedinngang Sat 4 July 20:00:02–20:00:09: gap: the camera stopped sending pictures",
		"Kø Sat 4 July 20:00:00–20:00:09: not recorded")
	s.page("/sikringer/H-2026-0001").says("#hold", "Sikring H-2026-0001", "Dette mangler", "Kø lør 4. juli 20:00:00–20:00:09: ikke tatt opp")
	if r := s.get("/sikringer/H-2026-0404"); r.Code != http.StatusNotFound {
		t.Errorf("a hold that is none: %d", r.Code)
	}

	// A hold that reaches into the future says so.
	form := filled()
	form.Set("to_clock", "23:00")
	s.send("/sikringer", form)
	s.page("/sikringer/H-2026-0002").says("#hold", "Det som tas opp fram til slutten av tidsrommet, sikres også.")
}

// A refused form comes back as it was filled in, with the reason at its field, in
// the reader's language, and nothing has been placed.
func TestRefusedForm(t *testing.T) {
	s := formSite(t)
	for _, c := range []struct {
		name   string
		change url.Values
		status int
		at, nb string
		en     string
	}{
		{"no camera", url.Values{"camera": nil}, 400, "#cameras-wrong", "Velg minst ett kamera.", "Choose at least one camera."},
		{"no day", url.Values{"from_day": {""}}, 400, "#from-wrong", "Velg en dag.", "Choose a day."},
		{"no time", url.Values{"to_clock": {""}}, 400, "#to-wrong", "Skriv klokkeslettet som 18:30:05.", "Write the time as 18:30:05."},
		{"a time that is none", url.Values{"from_clock": {"25:00"}}, 400, "#from-wrong", "Skriv klokkeslettet", "Write the time"},
		{"end before beginning", url.Values{"to_clock": {"19:59:59"}}, 400, "#to-wrong", "Slutten må være etter begynnelsen.", "The end must be after the beginning."},
		{"nothing in between", url.Values{"to_clock": {"20:00:00"}}, 400, "#to-wrong", "Slutten må være etter begynnelsen.", "The end must be after the beginning."},
		{"too far ahead", url.Values{"to_day": {"2026-07-05"}, "to_clock": {"21:47:06"}}, 400, "#to-wrong", "høyst 1 d fram i tid", "at most 1 d into the future"},
		{"no ground", url.Values{"ground": {""}}, 400, "#ground-wrong", "Velg en sikringsgrunn.", "Choose a ground."},
		{"a ground of one's own", url.Values{"ground": {"curiosity"}}, 400, "#ground-wrong", "Velg en sikringsgrunn.", "Choose a ground."},
		{"no reason", url.Values{"reason": {"  "}}, 400, "#reason-wrong", "Skriv hvorfor", "Write why"},
		{"a reason that says nothing", url.Values{"reason": {"Slagsmål"}}, 400, "#reason-wrong", "minst 20 tegn; dette er 8", "at least 20 characters; this is 8"},
		{"too much reason", url.Values{"reason": {strings.Repeat("æ", holds.MaxReason+1)}}, 400, "#reason-wrong", "Høyst 2000 tegn; dette er 2001.", "At most 2000 characters; this is 2001."},
		{"half a case number", url.Values{"case": {"1648"}}, 400, "#case-wrong", "Et saksnummer har 5 til 30 tegn.", "A case number has 5 to 30 characters."},
		{"nothing left", url.Values{"from_day": {"2026-06-20"}, "to_day": {"2026-06-20"}}, 404, "#holdform .wrong", "Det finnes ikke noe opptak å sikre her.", "There is no footage here to hold."},
	} {
		t.Run(c.name, func(t *testing.T) {
			form := filled()
			maps.Copy(form, c.change)
			for lang, want := range map[string]string{"nb": c.nb, "en": c.en} {
				r := s.send("/sikringer?lang="+lang, form)
				d := read(t, r.Body.String())
				if r.Code != c.status {
					t.Errorf("%d", r.Code)
				}
				d.says(c.at, want)
				if _, has := attribute(d.one("#holdform"), "autofocus"); !has {
					t.Error("the form is not where the page opens")
				}
				for _, name := range []string{"from_day", "from_clock", "to_day", "to_clock", "ground", "case"} {
					if got := d.value("#holdform [name=" + name + "]"); got != form.Get(name) && form.Get(name) != "curiosity" {
						t.Errorf("%s comes back as %q, not %q", name, got, form.Get(name))
					}
				}
				if got := d.value("#reason"); got != strings.TrimSpace(form.Get("reason")) {
					t.Errorf("the reason comes back as %q", got)
				}
				ticked := 0
				for _, box := range d.all("#holdform input[name=camera]") {
					if _, checked := attribute(box, "checked"); checked {
						ticked++
					}
				}
				if ticked != len(form["camera"]) {
					t.Errorf("%d cameras come back ticked", ticked)
				}
				if got, _ := attribute(d.one("#holdform"), "action"); !strings.Contains(got, "lang="+lang) {
					t.Errorf("the language is lost: %s", got)
				}
			}
			if c.status == 404 {
				r := s.send("/sikringer", form)
				if got := read(t, r.Body.String()).all("#holdform .missing li"); len(got) != 2 || !strings.Contains(text(got[0]), "slettet: slettefristen er passert") {
					t.Errorf("what is missing: %d entries", len(got))
				}
			}
		})
	}
	if all, err := s.Holds.List(true); err != nil || len(all) != 0 {
		t.Errorf("%d holds were placed, %v", len(all), err)
	}
}

// The limits that the form speaks of are those of holds.
func TestFormLimits(t *testing.T) {
	s := formSite(t)
	now := footage.At(s.now)
	place := func(change func(*holds.Request)) error {
		r := holds.Request{Cameras: []footage.CameraID{"k01-inngang"}, Span: footage.Span{From: s.at("20:00:00"), To: s.at("20:00:02")}, Ground: holds.CrimeLikely, Reason: "Slagsmål ved inngangen", By: "uid:0"}
		change(&r)
		_, err := s.Holds.Place(r)
		return err
	}
	for name, change := range map[string]func(int) func(*holds.Request){
		"reason": func(over int) func(*holds.Request) {
			return func(r *holds.Request) { r.Reason = strings.Repeat("æ", holds.MaxReason+over) }
		},
		"case": func(over int) func(*holds.Request) {
			return func(r *holds.Request) { r.Case = strings.Repeat("1", holds.MaxCase+over) }
		},
		"shortest case": func(over int) func(*holds.Request) {
			return func(r *holds.Request) { r.Case = strings.Repeat("1", holds.MinCase-over) }
		},
		"ahead": func(over int) func(*holds.Request) {
			return func(r *holds.Request) { r.Span.To = now.Add(holds.MaxAhead) + footage.Instant(over) }
		},
	} {
		if err := place(change(0)); err != nil {
			t.Errorf("%s at the limit: %v", name, err)
		}
		if err := place(change(1)); err == nil {
			t.Errorf("%s beyond the limit is admitted", name)
		}
	}
}

// In the night that has two o'clock twice, and in the one that has it not at all,
// the form asks.
func TestFormInClockChanges(t *testing.T) {
	for _, c := range []struct {
		name, day, clock string
		now              time.Time
		nb               string
		choices          []string // as offered
		want             string   // the second choice, taken
	}{
		{
			"autumn", "2026-10-25", "02:30:00", time.Date(2026, 10, 25, 12, 0, 0, 0, time.UTC), "Klokken er 02:30:00 to ganger denne natten",
			[]string{"søn 25. okt. 02:30:00 (UTC+2)", "søn 25. okt. 02:30:00 (UTC+1)"}, "2026-10-25T01:30:00.000000Z",
		},
		{
			"spring", "2026-03-29", "02:30:00", time.Date(2026, 3, 29, 12, 0, 0, 0, time.UTC), "Klokken er aldri 02:30:00 denne natten",
			[]string{"søn 29. mars 01:30:00 (UTC+1)", "søn 29. mars 03:30:00 (UTC+2)"}, "2026-03-29T01:30:00.000000Z",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t, c.now)
			s.camera("k01-inngang", "Hovedinngang")
			s.record("k01-inngang", instant(c.want), short(t))
			form := filled()
			form["camera"] = []string{"k01-inngang"}
			form.Set("from_day", c.day)
			form.Set("from_clock", c.clock)
			form.Set("to_day", c.day)
			form.Set("to_clock", "04:00")
			r := s.send("/sikringer", form)
			d := read(t, r.Body.String())
			d.says("#from-wrong", c.nb)
			var offered []string
			var second string
			for _, radio := range d.all("#holdform input[type=radio]") {
				offered = append(offered, text(radio.Parent))
				second, _ = attribute(radio, "value")
			}
			if !slices.Equal(offered, c.choices) || second != c.want || r.Code != http.StatusBadRequest {
				t.Errorf("%d: offered are %q, the second is %s", r.Code, offered, second)
			}
			// A choice that belongs to another time of day does not count.
			form["from_at"] = []string{"", second}
			form.Set("from_clock", "02:31:00")
			if r := s.send("/sikringer", form); r.Code != http.StatusBadRequest {
				t.Errorf("a stale choice: %d", r.Code)
			}
			form.Set("from_clock", c.clock)
			if r := s.send("/sikringer", form); r.Code != http.StatusSeeOther {
				t.Fatalf("%d %s", r.Code, r.Body)
			}
			k, err := s.Holds.Show("H-2026-0001")
			if err != nil || k.Span.From.String() != c.want || k.Segments != 1 {
				t.Errorf("%v %v", k, err)
			}
		})
	}
}

// A fresh form proposes the last ten minutes, or what the address asks for.
func TestFreshForm(t *testing.T) {
	s := formSite(t)
	d := s.page("/sikringer/ny")
	if from, to := d.value("[name=from_clock]"), d.value("[name=to_clock]"); from != "21:37:05" || to != "21:47:05" || d.value("[name=from_day]") != "2026-07-04" {
		t.Errorf("%s to %s", from, to)
	}
	d = s.page("/sikringer/ny?part=form&camera=k01-inngang&from=2026-07-04T18:00:00Z&to=2026-07-04T18:00:02Z")
	if from, to := d.value("[name=from_clock]"), d.value("[name=to_clock]"); from != "20:00:00" || to != "20:00:02" {
		t.Errorf("%s to %s", from, to)
	}
	if checked := d.all("#holdform input[checked]"); len(checked) != 1 || len(d.all("header")) != 0 {
		t.Errorf("%d cameras are ticked", len(checked))
	}
}

// A quick hold is two clicks: what was around the moment is held, until somebody
// confirms it.
func TestQuickByForm(t *testing.T) {
	s := formSite(t)
	r := s.send("/sikringer/hurtig?lang=en", url.Values{"zone": {"Inngang"}, "at": {"2026-07-04T18:00:00Z"}, "ground": {"crime_likely"}})
	if to := r.Header().Get("Location"); r.Code != http.StatusSeeOther || to != "/sikringer/H-2026-0001?just=placed&lang=en" {
		t.Fatalf("%d %s", r.Code, r.Body)
	}
	k, err := s.Holds.Show("H-2026-0001")
	if err != nil || !k.Quick || k.State != holds.Awaiting || len(k.Cameras) != 2 || k.Span != (footage.Span{From: s.at("19:50:00"), To: s.at("20:10:00")}) || !strings.Contains(k.Reason, "20:00:00") {
		t.Errorf("%+v %v", k, err)
	}
	if r := s.send("/sikringer/hurtig", url.Values{"camera": {"k01-inngang"}, "at": {"2026-07-04T18:00:00Z"}, "ground": {"crime_likely"}}); r.Code != http.StatusSeeOther {
		t.Errorf("%d %s", r.Code, r.Body)
	}
	for _, form := range []url.Values{
		{"zone": {"Loft"}, "ground": {"crime_likely"}}, {"camera": {"../x"}, "ground": {"crime_likely"}}, {"ground": {"crime_likely"}},
		{"zone": {"Inngang"}, "ground": {"curiosity"}}, {"zone": {"Inngang"}, "at": {"2026-08-01T00:00:00Z"}, "ground": {"crime_likely"}},
	} {
		if r := s.send("/sikringer/hurtig", form); r.Code != http.StatusBadRequest {
			t.Errorf("%v: %d", form, r.Code)
		}
	}
}

func TestCloseByForm(t *testing.T) {
	s := formSite(t)
	cameras := []footage.CameraID{"k01-inngang"}
	span := footage.Span{From: s.at("20:00:00"), To: s.at("20:00:01")}
	s.place(holds.Request{Cameras: cameras, Span: span})
	s.place(holds.Request{Cameras: cameras, Span: span})
	s.now = s.now.Add(8 * 24 * time.Hour)

	d := s.page("/sikringer")
	if got := d.href("#close-H-2026-0001"); got != "/sikringer/H-2026-0001?close=yes#close" {
		t.Error(got)
	}
	// The other hold still keeps the footage.
	s.page("/sikringer/H-2026-0001?close=yes").says("#close", "Oppheve sikringen H-2026-0001?", "Ingenting slettes straks")

	r := s.send("/sikringer/H-2026-0001/close?lang=en", url.Values{"why": {"  "}})
	d = read(t, r.Body.String())
	if r.Code != http.StatusBadRequest {
		t.Errorf("%d", r.Code)
	}
	d.says("#code-wrong", "Choose a reason.")
	d.says("#sure-wrong", "Tick the box")
	r = s.send("/sikringer/H-2026-0001/close?lang=en", url.Values{"code": {"not_needed"}, "why": {"  "}})
	read(t, r.Body.String()).says("#why-wrong", "Write why")
	r = s.send("/sikringer/H-2026-0001/close", url.Values{"code": {"not_needed"}, "why": {"Utlevert"}})
	if d = read(t, r.Body.String()); d.value("#why") != "Utlevert" || len(d.all("#why-wrong")) != 0 || len(d.all("#sure-wrong")) != 1 {
		t.Errorf("%d", r.Code)
	}
	r = s.send("/sikringer/H-2026-0001/close", url.Values{"code": {"mistake"}, "why": {"Utlevert"}, "sure": {"yes"}})
	if to := r.Header().Get("Location"); r.Code != http.StatusSeeOther || to != "/sikringer/H-2026-0001?just=closed" {
		t.Fatalf("%d %s", r.Code, to)
	}
	s.page("/sikringer/H-2026-0001?just=closed").says("#hold", "Sikringen H-2026-0001 er opphevet", "opphevet søn 12. juli 21:47:05, nettsiden: UtlevertSikret ved en feil")
	s.page("/sikringer?ended=true").says("#holds", "H-2026-0001 opphevet", "H-2026-0002 utløper om")

	// Now nothing else keeps it.
	s.page("/sikringer/H-2026-0002?close=yes").says("#close", "1 opptaksbit (", "har passert slettefristen og slettes straks sikringen er opphevet. Det kan ikke angres.")
	r = s.send("/sikringer/H-2026-0001/close", url.Values{"code": {"mistake"}, "why": {"igjen"}, "sure": {"yes"}})
	if r.Code != http.StatusConflict {
		t.Errorf("closed twice: %d", r.Code)
	}
	read(t, r.Body.String()).says("#close", "Sikringen er allerede avsluttet.")
	if r := s.send("/sikringer/H-2026-0404/close", url.Values{"why": {"x"}, "sure": {"yes"}}); r.Code != http.StatusNotFound {
		t.Errorf("a hold that is none: %d", r.Code)
	}
}
