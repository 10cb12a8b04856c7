package web

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sjudager/sjudager/holds/handover"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web/signage"
)

const newAssessment = `{"interest":"Gjestene skal være trygge i køen og inngangen.","incidents":"2026-03-14 vold i køen","alternatives":"To vakter til ble prøvd i vinter og så ikke hele køen.",
"necessity":"Uten opptak kan hendelser i køen ikke oppklares.","balance":"Bare kø og inngang filmes, i sju dager.","safeguards":"uten lyd, maskert","approved":true,"decided_by":"daglig leder",
"decided":"2026-07-01T10:00:00Z","review":"2027-06-30T10:00:00Z","dpia":"Ikke nødvendig: få kameraer.","consultation":{"held":"2026-06-20T10:00:00Z","participants":"verneombud","minutes":"` + "ab12345678901234567890123456789012345678901234567890123456789012" + `"}}`

func TestR92R138SheetsAndAssessmentsAPI(t *testing.T) {
	s := newSite(t, saturday)
	s.announce()
	const sheet, assessment = "/api/v1/cameras/k01-inngang/sheet", "/api/v1/cameras/k01-inngang/assessment"
	s.refused(http.StatusNotFound, CodeNotFound, "GET", sheet, "")
	s.refused(http.StatusNotFound, CodeNotFound, "GET", assessment, "")
	s.refused(http.StatusConflict, CodeRefused, "POST", sheet, `{"kind":"real","purposes":["employee-performance"]}`)
	one := call[signage.Sheet](s, http.StatusCreated, "POST", sheet, `{"kind":"real","direction_deg":0,"px_per_m":130,"mac":"00:11:22:33:44:55","purposes":["theft"]}`)
	if got := call[signage.Sheet](s, http.StatusOK, "GET", sheet, ""); got.Class != "perceive" || got.Direction == nil || got.Entered != one.Entered {
		t.Errorf("%+v", got)
	}
	s.refused(http.StatusNotFound, CodeNotFound, "GET", sheet+"?at=2026-07-04T10:00:00Z", "")
	s.refused(http.StatusNotFound, CodeNotFound, "POST", "/api/v1/signs/zones/Z-009/assessment", newAssessment)
	s.refused(http.StatusBadRequest, CodeInvalid, "POST", assessment, strings.Replace(newAssessment, "2027-06", "2028-06", 1))
	zone := call[signage.Assessment](s, http.StatusCreated, "POST", "/api/v1/signs/zones/Z-001/assessment", newAssessment)
	if got := call[signage.Assessment](s, http.StatusOK, "GET", assessment, ""); got.Number != zone.Number || !got.Approved {
		t.Errorf("%+v", got)
	}
	if got := call[signage.Assessment](s, http.StatusCreated, "POST", assessment, newAssessment); got.Camera != "k01-inngang" || got.Consultation == nil {
		t.Errorf("%+v", got)
	}

	if r := s.get("/api/v1/signs/table?of=cameras"); !strings.Contains(r.Body.String(), "k01-inngang;real;;;0;;130;") {
		t.Errorf("%d: %s", r.Code, r.Body)
	}
	all := call[CameraPapers](s, http.StatusOK, "GET", "/api/v1/cameras/papers", "")
	if len(all.Sheets) != 1 || all.Sheets[0].Version != 1 || len(all.Assessments) != 2 || len(all.Purposes) != 1 {
		t.Errorf("%+v", all)
	}
}

func TestR93SignStateAPI(t *testing.T) {
	s := newSite(t, saturday)
	s.announce()
	const at = "/api/v1/cameras/k01-inngang/signs"
	if now := call[handover.SignState](s, http.StatusOK, "GET", at, ""); len(now.Periods) != 1 || now.Periods[0].Covered || now.Periods[0].Entrances[0].Signs[0].Faults[0] != "uninspected" {
		t.Errorf("%+v", now)
	}
	s.now = s.now.Add(time.Hour)
	call[signage.Inspection](s, http.StatusCreated, "POST", "/api/v1/signs/S-001/inspect", `{"occasion":"install"}`)
	s.now = s.now.Add(time.Hour)
	if now := call[handover.SignState](s, http.StatusOK, "GET", at, ""); !now.Periods[0].Covered || now.Periods[0].Entrances[0].Signs[0].By != byAnybody {
		t.Errorf("%+v", now)
	}
	if then := call[handover.SignState](s, http.StatusOK, "GET", at+"?at=2026-07-04T20:00:00Z", ""); then.Periods[0].Covered || then.Periods[0].Known != true {
		t.Errorf("%+v", then)
	}
	if all := call[handover.SignState](s, http.StatusOK, "GET", at+"?from=2026-07-04T10:00:00Z&to=2026-07-04T21:00:00Z", ""); len(all.Periods) != 3 || all.Periods[0].Known {
		t.Errorf("%+v", all)
	}
	if gone := call[handover.SignState](s, http.StatusOK, "GET", "/api/v1/cameras/k99/signs", ""); gone.Periods[0].Known {
		t.Errorf("%+v", gone)
	}
	for _, bad := range []string{"?at=yesterday", "?at=2027-07-04T10:00:00Z", "?from=2026-05-04T10:00:00Z", "?from=2026-07-04T10:00:00Z&to=2026-07-04T09:00:00Z"} {
		s.refused(http.StatusBadRequest, CodeInvalid, "GET", at+bad, "")
	}
	s.refused(http.StatusBadRequest, CodeInvalid, "GET", "/api/v1/cameras/K!/signs", "")
}

// A camera that is not to record yet says what it lacks and what to do, in the overview,
// its to-do list and the status; an alarm about signs says when it ends.
func TestR115WithheldCameraOnThePages(t *testing.T) {
	s := newSite(t, saturday)
	s.observe()
	s.camera("k01-inngang", "Hovedinngang")
	s.health[0] = footage.Health{Camera: "k01-inngang", Name: "Hovedinngang", State: footage.StateWithheld, Since: s.at("20:00:00"), Cause: footage.CauseWithheld}
	s.alarms = []footage.Alarm{{Code: footage.AlarmSignHole, Camera: "k01-inngang", Since: s.at("20:00:00"), Detail: "x"}}
	if c := call[Status](s, http.StatusOK, "GET", "/api/v1/status", "").Cameras[0]; !slices.Equal(c.Lacks, []signage.Lack{"zone", "purpose", "assessment"}) {
		t.Errorf("%+v", c)
	}
	for lang, want := range map[string][2]string{
		"nb": {"sonen står ikke i skiltregisteret: registrer den og skiltene ved inngangene", "Slutter når hver offentlig inngang har et gyldig skilt."},
		"en": {"its zone is not in the sign register: enter it, and signs at its entrances", "Ends when each public entrance has a valid sign."},
	} {
		d := s.page("/?lang=" + lang)
		d.says("#cameras", want[0])
		d.says("#todo", "Hovedinngang", want[0])
		d.says("#alarms", want[1])
	}
	for _, code := range []footage.AlarmCode{footage.AlarmWithheld, footage.AlarmSignRegister, footage.AlarmSignHole, footage.AlarmSignText, footage.AlarmSignInspection, footage.AlarmSignZone, footage.AlarmAssessment} {
		nb, en := tongue{"nb", time.UTC}, tongue{"en", time.UTC}
		if nb.Alarm(code) == string(code) || nb.Alarm(code) == en.Alarm(code) || nb.AlarmEnds(code) == "" || nb.AlarmEnds(code) == en.AlarmEnds(code) {
			t.Errorf("%s has no words in both languages", code)
		}
	}
	for _, l := range signage.Lacks {
		if nb, en := l.InWords(); nb == en {
			t.Errorf("%s has no words in both languages", l)
		}
	}
}
