package footage

import "time"

// CameraState is what a camera is doing now.
type CameraState string

// The states.
const (
	StateConnecting CameraState = "connecting" // no footage yet, trying for the first time
	StateRecording  CameraState = "recording"
	StateDown       CameraState = "down" // no footage; Health.Cause and Detail say why, and it is being retried
	StateDisabled   CameraState = "disabled"
	StateWithheld   CameraState = "withheld" // enabled, but it is not to record yet (R115); Detail says why
)

// Health is one camera as its recorder sees it now.
type Health struct {
	Camera    CameraID
	Name      string // display name, as configured
	State     CameraState
	Since     Instant // when State began
	Without   Instant // since when there is no footage, whatever the causes; 0 while it is recorded, disabled or withheld (R50)
	Cause     Cause   // why it is down
	Detail    string  // for people: the last error; no passwords
	Codec     Codec
	Width     int
	Height    int
	FPS       float64 // frames a second, over the last few seconds
	Bitrate   int64   // bits a second, over the last few seconds
	LastFrame Instant
	// Frames and DroppedFrames count the complete frames that came and those that
	// were left out because something of them was missing, DamagedFrames those that were
	// recorded but need one that is missing, LostPackets the RTP packets that did not
	// come, MalformedPackets those that made no sense, Reconnects the streams that began
	// after the first. All count from when the recorder started or the camera was last
	// configured.
	Frames           uint64
	DroppedFrames    uint64
	DamagedFrames    uint64
	LostPackets      uint64
	MalformedPackets uint64
	Reconnects       uint64
	// KeyFrameEvery is the time between the last two key frames, 0 before there
	// were two. A segment can only end at one.
	KeyFrameEvery time.Duration
	// CameraOffsetMS is by how many milliseconds the camera's clock is ahead of the
	// recording's times, if CameraKnown: it has said what time it has.
	CameraOffsetMS int64
	CameraKnown    bool
	Open           Span // the segment being written, perhaps empty
}
