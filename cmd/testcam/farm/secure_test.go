package farm

import (
	"bufio"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"strconv"
	"testing"
	"time"
)

// dialSecure is dial by TLS, with what a client must know.
func dialSecure(t testing.TB, s *Server, path string, config *tls.Config) *client {
	t.Helper()
	nc, err := tls.Dial("tcp", s.Addr(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	return &client{t: t, nc: nc, r: bufio.NewReader(nc), url: s.SecureURL(path)}
}

func TestSecure(t *testing.T) {
	t.Parallel()
	clip := openClip(t, "k02-ko")
	s, clock := serveFrozen(t, Camera{Path: "cam", Clip: clip, PacketWrites: true}, Camera{Path: "other", Clip: clip})
	trusting := x509.NewCertPool()
	trusting.AddCert(s.Certificate())
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, name := range []string{"127.0.0.1", "localhost"} {
			c := dialSecure(t, s, "cam", &tls.Config{RootCAs: trusting, ServerName: name, MaxVersion: version})
			presented := c.nc.(*tls.Conn).ConnectionState().PeerCertificates[0]
			if got := fmt.Sprintf("%x", sha256.Sum256(presented.Raw)); got != s.Fingerprint() {
				t.Errorf("fingerprint %s, presented is %s", s.Fingerprint(), got)
			}
		}
	}
	if _, err := tls.Dial("tcp", s.Addr(), &tls.Config{ServerName: "localhost"}); err == nil {
		t.Error("a client that trusts nobody comes in")
	}
	secure := dialSecure(t, s, "cam", &tls.Config{RootCAs: trusting, ServerName: "localhost"})
	if a := secure.ask("SETUP", secure.url+"/trackID=0", "Transport: RTP/AVP;unicast;client_port=5000-5001"); a.status != 461 {
		t.Errorf("UDP by RTSPS: status %d", a.status)
	}
	secure.play()
	plain := dial(t, s, "other")
	plain.play()
	advance(s, clock, 2*time.Second)
	for want := 50; want < 450; want++ {
		if want%50 == 1 {
			advance(s, clock, 2*time.Second)
		}
		for _, c := range []*client{secure, plain} {
			if n := find(t, clip, c.unit(H264).data); n != want {
				t.Fatalf("%s: unit %d, want %d", c.url, n, want)
			}
		}
	}
	secure.must("GET_PARAMETER", secure.url)
	s.Camera("cam").Drop()
	if !secure.ended() {
		t.Error("the connection goes on")
	}
}

func TestFfmpegReceivesSecurely(t *testing.T) {
	t.Parallel()
	clip := openClip(t, "k04-lasterampe")
	s := serve(t, Camera{Path: "cam", Clip: clip, Speed: 16, User: "vakt", Password: "hemmelig"})
	url := "rtsps://vakt:hemmelig@" + s.Addr() + "/cam"
	got := ffmpegFrames(t, nil, "-rtsp_transport", "tcp", "-analyzeduration", "500000", "-i", url, "-map", "0:v", "-c", "copy", "-frames:v", strconv.Itoa(50))
	if len(got) != 50 {
		t.Fatalf("ffmpeg received %d frames", len(got))
	}
	first := -1
	for i, f := range got {
		for n, u := range clip.Units {
			if hash(annexB(u)) == f.md5 && (first < 0 || n == (first+i)%len(clip.Units)) {
				if first < 0 {
					first = n
				}
				f.md5 = ""
				break
			}
		}
		if f.md5 != "" {
			t.Fatalf("frame %d is not the next of the clip", i)
		}
	}
}

// A client that shakes hands and then does not read loses its connection, and
// one that does not shake hands keeps nobody waiting.
func TestSecureClientsThatMisbehave(t *testing.T) {
	t.Parallel()
	s, clock, _, feed := hall(t)
	half := dial(t, s, "cam")
	if _, err := half.nc.Write([]byte{tlsHandshake, 3, 1}); err != nil {
		t.Fatal(err)
	}
	odd := dial(t, s, "cam")
	if _, err := odd.nc.Write([]byte("\x16RTSP, really\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	if !odd.ended() {
		t.Error("what is no handshake keeps the connection open")
	}
	stuck := dialSecure(t, s, "cam", &tls.Config{InsecureSkipVerify: true})
	stuck.play()
	for feed.Clients() == 1 {
		if clock.Now().Sub(s.epoch) > time.Hour {
			t.Fatal("the stuck client is never given up")
		}
		advance(s, clock, time.Second)
	}
}
