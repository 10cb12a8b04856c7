package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/sjudager/sjudager/web/signage"
)

// signForm is the form that enters a sign, or a further version of one.
type signForm struct {
	Number    string // "": a new one
	Size      signage.Size
	Places    []signage.Place
	Area      signage.Words
	AreaNN    string
	AreaSE    string
	Position  string
	Material  string
	Height    string // in cm, as it is written
	Languages []signage.Language
	State     signage.State
	Why       string
	Wrong     map[string]string
	Refused   string
}

// signFormPage is that form.
type signFormPage struct {
	signFrame
	Form signForm
}

// Further are the languages that a sign may have besides bokmål and English.
func (p *signFormPage) Further() []signage.Language { return signage.Further }

// Ticked reports whether the sign stands before an entrance.
func (p *signFormPage) Ticked(zone, entrance string) bool {
	return slices.Contains(p.Form.Places, signage.Place{Zone: zone, Entrance: entrance})
}

// Speaks reports whether the sign has a further language.
func (p *signFormPage) Speaks(l signage.Language) bool { return slices.Contains(p.Form.Languages, l) }

// States are those that the sign may go into with this form: whatever is up or ordered is
// taken down by a form of its own.
func (p *signFormPage) States() []signage.State { return []signage.State{signage.Ordered, signage.Up} }

func (s *Server) getSignForm(w http.ResponseWriter, r *http.Request) {
	f, err := s.signFrame(r, atSign+"/ny")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	p := &signFormPage{f, signForm{Size: signage.A4, State: signage.Ordered}}
	for _, at := range r.URL.Query()["place"] {
		if place, ok := p.place(at); ok {
			p.Form.Places = append(p.Form.Places, place)
		}
	}
	// What the sign says of its area is what those of the same zone say.
	for _, g := range p.Signs {
		if len(p.Form.Places) > 0 && g.Places[0].Zone == p.Form.Places[0].Zone {
			p.Form.Area = g.Area
		}
	}
	s.draw(w, r, http.StatusOK, "signform", p)
}

func (s *Server) getSignEdit(w http.ResponseWriter, r *http.Request) {
	p, err := s.readSignPage(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	g := p.Shown
	form := signForm{Number: g.Number, Size: g.Size, Places: g.Places, Area: g.Area, AreaNN: g.AreaNN, AreaSE: g.AreaSE, Position: g.Position, Material: g.Material, Languages: g.Languages, State: g.State}
	if g.HeightCM > 0 {
		form.Height = strconv.Itoa(g.HeightCM)
	}
	s.draw(w, r, http.StatusOK, "signform", &signFormPage{p.signFrame, form})
}

// place reads an entrance as forms name it, Z-001/hoved.
func (p *signFormPage) place(text string) (signage.Place, bool) {
	zone, entrance, _ := strings.Cut(text, "/")
	return signage.Place{Zone: zone, Entrance: entrance}, slices.ContainsFunc(p.Zones, func(z signage.Zone) bool {
		return z.Number == zone && slices.ContainsFunc(z.Entrances, func(e signage.Entrance) bool { return e.ID == entrance })
	})
}

// postSignForm enters a sign and leads to it, or answers with the form.
func (s *Server) postSignForm(w http.ResponseWriter, r *http.Request) {
	err := parseForm(r)
	var f signFrame
	if err == nil {
		f, err = s.signFrame(r, atSign+"/ny")
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	p := &signFormPage{signFrame: f}
	g := p.read(r.PostForm)
	status := http.StatusBadRequest
	if len(p.Form.Wrong) == 0 {
		entered, err := s.Signs.PutSign(g, actor(r))
		if err == nil {
			http.Redirect(w, r, p.SignLink(entered.Number, "just", "entered"), http.StatusSeeOther)
			return
		}
		var e *Error
		if e, status = fault(err); e.Code == CodeInternal || e.Code == CodeNotFound {
			s.fail(w, r, err)
			return
		}
		p.Form.Refused = e.Message
	}
	s.draw(w, r, status, "signform", p)
}

// read reads the form that was sent, and says what is wrong with it. What it does not ask
// for stays as it was.
func (p *signFormPage) read(q url.Values) signage.Sign {
	f := signForm{
		Number: q.Get("number"), Size: signage.Size(q.Get("size")), State: signage.State(q.Get("state")), Position: oneLine(q.Get("position")),
		Area: signage.Words{Norwegian: oneLine(q.Get("area_nb")), English: oneLine(q.Get("area_en"))}, AreaNN: oneLine(q.Get("area_nn")), AreaSE: oneLine(q.Get("area_se")), Material: oneLine(q.Get("material")),
		Height: strings.TrimSpace(q.Get("height")), Why: oneLine(q.Get("why")), Wrong: map[string]string{},
	}
	g := p.SignNumbered(f.Number)
	for _, l := range signage.Further {
		if slices.Contains(q["language"], string(l)) {
			f.Languages = append(f.Languages, l)
		}
	}
	for _, at := range q["place"] {
		if place, ok := p.place(at); ok {
			f.Places = append(f.Places, place)
		}
	}
	if len(f.Places) == 0 {
		f.Wrong["place"] = p.T("Kryss av for minst én inngang.", "Tick one entrance at least.")
	}
	if !slices.Contains(signage.Sizes, f.Size) {
		f.Wrong["size"] = p.T("Velg en størrelse.", "Choose a size.")
	}
	if !slices.Contains(p.States(), f.State) {
		f.Wrong["state"] = p.T("Velg om skiltet er bestilt eller henger oppe.", "Choose whether the sign is ordered or up.")
	}
	for _, c := range []struct {
		name, text string
		min, max   int
		missing    string
	}{
		{"area_nb", f.Area.Norwegian, 3, 120, p.T("Skriv hva kameraene ser, på bokmål.", "Write what the cameras see, in bokmål.")},
		{"area_en", f.Area.English, 3, 120, p.T("Skriv hva kameraene ser, på engelsk.", "Write what the cameras see, in English.")},
		{"area_nn", f.AreaNN, 0, 120, ""},
		{"area_se", f.AreaSE, 0, 120, ""},
		{"position", f.Position, 3, 200, p.T("Skriv hvor skiltet henger, så andre finner det.", "Write where the sign hangs, so that others find it.")},
		{"material", f.Material, 0, 60, ""},
		{"why", f.Why, 0, 500, ""},
	} {
		if wrong := p.wrongText(c.text, c.min, c.max, c.missing); wrong != "" {
			f.Wrong[c.name] = wrong
		}
	}
	if slices.Contains(f.Languages, signage.Sami) {
		text := g.Text
		if text == 0 {
			text = p.Current()
		}
		if t, err := p.Snapshot.Text(text); err == nil && t.Facts.Sami == nil {
			f.Wrong["languages"] = p.T("Konfigurasjonen har ingen nordsamisk tekst: skriv den under signage.texts.se.", "The configuration has no words in Northern Sámi: write them under signage.texts.se.")
		} else if wrong := p.wrongText(f.AreaSE, 3, 120, p.T("Skriv hva kameraene ser, på nordsamisk.", "Write what the cameras see, in Northern Sámi.")); wrong != "" {
			f.Wrong["area_se"] = wrong
		}
	}
	height := 0
	if f.Height != "" {
		var err error
		if height, err = strconv.Atoi(f.Height); err != nil || height < 1 || height > 1000 {
			f.Wrong["height"] = p.T("Skriv høyden i hele centimeter, som 160.", "Write the height in whole centimetres, such as 160.")
		}
	}
	p.Form = f
	g.Size, g.Places, g.Area, g.Position, g.Material, g.HeightCM = f.Size, f.Places, f.Area, f.Position, f.Material, height
	g.AreaNN, g.AreaSE, g.Languages, g.State, g.Why = f.AreaNN, f.AreaSE, f.Languages, f.State, f.Why
	return g
}

// postSignState says that a sign is up, or has been taken down, or is printed anew.
func (s *Server) postSignState(w http.ResponseWriter, r *http.Request) {
	p, err := s.readSignPage(r)
	if err == nil {
		err = parseForm(r)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	g, just := p.Shown, ""
	switch do := r.PostForm.Get("do"); {
	case do == "up" && g.State == signage.Ordered:
		g.State, g.Why, just = signage.Up, p.T("hengt opp", "put up"), "up"
	case do == "reprint" && g.Text != p.Current():
		g.Text, g.Why, just = p.Current(), p.F("nytt trykk med tekstversjon %d", "printed anew with text version %d", p.Current()), "reprint"
	case do == "down" && r.PostForm.Get("sure") == "" || do == "down" && oneLine(r.PostForm.Get("why")) == "":
		p.Wrong = map[string]string{"down": p.T("Skriv hvorfor skiltet tas ned, og kryss av.", "Write why the sign is taken down, and tick the box.")}
		p.Why = r.PostForm.Get("why")
		s.draw(w, r, http.StatusBadRequest, "sign", p)
		return
	case do == "down":
		g.State, g.Why, just = signage.Down, oneLine(r.PostForm.Get("why")), "down"
	default: // pressed again, or somebody else has been here
		http.Redirect(w, r, p.SignLink(g.Number), http.StatusSeeOther)
		return
	}
	if _, err := s.Signs.PutSign(g, actor(r)); err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, p.SignLink(g.Number, "just", just), http.StatusSeeOther)
}
