package recorder

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/sjudager/sjudager/cmd/testcam/farm"
)

// clipArgs are how the clips of the tests are made: three seconds, a key frame a
// second, as small as will do.
var clipArgs = map[string][]string{
	"h264":   {"-c:v", "libx264", "-profile:v", "main", "-bf", "0", "-g", "25"},
	"h264-b": {"-c:v", "libx264", "-profile:v", "high", "-bf", "3", "-b_strategy", "0", "-g", "25", "-flags", "+cgop"},
	"h265":   {"-c:v", "libx265", "-tag:v", "hvc1", "-x265-params", "log-level=error:keyint=25:bframes=0"},
	"h265-b": {"-c:v", "libx265", "-tag:v", "hvc1", "-x265-params", "log-level=error:keyint=25:bframes=3:b-adapt=0:open-gop=0"},
	"av1":    {"-c:v", "libaom-av1", "-cpu-used", "8", "-usage", "realtime", "-lag-in-frames", "0", "-g", "25", "-b:v", "400k"},
	// Hidden frames beside those that are shown, as encoders with foresight make them.
	"av1-hidden": {"-c:v", "libsvtav1", "-preset", "12", "-g", "25"},
	// Groups of pictures that need the one before.
	"h265-open": {"-c:v", "libx265", "-tag:v", "hvc1", "-x265-params", "log-level=error:keyint=27:bframes=3:b-adapt=0:open-gop=1"},
	// Several slices a picture, an access unit delimiter, and large key frames.
	"slices": {"-c:v", "libx264", "-bf", "0", "-g", "25", "-x264-params", "slices=4:aud=1", "-b:v", "3M"},
	// No IDR picture after the first: recovery points instead.
	"recovery": {"-c:v", "libx264", "-g", "25", "-x264-params", "open-gop=1:bframes=2:b-adapt=0"},
}

var clipFiles sync.Map // name -> func() (string, error)

// clipFile returns the path of a clip made with ffmpeg, once a run.
func clipFile(t testing.TB, name string) string {
	t.Helper()
	once, _ := clipFiles.LoadOrStore(name, sync.OnceValues(func() (string, error) { return makeClip(name) }))
	path, err := once.(func() (string, error))()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var clipDir string

func TestMain(m *testing.M) {
	var err error
	if clipDir, err = os.MkdirTemp("", "recorder-clips-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(clipDir)
	os.Exit(code)
}

func makeClip(name string) (string, error) {
	path := filepath.Join(clipDir, name+".mp4")
	args := []string{"-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25:duration=3",
		"-f", "lavfi", "-i", "sine=duration=3", "-c:a", "aac", "-pix_fmt", "yuv420p"}
	args = append(append(args, clipArgs[name]...), "-movflags", "+faststart", path)
	return path, ffmpeg(args...)
}

func ffmpeg(args ...string) error {
	_, err := tool("ffmpeg", args...)
	return err
}

// tool runs one of ffmpeg's programs and returns what it prints.
func tool(name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	var out, trouble bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &trouble
	if err := cmd.Run(); err != nil {
		if _, missing := exec.LookPath(name); missing != nil {
			return "", fmt.Errorf("%s is needed: apt-get install -y ffmpeg", name)
		}
		return "", fmt.Errorf("%v: %w: %s", cmd.Args, err, trouble.String())
	}
	return out.String(), nil
}

func loadClip(t testing.TB, name string) *farm.Clip {
	t.Helper()
	f, err := os.Open(clipFile(t, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	clip, err := farm.LoadClip(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	return clip
}
