package farm

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadRequest(t *testing.T) {
	for name, c := range map[string]struct {
		in     string
		method string
		err    error
	}{
		"plain":            {in: "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n", method: "OPTIONS"},
		"bare line ends":   {in: "PLAY rtsp://h/c RTSP/1.0\nCSeq: 1\n\n", method: "PLAY"},
		"after RTCP":       {in: "$\x01\x00\x04abcd$\x01\x00\x00PLAY rtsp://h/c RTSP/1.0\r\n\r\n", method: "PLAY"},
		"with a body":      {in: "GET_PARAMETER * RTSP/1.0\r\nContent-Length: 3\r\n\r\nabc", method: "GET_PARAMETER"},
		"nothing":          {in: "", err: io.EOF},
		"cut in a frame":   {in: "$\x01\x00\x04ab", err: io.EOF},
		"cut in a line":    {in: "OPTIONS * RT", err: io.ErrUnexpectedEOF},
		"cut in a body":    {in: "A * RTSP/1.0\r\nContent-Length: 3\r\n\r\nab", err: io.EOF},
		"another protocol": {in: "GET / HTTP/1.1\r\n\r\n", err: errRequest},
		"no colon":         {in: "A * RTSP/1.0\r\nCSeq 1\r\n\r\n", err: errRequest},
		"negative body":    {in: "A * RTSP/1.0\r\nContent-Length: -1\r\n\r\n", err: errRequest},
		"huge body":        {in: "A * RTSP/1.0\r\nContent-Length: 9999999999\r\n\r\n", err: errRequest},
		"endless line":     {in: strings.Repeat("a", 1<<20), err: errRequest},
		"endless headers":  {in: "A * RTSP/1.0\r\n" + strings.Repeat("a: b\r\n", 1000), err: errRequest},
	} {
		req, err := readRequest(bufio.NewReader(strings.NewReader(c.in)))
		if !errors.Is(err, c.err) || err == nil && req.method != c.method {
			t.Errorf("%s: method %q, error %v", name, req.method, err)
		}
	}
}

func FuzzReadRequest(f *testing.F) {
	f.Add("SETUP rtsp://h/c/trackID=0 RTSP/1.0\r\nCSeq: 1\r\nTransport: RTP/AVP;unicast;client_port=4-5\r\n\r\n")
	f.Add("$\x01\x00\x04abcdPLAY rtsp://h/c RTSP/1.0\r\nContent-Length: 2\r\n\r\nab")
	f.Fuzz(func(t *testing.T, in string) {
		r := bufio.NewReader(strings.NewReader(in))
		for {
			req, err := readRequest(r)
			if err != nil {
				return
			}
			if path, _, err := target(req.url); err == nil && strings.HasPrefix(path, "/") {
				t.Errorf("path %q", path)
			}
			for _, o := range parseTransports(req.header.Get("Transport")) {
				if o.tcp && o.channel == 255 || !o.tcp && o.high != o.low+1 {
					t.Errorf("transport %+v", o)
				}
			}
		}
	})
}

func TestTarget(t *testing.T) {
	for raw, want := range map[string]struct {
		path  string
		track int
	}{
		"*":                              {"*", -1},
		"rtsp://h:1/cam":                 {"cam", -1},
		"rtsp://h/cam/":                  {"cam", -1},
		"rtsp://u:p@h/a/b/trackID=1":     {"a/b", 1},
		"rtsp://h/cam?sub=1":             {"cam", -1},
		"rtsp://h/cam?sub=1/trackID=0":   {"cam", 0},
		"rtsp://h/cam/?sub=1/trackID=12": {"cam", 12},
	} {
		path, track, err := target(raw)
		if err != nil || path != want.path || track != want.track {
			t.Errorf("%s: path %q, track %d, error %v", raw, path, track, err)
		}
	}
	for _, raw := range []string{"rtsp://h/cam/trackID=x", "rtsp://h/cam/trackID=-1", "rtsp://h:x/cam", "%"} {
		if _, _, err := target(raw); !errors.Is(err, errRequest) {
			t.Errorf("%s: error %v", raw, err)
		}
	}
}

func TestParseTransports(t *testing.T) {
	udp := func(port uint16) transport { return transport{low: port, high: port + 1} }
	tcp := func(channel byte) transport { return transport{tcp: true, channel: channel, channelGiven: true} }
	for header, want := range map[string][]transport{
		"RTP/AVP/TCP;unicast;interleaved=2-3":                               {tcp(2)},
		"RTP/AVP/TCP;interleaved=4":                                         {tcp(4)},
		"RTP/AVP/TCP":                                                       {{tcp: true}},
		"RTP/AVP;unicast;client_port=5000-5001":                             {udp(5000)},
		`RTP/AVP/UDP;unicast;client_port=5000-5001;mode="PLAY"`:             {udp(5000)},
		"RTP/AVP;multicast;client_port=5000-5001,RTP/AVP/TCP;interleaved=0": {{multicast: true}, tcp(0)},
		"RTP/AVP;unicast;client_port=5000-5001, RTP/AVP/TCP;unicast":        {udp(5000), {tcp: true}},
		"":                                nil,
		"RTP/AVP;unicast":                 nil,
		"RTP/AVP;unicast;client_port=0-1": nil,
		"RTP/AVP;unicast;client_port=7-9": nil,
		"RTP/AVP;unicast;client_port=65535-65536":           nil,
		"RTP/AVP;unicast;client_port=5000-5001;mode=record": nil,
		"RTP/AVP/TCP;interleaved=255-256":                   nil,
		"RTP/SAVP/TCP;interleaved=0-1":                      nil,
	} {
		if diff := cmp.Diff(want, parseTransports(header), cmp.AllowUnexported(transport{})); diff != "" {
			t.Errorf("%q (-want +got):\n%s", header, diff)
		}
	}
}

// What a client gets for requests that make no sense.
func TestStatus(t *testing.T) {
	t.Parallel()
	clip := openClip(t, "k01-inngang")
	s, _ := serveFrozen(t, Camera{Path: "cam", Clip: clip}, Camera{Path: "other", Clip: clip})
	c := dial(t, s, "cam")
	for _, x := range []struct {
		method, url, header string
		want                int
	}{
		{"OPTIONS", "*", "A: b", 200},
		{"GET_PARAMETER", c.url, "A: b", 200},
		{"DESCRIBE", s.URL("none"), "A: b", 404},
		{"DESCRIBE", c.url + "/trackID=x", "A: b", 400},
		{"RECORD", c.url, "A: b", 501},
		{"PLAY", c.url, "A: b", 454},
		{"SETUP", c.url + "/trackID=2", "Transport: RTP/AVP/TCP", 404},
		{"SETUP", c.url + "/trackID=0", "Transport: RTP/SAVP", 461},
		{"SETUP", c.url, "Transport: RTP/AVP/TCP", 200},
		{"SETUP", s.URL("other"), "Transport: RTP/AVP/TCP", 459},
		{"PLAY", s.URL("other"), "A: b", 454},
		{"PLAY", c.url, "A: b", 200},
		{"PLAY", c.url, "A: b", 200},
		{"SETUP", c.url, "Transport: RTP/AVP/TCP", 455},
		{"TEARDOWN", c.url, "A: b", 200},
	} {
		if a := c.ask(x.method, x.url, x.header); a.status != x.want {
			t.Errorf("%s %s: %d, want %d", x.method, x.url, a.status, x.want)
		}
	}
	io.WriteString(c.nc, "GET / HTTP/1.1\r\n\r\n")
	c.nc.(interface{ CloseWrite() error }).CloseWrite()
	b, _ := io.ReadAll(c.r)
	if !strings.HasPrefix(string(b), "RTSP/1.0 400 Bad Request\r\n") {
		t.Errorf("malformed request: %q", b)
	}
}

func TestCameraCheck(t *testing.T) {
	t.Parallel()
	clip := openClip(t, "k02-ko")
	for name, cams := range map[string][]Camera{
		"no path":        {{Clip: clip}},
		"leading slash":  {{Path: "/cam", Clip: clip}},
		"query":          {{Path: "cam?x", Clip: clip}},
		"no clip":        {{Path: "cam"}},
		"negative speed": {{Path: "cam", Clip: clip, Speed: -1}},
		"silent clip":    {{Path: "cam", Clip: clip, Audio: true}},
		"short timeout":  {{Path: "cam", Clip: clip, SessionTimeout: 1}},
		"same path":      {{Path: "cam", Clip: clip}, {Path: "cam", Clip: clip}},
	} {
		if s, err := Start("127.0.0.1:0", cams...); err == nil {
			s.Close()
			t.Errorf("%s: it starts", name)
		}
	}
	if s, err := Start("127.0.0.1:99999", Camera{Path: "cam", Clip: clip}); err == nil {
		s.Close()
		t.Error("it listens at a port that does not exist")
	}
}

func TestCameras(t *testing.T) {
	t.Parallel()
	var got []string
	for _, c := range Cameras(5, openClip(t, "k01-inngang"), openClip(t, "k02-ko")) {
		got = append(got, c.Path+" "+c.Offset.String())
	}
	want := []string{"k01-inngang 0s", "k02-ko 0s", "k01-inngang-2 8s", "k02-ko-2 8s", "k01-inngang-3 16s"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if c, err := DemoCameras(7); err != nil || len(c) != 7 || c[6].Path != "k02-ko-2" {
		t.Errorf("demo cameras: %d, %v", len(c), err)
	}
}
