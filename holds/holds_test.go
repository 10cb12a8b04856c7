package holds

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/seal"
	"github.com/sjudager/sjudager/vault/spool"
	"github.com/sjudager/sjudager/vault/store"
	"github.com/sjudager/sjudager/vault/store/dir"
	"github.com/sjudager/sjudager/vault/store/storetest"
)

// rig is a whole vault with clocks that stand still until they are told.
type rig struct {
	t       testing.TB
	folder  string
	mu      sync.Mutex
	clock   time.Time     // mu: the machine's
	uptime  time.Duration // mu
	boots   int           // mu: starts of the machine
	guard   *Clock        // follows the machine's clock blindly until it is loaded
	index   *index.DB
	store   store.Store
	spool   *spool.Spool
	keys    *seal.Keys
	vault   *vault.Vault
	holds   *Holds
	sweeper *Sweeper
	pending []footage.Span // what Pending answers
	bare    bool           // the rows have no objects
}

func (r *rig) now() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.clock
}

func (r *rig) at(i footage.Instant) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clock = i.Time()
}

// start is when the tests begin: an ordinary July evening.
const start = footage.Instant(1783192800000000) // 2026-07-04T19:20:00Z

// tempDir is a folder in memory where there is one: the races commit twenty
// thousand times, and what a disk does to a commit is not their subject.
func tempDir(t testing.TB) string {
	t.Helper()
	path, err := os.MkdirTemp("/dev/shm", "holds")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(path) })
	return path
}

func newRig(t testing.TB, p Policy) *rig {
	t.Helper()
	r := &rig{t: t, clock: start.Time(), folder: tempDir(t)}
	r.open(p)
	t.Cleanup(func() {
		if !r.bare {
			r.check()
		}
		if err := r.index.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// open opens what lies in the folder, as a start of the program does.
func (r *rig) open(p Policy) {
	t, folder, quiet := r.t, r.folder, slog.New(slog.DiscardHandler)
	t.Helper()
	r.guard = &Clock{Wall: r.now, Boot: fmt.Sprint(r.boots), Log: quiet, Uptime: func() time.Duration {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.uptime
	}}
	var err error
	if r.index, err = index.Open(filepath.Join(folder, "index.db"), r.guard.Latest); err != nil {
		t.Fatal(err)
	}
	if r.spool, err = spool.Open(filepath.Join(folder, "spool")); err != nil {
		t.Fatal(err)
	}
	if r.store, err = dir.Open(filepath.Join(folder, "store")); err != nil {
		t.Fatal(err)
	}
	if r.keys, err = seal.Open(filepath.Join(folder, "keys"), "", true); err != nil {
		t.Fatal(err)
	}
	r.holds = New(Options{
		Index: r.index, Policy: p, Log: quiet,
		Cameras: func() []footage.CameraID { return []footage.CameraID{"k01", "k02"} },
		Pending: func(_ footage.CameraID, span footage.Span) (in []footage.Span, _ error) {
			for _, s := range r.pending {
				in = append(in, s.Intersect(span))
			}
			return in, nil
		},
	})
	r.vault = vault.New(vault.Options{
		Index: r.index, Store: r.store, Spool: r.spool, Keys: r.keys, Site: "Sentrum Scene",
		SpoolLimit: func() int64 { return 1 << 40 }, Terms: r.holds.Terms, Note: Note, Now: r.guard.Now, Log: quiet,
	})
	r.sweeper = &Sweeper{Index: r.index, Vault: r.vault, Holds: r.holds, Clock: r.guard, Now: r.guard.Now, Log: quiet}
}

// record puts a segment into the vault as ingest does: object, then row.
func (r *rig) record(camera footage.CameraID, from, to footage.Instant) vault.Segment {
	r.t.Helper()
	body := fmt.Appendf(nil, "footage of %s from %s", camera, from)
	s := vault.Segment{
		Segment: footage.Segment{Camera: camera, Span: footage.Span{From: from, To: to}, Bytes: int64(len(body)), SHA256: sha256.Sum256(body), Codec: footage.H264, Frames: 25},
		Object:  footage.ObjectKey(camera, from, 0), State: vault.Stored,
	}
	sealing, err := r.keys.Seal(camera, from, bytes.NewReader(body), s.Bytes)
	if err != nil {
		r.t.Fatal(err)
	}
	defer sealing.Close()
	s.Seal = sealing.ID()
	if err := r.store.Put(context.Background(), s.Object, store.Object{Size: sealing.Size(), Body: sealing}); err != nil {
		r.t.Fatal(err)
	}
	return r.enter(s)
}

// enter makes the row of a segment, with the terms that it has now.
func (r *rig) enter(s vault.Segment) vault.Segment {
	r.t.Helper()
	r.update(func(tx *index.Tx) (err error) {
		if s.Terms, err = r.holds.Terms(tx, s.Camera, s.Span); err != nil {
			return err
		}
		return vault.Add(tx, s)
	})
	return s
}

func (r *rig) update(fn func(*index.Tx) error) {
	r.t.Helper()
	if err := r.index.Update(fn); err != nil {
		r.t.Fatal(err)
	}
}

// TestRetiringGoesOnWhileTheStoreHangs: what falls due during a purge that does not
// come to an end is retired all the same.
func TestRetiringGoesOnWhileTheStoreHangs(t *testing.T) {
	r := newRig(t, fullPolicy(t))
	r.minutes("k01", 2)
	f := storetest.NewFaulty(t, r.store)
	f.Inject(storetest.Fault{Op: storetest.Delete, Hang: true, Undone: true})
	r.vault.Store = f
	all := func() (n int) {
		r.update(func(tx *index.Tx) error {
			for _, err := range vault.Due(tx, footage.Always.To-1) {
				if err != nil {
					return err
				}
				n++
			}
			return nil
		})
		return n
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	r.at(start.Add(7 * 24 * time.Hour))
	go func() {
		_, err := r.sweeper.Step(ctx)
		done <- err
	}()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if n := all(); f.Waiting() == 1 && n == 1 {
			r.at(start.Add(7*24*time.Hour + time.Minute)) // the other falls due
		} else if f.Waiting() == 1 && n == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d removals hang, %d segments are not retired", f.Waiting(), all())
		}
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("the step ended with %v", err)
	}
}

// minutes records n one-minute segments of camera from start on.
func (r *rig) minutes(camera footage.CameraID, n int) (all []vault.Segment) {
	return r.minutesFrom(camera, start, n)
}

func (r *rig) minutesFrom(camera footage.CameraID, first footage.Instant, n int) (all []vault.Segment) {
	r.t.Helper()
	for i := range n {
		from := first.Add(time.Duration(i) * time.Minute)
		all = append(all, r.record(camera, from, from.Add(time.Minute)))
	}
	return all
}

func (r *rig) place(q Request) Placed {
	r.t.Helper()
	if q.Ground == "" {
		q.Ground = CrimeLikely
	}
	if q.Reason == "" {
		q.Reason = "a fight at the entrance"
	}
	if q.By == "" {
		q.By = "uid:0"
	}
	placed, err := r.holds.Place(q)
	if err != nil {
		r.t.Fatal(err)
	}
	return placed
}

func (r *rig) sweep() Swept {
	r.t.Helper()
	swept, err := r.sweeper.Step(context.Background())
	if err != nil {
		r.t.Fatal(err)
	}
	return swept
}

// find returns s as it is in the index now.
func (r *rig) find(s vault.Segment) (now vault.Segment) {
	r.t.Helper()
	if err := r.index.View(func(tx *index.Tx) (err error) {
		now, _, err = vault.Find(tx, s.ID())
		return err
	}); err != nil {
		r.t.Fatal(err)
	}
	return now
}

// stored lists the starts of the stored segments of camera, in minutes from
// start.
func (r *rig) stored(camera footage.CameraID) (minutes []int) {
	r.t.Helper()
	if err := r.index.View(func(tx *index.Tx) error {
		for s, err := range vault.Segments(tx, camera, footage.Always) {
			if err != nil {
				return err
			}
			minutes = append(minutes, int(s.Span.From.Sub(start)/time.Minute))
		}
		return nil
	}); err != nil {
		r.t.Fatal(err)
	}
	return minutes
}

// check compares the whole state: no row without an object and a key, no object
// without a row or a promised removal, no keys without either, totals and order of deletion as the rows have them.
func (r *rig) check() {
	r.t.Helper()
	objects := map[string]bool{}
	for o, err := range r.store.List(context.Background(), "") {
		if err != nil {
			r.t.Fatal(err)
		}
		objects[o.Key] = true
	}
	hours := map[seal.Hour]bool{} // that have footage
	var stored []vault.Segment
	if err := r.index.View(func(tx *index.Tx) error {
		report, err := ledger.Verify(tx, ledger.VerifyOptions{})
		if err != nil || len(report.Faults) > 0 {
			r.t.Errorf("the ledger: %v, %v", report.Faults, err)
		}
		var want vault.Totals
		rows := 0
		for _, camera := range vault.Cameras(tx) {
			for s, err := range vault.Segments(tx, camera, footage.Always) {
				if err != nil {
					return err
				}
				if !objects[s.Object] {
					r.t.Errorf("%s has a row and no object", s.ID())
				}
				delete(objects, s.Object)
				hours[seal.HourOf(s.Camera, s.Span.From)] = true
				stored = append(stored, s)
				want.Segments++
				want.Bytes += s.Bytes
				ordinary := s.Deadline
				if s.Reserved != 0 {
					ordinary = s.Reserved
				}
				if ordinary > s.Keep {
					want.HeldSegments++
					want.HeldBytes += s.Bytes
				}
				if s.Reserved != 0 || s.Restricted {
					want.FrozenSegments++
					want.FrozenBytes += s.Bytes
				}
				if s.Deadline > s.Ceiling {
					r.t.Errorf("%s has its deadline past its ceiling", s.ID())
				}
				rows++
			}
		}
		for s, err := range vault.Due(tx, footage.Always.To) {
			if err != nil {
				r.t.Error(err)
			}
			if s.ID() == "" {
				r.t.Error("a deadline without a segment")
			}
			rows--
		}
		if rows != 0 {
			r.t.Errorf("%d more segments than deadlines", rows)
		}
		waiting, err := vault.Intents(tx, -1)
		for _, i := range waiting {
			delete(objects, i.Object)
			hours[seal.HourOf(i.Camera, i.Start)] = true
		}
		got, errTotals := vault.ReadTotals(tx)
		if diff := cmp.Diff(want, got); diff != "" {
			r.t.Errorf("totals: %s", diff)
		}
		return errors.Join(err, errTotals)
	}); err != nil {
		r.t.Fatal(err)
	}
	for o := range objects {
		r.t.Errorf("%s is in the store and not in the index", o)
	}
	for _, s := range stored {
		if !r.opens(s) {
			r.t.Errorf("%s has a row and no key", s.ID())
		}
	}
	withKeys, err := r.keys.Hours()
	if err != nil {
		r.t.Fatal(err)
	}
	for _, h := range withKeys {
		if !hours[h] {
			r.t.Errorf("%s has keys and no footage", h)
		}
	}
}

// opens reports whether there is a key that opens the object of s, due or not.
func (r *rig) opens(s vault.Segment) bool {
	r.t.Helper()
	return r.opensCopy(s, r.copyOf(s))
}

func (r *rig) opensCopy(s vault.Segment, object []byte) bool {
	r.t.Helper()
	_, err := r.keys.Open(s.Camera, s.Span.From, s.Seal, object, s.Bytes)
	if err != nil && !errors.Is(err, seal.ErrNoKey) {
		r.t.Error(err)
	}
	return err == nil
}

// copyOf takes a copy of an object, as a backup of the store does.
func (r *rig) copyOf(s vault.Segment) []byte {
	r.t.Helper()
	body, err := r.store.Get(context.Background(), s.Object, 0, seal.MaxHead)
	if err != nil {
		r.t.Fatal(err)
	}
	defer body.Close()
	b, err := io.ReadAll(body)
	if err != nil {
		r.t.Fatal(err)
	}
	return b
}

func span(fromMinute, toMinute int) footage.Span {
	return footage.Span{From: start.Add(time.Duration(fromMinute) * time.Minute), To: start.Add(time.Duration(toMinute) * time.Minute)}
}

// R1, R16: footage goes at its deadline, and not a microsecond before.
func TestR16GoesAtItsDeadlineAndNotBefore(t *testing.T) {
	r := newRig(t, fullPolicy(t))
	all := r.minutes("k01", 3)
	r.at(all[0].Keep - 1)
	if swept := r.sweep(); swept.Retired != 0 || swept.Next != all[0].Keep {
		t.Fatalf("a microsecond early: %+v", swept)
	}
	r.at(all[0].Keep)
	swept := r.sweep()
	if swept.Retired != 1 || len(swept.Removed) != 1 || swept.Removed[0].SHA256 != all[0].SHA256 || swept.Next != all[1].Keep {
		t.Fatalf("at the deadline: %+v", swept)
	}
	if want := (Deletion{At: all[0].Keep, Segments: 1, Bytes: all[0].Bytes}); r.sweeper.Deleted() != want {
		t.Errorf("the last deletion is %+v, want %+v", r.sweeper.Deleted(), want)
	}
	if diff := cmp.Diff([]int{1, 2}, r.stored("k01")); diff != "" {
		t.Error(diff)
	}
	if absent, err := r.store.Absent(context.Background(), all[0].Object); !absent || err != nil {
		t.Errorf("the object is still there: %v", err)
	}
}

// R6: what is past its deadline cannot be read though nothing has swept.
func TestReadingEndsAtTheDeadlineWithoutASweep(t *testing.T) {
	r := newRig(t, fullPolicy(t))
	s := r.record("k01", start, start.Add(time.Minute))
	r.at(s.Keep - 1)
	open, err := r.vault.Open(context.Background(), s.ID())
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	one := make([]byte, 1)
	if _, err := open.Read(one); err != nil {
		t.Fatalf("the last microsecond: %v", err)
	}
	r.at(s.Keep)
	if _, err := open.Read(one); !errors.Is(err, vault.ErrGone) {
		t.Errorf("reading on gives %v, want ErrGone", err)
	}
	if _, err := r.vault.Open(context.Background(), s.ID()); !errors.Is(err, vault.ErrGone) {
		t.Errorf("opening gives %v, want ErrGone", err)
	}
}

func TestHoldKeepsWhatItCovers(t *testing.T) {
	r := newRig(t, fullPolicy(t))
	all := r.minutes("k01", 5)
	r.minutes("k02", 5)
	r.at(start.Add(10 * time.Minute))
	placed := r.place(Request{Cameras: []footage.CameraID{"k01"}, Span: footage.Span{From: start.Add(90 * time.Second), To: start.Add(3 * time.Minute)}})
	if placed.Hold.Number != "H-2026-0001" || placed.Segments != 2 || len(placed.Missing) != 0 {
		t.Errorf("placed %+v", placed)
	}
	r.at(all[4].Keep)
	r.sweep()
	if diff := cmp.Diff([]int{1, 2}, r.stored("k01")); diff != "" {
		t.Errorf("k01: %s", diff)
	}
	if left := r.stored("k02"); len(left) != 0 {
		t.Errorf("k02, which is not held, has %v", left)
	}
	r.at(all[1].Ceiling)
	r.sweep()
	if diff := cmp.Diff([]int{2}, r.stored("k01")); diff != "" {
		t.Errorf("at the ceiling: %s", diff)
	}
	r.at(placed.Hold.Until)
	r.sweep()
	if left := r.stored("k01"); len(left) != 0 {
		t.Errorf("past the hold: %v", left)
	}
	if shown, err := r.holds.Show("H-2026-0001"); err != nil || shown.State != Lapsed {
		t.Errorf("the hold is %s, %v", shown.State, err)
	}
}

func TestHoldUntil(t *testing.T) {
	r := newRig(t, fullPolicy(t))
	all := r.minutes("k01", 1)
	until := all[0].Keep.Add(24 * time.Hour)
	r.place(Request{Cameras: []footage.CameraID{"k01"}, Span: span(0, 1), Until: until})
	r.at(until - 1)
	r.sweep()
	if len(r.stored("k01")) != 1 {
		t.Fatal("gone before the hold has ended")
	}
	r.at(until)
	r.sweep()
	if len(r.stored("k01")) != 0 {
		t.Fatal("there after the hold has ended")
	}
}

// R29: ending one of several overlapping holds deletes nothing that another
// covers. R28: what nothing covers any more goes at once.
func TestR28R29OverlappingHolds(t *testing.T) {
	r := newRig(t, fullPolicy(t))
	all := r.minutes("k01", 6)
	k01 := []footage.CameraID{"k01"}
	r.place(Request{Cameras: k01, Span: span(0, 3)})
	r.place(Request{Cameras: k01, Span: span(2, 5)})
	r.at(all[5].Keep)
	r.sweep()
	if diff := cmp.Diff([]int{0, 1, 2, 3, 4}, r.stored("k01")); diff != "" {
		t.Fatal(diff)
	}
	if _, err := r.holds.Close("H-2026-0001", "the police do not need it", "t"); err != nil {
		t.Fatal(err)
	}
	if swept := r.sweep(); swept.Retired != 2 {
		t.Errorf("swept %+v", swept)
	}
	if diff := cmp.Diff([]int{2, 3, 4}, r.stored("k01")); diff != "" {
		t.Errorf("after closing the first: %s", diff)
	}
	if _, err := r.holds.Close("H-2026-0002", "delivered", "t"); err != nil {
		t.Fatal(err)
	}
	r.sweep()
	if left := r.stored("k01"); len(left) != 0 {
		t.Errorf("after closing both: %v", left)
	}
	if _, err := r.holds.Close("H-2026-0002", "again", "t"); !errors.Is(err, ErrRefused) {
		t.Errorf("closing twice gives %v", err)
	}
	if _, err := r.holds.Close("H-2026-0009", "none", "t"); !errors.Is(err, ErrNotFound) {
		t.Errorf("closing what is not there gives %v", err)
	}
}

// Ten overlapping holds, ended in a random order: nothing that one of them still
// covers goes, and nothing passes thirty days (R24, R29).
func TestR29TenHolds(t *testing.T) {
	r := newRig(t, fullPolicy(t))
	all := r.minutes("k01", 20)
	k01 := []footage.CameraID{"k01"}
	open := map[string]footage.Span{}
	for i := range 10 {
		s := span(i, i+6)
		open[r.place(Request{Cameras: k01, Span: s}).Hold.Number] = s
	}
	r.at(all[19].Keep)
	for number := range open { // Go walks a map in a random order
		if _, err := r.holds.Close(number, "not needed", "t"); err != nil {
			t.Fatal(err)
		}
		delete(open, number)
		r.sweep()
		var want []int
		for i, s := range all {
			for _, held := range open {
				if held.Overlaps(s.Span) {
					want = append(want, i)
					break
				}
			}
		}
		if diff := cmp.Diff(want, r.stored("k01")); diff != "" {
			t.Fatalf("after %s: %s", number, diff)
		}
	}
}

func TestR24NothingIsHeldPastThirtyDays(t *testing.T) {
	r := newRig(t, fullPolicy(t))
	all := r.minutes("k01", 1)
	k01 := []footage.CameraID{"k01"}
	r.place(Request{Cameras: k01, Span: span(0, 1)})
	r.at(all[0].Ceiling.Add(-time.Hour))
	r.place(Request{Cameras: k01, Span: span(0, 1)}) // a second hold on the last day
	if _, err := r.holds.Place(Request{Cameras: k01, Span: span(0, 1), Ground: CrimeLikely, Reason: "a fight at the entrance", Until: all[0].Ceiling.Add(48 * time.Hour)}); !errors.Is(err, ErrRefused) {
		t.Errorf("holding past the ceiling gives %v, want ErrRefused", err)
	}
	r.at(all[0].Ceiling)
	r.sweep()
	if len(r.stored("k01")) != 0 {
		t.Error("footage is older than thirty days")
	}
}

// A hold whose deadline has come is too late, though the sweeper has not been
// there: nothing comes back.
func TestHoldDoesNotReviveWhatIsDue(t *testing.T) {
	r := newRig(t, fullPolicy(t))
	all := r.minutes("k01", 2)
	r.at(all[0].Keep)
	placed := r.place(Request{Cameras: []footage.CameraID{"k01"}, Span: span(0, 2)})
	if placed.Segments != 1 {
		t.Errorf("holds %d segments, want 1", placed.Segments)
	}
	if diff := cmp.Diff([]Missing{{Camera: "k01", Span: span(0, 1), Why: LackDeleted}}, placed.Missing); diff != "" {
		t.Error(diff)
	}
	if _, err := r.holds.Close(placed.Hold.Number, "enough", "t"); err != nil {
		t.Fatal(err)
	}
	r.sweep()
	if diff := cmp.Diff([]int{1}, r.stored("k01")); diff != "" {
		t.Error(diff)
	}
}

// R27: the missing spans, exactly, each with its reason.
func TestMissingSpans(t *testing.T) {
	r := newRig(t, fullPolicy(t))
	r.record("k01", start.Add(time.Minute), start.Add(2*time.Minute))
	r.record("k01", start.Add(4*time.Minute), start.Add(5*time.Minute))
	r.pending = []footage.Span{span(5, 6)}
	r.update(func(tx *index.Tx) error {
		return vault.PutGap(tx, footage.Gap{Camera: "k01", Span: span(2, 3), Cause: footage.CauseStalled, Detail: "no frame for 10 s"})
	})
	r.at(start.Add(7 * time.Minute))
	week := footage.Span{From: start.Add(-8 * 24 * time.Hour), To: start.Add(10 * time.Minute)}
	placed := r.place(Request{Cameras: []footage.CameraID{"k01"}, Span: week})
	kept := start.Add(7 * time.Minute).Add(-MaxKeep)
	want := []Missing{
		{Camera: "k01", Span: footage.Span{From: week.From, To: kept + 1}, Why: LackDeleted},
		{Camera: "k01", Span: footage.Span{From: kept + 1, To: start.Add(time.Minute)}, Why: LackNotRecorded},
		{Camera: "k01", Span: span(2, 3), Why: LackGap, Cause: footage.CauseStalled, Detail: "no frame for 10 s"},
		{Camera: "k01", Span: span(3, 4), Why: LackNotRecorded},
		{Camera: "k01", Span: span(6, 7), Why: LackNotRecorded},
	}
	if diff := cmp.Diff(want, placed.Missing); diff != "" {
		t.Error(diff)
	}
}

func TestHoldOverNothing(t *testing.T) {
	r := newRig(t, fullPolicy(t))
	r.at(start.Add(time.Hour))
	q := Request{Cameras: []footage.CameraID{"k01"}, Span: span(0, 5), Ground: AccidentLikely, Reason: "a fall on the stairs"}
	placed, err := r.holds.Place(q)
	if !errors.Is(err, ErrNothing) {
		t.Fatalf("got %v, want ErrNothing", err)
	}
	if diff := cmp.Diff([]Missing{{Camera: "k01", Span: span(0, 5), Why: LackNotRecorded}}, placed.Missing); diff != "" {
		t.Error(diff)
	}
	if list, err := r.holds.List(true); err != nil || len(list) != 0 {
		t.Errorf("a hold that was refused is listed: %v %v", list, err)
	}
	r.pending = []footage.Span{span(0, 5)}
	if placed := r.place(q); placed.Hold.Number != "H-2026-0001" {
		t.Errorf("the number %s counts the refused hold", placed.Hold.Number)
	}
}

// A hold may reach into the future, and footage that comes later than the hold,
// or is uploaded later than its own seven days, is held from its first moment.
func TestHoldReachesFootageThatComesLater(t *testing.T) {
	r := newRig(t, fullPolicy(t))
	r.place(Request{Cameras: []footage.CameraID{"k01"}, Span: span(0, 10)})
	s := r.record("k01", start.Add(time.Minute), start.Add(2*time.Minute))
	if s.Deadline != s.Ceiling {
		t.Errorf("recorded under a hold, it goes at %s", s.Deadline)
	}
	r.at(start.Add(8 * 24 * time.Hour))
	late := r.record("k01", start.Add(3*time.Minute), start.Add(4*time.Minute))
	r.sweep()
	if diff := cmp.Diff([]int{1, 3}, r.stored("k01")); diff != "" {
		t.Error(diff)
	}
	if late.Deadline != late.Ceiling {
		t.Errorf("uploaded late, it goes at %s", late.Deadline)
	}
}

func TestRefusals(t *testing.T) {
	r := newRig(t, fullPolicy(t))
	r.minutes("k01", 1)
	good := Request{Cameras: []footage.CameraID{"k01"}, Span: span(0, 1), Ground: CrimeLikely, Reason: "a theft at the cloakroom"}
	for _, c := range []struct {
		name   string
		change func(*Request)
		want   error
	}{
		{"no camera", func(q *Request) { q.Cameras = nil }, ErrInvalid},
		{"an unknown camera", func(q *Request) { q.Cameras = []footage.CameraID{"k99"} }, ErrInvalid},
		{"an empty span", func(q *Request) { q.Span.To = q.Span.From }, ErrInvalid},
		{"no end", func(q *Request) { q.Span.To = 0 }, ErrInvalid},
		{"a ground that is not on the list", func(q *Request) { q.Ground = "curiosity" }, ErrInvalid},
		{"no reason", func(q *Request) { q.Reason = " \n" }, ErrInvalid},
		{"a reason that says nothing", func(q *Request) { q.Reason = " a fight, nineteen! \n" }, ErrInvalid},
		{"a long case number", func(q *Request) { q.Case = "1234567890123456789012345678901" }, ErrInvalid},
		{"an incident yet to come", func(q *Request) { q.Happened = start + 1 }, ErrInvalid},
		{"a long place", func(q *Request) { q.Place = strings.Repeat("æ", MaxPlace+1) }, ErrInvalid},
		{"a review in the past", func(q *Request) { q.Review = start }, ErrInvalid},
		{"a late review", func(q *Request) { q.Review = start.Add(ReviewEvery) + 1 }, ErrRefused},
		{"a short case number", func(q *Request) { q.Case = "12" }, ErrInvalid},
		{"an end that has passed", func(q *Request) { q.Until = start - 1 }, ErrInvalid},
		{"far into the future", func(q *Request) { q.Span.To = start.Add(25 * time.Hour) }, ErrRefused},
	} {
		q := good
		c.change(&q)
		if _, err := r.holds.Place(q); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// R20: a shorter retention applies to what is stored, at once; a longer one does
// not, and not after a restart either.
func TestR20ChangedRetention(t *testing.T) {
	r := newRig(t, fullPolicy(t))
	if err := r.holds.SetPolicy(fullPolicy(t)); err != nil {
		t.Fatal(err)
	}
	all := r.minutes("k01", 2)
	r.place(Request{Cameras: []footage.CameraID{"k01"}, Span: span(1, 2)})
	day := Policy{24 * time.Hour, 48 * time.Hour, oslo(t)}
	if err := r.holds.SetPolicy(day); err != nil {
		t.Fatal(err)
	}
	if err := r.holds.SetPolicy(fullPolicy(t)); err != nil {
		t.Fatal(err)
	}
	r.at(start.Add(24 * time.Hour))
	r.sweep()
	if diff := cmp.Diff([]int{1}, r.stored("k01")); diff != "" {
		t.Fatalf("after a day: %s", diff)
	}
	r.at(all[1].Span.From.Add(48 * time.Hour))
	r.sweep()
	if left := r.stored("k01"); len(left) != 0 {
		t.Fatalf("after two days: %v", left)
	}
}

// R26, invariant 3: a hold and the deletion of the same footage race each other
// 10,000 times. Whoever wins, what the hold said it keeps is kept, and what it
// said is missing is gone.
func TestR26HoldAgainstRetirement(t *testing.T) {
	t.Parallel()
	const rounds = 10_000
	r := newRig(t, fullPolicy(t))
	const camera = "k01"
	var kept, lost int
	var s vault.Segment
	for i := range rounds {
		// Its deadline comes while the two run: the clock moves on at a moment that
		// differs from round to round.
		from := start.Add(time.Duration(i) * time.Minute)
		if span := (footage.Span{From: from, To: from.Add(time.Minute)}); i%60 == 0 {
			s = r.record(camera, span.From, span.To)
		} else { // The race is between rows: one object for each hour key is enough.
			s.Span, s.Object = span, footage.ObjectKey(camera, from, 0)
			s = r.enter(s)
		}
		r.at(s.Keep - 1)
		var group sync.WaitGroup
		begin := make(chan struct{})
		var placed Placed
		var errPlace, errSweep error
		group.Go(func() {
			<-begin
			placed, errPlace = r.holds.Place(Request{Cameras: []footage.CameraID{camera}, Span: s.Span, Ground: CrimeLikely, Reason: "a race against deletion", By: "uid:0"})
		})
		group.Go(func() {
			<-begin
			_, errSweep = r.sweeper.retire()
		})
		group.Go(func() {
			<-begin
			r.at(s.Keep)
		})
		close(begin)
		group.Wait()
		if errSweep != nil {
			t.Fatal(errSweep)
		}
		r.at(s.Keep + 1)
		if _, err := r.sweeper.retire(); err != nil {
			t.Fatal(err)
		}
		var stored bool
		r.update(func(tx *index.Tx) (err error) {
			_, stored, err = vault.Find(tx, s.ID())
			return err
		})
		switch {
		case errPlace == nil && placed.Segments == 1:
			kept++
			if !stored {
				t.Fatalf("round %d: the hold was acknowledged and the footage is gone", i)
			}
			// Out of the way of the rounds to come.
			if _, err := r.holds.Close(placed.Hold.Number, "race over", "t"); err != nil {
				t.Fatal(err)
			}
		case errors.Is(errPlace, ErrNothing) && len(placed.Missing) == 1:
			lost++
			if stored {
				t.Fatalf("round %d: the hold said that it is gone, and it is there", i)
			}
		default:
			t.Fatalf("round %d: %+v, %v", i, placed, errPlace)
		}
	}
	r.sweep()
	t.Logf("held %d times, too late %d times", kept, lost)
	if kept == 0 || lost == 0 {
		t.Error("the two never raced: one of them always won")
	}
}

// Whatever holds are placed and closed, and whenever, a copy of an object opens for
// as long as the footage is kept and not longer than the rest of its hour.
func TestKeysFollowHolds(t *testing.T) {
	r := newRig(t, fullPolicy(t))
	all := r.minutes("k01", 6)
	copies := make([][]byte, len(all))
	for i, s := range all {
		copies[i] = r.copyOf(s)
	}
	opens := func(want ...int) {
		t.Helper()
		r.check()
		for i, s := range all {
			if got := r.opensCopy(s, copies[i]); got != slices.Contains(want, i) {
				t.Errorf("minute %d opens: %v", i, got)
			}
		}
	}
	k01 := []footage.CameraID{"k01"}
	one := r.place(Request{Cameras: k01, Span: span(1, 4)}).Hold // 1, 2, 3
	r.at(all[4].Keep - 1)
	r.sweep()
	opens(0, 1, 2, 3, 4, 5)                                      // 4 and 5 are not due, and have the same key
	two := r.place(Request{Cameras: k01, Span: span(3, 5)}).Hold // 3, 4
	r.at(all[5].Keep)
	if _, err := r.sweeper.retire(); err != nil { // and nothing is purged yet
		t.Fatal(err)
	}
	three := r.place(Request{Cameras: k01, Span: span(2, 6)}).Hold // 2, 3, 4: 5 is retired
	r.sweep()
	opens(1, 2, 3, 4)
	end := func(h Hold) {
		t.Helper()
		if _, err := r.holds.Close(h.Number, "over", "t"); err != nil {
			t.Fatal(err)
		}
		r.sweep()
	}
	end(one)
	opens(2, 3, 4)
	end(three)
	opens(3, 4)
	end(two)
	opens()
}

func TestPlanExplains(t *testing.T) {
	r := newRig(t, fullPolicy(t))
	all := r.minutes("k01", 4)
	k01 := []footage.CameraID{"k01"}
	r.place(Request{Cameras: k01, Span: span(1, 2)})
	r.place(Request{Cameras: k01, Span: span(2, 3), Until: all[2].Keep.Add(36 * time.Hour)})
	r.place(Request{Cameras: k01, Span: span(3, 4), Until: all[3].Keep.Add(-time.Hour)})
	r.at(all[0].Keep)
	plan, err := r.holds.Plan(all[0].Keep, 3)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range plan {
		got = append(got, fmt.Sprintf("%d %v %s", int(d.Segment.Span.From.Sub(start)/time.Minute), d.Delete, d.Why))
	}
	want := []string{
		"0 true recorded 2026-07-04 21:20:00 CEST, is due since 2026-07-11 21:20:00 CEST: kept 7 days, nothing holds it",
		"3 false recorded 2026-07-04 21:23:00 CEST, goes 2026-07-11 21:23:00 CEST: kept 7 days; H-2026-0003 ends before that",
		"2 false recorded 2026-07-04 21:22:00 CEST, goes 2026-07-13 09:22:00 CEST: held by H-2026-0002 until then",
		"1 false recorded 2026-07-04 21:21:00 CEST, goes 2026-08-03 21:21:00 CEST: held by H-2026-0001, to the ceiling of 30 days",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !slices.Equal(r.stored("k01"), []int{0, 1, 2, 3}) {
		t.Error("a plan has deleted something")
	}
}
