package vault

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/fsnotify/fsnotify"
)

// watcher nudges changed when a file is finished (renamed into place) below a
// spool folder. It is a hint, not a promise: Run also looks by the clock.
type watcher struct {
	fs      *fsnotify.Watcher
	changed chan struct{}
	done    chan struct{}
}

func watch(dir string) (*watcher, error) {
	fs, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("couldn't watch the spool: %w", err)
	}
	w := &watcher{fs, make(chan struct{}, 1), make(chan struct{})}
	if err := fs.Add(dir); err != nil {
		fs.Close()
		return nil, fmt.Errorf("couldn't watch %s: %w", dir, err)
	}
	cameras, err := os.ReadDir(dir)
	if err != nil {
		fs.Close()
		return nil, fmt.Errorf("couldn't list %s: %w", dir, err)
	}
	for _, c := range cameras {
		w.add(filepath.Join(dir, c.Name()))
	}
	go w.run()
	return w, nil
}

func (w *watcher) add(path string) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		w.fs.Add(path) // a folder that cannot be watched is still scanned by the clock
	}
}

func (w *watcher) run() {
	defer close(w.done)
	for {
		select {
		case e, ok := <-w.fs.Events:
			if !ok {
				return
			}
			if e.Has(fsnotify.Create) {
				w.add(e.Name)
				if ext := filepath.Ext(e.Name); ext == ".mp4" || ext == ".gap" || ext == "" {
					nudge(w.changed)
				}
			}
		case _, ok := <-w.fs.Errors:
			if !ok {
				return
			}
			nudge(w.changed) // events may have been lost
		}
	}
}

func (w *watcher) close() {
	w.fs.Close()
	<-w.done
}
