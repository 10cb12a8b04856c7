package holds

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/store"
	"github.com/sjudager/sjudager/vault/store/storetest"
)

// The machine: its clock and its uptime.

// guarded has the rig guard its clock from now on.
func (r *rig) guarded(sources ...ClockSource) *rig {
	r.t.Helper()
	r.guard.Sources = sources
	if err := r.guard.Load(r.index); err != nil {
		r.t.Fatal(err)
	}
	return r
}

// pass lets time pass.
func (r *rig) pass(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clock, r.uptime = r.clock.Add(d), r.uptime+d
}

// leap sets the machine's clock forward by d, or back.
func (r *rig) leap(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clock = r.clock.Add(d)
}

// restart ends the program, as a kill does, and starts it anew after d; with off the
// machine is switched off meanwhile.
func (r *rig) restart(d time.Duration, off bool) {
	r.t.Helper()
	if err := r.index.Close(); err != nil {
		r.t.Fatal(err)
	}
	r.pass(d)
	if off {
		r.mu.Lock()
		r.uptime, r.boots = time.Minute, r.boots+1
		r.mu.Unlock()
	}
	sources := r.guard.Sources
	r.open(r.holds.Policy())
	r.guarded(sources...)
}

// knows is a source that is right when the machine's clock is.
func knows(name string) ClockSource {
	return ClockSource{name, func(context.Context) (time.Duration, time.Duration, error) { return 0, time.Second, nil }}
}

func unknown(name string) ClockSource {
	return ClockSource{name, func(context.Context) (time.Duration, time.Duration, error) { return 0, 0, errors.New("no answer") }}
}

func (r *rig) readable(s vault.Segment) bool {
	r.t.Helper()
	f, err := r.vault.Open(context.Background(), s.ID())
	if err == nil {
		return f.Close() == nil
	}
	if !errors.Is(err, vault.ErrGone) {
		r.t.Error(err)
	}
	return false
}

// events are the ledger's entries about the clock.
func (r *rig) events() (all []string) {
	r.t.Helper()
	r.update(func(tx *index.Tx) error {
		for e, err := range ledger.Entries(tx, ledger.Filter{Kind: ledger.ClockEvent}, 1<<40) {
			if err != nil {
				return err
			}
			all = append([]string{e.Text("why") + " " + e.Text("paused")}, all...)
		}
		return nil
	})
	return all
}

// R17: the rule by itself, reading by reading.
func TestR17ClockRule(t *testing.T) {
	const day = 24 * time.Hour
	type step struct {
		passes, leaps time.Duration
		off           bool          // the machine, meanwhile; then passes does not show in its uptime
		time          time.Duration // the site's, since the beginning
		paused        Leap
		behind        bool
	}
	for name, steps := range map[string][]step{
		"an ordinary day":           {{passes: 30 * time.Second, time: 30 * time.Second}, {passes: day, time: day + 30*time.Second}},
		"ten minutes are followed":  {{leaps: 10 * time.Minute, time: 10 * time.Minute}, {leaps: time.Second, time: 10 * time.Minute, paused: Leapt}},
		"small steps add up":        {{leaps: 6 * time.Minute, time: 6 * time.Minute}, {passes: time.Minute, leaps: 6 * time.Minute, time: 7 * time.Minute, paused: Leapt}},
		"and are forgiven in a day": {{leaps: 9 * time.Minute, time: 9 * time.Minute}, {passes: day, leaps: 9 * time.Minute, time: day + 18*time.Minute}},
		"a leap, and 24 hours": {
			{passes: time.Second, leaps: 30 * day, time: time.Second, paused: Leapt},
			{passes: day - time.Second, time: day, paused: Leapt},
			{passes: time.Second, time: 31*day + time.Second},
		},
		"a leap, and another": {
			{leaps: 30 * day, paused: Leapt},
			{passes: 23 * time.Hour, time: 23 * time.Hour, paused: Leapt},
			{leaps: 11 * time.Minute, time: 23 * time.Hour, paused: Leapt},
			{passes: 23 * time.Hour, time: 46 * time.Hour, paused: Leapt},
			{passes: time.Hour, time: 47*time.Hour + 30*day + 11*time.Minute},
		},
		"a leap that is undone": {{leaps: 30 * day, paused: Leapt}, {passes: time.Hour, leaps: -30 * day, time: time.Hour}},
		"a leap, and off in its pause": {
			{leaps: 30 * day, paused: Leapt},
			{passes: 23 * time.Hour, time: 23 * time.Hour, paused: Leapt},
			{passes: 3 * day, off: true, time: 23 * time.Hour, paused: Leapt},
			{passes: 59 * time.Minute, time: 23*time.Hour + 59*time.Minute, paused: Leapt},
			{passes: time.Minute, time: 34 * day},
		},
		"set back":          {{leaps: -3 * day, behind: true}, {passes: day, time: day, behind: true}, {leaps: 3 * day, time: day}},
		"set back a little": {{passes: time.Hour, leaps: -time.Second, time: time.Hour - 0}, {passes: 200 * time.Second, time: time.Hour + 199*time.Second}},
		"off for a minute":  {{passes: time.Minute, off: true, time: time.Minute}},
		"off for ten days":  {{passes: 10 * day, off: true, paused: WasOff}, {passes: time.Hour, time: time.Hour, paused: WasOff}},
		"off, and a dead battery": {
			{passes: 10 * day, leaps: -1000 * day, off: true, behind: true},
			{passes: time.Minute, leaps: 1000 * day, time: time.Minute, paused: WasOff},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := reading{wall: start, boot: "0"}
			s := clockState{Time: start, Boot: "0"}
			for i, step := range steps {
				r.wall = r.wall.Add(step.passes + step.leaps)
				if r.mono += step.passes.Microseconds(); step.off {
					r.mono, r.boot = 0, r.boot+"+"
				}
				before := s.Time
				s = s.next(r)
				var paused Leap
				if s.Pause != nil {
					paused = s.Pause.Leap
				}
				// Of a clock that is slewed a second is enough.
				if off := s.Time.Sub(start.Add(step.time)); off.Abs() > 2*time.Second && name == "set back a little" || off != 0 && name != "set back a little" || paused != step.paused || s.Behind != step.behind {
					t.Errorf("step %d: the site's time is %v later, and %q %v; want %v, %q %v", i, s.Time.Sub(start), paused, s.Behind, step.time, step.paused, step.behind)
				}
				if s.Time < before {
					t.Errorf("step %d: the time goes back by %v", i, before.Sub(s.Time))
				}
			}
		})
	}
}

// R17: a leap of 30 days deletes nothing and shows nothing until two sources agree,
// and nothing is lost when it is undone.
func TestR17ForwardLeap(t *testing.T) {
	two := []ClockSource{knows("kernel"), knows("store")}
	for _, c := range []struct {
		name   string
		how    func(r *rig)
		left   []int
		events []string
	}{
		{"one source is not enough", func(r *rig) { r.guard.Sources = two[:1]; r.sweep() }, []int{0, 1, 2}, []string{"leapt yes"}},
		{"two sources", func(r *rig) { r.guard.Sources = two; r.sweep() }, nil, []string{"leapt yes", "explained no"}},
		{"a person", func(r *rig) {
			if err := r.guard.Confirm(r.index, "the station's clock says so", "uid:0"); err != nil {
				r.t.Fatal(err)
			}
			r.sweep()
		}, nil, []string{"leapt yes", "confirmed no"}},
		{"24 hours", func(r *rig) {
			r.pass(23 * time.Hour)
			r.sweep()
			if got := r.stored("k01"); len(got) != 3 {
				r.t.Errorf("after 23 hours %v are left", got)
			}
			r.restart(59*time.Minute, false) // which takes nothing off the 24 hours, and adds nothing
			r.sweep()
			if got := r.stored("k01"); len(got) != 3 {
				r.t.Errorf("after a restart %v are left", got)
			}
			r.pass(time.Minute)
			r.sweep()
		}, nil, []string{"leapt yes", "waited no"}},
		{"undone", func(r *rig) { r.leap(-30 * 24 * time.Hour); r.sweep() }, []int{0, 1, 2}, []string{"leapt yes", "undone no"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, fullPolicy(t)).guarded(unknown("kernel"), unknown("store"))
			all := r.minutes("k01", 3)
			r.pass(time.Hour)
			r.sweep()
			r.leap(30 * 24 * time.Hour)
			if r.readable(all[0]) {
				t.Error("it can be read, and may be overdue")
			}
			if swept := r.sweep(); swept.Retired != 0 {
				t.Errorf("%d go with the leap", swept.Retired)
			}
			if a := r.guard.Alarms(); len(a) != 1 || a[0].Code != footage.AlarmClock || !strings.Contains(a[0].Detail, "two independent sources") {
				t.Errorf("alarms %v", a)
			}
			c.how(r)
			if diff := cmp.Diff(c.left, r.stored("k01")); diff != "" {
				t.Error(diff)
			}
			if r.readable(all[0]) != (c.name == "undone") {
				t.Errorf("readable: %v", r.readable(all[0]))
			}
			if diff := cmp.Diff(c.events, r.events()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// R17: what would have gone without the leap goes all the same, and what is held while
// it is not known how late it is is kept when it turns out not to be due.
func TestR17WhatIsDueAnywayGoes(t *testing.T) {
	r := newRig(t, fullPolicy(t)).guarded()
	all := r.minutes("k01", 3)
	r.pass(all[0].Keep.Sub(start) - time.Hour)
	r.sweep()
	r.leap(3 * 24 * time.Hour)
	r.sweep()
	later := r.minutesFrom("k01", footage.At(r.guard.Now()), 1)
	k01 := []footage.CameraID{"k01"}
	hold := r.place(Request{Cameras: k01, Span: span(1, 3), More: []Selection{{k01, later[0].Span}}})
	if hold.Segments != 1 {
		t.Errorf("the hold says that it keeps %d: one can be seen, two may be due", hold.Segments)
	}
	r.pass(time.Hour)
	if swept := r.sweep(); swept.Retired != 1 {
		t.Errorf("%d go, want the one that is due by both clocks", swept.Retired)
	}
	r.leap(-3 * 24 * time.Hour)
	r.sweep()
	r.pass(2 * time.Minute)
	if swept := r.sweep(); swept.Retired != 0 || !r.readable(all[1]) {
		t.Errorf("%d go, and it is held", swept.Retired)
	}
}

// R17: a clock that is set back three days, before or after a restart, neither shows
// nor keeps anything for longer.
func TestR17SetBack(t *testing.T) {
	r := newRig(t, fullPolicy(t)).guarded()
	all := r.minutes("k01", 3)
	r.pass(all[0].Keep.Sub(start))
	if r.readable(all[0]) {
		t.Fatal("it is due")
	}
	r.sweep()
	r.leap(-3 * 24 * time.Hour)
	r.pass(time.Minute)
	if r.readable(all[1]) {
		t.Error("it can be read past its deadline")
	}
	if swept := r.sweep(); swept.Retired != 1 {
		t.Errorf("%d go, want 1", swept.Retired)
	}
	if a := r.guard.Alarms(); len(a) != 1 || !strings.Contains(a[0].Detail, "behind") {
		t.Errorf("alarms %v", a)
	}
	r.pass(30 * time.Second)
	r.restart(10*time.Second, true)
	if at := footage.At(r.guard.Now()); at != all[1].Keep {
		t.Errorf("after a start it is %s, want %s: what the index knew last", at, all[1].Keep)
	}
	r.pass(time.Minute)
	if r.readable(all[2]) {
		t.Error("it can be read past its deadline after a restart")
	}
	r.sweep()
	if left := r.stored("k01"); len(left) != 0 {
		t.Errorf("%v are left", left)
	}
	if diff := cmp.Diff([]string{"set-back no"}, r.events()); diff != "" {
		t.Error(diff)
	}
}

// R7, R17, R22: ten days switched off. Nothing that is overdue is shown at any moment;
// one source that agrees with the clock is enough for all to go with the first sweep,
// but for what the store fails to delete, which goes when it can.
func TestR7TenDaysOff(t *testing.T) {
	r := newRig(t, fullPolicy(t)).guarded(unknown("kernel"))
	all := append(r.minutes("k01", 20), r.minutes("k02", 20)...)
	held := r.place(Request{Cameras: []footage.CameraID{"k01"}, Span: span(4, 6)})
	r.sweep()
	r.restart(10*24*time.Hour, true)
	began := footage.At(r.now())
	shown := func() {
		t.Helper()
		for _, s := range all {
			isHeld := s.Camera == "k01" && s.Span.Overlaps(held.Hold.Span)
			if r.readable(s) != isHeld {
				t.Fatalf("%s can be read: %v", s.ID(), !isHeld)
			}
		}
	}
	shown() // before anything was swept
	f := storetest.NewFaulty(t, r.store)
	r.vault.Store = f
	f.Inject(
		storetest.Fault{Op: storetest.Delete, Key: all[0].Object, Times: 3, Err: errors.New("slow down"), Undone: true}, // did not happen
		storetest.Fault{Op: storetest.Delete, Key: all[1].Object, Times: 3, Err: errors.New("slow down")},               // it did
		storetest.Fault{Op: storetest.Delete, Key: all[2].Object, Times: 3, Undone: true},                               // a lie
		storetest.Fault{Op: storetest.Absent, Key: all[3].Object, Times: 3, Err: errors.New("slow down")},
	)
	if swept := r.sweep(); swept.Retired != 0 {
		t.Fatalf("%d went before anybody knew the time", swept.Retired)
	}
	shown()
	r.pass(time.Minute)
	r.guard.Sources = []ClockSource{knows("kernel")} // the time daemon has found its servers
	swept := r.sweep()
	if swept.Retired != 38 || len(swept.Removed) != 34 || swept.Failed != 4 {
		t.Errorf("retired %d, removed %d, failed %d", swept.Retired, len(swept.Removed), swept.Failed)
	}
	shown()
	removed := len(swept.Removed)
	for removed < 38 {
		if r.pass(time.Second); footage.At(r.now()).Sub(began) > 15*time.Minute {
			t.Fatalf("%d are still there after 15 minutes", 38-removed)
		}
		removed += len(r.sweep().Removed)
		shown()
	}
	t.Logf("all gone %v after the start, with one minute without a source", footage.At(r.now()).Sub(began))
	if diff := cmp.Diff([]string{"was-off yes", "explained no"}, r.events()); diff != "" {
		t.Error(diff)
	}
	r.vault.Store = r.store
}

// R14: footage that outlives its deadline is counted, and since when is known.
func TestR14Overdue(t *testing.T) {
	r := newRig(t, fullPolicy(t)).guarded()
	all := r.minutes("k01", 3)
	f := storetest.NewFaulty(t, r.store)
	f.Inject(storetest.Fault{Op: storetest.Delete, Err: errors.New("no"), Undone: true})
	r.vault.Store = f
	overdue := func() (n int, since footage.Instant) {
		r.update(func(tx *index.Tx) (err error) {
			if n, err = Overdue(tx); err == nil {
				since, err = OverdueSince(tx)
			}
			return err
		})
		return n, since
	}
	for i, want := range []int{0, 1, 2} {
		r.pass(all[i].Keep.Sub(footage.At(r.now())) - time.Microsecond)
		if n, _ := overdue(); n != want {
			t.Errorf("%d are overdue, want %d", n, want)
		}
		r.pass(time.Microsecond)
		if n, since := overdue(); n != want+1 || since != all[0].Keep {
			t.Errorf("%d are overdue since %s, want %d since %s", n, since, want+1, all[0].Keep)
		}
		r.sweep() // fails
	}
	r.vault.Store = r.store
	r.pass(5 * time.Minute)
	r.sweep()
	if n, since := overdue(); n != 0 || since != 0 {
		t.Errorf("%d are overdue since %s", n, since)
	}
}

func TestClockSources(t *testing.T) {
	now := start.Time()
	date := func(at time.Time, took time.Duration, err error) ClockSource {
		return StoreSource(func() time.Time { return now }, func(context.Context) (time.Time, time.Duration, error) { return at, took, err })
	}
	kernel := func(state footage.ClockState) ClockSource {
		return KernelSource(func() footage.Clock { return footage.Clock{State: state, ErrorMS: 20} })
	}
	for _, c := range []struct {
		source ClockSource
		want   string
		agrees int
	}{
		{kernel(footage.ClockSynced), "kernel agrees", 1},
		{kernel(footage.ClockHoldover), "kernel does not know (the clock follows no time server)", 0},
		{kernel(footage.ClockUnsynced), "kernel does not know (the clock follows no time server)", 0},
		{kernel(""), "kernel does not know (the clock follows no time server)", 0},
		{date(now, time.Second, nil), "store agrees", 1},
		{date(now.Add(9*time.Minute), time.Second, nil), "store agrees", 1},
		{date(now.Add(9*time.Minute), 3*time.Minute, nil), "store is -10m31s away", 0},
		{date(now.Add(-30*24*time.Hour), time.Second, nil), "store is 719h59m59s away", 0},
		{date(now, 0, store.ErrConfig), "store does not know (" + store.ErrConfig.Error() + ")", 0},
	} {
		opinions, agree := ask(t.Context(), []ClockSource{c.source})
		if got := said(opinions); got != c.want || agree != c.agrees {
			t.Errorf("%q, %d; want %q, %d", got, agree, c.want, c.agrees)
		}
	}
}
