package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"

	"github.com/go-chi/chi/v5"
)

//go:embed templates
var templateFiles embed.FS

//go:embed assets
var assetFiles embed.FS

// assetsAt is the folder that the pages ask for style, scripts and pictures in.
// It is named by a hash of all of them, so that browsers may keep them for good
// and modules can still import each other by their plain names.
var assetsAt = func() string {
	sum := sha256.New()
	if err := fs.WalkDir(assetFiles, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := assetFiles.ReadFile(name)
		fmt.Fprintf(sum, "%s %d\n%s", name, len(b), b)
		return err
	}); err != nil {
		panic(err) // embedded files
	}
	return "/assets/" + hex.EncodeToString(sum.Sum(nil)[:8])
}()

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"asset": func(name string) string { return assetsAt + "/" + name },
	"json": func(v any) (string, error) {
		b, err := json.Marshal(v)
		return string(b), err
	},
	// give gives a template that draws one thing among many the page as well.
	"give": func(page any, more ...any) map[string]any {
		m := map[string]any{"P": page}
		for i := 0; i+1 < len(more); i += 2 {
			m[more[i].(string)] = more[i+1]
		}
		return m
	},
}).ParseFS(templateFiles, "templates/*.html"))

// page writes a page, or a part of one, by its template's name.
func (s *Server) page(w http.ResponseWriter, status int, name string, data any) {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name, data); err != nil {
		s.Log.Error("couldn't draw the page", "template", name, "error", err)
		http.Error(w, "internal error; the log says more", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Vary", "Accept-Language")
	w.WriteHeader(status)
	w.Write(b.Bytes()) // an error here is the client's leaving
}

// failPage is what fail answers outside the API.
func (s *Server) failPage(w http.ResponseWriter, r *http.Request, e *Error, status int) {
	t := tongue{lang: language(r)}
	var text, detail string
	switch e.Code {
	case CodeNotFound:
		text = t.T("Denne siden finnes ikke.", "There is no such page.")
	case CodeGone:
		text = t.T("Dette opptaket finnes ikke, eller det er slettet.", "There is no such footage, or it has been deleted.")
	case CodeInternal:
		text = t.T("Noe gikk galt hos oss. Loggen sier mer.", "Something went wrong on our side. The log says more.")
	default:
		text, detail = t.T("Forespørselen ble avvist.", "The request was refused."), e.Message
	}
	s.page(w, status, "fault", struct {
		tongue
		Text, Detail string
		Status       int
	}{t, text, detail, status})
}

func (s *Server) getAsset(w http.ResponseWriter, r *http.Request) {
	name := chi.URLParam(r, "file")
	if path.Dir(r.URL.Path) != assetsAt {
		s.fail(w, r, fmt.Errorf("%w: there is nothing at %s", errNotFound, r.URL.Path))
		return
	}
	b, err := assetFiles.ReadFile("assets/" + name)
	if err != nil {
		s.fail(w, r, fmt.Errorf("%w: there is nothing at %s", errNotFound, r.URL.Path))
		return
	}
	w.Header().Set("Content-Type", contentTypes[path.Ext(name)])
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Write(b)
}

var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}
