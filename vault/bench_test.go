package vault

import (
	"context"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// half is half a minute of a usual camera: 4 Mbit/s, fragments of a second.
var half = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "half")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "clip.mp4")
	err = exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=30,noise=alls=60:allf=t",
		"-c:v", "libx264", "-preset", "ultrafast", "-b:v", "4M", "-minrate", "4M", "-maxrate", "4M", "-bufsize", "4M", "-g", "25", "-bf", "0", "-pix_fmt", "yuv420p",
		"-movflags", "+frag_keyframe+empty_moov+default_base_moof", path).Run()
	if err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// cpu is the processor time that the process has used, user and system.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkIngest is the way of a camera-minute from the spool into a directory
// store: hashed, sealed, on disk. Beside it, the same bytes merely copied from one
// file to another in the same pieces, on disk too.
func BenchmarkIngest(b *testing.B) {
	body, err := half()
	if err != nil {
		b.Fatal(err)
	}
	const minute = 2 // halves
	report := func(b *testing.B, used time.Duration) {
		mb := float64(minute*len(body)) / 30e6 // of the 30 MB that a minute has at 4 Mbit/s
		b.ReportMetric(float64(used.Microseconds())/1000/float64(b.N)/mb, "cpu-ms/minute")
	}
	b.Run("vault", func(b *testing.B) {
		r := newRig(b)
		var used time.Duration
		for i := range b.N {
			for j := range minute {
				r.dropBytes("k01", start.Add(time.Duration(minute*i+j)*31*time.Second), body)
			}
			before := cpu(b)
			if _, err := r.Ingest(context.Background()); err != nil {
				b.Fatal(err)
			}
			used += cpu(b) - before
		}
		if n := len(r.segments("k01")); n != minute*b.N {
			b.Fatalf("%d segments are in", n)
		}
		report(b, used)
	})
	b.Run("copy", func(b *testing.B) {
		folder := b.TempDir()
		from := filepath.Join(folder, "from")
		if err := os.WriteFile(from, body, 0o600); err != nil {
			b.Fatal(err)
		}
		var used time.Duration
		for range minute * b.N {
			before := cpu(b)
			if err := copyFile(from, filepath.Join(folder, "to")); err != nil {
				b.Fatal(err)
			}
			used += cpu(b) - before
		}
		report(b, used)
	})
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer out.Close()
	if _, err := io.CopyBuffer(struct{ io.Writer }{out}, struct{ io.Reader }{in}, make([]byte, 256<<10)); err != nil {
		return err
	}
	return out.Sync()
}

// BenchmarkRead reads a segment of 15 MB, sealed and as an earlier build has stored
// it, whole and a range from its middle.
func BenchmarkRead(b *testing.B) {
	body, err := half()
	if err != nil {
		b.Fatal(err)
	}
	r := newRig(b)
	r.dropBytes("k01", start, body)
	if _, err := r.Ingest(context.Background()); err != nil {
		b.Fatal(err)
	}
	sealed := r.segments("k01")[0]
	plain := r.plain("k02", start, sealed)
	r.Log = slog.New(slog.DiscardHandler)
	for name, s := range map[string]Segment{"sealed": sealed, "plain": plain} {
		b.Run(name+"/whole", func(b *testing.B) {
			b.SetBytes(s.Bytes)
			for b.Loop() {
				open, err := r.Open(context.Background(), s.ID())
				if err != nil {
					b.Fatal(err)
				}
				if n, err := io.Copy(io.Discard, open); err != nil || n != s.Bytes {
					b.Fatal(n, err)
				}
				open.Close()
			}
		})
		b.Run(name+"/256KiB", func(b *testing.B) {
			piece := make([]byte, 256<<10)
			b.SetBytes(int64(len(piece)))
			for b.Loop() {
				open, err := r.Open(context.Background(), s.ID())
				if err != nil {
					b.Fatal(err)
				}
				if _, err := open.ReadAt(piece, s.Bytes/2); err != nil {
					b.Fatal(err)
				}
				open.Close()
			}
		})
	}
}
