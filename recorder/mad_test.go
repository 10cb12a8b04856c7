package recorder

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sjudager/sjudager/cmd/testcam/farm"
	"github.com/sjudager/sjudager/vault/footage"
)

// madCamera answers what it must and then sends what next returns, as fast as it is
// read, for as long as the test lasts.
func madCamera(t *testing.T, next func(i int) []byte) (url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var conns []net.Conn // mu
	var running sync.WaitGroup
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		for _, c := range conns {
			c.Close()
		}
		mu.Unlock()
		running.Wait()
	})
	running.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, c)
			mu.Unlock()
			running.Go(func() {
				defer c.Close()
				r := bufio.NewReader(c)
				for playing := false; !playing; {
					method, cseq := "", ""
					for line := ""; line != "\r\n"; {
						var err error
						if line, err = r.ReadString('\n'); err != nil {
							return
						}
						if method == "" {
							method, _, _ = strings.Cut(line, " ")
						}
						if value, ok := strings.CutPrefix(line, "CSeq: "); ok {
							cseq = strings.TrimSpace(value)
						}
					}
					header, body := "", ""
					switch method {
					case "DESCRIBE":
						header, body = "Content-Type: application/sdp\r\n", "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\n"
					case "SETUP":
						header = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n"
					case "PLAY":
						playing = true
					}
					fmt.Fprintf(c, "RTSP/1.0 200 OK\r\nCSeq: %s\r\n%sContent-Length: %d\r\n\r\n%s", cseq, header, len(body), body)
				}
				for i := 0; ; i++ {
					if _, err := c.Write(next(i)); err != nil {
						return
					}
				}
			})
		}
	})
	return "rtsp://" + l.Addr().String() + "/"
}

// flood returns packets in which a fragment of a frame never ends.
func flood(i int) []byte {
	var all []byte
	for n := range 100 {
		b := []byte{'$', 0, 0, 0, 0x80, 96}
		b = binary.BigEndian.AppendUint16(b, uint16(100*i+n))
		b = append(b, 0, 0, 0, 1, 0, 0, 0, 1, 0x7c, 0x05)
		if i == 0 && n == 0 {
			b[len(b)-1] |= 0x80
		}
		b = append(b, bytes.Repeat([]byte{'x'}, 1400)...)
		binary.BigEndian.PutUint16(b[2:], uint16(len(b)-4))
		all = append(all, b...)
	}
	return all
}

// TestMadCameras: cameras that send without end, each in its way, cost a good one
// nothing.
func TestMadCameras(t *testing.T) {
	server, configs := serve(t, farm.Camera{Path: "good", Clip: loadClip(t, "slices")})
	for id, next := range map[footage.CameraID]func(int) []byte{
		"frames":   flood,
		"rubbish":  func(int) []byte { return bytes.Repeat([]byte("rubbish "), 1000) },
		"dollars":  func(int) []byte { return bytes.Repeat([]byte("$"), 10_000) },
		"messages": func(int) []byte { return bytes.Repeat([]byte("RTSP/1.0 200 OK\r\nCSeq: 9999\r\n\r\n"), 100) },
		"header":   func(int) []byte { return bytes.Repeat([]byte("RTSP/1.0 200 OK\r\nX: y\r\n"), 100) },
	} {
		configs = append(configs, Camera{ID: id, URL: madCamera(t, next), Transport: TCP, Enabled: true})
	}
	s := openSpool(t)
	r := record(t, s, time.Second, configs)
	until(t, "the good camera's segments", func() bool {
		segments, err := s.Segments()
		return err == nil && len(segments) >= 3
	})
	if h := health(t, r, "good"); h.State != footage.StateRecording || h.LostPackets != 0 || h.DroppedFrames != 0 || h.Reconnects != 0 {
		t.Errorf("the good camera: %+v", h)
	}
	if n := server.Camera("good").Dropped(); n != 0 {
		t.Errorf("it had to drop %d frames", n)
	}
	for _, c := range configs[1:] {
		if h := health(t, r, c.ID); h.State == footage.StateRecording {
			t.Errorf("a mad camera: %+v", h)
		}
	}
	r.Close()
	for i, l := range account(t, s, "good") {
		if l.run != i {
			t.Errorf("line %d is %v", i, l)
		}
	}
}
