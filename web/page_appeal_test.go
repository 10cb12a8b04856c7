package web

import (
	"maps"
	"net/http"
	"net/url"
	"testing"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/web/account"
)

func appealed() url.Values {
	return url.Values{
		"district": {"Oslo politidistrikt"}, "source": {"https://www.politiet.no/aktuelt?id=1"}, "case": {"16482011"}, "zone": {"Inngang"},
		"from_day": {"2026-07-04"}, "from_clock": {"19:30"}, "to_day": {"2026-07-04"}, "to_clock": {"20:30"},
	}
}

// R38: an appeal proposes its hold, which is placed when somebody accepts it.
func TestAppealByForm(t *testing.T) {
	s := formSite(t)
	for at, change := range map[string]url.Values{
		"#district-wrong": {"district": {"ab"}},
		"#source-wrong":   {"source": {"javascript:alert(1)"}},
		"#case-wrong":     {"case": {"16"}},
		"#cameras-wrong":  {"zone": nil},
		"#from-wrong":     {"from_clock": {"x"}},
		"#to-wrong":       {"to_clock": {"19:00"}},
	} {
		wrong := appealed()
		maps.Copy(wrong, change)
		r := s.send("/sikringer/oppfordring", wrong)
		d := read(t, r.Body.String())
		if r.Code != http.StatusBadRequest || len(d.all(at)) != 1 || d.value("#source") != wrong.Get("source") {
			t.Errorf("%s: %d", at, r.Code)
		}
		d.says("#appealform", "Oppfordringen er ikke registrert.")
	}
	more := appealed()
	more.Set("do", "add")
	if r := s.send("/sikringer/oppfordring", more); r.Code != http.StatusOK || len(read(t, r.Body.String()).all(".pick-row")) != 2 {
		t.Errorf("%d", r.Code)
	}
	if all, err := s.Holds.Appeals(); err != nil || len(all) != 0 {
		t.Fatalf("%d appeals were entered, %v", len(all), err)
	}

	r := s.send("/sikringer/oppfordring?lang=en", appealed())
	to := r.Header().Get("Location")
	if r.Code != http.StatusSeeOther || to != "/sikringer/oppfordring/A-2026-0001?just=entered&lang=en" {
		t.Fatalf("%d %s", r.Code, to)
	}
	s.page(to).says("#appeal", "Appeal A-2026-0001 is entered", "Oslo politidistrikt", "16482011", "Proposed hold", "2.0 hours from 2 cameras", "This is missing", "Kø Sat 4 July 19:30:00–20:30:00: not recorded")
	s.page("/sikringer").says("#appeals", "A-2026-0001", "ikke besvart", "Hovedinngang, Kø")
	s.page("/").says("#todo", "A-2026-0001: oppfordringen fra Oslo politidistrikt er ikke besvart")
	guard := func(path string) sheet {
		_, u := s.person("kari", account.Guard)
		s.by = account.Of(&account.Session{}, u)
		defer func() { s.by = &account.Identity{ID: byAnybody, Machine: true} }()
		return s.page(path)
	}
	if d := guard("/sikringer/oppfordring/A-2026-0001"); len(d.all("#accept")) != 0 {
		t.Error("a guard is offered to accept it")
	}

	r = s.send("/sikringer/oppfordring/A-2026-0001/accept", url.Values{})
	if to := r.Header().Get("Location"); r.Code != http.StatusSeeOther || to != "/sikringer/H-2026-0001?just=placed" {
		t.Fatalf("%d %s", r.Code, to)
	}
	if k, err := s.Holds.Show("H-2026-0001"); err != nil || k.Ground != holds.PoliceRequested || k.Appeal != "A-2026-0001" {
		t.Errorf("%+v %v", k, err)
	}
	s.page("/sikringer/H-2026-0001").says("#hold", "oppfordring A-2026-0001")
	s.page("/sikringer").says("#appeals", "sikret med H-2026-0001")
	r = s.send("/sikringer/oppfordring/A-2026-0001/accept", url.Values{})
	if r.Code != http.StatusConflict {
		t.Errorf("accepted twice: %d", r.Code)
	}
	read(t, r.Body.String()).says("#appeal", "Oppfordringen er allerede besvart med H-2026-0001.")
	if r := s.send("/sikringer/oppfordring/A-2026-0404/accept", url.Values{}); r.Code != http.StatusNotFound {
		t.Errorf("an appeal that is none: %d", r.Code)
	}

	// One that nothing is left of.
	gone := appealed()
	gone["from_day"], gone["to_day"] = []string{"2026-06-20"}, []string{"2026-06-20"}
	s.send("/sikringer/oppfordring", gone)
	r = s.send("/sikringer/oppfordring/A-2026-0002/accept", url.Values{})
	if r.Code != http.StatusNotFound {
		t.Errorf("nothing left: %d", r.Code)
	}
	read(t, r.Body.String()).says("#appeal", "Det finnes ikke noe opptak å sikre her.", "slettet: slettefristen er passert")
}
