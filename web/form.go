package web

import (
	"errors"
	"fmt"
	"net/http"
)

// posted reads a page and the form that was sent to it. Where either cannot be read it
// says so to the client, and ok is false.
func posted[P any](s *Server, w http.ResponseWriter, r *http.Request, read func(*http.Request) (P, error)) (p P, ok bool) {
	p, err := read(r)
	if err == nil {
		err = parseForm(r)
	}
	if err != nil {
		s.fail(w, r, err)
	}
	return p, err == nil
}

// framing reads the frame of the page at path, where a form needs no more than that.
func (s *Server) framing(path string) func(*http.Request) (*frame, error) {
	return func(r *http.Request) (*frame, error) { return s.frame(r, path) }
}

// refusal is what a form says of err, and the status of its answer. What is ours to
// mend is answered here, and ok is false.
func (s *Server) refusal(w http.ResponseWriter, r *http.Request, err error) (why string, status int, ok bool) {
	e, status := fault(err)
	if e.Code == CodeInternal {
		s.fail(w, r, err)
		return "", status, false
	}
	return e.Message, status, true
}

func parseForm(r *http.Request) error {
	err := r.ParseForm()
	if _, ok := errors.AsType[*http.MaxBytesError](err); err != nil && !ok {
		return fmt.Errorf("%w: %w", errInvalid, err)
	}
	return err
}
