package web

import (
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/sjudager/sjudager/holds"
)

// reviewForm is the form by which somebody says that a hold is still needed.
type reviewForm struct {
	Note  string
	Case  string
	Wrong map[string]string
}

// wrongCase says why number is no police case number, or nothing.
func (f *frame) wrongCase(number string) string {
	if n := utf8.RuneCountInString(number); n > 0 && (n < holds.MinCase || n > holds.MaxCase) {
		return f.F("Et saksnummer har %d til %d tegn.", "A case number has %d to %d characters.", holds.MinCase, holds.MaxCase)
	}
	return ""
}

// postConfirmForm makes a hold that waits for a second person an ordinary one.
func (s *Server) postConfirmForm(w http.ResponseWriter, r *http.Request) {
	p, err := s.readHoldPage(r)
	if err == nil {
		_, err = s.Holds.Confirm(p.Shown.Number, "", actor(r))
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, p.HoldLink(p.Shown.Number, "just", "confirmed"), http.StatusSeeOther)
}

// postReviewForm sets the next review of a hold, or answers with the form and what
// is wrong.
func (s *Server) postReviewForm(w http.ResponseWriter, r *http.Request) {
	p, ok := posted(s, w, r, s.readHoldPage)
	if !ok {
		return
	}
	f := reviewForm{Note: strings.TrimSpace(r.PostForm.Get("note")), Case: strings.TrimSpace(r.PostForm.Get("case")), Wrong: map[string]string{}}
	if wrong := p.wrongText(f.Note, 1, holds.MaxReason, p.T("Skriv hvorfor sikringen fortsatt trengs.", "Write why the hold is still needed.")); wrong != "" {
		f.Wrong["note"] = wrong
	}
	if wrong := p.wrongCase(f.Case); wrong != "" {
		f.Wrong["case"] = wrong
	}
	if len(f.Wrong) == 0 {
		if _, err := s.Holds.Review(p.Shown.Number, holds.Review{Note: f.Note, Case: f.Case, By: actor(r)}); err != nil {
			s.fail(w, r, err)
			return
		}
		http.Redirect(w, r, p.HoldLink(p.Shown.Number, "just", "reviewed"), http.StatusSeeOther)
		return
	}
	p.Review = f
	s.draw(w, r, http.StatusBadRequest, "hold", p)
}
