package vault

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/store"
	"github.com/sjudager/sjudager/vault/store/storetest"
)

// A store that never answers is given up, and takes all when it has come round.
func TestUploadThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, undone := range []bool{true, false} {
			r := newRig(t)
			f := r.faulty()
			f.Inject(storetest.Fault{Op: storetest.Put, Hang: true, Undone: undone})
			for i := range 6 {
				r.drop("k01", start.Add(time.Duration(i)*2*time.Second))
			}
			begun := time.Now()
			_, err := r.Ingest(t.Context())
			if took, limit := time.Since(begun), patience(1<<20); !errors.Is(err, errHung) || took > 2*limit {
				t.Errorf("after %s, of at most %s each: %v", took, limit, err)
			}
			if left, err := r.Spool.Segments(); err != nil || len(left) != 6 {
				t.Errorf("%d of 6 recordings are in the spool: %v", len(left), err)
			}
			if a := r.Alarms(); len(a) != 1 || a[0].Code != footage.AlarmStore {
				t.Errorf("alarms: %v", a)
			}
			f.Heal()
			r.ingest()
			r.invariants()
			if n := len(r.segments("k01")); n != 6 {
				t.Errorf("%d of 6 are in", n)
			}
		}
	})
}

// slow takes ten times as long for an object as an upload may stand still.
type slow struct{ store.Store }

func (s slow) Put(ctx context.Context, key string, o store.Object) error {
	const pieces = 10
	for b := make([]byte, o.Size/pieces); ; {
		_, err := io.ReadFull(o.Body, b)
		if err != nil {
			return s.Store.Put(ctx, key, o)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(patience(o.Size) - time.Second):
		}
	}
}

// A store that is slow and goes on is left alone.
func TestUploadThatIsSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.Store = slow{r.Store}
		r.drop("k01", start)
		begun := time.Now()
		r.ingest()
		if took := time.Since(begun); len(r.segments("k01")) != 1 || took < 9*patience(0) {
			t.Errorf("%d are in after %s", len(r.segments("k01")), took)
		}
	})
}
