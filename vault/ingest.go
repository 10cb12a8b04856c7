package vault

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/remux"
	"github.com/sjudager/sjudager/vault/seal"
	"github.com/sjudager/sjudager/vault/spool"
	"github.com/sjudager/sjudager/vault/store"
)

const (
	// uploads is how many segments go to the store at once. Four keep an S3
	// server across a network busy; a directory is faster than the cameras with one.
	uploads = 4
	// giveUp is after how many failures in a row a pass ends: the store is away,
	// and trying the rest of the spool against it helps nobody.
	giveUp = 3
	// scanEvery is how often the spool is looked through when nothing nudges us.
	scanEvery = time.Minute
	// gather is how long we wait when something is finished for what else is: looking
	// through the spool, and a transaction, cost as much for one segment as for ten.
	gather = time.Second
	// passSize is how many segments one pass takes in, so that new ones are seen, and
	// what is due is looked for, while a backlog drains.
	passSize = 64
	// progressing is how long after an upload the store counts as taking footage in:
	// then the spool makes room by being emptied, not by dropping.
	progressing = 10 * time.Second
	// settle is how long a file that cannot be read must have been left alone
	// before it is set aside. Our recorder renames whole files into place; a person
	// who copies one in does not.
	settle = 10 * time.Second
)

// Ingest takes in everything that the spool has now: gaps are written down, footage
// whose deadline has come is removed, what is finished goes into the store and the
// index, and if room runs out the oldest unheld footage is dropped. It
// returns when to look again at the latest. An error says that something is still
// in the spool that should not be; the rest was done all the same.
//
// Recovery after a crash is this same way in: each step leaves the spool file in
// place until the next one is durable, and finds out what was done before.
func (v *Vault) Ingest(ctx context.Context) (next footage.Instant, err error) {
	errGaps := v.ingestGaps()
	next, errDue := v.expireSpool()
	more, errStore := true, error(nil)
	for more && errStore == nil {
		more, errStore = v.ingestSegments(ctx)
	}
	return next, errors.Join(errGaps, errDue, errStore, v.keepRoom())
}

// Tidy is what Ingest does that needs no store: it goes on whatever the store does.
func (v *Vault) Tidy() (next footage.Instant, err error) {
	errGaps := v.ingestGaps()
	next, errDue := v.expireSpool()
	return next, errors.Join(errGaps, errDue, v.keepRoom())
}

func (v *Vault) ingestGaps() error {
	gaps, err := v.Spool.Gaps()
	if err != nil || len(gaps) == 0 {
		return err
	}
	if err := v.Index.Update(func(tx *index.Tx) error {
		for _, g := range gaps {
			if err := v.putGap(tx, g.Gap); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return fmt.Errorf("couldn't write the gaps down: %w", err)
	}
	for _, g := range gaps {
		err = errors.Join(err, v.Spool.Remove(g.Path))
	}
	return err
}

// expireSpool removes from the spool what is due: a store that was away for a
// week does not lengthen the seven days, and what is due is never uploaded. It
// returns when the next file in the spool is due, or when to scan again.
func (v *Vault) expireSpool() (next footage.Instant, err error) {
	now := v.now()
	next = now.Add(scanEvery)
	whole, errWhole := v.Spool.Segments()
	damaged, errDamaged := v.Spool.Damaged()
	if err := errors.Join(errWhole, errDamaged); err != nil {
		return next, err
	}
	var left []spool.Entry // of the damaged ones
	for i, e := range append(damaged, whole...) {
		isDamaged := i < len(damaged)
		due, errEntry := v.spoolDeadline(e, isDamaged)
		switch {
		case errEntry != nil:
		case due > now:
			next = min(next, due)
			if isDamaged {
				left = append(left, e)
			}
		default:
			errEntry = v.expired(e.Path, Intent{Camera: e.Camera, Start: e.Start, Bytes: e.Bytes, Deadline: due})
		}
		if errEntry != nil {
			err = errors.Join(err, fmt.Errorf("couldn't expire %s: %w", e.Path, errEntry))
		}
	}
	if len(left) == 0 {
		v.alarms.clear(footage.AlarmDamaged)
	} else {
		v.alarms.raise(footage.AlarmDamaged, now, fmt.Sprintf("recordings that could not be taken in: %d, the oldest is %s", len(left), left[0].Path))
	}
	return next, err
}

// spoolDeadline is when a file in the spool must go. Its name tells, unless it is
// held; only when that deadline has come is it opened, to find out how far it
// reaches and whether a hold covers it. What is damaged cannot be held.
func (v *Vault) spoolDeadline(e spool.Entry, damaged bool) (footage.Instant, error) {
	terms, err := v.terms(e.Camera, footage.Span{From: e.Start, To: e.Start + 1})
	if err != nil || damaged || terms.Keep > v.now() {
		return terms.Keep, err
	}
	m, err := remux.Open(e.Path)
	if err != nil {
		return terms.Keep, nil
	}
	terms, err = v.terms(e.Camera, footage.Span{From: e.Start, To: spool.End(e.Start, m.Ticks)})
	return terms.Deadline, errors.Join(err, m.Close())
}

func (v *Vault) terms(camera footage.CameraID, span footage.Span) (t Terms, err error) {
	err = v.Index.View(func(tx *index.Tx) error {
		t, err = v.Terms(tx, camera, span)
		return err
	})
	return t, err
}

// attempt is what is left of failing to store a spool file.
type attempt struct {
	passes int
	// sealing is what the store was given: it is given the same again. Otherwise an
	// upload that was thought to have failed, and arrives after the next one has
	// succeeded, would put an object there that the row does not know. It may be nil.
	sealing *seal.Sealing
}

// order puts the segments of the spool, which come oldest first, in the order in
// which they are taken in. The oldest go first, but every fourth is the newest, so
// that today's footage can be seen while yesterday's backlog drains. What failed
// goes last: one file that can never be stored does not keep the others waiting.
func order(entries []spool.Entry, failures func(spool.Entry) int) []spool.Entry {
	slices.SortStableFunc(entries, func(a, b spool.Entry) int { return failures(a) - failures(b) })
	fresh := slices.IndexFunc(entries, func(e spool.Entry) bool { return failures(e) > 0 })
	if fresh < 0 {
		fresh = len(entries)
	}
	ordered := make([]spool.Entry, 0, len(entries))
	for oldest, newest := 0, fresh; oldest < newest; {
		if len(ordered)%uploads == uploads-1 {
			newest--
			ordered = append(ordered, entries[newest])
		} else {
			ordered = append(ordered, entries[oldest])
			oldest++
		}
	}
	return append(ordered, entries[fresh:]...)
}

// ingestSegments makes one pass over what is finished, and reports whether some of
// it is left for the next.
func (v *Vault) ingestSegments(ctx context.Context) (more bool, err error) {
	entries, err := v.Spool.Segments()
	if err != nil {
		return false, err
	}
	entries = order(entries, func(e spool.Entry) int { return v.failed[e.Path].passes })
	failed := map[string]attempt{}
	var (
		mu     sync.Mutex
		inRow  int
		stored int
		errs   []error
		group  errgroup.Group
	)
	// One at a time writes rows, all that have come meanwhile in one transaction, while
	// the next objects are on their way.
	ready := make(chan *arrival, uploads)
	written := make(chan struct{})
	settle := func(arrived ...*arrival) {
		mu.Lock()
		defer mu.Unlock()
		for _, a := range arrived {
			v.busy.remove(a.entry.Path)
			if a.err == nil {
				inRow = 0
				stored++
				v.progress.Store(int64(v.now()))
				a.close()
				continue
			}
			inRow++
			a.passes++
			failed[a.entry.Path] = a.attempt
			errs = append(errs, fmt.Errorf("couldn't take in %s: %w", a.entry.Path, a.err))
		}
	}
	go func() {
		defer close(written)
		for first := range ready {
			batch := []*arrival{first}
			for len(ready) > 0 {
				batch = append(batch, <-ready)
			}
			v.writeRows(batch)
			settle(batch...)
		}
	}()
	group.SetLimit(uploads)
	for n, e := range entries {
		before := v.failed[e.Path]
		delete(v.failed, e.Path)
		mu.Lock()
		stop := n >= passSize || inRow >= giveUp || ctx.Err() != nil
		if stop {
			failed[e.Path] = before
		}
		mu.Unlock()
		if stop {
			continue
		}
		group.Go(func() error {
			a := &arrival{entry: e, attempt: before}
			v.busy.add(e.Path)
			if a.err = v.ingest(ctx, a); a.err == nil && a.stored {
				ready <- a
			} else {
				settle(a)
			}
			return nil
		})
	}
	_ = group.Wait() // the functions above return nil: every error is in errs
	close(ready)
	<-written
	// What is left in v.failed is no longer in the spool.
	for _, a := range v.failed {
		a.close()
	}
	v.failed = failed
	switch {
	case stored == 0 && len(errs) > 0:
		v.away = true
	case stored > 0 && v.away:
		// It was the store's fault and not the files': they take their turn again.
		v.away = false
		for path, a := range failed {
			a.passes = 0
			failed[path] = a
		}
	}
	err = errors.Join(errs...)
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	v.tellKeys()
	ofKeys := slices.ContainsFunc(errs, func(err error) bool { return errors.Is(err, errKeys) })
	if errStore := errors.Join(slices.DeleteFunc(errs, func(err error) bool { return errors.Is(err, errKeys) })...); errStore != nil {
		v.alarms.raise(footage.AlarmStore, v.now(), errStore.Error())
	} else if !ofKeys || stored > 0 {
		v.alarms.clear(footage.AlarmStore)
	}
	return len(entries) > passSize, err
}

// arrival is a recording on its way into the vault.
type arrival struct {
	entry spool.Entry
	attempt
	segment Segment
	stored  bool // the object is in the store; the row and the file in the spool are left to do
	err     error
}

func (a *attempt) close() {
	if a.sealing != nil {
		a.sealing.Close()
		a.sealing = nil
	}
}

// errTaken: the camera already has other footage in the span of a recording.
var errTaken = errors.New("the camera has other footage at this time")

// errKeys: the fault is not the store's.
var errKeys = errors.New("there is no key to seal it with")

// ingest takes one recording from the spool into the vault:
//
//  1. read its boxes and lay out its object; what cannot be read is set aside
//  2. ask the rule: what is due is not stored
//  3. sealed object into the store, complete and durable, after its key
//  4. row into the index, with the terms asked again in the same transaction
//  5. file out of the spool
//
// A crash between any two leaves the file in the spool, and the next pass does
// the steps again: an object put anew replaces the first, and a row that is there
// already only leaves step 5. The key stays as long as the Sealing in a is open:
// until the row is written, or the file has gone from the spool.
//
// Steps 4 and 5 are writeRows', for several recordings at once.
func (v *Vault) ingest(ctx context.Context, a *arrival) error {
	e := a.entry
	m, err := remux.Open(e.Path)
	if errors.Is(err, remux.ErrDamaged) {
		if info, err := os.Stat(e.Path); err == nil && v.Now().Sub(info.ModTime()) < settle {
			return nil // somebody may be copying it in; a later pass tells
		}
		return v.setAside(e, err)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it fell due, or was dropped, while it waited for its turn
	}
	if err != nil {
		return err
	}
	defer m.Close()
	meta := spool.Meta{Camera: e.Camera, Site: v.Site, Start: e.Start}
	if m.HasMeta && m.Meta.Camera == e.Camera && m.Meta.Start == e.Start {
		meta = m.Meta
	}
	file, err := m.Encode(meta)
	if err != nil {
		return err
	}
	s := Segment{
		Segment: footage.Segment{
			Camera: e.Camera, Span: footage.Span{From: e.Start, To: spool.End(e.Start, m.Ticks)}, Bytes: file.Size(),
			Codec: m.Codec, Width: m.Width, Height: m.Height, Frames: m.Frames, Run: meta.Run, Clock: meta.Clock,
			LostPackets: meta.LostPackets, DamagedFrames: meta.DamagedFrames,
		},
		Object: footage.ObjectKey(e.Camera, e.Start, meta.Run), State: Stored,
	}

	var old Segment
	var found, due bool
	if err := v.Index.View(func(tx *index.Tx) error {
		if s.Terms, err = v.Terms(tx, s.Camera, s.Span); err != nil {
			return err
		}
		due = s.Deadline <= v.sure(tx)
		if old, found, err = Find(tx, s.ID()); err != nil || found || due {
			return err
		}
		return free(tx, s)
	}); errors.Is(err, errTaken) {
		return v.setAside(e, err)
	} else if err != nil {
		return err
	}
	if due && !found {
		return v.expired(e.Path, Intent{Camera: e.Camera, Start: e.Start, End: s.Span.To, Bytes: e.Bytes, Deadline: s.Deadline})
	}

	if found {
		s.SHA256, err = file.Digest(ctx)
		if err == nil && old.SHA256 != s.SHA256 {
			return v.setAside(e, errTaken)
		}
		if err != nil {
			return err
		}
		return v.Spool.Remove(e.Path) // step 5 was all that was missing
	}

	if err := v.Index.Reserve(); err != nil {
		return err
	}
	if a.sealing == nil {
		if a.sealing, err = v.Keys.Seal(s.Camera, s.Span.From, file, s.Bytes); err != nil {
			return fmt.Errorf("%w: %w", errKeys, err)
		}
	}
	// One pass, where the store needs no digest beforehand: each byte is read once,
	// hashed, sealed and written.
	if err = a.sealing.Again(file, s.Bytes); err == nil {
		err = v.put(ctx, s.Object, store.Object{Size: a.sealing.Size(), Body: a.sealing})
	}
	if err == nil {
		s.SHA256, err = a.sealing.SHA256(ctx)
	}
	if errors.Is(err, seal.ErrChanged) {
		a.close() // the next pass seals what is there then
	}
	if err != nil {
		return err
	}
	s.Seal = a.sealing.ID()
	a.segment, a.stored = s, true
	return nil
}

// writeRows does what is left when objects are in the store: their rows in one
// transaction, then their files out of the spool. What goes wrong is in each arrival.
func (v *Vault) writeRows(batch []*arrival) {
	refused := make([]error, len(batch))
	err := v.Index.Update(func(tx *index.Tx) (err error) {
		for i, a := range batch {
			s := &a.segment
			if s.Terms, err = v.Terms(tx, s.Camera, s.Span); err != nil {
				return err
			}
			refused[i] = free(tx, *s)
			if refused[i] == nil && v.sure(tx) < s.Deadline {
				err = Add(tx, *s)
			} else {
				// It fell due, or its time was taken, while it was on its way: what lies
				// in the store now goes the way of every deletion.
				err = putIntent(tx, Intent{
					Camera: s.Camera, Start: s.Span.From, End: s.Span.To, Object: s.Object, Bytes: s.Bytes, SHA256: s.SHA256,
					Deadline: s.Deadline, Cause: ByDeadline, Retired: tx.Now,
				})
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && len(batch) > 1 { // one may be to blame, and not the others
		for _, a := range batch {
			v.writeRows([]*arrival{a})
		}
		return
	}
	if err != nil {
		batch[0].err = err
		return
	}
	nudge(v.changed)
	var paths []string
	for i, a := range batch {
		if refused[i] != nil {
			a.err = v.setAside(a.entry, refused[i])
			continue
		}
		v.Log.Debug("stored", "segment", a.segment.ID(), "bytes", a.segment.Bytes, "deadline", a.segment.Deadline)
		paths = append(paths, a.entry.Path)
	}
	if err := v.Spool.Remove(paths...); err != nil {
		for i, a := range batch {
			if refused[i] == nil {
				a.err = err
			}
		}
	}
}

// free returns errTaken if the camera has stored footage in the span of s.
func free(tx *index.Tx, s Segment) error {
	for o, err := range Segments(tx, s.Camera, s.Span) {
		if err != nil {
			return err
		}
		return fmt.Errorf("%w: %s", errTaken, o.ID())
	}
	return nil
}

// longest is the greatest length of a segment (R47).
const longest = 300 * time.Second

// setAside puts a recording that cannot be stored where it harms nothing, with a
// gap in its place. Its bytes go at the deadline that its name gives.
func (v *Vault) setAside(e spool.Entry, why error) error {
	v.Log.Error("recording set aside", "path", e.Path, "error", why)
	if !errors.Is(why, errTaken) {
		to := e.Start.Add(time.Second)
		if info, err := os.Stat(e.Path); err == nil {
			to = min(max(to, footage.At(info.ModTime())), e.Start.Add(longest))
		}
		if err := v.Index.Update(func(tx *index.Tx) error {
			return v.putGap(tx, footage.Gap{Camera: e.Camera, Span: footage.Span{From: e.Start, To: to}, Cause: footage.CauseDamaged, Detail: why.Error()})
		}); err != nil {
			return err
		}
	}
	if err := v.Spool.SetAside(e); !errors.Is(err, fs.ErrNotExist) { // else it fell due meanwhile
		return err
	}
	return nil
}
