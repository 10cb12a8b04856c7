package web

import "net/http"

// settingsPage is Innstillinger: what is configured, to be read.
type settingsPage struct{ *frame }

func (s *Server) getSettings(w http.ResponseWriter, r *http.Request) {
	f, err := s.frame(r, atSettings)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.draw(w, r, http.StatusOK, "settings", &settingsPage{f})
}
