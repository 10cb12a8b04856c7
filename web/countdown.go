package web

import (
	"fmt"
	"net/http"

	"github.com/sjudager/sjudager/vault/footage"
)

// getCountdown is GET /api/v1/countdown: when what a camera has in a span will be
// gone.
func (s *Server) getCountdown(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	camera, err := footage.ParseCameraID(q.Get("camera"))
	if err != nil {
		s.fail(w, r, fmt.Errorf("%w: camera: %w", errInvalid, err))
		return
	}
	var span footage.Span
	for name, at := range map[string]*footage.Instant{"from": &span.From, "to": &span.To} {
		if err := at.UnmarshalText([]byte(q.Get(name))); err != nil {
			s.fail(w, r, fmt.Errorf("%w: %s: %w", errInvalid, name, err))
			return
		}
	}
	c, err := s.Holds.Countdown(camera, span)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, http.StatusOK, c)
}
