package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Timelines is what cameras have in a span, for drawing: GET /api/v1/timeline.
type Timelines struct {
	Now     footage.Instant `json:"now"`     // what can be played was decided at
	Cameras []Timeline      `json:"cameras"` // in the order that was asked for, or else that of the page
}

// Timeline is one camera's. What is neither footage nor a gap is not recorded, not
// in the vault yet, or gone.
type Timeline struct {
	Camera footage.CameraID `json:"camera"`
	Runs   []Run            `json:"runs"` // that can be played now, in the order of time
	Gaps   []Gap            `json:"gaps"` // in the order of time
}

// Run is a stretch of footage, cut to the span that was asked for.
type Run struct {
	From     footage.Instant `json:"from"`
	To       footage.Instant `json:"to"`
	Held     bool            `json:"held"`
	Codec    footage.Codec   `json:"codec"`
	Deadline footage.Instant `json:"deadline"` // the earliest in it
	Reserved bool            `json:"reserved"` // only the privacy role may view it (R34)
}

func (s *Server) getTimelines(w http.ResponseWriter, r *http.Request) {
	answer, err := s.timelines(r.URL.Query(), viewer(r))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, http.StatusOK, answer)
}

func (s *Server) timelines(q url.Values, viewer footage.Viewer) (Timelines, error) {
	answer := Timelines{Cameras: []Timeline{}}
	span, err := querySpan(q)
	if err != nil {
		return answer, err
	}
	var asked []footage.CameraID
	for _, id := range q["camera"] {
		camera, err := footage.ParseCameraID(id)
		if err != nil {
			return answer, fmt.Errorf("%w: camera: %w", errInvalid, err)
		}
		if !slices.Contains(asked, camera) {
			asked = append(asked, camera)
		}
	}
	err = s.Index.View(func(tx *index.Tx) error {
		answer.Now = tx.Now
		known := s.cameras(tx)
		if asked == nil {
			asked = known
		}
		for _, camera := range asked {
			if !slices.Contains(known, camera) {
				return fmt.Errorf("%w: there is no camera %q", errNotFound, camera)
			}
			line := Timeline{camera, []Run{}, []Gap{}}
			runs, err := vault.TimelineFor(tx, camera, span, viewer)
			if err != nil {
				return err
			}
			for _, r := range runs {
				line.Runs = append(line.Runs, Run{r.From, r.To, r.Held, r.Codec, r.Deadline, r.Reserved})
			}
			for g, err := range vault.Gaps(tx, camera, span) {
				if err != nil {
					return err
				}
				line.Gaps = append(line.Gaps, newGap(g))
			}
			answer.Cameras = append(answer.Cameras, line)
		}
		return nil
	})
	return answer, err
}
