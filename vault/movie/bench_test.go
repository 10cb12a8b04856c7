package movie

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
)

// evening records an hour of 4 Mbit/s in segments of 30 s.
func evening(b *testing.B) (r *rig, end footage.Instant, segment string) {
	b.Helper()
	segment = filepath.Join(b.TempDir(), "segment.mp4")
	ffmpeg(b, "-f lavfi -i nullsrc=size=640x360:rate=25:duration=30,geq=random(1)*255:128:128 -pix_fmt yuv420p -c:v libx264 -preset ultrafast"+
		" -g 50 -bf 0 -b:v 4M -minrate 4M -maxrate 4M -bufsize 4M "+fragmented+" "+segment)
	r = newRig(b, nil)
	end = start
	for range 120 {
		end = r.record(end, segment)
	}
	return r, end, segment
}

// BenchmarkOpen is what comes before the first frame, and what a seek costs, in movies
// of several lengths: opening, and reading the header and the first 256 KiB; and reading
// as much in the middle.
func BenchmarkOpen(b *testing.B) {
	r, _, _ := evening(b)
	first := make([]byte, 256<<10)
	for _, minutes := range []int{1, 10, 60} {
		to := start.Add(time.Duration(minutes) * time.Minute)
		b.Run(fmt.Sprintf("first/%dmin", minutes), func(b *testing.B) {
			for b.Loop() {
				reader, err := r.open(start, to, Limits{}).Reader(b.Context())
				if err == nil {
					_, err = reader.ReadAt(first, reader.Movie().HeadSize())
				}
				if err != nil {
					b.Fatal(err)
				}
				reader.Close()
			}
		})
		m := r.open(start, to, Limits{})
		reader, err := m.Reader(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("seek/%dmin", minutes), func(b *testing.B) {
			at := m.Size() / 3
			for b.Loop() {
				if at = (at + m.Size()/7*3) % (m.Size() - int64(len(first))); at < m.HeadSize() {
					at = m.HeadSize()
				}
				if _, err := reader.ReadAt(first, at); err != nil {
					b.Fatal(err)
				}
			}
		})
		reader.Close()
	}
}

// BenchmarkExport writes an hour of 4 Mbit/s to a file, out of the sealed segments, and
// has ffmpeg join as many plain segments, in turns. of-ffmpeg is how many times as fast
// it is.
func BenchmarkExport(b *testing.B) {
	r, end, segment := evening(b)
	// In memory, since a disk would measure itself.
	folder, err := os.MkdirTemp("/dev/shm", "movie-")
	if err != nil {
		folder = b.TempDir()
	}
	b.Cleanup(func() { os.RemoveAll(folder) })
	list := filepath.Join(folder, "list.txt")
	var lines strings.Builder
	for i := range 120 {
		path := filepath.Join(folder, fmt.Sprintf("%d.mp4", i))
		ffmpeg(b, "-i "+segment+" -c copy "+path)
		fmt.Fprintf(&lines, "file '%s'\n", path)
	}
	if err := os.WriteFile(list, []byte(lines.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	var ours, theirs time.Duration
	out := filepath.Join(folder, "out.mp4")
	for b.Loop() {
		began := time.Now()
		reader, err := r.open(start, end, Limits{}).Reader(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		f, err := os.Create(out)
		if err != nil {
			b.Fatal(err)
		}
		if n, err := io.Copy(f, reader); err != nil || n != reader.Movie().Size() {
			b.Fatal(n, err)
		}
		f.Close()
		reader.Close()
		ours += time.Since(began)
		b.SetBytes(reader.Movie().Size())

		os.Remove(out)
		began = time.Now()
		if said, err := exec.Command("ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "concat", "-safe", "0", "-i", list, "-c", "copy", out).CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, said)
		}
		theirs += time.Since(began)
		os.Remove(out)
	}
	b.ReportMetric(float64(theirs)/float64(ours), "of-ffmpeg")
	b.ReportMetric(ours.Seconds()/float64(b.N), "s")
	b.ReportMetric(theirs.Seconds()/float64(b.N), "s-ffmpeg")
}
