package web

import (
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web/signage"
)

// CameraPapers is GET /api/v1/cameras/papers: the sheets and assessments of all cameras,
// as they stand or stood.
type CameraPapers struct {
	At          footage.Instant      `json:"at"`
	Sheets      []signage.Sheet      `json:"sheets"`
	Assessments []signage.Assessment `json:"assessments"` // the oldest first; the latest of a camera or zone is in force
	Purposes    []string             `json:"purposes"`    // that a sheet may name
}

// SheetRequest is the body of POST /api/v1/cameras/{camera}/sheet: all of a sheet, not
// only what changes.
type SheetRequest struct {
	Kind      signage.CameraKind `json:"kind"`
	Position  string             `json:"position,omitempty"`
	HeightCM  int                `json:"height_cm,omitempty"`
	Direction *int               `json:"direction_deg,omitempty"`
	View      int                `json:"field_of_view_deg,omitempty"`
	Pixels    int                `json:"px_per_m,omitempty"`
	Make      string             `json:"make,omitempty"`
	Model     string             `json:"model,omitempty"`
	Firmware  string             `json:"firmware,omitempty"`
	Serial    string             `json:"serial,omitempty"`
	MAC       string             `json:"mac,omitempty"`
	Masks     string             `json:"masks,omitempty"`
	Purposes  []string           `json:"purposes,omitempty"`
}

// AssessmentRequest is the body of POST /api/v1/cameras/{camera}/assessment and of
// POST /api/v1/signs/zones/{number}/assessment.
type AssessmentRequest struct {
	Interest     string                `json:"interest"`
	Incidents    string                `json:"incidents"`
	Alternatives string                `json:"alternatives"`
	Necessity    string                `json:"necessity"`
	Balance      string                `json:"balance"`
	Safeguards   string                `json:"safeguards"`
	Approved     bool                  `json:"approved"`
	Decider      string                `json:"decided_by"`
	Decided      footage.Instant       `json:"decided"`
	Review       footage.Instant       `json:"review"`
	DPIA         string                `json:"dpia"`
	Consultation *signage.Consultation `json:"consultation,omitempty"`
}

// getPapers answers with all sheets and assessments.
func (s *Server) getPapers(w http.ResponseWriter, r *http.Request) {
	now, err := s.signsAt(r)
	entered(s, w, r, http.StatusOK, CameraPapers{now.At, append([]signage.Sheet{}, now.Sheets...), append([]signage.Assessment{}, now.Assessments...), append([]string{}, now.Live.Purposes...)}, err)
}

// getSheet answers with a camera's sheet.
func (s *Server) getSheet(w http.ResponseWriter, r *http.Request) {
	now, err := s.signsAt(r)
	camera := footage.CameraID(chi.URLParam(r, "camera"))
	sheet, ok := now.SheetOf(camera)
	if err == nil && !ok {
		err = fmt.Errorf("%w: %q has no sheet", errNotFound, camera)
	}
	entered(s, w, r, http.StatusOK, sheet, err)
}

func (s *Server) postSheet(w http.ResponseWriter, r *http.Request) {
	var ask SheetRequest
	err := document(r, &ask)
	var sheet signage.Sheet
	if err == nil {
		sheet, err = s.Signs.PutSheet(signage.Sheet{
			Camera: footage.CameraID(chi.URLParam(r, "camera")), Kind: ask.Kind, Position: ask.Position, HeightCM: ask.HeightCM, Direction: ask.Direction, View: ask.View, Pixels: ask.Pixels,
			Make: ask.Make, Model: ask.Model, Firmware: ask.Firmware, Serial: ask.Serial, MAC: ask.MAC, Masks: ask.Masks, Purposes: ask.Purposes,
		}, actor(r))
	}
	entered(s, w, r, http.StatusCreated, sheet, err)
}

// getAssessment answers with the assessment that applies to a camera: its own, or that
// of its zone.
func (s *Server) getAssessment(w http.ResponseWriter, r *http.Request) {
	now, err := s.signsAt(r)
	camera := footage.CameraID(chi.URLParam(r, "camera"))
	cover, _ := now.CoverOf(camera)
	a, ok := now.AssessmentOf(camera, cover.Number)
	if err == nil && !ok {
		err = fmt.Errorf("%w: there is no assessment of %q", errNotFound, camera)
	}
	entered(s, w, r, http.StatusOK, a, err)
}

func (s *Server) postAssessment(w http.ResponseWriter, r *http.Request) {
	s.assess(w, r, signage.Assessment{Camera: footage.CameraID(chi.URLParam(r, "camera"))})
}

func (s *Server) postZoneAssessment(w http.ResponseWriter, r *http.Request) {
	s.assess(w, r, signage.Assessment{Zone: chi.URLParam(r, "number")})
}

func (s *Server) assess(w http.ResponseWriter, r *http.Request, of signage.Assessment) {
	var ask AssessmentRequest
	err := document(r, &ask)
	if err == nil {
		of, err = s.Signs.Assess(signage.Assessment{
			Camera: of.Camera, Zone: of.Zone, Interest: ask.Interest, Incidents: ask.Incidents, Alternatives: ask.Alternatives, Necessity: ask.Necessity, Balance: ask.Balance, Safeguards: ask.Safeguards,
			Approved: ask.Approved, Decider: ask.Decider, Decided: ask.Decided, Review: ask.Review, DPIA: ask.DPIA, Consultation: ask.Consultation,
		}, actor(r))
	}
	entered(s, w, r, http.StatusCreated, of, err)
}
