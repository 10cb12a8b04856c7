package web

import "net/http"

// logPage is Logg: the ledger in words.
type logPage struct {
	*frame
	Log Log
}

func (s *Server) getLogPage(w http.ResponseWriter, r *http.Request) {
	var p logPage
	var err error
	if p.frame, err = s.frame(r, atLog); err == nil {
		p.Log, err = s.log(r.URL.Query())
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.draw(w, r, http.StatusOK, "log", &p)
}
