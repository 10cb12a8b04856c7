package web

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg" // as plans are kept
	_ "image/png"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web/account"
	"github.com/sjudager/sjudager/web/signage"
)

// planPage is a floor's plan with what is marked on it; or, while there is none, the form
// that uploads one.
type planPage struct {
	signFrame
	Plan  signage.Plan // no number: there is none
	High  int          // of the drawing, when it is 1000 wide
	Items []planItem
	Wrong map[string]string
	Name  string
}

// planItem is a camera or a sign, and where it is on the plan.
type planItem struct {
	Camera    footage.CameraID
	Sign      string
	Name      string
	Good      bool // a camera that is covered, a valid sign
	Verdict   string
	Placed    bool
	Mark      signage.Mark
	Elsewhere string // the name of another plan that it is on
}

// ID names the item in forms and in the page.
func (i planItem) ID() string {
	if i.Sign != "" {
		return "sign-" + i.Sign
	}
	return "camera-" + string(i.Camera)
}

// Wedge is the field of view of a camera that looks up: 90 long, as a path of SVG.
func (i planItem) Wedge() string {
	if i.Sign != "" || i.Mark.View == 0 {
		return ""
	}
	if i.Mark.View >= 360 {
		return "M0-90a90 90 0 1 1 0 180a90 90 0 1 1 0-180z"
	}
	half := float64(i.Mark.View) / 2 * math.Pi / 180
	x, y, large := 90*math.Sin(half), -90*math.Cos(half), 0
	if i.Mark.View > 180 {
		large = 1
	}
	return fmt.Sprintf("M0 0L%.1f %.1fA90 90 0 %d 1 %.1f %.1fz", -x, y, large, x, y)
}

// Down is where the mark is from the top of a drawing of that height.
func (i planItem) Down(high int) int { return i.Mark.Y * high / 1000 }

// PlanLink is the address of a plan.
func (f *frame) PlanLink(number string, more ...string) string {
	return f.To(atPlans+"/"+number, more...)
}

// OnPlan are the items on the plan, cameras first: signs lie above them.
func (p *planPage) OnPlan() (all []planItem) {
	for _, i := range p.Items {
		if i.Placed {
			all = append(all, i)
		}
	}
	return all
}

// getPlanPage shows the plan that the address names, or the first.
func (s *Server) getPlanPage(w http.ResponseWriter, r *http.Request) {
	p, err := s.readPlan(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.draw(w, r, http.StatusOK, "signplan", p)
}

func (s *Server) readPlan(r *http.Request) (*planPage, error) {
	f, err := s.signFrame(r, atPlans)
	p := &planPage{signFrame: f, Wrong: map[string]string{}}
	if err != nil {
		return p, err
	}
	number := chi.URLParam(r, "number")
	for _, plan := range p.Plans {
		if number == "" && p.Plan.Number == "" || plan.Number == number {
			p.Plan = plan
		}
	}
	if p.Plan.Number == "" {
		if number != "" {
			err = fmt.Errorf("%w: there is no plan %q", errNotFound, number)
		}
		return p, err
	}
	file, err := s.Signs.Picture(p.Plan.Picture)
	if err != nil {
		return p, err
	}
	size, _, err := image.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return p, fmt.Errorf("couldn't read the plan %s: %w", p.Plan.Number, err)
	}
	p.High = 1000 * size.Height / size.Width
	p.readItems()
	return p, nil
}

// readItems lists all cameras and signs.
func (p *planPage) readItems() {
	for _, c := range p.Coverage() {
		item := planItem{Camera: c.Camera, Name: c.Name, Good: c.Covered, Verdict: p.T("dekket", "covered")}
		if !c.Covered {
			item.Verdict = p.T("ikke dekket", "not covered")
		}
		p.Items = append(p.Items, item)
	}
	for _, g := range p.Signs {
		if g.State == signage.Down {
			continue
		}
		st := p.Snapshot.Standing(g)
		item := planItem{Sign: g.Number, Name: g.Number, Good: st.Valid, Verdict: p.T("gyldig", "valid")}
		if !st.Valid {
			item.Verdict = p.T("ugyldig", "not valid") + ": " + p.Faults(st)
		}
		p.Items = append(p.Items, item)
	}
	for n := range p.Items {
		i := &p.Items[n]
		i.Mark.View = 70 // a usual lens, for what is put on the plan
		for _, m := range p.Marks {
			switch {
			case m.Camera != i.Camera || m.Sign != i.Sign:
			case m.Plan == p.Plan.Number:
				i.Placed, i.Mark = true, m
			default:
				at := slices.IndexFunc(p.Plans, func(o signage.Plan) bool { return o.Number == m.Plan })
				i.Elsewhere = p.Plans[at].Name
			}
		}
	}
}

// postPlanForm uploads a plan, or another picture of one, and leads to it.
func (s *Server) postPlanForm(w http.ResponseWriter, r *http.Request) {
	err := parsePhotos(w, r)
	var p *planPage
	if err == nil {
		p, err = s.readPlan(r)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	p.Name = oneLine(r.PostForm.Get("name"))
	if wrong := p.wrongText(p.Name, 1, 100, p.T("Skriv hva etasjen heter.", "Write what the floor is called.")); wrong != "" {
		p.Wrong["name"] = wrong
	} else {
		var plan signage.Plan
		if plan, err = s.plan(r); err == nil {
			http.Redirect(w, r, p.PlanLink(plan.Number), http.StatusSeeOther)
			return
		}
		if e, _ := fault(err); e.Code != CodeInvalid {
			s.fail(w, r, err)
			return
		}
		p.Wrong["picture"] = p.T("Velg et bilde av plantegningen: JPEG eller PNG, høyst 16 MB.", "Choose a picture of the plan: JPEG or PNG, 16 MB at most.")
	}
	s.draw(w, r, http.StatusBadRequest, "signplan", p)
}

// postPlanEdit gives a plan another name, or takes it out of use.
func (s *Server) postPlanEdit(w http.ResponseWriter, r *http.Request) {
	p, err := s.readPlan(r)
	if err == nil {
		err = parseForm(r)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	var gone *bool
	if r.PostForm.Get("do") == "gone" {
		if r.PostForm.Get("sure") == "" {
			p.Wrong["sure"] = p.T("Kryss av først.", "Tick the box first.")
			s.draw(w, r, http.StatusBadRequest, "signplan", p)
			return
		}
		gone = new(true)
	}
	if _, err := s.Signs.ChangePlan(p.Plan.Number, oneLine(r.PostForm.Get("name")), gone, actor(r)); err != nil {
		s.fail(w, r, err)
		return
	}
	if gone != nil {
		http.Redirect(w, r, p.To(atPlans), http.StatusSeeOther)
		return
	}
	http.Redirect(w, r, p.PlanLink(p.Plan.Number), http.StatusSeeOther)
}

// postMarkForm puts a camera or a sign somewhere on the plan, or takes it off.
func (s *Server) postMarkForm(w http.ResponseWriter, r *http.Request) {
	p, err := s.readPlan(r)
	if err == nil {
		err = parseForm(r)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	i := slices.IndexFunc(p.Items, func(i planItem) bool { return i.ID() == r.PostForm.Get("what") })
	if i < 0 {
		s.fail(w, r, fmt.Errorf("%w: there is nothing called %q", errInvalid, r.PostForm.Get("what")))
		return
	}
	item := &p.Items[i]
	m, ok := readMark(r.PostForm, item.Sign != "")
	m.Plan, m.Camera, m.Sign = p.Plan.Number, item.Camera, item.Sign
	if !ok {
		p.Wrong[item.ID()] = p.T("Skriv hele tall: sted 0–1000, retning 0–359 grader, synsfelt 1–360 grader.", "Write whole numbers: place 0–1000, direction 0–359 degrees, view 1–360 degrees.")
		s.draw(w, r, http.StatusBadRequest, "signplan", p)
		return
	}
	if !m.Gone || item.Placed {
		if _, err := s.Signs.Place(m, actor(r)); err != nil {
			s.fail(w, r, err)
			return
		}
	}
	http.Redirect(w, r, p.PlanLink(p.Plan.Number)+"#"+item.ID(), http.StatusSeeOther)
}

// readMark reads where something is put, and whether that can be.
func readMark(q url.Values, sign bool) (m signage.Mark, ok bool) {
	if m.Gone = q.Get("do") == "gone"; m.Gone {
		return m, true
	}
	ok = true
	number := func(name string, to *int, least, most int) {
		n, err := strconv.Atoi(strings.TrimSpace(q.Get(name)))
		*to = n
		ok = ok && err == nil && n >= least && n <= most
	}
	number("x", &m.X, 0, 1000)
	number("y", &m.Y, 0, 1000)
	if !sign {
		number("direction", &m.Direction, 0, 359)
		number("view", &m.View, 1, 360)
	}
	return m, ok
}

// MayMark reports whether the reader may move what is on the plan.
func (p *planPage) MayMark() bool { return p.May(account.Signs) }
