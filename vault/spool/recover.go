package spool

import (
	"errors"
	"fmt"
	"os"

	"github.com/sjudager/sjudager/vault/footage"
)

// Recovered is what Recover did with one unfinished segment.
type Recovered struct {
	Camera footage.CameraID
	Span   footage.Span // of what was kept; empty when it was removed
	Bytes  int64        // kept
	Cut    int64        // bytes cut off or removed
	Path   string       // of the completed segment; "" when it was removed
}

// Recover mends what an earlier process left behind, before anyone writes: parts
// are cut at the last whole fragment and completed, with the mark at their end,
// or removed when nothing whole is in them; leftovers of gaps and marks go. It
// returns what it did, also beside an error; one bad part does not keep it from
// the others.
func (s *Spool) Recover() ([]Recovered, error) {
	var done []Recovered
	var bad []error
	err := s.walk(func(f file) error {
		switch f.kind {
		case tempExt:
			bad = append(bad, s.Remove(f.path))
		case partExt:
			r, err := s.recoverPart(f)
			if err != nil {
				bad = append(bad, fmt.Errorf("couldn't recover %s: %w", f.path, err))
			} else {
				done = append(done, r)
			}
		}
		return nil
	})
	return done, errors.Join(append(bad, err)...)
}

func (s *Spool) recoverPart(f file) (Recovered, error) {
	file, err := os.OpenFile(f.path, os.O_RDWR, 0)
	if err != nil {
		return Recovered{}, err
	}
	p := &Part{disk: &s.disk, f: file, path: f.path}
	r := Recovered{Camera: f.camera}
	length := f.info.Size()
	size, ticks, err := wholeFragments(file, length)
	if err != nil {
		return r, errors.Join(err, file.Close())
	}
	r.Bytes, r.Cut = size, length-size
	p.size = size
	if err := errors.Join(file.Truncate(size), p.Sync()); err != nil {
		return r, errors.Join(err, file.Close())
	}
	until := End(f.at, ticks)
	mark, _, err := s.Mark(f.camera) // an unreadable mark is worth less than this one
	if err != nil || mark.Until < until {
		if err := s.SetMark(f.camera, Mark{Until: until}); err != nil {
			return r, errors.Join(err, file.Close())
		}
	}
	if size > 0 {
		r.Span = footage.Span{From: f.at, To: until}
		r.Path = f.path[:len(f.path)-len(partExt)] + segmentExt
	}
	return r, p.Complete()
}
