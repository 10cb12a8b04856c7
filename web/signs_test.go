package web

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sjudager/sjudager/web/account"
	"github.com/sjudager/sjudager/web/signage"
)

const newZone = `{"name":"inngang","kind":"entrance","entrances":[{"id":"hoved","name":"Hovedinngang","public":true},{"id":"ansatt","name":"Ansatte","public":false}]}`

const newSign = `{"size":"A3","material":"laminert","height_cm":160,"languages":["nn","se"],"area_se":"uksa","state":"up","places":[{"zone":"Z-001","entrance":"hoved"}],"area":{"nb":"inngang og kø","en":"entrance and queue"},"position":"til venstre for døra"}`

// observe takes a configuration into use that the signs are about.
func (s *site) observe() {
	s.Helper()
	if err := s.Signs.Observe(signage.Live{
		Facts: signage.Facts{Site: "Sentrum Scene", Controller: "Eksempel Arena AS", Contact: "personvern@example.no", Recording: true, KeepS: 7 * 86400, HoldMaxS: 30 * 86400,
			Purposes: []signage.Words{{Norwegian: "Forebygge tyveri", English: "Prevent theft"}},
			Nynorsk:  []string{"Førebyggje tjuveri"}, Sami: &signage.Lines{Title: "x", Recording: "{keep}"}, Notice: "https://example.no/kamera", Zone: "Europe/Oslo"},
		Cameras: []signage.Camera{{ID: "k01-inngang", Name: "Hovedinngang", Zone: "inngang", Recording: true}}, InspectS: 30 * 86400, Purposes: []string{"theft"},
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

// form is a multipart form with a file, and its Content-Type.
func form(t testing.TB, field string, file []byte, values ...string) (body, kind string) {
	t.Helper()
	var b strings.Builder
	m := multipart.NewWriter(&b)
	for i := 0; i+1 < len(values); i += 2 {
		if err := m.WriteField(values[i], values[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	part, err := m.CreateFormFile(field, "IMG_0001.JPG")
	if err == nil {
		_, err = part.Write(file)
	}
	if err := errors.Join(err, m.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String(), m.FormDataContentType()
}

// sends posts a form with a file and reads the answer.
func sends[T any](s *site, status int, path, field string, file []byte, values ...string) (v T) {
	s.Helper()
	body, kind := form(s.TB, field, file, values...)
	r := s.ask(http.MethodPost, path, body, "Content-Type", kind)
	if r.Code != status {
		s.Errorf("%s: %d, want %d: %s", path, r.Code, status, r.Body)
	}
	described(s.TB, http.MethodPost, path, r.Code, r.Body.Bytes())
	if err := json.Unmarshal(r.Body.Bytes(), &v); err != nil {
		s.Fatal(err)
	}
	return v
}

// A round before doors over the API, with a photo of a defect, and both on a plan.
func TestR117R118R124RoundsPhotosAndPlans(t *testing.T) {
	s := newSite(t, saturday)
	s.announce() // with round 1
	const photos, plansAt, roundsAt = "/api/v1/signs/photos", "/api/v1/signs/plans", "/api/v1/signs/rounds"
	sends[ErrorBody](s, http.StatusConflict, photos, "photo", photograph(t))
	sends[ErrorBody](s, http.StatusConflict, photos, "photo", photograph(t), "nobody", "no")
	sends[ErrorBody](s, http.StatusBadRequest, photos, "photo", []byte("GIF89a"), "nobody", "yes")
	sends[ErrorBody](s, http.StatusBadRequest, photos, "file", photograph(t), "nobody", "yes")
	sends[ErrorBody](s, http.StatusRequestEntityTooLarge, photos, "photo", make([]byte, maxUpload), "nobody", "yes")
	s.refused(http.StatusUnsupportedMediaType, CodeInvalid, "POST", photos, `{}`)
	if r := s.ask("POST", photos, "x", "Content-Type", "multipart/form-data; boundary=y"); r.Code != http.StatusBadRequest {
		t.Errorf("no form: %d", r.Code)
	}
	large := append(photograph(t), make([]byte, 2*maxBody)...) // more than any other request may have
	photo := sends[Uploaded](s, http.StatusCreated, photos, "photo", large, "nobody", "yes").SHA256
	r := s.get(photos + "/" + string(photo))
	if r.Header().Get("Content-Type") != "image/jpeg" || signage.Picture(fmt.Sprintf("%x", sha256.Sum256(r.Body.Bytes()))) != photo || r.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v", r.Code, r.Header())
	}
	s.refused(http.StatusNotFound, CodeNotFound, "GET", photos+"/x", "")

	i := call[signage.Inspection](s, http.StatusCreated, "POST", "/api/v1/signs/S-001/inspect", `{"occasion":"before-doors","failed":["present"],"defect":"borte","due":"2026-07-05T12:00:00Z","photos":["`+string(photo)+`"]}`)
	if i.Round != 1 || len(i.Photos) != 1 {
		t.Errorf("%+v", i)
	}
	all := call[Rounds](s, http.StatusOK, "GET", roundsAt, "")
	if all.Today != "2026-07-04" || len(all.Rounds) != 1 || all.Rounds[0].Defects != 1 {
		t.Errorf("%+v", all)
	}
	if p := call[signage.Progress](s, http.StatusOK, "GET", roundsAt+"/1", ""); p.Steps[0].State != signage.StepDefect || p.Left != 0 {
		t.Errorf("%+v", p)
	}
	s.refused(http.StatusNotFound, CodeNotFound, "GET", roundsAt+"/9", "")
	s.refused(http.StatusNotFound, CodeNotFound, "GET", roundsAt+"/x", "")
	s.refused(http.StatusConflict, CodeRefused, "POST", roundsAt, `{"event":"konsert"}`)
	s.refused(http.StatusBadRequest, CodeInvalid, "POST", roundsAt, `{"event":"Konsert","day":"2026-08-01"}`)
	call[signage.Progress](s, http.StatusCreated, "POST", roundsAt, `{"event":"Konsert","day":"2026-07-05"}`)
	s.refused(http.StatusConflict, CodeRefused, "POST", roundsAt+"/2/close", `{}`)
	call[signage.Progress](s, http.StatusOK, "POST", roundsAt+"/2/close", `{"reason":"avlyst, vind"}`)
	s.refused(http.StatusNotFound, CodeNotFound, "POST", roundsAt+"/x/close", `{}`)

	sends[ErrorBody](s, http.StatusBadRequest, plansAt, "file", photograph(t), "name", "1. etasje")
	sends[ErrorBody](s, http.StatusBadRequest, plansAt, "picture", photograph(t))
	plan := sends[signage.Plan](s, http.StatusCreated, plansAt, "picture", photograph(t), "name", "1. etasje")
	sends[ErrorBody](s, http.StatusNotFound, plansAt, "picture", photograph(t), "number", "P-002")
	call[signage.Mark](s, http.StatusCreated, "POST", plansAt+"/P-001/place", `{"camera":"k01-inngang","x":250,"y":400,"direction":180,"view":90}`)
	then := s.now
	s.now = s.now.Add(time.Minute)
	call[signage.Mark](s, http.StatusCreated, "POST", plansAt+"/P-001/place", `{"camera":"k01-inngang","x":300,"y":400}`)
	call[signage.Mark](s, http.StatusCreated, "POST", plansAt+"/P-001/place", `{"sign":"S-001","x":300,"y":500}`)
	s.refused(http.StatusBadRequest, CodeInvalid, "POST", plansAt+"/P-001/place", `{"sign":"S-001","x":3000,"y":500}`)
	call[signage.Plan](s, http.StatusOK, "POST", plansAt+"/P-001", `{"name":"Foajé"}`)
	s.refused(http.StatusNotFound, CodeNotFound, "POST", plansAt+"/P-002", `{"gone":true}`)
	now := call[SignRegister](s, http.StatusOK, "GET", "/api/v1/signs", "")
	if len(now.Plans) != 1 || now.Plans[0].Name != "Foajé" || now.Plans[0].Picture != plan.Picture || len(now.Plans[0].Marks) != 2 || len(now.Rounds) != 2 {
		t.Errorf("%+v", now.Plans)
	}
	past := call[Plans](s, http.StatusOK, "GET", plansAt+"?at="+then.UTC().Format(time.RFC3339), "").Plans
	if len(past) != 1 || past[0].Name != "1. etasje" || len(past[0].Marks) != 1 || past[0].Marks[0].View != 90 {
		t.Errorf("%+v", past)
	}

	// A guard walks the round; what stands on the plan is others' business.
	guard, _ := s.person("kari", account.Guard)
	s.by = nil
	for path, want := range map[string]int{plansAt: http.StatusForbidden, plansAt + "/P-001/place": http.StatusForbidden, photos: http.StatusUnsupportedMediaType, "/api/v1/signs/S-001/inspect": http.StatusUnsupportedMediaType, "/api/v1/signs": http.StatusForbidden} {
		if r := s.ask("POST", path, "", cookie(guard)...); r.Code != want {
			t.Errorf("a guard at %s: %d", path, r.Code)
		}
	}
}

// Signs go out as a table and come in again, tried first.
func TestSignTables(t *testing.T) {
	s := newSite(t, saturday)
	s.announce()
	post := func(status int, query, table string) (i signage.Import) {
		t.Helper()
		path := "/api/v1/signs/table" + query
		r := s.ask(http.MethodPost, path, table, "Content-Type", "text/csv; charset=utf-8")
		described(t, http.MethodPost, path, r.Code, r.Body.Bytes())
		if err := json.Unmarshal(r.Body.Bytes(), &i); err != nil || r.Code != status {
			t.Errorf("%d %s %v", r.Code, r.Body, err)
		}
		return i
	}
	r := s.get("/api/v1/signs/table")
	if r.Header().Get("Content-Type") != "text/csv; charset=utf-8" || !strings.Contains(r.Body.String(), "S-001;up;A4;Z-001/hoved;inngang og kø;") {
		t.Errorf("%d %s", r.Code, r.Body)
	}
	changed := strings.Replace(r.Body.String(), "ved døra", "over døra", 1)
	for _, query := range []string{"?dry_run=true", ""} {
		if i := post(http.StatusOK, query, changed); len(i.Lines) != 1 || i.Lines[0].Change != signage.Changed || i.Of != "signs" {
			t.Errorf("%s: %+v", query, i)
		}
	}
	if i := post(http.StatusOK, "?dry_run=true", changed+"S-009\r\n"); i.Faults != 1 || i.Lines[0].Change != signage.Same {
		t.Errorf("%+v", i)
	}
	post(http.StatusBadRequest, "", changed+"S-009\r\n")
	post(http.StatusBadRequest, "?dry_run=perhaps", changed)
	post(http.StatusRequestEntityTooLarge, "", strings.Repeat("x", maxTable+1))
	s.refused(http.StatusUnsupportedMediaType, CodeInvalid, "POST", "/api/v1/signs/table", `{}`)
	s.refused(http.StatusBadRequest, CodeInvalid, "GET", "/api/v1/signs/table?of=plans", "")
	if r := s.get("/api/v1/signs/table?of=zones"); !strings.Contains(r.Body.String(), "Z-001;inngang;entrance;no;no;hoved=Hovedinngang;") {
		t.Errorf("%s", r.Body)
	}
}
