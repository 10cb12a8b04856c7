package rtsp

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/bluenviron/gortsplib/v4/pkg/base"
	"github.com/bluenviron/gortsplib/v4/pkg/description"
	"github.com/bluenviron/gortsplib/v4/pkg/format"

	"github.com/sjudager/sjudager/recorder/batch"
	"github.com/sjudager/sjudager/recorder/rtp"
	"github.com/sjudager/sjudager/vault/footage"
)

// Transport is how packets come from a camera.
type Transport string

// The transports.
const (
	Auto      Transport = "auto" // UDP, and TCP when no packet comes
	TCP       Transport = "tcp"
	UDP       Transport = "udp"
	Multicast Transport = "multicast"
)

// Source is a stream that can be asked for.
type Source struct {
	URL       string    // rtsp or rtsps, with user and password
	Transport Transport // "" is Auto
	// TLSFingerprint is the SHA-256 of the only certificate that is accepted for
	// rtsps, in hexadecimal, with or without colons. Empty: the certificate must
	// be valid for the host.
	TLSFingerprint string
	// Loop reads the connection; nil: one for this stream alone.
	Loop *batch.Loop
}

// Stream is what a camera says about the video that it is going to send.
type Stream struct {
	Codec         footage.Codec
	VPS, SPS, PPS []byte    // as far as the description has them
	Transport     Transport // the one that is in use
}

// Handler takes a stream. Its functions are called one at a time, and not any
// more once Play has returned.
type Handler struct {
	// Begin is called before the first packet, and again when the automatic
	// choice goes from UDP to TCP and the stream begins anew.
	Begin func(Stream)
	// Packets is called for the RTP packets of the video that were read at once,
	// about 200 ms of them over TCP, in the order in which they came, and over UDP
	// in that of their numbers, as far as they come in time.
	Packets func(iter.Seq[rtp.Packet])
	// Control is called when there is something to say, after the packets that it
	// came among; nil: it is not.
	Control func(Control)
}

// Play connects to a camera and gives its video to h until the camera ends it,
// something goes wrong or ctx is done. It never returns nil: the error is ctx's,
// or an *Error.
func Play(ctx context.Context, src Source, h Handler) error {
	u, err := base.ParseURL(src.URL)
	if err != nil {
		return &Error{footage.CauseRefused, "the camera's URL cannot be used", err}
	}
	p := &player{url: u, handler: h, fingerprint: src.TLSFingerprint, loop: src.Loop}
	if p.loop == nil {
		p.loop = batch.New()
		defer p.loop.Close()
	}
	switch src.Transport {
	case TCP, UDP, Multicast:
		p.stream.Transport = src.Transport
		err = p.play(ctx)
	default:
		p.stream.Transport, p.auto = UDP, true
		if err = p.play(ctx); errors.Is(err, errNoUDP) {
			p.stream.Transport = TCP
			err = p.play(ctx)
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return p.explain(err)
}

// player is one session.
type player struct {
	url         *base.URL // as configured, or where the camera has sent us
	redirects   int
	auto        bool // the transport may be another one than that of stream
	fingerprint string
	loop        *batch.Loop
	handler     Handler
	stream      Stream
	playing     bool // PLAY was answered
	receiver    *receiver
}

// play runs a session until it ends.
func (p *player) play(ctx context.Context) error {
	p.playing = false
	c, session, err := p.find(ctx)
	if err != nil {
		return err
	}
	defer c.close(session.BaseURL)
	if p.secure() && p.stream.Transport != TCP {
		if !p.auto {
			return &Error{footage.CauseRefused, fmt.Sprintf("transport %s would carry the video unencrypted, which is not what rtsps is for; configure tcp or auto", p.stream.Transport), nil}
		}
		p.stream.Transport = TCP
	}
	media, video, err := p.choose(session)
	if err != nil {
		return err
	}
	track, err := trackURL(session, media)
	if err != nil {
		return err
	}
	p.receiver = &receiver{handler: p.handler, payloadType: video.PayloadType()}
	defer p.receiver.close()
	if err := p.setUp(c, track); err != nil {
		return err
	}
	p.handler.Begin(p.stream)
	p.receiver.begin(c.conn, p.loop)
	res, err := c.ask(base.Play, session.BaseURL, base.Header{"Range": base.HeaderValue{"npt=0-"}}) // Parrot's server wants one
	if err != nil {
		return err
	}
	if res.StatusCode != base.StatusOK {
		return p.refusal(res)
	}
	p.playing = true
	return p.keep(c, session.BaseURL)
}

const troubleSRTP = "it is encrypted (SRTP): switch that off on the camera, or configure its rtsps address"

// unsupported says why a video cannot be recorded, and what to change.
func unsupported(trouble ...string) *Error {
	return &Error{footage.CauseUnsupported, "the camera's video cannot be recorded; " + strings.Join(trouble, "; "), nil}
}

// choose returns the first video that can be recorded, and puts what is known
// of it into p.stream.
func (p *player) choose(session *description.Session) (*description.Media, format.Format, error) {
	var offered, trouble []string
	for _, media := range session.Medias {
		if media.IsBackChannel || media.Type != description.MediaTypeVideo {
			continue
		}
		if media.Secure && !p.secure() {
			trouble = append(trouble, troubleSRTP)
			continue
		}
		for _, f := range media.Formats {
			switch f := f.(type) {
			case *format.H264:
				if f.PacketizationMode >= 2 {
					trouble = append(trouble, "its H.264 is interleaved (packetization-mode 2): set packetization-mode 0 or 1 on the camera")
					continue
				}
				p.stream.Codec = footage.H264
				p.stream.SPS, p.stream.PPS = f.SafeParams()
				return media, f, nil
			case *format.H265:
				if f.MaxDONDiff != 0 {
					trouble = append(trouble, "its H.265 is interleaved (sprop-max-don-diff): switch that off on the camera")
					continue
				}
				p.stream.Codec = footage.H265
				p.stream.VPS, p.stream.SPS, p.stream.PPS = f.SafeParams()
				return media, f, nil
			case *format.AV1:
				p.stream.Codec = footage.AV1
				return media, f, nil
			}
			if !slices.Contains(offered, f.Codec()) {
				offered = append(offered, f.Codec())
			}
		}
	}
	if len(offered) > 0 {
		trouble = append(trouble, fmt.Sprintf("it offers %s: set the stream to H.264, H.265 or AV1 on the camera", strings.Join(offered, ", ")))
	}
	if trouble == nil {
		trouble = []string{"it offers no video track"}
	}
	return nil, nil, unsupported(trouble...)
}
