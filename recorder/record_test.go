package recorder

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sjudager/sjudager/cmd/testcam/farm"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/spool"
)

// serve starts a farm and returns it with the cameras as they are to be
// configured.
func serve(t *testing.T, cameras ...farm.Camera) (*farm.Server, []Camera) {
	t.Helper()
	s, err := farm.Start("127.0.0.1:0", cameras...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	var configs []Camera
	for _, c := range cameras {
		u, err := url.Parse(s.URL(c.Path))
		if err != nil {
			t.Fatal(err)
		}
		if c.User != "" {
			u.User = url.UserPassword(c.User, c.Password)
		}
		configs = append(configs, Camera{ID: footage.CameraID(c.Path), URL: u.String(), Transport: TCP, Enabled: true})
	}
	return s, configs
}

func record(t *testing.T, s *spool.Spool, segment time.Duration, cameras []Camera) *Recorder {
	t.Helper()
	r := New(Options{Spool: s, Site: "Sal", Segment: segment, Log: slog.New(slog.DiscardHandler), stall: 4 * time.Second})
	if err := r.Apply(cameras); err != nil {
		t.Fatal(err)
	}
	return r
}

// until waits for something that a real process or network brings about.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited 30 s for %s", what)
		}
	}
}

func health(t *testing.T, r *Recorder, id footage.CameraID) footage.Health {
	t.Helper()
	for _, h := range r.Health() {
		if h.Camera == id {
			return h
		}
	}
	t.Fatalf("there is no camera %s", id)
	return footage.Health{}
}

// TestRecord records real streams over real connections: every way to log in,
// every transport, every form of packets. What lies in the spool is the clip,
// frame by frame and byte by byte.
func TestRecord(t *testing.T) {
	t.Parallel()
	cameras := []farm.Camera{
		{Path: "h264", Clip: loadClip(t, "h264")},
		{Path: "h264-b", Clip: loadClip(t, "h264-b"), User: "admin", Password: "p@ss:w/rd", Auth: farm.Basic},
		{Path: "h265", Clip: loadClip(t, "h265"), User: "admin", Password: "æøå%41", Auth: farm.DigestMD5},
		{Path: "h265-b", Clip: loadClip(t, "h265-b"), User: "admin", Password: "secret", Auth: farm.DigestSHA256},
		{Path: "slices", Clip: loadClip(t, "slices"), Aggregate: true},
		{Path: "in-band", Clip: loadClip(t, "h264-b"), InBandParams: true, OmitSDPParams: true},
		{Path: "in-band-h265", Clip: loadClip(t, "h265"), InBandParams: true, OmitSDPParams: true, Aggregate: true},
		{Path: "av1", Clip: loadClip(t, "av1")},
		{Path: "av1-hidden", Clip: loadClip(t, "av1-hidden"), Aggregate: true},
		{Path: "udp-av1", Clip: loadClip(t, "av1")},
		{Path: "anywhere", Clip: loadClip(t, "h264"), JoinAnywhere: true},
		{Path: "audio", Clip: loadClip(t, "h264"), Audio: true},
		{Path: "udp", Clip: loadClip(t, "h264")},
		{Path: "udp-h265", Clip: loadClip(t, "h265-b")},
		{Path: "udp-punched", Clip: loadClip(t, "slices"), UDP: farm.UDPPunched},
		{Path: "udp-swapped", Clip: loadClip(t, "slices"), Faults: farm.Faults{Reordering: 0.1, Duplicates: 0.1}},
		{Path: "udp-renamed", Clip: loadClip(t, "slices"), Faults: farm.Faults{NewSSRC: true, Reordering: 0.1}},
		{Path: "multicast", Clip: loadClip(t, "h264-b")},
		{Path: "multicast-one", Clip: loadClip(t, "h264"), Group: netip.MustParseAddr("239.255.84.1")},
		{Path: "multicast-two", Clip: loadClip(t, "h265"), Group: netip.MustParseAddr("239.255.84.1"), Faults: farm.Faults{Reordering: 0.1}},
		{Path: "renamed", Clip: loadClip(t, "h264"), Faults: farm.Faults{NewSSRC: true}},
		{Path: "crosstalk", Clip: loadClip(t, "slices"), Faults: farm.Faults{Crosstalk: true}},
		{Path: "crosstalk-unnamed", Clip: loadClip(t, "h264"), Unnamed: true, Faults: farm.Faults{Crosstalk: true}},
		{Path: "stale", Clip: loadClip(t, "h264"), User: "admin", Password: "secret", Auth: farm.DigestSHA256 | farm.DigestMD5 | farm.Basic, NonceUses: 1},
		{Path: "auto", Clip: loadClip(t, "h264")},
		{Path: "auto-refused", Clip: loadClip(t, "h264"), UDP: farm.UDPRefused},
		{Path: "auto-lost", Clip: loadClip(t, "h264"), UDP: farm.UDPLost},
	}
	server, configs := serve(t, cameras...)
	server.Camera("audio").SendAudio(true) // asked or not
	for i := range configs {
		switch name, _, _ := strings.Cut(string(configs[i].ID), "-"); name {
		case "udp":
			configs[i].Transport = UDP
		case "multicast":
			configs[i].Transport = Multicast
		case "auto":
			configs[i].Transport = Auto
		}
	}
	s := openSpool(t)
	r := record(t, s, time.Second, configs)
	until(t, "six segments of each camera", func() bool {
		segments, err := s.Segments()
		if err != nil {
			t.Fatal(err)
		}
		count := map[footage.CameraID]int{}
		for _, e := range segments {
			count[e.Camera]++
		}
		return !slices.ContainsFunc(configs, func(c Camera) bool { return count[c.ID] < 6 })
	})
	for _, c := range cameras {
		h := health(t, r, footage.CameraID(c.Path))
		if h.State != footage.StateRecording || h.Width != 320 || h.Height != 240 || h.FPS < 19 || h.FPS > 31 || h.Bitrate < 50_000 || h.LostPackets != 0 || h.DroppedFrames != 0 || h.Reconnects != 0 ||
			h.Frames < 75 || h.KeyFrameEvery != time.Second || h.Without != 0 ||
			string(h.Codec) != strings.ToLower(string(c.Clip.Codec)) || time.Since(h.LastFrame.Time()) > 5*time.Second || h.Open.Empty() ||
			!h.CameraKnown && c.Path != "auto-lost" && !c.Faults.NewSSRC || h.CameraOffsetMS > 100 || h.CameraOffsetMS < -1000 {
			t.Errorf("health: %+v", h)
		}
	}
	r.Close()
	for _, c := range cameras {
		t.Run(c.Path, func(t *testing.T) {
			lines := account(t, s, footage.CameraID(c.Path))
			var recorded [][]byte
			for i, l := range lines {
				if l.run != i {
					t.Errorf("line %d is %v", i, l)
				}
				for _, f := range l.frames {
					recorded = append(recorded, f.Data)
				}
				if i < len(lines)-1 && !l.lasts(time.Second, 40*time.Millisecond) {
					t.Errorf("segment %d lasts %v", i, l.span.Duration())
				}
			}
			if late := time.Since(lines[0].span.From.Time()); late > time.Minute || late < 3*time.Second {
				t.Errorf("the first segment began %v ago", late)
			}
			var sent [][]byte
			for _, u := range c.Clip.Units {
				if c.InBandParams && u.Key {
					u.Data = append(avcc(c.Clip.Params), u.Data...)
				}
				sent = append(sent, u.Data)
			}
			isLoopOf(t, recorded, sent, bytes.Equal)
		})
	}
	// ffmpeg is the judge, once for each codec with and without B-frames.
	for _, name := range []string{"h264", "h264-b", "h265", "h265-b", "av1", "av1-hidden"} {
		t.Run("ffmpeg "+name, func(t *testing.T) {
			lines := account(t, s, footage.CameraID(name))
			judge(t, lines[1].path)
			var recorded []string
			for _, l := range lines {
				recorded = append(recorded, packetSums(t, l.path)...)
			}
			isLoopOf(t, recorded, packetSums(t, clipFile(t, name)), func(a, b string) bool { return a == b })
		})
	}
	judge(t, account(t, s, "audio")[0].path)
	t.Run("pictures of AV1", func(t *testing.T) {
		var recorded []string
		for _, l := range account(t, s, "av1") {
			recorded = append(recorded, pictureSums(t, l.path)...)
		}
		isLoopOf(t, recorded, pictureSums(t, clipFile(t, "av1")), func(a, b string) bool { return a == b })
	})
}

// isLoopOf checks that got is what a camera sends that repeats clip, from a key
// frame on (there is one a second).
func isLoopOf[T any](t *testing.T, got, clip []T, equal func(a, b T) bool) {
	t.Helper()
	if len(got) < 75 {
		t.Fatalf("only %d frames", len(got))
	}
	for first := 0; first < len(clip); first += 25 {
		n := 0
		for n < len(got) && equal(got[n], clip[(first+n)%len(clip)]) {
			n++
		}
		if n == len(got) {
			return
		}
		if n > 0 {
			t.Errorf("frame %d of %d is not what was sent after the one before", n, len(got))
			return
		}
	}
	t.Error("the first frame is not one that was sent")
}

// packetSums returns ffmpeg's checksums of the video packets in a file.
func packetSums(t *testing.T, path string) []string { return frameSums(t, path, "-c", "copy") }

// pictureSums returns ffmpeg's checksums of the decoded pictures in a file.
func pictureSums(t *testing.T, path string) []string { return frameSums(t, path) }

func frameSums(t *testing.T, path string, how ...string) (sums []string) {
	t.Helper()
	args := append([]string{"-nostdin", "-v", "error", "-i", path, "-map", "0:v"}, how...)
	out, err := tool("ffmpeg", append(args, "-f", "framemd5", "-")...)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out) {
		if fields := strings.Split(strings.TrimSpace(line), ","); !strings.HasPrefix(line, "#") {
			sums = append(sums, strings.TrimSpace(fields[len(fields)-1]))
		}
	}
	return sums
}

// judge lets ffprobe and ffmpeg say whether a segment is a good recording of
// nothing but video.
func judge(t *testing.T, path string) {
	t.Helper()
	out, err := tool("ffprobe", "-v", "error", "-show_entries", "stream=codec_type", "-of", "csv=p=0", path)
	if err != nil || strings.TrimSpace(out) != "video" {
		t.Errorf("%s has streams %q, %v", path, out, err)
	}
	out, err = tool("ffmpeg", "-nostdin", "-v", "error", "-xerror", "-i", path, "-f", "null", "-")
	if err != nil || out != "" {
		t.Errorf("%s: %s %v", path, out, err)
	}
}

// TestFaults lets cameras go wrong in every way that the farm knows, all at once:
// each wrong shows as a gap with its cause, and is of no matter to the others.
func TestFaults(t *testing.T) {
	t.Parallel()
	clip := loadClip(t, "h264")
	cameras := []farm.Camera{
		{Path: "good", Clip: clip},
		{Path: "dropped", Clip: clip},
		{Path: "stalled", Clip: clip},
		{Path: "gone", Clip: clip},
		{Path: "hangs-up", Clip: clip},
		{Path: "locked", Clip: clip, User: "admin", Password: "before"},
		{Path: "lossy", Clip: clip},
		{Path: "no-udp", Clip: clip, UDP: farm.UDPRefused},
	}
	server, configs := serve(t, cameras...)
	nobody, unused := serve(t, farm.Camera{Path: "unreachable", Clip: clip})
	if err := nobody.Close(); err != nil {
		t.Fatal(err)
	}
	configs = append(configs, unused...)
	configs[7].Transport = UDP
	s := openSpool(t)
	r := record(t, s, 2*time.Second, configs)
	in := func(id string, state footage.CameraState, cause footage.Cause) func() bool {
		return func() bool {
			h := health(t, r, footage.CameraID(id))
			return h.State == state && h.Cause == cause
		}
	}
	for _, c := range configs[:7] {
		until(t, string(c.ID)+" to be recorded", in(string(c.ID), footage.StateRecording, ""))
	}
	server.Camera("stalled").Stall(true)
	server.Camera("dropped").Drop()
	server.Camera("gone").Refuse(farm.NotFound)
	server.Camera("gone").Drop()
	server.Camera("hangs-up").Refuse(farm.HangUp)
	server.Camera("hangs-up").Drop()
	server.Camera("locked").SetPassword("admin", "after")
	server.Camera("locked").Drop()
	server.Camera("lossy").Lose(3)
	for id, want := range map[string]struct {
		cause  footage.Cause
		detail string
	}{
		"gone":        {footage.CauseRefused, "the camera has no stream at this URL (404)"},
		"hangs-up":    {footage.CauseUnreachable, "the camera ended the connection without an answer"},
		"locked":      {footage.CauseRefused, "the camera refused the user name or password"},
		"no-udp":      {footage.CauseRefused, "the camera does not offer transport udp (461)"},
		"unreachable": {footage.CauseUnreachable, fmt.Sprintf("no connection to %s: connection refused", nobody.Addr())},
	} {
		until(t, id+" to be down", in(id, footage.StateDown, want.cause))
		if h := health(t, r, footage.CameraID(id)); h.Detail != want.detail {
			t.Errorf("%s says %q, want %q", id, h.Detail, want.detail)
		}
	}
	server.Camera("gone").Refuse(farm.Answer)
	server.Camera("hangs-up").Refuse(farm.Answer)
	server.Camera("locked").SetPassword("admin", "before")
	until(t, "the stall", in("stalled", footage.StateDown, footage.CauseStalled))
	server.Camera("stalled").Stall(false)
	for _, c := range configs[:7] {
		until(t, string(c.ID)+" to come back", in(string(c.ID), footage.StateRecording, ""))
	}
	if h := health(t, r, "lossy"); h.LostPackets != 3 || h.Reconnects != 0 {
		t.Errorf("the lossy camera: %+v", h)
	}
	r.Close()
	for id, want := range map[footage.CameraID][]footage.Cause{
		"good":        nil,
		"lossy":       nil,
		"dropped":     {footage.CauseEnded},
		"stalled":     {footage.CauseStalled},
		"gone":        {footage.CauseEnded, footage.CauseRefused},
		"hangs-up":    {footage.CauseEnded, footage.CauseUnreachable},
		"locked":      {footage.CauseEnded, footage.CauseRefused},
		"no-udp":      {footage.CauseRefused},
		"unreachable": {footage.CauseUnreachable},
	} {
		var causes []footage.Cause
		for _, l := range account(t, s, id) {
			if l.path == "" {
				causes = append(causes, l.cause)
				if strings.Contains(l.detail, "before") {
					t.Errorf("a password is written down: %q", l.detail)
				}
			} else {
				judge(t, l.path)
			}
		}
		if !slices.Equal(causes, want) {
			t.Errorf("the gaps of %s have the causes %q, want %q", id, causes, want)
		}
	}
}
