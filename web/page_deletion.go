package web

import (
	"net/http"

	"github.com/sjudager/sjudager/holds"
)

// deletionPage is Sletting: what goes next, and what went.
type deletionPage struct {
	*frame
	Next    []holds.Decision // the first of what goes next, the overdue first
	Deleted holds.Deletion
}

// nextShown is how many of the next deletions the page lists.
const nextShown = 12

func (s *Server) getDeletion(w http.ResponseWriter, r *http.Request) {
	p := deletionPage{Deleted: s.Deleted()}
	var err error
	if p.frame, err = s.frame(r, atDeletion); err == nil {
		p.Next, err = s.Holds.Plan(nextShown)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	p.Next = p.Next[:min(len(p.Next), nextShown)]
	s.draw(w, r, http.StatusOK, "deletion", &p)
}

// Rest is how many segments wait behind Next.
func (p *deletionPage) Rest() int { return p.Status.Store.Segments - len(p.Next) }
