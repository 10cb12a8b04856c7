package ledger

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

const (
	// checkpointEvery is how often a checkpoint is made by itself (R103).
	checkpointEvery = time.Hour
	// sendEvery is how often one leaves the building on each way (R104).
	sendEvery = 24 * time.Hour
	// sendWithin is how long one attempt to send may take.
	sendWithin = time.Minute
	// lookEvery is how long the notary sleeps at most.
	lookEvery = time.Minute
)

// Notary makes the checkpoints of a ledger, every hour and on demand, takes care
// that one leaves the building every day, and prunes what has grown old.
type Notary struct {
	Index *index.DB
	Key   *Key
	// Outlets are the ways out that are configured now.
	Outlets func() Outlets
	// Keep says how long entries are kept, and how long the lists beside them: the
	// records of deletions. Nil: KeepDefault and KeepListsDefault.
	Keep func() (entries, lists time.Duration)
	Now  func() time.Time
	Log  *slog.Logger

	mu       sync.Mutex
	failures map[string]failure // mu: by way; those that stand now
	fork     footage.Alarm      // mu: no code when there is none
	compared bool               // the Run's own
}

// failure is a way out that does not work.
type failure struct {
	since, retry footage.Instant
	attempts     int
	err          error
}

// Checkpoint makes a checkpoint now.
func (y *Notary) Checkpoint() (c Checkpoint, err error) {
	err = y.Index.Update(func(tx *index.Tx) error {
		c, err = MakeCheckpoint(tx, y.Key)
		return err
	})
	return c, err
}

// Step makes the checkpoint of the hour, sends the one of the day, and prunes a
// batch, each if it is due. An error is of the index; a way out that fails is an
// alarm and is tried again, up to an hour later.
func (y *Notary) Step(ctx context.Context) error {
	if !y.compared {
		y.compared = true
		if err := y.compare(); errors.Is(err, ErrFork) {
			y.Log.Error("the ledger is not the one that was here before", "error", err)
			y.mu.Lock()
			y.fork = footage.Alarm{Code: footage.AlarmLedger, Since: footage.At(y.Now()), Detail: err.Error()}
			y.mu.Unlock()
		} else if err != nil {
			y.Log.Warn("couldn't compare the ledger with earlier checkpoints", "error", err)
		}
	}
	c, found, err := y.last()
	if err != nil {
		return err
	}
	// A clock that was set back must not stop the checkpoints: from the future counts
	// as old.
	if now := footage.At(y.Now()); !found || age(now, c.At) >= checkpointEvery {
		if c, err = y.Checkpoint(); err != nil {
			return err
		}
	}
	if err := y.send(ctx, c); err != nil {
		return err
	}
	entries, lists := time.Duration(KeepDefault), time.Duration(KeepListsDefault)
	if y.Keep != nil {
		entries, lists = y.Keep()
	}
	for more := true; more && ctx.Err() == nil; {
		if err := y.Index.Update(func(tx *index.Tx) error {
			doubt := max(0, tx.Now.Sub(footage.At(y.Now()))) // a clock in doubt makes nothing older
			more, err = Prune(tx, entries+doubt, lists+doubt)
			return err
		}); err != nil {
			return fmt.Errorf("couldn't prune the ledger: %w", err)
		}
	}
	return nil
}

func (y *Notary) last() (c Checkpoint, found bool, err error) {
	err = y.Index.View(func(tx *index.Tx) error {
		c, found, err = LastCheckpoint(tx)
		return err
	})
	return c, found, err
}

// age is how long ago at was, and for ever where at lies in the future.
func age(now, at footage.Instant) time.Duration {
	if at > now {
		return 1<<63 - 1
	}
	return now.Sub(at)
}

// Run steps until ctx ends.
func (y *Notary) Run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		if err := y.Step(ctx); err != nil && ctx.Err() == nil {
			y.Log.Error("the ledger's checkpoint failed", "error", err)
		}
		timer.Reset(lookEvery)
	}
}

// send sends the checkpoint on every way that has not had one for a day.
func (y *Notary) send(ctx context.Context, c Checkpoint) error {
	outlets := y.Outlets()
	y.forget(outlets)
	for _, way := range outlets.ways() {
		due, err := y.due(way.name)
		if err != nil {
			return err
		}
		if !due {
			continue
		}
		limited, cancel := context.WithTimeout(ctx, sendWithin)
		stamp, err := way.send(limited, c)
		cancel()
		if err != nil {
			if ctx.Err() == nil {
				y.failed(way.name, err)
			}
			continue
		}
		if err := y.sent(way, c, stamp); err != nil {
			return err
		}
	}
	return nil
}

// due tells whether a checkpoint is to be sent on a way now.
func (y *Notary) due(way string) (due bool, err error) {
	now := footage.At(y.Now())
	y.mu.Lock()
	waiting := y.failures[way].retry > now
	y.mu.Unlock()
	if waiting {
		return false, nil
	}
	err = y.Index.View(func(tx *index.Tx) error {
		n, found, err := last(tx, sentBy(way))
		if due = !found; err != nil || !found {
			return err
		}
		e, err := read(tx, n)
		if errors.Is(err, ErrNotFound) { // pruned: that was long ago
			due, err = true, nil
		} else {
			due = age(now, e.At) >= sendEvery
		}
		return err
	})
	return due, err
}

// sent writes down that a checkpoint has left the building.
func (y *Notary) sent(way way, c Checkpoint, stamp []byte) error {
	err := y.Index.Update(func(tx *index.Tx) error {
		e := Entry{Kind: CheckpointSent, By: System, Fields: Fields{"size": c.Size, "root": hexOf(c.Root[:]), "way": way.name}, Details: map[string]string{"to": way.to}}
		if stamp != nil {
			e.Fields["stamp"] = Digest(stamp)
			if err := tx.Put(key(stampPart, c.Size), stamp); err != nil {
				return err
			}
		}
		n, err := Append(tx, e)
		if err != nil {
			return err
		}
		return remember(tx, sentBy(way.name), n)
	})
	if err != nil {
		return fmt.Errorf("couldn't write down that a checkpoint was sent: %w", err)
	}
	y.mu.Lock()
	delete(y.failures, way.name)
	y.mu.Unlock()
	y.Log.Info("checkpoint sent", "way", way.name, "size", c.Size)
	return nil
}

func (y *Notary) failed(way string, err error) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.failures == nil {
		y.failures = map[string]failure{}
	}
	f, now := y.failures[way], footage.At(y.Now())
	if f.attempts == 0 {
		f.since = now
	}
	f.attempts++
	f.retry = now.Add(min(time.Minute<<min(f.attempts-1, 6), time.Hour))
	f.err = err
	y.failures[way] = f
	y.Log.Warn("couldn't send a checkpoint", "way", way, "attempts", f.attempts, "error", err)
}

// forget forgets the failures of ways that are not configured any more.
func (y *Notary) forget(o Outlets) {
	y.mu.Lock()
	defer y.mu.Unlock()
	kept := map[string]failure{}
	for _, w := range o.ways() {
		if f, failing := y.failures[w.name]; failing {
			kept[w.name] = f
		}
	}
	y.failures = kept
}

// Alarms returns an alarm while a way out does not work, and one when the ledger
// is not the one that checkpoints were taken of before.
func (y *Notary) Alarms() (all []footage.Alarm) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.fork.Code != "" {
		all = append(all, y.fork)
	}
	for _, way := range sortedKeys(y.failures) {
		f := y.failures[way]
		all = append(all, footage.Alarm{Code: footage.AlarmCheckpoint, Since: f.since, Detail: fmt.Sprintf("couldn't send a checkpoint of the ledger (%s): %v", way, f.err)})
	}
	return all
}

// compare holds the ledger to the newest checkpoint in the folder that checkpoints
// are written to: after a start it tells whether an older copy of the index was put
// in the place of the one that had gone on.
func (y *Notary) compare() error {
	path, err := newest(y.Outlets().Dir)
	if err != nil || path == "" {
		return err
	}
	text, err := ReadOutside(path)
	if err != nil {
		return err
	}
	return y.Index.View(func(tx *index.Tx) error { return Continues(tx, text) })
}
