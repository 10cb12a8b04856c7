package web

import (
	"net/http"
	"strings"

	"github.com/sjudager/sjudager/vault/footage"
)

// settingsPage is Innstillinger: what is configured, to be read, and how each camera
// answers to it now.
type settingsPage struct {
	*frame
	Groups  []settingGroup
	Cameras []footage.Health

	Tested *CameraTest // what came of the test that was asked for

	Fingerprint string // of the certificate of https; "" over http
}

// settingGroup is the values below one of the configuration's first keys, or those of
// one camera.
type settingGroup struct {
	Name     string
	Settings []Setting
}

func (s *Server) getSettings(w http.ResponseWriter, r *http.Request) { s.drawSettings(w, r, nil) }

func (s *Server) drawSettings(w http.ResponseWriter, r *http.Request, tested *CameraTest) {
	p := settingsPage{Cameras: s.Health(), Tested: tested}
	var err error
	if p.frame, err = s.frame(r, atSettings); err != nil {
		s.fail(w, r, err)
		return
	}
	if s.Fingerprint != nil {
		p.Fingerprint = s.Fingerprint()
	}
	for _, v := range s.Settings() {
		name, rest, nested := strings.Cut(v.Path, ".")
		if !nested {
			name, rest = "", v.Path
		}
		if n := len(p.Groups); n == 0 || p.Groups[n-1].Name != name {
			p.Groups = append(p.Groups, settingGroup{Name: name})
		}
		g := &p.Groups[len(p.Groups)-1]
		v.Path = rest
		g.Settings = append(g.Settings, v)
	}
	s.draw(w, r, http.StatusOK, "settings", &p)
}
