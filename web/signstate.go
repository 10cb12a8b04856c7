package web

import (
	"fmt"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/sjudager/sjudager/holds/handover"
	"github.com/sjudager/sjudager/vault/footage"
)

// maxSignSpan is the longest span about whose signs is answered at once: what there can
// be footage of, and a day.
const maxSignSpan = 31 * 24 * time.Hour

// getSignState answers how a camera was announced at an instant, or over a span: GET
// /api/v1/cameras/{camera}/signs (R93).
func (s *Server) getSignState(w http.ResponseWriter, r *http.Request) {
	camera, err := footage.ParseCameraID(chi.URLParam(r, "camera"))
	if err != nil {
		s.fail(w, r, fmt.Errorf("%w: camera: %w", errInvalid, err))
		return
	}
	register, now, err := s.Signs.Register()
	span := footage.Span{From: now, To: now + 1}
	read := func(name string, to *footage.Instant) {
		text := r.URL.Query().Get(name)
		if err != nil || text == "" {
			return
		}
		t, bad := time.Parse(time.RFC3339Nano, text)
		if *to = footage.At(t); bad != nil {
			err = fmt.Errorf("%w: %s is not an RFC 3339 time: %q", errInvalid, name, text)
		}
	}
	read("from", &span.From)
	read("to", &span.To)
	if r.URL.Query().Get("at") != "" {
		read("at", &span.From)
		span.To = span.From + 1
	}
	switch {
	case err != nil:
	case span.Empty() || span.Duration() > maxSignSpan:
		err = fmt.Errorf("%w: a span ends after it begins, and has 31 days at most", errInvalid)
	case span.To > now+1:
		err = fmt.Errorf("%w: %s is yet to come", errInvalid, span.To)
	}
	var state handover.SignState
	if err == nil {
		state = register.SignState(camera, span)
	}
	entered(s, w, r, http.StatusOK, state, err)
}
