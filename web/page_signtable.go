package web

import (
	"encoding/base64"
	"fmt"
	"net/http"

	"github.com/sjudager/sjudager/web/signage"
)

// tablePage is where tables of zones, signs and cameras go out and come in.
type tablePage struct {
	signFrame
	Tried *signage.Import // what the table would do, or nil
	Table string          // in base64, to be taken in with the next form
	Wrong string
	Fault string // the whole table's, in English
	Done  *signage.Import
}

// maxTableForm is how many bytes a form with a table has at most: it comes back in base64.
const maxTableForm = maxTable*4/3 + 64<<10

func (s *Server) getTablePage(w http.ResponseWriter, r *http.Request) {
	f, err := s.signFrame(r, atTable)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.draw(w, r, http.StatusOK, "signtable", &tablePage{signFrame: f})
}

// postTableForm tries a table first, and takes it in when the reader has seen what it does.
func (s *Server) postTableForm(w http.ResponseWriter, r *http.Request) {
	allow(w, r, maxTableForm)
	err := parsePhotos(w, r)
	var file []byte
	if err == nil {
		file, err = tableOf(r)
	}
	p := &tablePage{}
	if err == nil {
		p.signFrame, err = s.signFrame(r, atTable)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	sure := r.PostForm.Get("do") == "import"
	if len(file) == 0 {
		p.Wrong = p.T("Velg en CSV-fil.", "Choose a CSV file.")
		s.draw(w, r, http.StatusBadRequest, "signtable", p)
		return
	}
	done, err := s.Signs.Import(file, !sure, actor(r))
	status := http.StatusOK
	switch {
	case err != nil:
		var e *Error
		if e, status = fault(err); e.Code == CodeInternal {
			s.fail(w, r, err)
			return
		}
		p.Fault = e.Message
	case sure:
		p.Done = &done
	default:
		p.Tried, p.Table = &done, base64.StdEncoding.EncodeToString(file)
	}
	s.draw(w, r, status, "signtable", p)
}

// tableOf is the table of a form: a file, or that which was tried.
func tableOf(r *http.Request) ([]byte, error) {
	if text := r.PostForm.Get("table"); text != "" {
		file, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errInvalid, err)
		}
		return file, nil
	}
	if !ofParts(r) {
		return nil, nil
	}
	return uploaded(r, "file")
}

// Lines is how many lines of a table do something.
func (p *tablePage) Lines(i *signage.Import, change signage.Change) (n int) {
	for _, l := range i.Lines {
		if l.Change == change {
			n++
		}
	}
	return n
}
