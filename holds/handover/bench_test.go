package handover

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/remux"
	"github.com/sjudager/sjudager/vault/spool"
)

var (
	minutes = flag.Int("minutes", 60, "how long the longest package of BenchmarkRelease is")
	mbit    = flag.Int("mbit", 4, "its Mbit/s")
)

// disk is where large files are made: TestMain keeps the small ones in memory.
var disk = os.TempDir()

// BenchmarkRelease builds the package of four cameras, of a quarter of the time and of
// all of it, out of sealed segments in a directory store straight into a folder, and has
// ffmpeg join the same segments, as plain files on the same disk, into one movie for
// each camera. of-ffmpeg is how many times as fast it is.
func BenchmarkRelease(b *testing.B) {
	b.Setenv("TMPDIR", disk)
	r := newRig(b)
	path := filepath.Join(b.TempDir(), "segment.mp4")
	tool(b, "ffmpeg", "ffmpeg", strings.Fields(fmt.Sprintf("-v error -nostdin -y -f lavfi -i nullsrc=size=640x360:rate=25:duration=30,geq=random(1)*255:128:128"+
		" -pix_fmt yuv420p -c:v libx264 -preset ultrafast -g 50 -bf 0 -b:v %dM -minrate %[1]dM -maxrate %[1]dM -bufsize %[1]dM"+
		" -video_track_timescale 90000 -movflags +frag_keyframe+empty_moov+default_base_moof %s", *mbit, path))...)
	m, err := remux.Open(path)
	r.must(err)
	content, err := os.ReadFile(path)
	r.must(err)
	in := r.story()
	var cameras []footage.CameraID
	for i := range 4 {
		camera := footage.CameraID(fmt.Sprintf("k%d", 11+i))
		cameras = append(cameras, camera)
		at := start
		for n := range 2 * *minutes {
			to := filepath.Join(r.vault.Spool.Dir(), string(camera), at.Compact()+".mp4")
			r.must(os.MkdirAll(filepath.Dir(to), 0o700))
			r.must(os.WriteFile(to, content, 0o600))
			if at = spool.End(at, m.Ticks); n%20 == 19 || n == 2**minutes-1 {
				_, err := r.vault.Ingest(b.Context())
				r.must(err)
			}
		}
	}
	r.must(m.Close())
	r.now = start.Add(3 * time.Hour).Time()
	debug.FreeOSMemory()
	for _, minutes := range []int{max(1, *minutes/4), *minutes} {
		b.Run(fmt.Sprintf("%dmin", minutes), func(b *testing.B) {
			for b.Loop() {
				in.Folder = b.TempDir()
				in.Selections = []holds.Selection{{Cameras: cameras, Span: footage.Span{From: start, To: start.Add(time.Duration(minutes) * time.Minute)}}}
				settle(b)
				ours := measure(b, func() {
					result, err := Build(b.Context(), in)
					r.must(err)
					for _, d := range []struct {
						name string
						took time.Duration
					}{{"open", result.Spent.Open}, {"write", result.Spent.Write}, {"hash", result.Spent.Hash}, {"sync", result.Spent.Sync},
						{"read-back", result.Spent.ReadBack}, {"hash-back", result.Spent.HashBack}, {"sign", result.Spent.Sign}} {
						b.ReportMetric(d.took.Seconds(), d.name+"-s")
					}
					in.Folder = result.Path
					b.ReportMetric(float64(result.Bytes)/1e9, "GB")
				})
				// The plain segments are those of the package.
				for _, name := range []string{"data/video"} {
					r.must(os.RemoveAll(filepath.Join(in.Folder, name)))
				}
				settle(b)
				var synced time.Duration
				theirs := measure(b, func() {
					for _, camera := range cameras {
						list := bytes.NewBuffer(nil)
						files, err := filepath.Glob(filepath.Join(in.Folder, "data/segmenter", string(camera), "*.mp4"))
						r.must(err)
						if len(files) < minutes*2 {
							b.Fatalf("%d segments", len(files))
						}
						for _, f := range files {
							fmt.Fprintf(list, "file '%s'\n", f)
						}
						write(b, filepath.Join(in.Folder, "list"), list.Bytes())
						tool(b, "ffmpeg", "ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "concat", "-safe", "0", "-i", filepath.Join(in.Folder, "list"), "-c", "copy", filepath.Join(in.Folder, string(camera)+".mp4"))
					}
				})
				begun := time.Now()
				settle(b)
				synced = theirs.took + time.Since(begun)
				r.must(os.RemoveAll(in.Folder))
				b.ReportMetric(theirs.took.Seconds()/ours.took.Seconds(), "of-ffmpeg")
				b.ReportMetric(synced.Seconds()/ours.took.Seconds(), "of-ffmpeg-synced")
				b.ReportMetric(ours.took.Seconds(), "s")
				b.ReportMetric(theirs.took.Seconds(), "ffmpeg-s")
				b.ReportMetric(ours.cpu.Seconds(), "cpu-s")
				b.ReportMetric(theirs.cpu.Seconds(), "ffmpeg-cpu-s")
				b.ReportMetric(float64(ours.peak)/1e6, "peak-MB")
			}
		})
	}
}

// cost is what something took.
type cost struct {
	took, cpu time.Duration
	peak      int64 // of our memory, in bytes
}

func measure(b *testing.B, do func()) cost {
	b.Helper()
	debug.FreeOSMemory()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil { // the peak
		b.Fatal(err)
	}
	before, begun := cpu(b), time.Now()
	do()
	c := cost{took: time.Since(begun), cpu: cpu(b) - before}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Fatal(err)
	}
	for s := bufio.NewScanner(bytes.NewReader(status)); s.Scan(); {
		if n, _ := fmt.Sscanf(s.Text(), "VmHWM: %d kB", &c.peak); n == 1 {
			c.peak *= 1024
			break
		}
	}
	return c
}

// cpu is what this process and those that it has waited for have had.
func cpu(b *testing.B) (all time.Duration) {
	b.Helper()
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if err := syscall.Getrusage(who, &u); err != nil {
			b.Fatal(err)
		}
		all += time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	return all
}

// settle has all that was written on the disk, and nothing of it in memory.
func settle(b *testing.B) {
	b.Helper()
	unix.Sync()
	// Where we may; else what is read is in memory for both.
	exec.Command("sh", "-c", "echo 1 > /proc/sys/vm/drop_caches").Run()
}
