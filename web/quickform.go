package web

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
)

// postQuickForm keeps what a zone, or the cameras that are shown, saw around an
// instant: two clicks in a hurry. Why is written when somebody confirms it (R33).
func (s *Server) postQuickForm(w http.ResponseWriter, r *http.Request) {
	f, ok := posted(s, w, r, s.framing(atHolds))
	if !ok {
		return
	}
	placed, err := s.quickHold(r, f)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, f.HoldLink(placed.Hold.Number, "just", "placed"), http.StatusSeeOther)
}

func (s *Server) quickHold(r *http.Request, f *frame) (placed holds.Placed, err error) {
	q := r.PostForm
	at := instant(q.Get("at"))
	if at == 0 {
		at = f.Now
	}
	ask := holds.Request{
		Span:   footage.Span{From: at.Add(-holds.QuickAround), To: at.Add(holds.QuickAround)},
		Ground: holds.Ground(q.Get("ground")), By: actor(r), Happened: at, Quick: true,
		Reason: f.F("Hurtigsikring rundt %s", "Quick hold around %s", f.Full(at)),
	}
	if zone := q.Get("zone"); zone != "" {
		cameras, known := s.Zones()[zone]
		if !known {
			err = fmt.Errorf("%w: there is no zone %q", errInvalid, zone)
		}
		ask.Cameras = cameras
	}
	for _, id := range q["camera"] {
		camera, wrong := footage.ParseCameraID(id)
		if wrong != nil {
			err = errors.Join(err, fmt.Errorf("%w: camera: %w", errInvalid, wrong))
		}
		ask.Cameras = append(ask.Cameras[:len(ask.Cameras):len(ask.Cameras)], camera)
	}
	if at > f.Now {
		err = errors.Join(err, fmt.Errorf("%w: %s is yet to come", errInvalid, at))
	}
	if err == nil {
		placed, err = s.Holds.Place(ask)
	}
	return placed, err
}
