package main

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sjudager/sjudager/configs"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/seal"
	"github.com/sjudager/sjudager/web"
	"github.com/sjudager/sjudager/web/signage"
)

// A backup is an age file to the operator's recipient with a tar file in it, of
// aboutName, configName and indexName in this order, and the pictures of the signs below
// picturePrefix. It has no key of the footage: a copy of those would undo deletion (R9).
const (
	aboutName  = "backup.json"
	configName = "sjudager.yaml"
	indexName  = "index.db"

	picturePrefix = "signs/" // also where they lie in data_dir

	backupFormat = 1
	backupPrefix = "sjudager-"
	backupExt    = ".tar.age"
	backupFolder = "backup/" // in the bucket
)

// aboutBackup is what a backup says about itself.
type aboutBackup struct {
	Format  int             `json:"format"`
	Site    string          `json:"site"`
	Vault   string          `json:"vault"` // its id; "" before it had a store
	Made    footage.Instant `json:"made"`
	Version string          `json:"version"` // of the program
}

// writeBackup writes a backup of the index as it is now to w. Everything else goes on
// meanwhile.
func (d *daemon) writeBackup(w io.Writer) error {
	c := d.inForce()
	if c.Backup == nil {
		return web.ErrNoBackup
	}
	file, err := os.ReadFile(d.File)
	if err != nil {
		return fmt.Errorf("couldn't read the configuration: %w", err)
	}
	about := aboutBackup{Format: backupFormat, Site: c.Site.Name, Version: thisBuild().Version}
	if err := d.index.View(func(tx *index.Tx) (err error) {
		about.Made = tx.Now
		about.Vault, err = vault.ID(tx)
		return err
	}); err != nil {
		return fmt.Errorf("couldn't read the index: %w", err)
	}
	text, err := json.MarshalIndent(about, "", "  ")
	if err != nil {
		return fmt.Errorf("couldn't describe the backup: %w", err)
	}
	sealed, err := seal.Encrypt(w, c.Backup.Recipient)
	if err != nil {
		return fmt.Errorf("couldn't encrypt the backup: %w", err)
	}
	archive := tar.NewWriter(sealed)
	add := func(name string, size int64, write func(io.Writer) error) error {
		if err := archive.WriteHeader(&tar.Header{Name: name, Size: size, Mode: 0o600, ModTime: about.Made.Time().Truncate(time.Second)}); err != nil {
			return err
		}
		return write(archive)
	}
	bytesOf := func(b []byte) (int64, func(io.Writer) error) {
		return int64(len(b)), func(w io.Writer) error { _, err := w.Write(b); return err }
	}
	size, write := bytesOf(text)
	err = add(aboutName, size, write)
	if err == nil {
		size, write = bytesOf(file)
		err = add(configName, size, write)
	}
	if err == nil {
		err = d.index.Snapshot(func(size int64, write func(io.Writer) error) error { return add(indexName, size, write) })
	}
	var pictures []string // those that the index names, and perhaps more: none goes that it names
	if err == nil {
		pictures, err = signage.Pictures(picturesPath(c))
	}
	for _, name := range pictures {
		var picture []byte
		if picture, err = os.ReadFile(filepath.Join(picturesPath(c), name)); errors.Is(err, fs.ErrNotExist) {
			err = nil // no record has come to name it
			continue
		}
		if err == nil {
			size, write = bytesOf(picture)
			err = add(picturePrefix+name, size, write)
		}
		if err != nil {
			break
		}
	}
	if err == nil {
		err = errors.Join(archive.Close(), sealed.Close())
	}
	if err != nil {
		return fmt.Errorf("couldn't write the backup: %w", err)
	}
	return nil
}

// picturesPath is where the pictures of the signs lie.
func picturesPath(c *configs.Config) string { return filepath.Join(c.DataDir, picturePrefix) }

// keepBackup makes a scheduled backup, removes the oldest ones, and says where it is.
func (d *daemon) keepBackup(ctx context.Context) (string, error) {
	b := d.inForce().Backup
	if b == nil {
		return "", web.ErrNoBackup
	}
	s := d.shelf(b)
	name := backupPrefix + footage.At(d.Now()).Compact() + backupExt
	if err := s.put(ctx, name, d.writeBackup); err != nil {
		return "", fmt.Errorf("couldn't put a backup into %s: %w", s, err)
	}
	d.Log.Info("backup made", "name", name, "place", s.String())
	all, err := backups(ctx, s)
	if err == nil {
		err = prune(ctx, s, all, b.Keep)
	}
	return filepath.Join(s.String(), name), err
}

const (
	backupLook  = time.Minute      // between looks at the clock and the configuration
	backupAgain = 10 * time.Minute // after a failure
)

// backUp makes the scheduled backups until ctx ends.
func (d *daemon) backUp(ctx context.Context) {
	for ctx.Err() == nil {
		wait := backupLook
		if err := d.backUpStep(ctx); err != nil && ctx.Err() == nil {
			d.Log.Error("backup failed", "error", err)
			wait = backupAgain
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
		timer.Stop()
	}
}

// backUpStep makes a backup if the newest is old enough.
func (d *daemon) backUpStep(ctx context.Context) error {
	b := d.inForce().Backup
	if b == nil {
		d.backupAlarm.Store(nil)
		return nil
	}
	all, err := backups(ctx, d.shelf(b))
	if err == nil && recent(all, d.Now(), time.Duration(b.Every)) {
		err = prune(ctx, d.shelf(b), all, b.Keep) // what an earlier one has failed to
	} else if err == nil {
		_, err = d.keepBackup(ctx)
	}
	if err != nil && ctx.Err() == nil {
		a := footage.Alarm{Code: footage.AlarmBackup, Since: footage.At(d.Now()), Detail: err.Error()}
		if was := d.backupAlarm.Load(); was != nil {
			a.Since = was.Since
		}
		d.backupAlarm.Store(&a)
		return err
	}
	d.backupAlarm.Store(nil)
	return nil
}

// recent reports whether the newest backup is not old enough for another. One from the
// future, after the clock was wrong, does not count.
func recent(all []kept, now time.Time, every time.Duration) bool {
	there := visible(all)
	return len(there) > 0 && now.Sub(there[len(there)-1].Made.Time()).Abs() < every
}

func backup(ctx context.Context, c console, o *options) error {
	out, list := o.String("out", "", ""), o.Bool("list", false, "")
	cl, _, err := o.connect()
	if err != nil {
		return err
	}
	if cl.configuration.Backup == nil {
		return failure{exit: exitRefused, code: string(web.CodeRefused), text: web.ErrNoBackup.Error(), hint: "a backup is encrypted to your own age key: add backup: {recipient: age1...} to the configuration"}
	}
	ctx, end := untilSignal(ctx, c.err)
	defer end()
	if *list {
		return cl.listBackups(ctx, c, o)
	}
	answer := web.Backup{Made: *out}
	if *out == "" {
		err = cl.post(ctx, "backup", nil, &answer)
	} else {
		err = cl.download(ctx, "backup", *out)
	}
	if f, ok := errors.AsType[failure](err); ok && f.code == "not-running" {
		answer.Made, err = cl.backupOffline(ctx, c, *out)
	}
	if err != nil {
		return err
	}
	if o.json {
		c.json(answer)
	} else {
		fmt.Fprintln(c.out, answer.Made)
	}
	return nil
}

// listBackups prints what is on the shelf, whether the program runs or not.
func (c *client) listBackups(ctx context.Context, con console, o *options) error {
	s, err := openShelf(ctx, c.configuration)
	if err != nil {
		return err
	}
	all, err := backups(ctx, s)
	if err != nil {
		return err
	}
	all = visible(all)
	if o.json {
		con.json(struct {
			Place   string `json:"place"`
			Backups []kept `json:"backups"`
		}{s.String(), append([]kept{}, all...)})
	}
	if len(all) == 0 {
		return failure{exit: exitNothing, code: "no-backup", text: "there is no backup in " + s.String(), answered: true}
	}
	for _, k := range all {
		if !o.json {
			fmt.Fprintf(con.out, "%s  %s  %s\n", clock{c.zone}.at(k.Made), size(k.Bytes), k.Name)
		}
	}
	return nil
}

// backupOffline makes a backup where no program runs.
func (c *client) backupOffline(ctx context.Context, con console, out string) (made string, err error) {
	d := newOffline(con, c.configuration)
	d.File = c.config
	if d.index, err = index.OpenReadOnly(indexPath(c.configuration), con.now); err != nil {
		return "", fmt.Errorf("no sjudager is running, and its index cannot be read either: %w", err)
	}
	defer func() { err = errors.Join(err, d.index.Close()) }()
	if out != "" {
		return out, writeFile(out, d.writeBackup)
	}
	if c.configuration.Backup.Dir == "" {
		var id string
		if err := d.index.View(func(tx *index.Tx) error { id, err = vault.ID(tx); return err }); err != nil {
			return "", err
		}
		if d.store, err = openOwn(ctx, c.configuration, id, "the index is of another vault"); err != nil {
			return "", err
		}
	}
	return d.keepBackup(ctx)
}

// download puts what path below /api/v1/ answers into a file.
func (c *client) download(ctx context.Context, path, out string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://localhost/api/v1/"+path, nil)
	if err != nil {
		return fmt.Errorf("couldn't make the request: %w", err)
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return c.unreachable(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return answered(resp)
	}
	return writeFile(out, func(w io.Writer) error { _, err := io.Copy(w, resp.Body); return err })
}

// opened is a backup that has been decrypted into a folder.
type opened struct {
	aboutBackup
	config []byte
	index  string // its file

	pictures string // the folder of the pictures
}

// openBackup decrypts a backup; the index becomes a file in folder, and the pictures files
// in a folder in it.
func openBackup(sealed io.Reader, identities []byte, folder string) (b opened, err error) {
	plain, err := seal.Decrypt(sealed, identities)
	if err != nil {
		return b, fmt.Errorf("couldn't open the backup: %w", err)
	}
	archive := tar.NewReader(plain)
	next := func(name string) error {
		h, err := archive.Next()
		if err == nil && h.Name != name {
			err = fmt.Errorf("it has %q where %q belongs", h.Name, name)
		}
		return err
	}
	var about bytes.Buffer
	const maxText = 4 << 20
	err = next(aboutName)
	if err == nil {
		if _, err = io.Copy(&about, io.LimitReader(archive, maxText)); err == nil {
			err = json.Unmarshal(about.Bytes(), &b.aboutBackup)
		}
	}
	if err == nil && b.Format != backupFormat {
		err = fmt.Errorf("its format is %d, and this program knows %d", b.Format, backupFormat)
	}
	if err == nil {
		if err = next(configName); err == nil {
			b.config, err = io.ReadAll(io.LimitReader(archive, maxText))
		}
	}
	if err == nil {
		if err = next(indexName); err == nil {
			b.index, b.pictures = filepath.Join(folder, ".index.db.restored"), filepath.Join(folder, ".signs.restored")
			err = writeFile(b.index, func(w io.Writer) error {
				if _, err := io.Copy(w, archive); err != nil {
					return err
				}
				if err := openPictures(archive, b.pictures); err != nil {
					return err
				}
				_, err := io.Copy(io.Discard, plain) // age knows only at its end that it is whole
				return err
			})
		}
	}
	if err != nil {
		return b, errors.Join(fmt.Errorf("couldn't read the backup: %w", err), os.RemoveAll(b.pictures))
	}
	return b, nil
}

// openPictures writes the pictures that follow in a backup into a folder, each under its
// own SHA-256. Backups of earlier versions have none.
func openPictures(archive *tar.Reader, folder string) error {
	for {
		h, err := archive.Next()
		if err == io.EOF {
			return nil
		}
		if err == nil && !strings.HasPrefix(h.Name, picturePrefix) {
			err = fmt.Errorf("it has %q where a picture belongs", h.Name)
		}
		var file []byte
		if err == nil {
			file, err = io.ReadAll(io.LimitReader(archive, signage.MaxUpload))
		}
		if err == nil {
			err = signage.KeepPicture(folder, file)
		}
		if err != nil {
			return err
		}
	}
}

// putPictures moves the pictures of a backup to the others.
func putPictures(from, to string) error {
	names, err := signage.Pictures(from)
	for _, name := range names {
		var file []byte
		if file, err = os.ReadFile(filepath.Join(from, name)); err == nil {
			err = signage.KeepPicture(to, file)
		}
		if err != nil {
			return fmt.Errorf("couldn't restore a picture: %w", err)
		}
	}
	return err
}
