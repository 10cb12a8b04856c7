package holds

import (
	"context"
	"fmt"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
)

// ClockSource is something that knows the time independently of the machine's clock.
type ClockSource struct {
	Name string // one word, for the ledger
	// Ask returns by how much the machine's clock is ahead of the source's, and by how
	// much that may be wrong; or why it is not known.
	Ask func(ctx context.Context) (ahead, within time.Duration, err error)
}

// Opinion is what a source has said about the machine's clock.
type Opinion struct {
	Source string        `json:"source"`
	Agrees bool          `json:"agrees"` // the clock is right, to LeapLimit
	Ahead  time.Duration `json:"ahead"`  // of the machine's clock; in JSON nanoseconds
	Fault  string        `json:"fault"`  // why it does not know the time, or ""
}

func (o Opinion) String() string {
	switch {
	case o.Fault != "":
		return fmt.Sprintf("%s does not know (%s)", o.Source, o.Fault)
	case o.Agrees:
		return o.Source + " agrees"
	}
	return fmt.Sprintf("%s is %v away", o.Source, o.Ahead.Round(time.Second))
}

// KernelSource is the machine's own time daemon, as the kernel tells of it. Whoever
// sets the clock by hand makes the kernel say that it follows nothing (settimeofday(2)).
func KernelSource(state func() footage.Clock) ClockSource {
	return ClockSource{Name: "kernel", Ask: func(context.Context) (time.Duration, time.Duration, error) {
		c := state()
		if c.State != footage.ClockSynced {
			return 0, 0, fmt.Errorf("the clock follows no time server")
		}
		return 0, time.Duration(c.ErrorMS) * time.Millisecond, nil
	}}
}

// StoreSource is the clock of the object store, which date asks for.
func StoreSource(wall func() time.Time, date func(context.Context) (time.Time, time.Duration, error)) ClockSource {
	return ClockSource{Name: "store", Ask: func(ctx context.Context) (time.Duration, time.Duration, error) {
		at, took, err := date(ctx)
		if err != nil {
			return 0, 0, err
		}
		// It was read at some time of the round trip, and is cut to the second.
		within := took/2 + time.Second/2
		return wall().Add(-took / 2).Sub(at.Add(time.Second / 2)), within, nil
	}}
}

// askWithin is how long a source may take.
const askWithin = 10 * time.Second

// ask returns what the sources say, and how many agree.
func ask(ctx context.Context, sources []ClockSource) (all []Opinion, agree int) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	for _, s := range sources {
		o := Opinion{Source: s.Name}
		ahead, within, err := s.Ask(ctx)
		if o.Ahead = ahead; err != nil {
			o.Fault = err.Error()
		} else if o.Agrees = ahead.Abs()+within <= LeapLimit; o.Agrees {
			agree++
		}
		all = append(all, o)
	}
	return all, agree
}
