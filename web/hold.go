package web

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
)

// Holds is GET /api/v1/holds, the newest first.
type Holds struct {
	Holds []Hold `json:"holds"`
}

// Hold is a hold with what it keeps now.
type Hold struct {
	Number   string             `json:"number"`
	State    holds.State        `json:"state"`
	Cameras  []footage.CameraID `json:"cameras"`
	From     footage.Instant    `json:"from"`
	To       footage.Instant    `json:"to"`
	Ground   holds.Ground       `json:"ground"`
	Reason   string             `json:"reason"`
	Case     string             `json:"case"` // police case number, or ""
	Until    footage.Instant    `json:"until"`
	Placed   holds.Act          `json:"placed"`
	Ended    *holds.Act         `json:"ended"` // null while it is active
	Why      string             `json:"why"`   // it was closed
	Segments int                `json:"segments"`
	Bytes    int64              `json:"bytes"`
	Missing  []holds.Missing    `json:"missing"` // of what was asked for; always empty in the list of all holds
}

// HoldRequest is the body of POST /api/v1/holds.
type HoldRequest struct {
	Cameras []footage.CameraID `json:"cameras"`
	From    footage.Instant    `json:"from"`
	To      footage.Instant    `json:"to"`
	Ground  holds.Ground       `json:"ground"`
	Reason  string             `json:"reason"`
	Case    string             `json:"case,omitempty"`
	Until   footage.Instant    `json:"until,omitzero"` // left out: as long as the ceiling allows
}

// CloseRequest is the body of POST /api/v1/holds/{number}/close.
type CloseRequest struct {
	Why string `json:"why"`
}

func newHold(k holds.Kept) Hold {
	h := Hold{
		k.Number, k.State, append([]footage.CameraID{}, k.Cameras...), k.Span.From, k.Span.To, k.Ground, k.Reason, k.Case,
		k.Until, k.Placed, nil, k.Why, k.Segments, k.Bytes, append([]holds.Missing{}, k.Missing...),
	}
	if k.State != holds.Active {
		h.Ended = &k.Ended
	}
	return h
}

func (s *Server) getHolds(w http.ResponseWriter, r *http.Request) {
	all, err := s.Holds.List(r.URL.Query().Get("ended") == "true")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer := Holds{[]Hold{}}
	for _, k := range all {
		answer.Holds = append(answer.Holds, newHold(k))
	}
	s.answer(w, http.StatusOK, answer)
}

func (s *Server) getHold(w http.ResponseWriter, r *http.Request) {
	k, err := s.Holds.Show(chi.URLParam(r, "number"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, http.StatusOK, newHold(k))
}

func (s *Server) postHold(w http.ResponseWriter, r *http.Request) {
	var ask HoldRequest
	if err := document(r, &ask); err != nil {
		s.fail(w, r, err)
		return
	}
	placed, err := s.Holds.Place(holds.Request{
		Cameras: ask.Cameras, Span: footage.Span{From: ask.From, To: ask.To}, Ground: ask.Ground,
		Reason: ask.Reason, Case: ask.Case, Until: ask.Until, By: actor(r),
	})
	if err != nil {
		s.failMissing(w, r, err, placed.Missing)
		return
	}
	kept := holds.Kept{Hold: placed.Hold, Segments: placed.Segments, Bytes: placed.Bytes, Missing: placed.Missing}
	s.answer(w, http.StatusCreated, newHold(kept))
}

func (s *Server) postClose(w http.ResponseWriter, r *http.Request) {
	var ask CloseRequest
	if err := document(r, &ask); err != nil {
		s.fail(w, r, err)
		return
	}
	hold, err := s.Holds.Close(chi.URLParam(r, "number"), ask.Why, actor(r))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, http.StatusOK, newHold(holds.Kept{Hold: hold}))
}
