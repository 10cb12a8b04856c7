package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/sjudager/sjudager/recorder"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/spool"
)

const (
	segment         = 10 * time.Second
	mediamtxVersion = "v1.14.0" // the one that .ci/install-tools builds
)

// contender is a way to record.
type contender struct {
	name    string
	missing func() string // why it cannot be measured here; "" if it can
	start   func(dir string, k kind, urls []string) ([]*process, error)
}

var contenders = []contender{
	{"sjudager", present, func(dir string, k kind, urls []string) ([]*process, error) { return startSelf("record", k, dir, urls) }},
	{"vault", present, func(dir string, k kind, urls []string) ([]*process, error) { return startSelf("keep", k, dir, urls) }},
	{"mediamtx", mediamtxMissing, startMediaMTX},
	{"ffmpeg", needs("ffmpeg", "ffmpeg"), startFfmpeg},
	{"gstreamer", needs("gst-launch-1.0", "gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad"), startGStreamer},
	{"floor", present, func(dir string, k kind, urls []string) ([]*process, error) { return startSelf("floor", k, dir, urls) }},
}

func present() string { return "" }

func needs(command, packages string) func() string {
	return func() string {
		if _, err := exec.LookPath(command); err != nil {
			return "not installed: apt-get install -y " + packages
		}
		return ""
	}
}

// records reports whether a contender is measured with cameras of a kind: over UDP
// the two are that are made for many cameras and put packets together. The vault sees
// files, whose cameras it cannot tell.
func (c contender) records(k kind) bool {
	switch c.name {
	case "sjudager", "mediamtx":
		return true
	case "vault":
		return k == h264
	}
	return k != udp
}

// startSelf starts one of this program's own parts, which take a directory, a file
// with a URL on each line, and the transport.
func startSelf(part string, k kind, dir string, urls []string) ([]*process, error) {
	list := filepath.Join(dir, "urls")
	if err := os.WriteFile(list, []byte(strings.Join(urls, "\n")), 0o600); err != nil {
		return nil, fmt.Errorf("couldn't write the list of cameras: %w", err)
	}
	cmd, err := self(part, dir, list, k.transport())
	if err != nil {
		return nil, err
	}
	p, err := start(cmd)
	if err != nil {
		return nil, err
	}
	return []*process{p}, nil
}

func readURLs(list string) ([]string, error) {
	b, err := os.ReadFile(list)
	if err != nil {
		return nil, fmt.Errorf("couldn't read the list of cameras: %w", err)
	}
	return strings.Fields(string(b)), nil
}

// warnings is the log of the parts that are ours.
var warnings = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))

// runRecorder is the recorder alone, as serve runs it: into the spool.
func runRecorder(ctx context.Context, dir, list, transport string) error {
	s, err := spool.Open(filepath.Join(dir, "spool"))
	if err != nil {
		return err
	}
	return record(ctx, s, list, transport)
}

// record records the cameras of list until ctx ends.
func record(ctx context.Context, s *spool.Spool, list, transport string) error {
	urls, err := readURLs(list)
	if err != nil {
		return err
	}
	if _, err := s.Recover(); err != nil {
		return err
	}
	r := recorder.New(recorder.Options{Spool: s, Site: "bench", Segment: segment, Log: warnings})
	var cameras []recorder.Camera
	for i, url := range urls {
		id := footage.CameraID(fmt.Sprintf("cam-%03d", i))
		cameras = append(cameras, recorder.Camera{ID: id, Name: string(id), URL: url, Transport: recorder.Transport(transport), Enabled: true})
	}
	if err := r.Apply(cameras); err != nil {
		return err
	}
	<-ctx.Done()
	r.Close()
	return nil
}

func mediamtxPath() string {
	cache, err := cacheFolder()
	if err != nil {
		return ""
	}
	return filepath.Join(cache, "mediamtx-"+mediamtxVersion, "mediamtx")
}

func mediamtxMissing() string {
	if _, err := os.Stat(mediamtxPath()); err != nil {
		return "not built: make tools"
	}
	return ""
}

func startMediaMTX(dir string, k kind, urls []string) ([]*process, error) {
	var b strings.Builder
	fmt.Fprintf(&b, `logLevel: warn
rtsp: no
rtmp: no
hls: no
webrtc: no
srt: no
pathDefaults:
  rtspTransport: %s
  record: yes
  recordPath: %s/%%path/%%Y-%%m-%%d_%%H-%%M-%%S-%%f
  recordFormat: fmp4
  recordPartDuration: 1s
  recordSegmentDuration: %v
  recordDeleteAfter: 0s
paths:
`, k.transport(), dir, segment)
	for i, url := range urls {
		fmt.Fprintf(&b, "  cam-%03d:\n    source: %s\n", i, url)
	}
	config := filepath.Join(dir, "mediamtx.yml")
	if err := os.WriteFile(config, []byte(b.String()), 0o600); err != nil {
		return nil, fmt.Errorf("couldn't write MediaMTX's configuration: %w", err)
	}
	p, err := start(exec.Command(mediamtxPath(), config))
	if err != nil {
		return nil, err
	}
	return []*process{p}, nil
}

// startFfmpeg starts an ffmpeg for each camera, with the arguments that Frigate
// gives it.
func startFfmpeg(dir string, k kind, urls []string) ([]*process, error) {
	return startEach(urls, func(i int, url string) *exec.Cmd {
		return exec.Command("ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "warning", "-avoid_negative_ts", "make_zero", "-fflags", "+genpts+discardcorrupt",
			"-rtsp_transport", k.transport(), "-timeout", "10000000", "-use_wallclock_as_timestamps", "1", "-i", url,
			"-f", "segment", "-segment_time", fmt.Sprint(segment.Seconds()), "-segment_format", "mp4", "-reset_timestamps", "1",
			"-c", "copy", "-an", filepath.Join(dir, fmt.Sprintf("cam-%03d-%%05d.mp4", i)))
	})
}

func startGStreamer(dir string, k kind, urls []string) ([]*process, error) {
	depay, parse := "rtph264depay", "h264parse"
	if k == h265 {
		depay, parse = "rtph265depay", "h265parse"
	}
	return startEach(urls, func(i int, url string) *exec.Cmd {
		return exec.Command("gst-launch-1.0", "-q", "rtspsrc", "location="+url, "protocols="+k.transport(), "!", depay, "!", parse, "!",
			"splitmuxsink", "location="+filepath.Join(dir, fmt.Sprintf("cam-%03d-%%05d.mp4", i)), fmt.Sprintf("max-size-time=%d", segment.Nanoseconds()))
	})
}

func startEach(urls []string, command func(i int, url string) *exec.Cmd) (all []*process, err error) {
	for i, url := range urls {
		p, err := start(command(i, url))
		if err != nil {
			return all, err
		}
		all = append(all, p)
	}
	return all, nil
}
