package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web"
)

// A minute from a server that is not ours, beside what ffmpeg gets from the same
// server at the same time: the NAL units of all segments, joined, are those that
// ffmpeg got, byte for byte, and there is nothing but video in the objects. That
// holds over TCP and over UDP.
func TestSegmentsAreWhatTheServerSent(t *testing.T) {
	t.Parallel()
	need(t, "ffmpeg", "ffmpeg")
	need(t, "ffprobe", "ffmpeg")
	const minute, withSound = 62 * time.Second, "k01-inngang"
	sources := map[string]footage.Codec{ // clips, H.264 without and with B-frames, H.265
		withSound: footage.H264, "k02-ko": footage.H264, "k03-scenekant": footage.H265,
	}
	url := startMediaMTX(t)
	dir := t.TempDir()
	s := setup{recorder: "segment: 5s", cameras: map[string]string{}, transports: map[string]string{}}
	transports := []string{"tcp", "udp"} // multicast it has not on the loopback interface
	for name := range sources {
		background(t, "ffmpeg", "-v", "error", "-re", "-stream_loop", "-1", "-i", filepath.Join("../testcam/clips", name+".mp4"),
			"-c", "copy", "-f", "rtsp", "-rtsp_transport", "tcp", url+name)
		for _, transport := range transports {
			s.cameras[name+"-"+transport], s.transports[name+"-"+transport] = url+name, transport
		}
	}
	// As a bare elementary stream: ffmpeg 5.1 adds a zero byte to each NAL unit of
	// H.265 when it writes MP4.
	reference := func(name string) string { return filepath.Join(dir, name+".bin") }
	form := map[footage.Codec]string{footage.H264: "h264", footage.H265: "hevc"}
	captures := map[string]*exec.Cmd{}
	for name, codec := range sources {
		var streams []byte
		eventually(t, 20*time.Second, "the server has "+name, func() bool {
			var err error
			streams, err = exec.Command("ffprobe", "-v", "quiet", "-rtsp_transport", "tcp", "-show_entries", "stream=codec_type", "-of", "csv=p=0", url+name).Output()
			return err == nil
		})
		if name == withSound && !bytes.Contains(streams, []byte("audio")) {
			t.Fatalf("the server has no sound for %s: %s", name, streams)
		}
		captures[name] = background(t, "ffmpeg", "-v", "error", "-rtsp_transport", "tcp", "-i", url+name,
			"-map", "0:v", "-c", "copy", "-flush_packets", "1", "-f", form[codec], reference(name))
	}
	for name := range sources { // they must have begun before we do
		eventually(t, 20*time.Second, "ffmpeg records "+name, func() bool {
			info, err := os.Stat(reference(name))
			return err == nil && info.Size() > 0
		})
	}
	p := install(t, s)
	p.start()
	began := time.Now()
	waitUntil(t, footage.At(began.Add(minute)))
	p.stop()
	p.configure(setup{}) // to ask for what is there, without recording more
	p.start()
	for name := range sources {
		capture := captures[name]
		if err := capture.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		if err := capture.Wait(); err != nil && capture.ProcessState.ExitCode() != 255 {
			t.Fatalf("ffmpeg's recording of %s: %v", name, err)
		}
	}

	for name, codec := range sources {
		captured := unitsIn(t, reference(name))
		for _, transport := range transports {
			id := name + "-" + transport
			found := p.segments(id)
			recorded := unitsOf(t, dir, p, found.Segments)
			if gaps := holes(found.Gaps); len(gaps) != 0 {
				t.Errorf("%s has gaps: %+v", id, gaps)
			}
			var duration time.Duration
			for i, s := range found.Segments {
				duration += s.End.Sub(s.Start)
				if s.Codec != codec {
					t.Errorf("%s is %s, want %s", s.ID, s.Codec, codec)
				}
				if i > 0 && s.Start != found.Segments[i-1].End {
					t.Errorf("%s does not continue the one before it, which ends at %s", s.ID, found.Segments[i-1].End)
				}
			}
			if duration < time.Minute-3*time.Second {
				t.Errorf("%s was recorded for only %v", id, duration)
			}
			at := indexOf(captured, recorded)
			if at < 0 {
				t.Errorf("%s: the %d recorded NAL units are not among the %d that ffmpeg got", id, len(recorded), len(captured))
				continue
			}
			t.Logf("%s: the %d NAL units of %v in %d segments are those that ffmpeg got, from its number %d on", id, len(recorded), duration, len(found.Segments), at)
		}
	}
}

// unitsOf returns the NAL units of the segments, joined, and checks that video is
// all that is in them.
func unitsOf(t *testing.T, dir string, p *program, segments []web.Segment) (units [][]byte) {
	t.Helper()
	for _, s := range segments {
		status, body, err := p.get(footagePath(s.ID))
		if err != nil || status != http.StatusOK {
			t.Fatalf("%s: %v, status %d", s.ID, err, status)
		}
		file := filepath.Join(dir, "segment.mp4")
		if err := os.WriteFile(file, body, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("ffprobe", "-v", "error", "-show_entries", "stream=codec_type", "-of", "csv=p=0", file).Output()
		if streams := strings.TrimSpace(string(out)); err != nil || streams != "video" {
			t.Errorf("%s has %q, want nothing but video (%v)", s.ID, streams, err)
		}
		// ffmpeg's packets as they are: each NAL unit behind its length.
		data, err := exec.Command("ffmpeg", "-v", "error", "-i", file, "-map", "0", "-c", "copy", "-f", "data", "-").Output()
		if err != nil {
			t.Fatalf("ffmpeg reading %s: %v", s.ID, err)
		}
		for len(data) > 0 {
			size := int(binary.BigEndian.Uint32(data))
			units, data = append(units, data[4:4+size]), data[4+size:]
		}
	}
	return units
}

// unitsIn returns the NAL units of an elementary stream, which has each behind a
// start code (H.264 and H.265, annex B).
func unitsIn(t *testing.T, file string) (units [][]byte) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, unit := range bytes.Split(data, []byte{0, 0, 1})[1:] {
		units = append(units, bytes.TrimSuffix(unit, []byte{0})) // of the next start code, when it has four bytes
	}
	return units
}

// indexOf returns where part stands in whole, or -1.
func indexOf(whole, part [][]byte) int {
	for i := range max(0, len(whole)-len(part)+1) {
		if slices.EqualFunc(whole[i:i+len(part)], part, bytes.Equal) {
			return i
		}
	}
	return -1
}

// startMediaMTX starts MediaMTX, which `make tools` has built, with RTSP over TCP
// and UDP, and returns the URL below which everything can be published.
func startMediaMTX(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	mediamtx := filepath.Join(cache, "sjudager", "mediamtx-v1.14.0", "mediamtx")
	if _, err := os.Stat(mediamtx); err != nil {
		t.Fatalf("%v: build it with `make tools`", err)
	}
	address := unused(t)
	rtp := neighbours(t)
	config := filepath.Join(t.TempDir(), "mediamtx.yml")
	if err := os.WriteFile(config, fmt.Appendf(nil, `logLevel: warn
rtspAddress: %s
rtspTransports: [tcp, udp]
rtpAddress: 127.0.0.1:%d
rtcpAddress: 127.0.0.1:%d
rtmp: no
hls: no
webrtc: no
srt: no
paths:
  all_others:
`, address, rtp, rtp+1), 0o600); err != nil {
		t.Fatal(err)
	}
	background(t, mediamtx, config)
	eventually(t, 20*time.Second, "MediaMTX listens", func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return "rtsp://" + address + "/"
}

// neighbours returns the first of two UDP ports that are free, an even one, as RTP
// has it.
func neighbours(t *testing.T) int {
	t.Helper()
	for range 100 {
		c, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := c.LocalAddr().(*net.UDPAddr).Port
		c.Close()
		if port%2 != 0 {
			continue
		}
		if next, err := net.ListenPacket("udp", fmt.Sprintf("127.0.0.1:%d", port+1)); err == nil {
			next.Close()
			return port
		}
	}
	t.Fatal("there are no two neighbouring UDP ports")
	return 0
}

// background starts a command that runs until the end of the test, or until the
// test ends it itself.
func background(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	said := &logFile{}
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = said, said
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			cmd.Process.Kill() // it may have ended by itself
			cmd.Wait()         // and how does not matter any more
		}
		if t.Failed() {
			t.Logf("%s said:\n%s", filepath.Base(name), said)
		}
	})
	return cmd
}
