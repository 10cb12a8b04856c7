package vault

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/seal"
)

const (
	purgeBatch = 512 // intents that one transaction settles
	deletions  = 8   // removals at once
	// removeWithin is how long one removal with its proof may take. Thousands of
	// times what a store needs, and a store that hangs holds a pass for two minutes at
	// most: for keys, two rounds of removals, and keys again.
	removeWithin = 30 * time.Second
)

var errStillThere = errors.New("the store says deleted, and still has it")

// Purged is what a call of Purge did.
type Purged struct {
	Removed []Intent
	Failed  int
	// Next is when a removal that failed is to be tried again, or 0.
	Next footage.Instant
}

// Purge destroys the keys of retired segments (R18), removes their objects, sees
// that they are gone (R11), and forgets them. The keys go first: a store that is
// away keeps nobody's footage. What fails is written down and tried again later, for
// ever, and never stops the rest (R22), except that a store which fails as often in a
// row as it is asked at once is away, and is asked again at Next; the error returned is of the index only, or
// of a cancelled ctx.
func (v *Vault) Purge(ctx context.Context) (Purged, error) {
	var all Purged
	away := false
	for !away {
		var batch []Intent
		now := v.now()
		if err := v.Index.View(func(tx *index.Tx) (err error) {
			batch, err = intents(tx, purgeBatch, func(i Intent) bool { return i.Retry <= now })
			return err
		}); err != nil {
			return all, err
		}
		if len(batch) == 0 {
			break
		}
		var removed []Intent
		var failed int
		var err error
		removed, failed, away, err = v.purge(ctx, batch)
		all.Removed = append(all.Removed, removed...)
		all.Failed += failed
		if err != nil {
			return all, err
		}
	}
	if away {
		v.purgeFailures++
		all.Next = v.now().Add(backoff(v.purgeFailures))
		// What was not asked for stays, and its keys go all the same (R18).
		var rest []Intent
		now := v.now()
		err := v.Index.View(func(tx *index.Tx) (err error) {
			rest, err = intents(tx, -1, func(i Intent) bool { return i.Retry <= now })
			return err
		})
		v.settle(ctx, rest)
		return all, errors.Join(err, ctx.Err())
	}
	v.purgeFailures = 0
	return all, v.Index.View(func(tx *index.Tx) error {
		waiting, err := Intents(tx, -1)
		for _, i := range waiting {
			if all.Next == 0 || i.Retry < all.Next {
				all.Next = i.Retry
			}
		}
		if len(waiting) == 0 {
			v.alarms.clear(footage.AlarmDeletion)
		}
		return err
	})
}

func (v *Vault) purge(ctx context.Context, batch []Intent) (removed []Intent, failed int, away bool, err error) {
	var (
		mu      sync.Mutex
		retry   []Intent // failed
		waiting []Intent
		inRow   int // failures of the store
		group   errgroup.Group
	)
	keys := v.settle(ctx, batch)
	group.SetLimit(deletions)
	for _, i := range batch {
		mu.Lock()
		away = inRow >= deletions
		mu.Unlock()
		if away {
			break
		}
		group.Go(func() error {
			errKeys := keys[seal.HourOf(i.Camera, i.Start)]
			err := v.remove(ctx, &i)
			mu.Lock()
			defer mu.Unlock()
			if inRow++; err == nil {
				inRow = 0
			}
			switch {
			case err == nil && errKeys == nil:
				removed = append(removed, i)
				return nil
			case err == nil && errors.Is(errKeys, seal.ErrInUse):
				// Nothing is wrong: as soon as what is coming in has come, we know
				// whether the hour's key is still needed.
				i.Retry = v.now().Add(time.Second)
				waiting = append(waiting, i)
				return nil
			}
			err = errors.Join(errKeys, err)
			i.Attempts++
			i.Retry = v.now().Add(backoff(i.Attempts))
			retry = append(retry, i)
			if ctx.Err() == nil {
				v.Log.Error("couldn't delete", "object", i.Object, "attempts", i.Attempts, "error", err)
				v.alarms.raise(footage.AlarmDeletion, v.now(), fmt.Sprintf("couldn't delete %s: %v", i.Object, err))
			}
			return nil
		})
	}
	_ = group.Wait() // the functions above return nil: every failure is in retry
	away = inRow >= deletions
	if ctx.Err() == nil {
		err = v.Index.Update(func(tx *index.Tx) error {
			for _, i := range removed {
				if err := errors.Join(tx.Delete(intentKey(i.Object)), v.note(tx, Removed(i))); err != nil {
					return err
				}
			}
			for _, i := range append(retry, waiting...) {
				if err := putIntent(tx, i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return removed, len(retry), away, errors.Join(err, ctx.Err())
}

// settle settles the keys of the hours of batch, and returns what came of it. Held
// footage in an hour has to be asked for in the store; all hours together have as
// long for that as one removal, and those without holds do not wait for it.
func (v *Vault) settle(ctx context.Context, batch []Intent) map[seal.Hour]error {
	ctx, cancel := context.WithTimeout(ctx, removeWithin)
	defer cancel()
	keys := map[seal.Hour]error{}
	for _, i := range batch {
		h := seal.HourOf(i.Camera, i.Start)
		if _, done := keys[h]; !done {
			keys[h] = v.settleKeys(ctx, h)
		}
	}
	v.tellKeys()
	return keys
}

// remove removes the object of i for good: no version of it is left when it returns
// nil.
func (v *Vault) remove(ctx context.Context, i *Intent) error {
	ctx, cancel := context.WithTimeout(ctx, removeWithin)
	defer cancel()
	if err := v.Store.Delete(ctx, i.Object); err != nil {
		return err
	}
	i.Deleted = v.now()
	absent, err := v.Store.Absent(ctx, i.Object)
	if err == nil && !absent {
		err = errStillThere
	}
	i.Verified = v.now()
	return err
}
