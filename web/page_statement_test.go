package web

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sjudager/sjudager/holds/statement"
	"github.com/sjudager/sjudager/web/account"
)

// The daily statements as pages: R19.
func TestStatementPages(t *testing.T) {
	s := formSite(t)
	if _, err := s.Notary.Checkpoint(); err != nil {
		t.Fatal(err)
	}
	d := s.page("/sletting?lang=en")
	d.says("#statements", "The first is made shortly after midnight.", "State the day so far")
	r := s.send("/sletting/dag/2026-07-04?lang=en", url.Values{})
	if r.Code != http.StatusOK {
		t.Fatalf("%d %s", r.Code, r.Body)
	}
	read(t, r.Body.String()).says("#statement", "Deletion statement of Saturday 4 July 2026", "The day so far, made Saturday 4 July 2026 at 21:47:05", "Hovedinngang", "the camera stopped sending pictures: 7 s")
	if r := s.get("/sletting/dag/2026-07-04"); r.Code != http.StatusNotFound {
		t.Errorf("what was not kept: %d", r.Code)
	}
	s.now = s.now.Add(24 * time.Hour)
	if _, err := s.Statements.Day("2026-07-04"); err != nil {
		t.Fatal(err)
	}
	d = s.page("/sletting")
	d.says("#statements", "lørdag 4. juli 2026", "PDF på bokmål", "PDF på engelsk", "JSON")
	if got, _ := attribute(d.all("#statements li a")[0], "href"); got != "/sletting/dag/2026-07-04" {
		t.Error(got)
	}
	for _, link := range d.all("#statements .files a") {
		href, _ := attribute(link, "href")
		if r := s.get(href); r.Code != http.StatusOK || !strings.HasPrefix(r.Header().Get("Content-Disposition"), "attachment") {
			t.Errorf("%s: %d", href, r.Code)
		}
	}
	s.page("/sletting/dag/2026-07-04").says("#statement", "Slettebevis for lørdag 4. juli 2026", "Det endres ikke.", "Bygger på loggens")
	for _, day := range []string{"2026-07-09", "x"} {
		if r := s.send("/sletting/dag/"+day, url.Values{}); r.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", day, r.Code)
		}
	}
	for range statementsShown + 1 {
		s.now = s.now.Add(24 * time.Hour)
	}
	if err := s.Statements.Daily(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(s.page("/sletting").all("#statements li")); n != statementsShown {
		t.Errorf("%d are listed", n)
	}
	if n := len(s.page("/sletting?all=true").all("#statements li")); n <= statementsShown {
		t.Errorf("%d are listed of all", n)
	}
}

// R131: what became of footage, in words and as a file.
func TestAskByForm(t *testing.T) {
	s := formSite(t)
	s.sweep()
	if _, err := s.Notary.Checkpoint(); err != nil {
		t.Fatal(err)
	}
	s.now = s.now.Add(40 * 24 * time.Hour)
	s.sweep()
	if _, err := s.Notary.Checkpoint(); err != nil {
		t.Fatal(err)
	}
	ask := url.Values{"camera": {"k01-inngang"}, "asked_from_day": {"4.7.2026"}, "asked_from_clock": {"20:00"}, "asked_to_day": {"2026-07-04"}, "asked_to_clock": {"20:00:09"}}
	for at, change := range map[string]url.Values{
		"#ask-camera-wrong": {"camera": {"k09"}},
		"#asked_from-wrong": {"asked_from_day": {"in July"}},
		"#asked_to-wrong":   {"asked_to_day": {"4.8.2026"}},
	} {
		wrong := maps.Clone(ask)
		maps.Copy(wrong, change)
		r := s.send("/sletting/svar", wrong)
		if d := read(t, r.Body.String()); r.Code != http.StatusBadRequest || len(d.all(at)) != 1 || d.value("[name=asked_from_day]") != wrong.Get("asked_from_day") {
			t.Errorf("%s: %d", at, r.Code)
		}
	}
	r := s.send("/sletting/svar?lang=en", ask)
	if r.Code != http.StatusOK {
		t.Fatalf("%d %s", r.Code, r.Body)
	}
	d := read(t, r.Body.String())
	d.says("#answered", "Footage of Hovedinngang", "There was footage of parts of the span. All of it has been deleted.")
	form := url.Values{}
	for _, field := range d.all("#answered input") {
		name, _ := attribute(field, "name")
		value, _ := attribute(field, "value")
		form.Set(name, value)
	}
	form.Set("do", "json")
	signed, err := statement.Parse(s.send("/sletting/svar", form).Body.Bytes())
	if err != nil || signed.Verify(s.Notary.Key.Verifier()) != nil || signed.Statement.Answer.From != s.at("20:00:00") {
		t.Errorf("%v %+v", err, signed.Statement.Answer)
	}
	form.Set("do", "pdf")
	if r := s.send("/sletting/svar", form); r.Header().Get("Content-Type") != "application/pdf" || !strings.HasPrefix(r.Body.String(), "%PDF") {
		t.Errorf("%d %s", r.Code, r.Header().Get("Content-Type"))
	}
	_, u := s.person("kari", account.Guard)
	s.by = account.Of(&account.Session{}, u)
	if d := s.page("/sletting"); len(d.all("#answer"))+len(d.all("#statements button")) != 0 {
		t.Error("a guard is offered what the role cannot do")
	}
}
