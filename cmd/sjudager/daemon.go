package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sjudager/sjudager/configs"
	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/handover"
	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/holds/release"
	"github.com/sjudager/sjudager/holds/statement"
	"github.com/sjudager/sjudager/recorder"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/seal"
	"github.com/sjudager/sjudager/vault/spool"
	"github.com/sjudager/sjudager/vault/store"
	"github.com/sjudager/sjudager/web"
	"github.com/sjudager/sjudager/web/account"
	"github.com/sjudager/sjudager/web/signage"
)

const (
	// sweepAtStart is how long the pages wait at most for deletions at the start.
	// What is due is unreadable before that; a store that is away must not keep
	// the pages, which would say so, from opening.
	sweepAtStart = 2 * time.Minute
	// ingestAtStop is how long the last pass into the vault may take. What it does
	// not manage waits in the spool for the next start.
	ingestAtStop = 10 * time.Second
)

// daemonOptions is what runDaemon needs.
type daemonOptions struct {
	File   string          // of the configuration, which is followed
	Config *configs.Config // from File
	Now    func() time.Time
	Log    *slog.Logger
	Ready  func(address string) // called when the pages are open, with their URL

	// People makes the first accounts; nil: a link for the first administrator is
	// logged while nobody can sign in.
	People func(*account.Accounts) error
	// Signs fills the sign register before the gate is looked at; nil: people do.
	Signs func(*signage.Signs) error
}

// daemon is the running program: the rooms, joined.
type daemon struct {
	daemonOptions
	started time.Time

	clock       *holds.Clock
	index       *index.DB
	store       store.Store
	spool       *spool.Spool
	keys        *seal.Keys
	vault       *vault.Vault
	holds       *holds.Holds
	sweeper     *holds.Sweeper
	notary      *ledger.Notary
	statements  *statement.Maker
	releases    *release.Log
	signs       *signage.Signs
	packageKeys *handover.Keyring
	encoder     string // path of ffmpeg; "" when it is not installed
	recorder    *recorder.Recorder
	accounts    *account.Accounts
	cert        *certificate // nil: http
	web         *web.Server

	backupAlarm atomic.Pointer[footage.Alarm]

	register chan struct{} // has one when the sign register was changed
	gating   sync.Mutex    // so that the cameras are those of one configuration and its record in the register

	mu     sync.Mutex
	config *configs.Config // mu: in force
	alarm  footage.Alarm   // mu: about the configuration; no code when there is none
}

// runDaemon records, keeps, deletes and shows until ctx ends or something fails
// that cannot be gone on without, and stops in order. The order of both is in the
// package's comment.
func runDaemon(ctx context.Context, o daemonOptions) (err error) {
	d := newDaemon(o)
	if err := d.openIndex(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.index.Close()) }()
	key, err := ledger.OpenKey(filepath.Join(o.Config.DataDir, "keys"), o.Config.Site.Name)
	if err != nil {
		return err
	}
	page, socket, err := d.listen()
	if err != nil {
		return err
	}
	defer socket.Close() // after a start that failed; else it is closed already
	defer page.Close()
	notice, err := d.listenNotice()
	if err != nil {
		return err
	}
	if notice != nil {
		defer notice.Close()
	}
	if err := d.openKeys(); err != nil {
		return err
	}
	if err := d.openSpool(); err != nil {
		return err
	}
	if err := d.signs.Observe(announced(o.Config)); err != nil {
		return err
	}
	if o.Signs != nil {
		if err := o.Signs(d.signs); err != nil {
			return err
		}
	}
	d.recorder = recorder.New(recorder.Options{
		Spool: d.spool, Site: o.Config.Site.Name, Segment: time.Duration(o.Config.Recorder.Segment),
		SpoolLimit: int64(o.Config.Recorder.SpoolLimit), Now: o.Now, Offset: d.clock.Offset, Log: o.Log,
	})
	closeRecorder := sync.OnceFunc(d.recorder.Close)
	defer closeRecorder()
	if err := d.applyCameras(); err != nil {
		return err
	}
	if err := d.openStore(ctx); err != nil {
		return err
	}
	if d.cert, err = openCertificate(o.Config, o.Now()); err != nil {
		return err
	}
	d.join(key)
	if err := d.append(ledger.Entry{Kind: ledger.Start, Fields: ledger.Fields{"version": word(thisBuild().Version), "config": footage.SHA256(o.Config.Digest)}}); err != nil {
		return err
	}

	// Each part has an end of its own, because they end one after another; when
	// one fails they all do.
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	begin := func(run func(context.Context) error) (end func()) {
		own, stop := context.WithCancel(context.WithoutCancel(ctx))
		done := make(chan struct{})
		go func() {
			defer close(done)
			if err := run(own); err != nil {
				fail(err)
			}
		}()
		end = sync.OnceFunc(func() { stop(); <-done })
		return end
	}
	endVault := begin(d.vault.Run)
	defer endVault()
	if err := d.catchUp(ctx); err != nil {
		return err
	}
	endSweeper := begin(func(ctx context.Context) error { d.sweeper.Run(ctx); return nil })
	endNotary := begin(func(ctx context.Context) error { d.notary.Run(ctx); return nil })
	endStatements := begin(func(ctx context.Context) error { d.statements.Run(ctx); return nil })
	endReleases := begin(func(ctx context.Context) error { d.releases.Run(ctx); return nil })
	endKeys := begin(func(ctx context.Context) error { d.packageKeys.Run(ctx); return nil })
	endCopies := begin(func(ctx context.Context) error { d.holds.KeepCopies(ctx); return nil })
	endBackups := begin(func(ctx context.Context) error { d.backUp(ctx); return nil })
	endSigns := begin(func(ctx context.Context) error { d.signs.Run(ctx); return nil })
	endPage := begin(func(ctx context.Context) error { return d.web.ServeTCP(ctx, page) })
	endNotice := func() {}
	if notice != nil {
		endNotice = begin(func(ctx context.Context) error { return d.serveNotice(ctx, notice) })
	}
	endSocket := begin(func(ctx context.Context) error { return d.web.ServeUnix(ctx, socket) })
	endGate := begin(func(ctx context.Context) error { d.keepGate(ctx); return nil })
	endWatch := begin(func(ctx context.Context) error { return configs.Watch(ctx, d.File, d.Config, d.reload) })
	address := pageURL(d.Config, page.Addr())
	if err := d.invite(address); err != nil {
		return err
	}
	d.Ready(address)

	<-ctx.Done()
	d.Log.Info("stopping")
	endWatch()
	endGate()
	closeRecorder()
	endVault()
	d.lastPass()
	endSweeper()
	endPage()
	endNotice()
	endSocket()
	endReleases()
	endSigns()
	endKeys()
	endStatements()
	endNotary()
	d.signOff()
	endCopies()
	endBackups()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	d.Log.Info("stopped")
	return nil
}

// openIndex makes the folder and opens the index, whose lock is the folder's.
func (d *daemon) openIndex() (err error) {
	folder := d.Config.DataDir
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("couldn't make data_dir: %w", err)
	}
	if err := os.Chmod(folder, 0o700); err != nil { // its permissions guard footage and socket
		return fmt.Errorf("couldn't close data_dir to others: %w", err)
	}
	d.index, err = index.Open(filepath.Join(folder, "index.db"), d.clock.Latest)
	if err != nil {
		return inUse(d.Config, err)
	}
	if err := errors.Join(vault.Upgrade(d.index), d.clock.Load(d.index)); err != nil {
		return errors.Join(err, d.index.Close())
	}
	d.signs = &signage.Signs{Index: d.index, Dir: picturesPath(d.Config), Log: d.Log, Changed: func() {
		select {
		case d.register <- struct{}{}:
		default: // it is to be looked at already
		}
	}}
	return nil
}

// inUse says in words that another process has the index.
func inUse(config *configs.Config, err error) error {
	if errors.Is(err, index.ErrInUse) {
		return failure{exit: exitFailed, code: "in-use", text: "another sjudager is running on " + config.DataDir, hint: "stop it first; sjudager status shows what it does"}
	}
	return err
}

// openKeys opens the keys. A new master key is made for a new vault only: with
// another one nothing of what there is could be opened, and nobody would notice
// until it is asked for.
func (d *daemon) openKeys() error {
	var sealed bool
	if err := d.index.View(func(tx *index.Tx) (err error) {
		sealed, err = vault.AnySealed(tx)
		return err
	}); err != nil {
		return fmt.Errorf("couldn't read the index: %w", err)
	}
	keys, err := seal.Open(filepath.Join(d.Config.DataDir, "keys"), os.Getenv("CREDENTIALS_DIRECTORY"), !sealed)
	d.keys = keys
	return err
}

// openSpool opens the spool and mends what an earlier run was writing when it
// ended. What cannot be mended stays where it is, and cameras are recorded all
// the same.
func (d *daemon) openSpool() (err error) {
	if d.spool, err = spool.Open(filepath.Join(d.Config.DataDir, "spool")); err != nil {
		return err
	}
	recovered, err := d.spool.Recover()
	for _, r := range recovered {
		d.Log.Info("recovered what an earlier run was writing", "camera", r.Camera, "from", r.Span.From, "to", r.Span.To, "cut", r.Cut)
	}
	if err != nil {
		d.Log.Error("couldn't recover all of the spool", "error", err)
	}
	return nil
}

// newDaemon returns a daemon that has nothing open. From here on its Now is the site's
// time, as soon as the index has said what that is.
func newDaemon(o daemonOptions) *daemon {
	d := &daemon{daemonOptions: o, config: o.Config, register: make(chan struct{}, 1)}
	d.clock = newClock(o, func() store.Store { return d.store })
	d.Now = d.clock.Now
	d.started = d.Now()
	return d
}

// join builds vault, holds, sweeper and pages. Nothing of it runs yet.
func (d *daemon) join(key *ledger.Key) {
	c := d.Config
	d.holds = holds.New(holds.Options{Index: d.index, Policy: policy(c), Cameras: d.cameras, Pending: d.pending,
		Near: holdsFile{filepath.Join(c.DataDir, copyName), d.keys}, Far: holdsObject{d.store, d.keys}, Log: d.Log})
	d.vault = vault.New(vault.Options{
		Index: d.index, Store: d.store, Spool: d.spool, Keys: d.keys, Site: c.Site.Name,
		SpoolLimit: func() int64 { return int64(c.Recorder.SpoolLimit) },
		Terms:      d.holds.Terms, Note: holds.Note, Now: d.Now, Log: d.Log,
	})
	d.sweeper = &holds.Sweeper{Index: d.index, Vault: d.vault, Holds: d.holds, Clock: d.clock, Now: d.Now, Log: d.Log}
	d.notary = &ledger.Notary{Index: d.index, Key: key, Now: d.Now, Log: d.Log,
		Outlets: func() ledger.Outlets { return outlets(d.inForce()) },
		Keep: func() (entries, lists time.Duration) {
			l := d.inForce().Ledger
			return time.Duration(l.Keep), time.Duration(l.KeepLists)
		}}
	d.statements = &statement.Maker{
		Index: d.index, Notary: d.notary, Policy: d.holds.Policy, Pending: d.pending, Now: d.Now, Log: d.Log,
		Site: func() statement.Site {
			s := d.inForce().Site
			return statement.Site{Name: s.Name, Controller: s.Controller.Name, OrgNumber: s.Controller.OrgNumber, Contact: s.Controller.Contact}
		},
		Cameras: func() (all []statement.Camera) {
			for _, camera := range d.inForce().Cameras {
				all = append(all, statement.Camera{ID: footage.CameraID(camera.ID), Name: camera.Name})
			}
			return all
		},
	}
	d.packageKeys = &handover.Keyring{Index: d.index, Folder: filepath.Join(c.DataDir, "keys", handover.KeyFolder), Site: cmp.Or(c.Site.Controller.Name, c.Site.Name), Now: d.Now, Log: d.Log}
	d.findEncoder()
	d.releases = release.New(release.Options{
		Index: d.index, Zone: c.Site.Location, Holds: d.holds, Build: d.buildPackage, Dir: filepath.Join(c.DataDir, "releases"), Now: d.Now, Log: d.Log,
	})
	d.accounts = account.New(account.Options{Provider: provider(c), Index: d.index, Rules: func() account.Rules { return rules(d.inForce()) }, Now: d.Now, Log: d.Log})
	var secure *tls.Config
	var fingerprint func() string
	if d.cert != nil {
		secure, fingerprint = d.cert.config(), d.cert.fingerprint
	}
	d.web = web.New(web.Options{
		Keys: d.packageKeys, Statements: d.statements, Releases: d.releases, Signs: d.signs,
		Accounts: d.accounts, Purposes: d.purposes, TLS: secure, Fingerprint: fingerprint,
		Remote: func() []netip.Prefix {
			if m := d.inForce().HTTP.Remote; m != nil {
				return m.Prefixes
			}
			return nil
		},
		Site: func() web.Site {
			s := d.inForce().Site
			return web.Site{Name: s.Name, Controller: s.Controller.Name}
		},
		Index: d.index, Vault: d.vault, Holds: d.holds, Notary: d.notary, Sweeper: d.sweeper, Clock: d.clock, Spool: d.spool, Store: d.store,
		Health: d.recorder.Health, TestCamera: d.testCamera, Zones: d.zones, Alarms: d.alarms, Deleted: d.sweeper.Deleted, Media: d.media, Settings: d.settings, WriteBackup: d.writeBackup, KeepBackup: d.keepBackup, Version: thisBuild().Version,
		Started: d.started, Now: d.Now, Log: d.Log,
	})
}

func (d *daemon) settings() (all []web.Setting) {
	for _, s := range d.inForce().Settings() {
		all = append(all, web.Setting(s))
	}
	return all
}

// listen takes the addresses first of all, so that one that is taken ends the
// start before it has done anything. Nobody is answered before catchUp has ended.
func (d *daemon) listen() (page net.Listener, socket *net.UnixListener, err error) {
	c := d.Config
	page, err = net.Listen("tcp", c.HTTP.Listen)
	if err != nil {
		return nil, nil, failure{exit: exitFailed, code: "failed", text: fmt.Sprintf("couldn't open %s: %v", c.HTTP.Listen, err),
			hint: "another program may have it: set http.listen to another port"}
	}
	path := socketPath(c.DataDir)
	// The index is ours, so whoever made a socket here has ended.
	if err = os.Remove(path); err == nil || errors.Is(err, fs.ErrNotExist) {
		socket, err = net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	}
	if err == nil {
		err = os.Chmod(path, 0o600)
	}
	switch {
	case err == nil:
		return page, socket, nil
	case len(path) > maxSocketPath:
		err = fmt.Errorf("%w: its path has more than %d characters, use a shorter data_dir", err, maxSocketPath)
	}
	return nil, nil, errors.Join(fmt.Errorf("couldn't open the socket for the commands: %w", err), page.Close())
}

// maxSocketPath is what Linux takes as the path of a socket, in bytes (unix(7)).
const maxSocketPath = 107

// invite lets the first people in: those that People makes, or else whoever has the
// log and follows the link in it.
func (d *daemon) invite(address string) error {
	if d.cert != nil {
		d.Log.Info("serving https", "sha256", d.cert.fingerprint())
	}
	if d.People != nil {
		return d.People(d.accounts)
	}
	manned, err := d.accounts.Manned()
	if err != nil || manned {
		return err
	}
	link, err := d.accounts.FirstLink()
	if err != nil {
		return err
	}
	d.Log.Info("nobody can sign in yet: the first administrator opens this one-time link", "link", strings.TrimSuffix(address, "/")+link.Path(), "expires", link.Expires)
	return nil
}

// catchUp brings the deadlines into line with the retention in force and deletes
// what fell due while the program was not running, before anybody can ask for
// footage (R7).
func (d *daemon) catchUp(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, askStore)
	defer cancel()
	if _, err := d.holds.Reconcile(limited); err != nil { // a copy that cannot be read is read later
		return err
	}
	if err := d.holds.SetPolicy(policy(d.Config)); err != nil {
		return err
	}
	var overdue int
	if err := d.index.View(func(tx *index.Tx) (err error) {
		overdue, err = holds.Overdue(tx)
		return err
	}); err != nil {
		return fmt.Errorf("couldn't read the index: %w", err)
	}
	d.Log.Info("starting", "data_dir", d.Config.DataDir, "store", d.store.String(), "overdue", overdue)
	limited, cancel = context.WithTimeout(ctx, sweepAtStart)
	defer cancel()
	swept, err := d.sweeper.Step(limited)
	switch {
	case ctx.Err() != nil: // asked to stop already
		return nil
	case limited.Err() != nil:
		d.Log.Warn("deletion goes on while the pages are open; what is due cannot be read", "retired", swept.Retired)
		return nil
	}
	return err
}

// lastPass takes in what the recorder has just completed.
func (d *daemon) lastPass() {
	ctx, cancel := context.WithTimeout(context.Background(), ingestAtStop)
	defer cancel()
	if _, err := d.vault.Ingest(ctx); err != nil {
		d.Log.Warn("footage waits in the spool for the next start", "error", err)
	}
}

// append writes an entry of the program itself into the ledger.
func (d *daemon) append(e ledger.Entry) error {
	e.By = ledger.System
	return d.index.Update(func(tx *index.Tx) error {
		_, err := ledger.Append(tx, e)
		return err
	})
}

// word makes a version one word, as a field of the ledger is.
func word(s string) string { return strings.Join(strings.Fields(s), "_") }

// signOff writes the end down and signs it, so that nothing that happened is left
// without a signature while the program is off.
func (d *daemon) signOff() {
	err := d.append(ledger.Entry{Kind: ledger.Stop})
	if err == nil {
		_, err = d.notary.Checkpoint()
	}
	if err != nil {
		d.Log.Error("couldn't sign the ledger's end", "error", err)
	}
}

func (d *daemon) inForce() *configs.Config {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.config
}

func (d *daemon) cameras() []footage.CameraID {
	var ids []footage.CameraID
	for _, c := range d.inForce().Cameras {
		ids = append(ids, footage.CameraID(c.ID))
	}
	return ids
}

// zones are the zones of the configuration, with their cameras.
func (d *daemon) zones() map[string][]footage.CameraID {
	zones := map[string][]footage.CameraID{}
	for _, c := range d.inForce().Cameras {
		if c.Zone != "" {
			zones[c.Zone] = append(zones[c.Zone], footage.CameraID(c.ID))
		}
	}
	return zones
}

// pending returns the spans of camera within span that are recorded, or being
// recorded at this moment, and not in the index yet. The recorder is asked before
// the spool: what moves on meanwhile is then seen at least once.
func (d *daemon) pending(camera footage.CameraID, span footage.Span) ([]footage.Span, error) {
	var open footage.Span
	for _, h := range d.recorder.Health() {
		if h.Camera == camera {
			open = beingRecorded(h, footage.At(d.Now()))
		}
	}
	spans, err := d.vault.Pending(camera, span)
	if open = open.Intersect(span); !open.Empty() {
		spans = append(spans, open)
	}
	return spans, err
}

// onItsWay is how long a frame may take from the camera to the spool: fragments
// are a second long.
const onItsWay = 2 * time.Second

// beingRecorded is the span of a camera's footage that is not complete at now. Of
// a camera that records, the last second is in memory and will be written, and so
// will be what it sends while the caller makes use of the answer.
func beingRecorded(h footage.Health, now footage.Instant) footage.Span {
	if h.State != footage.StateRecording {
		return h.Open
	}
	open := footage.Span{From: h.Open.From, To: now.Add(onItsWay)}
	if h.Open.Empty() { // one segment has ended, the next is not on the disk yet
		open.From = max(h.Since, now.Add(-onItsWay))
	}
	return open
}
