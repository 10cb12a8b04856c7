package release

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Exporting is how far a package is that has been begun.
type Exporting struct {
	Phase    string          `json:"phase"`            // Queued, then what Build says
	Done     int64           `json:"done"`             // bytes
	Total    int64           `json:"total"`            // of about as many
	File     string          `json:"file,omitempty"`   // that is written or read
	Entered  footage.Instant `json:"entered"`          // in the queue
	Started  footage.Instant `json:"started,omitzero"` // it left the queue; left out while it waits
	Position int             `json:"position"`         // of the packages before it; 0: it is being built, or next
}

// Queued is the phase of a package that waits for another one.
const Queued = "queued"

// job is a package that has been entered and is not complete. by, number, ctx, cancel
// and done never change, nor do path and build once it is queued.
type job struct {
	number, by string
	path       string
	build      Build
	ctx        context.Context
	cancel     context.CancelCauseFunc
	done       chan struct{} // closed when it has ended, and the record says how

	queued bool      // Log.mu: its entry is committed
	taken  bool      // Log.mu: somebody builds it, or ends it
	howFar Exporting // Log.mu
}

// StartExport begins the package of an approved copy and returns: the release is
// permitted, and the segments are taken, in one transaction (R64, R71). One package is
// built at a time; Exporting says how far this one is, and when it has ended the record
// says how, by Export or by Fail.
func (l *Log) StartExport(number string, o Order, by string) (Release, error) {
	j := &job{number: number, by: by, done: make(chan struct{})}
	j.ctx, j.cancel = context.WithCancelCause(context.Background())
	r, err := l.begin(j, o)
	if err != nil {
		l.leave(j)
		return Release{}, err
	}
	l.mu.Lock()
	j.queued = true
	l.mu.Unlock()
	nudge(l.work)
	return r, nil
}

// enter notes that what lies at path is j's, before anybody else can see its entry.
func (l *Log) enter(j *job, path string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	j.path, j.howFar = path, Exporting{Phase: Queued, Entered: l.now()}
	l.jobs = append(l.jobs, j)
}

// leave ends j.
func (l *Log) leave(j *job) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.jobs = slices.DeleteFunc(l.jobs, func(o *job) bool { return o == j })
	j.cancel(nil)
	close(j.done)
}

// take returns the job that has waited longest, or that of a release, unless somebody has
// taken it.
func (l *Log) take(number string) *job {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, j := range l.jobs {
		if j.queued && !j.taken && (number == "" || number == j.number) {
			j.taken = true
			return j
		}
	}
	return nil
}

func (l *Log) isBuilding(path string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.jobs, func(j *job) bool { return j.path == path })
}

// jobOf returns the job of a release, or nil.
func (l *Log) jobOf(number string) *job {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := slices.IndexFunc(l.jobs, func(j *job) bool { return j.number == number && j.queued }); i >= 0 {
		return l.jobs[i]
	}
	return nil
}

// Exporting says how far the package of a release is that is being built, and whether
// one is.
func (l *Log) Exporting(number string) (Exporting, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	position := 0
	for _, j := range l.jobs {
		if j.number == number && j.queued {
			e := j.howFar
			e.Position = position
			return e, true
		}
		position++
	}
	return Exporting{}, false
}

// CancelExport ends the package of a release that is being built or waits, and returns
// when nothing of it is left. ErrRefused when there is none, or it was complete before.
func (l *Log) CancelExport(number, by string) (Release, error) {
	j := l.jobOf(number)
	if j == nil {
		return Release{}, wrap(number, refused("no package of it is being built"))
	}
	j.cancel(cancelled{by})
	if waiting := l.take(number); waiting != nil {
		l.build(waiting)
	}
	<-j.done
	s, err := l.Show(number)
	if err == nil && s.Packages[j.build.Package.N-1].Built != 0 {
		err = wrap(number, refused("the package was complete before it could be cancelled"))
	}
	return s.Release, err
}

// BuildNext builds the package that has waited longest, and reports whether there was
// one. An end of ctx ends the build: nothing of the package is left.
func (l *Log) BuildNext(ctx context.Context) bool {
	j := l.take("")
	if j == nil {
		return false
	}
	if ctx.Err() != nil {
		j.cancel(errStopped)
	}
	defer context.AfterFunc(ctx, func() { j.cancel(errStopped) })()
	l.build(j)
	return true
}

// buildAll builds whatever is begun, one package at a time, until ctx ends, which ends
// those that are left.
func (l *Log) buildAll(ctx context.Context) {
	for {
		for l.BuildNext(ctx) {
		}
		select {
		case <-ctx.Done():
			for l.BuildNext(ctx) {
			}
			return
		case <-l.work:
		}
	}
}

// build builds the package of a job that the caller has taken.
func (l *Log) build(j *job) {
	defer l.leave(j)
	b := j.build
	b.Progress = func(phase string, done, total int64, file string) {
		l.mu.Lock()
		defer l.mu.Unlock()
		j.howFar.Phase, j.howFar.Done, j.howFar.Total, j.howFar.File = phase, min(done, total), total, file
	}
	err := l.make(j, b)
	if err == nil {
		return
	}
	if why := context.Cause(j.ctx); why != nil {
		err = why
	}
	l.Log.Error("couldn't build a package", "release", j.number, "error", err)
	if err := l.fail(j.build.Release, b.Package, err); err != nil {
		l.Log.Error("couldn't enter that a package failed", "release", j.number, "error", err)
	}
}

func (l *Log) make(j *job, b Build) error {
	if err := context.Cause(j.ctx); err != nil {
		return err
	}
	l.mu.Lock()
	j.howFar.Started = l.now()
	l.mu.Unlock()
	// Where a medium was pulled out there is an empty folder of ours.
	if b.Package.Medium {
		if medium, err := elsewhere(l.Dir, filepath.Dir(b.Package.Path)); err != nil || !medium {
			return fmt.Errorf("%w: %s is no medium any more: %v", ErrMedium, filepath.Dir(b.Package.Path), err)
		}
	}
	if err := l.disk.MakeDir(b.Package.Path); err != nil {
		return err
	}
	if b.Order.Password {
		var err error
		if b.Password, err = l.makePassword(j.number, b.Package.N); err != nil {
			return fmt.Errorf("couldn't keep the password: %w", err)
		}
	}
	built, err := l.Build(j.ctx, b)
	if err == nil {
		_, err = l.finish(b, built, j.by)
	}
	return err
}

// fail enters why a package was not built, and removes what there is of it.
func (l *Log) fail(r Release, p Package, err error) error {
	by := System
	var c cancelled
	if errors.As(err, &c) {
		by = c.by
	}
	why := []rune(err.Error())
	entered := l.unless(r.Number, Fail, by, func(_ *index.Tx, r *Release) (already bool) {
		already = r.Packages[p.N-1].Failed != ""
		r.change(p.N, func(p *Package) { p.Failed = failureOf(err) })
		r.Because = string(why[:min(len(why), MaxText)])
		return already
	})
	gone := l.removePackage(r, p)
	l.removePasswords()
	return errors.Join(entered, gone)
}

// stop ends the build of a release that may not be built any more.
func (l *Log) stop(number string, why error) {
	if j := l.jobOf(number); j != nil {
		j.cancel(why)
	}
}
