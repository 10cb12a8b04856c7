package web

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
)

// Requests is GET /api/v1/requests, the newest first.
type Requests struct {
	Requests []holds.Facts `json:"requests"`
}

// NewRequest is the body of POST /api/v1/requests.
type NewRequest struct {
	Type      holds.Right     `json:"type"`
	Channel   holds.Channel   `json:"channel"`
	Reference string          `json:"reference,omitempty"` // a number elsewhere, never a person
	Received  footage.Instant `json:"received,omitzero"`   // left out: now
	Window    []Selection     `json:"window,omitempty"`
}

// ExtendRequest is the body of POST /api/v1/requests/{number}/extend.
type ExtendRequest struct {
	Reason string `json:"reason"`
}

// DecideRequest is the body of POST /api/v1/requests/{number}/decide.
type DecideRequest struct {
	Decision holds.Answer `json:"decision"`
	Reason   string       `json:"reason"`
}

// EndRequest is the body of POST /api/v1/requests/{number}/close.
type EndRequest struct {
	Note string          `json:"note"`
	Told footage.Instant `json:"told,omitzero"` // when the person was told that the restriction ends
}

// Choices is GET /api/v1/choices: the closed lists.
type Choices struct {
	Types     []holds.Choice[holds.Right]   `json:"types"`
	Channels  []holds.Choice[holds.Channel] `json:"channels"`
	Decisions []holds.Choice[holds.Answer]  `json:"decisions"`
}

func (s *Server) getFreezes(w http.ResponseWriter, r *http.Request) {
	s.answerHolds(w, r, s.Holds.Freezes)
}

func (s *Server) getRequests(w http.ResponseWriter, r *http.Request) {
	all, err := s.Holds.Requests(r.URL.Query().Get("closed") == "true")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, http.StatusOK, Requests{append([]holds.Facts{}, all...)})
}

func (s *Server) getRequest(w http.ResponseWriter, r *http.Request) {
	f, err := s.Holds.Request(chi.URLParam(r, "number"))
	s.answerRequest(w, r, http.StatusOK, f, err)
}

func (s *Server) getChoices(w http.ResponseWriter, _ *http.Request) {
	s.answer(w, http.StatusOK, Choices{holds.Rights, holds.Channels, holds.Answers})
}

func (s *Server) postRequest(w http.ResponseWriter, r *http.Request) {
	var ask NewRequest
	err := document(r, &ask)
	var window []holds.Selection
	if err == nil {
		window, err = s.selected(ask.Window)
	}
	var f holds.Facts
	if err == nil {
		f, err = s.Holds.Register(holds.NewRequest{
			Type: ask.Type, Channel: ask.Channel, Reference: ask.Reference, Received: ask.Received, Window: window, By: actor(r),
		})
	}
	s.answerRequest(w, r, http.StatusCreated, f, err)
}

func (s *Server) postExtend(w http.ResponseWriter, r *http.Request) {
	var ask ExtendRequest
	err := document(r, &ask)
	var f holds.Facts
	if err == nil {
		f, err = s.Holds.ExtendRequest(chi.URLParam(r, "number"), ask.Reason, actor(r))
	}
	s.answerRequest(w, r, http.StatusOK, f, err)
}

func (s *Server) postDecide(w http.ResponseWriter, r *http.Request) {
	var ask DecideRequest
	err := document(r, &ask)
	var f holds.Facts
	if err == nil {
		f, err = s.Holds.DecideRequest(chi.URLParam(r, "number"), ask.Decision, ask.Reason, actor(r))
	}
	s.answerRequest(w, r, http.StatusOK, f, err)
}

func (s *Server) postEndRequest(w http.ResponseWriter, r *http.Request) {
	var ask EndRequest
	err := document(r, &ask)
	var f holds.Facts
	if err == nil {
		f, err = s.Holds.CloseRequest(chi.URLParam(r, "number"), holds.Ending{Note: ask.Note, Told: ask.Told, By: actor(r)})
	}
	s.answerRequest(w, r, http.StatusOK, f, err)
}

func (s *Server) answerRequest(w http.ResponseWriter, r *http.Request, status int, f holds.Facts, err error) {
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, status, f)
}
