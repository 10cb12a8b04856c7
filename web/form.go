package web

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// posted reads a page and the form that was sent to it. Where either cannot be read it
// says so to the client, and ok is false.
func posted[P any](s *Server, w http.ResponseWriter, r *http.Request, read func(*http.Request) (P, error)) (p P, ok bool) {
	p, err := read(r)
	if err == nil {
		if ofParts(r) {
			allow(w, r, maxPaper)
		}
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

// maxPaper is the largest form with files, once its sender is known: a scanned paper of
// many pages.
const maxPaper = 64 << 20 // bytes

// parseForm reads the form that was sent. Of a file in it the SHA-256 alone is kept, as
// the value of its field.
func parseForm(r *http.Request) error {
	err := r.ParseForm()
	if err == nil {
		err = parseFiles(r)
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); err != nil && !ok {
		return fmt.Errorf("%w: %w", errInvalid, err)
	}
	return err
}

func parseFiles(r *http.Request) error {
	parts, err := r.MultipartReader()
	if errors.Is(err, http.ErrNotMultipart) {
		return nil
	}
	for err == nil {
		part, perr := parts.NextPart()
		if perr == io.EOF {
			return nil
		}
		if err = perr; err != nil {
			break
		}
		var value []byte
		if part.Header.Get("Content-Type") == "" { // a field, and no file
			value, err = io.ReadAll(http.MaxBytesReader(nil, part, maxBody))
		} else {
			var n int64
			sum := sha256.New()
			if n, err = io.Copy(sum, part); n == 0 { // none was chosen
				continue
			}
			value = []byte(hex.EncodeToString(sum.Sum(nil)))
		}
		r.PostForm.Add(part.FormName(), string(value))
	}
	return err
}
