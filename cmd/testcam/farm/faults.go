package farm

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Faults is how a camera misbehaves for as long as Feed.Misbehave has it so. The
// zero value is a camera that works. What is over at once is a method of Feed:
// Drop, Lose, Jump, Renumber, Switch, ExpireNonce.
//
// The cameras named are those of which it was reported to the projects in
// brackets.
type Faults struct {
	// Hung is a camera that lives no more than its kernel does: connections are
	// accepted and stay, but nothing is sent or answered. Any camera whose RTSP
	// server has crashed or is out of memory.
	Hung bool
	// Frozen is an encoder that has died behind a server that has not: requests are
	// answered and reports sent, but no media.
	Frozen bool
	// FrozenVideo is Frozen for video alone: audio goes on.
	FrozenVideo bool
	// NoKeyFrames leaves out the key frames, and lets clients join anywhere. The
	// "smart codecs" of Hikvision and Dahua (H.264+, H.265+) send none for minutes
	// by default [crumbvms 114], as may Axis with a dynamic GOP [acap-rs 246].
	NoKeyFrames bool
	// NewSSRC changes the SSRC with every key frame; numbers and timestamps go on.
	// Uniview [gortsplib 687].
	NewSSRC bool
	// Crosstalk sends what belongs to an earlier session on the client's channels
	// too, under its own SSRC, over TCP. Reolink RLC-410W and all that have a LIVE555
	// from before 2017-06-04 [retina 17].
	Crosstalk bool
	// Garbage puts up to 64 random bytes between interleaved frames, before one
	// picture in 25. A '$' among them, and the client takes what follows for a length.
	Garbage bool
	// Malformed puts bad packets before every third picture that is no key frame:
	// those whose RTP header is bad beside the stream, those with a bad payload as
	// part of it; see badHeaders and badPayloads. CostarHD sends fragments that are both first and
	// last [gortsplib 649], Dahua H.265 of reserved types [frigate 9570].
	Malformed bool
	// Bitrate is how many times as many bytes are sent, by filler data after each
	// picture; 0 and 1 are the usual. Any camera with a variable bit rate whose picture
	// turns to noise at night.
	Bitrate float64
	// Loss, Duplicates and Reordering are the chances of a packet of video to be lost,
	// to come twice, and to come after the next one. Over TCP it is the camera that
	// does it: Eufy's lose dozens at a time [retina 119].
	Loss, Duplicates, Reordering float64
}

// switches and numbers have the fields of Faults by the names that ParseFaults
// takes.
var switches = map[string]func(*Faults) *bool{
	"hung":          func(f *Faults) *bool { return &f.Hung },
	"frozen":        func(f *Faults) *bool { return &f.Frozen },
	"frozen-video":  func(f *Faults) *bool { return &f.FrozenVideo },
	"no-key-frames": func(f *Faults) *bool { return &f.NoKeyFrames },
	"new-ssrc":      func(f *Faults) *bool { return &f.NewSSRC },
	"crosstalk":     func(f *Faults) *bool { return &f.Crosstalk },
	"garbage":       func(f *Faults) *bool { return &f.Garbage },
	"malformed":     func(f *Faults) *bool { return &f.Malformed },
}

var numbers = map[string]func(*Faults) *float64{
	"bitrate":    func(f *Faults) *float64 { return &f.Bitrate },
	"loss":       func(f *Faults) *float64 { return &f.Loss },
	"duplicates": func(f *Faults) *float64 { return &f.Duplicates },
	"reordering": func(f *Faults) *float64 { return &f.Reordering },
}

// ParseFaults reads a list such as "frozen-video" or "garbage,loss=0.02": the
// fields of Faults with a hyphen between words, numbers after an equals sign.
func ParseFaults(list string) (Faults, error) {
	var f Faults
	for item := range strings.SplitSeq(list, ",") {
		name, value, given := strings.Cut(item, "=")
		field, ok := numbers[name]
		switch {
		case switches[name] != nil && !given:
			*switches[name](&f) = true
		case ok && given:
			n, err := strconv.ParseFloat(value, 64)
			if err != nil {
				return f, fmt.Errorf("fault %s: %q is no number", name, value)
			}
			*field(&f) = n
		case ok:
			return f, fmt.Errorf("fault %s: it needs a number, such as %s=0.1", name, name)
		default:
			return f, fmt.Errorf("no fault %q: there are %s", item, strings.Join(faultNames(), ", "))
		}
	}
	return f, f.check()
}

func faultNames() []string {
	var names []string
	for name := range switches {
		names = append(names, name)
	}
	for name := range numbers {
		names = append(names, name+"=N")
	}
	slices.Sort(names)
	return names
}

func (f Faults) check() error {
	for name, field := range numbers {
		if n := *field(&f); n < 0 || name != "bitrate" && n > 1 || n > 100 {
			return fmt.Errorf("fault %s: %v is out of range", name, n)
		}
	}
	return nil
}

// onTheWay tells whether packets suffer after they have been made.
func (f Faults) onTheWay() bool { return f.Loss > 0 || f.Duplicates > 0 || f.Reordering > 0 }

// Misbehave makes the camera do what faults say, and nothing that an earlier
// call said; Faults{} makes it well. It panics if a number is out of range.
// After a freeze every client goes on with the next key frame that is due, and
// what was due in between is never sent.
func (f *Feed) Misbehave(faults Faults) {
	if err := faults.check(); err != nil {
		panic("farm: " + err.Error())
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.misbehave(faults)
}

func (f *Feed) misbehave(faults Faults) {
	silent := func(f Faults) bool { return f.Hung || f.Frozen || f.FrozenVideo }
	was := silent(f.faults)
	f.faults = faults
	if was && !silent(faults) {
		for _, s := range f.receivers {
			s.from = f.entry()
		}
	}
}

// Stall freezes the camera and lets it go on: Faults.Frozen by itself.
func (f *Feed) Stall(on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	faults := f.faults
	faults.Frozen = on
	f.misbehave(faults)
}

// Lose makes each client that plays miss the next n video packets: their
// sequence numbers are used up without being sent.
func (f *Feed) Lose(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.receivers {
		s.lose += n
	}
}
