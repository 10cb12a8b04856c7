package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"

	"github.com/go-chi/chi/v5"
)

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
