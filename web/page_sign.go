package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/sjudager/sjudager/web/signage"
)

// signPage is a sign: whether it counts, its inspections, its history, and the forms to act
// on it.
type signPage struct {
	signFrame
	Shown    signage.Sign
	St       signage.Standing
	Versions []signage.Sign       // the newest first
	Looks    []signage.Inspection // the newest first
	Look     lookForm
	Why      string // it is taken down
	Wrong    map[string]string
}

func (s *Server) getSignPage(w http.ResponseWriter, r *http.Request) {
	p, err := s.readSignPage(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.draw(w, r, http.StatusOK, "sign", p)
}

// readSignPage reads the sign that the address names.
func (s *Server) readSignPage(r *http.Request) (*signPage, error) {
	number := chi.URLParam(r, "number")
	f, err := s.signFrame(r, atSign+"/"+number)
	p := &signPage{signFrame: f, Wrong: map[string]string{}}
	if err != nil {
		return p, err
	}
	register, _, err := s.Signs.Register()
	if err != nil {
		return p, err
	}
	for _, g := range register.Signs {
		if g.Number == number {
			p.Shown, p.Versions = g, append(p.Versions, g)
		}
	}
	slices.Reverse(p.Versions)
	if p.Versions == nil {
		return p, fmt.Errorf("%w: there is no sign %q", errNotFound, number)
	}
	for _, i := range slices.Backward(p.Inspections) {
		if i.Sign == number {
			p.Looks = append(p.Looks, i)
		}
	}
	p.St, p.Look = p.Snapshot.Standing(p.Shown), freshLook(p.latest(number))
	if len(p.Looks) == 0 {
		p.Look.Occasion = signage.Install
	}
	return p, nil
}

// Printed is the text version that the sign has.
func (p *signPage) Printed() signage.Text { t, _ := p.Snapshot.Text(p.Shown.Text); return t }

// Differs names what of its text is not so any more.
func (p *signPage) Differs() string {
	var all []string
	for _, d := range p.St.Differs {
		all = append(all, p.Differ(d))
	}
	return strings.Join(all, ", ")
}

// OpenDefects are those of the sign that nobody has mended.
func (p *signPage) OpenDefects() (open []signage.Inspection) {
	for _, i := range p.Looks {
		if !i.Passed() && i.Closed.At == 0 {
			open = append(open, i)
		}
	}
	return open
}

// MayLook reports whether the sign can be inspected: it is up.
func (p *signPage) MayLook() bool { return p.Shown.State == signage.Up }

// Occasions are why a sign may be looked at outside a round.
func (p *signPage) Occasions() []signage.Occasion { return signage.Occasions }

// postInspectForm enters an inspection and leads back to the sign, or answers with the form.
func (s *Server) postInspectForm(w http.ResponseWriter, r *http.Request) {
	p, err := s.readSignPage(r)
	if err == nil {
		err = parsePhotos(w, r)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	status, err := s.look(&p.signFrame, r, &p.Look, signage.Inspection{Sign: p.Shown.Number, Occasion: signage.Occasion(r.PostForm.Get("occasion"))})
	switch {
	case err != nil:
		s.fail(w, r, err)
	case status == http.StatusSeeOther:
		http.Redirect(w, r, p.SignLink(p.Shown.Number, "just", "inspected"), status)
	default:
		s.draw(w, r, status, "sign", p)
	}
}

// postMendForm says that the defect of an inspection is mended. What is mended stays so.
func (s *Server) postMendForm(w http.ResponseWriter, r *http.Request) {
	n, err := addressed(r)
	var f signFrame
	if err == nil {
		f, err = s.signFrame(r, atSigns)
	}
	if err == nil && (n < 1 || n > len(f.Inspections)) {
		err = fmt.Errorf("%w: there is no inspection %d", errNotFound, n)
	}
	if err == nil && f.Inspections[n-1].Closed.At == 0 {
		_, err = s.Signs.Mend(n, actor(r))
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, f.SignLink(f.Inspections[n-1].Sign, "just", "mended")+"#inspect", http.StatusSeeOther)
}

// postSignPhoto gives the sign a photo of where it hangs, which the round shows. It counts
// as before: nothing of it has changed.
func (s *Server) postSignPhoto(w http.ResponseWriter, r *http.Request) {
	p, err := s.readSignPage(r)
	if err == nil {
		err = parsePhotos(w, r)
	}
	var taken []signage.Picture
	if err == nil {
		taken, err = s.takePhotos(p.frame, r, p.Wrong)
	}
	g := p.Shown
	switch {
	case err != nil:
	case len(p.Wrong) == 0 && len(taken) == 0:
		p.Wrong["photo"] = p.T("Velg et bilde.", "Choose a photo.")
		fallthrough
	case len(p.Wrong) > 0:
		s.draw(w, r, http.StatusBadRequest, "sign", p)
		return
	default:
		g.Photo, g.Why = taken[0], ""
		_, err = s.Signs.PutSign(g, actor(r))
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, p.SignLink(g.Number), http.StatusSeeOther)
}
