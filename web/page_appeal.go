package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/sjudager/sjudager/holds"
)

// appealForm is the form that enters an appeal of the police.
type appealForm struct {
	District string
	Source   string
	Case     string
	Rows     []pick
	Wrong    map[string]string
	Refused  string
}

// appealFormPage is that form.
type appealFormPage struct {
	*frame
	Form appealForm
	choice
}

func (s *Server) getAppealForm(w http.ResponseWriter, r *http.Request) {
	f, err := s.frame(r, atHolds)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.drawAppealForm(w, r, http.StatusOK, f, appealForm{Rows: f.freshPicks(r.URL.Query())})
}

func (s *Server) drawAppealForm(w http.ResponseWriter, r *http.Request, status int, f *frame, form appealForm) {
	f.Here = atAppeals
	s.draw(w, r, status, "appealform", &appealFormPage{f, form, s.choice()})
}

func (s *Server) postAppealForm(w http.ResponseWriter, r *http.Request) {
	f, ok := posted(s, w, r, s.framing(atHolds))
	if !ok {
		return
	}
	q := r.PostForm
	form := appealForm{
		District: strings.TrimSpace(q.Get("district")), Source: strings.TrimSpace(q.Get("source")), Case: strings.TrimSpace(q.Get("case")), Wrong: map[string]string{},
	}
	var area []holds.Selection
	form.Rows, area = f.readPicks("", s.Zones(), q, form.Wrong)
	if rows, turned := turnPicks(form.Rows, q.Get("do")); turned {
		form.Rows, form.Wrong = rows, nil
		s.drawAppealForm(w, r, http.StatusOK, f, form)
		return
	}
	if wrong := f.wrongText(form.District, 3, holds.MaxDistrict, f.T("Skriv hvilket politidistrikt eller hvilken enhet.", "Write which police district or unit.")); wrong != "" {
		form.Wrong["district"] = wrong
	}
	if !isLink(form.Source) {
		form.Wrong["source"] = f.T("Lim inn hele lenken, fra https://.", "Paste the whole link, from https:// on.")
	} else if wrong := f.wrongText(form.Source, 1, holds.MaxSource, ""); wrong != "" {
		form.Wrong["source"] = wrong
	}
	if wrong := f.wrongCase(form.Case); wrong != "" {
		form.Wrong["case"] = wrong
	}
	status := http.StatusBadRequest
	if len(form.Wrong) == 0 {
		p, err := s.Holds.EnterAppeal(holds.Appeal{District: form.District, Area: area, Source: form.Source, Case: form.Case}, actor(r))
		if err == nil {
			http.Redirect(w, r, f.AppealLink(p.Number, "just", "entered"), http.StatusSeeOther)
			return
		}
		if form.Refused, status, ok = s.refusal(w, r, err); !ok {
			return
		}
	}
	s.drawAppealForm(w, r, status, f, form)
}

// isLink reports whether a browser could open source.
func isLink(source string) bool {
	link, err := url.Parse(source)
	return err == nil && (link.Scheme == "http" || link.Scheme == "https") && link.Hostname() != "" && link.User == nil
}

// appealPage is one appeal, with the hold that it proposes.
type appealPage struct {
	*frame
	Shown   holds.Proposal
	Just    string // it has just been entered
	Refused string
	Lacks   []holds.Missing
}

func (s *Server) readAppealPage(r *http.Request) (*appealPage, error) {
	number := chi.URLParam(r, "number")
	f, err := s.frame(r, atHolds)
	p := &appealPage{frame: f, Just: r.URL.Query().Get("just")}
	if err != nil {
		return p, err
	}
	p.Here = atAppeals + "/" + number
	p.Shown, err = s.Holds.Appeal(number)
	return p, err
}

func (s *Server) getAppealPage(w http.ResponseWriter, r *http.Request) {
	p, err := s.readAppealPage(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.draw(w, r, http.StatusOK, "appeal", p)
}

// postAcceptForm places the hold that an appeal proposes, and leads to it.
func (s *Server) postAcceptForm(w http.ResponseWriter, r *http.Request) {
	p, ok := posted(s, w, r, s.readAppealPage)
	if !ok {
		return
	}
	placed, err := s.Holds.AcceptAppeal(p.Shown.Number, actor(r))
	if err == nil {
		http.Redirect(w, r, p.HoldLink(placed.Hold.Number, "just", "placed"), http.StatusSeeOther)
		return
	}
	var status int
	if p.Refused, status, ok = s.refusal(w, r, err); !ok {
		return
	}
	switch {
	case errors.Is(err, holds.ErrNothing):
		p.Refused, p.Lacks = p.T("Det finnes ikke noe opptak å sikre her.", "There is no footage here to hold."), placed.Missing
	case p.Shown.Hold != "":
		p.Refused = p.F("Oppfordringen er allerede besvart med %s.", "The appeal was answered already, with %s.", p.Shown.Hold)
	}
	s.draw(w, r, status, "appeal", p)
}
