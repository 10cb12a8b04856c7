package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/sjudager/sjudager/vault/store"
)

// errHung: nothing of an upload has moved for as long as patience allows.
var errHung = errors.New("the store has hung")

// patience is how long an upload of size bytes may show no sign of life, which is that
// the store reads its body. A store may read all of it ahead and then send it: so it
// gets the time for that at 32 KiB/s, a sixteenth of what one camera makes, and two
// minutes on top, in which a store across a network finds out by itself.
func patience(size int64) time.Duration {
	const slowest = 32 << 10 // bytes a second
	return 2*time.Minute + time.Duration(size/slowest)*time.Second
}

// put stores o under key. A store that hangs is given up, so that its place is free for
// the next upload; one that is slow and goes on is not.
func (v *Vault) put(ctx context.Context, key string, o store.Object) error {
	ctx, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	limit := patience(o.Size)
	timer := time.AfterFunc(limit, func() { giveUp(errHung) })
	defer timer.Stop()
	o.Body = moving{o.Body, func() { timer.Reset(limit) }}
	err := v.Store.Put(ctx, key, o)
	if err != nil && errors.Is(context.Cause(ctx), errHung) {
		return fmt.Errorf("couldn't store %s: %w, nothing has moved for %s: %w", key, errHung, limit, err)
	}
	return err
}

// moving is a body that tells when it is read.
type moving struct {
	io.ReadSeeker
	moved func()
}

func (m moving) Read(p []byte) (int, error) {
	m.moved()
	return m.ReadSeeker.Read(p)
}
