package web

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

//go:embed templates
var templateFiles embed.FS

// pages are the templates by the name of the page: each has the frame, the parts
// that several pages share, and its own file in templates/page. They are read when the
// server is made: the commands, which only need its JSON, start without them.
var pages = sync.OnceValue(func() map[string]*template.Template {
	shared := template.Must(template.New("").Funcs(template.FuncMap{
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
	files, err := fs.Glob(templateFiles, "templates/page/*.html")
	if err != nil {
		panic(err) // the pattern is ours
	}
	all := map[string]*template.Template{}
	for _, file := range files {
		all[strings.TrimSuffix(path.Base(file), ".html")] = template.Must(template.Must(shared.Clone()).ParseFS(templateFiles, file))
	}
	return all
})

// partLive asks for what of a page stays up to date by itself, without its head.
const partLive = "live"

// framed is the data of a page, which embeds its *frame.
type framed interface{ around() *frame }

func (f *frame) around() *frame { return f }

// refreshEvery is how often a page asks for its live parts.
const refreshEvery = 5 * time.Second

// draw writes the page of that name. A page that asks for
// its live parts again is told when to do so next: a viewer costs at most a
// fiftieth of a core, and what takes long to make is asked for less often.
func (s *Server) draw(w http.ResponseWriter, r *http.Request, status int, name string, data framed) {
	part := "frame"
	if r.Method == http.MethodGet && r.URL.Query().Get("part") == partLive {
		part = partLive
		w.Header().Set("Refresh-After", fmt.Sprint(max(refreshEvery, 50*time.Since(data.around().began)).Milliseconds()))
	}
	s.write(w, status, name, part, data)
}

// write writes a template of a page.
func (s *Server) write(w http.ResponseWriter, status int, page, name string, data any) {
	var b bytes.Buffer
	if err := pages()[page].ExecuteTemplate(&b, name, data); err != nil {
		s.Log.Error("couldn't draw the page", "page", page, "template", name, "error", err)
		http.Error(w, "internal error; the log says more", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Vary", "Accept-Language")
	w.WriteHeader(status)
	w.Write(b.Bytes()) // an error here is the client's leaving
}

// failPage is what fail answers outside the API. It needs nothing that could fail.
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
	s.write(w, status, "fault", "fault", struct {
		tongue
		Text, Detail string
		Status       int
	}{t, text, detail, status})
}
