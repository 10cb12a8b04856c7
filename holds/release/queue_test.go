package release

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sjudager/sjudager/vault"
)

// approved enters a release and has it approved.
func (r *rig) approved() string {
	r.t.Helper()
	n := must(r.Request(asked(), lead))(r.t).Number
	must(r.Approve(n, approver))(r.t)
	return n
}

// running has the log run until the test ends or the function is called.
func (r *rig) running() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() { r.Run(ctx) })
	stop = func() { cancel(); all.Wait() }
	r.t.Cleanup(stop)
	return stop
}

// last is the last package of a release, with its last failure in words.
func (r *rig) last(number string) (Package, string) {
	r.t.Helper()
	s := must(r.Show(number))(r.t)
	return *s.last(), s.Failure
}

// One package is built at a time; others wait, and say how long the queue is. Both can be
// cancelled, and a stop ends what is left: nothing of a package stays.
func TestQueue(t *testing.T) {
	r := newRig(t)
	r.record("k01", start.Add(-20*time.Minute), 40)
	begun, goOn := make(chan string), make(chan struct{})
	r.onBuild = func(b Build) error {
		b.Progress("writing", 30, 20, "data/film.mp4")
		begun <- b.Release.Number
		select {
		case <-goOn:
			return nil
		case <-r.building.Done():
			return r.building.Err()
		}
	}
	stop := r.running()
	var n [5]string
	for i := range n {
		n[i] = r.approved()
		must(r.StartExport(n[i], Order{Password: i == 1}, lead))(t)
	}
	if got := <-begun; got != n[0] {
		t.Fatalf("%s is built first", got)
	}
	if e, is := r.Exporting(n[0]); !is || e.Phase != "writing" || e.Done != 20 || e.Total != 20 || e.File != "data/film.mp4" || e.Started == 0 || e.Position != 0 {
		t.Errorf("%+v, %v", e, is)
	}
	if e, is := r.Exporting(n[2]); !is || e.Phase != Queued || e.Started != 0 || e.Position != 2 {
		t.Errorf("%+v, %v", e, is)
	}
	// One that waits leaves at once, and one that is built when nothing of it is left.
	must(r.CancelExport(n[2], third))(t)
	must(r.CancelExport(n[0], third))(t)
	if got := <-begun; got != n[1] {
		t.Fatalf("then %s is built", got)
	}
	for _, i := range []int{0, 2} {
		s := must(r.Show(n[i]))(t)
		if p := s.Packages[0]; p.Failed != FailedCancelled || p.Gone == 0 || exists(p.Path) || s.Old[len(s.Old)-1].Made.By != third || slices.Contains(s.Flags, FlagFailed) {
			t.Errorf("%s by %s: %+v, %v", n[i], s.Old[len(s.Old)-1].Made.By, p, s.Flags)
		}
	}
	_, err := r.CancelExport(n[0], lead)
	is(t, err, ErrRefused)
	goOn <- struct{}{}
	if got := <-begun; got != n[3] {
		t.Fatalf("then %s is built", got)
	}
	if s := must(r.Show(n[1]))(t); s.State != Exported || !exists(s.Packages[0].Path) {
		t.Errorf("%s: %+v", s.State, s.Packages)
	}
	// A refusal ends a build, and so does a stop; what waits is not forgotten.
	must(r.Refuse(n[3], "the request was withdrawn by letter", approver))(t)
	if got := <-begun; got != n[4] {
		t.Fatalf("then %s is built", got)
	}
	last := r.approved()
	must(r.StartExport(last, Order{}, lead))(t)
	stop()
	for number, want := range map[string]Failure{n[3]: FailedChanged, n[4]: FailedStopped, last: FailedStopped} {
		if p, why := r.last(number); p.Failed != want || p.Gone == 0 || exists(p.Path) || why == "" {
			t.Errorf("%s: %+v, %q", number, p, why)
		}
		r.intact(number)
	}
	if _, is := r.Exporting(n[4]); is || len(r.jobs) != 0 {
		t.Error("something is still being built")
	}
}

// A package that fails leaves its reason in the record, and nothing else.
func TestFailures(t *testing.T) {
	r := newRig(t)
	r.record("k01", start.Add(-20*time.Minute), 40)
	n := r.approved()
	for _, c := range []struct {
		err  error
		want Failure
	}{
		{fmt.Errorf("%w: it needs 12 bytes", ErrFull), FailedFull}, {&fs.PathError{Op: "write", Err: syscall.ENOSPC}, FailedFull},
		{fmt.Errorf("%w: %w", ErrMedium, syscall.EROFS), FailedProtected}, {fmt.Errorf("%w: %w", ErrMedium, fs.ErrNotExist), FailedMedium}, {syscall.EIO, FailedMedium},
		{ErrAltered, FailedAltered}, {fmt.Errorf("k01: %w", vault.ErrGone), FailedDue}, {vault.ErrReserved, FailedReserved}, {ErrNothing, FailedNothing}, {errors.New("a fault"), FailedOther},
		{errors.New(strings.Repeat("æ", MaxText+1)), FailedOther},
	} {
		r.onBuild = func(Build) error { return c.err }
		must(r.StartExport(n, Order{Password: true}, lead))(t)
		r.BuildNext(context.Background())
		p, why := r.last(n)
		if p.Failed != c.want || p.Gone == 0 || p.Destroyed == 0 || exists(p.Path) || exists(r.passwordPath(n, p.N)) || !strings.HasPrefix(c.err.Error(), why) {
			t.Errorf("%v: %+v, %q", c.err, p, why)
		}
	}
	for _, f := range Failures {
		if f.Norwegian == "" || f.English == "" {
			t.Errorf("%+v", f)
		}
	}
	if s := must(r.Show(n))(t); s.State != Approved || !slices.Contains(s.Flags, FlagFailed) || r.BuildNext(context.Background()) {
		t.Errorf("%s %v", s.State, s.Flags)
	}
	if got := r.story()[2:6]; !slices.Equal(got, []string{"export-begun approved by u-lead", "export-failed approved by system", "package-removed approved by system", "password-destroyed approved by system"}) {
		t.Errorf("%q", got)
	}
	r.onBuild = nil
	must(r.export(n, Order{}, lead))(t)
	if s := must(r.Show(n))(t); slices.Contains(s.Flags, FlagFailed) {
		t.Errorf("%v", s.Flags)
	}
	r.intact(n)
}

// Where a medium was pulled out before its turn came, the folder in its place is not
// taken for it; and what may be left on one that went while it was written is flagged.
func TestMediumGoes(t *testing.T) {
	r := newRig(t)
	r.record("k01", start.Add(-20*time.Minute), 40)
	n := r.approved()
	stick := filepath.Join(t.TempDir(), "stick")
	if err := os.Mkdir(stick, 0o700); err != nil {
		t.Fatal(err)
	}
	must(r.StartExport(n, Order{Out: stick}, lead))(t)
	if err := errors.Join(os.Remove(stick), os.Symlink(r.Dir, stick)); err != nil { // the appliance's own disk
		t.Fatal(err)
	}
	r.BuildNext(context.Background())
	p, why := r.last(n)
	if s := must(r.Show(n))(t); p.Failed != FailedMedium || !strings.Contains(why, "no medium any more") || len(r.builds) != 0 || !slices.Contains(s.Flags, FlagMedium) {
		t.Errorf("%+v, %q, %v", p, why, s.Flags)
	}
	if entries, err := os.ReadDir(r.Dir); err != nil || len(entries) != 0 {
		t.Errorf("%v %v", entries, err)
	}
}

// Footage that comes to its deadline ends a build that waits or runs.
func TestDueEndsABuild(t *testing.T) {
	r := newRig(t)
	r.record("k01", start.Add(-20*time.Minute), 40)
	n := r.approved()
	p := must(r.StartExport(n, Order{}, lead))(t).Packages[0]
	r.at(p.Deadline)
	r.Step()
	if e, is := r.Exporting(n); !is {
		t.Errorf("%+v", e)
	}
	r.BuildNext(context.Background())
	if p, _ := r.last(n); p.Failed != FailedDue || p.Gone == 0 || len(r.builds) != 0 {
		t.Errorf("%+v", p)
	}
}

// What no release has is removed at the start: an index that came back from a backup does
// not know it.
func TestStrays(t *testing.T) {
	r := newRig(t)
	r.record("k01", start.Add(-20*time.Minute), 40)
	n := r.approved()
	kept := must(r.export(n, Order{Password: true}, lead))(t).Packages[0]
	stray, password := filepath.Join(r.packages(), "U-2026-0002"), r.passwordPath("U-2026-0002", 1)
	if err := errors.Join(os.MkdirAll(filepath.Join(stray, "data"), 0o700), os.WriteFile(password, []byte("secret"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := r.removeStrays(); err != nil {
		t.Fatal(err)
	}
	if exists(stray) || exists(password) || !exists(kept.Path) || !exists(r.passwordPath(n, 1)) {
		t.Errorf("stray %v %v, kept %v %v", exists(stray), exists(password), exists(kept.Path), exists(r.passwordPath(n, 1)))
	}
}
