package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/recorder"
	"github.com/sjudager/sjudager/vault/store"
	"github.com/sjudager/sjudager/web"
)

// newClock returns the guarded clock of the machine. The kernel's time daemon is one
// source of the time, the object store, where there is one, another.
func newClock(o daemonOptions, storage func() store.Store) *holds.Clock {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil { // then every start of the program counts as one of the machine
		boot = fmt.Append(nil, time.Now().UnixNano())
	}
	sources := []holds.ClockSource{holds.KernelSource(recorder.KernelClock)}
	if o.Config.Storage != nil {
		sources = append(sources, holds.StoreSource(o.Now, func(ctx context.Context) (time.Time, time.Duration, error) {
			dated, is := storage().(store.Dated)
			if !is {
				return time.Time{}, 0, errors.New("the store is not open")
			}
			return dated.Date(ctx)
		}))
	}
	return &holds.Clock{Wall: o.Now, Uptime: uptime, Boot: strings.TrimSpace(string(boot)), Sources: sources, Log: o.Log}
}

// uptime is the time since the machine was started, its sleep included. Nobody can
// set it.
func uptime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		panic(err) // Linux has had it since 2.6.39
	}
	return time.Duration(t.Nano())
}

func clockShow(ctx context.Context, c console, o *options) error {
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	var answer web.ClockState
	if err := cl.get(ctx, "clock", nil, &answer); err != nil {
		return err
	}
	cl.printClock(c, o, answer)
	return nil
}

func clockConfirm(ctx context.Context, c console, o *options) error {
	reason := o.String("reason", "", "")
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	if err := o.require("reason"); err != nil {
		return err
	}
	var answer web.ClockState
	if err := cl.post(ctx, "clock/confirm", web.ClockConfirmRequest{Reason: *reason}, &answer); err != nil {
		return err
	}
	cl.printClock(c, o, answer)
	return nil
}

func (cl *client) printClock(c console, o *options, answer web.ClockState) {
	if o.json {
		c.json(answer)
		return
	}
	at := clock{cl.zone}
	fmt.Fprintf(c.out, "footage is dated and deleted by  %s\nthe machine's clock shows        %s\n", at.at(answer.Time), at.at(answer.Machine))
	switch {
	case answer.Paused != "":
		fmt.Fprintf(c.out, "paused since %s: %s\n", at.at(answer.Since), answer.Paused)
	case answer.Behind:
		fmt.Fprintf(c.out, "the machine's clock is %v behind; nothing is kept longer for that\n", answer.Time.Sub(answer.Machine).Round(time.Second))
	default:
		fmt.Fprintln(c.out, "deletion follows the machine's clock")
	}
	for _, s := range answer.Sources {
		fmt.Fprintf(c.out, "  %s\n", s)
	}
}
