package spool

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/sjudager/sjudager/vault/durable"
	"github.com/sjudager/sjudager/vault/footage"
)

const (
	partExt    = ".part"
	segmentExt = ".mp4"
	badExt     = ".bad"
	gapExt     = ".gap"
	tempExt    = durable.TempExt
	markName   = "mark.json"
)

// Spool is the spool in one folder. All methods may be called from any
// goroutine; for one camera only one goroutine creates parts, adds gaps and sets
// the mark.
type Spool struct {
	dir    string
	folder *os.File // dir; kept open, since Sync tells of what went wrong from then on
	disk   durable.Disk
}

// Open opens the spool in dir and makes the folder when there is none.
func Open(dir string) (*Spool, error) {
	s := &Spool{dir: dir}
	if err := s.disk.MakeDir(dir); err != nil {
		return nil, fmt.Errorf("couldn't open the spool: %w", err)
	}
	var err error
	if s.folder, err = os.Open(dir); err != nil {
		return nil, fmt.Errorf("couldn't open the spool: %w", err)
	}
	return s, nil
}

// OpenReadOnly returns the spool in dir, which need not be there, to be looked at.
func OpenReadOnly(dir string) *Spool { return &Spool{dir: dir} }

// Dir is the folder of the spool.
func (s *Spool) Dir() string { return s.dir }

// Entry is a segment in the spool.
type Entry struct {
	Camera footage.CameraID
	Start  footage.Instant
	Path   string
	Bytes  int64
}

// Segments returns the complete segments, oldest first.
func (s *Spool) Segments() ([]Entry, error) { return s.entries(segmentExt) }

// Damaged returns the segments that were set aside, oldest first.
func (s *Spool) Damaged() ([]Entry, error) { return s.entries(badExt) }

func (s *Spool) entries(ext string) ([]Entry, error) {
	var entries []Entry
	err := s.walk(func(f file) error {
		if f.kind == ext {
			entries = append(entries, Entry{f.camera, f.at, f.path, f.info.Size()})
		}
		return nil
	})
	slices.SortFunc(entries, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.Camera, b.Camera))
	})
	return entries, err
}

// Strangers returns the paths of everything in the spool whose name is not of
// its grammar. Nothing here touches them.
func (s *Spool) Strangers() ([]string, error) {
	var paths []string
	err := s.walk(func(f file) error {
		if f.kind == "" {
			paths = append(paths, f.path)
		}
		return nil
	})
	return paths, err
}

// Usage is how full the spool is.
type Usage struct {
	Bytes    int64           // of all files
	Segments int             // complete ones
	Oldest   footage.Instant // start of the oldest complete one; 0 when there is none
}

// Usage measures the spool, parts and strangers in the cameras' folders included.
func (s *Spool) Usage() (Usage, error) {
	var u Usage
	err := s.walk(func(f file) error {
		if f.info.Mode().IsRegular() {
			u.Bytes += f.info.Size()
		}
		if f.kind == segmentExt {
			u.Segments++
			if u.Oldest == 0 || f.at < u.Oldest {
				u.Oldest = f.at
			}
		}
		return nil
	})
	return u, err
}

// Sync makes durable what has been written to all parts, and the names of all
// files, and whatever else has been written to the same file system: for the disk it
// is one piece of work, where syncing each part would be as many as there are.
func (s *Spool) Sync() error {
	if err := s.disk.SyncAll(s.folder); err != nil {
		return fmt.Errorf("couldn't sync the spool: %w", err)
	}
	return nil
}

// Space returns how many bytes can still be written to the disk that the spool lies
// on, and how many the disk has.
func (s *Spool) Space() (free, total int64, err error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(s.dir, &fs); err != nil {
		return 0, 0, fmt.Errorf("couldn't ask how full the spool's disk is: %w", err)
	}
	return int64(fs.Bavail) * fs.Bsize, int64(fs.Blocks) * fs.Bsize, nil
}

// maxReserve is the most that is left alone of a disk. A hundred cameras of 4 Mbit/s
// fill as much in ten seconds, which is a sync and a key frame interval.
const maxReserve = 512 << 20

// Reserve is how many bytes are left alone of a disk that has so many, a twentieth of a
// small one: the index lies there as well, and without it nothing can be deleted. The
// recorder begins no segment that would go into them.
func Reserve(total int64) int64 { return min(maxReserve, total/20) }

// Disk identifies the disk that the spool lies on.
func (s *Spool) Disk() (uint64, error) {
	var info unix.Stat_t
	if err := unix.Stat(s.dir, &info); err != nil {
		return 0, fmt.Errorf("couldn't ask for the spool's disk: %w", err)
	}
	return info.Dev, nil
}

// Remove removes segments and gaps for good. It is no error when they are gone.
func (s *Spool) Remove(paths ...string) (err error) {
	folders := map[string]bool{}
	for _, path := range paths {
		if e := s.disk.Remove(path); e != nil && !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, fmt.Errorf("couldn't remove from the spool: %w", e))
		}
		folders[filepath.Dir(path)] = true
	}
	for folder := range folders {
		err = errors.Join(err, s.disk.SyncDir(folder))
	}
	return err
}

// SetAside renames a segment that could not be read, so that Segments no longer
// returns it and Damaged does. Its deadline still applies.
func (s *Spool) SetAside(e Entry) error {
	if err := s.disk.Rename(e.Path, strings.TrimSuffix(e.Path, segmentExt)+badExt); err != nil {
		return fmt.Errorf("couldn't set a damaged segment aside: %w", err)
	}
	return s.disk.SyncDir(filepath.Dir(e.Path))
}

// file is something that walk came upon.
type file struct {
	camera footage.CameraID
	at     footage.Instant // from the name, of a segment, part or gap
	kind   string          // its extension, markName, or "" for a stranger
	path   string
	info   fs.FileInfo
}

// walk calls visit for everything in the spool and goes on when files vanish
// under it: the recorder and the vault are at work.
func (s *Spool) walk(visit func(file) error) error {
	cameras, err := os.ReadDir(s.dir)
	if err != nil {
		return fmt.Errorf("couldn't read the spool: %w", err)
	}
	for _, c := range cameras {
		id, err := footage.ParseCameraID(c.Name())
		if err != nil || !c.IsDir() {
			info, err := c.Info()
			if err != nil {
				continue
			}
			if err := visit(file{path: filepath.Join(s.dir, c.Name()), info: info}); err != nil {
				return err
			}
			continue
		}
		files, err := os.ReadDir(filepath.Join(s.dir, c.Name()))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("couldn't read the spool: %w", err)
		}
		for _, entry := range files {
			info, err := entry.Info()
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return fmt.Errorf("couldn't read the spool: %w", err)
			}
			f := file{camera: id, path: filepath.Join(s.dir, c.Name(), entry.Name()), info: info}
			if f.info.Mode().IsRegular() {
				f.kind, f.at = parseName(entry.Name())
			}
			if err := visit(f); err != nil {
				return err
			}
		}
	}
	return nil
}

func parseName(name string) (kind string, at footage.Instant) {
	if name == markName {
		return markName, 0
	}
	ext := filepath.Ext(name)
	switch ext {
	case tempExt:
		return ext, 0
	case partExt, segmentExt, badExt, gapExt:
		if at, err := footage.ParseCompact(strings.TrimSuffix(name, ext)); err == nil {
			return ext, at
		}
	}
	return "", 0
}

func (s *Spool) path(c footage.CameraID, name string) string {
	return filepath.Join(s.dir, string(c), name)
}

// Has reports whether the complete segment of camera that starts at start is in
// the spool.
func (s *Spool) Has(camera footage.CameraID, start footage.Instant) (bool, error) {
	_, err := os.Stat(s.path(camera, start.Compact()+segmentExt))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
