// Soak runs the real program for hours on cameras that go wrong at random, and
// holds it to its promises all the while. `make soak` runs it.
//
// The cameras are those of package farm: H.264 and H.265, over TCP, UDP and TLS,
// with and without a password. Most of them are wild: each goes wrong in one of some
// thirty ways, is well for a while, and goes wrong again. A few are steady, and must
// not notice. Meanwhile the object store goes away for some seconds now and then,
// the configuration switches a camera off and on again, and holds are placed. All of
// it follows from one seed, which is printed.
//
// What is recorded is kept for minutes, so that deletion is soaked as well:
//
//   - Every instant of a camera from when it was configured on lies in one segment or one
//     gap: none overlap, starts ascend, and together they last as long as the wall
//     clock says, to within a second over the whole run.
//   - A steady camera has no gap and no reconnect, and over TCP loses not a packet. A
//     wild one is without footage no longer than what went wrong explains.
//   - A segment is listed, readable and in the store until its deadline, and none
//     of them after it; its bytes have the hash that is listed, and ffprobe reads them.
//   - Goroutines, descriptors and memory do not grow.
//
// It prints a table of samples, and ends with an error if a promise was broken.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/sjudager/sjudager/cmd/testcam/farm"
)

const usage = `usage: soak [flags]

Runs sjudager on cameras that go wrong at random, and checks its promises.

  --program PATH   the program (default bin/sjudager)
  --hours H        how long (default 2)
  --wild N         cameras that go wrong (default 12)
  --steady N       cameras that do not (default 4)
  --keep D         how long footage is kept (default 10m)
  --segment D      how long a segment is (default 10s)
  --seed N         what goes wrong and when (default at random)
  --dir DIR        where data, log and samples go (default a new one in the temporary directory)
`

// options are the command line.
type options struct {
	program, dir  string
	length        time.Duration
	wild, steady  int
	keep, segment time.Duration
	seed          uint64
}

// Of a run of two hours; a shorter one does all of it more often.
const (
	looks   = 1440 // at what is listed and what is in the store: every 5 s
	samples = 120  // of what the process takes: every minute
	audits  = 12   // of the account: every ten minutes
)

// every is how often something is done that is done n times in all.
func (o options) every(n int) time.Duration {
	return max(o.length/time.Duration(n), 500*time.Millisecond)
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var o options
	var hours float64
	flags := flag.NewFlagSet("soak", flag.ExitOnError)
	flags.Usage = func() { fmt.Fprint(flags.Output(), usage) }
	flags.StringVar(&o.program, "program", "bin/sjudager", "")
	flags.StringVar(&o.dir, "dir", "", "")
	flags.Float64Var(&hours, "hours", 2, "")
	flags.IntVar(&o.wild, "wild", 12, "")
	flags.IntVar(&o.steady, "steady", 4, "")
	flags.DurationVar(&o.keep, "keep", 10*time.Minute, "")
	flags.DurationVar(&o.segment, "segment", 10*time.Second, "")
	flags.Uint64Var(&o.seed, "seed", rand.Uint64(), "")
	flags.Parse(os.Args[1:]) // ends the program when it fails
	o.length = time.Duration(hours * float64(time.Hour))
	if flags.NArg() > 0 || o.length < 10*time.Second || o.wild < 0 || o.steady < 0 || o.wild+o.steady < 1 {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	if err := soak(ctx, o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

// soak is the whole run. Its error says how many promises were broken; each was
// printed when it was seen.
func soak(ctx context.Context, o options, out io.Writer) (err error) {
	if o.dir == "" {
		if o.dir, err = os.MkdirTemp("", "sjudager-soak-"); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "seed %d, %d wild and %d steady cameras for %v, kept %v, in %s\n", o.seed, o.wild, o.steady, o.length, o.keep, o.dir)
	cameras, err := yard(ctx, o)
	if err != nil {
		return err
	}
	var models []farm.Camera
	for _, c := range cameras {
		models = append(models, c.model)
	}
	server, err := farm.Start("127.0.0.1:0", models...)
	if err != nil {
		return err
	}
	defer server.Close() // it has nothing that could be lost
	p, err := install(o, server, cameras)
	if err != nil {
		return err
	}
	defer p.kill()
	if err := p.start(ctx); err != nil {
		return err
	}
	r := &run{options: o, out: out, server: server, cameras: cameras, program: p, began: time.Now(), trouble: map[string][]trouble{}}
	r.witness = newWitness(p, o, r.broken)
	return r.do(ctx)
}

// run is a run of a soak. All of it is the business of one goroutine; only the
// cameras' mishaps are another one's.
type run struct {
	options
	out     io.Writer
	server  *farm.Server
	cameras []camera
	program *program
	witness *witness
	began   time.Time
	faults  int // promises that were broken
	samples []sample
	mayhem  []farm.Mishap
	trouble map[string][]trouble // of each camera
}

// broken writes down that a promise was broken.
func (r *run) broken(format string, args ...any) {
	r.faults++
	r.say("BROKEN "+format, args...)
}

func (r *run) say(format string, args ...any) {
	fmt.Fprintf(r.out, "%s %9v  %s\n", time.Now().UTC().Format("15:04:05"), time.Since(r.began).Round(time.Second), fmt.Sprintf(format, args...))
}

// deed is something to be done at a time after the beginning.
type deed struct {
	at time.Duration
	do func() error
}

func (r *run) do(ctx context.Context) error {
	var wild []string
	for _, c := range r.cameras {
		if !c.steady {
			wild = append(wild, c.model.Path)
		}
	}
	r.mayhem = farm.Mayhem(r.seed, r.length, wild...)
	for _, m := range r.mayhem {
		r.trouble[m.Camera] = append(r.trouble[m.Camera], trouble{from: m.At, to: m.At + m.For, what: m.What})
	}
	if err := r.writePlan(); err != nil {
		return err
	}
	mayhem, endMayhem := context.WithCancel(ctx)
	performed := make(chan struct{})
	go func() {
		defer close(performed)
		r.server.Perform(mayhem, r.mayhem, nil)
	}()
	defer func() { endMayhem(); <-performed }()

	for deeds := r.plan(); len(deeds) > 0; deeds = deeds[1:] {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-r.program.done:
			return fmt.Errorf("the program has ended: %s", r.program.said())
		case <-time.After(time.Until(r.began.Add(deeds[0].at))):
		}
		if err := deeds[0].do(); err != nil {
			return err
		}
	}
	endMayhem()
	<-performed
	if err := r.finish(ctx); err != nil {
		return err
	}
	r.report()
	if r.faults > 0 {
		return fmt.Errorf("%d promises were broken (seed %d)", r.faults, r.seed)
	}
	return nil
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

// look is at everything that can be seen from outside.
func (r *run) look() error {
	r.witness.look(r.cameras)
	return nil
}

// audit checks the account of all but the last minute, which may be on its way. A
// gap that goes on is listed piece by piece, so only the account of a steady camera is
// known to reach so far before all has ended.
func (r *run) audit() error {
	if err := r.steady(); err != nil {
		return err
	}
	for _, c := range r.cameras {
		until := time.Now().Add(-settled(r.segment))
		if listed := r.witness.reaches(c); !c.steady && listed.Before(until) {
			until = listed
		}
		r.witness.audit(c, until)
	}
	segments, gaps := r.witness.count()
	r.say("%d segments and %d gaps seen, %d segments to their end, %d read; %d promises broken", segments, gaps, r.witness.ended, r.witness.reads, r.faults)
	return nil
}

// settled is how long after its end a line of the account is listed at the latest,
// also when the store was away.
func settled(segment time.Duration) time.Duration { return segment + 50*time.Second }

// steady checks that the steady cameras have noticed nothing.
func (r *run) steady() error {
	status, err := r.program.status()
	if err != nil {
		return err
	}
	for _, c := range r.cameras {
		if !c.steady {
			continue
		}
		for _, s := range status.Cameras {
			if string(s.ID) == c.model.Path && (s.Reconnects > 0 || c.transport == "tcp" && s.LostPackets+s.DroppedFrames > 0) {
				r.broken("%s has %d reconnects, %d lost packets, %d dropped frames", s.ID, s.Reconnects, s.LostPackets, s.DroppedFrames)
			}
		}
		if n := r.server.Camera(c.model.Path).Dropped(); n > 0 {
			r.broken("%s was not read, and had to drop %d frames", c.model.Path, n)
		}
	}
	return nil
}

// finish lets every camera come back, stops the program, and starts it again to
// see what it has kept and where its account ends.
func (r *run) finish(ctx context.Context) error {
	waiting := func() []string {
		var down []string
		status, err := r.program.status()
		if err != nil {
			return []string{err.Error()}
		}
		for _, c := range status.Cameras {
			if c.State != "recording" {
				down = append(down, fmt.Sprintf("%s: %s", c.ID, c.Detail))
			}
		}
		return down
	}
	for end := time.Now().Add(time.Minute); len(waiting()) > 0; time.Sleep(time.Second) {
		if time.Now().After(end) || ctx.Err() != nil {
			r.broken("not recorded a minute after all went wrong: %q", waiting())
			break
		}
		r.witness.look(r.cameras)
	}
	if err := errors.Join(r.sample(), r.steady()); err != nil {
		return err
	}
	r.witness.look(r.cameras)
	stopped := time.Now()
	if err := r.program.stop(); err != nil {
		r.broken("%v", err)
	}
	if err := r.program.start(ctx); err != nil {
		return err
	}
	r.witness.restarted(stopped)
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end) && !r.ends(stopped); time.Sleep(500 * time.Millisecond) {
		r.witness.look(r.cameras)
	}
	for _, c := range r.cameras {
		r.witness.audit(c, stopped)
		gaps, last := r.witness.gapsOf(c, stopped)
		troubles := r.trouble[c.model.Path]
		slices.SortStableFunc(troubles, func(a, b trouble) int { return cmp.Compare(a.from, b.from) })
		answer(troubles, gaps, r.began)
		for _, t := range excessive(troubles) {
			r.broken("%s: %q from %v to %v cost %v of footage", c.model.Path, t.what, t.from, t.to, t.cost)
		}
		if lost := stopped.Sub(last); c.steady && lost > tolerance {
			r.broken("%s lost %v before the stop", c.model.Path, lost)
		}
	}
	if err := r.program.stop(); err != nil {
		r.broken("%v", err)
	}
	return nil
}

// ends tells whether the account of every camera reaches that time.
func (r *run) ends(at time.Time) bool {
	return !slices.ContainsFunc(r.cameras, func(c camera) bool { return r.witness.reaches(c).Before(at) })
}

func (r *run) report() {
	fmt.Fprintln(r.out)
	r.witness.print(r.out, r.cameras)
	printTroubles(r.out, slices.Concat(slices.Collect(maps.Values(r.trouble))...))
	if err := printSamples(r.out, r.samples); err != nil {
		r.broken("%v", err)
	}
	if err := writeSamples(filepath.Join(r.dir, "samples.tsv"), r.samples); err != nil {
		r.broken("%v", err)
	}
	for _, g := range growths(r.samples) {
		fmt.Fprintln(r.out, g)
		// A process needs minutes to reach its size.
		if g.tooMuch() && (g.unit == 1 || r.length >= 5*time.Minute) {
			r.broken("it grows: %v", g)
		}
	}
	if err := r.program.summary(r.out); err != nil {
		r.broken("%v", err)
	}
}
