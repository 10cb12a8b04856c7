package recorder

import (
	"context"
	"log/slog"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/sjudager/sjudager/cmd/testcam/farm"
	"github.com/sjudager/sjudager/vault/footage"
)

const motionJPEG = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=cam\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=video 0 RTP/AVP 26\r\na=control:trackID=0\r\n"

// TestTry asks cameras once, while they are recorded, which goes on.
func TestTry(t *testing.T) {
	t.Parallel()
	cameras := []farm.Camera{
		{Path: "h264", Clip: loadClip(t, "h264-b"), User: "admin", Password: "hemmelig", Clock: farm.Clock{Offset: 90 * time.Second}},
		{Path: "h265", Clip: loadClip(t, "h265")},
		{Path: "mjpeg", Clip: loadClip(t, "h264"), SDP: motionJPEG},
		{Path: "tcp-only", Clip: loadClip(t, "h264"), UDP: farm.UDPLost},
	}
	_, configs := serve(t, cameras...)
	r := record(t, openSpool(t), 4*time.Second, configs[:1])
	defer r.Close()
	until(t, "a recording", func() bool { return health(t, r, "h264").State == footage.StateRecording })
	edit := func(c Camera, old, new string) Camera {
		c.URL = strings.Replace(c.URL, old, new, 1)
		return c
	}
	auto := configs[3]
	auto.Transport = Auto
	for name, test := range map[string]struct {
		camera Camera
		want   Trial
		detail string // part of it
	}{
		"H.264":          {camera: configs[0], want: Trial{Works: true, Transport: TCP, Codec: footage.H264}},
		"H.265":          {camera: configs[1], want: Trial{Works: true, Transport: TCP, Codec: footage.H265}},
		"no UDP":         {camera: auto, want: Trial{Works: true, Transport: TCP, Codec: footage.H264}},
		"wrong password": {edit(configs[0], "hemmelig", "gjettet"), Trial{Cause: footage.CauseRefused}, "user name or password"},
		"no password":    {edit(configs[0], "admin:hemmelig@", ""), Trial{Cause: footage.CauseRefused}, "none is configured"},
		"wrong path":     {edit(configs[1], "/h265", "/other"), Trial{Cause: footage.CauseRefused}, "404"},
		"wrong host":     {Camera{ID: "x", URL: "rtsp://admin:hemmelig@127.0.0.1:1/cam"}, Trial{Cause: footage.CauseUnreachable}, "no connection to 127.0.0.1:1"},
		"MJPEG":          {camera: configs[2], want: Trial{Cause: footage.CauseUnsupported}, detail: "it offers M-JPEG"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			got := r.Try(t.Context(), test.camera)
			if took := time.Since(began); took > tryFor+2*time.Second {
				t.Errorf("it took %v", took)
			}
			if got.Works != test.want.Works || got.Cause != test.want.Cause || got.Codec != test.want.Codec && test.want.Works || got.Transport != test.want.Transport ||
				!strings.Contains(got.Detail, test.detail) || got.Works != (got.Advice == "") {
				t.Errorf("%+v", got)
			}
			if strings.Contains(got.Detail+got.Advice, "hemmelig") || strings.Contains(got.Detail+got.Advice, "gjettet") {
				t.Errorf("it tells the password: %+v", got)
			}
			if got.Works && (got.Width != 320 || got.Height != 240 || math.Abs(got.FPS-25) > 1 || got.KeyAfter <= 0 || !got.ClockKnown) {
				t.Errorf("%+v", got)
			}
			if ahead := test.camera.ID == "h264"; got.Works && (got.ClockOffset > 80*time.Second) != ahead {
				t.Errorf("its clock is %v ahead", got.ClockOffset)
			}
		})
	}
	t.Run("at the same time", func(t *testing.T) { // with those above under way or not
		if h := health(t, r, "h264"); h.State != footage.StateRecording || h.Reconnects != 0 {
			t.Errorf("the recording was disturbed: %+v", h)
		}
	})
}

// TestTryEnds: whoever asks may leave, and a camera that says nothing is not waited for.
func TestTryEnds(t *testing.T) {
	t.Parallel()
	_, configs := serve(t, farm.Camera{Path: "cam", Clip: loadClip(t, "h264")})
	r := New(Options{Spool: openSpool(t), Site: "Sal", Log: slog.New(slog.DiscardHandler)})
	defer r.Close()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { r.Try(ctx, configs[0]); close(done) }()
	cancel()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Error("it goes on though nobody waits for it")
	}
}
