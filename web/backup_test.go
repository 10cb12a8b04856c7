package web

import (
	"net/http"
	"testing"
)

func TestBackup(t *testing.T) {
	s := newSite(t, saturday)
	if b := call[Backup](s, http.StatusOK, "POST", "/api/v1/backup", ""); b.Made != "/mnt/backup/one" {
		t.Errorf("%+v", b)
	}
	if r := s.ask("GET", "/api/v1/backup", ""); r.Code != http.StatusOK || r.Body.String() != "a backup" || r.Header().Get("Content-Type") != "application/octet-stream" {
		t.Errorf("%d %v %q", r.Code, r.Header(), r.Body)
	}
	s.noBackup = true
	s.refused(http.StatusConflict, CodeRefused, "GET", "/api/v1/backup", "")
}
