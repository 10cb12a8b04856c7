package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
)

// narrowForm asks what of a hold is still needed: which cameras, and from when to
// when.
type narrowForm struct {
	Cameras    []footage.CameraID // that stay
	Begin, End moment
	Why        string
	Wrong      map[string]string
	Refused    string
}

// freshNarrow proposes all of the hold.
func (f *frame) freshNarrow(h holds.Hold) *narrowForm {
	return &narrowForm{Cameras: h.Cameras, Begin: f.moment(h.Span.From), End: f.moment(h.Span.To)}
}

// Keeps reports whether camera stays.
func (n narrowForm) Keeps(camera footage.CameraID) bool { return slices.Contains(n.Cameras, camera) }

// NarrowEnds are the two ends of what stays, to be drawn.
func (p *holdPage) NarrowEnds() []end {
	return []end{{"from", p.T("Fra", "From"), p.Narrow.Begin, p.Narrow.Wrong["from"]}, {"to", p.T("Til", "To"), p.Narrow.End, p.Narrow.Wrong["to"]}}
}

// read reads the form, and returns what stays of each of the hold's selections.
func (n *narrowForm) read(f *frame, q url.Values, h holds.Hold) (keep []holds.Selection) {
	n.Cameras, n.Why, n.Wrong = nil, strings.TrimSpace(q.Get("why")), map[string]string{}
	for _, id := range q["camera"] {
		if camera := footage.CameraID(id); slices.Contains(h.Cameras, camera) {
			n.Cameras = append(n.Cameras, camera)
		}
	}
	span := footage.Span{From: n.Begin.read(f, q, "from", n.Wrong), To: n.End.read(f, q, "to", n.Wrong)}
	if len(n.Cameras) == 0 {
		n.Wrong["cameras"] = f.T("Velg minst ett kamera.", "Choose at least one camera.")
	}
	if n.Wrong["from"] == "" && n.Wrong["to"] == "" && span.Empty() {
		n.Wrong["to"] = f.T("Slutten må være etter begynnelsen.", "The end must be after the beginning.")
	}
	if wrong := f.wrongText(n.Why, 1, holds.MaxReason, f.T("Skriv hvorfor resten ikke trengs.", "Write why the rest is not needed.")); wrong != "" {
		n.Wrong["why"] = wrong
	}
	for _, s := range h.Selections {
		kept := holds.Selection{Span: s.Span.Intersect(span)}
		for _, c := range s.Cameras {
			if n.Keeps(c) {
				kept.Cameras = append(kept.Cameras, c)
			}
		}
		if len(kept.Cameras) > 0 && !kept.Span.Empty() {
			keep = append(keep, kept)
		}
	}
	if len(n.Wrong) == 0 && len(keep) == 0 {
		n.Wrong["to"] = f.T("Dette er utenfor det som er sikret.", "This is outside of what is held.")
	}
	return keep
}

// postNarrowForm leaves a hold only what is still needed, or asks again.
func (s *Server) postNarrowForm(w http.ResponseWriter, r *http.Request) {
	p, ok := posted(s, w, r, s.readHoldPage)
	if !ok {
		return
	}
	p.Narrow = &narrowForm{}
	keep := p.Narrow.read(p.frame, r.PostForm, p.Shown.Hold)
	status := http.StatusBadRequest
	if len(p.Narrow.Wrong) == 0 {
		_, err := s.Holds.Narrow(p.Shown.Number, keep, p.Narrow.Why, actor(r))
		if err == nil {
			http.Redirect(w, r, p.HoldLink(p.Shown.Number, "just", "narrowed"), http.StatusSeeOther)
			return
		}
		if p.Narrow.Refused, status, ok = s.refusal(w, r, err); !ok {
			return
		}
		if errors.Is(err, holds.ErrRefused) && !p.Shown.State.InForce() {
			p.Narrow.Refused = p.T("Sikringen er allerede avsluttet.", "The hold has ended already.")
		}
	}
	s.draw(w, r, status, "hold", p)
}
