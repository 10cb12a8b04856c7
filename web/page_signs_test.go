package web

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web/signage"
)

// observed takes a configuration into use that keeps footage for so many days.
func (s *site) observed(days int64) {
	s.Helper()
	if err := s.Signs.Observe(signage.Live{
		Facts: signage.Facts{Site: "Sentrum Scene", Controller: "Eksempel Arena AS", OrgNumber: "999888777", Contact: "personvern@example.no", Recording: true, KeepS: days * 86400, HoldMaxS: 30 * 86400,
			Purposes: []signage.Words{{Norwegian: "Forebygge tyveri", English: "Prevent theft"}}, Notice: "https://example.no/kamera", Zone: "Europe/Oslo", Zones: []string{"Inngang", "Scene", "Varemottak"}},
		Cameras: []signage.Camera{
			{ID: "k01-inngang", Name: "Hovedinngang", Zone: "Inngang", Recording: true}, {ID: "k02-ko", Name: "Kø", Zone: "Inngang", Recording: true},
			{ID: "k03-scenekant", Name: "Scenekant", Zone: "Scene", Recording: true}, {ID: "k04-lasterampe", Name: "Lasterampe", Zone: "Varemottak", Recording: true},
		}, InspectS: 30 * 86400, Purposes: []string{"theft"},
	}); err != nil {
		s.Fatal(err)
	}
}

// drawn has a plan of a floor.
func (s *site) drawn(name string) signage.Plan {
	s.Helper()
	p, err := s.Signs.AddDrawing(floor(s.TB), byAnybody)
	var plan signage.Plan
	if err == nil {
		plan, err = s.Signs.PutPlan(signage.Plan{Name: name, Picture: p}, byAnybody)
	}
	if err != nil {
		s.Fatal(err)
	}
	return plan
}

// floor is the plan of a concert hall, as somebody has drawn it.
func floor(t testing.TB) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 1000, 640))
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	wall := image.NewUniform(color.RGBA{70, 78, 86, 255})
	for _, r := range []image.Rectangle{
		image.Rect(60, 60, 940, 68), image.Rect(60, 572, 430, 580), image.Rect(520, 572, 940, 580), image.Rect(60, 60, 68, 580), image.Rect(932, 60, 940, 250), image.Rect(932, 340, 940, 580), // the walls
		image.Rect(60, 430, 430, 436), image.Rect(520, 430, 760, 436), image.Rect(760, 430, 766, 580), image.Rect(700, 60, 706, 250), image.Rect(700, 330, 706, 436),
	} {
		draw.Draw(img, r, wall, image.Point{}, draw.Src)
	}
	draw.Draw(img, image.Rect(120, 100, 640, 190), image.NewUniform(color.RGBA{214, 220, 226, 255}), image.Point{}, draw.Src) // the stage
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// leads sends a form that must be taken, and returns where it leads.
func (s *site) leads(path string, fields url.Values) string {
	s.Helper()
	r := s.send(path, fields)
	if r.Code != http.StatusSeeOther {
		s.Fatalf("%s: %d %s", path, r.Code, read(s.TB, r.Body.String()).text("main"))
	}
	return r.Header().Get("Location")
}

// From nothing to coverage by forms alone, without script, in both languages.
func TestSignForms(t *testing.T) {
	s := newSite(t, saturday)
	d := s.page("/skilting")
	d.says("#coverage", "Konfigurasjonen har ingen kameraer ennå")
	s.observed(7)
	s.camera("k03-scenekant", "Scenekant")
	d = s.page("/skilting?lang=en")
	d.says("#steps", "Register the first zone")
	d.says("#coverage", "4 of 4 cameras are not covered by valid signs", "The zone is not registered", "Register the zone")

	if r := s.send("/skilting/sone", url.Values{"name": {"Inngang"}, "kind": {"toilet"}, "entrance1": {""}}); r.Code != http.StatusBadRequest {
		t.Errorf("%d", r.Code)
	} else {
		d = read(t, r.Body.String())
		d.says("#kind-wrong", "Ingen kameraer kan se et slikt sted (toalett)")
		d.says("#entrance1-wrong", "Skriv hva inngangen heter.")
		d.says("#entrances-wrong", "publikum")
	}
	d = read(t, s.send("/skilting/sone", url.Values{"name": {"Inngang"}, "kind": {"bar"}, "entrance1": {"Dør mot Øst"}, "public1": {"yes"}, "do": {"add"}}).Body.String())
	if d.value("input[name=entrance1]") != "Dør mot Øst" || d.value("input[name=id1]") != "dor-mot-ost" || d.value("input[name=entrance2]") != "" {
		t.Error("a row more loses what was filled in")
	}
	read(t, s.send("/skilting/sone", url.Values{"name": {"Inngang"}, "kind": {"bar"}, "entrance1": {"Dør"}, "public1": {"yes"}}).Body.String()).says("#decision-wrong", "Skriv hvorfor kameraer er nødvendige")
	if to := s.leads("/skilting/sone", url.Values{"name": {"Inngang"}, "kind": {"entrance"}, "entrance1": {"Hovedinngang"}, "public1": {"yes"}, "entrance2": {"Hovedinngang"}, "public2": {"yes"}, "entrance3": {"Personal"}}); to != "/skilting/sone/Z-001?just=entered" {
		t.Errorf("leads to %s", to)
	}
	s.page("/skilting/sone/Z-001").says("#zone", "Hovedinngang", "Personal ikke for publikum", "Manglende skilt", "Hovedinngang, Kø")
	s.page("/skilting").says("#coverage", "Manglende skilt", "Registrer et skilt")

	read(t, s.send("/skilting/skilt", url.Values{}).Body.String()).says("#signform", "Kryss av for minst én inngang", "Velg en størrelse", "Skriv hvor skiltet henger")
	sign := url.Values{"place": {"Z-001/hovedinngang", "Z-001/hovedinngang-2"}, "size": {"A3"}, "state": {"ordered"}, "area_nb": {"inngang og kø"}, "area_en": {"entrance and queue"}, "position": {"til venstre for døra"}, "height": {"160"}, "material": {"laminert"}}
	if to := s.leads("/skilting/skilt?lang=en", sign); to != "/skilting/skilt/S-001?just=entered&lang=en" {
		t.Errorf("leads to %s", to)
	}
	s.page("/skilting").says("#coverage", "S-001 ugyldig: bestilt, henger ikke oppe", "Meld hengt opp")
	if r := s.get("/api/v1/signs/S-001/pdf?size=A5"); r.Code != http.StatusOK || !strings.HasPrefix(r.Body.String(), "%PDF") {
		t.Errorf("print: %d", r.Code)
	}
	if r := s.get("/api/v1/signs/S-001/pdf?size=A9"); r.Code != http.StatusBadRequest {
		t.Errorf("print on A9: %d", r.Code)
	}
	s.leads("/skilting/skilt/S-001/tilstand", url.Values{"do": {"up"}})
	s.leads("/skilting/skilt/S-001/tilstand", url.Values{"do": {"up"}}) // once more
	s.page("/skilting").says("#invalid", "S-001", "ikke kontrollert siden det ble hengt opp")

	defect := url.Values{"occasion": {"install"}, "after": {"0"}, "do": {"defect"}, "failed": {"lit"}, "due": {"tomorrow"}}
	read(t, s.send("/skilting/skilt/S-001/kontroll", defect).Body.String()).says("#defect-wrong", "Skriv kort hva som er feil")
	defect.Set("defect", "Lampa over døra er gått")
	for range 2 { // over a bad connection
		s.leads("/skilting/skilt/S-001/kontroll", defect)
	}
	if now, err := s.Signs.Now(); err != nil || len(now.Inspections) != 1 {
		t.Fatalf("%+v %v", now.Inspections, err)
	}
	d = s.page("/skilting")
	d.says("#defects", "Lampa over døra er gått", "frist")
	d.says("#coverage", "siste kontroll fant en mangel", "Utbedre mangelen")
	well := url.Values{"occasion": {"install"}, "after": {"0"}, "do": {"ok"}}
	if r := s.send("/skilting/skilt/S-001/kontroll", well); r.Code != http.StatusConflict {
		t.Errorf("with what somebody else has entered: %d", r.Code)
	} else {
		read(t, r.Body.String()).says("#inspect", "har kontrollert skiltet i mellomtiden")
	}
	s.leads("/skilting/mangel/1/utbedret", nil)
	s.leads("/skilting/mangel/1/utbedret", nil)
	well.Set("after", "1")
	well["failed"] = []string{"lit"}
	read(t, s.send("/skilting/skilt/S-001/kontroll", well).Body.String()).says("#failed-wrong", "Fjern kryssene")
	delete(well, "failed")
	if to := s.leads("/skilting/skilt/S-001/kontroll", well); to != "/skilting/skilt/S-001?just=inspected" {
		t.Errorf("leads to %s", to)
	}
	d = s.page("/skilting")
	d.says("#coverage", "2 av 4 kameraer er ikke dekket", "S-001 gyldig", "Dekket")

	// An override stays visible with its reason.
	s.page("/skilting?override=k03-scenekant").says("#override", "La Scenekant ta opp selv om noe mangler?", "sonen står ikke i skiltregisteret")
	read(t, s.send("/skilting/overstyring", url.Values{"camera": {"k03-scenekant"}, "reason": {"for kort"}}).Body.String()).says("#reason-wrong", "Skriv minst 20 tegn")
	s.leads("/skilting/overstyring", url.Values{"camera": {"k03-scenekant"}, "reason": {"Skiltet er bestilt\nog kommer onsdag."}})
	s.page("/skilting").says("#overrides", "Scenekant", "«Skiltet er bestilt og kommer onsdag.»", "Overstyrt av")
	s.leads("/skilting/overstyring/1/avslutt", nil)

	// Retention lowered: the sign says what is not so, and gets the new text.
	s.observed(5)
	d = s.page("/skilting")
	d.says("#invalid", "teksten stemmer ikke lenger (lagringstid)", "Trykk på nytt")
	s.page("/skilting/skilt/S-001").says("#reprint", "tekstversjon 1, som ikke stemmer lenger: lagringstid")
	s.leads("/skilting/skilt/S-001/tilstand", url.Values{"do": {"reprint"}})
	s.page("/skilting/skilt/S-001").says("#versions", "tekstversjon 2", "tekstversjon 1")
	d = s.page("/skilting/personvern")
	d.says("#notice", "versjon 2", "https://example.no/kamera/2/")
	d.says("#notice-text", "5 dager")
	s.page("/skilting/personvern/1?lang=en").says("#notice", "Was in force from", "version 1")
	s.page("/skilting/personvern/1?lang=en").says("#notice-text", "7 days")

	read(t, s.send("/skilting/skilt/S-001/tilstand", url.Values{"do": {"down"}, "why": {"byttet"}}).Body.String()).says("#take-down", "kryss av")
	s.leads("/skilting/skilt/S-001/tilstand", url.Values{"do": {"down"}, "why": {"byttet"}, "sure": {"yes"}})
	s.page("/skilting/register").says("#signs-list", "Ingen skilt er registrert ennå")
	s.page("/skilting/register?down=true&lang=en").says("#signs-list", "taken down")
	// Tables: tried first, then taken in.
	table := func(text, do string) sheet {
		t.Helper()
		return read(t, s.send("/skilting/tabell", url.Values{"table": {base64.StdEncoding.EncodeToString([]byte(text))}, "do": {do}}).Body.String())
	}
	table("zone;name;kind;entrances\n;Scene;toilet;a=A\n", "").says("#tried", "1 linje kan ikke tas inn", "linje 2")
	d = table("zone;name;kind;entrances\n;Scene;stage-edge;sal=Salen\nZ-001;Inngang;;hovedinngang=Hovedinngang\n", "")
	d.says("#tried", "1 nye, 1 endret", "Z-002", "Ta inn tabellen")
	if len(s.page("/skilting/register").all("#zones-list a")) != 2 { // one of them registers another
		t.Error("a table that was only tried is taken in")
	}
	text, err := base64.StdEncoding.DecodeString(d.value("#tried input[name=table]"))
	if err != nil {
		t.Fatal(err)
	}
	table(string(text), "import").says("#done", "1 nye, 1 endret")
	s.page("/skilting/register").says("#zones-list", "Scene")
	table("camel;hump\n", "").says(".wrong", "zone")
	table("camera;position\nk03-scenekant;over scenen\n", "").says("#tried", "kameratabellen", "1 nye")
	table("camera;position;height_cm\nk03-scenekant;over scenen;høyt\n", "").says("#tried", "1 linje kan ikke tas inn", "linje 2")
	table("camera;position\nk03-scenekant;over scenen\n", "import").says("#done", "1 nye")
	s.page("/skilting/kamera/k03-scenekant").says("#sheet", "over scenen")
	for _, link := range s.page("/skilting/tabell").all(".acts-row a") {
		to, _ := attribute(link, "href")
		if r := s.get(to); r.Code != http.StatusOK || !strings.HasPrefix(r.Header().Get("Content-Type"), "text/csv") {
			t.Errorf("%s: %d", to, r.Code)
		}
	}
	if r := s.send("/skilting/tabell", nil); r.Code != http.StatusBadRequest {
		t.Errorf("no table: %d", r.Code)
	}
	for _, gone := range []string{"/skilting/skilt/S-009", "/skilting/sone/Z-009", "/skilting/personvern/9", "/skilting/runde/9"} {
		if r := s.get(gone); r.Code != http.StatusNotFound {
			t.Errorf("%s: %d", gone, r.Code)
		}
	}
}

// multipart sends a form with a file as a browser does.
func (s *site) multipart(path string, fields url.Values, name string, file []byte) *httptest.ResponseRecorder {
	s.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, values := range fields {
		for _, v := range values {
			if err := w.WriteField(name, v); err != nil {
				s.Fatal(err)
			}
		}
	}
	part, err := w.CreateFormFile(name, "IMG_4711.jpg") // with a type, as browsers do
	if err == nil {
		_, err = part.Write(file)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		s.Fatal(err)
	}
	return s.ask(http.MethodPost, path, b.String(), "Content-Type", w.FormDataContentType(), "Sec-Fetch-Site", "same-origin", "Origin", "http://localhost")
}

// A round by forms alone: whatever is sent twice is entered once, and what is refused comes
// back with its photo.
func TestRoundForms(t *testing.T) {
	s := newSite(t, saturday)
	s.observed(7)
	read(t, s.send("/skilting/runde", url.Values{"event": {"Konsert"}, "day": {"2026-07-04"}}).Body.String()).says("#event-wrong", "Ingen skilt henger oppe")
	s.ten()
	read(t, s.send("/skilting/runde?lang=en", url.Values{"day": {"2026-07-09"}}).Body.String()).says("#begin", "Write what the event is called.", "Choose the day.")
	for range 2 {
		if to := s.leads("/skilting/runde", url.Values{"event": {"Konsert"}, "day": {"2026-07-04"}}); to != "/skilting/runde/1" {
			t.Errorf("leads to %s", to)
		}
	}
	after := s.page("/skilting/runde/1/S-010").value("input[name=after]")
	for range 2 {
		if to := s.leads("/skilting/runde/1/S-010", url.Values{"after": {after}, "do": {"ok"}}); to != "/skilting/runde/1/S-009?just=S-010" {
			t.Errorf("leads to %s", to)
		}
	}
	d := s.page("/skilting/runde/1/S-009?just=S-010")
	d.says("#step", "S-010 er ført inn.", "1 av 10", "Sideinngang")

	photo := photograph(t)
	defect := url.Values{"after": {d.value("input[name=after]")}, "do": {"defect"}, "failed": {"lit"}, "due": {"hour"}}
	d = read(t, s.multipart("/skilting/runde/1/S-009", defect, "photo", photo).Body.String())
	d.says("#nobody-wrong", "Kryss av for at ingen personer er på bildet")
	d.says("#defect-wrong", "Skriv kort hva som er feil")
	if len(d.all("input[name=kept]")) != 0 {
		t.Error("a photo is kept of which nobody says that it shows nobody")
	}
	defect.Set("nobody", "yes")
	read(t, s.multipart("/skilting/runde/1/S-009", defect, "photo", []byte("GIF89a")).Body.String()).says("#photo-wrong", "JPEG eller PNG")
	d = read(t, s.multipart("/skilting/runde/1/S-009", defect, "photo", photo).Body.String())
	kept := d.value("input[name=kept]")
	defect.Set("kept", kept)
	defect.Set("defect", "Lampa er gått")
	for range 2 {
		if to := s.leads("/skilting/runde/1/S-009", defect); to != "/skilting/runde/1/S-008?just=S-009" {
			t.Errorf("leads to %s", to)
		}
	}
	now, err := s.Signs.Now()
	if last := now.Inspections[len(now.Inspections)-1]; err != nil || len(now.Inspections) != 12 || last.Round != 1 || len(last.Photos) != 1 || string(last.Photos[0]) != kept || last.Due != s.at("22:47:05") {
		t.Errorf("%+v %v", now.Inspections, err)
	}
	d = s.page("/skilting/runde/1")
	d.says("#round", "2 av 10", "Neste S-008")
	d.says("#found", "S-009 Lampa er gått")
	read(t, s.send("/skilting/runde/1/avslutt", nil).Body.String()).says("#reason-wrong", "Skriv hvorfor ikke alle skilt er kontrollert")
	for range 2 {
		s.leads("/skilting/runde/1/avslutt", url.Values{"reason": {"Resten er stengt i kveld"}})
	}
	s.page("/skilting/runde/1?lang=en").says("#round", "Resten er stengt i kveld", "8 not inspected")
	if to := s.leads("/skilting/runde/1/S-008", url.Values{"do": {"ok"}}); to != "/skilting/runde/1" {
		t.Errorf("a sign of a round that is over leads to %s", to)
	}

	// A photo of the sign where it hangs, which the round shows; it counts as before.
	if r := s.multipart("/skilting/skilt/S-010/bilde", url.Values{}, "photo", photo); r.Code != http.StatusBadRequest {
		t.Errorf("without saying that nobody is in it: %d", r.Code)
	}
	if r := s.multipart("/skilting/skilt/S-010/bilde", url.Values{"nobody": {"yes"}}, "photo", photo); r.Code != http.StatusSeeOther {
		t.Errorf("%d %s", r.Code, r.Body)
	}
	d = s.page("/skilting/skilt/S-010")
	d.says(".verdict", "gyldig")
	if len(d.all(".photo img")) != 1 || len(s.page("/skilting/runde/1/S-010").all(".photo img")) != 1 {
		t.Error("its photo is not shown")
	}

	// The plan without script.
	if r := s.multipart("/skilting/plan", url.Values{"name": {"1. etasje"}}, "picture", []byte("no picture")); r.Code != http.StatusBadRequest {
		t.Errorf("a plan that is none: %d", r.Code)
	}
	if r := s.multipart("/skilting/plan", url.Values{"name": {"1. etasje"}}, "picture", floor(t)); r.Header().Get("Location") != "/skilting/plan/P-001" {
		t.Errorf("%d %s", r.Code, r.Body)
	}
	spot := url.Values{"what": {"camera-k01-inngang"}, "x": {"250"}, "y": {"1200"}, "direction": {"90"}, "view": {"70"}}
	read(t, s.send("/skilting/plan/P-001/merke", spot).Body.String()).says("#camera-k01-inngang", "Skriv hele tall")
	spot.Set("y", "500")
	if to := s.leads("/skilting/plan/P-001/merke", spot); to != "/skilting/plan/P-001#camera-k01-inngang" {
		t.Errorf("leads to %s", to)
	}
	if at, _ := attribute(s.page("/skilting/plan").one(".mark[data-camera=k01-inngang]"), "transform"); at != "translate(250 320)" {
		t.Errorf("it is at %s", at)
	}
	for range 2 {
		s.leads("/skilting/plan/P-001/merke", url.Values{"what": {"camera-k01-inngang"}, "do": {"gone"}})
	}
	read(t, s.send("/skilting/plan/P-001/endre", url.Values{"do": {"gone"}}).Body.String()).says("#plan-edit", "Kryss av først")
	s.leads("/skilting/plan/P-001/endre", url.Values{"do": {"gone"}, "sure": {"yes"}})
	s.page("/skilting/plan").says("main", "Last opp en tegning av etasjen")
}

// filed has a sheet and an approved assessment of a camera.
func (s *site) filed(camera footage.CameraID) {
	s.Helper()
	_, err := s.Signs.PutSheet(signage.Sheet{Camera: camera, Kind: signage.Real, Position: "over hoveddøra", Purposes: []string{"theft"}}, byAnybody)
	if err == nil {
		_, err = s.Signs.Assess(signage.Assessment{Camera: camera, Interest: "Trygghet for dem som står i køen.", Incidents: "14.3. og 2.5., se avvik 12", Alternatives: "Flere vakter og bedre lys er prøvd.",
			Necessity: "Vaktene ser ikke hele køen fra døra.", Balance: "Køen er et offentlig sted, og opptak slettes.", Safeguards: "skilt, sju dager, logg", Approved: true, Decider: "daglig leder",
			Decided: s.Server.now(), Review: s.Server.now().Add(300 * 24 * time.Hour), DPIA: "ikke nødvendig: se vurdering"}, byAnybody)
	}
	if err != nil {
		s.Fatal(err)
	}
}

// A camera is withheld until what it lacks is there, and the page says what and where.
func TestSheetForms(t *testing.T) {
	s := newSite(t, saturday)
	s.observed(7)
	s.ten()
	s.page("/skilting/kamera").says("#papers", "Hovedinngang", "ikke i opptak", "formål, vurdering", "Varemottak")
	d := s.page("/skilting/kamera/k01-inngang")
	d.says("#camera", "Ikke i opptak. Dette mangler:", "kameraarket har ikke noe formål", "ingen godkjent vurdering", "Overstyr")
	d.says("#sheet", "Kameraet har ikke noe ark ennå")
	s.page("/skilting?lang=en").says("#coverage", "Hovedinngang not recording")

	s.page("/skilting/kamera/k01-inngang?edit=sheet").says("#sheetform", "Forebygge tyveri")
	sheet := url.Values{"kind": {"real"}, "height": {"tre meter"}, "mac": {"00:11:22:33:44:55"}, "direction": {"0"}, "pixels": {"260"}, "position": {"over hoveddøra"}}
	d = read(t, s.send("/skilting/kamera/k01-inngang/ark", sheet).Body.String())
	d.says("#height-wrong", "Et helt tall fra 0 til 10000.")
	d.says("#purpose-wrong", "Velg minst ett formål")
	if d.value("input[name=position]") != "over hoveddøra" {
		t.Error("what was filled in is lost")
	}
	sheet.Set("height", "310")
	sheet.Set("purpose", "theft")
	if to := s.leads("/skilting/kamera/k01-inngang/ark", sheet); to != "/skilting/kamera/k01-inngang?just=sheet" {
		t.Errorf("leads to %s", to)
	}
	s.page("/skilting/kamera/k01-inngang").says("#sheet", "Forebygge tyveri", "310", "Retning, i grader fra nord0", "gjenkjenne (250 px/m)")

	assessment := url.Values{"of": {"zone"}, "interest": {"Trygghet for dem som står i køen."}, "incidents": {"14.3. og 2.5."}, "alternatives": {"Flere vakter og bedre lys er prøvd."}, "necessity": {"Vaktene ser ikke hele køen fra døra."},
		"balance": {"Køen er offentlig, og opptak slettes."}, "safeguards": {"skilt, sju dager"}, "dpia": {"ikke nødvendig"}, "decider": {"daglig leder"}, "decided": {"3.7.2026"}, "review": {"1.9.2027"}, "held": {"1.7.2026"}}
	d = read(t, s.send("/skilting/kamera/k01-inngang/vurdering", assessment).Body.String())
	d.says("#review-wrong", "innen et år")
	d.says("#verdict-wrong", "Velg avgjørelsen")
	d.says("#minutes-wrong", "Velg filen med referatet")
	d.says("#participants-wrong", "Skriv hvem som deltok")
	assessment.Set("review", "1.6.2027")
	assessment.Set("participants", "tillitsvalgt, daglig leder")
	d = read(t, s.multipart("/skilting/kamera/k01-inngang/vurdering", assessment, "minutes", []byte("referat")).Body.String())
	assessment.Set("minutes_sha256", d.value("input[name=minutes_sha256]"))
	assessment.Set("verdict", "approved")
	if to := s.leads("/skilting/kamera/k01-inngang/vurdering?lang=en", assessment); to != "/skilting/kamera/k01-inngang?just=assessed&lang=en" {
		t.Errorf("leads to %s", to)
	}
	d = s.page("/skilting/kamera/k01-inngang")
	d.says("#camera", "tar opp")
	d.says("#assess", "godkjent", "for alle kameraer i sonen Inngang", "daglig leder", "tillitsvalgt")
	s.page("/skilting/kamera/k02-ko").says("#camera", "Ikke i opptak", "formål") // the zone is assessed, the sheet is not there
	if r := s.get("/skilting/kamera/k99"); r.Code != http.StatusNotFound {
		t.Errorf("%d", r.Code)
	}
}
