package footage

// CameraState is what a camera is doing now.
type CameraState string

// The states.
const (
	StateConnecting CameraState = "connecting" // no footage yet, trying for the first time
	StateRecording  CameraState = "recording"
	StateDown       CameraState = "down" // no footage; Health.Cause and Detail say why, and it is being retried
	StateDisabled   CameraState = "disabled"
)

// Health is one camera as its recorder sees it now.
type Health struct {
	Camera      CameraID
	Name        string // display name, as configured
	State       CameraState
	Since       Instant // when State began
	Without     Instant // since when there is no footage, whatever the causes; 0 while it is recorded or disabled (R50)
	Cause       Cause   // why it is down
	Detail      string  // for people: the last error; no passwords
	Codec       Codec
	Width       int
	Height      int
	FPS         float64 // frames a second, over the last few seconds
	Bitrate     int64   // bits a second, over the last few seconds
	LastFrame   Instant
	LostPackets uint64 // RTP packets missing since the recorder started
	Reconnects  uint64 // since the recorder started
	Open        Span   // the segment being written, perhaps empty
}
