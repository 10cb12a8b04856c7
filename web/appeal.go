package web

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/sjudager/sjudager/holds"
)

// Appeals is GET /api/v1/appeals, the newest first.
type Appeals struct {
	Appeals []holds.Appeal `json:"appeals"`
}

// AppealRequest is the body of POST /api/v1/appeals: a public appeal of the police.
type AppealRequest struct {
	Selection
	District string `json:"district"` // police district or unit
	Source   string `json:"source"`   // where it was published
	Case     string `json:"case,omitempty"`
}

// AcceptRequest is the body of POST /api/v1/appeals/{number}/accept.
type AcceptRequest struct{}

func (s *Server) getAppeals(w http.ResponseWriter, r *http.Request) {
	all, err := s.Holds.Appeals()
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, http.StatusOK, Appeals{append([]holds.Appeal{}, all...)})
}

func (s *Server) getAppeal(w http.ResponseWriter, r *http.Request) {
	p, err := s.Holds.Appeal(chi.URLParam(r, "number"))
	s.answerProposal(w, r, http.StatusOK, p, err)
}

func (s *Server) postAppeal(w http.ResponseWriter, r *http.Request) {
	var ask AppealRequest
	err := document(r, &ask)
	var area []holds.Selection
	if err == nil {
		area, err = s.selected([]Selection{ask.Selection})
	}
	var p holds.Proposal
	if err == nil {
		p, err = s.Holds.EnterAppeal(holds.Appeal{District: ask.District, Area: area, Source: ask.Source, Case: ask.Case}, actor(r))
	}
	s.answerProposal(w, r, http.StatusCreated, p, err)
}

// postAccept places the hold that an appeal proposes.
func (s *Server) postAccept(w http.ResponseWriter, r *http.Request) {
	if err := document(r, &AcceptRequest{}); err != nil {
		s.fail(w, r, err)
		return
	}
	placed, err := s.Holds.AcceptAppeal(chi.URLParam(r, "number"), actor(r))
	s.answerPlaced(w, r, placed, err)
}

func (s *Server) answerProposal(w http.ResponseWriter, r *http.Request, status int, p holds.Proposal, err error) {
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, status, p)
}
