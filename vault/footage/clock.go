package footage

// Clock is what the recorder knew about the clocks when a segment began, so that
// whoever compares its times with another source can tell how good they are (R49).
// The zero Clock knows nothing: of a recording made by something else.
type Clock struct {
	State ClockState // of the appliance's clock
	// ErrorMS is by how many milliseconds the appliance's clock may have been
	// wrong, as its kernel reckoned; 0 when it is not synchronised, since then
	// nobody knows.
	ErrorMS int64
	// AheadMS is by how many milliseconds the segment's times are ahead of the
	// appliance's clock. That is so after the clock has been set back, since a time
	// at which something was recorded is not given to something else; else it is 0.
	AheadMS int64
	// CameraKnown: the camera has said what time it has.
	CameraKnown bool
	// CameraOffsetMS is the camera's time at the segment's first frame, less the
	// segment's start, in milliseconds: positive when the camera's clock is ahead.
	CameraOffsetMS int64
}

// ClockState is how the appliance's clock stands to that of the world.
type ClockState string

// The states. An empty one says that it could not be found out.
const (
	ClockSynced   ClockState = "synced"   // it follows a time server
	ClockHoldover ClockState = "holdover" // it did, and has not heard of one for more than an hour
	ClockUnsynced ClockState = "unsynced" // it follows nothing
)
