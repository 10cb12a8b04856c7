package remux

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/spool"
)

// clips are encoded by ffmpeg once for all tests, into a directory of the run.
var clips struct {
	sync.Mutex
	dir  string
	path map[string]string
}

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "remux-")
	if err != nil {
		panic(err)
	}
	clips.dir, clips.path = dir, make(map[string]string)
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

const (
	frames = 75 // of every clip: 3 s at 25 frames a second
	h264   = "-c:v libx264 -preset veryfast -g 25 -bf 0"
	h264b  = "-c:v libx264 -preset veryfast -g 25 -bf 2 -b_strategy 0"
	h265b  = "-c:v libx265 -preset veryfast -g 25 -x265-params log-level=none:bframes=3:b-adapt=0"
	av1    = "-c:v libsvtav1 -preset 12 -g 25"
	aac    = "-c:a aac -b:a 64k"
	// seconds has a fragment a second, as the recorder writes them.
	seconds = "-frag_duration 1000000 -movflags +frag_keyframe+empty_moov+default_base_moof"
)

// clip returns the path of an MP4 of a test picture and a tone, encoded with the
// given options of ffmpeg. Without an audio codec it has no audio.
func clip(t testing.TB, options ...string) string {
	t.Helper()
	all := strings.Join(options, " ")
	if !strings.Contains(all, "-c:a") {
		all += " -an"
	}
	clips.Lock()
	defer clips.Unlock()
	if path, ok := clips.path[all]; ok {
		return path
	}
	path := filepath.Join(clips.dir, strconv.Itoa(len(clips.path))+".mp4")
	args := "-f lavfi -i testsrc2=size=320x180:rate=25:duration=3 -f lavfi -i sine=duration=3 -pix_fmt yuv420p " + all + " " + path
	if out, err := exec.Command(tool(t, "ffmpeg"), append([]string{"-v", "error", "-nostdin", "-y"}, strings.Fields(args)...)...).CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg %s: %v\n%s", args, err, out)
	}
	clips.path[all] = path
	return path
}

// tool returns the path of a program of Debian's ffmpeg package.
func tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%v: apt-get install -y ffmpeg", err)
	}
	return path
}

// run runs a program that has nothing to complain about.
func run(t testing.TB, name string, args ...string) []byte {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(tool(t, name), args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil || stderr.Len() > 0 {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, &stderr)
	}
	return stdout.Bytes()
}

// frame is a line of ffmpeg's framemd5, with times in seconds.
type frame struct {
	dts, pts float64
	size     int
	hash     string
}

func frameHashes(t testing.TB, list []byte) []frame {
	t.Helper()
	var found []frame
	var base float64
	for s := bufio.NewScanner(bytes.NewReader(list)); s.Scan(); {
		line := s.Text()
		if tb, ok := strings.CutPrefix(line, "#tb 0: "); ok {
			num, den, _ := strings.Cut(tb, "/")
			base = number(t, num) / number(t, den)
		}
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, ",")
		if len(f) != 6 {
			t.Fatalf("framemd5 wrote %q", line)
		}
		found = append(found, frame{
			dts: number(t, f[1]) * base, pts: number(t, f[2]) * base,
			size: int(number(t, f[4])), hash: strings.TrimSpace(f[5]),
		})
	}
	return found
}

// packets returns the video packets of a file, as the demuxer sees them.
func packets(t testing.TB, path string) []frame {
	t.Helper()
	return frameHashes(t, run(t, "ffmpeg", "-v", "error", "-i", path, "-map", "0:v:0", "-c", "copy", "-f", "framemd5", "-"))
}

// pictures returns the decoded pictures of a file, in the order of showing.
func pictures(t testing.TB, path string) []frame {
	t.Helper()
	return frameHashes(t, run(t, "ffmpeg", "-v", "error", "-i", path, "-vsync", "passthrough", "-f", "framemd5", "-"))
}

func number(t testing.TB, s string) float64 {
	t.Helper()
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// probed is what ffprobe says about a file.
type probed struct {
	Streams []struct {
		CodecType string `json:"codec_type"`
		CodecName string `json:"codec_name"`
		TimeBase  string `json:"time_base"`
		Frames    string `json:"nb_frames"`
		Start     string `json:"start_time"`
		Duration  string
		Width     int
		Height    int
	}
	Format struct {
		Start    string `json:"start_time"`
		Duration string
		Tags     map[string]string
	}
}

func probe(t testing.TB, path string) probed {
	t.Helper()
	var p probed
	out := run(t, "ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", path)
	if err := json.Unmarshal(out, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

var meta = spool.Meta{
	Camera: "k01-inngang",
	Site:   "Sentrum Scene",
	Start:  footage.At(time.Date(2026, 7, 4, 19, 20, 0, 123456000, time.UTC)),
	Run:    3,
}

// open opens a recording and lays it out with meta.
func open(t testing.TB, path string) (*Movie, *File) {
	t.Helper()
	m, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	f, err := m.Encode(meta)
	if err != nil {
		t.Fatal(err)
	}
	return m, f
}

// save writes a virtual file to disk.
func save(t testing.TB, f *File) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "out.mp4")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if n, err := out.ReadFrom(f.Reader()); err != nil || n != f.Size() {
		t.Fatalf("wrote %d of %d bytes: %v", n, f.Size(), err)
	}
	return path
}
