package spool

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/sjudager/sjudager/vault/footage"
)

// gapFile is a gap as its file has it; the camera and the beginning are in the
// file's name as well, and the name counts.
type gapFile struct {
	Camera footage.CameraID `json:"camera"`
	From   footage.Instant  `json:"from"`
	To     footage.Instant  `json:"to"`
	Cause  footage.Cause    `json:"cause"`
	Detail string           `json:"detail,omitempty"`
}

// AddGap makes g durable. A gap of the same camera that begins at the same
// instant is replaced. An empty gap is not a gap and leaves nothing.
func (s *Spool) AddGap(g footage.Gap) error {
	if g.Span.Empty() {
		return nil
	}
	err := s.writeJSON(g.Camera, g.Span.From.Compact()+gapExt, gapFile{g.Camera, g.Span.From, g.Span.To, g.Cause, g.Detail})
	if err != nil {
		return fmt.Errorf("couldn't write down a gap: %w", err)
	}
	return nil
}

// GapEntry is a gap in the spool.
type GapEntry struct {
	Gap  footage.Gap
	Path string
}

// Gaps returns the gaps in the spool, in no particular order. A file that is not
// a gap in spite of its name is left out of it and joined to the error.
func (s *Spool) Gaps() ([]GapEntry, error) {
	var gaps []GapEntry
	var bad []error
	err := s.walk(func(f file) error {
		if f.kind != gapExt {
			return nil
		}
		var g gapFile
		switch err := readJSON(f.path, &g); {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			bad = append(bad, err)
		default:
			gaps = append(gaps, GapEntry{footage.Gap{
				Camera: f.camera, Span: footage.Span{From: f.at, To: g.To}, Cause: g.Cause, Detail: g.Detail,
			}, f.path})
		}
		return nil
	})
	return gaps, errors.Join(append(bad, err)...)
}

func (s *Spool) writeJSON(c footage.CameraID, name string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	path := s.path(c, name)
	write := func(w io.Writer) error { _, err := w.Write(append(data, '\n')); return err }
	err = s.disk.WriteFile(path, write)
	if errors.Is(err, fs.ErrNotExist) { // the camera's first file
		if err = s.disk.MakeDir(s.path(c, "")); err == nil {
			err = s.disk.WriteFile(path, write)
		}
	}
	return err
}

func readJSON(path string, v any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("couldn't read %s: %w", path, err)
	}
	return nil
}
