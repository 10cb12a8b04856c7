package vault

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sjudager/sjudager/vault/seal"
	"github.com/sjudager/sjudager/vault/store"
	"github.com/sjudager/sjudager/vault/store/dir"
	"github.com/sjudager/sjudager/vault/store/s3"
	"github.com/sjudager/sjudager/vault/store/s3/s3test"
	"github.com/sjudager/sjudager/vault/store/storetest"
)

// BenchmarkDrain measures how fast a backlog goes from the spool into the store,
// with everything that belongs to it (layout, sealing, digests, keys, rows), beside
// how fast the store takes objects of the same size from as many callers, in turns.
// of-own is the ratio of the two: 1 would mean that the vault costs nothing.
func BenchmarkDrain(b *testing.B) {
	bucket := func(start func() (*s3test.Server, error)) func(b *testing.B) store.Store {
		return func(b *testing.B) store.Store {
			server, err := start()
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() {
				if err := server.Close(); err != nil {
					b.Error(err)
				}
			})
			o := s3.Options{Endpoint: server.Endpoint, Bucket: "drain", AccessKey: server.AccessKey, SecretKey: server.SecretKey, CA: server.CA}
			if err := s3.CreateBucket(b.Context(), o); err != nil {
				b.Fatal(err)
			}
			s, err := s3.Open(b.Context(), o)
			if err != nil {
				b.Fatal(err)
			}
			return s
		}
	}
	for _, c := range []struct {
		name string
		open func(b *testing.B) store.Store
	}{
		{"directory", func(b *testing.B) store.Store {
			s, err := dir.Open(b.TempDir())
			if err != nil {
				b.Fatal(err)
			}
			return s
		}},
		{"gigabit", func(b *testing.B) store.Store {
			s, err := dir.Open(b.TempDir())
			if err != nil {
				b.Fatal(err)
			}
			return &line{Store: s}
		}},
		{"rgw", bucket(s3test.StartRGW)},
		{"versitygw", bucket(s3test.StartVersity)},
		{"versitygw-tls", bucket(s3test.StartVersityTLS)},
	} {
		b.Run(c.name, func(b *testing.B) { drain(b, c.open(b)) })
	}
}

// line is a store at the other end of a line of 1 Gbit/s, on a machine of its own:
// the servers here share the processor with the vault.
type line struct {
	store.Store
	mu   sync.Mutex
	free time.Time // when the bytes that were sent so far are through
}

func (l *line) Put(ctx context.Context, key string, o store.Object) error {
	if err := l.Store.Put(ctx, key, o); err != nil {
		return err
	}
	l.mu.Lock()
	if now := time.Now(); l.free.Before(now) {
		l.free = now
	}
	l.free = l.free.Add(time.Duration(o.Size) * time.Second / 117e6)
	through := l.free
	l.mu.Unlock()
	time.Sleep(time.Until(through))
	return nil
}

func drain(b *testing.B, s store.Store) {
	const recordings = 48
	r := newRigIn(b, b.TempDir()) // on the disk, as an appliance has it
	r.Store = s
	folder := filepath.Dir(r.Spool.Dir()) // recordings are links to one
	clip := filepath.Join(folder, "clip.mp4")
	cmd := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=25:duration=8,noise=alls=60:allf=t",
		"-c:v", "libx264", "-preset", "ultrafast", "-b:v", "8M", "-maxrate", "8M", "-bufsize", "8M", "-g", "25", "-pix_fmt", "yuv420p",
		"-movflags", "+frag_keyframe+empty_moov+default_base_moof", clip)
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("ffmpeg is needed: apt-get install -y ffmpeg: %v: %s", err, out)
	}
	info, err := os.Stat(clip)
	if err != nil {
		b.Fatal(err)
	}
	puts := 0
	var drained, own time.Duration
	b.SetBytes(recordings * info.Size())
	for b.Loop() {
		for i := range recordings {
			camera := filepath.Join(r.Spool.Dir(), fmt.Sprintf("k%02d", i%8))
			name := start.Add(time.Duration(puts*recordings+i)*10*time.Second).Compact() + ".mp4"
			if err := errors.Join(os.MkdirAll(camera, 0o700), os.Link(clip, filepath.Join(camera, name))); err != nil {
				b.Fatal(err)
			}
		}
		before := time.Now()
		if _, err := r.Ingest(b.Context()); err != nil {
			b.Fatal(err)
		}
		drained += time.Since(before)

		size := seal.Size(info.Size())
		var bodies [uploads]store.Object
		for i := range bodies {
			bodies[i] = store.Object{Size: size, Body: storetest.NewObject(uint64(i), size).Body} // without digests, as the vault's
		}
		var next atomic.Int64
		var group errgroup.Group
		before = time.Now()
		for i := range bodies {
			group.Go(func() error {
				for n := next.Add(1); n <= recordings; n = next.Add(1) {
					if err := s.Put(b.Context(), fmt.Sprintf("own/%d/%d", puts, n), bodies[i]); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err := group.Wait(); err != nil {
			b.Fatal(err)
		}
		own += time.Since(before)
		puts++
	}
	rate := func(d time.Duration) float64 {
		return float64(b.N*recordings) * float64(info.Size()) / 1e6 / d.Seconds()
	}
	b.ReportMetric(rate(drained), "drain-MB/s")
	b.ReportMetric(rate(own), "own-MB/s")
	b.ReportMetric(own.Seconds()/drained.Seconds(), "of-own")
}
