package web

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web/account"
	"github.com/sjudager/sjudager/web/signage"
)

// signFrame is what the pages of Skilting have in common: the register as it stands.
type signFrame struct {
	*frame
	signage.Snapshot
	Just string // what has just been done
}

// signTab is one of the pages below Skilting.
type signTab struct {
	Path, Norwegian, English string
	Right                    account.Right
}

var signTabs = []signTab{
	{atSigns, "Dekning", "Coverage", account.Inspect},
	{atRegister, "Soner og skilt", "Zones and signs", account.Inspect},
	{atRounds, "Runde før dørene åpnes", "Round before doors", account.Inspect},
	{atPlans, "Plantegning", "Floor plan", account.Inspect},
	{atPapers, "Kameraark", "Camera sheets", account.Signs},
	{atNotice, "Personvernerklæring", "Privacy notice", account.Inspect},
	{atTable, "Tabeller", "Tables", account.Signs},
}

// Tabs are the pages below Skilting that the reader may open.
func (p *signFrame) Tabs() (tabs []signTab) {
	for _, t := range signTabs {
		if p.May(t.Right) {
			tabs = append(tabs, t)
		}
	}
	return tabs
}

// In is the tab's name in the reader's language.
func (t signTab) In(f framed) string { return f.around().T(t.Norwegian, t.English) }

// signFrame reads what every page of Skilting has; here is its own address.
func (s *Server) signFrame(r *http.Request, here string) (p signFrame, err error) {
	p.Just = r.URL.Query().Get("just")
	if p.frame, err = s.frame(r, atSigns); err == nil {
		p.Here = here
		p.Snapshot, err = s.Signs.Now()
	}
	return p, err
}

// SignNumbered is a sign by its number.
func (p *signFrame) SignNumbered(number string) signage.Sign {
	i := slices.IndexFunc(p.Signs, func(g signage.Sign) bool { return g.Number == number })
	if i < 0 {
		return signage.Sign{Number: number}
	}
	return p.Signs[i]
}

// Name is what people call a camera, as the register has it.
func (p *signFrame) Name(id footage.CameraID) string {
	for _, c := range p.Live.Cameras {
		if c.ID == id {
			return c.Name
		}
	}
	return p.frame.Name(id)
}

// SignLink is the address of a sign.
func (f *frame) SignLink(number string, more ...string) string {
	return f.To(atSign+"/"+number, more...)
}

// ZoneLink is the address of a zone.
func (f *frame) ZoneLink(number string, more ...string) string {
	return f.To(atZone+"/"+number, more...)
}

// ZoneName is what people call a zone.
func (p *signFrame) ZoneName(number string) string {
	for _, z := range p.Zones {
		if z.Number == number {
			return z.Name
		}
	}
	return number
}

// Entrance is what people call an entrance.
func (p *signFrame) Entrance(at signage.Place) string {
	for _, z := range p.Zones {
		for _, e := range z.Entrances {
			if z.Number == at.Zone && e.ID == at.Entrance {
				return e.Name
			}
		}
	}
	return at.Entrance
}

// Sizes are the papers that a sign may have.
func (p *signFrame) Sizes() []signage.Size { return signage.Sizes }

// Current is the number of the text version in force.
func (p *signFrame) Current() int {
	if n := len(p.Texts); n > 0 {
		return p.Texts[n-1].Number
	}
	return 0
}

// Defects are the inspections that found something which is not mended yet, the most
// pressing first.
func (p *signFrame) Defects() (open []signage.Inspection) {
	for _, i := range p.Inspections {
		if !i.Passed() && i.Closed.At == 0 && p.SignNumbered(i.Sign).State == signage.Up {
			open = append(open, i)
		}
	}
	slices.SortFunc(open, func(a, b signage.Inspection) int { return cmp.Compare(a.Due, b.Due) })
	return open
}

// signsPage is Skilting: who is announced, and what is missing.
type signsPage struct {
	signFrame
	Zoned  []zonedCover
	Excuse *excuseForm // asked about, or nil
	Holes  int         // cameras that are not covered
}

// zonedCover is a zone with the cameras that see it. Cameras of one zone are announced
// by the same signs.
type zonedCover struct {
	Cameras []signage.Cover // one at least
	Kind    signage.Kind
}

// First is what all of the cameras have in common.
func (z zonedCover) First() signage.Cover { return z.Cameras[0] }

// Rows is how many rows of the matrix a zone takes.
func (z zonedCover) Rows() int { return max(1, len(z.Cameras[0].Entrances)) }

// zoned joins the cameras of each zone.
func zoned(now signage.Snapshot) (all []zonedCover) {
	for _, c := range now.Coverage() {
		i := slices.IndexFunc(all, func(z zonedCover) bool { return z.First().Zone == c.Zone })
		if i < 0 {
			z := zonedCover{}
			for _, o := range now.Zones {
				if o.Number == c.Number {
					z.Kind = o.Kind
				}
			}
			i, all = len(all), append(all, z)
		}
		all[i].Cameras = append(all[i].Cameras, c)
	}
	return all
}

// dueSoon is how long before its inspection is out of date a sign is listed.
const dueSoon = 7 * 24 * time.Hour

// Soon are valid signs whose inspection is soon out of date, the next one first.
func (p *signsPage) Soon() (soon []signage.Standing) {
	for _, g := range p.Signs {
		if st := p.Snapshot.Standing(g); st.Valid && st.Until.Sub(p.Now) < dueSoon {
			soon = append(soon, st)
		}
	}
	slices.SortFunc(soon, func(a, b signage.Standing) int { return cmp.Compare(a.Until, b.Until) })
	return soon
}

// Invalid are the signs that do not count, but for those taken down.
func (p *signsPage) Invalid() (all []signage.Standing) {
	for _, g := range p.Signs {
		if st := p.Snapshot.Standing(g); g.State != signage.Down && !st.Valid {
			all = append(all, st)
		}
	}
	return all
}

// Step is what comes next where not all is set up: no camera, zone, sign, or inspection
// yet. 0 is that there is one of each.
func (p *signsPage) Step() int {
	for i, n := range []int{len(p.Live.Cameras), len(p.Zones), len(p.Signs), len(p.Inspections)} {
		if n == 0 {
			return i + 1
		}
	}
	return 0
}

func (s *Server) getSignsPage(w http.ResponseWriter, r *http.Request) {
	p, err := s.readSignsPage(r)
	if err == nil {
		if camera := footage.CameraID(r.URL.Query().Get("override")); camera != "" && p.May(account.Signs) {
			if c, ok := p.CoverOf(camera); ok && c.Override == nil && len(p.PassageOf(camera).Lacks) > 0 {
				p.Excuse = &excuseForm{Camera: camera}
			}
		}
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.draw(w, r, http.StatusOK, "signs", p)
}

func (s *Server) readSignsPage(r *http.Request) (*signsPage, error) {
	f, err := s.signFrame(r, atSigns)
	p := &signsPage{signFrame: f, Zoned: zoned(f.Snapshot)}
	for _, z := range p.Zoned {
		for _, c := range z.Cameras {
			if !c.Covered {
				p.Holes++
			}
		}
	}
	return p, err
}

// excuseForm is the form that lets a camera record although it is not covered.
type excuseForm struct {
	Camera footage.CameraID
	Reason string
	Wrong  string
}

// postExcuseForm enters an override, or draws the form again with what is wrong.
func (s *Server) postExcuseForm(w http.ResponseWriter, r *http.Request) {
	p, err := s.readSignsPage(r)
	if err == nil {
		err = parseForm(r)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	form := excuseForm{Camera: footage.CameraID(r.PostForm.Get("camera")), Reason: oneLine(r.PostForm.Get("reason"))}
	status := http.StatusBadRequest
	if form.Wrong = p.wrongText(form.Reason, 20, 500, p.T("Skriv hvorfor kameraet kan ta opp likevel.", "Write why the camera may record all the same.")); form.Wrong == "" {
		if _, err = s.Signs.Excuse(form.Camera, form.Reason, actor(r)); err == nil {
			http.Redirect(w, r, p.To(atSigns, "just", "excused"), http.StatusSeeOther)
			return
		}
		var e *Error
		if e, status = fault(err); e.Code == CodeInternal || e.Code == CodeNotFound {
			s.fail(w, r, err)
			return
		}
		form.Wrong = p.T("Kameraet mangler ingenting, eller er overstyrt fra før.", "The camera lacks nothing, or is overridden already.")
	}
	p.Excuse = &form
	s.draw(w, r, status, "signs", p)
}

// postEndExcuseForm ends an override. What was ended already stays so.
func (s *Server) postEndExcuseForm(w http.ResponseWriter, r *http.Request) {
	n, err := addressed(r)
	if err == nil {
		_, err = s.Signs.EndExcuse(n, actor(r))
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, to(r, atSigns, "just", "ended"), http.StatusSeeOther)
}

// signAct is what makes an invalid sign count.
type signAct struct{ Text, Link string }

// SignAct is what to do first about a sign that is not valid, or nil where the reader can
// do nothing.
func (p *signFrame) SignAct(st signage.Standing) *signAct {
	has := func(h signage.Hole) bool { return slices.Contains(st.Faults, h) }
	act := func(right account.Right, part, nb, en string) *signAct {
		if !p.May(right) {
			return nil
		}
		return &signAct{p.T(nb, en), p.SignLink(st.Sign) + part}
	}
	mended := st.Inspection > 0 && p.Inspections[st.Inspection-1].Closed.At != 0
	switch {
	case has(signage.NotUp):
		return act(account.Signs, "#state", "Meld hengt opp", "Say that it is up")
	case has(signage.NoText):
		return act(account.Signs, "#reprint", "Trykk på nytt", "Print anew")
	case has(signage.Defective) && !mended:
		return act(account.Signs, "#defects", "Utbedre mangelen", "Mend the defect")
	case !st.Valid:
		return act(account.Inspect, "#inspect", "Kontroller", "Inspect")
	}
	return nil
}
