package farm

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v4"
	"github.com/bluenviron/gortsplib/v4/pkg/base"
	"github.com/bluenviron/gortsplib/v4/pkg/format"
	"github.com/pion/rtp"
)

// A client that is not ours receives the clip where ffmpeg can't: from a group,
// as AV1, past a redirect, with SHA-256, and by TLS with a certificate that it
// verifies.
func TestGortsplibReceivesTheClip(t *testing.T) {
	t.Parallel()
	multicast, tcp := gortsplib.TransportUDPMulticast, gortsplib.TransportTCP
	for _, c := range []struct {
		name      string
		clip      *Clip
		transport *gortsplib.Transport
		camera    Camera
		secure    bool
	}{
		{name: "multicast", clip: openClip(t, "k02-ko"), transport: &multicast},
		{name: "av1", clip: av1Clip(t), transport: &tcp},
		{name: "av1 aggregated multicast", clip: av1Clip(t), transport: &multicast, camera: Camera{Aggregate: true}},
		{name: "sha-256 by tls", clip: openClip(t, "k05-garderobe"), secure: true, camera: Camera{User: "vakt", Password: "p@ss: ord", Auth: DigestSHA256}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.camera.Path, c.camera.Clip = "cam", c.clip
			s := serve(t, c.camera, Camera{Path: "moved", Clip: c.clip})
			s.Camera("moved").Redirect(s.URL("cam"))
			trusting := x509.NewCertPool()
			trusting.AddCert(s.Certificate())
			address := s.URL("moved")
			if c.secure {
				address = s.SecureURL("cam")
			}
			parsed, err := url.Parse(address)
			if err != nil {
				t.Fatal(err)
			}
			if c.camera.User != "" {
				parsed.User = url.UserPassword(c.camera.User, c.camera.Password)
			}
			u, err := base.ParseURL(parsed.String())
			if err != nil {
				t.Fatal(err)
			}
			units := make(chan [][]byte, 100)
			client := &gortsplib.Client{
				Scheme: u.Scheme, Host: u.Host, Transport: c.transport, TLSConfig: &tls.Config{RootCAs: trusting},
				OnDecodeError: func(err error) { t.Error(err) },
				OnPacketsLost: func(n uint64) { t.Errorf("%d packets lost", n) },
			}
			if err := client.Start2(); err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			session, _, err := client.Describe(u)
			if err != nil {
				t.Fatal(err)
			}
			decode, err := decoder(session.Medias[0].Formats[0])
			if err != nil {
				t.Fatal(err)
			}
			if _, err := client.Setup(session.BaseURL, session.Medias[0], 0, 0); err != nil {
				t.Fatal(err)
			}
			client.OnPacketRTP(session.Medias[0], session.Medias[0].Formats[0], func(p *rtp.Packet) {
				if unit, err := decode(p); err == nil {
					units <- unit
				}
			})
			if _, err := client.Play(nil); err != nil {
				t.Fatal(err)
			}
			at := -1
			for range 15 {
				select {
				case got := <-units:
					n := slices.IndexFunc(c.clip.Units, func(u Unit) bool { return slices.EqualFunc(pieces(c.clip, u), got, bytes.Equal) })
					if n < 0 || at >= 0 && n != (at+1)%len(c.clip.Units) {
						t.Fatalf("unit %d follows unit %d", n, at)
					}
					at = n
				case <-time.After(20 * time.Second):
					t.Fatal("nothing comes")
				}
			}
		})
	}
}

// decoder returns what makes units of packets.
func decoder(f format.Format) (func(*rtp.Packet) ([][]byte, error), error) {
	switch f := f.(type) {
	case *format.H264:
		d, err := f.CreateDecoder()
		return d.Decode, err
	case *format.H265:
		d, err := f.CreateDecoder()
		return d.Decode, err
	default:
		d, err := f.(*format.AV1).CreateDecoder()
		return d.Decode, err
	}
}

// pieces returns the NAL units or OBUs of u.
func pieces(c *Clip, u Unit) [][]byte {
	if c.Codec == AV1 {
		return slices.Collect(u.OBUs())
	}
	return slices.Collect(u.NALs())
}
