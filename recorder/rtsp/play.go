package rtsp

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/bluenviron/gortsplib/v4"
	"github.com/bluenviron/gortsplib/v4/pkg/auth"
	"github.com/bluenviron/gortsplib/v4/pkg/base"
	"github.com/bluenviron/gortsplib/v4/pkg/description"
	"github.com/bluenviron/gortsplib/v4/pkg/format"
	pion "github.com/pion/rtp"

	"github.com/sjudager/sjudager/recorder/batch"
	"github.com/sjudager/sjudager/recorder/rtp"
	"github.com/sjudager/sjudager/vault/footage"
)

const (
	// answerTimeout is how long a camera may take to answer a request.
	answerTimeout = 10 * time.Second
	// udpTimeout is how long the automatic choice waits for a packet over UDP
	// before it asks for TCP.
	udpTimeout = 3 * time.Second
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
	// about 200 ms of them, in the order in which they came.
	Packets func(iter.Seq[rtp.Packet])
	// Packet is called for each RTP packet of the video that comes over UDP, in the
	// order of their sequence numbers as far as they come in time.
	Packet func(rtp.Packet)
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
	p := &player{
		url: u, handler: h, asked: src.Transport, loop: src.Loop,
		secure: u.Scheme == "rtsps", fingerprint: src.TLSFingerprint,
	}
	if p.loop == nil {
		p.loop = batch.New()
		defer p.loop.Close()
	}
	err = p.play(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return p.explain(err)
}

// player is one session.
type player struct {
	url         *base.URL
	asked       Transport
	fingerprint string
	loop        *batch.Loop
	handler     Handler
	stream      Stream
	payloadType uint8
	begun       bool // the handler has the stream
	playing     bool // PLAY was answered

	// Of gortsplib's goroutine.
	conn        *batch.Conn
	secure      bool // the connection is to be encrypted
	redirects   int
	refused     *Error // why there is no video, where gortsplib would not know
	interleaved bool   // the camera sends the video over the connection
	channel     byte   // on this one
	requested   bool   // PLAY was sent
	sender      *auth.Sender
	last        *base.Request // a keepalive with a login that was not yet answered

	ssrc uint32 // the loop's: of the last packet
}

func (p *player) play(ctx context.Context) error {
	c := &gortsplib.Client{
		DialContext:           p.dial,
		OnRequest:             p.request,
		OnResponse:            p.response,
		UserAgent:             "sjudager",
		ReadTimeout:           answerTimeout,
		WriteTimeout:          answerTimeout,
		InitialUDPReadTimeout: udpTimeout,
		// gortsplib prints what it finds no function for.
		OnPacketsLost: func(uint64) {}, // the recorder counts them itself
		OnDecodeError: func(error) {},  // what matters shows as missing frames
		OnTransportSwitch: func(error) {
			p.stream.Transport = TCP
			if p.begun {
				p.handler.Begin(p.stream)
			}
		},
	}
	c.Scheme, c.Host = plain(p.url)
	p.stream.Transport = p.asked
	var transport gortsplib.Transport
	switch p.asked {
	case TCP:
		transport, c.Transport = gortsplib.TransportTCP, &transport
	case UDP:
		transport, c.Transport = gortsplib.TransportUDP, &transport
	case Multicast:
		transport, c.Transport = gortsplib.TransportUDPMulticast, &transport
	default:
		p.stream.Transport = UDP
		if p.secure {
			p.stream.Transport = TCP
			transport, c.Transport = gortsplib.TransportTCP, &transport
		}
	}
	if p.secure && p.stream.Transport != TCP {
		// The packets are encrypted by other means, which gortsplib sees to.
		c.Scheme, c.Host, c.DialContext = p.url.Scheme, p.url.Host, nil
		c.TLSConfig = p.tls(p.url.Hostname())
	}
	if err := c.Start2(); err != nil {
		return err
	}
	defer c.Close()
	defer context.AfterFunc(ctx, c.Close)()

	session, _, err := c.Describe(p.url)
	if err != nil {
		return err
	}
	media, video, err := p.choose(session)
	if err != nil {
		return err
	}
	p.payloadType = video.PayloadType()
	if _, err := c.Setup(session.BaseURL, media, 0, 0); err != nil {
		return err
	}
	c.OnPacketRTP(media, video, func(packet *pion.Packet) {
		p.handler.Packet(rtp.Packet{
			SSRC:      packet.SSRC,
			Type:      packet.PayloadType,
			Sequence:  packet.SequenceNumber,
			Timestamp: packet.Timestamp,
			Marker:    packet.Marker,
			Payload:   packet.Payload,
		})
	})
	c.OnPacketRTCP(media, p.control)
	p.handler.Begin(p.stream)
	p.begun = true
	if _, err := c.Play(nil); err != nil {
		return err
	}
	p.playing = true
	return c.Wait()
}

// request sees a request before gortsplib sends it.
func (p *player) request(req *base.Request) {
	if p.sender != nil {
		p.sender.AddAuthorization(req)
	}
	switch req.Method {
	case base.Play:
		// Nothing but answers has come up to now.
		if p.interleaved {
			p.conn.Split(p.channel, p.batch)
		}
		p.requested = true
	case base.Options, base.GetParameter:
		if _, login := req.Header["Authorization"]; login && p.requested {
			p.last = req
		}
	}
}

// response sees an answer before gortsplib does.
func (p *player) response(res *base.Response) {
	p.setUp(res)
	p.redirected(res)
	p.renew(res)
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
		if media.Secure && !p.secure {
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
