package vault

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/seal"
	"github.com/sjudager/sjudager/vault/spool"
	"github.com/sjudager/sjudager/vault/store"
)

// Options is what a Vault is made of. All fields are required but Note.
type Options struct {
	Index *index.DB
	Store store.Store
	Spool *spool.Spool
	Keys  *seal.Keys

	// Site goes into objects that come from a recording without one.
	Site string

	// SpoolLimit is how many bytes the spool may hold before its oldest unheld
	// footage is dropped (R15).
	SpoolLimit func() int64

	// Terms is the deadline rule with the holds that stand in tx. The vault asks
	// it inside the transaction that it decides in.
	Terms func(tx *index.Tx, camera footage.CameraID, span footage.Span) (Terms, error)

	// Note is told of every Event inside the transaction that it happens in; what it
	// cannot write down does not happen. Nil tells nobody.
	Note func(tx *index.Tx, e Event) error

	// Now is the site's time: by it footage is deleted, and what fails is tried again.
	// The clock of the index may be ahead of it.
	Now func() time.Time
	Log *slog.Logger
}

// Vault is the indexed footage: what has been recorded goes in through Ingest,
// is read through Open, and leaves through Retire and Purge.
type Vault struct {
	Options
	alarms alarms
	// changed is nudged whenever a row has got a deadline that may be the next.
	changed chan struct{}
	// failed has the spool files that could not be stored so far. It is the ingest
	// pass's own: passes do not overlap.
	failed map[string]attempt
	away   bool // the ingest pass's own: the last passes stored nothing
	// busy has the spool files that are being stored now.
	busy set
	// progress is when a segment was last stored, or Run began.
	progress atomic.Int64
	// purgeFailures counts the passes in a row that Purge gave up. It is Purge's own.
	purgeFailures int
	growth        growth // of the spool
	// space is Spool.Space; tests have disks of their own.
	space func() (free, total int64, err error)
}

// set is a set of paths.
type set struct{ m sync.Map }

func (s *set) add(path string)    { s.m.Store(path, nil) }
func (s *set) remove(path string) { s.m.Delete(path) }
func (s *set) has(path string) bool {
	_, is := s.m.Load(path)
	return is
}

// New returns a Vault. It starts nothing; see Run.
func New(o Options) *Vault {
	return &Vault{Options: o, changed: make(chan struct{}, 1), space: o.Spool.Space}
}

// Changed is signalled when footage has come in, so that whoever waits for the
// next deadline looks again.
func (v *Vault) Changed() <-chan struct{} { return v.changed }

func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (v *Vault) now() footage.Instant { return footage.At(v.Now()) }

// sure is the time by which footage is deleted in tx: the site's. The index shows
// nothing past tx.Now, which is ahead of it while the machine's clock is in doubt.
func (v *Vault) sure(tx *index.Tx) footage.Instant { return min(tx.Now, v.now()) }

// Alarms returns the vault's alarms that stand now.
func (v *Vault) Alarms() []footage.Alarm { return v.alarms.list() }

// alarms is the set of standing alarms, one for each code and camera.
type alarms struct {
	mu  sync.Mutex
	set []footage.Alarm
}

func (a *alarms) list() []footage.Alarm {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]footage.Alarm(nil), a.set...)
}

func (a *alarms) stands(code footage.AlarmCode) bool {
	return slices.ContainsFunc(a.list(), func(x footage.Alarm) bool { return x.Code == code })
}

// raise begins an alarm, or brings the detail of a standing one up to date.
func (a *alarms) raise(code footage.AlarmCode, now footage.Instant, detail string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range a.set {
		if a.set[i].Code == code {
			a.set[i].Detail = detail
			return
		}
	}
	a.set = append(a.set, footage.Alarm{Code: code, Since: now, Detail: detail})
}

func (a *alarms) clear(code footage.AlarmCode) {
	a.mu.Lock()
	defer a.mu.Unlock()
	kept := a.set[:0]
	for _, x := range a.set {
		if x.Code != code {
			kept = append(kept, x)
		}
	}
	a.set = kept
}

// Run takes in what the spool has whenever something is finished there, and at
// least once a minute, and takes inventory of the store every hour, until ctx
// ends. Purging is the sweeper's.
//
// The spool and the store have a loop each: a store that hangs keeps nobody from
// writing gaps down, from removing what is due and from making room.
func (v *Vault) Run(ctx context.Context) error {
	watch, err := watch(v.Spool.Dir())
	if err != nil {
		return err
	}
	defer watch.close()
	v.progress.Store(int64(v.now()))
	finished := make(chan struct{}, 1)
	var store sync.WaitGroup
	store.Go(func() { v.fillStore(ctx, finished) })
	defer store.Wait()
	v.keepTidy(ctx, watch.changed, finished)
	return nil
}

// keepTidy tidies the spool until ctx ends, whenever changed says that something is
// in it, and says so in finished.
func (v *Vault) keepTidy(ctx context.Context, changed <-chan struct{}, finished chan struct{}) {
	failures := 0
	for ctx.Err() == nil {
		next, err := v.Tidy()
		wait := min(max(next.Sub(v.now()), 0), scanEvery)
		if failures++; err == nil {
			failures = 0
		} else {
			v.Log.Warn("the spool is not in order", "error", err, "failures", failures)
			wait = min(backoff(failures), scanEvery)
		}
		nudge(finished)
		if pause(ctx, wait, changed) {
			pause(ctx, gather, nil)
		}
	}
}

// fillStore stores what is finished until ctx ends.
func (v *Vault) fillStore(ctx context.Context, finished <-chan struct{}) {
	var failures int
	var inventory footage.Instant
	for ctx.Err() == nil {
		more, err := v.ingestSegments(ctx)
		switch {
		case ctx.Err() != nil:
		case err != nil:
			failures++
			v.Log.Warn("ingest failed", "error", err, "failures", failures)
			// New files do not wake us, or a dead store would be tried as often as
			// cameras finish segments.
			pause(ctx, min(backoff(failures), time.Minute), nil)
			continue
		case more:
			continue
		}
		failures = 0
		if now := v.now(); now >= inventory {
			inventory = now.Add(time.Hour)
			if _, err := v.Inventory(ctx); err != nil && ctx.Err() == nil {
				v.Log.Warn("inventory failed", "error", err)
			}
		}
		pause(ctx, scanEvery, finished)
	}
}

// pause waits for so long, or until ctx ends or something wakes it, and reports
// whether something did.
func pause(ctx context.Context, d time.Duration, wake <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-wake:
		return true
	}
	return false
}
