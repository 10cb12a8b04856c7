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

// yard returns the cameras of a run: all transports, both codecs, and every scheme
// of authentication among those of each kind, if there are enough of them.
func yard(ctx context.Context, o options) ([]camera, error) {
	h265, err := encode(ctx, o.dir)
	if err != nil {
		return nil, err
	}
	var h264 []*farm.Clip
	for _, name := range farm.Clips() {
		clip, err := farm.OpenClip(name)
		if err != nil {
			return nil, err
		}
		h264 = append(h264, clip)
	}
	var all []camera
	for i := range o.steady + o.wild {
		c, name, n := camera{steady: i < o.steady}, "steady", i
		if !c.steady {
			name, n = "wild", i-o.steady
		}
		c.transport = []string{"tcp", "udp", "tcp", "auto"}[n%4]
		c.secure = n%4 == 2
		clips := [][]*farm.Clip{h264, h265}[(n+n/4)%2]
		c.model = farm.Camera{
			Path: fmt.Sprintf("%s-%02d", name, n), Clip: clips[n%len(clips)],
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

// encode makes clips of H.265, which the farm has none of, of two sizes, so that
// one can take the other's place.
func encode(ctx context.Context, dir string) ([]*farm.Clip, error) {
	var clips []*farm.Clip
	for _, size := range []string{"640x360", "480x272"} {
		path := filepath.Join(dir, "h265-"+size+".mp4")
		out, err := exec.CommandContext(ctx, "ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=size="+size+":rate=25:duration=4",
			"-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1", "-pix_fmt", "yuv420p",
			"-x265-params", "log-level=error:keyint=50:min-keyint=50:bframes=2:b-adapt=0:open-gop=0", path).CombinedOutput()
		if errors.Is(err, exec.ErrNotFound) {
			return nil, fmt.Errorf("couldn't make a clip: %w; install it: apt-get install -y ffmpeg", err)
		}
		if err != nil {
			return nil, fmt.Errorf("couldn't make a clip: %w: %s", err, out)
		}
		clip, err := farm.LoadFile(path)
		if err != nil {
			return nil, err
		}
		clips = append(clips, clip)
	}
	return clips, nil
}
