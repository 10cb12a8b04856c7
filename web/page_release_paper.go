package web

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/holds/release"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/web/account"
)

// leaf is a document of a package that is printed, by its name in it.
type leaf struct{ Name, Norwegian, English string }

var papers = []leaf{{"02_UTLEVERINGSNOTAT.pdf", "Utleveringsnotat", "Release note"}, {"03_KVITTERING.pdf", "Kvittering", "Receipt"}}

// Papers are the documents of the last package that this machine can read. Of ZIP files
// that is the receipt, which lies beside them.
func (p *releasePage) Papers() (all []leaf) {
	inside := packed(p.Last())
	for _, paper := range papers {
		if inside[paper.Name] != "" {
			all = append(all, paper)
		}
	}
	return all
}

// Parts are the ZIP files of the last package that the reader may fetch, to hand them
// over on a medium of another machine.
func (p *releasePage) Parts() (names []string) {
	if !p.May(account.Release) || mayFetch(p.Shown.Release, p.By, p.Now) != nil {
		return nil
	}
	for name := range packed(p.Last()) {
		if filepath.Ext(name) == ".zip" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// packed are the files at the top of a package, and where they are. There are none once it
// is gone or has been handed over.
func packed(p release.Package) map[string]string {
	all := map[string]string{}
	if p.Built == 0 || p.Gone != 0 || p.HandedOver {
		return all
	}
	files, err := filepath.Glob(strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(p.Path) + "/*/*")
	for _, path := range files {
		if info, serr := os.Stat(path); err == nil && serr == nil && info.Mode().IsRegular() {
			all[filepath.Base(path)] = path
		}
	}
	return all
}

// mayFetch refuses the files of a package to whoever approved it (R68), once it has been
// handed over, and from its deadline on (R100).
func mayFetch(r release.Release, by string, now footage.Instant) error {
	last := lastGiven(r)
	switch {
	case r.State != release.Exported || last.Built == 0:
		return fmt.Errorf("%w: a package is fetched once it is complete, and before it is handed over", errNotFound)
	case r.Approved.By == by && !r.Emergency:
		return fmt.Errorf("%w: a package is fetched by another person than the one who approved it", errDenied)
	case last.Deadline <= now:
		return fmt.Errorf("%w: the package had to go at %s", errNotFound, last.Deadline)
	}
	return nil
}

// getReleasePaper shows a document of the last package, to be printed.
func (s *Server) getReleasePaper(w http.ResponseWriter, r *http.Request) {
	shown, name, path, err := s.packedFile(r)
	var b []byte
	if err == nil && !slices.ContainsFunc(papers, func(p leaf) bool { return p.Name == name }) {
		err = fmt.Errorf("%w: %s is no document to be printed", errNotFound, name)
	}
	if err == nil {
		b, err = os.ReadFile(path)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`inline; filename="%s_%s"`, shown.Number, name))
	w.Write(b)
}

// packedFile finds the file of the last package that r names.
func (s *Server) packedFile(r *http.Request) (shown release.Shown, name, path string, err error) {
	name = chi.URLParam(r, "name")
	if shown, err = s.Releases.Show(chi.URLParam(r, "number")); err != nil {
		return shown, name, "", err
	}
	if path = packed(lastGiven(shown.Release))[name]; path == "" {
		err = fmt.Errorf("%w: there is no file %q", errNotFound, name)
	}
	return shown, name, path, err
}

// getReleasePart sends a ZIP file of the last package, and writes that into the ledger
// before its first byte.
func (s *Server) getReleasePart(w http.ResponseWriter, r *http.Request) {
	shown, name, path, err := s.packedFile(r)
	if err == nil && filepath.Ext(name) != ".zip" {
		err = fmt.Errorf("%w: %s is no part of it", errNotFound, name)
	}
	if err == nil {
		err = mayFetch(shown.Release, actor(r), s.now())
	}
	var f *os.File
	if err == nil {
		f, err = os.Open(path)
	}
	if err == nil {
		defer f.Close()
		if from := r.Header.Get("Range"); r.Method != http.MethodHead && (from == "" || strings.HasPrefix(from, "bytes=0-")) {
			err = s.fetched(shown.Release, actor(r))
		}
	}
	if err == nil {
		err = unhurried(w)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	http.ServeContent(w, r, "", time.Time{}, f)
}

// fetched writes down that a part of a release's package was taken out.
func (s *Server) fetched(r release.Release, by string) error {
	var cameras []footage.CameraID
	all := r.Given[0].Span
	for _, g := range r.Given {
		cameras = append(cameras, g.Cameras...)
		all.From, all.To = min(all.From, g.From), max(all.To, g.To)
	}
	slices.Sort(cameras)
	return s.Index.Update(func(tx *index.Tx) error {
		_, err := ledger.Append(tx, ledger.Entry{Kind: ledger.Exported, By: by, Details: map[string]string{"purpose": r.Number},
			Fields: ledger.Fields{"cameras": slices.Compact(cameras), "from": all.From, "to": all.To}})
		return err
	})
}
