package seal

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
)

// Hour is one camera's footage that starts within one hour of UTC: what one
// identity seals.
type Hour struct {
	Camera footage.CameraID
	From   footage.Instant // on the hour
}

// HourOf returns the camera-hour of a segment.
func HourOf(camera footage.CameraID, start footage.Instant) Hour {
	return Hour{camera, footage.At(start.Time().Truncate(time.Hour))}
}

// Span is the span in which the segments of h start.
func (h Hour) Span() footage.Span { return footage.Span{From: h.From, To: h.From.Add(time.Hour)} }

const (
	hourTime = "2006-01-02T15"
	heldExt  = ".held" // the file keys of single segments
)

// keyExts are of the identity, and of those that are made when it, and those before
// them, cannot be read.
var keyExts = []string{".key", ".2.key", ".3.key", ".4.key"}

// String returns h as its files are called: "k01/2026-07-04T19".
func (h Hour) String() string {
	return string(h.Camera) + "/" + h.From.Time().Format(hourTime)
}

// parseHour reads a file's name below the folder of the keys.
func parseHour(camera, name string) (Hour, error) {
	id, err := footage.ParseCameraID(camera)
	if err != nil {
		return Hour{}, err
	}
	base, ext, _ := strings.Cut(name, ".")
	at, err := time.Parse(hourTime, base)
	if h := (Hour{id, footage.At(at)}); err == nil && h.String() == camera+"/"+base && ("."+ext == heldExt || slices.Contains(keyExts, "."+ext)) {
		return h, nil
	}
	return Hour{}, fmt.Errorf("%q is not the name of a key", name)
}
