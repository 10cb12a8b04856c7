package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/sjudager/sjudager/cmd/testcam/farm"
)

// kind is a kind of cameras.
type kind string

const (
	h264    kind = "h264"
	h265    kind = "h265"
	packets kind = "packets" // H.264, each packet written by itself
	udp     kind = "udp"     // H.264
)

// transport is how the packets of a kind travel, as everyone calls it.
func (k kind) transport() string {
	if k == udp {
		return "udp"
	}
	return "tcp"
}

// describe says what is particular about a kind.
func (k kind) describe() string {
	switch k {
	case h265:
		return "H.265"
	case packets:
		return "H.264, a packet per write"
	case udp:
		return "H.264 over UDP"
	}
	return "H.264"
}

// encoders are how ffmpeg makes the clips: 4 Mbit/s, constant, a key frame
// every 50 pictures.
var encoders = map[kind][]string{
	h264: {"-c:v", "libx264", "-preset", "ultrafast", "-g", "50", "-keyint_min", "50", "-sc_threshold", "0",
		"-b:v", "4M", "-minrate", "4M", "-maxrate", "4M", "-bufsize", "2M", "-x264-params", "nal-hrd=cbr"},
	h265: {"-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1", "-x265-params",
		"log-level=error:keyint=50:min-keyint=50:scenecut=0:open-gop=0:bframes=0:bitrate=4000:vbv-maxrate=4000:vbv-bufsize=2000:strict-cbr=1"},
}

// makeClip returns the path of a clip of 20 s, which it makes if it is not yet in
// the user's cache. The noise is what keeps the bit rate up.
func makeClip(ctx context.Context, k kind) (string, error) {
	cache, err := cacheFolder()
	if err != nil {
		return "", err
	}
	path := filepath.Join(cache, "bench-"+string(k)+".mp4")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	fmt.Fprintf(os.Stderr, "making the %s clip\n", k.describe())
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return "", fmt.Errorf("couldn't make the cache folder: %w", err)
	}
	half := path + ".part.mp4"
	args := append([]string{"-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i",
		"testsrc2=s=1920x1080:r=25:d=20,noise=alls=12:allf=t,format=yuv420p"}, encoders[k]...)
	out, err := exec.CommandContext(ctx, "ffmpeg", append(args, half)...).CombinedOutput()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return "", fmt.Errorf("couldn't make a clip: %w; install it: apt-get install -y ffmpeg", err)
	case err != nil:
		return "", fmt.Errorf("couldn't make a clip: %w: %s", err, out)
	}
	return path, os.Rename(half, path)
}

// cacheFolder is where the test tools are built, too (.ci/install-tools).
func cacheFolder() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("couldn't find the cache folder: %w", err)
	}
	return filepath.Join(cache, "sjudager"), nil
}

// runFarm serves n cameras of each kind: args are n and then the clips' paths by
// kind. It prints its address, and then for each line of stdin how many clients
// play and how many frames they have lost by not reading; at its end it closes.
func runFarm(ctx context.Context, args []string, stdin io.Reader, stdout io.Writer) error {
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	var cameras []farm.Camera
	for _, arg := range args[1:] {
		name, path, _ := strings.Cut(arg, "=")
		clip, err := farm.LoadFile(path)
		if err != nil {
			return err
		}
		for i := range n {
			cameras = append(cameras, farm.Camera{
				Path: cameraName(kind(name), i), Clip: clip, PacketWrites: kind(name) == packets,
				Offset: clip.Duration() * time.Duration(i) / time.Duration(n),
			})
		}
	}
	server, err := farm.Start("127.0.0.1:0", cameras...)
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, server.Addr())
	for lines := bufio.NewScanner(stdin); lines.Scan() && ctx.Err() == nil; {
		clients, dropped := 0, uint64(0)
		for _, c := range cameras {
			clients += server.Camera(c.Path).Clients()
			dropped += server.Camera(c.Path).Dropped()
		}
		fmt.Fprintln(stdout, clients, dropped)
	}
	return server.Close()
}

func cameraName(k kind, i int) string { return fmt.Sprintf("%s-%03d", k, i) }

// yard is the farm's process.
type yard struct {
	process *process
	address string
	ask     io.WriteCloser
	answers *bufio.Scanner
}

func startFarm(n int, clips map[kind]string) (*yard, error) {
	args := []string{"farm", strconv.Itoa(n)}
	for k, path := range clips {
		args = append(args, string(k)+"="+path)
	}
	cmd, err := self(args...)
	if err != nil {
		return nil, err
	}
	ask, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	answers, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p, err := start(cmd)
	if err != nil {
		return nil, err
	}
	y := &yard{process: p, ask: ask, answers: bufio.NewScanner(answers)}
	if !y.answers.Scan() {
		p.stop()
		return nil, fmt.Errorf("the cameras did not start: %s", p.said())
	}
	y.address = y.answers.Text()
	return y, nil
}

// state returns how many clients play, and how many frames have been lost.
func (y *yard) state() (clients int, dropped uint64, err error) {
	if _, err = fmt.Fprintln(y.ask); err == nil && y.answers.Scan() {
		_, err = fmt.Sscan(y.answers.Text(), &clients, &dropped)
	} else if err == nil {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		err = fmt.Errorf("couldn't ask the cameras: %w: %s", err, y.process.said())
	}
	return clients, dropped, err
}

// urls returns those of n cameras of a kind.
func (y *yard) urls(k kind, n int) []string {
	var all []string
	for i := range n {
		all = append(all, "rtsp://"+y.address+"/"+cameraName(k, i))
	}
	return all
}

func (y *yard) close() {
	y.ask.Close() // its sign to end
	y.process.stop()
}
