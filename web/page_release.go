package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/handover"
	"github.com/sjudager/sjudager/holds/handover/verify"
	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/holds/release"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/web/account"
)

// releasePage is one release in full, with the forms to act on it.
type releasePage struct {
	*frame
	Shown    release.Shown
	Just     release.Act // what has just become of it
	Offers   []offer
	Deadline footage.Instant // of the footage, while it has not left; 0 when none is left
	Export   Export
	Media    []string // folders that a package may be written to, besides the appliance

	Picture  moment // of the pictures
	Pictures []releasePicture
	Stills   []string // that are chosen for the package, as releasePicture.Still
	Asks     []footage.CameraID
	Purposes []Purpose

	Told     bool // the ledger's entries were asked for
	Entries  []LogEntry
	Password string // shown once

	// What was sent, where it was refused: the form, its fields, and what is wrong.
	Form    string
	In      url.Values
	When    moment // of the form's own time
	Wrong   map[string]string
	Refused string
}

func (s *Server) readReleasePage(r *http.Request) (*releasePage, error) {
	q := r.URL.Query()
	p := &releasePage{Just: release.Act(q.Get("just")), Told: q.Has("log"), Stills: q["still"], In: url.Values{}, Wrong: map[string]string{}}
	var err error
	if p.frame, p.Shown, err = s.readShown(r); err != nil {
		return p, err
	}
	p.Here = atReleases + "/" + p.Shown.Number
	for _, name := range []string{"still", "picture_day", "picture_clock", "log"} {
		if q.Has(name) {
			p.kept[name] = q[name]
		}
	}
	p.When = p.moment(p.Now)
	p.Offers = p.releaseOffers(p.Shown.Release)
	p.Export = s.exportOf(p.Shown)
	if s.Media != nil && p.May(account.Release) {
		p.Media = s.Media()
	}
	if p.Waits() {
		if p.Deadline, err = s.deadlineOf(p.Shown.Release); err != nil {
			return p, err
		}
		at := p.Shown.Given[0].From
		if q.Has("picture_day") {
			if i := p.Picture.read(p.frame, q, "picture", p.Wrong); i != 0 {
				at = i
			}
		} else {
			p.Picture = p.formed(at)
		}
		if p.Deadline != 0 && p.May(account.Watch) {
			p.Pictures = s.pictures(r, p.Shown.Given, at)
			p.Asks, p.Purposes = s.asks(p.Who, p.cameras()...)
		}
	}
	if p.Told {
		p.Entries, err = s.releaseEntries(p.Shown)
	}
	return p, err
}

// cameras are those of the pictures.
func (p *releasePage) cameras() (all []footage.CameraID) {
	for _, picture := range p.Pictures {
		all = append(all, picture.Camera)
	}
	return all
}

// Waits reports whether the footage still has to leave before its deadline.
func (p *releasePage) Waits() bool { return p.Shown.Delivery.At == 0 && p.Shown.Ended.At == 0 }

// Packages are those that were made, the newest first.
func (p *releasePage) Packages() []release.Package {
	all := slices.Clone(p.Shown.Packages)
	slices.Reverse(all)
	return all
}

// Last is the newest of them that has footage.
func (p *releasePage) Last() release.Package { return lastGiven(p.Shown.Release) }

// lastGiven is the newest package of a release that has footage: a supplement has none.
func lastGiven(r release.Release) release.Package {
	for _, p := range slices.Backward(r.Packages) {
		if p.Supplements == 0 {
			return p
		}
	}
	return release.Package{}
}

// FormOf is the form of a package.
func (p *releasePage) FormOf(f release.Form) string { return inWords(p.tongue, f, release.Forms) }

// Forms are the forms of a package.
func (p *releasePage) Forms() []holds.Choice[release.Form] { return release.Forms }

// Failed says why the last package never was complete.
func (p *releasePage) Failed() string {
	return inWords(p.tongue, p.Export.Failed, release.Failures)
}

// Channels are those by which a release of this kind is handed over.
func (p *releasePage) Channels() (all []holds.Choice[release.Channel]) {
	for _, c := range release.Channels {
		if told := c.Code == release.OnSite || c.Code == release.BySpeaking; told == (p.Shown.Kind != release.Copy) {
			all = append(all, c)
		}
	}
	return all
}

// Val is what was filled in of a field of a form that was refused, and else what the
// field begins with.
func (p *releasePage) Val(form, field, fresh string) string {
	if p.Form == form {
		return p.In.Get(field)
	}
	return fresh
}

// Bad says what is wrong with a field of a form.
func (p *releasePage) Bad(form, field string) string {
	if p.Form == form {
		return p.Wrong[field]
	}
	return ""
}

// Chosen reports whether a picture is to be in the package.
func (p *releasePage) Chosen(still string) bool { return slices.Contains(p.Stills, still) }

// StillsLink is the address of the page with a picture chosen, or not any more.
func (p *releasePage) StillsLink(still string) string {
	q := url.Values{}
	for name, values := range p.kept {
		q[name] = values
	}
	q["still"] = slices.DeleteFunc(slices.Clone(p.Stills), func(s string) bool { return s == still })
	if !p.Chosen(still) {
		q["still"] = append(q["still"], still)
	}
	return join(p.Here, q.Encode()) + "#pictures"
}

// StillWords is a chosen picture for people.
func (p *releasePage) StillWords(still string) string {
	camera, at, _ := strings.Cut(still, "@")
	return p.Name(footage.CameraID(camera)) + ", " + p.Stamp(instant(at))
}

// releaseEntries are the ledger's about a release, the newest first: each version has
// one, and none is older than the first.
func (s *Server) releaseEntries(shown release.Shown) (entries []LogEntry, err error) {
	return entries, s.Index.View(func(tx *index.Tx) error {
		size, err := ledger.Size(tx)
		if err != nil {
			return err
		}
		for told, err := range ledger.Entries(tx, ledger.Filter{Kind: ledger.Released}, size) {
			if err != nil {
				return err
			}
			if told.Fields["release"] == shown.Number {
				entries = append(entries, NewLogEntry(told))
			}
			if len(entries) == shown.Version {
				break
			}
		}
		return nil
	})
}

func (s *Server) getReleasePage(w http.ResponseWriter, r *http.Request) {
	p, err := s.readReleasePage(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.draw(w, r, http.StatusOK, "release", p)
}

// onReleasePage reads one of the forms on a release's page, carries it out, and leads
// back to the page; or draws that with what is wrong. read says so in p.Wrong.
func (s *Server) onReleasePage(w http.ResponseWriter, r *http.Request, form string, read func(p *releasePage, q url.Values), act func(p *releasePage) (release.Release, error)) {
	p, ok := posted(s, w, r, s.readReleasePage)
	if !ok {
		return
	}
	p.Form, p.Just, p.In, p.Stills = form, "", r.PostForm, r.PostForm["still"]
	status := http.StatusBadRequest
	if read(p, r.PostForm); len(p.Wrong) == 0 {
		done, err := act(p)
		if err == nil {
			http.Redirect(w, r, p.ReleaseLink(done.Number, "just", string(done.Act)), http.StatusSeeOther)
			return
		}
		if p.Refused, status, ok = s.refusal(w, r, err); !ok {
			return
		}
	}
	p.unfold()
	s.draw(w, r, status, "release", p)
}

// unfold offers the form that was refused even where it is not to be had, so that what
// was written is not lost.
func (p *releasePage) unfold() {
	if !slices.ContainsFunc(p.Offers, func(o offer) bool { return o.Form == p.Form && o.Why == "" }) {
		p.Offers = append(p.Offers, offer{Form: p.Form, Title: p.T("Ble ikke utført", "Was not done")})
	}
}

// need says what is wrong with a text of a form.
func (p *releasePage) need(q url.Values, field string, least, most int, missing string) string {
	text := strings.TrimSpace(q.Get(field))
	if why := p.wrongText(text, least, most, missing); why != "" && (least > 0 || text != "") {
		p.Wrong[field] = why
	}
	return text
}

// at reads the time of a form: that lies in the past, and not before what it follows
// upon. Forms have whole seconds, what it follows upon has not.
func (p *releasePage) at(q url.Values, after footage.Instant) footage.Instant {
	at := p.When.read(p.frame, q, "at", p.Wrong)
	switch {
	case p.Wrong["at"] != "":
	case at > p.Now:
		p.Wrong["at"] = p.T("Det kan ikke være i framtiden.", "That cannot be in the future.")
	case at < after && after.Sub(at) < time.Minute:
		at = after
	case at < after:
		p.Wrong["at"] = p.F("Det kan ikke være før %s.", "That cannot be before %s.", p.Stamp(after))
	}
	return at
}

func (s *Server) postApproveForm(w http.ResponseWriter, r *http.Request) {
	s.onReleasePage(w, r, "approve", func(p *releasePage, q url.Values) {
		if q.Get("sure") == "" {
			p.Wrong["sure"] = p.T("Kryss av for å bekrefte.", "Tick the box to confirm.")
		}
	}, func(p *releasePage) (release.Release, error) { return s.Releases.Approve(p.Shown.Number, actor(r)) })
}

// postWhyForm carries out an act that needs no more than a reason.
func (s *Server) postWhyForm(form string, least int, nb, en string, act func(number, why, by string) (release.Release, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var why string
		s.onReleasePage(w, r, form, func(p *releasePage, q url.Values) {
			most := release.MaxText
			if least == 0 {
				most = release.MaxLine
			}
			why = p.need(q, "why", least, most, p.T(nb, en))
		}, func(p *releasePage) (release.Release, error) { return act(p.Shown.Number, why, actor(r)) })
	}
}

func (s *Server) postDeliverForm(w http.ResponseWriter, r *http.Request) {
	var h release.Handover
	s.onReleasePage(w, r, "deliver", func(p *releasePage, q url.Values) {
		h.Channel = release.Channel(q.Get("channel"))
		if !isChoice(h.Channel, p.Channels()) {
			p.Wrong["channel"] = p.T("Velg hvordan det ble overlevert.", "Choose how it was handed over.")
		}
		physical, after := 0, p.Shown.Approved.At
		if h.Channel == release.ByHand || h.Channel == release.ByCourier || h.Channel == release.ByMail {
			physical = 1
		}
		if p.Shown.Kind == release.Copy {
			after = p.Last().Built
		}
		h.Medium = p.need(q, "medium", 2*physical, release.MaxLine, p.T("Skriv mediets merke og modell.", "Write the medium's make and model."))
		h.Serial = p.need(q, "serial", physical, release.MaxLine, p.T("Skriv mediets serienummer.", "Write the medium's serial number."))
		h.Seal, h.Protection = p.need(q, "seal", 0, release.MaxLine, ""), p.need(q, "protection", 0, release.MaxLine, "")
		h.HandedBy = p.need(q, "handed_by", 2, release.MaxLine, p.T("Skriv hvem som overleverte.", "Write who handed it over."))
		h.Received = p.need(q, "received_by", 2, release.MaxLine, p.T("Skriv hvem som tok imot.", "Write who received it."))
		h.Where = p.need(q, "where", 2, release.MaxLine, p.T("Skriv hvor det var.", "Write where that was."))
		h.At = p.at(q, after)
	}, func(p *releasePage) (release.Release, error) { return s.Releases.Deliver(p.Shown.Number, h, actor(r)) })
}

func (s *Server) postVerifiedForm(w http.ResponseWriter, r *http.Request) {
	var who string
	var at footage.Instant
	s.onReleasePage(w, r, "verified", func(p *releasePage, q url.Values) {
		who = p.need(q, "who", 2, release.MaxLine, p.T("Skriv hvem som kontrollerte pakken.", "Write who verified the package."))
		at = p.at(q, p.Shown.Delivery.At)
	}, func(p *releasePage) (release.Release, error) {
		return s.Releases.Verify(p.Shown.Number, who, at, actor(r))
	})
}

// ToTell is what the recipient still has to be told.
func (p *releasePage) ToTell() []release.Notice { return toTell(p.Shown.Release) }

// About is what a notice is about, in words.
func (p *releasePage) About(n release.Notice) string {
	if n.Package != 0 {
		return p.F("tillegget i pakke %d", "the supplement in package %d", n.Package)
	}
	return n.Request + ": " + p.RightUsed(n.Type)
}

// Ways are those in which somebody is told.
func (p *releasePage) Ways() []holds.Choice[release.How] {
	return slices.DeleteFunc(slices.Clone(release.Hows), func(c holds.Choice[release.How]) bool { return c.Code == release.NotAsked })
}

func (s *Server) postTellForm(w http.ResponseWriter, r *http.Request) {
	var t release.Telling
	s.onReleasePage(w, r, "tell", func(p *releasePage, q url.Values) {
		for _, n := range p.ToTell() {
			if p.About(n) == q.Get("about") {
				t.Request, t.Package = n.Request, n.Package
			}
		}
		if t.Request == "" && t.Package == 0 {
			p.Wrong["about"] = p.T("Velg hva det gjelder.", "Choose what it is about.")
		}
		if t.How = release.How(q.Get("how")); !isChoice(t.How, p.Ways()) {
			p.Wrong["how"] = p.T("Velg hvordan.", "Choose how.")
		}
		t.Note = p.need(q, "note", 3, release.MaxText, p.T("Skriv hva som ble sagt, og til hvem.", "Write what was said, and to whom."))
		t.At = p.at(q, p.Shown.Delivery.At)
	}, func(p *releasePage) (release.Release, error) { return s.Releases.Notify(p.Shown.Number, t, actor(r)) })
}

// postPasswordForm shows the package's password once. Asking for it is written down
// (R97).
func (s *Server) postPasswordForm(w http.ResponseWriter, r *http.Request) {
	password, err := s.Releases.Password(chi.URLParam(r, "number"), actor(r))
	var p *releasePage
	if err == nil {
		p, err = s.readReleasePage(r)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	p.Password = password
	s.draw(w, r, http.StatusOK, "release", p)
}

// postExportForm begins the package. It is made in the background; the page says how
// far it is.
func (s *Server) postExportForm(w http.ResponseWriter, r *http.Request) {
	var o release.Order
	s.onReleasePage(w, r, "export", func(p *releasePage, q url.Values) {
		o = release.Order{Out: q.Get("out"), Form: release.Form(q.Get("form")), ViewingCopies: q.Get("copies") != "", Viewer: viewer(r)}
		if o.Out != "" && !slices.Contains(p.Media, o.Out) {
			p.Wrong["out"] = p.T("Mediet er ikke tilkoblet lenger. Velg på nytt.", "The medium is not connected any more. Choose again.")
		}
		if !isChoice(o.Form, release.Forms) {
			p.Wrong["form"] = p.T("Velg en form.", "Choose a form.")
		}
		for _, still := range q["still"] {
			camera, at, _ := strings.Cut(still, "@")
			o.Stills = append(o.Stills, release.Still{Camera: footage.CameraID(camera), At: instant(at)})
		}
	}, func(p *releasePage) (release.Release, error) {
		return s.Releases.StartExport(p.Shown.Number, o, actor(r))
	})
}

// postCancelForm ends the package that is being made, and answers when nothing of it is
// left.
func (s *Server) postCancelForm(w http.ResponseWriter, r *http.Request) {
	s.onReleasePage(w, r, "cancel", func(*releasePage, url.Values) {}, func(p *releasePage) (release.Release, error) {
		if err := unhurried(w); err != nil {
			return release.Release{}, err
		}
		return s.Releases.CancelExport(p.Shown.Number, actor(r))
	})
}

// Phase says what is being done of a package.
func (p *releasePage) Phase(phase string) string {
	switch phase {
	case release.Queued:
		return p.T("Venter på tur", "Waits for its turn")
	case string(handover.Writing):
		return p.T("Skriver", "Writing")
	case string(handover.Encoding):
		return p.T("Lager visningskopier", "Making viewing copies")
	case string(handover.Reading):
		return p.T("Leser tilbake fra mediet og kontrollerer", "Reading back from the medium, and verifying")
	case string(handover.Signing):
		return p.T("Signerer", "Signing")
	}
	return phase
}

// KeyWords is the fingerprint of a key in words, to be read aloud.
func (p *releasePage) KeyWords(key string) string {
	f, err := verify.ParseFingerprint(key)
	if err != nil {
		return ""
	}
	return f.Words()
}

// Digested reports whether a document has a file.
func (p *releasePage) Digested(sum footage.SHA256) bool { return sum != footage.SHA256{} }
