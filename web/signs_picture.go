package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web/signage"
)

const (
	maxUpload    = signage.MaxUpload + 1<<20 // bytes of a form with one picture
	uploadWithin = 3 * time.Minute           // over a telephone's network
)

// Uploaded is what POST /api/v1/signs/photos answers: the picture that became of it.
type Uploaded struct {
	SHA256 signage.Picture `json:"sha256"`
}

// PlanChange is the body of POST /api/v1/signs/plans/{number}: what is left out stays.
type PlanChange struct {
	Name string `json:"name,omitempty"`
	Gone *bool  `json:"gone,omitempty"`
}

// MarkRequest is the body of POST /api/v1/signs/plans/{number}/place: all of a mark.
type MarkRequest struct {
	Camera    string `json:"camera,omitempty"`
	Sign      string `json:"sign,omitempty"`
	X         int    `json:"x"`
	Y         int    `json:"y"`
	Direction int    `json:"direction,omitempty"`
	View      int    `json:"view,omitempty"`
	Gone      bool   `json:"gone,omitempty"` // take it off the plan
}

// Plans is GET /api/v1/signs/plans.
type Plans struct {
	Plans []PlanState `json:"plans"`
}

// allow lets a request have a larger body than maxBody.
func allow(w http.ResponseWriter, r *http.Request, most int64) {
	if b, ok := r.Body.(body); ok {
		r.Body = http.MaxBytesReader(w, b.whole, most)
	}
}

// upload reads a form that may have a picture in it, multipart/form-data. All of it stays
// in memory: what has not been made anew is written nowhere.
func upload(w http.ResponseWriter, r *http.Request) error {
	if !ofParts(r) {
		return fmt.Errorf("%w: send the request as multipart/form-data", errMediaType)
	}
	allow(w, r, maxUpload)
	control, until := http.NewResponseController(w), time.Now().Add(uploadWithin)
	if err := errors.Join(control.SetReadDeadline(until), control.SetWriteDeadline(until.Add(answerWithin))); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("couldn't set a deadline: %w", err)
	}
	err := r.ParseMultipartForm(maxUpload)
	if _, ok := errors.AsType[*http.MaxBytesError](err); err != nil && !ok {
		err = fmt.Errorf("%w: %w", errInvalid, err)
	}
	return err
}

// uploaded is the file of a form's field; nil when none was chosen.
func uploaded(r *http.Request, field string) ([]byte, error) {
	f, _, err := r.FormFile(field)
	if errors.Is(err, http.ErrMissingFile) {
		return nil, nil
	}
	var file []byte
	if err == nil {
		defer f.Close()
		file, err = io.ReadAll(f)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errInvalid, err)
	}
	return file, nil
}

// photo keeps the photo of a form that upload has read: its field "photo", with "nobody"
// as whoever sends it says that nobody is in it. Without a photo it is empty.
func (s *Server) photo(r *http.Request) (signage.Picture, error) {
	file, err := uploaded(r, "photo")
	if err != nil || len(file) == 0 {
		return "", err
	}
	return s.Signs.AddPhoto(file, r.PostFormValue("nobody") == "yes", actor(r))
}

func (s *Server) postPhoto(w http.ResponseWriter, r *http.Request) {
	err := upload(w, r)
	var p signage.Picture
	if err == nil {
		p, err = s.photo(r)
	}
	if err == nil && p == "" {
		err = fmt.Errorf("%w: the field photo is missing", errInvalid)
	}
	entered(s, w, r, http.StatusCreated, Uploaded{p}, err)
}

func (s *Server) getPicture(w http.ResponseWriter, r *http.Request) {
	file, err := s.Signs.Picture(signage.Picture(chi.URLParam(r, "sha256")))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", http.DetectContentType(file))
	w.Write(file) // an error here is the client's leaving
}

func (s *Server) getPlans(w http.ResponseWriter, r *http.Request) {
	now, err := s.signsAt(r)
	entered(s, w, r, http.StatusOK, Plans{plans(now)}, err)
}

// postPlan enters a plan, or with "number" another picture of one.
func (s *Server) postPlan(w http.ResponseWriter, r *http.Request) {
	err := upload(w, r)
	var p signage.Plan
	if err == nil {
		p, err = s.plan(r)
	}
	entered(s, w, r, http.StatusCreated, p, err)
}

// plan enters the plan of a form that upload has read: its fields "number", "name" and
// "picture".
func (s *Server) plan(r *http.Request) (signage.Plan, error) {
	p := signage.Plan{Number: r.PostFormValue("number"), Name: r.PostFormValue("name")}
	file, err := uploaded(r, "picture")
	if err != nil {
		return p, err
	}
	if len(file) == 0 {
		return p, fmt.Errorf("%w: the field picture is missing", errInvalid)
	}
	if p.Picture, err = s.Signs.AddDrawing(file, actor(r)); err != nil {
		return p, err
	}
	return s.Signs.PutPlan(p, actor(r))
}

func (s *Server) postPlanChange(w http.ResponseWriter, r *http.Request) {
	var ask PlanChange
	err := document(r, &ask)
	var p signage.Plan
	if err == nil {
		p, err = s.Signs.ChangePlan(chi.URLParam(r, "number"), ask.Name, ask.Gone, actor(r))
	}
	entered(s, w, r, http.StatusOK, p, err)
}

func (s *Server) postMark(w http.ResponseWriter, r *http.Request) {
	var ask MarkRequest
	err := document(r, &ask)
	var m signage.Mark
	if err == nil {
		m, err = s.Signs.Place(signage.Mark{Plan: chi.URLParam(r, "number"), Camera: footage.CameraID(ask.Camera), Sign: ask.Sign,
			X: ask.X, Y: ask.Y, Direction: ask.Direction, View: ask.View, Gone: ask.Gone}, actor(r))
	}
	entered(s, w, r, http.StatusCreated, m, err)
}
