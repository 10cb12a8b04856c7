package web

import (
	"net/http"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
)

// overviewPage is Oversikt: every camera, and what there is to do next.
type overviewPage struct {
	*frame
	Cameras []footage.Health
	Todo    []todo
	Oldest  footage.Instant // of the footage that is kept, or 0
}

// todo is something that a person should see to.
type todo struct {
	Text string
	Link string
}

func (s *Server) getOverview(w http.ResponseWriter, r *http.Request) {
	p := overviewPage{Cameras: s.Health()}
	var err error
	if p.frame, err = s.frame(r, atOverview); err == nil {
		p.Todo, err = s.todo(p.frame)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.draw(w, r, http.StatusOK, "overview", &p)
}

// todo is what people should see to, the most pressing first.
func (s *Server) todo(f *frame) (list []todo, err error) {
	if n := f.Status.Expiry.Overdue; n > 0 {
		list = append(list, todo{f.Count(n, "oversittet slettefrist", "oversittede slettefrister", "overdue deletion", "overdue deletions"), f.To(atDeletion)})
	}
	active, err := s.Holds.List(false)
	if err != nil {
		return nil, err
	}
	for _, h := range active {
		if h.State == holds.Awaiting {
			list = append(list, todo{f.F("%s: venter på bekreftelse, utløper om %s", "%s: awaiting confirmation, expires in %s", h.Number, f.Until(f.Now, h.Ends())), f.HoldLink(h.Number)})
		}
		for _, flag := range h.Flags(f.Now) {
			list = append(list, todo{h.Number + ": " + f.Flag(flag), f.HoldLink(h.Number)})
		}
	}
	return list, nil
}
