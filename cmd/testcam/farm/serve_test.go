package farm

import (
	"net/url"
	"slices"
	"strconv"
	"testing"
)

// ffmpeg receives exactly the clip's packets, over the clip's end and beginning,
// for every codec and way of delivery and authentication.
func TestFfmpegReceivesTheClip(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, clip, transport string
		camera                Camera
	}{
		{name: "h264", clip: "k01-inngang", transport: "tcp"},
		{name: "h264 udp", clip: "k01-inngang", transport: "udp"},
		{name: "h264 b-frames", clip: "k02-ko", transport: "tcp", camera: Camera{User: "vakt", Password: "p@ss: ord", Auth: Basic}},
		{name: "h264 in-band", clip: "k04-lasterampe", transport: "tcp", camera: Camera{InBandParams: true, OmitSDPParams: true}},
		{name: "h264 aggregated", clip: "k04-lasterampe", transport: "udp", camera: Camera{InBandParams: true, Aggregate: true}},
		{name: "h265", clip: "k05-garderobe", transport: "tcp", camera: Camera{User: "vakt", Password: "hemmelig"}},
		{name: "h265 b-frames", clip: "k03-scenekant", transport: "udp"},
		{name: "h265 in-band", clip: "k05-garderobe", transport: "tcp", camera: Camera{InBandParams: true, OmitSDPParams: true, Aggregate: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			clip := openClip(t, c.clip)
			c.camera.Path, c.camera.Clip, c.camera.Speed = "cam", clip, 16
			s := serve(t, c.camera)
			u, err := url.Parse(s.URL("cam"))
			if err != nil {
				t.Fatal(err)
			}
			if c.camera.User != "" {
				u.User = url.UserPassword(c.camera.User, c.camera.Password)
			}
			// More than a round, so that the clip's end is among it.
			window := len(clip.Units) + 10
			got := ffmpegFrames(t, nil, "-rtsp_transport", c.transport, "-analyzeduration", "500000", "-i", u.String(), "-map", "0:v", "-c", "copy", "-frames:v", strconv.Itoa(window))
			if len(got) != window {
				t.Fatalf("ffmpeg received %d frames, want %d", len(got), window)
			}
			want := make([]string, len(clip.Units)) // MD5s of the units
			first := -1
			for i, u := range clip.Units {
				b := annexB(u)
				if u.Key && c.camera.InBandParams {
					b = append(annexB(Unit{Data: avcc(clip.Params...)}), b...)
				}
				whole := b
				if clip.Codec == H265 {
					// ffmpeg counts a start code's first zero to the frame before it.
					whole = append(b, 0)
					b = whole[1:]
				}
				if hash(whole) == got[0].md5 {
					first = i
				}
				want[i] = hash(b)
			}
			if first < 0 || !clip.Units[first].Key {
				t.Fatalf("the first frame is unit %d, want a key frame", first)
			}
			// ffmpeg guesses the first times of a stream with B-frames.
			const settled = 8
			at := func(i int) int64 {
				n := first + i
				return int64(n/len(want))*clip.Period + clip.Units[n%len(want)].PTS
			}
			for i, f := range got {
				if i > 0 && f.md5 != want[(first+i)%len(want)] {
					t.Fatalf("frame %d is not unit %d", i, (first+i)%len(want))
				}
				if i > settled && f.pts-got[settled].pts != at(i)-at(settled) {
					t.Fatalf("frame %d: PTS %d after frame %d, want %d", i, f.pts-got[settled].pts, settled, at(i)-at(settled))
				}
			}
			if n := s.Camera("cam").Dropped(); n != 0 {
				t.Errorf("%d frames dropped", n)
			}
		})
	}
}

// ffmpeg takes TCP when the camera refuses UDP, and hears the AAC track.
func TestFfmpegReceivesAudio(t *testing.T) {
	t.Parallel()
	clip := openClip(t, "k01-inngang")
	s := serve(t, Camera{Path: "cam", Clip: clip, Audio: true, UDP: UDPRefused, Speed: 8})
	got := ffmpegFrames(t, nil, "-analyzeduration", "500000", "-i", s.URL("cam"), "-map", "0:a", "-c", "copy", "-frames:a", "60")
	frames := clip.audio.frames
	first := slices.IndexFunc(frames, func(f audioFrame) bool { return hash(f.data) == got[0].md5 })
	if first < 0 {
		t.Fatal("the first audio frame is not in the clip")
	}
	for i, f := range got {
		if want := hash(frames[(first+i)%len(frames)].data); f.md5 != want {
			t.Fatalf("audio frame %d is another than the clip's %d", i, first+i)
		}
	}
}
