package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web/signage"
)

// SignRegister is GET /api/v1/signs: the register as it stands, or stood at the instant
// that the query gives.
type SignRegister struct {
	At          footage.Instant      `json:"at"`
	Facts       signage.Facts        `json:"facts"` // of the configuration in force
	Texts       []TextVersion        `json:"texts"` // the oldest first
	Kinds       []signage.KindRule   `json:"kinds"`
	Checks      []signage.Check      `json:"checks"` // of an inspection
	Zones       []signage.Zone       `json:"zones"`
	Signs       []SignState          `json:"signs"`
	Inspections []signage.Inspection `json:"inspections"` // the oldest first
	Overrides   []signage.Override   `json:"overrides"`
	Rounds      []signage.Progress   `json:"rounds"` // the newest first
	Plans       []PlanState          `json:"plans"`
}

// PlanState is a plan and what is marked on it.
type PlanState struct {
	signage.Plan
	Marks []signage.Mark `json:"marks"`
}

// TextVersion is a version of what signs and notice say, in brief.
type TextVersion struct {
	Number    int             `json:"number"`
	Updated   footage.Instant `json:"updated"`
	Effective footage.Instant `json:"effective"`
	Retired   footage.Instant `json:"retired"` // "" is in force
}

// SignState is a sign and whether it is valid.
type SignState struct {
	signage.Sign
	Standing signage.Standing `json:"standing"`
}

// Coverage is GET /api/v1/signs/coverage.
type Coverage struct {
	At      footage.Instant `json:"at"`
	Cameras []signage.Cover `json:"cameras"`
}

// ZoneRequest is the body of POST /api/v1/signs/zones.
type ZoneRequest struct {
	Number    string             `json:"number,omitempty"` // left out: a new zone
	Name      string             `json:"name"`
	Kind      signage.Kind       `json:"kind"`
	Entrances []signage.Entrance `json:"entrances"`
	Decision  *signage.Decision  `json:"decision,omitempty"`
	Staff     bool               `json:"staff,omitempty"`
	Limited   bool               `json:"limited,omitempty"`
}

// SignRequest is the body of POST /api/v1/signs: all of a sign, not only what changes.
type SignRequest struct {
	Number   string          `json:"number,omitempty"` // left out: a new sign
	Size     signage.Size    `json:"size"`
	Places   []signage.Place `json:"places"`
	Area     signage.Words   `json:"area"`
	Position string          `json:"position"`
	Text     int             `json:"text,omitempty"` // left out: the version in force
	State    signage.State   `json:"state"`
	Why      string          `json:"why,omitempty"`

	Material  string             `json:"material,omitempty"`
	HeightCM  int                `json:"height_cm,omitempty"`
	Photo     signage.Picture    `json:"photo,omitempty"`
	Languages []signage.Language `json:"languages,omitempty"`
	AreaNN    string             `json:"area_nn,omitempty"`
	AreaSE    string             `json:"area_se,omitempty"`
}

// InspectionRequest is the body of POST /api/v1/signs/{number}/inspect.
type InspectionRequest struct {
	Occasion signage.Occasion `json:"occasion"`
	Failed   []signage.Check  `json:"failed,omitempty"`
	Defect   string           `json:"defect,omitempty"`
	Due      footage.Instant  `json:"due,omitzero"`

	Round  int               `json:"round,omitempty"`
	Photos []signage.Picture `json:"photos,omitempty"`
}

// OverrideRequest is the body of POST /api/v1/signs/overrides.
type OverrideRequest struct {
	Camera footage.CameraID `json:"camera"`
	Reason string           `json:"reason"`
}

// EmptyRequest is the body of a POST that says all in its address.
type EmptyRequest struct{}

// signsAt is the register as the query asks for it: as it stands, or stood.
func (s *Server) signsAt(r *http.Request) (signage.Snapshot, error) {
	at := r.URL.Query().Get("at")
	if at == "" {
		return s.Signs.Now()
	}
	t, err := time.Parse(time.RFC3339Nano, at)
	if err != nil {
		return signage.Snapshot{}, fmt.Errorf("%w: at is not an RFC 3339 time: %q", errInvalid, at)
	}
	register, now, err := s.Signs.Register()
	switch {
	case err != nil:
		return signage.Snapshot{}, err
	case footage.At(t) > now:
		return signage.Snapshot{}, fmt.Errorf("%w: %s is yet to come", errInvalid, at)
	}
	return register.Snapshot(footage.At(t)), nil
}

func (s *Server) getSigns(w http.ResponseWriter, r *http.Request) {
	now, err := s.signsAt(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	a := SignRegister{
		At: now.At, Facts: now.Live.Facts, Texts: []TextVersion{}, Kinds: signage.KindRules, Checks: signage.Checks,
		Zones: append([]signage.Zone{}, now.Zones...), Signs: []SignState{}, Inspections: append([]signage.Inspection{}, now.Inspections...), Overrides: append([]signage.Override{}, now.Overrides...),
		Rounds: now.AllProgress(), Plans: plans(now),
	}
	for _, t := range now.Texts {
		a.Texts = append(a.Texts, TextVersion{t.Number, t.Updated, t.Effective, t.Retired})
	}
	for _, g := range now.Signs {
		a.Signs = append(a.Signs, SignState{g, now.Standing(g)})
	}
	s.answer(w, http.StatusOK, a)
}

func plans(now signage.Snapshot) []PlanState {
	all := []PlanState{}
	for _, p := range now.Plans {
		v := PlanState{p, []signage.Mark{}}
		for _, m := range now.Marks {
			if m.Plan == p.Number {
				v.Marks = append(v.Marks, m)
			}
		}
		all = append(all, v)
	}
	return all
}

func (s *Server) getCoverage(w http.ResponseWriter, r *http.Request) {
	now, err := s.signsAt(r)
	a := Coverage{At: now.At, Cameras: append([]signage.Cover{}, now.Coverage()...)}
	if camera := r.URL.Query().Get("camera"); err == nil && camera != "" {
		c, ok := now.CoverOf(footage.CameraID(camera))
		if a.Cameras = []signage.Cover{c}; !ok {
			err = fmt.Errorf("%w: the configuration of then has no camera %q", errNotFound, camera)
		}
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, http.StatusOK, a)
}

// entered answers with what was entered into the register.
func entered[T any](s *Server, w http.ResponseWriter, r *http.Request, status int, v T, err error) {
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, status, v)
}

func (s *Server) postZone(w http.ResponseWriter, r *http.Request) {
	var ask ZoneRequest
	err := document(r, &ask)
	var z signage.Zone
	if err == nil {
		z, err = s.Signs.PutZone(signage.Zone{Number: ask.Number, Name: ask.Name, Kind: ask.Kind, Entrances: ask.Entrances, Decision: ask.Decision, Staff: ask.Staff, Limited: ask.Limited}, actor(r))
	}
	entered(s, w, r, http.StatusCreated, z, err)
}

func (s *Server) postSign(w http.ResponseWriter, r *http.Request) {
	var ask SignRequest
	err := document(r, &ask)
	var g signage.Sign
	if err == nil {
		g, err = s.Signs.PutSign(signage.Sign{Number: ask.Number, Size: ask.Size, Places: ask.Places, Area: ask.Area, Position: ask.Position, Text: ask.Text, State: ask.State, Why: ask.Why,
			Material: ask.Material, HeightCM: ask.HeightCM, Photo: ask.Photo, Languages: ask.Languages, AreaNN: ask.AreaNN, AreaSE: ask.AreaSE}, actor(r))
	}
	entered(s, w, r, http.StatusCreated, g, err)
}

func (s *Server) postInspection(w http.ResponseWriter, r *http.Request) {
	var ask InspectionRequest
	err := document(r, &ask)
	var i signage.Inspection
	if err == nil {
		i, err = s.Signs.Inspect(signage.Inspection{Sign: chi.URLParam(r, "number"), Occasion: ask.Occasion, Failed: append([]signage.Check{}, ask.Failed...), Defect: ask.Defect, Due: ask.Due,
			Round: ask.Round, Photos: ask.Photos}, actor(r))
	}
	entered(s, w, r, http.StatusCreated, i, err)
}

func (s *Server) postMend(w http.ResponseWriter, r *http.Request) {
	n, err := counted(r)
	var i signage.Inspection
	if err == nil {
		i, err = s.Signs.Mend(n, actor(r))
	}
	entered(s, w, r, http.StatusOK, i, err)
}

func (s *Server) postOverride(w http.ResponseWriter, r *http.Request) {
	var ask OverrideRequest
	err := document(r, &ask)
	var o signage.Override
	if err == nil {
		o, err = s.Signs.Excuse(ask.Camera, ask.Reason, actor(r))
	}
	entered(s, w, r, http.StatusCreated, o, err)
}

func (s *Server) postEndOverride(w http.ResponseWriter, r *http.Request) {
	n, err := counted(r)
	var o signage.Override
	if err == nil {
		o, err = s.Signs.EndExcuse(n, actor(r))
	}
	entered(s, w, r, http.StatusOK, o, err)
}

// counted reads the number in the address of a request whose body says nothing.
func counted(r *http.Request) (int, error) {
	if err := document(r, &EmptyRequest{}); err != nil {
		return 0, err
	}
	return addressed(r)
}

func addressed(r *http.Request) (int, error) {
	n, err := strconv.Atoi(chi.URLParam(r, "number"))
	if err != nil {
		return 0, fmt.Errorf("%w: %q is not a number", errNotFound, chi.URLParam(r, "number"))
	}
	return n, nil
}

// getSignPDF prints a sign with the text version that its record names, on its own paper
// or on that which the query asks for.
func (s *Server) getSignPDF(w http.ResponseWriter, r *http.Request) {
	now, err := s.Signs.Now()
	if err != nil {
		s.fail(w, r, err)
		return
	}
	for _, g := range now.Signs {
		if g.Number != chi.URLParam(r, "number") {
			continue
		}
		text, err := now.Text(g.Text)
		var file []byte
		if g.Size = cmp.Or(signage.Size(r.URL.Query().Get("size")), g.Size); !slices.Contains(signage.Sizes, g.Size) {
			err = fmt.Errorf("%w: size is one of %s", errInvalid, signage.Sizes)
		}
		if err == nil {
			file, err = signage.Print(g, text)
		}
		if err != nil {
			s.fail(w, r, err)
			return
		}
		s.file(w, "application/pdf", fmt.Sprintf("skilt-%s-%d-%s.pdf", g.Number, text.Number, g.Size), file)
		return
	}
	s.fail(w, r, fmt.Errorf("%w: there is no sign %q", errNotFound, chi.URLParam(r, "number")))
}

// getNotice answers with a version of the notice: the document, the page or the paper.
func (s *Server) getNotice(w http.ResponseWriter, r *http.Request) {
	n, err := addressed(r)
	var now signage.Snapshot
	if err == nil {
		now, err = s.Signs.Now()
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	q := r.URL.Query()
	l := signage.Language(cmp.Or(q.Get("lang"), string(signage.Norwegian)))
	t, err := now.Text(n)
	var file []byte
	kind, ext := "application/pdf", "pdf"
	switch format := cmp.Or(q.Get("format"), "json"); {
	case err != nil:
	case l != signage.Norwegian && l != signage.English:
		err = fmt.Errorf("%w: lang is nb or en", errInvalid)
	case format == "json":
		s.answer(w, http.StatusOK, t)
		return
	case format == "pdf":
		file, err = t.PDF(l)
	case format == "html":
		kind, ext = "text/html; charset=utf-8", "html"
		file, err = signage.HTML(now.Texts, n, l)
	default:
		err = fmt.Errorf("%w: format is json, html or pdf", errInvalid)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.file(w, kind, fmt.Sprintf("kameraovervaking-%d-%s.%s", n, l, ext), file)
}

// getPublished answers with all versions of the notice, ready for a web server.
func (s *Server) getPublished(w http.ResponseWriter, r *http.Request) {
	now, err := s.Signs.Now()
	var file []byte
	if err == nil {
		file, err = signage.Publish(now.Texts)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.file(w, "application/zip", "kameraovervaking.zip", file)
}
