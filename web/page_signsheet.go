package web

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-chi/chi/v5"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web/signage"
)

// papersPage is the cameras with what has to be on paper before they record.
type papersPage struct{ signFrame }

// paperOf is how a camera stands.
type paperOf struct {
	signage.Cover
	Passage    signage.Passage
	Enabled    bool
	Sheet      signage.Sheet // version 0: none
	Assessment signage.Assessment
	Assessed   bool // there is one
}

// Papers are those of every camera of the configuration.
func (p *signFrame) Papers() (all []paperOf) {
	for _, c := range p.Live.Cameras {
		all = append(all, p.paperOf(c))
	}
	return all
}

func (p *signFrame) paperOf(c signage.Camera) paperOf {
	v := paperOf{Enabled: c.Recording, Passage: p.Passage(c, false)}
	v.Cover, _ = p.CoverOf(c.ID)
	v.Sheet, _ = p.SheetOf(c.ID)
	v.Assessment, v.Assessed = p.AssessmentOf(c.ID, v.Number)
	return v
}

// PassageOf is how a camera stands at the gate.
func (p *signFrame) PassageOf(camera footage.CameraID) signage.Passage {
	for _, c := range p.Live.Cameras {
		if c.ID == camera {
			return p.Passage(c, false)
		}
	}
	return signage.Passage{}
}

// Missing is Lacking of a camera by its id.
func (p *signFrame) Missing(camera footage.CameraID) []signAct {
	for _, v := range p.Papers() {
		if v.Camera == camera {
			return p.Lacking(v)
		}
	}
	return nil
}

// Lacking says what a camera lacks, with where to close that.
func (p *signFrame) Lacking(v paperOf) (all []signAct) {
	at := p.CameraLink(v.Camera)
	for _, l := range v.Passage.Lacks {
		link := map[signage.Lack]string{
			signage.LacksZone:       p.To(atZone+"/ny", "name", v.Zone),
			signage.LacksDecision:   p.ZoneLink(v.Number, "edit", "yes") + "#zoneform",
			signage.LacksSigns:      p.To(atSigns) + "#coverage",
			signage.LacksPurpose:    p.CameraLink(v.Camera, "edit", "sheet") + "#sheetform",
			signage.LacksAssessment: at + "#assess",
		}[l]
		all = append(all, signAct{p.T(l.InWords()), link})
	}
	return all
}

// CameraLink is the address of a camera's papers.
func (f *frame) CameraLink(c footage.CameraID, more ...string) string {
	return f.To(atPapers+"/"+string(c), more...)
}

func (s *Server) getPapersPage(w http.ResponseWriter, r *http.Request) {
	f, err := s.signFrame(r, atPapers)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.draw(w, r, http.StatusOK, "signpapers", &papersPage{f})
}

// sheetPage is a camera's sheet and its assessment, with the forms that change them.
type sheetPage struct {
	signFrame
	Paper  paperOf
	Form   *paperForm // of the sheet, or nil
	Assess *paperForm // of an assessment, or nil
}

// paperForm is a form of many texts, as it is filled in.
type paperForm struct {
	Fields  []paperField
	Chosen  []string // purposes
	Kind    signage.CameraKind
	Of      string // camera or zone
	Verdict string // approved or declined
	Minutes string // SHA-256 of those of the consultation
	Wrong   map[string]string
	Refused string
}

// paperField is a text of such a form.
type paperField struct {
	Name, Label, Value string
	Rows               int // of a text; 0: one line
	Least, Most        int
}

// sheetFields are the texts and numbers of a sheet.
func (p *sheetPage) sheetFields() []paperField {
	s := p.Paper.Sheet
	number := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	direction := ""
	if s.Direction != nil {
		direction = strconv.Itoa(*s.Direction)
	}
	return []paperField{
		{"position", p.T("Hvor henger det?", "Where does it hang?"), s.Position, 0, 0, 200},
		{"height", p.T("Høyde over gulvet, i cm", "Height above the floor, in cm"), number(s.HeightCM), 0, 0, 10000},
		{"direction", p.T("Retning, i grader fra nord", "Direction, in degrees from north"), direction, 0, 0, 359},
		{"view", p.T("Synsfelt, i grader", "Field of view, in degrees"), number(s.View), 0, 0, 360},
		{"pixels", p.T("Piksler per meter ved målet", "Pixels a metre at the target"), number(s.Pixels), 0, 0, 20000},
		{"make", p.T("Fabrikat", "Make"), s.Make, 0, 0, 100},
		{"model", p.T("Modell", "Model"), s.Model, 0, 0, 100},
		{"firmware", p.T("Fastvare", "Firmware"), s.Firmware, 0, 0, 100},
		{"serial", p.T("Serienummer", "Serial number"), s.Serial, 0, 0, 100},
		{"mac", p.T("MAC-adresse", "MAC address"), s.MAC, 0, 0, 17},
		{"masks", p.T("Hva kameraet selv maskerer, og siden når", "What the camera itself masks, and since when"), s.Masks, 0, 0, 500},
	}
}

// sheetNumbers are the fields of a sheet that are whole numbers.
var sheetNumbers = []string{"height", "direction", "view", "pixels"}

// assessFields are the texts of an assessment.
func (p *sheetPage) assessFields() []paperField {
	a := p.Paper.Assessment
	return []paperField{
		{"interest", p.T("Interessen: hva skal beskyttes?", "The interest: what is to be protected?"), a.Interest, 3, 20, 2000},
		{"incidents", p.T("Hendelser bak: datoer og referanser", "Incidents behind it: dates and references"), a.Incidents, 2, 3, 2000},
		{"alternatives", p.T("Mildere tiltak som er prøvd, og hvorfor de ikke holder", "Milder measures that were tried, and why they will not do"), a.Alternatives, 3, 20, 2000},
		{"necessity", p.T("Nødvendighet: hvorfor akkurat dette kameraet?", "Necessity: why this very camera?"), a.Necessity, 3, 20, 2000},
		{"balance", p.T("Interesseavveiing mot dem som filmes", "Balance against those who are filmed"), a.Balance, 3, 20, 2000},
		{"safeguards", p.T("Tiltak som beskytter dem", "Safeguards that protect them"), a.Safeguards, 2, 10, 2000},
		{"dpia", p.T("Vurdering av personvernkonsekvenser (DPIA): hvor den er, eller hvorfor den ikke trengs", "DPIA: where it is, or why none is needed"), a.DPIA, 0, 3, 500},
		{"decider", p.T("Hvem besluttet? (rolle, ikke navn)", "Who decided? (a role, no name)"), a.Decider, 0, 2, 100},
		{"decided", p.T("Besluttet", "Decided"), p.day(p.Now), 0, 0, 10},
		{"review", p.T("Vurderes på nytt innen (høyst et år)", "Reviewed by (within a year)"), p.day(p.Now.Add(reviewWithin)), 0, 0, 10},
		{"held", p.T("Drøftet med de ansatte (dag; tomt: ikke)", "Discussed with the employees (day; empty: not)"), "", 0, 0, 10},
		{"participants", p.T("Hvem drøftet? (roller)", "Who discussed it? (roles)"), "", 0, 0, 500},
	}
}

// day writes the day of an instant as people write days.
func (t tongue) day(i footage.Instant) string { return t.Wall(i).Format(t.T("2.1.2006", dayForm)) }

// LivePurposes are those that the configuration has, by code.
func (p *sheetPage) LivePurposes() (all []Purpose) {
	for i, code := range p.Live.Purposes {
		v := Purpose{Code: code}
		if i < len(p.Live.Facts.Purposes) {
			v.Norwegian, v.English = p.Live.Facts.Purposes[i].Norwegian, p.Live.Facts.Purposes[i].English
		}
		all = append(all, v)
	}
	return all
}

// PurposeWords is a purpose in words.
func (p *sheetPage) PurposeWords(code string) string {
	for _, v := range p.LivePurposes() {
		if v.Code == code {
			return cmp.Or(p.T(v.Norwegian, v.English), code)
		}
	}
	return code
}

// Called is what people call the camera.
func (p *sheetPage) Called() string { return p.Paper.Name }

// SheetFacts are what the sheet says, as it is shown.
func (p *sheetPage) SheetFacts() []paperField { return p.sheetFields() }

// AssessFacts are the reasons of the assessment, as they are shown.
func (p *sheetPage) AssessFacts() []paperField { return p.assessFields()[:7] }

// Has reports whether a purpose is chosen.
func (f *paperForm) Has(code string) bool { return slices.Contains(f.Chosen, code) }

// Overdue reports whether the assessment's review is.
func (p *sheetPage) Overdue() bool { return p.Paper.Assessment.Review <= p.Now }

func (s *Server) readSheetPage(r *http.Request) (*sheetPage, error) {
	camera := footage.CameraID(chi.URLParam(r, "camera"))
	f, err := s.signFrame(r, atPapers+"/"+string(camera))
	p := &sheetPage{signFrame: f}
	if err != nil {
		return p, err
	}
	i := slices.IndexFunc(p.Live.Cameras, func(c signage.Camera) bool { return c.ID == camera })
	if i < 0 {
		return p, fmt.Errorf("%w: the configuration has no camera %q", errNotFound, camera)
	}
	p.Paper = p.paperOf(p.Live.Cameras[i])
	return p, nil
}

func (s *Server) getSheetPage(w http.ResponseWriter, r *http.Request) {
	p, err := s.readSheetPage(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	switch r.URL.Query().Get("edit") {
	case "sheet":
		p.Form = &paperForm{Fields: p.sheetFields(), Chosen: p.Paper.Sheet.Purposes, Kind: cmp.Or(p.Paper.Sheet.Kind, signage.Real)}
	case "assessment":
		p.Assess = &paperForm{Fields: p.assessFields(), Of: "camera"}
		if p.Paper.Assessment.Zone != "" {
			p.Assess.Of = "zone"
		}
	}
	s.draw(w, r, http.StatusOK, "signsheet", p)
}

// fill reads the texts of a form that was sent, and says which are too short or too long.
func (f *paperForm) fill(v *frame, q url.Values) (text map[string]string) {
	text, f.Wrong = map[string]string{}, map[string]string{}
	for i := range f.Fields {
		field := &f.Fields[i]
		field.Value = strings.TrimSpace(strings.ReplaceAll(q.Get(field.Name), "\r\n", "\n"))
		text[field.Name] = field.Value
		if slices.Contains(sheetNumbers, field.Name) {
			continue
		}
		if utf8.RuneCountInString(field.Value) < field.Least && field.Value == "" {
			f.Wrong[field.Name] = v.T("Dette må fylles ut.", "This has to be filled in.")
		} else if wrong := v.wrongText(field.Value, field.Least, field.Most, ""); wrong != "" {
			f.Wrong[field.Name] = wrong
		}
	}
	return text
}

// postSheetForm enters a camera's sheet and leads back to it, or answers with the form.
func (s *Server) postSheetForm(w http.ResponseWriter, r *http.Request) {
	p, err := s.readSheetPage(r)
	if err == nil {
		err = parseForm(r)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	f := &paperForm{Fields: p.sheetFields(), Chosen: r.PostForm["purpose"], Kind: signage.CameraKind(r.PostForm.Get("kind"))}
	p.Form = f
	text := f.fill(p.frame, r.PostForm)
	numbers := map[string]int{}
	for _, field := range f.Fields {
		if !slices.Contains(sheetNumbers, field.Name) || field.Value == "" {
			continue
		}
		n, err := strconv.Atoi(field.Value)
		if numbers[field.Name] = n; err != nil || n < 0 || n > field.Most {
			f.Wrong[field.Name] = p.F("Et helt tall fra 0 til %d.", "A whole number from 0 to %d.", field.Most)
		}
	}
	sheet := signage.Sheet{Camera: p.Paper.Camera, Kind: f.Kind, Position: oneLine(text["position"]), HeightCM: numbers["height"], View: numbers["view"], Pixels: numbers["pixels"],
		Make: text["make"], Model: text["model"], Firmware: text["firmware"], Serial: text["serial"], MAC: text["mac"], Masks: oneLine(text["masks"]), Purposes: f.Chosen}
	if text["direction"] != "" {
		sheet.Direction = new(numbers["direction"])
	}
	if len(f.Chosen) == 0 {
		f.Wrong["purpose"] = p.T("Velg minst ett formål: uten det kan ikke kameraet ta opp.", "Choose one purpose at least: the camera cannot record without.")
	}
	s.entering(w, r, p, f, "sheet", func() error {
		_, err := s.Signs.PutSheet(sheet, actor(r))
		return err
	})
}

// entering enters a form that nothing is wrong with and leads back to the camera, or
// answers with the form.
func (s *Server) entering(w http.ResponseWriter, r *http.Request, p *sheetPage, f *paperForm, just string, enter func() error) {
	status := http.StatusBadRequest
	if len(f.Wrong) == 0 {
		err := enter()
		if err == nil {
			http.Redirect(w, r, p.CameraLink(p.Paper.Camera, "just", just), http.StatusSeeOther)
			return
		}
		var e *Error
		if e, status = fault(err); e.Code == CodeInternal || e.Code == CodeNotFound {
			s.fail(w, r, err)
			return
		}
		f.Refused = e.Message
	}
	s.draw(w, r, status, "signsheet", p)
}

// postAssessmentForm enters an assessment of the camera or of its zone, or answers with
// the form. Of the minutes of a consultation only the checksum is kept.
func (s *Server) postAssessmentForm(w http.ResponseWriter, r *http.Request) {
	allow(w, r, maxUpload) // the minutes
	p, err := s.readSheetPage(r)
	if err == nil {
		err = parseForm(r)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	q := r.PostForm
	f := &paperForm{Fields: p.assessFields(), Of: q.Get("of"), Verdict: q.Get("verdict"), Minutes: cmp.Or(q.Get("minutes"), q.Get("minutes_sha256"))}
	p.Assess = f
	text := f.fill(p.frame, q)
	a := signage.Assessment{Camera: p.Paper.Camera, Interest: text["interest"], Incidents: text["incidents"], Alternatives: text["alternatives"], Necessity: text["necessity"], Balance: text["balance"],
		Safeguards: text["safeguards"], Approved: f.Verdict == "approved", Decider: text["decider"], DPIA: text["dpia"]}
	if f.Of == "zone" && p.Paper.Number != "" {
		a.Camera, a.Zone = "", p.Paper.Number
	}
	if f.Verdict != "approved" && f.Verdict != "declined" {
		f.Wrong["verdict"] = p.T("Velg avgjørelsen.", "Choose the decision.")
	}
	day := func(name string) footage.Instant {
		w, err := parseDay(text[name])
		if err != nil {
			f.Wrong[name] = p.T("Skriv dagen som 4.7.2026.", "Write the day as 2026-07-04.")
		}
		return midnight(w, p.zone)
	}
	if a.Decided, a.Review = day("decided"), day("review"); f.Wrong["decided"]+f.Wrong["review"] == "" {
		if a.Decided > p.Now {
			f.Wrong["decided"] = p.T("Det kan ikke være i framtiden.", "That cannot be in the future.")
		}
		if a.Review <= a.Decided || a.Review > a.Decided.Add(reviewWithin) {
			f.Wrong["review"] = p.T("Velg en dag innen et år fra beslutningen.", "Choose a day within a year of the decision.")
		}
	}
	if text["held"]+text["participants"] != "" {
		a.Consultation = p.consultation(f, text, day("held"))
	}
	s.entering(w, r, p, f, "assessed", func() error {
		_, err := s.Signs.Assess(a, actor(r))
		return err
	})
}

// consultation reads that the camera was discussed with the employees (R139).
func (p *sheetPage) consultation(f *paperForm, text map[string]string, held footage.Instant) *signage.Consultation {
	c := &signage.Consultation{Held: held, Participants: text["participants"]}
	if c.Minutes.UnmarshalText([]byte(f.Minutes)) != nil {
		f.Wrong["minutes"] = p.T("Velg filen med referatet.", "Choose the file of the minutes.")
	}
	if held > p.Now && f.Wrong["held"] == "" {
		f.Wrong["held"] = p.T("Det kan ikke være i framtiden.", "That cannot be in the future.")
	}
	if wrong := p.wrongText(c.Participants, 3, 500, p.T("Skriv hvem som deltok.", "Write who took part.")); wrong != "" {
		f.Wrong["participants"] = wrong
	}
	return c
}
