package rtsp

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sjudager/sjudager/cmd/testcam/farm"
	"github.com/sjudager/sjudager/recorder/rtp"
	"github.com/sjudager/sjudager/vault/footage"
)

// serve starts a farm of one camera, path cam.
func serve(t *testing.T, c farm.Camera) *farm.Server {
	t.Helper()
	clip, err := farm.OpenClip("k01-inngang")
	if err != nil {
		t.Fatal(err)
	}
	c.Path, c.Clip = "cam", clip
	s, err := farm.Start("127.0.0.1:0", c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// viewer plays a camera in the background.
type viewer struct {
	t      *testing.T
	cancel context.CancelFunc
	ended  chan error

	mu      sync.Mutex
	begun   []Transport  // mu
	packets []rtp.Packet // mu: without payload
}

func view(t *testing.T, s Source) *viewer {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	v := &viewer{t: t, cancel: cancel, ended: make(chan error, 1)}
	go func() {
		v.ended <- Play(ctx, s, Handler{
			Begin: func(s Stream) {
				v.mu.Lock()
				defer v.mu.Unlock()
				v.begun = append(v.begun, s.Transport)
			},
			Packets: func(packets iter.Seq[rtp.Packet]) {
				v.mu.Lock()
				defer v.mu.Unlock()
				for p := range packets {
					p.Payload = nil
					v.packets = append(v.packets, p)
				}
			},
		})
	}()
	return v
}

func (v *viewer) all() []rtp.Packet {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.packets[:len(v.packets):len(v.packets)]
}

// until waits for something about the packets that have come.
func (v *viewer) until(what string, ok func([]rtp.Packet) bool) {
	v.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(v.all()); time.Sleep(10 * time.Millisecond) {
		select {
		case err := <-v.ended:
			v.t.Fatalf("while waiting for %s it ended: %v", what, err)
		default:
		}
		if time.Now().After(deadline) {
			v.t.Fatalf("waited 30 s for %s", what)
		}
	}
}

// stop ends the session and checks that it goes at once.
func (v *viewer) stop() {
	v.t.Helper()
	began := time.Now()
	v.cancel()
	if err := <-v.ended; !errors.Is(err, context.Canceled) || time.Since(began) > 3*time.Second {
		v.t.Errorf("it ended after %v with %v", time.Since(began), err)
	}
}

// fails waits for the error with which playing ends.
func fails(t *testing.T, s Source, h Handler) *Error {
	t.Helper()
	var e *Error
	if err := Play(t.Context(), s, h); !errors.As(err, &e) {
		t.Fatalf("it ended with %v", err)
	}
	return e
}

// TestReports: a camera that wants to hear from its clients over UDP goes on sending.
func TestReports(t *testing.T) {
	t.Parallel()
	s := serve(t, farm.Camera{NeedsReports: true, SessionTimeout: 6 * time.Second})
	v := view(t, Source{URL: s.URL("cam"), Transport: UDP})
	began := time.Now()
	v.until("a packet", func(all []rtp.Packet) bool { return len(all) > 0 })
	var before int
	v.until("9 seconds", func(all []rtp.Packet) bool { before = len(all); return time.Since(began) > 9*time.Second })
	v.until("packets", func(all []rtp.Packet) bool { return len(all) > before+25 })
	v.stop()
}

// TestAnew: a camera that begins anew in mid-stream, with other numbers and another
// name, is followed without a packet being lost.
func TestAnew(t *testing.T) {
	t.Parallel()
	for _, transport := range []Transport{TCP, UDP, Multicast} {
		t.Run(string(transport), func(t *testing.T) {
			t.Parallel()
			s := serve(t, farm.Camera{Faults: farm.Faults{Crosstalk: transport == TCP}})
			v := view(t, Source{URL: s.URL("cam"), Transport: transport})
			v.until("packets", func(all []rtp.Packet) bool { return len(all) > 50 })
			s.Camera("cam").Renumber(farm.Numbers{SSRC: 7, Sequence: 60000, Timestamp: 1})
			v.until("packets of the other name", func(all []rtp.Packet) bool { return all[len(all)-1].SSRC == 7 })
			all := v.all()
			for i, p := range all[1:] {
				if want := all[i].Sequence + 1; p.SSRC == all[i].SSRC && p.Sequence != want || p.SSRC != all[i].SSRC && (p.SSRC != 7 || p.Sequence != 60000) {
					t.Fatalf("after number %d of %x comes number %d of %x", all[i].Sequence, all[i].SSRC, p.Sequence, p.SSRC)
				}
			}
			v.stop()
		})
	}
}

// TestLoss: over UDP what is lost is missing, and nothing else is.
func TestLoss(t *testing.T) {
	t.Parallel()
	s := serve(t, farm.Camera{Faults: farm.Faults{Reordering: 0.1, Duplicates: 0.1}})
	v := view(t, Source{URL: s.URL("cam"), Transport: UDP})
	v.until("packets", func(all []rtp.Packet) bool { return len(all) > 50 })
	s.Camera("cam").Lose(5)
	before := len(v.all())
	v.until("more", func(all []rtp.Packet) bool { return len(all) > before+60 })
	v.stop()
	var lost []int
	all := v.all()
	for i, p := range all[1:] {
		if step := int(int16(p.Sequence - all[i].Sequence)); step != 1 {
			lost = append(lost, step-1)
		}
	}
	if len(lost) != 1 || lost[0] != 5 {
		t.Errorf("lost in turn: %v", lost)
	}
}

// TestNothingComes: of a camera that sends nothing over UDP it is said, and the
// automatic choice asks for TCP.
func TestNothingComes(t *testing.T) {
	t.Parallel()
	t.Run("udp", func(t *testing.T) {
		t.Parallel()
		s := serve(t, farm.Camera{UDP: farm.UDPLost})
		e := fails(t, Source{URL: s.URL("cam"), Transport: UDP}, Handler{Begin: func(Stream) {}, Packets: func(iter.Seq[rtp.Packet]) {}})
		if e.Cause != footage.CauseStalled || e.Detail != "nothing comes over transport udp; is there a firewall? Transport tcp gets through" {
			t.Errorf("%s: %s", e.Cause, e.Detail)
		}
		if n := s.Camera("cam").Clients(); n != 0 {
			t.Errorf("%d sessions are left", n)
		}
	})
	for _, udp := range []farm.UDP{farm.UDPLost, farm.UDPRefused, farm.UDPServed} {
		t.Run(fmt.Sprint("auto ", udp), func(t *testing.T) {
			t.Parallel()
			s := serve(t, farm.Camera{UDP: udp})
			v := view(t, Source{URL: s.URL("cam")})
			v.until("packets", func(all []rtp.Packet) bool { return len(all) > 50 })
			want := map[farm.UDP]string{farm.UDPLost: "udp tcp", farm.UDPRefused: "tcp", farm.UDPServed: "udp"}[udp]
			if got := strings.Trim(fmt.Sprint(v.begun), "[]"); got != want {
				t.Errorf("it came over %s, want %s", got, want)
			}
			if n := s.Camera("cam").Clients(); n != 1 {
				t.Errorf("there are %d sessions", n)
			}
			v.stop()
		})
	}
}

// TestEncryptedTransports: rtsps never has the video sent unencrypted.
func TestEncryptedTransports(t *testing.T) {
	t.Parallel()
	s := serve(t, farm.Camera{})
	source := Source{URL: s.SecureURL("cam"), TLSFingerprint: s.Fingerprint()}
	for _, transport := range []Transport{UDP, Multicast} {
		source.Transport = transport
		e := fails(t, source, Handler{Begin: func(Stream) { t.Error("a stream has begun") }})
		if want := "transport " + string(transport) + " would carry the video unencrypted, which is not what rtsps is for; configure tcp or auto"; e.Cause != footage.CauseRefused || e.Detail != want {
			t.Errorf("%s: %s", e.Cause, e.Detail)
		}
	}
	source.Transport = Auto
	v := view(t, source)
	v.until("packets", func(all []rtp.Packet) bool { return len(all) > 10 })
	if len(v.begun) != 1 || v.begun[0] != TCP {
		t.Errorf("it came over %v", v.begun)
	}
	v.stop()
}

// TestNonces: a camera whose nonces are soon too old gets a login with the next one
// each time, and the session lives on.
func TestNonces(t *testing.T) {
	t.Parallel()
	began := time.Now()
	var all []*viewer
	for _, transport := range []Transport{TCP, UDP} {
		for _, uses := range []int{1, 2, 3} {
			s := serve(t, farm.Camera{User: "admin", Password: "secret", Auth: farm.Basic | farm.DigestMD5 | farm.DigestSHA256, NonceUses: uses, SessionTimeout: 3 * time.Second})
			all = append(all, view(t, Source{URL: strings.Replace(s.URL("cam"), "//", "//admin:secret@", 1), Transport: transport}))
		}
	}
	for _, v := range all {
		v.until("twice the session's timeout", func(all []rtp.Packet) bool { return len(all) > 0 && time.Since(began) > 7*time.Second })
	}
	for _, v := range all {
		v.stop()
	}
}

// nobody takes packets.
func nobody(packets iter.Seq[rtp.Packet]) {
	for range packets {
	}
}
