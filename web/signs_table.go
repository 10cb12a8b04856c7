package web

import (
	"fmt"
	"io"
	"mime"
	"net/http"

	"github.com/sjudager/sjudager/web/signage"
)

// maxTable is how many bytes a table has at most.
const maxTable = 1 << 20

// getTable is GET /api/v1/signs/table: signs, zones or camera sheets as CSV.
func (s *Server) getTable(w http.ResponseWriter, r *http.Request) {
	now, err := s.Signs.Now()
	var file []byte
	name := "skilt"
	switch of := r.URL.Query().Get("of"); {
	case err != nil:
	case of == "" || of == "signs":
		file, err = now.SignsCSV()
	case of == "zones":
		name = "soner"
		file, err = now.ZonesCSV()
	case of == "cameras":
		name = "kameraer"
		file, err = now.SheetsCSV()
	default:
		err = fmt.Errorf("%w: of is signs, zones or cameras", errInvalid)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.file(w, "text/csv; charset=utf-8", name+".csv", file)
}

// postTable is POST /api/v1/signs/table: takes a table in, or says what it would do.
func (s *Server) postTable(w http.ResponseWriter, r *http.Request) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	dry := r.URL.Query().Get("dry_run")
	switch {
	case err != nil || kind != "text/csv":
		err = fmt.Errorf("%w: send the table as text/csv", errMediaType)
	case dry != "" && dry != "true" && dry != "false":
		err = fmt.Errorf("%w: dry_run is true or false", errInvalid)
	}
	var file []byte
	if err == nil {
		allow(w, r, maxTable)
		file, err = io.ReadAll(r.Body)
	}
	var done signage.Import
	if err == nil {
		done, err = s.Signs.Import(file, dry == "true", actor(r))
	}
	entered(s, w, r, http.StatusOK, done, err)
}
