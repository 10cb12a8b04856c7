package rtsp

import (
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sjudager/sjudager/vault/footage"
)

// TestSetUp: what cameras answer that was not asked for.
func TestSetUp(t *testing.T) {
	for _, test := range []struct {
		transport Transport
		answer    string
		want      string // "" is that it begins
	}{
		{TCP, "RTP/AVP/TCP;unicast;interleaved=4-5", ""},
		{TCP, "RTP/AVP/TCP;unicast", ""},
		{TCP, "RTP/AVP/TCP;interleaved=4-6", "the camera's answer makes no sense: channels 4 and 6"},
		{TCP, "RTP/AVP/TCP;interleaved=255-256", "the camera's answer makes no sense: channels 255 and 256"},
		{TCP, "RTP/AVP;unicast;client_port=1-2", "the camera does not offer transport tcp"},
		{TCP, "nonsense", "the camera's answer makes no sense: profile is missing: nonsense"},
		{UDP, "RTP/AVP;unicast;server_port=5000-5001", ""},
		{UDP, "RTP/AVP;unicast", ""},
		{UDP, "RTP/AVP;unicast;server_port=0-1", ""},
		{UDP, "RTP/AVP;unicast;source=127.0.0.3;server_port=5000-5001", ""},
		{UDP, "RTP/AVP/TCP;unicast;interleaved=0-1", "the camera does not offer transport udp"},
		{UDP, "RTP/AVP;multicast;destination=239.1.2.3;port=5000-5001", "the camera does not offer transport udp"},
		{Multicast, "RTP/AVP;multicast;destination=239.1.2.3;port=5000-5001;ttl=3", ""},
		{Multicast, "RTP/AVP;multicast;destination=239.1.2.3;port=5000-5001;ttl=999", ""},
		{Multicast, "RTP/AVP;multicast;port=5000-5001", "the camera offers multicast, but does not say to which group"},
		{Multicast, "RTP/AVP;multicast;destination=239.1.2.3", "the camera offers multicast, but does not say to which group"},
		{Multicast, "RTP/AVP;multicast;destination=192.0.2.1;port=5000-5001", "couldn't join 192.0.2.1 from 127.0.0.1: not a multicast group of IPv4"},
		{Multicast, "RTP/AVP;unicast;server_port=5000-5001", "the camera does not offer transport multicast"},
	} {
		var torn atomic.Bool
		address := camera(t, nil, func(_ net.Conn, a ask) string {
			switch a.method {
			case "DESCRIBE":
				return "RTSP/1.0 200 OK\nContent-Type: application/sdp\n\n" + h264SDP
			case "SETUP":
				return "RTSP/1.0 200 OK\nSession: 1\nTransport: " + test.answer
			case "PLAY":
				return "RTSP/1.0 455 Enough"
			case "TEARDOWN":
				torn.Store(a.header["session"] == "1")
			}
			return "RTSP/1.0 200 OK"
		})
		begun := false
		e := fails(t, Source{URL: "rtsp://" + address + "/", Transport: test.transport}, Handler{Begin: func(Stream) { begun = true }, Packets: nobody})
		want := test.want
		if want == "" {
			want = "the camera answered 455 Enough"
		}
		if e.Detail != want || e.Cause != footage.CauseRefused || begun != (test.want == "") || !torn.Load() {
			t.Errorf("%s, answered %s: %s: %q; begun: %v, torn down: %v", test.transport, test.answer, e.Cause, e.Detail, begun, torn.Load())
		}
	}
}

// TestEncryptedPackets: a camera that encrypts by itself is not recorded.
func TestEncryptedPackets(t *testing.T) {
	address := camera(t, nil, func(_ net.Conn, a ask) string {
		switch a.method {
		case "DESCRIBE":
			return "RTSP/1.0 200 OK\nContent-Type: application/sdp\n\n" + h264SDP
		case "SETUP":
			return "RTSP/1.0 200 OK\nSession: 1\nTransport: RTP/SAVP;unicast;server_port=5000-5001"
		}
		return "RTSP/1.0 200 OK"
	})
	e := fails(t, Source{URL: "rtsp://" + address + "/", Transport: UDP}, Handler{})
	if e.Cause != footage.CauseUnsupported || e.Detail != unsupported(troubleSRTP).Detail {
		t.Errorf("%s: %s", e.Cause, e.Detail)
	}
}

// TestPasswordIsTriedOnce: cameras lock those out that try too often.
func TestPasswordIsTriedOnce(t *testing.T) {
	for challenge, want := range map[string]int32{
		`Digest realm="cam", nonce="%d"`:                            1,
		`Digest realm="cam", nonce="%d", stale=FALSE`:               1,
		`Digest realm="cam", nonce="%d", stale=TRUE, opaque="thus"`: 2,
		`Basic realm="cam%d"`:                                       1,
	} {
		var tries atomic.Int32
		var nonce atomic.Int32
		address := camera(t, nil, func(_ net.Conn, a ask) string {
			if a.method == "OPTIONS" {
				return "RTSP/1.0 501 Not Implemented"
			}
			if login := a.header["authorization"]; login != "" {
				tries.Add(1)
				if strings.Contains(challenge, "opaque") != strings.Contains(login, `opaque="thus"`) {
					t.Errorf("%s is answered with %s", challenge, login)
				}
			}
			return "RTSP/1.0 401 Unauthorized\nWWW-Authenticate: " + fmt.Sprintf(challenge, nonce.Add(1))
		})
		e := fails(t, Source{URL: "rtsp://admin:wrong@" + address + "/", Transport: TCP}, Handler{})
		if e.Detail != "the camera refused the user name or password" || tries.Load() != want {
			t.Errorf("%s: %s after %d tries, want %d", challenge, e.Detail, tries.Load(), want)
		}
	}
}

// TestStrength: the strongest way is chosen, wherever it stands.
func TestStrength(t *testing.T) {
	ways := []string{`Basic realm="cam"`, `Digest realm="cam", nonce="1"`, `Digest realm="cam", nonce="2", algorithm=SHA-256`, `Digest realm="cam", nonce="3", algorithm=SHA-512-256`, `Bearer x`}
	for turn := range ways {
		var chosen atomic.Value
		address := camera(t, nil, func(_ net.Conn, a ask) string {
			if login := a.header["authorization"]; login != "" {
				chosen.Store(login)
				return "RTSP/1.0 404 Not Found"
			}
			answer := "RTSP/1.0 401 Unauthorized"
			for i := range ways {
				answer += "\nWWW-Authenticate: " + ways[(turn+i)%len(ways)]
			}
			return answer
		})
		fails(t, Source{URL: "rtsp://admin:secret@" + address + "/", Transport: TCP}, Handler{})
		if login, _ := chosen.Load().(string); !strings.Contains(login, `nonce="2"`) || !strings.Contains(login, "SHA-256") {
			t.Errorf("chosen was %s", login)
		}
	}
}

// TestInterruptions: what a camera asks and says in the midst of the conversation.
func TestInterruptions(t *testing.T) {
	asked := make(chan string, 100)
	address := camera(t, nil, func(c net.Conn, a ask) string {
		switch a.method {
		case "DESCRIBE":
			fmt.Fprintf(c, "$\x00\x00\x05hello\r\n\r\nOPTIONS * RTSP/1.0\r\nCSeq: 77\r\n\r\nANNOUNCE rtsp://x/ RTSP/1.0\r\nCSeq: 78\r\nContent-Length: 4\r\n\r\nv=0\nRTSP/1.0 200 OK\r\nCSeq: 999\r\n\r\n")
			return "RTSP/1.0 200 OK\nContent-Type: application/sdp\n\n" + h264SDP
		case "RTSP/1.0":
			asked <- a.header["cseq"] + " " + a.url
			return ""
		case "SETUP":
			fmt.Fprintf(c, "TEARDOWN rtsp://x/ RTSP/1.0\r\nCSeq: 79\r\n\r\n")
			return ""
		}
		return "RTSP/1.0 200 OK"
	})
	e := fails(t, Source{URL: "rtsp://" + address + "/", Transport: TCP}, Handler{})
	if e.Cause != footage.CauseEnded || e.Detail != "the camera ended the session" {
		t.Errorf("%s: %s", e.Cause, e.Detail)
	}
	for _, want := range []string{"77 200", "78 501"} {
		if got := <-asked; got != want {
			t.Errorf("the camera was answered %s, want %s", got, want)
		}
	}
}

// TestForgotten: a camera that does not know the session any more will not send any
// more either.
func TestForgotten(t *testing.T) {
	var alive atomic.Int32
	address := camera(t, nil, func(_ net.Conn, a ask) string {
		switch a.method {
		case "OPTIONS":
			if alive.Load() > 1 {
				return "RTSP/1.0 454 Session Not Found"
			}
			return "RTSP/1.0 200 OK\nPublic: PLAY, GET_PARAMETER"
		case "DESCRIBE":
			return "RTSP/1.0 200 OK\nContent-Type: application/sdp\n\n" + h264SDP
		case "SETUP":
			return "RTSP/1.0 200 OK\nSession: 1;timeout=1\nTransport: RTP/AVP;unicast"
		case "GET_PARAMETER":
			alive.Add(2)
			return "RTSP/1.0 501 Not Implemented"
		}
		return "RTSP/1.0 200 OK"
	})
	e := fails(t, Source{URL: "rtsp://" + address + "/", Transport: UDP}, Handler{Begin: func(Stream) {}, Packets: nobody})
	if e.Cause != footage.CauseEnded || e.Detail != "the camera does not know the session any more (454)" {
		t.Errorf("%s: %s", e.Cause, e.Detail)
	}
}
