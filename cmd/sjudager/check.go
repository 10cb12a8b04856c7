package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/web"
)

func check(ctx context.Context, c console, o *options) error {
	var ask checkOptions
	o.BoolVar(&ask.Deep, "deep", false, "")
	o.BoolVar(&ask.Repair, "repair", false, "")
	o.BoolVar(&ask.ExpireUnheld, "expire-unheld", false, "")
	o.BoolVar(&ask.Emptied, "emptied", false, "")
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	if (ask.ExpireUnheld || ask.Emptied) && !ask.Repair {
		return misuse("--expire-unheld and --emptied say how to repair: --repair is missing", "")
	}
	ctx, end := untilSignal(ctx, c.err)
	defer end()
	m := newMeter(c)
	checked, err := cl.check(ctx, ask, m.tell)
	if f, ok := errors.AsType[failure](err); ok && f.code == "not-running" {
		checked, err = checkOffline(ctx, c, cl.configuration, ask, m.tell)
	} else if err == nil && (ask.ExpireUnheld || ask.Emptied) {
		err = failure{exit: exitRefused, code: "running", text: "--expire-unheld and --emptied are for a sjudager that is stopped", hint: "stop it first"}
	}
	m.end()
	if ctx.Err() != nil && err != nil {
		return failure{exit: exitFailed, code: "stopped", text: "the check was stopped before its end"}
	}
	if err != nil {
		return err
	}
	return c.printChecked(o, checked)
}

// check asks the running program to check, and meanwhile how far it is. When ctx ends,
// so does the program's check: nobody waits for its answer any more.
func (c *client) check(ctx context.Context, ask checkOptions, tell func(vault.Progress)) (checked web.Checked, err error) {
	if ask.ExpireUnheld || ask.Emptied { // only asks whether it runs
		return checked, c.get(ctx, "check", nil, &web.CheckProgress{})
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		err = c.post(ctx, "check", ask.CheckRequest, &checked)
	}()
	ticks := time.NewTicker(time.Second)
	defer ticks.Stop()
	for {
		select {
		case <-done:
			return checked, err
		case <-ticks.C:
			var p web.CheckProgress
			if c.get(ctx, "check", nil, &p) == nil { // the check's own answer says what is wrong
				tell(p.Progress)
			}
		}
	}
}

// printChecked prints what a check found, a line for each finding.
func (c console) printChecked(o *options, checked web.Checked) error {
	if o.json {
		c.json(checked)
	} else {
		for _, note := range checked.Notes {
			fmt.Fprintln(c.out, note)
		}
		for _, f := range checked.Findings {
			state := ""
			switch {
			case f.Repaired:
				state = " (repaired)"
			case f.Problem != "":
				state = " (not repaired: " + f.Problem + ")"
			case f.Repairable:
				state = " (--repair can mend it)"
			}
			fmt.Fprintf(c.out, "%s: %s: %s%s\n", f.What, f.Object, f.Detail, state)
		}
		all := len(checked.Findings) + checked.Unlisted
		if checked.Unlisted > 0 {
			fmt.Fprintf(c.out, "and %s more\n", count(checked.Unlisted, "finding"))
		}
		fmt.Fprintf(c.out, "%s in the index, %s in the store, %d read; %s, of which %d remain\n",
			count(checked.Segments, "segment"), count(checked.Objects, "object"), checked.Read, count(all, "finding"), checked.Left)
	}
	if checked.Left > 0 {
		return failure{exit: exitInvalid, code: "findings", text: count(checked.Left, "finding") + " remain", answered: true}
	}
	return nil
}
