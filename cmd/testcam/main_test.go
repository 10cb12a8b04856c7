package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sjudager/sjudager/cmd/testcam/clips"
	"github.com/sjudager/sjudager/cmd/testcam/farm"
)

// start runs the program until the test ends and returns the n URLs that it
// prints first.
func start(t *testing.T, n int, args ...string) []string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	var stderr bytes.Buffer
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, append([]string{"--listen", "127.0.0.1:0"}, args...), w, &stderr)
		w.Close()
	}()
	t.Cleanup(func() {
		cancel()
		if c := <-code; c != 0 {
			t.Errorf("exit code %d: %s", c, stderr.Bytes())
		}
	})
	var urls []string
	lines := bufio.NewScanner(r)
	for len(urls) < n && lines.Scan() {
		urls = append(urls, lines.Text())
	}
	if len(urls) < n {
		t.Fatalf("printed only %q", urls)
	}
	go io.Copy(io.Discard, r) // ends with the program, which must not wait for a reader
	return urls
}

// probe returns what ffprobe says about the video at url: codec and size.
func probe(t *testing.T, url string) string {
	t.Helper()
	if _, err := exec.LookPath("ffprobe"); err != nil {
		t.Fatal("this test needs ffprobe: apt-get install -y ffmpeg")
	}
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "ffprobe", "-v", "error", "-rtsp_transport", "tcp", "-analyzeduration", "500000",
		"-select_streams", "v", "-show_entries", "stream=codec_name,width,height", "-of", "csv=p=0", url)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("ffprobe %s: %v: %s", url, err, stderr.Bytes())
	}
	return strings.TrimSpace(string(out))
}

func TestDemoClips(t *testing.T) {
	t.Parallel()
	urls := start(t, 6, "--cameras", "6", "--user", "vakt", "--password", "p@ss")
	for i, want := range []string{"k01-inngang", "k02-ko", "k03-scenekant", "k04-lasterampe", "k05-garderobe", "k01-inngang-2"} {
		if !strings.HasPrefix(urls[i], "rtsp://vakt:p%40ss@127.0.0.1:") || !strings.HasSuffix(urls[i], "/"+want) {
			t.Errorf("URL %d is %s, want .../%s", i, urls[i], want)
		}
	}
	if got := probe(t, urls[5]); got != "h264,640,360" {
		t.Errorf("%s shows %s", urls[5], got)
	}
}

func TestOwnClip(t *testing.T) {
	t.Parallel()
	b, err := clips.FS.ReadFile("k05-garderobe.mp4")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "hall.mp4")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	urls := start(t, 1, "--clip", path, "--basic", "--user", "vakt")
	if !strings.HasSuffix(urls[0], "/hall") {
		t.Errorf("URL %s, want .../hall", urls[0])
	}
	if got := probe(t, urls[0]); got != "hevc,640,360" {
		t.Errorf("%s shows %s", urls[0], got)
	}
}

// The generated clip has the bit rate that it promises.
func TestGenerate(t *testing.T) {
	t.Parallel()
	clip, err := generate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	bits := 0
	for _, u := range clip.Units {
		bits += 8 * len(u.Data)
	}
	if rate := float64(bits) / clip.Duration().Seconds(); rate < 3.8e6 || rate > 4.2e6 {
		t.Errorf("%.0f bit/s, want 4 million", rate)
	}
	if clip.Name != "generated" || clip.Codec != farm.H264 || clip.Width != 1920 || clip.Height != 1080 || len(clip.Units) != 250 {
		t.Errorf("%s: %s, %dx%d, %d frames", clip.Name, clip.Codec, clip.Width, clip.Height, len(clip.Units))
	}
}

// What goes wrong is said, and seen.
func TestTrouble(t *testing.T) {
	t.Parallel()
	var stderr logged
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, strings.Fields("--listen 127.0.0.1:0 --cameras 1 --tls --faults garbage,loss=0.01 --mayhem 7 --clock-offset -90s"), w, &stderr)
		w.Close()
	}()
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "rtsps://") {
		t.Fatalf("printed %q (%v)", line, err)
	}
	if got := probe(t, strings.TrimSpace(line)); got != "h264,640,360" {
		t.Errorf("%s shows %s", line, got)
	}
	cancel()
	if c := <-code; c != 0 {
		t.Errorf("exit code %d", c)
	}
	for _, want := range []string{"certificate fingerprint (SHA-256): ", "mayhem by seed 7\n"} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("stderr %q lacks %q", stderr.String(), want)
		}
	}
	o, err := parse(strings.Fields("--faults garbage,loss=0.01 --clock-offset -90s"))
	if want := (farm.Faults{Garbage: true, Loss: 0.01}); err != nil || o.faults != want || o.clockOffset != -90*time.Second {
		t.Errorf("%+v, %v", o, err)
	}
}

// logged is a buffer for several goroutines.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestUsage(t *testing.T) {
	t.Parallel()
	urls := start(t, 1)
	taken := strings.Split(strings.TrimPrefix(urls[0], "rtsp://"), "/")[0]
	for _, c := range []struct {
		args string
		code int
		says string // on stderr, or on stdout for code 0
	}{
		{"--help", 0, "usage: testcam"},
		{"-h", 0, "--digest ALGORITHM"},
		{"--nonsense", 2, "see testcam --help"},
		{"hall.mp4", 2, "did you mean --clip hall.mp4?"},
		{"--cameras -1", 2, "negative"},
		{"--cameras many", 2, "many"},
		{"--password x", 2, "--password needs --user"},
		{"--digest sha1", 2, "want md5 or sha256"},
		{"--faults loss", 2, "it needs a number"},
		{"--faults cold", 2, "no fault \"cold\": there are bitrate=N"},
		{"--mayhem soon", 2, "invalid syntax"},
		{"--clock-offset 5", 2, "parse error"},
		{"--clip /nonexistent.mp4", 1, "couldn't open the clip"},
		{"--clip main_test.go", 1, "main_test.go: not a clip that can be served"},
		{"--listen " + taken, 1, "choose another address with --listen"},
	} {
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), strings.Fields(c.args), &stdout, &stderr)
		text := stderr.String()
		if c.code == 0 {
			text = stdout.String()
		}
		if code != c.code || !strings.Contains(text, c.says) {
			t.Errorf("testcam %s: exit code %d, stdout %q, stderr %q", c.args, code, stdout.String(), stderr.String())
		}
	}
	for args, want := range map[string]farm.Auth{"": farm.DigestMD5, "--digest md5": farm.DigestMD5, "--digest sha256": farm.DigestSHA256, "--basic": farm.Basic} {
		if o, err := parse(strings.Fields(args)); err != nil || o.auth != want {
			t.Errorf("%q: auth %v, error %v", args, o.auth, err)
		}
	}
}
