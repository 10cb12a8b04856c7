package recorder

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sjudager/sjudager/recorder/fmp4"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/spool"
)

// journal accounts for one camera's time in the spool: each instant from when it
// was first to be recorded lies in a segment or in a gap, and in only one of them.
// What it says in the spool is durable before what rests on it: the data of a segment
// before a gap or a mark at its end, a gap before the segment that ends it. Up to
// where it goes shows in the spool at any time, by the segment in progress or,
// while there is none, by the mark; so a segment is given to the vault only when
// the next one has begun or the mark is at its end.
//
// All methods but those at the end are called in the jobs of the lane alone.
type journal struct {
	spool  *spool.Spool
	camera footage.CameraID
	site   string
	log    *slog.Logger
	lane   *lane
	disk   *disk
	// room returns why no segment may be begun: errFull when the spool is at its
	// limit, or nil.
	room func() error
	// ntp asks how the appliance's clock stands.
	ntp func() footage.Clock

	known  bool            // the account has begun: until is set
	until  footage.Instant // up to here time is accounted for
	cause  footage.Cause   // of the gap that goes on from there; "" while there is none
	detail string
	shown  bool            // a part of the gap has been written down
	start  footage.Instant // of the open segment
	run    int             // of the open or the last segment
	part   *spool.Part     // of the open segment; nil between segments
	behind []*spool.Part   // segments that ended and are not yet completed
	marked spool.Mark      // the mark in the spool
	warned string          // what was last said to have failed

	redo atomic.Bool // another segment should be begun: this one cannot be written

	mu     sync.Mutex
	status status
}

// status is the part of a camera's health that the journal knows.
type status struct {
	state   footage.CameraState
	since   footage.Instant
	cause   footage.Cause
	detail  string
	open    footage.Span
	written time.Duration   // when the last fragment was, monotonic
	without footage.Instant // since when there is no footage; 0 while it is recorded or switched off
}

// load takes up the account where the mark in the spool says.
func (j *journal) load() error {
	mark, ok, err := j.spool.Mark(j.camera)
	if err != nil || !ok {
		return err
	}
	j.known, j.until, j.cause, j.detail = true, mark.Until, mark.Cause, mark.Detail
	if j.cause == "" {
		j.cause, j.detail = footage.CauseKilled, "the recorder ended without saying so"
	}
	j.marked = j.mark() // one without a cause says as much
	return nil
}

// enlist begins the account of a camera that has none: from now on it should be
// recorded. It returns what has to wait for the disk.
func (j *journal) enlist(now footage.Instant) (slow func()) {
	if j.known {
		return nil
	}
	j.known, j.until = true, now
	j.cause = footage.CauseNew
	return j.settle
}

// fragment writes f. A segment that could not be begun or went wrong takes no
// more fragments. What has to wait for the disk is returned: the beginning of a
// segment, and its end after an error.
func (j *journal) fragment(f fragment) (slow func()) {
	if f.open != nil {
		return func() {
			data, err := j.open(f)
			if err != nil {
				f.buf.free()
				j.fail(err, f.open.start)
				return
			}
			if err := j.write(f, data); err != nil {
				j.fail(err, j.until)
				return
			}
			j.settle()
		}
	}
	if err := j.write(f, f.buf.b[f.from:]); err != nil {
		return func() { j.fail(err, j.until) }
	}
	return nil
}

func (j *journal) write(f fragment, data []byte) error {
	defer f.buf.free()
	if j.part == nil {
		return nil
	}
	if _, err := j.part.Write(data); err != nil {
		return err
	}
	j.until = f.until
	j.setStatus(status{
		state: footage.StateRecording, since: j.start, open: footage.Span{From: j.start, To: j.until}, written: j.disk.now().mono,
	})
	return nil
}

// open begins the segment of f and returns what is to be written first.
func (j *journal) open(f fragment) ([]byte, error) {
	j.end(j.until)
	if err := j.room(); err != nil {
		return nil, err
	}
	o := f.open
	continues := o.continues && j.cause == "" && o.start == j.until
	if j.known && o.start > j.until {
		if j.cause == "" {
			j.cause = footage.CauseUnknown
		}
		if err := j.addGap(o.start); err != nil {
			return nil, err
		}
	}
	part, err := j.spool.Create(j.camera, o.start)
	if err != nil {
		return nil, err
	}
	j.run++
	if !continues {
		j.run = 0
		j.log.Info("recording", "from", o.start, "codec", o.format.Codec, "width", o.format.Width, "height", o.format.Height)
	}
	j.known, j.until, j.start, j.cause, j.detail = true, o.start, o.start, "", ""
	j.part = part
	j.redo.Store(false)
	j.warned = ""
	clock := j.ntp()
	clock.AheadMS, clock.CameraKnown, clock.CameraOffsetMS = o.clock.AheadMS, o.clock.CameraKnown, o.clock.CameraOffsetMS
	header := fmp4.Init(o.format, spool.Meta{Camera: j.camera, Site: j.site, Start: o.start, Run: j.run, Clock: clock})
	if len(header) > f.from { // larger than the room that was left for it
		return append(header, f.buf.b[f.from:]...), nil
	}
	from := f.from - len(header)
	copy(f.buf.b[from:], header)
	return f.buf.b[from:], nil
}

// addGap writes down that there was no footage from j.until to there, and ends
// the gap.
func (j *journal) addGap(to footage.Instant) error {
	if err := j.growGap(to); err != nil {
		return err
	}
	j.log.Info("gap", "to", to, "cause", j.cause, "detail", j.detail)
	j.cause, j.detail, j.shown = "", "", false
	return nil
}

// growGap writes down a piece of a gap that may go on. The vault joins them.
func (j *journal) growGap(to footage.Instant) error {
	gap := footage.Gap{Camera: j.camera, Span: footage.Span{From: j.until, To: to}, Cause: j.cause, Detail: j.detail}
	if err := j.spool.AddGap(gap); err != nil {
		return err
	}
	j.until, j.shown = to, true
	return nil
}

const (
	// showAfter is how long a gap lasts before it is written down while it goes on, so
	// that it is known of whatever happens next,
	showAfter = 5 * time.Second
	// and showEvery how often that is done again: it costs some writes for each camera
	// that is down.
	showEvery = 30 * time.Second
	// showBehind is how far behind the time that has come what is written down ends:
	// a camera may have kept some frames, and begin with those.
	showBehind = 5 * time.Second
)

// show writes down what has passed, up to there, of a gap that goes on, if it is
// time to.
func (j *journal) show(to footage.Instant) (slow func()) {
	after := showAfter
	if j.shown {
		after = showEvery
	}
	if j.cause == "" || j.marked != j.mark() || to.Sub(j.until) < after {
		return nil
	}
	return func() {
		if err := j.growGap(to); err != nil {
			j.warn("couldn't write down a gap", err)
			return
		}
		j.settle()
	}
}

// end ends the segment, whose frames end at until.
func (j *journal) end(until footage.Instant) {
	if j.part == nil {
		return
	}
	if j.part.Size() > 0 {
		j.warn("couldn't sync a segment", j.part.Sync())
		j.until = until
	}
	j.behind = append(j.behind, j.part)
	j.part = nil
}

// fail ends the segment after an error of the spool, which keeps footage from at
// on from being written.
func (j *journal) fail(err error, at footage.Instant) {
	j.redo.Store(true)
	cause, detail := footage.CauseDisk, diskDetail(err)
	if errors.Is(err, errFull) {
		cause = footage.CauseSpoolFull
	}
	j.disk.trouble(detail)
	j.end(j.until)
	j.down(cause, detail, at)
}

// down says that there is no footage from at on, and why. When a gap goes on for
// another reason, what has passed of it is written down with the first one.
func (j *journal) down(cause footage.Cause, detail string, at footage.Instant) {
	since := at
	if j.known {
		if j.cause == footage.CauseNew { // now it is known why nothing has come
			j.cause = ""
		}
		if j.cause != "" && j.cause != cause && at > j.until {
			// When it cannot be written down it goes on under its first cause.
			j.warn("couldn't write down a gap", j.addGap(at))
		}
		if j.cause == "" {
			j.cause, j.detail = cause, detail
			level := slog.LevelWarn
			if cause == footage.CauseStopped || cause == footage.CauseConfiguration || cause == footage.CauseWithheld {
				level = slog.LevelInfo
			}
			j.log.Log(context.Background(), level, "no footage", "since", j.until, "cause", cause, "detail", detail)
			j.settle()
		}
		since = j.until
	}
	state := footage.StateDown
	switch cause {
	case footage.CauseConfiguration:
		state = footage.StateDisabled
	case footage.CauseWithheld:
		state = footage.StateWithheld
	}
	j.setStatus(status{state: state, since: since, cause: cause, detail: detail})
}

// settle sees to it that the spool shows up to where the account goes, and then
// completes the segments that ended: the vault may take them at once. It is called
// again from time to time for what could not be done.
func (j *journal) settle() {
	if mark := j.mark(); j.part == nil && j.marked != mark {
		if err := j.spool.SetMark(j.camera, mark); err != nil {
			j.warn("couldn't set the mark", err)
			return
		}
		j.marked = mark
	}
	j.behind = slices.DeleteFunc(j.behind, func(p *spool.Part) bool {
		err := p.Complete()
		j.warn("couldn't complete a segment", err)
		return err == nil
	})
}

// settled reports whether settle has nothing to do.
func (j *journal) settled() bool {
	return len(j.behind) == 0 && (j.part != nil || j.marked == j.mark())
}

func (j *journal) mark() spool.Mark {
	return spool.Mark{Until: j.until, Cause: j.cause, Detail: j.detail}
}

// warn says what failed, once for as long as it does.
func (j *journal) warn(message string, err error) {
	if err == nil {
		return
	}
	j.disk.trouble(diskDetail(err))
	if what := message + err.Error(); what != j.warned {
		j.warned = what
		j.log.Error(message, "error", err)
	}
}

// setStatus replaces the status. Its beginning stays when the state does.
func (j *journal) setStatus(s status) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if s.state == j.status.state && s.cause == j.status.cause {
		s.since = j.status.since
	}
	if s.state == footage.StateConnecting || s.state == footage.StateDown {
		if s.without = j.status.without; s.without == 0 {
			s.without = s.since
		}
	}
	j.status = s
}

// The methods from here on may be called from any goroutine.

// again reports, once, that another segment should be begun.
func (j *journal) again() bool { return j.redo.Load() && j.redo.Swap(false) }

// health returns the status at a time of the monotonic clock. A disk that answers
// no more keeps the journal from saying anything else than that it records.
func (j *journal) health(now time.Duration) status {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := j.status
	if s.state == footage.StateRecording && now-s.written >= downAfter {
		s.state, s.since, s.without = footage.StateDown, s.open.To, s.open.To
		s.cause, s.detail, s.open = footage.CauseDisk, "the disk does not answer", footage.Span{}
	}
	return s
}
