package main

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/seal"
	"github.com/sjudager/sjudager/vault/spool"
	"github.com/sjudager/sjudager/vault/store/dir"
)

// kept is how long runKeep keeps footage: three segments, so that what a measurement
// deletes is what it records. With two, a camera's hour would be empty whenever a segment
// goes, and its key destroyed and another made for each, which seven days never see.
const kept = 3 * segment

// storeFolder is where rooms put objects; measurements leave it to the vault.
const storeFolder = "store"

// rooms are the vault and the holds over a directory store, as serve joins them.
type rooms struct {
	index   *index.DB
	store   *dir.Store
	spool   *spool.Spool
	vault   *vault.Vault
	sweeper *holds.Sweeper
}

func openRooms(folder string, keep time.Duration, now func() time.Time, log *slog.Logger) (r rooms, err error) {
	if r.spool, err = spool.Open(filepath.Join(folder, "spool")); err != nil {
		return r, err
	}
	if r.store, err = dir.Open(filepath.Join(folder, storeFolder)); err != nil {
		return r, err
	}
	if r.index, err = index.Open(filepath.Join(folder, "index.db"), now); err != nil {
		return r, err
	}
	keys, err := seal.Open(filepath.Join(folder, "keys"), "", true)
	if err != nil {
		return r, err
	}
	h := holds.New(holds.Options{
		Index: r.index, Policy: holds.Policy{Keep: keep, Hold: holds.MaxHold, Zone: time.UTC},
		Cameras: func() []footage.CameraID { return nil },
		Pending: func(c footage.CameraID, s footage.Span) ([]footage.Span, error) { return r.vault.Pending(c, s) },
		Log:     log,
	})
	r.vault = vault.New(vault.Options{
		Index: r.index, Store: r.store, Spool: r.spool, Keys: keys, Site: "bench", SpoolLimit: func() int64 { return 1 << 40 },
		Terms: h.Terms, Now: now, Log: log,
	})
	r.sweeper = &holds.Sweeper{Index: r.index, Vault: r.vault, Holds: h, Now: now, Log: log}
	return r, nil
}

// runKeep is the whole way: the recorder into the spool, the vault from there into
// its store, and the sweeper out of it.
func runKeep(ctx context.Context, folder, list, transport string) (err error) {
	r, err := openRooms(folder, kept, time.Now, warnings)
	if err != nil {
		return err
	}
	var running sync.WaitGroup
	defer func() { running.Wait(); err = errors.Join(err, r.index.Close()) }()
	running.Go(func() {
		if err := r.vault.Run(ctx); err != nil {
			warnings.Error("the vault has ended", "error", err)
		}
	})
	running.Go(func() { r.sweeper.Run(ctx) })
	return record(ctx, r.spool, list, transport)
}
