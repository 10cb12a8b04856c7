package holds

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Copy is a place outside the index where a copy of the register of holds lies, so
// that neither a lost index nor one that comes from a backup loses a hold that lives
// or revives one that has ended (R37).
type Copy interface {
	// Read returns what the last Write wrote; nothing, and no error, before the first.
	Read(ctx context.Context) ([]byte, error)
	// Write replaces the copy: after a crash the old one is there or the new one.
	Write(ctx context.Context, register []byte) error
	String() string
}

// register is a copy's content: every hold and freeze whose `until` lies ahead, ended or
// not, the requests that are open or were closed within the longest time that footage
// is kept, the appeals of that time, and the last number of each series and year. What
// has run out can hold nothing, whoever brings it back.
type register struct {
	Format   int              `json:"format"`
	Last     map[string]int   `json:"last"` // by year, after "F-", "I-", "A-" and "U-" where they are not of holds
	Holds    []registered     `json:"holds"`
	Requests []SubjectRequest `json:"requests,omitempty"`
	Appeals  []Appeal         `json:"appeals,omitempty"`
}

const registerFormat = 1

type registered struct {
	Number  string             `json:"number"`
	Cameras []footage.CameraID `json:"cameras"`
	From    footage.Instant    `json:"from"`
	To      footage.Instant    `json:"to"`
	Ground  Ground             `json:"ground"`
	Reason  string             `json:"reason"`
	Case    string             `json:"case,omitempty"`
	Until   footage.Instant    `json:"until"`
	Placed  Act                `json:"placed"`
	State   State              `json:"state"`
	Ended   Act                `json:"ended,omitzero"`
	Why     string             `json:"why,omitempty"`

	Happened   footage.Instant `json:"happened,omitzero"`
	Place      string          `json:"place,omitempty"`
	Review     footage.Instant `json:"review,omitzero"`
	Reviewed   Act             `json:"reviewed,omitzero"`
	Selections []Selection     `json:"selections,omitempty"` // none: the one above
	Quick      bool            `json:"quick,omitempty"`
	ConfirmBy  footage.Instant `json:"confirm_by,omitzero"`
	Confirmed  Act             `json:"confirmed,omitzero"`
	Changed    footage.Instant `json:"changed,omitzero"`
	Closing    Closing         `json:"closing,omitempty"`
	Receipt    Act             `json:"receipt,omitzero"`
	Closes     footage.Instant `json:"closes,omitzero"`
	Appeal     string          `json:"appeal,omitempty"`
	Request    string          `json:"request,omitempty"`
}

func (r registered) hold() Hold {
	return holdRow{
		r.Cameras, r.From, r.To, r.Ground, r.Reason, r.Case, r.Until, r.Placed, r.State, r.Ended, r.Why,
		r.Happened, r.Place, r.Review, r.Reviewed, r.Selections, r.Quick, r.ConfirmBy, r.Confirmed, r.Changed,
		r.Closing, r.Receipt, r.Closes, r.Appeal, r.Request,
	}.hold(r.Number)
}

func newRegistered(h Hold) registered {
	return registered{
		h.Number, h.Cameras, h.Span.From, h.Span.To, h.Ground, h.Reason, h.Case, h.Until, h.Placed, h.State, h.Ended, h.Why,
		h.Happened, h.Place, h.Review, h.Reviewed, h.Selections, h.Quick, h.ConfirmBy, h.Confirmed, h.Changed,
		h.Closing, h.Receipt, h.Closes, h.Appeal, h.Request,
	}
}

// revived is the hold as it was before it ended.
func (h Hold) revived() Hold {
	if !h.State.InForce() {
		h.State, h.Ended, h.Closing, h.Why = Active, Act{}, "", ""
		if h.ConfirmBy != 0 && h.Confirmed.At == 0 {
			h.State = Awaiting
		}
	}
	return h
}

const lastPrefix = "holds-" // of the rows with the last number of a year

// readRegister returns the register as the index has it.
func readRegister(tx *index.Tx) (register, error) {
	r := register{Format: registerFormat, Last: map[string]int{}}
	from, _ := index.Prefix("meta")
	for row := range tx.Scan(from+lastPrefix, from+"holds.") {
		var n int
		if err := row.Decode(&n); err != nil {
			return r, err
		}
		r.Last[row.Key[len(from+lastPrefix):]] = n
	}
	for _, kind := range []string{activePart, endedPart} {
		for h, err := range scanHolds(tx, kind) {
			if err != nil {
				return r, err
			}
			if h.Until > tx.Now {
				r.Holds = append(r.Holds, newRegistered(h))
			}
		}
	}
	young := tx.Now.Add(-MaxHold)
	for q, err := range scanRows[SubjectRequest](tx, requestKind) {
		if err != nil {
			return r, err
		}
		if q.Closed.At == 0 || q.Closed.At > young {
			r.Requests = append(r.Requests, q)
		}
	}
	for a, err := range scanRows[Appeal](tx, appealKind) {
		if err != nil {
			return r, err
		}
		if a.Entered.At > young {
			r.Appeals = append(r.Appeals, a)
		}
	}
	return r, nil
}

// WriteCopies writes the register into the copies, each that can be reached.
func (h *Holds) WriteCopies(ctx context.Context, copies ...Copy) error {
	h.copying.Lock() // so that no older register is written after a newer one
	defer h.copying.Unlock()
	var r register
	err := h.Index.View(func(tx *index.Tx) (err error) {
		r, err = readRegister(tx)
		return err
	})
	text, errJSON := json.MarshalIndent(r, "", "  ")
	if err = errors.Join(err, errJSON); err != nil {
		return fmt.Errorf("couldn't read the holds: %w", err)
	}
	for _, c := range copies {
		if errCopy := c.Write(ctx, append(text, '\n')); errCopy != nil {
			err = errors.Join(err, fmt.Errorf("couldn't write the copy of the holds to %s: %w", c, errCopy))
		}
	}
	return err
}

// copyNow writes the copy that lies near, before whoever changed a hold is told that
// it is done, and has KeepCopies write the others. The hold itself is in the index,
// whatever becomes of this.
func (h *Holds) copyNow() {
	if h.Near != nil {
		if err := h.WriteCopies(context.Background(), h.Near); err != nil {
			h.copyFault(err)
		}
	}
	nudge(h.uncopied)
}

const (
	copyAgain = 10 * time.Second // after a failure
	copyEvery = time.Hour        // although nothing has changed: a copy may have been lost
)

// KeepCopies writes the copies whenever a hold has changed, and again until that
// succeeds, until ctx ends.
func (h *Holds) KeepCopies(ctx context.Context) {
	for ctx.Err() == nil {
		wait := copyEvery
		// What has not been read may know more than we do: it is not overwritten.
		var err error
		if !h.reconciled.Load() {
			var done Reconciled
			if done, err = h.Reconcile(ctx); err == nil {
				err = errors.Join(done.Faults...)
			}
		}
		if err == nil {
			err = h.WriteCopies(ctx, h.copies()...)
		}
		if err != nil {
			if ctx.Err() != nil {
				return
			}
			h.copyFault(err)
			wait = copyAgain
		} else {
			h.alarm.Store(nil)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-h.uncopied:
		}
		timer.Stop()
	}
}

func (h *Holds) copies() (all []Copy) {
	for _, c := range []Copy{h.Near, h.Far} {
		if c != nil {
			all = append(all, c)
		}
	}
	return all
}

func (h *Holds) copyFault(err error) {
	h.Log.Error("the copies of the holds are not up to date", "error", err)
	a := footage.Alarm{Code: footage.AlarmHolds, Detail: err.Error()}
	if was := h.alarm.Load(); was != nil {
		a.Since = was.Since
	} else if errView := h.Index.View(func(tx *index.Tx) error { a.Since = tx.Now; return nil }); errView != nil {
		h.Log.Error("couldn't read the index", "error", errView)
	}
	h.alarm.Store(&a)
}

// Alarms returns the alarms that stand now.
func (h *Holds) Alarms() []footage.Alarm {
	if a := h.alarm.Load(); a != nil {
		return []footage.Alarm{*a}
	}
	return nil
}

// Reconciled is what Reconcile found out.
type Reconciled struct {
	Copies  int      // that could be read and have a register
	Revived []string // holds that live and that the index did not know
	Ended   []string // holds that the index took for active
	Faults  []error  // copies that could not be read
}

// Reconcile brings the holds of the index into line with the copies: after a commit
// that never reached a copy the index is newer, after a restore or a loss the copies
// are. A hold that either knows to have ended has ended; one that only a copy knows
// is a hold. What happened to deadlines meanwhile happens now, in the order in which
// it happened then, so that a hold keeps what was readable when it was placed, and
// nothing else.
func (h *Holds) Reconcile(ctx context.Context) (Reconciled, error) {
	var done Reconciled
	var known []register
	for _, c := range h.copies() {
		r, found, err := readCopy(ctx, c)
		switch {
		case err != nil:
			done.Faults = append(done.Faults, fmt.Errorf("couldn't read the copy of the holds in %s: %w", c, err))
		case found:
			done.Copies++
			known = append(known, r)
		}
	}
	err := h.Index.Update(func(tx *index.Tx) error {
		done.Revived, done.Ended = nil, nil
		return merge(tx, h.Policy().Zone, known, &done)
	})
	if err != nil {
		return done, fmt.Errorf("couldn't reconcile the holds: %w", err)
	}
	for _, number := range done.Revived {
		h.Log.Warn("a hold that the index did not know is in force", "hold", number)
	}
	for _, number := range done.Ended {
		h.Log.Warn("a hold that the index took for active has ended", "hold", number)
	}
	if len(done.Revived)+len(done.Ended) > 0 {
		nudge(h.changed)
	}
	h.reconciled.Store(len(done.Faults) == 0)
	return done, nil
}

func readCopy(ctx context.Context, c Copy) (r register, found bool, err error) {
	text, err := c.Read(ctx)
	if err != nil || len(text) == 0 {
		return r, false, err
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, false, err
	}
	if r.Format != registerFormat {
		return r, false, fmt.Errorf("its format is %d, and this program knows %d", r.Format, registerFormat)
	}
	return r, true, nil
}

// merge puts into the index what the registers know better.
func merge(tx *index.Tx, zone *time.Location, known []register, done *Reconciled) error {
	renamed, err := mergeRows(tx, zone, known)
	if err != nil {
		return err
	}
	type event struct {
		at   footage.Instant
		hold Hold
		end  bool
	}
	latest := map[string]Hold{}
	for _, r := range known {
		for _, c := range r.Holds {
			h := c.hold()
			if other, is := renamed[h.Request]; is {
				h.Request = other
			}
			was, is := latest[c.Number]
			if !is || was.State.InForce() && (!h.State.InForce() || h.Changed > was.Changed) {
				latest[c.Number] = h
			}
		}
	}
	var events []event
	for number, h := range latest {
		here, err := find(tx, number)
		missing := errors.Is(err, ErrNotFound)
		if err != nil && !missing {
			return err
		}
		if !missing && here.Placed != h.Placed { // another hold got its number while no copy could be read
			if h.Number, err = NextNumber(tx, zone, number[:1]); err != nil {
				return err
			}
			missing = true
		}
		if missing {
			events = append(events, event{at: h.Placed.At, hold: h})
		}
		if !missing && here.State.InForce() && h.Changed > here.Changed {
			if err := catchUp(tx, here, h.revived()); err != nil {
				return err
			}
		}
		if !h.State.InForce() && (missing || here.State.InForce()) {
			events = append(events, event{at: h.Ended.At, hold: h, end: true})
		}
	}
	slices.SortFunc(events, func(a, b event) int {
		order := map[bool]int{true: 1}
		return cmp.Or(cmp.Compare(a.at, b.at), strings.Compare(a.hold.Number, b.hold.Number), order[a.end]-order[b.end])
	})
	for _, e := range events {
		h, state := e.hold.revived(), e.hold.State
		if !e.end {
			if err := putHold(tx, h); err != nil {
				return err
			}
		} else if _, err := end(tx, h, state, e.hold.Ended, e.hold.Closing, e.hold.Why); err != nil {
			return err
		}
		if e.end {
			h.State = state
		}
		segments, bytes, err := apply(tx, h, e.at)
		if err == nil && !e.end { // the end is in the ledger already
			err = errors.Join(notePlaced(tx, Placed{Hold: h, Segments: segments, Bytes: bytes}), linkFreeze(tx, h))
		}
		if err != nil {
			return err
		}
		i := slices.Index(done.Revived, h.Number)
		switch {
		case !e.end:
			done.Revived = append(done.Revived, h.Number)
		case i >= 0:
			done.Revived = slices.Delete(done.Revived, i, i+1) // only for the record
		default:
			done.Ended = append(done.Ended, h.Number)
		}
	}
	return nil
}

// mergeRows puts the requests and appeals of the registers into the index where they
// are newer there or missing here, and returns the requests whose number another one
// has got meanwhile, with the number that they have now. Numbers are raised first.
func mergeRows(tx *index.Tx, zone *time.Location, known []register) (renamed map[string]string, err error) {
	renamed = map[string]string{}
	for _, r := range known {
		for year, n := range r.Last {
			if err := raise(tx, year, n); err != nil {
				return nil, err
			}
		}
	}
	for _, r := range known {
		for _, q := range r.Requests {
			var here SubjectRequest
			found, err := tx.Get(rowKey(requestKind, q.Number), &here)
			if err != nil {
				return nil, err
			}
			if found && here.Entered != q.Entered && renamed[q.Number] == "" {
				if renamed[q.Number], err = NextNumber(tx, zone, requestSeries); err != nil {
					return nil, err
				}
				found = false
			}
			if other := renamed[q.Number]; other != "" {
				q.Number = other
			}
			if !found || q.Changed > here.Changed {
				if err := tx.Put(rowKey(requestKind, q.Number), q); err != nil {
					return nil, err
				}
			}
		}
		for _, a := range r.Appeals {
			var here Appeal
			found, err := tx.Get(rowKey(appealKind, a.Number), &here)
			if err != nil {
				return nil, err
			}
			if !found || here.Hold == "" && here.Entered == a.Entered {
				if err := tx.Put(rowKey(appealKind, a.Number), a); err != nil {
					return nil, err
				}
			}
		}
	}
	return renamed, nil
}

// linkFreeze sees to it that the request of a freeze names it.
func linkFreeze(tx *index.Tx, h Hold) error {
	if !h.Freeze() {
		return nil
	}
	var q SubjectRequest
	found, err := tx.Get(rowKey(requestKind, h.Request), &q)
	if err != nil || !found || q.Freeze == h.Number {
		return err
	}
	q.Freeze = h.Number
	return tx.Put(rowKey(requestKind, q.Number), q)
}

// catchUp gives a hold the form that it had after the last act that the index has lost:
// it was confirmed, narrowed or reviewed.
func catchUp(tx *index.Tx, here, then Hold) error {
	if err := putHold(tx, then); err != nil {
		return err
	}
	if _, _, err := apply(tx, here, then.Changed); err != nil {
		return err
	}
	if here.Closes != then.Closes {
		if err := noteDelivered(tx, then); err != nil {
			return err
		}
	}
	if here.State == Awaiting && then.State == Active {
		if err := noteConfirmed(tx, then, ""); err != nil {
			return err
		}
	}
	if !slices.EqualFunc(here.Selections, then.Selections, func(a, b Selection) bool { return a.Span == b.Span && slices.Equal(a.Cameras, b.Cameras) }) {
		left, err := count(tx, then.Selections)
		if err != nil {
			return err
		}
		return noteNarrowed(tx, then, left, "a copy of the holds says so", ledger.System)
	}
	return nil
}

// raise sees to it that no number of a hold is given twice.
func raise(tx *index.Tx, year string, last int) error {
	if year == "" || strings.Contains(year, "/") {
		return fmt.Errorf("the copy of the holds has a year %q", year)
	}
	key := index.Key("meta", lastPrefix+year)
	var n int
	if _, err := tx.Get(key, &n); err != nil || n >= last {
		return err
	}
	return tx.Put(key, last)
}

// HoldUnknown places a hold of the ground Recovered on what the cameras have from
// before what is kept without a hold, back to the given instant: when the index and
// every copy of the holds are lost, that is what holds may have kept. It can be closed
// like any other, and ends at the ceiling. There is none to place when everything is
// younger; the number is then empty. What the index knows already is held if it was
// readable at the instant at, when the index was right.
func (h *Holds) HoldUnknown(cameras []footage.CameraID, from, at footage.Instant) (number string, err error) {
	p := h.Policy()
	err = h.Index.Update(func(tx *index.Tx) error {
		number = ""
		hold := Hold{
			Cameras: slices.Compact(slices.Sorted(slices.Values(cameras))), Span: footage.Span{From: from, To: keptFrom(p, tx.Now)},
			Review: tx.Now.Add(ReviewEvery), Changed: tx.Now,
			Ground: Recovered, Reason: "the index and every copy of the holds were lost: it is not known what of this was held",
			Placed: Act{ledger.System, tx.Now}, State: Active,
		}
		if hold.Span.Empty() || len(cameras) == 0 {
			return nil
		}
		hold.Selections = []Selection{{hold.Cameras, hold.Span}}
		hold.Until = p.Ceiling(hold.Span.To)
		if hold.Number, err = NextNumber(tx, p.Zone, holdSeries); err != nil {
			return err
		}
		number = hold.Number
		if err := putHold(tx, hold); err != nil {
			return err
		}
		segments, bytes, err := apply(tx, hold, at)
		if err != nil {
			return err
		}
		return notePlaced(tx, Placed{Hold: hold, Segments: segments, Bytes: bytes})
	})
	if err == nil && number != "" {
		h.copyNow()
	}
	return number, err
}
