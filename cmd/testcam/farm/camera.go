package farm

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// Camera says how one camera of the farm behaves. Path and Clip are required;
// every other zero value is the well-behaved choice.
type Camera struct {
	Path string // of its URL, without the leading slash; may contain slashes
	Clip *Clip

	// Offset is where in the clip the camera is when the server starts.
	Offset time.Duration
	// Speed is how many seconds of video pass in one second; 0 means 1. The
	// camera's NTP clock runs along, so that RTP and NTP time stay in step: 1.0002
	// is a camera whose clock is 200 ppm fast.
	Speed float64

	// User and Password are asked for if User is not empty, in the ways of Auth.
	User, Password string
	Auth           Auth // 0 means DigestMD5
	// NonceUses is how many requests a nonce is good for; 0 is any number.
	NonceUses int

	UDP UDP // how it answers a client that asks for UDP
	// NeedsReports stops sending to a client of UDP that has not sent a receiver
	// report for SessionTimeout, whatever it asks on its connection, as LIVE555's
	// server may.
	NeedsReports bool
	// Group is the multicast group of all its tracks, which other cameras may have as
	// well; the zero value is one of its own for each track.
	Group netip.Addr
	// Unnamed leaves the SSRC out of the answer to SETUP.
	Unnamed bool

	InBandParams  bool // sends the parameter sets before every key frame
	OmitSDPParams bool // leaves the parameter sets out of the SDP
	Aggregate     bool // sends small NAL units together (STAP-A, AP)
	Audio         bool // offers the clip's AAC track
	JoinAnywhere  bool // starts a client at the next frame of any kind
	PacketWrites  bool // over TCP writes each packet by itself, not a frame at once

	// NoMarker leaves out the marker bit that ends a picture, as streams do that
	// have passed through LIVE555's proxy [SharpRTSP 57].
	NoMarker bool
	// AnnexB packs a picture of several NAL units as if it were one, with start
	// codes between them, key frames together with their parameter sets, as V380
	// cameras do [retina 68]. Not for AV1.
	AnnexB bool

	// ParamsApart sends the parameter sets before every key frame as if they were
	// part of the picture before: with its timestamp, and the first of them marked as
	// the end of a picture. Reolink RLC-822A [retina 13].
	ParamsApart bool

	// First is where the RTP packets of video begin in each session, to put a
	// wrap-around near the start, say; nil means at random (RFC 3550 section 5.1).
	First *Numbers
	// Clock is what the sender reports tell, until Feed.SetClock.
	Clock Clock
	// SDP is the description instead of the right one.
	SDP string
	// Faults are those from the start on, until Feed.Misbehave.
	Faults Faults

	// SessionTimeout ends a session that sends neither a request nor anything
	// interleaved for so long, at least 1 s; 0 means 60 s. The client is told in
	// the answer to SETUP. A request that is answered 401 is no sign of life, nor is
	// what follows it.
	SessionTimeout time.Duration
}

// Auth is a set of authentication schemes that a camera offers, strongest first.
type Auth uint8

// The schemes (RFC 7617, RFC 7616).
const (
	Basic Auth = 1 << iota
	DigestMD5
	DigestSHA256
)

// Numbers are those of the next RTP packet.
type Numbers struct {
	SSRC      uint32
	Sequence  uint16
	Timestamp uint32
}

// Clock is how a camera's sender reports tell the time.
type Clock struct {
	Offset time.Duration // by which the camera's clock is ahead of the right time
	Drift  float64       // how fast its NTP time runs against its RTP time, in ppm
	Silent bool          // it sends no sender reports, as go2rtc
}

// UDP is what a camera does about UDP, multicast included.
type UDP uint8

// The answers to a client that asks for UDP.
const (
	UDPServed  UDP = iota
	UDPRefused     // 461, so that the client may ask for TCP
	UDPLost        // accepted, but no packet ever arrives, as behind a firewall
	UDPPunched     // accepted, but nothing arrives at a port that has sent nothing, as behind the client's own firewall
)

const defaultSessionTimeout = 60 * time.Second

// check returns c with its defaults filled in, or what is wrong with it.
func (c Camera) check() (Camera, error) {
	switch {
	case c.Path == "" || strings.Trim(c.Path, "/") != c.Path || strings.ContainsAny(c.Path, " ?#%"):
		return c, fmt.Errorf("camera path %q: want a path without leading or trailing slash, space, ?, # and %%", c.Path)
	case c.Clip == nil:
		return c, fmt.Errorf("camera %s: no clip", c.Path)
	case c.Speed < 0:
		return c, fmt.Errorf("camera %s: speed %v is negative", c.Path, c.Speed)
	case c.Audio && !c.Clip.HasAudio():
		return c, fmt.Errorf("camera %s: its clip has no audio", c.Path)
	case c.AnnexB && c.Clip.Codec == AV1:
		return c, fmt.Errorf("camera %s: AV1 has no Annex B form", c.Path)
	case c.Group.IsValid() && !(c.Group.Is4() && c.Group.IsMulticast()):
		return c, fmt.Errorf("camera %s: %s is no multicast group of IPv4", c.Path, c.Group)
	case c.SessionTimeout != 0 && c.SessionTimeout < time.Second:
		return c, fmt.Errorf("camera %s: session timeout %v is less than the second that RTSP counts in", c.Path, c.SessionTimeout)
	}
	if err := c.Faults.check(); err != nil {
		return c, fmt.Errorf("camera %s: %w", c.Path, err)
	}
	if c.Speed == 0 {
		c.Speed = 1
	}
	if c.Auth == 0 {
		c.Auth = DigestMD5
	}
	if c.SessionTimeout == 0 {
		c.SessionTimeout = defaultSessionTimeout
	}
	return c, nil
}

// Cameras returns n cameras that play clips in turn. Each is named for its clip,
// with a number from the second round on (k01-inngang, k01-inngang-2), and those
// of one clip are spread evenly over it.
func Cameras(n int, clips ...*Clip) []Camera {
	rounds := (n + len(clips) - 1) / len(clips)
	cameras := make([]Camera, n)
	for i := range cameras {
		clip, round := clips[i%len(clips)], i/len(clips)
		cameras[i] = Camera{Path: clip.Name, Clip: clip, Offset: clip.Duration() * time.Duration(round) / time.Duration(rounds)}
		if round > 0 {
			cameras[i].Path = fmt.Sprintf("%s-%d", clip.Name, round+1)
		}
	}
	return cameras
}
