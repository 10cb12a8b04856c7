package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/sjudager/sjudager/configs"
	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/seal"
	"github.com/sjudager/sjudager/vault/spool"
	"github.com/sjudager/sjudager/vault/store"
	"github.com/sjudager/sjudager/vault/store/dir"
	"github.com/sjudager/sjudager/web"
)

// offline opens what lies in the folder of a program that does not run. Nothing runs
// in it, and the store has not been asked whose it is.
func offline(ctx context.Context, c console, config *configs.Config) (d *daemon, closeIndex func() error, err error) {
	d = newOffline(c, config)
	if err := d.openIndex(); err != nil {
		return d, closeIndex, err
	}
	closeIndex = d.index.Close
	defer func() {
		if err != nil {
			err = errors.Join(err, closeIndex())
		}
	}()
	if err := d.openKeys(); err != nil {
		return d, closeIndex, err
	}
	if d.spool, err = spool.Open(filepath.Join(config.DataDir, "spool")); err != nil {
		return d, closeIndex, err
	}
	if d.store, err = openBare(ctx, config); err != nil {
		return d, closeIndex, err
	}
	d.join(nil) // nothing is signed
	return d, closeIndex, nil
}

// lookedAt is offline for what only looks: nothing is made, mended or cleaned up.
func lookedAt(ctx context.Context, c console, config *configs.Config) (d *daemon, closeIndex func() error, err error) {
	d = newOffline(c, config)
	if d.index, err = index.OpenReadOnly(indexPath(config), c.now); err != nil {
		return d, closeIndex, inUse(config, err)
	}
	closeIndex = d.index.Close
	defer func() {
		if err != nil {
			err = errors.Join(err, closeIndex())
		}
	}()
	if d.keys, err = seal.OpenReadOnly(filepath.Join(config.DataDir, "keys"), os.Getenv("CREDENTIALS_DIRECTORY")); err != nil {
		return d, closeIndex, err
	}
	d.spool = spool.OpenReadOnly(filepath.Join(config.DataDir, "spool"))
	if d.store, err = openToLook(ctx, config); err != nil {
		return d, closeIndex, err
	}
	d.join(nil)
	return d, closeIndex, nil
}

func newOffline(c console, config *configs.Config) *daemon {
	return newDaemon(daemonOptions{Config: config, Now: c.now, Log: slog.New(slog.DiscardHandler)})
}

// openToLook is openBare for what changes nothing in the store.
func openToLook(ctx context.Context, config *configs.Config) (store.Store, error) {
	if config.Storage != nil {
		return openBare(ctx, config)
	}
	s, err := dir.OpenReadOnly(storePath(config))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, failure{exit: exitInvalid, code: "no-store", text: "there is no store in " + storePath(config),
			hint: "mount its disk; if it has been emptied, sjudager check --repair --emptied writes what it had down as lost; correct data_dir if this is another place"}
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// nothingThere returns nil when there is something to check although the index is
// missing: a store with footage.
func nothingThere(ctx context.Context, config *configs.Config) error {
	s, err := openToLook(ctx, config)
	if f, is := errors.AsType[failure](err); is && f.code == "no-store" {
		err = nil
	}
	if err != nil {
		return err
	}
	if s != nil {
		if has, err := vault.HasFootage(ctx, s); err != nil || has {
			return refusal(err)
		}
	}
	return failure{exit: exitNothing, code: "nothing-there", text: fmt.Sprintf("there is nothing of sjudager in %s: no index, and no footage in its store", config.DataDir),
		hint: "correct data_dir or storage if it lies elsewhere; sjudager serve begins anew here"}
}

func indexPath(config *configs.Config) string { return filepath.Join(config.DataDir, "index.db") }

// checkOptions is how the index, the store and the rest are brought into line.
type checkOptions struct {
	web.CheckRequest
	// ExpireUnheld: when the index and every copy of the holds are lost, what is older
	// than what is kept without a hold goes at once.
	ExpireUnheld bool
	// Emptied: the store is the right one, and its footage is gone.
	Emptied bool
}

// checkOffline checks, and with Repair mends, what no program runs on. What it leaves
// to be deleted, the next start deletes.
func checkOffline(ctx context.Context, c console, config *configs.Config, o checkOptions, progress func(vault.Progress)) (answer web.Checked, err error) {
	if _, err := os.Stat(indexPath(config)); errors.Is(err, fs.ErrNotExist) {
		if err := nothingThere(ctx, config); err != nil {
			return answer, err
		}
		if !o.Repair {
			return answer, failure{exit: exitInvalid, code: "no-index", text: "there is no index in " + config.DataDir + ", and its store has footage",
				hint: "sjudager check --repair makes one from the store; sjudager restore takes one from a backup; correct data_dir or storage if this is another's store"}
		}
	} else if err != nil {
		return answer, fmt.Errorf("couldn't look for the index: %w", err)
	}
	open := lookedAt
	if o.Repair {
		open = offline
	}
	d, closeIndex, err := open(ctx, c, config)
	if err != nil {
		return answer, err
	}
	defer func() { err = errors.Join(err, closeIndex()) }()
	lost, err := vault.IndexLost(ctx, d.index, d.store)
	if err != nil {
		return answer, refusal(err)
	}
	if lost && !o.Repair {
		return answer, failure{exit: exitInvalid, code: "no-index", text: fmt.Sprintf("the index is empty, and %s has footage", d.store),
			hint: "sjudager check --repair makes the index from the store; sjudager restore takes one from a backup; correct storage or data_dir if this is another's store"}
	}
	return d.reconcile(ctx, o, since{lost: lost, at: footage.At(c.now())}, progress)
}

// since is where the index comes from.
type since struct {
	lost     bool // it is new
	restored bool // it is from a backup
	at       footage.Instant
}

// reconcile brings everything into line: the index takes over what the store and the
// copies of the holds know better.
func (d *daemon) reconcile(ctx context.Context, o checkOptions, from since, progress func(vault.Progress)) (web.Checked, error) {
	var notes []string
	overwrite := true // the copies of the holds
	note := func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }
	claim := func() error { return refusal(vault.Claim(ctx, d.index, d.store, d.Config.Site.Name)) }
	switch {
	case from.lost:
		m, found, err := vault.TakeOver(ctx, d.index, d.store)
		if err != nil {
			return web.Checked{}, refusal(err)
		}
		if found {
			note("the index was lost; it is made anew from %s, which has the footage of %q since %s", d.store, m.Site, m.Created)
		} else {
			note("the index was lost; it is made anew from %s", d.store)
		}
		note("gaps and ended holds of before are not known any more")
		if err := d.append(ledger.Entry{Kind: ledger.Restored, Fields: ledger.Fields{"how": "store"}}); err != nil {
			return web.Checked{}, err
		}
	case o.Repair:
		if from.restored {
			note("the index is from the backup of %s; gaps since then are not known any more", from.at)
		}
		err := claim()
		if err != nil && o.Emptied {
			err = refusal(vault.Accept(ctx, d.index, d.store, d.Config.Site.Name))
		}
		if err != nil {
			return web.Checked{}, err
		}
	}
	if o.Repair {
		done, err := d.holds.Reconcile(ctx)
		if err != nil {
			return web.Checked{}, err
		}
		for _, number := range done.Revived {
			note("the hold %s is in force", number)
		}
		for _, number := range done.Ended {
			note("the hold %s has ended", number)
		}
		for _, fault := range done.Faults {
			note("%v", fault)
			// One that another master key has sealed tells nobody anything any more.
			overwrite = overwrite && from.lost && errors.Is(fault, seal.ErrNoKey)
		}
		if (from.lost || from.restored) && done.Copies == 0 {
			if err := d.holdUnknown(ctx, from.at, o.ExpireUnheld, note); err != nil {
				return web.Checked{}, err
			}
		}
		if err := d.holds.SetPolicy(policy(d.Config)); err != nil {
			return web.Checked{}, err
		}
	}
	checked, err := d.vault.Check(ctx, vault.CheckOptions{Deep: o.Deep, Repair: o.Repair, Progress: progress})
	if err == nil && o.Repair {
		if err = claim(); err == nil && overwrite {
			err = d.holds.WriteCopies(ctx, d.holds.Near, d.holds.Far)
		}
	}
	return web.NewChecked(checked, notes...), err
}

// holdUnknown decides about what holds may have kept when nobody knows the holds. A
// key does not tell: an hour that was held as a whole has its ordinary key, as one has
// that is overdue because the program did not run.
func (d *daemon) holdUnknown(ctx context.Context, at footage.Instant, expire bool, note func(string, ...any)) error {
	note("no copy of the holds is left: it is not known what was held; place the holds that you know of again")
	if expire {
		note("what is past its days goes with the next start, as --expire-unheld says")
		return nil
	}
	cameras, oldest, err := vault.Named(ctx, d.store)
	if err != nil {
		return err
	}
	if oldest == 0 {
		return nil
	}
	number, err := d.holds.HoldUnknown(cameras, oldest, at)
	if err == nil && number != "" {
		note("what is past its days may have been held, so it is kept by the hold %s; close that when you know", number)
	}
	return err
}
