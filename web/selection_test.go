package web

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
)

// Zones and several selections over the API and by the form, and how much they are.
func TestSelectByZone(t *testing.T) {
	s := formSite(t)
	const two = `"zones":["Inngang"],"from":"2026-07-04T18:00:00Z","to":"2026-07-04T18:00:02Z",` +
		`"more":[{"cameras":["k01-inngang"],"from":"2026-07-04T18:00:05Z","to":"2026-07-04T18:00:06Z"}]}`
	e := call[holds.Estimate](s, http.StatusOK, "POST", "/api/v1/holds/estimate", "{"+two)
	if e.Cameras != 2 || e.Segments != 1 || len(e.Missing) != 2 || e.Hours*3600 < 4.99 || e.Hours*3600 > 5.01 {
		t.Errorf("%+v", e)
	}
	if all := call[Holds](s, http.StatusOK, "GET", "/api/v1/holds", ""); len(all.Holds) != 0 {
		t.Error("an estimate places a hold")
	}
	h := call[Hold](s, http.StatusCreated, "POST", "/api/v1/holds", `{"ground":"crime_likely","reason":"Slagsmål ved inngangen",`+two)
	if len(h.Selected) != 2 || len(h.Selected[0].Cameras) != 2 || h.Selected[1].From != s.at("20:00:05") || h.To != s.at("20:00:06") || h.Segments != 1 {
		t.Errorf("%+v", h)
	}
	s.page("/sikringer/"+h.Number+"?lang=en").says("#hold", "Selections", "Hovedinngang, Kø")
	s.refused(http.StatusBadRequest, CodeInvalid, "POST", "/api/v1/holds/estimate", `{"zones":["Loft"],"from":"2026-07-04T18:00:00Z","to":"2026-07-04T18:00:02Z"}`)
	s.refused(http.StatusBadRequest, CodeInvalid, "POST", "/api/v1/holds/estimate", `{"from":"2026-07-04T18:00:00Z","to":"2026-07-04T18:00:02Z"}`)

	form := filled()
	form["camera"], form["zone"] = nil, []string{"Inngang"}
	form.Set("do", "estimate")
	r := s.send("/sikringer?lang=en", form)
	if r.Code != http.StatusOK {
		t.Fatal(r.Code)
	}
	d := read(t, r.Body.String())
	d.says("#estimate", "0.0 hours from 2 cameras: 1 segment")
	if _, checked := attribute(d.one("#holdform input[name=zone]"), "checked"); !checked {
		t.Error("the zone comes back unticked")
	}
	form.Del("do")
	if r := s.send("/sikringer", form); r.Code != http.StatusSeeOther {
		t.Fatal(r.Code)
	}
	k, err := s.Holds.Show("H-2026-0002")
	if err != nil || len(k.Cameras) != 2 || k.Span != (footage.Span{From: s.at("20:00:00"), To: s.at("20:00:09")}) {
		t.Errorf("%+v, %v", k, err)
	}
	if r := s.send("/sikringer", url.Values{"zone": {"Loft"}}); r.Code != http.StatusBadRequest {
		t.Error(r.Code)
	}
}
