package vault

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/spool"
	"github.com/sjudager/sjudager/vault/store"
	"github.com/sjudager/sjudager/vault/store/storetest"
)

// faulty gives the rig a store that can be told to fail in every way, and that
// reports what the vault may not do.
func (r *rig) faulty() *storetest.Faulty {
	f := storetest.NewFaulty(r.t, r.store.Store)
	r.Store = f
	return f
}

// cycle does all that the vault does, as its loops would, and fails when a
// reader is given anything else than footage that may be read, whole.
func (r *rig) cycle(patience time.Duration) {
	r.t.Helper()
	step := func(do func(context.Context)) {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		do(ctx)
	}
	step(func(ctx context.Context) { r.Ingest(ctx) })
	for _, camera := range []footage.CameraID{"k01", "k02"} {
		for _, s := range r.segments(camera) {
			step(func(ctx context.Context) { r.read(ctx, s) })
		}
	}
	r.retire()
	step(func(ctx context.Context) { r.Purge(ctx) })
	step(func(ctx context.Context) { r.Inventory(ctx) })
}

// read reads s, which works, fails, or finds it gone: never anything else.
func (r *rig) read(ctx context.Context, s Segment) error {
	r.t.Helper()
	due := s.Deadline <= r.now()
	reader, err := r.Open(ctx, s.ID())
	if err == nil {
		var body []byte
		body, err = io.ReadAll(reader)
		if err == nil && (due || sha256.Sum256(body) != s.SHA256) {
			r.t.Errorf("%s, due %v, was read as %d of %d bytes, without an error", s.ID(), due, len(body), s.Bytes)
		}
		reader.Close()
	}
	if due && !errors.Is(err, ErrGone) {
		r.t.Errorf("%s is due, and reading it gives %v", s.ID(), err)
	}
	return err
}

// TestEveryFault meets every way in which a store fails, in every thing that it is
// asked, with footage in every state: while it fails the invariants hold, and when
// it has stopped failing everything comes right by itself.
func TestEveryFault(t *testing.T) {
	if _, err := clip(); err != nil {
		t.Fatal(err)
	}
	for _, op := range []storetest.Op{storetest.Put, storetest.Get, storetest.Delete, storetest.Absent, storetest.List} {
		for _, trouble := range storetest.Troubles(op) {
			t.Run(trouble.Name, func(t *testing.T) {
				t.Parallel()
				r := newRig(t)
				now := start.Add(168 * time.Hour)
				r.at(now.Add(-time.Minute))
				r.drop("k01", start)                // is stored, and falls due
				r.drop("k01", start.Add(time.Hour)) // is stored
				r.ingest()
				r.drop("k02", start)                // falls due in the spool
				r.drop("k02", start.Add(time.Hour)) // comes in while the store fails
				orphan := footage.ObjectKey("k03", start.Add(-time.Hour), 0)
				if err := r.store.Store.Put(t.Context(), orphan, store.FromBytes([]byte("left behind"))); err != nil {
					t.Fatal(err)
				}
				f := r.faulty()
				f.Inject(trouble.Fault)
				r.at(now)
				for range 2 {
					r.cycle(100 * time.Millisecond)
					f.Heal()
					r.at(r.now().Add(time.Second))
					r.invariants(orphan)
					f.Inject(trouble.Fault)
				}
				f.Heal()
				for range 3 {
					r.at(r.now().Add(time.Minute))
					r.cycle(30 * time.Second)
				}
				r.invariants()
				if n := len(r.objects()); n != 2 {
					t.Errorf("in the end the store has %d objects instead of 2", n)
				}
				if left, err := r.Spool.Segments(); err != nil || len(left) != 0 {
					t.Errorf("in the end the spool has %v, %v", left, err)
				}
				if a := r.Alarms(); len(a) != 0 {
					t.Errorf("in the end there are alarms: %v", a)
				}
				for _, camera := range []footage.CameraID{"k01", "k02"} {
					all := r.segments(camera)
					if len(all) != 1 || all[0].Span.From != start.Add(time.Hour) {
						t.Fatalf("in the end %s has %+v", camera, all)
					}
					if err := r.read(t.Context(), all[0]); err != nil {
						t.Error(err)
					}
				}
				due := footage.ObjectKey("k02", start, 0)
				if slices.ContainsFunc(f.Calls(), func(c storetest.Call) bool { return c.Op == storetest.Put && c.Key == due }) {
					t.Error("footage was uploaded after its deadline")
				}
			})
		}
	}
}

// invariants fails unless index, store, keys and spool agree, except about the
// objects given.
func (r *rig) invariants(except ...string) {
	r.t.Helper()
	checked, err := r.Check(r.t.Context(), CheckOptions{})
	if err != nil {
		r.t.Fatal(err)
	}
	found := checked.Findings
	for _, f := range found {
		if !slices.Contains(except, f.Object) {
			r.t.Errorf("%s: %s: %s", f.What, f.Object, f.Detail)
		}
	}
}

// TestCheck: the check itself notices what it is for.
func TestCheck(t *testing.T) {
	r := newRig(t)
	for i := range 4 {
		r.drop("k01", start.Add(time.Duration(i)*2*time.Second))
	}
	r.ingest()
	all := r.segments("k01")
	bare := r.store.Store
	orphan, stranger := footage.ObjectKey("k09", start, 0), "footage/readme.txt"
	for _, err := range []error{
		bare.Delete(t.Context(), all[0].Object),
		bare.Put(t.Context(), all[1].Object, store.FromBytes([]byte("other"))),
		bare.Put(t.Context(), orphan, store.FromBytes([]byte("x"))),
		bare.Put(t.Context(), stranger, store.FromBytes([]byte("x"))),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	checked, err := r.Check(t.Context(), CheckOptions{})
	if err != nil {
		t.Fatal(err)
	}
	found := checked.Findings
	got := map[string]Disagreement{}
	for _, f := range found {
		got[f.Object] = f.What
	}
	want := map[string]Disagreement{all[0].Object: Lost, all[1].Object: Altered, orphan: Orphan, stranger: Stranger}
	if len(found) != len(want) || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("found %v instead of %v", got, want)
	}
}

// A store that hangs holds a pass of removals for a minute, however many there are.
func TestPurgeOfAStoreThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		if err := r.Index.Update(func(tx *index.Tx) error {
			for i := range 2000 {
				from := start.Add(time.Duration(i) * time.Second)
				if err := putIntent(tx, Intent{Camera: "k01", Start: from, Object: footage.ObjectKey("k01", from, 0), Cause: ByDeadline}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		f := r.faulty()
		f.Inject(storetest.Fault{Op: storetest.Delete, Hang: true})
		for pass := range 5 {
			before := time.Now()
			purged, err := r.Purge(t.Context())
			if took := time.Since(before); took > 2*removeWithin {
				t.Errorf("the pass took %v", took)
			}
			if err != nil || purged.Failed == 0 || purged.Failed > 2*deletions || purged.Next != r.now().Add(backoff(pass+1)) {
				t.Errorf("pass %d: %+v, %v", pass, purged, err)
			}
			r.at(purged.Next)
		}
		f.Heal()
		r.at(r.now().Add(time.Minute))
		if purged, err := r.Purge(t.Context()); err != nil || len(purged.Removed) != 2000 || purged.Next != 0 {
			t.Errorf("healed: %d removed, %d failed, %v", len(purged.Removed), purged.Failed, err)
		}
	})
}

// The oldest goes first, every fourth is the newest, what failed goes last.
func TestOrder(t *testing.T) {
	var entries []spool.Entry
	for i := range 12 {
		entries = append(entries, spool.Entry{Path: string(rune('a' + i))})
	}
	failures := map[string]int{"b": 2, "c": 1}
	var got []byte
	for _, e := range order(entries, func(e spool.Entry) int { return failures[e.Path] }) {
		got = append(got, e.Path...)
	}
	if string(got) != "adelfghkijcb" {
		t.Errorf("the order is %s", got)
	}
	if got := order(nil, nil); len(got) != 0 {
		t.Error(got)
	}
}

// While a backlog drains, new footage is stored too; and the files that happened to
// be tried while the store was away are not kept for the end.
func TestBacklogDrains(t *testing.T) {
	r := newRig(t)
	at := func(i int) footage.Instant { return start.Add(time.Duration(i) * 2 * time.Second) }
	const backlog = passSize * 5 / 4
	for i := range backlog {
		r.drop("k01", at(i))
	}
	f := r.faulty()
	f.Inject(storetest.Fault{Op: storetest.Put, Err: io.ErrClosedPipe, Undone: true})
	for range 3 {
		if _, err := r.ingestSegments(t.Context()); err == nil {
			t.Fatal("no error")
		}
	}
	f.Heal()
	r.drop("k02", at(backlog)) // a camera goes on
	tries := len(f.Calls())
	for more := true; more; {
		var err error
		if more, err = r.ingestSegments(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var puts []string
	for _, c := range f.Calls()[tries:] {
		if c.Op == storetest.Put {
			puts = append(puts, c.Key)
		}
	}
	if n := slices.Index(puts, footage.ObjectKey("k02", at(backlog), 0)); n < 0 || n > 4*uploads { // the fourth by its turn; others overtake it on a busy machine
		t.Errorf("the newest footage was put as number %d", n)
	}
	if n := slices.Index(puts, footage.ObjectKey("k01", at(0), 0)); n < 0 || n > passSize+uploads {
		t.Errorf("the oldest footage was put as number %d of %d", n, len(puts))
	}
	if len(puts) != backlog+1 {
		t.Errorf("%d were put", len(puts))
	}
	r.check()
}

// A store that hangs keeps nobody from the spool: what is due goes, and room is made.
func TestRunWithAStoreThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.clock = start.Add(168*time.Hour - 5*time.Second).Time()
		begun := time.Now()
		offset := r.clock.Sub(begun)
		r.Now = func() time.Time { return time.Now().Add(offset) }
		f := r.faulty()
		f.Inject(storetest.Fault{Op: storetest.Put, Hang: true, Undone: true})
		r.drop("k01", start)                    // falls due in 5 s
		r.drop("k01", start.Add(2*time.Second)) // in 7 s
		r.drop("k01", start.Add(time.Hour))
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		finished := make(chan struct{}, 1)
		running.Go(func() { r.keepTidy(ctx, nil, finished) })
		running.Go(func() { r.fillStore(ctx, finished) })
		time.Sleep(4 * time.Second)
		synctest.Wait()
		if f.Waiting() != 3 {
			t.Errorf("%d uploads hang", f.Waiting())
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		left, err := r.Spool.Segments()
		if err != nil || len(left) != 1 || left[0].Start != start.Add(time.Hour) {
			t.Errorf("the spool has %v, %v", left, err)
		}
		cancel()
		running.Wait()
	})
}

func TestRoom(t *testing.T) {
	r := newRig(t)
	r.limit = 100 << 20
	grow := func(i int) {
		r.dropBytes("k01", start.Add(time.Duration(i)*time.Minute), bytes.Repeat([]byte{1}, 1<<20))
	}
	for i := range 8 {
		grow(i)
		r.at(start.Add(time.Duration(i) * time.Minute))
		if err := r.keepRoom(); err != nil {
			t.Fatal(err)
		}
	}
	room, err := r.ReadRoom()
	if err != nil || !room.Grows || room.Limit != 100<<20 {
		t.Fatalf("%+v, %v", room, err)
	}
	// A mebibyte a minute, and 95 - 8 of them are left.
	if d := room.Lasts - 87*time.Minute; d.Abs() > time.Minute {
		t.Errorf("the room lasts %v at %.0f bytes a second", room.Lasts, room.Rate)
	}
	entries, err := r.Spool.Segments()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries[1:] {
		if err := r.Spool.Remove(e.Path); err != nil {
			t.Fatal(err)
		}
	}
	if room, err = r.ReadRoom(); err != nil || room.Grows || room.Rate >= 0 {
		t.Errorf("a spool that drains has %+v, %v", room, err)
	}
}
