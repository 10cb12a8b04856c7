package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/sjudager/sjudager/vault/footage"
)

// CameraTest is how a camera answers when it is asked for its video once: POST
// /api/v1/cameras/{camera}/test. It never holds a password.
type CameraTest struct {
	Camera    footage.CameraID `json:"camera"`
	Works     bool             `json:"works"`     // a key frame came
	Transport string           `json:"transport"` // "" when no stream has begun
	Codec     footage.Codec    `json:"codec"`     // "" likewise
	Width     int              `json:"width"`     // pixels; 0 when it is not known
	Height    int              `json:"height"`
	FPS       float64          `json:"fps"`    // as seen; 0 when it is not known
	KeyMS     int64            `json:"key_ms"` // from the beginning to the first key frame
	// ClockOffsetMS is how far the camera's clock is ahead; null when it does not say.
	ClockOffsetMS *int64 `json:"clock_offset_ms"`

	Cause  footage.Cause `json:"cause"`  // why it does not work; "" when it does
	Detail string        `json:"detail"` // the same in words
	Advice string        `json:"advice"` // what to do about it
}

// testsAtOnce is how many cameras are tested at a time.
const testsAtOnce = 4

// tests are the cameras that are being tested.
type tests struct {
	mu    sync.Mutex
	under map[footage.CameraID]bool
}

// begin takes a place, if there is one; end gives it back.
func (t *tests) begin(c footage.CameraID) (end func(), ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.under[c] || len(t.under) >= testsAtOnce {
		return nil, false
	}
	if t.under == nil {
		t.under = map[footage.CameraID]bool{}
	}
	t.under[c] = true
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.under, c)
	}, true
}

// test tests the camera that r names. It ends when whoever asks leaves.
func (s *Server) test(r *http.Request) (CameraTest, error) {
	camera, err := footage.ParseCameraID(chi.URLParam(r, "camera"))
	if err != nil {
		return CameraTest{}, fmt.Errorf("%w: camera: %w", errInvalid, err)
	}
	if !slices.ContainsFunc(s.Health(), func(h footage.Health) bool { return h.Camera == camera }) {
		return CameraTest{}, fmt.Errorf("%w: no camera %q is configured", errNotFound, camera)
	}
	end, ok := s.tests.begin(camera)
	if !ok {
		return CameraTest{}, fmt.Errorf("%w: this camera is being tested, or %d others are", errBusy, testsAtOnce)
	}
	defer end()
	t, err := s.TestCamera(r.Context(), camera)
	if err == nil {
		err = context.Cause(r.Context())
	}
	return t, err
}

func (s *Server) postCameraTest(w http.ResponseWriter, r *http.Request) {
	if err := document(r, &struct{}{}); err != nil {
		s.fail(w, r, err)
		return
	}
	t, err := s.test(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, http.StatusOK, t)
}

// postCameraTestForm answers with the page, and what came of the test in it.
func (s *Server) postCameraTestForm(w http.ResponseWriter, r *http.Request) {
	if err := parseForm(r); err != nil {
		s.fail(w, r, err)
		return
	}
	t, err := s.test(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.drawSettings(w, r, &t)
}

// Offset is how far a camera's clock is off, in words.
func (t tongue) Offset(ms int64) string {
	switch d := time.Duration(ms) * time.Millisecond; {
	case max(d, -d) < time.Second:
		return t.T("kameraets klokke går riktig, på under et sekund nær", "the camera's clock is right to within a second")
	case d > 0:
		return t.F("kameraets klokke går %s for fort", "the camera's clock is %s ahead", t.For(d))
	default:
		return t.F("kameraets klokke går %s for sent", "the camera's clock is %s behind", t.For(-d))
	}
}

// KeyWait is how long the first key frame took.
func (t tongue) KeyWait(ms int64) string {
	return t.F("første nøkkelbilde etter %d ms", "first key frame after %d ms", ms)
}
