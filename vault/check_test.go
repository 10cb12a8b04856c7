package vault

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/seal"
	"github.com/sjudager/sjudager/vault/store"
	"github.com/sjudager/sjudager/vault/store/s3"
)

// checked runs a Check and returns what it found, by object.
func (r *rig) checked(o CheckOptions) map[string]Finding {
	r.t.Helper()
	c, err := r.Check(r.t.Context(), o)
	if err != nil {
		r.t.Fatal(err)
	}
	found := map[string]Finding{}
	for _, f := range c.Findings {
		if _, twice := found[f.Object]; twice {
			r.t.Errorf("%s is found twice", f.Object)
		}
		found[f.Object] = f
	}
	return found
}

func (r *rig) update(f func(tx *index.Tx) error) {
	r.t.Helper()
	if err := r.Index.Update(f); err != nil {
		r.t.Fatal(err)
	}
}

// place gives a rig another store.
type place func(*rig) *rig

// repairs are the tests of repairs, which hold wherever the footage is.
var repairs = map[string]func(*testing.T, place){
	"everything": testRepair, "what comes back": testRepairOfWhatComesBack, "what is due": testRepairDoesNotPutOff,
	"a rename": testRepairOfARename, "the index": testIndexLost,
}

func TestRepair(t *testing.T) {
	for name, test := range repairs {
		t.Run(name, func(t *testing.T) { test(t, func(r *rig) *rig { return r }) })
	}
}

// TestRepairOnS3: the same on real servers, with and without versions.
func TestRepairOnS3(t *testing.T) {
	onServers(t, func(t *testing.T, w s3Server) {
		for name, test := range repairs {
			for kind, bucket := range map[string]func(testing.TB) s3.Options{"plain": w.bucket, "versioned": w.versioned} {
				t.Run(name+", "+kind, func(t *testing.T) {
					s := w.open(t, bucket(t))
					test(t, func(r *rig) *rig { r.store.Store = s; return r })
				})
			}
		}
	})
}

// testRepair: everything that can be found is found and, where it can be, put right
// without deleting anything that is not due.
func testRepair(t *testing.T, in place) {
	r := in(newRig(t))
	if err := r.claim(r.store); err != nil {
		t.Fatal(err)
	}
	for i := range 8 {
		r.drop("k01", start.Add(time.Duration(i)*2*time.Second))
	}
	r.ingest()
	all := r.segments("k01")
	content := map[footage.SegmentID][]byte{}
	for _, s := range all {
		content[s.ID()] = r.bytesOf(s)
	}
	bare := r.store.Store
	bytesOf := r.object(all[5])
	bytesOf[len(bytesOf)-1] ^= 1
	stranger := "footage/readme.txt"
	for _, err := range []error{
		bare.Delete(t.Context(), all[0].Object),
		bare.Delete(t.Context(), all[1].Object),
		bare.Delete(t.Context(), MarkerKey),
		bare.Put(t.Context(), all[5].Object, store.FromBytes(bytesOf)), // only reading it tells
		bare.Put(t.Context(), all[6].Object, store.FromBytes(r.object(all[6])[:1000])),
		bare.Put(t.Context(), stranger, store.FromBytes([]byte("x"))),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	stray := index.Key(dueKind, start.Compact(), "k01", start.Add(time.Hour).Compact())
	r.update(func(tx *index.Tx) error {
		return errors.Join(
			drop(tx, all[2]),                 // an orphan
			tx.Delete(dueKey(all[3])),        // would never be deleted
			tx.Put(stray, struct{}{}),        // would stop the sweeper
			tx.Delete(hourKey("k01", start)), // would not be shown
			putIntent(tx, Intent{Camera: "k01", Start: all[4].Span.From, Object: all[4].Object}),
		)
	})
	want := map[string]Disagreement{
		all[0].Object: Lost, all[1].Object: Lost, all[2].Object: Orphan, dueKey(all[3]): Order, stray: Order,
		hourKey("k01", start): Summary, all[4].Object: Condemned, all[6].Object: Altered, stranger: Stranger, MarkerKey: BadMarker,
	}
	compare := func(found map[string]Finding) {
		t.Helper()
		got := map[string]Disagreement{}
		for object, f := range found {
			got[object] = f.What
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	compare(r.checked(CheckOptions{}))
	compare(r.checked(CheckOptions{})) // and nothing has changed
	want[all[5].Object] = Altered
	compare(r.checked(CheckOptions{Deep: true}))
	var told []Progress
	for object, f := range r.checked(CheckOptions{Deep: true, Repair: true, Progress: func(p Progress) { told = append(told, p) }}) {
		if can := f.What != Stranger && f.What != Altered; f.Repaired != can || f.Repairable != can || f.Problem != "" {
			t.Errorf("%s: %+v", object, f)
		}
	}
	if len(told) < 3 {
		t.Errorf("told only %v", told)
	}
	want = map[string]Disagreement{all[6].Object: Altered, stranger: Stranger}
	compare(r.checked(CheckOptions{}))

	left := r.segments("k01")
	if !slices.Equal(left, all[2:]) {
		t.Errorf("there is %v\ninstead of %v", left, all[2:])
	}
	for _, s := range append(left[:3:3], left[5:]...) {
		if !bytes.Equal(r.bytesOf(s), content[s.ID()]) {
			t.Errorf("%s has become something else", s.ID())
		}
	}
	lost := footage.Gap{Camera: "k01", Span: footage.Span{From: start, To: all[1].Span.To}, Cause: footage.CauseLost, Detail: "the store does not have it"}
	if diff := cmp.Diff([]footage.Gap{lost}, r.gaps("k01")); diff != "" {
		t.Error(diff)
	}
	var gone footage.Instant
	if err := r.Index.View(func(tx *index.Tx) (err error) { gone, err = Gone(tx, "k01"); return err }); err != nil || gone != 0 {
		t.Errorf("what was lost counts as deleted, up to %s, %v", gone, err)
	}
}

// testRepairOfWhatComesBack: an object that was written off and turns up again is
// footage again, and its gap closes.
func testRepairOfWhatComesBack(t *testing.T, in place) {
	r := in(newRig(t))
	for i := range 3 {
		r.drop("k01", start.Add(time.Duration(i)*2*time.Second))
	}
	r.ingest()
	all := r.segments("k01")
	away := r.object(all[1])
	for _, s := range all {
		if err := r.store.Store.Delete(t.Context(), s.Object); err != nil {
			t.Fatal(err)
		}
	}
	r.checked(CheckOptions{Repair: true})
	if n := len(r.segments("k01")); n != 0 {
		t.Fatalf("%d segments are left", n)
	}
	r.put(all[1].Object, away)
	r.checked(CheckOptions{Repair: true})
	if back := r.segments("k01"); !slices.Equal(back, all[1:2]) {
		t.Fatalf("there is %v", back)
	}
	r.bytesOf(all[1])
	if gaps := r.gaps("k01"); len(gaps) != 2 || gaps[0].Span != all[0].Span || gaps[1].Span != all[2].Span {
		t.Errorf("the gaps are %v", gaps)
	}
}

// testRepairDoesNotPutOff: what is due does not come back, and neither does what has
// another name than it was recorded under, which would give it another deadline.
func testRepairDoesNotPutOff(t *testing.T, in place) {
	r := in(newRig(t))
	r.drop("k01", start)
	r.drop("k01", start.Add(2*time.Second))
	r.ingest()
	all := r.segments("k01")
	younger := footage.ObjectKey("k01", start.Add(time.Minute), 0)
	r.put(younger, r.object(all[1]))
	r.update(func(tx *index.Tx) error { return drop(tx, all[0]) })
	r.at(all[0].Deadline.Add(10 * time.Minute))
	found := r.checked(CheckOptions{Repair: true})
	if f := found[all[0].Object]; f.What != Orphan || !f.Repaired {
		t.Errorf("the orphan that is due: %+v", f)
	}
	if f := found[all[1].Object]; f.What != Overdue || !f.Repaired {
		t.Errorf("the row that is due: %+v", f)
	}
	if f := found[younger]; f.What != Orphan {
		t.Errorf("the renamed one: %+v", f)
	}
	if left := r.segments("k01"); len(left) != 0 {
		t.Errorf("there is %v", left)
	}
	r.purge()
	if left := r.objects(); len(left) != 0 {
		t.Errorf("the store has %v", left)
	}
}

func testRepairOfARename(t *testing.T, in place) {
	r := in(newRig(t))
	r.drop("k01", start)
	r.ingest()
	younger := footage.ObjectKey("k01", start.Add(time.Minute), 0)
	r.put(younger, r.object(r.segments("k01")[0]))
	if f := r.checked(CheckOptions{Repair: true})[younger]; f.What != Orphan || f.Repaired || f.Problem == "" {
		t.Errorf("the renamed one: %+v", f)
	}
	if n := len(r.segments("k01")); n != 1 {
		t.Errorf("there are %d segments", n)
	}
}

// testIndexLost: the index is deleted, and comes back from the objects' own names and
// contents: the same rows, deadlines and digests included.
func testIndexLost(t *testing.T, in place) {
	folder := tempDir(t)
	r := in(newRigIn(t, folder))
	if err := r.claim(r.store); err != nil {
		t.Fatal(err)
	}
	r.holds = map[footage.Instant]footage.Instant{start.Add(2 * time.Second): start.Add(500 * time.Hour)}
	for i := range 4 {
		r.drop("k01", start.Add(time.Duration(i)*2*time.Second))
		r.drop("k02", start.Add(time.Duration(i)*time.Hour))
	}
	r.ingest()
	r.plain("k03", start, r.segments("k01")[0])
	was := append(r.segments("k01"), r.segments("k02")...)
	// An old hour of which only a held segment is left, and with it only its own key.
	r.at(start.Add(169 * time.Hour))
	r.retire()
	r.purge()
	var held []Segment
	for _, s := range was {
		if s.Readable(r.now()) {
			held = append(held, s)
		}
	}
	if identity, single := r.Keys.Has(seal.HourOf(held[0].Camera, held[0].Span.From)); identity || !single || held[0].Span.From != start.Add(2*time.Second) {
		t.Fatalf("%s has the keys %v %v", held[0].ID(), identity, single)
	}
	content := map[footage.SegmentID][]byte{}
	for _, s := range held {
		content[s.ID()] = r.bytesOf(s)
	}
	id := r.id()

	for _, name := range []string{"index.db"} {
		if err := os.Rename(filepath.Join(folder, name), filepath.Join(folder, name+".lost")); err != nil {
			t.Fatal(err)
		}
	}
	now := in(newRigIn(t, folder))
	now.clock, now.holds = r.clock, r.holds
	if err := now.claim(now.store); !errors.Is(err, ErrForeign) {
		t.Fatalf("the start is not refused: %v", err)
	}
	m, _, err := ReadMarker(context.Background(), now.store)
	if err != nil || m.Vault != id {
		t.Fatal(m, err)
	}
	now.update(func(tx *index.Tx) error { return SetID(tx, m.Vault) })
	for object, f := range now.checked(CheckOptions{Repair: true}) {
		if f.What != Orphan || !f.Repaired {
			t.Errorf("%s: %+v", object, f)
		}
	}
	got := append(now.segments("k01"), now.segments("k02")...)
	if diff := cmp.Diff(held, got); diff != "" {
		t.Error(diff)
	}
	for _, s := range got {
		if !bytes.Equal(now.bytesOf(s), content[s.ID()]) {
			t.Errorf("%s has become something else", s.ID())
		}
	}
	for object, f := range now.checked(CheckOptions{Deep: true}) {
		t.Errorf("%s: %+v", object, f)
	}
}

// TestCheckWhileFootageComesAndGoes: races with ingest and purge are no findings.
func TestCheckWhileFootageComesAndGoes(t *testing.T) {
	r := newRig(t)
	for i := range 30 {
		r.drop("k01", start.Add(time.Duration(i)*2*time.Second))
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 2)
	go func() { // arrives
		_, err := r.Ingest(ctx)
		done <- err
	}()
	go func() { // and goes, as if a deadline had come
		for n := 0; n < 30; {
			if err := r.Index.Update(func(tx *index.Tx) error {
				for s, err := range Due(tx, footage.Always.To-1) {
					if err != nil {
						return err
					}
					n++
					return Retire(tx, s)
				}
				return nil
			}); err != nil {
				done <- err
				return
			}
			if _, err := r.Purge(ctx); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	checks := 0
	for ended := 0; ended < 2; checks++ {
		for object, f := range r.checked(CheckOptions{Deep: true}) {
			t.Errorf("%s: %+v", object, f)
		}
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			ended++
		default:
		}
	}
	t.Logf("%d checks", checks)
}

// TestCheckInBatches: what is wrong in any batch of rows is found, and nothing twice,
// and a repair puts all of it right.
func TestCheckInBatches(t *testing.T) {
	r := newRig(t)
	const rows, length = 2*purgeBatch + 500, time.Second
	missing, lost := map[int]bool{0: true, purgeBatch - 1: true, purgeBatch: true, 2 * purgeBatch: true, rows - 1: true}, map[string]bool{}
	all := make([]Segment, rows)
	want := map[string]Disagreement{}
	for _, at := range []footage.Instant{start, start.Add(rows * length)} {
		if err := makeKey(r.Keys, "k01", at); err != nil {
			t.Fatal(err)
		}
	}
	r.update(func(tx *index.Tx) error {
		for i := range all {
			at := start.Add(time.Duration(i) * length)
			all[i] = Segment{
				Segment: footage.Segment{Camera: "k01", Span: footage.Span{From: at, To: at.Add(length)}, Bytes: 100, Codec: footage.H264},
				Terms:   Terms{Keep: at.Add(168 * time.Hour), Ceiling: at.Add(720 * time.Hour), Deadline: at.Add(168 * time.Hour)}, Object: footage.ObjectKey("k01", at, 0), State: Stored,
			}
			if err := Add(tx, all[i]); err != nil {
				return err
			}
			stray := index.Key(dueKind, start.Add(time.Duration(i)).Compact(), "k02", at.Compact())
			want[stray] = Order
			if err := tx.Put(stray, struct{}{}); err != nil {
				return err
			}
			if missing[i] {
				want[all[i].Object], lost[all[i].Object] = Lost, true
			}
		}
		want[dueKey(all[purgeBatch+1])] = Order
		return tx.Delete(dueKey(all[purgeBatch+1]))
	})
	r.Store = named{r.store, func(yield func(string, int64) bool) {
		for i, s := range all {
			if !missing[i] && !yield(s.Object, seal.Size(s.Bytes)) {
				return
			}
		}
	}, lost}
	for _, repair := range []bool{false, true} {
		got := map[string]Disagreement{}
		for object, f := range r.checked(CheckOptions{Repair: repair}) {
			if got[object] = f.What; f.Repaired != repair {
				t.Errorf("%+v", f)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	r.check()
	if n := len(r.segments("k01")); n != rows-len(missing) {
		t.Errorf("%d segments are left", n)
	}
}

// TestCheckOfAMess: however much is wrong, the list has an end, and what is beyond it
// is counted.
func TestCheckOfAMess(t *testing.T) {
	r := newRig(t)
	const wrong = MaxListed + 500
	r.Store = named{r.store, func(yield func(string, int64) bool) {
		for i := range wrong {
			if !yield(fmt.Sprintf("footage/readme-%d.txt", i), 1) {
				return
			}
		}
	}, nil}
	c, err := r.Check(t.Context(), CheckOptions{Repair: true})
	if err != nil || len(c.Findings) != MaxListed || c.Unlisted != 500 || c.Left != wrong {
		t.Errorf("%d findings are listed, %d not, %d are left, %v", len(c.Findings), c.Unlisted, c.Left, err)
	}
}

// TestCheckIsStopped: wherever it is, a check ends when nobody wants it any more, and
// says that it has not seen everything.
func TestCheckIsStopped(t *testing.T) {
	r := newRig(t)
	for i := range 3 {
		r.drop("k01", start.Add(time.Duration(i)*2*time.Second))
	}
	r.ingest()
	for _, step := range []string{"store", "index", "content"} {
		ctx, cancel := context.WithCancel(t.Context())
		var steps []string
		c, err := r.Check(ctx, CheckOptions{Deep: true, Progress: func(p Progress) {
			if steps = append(steps, p.Step); p.Step == step {
				cancel()
			}
		}})
		if step != "content" && !errors.Is(err, context.Canceled) || step != "content" && c.Read > 0 {
			t.Errorf("stopped at %q: %+v, %v", step, c, err)
		}
		if last := steps[len(steps)-1]; step == "store" && last != step {
			t.Errorf("after its end at %q it went on to %q", step, last)
		}
		cancel()
	}
}
