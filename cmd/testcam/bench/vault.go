package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/seal"
	"github.com/sjudager/sjudager/vault/store"
)

const (
	rounds    = 3 // of everything that has a peer; the medians are printed
	uploaders = 4 // how many objects the vault puts at once
	removers  = 8 // and removes
)

// began is when the measured footage begins.
const began = footage.Instant(1783192800000000) // 2026-07-04T19:20:00Z

// bench is one measurement of the vault.
type bench struct {
	ctx      context.Context
	ingested int          // segments of 30 s
	purged   int          // objects of 1 KiB, the worst case: nothing but the deletion costs
	clock    atomic.Int64 // an Instant
	rooms
}

func (b *bench) now() time.Time { return footage.Instant(b.clock.Load()).Time() }

// measureVault prints what the vault costs beside its store, and what a million
// segments cost.
func measureVault(ctx context.Context, args []string, stdout io.Writer) (err error) {
	b := &bench{ctx: ctx}
	flags := flag.NewFlagSet("bench vault", flag.ContinueOnError)
	flags.Usage = func() { fmt.Fprint(flags.Output(), usage) }
	flags.IntVar(&b.ingested, "ingest", 32, "")
	flags.IntVar(&b.purged, "purge", 2000, "")
	segments := flags.Int("segments", 1_000_000, "")
	parent := flags.String("dir", "", "")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 || min(b.ingested, b.purged, *segments) < 1 {
		return fmt.Errorf("wrong usage\n%s", usage)
	}
	folder, err := os.MkdirTemp(*parent, "sjudager-bench-")
	if err != nil {
		return fmt.Errorf("couldn't make a directory: %w", err)
	}
	defer os.RemoveAll(folder)
	recording, err := makeRecording(ctx, folder)
	if err != nil {
		return err
	}
	b.clock.Store(int64(began.Add(time.Hour)))
	if b.rooms, err = openRooms(folder, holds.MaxKeep, b.now, warnings); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.index.Close()) }()

	start := time.Now()
	fmt.Fprint(stdout, "| what | Sjudager | beside | ratio |\n|---|---|---|---|\n")
	for _, step := range []func(recording string) (string, error){b.ingest, b.read, b.purge} {
		line, err := step(recording)
		if err != nil {
			return err
		}
		fmt.Fprintln(stdout, line)
	}
	for range 2 { // the first makes the index, the second measures it
		cmd, err := self("million", folder, strconv.Itoa(*segments))
		if err != nil {
			return err
		}
		cmd.Stdout, cmd.Stderr = stdout, os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("couldn't measure a large index: %w", err)
		}
	}
	fmt.Fprintf(stdout, "\n%s to %s, %s\n", start.Format("2006-01-02 15:04"), time.Now().Format("15:04"), strings.Join(machine(), ", "))
	return nil
}

// makeRecording makes a segment of 30 s as the recorder leaves it in the spool.
func makeRecording(ctx context.Context, folder string) (string, error) {
	clip, err := makeClip(ctx, h264)
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "recording.mp4")
	out, err := exec.CommandContext(ctx, "ffmpeg", "-nostdin", "-v", "error", "-stream_loop", "1", "-i", clip, "-t", "30", "-c", "copy",
		"-movflags", "empty_moov+default_base_moof", "-frag_duration", "1000000", path).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("couldn't make a recording: %w: %s", err, out)
	}
	return path, nil
}

// versus measures ours and the peer's in turns, and returns the medians, each
// something a second.
func versus(ours, peer func() (float64, error)) (a, b float64, err error) {
	var all [2][]float64
	for range rounds {
		for i, measure := range []func() (float64, error){ours, peer} {
			rate, err := measure()
			if err != nil {
				return 0, 0, err
			}
			all[i] = append(all[i], rate)
		}
	}
	return median(all[0]), median(all[1]), nil
}

func row(what, format string, a float64, peer string, b float64) string {
	return fmt.Sprintf("| %s | "+format+" | %s: "+format+" | **%.2f** |", what, a, peer, b, a/b)
}

// ingest measures a pass over a full spool.
func (b *bench) ingest(recording string) (string, error) {
	spool := filepath.Join(b.spool.Dir(), "cam")
	if err := os.MkdirAll(spool, 0o700); err != nil {
		return "", err
	}
	next := began
	var bytesEach int64
	ours, peer, err := versus(func() (float64, error) {
		for range b.ingested {
			if err := os.Link(recording, filepath.Join(spool, next.Compact()+".mp4")); err != nil {
				return 0, err
			}
			next = next.Add(31 * time.Second)
		}
		start := time.Now()
		_, err := b.vault.Ingest(b.ctx)
		seconds := time.Since(start).Seconds()
		for s, errRow := range b.stored("cam") {
			err = errors.Join(err, errRow)
			bytesEach = s.Bytes
		}
		return float64(b.ingested) * float64(bytesEach) / 1e6 / seconds, err
	}, func() (float64, error) {
		body, err := os.ReadFile(recording)
		if err != nil {
			return 0, err
		}
		return b.putAll("own", b.ingested, body)
	})
	return row(fmt.Sprintf("ingest, segments of %.0f MB", float64(bytesEach)/1e6), "%.0f MB/s", ours, "the store's own puts", peer), err
}

// stored yields the segments of camera.
func (b *bench) stored(camera footage.CameraID) func(func(vault.Segment, error) bool) {
	return func(yield func(vault.Segment, error) bool) {
		if err := b.index.View(func(tx *index.Tx) error {
			for s, err := range vault.Segments(tx, camera, footage.Always) {
				if !yield(s, err) {
					break
				}
			}
			return nil
		}); err != nil {
			yield(vault.Segment{}, err)
		}
	}
}

// objectOf names the n-th object that is put past the vault.
func objectOf(camera footage.CameraID, n int) (footage.Instant, string) {
	at := began.Add(time.Duration(n) * time.Second)
	return at, footage.ObjectKey(camera, at, 0)
}

// putAll puts n objects into the store, and returns how many megabytes a second it
// took.
func (b *bench) putAll(camera footage.CameraID, n int, body []byte) (float64, error) {
	var group errgroup.Group
	group.SetLimit(uploaders)
	start := time.Now()
	for i := range n {
		group.Go(func() error {
			_, key := objectOf(camera, i)
			return b.store.Put(b.ctx, key, store.Object{Size: int64(len(body)), Body: bytes.NewReader(body)})
		})
	}
	err := group.Wait()
	return float64(n*len(body)) / 1e6 / time.Since(start).Seconds(), err
}

// purge measures the removal of retired segments, each with the proof that it is
// gone.
func (b *bench) purge(string) (string, error) {
	small := make([]byte, 1<<10)
	ours, peer, err := versus(func() (float64, error) {
		if _, err := b.putAll("gone", b.purged, small); err != nil {
			return 0, err
		}
		if err := b.index.Update(func(tx *index.Tx) error {
			var all []vault.Segment
			for i := range b.purged {
				at, key := objectOf("gone", i)
				all = append(all, newSegment("gone", at, time.Second, key))
				if err := vault.Add(tx, all[i]); err != nil {
					return err
				}
			}
			return vault.Retire(tx, all...)
		}); err != nil {
			return 0, err
		}
		start := time.Now()
		done, err := b.vault.Purge(b.ctx)
		if len(done.Removed) != b.purged {
			err = errors.Join(err, fmt.Errorf("%d of %d objects were removed", len(done.Removed), b.purged))
		}
		return float64(b.purged) / time.Since(start).Seconds(), err
	}, func() (float64, error) {
		if _, err := b.putAll("own", b.purged, small); err != nil {
			return 0, err
		}
		var group errgroup.Group
		group.SetLimit(removers)
		start := time.Now()
		for i := range b.purged {
			group.Go(func() error {
				_, key := objectOf("own", i)
				if err := b.store.Delete(b.ctx, key); err != nil {
					return err
				}
				_, err := b.store.Absent(b.ctx, key)
				return err
			})
		}
		err := group.Wait()
		return float64(b.purged) / time.Since(start).Seconds(), err
	})
	return row("purge, objects of 1 KiB", "%.0f/s", ours, "the store's own deletions", peer), err
}

// read measures reading a whole segment, as a player's first request does.
func (b *bench) read(string) (string, error) {
	var s vault.Segment
	for first, err := range b.stored("cam") {
		if err != nil {
			return "", err
		}
		s = first
		break
	}
	rate := func(size int64, open func() (io.ReadCloser, error)) func() (float64, error) {
		return func() (float64, error) {
			const times = 10
			start := time.Now()
			for range times {
				r, err := open()
				if err != nil {
					return 0, err
				}
				n, err := io.Copy(io.Discard, r)
				if err := errors.Join(err, r.Close()); err != nil {
					return 0, err
				} else if n != size {
					return 0, fmt.Errorf("read %d of %d bytes", n, size)
				}
			}
			return times * float64(size) / 1e6 / time.Since(start).Seconds(), nil
		}
	}
	ours, peer, err := versus(
		rate(s.Bytes, func() (io.ReadCloser, error) { return b.vault.Open(b.ctx, s.ID()) }),
		rate(seal.Size(s.Bytes), func() (io.ReadCloser, error) { return b.store.Get(b.ctx, s.Object, 0, -1) }))
	return row("read a segment, sealed", "%.0f MB/s", ours, "the store's own reads", peer), err
}
