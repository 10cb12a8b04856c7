package rtsp

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"iter"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sjudager/sjudager/recorder/rtp"
)

// ask is a request as a camera sees it.
type ask struct {
	method, url string
	header      map[string]string // names in lower case
}

// camera serves connections, each request with what respond returns: a status
// line and headers, and a body after an empty line. CSeq and Content-Length are
// added. An empty answer is none.
func camera(t *testing.T, secure *tls.Config, respond func(c net.Conn, a ask) string) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if secure != nil {
		l = tls.NewListener(l, secure)
	}
	var running sync.WaitGroup
	t.Cleanup(func() {
		l.Close()
		running.Wait()
	})
	running.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer c.Close()
				for r := bufio.NewReader(c); ; {
					a, err := readAsk(r)
					if err != nil {
						return
					}
					if answer := respond(c, a); answer != "" {
						head, body, _ := strings.Cut(answer, "\n\n")
						fmt.Fprintf(c, "%s\r\nCSeq: %s\r\nContent-Length: %d\r\n\r\n%s", strings.ReplaceAll(head, "\n", "\r\n"), a.header["cseq"], len(body), body)
					}
				}
			})
		}
	})
	return l.Addr().String()
}

func readAsk(r *bufio.Reader) (a ask, err error) {
	a.header = map[string]string{}
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return a, err
		}
		line = strings.TrimSpace(line)
		name, value, _ := strings.Cut(line, ":")
		switch {
		case a.method == "":
			a.method, a.url, _ = strings.Cut(line, " ")
			a.url, _, _ = strings.Cut(a.url, " ")
		case line == "":
			return a, nil
		default:
			a.header[strings.ToLower(name)] = strings.TrimSpace(value)
		}
	}
}

const h264SDP = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\na=control:track1\r\n"

// TestStaleNonce: a camera that wants a new nonce in the midst of the video gets
// it, and the video goes on.
func TestStaleNonce(t *testing.T) {
	var mu sync.Mutex
	var log []string
	nonce := "one"
	address := camera(t, nil, func(c net.Conn, a ask) string {
		mu.Lock()
		defer mu.Unlock()
		if a.method == "GET_PARAMETER" && len(log) == 0 {
			nonce = "two"
		}
		if !strings.Contains(a.header["authorization"], `nonce="`+nonce+`"`) {
			if a.method == "GET_PARAMETER" {
				log = append(log, "refused "+a.header["cseq"])
			}
			return "RTSP/1.0 401 Unauthorized\nWWW-Authenticate: Digest realm=\"cam\", stale=TRUE, nonce=\"" + nonce + "\""
		}
		switch a.method {
		case "OPTIONS":
			return "RTSP/1.0 200 OK\nPublic: DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN"
		case "DESCRIBE":
			return "RTSP/1.0 200 OK\nContent-Type: application/sdp\n\n" + h264SDP
		case "SETUP":
			return "RTSP/1.0 200 OK\nTransport: RTP/AVP/TCP;unicast;interleaved=6-7\nSession: 1;timeout=1"
		case "GET_PARAMETER":
			log = append(log, "accepted "+a.header["cseq"])
			if len(log) > 2 { // the next one of gortsplib
				fmt.Fprintf(c, "$\x06\x00\x0d\x80\x60\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03x")
			}
			return "RTSP/1.0 200 OK\nSession: 1"
		default:
			return "RTSP/1.0 200 OK\nSession: 1"
		}
	})
	var packets atomic.Int32
	failed := make(chan error, 1)
	ctx := t.Context()
	go func() {
		failed <- Play(ctx, Source{URL: "rtsp://admin:secret@" + address + "/", Transport: TCP}, Handler{
			Begin: func(Stream) {},
			Packets: func(all iter.Seq[rtp.Packet]) {
				for p := range all {
					if p.Sequence != 1 || p.Timestamp != 2 || p.SSRC != 3 || string(p.Payload) != "x" {
						t.Errorf("packet %+v", p)
					}
					packets.Add(1)
				}
			},
		})
	}()
	for deadline := time.Now().Add(20 * time.Second); packets.Load() == 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no packet came")
		}
	}
	select {
	case err := <-failed:
		t.Errorf("the session has ended: %v", err)
	default:
	}
	mu.Lock()
	defer mu.Unlock()
	if !strings.HasPrefix(log[0], "refused") || !strings.HasPrefix(log[1], "accepted") || log[0][8:] == log[1][9:] || !strings.HasPrefix(log[2], "accepted") {
		t.Errorf("the keepalives: %q", log)
	}
}
