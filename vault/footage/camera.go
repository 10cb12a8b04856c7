package footage

import (
	"errors"
	"fmt"
)

// CameraID names one configured RTSP source, such as "k01-inngang": one to
// forty characters of a-z, 0-9 and "-", beginning with a letter or a digit. It
// is part of file names, object keys and index keys, which is why it admits
// neither "/" nor ".".
type CameraID string

// MaxCameraID is the greatest length of a CameraID in bytes. Forty leaves a
// path in a handover package well under the 200 characters that Windows opens
// everywhere (R95).
const MaxCameraID = 40

// ErrCameraID is wrapped by what ParseCameraID returns.
var ErrCameraID = errors.New("not a camera id")

// ParseCameraID returns s as a CameraID, or an error that wraps ErrCameraID and
// says which rule s breaks.
func ParseCameraID(s string) (CameraID, error) {
	switch {
	case s == "":
		return "", fmt.Errorf("%w: it is empty", ErrCameraID)
	case len(s) > MaxCameraID:
		return "", fmt.Errorf("%w: %q has %d characters, at most %d are allowed", ErrCameraID, s, len(s), MaxCameraID)
	case s[0] == '-':
		return "", fmt.Errorf("%w: %q begins with a hyphen", ErrCameraID, s)
	}
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' {
			return "", fmt.Errorf("%w: %q has %q; only a-z, 0-9 and - are allowed", ErrCameraID, s, r)
		}
	}
	return CameraID(s), nil
}
