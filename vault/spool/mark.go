package spool

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/sjudager/sjudager/vault/footage"
)

// Mark says up to when a camera's time is accounted for by segments and gaps,
// and why nothing follows. It outlives the segments, which the vault takes away.
type Mark struct {
	Until  footage.Instant `json:"until"`
	Cause  footage.Cause   `json:"cause,omitempty"` // of the gap that begins at Until; "" when it was recording then
	Detail string          `json:"detail,omitempty"`
}

// SetMark makes m the mark of camera c, durably.
func (s *Spool) SetMark(c footage.CameraID, m Mark) error {
	if err := s.writeJSON(c, markName, m); err != nil {
		return fmt.Errorf("couldn't set the mark of %s: %w", c, err)
	}
	return nil
}

// Mark returns the mark of camera c and whether it has one.
func (s *Spool) Mark(c footage.CameraID) (Mark, bool, error) {
	var m Mark
	err := readJSON(s.path(c, markName), &m)
	if errors.Is(err, fs.ErrNotExist) {
		return Mark{}, false, nil
	}
	if err != nil {
		return Mark{}, false, fmt.Errorf("couldn't read the mark of %s: %w", c, err)
	}
	return m, true, nil
}
