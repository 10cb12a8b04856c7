package web

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/web/account"
)

func demanded(kind string) url.Values {
	return url.Values{
		"type": {kind}, "channel": {"email"}, "reference": {"sak 7"}, "received_day": {"3.7.2026"}, "received_clock": {"10:00"}, "camera": {"k01-inngang"},
		"from_day": {"2026-07-04"}, "from_clock": {"20:00"}, "to_day": {"2026-07-04"}, "to_clock": {"20:00:05"},
	}
}

// R125, R126, R130, R134: a request from its entry to its closing, by forms.
func TestRequestByForm(t *testing.T) {
	s := formSite(t)
	for at, change := range map[string]url.Values{
		"#type-wrong":      {"type": {"curiosity"}},
		"#channel-wrong":   {"channel": {""}},
		"#reference-wrong": {"reference": {strings.Repeat("x", holds.MaxReference+1)}},
		"#received-wrong":  {"received_day": {"5.7.2026"}},
		"#cameras-wrong":   {"camera": nil},
		"#to-wrong":        {"to_clock": {"19:00"}},
	} {
		wrong := demanded("access")
		maps.Copy(wrong, change)
		r := s.send("/innsyn", wrong)
		d := read(t, r.Body.String())
		if r.Code != http.StatusBadRequest || len(d.all(at)) != 1 || d.value("[name=received_clock]") != "10:00" {
			t.Errorf("%s: %d", at, r.Code)
		}
	}
	d := read(t, s.send("/innsyn?lang=en", url.Values{"received_day": {"yesterday"}, "received_clock": {"10:00"}}).Body.String())
	d.says("#received-wrong", "Write the day as 2026-07-04.")
	more := demanded("access")
	more.Set("do", "add")
	if r := s.send("/innsyn", more); r.Code != http.StatusOK || len(read(t, r.Body.String()).all(".many")) != 2 {
		t.Errorf("%d", r.Code)
	}
	if all, err := s.Holds.Requests(true); err != nil || len(all) != 0 {
		t.Fatalf("%d requests were entered, %v", len(all), err)
	}

	r := s.send("/innsyn?lang=en", demanded("restriction"))
	to := r.Header().Get("Location")
	if r.Code != http.StatusSeeOther || to != "/innsyn/I-2026-0001?just=entered&lang=en" {
		t.Fatalf("%d %s", r.Code, to)
	}
	s.page(to).says("#request", "Request I-2026-0001 is entered", "Restriction (art. 18)", "Friday 3 July 2026 at 10:00:00, E-mail", "sak 7", "Monday 3 Aug 2026 at 10:00:00",
		"F-2026-0001: 1 segment", "Frozen until", "Would otherwise be deletedSaturday 11 July 2026 at 20:00:00", "This is missing", "gap: the camera stopped sending pictures")
	s.page("/innsyn").says("#requests", "I-2026-0001", "svarfrist om 29 d", "Hovedinngang: lør 4. juli 20:00:00–20:00:05", "1 opptaksbit fryst til")
	if r := s.get("/sikringer/F-2026-0001"); r.Code != http.StatusNotFound {
		t.Errorf("the freeze as a hold: %d", r.Code)
	}

	act := func(act string, form url.Values, status int, says string) {
		t.Helper()
		r := s.send("/innsyn/I-2026-0001/"+act, form)
		if r.Code != status {
			t.Errorf("%s %v: %d", act, form, r.Code)
		}
		if status != http.StatusSeeOther {
			read(t, r.Body.String()).says("#main", says)
		}
	}
	act("close", url.Values{"note": {"x"}}, http.StatusConflict, "Kravet er ikke avgjort ennå.")
	act("extend", url.Values{"reason": {"mye"}}, http.StatusBadRequest, "Skriv minst 20 tegn; dette er 3.")
	act("extend", url.Values{"reason": {"mange kameraer og mange mennesker"}}, http.StatusSeeOther, "")
	s.page("/innsyn/I-2026-0001?just=extended").says("#request", "Fristen for I-2026-0001 er forlenget", "lørdag 3. okt. 2026 kl. 10:00:00", "mange kameraer")
	act("extend", url.Values{"reason": {"mange kameraer og mange mennesker"}}, http.StatusConflict, "Fristen er allerede forlenget")
	act("decide", url.Values{"reason": {"x"}}, http.StatusBadRequest, "Velg en avgjørelse.")
	act("decide", url.Values{"decision": {"refused"}, "reason": {"nei"}}, http.StatusBadRequest, "Skriv minst 20 tegn; dette er 3.")
	act("decide", url.Values{"decision": {"full"}, "reason": {"retten gjelder"}}, http.StatusSeeOther, "")
	act("decide", url.Values{"decision": {"full"}, "reason": {"retten gjelder"}}, http.StatusConflict, "Kravet er allerede avgjort.")
	act("close", url.Values{"note": {"saken er over"}}, http.StatusBadRequest, "Den registrerte skal ha beskjed før begrensningen oppheves")
	act("close", url.Values{"note": {" "}, "told": {"yes"}, "told_day": {"2026-07-04"}, "told_clock": {"21:00"}}, http.StatusBadRequest, "Skriv hva som ble gjort.")
	act("close", url.Values{"note": {"saken er over"}, "told": {"yes"}, "told_day": {"2026-07-04"}, "told_clock": {"22:00"}}, http.StatusBadRequest, "Det kan ikke være i framtiden.")
	act("close", url.Values{"note": {"saken er over"}, "told": {"yes"}, "told_day": {"2026-07-04"}, "told_clock": {"21:00"}}, http.StatusSeeOther, "")
	s.page("/innsyn/I-2026-0001?just=closed").says("#request", "I-2026-0001 er avsluttet", "Gitt fullt ut: retten gjelder", "Den registrerte fikk beskjedlørdag 4. juli 2026 kl. 21:00:00", "F-2026-0001 er ikke lenger i kraft")
	act("close", url.Values{"note": {"x"}}, http.StatusConflict, "I-2026-0001 er allerede avsluttet.")
	if d := s.page("/innsyn"); len(d.all(".hold")) != 0 {
		t.Error("a closed request is listed")
	}
	s.page("/innsyn?closed=true").says("#requests", "I-2026-0001", "avsluttet")

	// One about no certain footage, which becomes overdue; one that is refused keeps its freeze.
	none := demanded("recipients")
	none.Set("none", "yes")
	none.Del("camera")
	none.Set("from_clock", "")
	s.send("/innsyn", none)
	s.page("/innsyn/I-2026-0002").says("#request", "Kravet gjelder ikke bestemte opptak")
	s.send("/innsyn", demanded("access"))
	s.send("/innsyn/I-2026-0003/decide", url.Values{"decision": {"refused"}, "reason": {"andre kan kjennes igjen på opptaket"}})
	s.page("/innsyn/I-2026-0003").says("#close", "Etter et avslag forblir opptaket fryst til")
	if r := s.send("/innsyn/I-2026-0003/close", url.Values{"note": {"svart"}}); r.Code != http.StatusSeeOther {
		t.Errorf("%d", r.Code)
	}
	s.now = s.now.Add(8 * 24 * time.Hour)
	s.page("/sletting").says("#deletion", "fryst av F-2026-0002")
	s.now = s.now.Add(24 * 24 * time.Hour)
	s.page("/innsyn").says("#requests", "svarfristen er passert", "svarfrist man 3. aug. 10:00:00")
	s.page("/").says("#todo", "I-2026-0002: svarfristen er passert")
	if r := s.get("/innsyn/I-2026-0404"); r.Code != http.StatusNotFound {
		t.Errorf("a request that is none: %d", r.Code)
	}
	_, u := s.person("kari", account.Guard)
	s.by = account.Of(&account.Session{}, u)
	d = s.page("/")
	if len(d.all(`#menu a[href="/innsyn"]`)) != 0 || strings.Contains(d.text("#todo"), "I-2026") {
		t.Error("a guard is led to the requests")
	}
}

// R131: what a request finds deleted is said with the log's own entries.
func TestRequestForDeleted(t *testing.T) {
	s := formSite(t)
	s.now = s.now.Add(9 * 24 * time.Hour)
	s.sweep()
	if _, err := s.Notary.Checkpoint(); err != nil {
		t.Fatal(err)
	}
	if r := s.send("/innsyn", demanded("access")); r.Code != http.StatusSeeOther {
		t.Fatalf("%d", r.Code)
	}
	s.page("/innsyn/I-2026-0001").says("#request", "Det var ingenting igjen å fryse", "slettet: slettefristen er passert", "Det loggen sier om det som er slettet", "loggpost")
}
