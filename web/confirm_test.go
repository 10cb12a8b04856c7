package web

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
)

// A quick hold, confirmed by another person on the page; one that the page itself
// placed is not offered there.
func TestQuickAndConfirm(t *testing.T) {
	s := formSite(t)
	s.record("k01-inngang", s.at("21:40:00"), short(t))
	quick := `{"zone":"Inngang","ground":"crime_likely","reason":"Slagsmål ved inngangen"}`
	h := call[Hold](s, http.StatusCreated, "POST", "/api/v1/holds/quick", quick)
	now := footage.At(s.now)
	if h.State != holds.Awaiting || !h.Quick || h.ConfirmBy != now.Add(24*time.Hour) || h.From != now.Add(-10*time.Minute) || h.To != now.Add(10*time.Minute) || len(h.Cameras) != 2 || h.Segments != 1 || h.Happened != now {
		t.Errorf("%+v", h)
	}
	s.refused(http.StatusConflict, CodeRefused, "POST", "/api/v1/holds/H-2026-0001/confirm", `{}`) // the same actor
	if len(s.page("/sikringer/H-2026-0001").all("#confirm")) != 0 {
		t.Error("the page offers to confirm what it placed")
	}
	s.page("/sikringer").says("#holds", "venter på bekreftelse")
	s.refused(http.StatusBadRequest, CodeInvalid, "POST", "/api/v1/holds/quick", `{"zone":"Loft","ground":"crime_likely","reason":"Slagsmål ved inngangen"}`)
	s.refused(http.StatusBadRequest, CodeInvalid, "POST", "/api/v1/holds/quick", `{"zone":"Inngang","at":"2026-08-01T00:00:00Z","ground":"crime_likely","reason":"Slagsmål ved inngangen"}`)

	for range 2 { // placed on the command line
		s.place(holds.Request{Cameras: []footage.CameraID{"k01-inngang"}, Span: footage.Span{From: s.at("20:00:00"), To: s.at("20:00:02")}, Quick: true})
	}
	s.page("/sikringer/H-2026-0002?lang=en").says("#confirm", "Confirm the hold")
	if r := s.send("/sikringer/H-2026-0002/confirm", url.Values{}); r.Code != http.StatusSeeOther {
		t.Fatal(r.Code)
	}
	s.page("/sikringer/H-2026-0002?just=confirmed&lang=en").says("#hold", "Hold H-2026-0002 is confirmed", "Confirmed by", "the web page")
	if r := s.send("/sikringer/H-2026-0002/confirm", url.Values{}); r.Code != http.StatusConflict {
		t.Error(r.Code)
	}
	if h := call[Hold](s, http.StatusOK, "POST", "/api/v1/holds/H-2026-0003/confirm", `{"note":"enig"}`); h.State != holds.Active || h.Confirmed == nil || h.Confirmed.By != "web" {
		t.Errorf("%+v", h)
	}
}

func TestNarrowAPI(t *testing.T) {
	s := formSite(t)
	s.place(holds.Request{Cameras: []footage.CameraID{"k01-inngang"}, Span: footage.Span{From: s.at("20:00:00"), To: s.at("21:00:00")}})
	const path = "/api/v1/holds/H-2026-0001/narrow"
	keep := func(from, to string) string {
		return `{"keep":[{"cameras":["k01-inngang"],"from":"` + from + `","to":"` + to + `"}],"why":"bare selve slagsmålet"}`
	}
	s.refused(http.StatusConflict, CodeRefused, "POST", path, keep("2026-07-04T17:59:59Z", "2026-07-04T18:30:00Z"))
	s.refused(http.StatusBadRequest, CodeInvalid, "POST", path, `{"keep":[],"why":"x"}`)
	h := call[Hold](s, http.StatusOK, "POST", path, keep("2026-07-04T18:00:01Z", "2026-07-04T18:30:00Z"))
	if h.From != s.at("20:00:01") || h.To != s.at("20:30:00") || h.Segments != 1 {
		t.Errorf("%+v", h)
	}
	h = call[Hold](s, http.StatusOK, "POST", path, keep("2026-07-04T18:10:00Z", "2026-07-04T18:30:00Z"))
	if h.Segments != 0 || h.State != holds.Active {
		t.Errorf("%+v", h)
	}
}
