package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/sjudager/sjudager/configs"
	"github.com/sjudager/sjudager/vault/store"
	"github.com/sjudager/sjudager/vault/store/dir"
	"github.com/sjudager/sjudager/vault/store/s3"
)

// askStore is how long a start waits for an object store that does not answer.
const askStore = 10 * time.Second

// openStore opens the configured store. A store that refuses us for good ends the
// start: a wrong bucket must not look like an empty vault. One that only does not
// answer does not: cameras are recorded into the spool until it does.
func openStore(ctx context.Context, c *configs.Config, log *slog.Logger) (store.Store, error) {
	if c.Storage == nil {
		return dir.Open(filepath.Join(c.DataDir, "store"))
	}
	host := *c.Storage
	remote := &remoteStore{
		name: fmt.Sprintf("bucket %s at %s", host.Bucket, host.Endpoint),
		open: func(ctx context.Context) (store.Store, error) {
			s, err := s3.Open(ctx, s3.Options{
				Endpoint: host.Endpoint, Bucket: host.Bucket, Region: host.Region,
				AccessKey: host.AccessKey, SecretKey: host.SecretKey.Reveal(),
			})
			if err != nil {
				return nil, err
			}
			return s, nil
		},
	}
	asked, cancel := context.WithTimeout(ctx, askStore)
	defer cancel()
	_, err := remote.get(asked)
	switch {
	case err == nil || ctx.Err() != nil: // or asked to stop already
	case errors.Is(err, store.ErrConfig):
		return nil, err
	default:
		log.Warn("the store does not answer, footage waits in the spool", "store", remote, "error", err)
	}
	return remote, nil
}

// remoteStore is a store that is opened when it is first needed, and asked again
// as long as it could not be: the appliance may start before the object store.
type remoteStore struct {
	name string
	open func(context.Context) (store.Store, error)

	mu sync.Mutex
	s  store.Store // nil until it has been opened
}

func (r *remoteStore) get(ctx context.Context) (store.Store, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.s == nil {
		s, err := r.open(ctx)
		if err != nil {
			return nil, err
		}
		r.s = s
	}
	return r.s, nil
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

func (r *remoteStore) Kind() string   { return "s3" }
func (r *remoteStore) String() string { return r.name }
