package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/release"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web/account"
)

// asked is the form of a demand of the police, over four seconds from 20:00.
func asked(change ...string) url.Values {
	form := url.Values{
		"recipient": {"police"}, "organisation": {"Oslo politidistrikt"}, "name": {"Kari Nordmann"}, "service": {"P1234"}, "contact": {"02800"}, "identity": {"ringte tilbake"},
		"how": {"phone"}, "asked_at_day": {"4.7.2026"}, "asked_at_clock": {"21:00"}, "basis": {"police_demand"}, "case": {"12345678"}, "concerns": {"slagsmål i køen"}, "purpose": {"etterforskning"},
		"camera": {"k01-inngang"}, "from_day": {"2026-07-04"}, "from_clock": {"20:00:00"}, "to_day": {"2026-07-04"}, "to_clock": {"20:00:04"}, "kind": {"copy"},
	}
	for i := 0; i < len(change); i += 2 {
		form.Set(change[i], change[i+1])
	}
	return form
}

// staff is a site with footage of two cameras, a hold of it, and the four who have to do with
// releases; as has one of them ask.
func staff(t *testing.T) (s *site, as func(name string)) {
	s = newSite(t, saturday)
	for i, id := range []footage.CameraID{"k01-inngang", "k02-ko"} {
		s.camera(id, []string{"Hovedinngang", "Kø"}[i])
		s.record(id, s.at("20:00:00"), short(t))
		s.record(id, s.at("20:00:02"), short(t))
	}
	s.place(holds.Request{Cameras: []footage.CameraID{"k01-inngang"}, Span: footage.Span{From: s.at("20:00:00"), To: s.at("20:00:04")}, Case: "16482011"})
	users := map[string]account.User{}
	for name, role := range map[string]account.Role{"kari": account.Guard, "leo": account.Lead, "lin": account.Lead, "ane": account.Approver, "ola": account.Privacy} {
		_, users[name] = s.person(name, role)
	}
	return s, func(name string) { s.by = account.Of(&account.Session{}, users[name]) }
}

func TestReleaseForm(t *testing.T) {
	s, as := staff(t)
	as("leo")
	s.page("/utleveringer").says("#releases", "Ingenting er utlevert, og ingen har spurt.")
	d := s.page("/utleveringer/ny?hold=H-2026-0001")
	if d.value("#case") != "16482011" || d.value("#hold") != "H-2026-0001" || d.value("[name=from_clock]") != "20:00:00" || d.value("[name=to_clock]") != "20:00:04" || len(d.all("[name=camera][checked]")) != 1 {
		t.Error("the form does not begin with the hold")
	}
	if r := s.get("/utleveringer/ny?hold=H-2026-0404"); r.Code != http.StatusNotFound {
		t.Errorf("a hold that is none: %d", r.Code)
	}
	for at, change := range map[string][]string{
		"#recipient-wrong":     {"recipient", "press"},
		"#organisation-wrong":  {"organisation", ""},
		"#name-wrong":          {"name", ""},
		"#service-wrong":       {"service", " "},
		"#contact-wrong":       {"contact", ""},
		"#identity-wrong":      {"identity", "x"},
		"#how-wrong":           {"how", "not_asked"},
		"#asked_at-wrong":      {"asked_at_clock", "22:00"},
		"#basis-wrong":         {"basis", ""},
		"#case-wrong":          {"case", ""},
		"#authority-wrong":     {"basis", "seizure_order"},
		"#assessment-wrong":    {"basis", "own_initiative", "how", ""},
		"#concerns-wrong":      {"concerns", ""},
		"#purpose-wrong":       {"purpose", ""},
		"#cameras-wrong":       {"camera", "-"},
		"#from-wrong":          {"from_clock", "æ"},
		"#to-wrong":            {"to_clock", "19:00"},
		"#kind-wrong":          {"kind", ""},
		"#secrecy_for-wrong":   {"secret", "yes", "secrecy_day", "4.8.2026", "secrecy_clock", "12:00"},
		"#secrecy-wrong":       {"secret", "yes", "secrecy_day", "4.7.2026", "secrecy_clock", "12:00", "secrecy_for", "politiet"},
		"#differs-wrong":       {"less", "yes", "given_camera", "k01-inngang", "given_from_day", "2026-07-04", "given_from_clock", "20:00:00", "given_to_day", "2026-07-04", "given_to_clock", "20:00:01"},
		"#given_cameras-wrong": {"less", "yes", "given_camera", "k02-ko", "given_from_day", "2026-07-04", "given_from_clock", "20:00:00", "given_to_day", "2026-07-04", "given_to_clock", "20:00:01", "differs", "for mange"},
	} {
		for _, lang := range []string{"nb", "en"} {
			r := s.send("/utleveringer?lang="+lang, asked(change...))
			if d := read(t, r.Body.String()); r.Code != http.StatusBadRequest || len(d.all(at)) != 1 || change[0] != "name" && d.value("#name") != "Kari Nordmann" {
				t.Errorf("%s %s: %d with %d", lang, at, r.Code, len(d.all(at)))
			}
		}
	}
	read(t, s.send("/utleveringer", asked("recipient", "other")).Body.String()).says("#recipient-wrong", "Dette grunnlaget tillater bare: politi, påtalemyndighet.")

	// A row more keeps everything, the hidden fields too; the preview says what there is.
	r := s.send("/utleveringer", asked("do", "given_add", "differs", "andre er på bildet", "secrecy_for", "politiet", "less", "yes"))
	if d := read(t, r.Body.String()); r.Code != http.StatusOK || len(d.all(".given .many")) != 2 || d.value("#differs") != "andre er på bildet" || d.value("#secrecy_for") != "politiet" || d.value("#purpose") != "etterforskning" {
		t.Errorf("%d", r.Code)
	}
	r = s.send("/utleveringer", asked("do", "preview", "name", "", "to_clock", "20:00:06", "picture_day", "2026-07-04", "picture_clock", "20:00:03"))
	d = read(t, r.Body.String())
	d.says("#preview", "2 opptaksbiter", "Dette mangler", "Opptaket slettes mandag 3. aug. 2026", "flytter ingen slettefrist", "20:00:03")
	if src, _ := attribute(d.one("#preview video"), "src"); src != "/api/v1/cameras/k01-inngang/still.mp4?at=2026-07-04T18:00:03.000000Z" || s.get(src).Code != http.StatusOK {
		t.Error(src)
	}
	if r := s.send("/utleveringer", asked("do", "preview", "camera", "-")); r.Code != http.StatusBadRequest {
		t.Errorf("a preview of no camera: %d", r.Code)
	}

	for i, form := range []url.Values{
		asked("hold", "H-2026-0001", "minors", "yes", "secret", "yes", "secrecy_day", "4.8.2026", "secrecy_clock", "12:00", "secrecy_for", "Oslo politidistrikt"),
		asked("basis", "own_initiative", "how", "", "service", "", "case", "", "assessment", "to er hardt skadd, og gjerningsmannen er ukjent"),
		asked("less", "yes", "camera", "k01-inngang", "zone", "Inngang", "given_camera", "k01-inngang", "given_from_day", "2026-07-04", "given_from_clock", "20:00:00", "given_to_day", "2026-07-04", "given_to_clock", "20:00:02", "differs", "resten viser andre"),
	} {
		number := fmt.Sprintf("U-2026-%04d", i+1)
		r := s.send("/utleveringer?lang=nb", form)
		if to := r.Header().Get("Location"); r.Code != http.StatusSeeOther || to != "/utleveringer/"+number+"?just=requested&lang=nb" {
			t.Fatalf("%d to %s %s", r.Code, to, read(t, r.Body.String()).text("form .wrong"))
		}
	}
	s.page("/utleveringer/U-2026-0001").says("#facts", "Kari Nordmann", "P1234", "Trolig mindreårige på opptaketja", "Oslo politidistrikt", "tirsdag 4. aug. 2026 kl. 12:00:00", "Anmodning fra politiet med hjemmel i lov")
	s.page("/utleveringer/U-2026-0002").says("#facts", "Utlevering til politiet på eget initiativ", "ingen har spurt", "to er hardt skadd")
	s.page("/utleveringer/U-2026-0003?lang=en").says("#facts", "Why less is given", "resten viser andre", "GivenHovedinngang: Sat 4 July 20:00:00–20:00:02")

	// A correction is another version, and shows what was written otherwise (R79).
	d = s.page("/utleveringer/U-2026-0003/correct")
	if d.value("#differs") != "resten viser andre" || d.value("[name=given_to_clock]") != "20:00:02" || d.value("[name=version]") != "1" || len(d.all("[name=less][checked]")) != 1 {
		t.Error("the form does not begin with what was written")
	}
	r = s.send("/utleveringer/U-2026-0003/correct", asked("version", "1", "case", "87654321"))
	if d := read(t, r.Body.String()); r.Code != http.StatusBadRequest || len(d.all("#why-wrong")) != 1 || d.value("#case") != "87654321" {
		t.Errorf("a correction without a reason: %d", r.Code)
	}
	fixed := asked("version", "1", "case", "87654321", "why", "hørt feil")
	if r := s.send("/utleveringer/U-2026-0003/correct", fixed); r.Code != http.StatusSeeOther {
		t.Errorf("%d %s", r.Code, read(t, r.Body.String()).text("form .wrong"))
	}
	if r := s.send("/utleveringer/U-2026-0003/correct", fixed); r.Code != http.StatusConflict || !strings.Contains(r.Body.String(), "Noen andre har gjort noe") {
		t.Errorf("over what somebody else did: %d", r.Code)
	}
	s.page("/utleveringer/U-2026-0003?log=yes").says("#versions", "2. Rettet", "«hørt feil»", "Saksnummer: 12345678 → 87654321", "Hvorfor det gis mindre: resten viser andre → (tomt)", "1. Registrert", "U-2026-0003 · Rettet")

	// What was entered with more than seconds keeps it, and only what was corrected differs.
	facts := func() release.Facts { r, _ := s.Releases.Show("U-2026-0003"); return r.Facts() }()
	facts.AskedAt, facts.Asked[0].From, facts.Given = facts.AskedAt+1, facts.Asked[0].From+1, nil
	facts.Secrecy, facts.SecrecyFor = s.at("21:48:00")+1, "politiet"
	if _, err := s.Releases.Request(facts, "uid:0"); err != nil {
		t.Fatal(err)
	}
	s.now = s.now.Add(time.Hour)
	form := asked("version", "1", "case", "99999999", "why", "hørt feil", "secret", "yes", "secrecy_day", "4.7.2026", "secrecy_clock", "21:48", "secrecy_for", "politiet")
	if r := s.send("/utleveringer/U-2026-0004/correct", form); r.Code != http.StatusSeeOther {
		t.Errorf("%d %s", r.Code, read(t, r.Body.String()).text("form .wrong"))
	}
	if d := s.page("/utleveringer/U-2026-0004"); len(d.all(".changes li")) != 1 {
		t.Error(d.text("#versions"))
	}
	s.send("/utleveringer/U-2026-0004/refuse", url.Values{"why": {"registrert to ganger ved en feil"}})

	// The log and its filter.
	for query, want := range map[string]string{
		"": "4 3 2 1", "?state=approved": "", "?case=87654321": "3", "?open=true": "3 2 1", "?camera=k02-ko": "", "?camera=k01-inngang&from_day=4.7.2026&from_clock=20:00:03": "4 3 2 1",
		"?camera=k01-inngang&from_day=2026-07-03&to_day=3.7.2026": "", "?user=" + s.by.ID: "4 3 2 1", "?user=u-x": "",
	} {
		var got []string
		d := s.page("/utleveringer" + query)
		for _, n := range d.all("#list .number") {
			got = append(got, strings.TrimPrefix(text(n), "U-2026-000"))
		}
		if strings.Join(got, " ") != want || len(d.all("#releases .wrong")) != 0 {
			t.Errorf("%s lists %v", query, got)
		}
		if files := d.all(".files a"); len(files) > 0 {
			for _, file := range files {
				if href, _ := attribute(file, "href"); s.get(href).Code != http.StatusOK {
					t.Error(href)
				}
			}
		}
	}
	s.page("/utleveringer?from_day=4.7.2026").says("#releases .wrong", "Velg et kamera")
	s.page("/utleveringer?camera=k01-inngang&from_day=x&lang=en").says("#releases .wrong", "Write the day")
	s.page("/utleveringer").says("#list", "Opptaket slettes om 29 d 21 t", "Muntlig anmodning: be om den skriftlige", "Trolig mindreårige")
	as("ola")
	d = s.page("/utleveringer?camera=k01-inngang")
	if files := d.all(".files a"); len(files) != 3 {
		t.Errorf("%d files for the privacy role", len(files))
	} else if href, _ := attribute(files[2], "href"); !strings.Contains(href, "subject=true") || s.get(href).Code != http.StatusOK {
		t.Error(href)
	}
	as("ane")
	d = s.page("/utleveringer")
	d.says("#tasks", "Venter på deg 3", "Godkjenn utleveringen")
	s.page("/").says("#todo", "U-2026-0002: Godkjenn utleveringen")
}

// Everything that can be done to a release, by whom, and what the page says to others.
func TestReleasePage(t *testing.T) {
	s, as := staff(t)
	as("kari")
	if d := s.page("/"); len(d.all(`#menu a[href=/utleveringer]`)) != 0 || strings.Contains(d.text("#todo"), "U-2026") {
		t.Error("a guard is led to the releases")
	}
	as("leo")
	s.send("/utleveringer", asked("hold", "H-2026-0001"))
	for range 3 {
		s.send("/utleveringer", asked())
	}
	s.send("/utleveringer", asked("kind", "viewing"))
	offered := func(who, number, next, others string) {
		t.Helper()
		as(who)
		d := s.page("/utleveringer/" + number)
		var got []string
		for _, n := range d.all("#acts summary") {
			got = append(got, text(n))
		}
		if len(d.all("#acts .button")) > 0 {
			got = append(got, "")
		}
		said := ""
		if len(d.all("#acts")) > 0 {
			said = d.text("#acts-h")
			if waits := d.all("#acts .waits"); len(waits) > 0 {
				said += " " + text(waits[0])
			}
		}
		if said != next || strings.Join(got, ", ") != others {
			t.Errorf("%s of %s: %q, and %q", who, number, said, strings.Join(got, ", "))
		}
	}
	act := func(who, number, form string, status int, says string, fields ...string) {
		t.Helper()
		as(who)
		v := url.Values{"at_day": {"2026-07-04"}, "at_clock": {"21:47:05"}}
		for i := 0; i < len(fields); i += 2 {
			v.Set(fields[i], fields[i+1])
		}
		r := s.send("/utleveringer/"+number+"/"+form, v)
		if r.Code != status || status == http.StatusForbidden {
			if r.Code != status {
				t.Errorf("%s %s %s: %d %s", who, form, number, r.Code, r.Body)
			}
			return
		}
		if status == http.StatusSeeOther {
			r = s.get(r.Header().Get("Location"))
		}
		read(t, r.Body.String()).says("#main", says)
	}
	const one = "U-2026-0001"
	offered("leo", one, "Neste: Godkjenn utleveringen Venter på en godkjenner.", "Hasteutlevering: gå videre uten godkjenner, Legg ved et dokument, Avslå utleveringen")
	offered("ola", one, "Neste: Godkjenn utleveringen Venter på en godkjenner.", "Avslå utleveringen")
	offered("ane", one, "Neste: Godkjenn utleveringen", "Avslå utleveringen")
	act("leo", one, "approve", http.StatusForbidden, "")
	act("ane", one, "approve", http.StatusBadRequest, "Kryss av for å bekrefte.")
	act("ane", one, "approve", http.StatusSeeOther, "Utlevering U-2026-0001: Godkjent", "sure", "yes")
	offered("ane", one, "Neste: Pakk utleveringen Venter på en sikkerhetsansvarlig.", "Trekk utleveringen tilbake")
	offered("leo", one, "Neste: Pakk utleveringen", "Legg ved et dokument, Trekk utleveringen tilbake")
	s.by.Roles, s.by.ID = append(s.by.Roles, account.Approver), func() string { r, _ := s.Releases.Show(one); return r.Approved.By }()
	s.page("/utleveringer/"+one).says("#acts .waits", "Du godkjente: en annen må pakke.")

	// A package: its stills are chosen by links, its medium among those that are there.
	stick := t.TempDir()
	s.Media = func() []string { return []string{stick} }
	as("leo")
	d := s.page("/utleveringer/" + one + "?picture_day=2026-07-04&picture_clock=20:00:01")
	s.page(strings.TrimSuffix(d.href("#pictures p a"), "#pictures")).says("#acts", "Hovedinngang, lør 4. juli 20:00:01")
	act("leo", one, "export", http.StatusBadRequest, "Mediet er ikke tilkoblet lenger", "form", "folder", "out", "/etc")
	act("leo", one, "export", http.StatusBadRequest, "Velg en form.")
	act("leo", one, "export", http.StatusSeeOther, "Venter på tur", "form", "zip-aes", "still", "k01-inngang@2026-07-04T18:00:01Z")
	offered("lin", one, "Neste: Overlever når pakken er ferdig Pakken lages nå.", "Legg ved et dokument, Trekk utleveringen tilbake")
	if meta := s.get("/utleveringer/" + one).Body.String(); !strings.Contains(meta, `<noscript><meta http-equiv="refresh"`) {
		t.Error("without a script the page does not ask again")
	}
	act("lin", one, "cancel", http.StatusSeeOther, "Avbrutt")
	act("lin", one, "cancel", http.StatusConflict, "no package of it is being built")
	act("leo", one, "export", http.StatusSeeOther, "Pakken lages", "form", "zip-aes")
	s.Releases.BuildNext(context.Background())
	d = s.page("/utleveringer/" + one)
	d.says("#packages", "Pakke 2", "passordet er tatt vare på", "1 filer", "På anlegget", "Må være slettet", "e3b0c442")
	offered("leo", one, "Neste: Før inn overleveringen", "Lag en ny pakke, Legg ved et dokument, Trekk utleveringen tilbake")
	as("leo")
	p := func() release.Package { r, _ := s.Releases.Show(one); return r.Packages[len(r.Packages)-1] }()
	password, err := os.ReadFile(filepath.Join(p.Path, "package"))
	if shown := read(t, s.send("/utleveringer/"+one+"/password", url.Values{}).Body.String()).text(".secret"); err != nil || shown != string(password) || shown == "" {
		t.Errorf("%q, %q, %v", shown, password, err)
	}
	if r := s.get("/utleveringer/" + one + "/papers/03_KVITTERING.pdf"); r.Code != http.StatusNotFound {
		t.Errorf("a receipt that is not there: %d", r.Code)
	}
	if err := os.Mkdir(filepath.Join(p.Path, "U"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"03_KVITTERING.pdf": "%PDF-x", "U_1.zip": "PK"} {
		if err := os.WriteFile(filepath.Join(p.Path, "U", name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// A part is fetched by those who hand over, and not by whoever approved.
	part := s.page("/utleveringer/" + one).href("#packages [download]")
	if r := s.get(part); r.Code != http.StatusOK || r.Body.String() != "PK" || !strings.HasPrefix(r.Header().Get("Content-Disposition"), "attachment") {
		t.Errorf("%s: %d %s", part, r.Code, r.Body)
	}
	if r := s.get("/utleveringer/" + one + "/parts/03_KVITTERING.pdf"); r.Code != http.StatusNotFound {
		t.Errorf("what is no part: %d", r.Code)
	}
	s.by.ID = func() string { r, _ := s.Releases.Show(one); return r.Approved.By }()
	if r := s.get(part); !denied(r) || len(s.page("/utleveringer/"+one).all("#packages [download]")) != 0 {
		t.Errorf("to who approved it: %d", r.Code)
	}
	as("ola")
	if log := s.page("/logg?kind=exported"); len(log.all(".entries td b")) != 1 {
		t.Error("it is not written down once that a part was fetched")
	}
	as("leo")
	paper := s.page("/utleveringer/" + one).href("#packages a[type]")
	if r := s.get(paper); r.Code != http.StatusOK || r.Body.String() != "%PDF-x" || r.Header().Get("Content-Type") != "application/pdf" {
		t.Errorf("%s: %d %s", paper, r.Code, r.Body)
	}
	if r := s.get("/utleveringer/" + one + "/papers/package"); r.Code != http.StatusNotFound {
		t.Errorf("what is no paper: %d", r.Code)
	}

	act("leo", one, "deliver", http.StatusBadRequest, "Skriv mediets serienummer.", "channel", "in_person", "medium", "Kingston", "handed_by", "Leo", "received_by", "Kari", "where", "vaktrommet")
	act("leo", one, "deliver", http.StatusBadRequest, "Det kan ikke være i framtiden.", "channel", "upload", "handed_by", "Leo", "received_by", "Kari", "where", "vaktrommet", "at_clock", "23:00")
	act("leo", one, "deliver", http.StatusSeeOther, "Kingston, serienummer 77", "channel", "in_person", "medium", "Kingston", "serial", "77", "handed_by", "Leo", "received_by", "Kari", "where", "vaktrommet")
	offered("leo", one, "Neste: Før inn kvitteringen", "Mottakeren har kontrollert pakken, Legg ved et dokument")
	act("leo", one, "receipt", http.StatusBadRequest, "Skriv hvor dokumentet ligger.")
	act("leo", one, "receipt", http.StatusSeeOther, "fikk beskjed om kvitteringen", "archive", "perm 3")
	act("leo", one, "verified", http.StatusSeeOther, "passordet ble ødelagt", "who", "Kari Nordmann")
	offered("leo", one, "Neste: Legg ved den skriftlige anmodningen", "")
	act("leo", one, "close", http.StatusConflict, "R69")
	act("leo", one, "attach", http.StatusBadRequest, "En kontrollsum (SHA-256) har 64 sifre", "what", "request", "archive", "perm 3", "sha256", "abc")
	act("leo", one, "attach", http.StatusBadRequest, "Velg filen, eller lim inn kontrollsummen.", "what", "request", "archive", "perm 3")
	// Without the script the file itself is sent, and its sum alone is kept.
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	m.WriteField("what", "request")
	file, err := m.CreateFormFile("sha256", "anmodning.pdf")
	if err != nil {
		t.Fatal(err)
	}
	content := bytes.Repeat([]byte("%PDF anmodning "), 20_000)
	file.Write(content)
	for name, value := range map[string]string{"sha256": "", "archive": "perm 3", "at_day": "2026-07-04", "at_clock": "21:30"} {
		m.WriteField(name, value)
	}
	m.Close()
	as("leo")
	r := s.ask(http.MethodPost, "/utleveringer/"+one+"/attach", body.String(), "Content-Type", m.FormDataContentType(), "Sec-Fetch-Site", "same-origin")
	if shown, err := s.Releases.Show(one); r.Code != http.StatusSeeOther || err != nil || shown.Written.SHA256 != sha256.Sum256(content) {
		t.Errorf("%d %v %s", r.Code, err, r.Body)
	}
	offered("leo", one, "Neste: Avslutt utleveringen", "Legg ved et dokument")
	act("leo", one, "close", http.StatusSeeOther, "Avsluttet", "why", "ferdig")
	offered("leo", one, "", "")
	s.page("/utleveringer/"+one+"?log=yes").says("#versions", "Kvittering ført inn", "Pakking begynt", "manifest e3b0c442")
	if d := s.page("/utleveringer/" + one); len(d.all(".steps .done")) != 6 {
		t.Errorf("%d steps are done", len(d.all(".steps .done")))
	}

	// An emergency, and its review; a refusal; a viewing; a consent.
	act("leo", "U-2026-0002", "emergency", http.StatusBadRequest, "Skriv minst 20 tegn; dette er 4.", "why", "hast")
	act("leo", "U-2026-0002", "emergency", http.StatusSeeOther, "Hasteutlevering av én person", "why", "et barn er borte, og ingen andre er her")
	offered("leo", "U-2026-0002", "Neste: Pakk utleveringen", "Legg ved et dokument, Trekk utleveringen tilbake")
	act("ane", "U-2026-0002", "review", http.StatusSeeOther, "Vurdert av", "why", "riktig gjort")
	act("ola", "U-2026-0003", "refuse", http.StatusBadRequest, "Skriv minst 20 tegn", "why", "nei")
	act("ola", "U-2026-0003", "refuse", http.StatusSeeOther, "Avslått", "why", "de kunne ikke vise hvem de er")
	if d := s.page("/utleveringer/U-2026-0003"); len(d.all(".steps li")) != 2 || len(d.all(".steps .stopped")) != 1 {
		t.Error("the way of what was refused")
	}
	act("ane", "U-2026-0005", "approve", http.StatusSeeOther, "Godkjent", "sure", "yes")
	offered("leo", "U-2026-0005", "Neste: Før inn gjennomsynet", "Legg ved et dokument, Trekk utleveringen tilbake")
	act("leo", "U-2026-0005", "deliver", http.StatusSeeOther, "Vist på stedet", "channel", "on_site", "handed_by", "Leo", "received_by", "Kari", "where", "vaktrommet")
	as("leo")
	s.send("/utleveringer", asked("basis", "consent_all", "recipient", "other", "case", ""))
	offered("ane", "U-2026-0006", "Neste: Godkjenn utleveringen Samtykket fra alle som er avbildet, må legges ved først.", "Avslå utleveringen")

	// A person in what was shown has it restricted, of which its recipient is told (R135).
	if _, err := s.Holds.Register(holds.NewRequest{Type: holds.RightRestriction, Channel: "email", By: "uid:0",
		Window: []holds.Selection{{Cameras: []footage.CameraID{"k01-inngang"}, Span: footage.Span{From: s.at("20:00:00"), To: s.at("20:00:01")}}}}); err != nil {
		t.Fatal(err)
	}
	s.Releases.Step()
	const about = "I-2026-0001: Begrensning (art. 18)"
	act("ola", "U-2026-0005", "tell", http.StatusBadRequest, "Skriv hva som ble sagt, og til hvem.", "about", about, "how", "phone")
	act("ola", "U-2026-0005", "tell", http.StatusSeeOther, "Mottakeren fikk beskjed"+about+"Telefon", "about", about, "how", "phone", "note", "ringte Kari")
	act("ola", "U-2026-0005", "tell", http.StatusBadRequest, "Velg hva det gjelder.", "about", about, "how", "phone", "note", "ringte Kari")

	// Pictures ask first why somebody watches.
	s.Purposes = func(footage.CameraID) []Purpose { return []Purpose{{"theft", "Tyveri", "Theft"}} }
	as("leo")
	d = s.page("/utleveringer/U-2026-0004")
	d.says("#pictures .purpose", "Hvorfor ser du på opptak fra Hovedinngang?")
	if len(d.all("#pictures video")) != 0 {
		t.Error("pictures are shown before anybody has said why")
	}
	s.Purposes = nil

	// What comes to its deadline.
	s.now = s.now.Add(47 * time.Hour)
	as("leo")
	s.page("/utleveringer/U-2026-0004").says("#release .bad b", "Muntlig")
	s.page("/utleveringer/U-2026-0004").says("#release", "Opptaket slettes om 4 d 23 t")
	s.now = s.now.Add(6 * 24 * time.Hour) // the hold has ended with the receipt
	s.sweep()
	s.page("/utleveringer/U-2026-0004").says("#release", "Ingenting er igjen av opptaket")
	s.page("/utleveringer").says("#list", "hasteutlevering", "Ingenting er igjen av opptaket.")
	if r := s.get("/utleveringer/U-2026-0404"); r.Code != http.StatusNotFound {
		t.Errorf("a release that is none: %d", r.Code)
	}
}
