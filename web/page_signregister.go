package web

import (
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"github.com/sjudager/sjudager/web/signage"
)

// registerPage is the zones and the signs.
type registerPage struct {
	signFrame
	Down bool // list those taken down, too
}

func (s *Server) getRegisterPage(w http.ResponseWriter, r *http.Request) {
	f, err := s.signFrame(r, atRegister)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.draw(w, r, http.StatusOK, "signregister", &registerPage{f, r.URL.Query().Get("down") == "true"})
}

// Listed are the signs of the list.
func (p *registerPage) Listed() (all []signage.Sign) {
	for _, g := range p.Signs {
		if p.Down || g.State != signage.Down {
			all = append(all, g)
		}
	}
	return all
}

// noticePage is a version of the privacy notice, with the list of all.
type noticePage struct {
	signFrame
	Shown  signage.Text // number 0: the configuration has never been in force
	Listen string       // where this machine serves it to everybody; empty: nowhere
}

// getNoticePage shows the version that the address names, or the one in force.
func (s *Server) getNoticePage(w http.ResponseWriter, r *http.Request) {
	f, err := s.signFrame(r, atNotice)
	p := &noticePage{signFrame: f}
	for _, setting := range s.Settings() {
		if setting.Path == "signage.listen" {
			p.Listen = setting.Value
		}
	}
	if err == nil {
		if number := chi.URLParam(r, "number"); number != "" {
			var n int
			if n, err = addressed(r); err == nil {
				p.Shown, err = p.Snapshot.Text(n)
			}
			p.Here = atNotice + "/" + strconv.Itoa(n)
		} else if n := len(p.Texts); n > 0 {
			p.Shown = p.Texts[n-1]
		}
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.draw(w, r, http.StatusOK, "signnotice", p)
}

// Notice is the version in the reader's language.
func (p *noticePage) Notice() signage.Notice { return p.Shown.In(signage.Language(p.lang)) }

// Worn is how many signs have a text version and are not taken down.
func (p *noticePage) Worn(text int) (n int) {
	for _, g := range p.Signs {
		if g.Text == text && g.State != signage.Down {
			n++
		}
	}
	return n
}

// Newest are the versions, the newest first.
func (p *noticePage) Newest() (all []signage.Text) {
	for i := range p.Texts {
		all = append(all, p.Texts[len(p.Texts)-1-i])
	}
	return all
}
