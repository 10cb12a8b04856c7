package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/sjudager/sjudager/cmd/testcam/farm"
)

// generate makes a clip like what a usual security camera sends: 1080p25 H.264
// at a constant 4 Mbit/s, a key frame every two seconds, ten seconds long. The
// noise is what keeps the bit rate up.
func generate(ctx context.Context) (*farm.Clip, error) {
	dir, err := os.MkdirTemp("", "testcam-")
	if err != nil {
		return nil, fmt.Errorf("couldn't make a directory for the generated clip: %w", err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "generated.mp4")
	cmd := exec.CommandContext(ctx, "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=1920x1080:r=25:d=10,noise=alls=12:allf=t,format=yuv420p",
		"-c:v", "libx264", "-preset", "ultrafast", "-g", "50", "-keyint_min", "50", "-sc_threshold", "0",
		"-b:v", "4M", "-minrate", "4M", "-maxrate", "4M", "-bufsize", "2M", "-x264-params", "nal-hrd=cbr", path)
	out, err := cmd.CombinedOutput()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return nil, fmt.Errorf("couldn't generate a clip: %w\ntestcam: install it (apt-get install -y ffmpeg), or give a clip with --clip FILE.mp4", err)
	case err != nil:
		return nil, fmt.Errorf("couldn't generate a clip: %w: %s", err, out)
	}
	return farm.LoadFile(path)
}
