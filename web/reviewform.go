package web

import (
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/go-chi/chi/v5"

	"github.com/sjudager/sjudager/holds"
)

// reviewForm is the form by which somebody says that a hold is still needed.
type reviewForm struct {
	Note  string
	Case  string
	Wrong map[string]string
}

// wrongCase says why number is no police case number, or nothing.
func (v view) wrongCase(number string) string {
	if n := utf8.RuneCountInString(number); n > 0 && (n < holds.MinCase || n > holds.MaxCase) {
		return v.F("Et saksnummer har %d til %d tegn.", "A case number has %d to %d characters.", holds.MinCase, holds.MaxCase)
	}
	return ""
}

// postConfirmForm makes a hold that waits for a second person an ordinary one.
func (s *Server) postConfirmForm(w http.ResponseWriter, r *http.Request) {
	v, err := s.readView(r)
	if err == nil {
		err = parseForm(r)
	}
	number := chi.URLParam(r, "number")
	if err == nil {
		_, err = s.Holds.Confirm(number, "", actor(r))
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, v.Link("hold", number, "just", "confirmed")+"#hold", http.StatusSeeOther)
}

// ByPage reports whether the reader placed something, which the reader cannot
// confirm (R25).
func (v view) ByPage(a holds.Act) bool { return v.Who != nil && a.By == v.Who.ID }

// postReviewForm sets the next review of a hold, or answers with the form and what
// is wrong.
func (s *Server) postReviewForm(w http.ResponseWriter, r *http.Request) {
	v, err := s.readView(r)
	if err == nil {
		err = parseForm(r)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	number := chi.URLParam(r, "number")
	f := reviewForm{Note: strings.TrimSpace(r.PostForm.Get("note")), Case: strings.TrimSpace(r.PostForm.Get("case")), Wrong: map[string]string{}}
	switch n := utf8.RuneCountInString(f.Note); {
	case n == 0:
		f.Wrong["note"] = v.T("Skriv hvorfor sikringen fortsatt trengs.", "Write why the hold is still needed.")
	case n > holds.MaxReason:
		f.Wrong["note"] = v.F("Høyst %d tegn; dette er %d.", "At most %d characters; this is %d.", holds.MaxReason, n)
	}
	if wrong := v.wrongCase(f.Case); wrong != "" {
		f.Wrong["case"] = wrong
	}
	if len(f.Wrong) == 0 {
		if _, err := s.Holds.Review(number, holds.Review{Note: f.Note, Case: f.Case, By: actor(r)}); err != nil {
			s.fail(w, r, err)
			return
		}
		http.Redirect(w, r, v.Link("hold", number, "just", "reviewed")+"#hold", http.StatusSeeOther)
		return
	}
	o := overview{view: v, Review: f}
	o.Hold = number
	if err := s.readPage(&o, nil); err != nil {
		s.fail(w, r, err)
		return
	}
	s.page(w, http.StatusBadRequest, "page", &o)
}
