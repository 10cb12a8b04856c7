package web

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"

	"github.com/go-chi/chi/v5"

	"github.com/sjudager/sjudager/holds/release"
)

// papers are the documents of a package that are printed, by their names in it.
var papers = []struct{ Name, Norwegian, English string }{
	{"02_UTLEVERINGSNOTAT.pdf", "Utleveringsnotat", "Release note"},
	{"03_KVITTERING.pdf", "Kvittering", "Receipt"},
}

// Papers are the documents of the last package that can be printed: it is complete, and
// lies as a folder where this machine can read it.
func (p *releasePage) Papers() (all []struct{ Name, Norwegian, English string }) {
	for _, paper := range papers {
		if _, err := paperPath(p.Last(), paper.Name); err == nil {
			all = append(all, paper)
		}
	}
	return all
}

// paperPath is where a document of a package lies: in its folder, or beside its ZIP files.
func paperPath(p release.Package, name string) (string, error) {
	if p.Built == 0 || p.Gone != 0 || p.HandedOver {
		return "", os.ErrNotExist
	}
	inside, err := os.ReadDir(p.Path)
	for _, folder := range append([]string{""}, names(inside)...) {
		path := filepath.Join(p.Path, folder, name)
		if _, ferr := os.Stat(path); err == nil && ferr == nil {
			return path, nil
		}
	}
	return "", os.ErrNotExist
}

func names(inside []os.DirEntry) (all []string) {
	for _, e := range inside {
		all = append(all, e.Name())
	}
	return all
}

// getReleasePaper shows a document of the last package, to be printed.
func (s *Server) getReleasePaper(w http.ResponseWriter, r *http.Request) {
	shown, err := s.Releases.Show(chi.URLParam(r, "number"))
	name := chi.URLParam(r, "name")
	var b []byte
	if err == nil {
		err = fmt.Errorf("%w: there is no document %q", errNotFound, name)
		if n := len(shown.Packages); n > 0 && slices.ContainsFunc(papers, func(p struct{ Name, Norwegian, English string }) bool { return p.Name == name }) {
			if path, perr := paperPath(shown.Packages[n-1], name); perr == nil {
				b, err = os.ReadFile(path)
			}
		}
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`inline; filename="%s_%s"`, shown.Number, name))
	w.Write(b)
}
