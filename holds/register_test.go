package holds

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// sheet is a Copy in memory that may be out of order.
type sheet struct {
	mu   sync.Mutex
	text []byte
	err  error
}

func (s *sheet) Read(context.Context) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text, s.err
}

func (s *sheet) Write(_ context.Context, text []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.text = text
	}
	return s.err
}

func (s *sheet) String() string { return "a sheet" }

func (s *sheet) numbers(t *testing.T) (numbers []string) {
	t.Helper()
	var r register
	if err := json.Unmarshal(s.text, &r); err != nil {
		t.Fatal(err)
	}
	for _, h := range r.Holds {
		numbers = append(numbers, h.Number+" "+string(h.State))
	}
	return numbers
}

var promised = Policy{Keep: MaxKeep, Hold: MaxHold, Zone: time.UTC}

func (r *rig) hold(camera footage.CameraID, from, to footage.Instant) Hold {
	r.t.Helper()
	placed, err := r.holds.Place(Request{Cameras: []footage.CameraID{camera}, Span: footage.Span{From: from, To: to}, Ground: CrimeLikely, Reason: "a fight at the entrance", By: "uid:1"})
	if err != nil {
		r.t.Fatal(err)
	}
	return placed.Hold
}

// rewind puts the index back to what copy made of it.
func (r *rig) snapshot() (rewind func()) {
	r.t.Helper()
	old := map[string]any{}
	read := func() map[string]any {
		rows := map[string]any{}
		if err := r.index.View(func(tx *index.Tx) error {
			for row := range tx.Scan("", "~") {
				var v any
				if err := row.Decode(&v); err != nil {
					return err
				}
				rows[row.Key] = v
			}
			return nil
		}); err != nil {
			r.t.Fatal(err)
		}
		return rows
	}
	old = read()
	return func() {
		r.t.Helper()
		now := read()
		r.update(func(tx *index.Tx) error {
			for key := range now {
				if err := tx.Delete(key); err != nil {
					return err
				}
			}
			for key, row := range old {
				if err := tx.Put(key, row); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

func (r *rig) deadlines() map[footage.SegmentID]footage.Instant {
	r.t.Helper()
	all := map[footage.SegmentID]footage.Instant{}
	r.update(func(tx *index.Tx) error {
		for s, err := range vault.Due(tx, footage.Always.To-1) {
			if err != nil {
				return err
			}
			all[s.ID()] = s.Deadline
		}
		return nil
	})
	return all
}

func (r *rig) list() (all []Hold) {
	r.t.Helper()
	kept, err := r.holds.List(true)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, k := range kept {
		all = append(all, k.Hold)
	}
	return all
}

// TestR37Reconcile: a backup from before a hold was placed, or was closed, does not
// lose the one nor revive the other, and footage has the deadlines that it had.
func TestR37Reconcile(t *testing.T) {
	near, far := &sheet{}, &sheet{}
	r := newRig(t, promised)
	r.holds.Near, r.holds.Far = near, far
	minute := footage.Instant(time.Minute / time.Microsecond)
	for i := range footage.Instant(6) {
		r.record("k01", start+i*minute, start+(i+1)*minute)
	}
	r.at(start + 10*minute)
	closed := r.hold("k01", start, start+2*minute)
	kept := r.hold("k01", start+minute, start+minute+1)
	rewind := r.snapshot()

	r.at(start + 20*minute)
	if _, err := r.holds.Close(closed.Number, "not needed", "uid:2"); err != nil {
		t.Fatal(err)
	}
	r.at(start.Add(MaxKeep - time.Hour))
	later := r.hold("k01", start+3*minute, start+4*minute)
	brief := r.hold("k01", start+5*minute, start+6*minute)
	if _, err := r.holds.Close(brief.Number, "a mistake", "uid:2"); err != nil {
		t.Fatal(err)
	}
	// Days later only what is held is there.
	r.at(start.Add(MaxKeep + 48*time.Hour))
	if _, err := r.sweeper.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	holds, deadlines := r.list(), r.deadlines()
	if len(deadlines) != 2 {
		t.Fatalf("left is %v", deadlines)
	}

	rewind()
	if diff := cmp.Diff(holds, r.list()); diff == "" {
		t.Fatal("the backup is not older")
	}
	done, err := r.holds.Reconcile(t.Context())
	if err != nil || len(done.Faults) > 0 || !slices.Equal(done.Revived, []string{later.Number}) || !slices.Equal(done.Ended, []string{closed.Number}) {
		t.Errorf("%+v, %v", done, err)
	}
	if diff := cmp.Diff(holds, r.list()); diff != "" {
		t.Error(diff)
	}
	if _, err := r.sweeper.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(deadlines, r.deadlines()); diff != "" {
		t.Error(diff)
	}
	for id := range deadlines {
		open, err := r.vault.Open(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, open); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	if done, err = r.holds.Reconcile(t.Context()); err != nil || len(done.Revived)+len(done.Ended) != 0 {
		t.Errorf("again: %+v, %v", done, err)
	}
	// Numbers are not given twice.
	if next := r.hold("k01", start+minute, start+minute+1); next.Number != "H-2026-0005" || kept.Number != "H-2026-0002" {
		t.Errorf("the next is %s", next.Number)
	}
}

// A backup from before a hold was confirmed does not let it lapse, and one from before
// a hold was narrowed does not widen it again (R37).
func TestR37ReconcileChanges(t *testing.T) {
	r := newRig(t, promised)
	r.holds.Near = &sheet{}
	all := r.minutes("k01", 4)
	k01 := []footage.CameraID{"k01"}
	r.at(all[0].Keep.Add(-12 * time.Hour))
	quick := r.place(Request{Cameras: k01, Span: span(0, 1), Quick: true}).Hold
	wide := r.place(Request{Cameras: k01, Span: span(1, 4)}).Hold
	rewind := r.snapshot()
	r.at(all[0].Keep.Add(-11 * time.Hour))
	if _, err := r.holds.Confirm(quick.Number, "", "uid:1"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.holds.Narrow(wide.Number, []Selection{{k01, span(1, 2)}, {k01, span(3, 4)}}, "less", "uid:1"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.holds.Review(wide.Number, Review{Note: "still", Case: "16482011", By: "uid:1"}); err != nil {
		t.Fatal(err)
	}
	holds, deadlines := r.list(), r.deadlines()
	rewind()
	r.at(all[0].Keep.Add(24 * time.Hour)) // the wait and the seven days have passed
	if done, err := r.holds.Reconcile(t.Context()); err != nil || len(done.Faults)+len(done.Revived)+len(done.Ended) > 0 {
		t.Errorf("%+v, %v", done, err)
	}
	byNumber := cmpopts.SortSlices(func(a, b Hold) bool { return a.Number < b.Number })
	if diff := cmp.Diff(holds, r.list(), byNumber); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(deadlines, r.deadlines()); diff != "" {
		t.Error(diff)
	}
	r.sweep()
	if diff := cmp.Diff([]int{0, 1, 3}, r.stored("k01")); diff != "" {
		t.Error(diff)
	}
	told := len(r.told())
	if _, err := r.holds.Reconcile(t.Context()); err != nil || len(r.told()) != told {
		t.Errorf("again it changes something: %v", err)
	}
}

// TestReconcileOfWhatNoCopyHas: after a crash between the commit and the copy the
// index is newer, and a copy that is out of order changes nothing.
func TestReconcileOfWhatNoCopyHas(t *testing.T) {
	near, far := &sheet{}, &sheet{err: errors.New("it burns")}
	r := newRig(t, promised)
	r.holds.Near, r.holds.Far = near, far
	r.record("k01", start, start+1)
	r.at(start + 1)
	one := r.hold("k01", start, start+1)
	old := near.text
	two := r.hold("k01", start, start+1)
	if _, err := r.holds.Close(one.Number, "not needed", "uid:2"); err != nil {
		t.Fatal(err)
	}
	if got := near.numbers(t); !slices.Equal(got, []string{two.Number + " active", one.Number + " closed"}) {
		t.Errorf("the copy has %v", got)
	}
	near.text = old
	before := r.list()
	done, err := r.holds.Reconcile(t.Context())
	if err != nil || done.Copies != 1 || len(done.Faults) != 1 || len(done.Revived)+len(done.Ended) != 0 {
		t.Errorf("%+v, %v", done, err)
	}
	if diff := cmp.Diff(before, r.list()); diff != "" {
		t.Error(diff)
	}
}

func TestKeepCopies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := &sheet{}, &sheet{err: errors.New("it burns")}
		r := newRig(t, promised)
		r.holds.Near, r.holds.Far = near, far
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); r.holds.KeepCopies(ctx) }()
		synctest.Wait()
		if a := r.holds.Alarms(); len(a) != 1 || a[0].Code != footage.AlarmHolds {
			t.Errorf("the alarms are %v", a)
		}
		r.record("k01", start, start+1)
		r.at(start + 1)
		hold := r.hold("k01", start, start+1)
		far.mu.Lock()
		far.err = nil
		far.mu.Unlock()
		time.Sleep(copyAgain)
		synctest.Wait()
		if got := far.numbers(t); !slices.Equal(got, []string{hold.Number + " active"}) || len(r.holds.Alarms()) != 0 {
			t.Errorf("the copy has %v, the alarms are %v", got, r.holds.Alarms())
		}
		cancel()
		<-done
	})
}

// TestHoldUnknown: when nobody knows the holds, what only a hold can have kept stays.
func TestHoldUnknown(t *testing.T) {
	r := newRig(t, promised)
	r.at(start.Add(MaxKeep + time.Hour))
	number, err := r.holds.HoldUnknown([]footage.CameraID{"k01"}, start, footage.At(r.now()))
	if err != nil || number == "" {
		t.Fatal(number, err)
	}
	old, young := r.record("k01", start, start+1), r.record("k01", start.Add(2*time.Hour), start.Add(2*time.Hour)+1)
	if old.Deadline != old.Ceiling || young.Deadline != young.Keep {
		t.Errorf("the deadlines are %s and %s", old.Deadline, young.Deadline)
	}
	if _, err := r.holds.Close(number, "it is known now", "uid:0"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.sweeper.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := r.deadlines(); len(left) != 1 {
		t.Errorf("left is %v", left)
	}
	if number, err := r.holds.HoldUnknown([]footage.CameraID{"k01"}, young.Span.From, footage.At(r.now())); err != nil || number != "" {
		t.Errorf("a hold on what is young: %s, %v", number, err)
	}
}
