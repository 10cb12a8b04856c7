package holds

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

const (
	// retireBatch is how many segments one transaction retires. A write
	// transaction keeps a hold waiting, so it must stay short: a thousand take
	// some tens of milliseconds.
	retireBatch = 1000
	// lookEvery is how long the sweeper sleeps at most. Deadlines wake it by
	// themselves; this bounds what a stepped clock can cost.
	lookEvery = 30 * time.Second
	// retireEvery is how often a step that purges looks for what has fallen due.
	retireEvery = time.Second
	// sweepRetry is the pause after a sweep that the index failed.
	sweepRetry = 5 * time.Second
)

// Sweeper deletes footage at its deadline: it retires what is due and has the
// vault purge it. It sleeps until the earliest deadline, not for a fixed time.
type Sweeper struct {
	Index *index.DB
	Vault *vault.Vault
	Holds *Holds
	Clock *Clock           // guards Now; nil: nobody does
	Now   func() time.Time // the site's time, by which footage is deleted
	Log   *slog.Logger

	running sync.Mutex // held during a Step: steps do not overlap
	mu      sync.Mutex // guards last and deleted
	last    footage.Instant
	deleted Deletion
}

// Deletion sums up a sweep that deleted something.
type Deletion struct {
	At       footage.Instant // when it ended
	Segments int             // whose absence the store has confirmed
	Bytes    int64           // of those
	Failed   int             // removals to be tried again
}

// Swept is what a step did.
type Swept struct {
	Retired int             // segments that nobody can read any more
	Removed []vault.Intent  // whose absence the store has confirmed
	Failed  int             // removals to be tried again
	Next    footage.Instant // when the next step is needed, or 0 when nothing is stored
}

// Step retires everything that is due, purges it, and ends the holds that have
// run out. The error is of the index or of ctx; a store that fails costs retries
// (Swept.Failed), never the step.
func (s *Sweeper) Step(ctx context.Context) (Swept, error) {
	s.running.Lock()
	defer s.running.Unlock()
	var swept Swept
	if s.Clock != nil {
		if err := s.Clock.Check(ctx, s.Index); err != nil {
			return swept, err
		}
	}
	err := s.retireAll(&swept)
	if err != nil {
		return swept, err
	}
	purged, err := s.purge(ctx, &swept)
	swept.Removed, swept.Failed = purged.Removed, purged.Failed
	if err != nil {
		return swept, fmt.Errorf("couldn't purge: %w", err)
	}
	err = s.Index.Update(func(tx *index.Tx) error {
		if err := lapse(tx, s.sure(tx)); err != nil {
			return err
		}
		if err := vault.ForgetGaps(tx, s.sure(tx).Add(-MaxHold)); err != nil {
			return err
		}
		next, err := vault.NextDeadline(tx)
		swept.Next = next
		if purged.Next != 0 && (next == 0 || purged.Next < next) {
			swept.Next = purged.Next
		}
		return err
	})
	if err != nil {
		return swept, err
	}
	if swept.Retired > 0 || swept.Failed > 0 {
		s.Log.Info("swept", "retired", swept.Retired, "removed", len(swept.Removed), "failed", swept.Failed)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = footage.At(s.Now())
	if len(swept.Removed) > 0 || swept.Failed > 0 {
		s.deleted = Deletion{At: s.last, Segments: len(swept.Removed), Failed: swept.Failed}
		for _, i := range swept.Removed {
			s.deleted.Bytes += i.Bytes
		}
	}
	return swept, nil
}

// purge has the vault purge, and goes on retiring meanwhile: a store that is slow,
// or hangs, must not keep what falls due readable in lists and totals.
func (s *Sweeper) purge(ctx context.Context, swept *Swept) (purged vault.Purged, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		purged, err = s.Vault.Purge(ctx)
	}()
	ticker := time.NewTicker(retireEvery)
	defer ticker.Stop()
	for {
		select {
		case <-done:
			return purged, err
		case <-ticker.C:
			if err := s.retireAll(swept); err != nil {
				s.Log.Error("sweep failed", "error", err)
			}
		}
	}
}

// retireAll retires everything that is due now, and counts it.
func (s *Sweeper) retireAll(swept *Swept) error {
	for {
		n, err := s.retire()
		swept.Retired += n
		if err != nil {
			return fmt.Errorf("couldn't retire what is due: %w", err)
		}
		if n < retireBatch {
			return nil
		}
	}
}

// retire retires one batch of what is due. Deadlines are read inside the
// transaction that retires, so a hold that was placed before it is respected and
// one that comes after it finds the footage gone (invariant 3).
func (s *Sweeper) retire() (n int, err error) {
	// Most looks find nothing due; those must not wait for, nor be, a write.
	var due bool
	err = s.Index.View(func(tx *index.Tx) error {
		for _, err := range vault.Due(tx, s.sure(tx)) {
			due = err == nil
			return err
		}
		return nil
	})
	if err != nil || !due {
		return 0, err
	}
	err = s.Index.Update(func(tx *index.Tx) error {
		n = 0
		var batch []vault.Segment
		for segment, err := range vault.Due(tx, s.sure(tx)) {
			if err != nil {
				return err
			}
			if batch = append(batch, segment); len(batch) == retireBatch {
				break
			}
		}
		n = len(batch)
		return vault.Retire(tx, batch...)
	})
	return n, err
}

// sure is the time by which footage is deleted in tx.
func (s *Sweeper) sure(tx *index.Tx) footage.Instant { return min(tx.Now, footage.At(s.Now())) }

// Last is when the last step ended, or 0.
func (s *Sweeper) Last() footage.Instant {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

// Deleted is the last sweep since the start that deleted, or tried to delete,
// something; its At is 0 when there was none.
func (s *Sweeper) Deleted() Deletion {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.deleted
}

// Run steps at every deadline until ctx ends.
func (s *Sweeper) Run(ctx context.Context) {
	for {
		swept, err := s.Step(ctx)
		wait := lookEvery
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			s.Log.Error("sweep failed", "error", err)
			wait = sweepRetry
		case swept.Next != 0:
			wait = min(wait, max(0, swept.Next.Sub(footage.At(s.Now()))))
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-s.Vault.Changed():
		case <-s.Holds.changed:
		}
		timer.Stop()
	}
}

// OverdueSince returns since when the footage has been overdue that has been so for
// the longest, or 0 when all is in order: the earliest deadline that has passed, or
// the retirement of an object that is not known to be gone. An orphan counts from
// when it was found; it may have been due for years before anyone saw it.
func OverdueSince(tx *index.Tx) (footage.Instant, error) {
	since, err := vault.NextDeadline(tx)
	if err != nil {
		return 0, err
	}
	if since > tx.Now {
		since = 0
	}
	waiting, err := vault.Intents(tx, -1)
	for _, i := range waiting {
		if since == 0 || i.Retired < since {
			since = i.Retired
		}
	}
	return since, err
}

// Overdue counts what is past its deadline and still exists: segments that are
// not retired yet, and objects whose removal is not confirmed. It is the figure
// that must be zero (R14).
func Overdue(tx *index.Tx) (int, error) {
	var n int
	for _, err := range vault.Due(tx, tx.Now) {
		if err != nil {
			return n, err
		}
		n++
	}
	waiting, err := vault.Intents(tx, -1)
	return n + len(waiting), err
}
