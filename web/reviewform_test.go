package web

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
)

// A hold that nobody has looked at says so, until somebody does: on the page and
// over the API.
func TestReview(t *testing.T) {
	s := formSite(t)
	s.place(holds.Request{Cameras: []footage.CameraID{"k01-inngang"}, Span: footage.Span{From: s.at("20:00:00"), To: s.at("20:00:02")}, Place: "Ved døra"})
	const page = "/sikringer/H-2026-0001"
	if len(s.page(page).all("#hold .bad")) != 0 {
		t.Error("a new hold is flagged")
	}
	s.now = s.now.Add(holds.ReviewEvery)
	s.page(page).says("#hold", "Ved døra", "ikke vurdert på nytt i tide", "mangler saksnummer fra politiet")
	s.page(page+"?lang=en").says("#hold", "not reviewed in time", "lacks a police case number")
	s.page("/sikringer").says("#holds", "ikke vurdert på nytt i tide")

	send := func(form url.Values, status int) sheet {
		t.Helper()
		r := s.send("/sikringer/H-2026-0001/review?lang=en", form)
		if r.Code != status {
			t.Fatalf("%v ended with %d", form, r.Code)
		}
		return read(t, r.Body.String())
	}
	send(url.Values{"note": {" "}}, http.StatusBadRequest).says("#note-wrong", "Write why the hold is still needed.")
	wrong := send(url.Values{"note": {"They wait"}, "case": {"123"}}, http.StatusBadRequest)
	wrong.says("#review-case-wrong", "5 to 30 characters")
	if wrong.value("#note") != "They wait" {
		t.Error("the note is lost")
	}
	send(url.Values{"note": {"They wait"}, "case": {"16482011"}}, http.StatusSeeOther)
	d := s.page(page + "?just=reviewed&lang=en")
	d.says("#hold", "Hold H-2026-0001 is reviewed", "16482011", "Last reviewed by")
	if len(d.all("#hold .bad")) != 0 {
		t.Error("a reviewed hold is flagged")
	}

	s.now = s.now.Add(time.Hour)
	h := call[Hold](s, http.StatusOK, "POST", "/api/v1/holds/H-2026-0001/review", `{"note":"fortsatt","next":"2026-07-12T12:00:00Z"}`)
	if h.Review.String() != "2026-07-12T12:00:00.000000Z" || h.Reviewed == nil || h.Reviewed.At != footage.At(s.now) || h.Case != "16482011" {
		t.Errorf("%+v", h)
	}
	s.refused(http.StatusConflict, CodeRefused, "POST", "/api/v1/holds/H-2026-0001/review", `{"note":"x","next":"2026-08-12T12:00:00Z"}`)
	s.refused(http.StatusBadRequest, CodeInvalid, "POST", "/api/v1/holds/H-2026-0001/review", `{"note":""}`)
	s.refused(http.StatusNotFound, CodeNotFound, "POST", "/api/v1/holds/H-2026-0009/review", `{"note":"x"}`)
	if g := call[Grounds](s, http.StatusOK, "GET", "/api/v1/grounds", "").Grounds; len(g) != len(holds.GroundRules) || g[0].Ceiling != 2_592_000 || g[0].Norwegian == "" {
		t.Errorf("%+v", g)
	}
}
