package web

import (
	"mime"
	"net/http"
	"slices"

	"github.com/sjudager/sjudager/web/signage"
)

// PictureLink is the address of a picture of the register.
func (f *frame) PictureLink(p signage.Picture) string { return "/api/v1/signs/photos/" + string(p) }

// ofParts reports whether a form was sent in parts, as one with a file is.
func ofParts(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "multipart/form-data"
}

// parsePhotos reads a form that may have a picture in it.
func parsePhotos(w http.ResponseWriter, r *http.Request) error {
	if ofParts(r) {
		return upload(w, r)
	}
	return parseForm(r)
}

// takePhotos keeps the photo of a form, besides those that were kept when the form was
// refused before: nobody takes a photo twice. One of which nobody says that it shows
// nobody is not kept.
func (s *Server) takePhotos(v *frame, r *http.Request, wrong map[string]string) (all []signage.Picture, err error) {
	for _, p := range r.PostForm["kept"] {
		if !slices.Contains(all, signage.Picture(p)) {
			all = append(all, signage.Picture(p))
		}
	}
	var taken signage.Picture
	if ofParts(r) {
		taken, err = s.photo(r)
	}
	if err != nil {
		switch e, _ := fault(err); e.Code {
		case CodeRefused:
			wrong["nobody"] = v.T("Kryss av for at ingen personer er på bildet, og velg det igjen. Er det noen der, så ta et annet.", "Tick that nobody is in the photo, and choose it again. If somebody is, take another.")
		case CodeInvalid:
			wrong["photo"] = v.T("Bildet kan ikke leses. Det skal være JPEG eller PNG, og høyst 16 MB.", "The photo cannot be read. It is to be a JPEG or PNG of 16 MB at most.")
		default:
			return nil, err
		}
	} else if taken != "" && !slices.Contains(all, taken) {
		all = append(all, taken)
	}
	if len(all) > signage.MaxPhotos {
		wrong["photo"] = v.F("Høyst %d bilder.", "At most %d photos.", signage.MaxPhotos)
	}
	return all, nil
}
