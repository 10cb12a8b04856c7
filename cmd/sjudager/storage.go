package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"sync"
	"time"

	"github.com/sjudager/sjudager/configs"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/store"
	"github.com/sjudager/sjudager/vault/store/dir"
	"github.com/sjudager/sjudager/vault/store/s3"
)

const (
	// askStore is how long an object store may take to be opened.
	askStore = 10 * time.Second
	// askAgain is the pause before a store that could not be opened is asked again.
	askAgain = 5 * time.Second
)

// openStore opens the configured store, which has to belong to the index (vault.Claim).
// One that refuses us for good, or is another's, ends the start: a wrong bucket must
// not look like an empty vault. One that only does not answer does not: cameras are
// recorded into the spool until it does.
func (d *daemon) openStore(ctx context.Context) error {
	claim := func(ctx context.Context, s store.Store) error {
		return vault.Claim(ctx, d.index, s, d.Config.Site.Name)
	}
	host := d.Config.Storage
	if host == nil {
		s, err := openBare(ctx, d.Config)
		if err != nil {
			return err
		}
		d.store = s
		return refusal(claim(ctx, s))
	}
	remote := &remoteStore{
		name: fmt.Sprintf("bucket %s at %s", host.Bucket, host.Endpoint), now: d.Now,
		open: func(ctx context.Context) (store.Store, error) {
			s, err := openBare(ctx, d.Config)
			if err == nil {
				err = claim(ctx, s)
			}
			if err != nil {
				return nil, err
			}
			return s, nil
		},
	}
	d.store = remote
	_, err := remote.get(ctx)
	switch {
	case err == nil || ctx.Err() != nil: // or asked to stop already
	case errors.Is(err, store.ErrConfig), errors.Is(err, vault.ErrForeign):
		return refusal(err)
	default:
		d.Log.Warn("the store does not answer, footage waits in the spool", "store", remote, "error", err)
	}
	return nil
}

// openBare opens the configured store, whosever it is.
func openBare(ctx context.Context, c *configs.Config) (store.Store, error) {
	host := c.Storage
	if host == nil {
		return dir.Open(storePath(c))
	}
	return s3.Open(ctx, s3.Options{
		Endpoint: host.Endpoint, Bucket: host.Bucket, Region: host.Region,
		CA: host.CA, CAFile: host.CAFile, Addressing: s3.Addressing(host.Addressing),
		AccessKey: host.AccessKey, SecretKey: host.SecretKey.Reveal(),
	})
}

// storePath is where the store is when none is configured.
func storePath(c *configs.Config) string { return filepath.Join(c.DataDir, "store") }

// refusal gives a store that is another's its exit code.
func refusal(err error) error {
	if errors.Is(err, vault.ErrForeign) {
		return failure{exit: exitRefused, code: "foreign-store", text: err.Error()}
	}
	return err
}

// remoteStore is a store that is opened when it is first needed, and asked again
// as long as it could not be: the appliance may start before the object store.
// Until it is open, and found to be ours, nothing goes in or out.
type remoteStore struct {
	name string
	now  func() time.Time
	open func(context.Context) (store.Store, error)

	mu    sync.Mutex
	s     store.Store // nil until it has been opened
	err   error       // of the last try
	since time.Time   // of the first try that failed
	again time.Time   // not before
}

func (r *remoteStore) get(ctx context.Context) (store.Store, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.s != nil {
		return r.s, nil
	}
	if r.err != nil && time.Now().Before(r.again) {
		return nil, r.err
	}
	limited, cancel := context.WithTimeout(ctx, askStore)
	defer cancel()
	s, err := r.open(limited)
	if ctx.Err() != nil { // the caller's end says nothing about the store
		return nil, ctx.Err()
	}
	if err != nil && r.err == nil {
		r.since = r.now()
	}
	r.s, r.err, r.again = s, err, time.Now().Add(askAgain)
	return s, err
}

// alarm stands as long as the store could not be opened.
func (r *remoteStore) alarm() []footage.Alarm {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		return nil
	}
	return []footage.Alarm{{Code: footage.AlarmStore, Since: footage.At(r.since), Detail: r.err.Error()}}
}

func (r *remoteStore) Put(ctx context.Context, key string, o store.Object) error {
	s, err := r.get(ctx)
	if err != nil {
		return err
	}
	return s.Put(ctx, key, o)
}

func (r *remoteStore) Get(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	s, err := r.get(ctx)
	if err != nil {
		return nil, err
	}
	return s.Get(ctx, key, offset, length)
}

func (r *remoteStore) Stat(ctx context.Context, key string) (store.Info, error) {
	s, err := r.get(ctx)
	if err != nil {
		return store.Info{}, err
	}
	return s.Stat(ctx, key)
}

func (r *remoteStore) Delete(ctx context.Context, key string) error {
	s, err := r.get(ctx)
	if err != nil {
		return err
	}
	return s.Delete(ctx, key)
}

func (r *remoteStore) Absent(ctx context.Context, key string) (bool, error) {
	s, err := r.get(ctx)
	if err != nil {
		return false, err
	}
	return s.Absent(ctx, key)
}

func (r *remoteStore) List(ctx context.Context, prefix string) iter.Seq2[store.Info, error] {
	s, err := r.get(ctx)
	if err != nil {
		return func(yield func(store.Info, error) bool) { yield(store.Info{}, err) }
	}
	return s.List(ctx, prefix)
}

// Date implements store.Dated, if the store does.
func (r *remoteStore) Date(ctx context.Context) (at time.Time, took time.Duration, err error) {
	s, err := r.get(ctx)
	if err != nil {
		return at, took, err
	}
	dated, is := s.(store.Dated)
	if !is {
		return at, took, errors.New("the store has no clock of its own")
	}
	return dated.Date(ctx)
}

func (r *remoteStore) Kind() string   { return "s3" }
func (r *remoteStore) String() string { return r.name }
