package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
)

// trouble is what a camera goes through, from and to a time after the beginning.
type trouble struct {
	from, to time.Duration
	what     string
}

const switchedOff = "switched off"

// blinding are the kinds of trouble in which there is nothing to record. All others
// can be lived through.
var blinding = []string{switchedOff, "hung", "frozen", "frozen-video", "no-key-frames", "password changed", "gone", "hangs up"}

const (
	// comesBack is how long after a blinding trouble a camera may be without
	// footage: until it is seen that nothing comes any more (10 s), or until it is
	// asked again (37 s at most), and until the next key frame.
	comesBack = 45 * time.Second
	// shaken is how long the other kinds may leave a camera without footage in all:
	// until the next connection and its first key frame, once or twice.
	shaken = 12 * time.Second
)

// excessive returns the troubles that have cost more footage than they need to, in
// a run that began at that time. Each answers for the gaps that begin from its
// beginning to the next trouble's; those that blind, for all but a while.
func excessive(gaps []footage.Span, troubles []trouble, began time.Time) (faults []string) {
	troubles = slices.Clone(troubles)
	slices.SortFunc(troubles, func(a, b trouble) int { return int(a.from - b.from) })
	var clear time.Duration // when the last trouble that blinds no longer explains anything
	for i, t := range troubles {
		until := 1000 * time.Hour
		if i+1 < len(troubles) {
			until = troubles[i+1].from
		}
		var missing time.Duration
		for _, g := range gaps {
			// A gap begins with the last frame, which is a little older than what it
			// is the end of.
			if from := g.From.Time().Sub(began) + time.Second; from >= t.from && from < until {
				missing += g.Duration()
			}
		}
		allowed := shaken
		if slices.Contains(blinding, t.what) {
			clear = max(clear, t.to+comesBack)
		}
		if clear > t.from {
			allowed = clear - t.from + shaken
		}
		// What it leaves of the next trouble may go on into that one.
		if missing > allowed && !(i+1 < len(troubles) && slices.Contains(blinding, troubles[i+1].what)) {
			faults = append(faults, fmt.Sprintf("%q from %v to %v cost %v of footage", t.what, t.from, t.to, missing.Round(time.Millisecond)))
		}
	}
	return faults
}
