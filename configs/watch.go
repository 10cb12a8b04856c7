package configs

import (
	"context"
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	// quiet is how long nothing may happen before the files are read: an editor
	// writes in several steps, and half a file can be valid with half the
	// cameras.
	quiet = 250 * time.Millisecond
	// longest is how long a busy folder can put that off.
	longest = 2 * time.Second
	// recheck is how often the files are read without any notice of a change,
	// for what notices do not cover: network file systems, folders that were
	// not there, a link in the middle of a path.
	recheck = time.Minute
)

// Watch follows the configuration file at path and the files that it points
// to, until ctx ends; then it returns nil. It returns an error only when the
// system does not let it watch at all.
//
// running is the configuration in force, from Load. Watch calls report with
//
//   - a new configuration and nil, when the files changed into another valid
//     one, since running was loaded or since the last call;
//   - nil and the error, when they changed into something that Load refuses: the
//     caller keeps what it has and raises an alarm;
//   - the configuration in force and nil, when they changed back from an error.
//
// Watch does all its work, and calls report, on the caller's goroutine; it
// leaves none behind.
func Watch(ctx context.Context, path string, running *Config, report func(*Config, error)) error {
	notices, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("couldn't watch configuration: %w", err)
	}
	defer notices.Close() // it held no data
	w := &watch{path: path, notices: notices, report: report, running: running}

	tick := time.NewTicker(recheck)
	defer tick.Stop()
	settled := time.NewTimer(0) // the first check is for changes since Load
	defer settled.Stop()
	var first time.Time // notice since the last check
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			settled.Reset(0)
		case <-settled.C:
			first = time.Time{}
			if w.check() {
				settled.Reset(quiet)
			}
		case <-notices.Events:
			if first.IsZero() {
				first = time.Now()
			}
			settled.Reset(min(quiet, time.Until(first.Add(longest))))
		case <-notices.Errors: // notices were lost, perhaps ours
			settled.Reset(quiet)
		}
	}
}

// watch is what Watch knows; its one goroutine owns it.
type watch struct {
	path    string
	notices *fsnotify.Watcher
	report  func(*Config, error)

	running *Config           // the last valid one
	failed  string            // the error that was reported last, empty after a valid one
	files   []string          // what the last outcome rests on
	seen    [sha256.Size]byte // digest of files at that outcome; zero when it is unknown
}

// check reads the files if their content is not what it was, and reports a new
// outcome. It is true when it should run again soon: it has found out what else
// to look at, and that may have changed before it was watched.
func (w *watch) check() (again bool) {
	// Taken before loading, so that a change in between counts the next time.
	seen := digest(w.files)
	if seen != w.seen {
		c, files, err := load(w.path)
		w.seen = seen
		if again = !slices.Equal(files, w.files); again {
			w.files, w.seen = files, [sha256.Size]byte{}
		}
		w.outcome(c, err)
	}
	return w.follow() || again
}

func (w *watch) outcome(c *Config, err error) {
	switch {
	case err != nil && err.Error() != w.failed:
		w.failed = err.Error()
		w.report(nil, err)
	case err == nil && !sameSettings(c, w.running):
		w.failed, w.running = "", c
		w.report(c, nil)
	case err == nil && w.failed != "":
		w.failed = ""
		w.report(w.running, nil)
	}
}

// follow watches the folders of the files, under the names that the
// configuration uses and where links lead: a file is replaced in its folder, by
// an editor, or in the folder of the link to it. It returns whether one is new.
func (w *watch) follow() (added bool) {
	var wanted []string
	for _, file := range w.files {
		wanted = append(wanted, filepath.Dir(file))
		if real, err := filepath.EvalSymlinks(file); err == nil {
			wanted = append(wanted, filepath.Dir(real))
		}
	}
	before := w.notices.WatchList()
	for _, folder := range before {
		if !slices.Contains(wanted, folder) {
			w.notices.Remove(folder) // fails for a folder that is gone, which is as good
		}
	}
	for _, folder := range wanted {
		// A folder that cannot be watched is left to the recheck.
		if !slices.Contains(before, folder) && w.notices.Add(folder) == nil {
			added = true
		}
	}
	return added
}

// digest stands for the content of files. An unreadable one counts by its
// error, so that it counts when it becomes readable.
func digest(files []string) [sha256.Size]byte {
	all := sha256.New()
	for _, file := range files {
		data, err := readFile(file)
		sum := sha256.Sum256(data)
		fmt.Fprintf(all, "%x %v\n", sum, err)
	}
	return [sha256.Size]byte(all.Sum(nil))
}

// sameSettings tells whether two configurations say the same, whatever the comments
// around it.
func sameSettings(a, b *Config) bool {
	x, y := *a, *b
	x.Digest, y.Digest = [32]byte{}, [32]byte{}
	x.lines, y.lines = nil, nil
	return reflect.DeepEqual(x, y)
}
