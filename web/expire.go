package web

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
)

// ExpiryPlan is what a sweep would delete now and what goes next:
// GET /api/v1/expire.
type ExpiryPlan struct {
	Due  []Decision `json:"due"`
	Next []Decision `json:"next"` // in the order in which they will go
}

// Decision is what becomes of one segment, and why.
type Decision struct {
	Segment Segment  `json:"segment"`
	Holds   []string `json:"holds"` // numbers of the active holds that cover it
	Why     string   `json:"why"`   // in words
}

// Swept is what a sweep did: POST /api/v1/expire.
type Swept struct {
	Retired int             `json:"retired"` // segments that nobody can read any more
	Removed []Removed       `json:"removed"` // objects whose absence the store has confirmed
	Failed  int             `json:"failed"`  // removals to be tried again
	Next    footage.Instant `json:"next"`    // when the next sweep is needed, or ""
}

// Removed is an object that is gone.
type Removed struct {
	Camera   footage.CameraID `json:"camera"`
	Start    footage.Instant  `json:"start"`
	Object   string           `json:"object"`
	Bytes    int64            `json:"bytes"`
	SHA256   footage.SHA256   `json:"sha256"`
	Deadline footage.Instant  `json:"deadline"`
}

const (
	defaultAhead = 20
	maxAhead     = 10_000
)

func (s *Server) getExpire(w http.ResponseWriter, r *http.Request) {
	ahead := defaultAhead
	if text := r.URL.Query().Get("ahead"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > maxAhead {
			s.fail(w, r, fmt.Errorf("%w: ahead is a number from 0 to %d", errInvalid, maxAhead))
			return
		}
		ahead = n
	}
	plan, err := s.Holds.Plan(s.now(), ahead)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer := ExpiryPlan{[]Decision{}, []Decision{}}
	for _, d := range plan {
		decision := newDecision(d, s.now())
		if d.Delete {
			answer.Due = append(answer.Due, decision)
		} else {
			answer.Next = append(answer.Next, decision)
		}
	}
	s.answer(w, http.StatusOK, answer)
}

func newDecision(d holds.Decision, now footage.Instant) Decision {
	return Decision{newSegment(d.Segment, d.Holds, now), append([]string{}, d.Holds...), d.Why}
}

func (s *Server) postExpire(w http.ResponseWriter, r *http.Request) {
	// A sweep after an outage may have a week to remove.
	if err := http.NewResponseController(w).SetWriteDeadline(time.Time{}); err != nil {
		s.fail(w, r, fmt.Errorf("couldn't lift the limit on the answer: %w", err))
		return
	}
	swept, err := s.Sweeper.Step(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer := Swept{swept.Retired, []Removed{}, swept.Failed, swept.Next}
	for _, i := range swept.Removed {
		answer.Removed = append(answer.Removed, Removed{i.Camera, i.Start, i.Object, i.Bytes, i.SHA256, i.Deadline})
	}
	s.answer(w, http.StatusOK, answer)
}
