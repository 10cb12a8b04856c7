package footage

// Gap is a span in which a camera has no footage (R50). One that goes on is written
// down piece by piece, each adjoining the one before with the same cause and detail;
// together they are one gap.
type Gap struct {
	Camera CameraID
	Span   Span
	Cause  Cause
	Detail string // for people: the error as it was seen; no passwords
}

// Cause says why there is no footage. The list is closed: each value has words
// in both languages on the page, and police packages print them.
type Cause string

// The causes.
const (
	// CauseNew: the camera was new in the configuration, and its first frame was under
	// way. When that does not come, another cause takes its place.
	CauseNew Cause = "camera-new"
	// CauseUnreachable: no connection to the camera could be made.
	CauseUnreachable Cause = "camera-unreachable"
	// CauseRefused: the camera answered and said no (wrong password, no such
	// stream, no transport in common).
	CauseRefused Cause = "camera-refused"
	// CauseUnsupported: the camera offers no video that can be recorded.
	CauseUnsupported Cause = "camera-unsupported"
	// CauseEnded: the camera ended the connection.
	CauseEnded Cause = "camera-ended"
	// CauseStalled: the connection stood, but no complete frame came.
	CauseStalled Cause = "camera-stalled"
	// CauseNoKeyFrame: frames came, but none to begin with.
	CauseNoKeyFrame Cause = "no-key-frame"
	// CauseChanged: the stream's time or parameters broke off and began anew.
	CauseChanged Cause = "stream-changed"
	// CauseDisk: the spool could not be written.
	CauseDisk Cause = "disk"
	// CauseConfiguration: the camera was switched off, changed or removed.
	CauseConfiguration Cause = "configuration"
	// CauseWithheld: the camera was not to record, because it was not announced or not
	// decided on (R41, R115).
	CauseWithheld Cause = "withheld"
	// CauseStopped: Sjudager was stopped in order.
	CauseStopped Cause = "recorder-stopped"
	// CauseKilled: Sjudager, or the machine, ended without saying goodbye.
	CauseKilled Cause = "recorder-killed"
	// CauseDamaged: a recorded segment could not be read and was set aside.
	CauseDamaged Cause = "damaged"
	// CauseSpoolFull: footage was dropped before its deadline because the spool
	// was at its limit (R15).
	CauseSpoolFull Cause = "spool-full"
	// CauseLost: it was stored, and the store has lost it before its deadline.
	CauseLost Cause = "lost"
	// CauseUnknown: nothing was written down about this span.
	CauseUnknown Cause = "unknown"
)

// Causes lists every Cause, for texts and tests that must know them all.
var Causes = []Cause{
	CauseNew, CauseUnreachable, CauseRefused, CauseUnsupported, CauseEnded, CauseStalled,
	CauseNoKeyFrame, CauseChanged, CauseDisk, CauseConfiguration, CauseWithheld, CauseStopped,
	CauseKilled, CauseDamaged, CauseSpoolFull, CauseLost, CauseUnknown,
}
