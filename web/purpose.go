package web

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web/account"
)

// Purpose is why footage may be watched (R55). Its code is what is written down.
type Purpose struct {
	Code      string `json:"code"`
	Norwegian string `json:"nb"`
	English   string `json:"en"`
}

// In is the purpose in the reader's language.
func (p Purpose) In(f framed) string { return f.around().T(p.Norwegian, p.English) }

// Purposes is GET /api/v1/purposes.
type Purposes struct {
	Cameras map[footage.CameraID][]Purpose `json:"cameras"` // that ask for one, and from which to choose
	Stated  map[footage.CameraID]string    `json:"stated"`  // codes of those that this session has stated
}

// PurposeRequest is the body of POST /api/v1/purpose: it counts for these cameras
// and the rest of the session.
type PurposeRequest struct {
	Purpose string             `json:"purpose"`
	Cameras []footage.CameraID `json:"cameras"`
}

// purposes are those of a camera, none where the site asks for none.
func (s *Server) purposes(camera footage.CameraID) []Purpose {
	if s.Purposes == nil {
		return nil
	}
	return s.Purposes(camera)
}

// purpose is the code of why whoever makes the request watches a camera, or
// errPurpose. People state it once in a session; programs give it with each request,
// as purpose=; over the socket it may be left out.
func (s *Server) purpose(r *http.Request, camera footage.CameraID) (string, error) {
	return s.purposeOf(identity(r), r.URL.Query().Get("purpose"), camera)
}

func (s *Server) purposeOf(who *account.Identity, code string, camera footage.CameraID) (string, error) {
	all := s.purposes(camera)
	switch {
	case len(all) == 0:
		return "", nil
	case who != nil && who.Session != nil:
		code = who.Session.Purposes[string(camera)]
	case code == "" && (who == nil || !who.Token):
		return "", nil
	}
	if !slices.ContainsFunc(all, func(p Purpose) bool { return p.Code == code }) {
		return "", fmt.Errorf("%w: %s", errPurpose, camera)
	}
	return code, nil
}

// asks are the cameras of which somebody still has to state a purpose, and the
// purposes that all of them have. A player asks before it shows them.
func (s *Server) asks(who *account.Identity, cameras ...footage.CameraID) (ask []footage.CameraID, common []Purpose) {
	for _, c := range cameras {
		if _, err := s.purposeOf(who, "", c); err == nil {
			continue
		}
		if all := s.purposes(c); len(ask) == 0 {
			common = slices.Clone(all)
		} else {
			common = slices.DeleteFunc(common, func(p Purpose) bool { return !slices.Contains(all, p) })
		}
		ask = append(ask, c)
	}
	return ask, common
}

func (s *Server) setPurpose(r *http.Request, code string, cameras []footage.CameraID) error {
	who := identity(r)
	if who == nil || who.Session == nil {
		return fmt.Errorf("%w: only a session remembers a purpose; give it with each request, as purpose=", errInvalid)
	}
	if len(cameras) == 0 {
		return fmt.Errorf("%w: no camera is named", errInvalid)
	}
	for _, c := range cameras {
		if !slices.ContainsFunc(s.purposes(c), func(p Purpose) bool { return p.Code == code }) {
			return fmt.Errorf("%w: %q is not a purpose of %q", errInvalid, code, c)
		}
	}
	return s.Accounts.SetPurpose(who.Session, code, cameras)
}

func (s *Server) getPurposes(w http.ResponseWriter, r *http.Request) {
	answer := Purposes{map[footage.CameraID][]Purpose{}, map[footage.CameraID]string{}}
	for _, h := range s.Health() {
		if all := s.purposes(h.Camera); len(all) > 0 {
			answer.Cameras[h.Camera] = all
		}
	}
	if who := identity(r); who.Session != nil {
		for c, code := range who.Session.Purposes {
			answer.Stated[footage.CameraID(c)] = code
		}
	}
	s.answer(w, http.StatusOK, answer)
}

func (s *Server) postPurpose(w http.ResponseWriter, r *http.Request) {
	var ask PurposeRequest
	err := document(r, &ask)
	if err == nil {
		err = s.setPurpose(r, ask.Purpose, ask.Cameras)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, http.StatusOK, ask)
}

// postPurposeForm is the same as a form: purpose, one or more camera, and next, where
// to go on.
func (s *Server) postPurposeForm(w http.ResponseWriter, r *http.Request) {
	err := parseForm(r)
	if err == nil {
		var cameras []footage.CameraID
		for _, c := range r.PostForm["camera"] {
			cameras = append(cameras, footage.CameraID(c))
		}
		err = s.setPurpose(r, r.PostForm.Get("purpose"), cameras)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, within(r.PostForm.Get("next")), http.StatusSeeOther)
}
