package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/release"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web/account"
)

// releaseForm is the form that enters a release, or corrects one, as it is filled in.
// Its facts have no scopes and no times: these are fields of their own.
type releaseForm struct {
	release.Facts
	When      moment // it was asked for
	AskedRows []pick // on own initiative: what is given
	Less      bool   // less is given than was asked for
	GivenRows []pick
	Secret    bool // those in the footage are not told
	Until     moment
	Picture   moment // of the preview's pictures
	Why       string // of a correction
	Version   int    // that is corrected

	Wrong   map[string]string
	Refused string
	Preview *releasePreview
}

// releasePreview is what a release would give, as things stand.
type releasePreview struct {
	release.Preview
	Pictures []releasePicture
}

// Missing is what of the scope is not there.
func (p *releasePreview) Missing() (all []holds.Missing) {
	for _, c := range p.Cameras {
		all = append(all, c.Missing...)
	}
	return all
}

// releasePicture is what a camera saw.
type releasePicture struct {
	Camera footage.CameraID
	At     footage.Instant
	Asks   bool // it has to be said first why footage of the camera is watched
}

// Src is the address of the picture.
func (p releasePicture) Src() string {
	return "/api/v1/cameras/" + string(p.Camera) + "/still.mp4?at=" + p.At.String()
}

// Still is the picture as the form of the package names it.
func (p releasePicture) Still() string { return string(p.Camera) + "@" + p.At.String() }

// releaseFormPage is that form.
type releaseFormPage struct {
	*frame
	Form   releaseForm
	Number string // that is corrected; "": a new one
	Holds  []holds.Kept
	choice
}

// The closed lists.
func (p *releaseFormPage) Kinds() []holds.Choice[release.Kind] { return release.Kinds }
func (p *releaseFormPage) Hows() []holds.Choice[release.How]   { return release.Hows }
func (p *releaseFormPage) Bases() []release.BasisRule          { return release.Bases }
func (p *releaseFormPage) Recipients() []holds.Choice[release.RecipientKind] {
	return release.Recipients
}

// Corrects reports whether the form is that of a correction.
func (p *releaseFormPage) Corrects() bool { return p.Number != "" }

// freshRelease is the form before anything is filled in, but for what a hold says, or
// else what the address asks for.
func (s *Server) freshRelease(f *frame, q url.Values) (releaseForm, error) {
	form := releaseForm{When: f.typed(f.Now), Until: f.typed(f.Now.Add(90 * 24 * time.Hour)), AskedRows: f.freshPicks(q)}
	form.Kind = release.Copy
	number := q.Get("hold")
	if number == "" {
		return form, nil
	}
	kept, err := s.Holds.Show(number)
	if err == nil && kept.Freeze() {
		err = holds.ErrNotFound
	}
	if err != nil {
		return form, err
	}
	form.Hold, form.Case, form.Concerns = kept.Number, kept.Case, kept.Reason
	form.AskedRows = f.picksOf("", kept.Selections)
	return form, nil
}

// corrected is the form filled in with what a release says.
func (f *frame) corrected(r release.Release) releaseForm {
	form := releaseForm{Facts: r.Facts(), When: f.typed(r.AskedAt), Until: f.typed(f.Now.Add(90 * 24 * time.Hour)), Version: r.Version}
	if form.Secret = r.Secrecy != 0; form.Secret {
		form.Until = f.typed(r.Secrecy)
	}
	asked := r.Asked
	if len(asked) == 0 {
		asked = r.Given
	} else if _, less := beyond(r.Asked, r.Given); less {
		form.Less, form.GivenRows = true, f.picksOf(givenSet, r.Given)
	}
	form.AskedRows = f.picksOf("", asked)
	return form
}

// givenSet is what the fields of the given scope begin with.
const givenSet = "given_"

// beyond returns the first piece of a that b does not have, if there is one.
func beyond(a, b []holds.Selection) (piece holds.Selection, found bool) {
	for _, s := range a {
		for _, camera := range s.Cameras {
			var of []footage.Span
			for _, o := range b {
				if slices.Contains(o.Cameras, camera) {
					of = append(of, o.Span)
				}
			}
			if left := s.Subtract(of); len(left) > 0 {
				return holds.Selection{Cameras: []footage.CameraID{camera}, Span: left[0]}, true
			}
		}
	}
	return piece, false
}

// readRelease reads the form that was sent, and says what is wrong with it. turned
// reports that a button only added or removed a row.
func (s *Server) readRelease(f *frame, q url.Values) (form releaseForm, turned bool) {
	text := func(name string) string { return strings.TrimSpace(q.Get(name)) }
	form = releaseForm{Wrong: map[string]string{}, When: moment{Typed: true}, Until: moment{Typed: true}, Less: q.Get("less") != "", Secret: q.Get("secret") != "", Why: text("why")}
	form.Version, _ = strconv.Atoi(q.Get("version"))
	form.Kind, form.Basis, form.Recipient, form.How = release.Kind(q.Get("kind")), release.Basis(q.Get("basis")), release.RecipientKind(q.Get("recipient")), release.How(q.Get("how"))
	form.Organisation, form.Hold, form.Minors = text("organisation"), text("hold"), q.Get("minors") != ""
	form.Words = release.Words{
		Asker:    release.Person{Name: text("name"), Service: text("service"), Unit: text("unit"), Contact: text("contact")},
		Identity: text("identity"), Authority: text("authority"), Assessment: text("assessment"), Case: text("case"), Concerns: text("concerns"),
		Purpose: text("purpose"), Differs: text("differs"), Description: text("description"), SecrecyFor: text("secrecy_for"),
	}
	wrong := form.Wrong
	own := form.Basis == release.OwnInitiative
	if own && form.How == "" {
		form.How = release.NotAsked
	}
	form.AskedAt = form.When.read(f, q, "asked_at", wrong)
	if form.AskedAt > f.Now {
		wrong["asked_at"] = f.T("Det kan ikke være i framtiden.", "That cannot be in the future.")
	}
	form.AskedRows, form.Asked = f.readPicks("", s.Zones(), q, wrong)
	ofGiven := map[string]string{}
	form.GivenRows, form.Given = f.readPicks(givenSet, s.Zones(), q, ofGiven)
	ofSecrecy := map[string]string{}
	until := form.Until.read(f, q, "secrecy", ofSecrecy)
	for _, rows := range []*[]pick{&form.AskedRows, &form.GivenRows} {
		if *rows, turned = turnPicks(*rows, q.Get("do")); turned {
			form.Wrong = nil
			return form, true
		}
	}
	switch {
	case !form.Secret:
		form.SecrecyFor = ""
	case ofSecrecy["secrecy"] != "":
		wrong["secrecy"] = ofSecrecy["secrecy"]
	case until <= f.Now && form.Version == 0: // it may have passed since
		wrong["secrecy"] = f.T("Det må være fram i tid.", "That has to be in the future.")
	default:
		form.Secrecy = until
	}
	switch {
	case own:
		form.Asked, form.Given, form.Less, form.Differs = nil, form.Asked, false, ""
	case form.Less:
		for name, why := range ofGiven {
			wrong[name] = why
		}
		piece, more := beyond(form.Given, form.Asked)
		_, less := beyond(form.Asked, form.Given)
		switch {
		case len(ofGiven) > 0 || wrong["from"] != "" || wrong["to"] != "":
		case more:
			wrong[givenSet+"cameras"] = f.F("%s %s ble det ikke bedt om. Det gis aldri mer enn det bes om.", "%s %s was not asked for. No more is ever given than was asked for.", f.Names(piece.Cameras), f.Span(piece.Span))
		case !less:
			wrong[givenSet+"cameras"] = f.T("Dette er alt det ble bedt om. Fjern krysset, eller velg mindre.", "This is all that was asked for. Untick the box, or choose less.")
		}
	default:
		form.Given, form.Differs = form.Asked, ""
	}
	form.check(f)
	return form, false
}

// check says what is wrong with what was written. The log has the rules; here is what
// they mean for a field.
func (form *releaseForm) check(f *frame) {
	wrong := form.Wrong
	if !isChoice(form.Kind, release.Kinds) {
		wrong["kind"] = f.T("Velg hvordan det gis.", "Choose how it is given.")
	}
	if !isChoice(form.Recipient, release.Recipients) {
		wrong["recipient"] = f.T("Velg hva slags mottaker det er.", "Choose what kind of recipient it is.")
	}
	own := form.Basis == release.OwnInitiative
	switch {
	case !isChoice(form.How, release.Hows):
		wrong["how"] = f.T("Velg hvordan det ble spurt.", "Choose how it was asked for.")
	case own != (form.How == release.NotAsked):
		wrong["how"] = f.T("«Ingen har spurt» hører sammen med utlevering på eget initiativ, og bare det.", "“Nobody has asked” goes with a release on own initiative, and only with that.")
	}
	rule, known := form.Basis.Rule()
	switch {
	case !known:
		wrong["basis"] = f.T("Velg rettslig grunnlag.", "Choose the legal basis.")
	case wrong["recipient"] == "" && !slices.Contains(rule.Recipients, form.Recipient):
		wrong["recipient"] = f.F("Dette grunnlaget tillater bare: %s.", "This basis allows only: %s.", f.Allows(rule))
	}
	police := form.Recipient == release.Police || form.Recipient == release.Prosecution || form.Recipient == release.Court
	body := form.Recipient != release.DataSubject && form.Recipient != release.Other
	needs := func(is bool, least int) int {
		if is {
			return least
		}
		return 0
	}
	for _, t := range []struct {
		name, text  string
		least, most int
		missing     string
	}{
		{"name", form.Asker.Name, 2, release.MaxLine, f.T("Skriv hvem som spør eller tar imot.", "Write who asks, or receives it.")},
		{"service", form.Asker.Service, needs(police && !own, 1), release.MaxLine, f.T("Skriv tjenestenummeret.", "Write the service number.")},
		{"unit", form.Asker.Unit, 0, release.MaxLine, ""},
		{"contact", form.Asker.Contact, 3, release.MaxLine, f.T("Skriv telefon eller e-post.", "Write a telephone number or an e-mail address.")},
		{"organisation", form.Organisation, needs(body, 2), release.MaxLine, f.T("Skriv hvilket politidistrikt, hvilken domstol eller myndighet.", "Write which police district, court or authority.")},
		{"identity", form.Identity, 3, release.MaxLine, f.T("Skriv hvordan identiteten ble kontrollert.", "Write how the identity was checked.")},
		{"authority", form.Authority, needs(form.Basis == release.SeizureOrder || form.Basis == release.OtherStatute || form.Recipient == release.Authority, 3), release.MaxLine,
			f.T("Skriv loven og paragrafen, eller pålegget.", "Write the statute and section, or the order.")},
		{"assessment", form.Assessment, needs(own, release.MinReason), release.MaxText, f.T("Skriv hvorfor det er riktig å gi det uten å være spurt.", "Write why it is right to give it without having been asked.")},
		{"case", form.Case, needs(form.Basis == release.PoliceDemand || form.Basis == release.SeizureOrder, holds.MinCase), holds.MaxCase, f.T("Skriv saksnummeret.", "Write the case number.")},
		{"concerns", form.Concerns, 3, release.MaxText, f.T("Skriv hva saken gjelder.", "Write what the case is about.")},
		{"purpose", form.Purpose, 3, release.MaxText, f.T("Skriv hva opptaket skal brukes til.", "Write what the footage is to be used for.")},
		{"differs", form.Differs, needs(form.Less, 3), release.MaxText, f.T("Skriv hvorfor det gis mindre.", "Write why less is given.")},
		{"description", form.Description, 0, release.MaxDescription, ""},
		{"secrecy_for", form.SecrecyFor, needs(form.Secret, 3), release.MaxLine, f.T("Skriv hvem som ber om hemmelighold.", "Write who asks for secrecy.")},
	} {
		if why := f.wrongText(t.text, t.least, t.most, t.missing); why != "" && (t.least > 0 || t.text != "") {
			wrong[t.name] = why
		}
	}
}

// scopeFields are those that a preview needs; what is wrong elsewhere can wait.
func scopeField(name string) bool {
	name = strings.TrimPrefix(name, givenSet)
	return strings.HasPrefix(name, "cameras") || strings.HasPrefix(name, "from") || strings.HasPrefix(name, "to")
}

// pictures are those of the cameras of a scope.
func (s *Server) pictures(r *http.Request, given []holds.Selection, at footage.Instant) (all []releasePicture) {
	who := identity(r)
	if !who.May(account.Watch) {
		return nil
	}
	for _, g := range given {
		for _, camera := range g.Cameras {
			picture := releasePicture{Camera: camera, At: g.From}
			if g.Contains(at) {
				picture.At = at
			}
			_, err := s.purposeOf(who, "", camera)
			picture.Asks = err != nil
			i := slices.IndexFunc(all, func(p releasePicture) bool { return p.Camera == camera })
			if i < 0 {
				all = append(all, picture)
			} else if g.Contains(at) {
				all[i] = picture
			}
		}
	}
	return all
}

// deadlineOf is the earliest deadline of the footage of a release that has not left, 0
// where there is none left. It has to be finished before that (R75).
func (s *Server) deadlineOf(r release.Release) (footage.Instant, error) {
	p, err := s.Releases.Preview(r.Given, footage.Staff)
	return p.Deadline, err
}

func (s *Server) getReleaseForm(w http.ResponseWriter, r *http.Request) {
	f, err := s.frame(r, atReleases)
	var form releaseForm
	if err == nil {
		form, err = s.freshRelease(f, r.URL.Query())
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.drawReleaseForm(w, r, http.StatusOK, f, "", form)
}

func (s *Server) drawReleaseForm(w http.ResponseWriter, r *http.Request, status int, f *frame, number string, form releaseForm) {
	p := &releaseFormPage{frame: f, Form: form, Number: number, choice: s.choice()}
	var err error
	if p.Holds, err = s.Holds.List(false); err != nil {
		s.fail(w, r, err)
		return
	}
	f.Here = atReleases + "/ny"
	if number != "" {
		f.Here = atReleases + "/" + number + "/correct"
	}
	if p.Form.Hold != "" && !slices.ContainsFunc(p.Holds, func(h holds.Kept) bool { return h.Number == p.Form.Hold }) {
		p.Holds = append(p.Holds, holds.Kept{Hold: holds.Hold{Number: p.Form.Hold}})
	}
	if len(p.Form.GivenRows) == 0 {
		p.Form.GivenRows = slices.Clone(p.Form.AskedRows)
		for i := range p.Form.GivenRows {
			p.Form.GivenRows[i].Set = givenSet
		}
	}
	for _, row := range slices.Concat(p.Form.AskedRows, p.Form.GivenRows) { // cameras that are configured no more
		for _, camera := range row.Cameras {
			if !slices.ContainsFunc(p.Cameras, func(h footage.Health) bool { return h.Camera == camera }) {
				p.Cameras = append(p.Cameras, footage.Health{Camera: camera, Name: string(camera)})
			}
		}
	}
	if p.Form.Picture.Day == "" && len(p.Form.AskedRows) > 0 {
		p.Form.Picture = p.Form.AskedRows[0].From
	}
	s.draw(w, r, status, "releaseform", p)
}

// postReleaseForm enters a release and leads to it, or answers with the form as it was
// filled in and what is wrong.
func (s *Server) postReleaseForm(w http.ResponseWriter, r *http.Request) {
	f, ok := posted(s, w, r, s.framing(atReleases))
	if !ok {
		return
	}
	s.takeRelease(w, r, f, release.Release{}, func(form releaseForm) (release.Release, error) {
		return s.Releases.Request(form.Facts, actor(r))
	})
}

// takeRelease reads the form and has do carry it out. was is what it corrects, or
// nothing; what others have done to that since the form was drawn is not overwritten.
func (s *Server) takeRelease(w http.ResponseWriter, r *http.Request, f *frame, was release.Release, do func(releaseForm) (release.Release, error)) {
	number := was.Number
	form, turned := s.readRelease(f, r.PostForm)
	if turned {
		s.drawReleaseForm(w, r, http.StatusOK, f, number, form)
		return
	}
	status := http.StatusBadRequest
	if r.PostForm.Get("do") == "preview" {
		for name := range form.Wrong {
			if !scopeField(name) {
				delete(form.Wrong, name)
			}
		}
		ofPicture := map[string]string{}
		at := form.Picture.read(f, r.PostForm, "picture", ofPicture)
		if len(form.Wrong) == 0 {
			p, err := s.Releases.Preview(form.Given, footage.Staff) // nothing that only a freeze keeps (R34)
			if err == nil {
				form.Preview, status, form.Wrong = &releasePreview{p, s.pictures(r, form.Given, at)}, http.StatusOK, ofPicture
			} else {
				var ok bool
				if form.Refused, status, ok = s.refusal(w, r, err); !ok {
					return
				}
			}
		}
		s.drawReleaseForm(w, r, status, f, number, form)
		return
	}
	if number != "" {
		if why := f.wrongText(form.Why, 3, release.MaxText, f.T("Skriv hva som var galt.", "Write what was wrong.")); why != "" {
			form.Wrong["why"] = why
		}
	}
	if number != "" && form.Version != was.Version {
		form.Refused, status, form.Version = f.T("Noen andre har gjort noe med utleveringen mens du skrev. Se over, og send på nytt.",
			"Somebody else has done something to the release while you were writing. Look it over, and send it again."), http.StatusConflict, was.Version
	} else if len(form.Wrong) == 0 {
		done, err := do(form)
		if err == nil {
			http.Redirect(w, r, f.ReleaseLink(done.Number, "just", string(done.Act)), http.StatusSeeOther)
			return
		}
		var ok bool
		if form.Refused, status, ok = s.refusal(w, r, err); !ok {
			return
		}
	}
	s.drawReleaseForm(w, r, status, f, number, form)
}

// readShown reads the frame of a release's pages, and the release that r names.
func (s *Server) readShown(r *http.Request) (f *frame, shown release.Shown, err error) {
	if f, err = s.frame(r, atReleases); err == nil {
		shown, err = s.Releases.Show(chi.URLParam(r, "number"))
	}
	return f, shown, err
}

func (s *Server) getCorrectForm(w http.ResponseWriter, r *http.Request) {
	f, shown, err := s.readShown(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.drawReleaseForm(w, r, http.StatusOK, f, shown.Number, f.corrected(shown.Release))
}

// exact is facts that were filled in, with the times of what they correct where these are
// the same to the second: forms have no more.
func exact(filled, was release.Facts) release.Facts {
	const second = footage.Instant(time.Second / time.Microsecond)
	whole := func(all []holds.Selection) (to []holds.Selection) {
		for _, s := range all {
			s.Span = footage.Span{From: s.From / second * second, To: (s.To + second - 1) / second * second}
			to = append(to, s)
		}
		return to
	}
	for _, scope := range []struct{ filled, was *[]holds.Selection }{{&filled.Asked, &was.Asked}, {&filled.Given, &was.Given}} {
		if slices.EqualFunc(*scope.filled, whole(*scope.was), func(a, b holds.Selection) bool {
			return a.Span == b.Span && slices.Equal(slices.Sorted(slices.Values(a.Cameras)), b.Cameras)
		}) {
			*scope.filled = *scope.was
		}
	}
	if filled.AskedAt == was.AskedAt/second*second {
		filled.AskedAt = was.AskedAt
	}
	if filled.Secrecy == was.Secrecy/second*second {
		filled.Secrecy = was.Secrecy
	}
	return filled
}

// postCorrectForm makes a new version of a release (R79).
func (s *Server) postCorrectForm(w http.ResponseWriter, r *http.Request) {
	var shown release.Shown
	f, ok := posted(s, w, r, func(r *http.Request) (f *frame, err error) {
		f, shown, err = s.readShown(r)
		return f, err
	})
	if !ok {
		return
	}
	s.takeRelease(w, r, f, shown.Release, func(form releaseForm) (release.Release, error) {
		return s.Releases.Correct(shown.Number, form.Why, func(facts *release.Facts) error {
			*facts = exact(form.Facts, *facts)
			return nil
		}, actor(r))
	})
}
