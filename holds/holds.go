package holds

import (
	"cmp"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Options is what Holds is made of. All fields are required.
type Options struct {
	Index  *index.DB
	Policy Policy

	// Cameras are the configured cameras: those and the ones with footage can be
	// held.
	Cameras func() []footage.CameraID

	// Pending returns the spans of camera within span that are recorded but not
	// yet in the index.
	Pending func(camera footage.CameraID, span footage.Span) ([]footage.Span, error)

	// Near and Far are where copies of the register of holds lie: Near is written
	// before Place and Close return, Far as soon as it can be reached. Either may be nil.
	Near, Far Copy

	Log *slog.Logger
}

// Holds places and ends holds, and knows the deadline rule.
type Holds struct {
	Options
	policy atomic.Pointer[Policy]
	// changed is nudged when a deadline may have come nearer.
	changed chan struct{}

	copying    sync.Mutex    // held while copies are written
	uncopied   chan struct{} // nudged when the copies may be out of date
	reconciled atomic.Bool   // every copy has been, since the start
	alarm      atomic.Pointer[footage.Alarm]
}

// New returns Holds with the given policy in force.
func New(o Options) *Holds {
	h := &Holds{Options: o, changed: make(chan struct{}, 1), uncopied: make(chan struct{}, 1)}
	h.policy.Store(&o.Policy)
	return h
}

// Policy is the retention in force.
func (h *Holds) Policy() Policy { return *h.policy.Load() }

// Terms is the deadline rule for footage that arrives now: the policy in force
// and the active holds, those that were placed before it arrived included.
func (h *Holds) Terms(tx *index.Tx, camera footage.CameraID, span footage.Span) (vault.Terms, error) {
	p := h.Policy()
	active, err := activeHolds(tx)
	return terms(p.KeepUntil(span.From), p.Ceiling(span.From), coverOf(active, camera, span)), err
}

// apply brings the deadlines of the stored segments that hold covers, or covered,
// into line with the active holds, and returns how many of them can be read. What was
// due at that instant stays due: no hold brings back footage whose deadline has come.
func apply(tx *index.Tx, hold Hold, at footage.Instant) (n int, bytes int64, err error) {
	why := vault.ByHoldClosed
	if hold.Freeze() {
		why = vault.ByFreezeClosed
	}
	var covered []vault.Change
	for s, err := range segments(tx, hold.Selections) {
		if err != nil {
			return 0, 0, err
		}
		covered = append(covered, vault.Change{Segment: s, To: s.Terms, Why: why})
		if s.Readable(at) {
			n++
			bytes += s.Bytes
		}
	}
	return n, bytes, settle(tx, covered, at)
}

// settle gives each segment its new keep and ceiling, with the deadline that the
// holds and freezes in force make of them at the instant at. That of what was due at
// that instant only moves earlier: it may be in the index still, and while the clock
// is in doubt for long.
func settle(tx *index.Tx, changes []vault.Change, at footage.Instant) error {
	active, err := activeHolds(tx)
	if err != nil {
		return err
	}
	for i := range changes {
		c := &changes[i]
		c.To = after(terms(c.To.Keep, c.To.Ceiling, coverOf(active, c.Camera, c.Span)), c.Segment.Terms, at)
	}
	// In the order of their deadlines: the index takes keys that come in order
	// several times as fast as the same keys camera by camera, because a page that
	// is written to splits only at the end of a transaction.
	slices.SortFunc(changes, func(a, b vault.Change) int {
		return cmp.Or(cmp.Compare(a.To.Deadline, b.To.Deadline), cmp.Compare(a.Camera, b.Camera), cmp.Compare(a.Span.From, b.Span.From))
	})
	return vault.SetTerms(tx, changes)
}

// retention is the policy that the stored deadlines were last brought into line
// with.
type retention struct {
	Keep int64  `cbor:"1,keyasint"` // seconds
	Hold int64  `cbor:"2,keyasint"` // seconds
	Zone string `cbor:"3,keyasint"`
}

var retentionKey = index.Key("meta", "retention")

// SetPolicy puts p in force. Footage that is stored already gets the earlier of
// its old and its new deadline: shortening applies at once, lengthening never to
// what was recorded under a shorter promise (R20).
func (h *Holds) SetPolicy(p Policy) error {
	h.policy.Store(&p)
	now := retention{int64(p.Keep.Seconds()), int64(p.Hold.Seconds()), p.Zone.String()}
	err := h.Index.Update(func(tx *index.Tx) error {
		var was retention
		if found, err := tx.Get(retentionKey, &was); err != nil || found && was == now {
			return err
		}
		if err := shorten(tx, p); err != nil {
			return err
		}
		if err := tx.Put(retentionKey, now); err != nil {
			return err
		}
		_, err := ledger.Append(tx, ledger.Entry{Kind: ledger.Retention, By: ledger.System, Fields: ledger.Fields{
			"keep": now.Keep, "hold_max": now.Hold, "zone": now.Zone,
		}})
		return err
	})
	if err != nil {
		return fmt.Errorf("couldn't apply the retention: %w", err)
	}
	nudge(h.changed)
	return nil
}

// shorten moves the terms of every stored segment to those of p where they are
// earlier.
func shorten(tx *index.Tx, p Policy) error {
	var stored []vault.Change
	for _, camera := range vault.Cameras(tx) {
		for s, err := range vault.Segments(tx, camera, footage.Always) {
			if err != nil {
				return err
			}
			keep, ceiling := min(s.Keep, p.KeepUntil(s.Span.From)), min(s.Ceiling, p.Ceiling(s.Span.From))
			stored = append(stored, vault.Change{Segment: s, To: vault.Terms{Keep: keep, Ceiling: ceiling}})
		}
	}
	return settle(tx, stored, tx.Now)
}

func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
