package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/sjudager/sjudager/cmd/testcam/farm"
)

// soak is the whole run. Its error says how many promises were broken; each was
// printed when it was seen.
func soak(ctx context.Context, o options, out io.Writer) (err error) {
	if o.dir == "" {
		if o.dir, err = os.MkdirTemp("", "sjudager-soak-"); err != nil {
			return err
		}
	} else if err = os.MkdirAll(o.dir, 0o700); err != nil {
		return fmt.Errorf("couldn't make %s: %w", o.dir, err)
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
	sampled time.Duration // when the last sample was taken
	cpu     float64       // seconds until then
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
	if out, err := r.program.command("log", "verify").CombinedOutput(); err != nil {
		r.broken("the ledger: %v: %s", err, out)
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
