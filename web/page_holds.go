package web

import (
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/sjudager/sjudager/holds"
)

// holdsPage is Sikringer.
type holdsPage struct {
	*frame
	Ended   bool // list the ended holds, too
	Holds   []holds.Kept
	Appeals []holds.Appeal
}

func (s *Server) getHoldsPage(w http.ResponseWriter, r *http.Request) {
	p := holdsPage{Ended: r.URL.Query().Get("ended") == "true"}
	var err error
	if p.frame, err = s.frame(r, atHolds, "ended"); err == nil {
		p.Holds, err = s.Holds.List(p.Ended)
	}
	if err == nil {
		p.Appeals, err = s.Holds.Appeals()
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.draw(w, r, http.StatusOK, "holds", &p)
}

// holdPage is one hold in full, with the forms to act on it.
type holdPage struct {
	*frame
	Shown  holds.Kept
	Just   string // what has just become of it: placed, confirmed, reviewed, narrowed, delivered, closed
	Review reviewForm
	Close  *closing    // asked about, or nil
	Narrow *narrowForm // the same
}

func (s *Server) getHoldPage(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	p, err := s.readHoldPage(r)
	if err == nil && q.Has("close") && p.Shown.State.InForce() {
		p.Close, err = s.freshClosing(p)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	p.Just = q.Get("just")
	if q.Has("narrow") && p.Shown.State.InForce() {
		p.Narrow = p.freshNarrow(p.Shown.Hold)
	}
	s.draw(w, r, http.StatusOK, "hold", p)
}

// readHoldPage reads what the address of r names.
func (s *Server) readHoldPage(r *http.Request) (*holdPage, error) {
	number := chi.URLParam(r, "number")
	p := &holdPage{}
	var err error
	if p.frame, err = s.frame(r, atHolds); err != nil {
		return p, err
	}
	p.Here = atHolds + "/" + number
	if p.Shown, err = s.Holds.Show(number); err == nil && p.Shown.Freeze() {
		err = fmt.Errorf("%w: %s is a freeze, which is shown with its request", errNotFound, number)
	}
	return p, err
}

// ByMe reports whether the reader did a; nobody confirms a hold of their own.
func (p *holdPage) ByMe(a holds.Act) bool { return a.By == p.By }
