package rtsp

import (
	"net/url"
	"testing"

	"github.com/bluenviron/gortsplib/v4/pkg/base"
)

func TestTrackURL(t *testing.T) {
	const sdp = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\n"
	for _, test := range []struct{ session, base, control, aggregate, track string }{
		{"", "", "track1", "rtsp://u:p@cam/a", "rtsp://u:p@cam/a/track1"},
		{"a=control:*\r\n", "rtsp://cam/a/", "track1", "rtsp://u:p@cam/a/", "rtsp://u:p@cam/a/track1"},
		{"a=control:rtsp://cam/b/\r\n", "rtsp://cam/a/", "track1", "rtsp://u:p@cam/b/", "rtsp://u:p@cam/b/track1"},
		{"", "/c/", "track1", "rtsp://u:p@cam/c/", "rtsp://u:p@cam/c/track1"},
		{"", "rtsp://cam/a?x=1", "?trackID=1", "rtsp://u:p@cam/a?x=1", "rtsp://u:p@cam/a?x=1?trackID=1"},
		{"", "", "rtsp://10.0.0.1:7/d/1", "rtsp://u:p@cam/a", "rtsp://u:p@cam/d/1"},
		{"", "http://cam/", "track1", "", ""},
		{"", "", "%zz", "rtsp://u:p@cam/a", ""},
	} {
		u, err := base.ParseURL("rtsp://u:p@cam/a")
		if err != nil {
			t.Fatal(err)
		}
		p := &player{url: u}
		res := &base.Response{Header: base.Header{}, Body: []byte(sdp + test.session + "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:" + test.control + "\r\n")}
		if test.base != "" {
			res.Header["Content-Base"] = base.HeaderValue{test.base}
		}
		session, err := p.read(res)
		if err != nil || session.BaseURL.String() != test.aggregate {
			if test.aggregate != "" {
				t.Errorf("%+v: %v, %v", test, session, err)
			}
			continue
		}
		track, err := trackURL(session, session.Medias[0])
		if (err != nil) != (test.track == "") || err == nil && track.String() != test.track {
			t.Errorf("%+v: %v, %v", test, track, err)
		}
	}
}

// FuzzDescribe: whatever a camera says of itself, either it is not recorded or there
// are requests to be sent to it.
func FuzzDescribe(f *testing.F) {
	f.Add(h264SDP, "rtsp://cam/a/", `Digest realm="cam", nonce="1", opaque="2"`)
	f.Add("v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H265/90000\r\na=control:?x=%zz\r\n", "/a", "Basic realm=x")
	f.Fuzz(func(t *testing.T, sdp, aggregate, challenge string) {
		u, err := base.ParseURL("rtsp://user:pass@cam/a")
		if err != nil {
			t.Fatal(err)
		}
		p := &player{url: u}
		res := &base.Response{Header: base.Header{"Content-Base": {aggregate}, "WWW-Authenticate": {challenge}}, Body: []byte(sdp)}
		session, err := p.read(res)
		if err != nil {
			return
		}
		media, _, err := p.choose(session)
		if err != nil {
			return
		}
		track, err := trackURL(session, media)
		if err != nil {
			return
		}
		login, err := newLogin(res, url.UserPassword("user", "pass"))
		for _, to := range []*base.URL{session.BaseURL, track} {
			req := &base.Request{Method: base.Setup, URL: to, Header: base.Header{}}
			if err == nil {
				login.sign(req)
			}
			if b, err := req.Marshal(); err != nil || len(b) == 0 {
				t.Errorf("%q, %v", b, err)
			}
		}
	})
}
