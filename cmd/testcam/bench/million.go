package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

const (
	millionCameras = 64
	usual          = 30 * time.Second // of a segment
)

func newSegment(camera footage.CameraID, at footage.Instant, length time.Duration, object string) vault.Segment {
	s := vault.Segment{
		Segment: footage.Segment{
			Camera: camera, Span: footage.Span{From: at, To: at.Add(length)}, Bytes: 15 << 20,
			Codec: footage.H264, Width: 1920, Height: 1080, Frames: 750,
		},
		Terms:  vault.Terms{Keep: at.Add(holds.MaxKeep), Ceiling: at.Add(holds.MaxHold), Deadline: at.Add(holds.MaxKeep)},
		Object: object, State: vault.Stored,
	}
	return s
}

// runMillion makes an index of so many segments in folder, or, when it is there,
// measures it: a process of its own, so that its memory is that of the index.
func runMillion(folder, segments string, stdout io.Writer) (err error) {
	each, err := strconv.Atoi(segments)
	if err != nil {
		return err
	}
	each = (each + millionCameras - 1) / millionCameras // of a million: a bit more than five days
	path := filepath.Join(folder, "million.db")
	_, missing := os.Stat(path)
	now := began.Add(time.Duration(each) * usual)
	start := time.Now()
	db, err := index.Open(path, func() time.Time { return now.Time() })
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if missing != nil {
		return fillMillion(db, each)
	}
	opened := time.Since(start)
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "| open an index of %s segments, %.0f MB | %.2f s | | |\n", segments, float64(info.Size())/1e6, opened.Seconds())
	fmt.Fprintf(stdout, "| memory of that process | %s | | |\n", memory())

	day := footage.Span{From: now.Add(-24 * time.Hour), To: now}
	of := func(read func(tx *index.Tx, camera footage.CameraID) error) func() (float64, error) {
		return func() (float64, error) {
			start := time.Now()
			err := db.View(func(tx *index.Tx) error {
				for _, camera := range vault.Cameras(tx) {
					if err := read(tx, camera); err != nil {
						return err
					}
				}
				return nil
			})
			return 1000 * time.Since(start).Seconds(), err
		}
	}
	hours, rows, err := versus(of(func(tx *index.Tx, camera footage.CameraID) error {
		_, err := vault.Timeline(tx, camera, day)
		return err
	}), of(func(tx *index.Tx, camera footage.CameraID) error {
		for _, err := range vault.Segments(tx, camera, day) {
			if err != nil {
				return err
			}
		}
		return nil
	}))
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, row("timeline of 24 h of 64 cameras", "%.1f ms", hours, "segment by segment", rows))

	now = now.Add(holds.MaxKeep)
	const batch = 1000 // the sweeper's
	retired := 0
	start = time.Now()
	for range 50 {
		if err := db.Update(func(tx *index.Tx) error {
			var due []vault.Segment
			for s, err := range vault.Due(tx, tx.Now) {
				if err != nil {
					return err
				}
				if due = append(due, s); len(due) == batch {
					break
				}
			}
			retired += len(due)
			return vault.Retire(tx, due...)
		}); err != nil {
			return err
		}
	}
	rate := float64(retired) / time.Since(start).Seconds()
	fmt.Fprintf(stdout, "| sweep in the index | %.0f/s | goal: 5000/s | **%.1f** |\n", rate, rate/5000)
	fmt.Fprintf(stdout, "| memory after all that | %s | | |\n", memory())
	return nil
}

func fillMillion(db *index.DB, each int) error {
	const step = 500
	for from := 0; from < each; from += step {
		if err := db.Update(func(tx *index.Tx) error {
			for c := range millionCameras {
				camera := footage.CameraID(fmt.Sprintf("cam-%03d", c))
				for i := from; i < min(from+step, each); i++ {
					at := began.Add(time.Duration(i) * usual)
					if err := vault.Add(tx, newSegment(camera, at, usual, footage.ObjectKey(camera, at, 0))); err != nil {
						return err
					}
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// memory is what this process has of its own; the pages of the index's file that
// it also shows are the system's cache.
func memory() string {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	before := float64(sum("/proc/self/status", "RssAnon")) / 1024
	runtime.GC()
	runtime.ReadMemStats(&m)
	return fmt.Sprintf("%.0f MiB, %.0f of them live", before, float64(m.HeapAlloc)/(1<<20))
}
