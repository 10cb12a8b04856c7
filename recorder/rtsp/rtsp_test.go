package rtsp

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v4/pkg/base"

	"github.com/sjudager/sjudager/vault/footage"
)

// describe serves cameras that answer every request, DESCRIBE with sdp.
func describe(t *testing.T, sdp string) (url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			answer(c, sdp)
			c.Close()
		}
	}()
	return "rtsp://" + l.Addr().String() + "/stream"
}

func answer(c net.Conn, sdp string) {
	for r := bufio.NewReader(c); ; {
		var cseq, method string
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			if method == "" {
				method, _, _ = strings.Cut(line, " ")
			}
			if value, ok := strings.CutPrefix(line, "CSeq: "); ok {
				cseq = strings.TrimSpace(value)
			}
			if line == "\r\n" {
				break
			}
		}
		body := ""
		if method == "DESCRIBE" {
			body = sdp
		}
		fmt.Fprintf(c, "RTSP/1.0 200 OK\r\nCSeq: %s\r\nContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s", cseq, len(body), body)
	}
}

func TestUnsupported(t *testing.T) {
	const header = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\n"
	for name, test := range map[string]struct{ media, want string }{
		"MJPEG and MPEG-4": {
			"m=video 0 RTP/AVP 26\r\nm=video 0 RTP/AVP 97\r\na=rtpmap:97 MP4V-ES/90000\r\n",
			"the camera's video cannot be recorded; it offers M-JPEG, MPEG-4 Video: set the stream to H.264, H.265 or AV1 on the camera",
		},
		"audio only": {
			"m=audio 0 RTP/AVP 0\r\n",
			"the camera's video cannot be recorded; it offers no video track",
		},
		"interleaved H.264": {
			"m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=2\r\n",
			"the camera's video cannot be recorded; its H.264 is interleaved (packetization-mode 2): set packetization-mode 0 or 1 on the camera",
		},
		"encrypted": {
			"m=video 0 RTP/SAVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj\r\n",
			"the camera's video cannot be recorded; it is encrypted (SRTP): switch that off on the camera, or configure its rtsps address",
		},
		"one of each": {
			"m=video 0 RTP/SAVP 97\r\na=rtpmap:97 H265/90000\r\nm=video 0 RTP/AVP 26\r\n",
			"the camera's video cannot be recorded; it is encrypted (SRTP): switch that off on the camera, or configure its rtsps address; it offers M-JPEG: set the stream to H.264, H.265 or AV1 on the camera",
		},
		"interleaved H.265": {
			"m=video 0 RTP/AVP 96\r\na=rtpmap:96 H265/90000\r\na=fmtp:96 sprop-max-don-diff=1\r\n",
			"the camera's video cannot be recorded; its H.265 is interleaved (sprop-max-don-diff): switch that off on the camera",
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := Play(t.Context(), Source{URL: describe(t, header+test.media), Transport: TCP}, Handler{
				Begin: func(Stream) { t.Error("a stream has begun") },
			})
			var e *Error
			if !errors.As(err, &e) || e.Cause != footage.CauseUnsupported || e.Detail != test.want {
				t.Errorf("%v, want %s", err, test.want)
			}
		})
	}
}

func TestPlayEndsWithItsContext(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // accepts and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := Play(ctx, Source{URL: "rtsp://" + l.Addr().String() + "/x"}, Handler{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("it ended with %v", err)
	}
}

func TestExplain(t *testing.T) {
	type status struct {
		base.Response
		error
	}
	answer := func(code base.StatusCode, message string) error {
		return &status{Response: base.Response{StatusCode: code, StatusMessage: message}}
	}
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: &net.OpError{Op: "connect", Err: syscall.ECONNREFUSED}}
	for _, test := range []struct {
		err     error
		url     string
		playing bool
		cause   footage.Cause
		detail  string
	}{
		{answer(401, "Unauthorized"), "rtsp://admin:pass@cam/", false, footage.CauseRefused, "the camera refused the user name or password"},
		{answer(401, "Unauthorized"), "rtsp://cam/", false, footage.CauseRefused, "the camera asks for a user name and a password, and none is configured"},
		{answer(404, "Not Found"), "rtsp://cam/", false, footage.CauseRefused, "the camera has no stream at this URL (404)"},
		{answer(461, "Unsupported Transport"), "rtsp://cam/", false, footage.CauseRefused, "the camera does not offer transport tcp (461)"},
		{answer(503, "too many, pass"), "rtsp://admin:pass@cam/", false, footage.CauseRefused, "the camera answered 503 too many, …"},
		{errLogin, "rtsp://cam/", false, footage.CauseRefused, "the camera asks for a kind of authentication that is not supported"},
		{errUnanswered, "rtsp://cam:554/", false, footage.CauseUnreachable, "the camera at cam:554 does not answer"},
		{refused, "rtsp://cam:554/", false, footage.CauseUnreachable, "no connection to cam:554: connection refused"},
		{&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "cam"}}, "rtsp://cam/", false, footage.CauseUnreachable, "no connection to cam: lookup cam: no such host"},
		{io.EOF, "rtsp://cam/", false, footage.CauseUnreachable, "the camera ended the connection without an answer"},
		{io.EOF, "rtsp://cam/", true, footage.CauseEnded, "the camera ended the connection"},
		{&net.OpError{Op: "read", Err: syscall.ECONNRESET}, "rtsp://cam/", true, footage.CauseEnded, "the camera ended the connection"},
		{errors.New("invalid p@ss and p%40ss"), "rtsp://admin:p%40ss@cam/", false, footage.CauseRefused, "the camera's answer makes no sense: invalid … and …"},
		{errors.New(strings.Repeat("é", 200)), "rtsp://cam/", true, footage.CauseEnded, "the connection broke: " + strings.Repeat("é", 100) + "…"},
	} {
		u, err := base.ParseURL(test.url)
		if err != nil {
			t.Fatal(err)
		}
		p := &player{url: u, playing: test.playing, stream: Stream{Transport: TCP}}
		if s, ok := test.err.(*status); ok {
			test.err = p.refusal(&s.Response)
		}
		if got := p.explain(test.err); got.Cause != test.cause || got.Detail != test.detail {
			t.Errorf("%v is explained as %s: %q, want %s: %q", test.err, got.Cause, got.Detail, test.cause, test.detail)
		}
	}
}

func TestBadURL(t *testing.T) {
	for _, url := range []string{"", "http://cam/", "rtsp://admin:sec%ret@cam/"} {
		var e *Error
		if err := Play(t.Context(), Source{URL: url}, Handler{}); !errors.As(err, &e) || e.Cause != footage.CauseRefused || strings.Contains(e.Error(), "ret") {
			t.Errorf("%q: %v", url, err)
		}
	}
}
