package main

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// deed is something to be done at a time after the beginning.
type deed struct {
	at time.Duration
	do func() error
}

// writePlan writes down what will go wrong with the cameras, to be read beside the
// program's log.
func (r *run) writePlan() error {
	var b strings.Builder
	for _, m := range r.mayhem {
		fmt.Fprintf(&b, "%s %v\n", r.began.Add(m.At).UTC().Format(time.RFC3339), m)
	}
	return os.WriteFile(filepath.Join(r.dir, "mishaps.log"), []byte(b.String()), 0o600)
}

// plan is what happens in a run, in order.
func (r *run) plan() []deed {
	var deeds []deed
	regularly := func(n int, do func() error) {
		for at := r.every(n); at < r.length; at += r.every(n) {
			deeds = append(deeds, deed{at, do})
		}
	}
	regularly(looks, r.look)
	regularly(samples, r.sample)
	regularly(audits, r.audit)

	// What goes wrong beside the cameras: every unit of time about once.
	chance := rand.New(rand.NewPCG(r.seed, 1))
	unit := max(r.length/20, 5*time.Second)
	draw := func(low, high time.Duration) time.Duration {
		return low + time.Duration(chance.Int64N(int64(high-low)))
	}
	for at := unit; at+2*unit < r.length; at += unit {
		away := at + draw(0, unit/3)
		deeds = append(deeds,
			deed{away, r.storeAway},
			deed{away + draw(time.Second, min(20*time.Second, unit/2)), r.storeBack})
		if i := chance.IntN(len(r.cameras)); !r.cameras[i].steady {
			off, length := at+draw(0, unit/2), draw(time.Second, unit/2)
			deeds = append(deeds,
				deed{off, func() error { return r.enable(i, false) }},
				deed{off + length, func() error { return r.enable(i, true) }})
			name := r.cameras[i].model.Path
			r.trouble[name] = append(r.trouble[name], trouble{from: off, to: off + length, what: switchedOff})
		}
		held := r.cameras[chance.IntN(len(r.cameras))].model.Path
		deeds = append(deeds, deed{at + draw(0, unit), func() error { return r.program.hold(held, r.keep/4) }})
	}
	deeds = append(deeds, deed{r.length, func() error { return nil }})
	slices.SortStableFunc(deeds, func(a, b deed) int { return cmp.Compare(a.at, b.at) })
	return deeds
}

func (r *run) enable(i int, on bool) error {
	r.cameras[i].off = !on
	return r.program.configure(r.cameras)
}

// storeAway takes the footage away from under the store, as a disk does that is
// no longer mounted; storeBack brings it back.
func (r *run) storeAway() error {
	err := os.Rename(r.program.footage(), r.program.footage()+".away")
	if errors.Is(err, os.ErrNotExist) { // nothing has been stored yet
		return nil
	}
	r.witness.away = true
	return errors.Join(err, os.WriteFile(r.program.footage(), nil, 0o600))
}

func (r *run) storeBack() error {
	if !r.witness.away {
		return nil
	}
	r.witness.away, r.witness.back = false, time.Now()
	return errors.Join(os.Remove(r.program.footage()), os.Rename(r.program.footage()+".away", r.program.footage()))
}
