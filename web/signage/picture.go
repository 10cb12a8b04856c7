package signage

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
)

// Picture is the SHA-256 of a picture that the register keeps, in lower-case hex, or
// empty: a photo of a sign, or a plan.
type Picture string

var hexName = regexp.MustCompile(`^[0-9a-f]{64}$`)

func (p Picture) check() error {
	if !hexName.MatchString(string(p)) {
		return invalid("%q is not the SHA-256 of a picture", string(p))
	}
	return nil
}

func (s *Signs) picturePath(p Picture) string { return filepath.Join(s.Dir, string(p)) }

// has returns an error unless the picture is kept.
func (s *Signs) has(p Picture) error {
	if err := p.check(); err != nil {
		return err
	}
	switch _, err := os.Stat(s.picturePath(p)); {
	case errors.Is(err, fs.ErrNotExist):
		return invalid("there is no picture %s: upload it first", p)
	case err != nil:
		return fmt.Errorf("couldn't look for a picture: %w", err)
	}
	return nil
}
