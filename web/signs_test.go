package web

import (
	"archive/zip"
	"bytes"
	"image"
	"image/jpeg"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sjudager/sjudager/web/signage"
)

const newZone = `{"name":"inngang","kind":"entrance","entrances":[{"id":"hoved","name":"Hovedinngang","public":true},{"id":"ansatt","name":"Ansatte","public":false}]}`

const newSign = `{"size":"A3","state":"up","places":[{"zone":"Z-001","entrance":"hoved"}],"area":{"nb":"inngang og kø","en":"entrance and queue"},"position":"til venstre for døra"}`

// observe takes a configuration into use that the signs are about.
func (s *site) observe() {
	s.Helper()
	if err := s.Signs.Observe(signage.Live{
		Facts: signage.Facts{Site: "Sentrum Scene", Controller: "Eksempel Arena AS", Contact: "personvern@example.no", Recording: true, KeepS: 7 * 86400, HoldMaxS: 30 * 86400,
			Purposes: []signage.Words{{Norwegian: "Forebygge tyveri", English: "Prevent theft"}}, Notice: "https://example.no/kamera", Zone: "Europe/Oslo"},
		Cameras: []signage.Camera{{ID: "k01-inngang", Name: "Hovedinngang", Zone: "inngang", Recording: true}}, InspectS: 30 * 86400,
	}); err != nil {
		s.Fatal(err)
	}
}

// announce has a sign up.
func (s *site) announce() {
	s.Helper()
	s.observe()
	z, err := s.Signs.PutZone(signage.Zone{Name: "inngang", Kind: "entrance", Entrances: []signage.Entrance{{ID: "hoved", Name: "Hovedinngang", Public: true}}}, byAnybody)
	if err == nil {
		_, err = s.Signs.PutSign(signage.Sign{Size: signage.A4, State: signage.Up, Places: []signage.Place{{Zone: z.Number, Entrance: "hoved"}},
			Area: signage.Words{Norwegian: "inngang og kø", English: "entrance and queue"}, Position: "ved døra"}, byAnybody)
	}
	if err == nil {
		_, err = s.Signs.BeginRound("", "Konsert", byAnybody)
	}
	if err != nil {
		s.Fatal(err)
	}
}

// From a camera that nothing announces to one that is covered, and back into the past.
func TestR111R115R93SignsAPI(t *testing.T) {
	s := newSite(t, saturday)
	s.observe()
	cover := func(query string) signage.Cover {
		t.Helper()
		all := call[Coverage](s, http.StatusOK, "GET", "/api/v1/signs/coverage"+query, "").Cameras
		if len(all) != 1 {
			t.Fatalf("%+v", all)
		}
		return all[0]
	}
	if c := cover(""); c.Hole != signage.NoZone {
		t.Errorf("%+v", c)
	}
	o := call[signage.Override](s, http.StatusCreated, "POST", "/api/v1/signs/overrides", `{"camera":"k01-inngang","reason":"Skiltet er bestilt og kommer onsdag."}`)
	if c := cover("?camera=k01-inngang"); c.Override == nil || c.Override.Number != o.Number {
		t.Errorf("%+v", c)
	}
	call[signage.Override](s, http.StatusOK, "POST", "/api/v1/signs/overrides/1/end", `{}`)
	s.refused(http.StatusNotFound, CodeNotFound, "POST", "/api/v1/signs/overrides/1/end", `{}`)
	s.refused(http.StatusConflict, CodeRefused, "POST", "/api/v1/signs/zones", strings.Replace(newZone, "entrance", "toilet", 1))
	s.refused(http.StatusConflict, CodeRefused, "POST", "/api/v1/signs/zones", strings.Replace(newZone, "entrance", "bar", 1))
	s.refused(http.StatusBadRequest, CodeInvalid, "POST", "/api/v1/signs", newSign)
	call[signage.Zone](s, http.StatusCreated, "POST", "/api/v1/signs/zones", newZone)
	g := call[signage.Sign](s, http.StatusCreated, "POST", "/api/v1/signs", newSign)
	i := call[signage.Inspection](s, http.StatusCreated, "POST", "/api/v1/signs/S-001/inspect", `{"occasion":"install","failed":["lit"],"defect":"lampa er gått","due":"2026-07-05T12:00:00Z"}`)
	if i.Done.By != byAnybody || g.Text != 1 {
		t.Errorf("%+v %+v", i, g)
	}
	call[signage.Inspection](s, http.StatusOK, "POST", "/api/v1/signs/inspections/1/mend", `{}`)
	s.refused(http.StatusConflict, CodeRefused, "POST", "/api/v1/signs/inspections/1/mend", `{}`)
	s.refused(http.StatusNotFound, CodeNotFound, "POST", "/api/v1/signs/inspections/x/mend", `{}`)
	s.now = s.now.Add(time.Hour)
	call[signage.Inspection](s, http.StatusCreated, "POST", "/api/v1/signs/S-001/inspect", `{"occasion":"before-doors"}`)
	if c := cover(""); !c.Covered {
		t.Errorf("%+v", c)
	}
	if c := cover("?at=2026-07-04T20:00:00Z"); c.Covered || c.Entrances[0].Signs[0].Faults[0] != signage.Defective {
		t.Errorf("then: %+v", c)
	}
	s.refused(http.StatusBadRequest, CodeInvalid, "GET", "/api/v1/signs/coverage?at=2026-08-04T20:00:00Z", "")
	s.refused(http.StatusBadRequest, CodeInvalid, "GET", "/api/v1/signs?at=yesterday", "")
	s.refused(http.StatusNotFound, CodeNotFound, "GET", "/api/v1/signs/coverage?camera=k99", "")
	all := call[SignRegister](s, http.StatusOK, "GET", "/api/v1/signs", "")
	if len(all.Zones) != 1 || len(all.Signs) != 1 || !all.Signs[0].Standing.Valid || len(all.Inspections) != 2 || len(all.Texts) != 1 || len(all.Checks) != 8 {
		t.Errorf("%+v", all)
	}

	if r := s.get("/api/v1/signs/S-001/pdf"); r.Header().Get("Content-Type") != "application/pdf" || !bytes.HasPrefix(r.Body.Bytes(), []byte("%PDF-")) {
		t.Errorf("%d %v", r.Code, r.Header())
	}
	s.refused(http.StatusNotFound, CodeNotFound, "GET", "/api/v1/signs/S-002/pdf", "")
	text := call[signage.Text](s, http.StatusOK, "GET", "/api/v1/notice/1", "")
	if !strings.Contains(text.Norwegian.Short, "7 dager") {
		t.Errorf("%+v", text)
	}
	s.refused(http.StatusNotFound, CodeNotFound, "GET", "/api/v1/notice/2", "")
	s.refused(http.StatusBadRequest, CodeInvalid, "GET", "/api/v1/notice/1?format=doc", "")
	s.refused(http.StatusBadRequest, CodeInvalid, "GET", "/api/v1/notice/1?lang=se", "")
	for _, format := range []string{"html", "pdf"} {
		if r := s.get("/api/v1/notice/1?lang=en&format=" + format); r.Code != http.StatusOK || r.Body.Len() < 2000 {
			t.Errorf("%s: %d %d", format, r.Code, r.Body.Len())
		}
	}
	r := s.get("/api/v1/notice")
	if z, err := zip.NewReader(bytes.NewReader(r.Body.Bytes()), int64(r.Body.Len())); err != nil || len(z.File) != 6 {
		t.Errorf("%v: %d", err, r.Code)
	}
}

// picture is one that is uploaded, by its SHA-256.
func (s *site) picture() string {
	s.Helper()
	p, err := s.Signs.AddPhoto(photograph(s), true, byAnybody)
	if err != nil {
		s.Fatal(err)
	}
	return string(p)
}

func photograph(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 64, 48)), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
