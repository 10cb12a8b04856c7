package web

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
)

// CheckRequest asks for a check: POST /api/v1/check.
type CheckRequest struct {
	Deep   bool `json:"deep,omitempty"`   // read every object and compare its SHA-256
	Repair bool `json:"repair,omitempty"` // put right what can be put right without losing footage
}

// Checked is what a check found.
type Checked struct {
	Objects  int       `json:"objects"`  // that the store has
	Segments int       `json:"segments"` // that the index has
	Read     int       `json:"read"`     // segments whose content was compared
	Findings []Finding `json:"findings"` // the first of them
	Unlisted int       `json:"unlisted"` // more findings than are listed
	Left     int       `json:"left"`     // findings that are not repaired, listed or not
	Notes    []string  `json:"notes"`    // what else there is to know, in words
}

// Finding is one place in which index, store, keys and spool contradict each other.
type Finding struct {
	What       vault.Disagreement `json:"what"`
	Object     string             `json:"object"`
	Segment    footage.SegmentID  `json:"segment,omitempty"`
	Detail     string             `json:"detail"` // in words
	Repairable bool               `json:"repairable"`
	Repaired   bool               `json:"repaired"`
	Problem    string             `json:"problem,omitempty"` // why the repair failed
}

// CheckProgress is how far the check that is under way has come: GET /api/v1/check.
type CheckProgress struct {
	Running bool `json:"running"`
	vault.Progress
}

// NewChecked is what a check found, as it is answered.
func NewChecked(c vault.Checked, notes ...string) Checked {
	answer := Checked{c.Objects, c.Segments, c.Read, []Finding{}, c.Unlisted, c.Left, append([]string{}, notes...)}
	for _, f := range c.Findings {
		answer.Findings = append(answer.Findings, Finding(f))
	}
	return answer
}

var errBusy = errors.New("it is under way already")

func (s *Server) postCheck(w http.ResponseWriter, r *http.Request) {
	var ask CheckRequest
	if err := document(r, &ask); err != nil {
		s.fail(w, r, err)
		return
	}
	if !s.checking.CompareAndSwap(nil, &CheckProgress{Running: true}) {
		s.fail(w, r, fmt.Errorf("%w: one check at a time", errBusy))
		return
	}
	defer s.checking.Store(nil)
	// To read all footage may take hours.
	if err := http.NewResponseController(w).SetWriteDeadline(time.Time{}); err != nil {
		s.fail(w, r, fmt.Errorf("couldn't lift the limit on the answer: %w", err))
		return
	}
	checked, err := s.Vault.Check(r.Context(), vault.CheckOptions{
		Deep: ask.Deep, Repair: ask.Repair,
		Progress: func(p vault.Progress) { s.checking.Store(&CheckProgress{true, p}) },
	})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, http.StatusOK, NewChecked(checked))
}

func (s *Server) getCheck(w http.ResponseWriter, r *http.Request) {
	if p := s.checking.Load(); p != nil {
		s.answer(w, http.StatusOK, *p)
		return
	}
	s.answer(w, http.StatusOK, CheckProgress{})
}
