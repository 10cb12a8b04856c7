package recorder

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sjudager/sjudager/cmd/testcam/farm"
	"github.com/sjudager/sjudager/recorder/rtp"
	"github.com/sjudager/sjudager/recorder/rtp/rtptest"
	"github.com/sjudager/sjudager/recorder/rtsp"
	"github.com/sjudager/sjudager/vault/footage"
)

// TestGoodbye: a camera that says goodbye and sends nothing more is asked again
// soon; one that goes on is left alone.
func TestGoodbye(t *testing.T) {
	s := openSpool(t)
	clip := loadClip(t, "h264")
	synctest.Test(t, func(t *testing.T) {
		sessions := 0
		r := New(Options{Spool: s, Segment: time.Minute, Log: slog.New(slog.DiscardHandler), play: func(ctx context.Context, _ rtsp.Source, h rtsp.Handler) error {
			sessions++
			h.Begin(stream(clip))
			sequence := uint16(0)
			for i, fr := range film(clip, 10)[:250] {
				packets := rtptest.Packets(footage.H264, fr.nals, sequence, uint32(fr.pts), 700)
				sequence += uint16(len(packets))
				h.Packets(slices.Values(packets))
				if i == 100 {
					h.Control(rtsp.Control{Bye: true})
				}
				if sessions == 1 && i == 200 {
					h.Control(rtsp.Control{Bye: true})
					break
				}
				sleep(ctx, 40*time.Millisecond)
			}
			<-ctx.Done()
			return ctx.Err()
		}})
		if err := r.Apply([]Camera{{ID: "k01", Enabled: true}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(15 * time.Second)
		r.Close()
		lines := account(t, s, "k01")
		has(t, lines, "run 0", "camera-ended", "run 0")
		if sessions != 2 || !lines[1].lasts(2700*time.Millisecond, 700*time.Millisecond) || lines[1].detail != "the camera said goodbye" {
			t.Errorf("%d sessions; the gap lasts %v and says %q", sessions, lines[1].span.Duration(), lines[1].detail)
		}
	})
}

// TestNewSender: when the sender changes in mid-stream, its numbers begin anew, and
// its times too, or go on.
func TestNewSender(t *testing.T) {
	clip := loadClip(t, "h264")
	frames := film(clip, 2)
	for name, test := range map[string]struct {
		shift    uint32 // of the new sender's times
		sequence uint16 // its first one
		segments int
		want     []frame
	}{
		"times go on":                {0, 12345, 1, frames},
		"and numbers look old":       {0, 65450, 1, frames},
		"times begin anew":           {1 << 31, 12345, 2, frames},
		"times jump back by seconds": {uint32(1<<32 - 5*second), 12345, 2, frames},
	} {
		t.Run(name, func(t *testing.T) {
			k := &take{t: t}
			f := newFeeder(k, stream(clip), time.Minute)
			f.send(frames[:75]...)
			f.sequence = test.sequence
			for i := range frames[75:] {
				frames := slices.Clone(frames[75+i : 76+i])
				frames[0].mark = func(packets []rtp.Packet) {
					for i := range packets {
						packets[i].SSRC = 7
						packets[i].Timestamp += test.shift
					}
				}
				f.send(frames...)
			}
			f.track.cut()
			k.check()
			same(t, k.frames(), test.want)
			if len(k.segments) != test.segments || len(k.downs) != test.segments-1 || f.track.stats.lost != 0 {
				t.Errorf("%d segments, %d packets lost, %q", len(k.segments), f.track.stats.lost, k.downs)
			}
		})
	}
}

// encrypt puts TLS in front of a server, with a certificate that nobody knows.
func encrypt(t *testing.T, to string) (address, fingerprint string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}})
	if err != nil {
		t.Fatal(err)
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
				plain, err := net.Dial("tcp", to)
				if err != nil {
					return
				}
				defer plain.Close()
				running.Go(func() {
					io.Copy(plain, c)
					plain.Close()
				})
				io.Copy(c, plain)
			})
		}
	})
	return l.Addr().String(), fmt.Sprintf("%X", sha256.Sum256(der))
}

// TestEncrypted: rtsps is recorded byte by byte with the right fingerprint, and not
// at all with another one or none.
func TestEncrypted(t *testing.T) {
	t.Parallel()
	clip := loadClip(t, "slices")
	server, _ := serve(t, farm.Camera{Path: "cam", Clip: clip, User: "admin", Password: "secret", Auth: farm.DigestSHA256})
	address, fingerprint := encrypt(t, server.Addr())
	u := url.URL{Scheme: "rtsps", User: url.UserPassword("admin", "secret"), Host: address, Path: "/cam"}
	other := strings.Repeat("AB:", 31) + "AB"
	s := openSpool(t)
	r := record(t, s, time.Second, []Camera{
		{ID: "pinned", URL: u.String(), TLSFingerprint: fingerprint, Enabled: true},
		{ID: "other", URL: u.String(), TLSFingerprint: other, Enabled: true},
		{ID: "unknown", URL: u.String(), Transport: TCP, Enabled: true},
	})
	until(t, "two segments", func() bool {
		segments, err := s.Segments()
		return err == nil && len(segments) >= 3
	})
	for id, want := range map[footage.CameraID]string{
		"other":   "which is not the one that is configured",
		"unknown": "if it is the camera's own, configure its fingerprint: " + fingerprint[:2] + ":" + fingerprint[2:4] + ":",
	} {
		if h := health(t, r, id); h.State != footage.StateDown || h.Cause != footage.CauseRefused || !strings.Contains(h.Detail, want) {
			t.Errorf("%s: %+v, want %s", id, h, want)
		}
	}
	if h := health(t, r, "pinned"); h.LostPackets != 0 || h.Reconnects != 0 || h.State != footage.StateRecording {
		t.Errorf("pinned: %+v", h)
	}
	r.Close()
	var recorded, sent [][]byte
	for _, l := range account(t, s, "pinned") {
		for _, f := range l.frames {
			recorded = append(recorded, f.Data)
		}
	}
	for _, u := range clip.Units {
		sent = append(sent, u.Data)
	}
	isLoopOf(t, recorded, sent, bytes.Equal)
}

// TestGoroutines: a camera costs two, one to play and one to watch it.
func TestGoroutines(t *testing.T) {
	clip := loadClip(t, "h264")
	var cameras []farm.Camera
	for i := range 8 {
		cameras = append(cameras, farm.Camera{Path: fmt.Sprintf("k%02d", i), Clip: clip})
	}
	_, configs := serve(t, cameras...)
	for i := range 4 {
		configs[i].Transport = UDP
	}
	before := runtime.NumGoroutine()
	r := record(t, openSpool(t), time.Minute, nil)
	defer r.Close()
	alone := runtime.NumGoroutine() - before
	if err := r.Apply(configs); err != nil {
		t.Fatal(err)
	}
	until(t, "all cameras to be recorded", func() bool {
		return !slices.ContainsFunc(r.Health(), func(h footage.Health) bool { return h.State != footage.StateRecording })
	})
	grown := runtime.NumGoroutine() - before - alone - 8 // the farm has one for a connection
	if grown > 8*2 {
		t.Errorf("8 cameras have %d goroutines", grown)
	}
}

// TestCameraClock: what a camera reports of its clock arrives, over TCP and UDP.
func TestCameraClock(t *testing.T) {
	t.Parallel()
	clip := loadClip(t, "h264")
	_, configs := serve(t, farm.Camera{Path: "tcp", Clip: clip}, farm.Camera{Path: "udp", Clip: clip})
	configs[1].Transport = UDP
	r := record(t, openSpool(t), time.Second, configs)
	defer r.Close()
	for _, c := range configs {
		until(t, "the clock of "+string(c.ID), func() bool { return health(t, r, c.ID).CameraKnown })
		// It is the same clock; frames come late by the network and the batch.
		if h := health(t, r, c.ID); h.CameraOffsetMS < -1000 || h.CameraOffsetMS > 1000 {
			t.Errorf("%s is said to be %d ms ahead", c.ID, h.CameraOffsetMS)
		} else {
			t.Logf("%s is said to be %d ms ahead", c.ID, h.CameraOffsetMS)
		}
	}
}
