package web

import (
	"net/http"

	"github.com/sjudager/sjudager/web/signage"
)

// Rounds is GET /api/v1/signs/rounds.
type Rounds struct {
	Today  string             `json:"today"`  // the day of the events that go on now
	Rounds []signage.Progress `json:"rounds"` // the newest first
}

// RoundRequest is the body of POST /api/v1/signs/rounds.
type RoundRequest struct {
	Day   string `json:"day,omitempty"` // today's or tomorrow's; left out: today's
	Event string `json:"event"`
}

// RoundEndRequest is the body of POST /api/v1/signs/rounds/{number}/close.
type RoundEndRequest struct {
	Reason string `json:"reason,omitempty"` // why signs are left
}

func (s *Server) getRounds(w http.ResponseWriter, r *http.Request) {
	now, err := s.Signs.Now()
	entered(s, w, r, http.StatusOK, Rounds{now.Live.EventDay(now.At), now.AllProgress()}, err)
}

func (s *Server) getRound(w http.ResponseWriter, r *http.Request) {
	n, err := addressed(r)
	var p signage.Progress
	if err == nil {
		var now signage.Snapshot
		if now, err = s.Signs.Now(); err == nil {
			p, err = now.Progress(n)
		}
	}
	entered(s, w, r, http.StatusOK, p, err)
}

func (s *Server) postRound(w http.ResponseWriter, r *http.Request) {
	var ask RoundRequest
	err := document(r, &ask)
	var p signage.Progress
	if err == nil {
		p, err = s.Signs.BeginRound(ask.Day, ask.Event, actor(r))
	}
	entered(s, w, r, http.StatusCreated, p, err)
}

func (s *Server) postRoundClose(w http.ResponseWriter, r *http.Request) {
	var ask RoundEndRequest
	n, err := addressed(r)
	if err == nil {
		err = document(r, &ask)
	}
	var p signage.Progress
	if err == nil {
		p, err = s.Signs.CloseRound(n, ask.Reason, actor(r))
	}
	entered(s, w, r, http.StatusOK, p, err)
}
