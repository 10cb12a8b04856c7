package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/sjudager/sjudager/configs"
	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/durable"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/store"
	"github.com/sjudager/sjudager/web"
)

func restore(ctx context.Context, c console, o *options) error {
	identity, replace := o.String("identity", "", ""), o.Bool("replace", false, "")
	cl, args, err := o.connect("BACKUP")
	if err != nil {
		return err
	}
	if err := o.require("identity"); err != nil {
		return err
	}
	identities, err := os.ReadFile(*identity)
	if err != nil {
		return fmt.Errorf("couldn't read the identity: %w", err)
	}
	ctx, end := untilSignal(ctx, c.err)
	defer end()
	checked, err := restoreIndex(ctx, c, cl.configuration, args[0], identities, *replace)
	if err != nil {
		return err
	}
	return c.printChecked(o, checked)
}

// restoreIndex puts the index of a backup in the place of that which is lost, and
// brings it into line with what has happened since: holds that were placed, ended,
// footage that came and that went.
func restoreIndex(ctx context.Context, c console, config *configs.Config, name string, identities []byte, replace bool) (web.Checked, error) {
	if err := os.MkdirAll(config.DataDir, 0o700); err != nil {
		return web.Checked{}, fmt.Errorf("couldn't make data_dir: %w", err)
	}
	if err := replaceable(c, config, replace); err != nil {
		return web.Checked{}, err
	}
	sealed, err := fetch(ctx, config, name)
	if err != nil {
		return web.Checked{}, fmt.Errorf("couldn't open the backup: %w", err)
	}
	defer sealed.Close()
	b, err := openBackup(sealed, identities, config.DataDir)
	if b.index != "" {
		defer os.Remove(b.index) // when it has not been moved into its place
		defer os.RemoveAll(b.pictures)
	}
	if err != nil {
		return web.Checked{}, err
	}
	if _, err := openOwn(ctx, config, b.Vault, fmt.Sprintf("the backup is of %q", b.Site)); err != nil {
		return web.Checked{}, err
	}
	// Before the index that names them.
	if err := putPictures(b.pictures, picturesPath(config)); err != nil {
		return web.Checked{}, err
	}
	place := indexPath(config)
	aside := place + ".replaced-" + footage.At(c.now()).Compact()
	if err := os.Rename(place, aside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return web.Checked{}, fmt.Errorf("couldn't move the old index aside: %w", err)
	}
	if err := errors.Join(os.Rename(b.index, place), new(durable.Disk).SyncDir(config.DataDir)); err != nil {
		return web.Checked{}, fmt.Errorf("couldn't put the index into its place: %w", err)
	}
	d, closeIndex, err := offline(ctx, c, config)
	if err != nil {
		return web.Checked{}, err
	}
	if err := d.append(ledger.Entry{Kind: ledger.Restored, Fields: ledger.Fields{"since": b.Made, "how": "backup"}}); err != nil {
		return web.Checked{}, errors.Join(err, closeIndex())
	}
	checked, err := d.reconcile(ctx, checkOptions{CheckRequest: web.CheckRequest{Repair: true}}, since{at: b.Made, restored: true}, nil)
	return checked, errors.Join(err, closeIndex())
}

// replaceable returns an error when there is an index in use, or one that knows
// something and is not to be replaced.
func replaceable(c console, config *configs.Config, replace bool) error {
	if _, err := os.Stat(indexPath(config)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	db, err := index.OpenReadOnly(indexPath(config), c.now)
	switch {
	case errors.Is(err, index.ErrInUse):
		return failure{exit: exitRefused, code: "in-use", text: "sjudager is running on " + config.DataDir, hint: "stop it first"}
	case err != nil: // it cannot be read: it is moved aside
		return nil
	}
	known := false
	err = db.View(func(tx *index.Tx) error {
		id, err := vault.ID(tx)
		known = id != "" || len(vault.Cameras(tx)) > 0
		return err
	})
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	if known && !replace {
		return failure{exit: exitRefused, code: "index-lives", text: config.DataDir + " has an index that is not lost",
			hint: "sjudager check compares it with the store; with --replace it is moved aside"}
	}
	return nil
}

// openOwn opens the store and returns an error when it says that it is of another vault
// than id. what is said of id's owner.
func openOwn(ctx context.Context, config *configs.Config, id, what string) (store.Store, error) {
	s, err := openBare(ctx, config)
	if err != nil {
		return nil, err
	}
	m, found, err := vault.ReadMarker(ctx, s)
	if err != nil {
		return nil, refusal(err)
	}
	if found && id != "" && m.Vault != id {
		return nil, failure{exit: exitRefused, code: "foreign-store", text: fmt.Sprintf("%s, and %s holds other footage, of %q", what, s, m.Site),
			hint: "correct storage, or take the right backup"}
	}
	return s, nil
}
