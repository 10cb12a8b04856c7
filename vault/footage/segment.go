package footage

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// Codec is a video codec that can be recorded.
type Codec string

// The codecs.
const (
	H264 Codec = "h264"
	H265 Codec = "h265"
	AV1  Codec = "av1"
)

// SHA256 is the digest of a plain MP4. As text it is lower-case hex.
type SHA256 [sha256.Size]byte

// String returns the digest in lower-case hex.
func (d SHA256) String() string { return hex.EncodeToString(d[:]) }

// MarshalText implements encoding.TextMarshaler with lower-case hex.
func (d SHA256) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (d *SHA256) UnmarshalText(text []byte) error {
	b, err := hex.DecodeString(string(text))
	if err != nil || len(b) != len(d) {
		return fmt.Errorf("%q is not a SHA-256 in hex", text)
	}
	copy(d[:], b)
	return nil
}

// SegmentID names a segment for good: "<camera>/<start>", with the start in
// Instant.Compact's form. A camera's starts are strictly increasing, so no
// counter and no random number is needed, and whoever reads an id in a log knows
// what it is about.
type SegmentID string

// NewSegmentID returns the id of the segment of camera that starts at start.
func NewSegmentID(camera CameraID, start Instant) SegmentID {
	return SegmentID(string(camera) + "/" + start.Compact())
}

// Split returns the camera and the start that make up id.
func (id SegmentID) Split() (CameraID, Instant, error) {
	camera, start, ok := strings.Cut(string(id), "/")
	if !ok {
		return "", 0, fmt.Errorf("%q is not a segment id like k01-inngang/20260704T192000.123456Z", id)
	}
	c, err := ParseCameraID(camera)
	if err != nil {
		return "", 0, err
	}
	at, err := ParseCompact(start)
	return c, at, err
}

// Segment is what recording found out about one stretch of one camera's footage
// (30 s by default), which starts on a key frame and is stored, held and deleted
// as one (R47). What the vault decides about it (deadline, state) is the vault's.
type Segment struct {
	Camera CameraID
	Span   Span   // from the first frame's capture to the end of the last frame's
	Bytes  int64  // of the plain MP4
	SHA256 SHA256 // of the plain MP4
	Codec  Codec
	Width  int // pixels
	Height int // pixels
	Frames int
	// Run counts the segments of one gap-free run from 0, as the counter of
	// ONVIF's object names does (R48): a segment with Run > 0 continues the one
	// before it without a missing frame.
	Run   int
	Clock Clock // how good its times are
	// LostPackets are missing in it. Frames of which packets are missing were left
	// out; the DamagedFrames that follow up to the next key frame were kept, and may
	// show what was not there (R50).
	LostPackets   int
	DamagedFrames int
}

// ID is the segment's id.
func (s Segment) ID() SegmentID { return NewSegmentID(s.Camera, s.Span.From) }
