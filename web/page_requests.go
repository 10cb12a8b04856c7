package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
)

// requestsPage is Innsyn og begrensning: what people in the footage have asked for.
type requestsPage struct {
	*frame
	Closed   bool // list the closed ones, too
	Requests []holds.Facts
}

func (s *Server) getRequestsPage(w http.ResponseWriter, r *http.Request) {
	p := requestsPage{Closed: r.URL.Query().Get("closed") == "true"}
	var err error
	if p.frame, err = s.frame(r, atRequests, "closed"); err == nil {
		p.Requests, err = s.Holds.Requests(p.Closed)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.draw(w, r, http.StatusOK, "requests", &p)
}

// requestForm is the form that enters a request. It has no field for who asks (R132).
type requestForm struct {
	Type      holds.Right
	Channel   holds.Channel
	Reference string
	Received  moment
	None      bool // it is about no certain footage
	Rows      []pick
	Wrong     map[string]string
	Refused   string
}

// requestFormPage is that form.
type requestFormPage struct {
	*frame
	Form requestForm
	choice
}

// Types are the rights that a person may use.
func (p *requestFormPage) Types() []holds.Choice[holds.Right] { return holds.Rights }

// Channels are how a request comes.
func (p *requestFormPage) Channels() []holds.Choice[holds.Channel] { return holds.Channels }

func (s *Server) getRequestForm(w http.ResponseWriter, r *http.Request) {
	f, err := s.frame(r, atRequests)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	form := requestForm{Received: f.typed(f.Now), Rows: f.freshPicks(r.URL.Query())}
	s.drawRequestForm(w, r, http.StatusOK, f, form)
}

func (s *Server) drawRequestForm(w http.ResponseWriter, r *http.Request, status int, f *frame, form requestForm) {
	f.Here = atRequests + "/ny"
	s.draw(w, r, status, "requestform", &requestFormPage{f, form, s.choice()})
}

func (s *Server) postRequestForm(w http.ResponseWriter, r *http.Request) {
	f, ok := posted(s, w, r, s.framing(atRequests))
	if !ok {
		return
	}
	q := r.PostForm
	form := requestForm{
		Type: holds.Right(q.Get("type")), Channel: holds.Channel(q.Get("channel")), Reference: strings.TrimSpace(q.Get("reference")),
		None: q.Get("none") != "", Received: moment{Typed: true}, Wrong: map[string]string{},
	}
	ofWindow := map[string]string{}
	var window []holds.Selection
	form.Rows, window = f.readPicks("", s.Zones(), q, ofWindow)
	if form.None {
		window = nil
	} else {
		form.Wrong = ofWindow
	}
	received := form.Received.read(f, q, "received", form.Wrong)
	if rows, turned := turnPicks(form.Rows, q.Get("do")); turned {
		form.Rows, form.Wrong = rows, nil
		s.drawRequestForm(w, r, http.StatusOK, f, form)
		return
	}
	if !isChoice(form.Type, holds.Rights) {
		form.Wrong["type"] = f.T("Velg hva kravet gjelder.", "Choose what is asked for.")
	}
	if !isChoice(form.Channel, holds.Channels) {
		form.Wrong["channel"] = f.T("Velg hvordan kravet kom.", "Choose how it came.")
	}
	if wrong := f.wrongText(form.Reference, 0, holds.MaxReference, ""); wrong != "" {
		form.Wrong["reference"] = wrong
	}
	if form.Wrong["received"] == "" && received > f.Now {
		form.Wrong["received"] = f.T("Kravet kan ikke være mottatt i framtiden.", "It cannot have come in the future.")
	}
	status := http.StatusBadRequest
	if len(form.Wrong) == 0 {
		q, err := s.Holds.Register(holds.NewRequest{
			Type: form.Type, Channel: form.Channel, Reference: form.Reference, Received: received, Window: window, By: actor(r),
		})
		if err == nil {
			http.Redirect(w, r, f.RequestLink(q.Number, "just", "entered"), http.StatusSeeOther)
			return
		}
		if form.Refused, status, ok = s.refusal(w, r, err); !ok {
			return
		}
	}
	s.drawRequestForm(w, r, status, f, form)
}

func isChoice[C ~string](code C, list []holds.Choice[C]) bool {
	return slices.ContainsFunc(list, func(c holds.Choice[C]) bool { return c.Code == code })
}

// requestPage is one request in full, with the forms to act on it.
type requestPage struct {
	*frame
	Shown    holds.Facts
	Just     string // what has just become of it: entered, extended, decided, closed
	Reason   string // of the extension or of the decision, as it was filled in
	Decision holds.Answer
	Note     string // of the closing
	Told     moment
	TellNow  bool // it is said when the person was told
	Wrong    map[string]string
	Refused  string
	Form     string // that was refused: extend, decide, close
}

// Answers are how a request may be answered.
func (p *requestPage) Answers() []holds.Choice[holds.Answer] { return holds.Answers }

// Open reports whether anything can be done about it.
func (p *requestPage) Open() bool { return p.Shown.Closed.At == 0 }

// MayExtend reports whether it can be extended: once, undecided, and before it is due.
func (p *requestPage) MayExtend() bool {
	return p.Open() && p.Shown.Extended.At == 0 && p.Shown.Decision == "" && p.Shown.Due > p.Now
}

// MustTell reports whether closing it lifts a restriction, of which the person is told
// before (R134).
func (p *requestPage) MustTell() bool {
	return p.Shown.Type == holds.RightRestriction && p.Shown.FrozenUntil != 0 && p.Shown.Decision != holds.AnswerRefused
}

// Lifts reports whether closing it ends its freeze.
func (p *requestPage) Lifts() bool {
	return p.Shown.FrozenUntil != 0 && p.Shown.Decision != holds.AnswerRefused
}

func (s *Server) readRequestPage(r *http.Request) (*requestPage, error) {
	number := chi.URLParam(r, "number")
	f, err := s.frame(r, atRequests)
	p := &requestPage{frame: f, Just: r.URL.Query().Get("just"), Wrong: map[string]string{}}
	if err != nil {
		return p, err
	}
	p.Here, p.Told = atRequests+"/"+number, f.moment(f.Now)
	p.Shown, err = s.Holds.Request(number)
	return p, err
}

func (s *Server) getRequestPage(w http.ResponseWriter, r *http.Request) {
	p, err := s.readRequestPage(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.draw(w, r, http.StatusOK, "request", p)
}

// onRequest reads one of the forms on a request's page, carries it out, and leads back
// to the page; or draws that with what is wrong. read says in p.Wrong and p.Refused why
// it would be refused.
func (s *Server) onRequest(w http.ResponseWriter, r *http.Request, form, just string, read func(p *requestPage), act func(p *requestPage) error) {
	p, ok := posted(s, w, r, s.readRequestPage)
	if !ok {
		return
	}
	p.Form, p.Just = form, ""
	status := http.StatusBadRequest
	if p.Open() {
		read(p)
	} else {
		p.Refused = p.F("%s er allerede avsluttet.", "%s is closed already.", p.Shown.Number)
	}
	if p.Refused != "" {
		status = http.StatusConflict
	} else if len(p.Wrong) == 0 {
		err := act(p)
		if err == nil {
			http.Redirect(w, r, p.RequestLink(p.Shown.Number, "just", just), http.StatusSeeOther)
			return
		}
		if p.Refused, status, ok = s.refusal(w, r, err); !ok {
			return
		}
	}
	s.draw(w, r, status, "request", p)
}

func (s *Server) postExtendForm(w http.ResponseWriter, r *http.Request) {
	s.onRequest(w, r, "extend", "extended", func(p *requestPage) {
		p.Reason = strings.TrimSpace(r.PostForm.Get("reason"))
		switch {
		case p.Shown.Extended.At != 0:
			p.Refused = p.T("Fristen er allerede forlenget, og det kan gjøres én gang.", "The date was put off already, and that can be done once.")
		case p.Shown.Decision != "":
			p.Refused = p.T("Kravet er avgjort.", "The request is decided.")
		case p.Shown.Due <= p.Now:
			p.Refused = p.T("Svarfristen er passert. Den kan bare forlenges før det.", "The answer is overdue. The date can only be put off before that.")
		}
		if wrong := p.wrongText(p.Reason, holds.MinReason, holds.MaxReason, p.T("Skriv hvorfor svaret tar lengre tid.", "Write why the answer takes longer.")); wrong != "" {
			p.Wrong["extend"] = wrong
		}
	}, func(p *requestPage) error {
		_, err := s.Holds.ExtendRequest(p.Shown.Number, p.Reason, actor(r))
		return err
	})
}

func (s *Server) postDecideForm(w http.ResponseWriter, r *http.Request) {
	s.onRequest(w, r, "decide", "decided", func(p *requestPage) {
		p.Decision, p.Reason = holds.Answer(r.PostForm.Get("decision")), strings.TrimSpace(r.PostForm.Get("reason"))
		if p.Shown.Decision != "" {
			p.Refused = p.T("Kravet er allerede avgjort.", "The request is decided already.")
		}
		if !isChoice(p.Decision, holds.Answers) {
			p.Wrong["decision"] = p.T("Velg en avgjørelse.", "Choose a decision.")
		}
		least := 1
		if p.Decision == holds.AnswerRefused {
			least = holds.MinReason // the concrete reason (R129)
		}
		if wrong := p.wrongText(p.Reason, least, holds.MaxReason, p.T("Skriv hvorfor.", "Write why.")); wrong != "" {
			p.Wrong["why"] = wrong
		}
	}, func(p *requestPage) error {
		_, err := s.Holds.DecideRequest(p.Shown.Number, p.Decision, p.Reason, actor(r))
		return err
	})
}

func (s *Server) postEndForm(w http.ResponseWriter, r *http.Request) {
	var told footage.Instant
	s.onRequest(w, r, "close", "closed", func(p *requestPage) {
		q := r.PostForm
		p.Note, p.TellNow = strings.TrimSpace(q.Get("note")), q.Get("told") != ""
		if p.Shown.Decision == "" {
			p.Refused = p.T("Kravet er ikke avgjort ennå.", "The request is not decided yet.")
		}
		if wrong := p.wrongText(p.Note, 1, holds.MaxReason, p.T("Skriv hva som ble gjort.", "Write what was done.")); wrong != "" {
			p.Wrong["note"] = wrong
		}
		if p.TellNow {
			if told = p.Told.read(p.frame, q, "told", p.Wrong); p.Wrong["told"] == "" && told > p.Now {
				p.Wrong["told"] = p.T("Det kan ikke være i framtiden.", "That cannot be in the future.")
			}
		} else if p.MustTell() {
			p.Wrong["told"] = p.T("Den registrerte skal ha beskjed før begrensningen oppheves (art. 18 nr. 3). Kryss av, og si når det var.", "The person is told before the restriction is lifted (art. 18(3)). Tick the box, and say when that was.")
		}
	}, func(p *requestPage) error {
		_, err := s.Holds.CloseRequest(p.Shown.Number, holds.Ending{Note: p.Note, Told: told, By: actor(r)})
		return err
	})
}
