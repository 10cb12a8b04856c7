package farm

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sjudager/sjudager/cmd/testcam/clips"
)

// ffmpegFrame is a packet as ffmpeg saw it, with times in ticks of ClockRate.
type ffmpegFrame struct {
	dts, pts int64
	size     int
	md5      string
}

func needFfmpeg(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Fatal("this test needs ffmpeg: apt-get install -y ffmpeg")
	}
}

// ffmpegFrames runs ffmpeg with args and has it list the packets of the first
// video track as they are.
func ffmpegFrames(t *testing.T, stdin []byte, args ...string) []ffmpegFrame {
	t.Helper()
	needFfmpeg(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "ffmpeg", append(append([]string{"-v", "error"}, args...), "-f", "framemd5", "-")...)
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(stdin), &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("ffmpeg %s: %v\n%s", strings.Join(args, " "), err, stderr.Bytes())
	}
	var frames []ffmpegFrame
	var scale int64
	for line := range strings.Lines(string(out)) {
		if base, ok := strings.CutPrefix(line, "#tb 0: 1/"); ok {
			scale, err = strconv.ParseInt(strings.TrimSpace(base), 10, 64)
			if err != nil || scale == 0 {
				t.Fatalf("ffmpeg printed %q", line)
			}
		}
		if strings.HasPrefix(line, "#") {
			continue
		}
		// stream, dts, pts, duration, size, hash, and perhaps side data
		f := strings.Split(line, ",")
		dts, err1 := strconv.ParseInt(strings.TrimSpace(f[1]), 10, 64)
		pts, err2 := strconv.ParseInt(strings.TrimSpace(f[2]), 10, 64)
		size, err3 := strconv.Atoi(strings.TrimSpace(f[4]))
		if err1 != nil || err2 != nil || err3 != nil {
			t.Fatalf("ffmpeg printed %q", line)
		}
		frames = append(frames, ffmpegFrame{rescale(dts, scale, ClockRate), rescale(pts, scale, ClockRate), size, strings.TrimSpace(f[5])})
	}
	return frames
}

// runFfmpeg has ffmpeg make something.
func runFfmpeg(args ...string) error {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		return errors.New("this test needs ffmpeg: apt-get install -y ffmpeg")
	}
	out, err := exec.Command("ffmpeg", append([]string{"-nostdin", "-v", "error", "-y"}, args...)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("ffmpeg %s: %w\n%s", join(args), err, out)
	}
	return nil
}

func join(words []string) string { return strings.Join(words, " ") }

func hash(b []byte) string {
	h := md5.Sum(b)
	return hex.EncodeToString(h[:])
}

// annexB returns the NAL units of u in the form that ffmpeg gives to RTP input.
func annexB(u Unit) []byte {
	var b []byte
	for nal := range u.NALs() {
		b = append(append(b, 0, 0, 0, 1), nal...)
	}
	return b
}

// openClip returns a demo clip.
func openClip(t testing.TB, name string) *Clip {
	t.Helper()
	c, err := OpenClip(name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// clipFile returns the bytes of a demo clip.
func clipFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := clips.FS.ReadFile(name + ".mp4")
	if err != nil {
		t.Fatal(err)
	}
	return b
}
