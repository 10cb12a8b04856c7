package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/sjudager/sjudager/cmd/testcam/farm"
)

// camera is one of the farm, and how it is recorded.
type camera struct {
	model     farm.Camera
	transport string // as configured
	secure    bool   // by TLS
	steady    bool   // never goes wrong
	off       bool   // switched off in the configuration
}

// yard returns the cameras of a run: all transports, all codecs, and every scheme
// of authentication among those of each kind, if there are enough of them.
func yard(ctx context.Context, o options) ([]camera, error) {
	var clips [3][]*farm.Clip // of each codec
	for i, codec := range []string{"libx264", "libx265", "libsvtav1"} {
		for _, size := range []string{"640x360", "480x272"} { // one can take the other's place
			clip, err := encode(ctx, o.dir, codec, size)
			if err != nil {
				return nil, err
			}
			clips[i] = append(clips[i], clip)
		}
	}
	for _, name := range farm.Clips() {
		clip, err := farm.OpenClip(name)
		if err != nil {
			return nil, err
		}
		clips[0] = append(clips[0], clip)
	}
	var all []camera
	for i := range o.steady + o.wild {
		c, name, n := camera{steady: i < o.steady}, "steady", i
		if !c.steady {
			name, n = "wild", i-o.steady
		}
		c.transport = []string{"tcp", "udp", "tcp", "auto"}[n%4]
		c.secure = n%4 == 2
		own := clips[(n+n/4)%3]
		c.model = farm.Camera{
			Path: fmt.Sprintf("%s-%02d", name, n), Clip: own[n/2%len(own)],
			Offset: time.Duration(i) * time.Second, InBandParams: n%2 == 0, Aggregate: n%3 == 0, PacketWrites: n%5 == 4,
		}
		if n%3 != 0 {
			c.model.User, c.model.Password = "sjudager", "secret"
			c.model.Auth = []farm.Auth{farm.DigestMD5, farm.DigestSHA256, farm.Basic}[n/3%3]
		}
		if !c.steady {
			c.model.NoMarker = n%6 == 5
			c.model.Speed = []float64{1, 1.0002, 0.9998}[n%3]
			c.model.SessionTimeout = 30 * time.Second
			if n%8 == 7 {
				c.model.UDP = farm.UDPRefused
			}
		}
		all = append(all, c)
	}
	return all, nil
}

// encoders are the options of ffmpeg's encoders, which take 1 Mbit/s for a key frame
// every two seconds and what lies between.
var encoders = map[string][]string{
	"libx264":   {"-preset", "ultrafast", "-maxrate", "1M", "-bufsize", "1M", "-bf", "0", "-g", "50"},
	"libx265":   {"-preset", "ultrafast", "-maxrate", "1M", "-bufsize", "1M", "-tag:v", "hvc1", "-x265-params", "log-level=error:keyint=50:min-keyint=50:bframes=2:b-adapt=0:open-gop=0"},
	"libsvtav1": {"-preset", "12", "-g", "50"},
}

func encode(ctx context.Context, dir, codec, size string) (*farm.Clip, error) {
	path := filepath.Join(dir, codec+"-"+size+".mp4")
	args := []string{"-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=size=" + size + ":rate=25:duration=8,noise=alls=12:allf=t,format=yuv420p",
		"-c:v", codec, "-b:v", "1M"}
	out, err := exec.CommandContext(ctx, "ffmpeg", append(append(args, encoders[codec]...), path)...).CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		return nil, fmt.Errorf("couldn't make a clip: %w; install it: apt-get install -y ffmpeg", err)
	}
	if err != nil {
		return nil, fmt.Errorf("couldn't make a clip: %w: %s", err, out)
	}
	return farm.LoadFile(path)
}
