package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
)

// R17: a pause is in the status and in the metrics, says what ends it, and ends when
// somebody stands by the clock.
func TestClockAPI(t *testing.T) {
	s := newSite(t, saturday)
	s.refused(http.StatusConflict, CodeRefused, "POST", "/api/v1/clock/confirm", `{"reason": "the clock on the wall"}`)
	if err := s.Clock.Load(s.Index); err != nil {
		t.Fatal(err)
	}
	s.setNow(saturday.Add(time.Hour)) // and nothing of the uptime has passed
	c := call[ClockState](s, http.StatusOK, "GET", "/api/v1/clock", "")
	if c.Paused == "" || c.Since != footage.At(saturday) || c.Machine.Sub(c.Time) != time.Hour || !strings.Contains(string(c.Paused), "clock confirm") {
		t.Errorf("%+v", c)
	}
	if st := call[Status](s, http.StatusOK, "GET", "/api/v1/status", ""); st.Expiry.Paused != c.Paused {
		t.Errorf("the status says %q", st.Expiry.Paused)
	}
	if m := s.get("/metrics").Body.String(); !strings.Contains(m, "sjudager_expiry_paused 1\n") || !strings.Contains(m, "sjudager_clock_ahead_seconds 3600\n") {
		t.Error("the metrics do not tell")
	}
	for language, want := range map[string]string{"nb": "Sletting er satt på pause: maskinens klokke hoppet 1\u00a0t fram", "en": "Deletion is paused: the machine&#39;s clock leapt forward by 1\u00a0h"} {
		if page := s.get("/sletting?lang=" + language).Body.String(); !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	s.refused(http.StatusBadRequest, CodeInvalid, "POST", "/api/v1/clock/confirm", `{"reason": " "}`)
	if c := call[ClockState](s, http.StatusOK, "POST", "/api/v1/clock/confirm", `{"reason": "the clock on the wall"}`); c.Paused != "" || c.Time != c.Machine {
		t.Errorf("%+v", c)
	}
}
