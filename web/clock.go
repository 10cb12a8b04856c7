package web

import (
	"net/http"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
)

// ClockState is how the clocks stand: GET /api/v1/clock.
type ClockState struct {
	Time    footage.Instant `json:"time"`    // by which footage is dated and deleted
	Machine footage.Instant `json:"machine"` // what the machine's clock shows
	Paused  Paused          `json:"paused"`  // why deletion does not follow the machine's clock
	Since   footage.Instant `json:"since"`   // when that began, or ""
	Behind  bool            `json:"behind"`  // the machine's clock was set back
	Sources []string        `json:"sources"` // what each source of the time says
}

// ClockConfirmRequest is the body of POST /api/v1/clock/confirm.
type ClockConfirmRequest struct {
	Reason string `json:"reason"`
}

func newClockState(s holds.ClockStatus) ClockState {
	c := ClockState{Time: s.Time, Machine: s.Machine, Paused: Paused(s.Paused()), Behind: s.Behind, Sources: []string{}}
	if s.Pause != nil {
		c.Since = s.Pause.Since
	}
	for _, o := range s.Opinions {
		c.Sources = append(c.Sources, o.String())
	}
	return c
}

func (s *Server) getClock(w http.ResponseWriter, r *http.Request) {
	s.answer(w, http.StatusOK, newClockState(s.Clock.Ask(r.Context())))
}

// postClockConfirm ends a pause. The sweeper sees it at its next look.
func (s *Server) postClockConfirm(w http.ResponseWriter, r *http.Request) {
	var ask ClockConfirmRequest
	err := document(r, &ask)
	if err == nil {
		err = s.Clock.Confirm(s.Index, ask.Reason, actor(r))
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, http.StatusOK, newClockState(s.Clock.Status()))
}
