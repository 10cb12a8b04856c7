package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/seal"
	"github.com/sjudager/sjudager/vault/store"
)

// settleKeys destroys the keys of h that no stored segment needs. It is called when
// segments of h have been retired, and again until it succeeds.
func (v *Vault) settleKeys(ctx context.Context, h seal.Hour) error {
	identity, single := v.Keys.Has(h)
	if !identity && !single {
		return nil
	}
	var rows []Segment
	left := func() (l seal.Left, err error) {
		err = v.Index.View(func(tx *index.Tx) error {
			rows, err = sealedIn(tx, h)
			return err
		})
		for _, s := range rows {
			l.Sealed = append(l.Sealed, s.Span.From)
			l.Unheld = l.Unheld || s.Deadline <= s.Keep
		}
		return l, err
	}
	l, err := left()
	if err != nil || l.Unheld && !single {
		return err // by far the most often
	}
	var heads map[footage.Instant][]byte
	if identity && !l.Unheld {
		if heads, err = v.heads(ctx, rows); err != nil {
			return err
		}
	}
	return v.Keys.Settle(h, heads, left)
}

// tellKeys raises the alarms of the keys, or ends them.
func (v *Vault) tellKeys() {
	if err := v.Keys.Trouble(); err != nil {
		v.alarms.raise(footage.AlarmKeys, v.now(), err.Error())
	} else {
		v.alarms.clear(footage.AlarmKeys)
	}
	if damaged := v.Keys.Damaged(); len(damaged) > 0 {
		v.alarms.raise(footage.AlarmDamagedKey, v.now(), "what was sealed to it does not open until it is put right; what comes in is sealed to another: "+strings.Join(damaged, ", "))
	} else {
		v.alarms.clear(footage.AlarmDamagedKey)
	}
}

// sealedIn returns the stored segments that start in h and are sealed.
func sealedIn(tx *index.Tx, h seal.Hour) (rows []Segment, err error) {
	for s, err := range Segments(tx, h.Camera, h.Span()) {
		if err != nil {
			return nil, err
		}
		if s.Span.From >= h.From && footage.Sealed(s.Object) {
			rows = append(rows, s)
		}
	}
	return rows, nil
}

// heads fetches the beginnings of the objects of rows.
func (v *Vault) heads(ctx context.Context, rows []Segment) (map[footage.Instant][]byte, error) {
	var (
		mu    sync.Mutex
		heads = map[footage.Instant][]byte{}
	)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(deletions)
	for _, s := range rows {
		group.Go(func() error {
			head, err := v.head(ctx, s)
			if errors.Is(err, store.ErrNotExist) {
				// A held object that has been lost must not keep the keys of what is due.
				if absent, errAbsent := v.Store.Absent(ctx, s.Object); absent && errAbsent == nil {
					v.Log.Error("a held object is missing from the store", "segment", s.ID(), "object", s.Object)
					head, err = nil, nil
				}
			}
			if err == nil && len(head) > 0 {
				var id seal.ID
				if id, err = seal.IDOf(head); err == nil && id != s.Seal {
					err = seal.ErrOther
				}
			}
			if err != nil {
				return fmt.Errorf("couldn't keep the key of %s, which is held: %w", s.ID(), err)
			}
			mu.Lock()
			defer mu.Unlock()
			heads[s.Span.From] = head
			return nil
		})
	}
	return heads, group.Wait()
}

// head fetches the beginning of an object, in which its age header is.
func (v *Vault) head(ctx context.Context, s Segment) ([]byte, error) {
	body, err := v.Store.Get(ctx, s.Object, 0, seal.MaxHead)
	if err != nil {
		return nil, err
	}
	head, err := io.ReadAll(body)
	return head, errors.Join(err, body.Close())
}

// strayKeys returns the hours that have keys, of which the index has nothing, and from
// which everything is due, whatever may turn up: a key was made and its footage never
// came, or a crash kept it. Before they are due such keys stay, so that footage that
// the index does not know can be taken in again. Those that have been due for less than
// since are left out.
func (v *Vault) strayKeys(since time.Duration) (stray []seal.Hour, err error) {
	hours, err := v.Keys.Hours()
	for _, h := range hours {
		err = errors.Join(err, v.Index.View(func(tx *index.Tx) error {
			// The deadline of the hour's first instant; its last is an hour later.
			terms, err := v.Terms(tx, h.Camera, footage.Span{From: h.From, To: h.Span().To.Add(longest)})
			if err != nil || terms.Deadline.Add(time.Hour+since) > v.sure(tx) {
				return err
			}
			rows, err := sealedIn(tx, h)
			if err != nil || len(rows) > 0 {
				return err
			}
			for range tx.Scan(promisedIn(h)) {
				return nil // purging it settles the keys
			}
			stray = append(stray, h)
			return nil
		}))
	}
	return stray, err
}

// destroyStrayKeys destroys the stray keys and returns their hours.
func (v *Vault) destroyStrayKeys(ctx context.Context) (destroyed []string, err error) {
	hours, err := v.strayKeys(0)
	for _, h := range hours {
		errHour := v.settleKeys(ctx, h)
		if errHour == nil {
			v.Log.Warn("destroyed the keys of an hour without footage", "hour", h)
			destroyed = append(destroyed, h.String())
		}
		if !errors.Is(errHour, seal.ErrInUse) {
			err = errors.Join(err, errHour)
		}
	}
	return destroyed, err
}

// AnySealed reports whether the index has footage that is sealed: then there must be
// keys.
func AnySealed(tx *index.Tx) (bool, error) {
	for _, camera := range Cameras(tx) {
		for r := range tx.ScanBack(index.Prefix(segmentKind, string(camera))) {
			s, err := decodeSegment(r) // the newest
			if err != nil || footage.Sealed(s.Object) {
				return err == nil, err
			}
			break
		}
	}
	return false, nil
}
