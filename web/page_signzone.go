package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/sjudager/sjudager/web/account"
	"github.com/sjudager/sjudager/web/signage"
)

// zonePage is a zone, with the form that changes it; or the form of a new one.
type zonePage struct {
	signFrame
	Zone     signage.Zone // version 0: a new one
	Versions []signage.Zone
	Form     *zoneForm // nil: not asked for
}

// zoneForm is the form that enters a zone. Its rows are entrances.
type zoneForm struct {
	Name     string
	Kind     signage.Kind
	Rows     []entranceRow
	Decision string
	Review   string // a day, as it is written
	Staff    bool
	Limited  bool
	Wrong    map[string]string
	Refused  string
	Fresh    bool // a row has just been added
}

// entranceRow is an entrance. Its id stays when its name changes: signs refer to it.
type entranceRow struct {
	Number int // from 1
	ID     string
	Name   string
	Public bool
}

// maxEntrances is how many a zone may have.
const maxEntrances = 50

// KindRules are what a zone may be used for, and what not.
func (p *zonePage) KindRules() []signage.KindRule { return signage.KindRules }

// Unregistered are the zones that cameras name and the register lacks.
func (p *zonePage) Unregistered() (names []string) {
	for _, c := range p.Live.Cameras {
		if c.Zone != "" && !slices.Contains(names, c.Zone) && !slices.ContainsFunc(p.Zones, func(z signage.Zone) bool { return z.Name == c.Zone }) {
			names = append(names, c.Zone)
		}
	}
	return names
}

// Before are the signs that stand before an entrance of the zone.
func (p *zonePage) Before(entrance string) (all []signage.Standing) {
	for _, g := range p.Signs {
		if g.State != signage.Down && slices.Contains(g.Places, signage.Place{Zone: p.Zone.Number, Entrance: entrance}) {
			all = append(all, p.Snapshot.Standing(g))
		}
	}
	return all
}

// Seen are the cameras that see the zone.
func (p *zonePage) Seen() (names []string) {
	for _, c := range p.Live.Cameras {
		if c.Zone == p.Zone.Name {
			names = append(names, c.Name)
		}
	}
	return names
}

func (s *Server) getZonePage(w http.ResponseWriter, r *http.Request) {
	p, err := s.readZonePage(r, chi.URLParam(r, "number"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if r.URL.Query().Has("edit") && p.May(account.Signs) {
		form := zoneForm{Name: p.Zone.Name, Kind: p.Zone.Kind, Staff: p.Zone.Staff, Limited: p.Zone.Limited}
		for i, e := range p.Zone.Entrances {
			form.Rows = append(form.Rows, entranceRow{i + 1, e.ID, e.Name, e.Public})
		}
		if d := p.Zone.Decision; d != nil {
			form.Decision, form.Review = d.Text, p.Wall(d.Review).Format(p.T("2.1.2006", dayForm))
		}
		p.Form = &form
	}
	s.draw(w, r, http.StatusOK, "signzone", p)
}

func (s *Server) getZoneForm(w http.ResponseWriter, r *http.Request) {
	p, err := s.readZonePage(r, "")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	p.Form = &zoneForm{Name: r.URL.Query().Get("name"), Rows: []entranceRow{{Number: 1, Public: true}}}
	if names := p.Unregistered(); p.Form.Name == "" && len(names) > 0 {
		p.Form.Name = names[0]
	}
	s.draw(w, r, http.StatusOK, "signzone", p)
}

// readZonePage reads a zone by its number; "" is a new one.
func (s *Server) readZonePage(r *http.Request, number string) (*zonePage, error) {
	f, err := s.signFrame(r, atZone+"/"+number)
	p := &zonePage{signFrame: f}
	if err != nil {
		return p, err
	}
	if number == "" {
		p.Here = atZone + "/ny"
		return p, nil
	}
	register, _, err := s.Signs.Register()
	if err != nil {
		return p, err
	}
	for _, z := range register.Zones {
		if z.Number == number {
			p.Zone, p.Versions = z, append(p.Versions, z)
		}
	}
	slices.Reverse(p.Versions)
	if p.Versions == nil {
		err = fmt.Errorf("%w: there is no zone %q", errNotFound, number)
	}
	return p, err
}

// postZoneForm enters a zone and leads to it, or answers with the form.
func (s *Server) postZoneForm(w http.ResponseWriter, r *http.Request) {
	err := parseForm(r)
	var p *zonePage
	if err == nil {
		p, err = s.readZonePage(r, r.PostForm.Get("number"))
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	form, zone := readZoneForm(p.frame, r.PostForm)
	p.Form, zone.Number = form, p.Zone.Number
	if form.turn(r.PostForm.Get("do")) {
		s.draw(w, r, http.StatusOK, "signzone", p)
		return
	}
	if p.Zone.Decision != nil && zone.Decision != nil && zone.Decision.Text == p.Zone.Decision.Text && p.Wall(p.Zone.Decision.Review).Format(p.T("2.1.2006", dayForm)) == form.Review {
		zone.Decision = p.Zone.Decision // as it was
	}
	if slices.ContainsFunc(p.Zones, func(z signage.Zone) bool { return z.Name == zone.Name && z.Number != zone.Number }) {
		form.Wrong["name"] = p.T("En annen sone heter det samme.", "Another zone has that name.")
	}
	status := http.StatusBadRequest
	if len(form.Wrong) == 0 {
		z, err := s.Signs.PutZone(zone, actor(r))
		if err == nil {
			http.Redirect(w, r, p.ZoneLink(z.Number, "just", "entered"), http.StatusSeeOther)
			return
		}
		var e *Error
		if e, status = fault(err); e.Code == CodeInternal {
			s.fail(w, r, err)
			return
		}
		form.Refused = e.Message
	}
	s.draw(w, r, status, "signzone", p)
}

// turn adds or removes a row when do asks for that.
func (f *zoneForm) turn(do string) bool {
	if n, err := strconv.Atoi(strings.TrimPrefix(do, "remove")); strings.HasPrefix(do, "remove") && err == nil && n >= 1 && n <= len(f.Rows) && len(f.Rows) > 1 {
		f.Rows = slices.Delete(f.Rows, n-1, n)
	} else if do == "add" && len(f.Rows) < maxEntrances {
		f.Rows = append(f.Rows, entranceRow{Public: true})
		f.Fresh = true
	} else {
		return false
	}
	for i := range f.Rows {
		f.Rows[i].Number = i + 1
	}
	f.Wrong = nil
	return true
}

// readZoneForm reads the form that was sent, and says what is wrong with it.
func readZoneForm(v *frame, q url.Values) (*zoneForm, signage.Zone) {
	f := &zoneForm{Name: oneLine(q.Get("name")), Kind: signage.Kind(q.Get("kind")), Decision: oneLine(q.Get("decision")), Review: strings.TrimSpace(q.Get("review")), Staff: q.Get("staff") != "", Limited: q.Get("limited") != "", Wrong: map[string]string{}}
	z := signage.Zone{Name: f.Name, Kind: f.Kind, Staff: f.Staff, Limited: f.Limited}
	for n := 1; n <= maxEntrances && q.Has("entrance"+strconv.Itoa(n)); n++ {
		i := strconv.Itoa(n)
		f.Rows = append(f.Rows, entranceRow{n, q.Get("id" + i), oneLine(q.Get("entrance" + i)), q.Get("public"+i) != ""})
	}
	if len(f.Rows) == 0 {
		f.Rows = []entranceRow{{Number: 1, Public: true}}
	}
	if wrong := v.wrongText(f.Name, 1, 100, v.T("Velg eller skriv sonens navn.", "Choose or write the zone's name.")); wrong != "" {
		f.Wrong["name"] = wrong
	}
	i := slices.IndexFunc(signage.KindRules, func(r signage.KindRule) bool { return r.Kind == f.Kind })
	switch {
	case i < 0:
		f.Wrong["kind"] = v.T("Velg hva sonen brukes til.", "Choose what the zone is used for.")
	case signage.KindRules[i].Forbidden:
		f.Wrong["kind"] = v.F("Ingen kameraer kan se et slikt sted (%s). Sonen kan ikke registreres, og kameraet må flyttes.", "No camera may see such a place (%s). The zone cannot be registered, and the camera has to be moved.", v.ZoneKind(f.Kind))
	case signage.KindRules[i].Decision:
		f.readDecision(v, &z)
	}
	for n, row := range f.Rows {
		if wrong := v.wrongText(row.Name, 1, 100, v.T("Skriv hva inngangen heter.", "Write what the entrance is called.")); wrong != "" {
			f.Wrong["entrance"+strconv.Itoa(row.Number)] = wrong
		}
		if row.ID == "" && row.Name != "" {
			f.Rows[n].ID = newEntranceID(row.Name, f.Rows)
		}
		z.Entrances = append(z.Entrances, signage.Entrance{ID: f.Rows[n].ID, Name: row.Name, Public: row.Public})
	}
	if !z.Staff && !slices.ContainsFunc(z.Entrances, func(e signage.Entrance) bool { return e.Public }) {
		f.Wrong["entrances"] = v.T("Kryss av for inngangene som publikum bruker, eller for at publikum ikke kommer hit.", "Tick the entrances that the public uses, or that the public does not come here.")
	}
	return f, z
}

// readDecision reads why cameras are needed where people dance, drink or sit (R43).
func (f *zoneForm) readDecision(v *frame, z *signage.Zone) {
	if wrong := v.wrongText(f.Decision, 20, 2000, v.T("Skriv hvorfor kameraer er nødvendige her, og hvorfor noe mildere ikke holder.", "Write why cameras are necessary here, and why nothing milder will do.")); wrong != "" {
		f.Wrong["decision"] = wrong
	}
	day, err := parseDay(f.Review)
	review := midnight(day, v.zone)
	switch {
	case err != nil:
		f.Wrong["review"] = v.T("Skriv dagen som 4.7.2026.", "Write the day as 2026-07-04.")
	case review <= v.Now || review > v.Now.Add(reviewWithin):
		f.Wrong["review"] = v.T("Velg en dag innen et år fra nå.", "Choose a day within a year from now.")
	}
	z.Decision = &signage.Decision{Text: f.Decision, Review: review}
}

// newEntranceID makes an id of a name that no row has.
func newEntranceID(name string, rows []entranceRow) string {
	var b strings.Builder
	for _, c := range strings.NewReplacer("æ", "ae", "ø", "o", "å", "a").Replace(strings.ToLower(name)) {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			b.WriteRune(c)
		} else if b.Len() > 0 && !strings.HasSuffix(b.String(), "-") {
			b.WriteByte('-')
		}
	}
	base := strings.Trim(b.String()[:min(b.Len(), 36)], "-")
	if base == "" {
		base = "inngang"
	}
	id := base
	for n := 2; slices.ContainsFunc(rows, func(r entranceRow) bool { return r.ID == id }); n++ {
		id = fmt.Sprintf("%s-%d", base, n)
	}
	return id
}

// oneLine is what was typed, on one line.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// ReviewDefault is the day that a new decision is looked at again by.
func (p *zonePage) ReviewDefault() string {
	return p.Wall(p.Now.Add(reviewWithin)).AddDate(0, 0, -1).Format(p.T("2.1.2006", dayForm))
}

// reviewWithin is how long a decision stands at most; signage refuses more.
const reviewWithin = 365 * 24 * time.Hour
