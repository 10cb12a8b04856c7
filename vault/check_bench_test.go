package vault

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/seal"
	"github.com/sjudager/sjudager/vault/store"
)

// named is a store that lists what it is said to, and has that, but for what is lost.
type named struct {
	store.Store
	all  func(yield func(key string, size int64) bool)
	lost map[string]bool
}

func (n named) List(ctx context.Context, _ string) iter.Seq2[store.Info, error] {
	return func(yield func(store.Info, error) bool) {
		for key, size := range n.all {
			if err := ctx.Err(); err != nil || !yield(store.Info{Key: key, Size: size}, nil) {
				if err != nil {
					yield(store.Info{}, err)
				}
				return
			}
		}
	}
}

func (n named) Stat(_ context.Context, key string) (store.Info, error) {
	if n.lost[key] {
		return store.Info{}, store.ErrNotExist
	}
	return store.Info{Key: key}, nil
}

// BenchmarkCheckMillion checks a million segments, 64 cameras by five days, beside a
// store that costs nothing, while something writes into the index all the time. It
// says what the check takes at most of the memory, how long that writer had to wait at
// most, and how long the check's longest transaction is: what becomes free meanwhile
// cannot be used again before it has ended.
func BenchmarkCheckMillion(b *testing.B) {
	const cameras, each, length, size = 64, 1_000_000 / 64, 30 * time.Second, 15 << 20
	r := newRig(b)
	at := func(i int) footage.Instant { return start.Add(time.Duration(i) * length) }
	camera := func(c int) footage.CameraID { return footage.CameraID(fmt.Sprintf("cam-%03d", c)) }
	const step = 500
	for from := 0; from < each; from += step {
		r.updateB(b, func(tx *index.Tx) error {
			for c := range cameras {
				for i := from; i < min(from+step, each); i++ {
					t := at(i)
					if err := Add(tx, Segment{
						Segment: footage.Segment{Camera: camera(c), Span: footage.Span{From: t, To: t.Add(length)}, Bytes: size, Codec: footage.H264, Width: 1920, Height: 1080, Frames: 750},
						Terms:   Terms{Keep: t.Add(168 * time.Hour), Ceiling: t.Add(720 * time.Hour), Deadline: t.Add(168 * time.Hour)}, Object: footage.ObjectKey(camera(c), t, 0), State: Stored,
					}); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
	for c := range cameras {
		for i := 0; i < each+int(time.Hour/length); i += int(time.Hour / length) {
			if err := makeKey(r.Keys, camera(c), at(i)); err != nil {
				b.Fatal(err)
			}
		}
	}
	r.Store = named{r.store, func(yield func(string, int64) bool) {
		for c := range cameras {
			for i := range each {
				if !yield(footage.ObjectKey(camera(c), at(i), 0), seal.Size(size)) {
					return
				}
			}
		}
	}, nil}
	r.at(at(each))
	for b.Loop() {
		ctx, end := context.WithCancel(b.Context())
		var writer sync.WaitGroup
		var longest time.Duration
		var writes int
		row := make([]byte, 256<<10)
		writer.Go(func() { // far more than a site writes
			for ; ctx.Err() == nil; writes++ {
				begun := time.Now()
				r.updateB(b, func(tx *index.Tx) error { return tx.Put("test/row", row) })
				longest = max(longest, time.Since(begun))
				pause(ctx, 10*time.Millisecond, nil)
			}
		})
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		base, most, asked := m.HeapAlloc, uint64(0), 0
		used, begun := cpu(b), time.Now()
		checked, err := r.Check(ctx, CheckOptions{Progress: func(Progress) {
			if asked++; asked%100 == 0 {
				runtime.GC()
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc)
			}
		}})
		used = cpu(b) - used
		end()
		writer.Wait()
		if err != nil || len(checked.Findings) > 0 || checked.Objects != cameras*each || checked.Segments != cameras*each {
			b.Fatalf("%+v, %v", checked, err)
		}
		b.ReportMetric(cameras*each/time.Since(begun).Seconds(), "segments/s")
		b.ReportMetric(used.Seconds(), "cpu-s")
		b.ReportMetric(float64(int64(most)-int64(base))/(1<<20), "MiB-live")
		begun = time.Now()
		if err := r.Index.View(func(tx *index.Tx) error { _, err := Reckon(tx, camera(0), false); return err }); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(time.Since(begun).Milliseconds()), "ms-longest-read")
		b.ReportMetric(float64(writes), "writes")
		b.ReportMetric(float64(longest.Milliseconds()), "ms-longest-write")
	}
}

// makeKey makes the key of an hour, as putting a segment in does.
func makeKey(keys *seal.Keys, camera footage.CameraID, at footage.Instant) error {
	s, err := keys.Seal(camera, at, zeros{}, 1)
	if err == nil {
		s.Close()
	}
	return err
}

type zeros struct{}

func (zeros) ReadAt(p []byte, _ int64) (int, error) { clear(p); return len(p), nil }

func (r *rig) updateB(b *testing.B, f func(tx *index.Tx) error) {
	if err := r.Index.Update(f); err != nil {
		b.Error(err)
	}
}
