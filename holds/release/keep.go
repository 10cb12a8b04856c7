package release

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// System is the actor of what the step does.
const System = ledger.System

// Run steps and builds what is begun until ctx ends, and then ends what is being built.
// It is called once.
func (l *Log) Run(ctx context.Context) {
	if err := l.removeStrays(); err != nil {
		l.Log.Error("couldn't remove packages that no release has", "error", err)
	}
	var builder sync.WaitGroup
	defer builder.Wait()
	builder.Go(func() { l.buildAll(ctx) })
	for {
		next := l.Step()
		wait := lookEvery
		if next != 0 {
			wait = min(wait, max(0, next.Sub(l.now())))
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		case <-l.changed:
		}
		timer.Stop()
	}
}

// Step removes the packages and passwords that are due, tells the holds of receipts, finds
// recipients that are to be told of something, and erases names that are old. It returns when the next package is due, or 0. What
// fails is logged, stands as an alarm, and is tried again with the next step.
func (l *Log) Step() (next footage.Instant) {
	l.endHolds()
	next = l.removePackages()
	l.owe()
	l.removePasswords()
	l.eraseNames()
	return next
}

// eachOpen calls f with every release that something is still to be done about.
func (l *Log) eachOpen(f func(Release) error) {
	all, err := l.openOnes()
	if err != nil {
		l.Log.Error("couldn't read the releases", "error", err)
	}
	for _, r := range all {
		if err := f(r); err != nil {
			l.Log.Error("couldn't see to a release", "release", r.Number, "error", err)
		}
	}
}

func (l *Log) openOnes() (all []Release, err error) {
	err = l.Index.View(func(tx *index.Tx) error {
		all, err = openIn(tx)
		return err
	})
	return all, err
}

func openIn(tx *index.Tx) (all []Release, err error) {
	from, to := index.Prefix(room, openPart)
	for row := range tx.Scan(from, to) {
		r, err := byKey(tx, row.Key[len(from):])
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

// byKey reads the release of a key that a row has.
func byKey(tx *index.Tx, key string) (Release, error) {
	var r Release
	found, err := tx.Get(index.Key(room, nowPart, key), &r.Record)
	if err == nil && !found {
		err = fmt.Errorf("%w: %s", ErrNotFound, key)
	}
	if err == nil {
		err = r.words(tx)
	}
	return r, err
}

// removable is when a package of ours goes: with the first of its footage, with a
// refusal, after a failure, once it was opened by the recipient, and PackageAfter after
// the receipt (R8, R32, R100). A supplement has no footage, and is there for thirty days.
// A medium that was handed over is not ours.
func removable(r Release, p Package, due, now footage.Instant, building bool) footage.Instant {
	switch {
	case p.Built == 0 && !building, r.State == Refused:
		return min(due, now)
	case p.Supplements != 0:
		return due
	case r.State == Closed, r.Receipt.At != 0 && r.Verified.At != 0:
		return min(due, now)
	case r.Receipt.At != 0:
		return min(due, r.Receipt.At.Add(PackageAfter))
	}
	return due
}

func (l *Log) removePackages() (next footage.Instant) {
	l.eachOpen(func(r Release) error {
		for _, p := range r.Packages {
			if p.Gone != 0 || p.HandedOver {
				continue
			}
			var at footage.Instant
			now := l.now() // that of Now, which may be guarded against a wrong clock
			if err := l.Index.View(func(tx *index.Tx) error {
				due, err := dueOf(tx, r, p)
				at = removable(r, p, due, now, l.isBuilding(p.Path))
				return err
			}); err != nil {
				return err
			}
			switch {
			case at > now:
			case p.Built == 0 && p.Failed == "" && !l.isBuilding(p.Path): // a kill or a power cut has left it
				if err := l.fail(r, p, errStopped); err != nil {
					return err
				}
				continue
			default:
				if r.State == Refused {
					l.stop(r.Number, errChanged)
				}
				l.stop(r.Number, errDue)
				if err := l.removePackage(r, p); err != nil {
					return err
				}
				continue
			}
			if next == 0 || at < next {
				next = at
			}
		}
		return nil
	})
	return next
}

// removePackage removes a package, sees that it is gone, and then writes that down.
// One that is still being written is removed by its writer, too, who finds the record
// changed.
func (l *Log) removePackage(r Release, p Package) error {
	if err := l.mind(p.Path, l.removeAll(p.Path)); err != nil {
		return fmt.Errorf("couldn't remove the package of %s: %w", r.Number, err)
	}
	return l.unless(r.Number, Remove, System, func(tx *index.Tx, r *Release) (already bool) {
		already = r.Packages[p.N-1].Gone != 0
		r.change(p.N, func(p *Package) { p.Gone = tx.Now })
		return already
	})
}

// unless carries out an act of the appliance's, but where the record has it already.
func (l *Log) unless(number string, act Act, by string, do func(tx *index.Tx, r *Release) (already bool)) error {
	done := errors.New("it is done already")
	_, err := l.act(number, act, by, func(tx *index.Tx, r *Release) error {
		if do(tx, r) {
			return done
		}
		return nil
	})
	if errors.Is(err, done) {
		return nil
	}
	return err
}

// removeAll removes a folder with all that is in it, and sees that it is gone.
func (l *Log) removeAll(path string) error {
	err := os.RemoveAll(path)
	if err == nil {
		if _, gone := os.Lstat(path); !errors.Is(gone, fs.ErrNotExist) {
			err = fmt.Errorf("%s is still there: %v", path, gone)
		}
	}
	if err == nil {
		if err = l.disk.SyncDir(filepath.Dir(path)); errors.Is(err, fs.ErrNotExist) {
			err = nil // with its folder
		}
	}
	return err
}

// removeStrays removes the packages and passwords on the appliance that no release has:
// a restored index does not know those that were made after its backup (R8).
func (l *Log) removeStrays() error {
	known := map[string]bool{}
	err := l.eachRelease(func(r Release) {
		for _, p := range r.Packages {
			known[p.Path] = known[p.Path] || p.Gone == 0
			known[l.passwordPath(r.Number, p.N)] = p.Password && p.Destroyed == 0
		}
	})
	for folder, remove := range map[string]func(string) error{l.packages(): l.removeAll, l.passwords(): l.disk.Shred} {
		entries, ferr := os.ReadDir(folder)
		if err != nil || errors.Is(ferr, fs.ErrNotExist) {
			continue
		}
		err = errors.Join(err, ferr)
		for _, e := range entries {
			if path := filepath.Join(folder, e.Name()); !known[path] {
				l.Log.Warn("removing what no release has", "path", path)
				err = errors.Join(err, l.mind(path, remove(path)))
			}
		}
	}
	return err
}

// eachRelease calls f with the last version of every release.
func (l *Log) eachRelease(f func(Release)) error {
	return l.Index.View(func(tx *index.Tx) error {
		for row := range tx.Scan(index.Prefix(room, nowPart)) {
			var r Release
			if err := row.Decode(&r.Record); err != nil {
				return err
			}
			f(r)
		}
		return nil
	})
}

// endHolds tells the holds of releases that were receipted, unless another release that
// is not yet ended needs the same hold.
func (l *Log) endHolds() {
	all, err := l.openOnes()
	if err != nil {
		l.Log.Error("couldn't read the releases", "error", err)
	}
	for _, r := range all {
		if r.Hold == "" || r.HoldTold != 0 || r.Receipt.At == 0 {
			continue
		}
		if slices.ContainsFunc(all, func(o Release) bool {
			return o.Hold == r.Hold && o.Number != r.Number && slices.Contains([]State{Draft, Approved, Exported, Delivered}, o.State)
		}) {
			continue
		}
		d := holds.Delivery{Receipt: r.Receipt.At, By: r.Receipt.Act.By}
		_, err := l.Holds.Delivered(r.Hold, d)
		if errors.Is(err, holds.ErrInvalid) { // it was placed after the receipt
			d.Receipt = 0
			_, err = l.Holds.Delivered(r.Hold, d)
		}
		if errors.Is(err, holds.ErrRefused) || errors.Is(err, holds.ErrNotFound) { // it has ended, or ends before that
			err = nil
		}
		if err == nil {
			err = l.unless(r.Number, EndHold, System, func(tx *index.Tx, r *Release) (already bool) {
				already, r.HoldTold = r.HoldTold != 0, tx.Now
				return already
			})
		}
		if err != nil {
			l.Log.Error("couldn't close a hold after a receipt", "release", r.Number, "hold", r.Hold, "error", err)
		}
	}
}

// eraseNames erases names and words of all versions of the releases that are old
// enough; ids, codes, times and hashes stay (R78).
func (l *Log) eraseNames() {
	var due []string
	if err := l.Index.View(func(tx *index.Tx) error {
		from, _ := index.Prefix(room, erasePart)
		for row := range tx.Scan(from, index.Key(room, erasePart, (l.now()+1).Compact())) {
			r, err := byKey(tx, row.Key[len(row.Key)-len("2026-00000001"):])
			if err != nil {
				return err
			}
			due = append(due, r.Number)
		}
		return nil
	}); err != nil {
		l.Log.Error("couldn't read the releases", "error", err)
	}
	for _, number := range due {
		if _, err := l.act(number, EraseNames, System, func(tx *index.Tx, r *Release) error {
			var keys []string
			for _, part := range []string{saidPart, sealedPart} {
				for row := range tx.Scan(index.Prefix(room, part, r.key())) {
					keys = append(keys, row.Key)
				}
			}
			for _, key := range keys {
				if err := tx.Delete(key); err != nil {
					return err
				}
			}
			r.Said, r.Erased = Said{}, tx.Now
			return nil
		}); err != nil {
			l.Log.Error("couldn't erase the names of a release", "release", number, "error", err)
		}
	}
}

// Flag is something about a release that a person should see to.
type Flag string

// The flags.
const (
	FlagWritten Flag = "no-written-request" // oral, and nothing in writing has come (R69)
	FlagReview  Flag = "unreviewed"         // one person released it alone, and nobody has looked yet (R68)
	FlagLate    Flag = "review-late"        // for more than 24 hours
	FlagReceipt Flag = "no-receipt"         // delivered seven days ago (R74)
	FlagMinors  Flag = "minors"             // are likely in the picture (R77)
	FlagMedium  Flag = "wipe-medium"        // it was never handed over, and something may be left on it of a package that had to go
	FlagFailed  Flag = "export-failed"      // the last package was not complete
	FlagTell    Flag = "tell-recipient"     // of what became of the footage, at the request of a person in it (R135)
)

// Flags returns what is to be seen to at now.
func (r Release) Flags(now footage.Instant) []Flag {
	flags := []Flag{}
	add := func(is bool, f Flag) {
		if is {
			flags = append(flags, f)
		}
	}
	add(r.unreviewed() && r.ReviewBy <= now, FlagLate)
	add(r.unreviewed() && r.ReviewBy > now, FlagReview)
	add(r.oral() && !r.State.ended(), FlagWritten)
	add(r.State == Delivered && r.Kind == Copy && r.Delivery.At.Add(ReceiptWithin) <= now, FlagReceipt)
	add(slices.ContainsFunc(r.Packages, func(p Package) bool {
		return p.Medium && !p.HandedOver && p.Gone != 0 && (p.Built != 0 || p.Failed == FailedMedium || p.Failed == FailedProtected || p.Failed == FailedStopped)
	}) && !r.State.ended(), FlagMedium)
	add(len(r.owed()) > 0, FlagTell)
	if p := r.last(); p != nil && !r.State.ended() {
		add(p.Failed != "" && p.Failed != FailedCancelled, FlagFailed)
	}
	add(r.Minors && !r.State.ended(), FlagMinors)
	return flags
}

// Alarms are those that stand now: a review that is late (R68), a package or a
// password that cannot be removed.
func (l *Log) Alarms() []footage.Alarm {
	l.mu.Lock()
	var alarms []footage.Alarm
	for _, a := range l.stuck {
		alarms = append(alarms, a)
	}
	l.mu.Unlock()
	now := l.now()
	l.eachOpen(func(r Release) error {
		if slices.Contains(r.Flags(now), FlagLate) {
			alarms = append(alarms, footage.Alarm{Code: footage.AlarmRelease, Since: r.ReviewBy, Detail: r.Number + " was released by one person alone, and nobody has reviewed it"})
		}
		return nil
	})
	slices.SortFunc(alarms, func(a, b footage.Alarm) int { return cmp.Compare(a.Since, b.Since) })
	return alarms
}
