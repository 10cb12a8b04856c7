package web

import (
	"errors"
	"net/http"
	"slices"

	"github.com/sjudager/sjudager/web/signage"
)

// PictureLink is the address of a picture of the register.
func (f *frame) PictureLink(p signage.Picture) string { return "/api/v1/signs/pictures/" + string(p) }

// formOfPhotos lets a form with photos be as large as they are, and take as long as a bad
// connection needs.
func (s *Server) formOfPhotos(w http.ResponseWriter, r *http.Request) {}

// parsePhotos reads a form that may have photos.
func parsePhotos(r *http.Request) error {
	err := r.ParseMultipartForm(4 << 20)
	if errors.Is(err, http.ErrNotMultipart) {
		return parseForm(r)
	}
	return err
}

// takePhotos keeps the photos of a form, and those that it has kept before.
func (s *Server) takePhotos(v *frame, r *http.Request, wrong map[string]string) (all []signage.Picture, err error) {
	for _, p := range r.PostForm["kept"] {
		if !slices.Contains(all, signage.Picture(p)) {
			all = append(all, signage.Picture(p))
		}
	}
	return all, nil
}
