package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
)

// trouble is what a camera goes through, from and to a time after the beginning.
type trouble struct {
	from, to time.Duration
	what     string
	cost     time.Duration // how much footage is missing since then
}

const switchedOff = "switched off"

// blinding are the kinds of trouble in which there is nothing to record; 500 packets
// are half a minute of some cameras. All others can be lived through.
var blinding = []string{switchedOff, "loses 500 packets", "hung", "frozen", "frozen-video", "no-key-frames", "password changed", "gone", "hangs up"}

const (
	// comesBack is how long after a blinding trouble a camera may be without
	// footage: until it is seen that nothing comes any more (10 s), or until it is
	// asked again (37 s at most), and until the next key frame.
	comesBack = 45 * time.Second
	// shaken is how long the other kinds may leave a camera without footage in all:
	// until the next connection and its first key frame, once or twice.
	shaken = 12 * time.Second
)

// answer has each trouble of a camera answer for the gaps that begin from its
// beginning to the next one's, in a run that began at that time. The troubles are in
// the order in which they begin.
func answer(troubles []trouble, gaps []footage.Span, began time.Time) {
	for i := range troubles {
		t := &troubles[i]
		until := 1000 * time.Hour
		if i+1 < len(troubles) {
			until = troubles[i+1].from
		}
		for _, g := range gaps {
			// A gap begins with the last frame, which is a little older than what it
			// is the end of.
			if from := g.From.Time().Sub(began) + time.Second; from >= t.from && from < until {
				t.cost += g.Duration()
			}
		}
	}
}

// excessive returns the troubles, in order, that have cost more footage than they
// need to.
func excessive(troubles []trouble) (all []trouble) {
	var clear time.Duration // when the last trouble that blinds no longer explains anything
	for i, t := range troubles {
		allowed := shaken
		if slices.Contains(blinding, t.what) {
			clear = max(clear, t.to+comesBack)
		}
		if clear > t.from {
			allowed = clear - t.from + shaken
		}
		// What is left of it when the next one blinds may go on in that one.
		if t.cost > allowed && !(i+1 < len(troubles) && slices.Contains(blinding, troubles[i+1].what)) {
			all = append(all, t)
		}
	}
	return all
}

// printTroubles prints what each kind of trouble has cost.
func printTroubles(out io.Writer, all []trouble) {
	type kind struct {
		times             int
		lasted, cost, max time.Duration
	}
	kinds := map[string]*kind{}
	for _, t := range all {
		k := kinds[t.what]
		if k == nil {
			k = &kind{}
			kinds[t.what] = k
		}
		k.times, k.lasted, k.cost, k.max = k.times+1, k.lasted+t.to-t.from, k.cost+t.cost, max(k.max, t.cost)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "times\tlasting\tfootage missing\tat most\t  trouble")
	for _, what := range slices.Sorted(maps.Keys(kinds)) {
		k := kinds[what]
		fmt.Fprintf(w, "%d\t%v\t%v\t%v\t  %s\n", k.times, k.lasted.Round(time.Second), k.cost.Round(100*time.Millisecond), k.max.Round(100*time.Millisecond), what)
	}
	w.Flush() // out keeps its own errors
	fmt.Fprintln(out)
}
