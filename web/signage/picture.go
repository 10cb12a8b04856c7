package signage

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/sjudager/sjudager/vault/durable"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/web/signage/picture"
)

// Picture is the SHA-256 of a picture that the register keeps, in lower-case hex, or
// empty: a photo of a sign, or a plan.
type Picture string

var hexName = regexp.MustCompile(`^[0-9a-f]{64}$`)

// orphanAfter is how long a picture that no record names is kept: whoever has uploaded it
// may be about to enter what it is of.
const orphanAfter = 24 * time.Hour

// MaxUpload is how many bytes an uploaded picture has at most.
const MaxUpload = picture.MaxBytes

// AddPhoto takes in a photo that somebody uploads, made anew (see the room picture).
// Nobody says that there are no people in it; without that it is refused (R124).
func (s *Signs) AddPhoto(upload []byte, nobody bool, by string) (Picture, error) {
	if !nobody {
		return "", refused("a photo of a sign has no people in it (R124): take another, and say so")
	}
	return s.addPicture(upload, picture.Photo, by, "photo")
}

// AddDrawing takes in the picture of a plan, made anew.
func (s *Signs) AddDrawing(upload []byte, by string) (Picture, error) {
	return s.addPicture(upload, picture.Drawing, by, "drawing")
}

func (s *Signs) addPicture(upload []byte, anew func([]byte) ([]byte, error), by, what string) (Picture, error) {
	s.pictures.Lock()
	defer s.pictures.Unlock()
	file, err := anew(upload)
	if errors.Is(err, picture.ErrUnfit) {
		return "", fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if err != nil {
		return "", err
	}
	if err := KeepPicture(s.Dir, file); err != nil {
		return "", err
	}
	p := hashOf(file)
	err = s.Index.Update(func(tx *index.Tx) error { return note(tx, by, what, "uploaded", string(p)) })
	if err != nil {
		return "", fmt.Errorf("couldn't write into the ledger: %w", err)
	}
	return p, nil
}

func hashOf(file []byte) Picture {
	sum := sha256.Sum256(file)
	return Picture(hex.EncodeToString(sum[:]))
}

// KeepPicture writes a picture into a folder under its own SHA-256, durably.
func KeepPicture(dir string, file []byte) error {
	var disk durable.Disk
	err := disk.MakeDir(dir)
	if err == nil {
		err = disk.WriteFile(filepath.Join(dir, string(hashOf(file))), func(w io.Writer) error { _, err := w.Write(file); return err })
	}
	if err != nil {
		return fmt.Errorf("couldn't keep a picture: %w", err)
	}
	return nil
}

// Pictures are the names of all pictures in a folder: their SHA-256.
func Pictures(dir string) (all []string, err error) {
	files, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("couldn't list the pictures: %w", err)
	}
	for _, f := range files {
		if hexName.MatchString(f.Name()) {
			all = append(all, f.Name())
		}
	}
	return all, nil
}

// Picture reads a picture, a JPEG or PNG. One whose bytes are not what its name says is
// an error: it may have been exchanged.
func (s *Signs) Picture(p Picture) ([]byte, error) {
	if !hexName.MatchString(string(p)) {
		return nil, fmt.Errorf("%w: %q is not the SHA-256 of a picture", ErrNotFound, string(p))
	}
	file, err := os.ReadFile(filepath.Join(s.Dir, string(p)))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: there is no picture %s", ErrNotFound, p)
	case err != nil:
		return nil, fmt.Errorf("couldn't read a picture: %w", err)
	case hashOf(file) != p:
		return nil, fmt.Errorf("couldn't read a picture: what lies at %s is another", p)
	}
	return file, nil
}

// has returns an error unless the picture is kept. It is asked in the transaction that
// writes the record, so that RemoveOrphans does not take the picture away in between.
func (s *Signs) has(p Picture) error {
	if !hexName.MatchString(string(p)) {
		return invalid("%q is not the SHA-256 of a picture", string(p))
	}
	switch _, err := os.Stat(filepath.Join(s.Dir, string(p))); {
	case errors.Is(err, fs.ErrNotExist):
		return invalid("there is no picture %s: upload it first", p)
	case err != nil:
		return fmt.Errorf("couldn't look for a picture: %w", err)
	}
	return nil
}

// named are the pictures that a record names.
func (r *Register) named() (all []Picture) {
	for _, g := range r.Signs {
		all = append(all, g.Photo)
	}
	for _, i := range r.Inspections {
		all = append(all, i.Photos...)
	}
	for _, p := range r.Plans {
		all = append(all, p.Picture)
	}
	return all
}

// RemoveOrphans removes pictures that no record has come to name within a day, and what a
// crash has left of one, and returns how many.
func (s *Signs) RemoveOrphans() (n int, err error) {
	s.pictures.Lock()
	defer s.pictures.Unlock()
	err = s.change(func(tx *index.Tx, r *Register) error {
		files, err := os.ReadDir(s.Dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("couldn't list the pictures: %w", err)
		}
		named := r.named()
		var disk durable.Disk
		for _, f := range files {
			name := strings.TrimSuffix(f.Name(), durable.TempExt)
			info, err := f.Info()
			if err != nil {
				return fmt.Errorf("couldn't look at a picture: %w", err)
			}
			if !hexName.MatchString(name) || name == f.Name() && slices.Contains(named, Picture(name)) || tx.Now < footage.At(info.ModTime()).Add(orphanAfter) {
				continue
			}
			if err := disk.Remove(filepath.Join(s.Dir, f.Name())); err != nil {
				return fmt.Errorf("couldn't remove a picture: %w", err)
			}
			n++
		}
		if n == 0 {
			return nil
		}
		return disk.SyncDir(s.Dir)
	})
	return n, err
}

// Run removes orphans each hour until ctx ends.
func (s *Signs) Run(ctx context.Context) {
	for each := time.NewTicker(time.Hour); ; {
		switch n, err := s.RemoveOrphans(); {
		case err != nil:
			s.Log.Error("couldn't remove pictures that no record names", "error", err)
		case n > 0:
			s.Log.Info("pictures that no record names are removed", "pictures", n)
		}
		select {
		case <-ctx.Done():
			each.Stop()
			return
		case <-each.C:
		}
	}
}
