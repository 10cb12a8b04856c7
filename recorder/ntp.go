package recorder

import (
	"golang.org/x/sys/unix"

	"github.com/sjudager/sjudager/vault/footage"
)

// holdoverError is the greatest error, in microseconds, that the kernel reckons
// with while its clock is being kept. It adds 500 a second to it until the clock is
// corrected again, which time daemons do every 2048 s at the latest: 2 s are more
// than an hour without.
const holdoverError = 2_000_000

// KernelClock asks the kernel how its clock stands. All time daemons tell it: chrony
// (with rtcsync, as distributions have it), systemd-timesyncd and ntpd.
func KernelClock() footage.Clock {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	if err != nil { // a sandbox may forbid it
		return footage.Clock{}
	}
	return clockOf(state, t.Status, t.Maxerror)
}

// clockOf judges what adjtimex(2) returns: the state and the status of the clock,
// and its greatest error in microseconds.
func clockOf(state int, status int32, maxError int64) footage.Clock {
	switch {
	case state == unix.TIME_ERROR || status&unix.STA_UNSYNC != 0:
		return footage.Clock{State: footage.ClockUnsynced}
	case maxError >= holdoverError:
		return footage.Clock{State: footage.ClockHoldover, ErrorMS: maxError / 1000}
	}
	return footage.Clock{State: footage.ClockSynced, ErrorMS: (maxError + 999) / 1000}
}
