package holds

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Clock keeps the site's time from the machine's clocks, and guards deletion against
// those that are wrong (R17). Its methods may be called from any goroutine.
//
// Until Load it is the machine's clock.
type Clock struct {
	Wall    func() time.Time     // the machine's clock
	Uptime  func() time.Duration // since the machine was started, sleep included
	Boot    string               // names that start
	Sources []ClockSource
	Log     *slog.Logger

	settling sync.Mutex // one settle at a time

	mu       sync.Mutex
	loaded   bool
	state    clockState
	known    clockState // of which the ledger knows
	opinions []Opinion  // of the last time that the sources were asked
}

var clockKey = index.Key("meta", "clock")

func (c *Clock) read() reading {
	wall := footage.At(c.Wall())
	return reading{wall, c.Uptime().Microseconds(), c.Boot}
}

// look brings the state up to date. c.mu is held.
func (c *Clock) look() reading {
	r := c.read()
	if !c.loaded {
		c.state = clockState{Time: r.wall, Mono: r.mono, Boot: r.boot}
	} else {
		c.state = c.state.next(r)
	}
	return r
}

// Now is the site's time: by it footage is dated and deleted. It never goes back, and
// follows a leap of the machine's clock only when that is explained.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.look()
	return c.state.Time.Time()
}

// Latest is the latest time that it may be: the site's, or the machine's while that is
// ahead. By it footage is shown, or not.
func (c *Clock) Latest() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.look()
	return max(c.state.Time, r.wall).Time()
}

// Offset is by how much the site's time is ahead of the machine's clock.
func (c *Clock) Offset() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.look()
	return c.state.Time.Sub(r.wall)
}

// Load goes on from what the index has of the time. From then on Now guards.
func (c *Clock) Load(db *index.DB) error {
	return db.View(func(tx *index.Tx) error {
		c.mu.Lock()
		defer c.mu.Unlock()
		var was clockState
		found, err := tx.Get(clockKey, &was)
		if err != nil {
			return fmt.Errorf("couldn't read how late it is: %w", err)
		}
		c.look()
		if found {
			c.state = was
		}
		c.known, c.loaded = was, true
		c.look()
		return nil
	})
}

// Check asks the sources while deletion is paused and ends the pause when they
// explain it. It writes into the index how late it is and, into the ledger, what has
// happened to the clock.
func (c *Clock) Check(ctx context.Context, db *index.DB) error {
	c.mu.Lock()
	c.look()
	pause := c.state.Pause
	c.mu.Unlock()
	var opinions []Opinion
	explained := ""
	if pause != nil {
		var agree int
		if opinions, agree = ask(ctx, c.Sources); agree >= pause.Leap.Needs() {
			explained = "explained"
		}
	}
	return c.settle(db, opinions, explained, "", ledger.System)
}

// Confirm says that the machine's clock is right, and why; it ends a pause.
// ErrRefused when there is none.
func (c *Clock) Confirm(db *index.DB, reason, by string) error {
	if reason = strings.TrimSpace(reason); reason == "" || utf8.RuneCountInString(reason) > MaxReason {
		return fmt.Errorf("%w: say in words how you know that the clock is right, in at most %d characters", ErrInvalid, MaxReason)
	}
	c.mu.Lock()
	c.look()
	paused := c.state.Pause != nil
	c.mu.Unlock()
	if !paused {
		return fmt.Errorf("%w: deletion is not paused, there is nothing to confirm", ErrRefused)
	}
	return c.settle(db, nil, "confirmed", reason, by)
}

// settle ends a pause if it is explained, and writes down how late it is and what has
// changed.
func (c *Clock) settle(db *index.DB, opinions []Opinion, explained, reason, by string) error {
	c.settling.Lock()
	defer c.settling.Unlock()
	c.mu.Lock()
	c.look()
	quiet := explained == "" && c.state.ended == "" && c.state.Boot == c.known.Boot && c.state.Pause == nil && len(changes(c.known, c.state)) == 0 && c.state.Time.Sub(c.known.Time) < saveEvery
	c.mu.Unlock()
	if quiet {
		return nil
	}
	var told []ledger.Fields
	var is clockState
	err := db.Update(func(tx *index.Tx) error {
		c.mu.Lock()
		defer c.mu.Unlock()
		told = nil
		r := c.look()
		if explained != "" && c.state.Pause != nil {
			c.state = c.state.accept(r, explained)
		}
		c.opinions = opinions
		is = c.state
		for _, why := range changes(c.known, is) {
			f := ledger.Fields{
				"why": why, "old": is.Time, "new": r.wall, "delta_ms": r.wall.Sub(is.Time).Milliseconds(), "paused": yes(is.Pause != nil),
			}
			if p := c.known.Pause; p != nil && is.Pause == nil {
				f["delta_ms"] = p.Ahead.Milliseconds()
			}
			e := ledger.Entry{Kind: ledger.ClockEvent, By: by, Fields: f, Details: map[string]string{"sources": said(opinions), "reason": reason}}
			if _, err := ledger.Append(tx, e); err != nil {
				return err
			}
			told = append(told, f)
		}
		if is.ended != "" && is.Pause == nil { // what was placed meanwhile could not reach what seemed due
			if err := reapply(tx); err != nil {
				return err
			}
		}
		return tx.Put(clockKey, is)
	})
	if err != nil {
		return fmt.Errorf("couldn't write down how late it is: %w", err)
	}
	c.mu.Lock()
	if c.known = is; is.Pause == nil {
		c.state.ended = ""
	}
	c.mu.Unlock()
	for _, f := range told {
		c.Log.Warn("clock", "what", f["why"], "ahead_ms", f["delta_ms"], "paused", f["paused"])
	}
	return nil
}

// changes says what there is to tell between two states.
func changes(was, is clockState) (why []string) {
	switch {
	case is.Pause != nil && (was.Pause == nil || is.Pause.Since != was.Pause.Since || is.Pause.Ahead != was.Pause.Ahead):
		why = append(why, string(is.Pause.Leap))
	case is.Pause == nil && was.Pause != nil:
		why = append(why, is.ended)
	}
	if is.Behind && !was.Behind {
		why = append(why, "set-back")
	}
	if was.Behind && !is.Behind && is.Pause == nil {
		why = append(why, "caught-up")
	}
	return why
}

// saveEvery is how much of the time may be forgotten when the machine loses power. The
// sweeper steps with every segment that comes in, and that need not cost a write each.
const saveEvery = 20 * time.Second

// reapply brings the deadlines of what the holds in force cover into line with them.
func reapply(tx *index.Tx) error {
	active, err := activeHolds(tx)
	for _, hold := range active {
		if _, _, errApply := apply(tx, hold, tx.Now); err == nil {
			err = errApply
		}
	}
	return err
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func said(opinions []Opinion) string {
	words := make([]string, len(opinions))
	for i, o := range opinions {
		words[i] = o.String()
	}
	return strings.Join(words, "; ")
}

// ClockStatus is how the clocks stand.
type ClockStatus struct {
	Time     footage.Instant // the site's
	Machine  footage.Instant
	Pause    *Pause // nil: deletion follows the machine's clock
	Behind   bool   // the machine's clock is, by more than LeapLimit
	Opinions []Opinion
}

// Status is how the clocks stand, with what the sources said when they were last asked.
func (c *Clock) Status() ClockStatus {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.look()
	return ClockStatus{c.state.Time, r.wall, c.state.Pause, c.state.Behind, slices.Clone(c.opinions)}
}

// Ask has the sources asked now.
func (c *Clock) Ask(ctx context.Context) ClockStatus {
	opinions, _ := ask(ctx, c.Sources)
	c.mu.Lock()
	c.opinions = opinions
	c.mu.Unlock()
	return c.Status()
}

// Paused says in words why deletion does not follow the machine's clock, and what ends
// that; empty when it does.
func (s ClockStatus) Paused() string {
	if s.Pause == nil {
		return ""
	}
	was := "the machine's clock leapt forward by"
	if s.Pause.Leap == WasOff {
		was = "since the machine was last on its clock says that it was off for"
	}
	ends := "two independent sources agree with it"
	if s.Pause.Leap.Needs() == 1 {
		ends = "one independent source agrees with it"
	}
	words := fmt.Sprintf("%s %v; what would be due only by that is neither shown nor deleted until %s, somebody confirms it (sjudager clock confirm), it is set right, or another %v have passed",
		was, s.Pause.Ahead.Round(time.Second), ends, (LeapWait - s.Pause.Waited).Round(time.Minute))
	if len(s.Opinions) > 0 {
		words += "; " + said(s.Opinions)
	}
	return words
}

// Alarms returns the alarm about the clock, while it is not to be trusted.
func (c *Clock) Alarms() []footage.Alarm {
	s := c.Status()
	switch {
	case s.Pause != nil:
		return []footage.Alarm{{Code: footage.AlarmClock, Since: s.Pause.Since, Detail: s.Paused()}}
	case s.Behind:
		return []footage.Alarm{{Code: footage.AlarmClock, Since: s.Time, Detail: fmt.Sprintf(
			"the machine's clock is %v behind the time that has passed; nothing is kept longer for that. Set it right", s.Time.Sub(s.Machine).Round(time.Second))}}
	}
	return nil
}
