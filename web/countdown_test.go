package web

import (
	"net/http"
	"testing"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
)

func TestCountdownAPI(t *testing.T) {
	s := formSite(t)
	s.place(holds.Request{Cameras: []footage.CameraID{"k01-inngang"}, Span: footage.Span{From: s.at("20:00:00"), To: s.at("20:00:01")}})
	const path = "/api/v1/countdown?camera=k01-inngang&from=2026-07-04T18:00:00Z"
	c := call[holds.Countdown](s, http.StatusOK, "GET", path+"&to=2026-07-04T18:00:09Z", "")
	if len(c.Stretches) != 1 || c.Stretches[0].Rule != holds.RuleCeiling || c.First != s.Holds.Policy().Ceiling(s.at("20:00:00")) || c.Last != c.First || len(c.Missing) != 1 {
		t.Errorf("%+v", c)
	}
	s.refused(http.StatusBadRequest, CodeInvalid, "GET", path, "")
	s.refused(http.StatusBadRequest, CodeInvalid, "GET", path+"&to=yesterday", "")
	s.refused(http.StatusBadRequest, CodeInvalid, "GET", "/api/v1/countdown?camera=k99&from=2026-07-04T18:00:00Z&to=2026-07-04T18:00:09Z", "")
}
