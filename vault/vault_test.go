package vault

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/seal"
	"github.com/sjudager/sjudager/vault/spool"
	"github.com/sjudager/sjudager/vault/store"
	"github.com/sjudager/sjudager/vault/store/dir"
)

// start is when the tests' recordings begin.
const start = footage.Instant(1783192800000000) // 2026-07-04T19:20:00Z

// clip makes two seconds of real H.264 once, fragmented as a recording made by
// something else may be.
var clip = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "clip")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "clip.mp4")
	cmd := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=2",
		"-c:v", "libx264", "-preset", "ultrafast", "-bf", "0", "-g", "25", "-pix_fmt", "yuv420p",
		"-movflags", "+frag_keyframe+empty_moov+default_base_moof", path)
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, errors.New("ffmpeg is needed: apt-get install -y ffmpeg: " + err.Error() + ": " + string(out))
	}
	return os.ReadFile(path)
})

// faults is a store that can be told to misbehave. It wraps a real one.
type faults struct {
	store.Store
	mu     sync.Mutex
	before map[string]error // by method: fail without doing it
	after  map[string]error // do it, and report a failure
	lies   map[string]bool  // say that it is done, and do nothing
	calls  map[string]int
}

func (f *faults) call(method string, do func() error) error {
	f.mu.Lock()
	before, after, lies := f.before[method], f.after[method], f.lies[method]
	f.calls[method]++
	f.mu.Unlock()
	if before != nil {
		return before
	}
	if lies {
		return nil
	}
	return errors.Join(do(), after)
}

func (f *faults) Put(ctx context.Context, key string, o store.Object) error {
	return f.call("Put", func() error { return f.Store.Put(ctx, key, o) })
}

func (f *faults) Get(ctx context.Context, key string, offset, length int64) (body io.ReadCloser, err error) {
	err = f.call("Get", func() error { body, err = f.Store.Get(ctx, key, offset, length); return err })
	return body, err
}

func (f *faults) Delete(ctx context.Context, key string) error {
	return f.call("Delete", func() error { return f.Store.Delete(ctx, key) })
}

func (f *faults) set(before, after, lie string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	broken := errors.New("the store is out of order")
	f.before, f.after, f.lies = map[string]error{}, map[string]error{}, map[string]bool{}
	if before != "" {
		f.before[before] = broken
	}
	if after != "" {
		f.after[after] = broken
	}
	f.lies[lie] = true
}

type rig struct {
	*Vault
	t       testing.TB
	store   *faults
	keysDir string
	clock   time.Time
	heldTo  footage.Instant                     // what Terms takes for the latest hold
	holds   map[footage.Instant]footage.Instant // by start: the same for single segments
	limit   int64
}

// tempDir is a folder in memory where there is one: the tests sync thousands of
// times, and what a disk does to that is not their subject.
func tempDir(t testing.TB) string {
	t.Helper()
	path, err := os.MkdirTemp("/dev/shm", "vault")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(path) })
	return path
}

func newRig(t testing.TB) *rig {
	t.Helper()
	return newRigIn(t, tempDir(t))
}

func newRigIn(t testing.TB, folder string) *rig {
	t.Helper()
	r := &rig{t: t, clock: start.Add(time.Minute).Time(), limit: 1 << 40}
	now := func() time.Time { return r.clock }
	db, err := index.Open(filepath.Join(folder, "index.db"), now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	sp, err := spool.Open(filepath.Join(folder, "spool"))
	if err != nil {
		t.Fatal(err)
	}
	objects, err := dir.Open(filepath.Join(folder, "store"))
	if err != nil {
		t.Fatal(err)
	}
	r.keysDir = filepath.Join(folder, "keys")
	keys, err := seal.Open(r.keysDir, "", true)
	if err != nil {
		t.Fatal(err)
	}
	r.store = &faults{Store: objects, calls: map[string]int{}}
	r.Vault = New(Options{
		Index: db, Store: r.store, Spool: sp, Keys: keys, Site: "Sentrum Scene", SpoolLimit: func() int64 { return r.limit },
		Terms: func(_ *index.Tx, _ footage.CameraID, span footage.Span) (Terms, error) {
			t := Terms{Keep: span.From.Add(168 * time.Hour), Ceiling: span.From.Add(720 * time.Hour)}
			t.Deadline = min(t.Ceiling, max(t.Keep, r.heldTo, r.holds[span.From]))
			return t, nil
		},
		Now: now, Log: slog.New(slog.DiscardHandler),
	})
	return r
}

func (r *rig) at(i footage.Instant) { r.clock = i.Time() }

// drop puts a recording of two seconds into the spool.
func (r *rig) drop(camera footage.CameraID, from footage.Instant) string {
	r.t.Helper()
	body, err := clip()
	if err != nil {
		r.t.Fatal(err)
	}
	return r.dropBytes(camera, from, body)
}

func (r *rig) dropBytes(camera footage.CameraID, from footage.Instant, body []byte) string {
	r.t.Helper()
	folder := filepath.Join(r.Spool.Dir(), string(camera))
	path := filepath.Join(folder, from.Compact()+".mp4")
	temporary := filepath.Join(filepath.Dir(r.Spool.Dir()), "recording")
	written := start.Time()
	if err := errors.Join(os.MkdirAll(folder, 0o700), os.WriteFile(temporary, body, 0o600), os.Chtimes(temporary, written, written), os.Rename(temporary, path)); err != nil {
		r.t.Fatal(err)
	}
	return path
}

func (r *rig) segments(camera footage.CameraID) (all []Segment) {
	r.t.Helper()
	if err := r.Index.View(func(tx *index.Tx) error {
		for s, err := range Segments(tx, camera, footage.Always) {
			if err != nil {
				return err
			}
			all = append(all, s)
		}
		return nil
	}); err != nil {
		r.t.Fatal(err)
	}
	return all
}

func (r *rig) gaps(camera footage.CameraID) (all []footage.Gap) {
	r.t.Helper()
	if err := r.Index.View(func(tx *index.Tx) error {
		for g, err := range Gaps(tx, camera, footage.Always) {
			if err != nil {
				return err
			}
			all = append(all, g)
		}
		return nil
	}); err != nil {
		r.t.Fatal(err)
	}
	return all
}

func (r *rig) ingest() footage.Instant {
	r.t.Helper()
	next, err := r.Ingest(context.Background())
	if err != nil {
		r.t.Fatal(err)
	}
	r.check()
	return next
}

// objects lists what the store has.
func (r *rig) objects() map[string]int64 {
	r.t.Helper()
	all := map[string]int64{}
	for o, err := range r.store.List(context.Background(), "") {
		if err != nil {
			r.t.Fatal(err)
		}
		all[o.Key] = o.Size
	}
	return all
}

// check holds the whole state to invariant 4, whatever time has been skipped.
func (r *rig) check() {
	r.t.Helper()
	checked, err := r.Check(context.Background(), CheckOptions{})
	if err != nil {
		r.t.Fatal(err)
	}
	found := checked.Findings
	for _, f := range found {
		if f.What == Overdue || f.What == StrayKey {
			continue // these go with the next sweep and the next inventory
		}
		r.t.Errorf("%s: %s: %s", f.What, f.Object, f.Detail)
	}
}

func TestIngest(t *testing.T) {
	r := newRig(t)
	path := r.drop("k01", start)
	r.drop("k02", start.Add(time.Second))
	if err := r.Spool.AddGap(footage.Gap{Camera: "k01", Span: footage.Span{From: start - 50, To: start}, Cause: footage.CauseStalled, Detail: "d"}); err != nil {
		t.Fatal(err)
	}
	r.ingest()
	all := r.segments("k01")
	if len(all) != 1 {
		t.Fatalf("got %d segments", len(all))
	}
	s := all[0]
	if s.Span != (footage.Span{From: start, To: start.Add(2 * time.Second)}) || s.Codec != footage.H264 || s.Width != 320 || s.Height != 180 || s.Frames != 50 {
		t.Errorf("got %+v", s)
	}
	if s.Deadline != start.Add(168*time.Hour) {
		t.Errorf("it goes at %s", s.Deadline)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the spool still has it: %v", err)
	}
	if diff := cmp.Diff([]footage.Gap{{Camera: "k01", Span: footage.Span{From: start - 50, To: start}, Cause: footage.CauseStalled, Detail: "d"}}, r.gaps("k01")); diff != "" {
		t.Error(diff)
	}

	// What the read path gives is what was digested, and a player's verdict on what
	// age gets out of the store, by hand, is that it is one whole video.
	open, err := r.Open(context.Background(), s.ID())
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	body, err := io.ReadAll(open)
	if err != nil || sha256.Sum256(body) != s.SHA256 {
		t.Errorf("read %d bytes with another digest, %v", len(body), err)
	}
	if _, err := open.Seek(-10, io.SeekEnd); err != nil {
		t.Fatal(err)
	}
	if tail, err := io.ReadAll(open); err != nil || !bytes.Equal(tail, body[len(body)-10:]) {
		t.Errorf("after a seek: %v", err)
	}
	if moov, mdat := bytes.Index(body, []byte("moov")), bytes.Index(body, []byte("mdat")); moov < 0 || mdat < moov {
		t.Errorf("moov at %d, mdat at %d", moov, mdat)
	}
	object := r.unseal(s)
	out, err := exec.Command("ffprobe", "-v", "error", "-count_packets", "-show_entries", "stream=codec_name,nb_read_packets:format_tags", "-of", "compact", object).CombinedOutput()
	if err != nil {
		t.Fatalf("ffprobe is needed (apt-get install -y ffmpeg): %v: %s", err, out)
	}
	for _, want := range []string{"codec_name=h264", "nb_read_packets=50", "com.sjudager.camera=k01", "com.sjudager.site=Sentrum Scene", "com.sjudager.start=2026-07-04T19:20:00.000000Z"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("ffprobe does not say %s: %s", want, out)
		}
	}
}

// Every step of ingest can fail, or succeed and say that it failed, or be the
// last thing before a crash; the next pass sets it right, and nothing is stored
// twice.
func TestIngestRecovers(t *testing.T) {
	for _, c := range []struct{ name, before, after, lie string }{
		{name: "Put fails", before: "Put"},
		{name: "Put succeeds and reports a failure", after: "Put"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			r.drop("k01", start)
			r.store.set(c.before, c.after, c.lie)
			if _, err := r.Ingest(context.Background()); err == nil {
				t.Fatal("the pass reports no error")
			}
			r.check()
			if len(r.segments("k01")) != 0 {
				t.Error("there is a row after a failed Put")
			}
			if a := r.Alarms(); len(a) != 1 || a[0].Code != footage.AlarmStore {
				t.Errorf("alarms %v", a)
			}
			r.store.set("", "", "")
			r.ingest()
			if len(r.segments("k01")) != 1 || len(r.objects()) != 1 || len(r.Alarms()) != 0 {
				t.Errorf("%d rows, %d objects, alarms %v", len(r.segments("k01")), len(r.objects()), r.Alarms())
			}
		})
	}
	t.Run("killed between row and removal from the spool", func(t *testing.T) {
		r := newRig(t)
		r.drop("k01", start)
		r.ingest()
		path := r.drop("k01", start)
		r.ingest()
		if len(r.segments("k01")) != 1 || r.store.calls["Put"] != 1 {
			t.Errorf("%d rows, %d puts", len(r.segments("k01")), r.store.calls["Put"])
		}
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the spool still has it: %v", err)
		}
	})
}

// A store that is away ends a pass after a few tries, and one file that cannot
// be stored does not keep the others waiting.
func TestIngestGivesUpEarly(t *testing.T) {
	r := newRig(t)
	for i := range 20 {
		r.drop("k01", start.Add(time.Duration(i)*2*time.Second))
	}
	r.store.set("Put", "", "")
	if _, err := r.Ingest(context.Background()); err == nil {
		t.Fatal("no error")
	}
	if n := r.store.calls["Put"]; n > giveUp+uploads {
		t.Errorf("%d tries against a store that is away", n)
	}
	r.store.set("", "", "")
	r.ingest()
	if n := len(r.segments("k01")); n != 20 {
		t.Errorf("%d of 20 are in", n)
	}
}

// A store that was away past the deadline gets nothing that is due.
func TestDueInTheSpoolIsNotStored(t *testing.T) {
	r := newRig(t)
	r.drop("k01", start)
	r.drop("k01", start.Add(time.Hour))
	r.store.set("Put", "", "")
	r.at(start.Add(168*time.Hour - time.Second))
	next, err := r.Ingest(context.Background())
	if err == nil || next != start.Add(168*time.Hour) {
		t.Errorf("next pass at %s, %v", next, err)
	}
	r.at(start.Add(168 * time.Hour))
	if _, err := r.Ingest(context.Background()); err == nil {
		t.Error("no error")
	}
	left, err := r.Spool.Segments()
	if err != nil || len(left) != 1 || left[0].Start != start.Add(time.Hour) {
		t.Errorf("the spool has %v, %v", left, err)
	}
	r.store.set("", "", "")
	r.at(start.Add(200 * time.Hour))
	r.ingest()
	if len(r.objects()) != 0 || len(r.segments("k01")) != 0 {
		t.Error("footage was stored after its deadline")
	}
}

func TestDueInTheSpoolAndHeldIsStored(t *testing.T) {
	r := newRig(t)
	r.heldTo = start.Add(300 * time.Hour)
	r.drop("k01", start)
	r.at(start.Add(200 * time.Hour))
	r.ingest()
	if all := r.segments("k01"); len(all) != 1 || all[0].Deadline != r.heldTo {
		t.Errorf("got %+v", all)
	}
}

func TestDamagedIsSetAsideAndGoes(t *testing.T) {
	r := newRig(t)
	r.dropBytes("k01", start, []byte("this is no video, whatever its name says"))
	r.drop("k01", start.Add(time.Hour))
	r.ingest()
	if n := len(r.segments("k01")); n != 1 {
		t.Errorf("%d rows, want the good one", n)
	}
	gaps := r.gaps("k01")
	if len(gaps) != 1 || gaps[0].Span.From != start || gaps[0].Cause != footage.CauseDamaged {
		t.Errorf("gaps %+v", gaps)
	}
	r.ingest()
	if a := r.Alarms(); len(a) != 1 || a[0].Code != footage.AlarmDamaged {
		t.Errorf("alarms %v", a)
	}
	r.at(start.Add(168 * time.Hour))
	r.ingest()
	if left, err := r.Spool.Damaged(); err != nil || len(left) != 0 {
		t.Errorf("past the deadline the spool has %v, %v", left, err)
	}
	if a := r.Alarms(); len(a) != 0 {
		t.Errorf("alarms %v", a)
	}
}

// A file that is being copied in is not damaged, it is not there yet.
func TestHalfCopiedIsLeftAlone(t *testing.T) {
	r := newRig(t)
	body, err := clip()
	if err != nil {
		t.Fatal(err)
	}
	path := r.dropBytes("k01", start, body[:len(body)/3])
	just := r.clock.Add(-settle / 2)
	if err := os.Chtimes(path, just, just); err != nil {
		t.Fatal(err)
	}
	r.ingest()
	if set, err := r.Spool.Damaged(); err != nil || len(set) != 0 {
		t.Errorf("set aside: %v, %v", set, err)
	}
	if err := os.WriteFile(path, body, 0o600); err != nil {
		t.Fatal(err)
	}
	r.ingest()
	if n := len(r.segments("k01")); n != 1 {
		t.Errorf("%d rows", n)
	}
}

func TestOverlappingRecordingIsSetAside(t *testing.T) {
	r := newRig(t)
	r.drop("k01", start)
	r.ingest()
	r.drop("k01", start.Add(time.Second))
	r.drop("k01", start.Add(2*time.Second))
	r.ingest()
	if n := len(r.segments("k01")); n != 2 {
		t.Errorf("%d rows, want the first and the one that touches it", n)
	}
	if set, err := r.Spool.Damaged(); err != nil || len(set) != 1 {
		t.Errorf("set aside %v, %v", set, err)
	}
}

// R15: the oldest goes first, held footage never, and each loss is a gap.
func TestSpoolLimit(t *testing.T) {
	r := newRig(t)
	for i := range 4 {
		r.drop("k01", start.Add(time.Duration(i)*2*time.Second))
	}
	body, _ := clip()
	r.limit = 3 * int64(len(body))
	r.store.set("Put", "", "")
	if _, err := r.Ingest(context.Background()); err == nil {
		t.Fatal("no error")
	}
	left, err := r.Spool.Segments()
	if err != nil || len(left) != 2 || left[0].Start != start.Add(4*time.Second) {
		t.Errorf("the spool has %v, %v", left, err)
	}
	gaps := r.gaps("k01")
	if len(gaps) != 1 || gaps[0].Cause != footage.CauseSpoolFull || gaps[0].Span != (footage.Span{From: start, To: start.Add(4 * time.Second)}) {
		t.Errorf("gaps %+v", gaps)
	}
	r.heldTo, r.limit = start.Add(300*time.Hour), 1
	if _, err := r.Ingest(context.Background()); err == nil {
		t.Fatal("no error")
	}
	if left, err := r.Spool.Segments(); err != nil || len(left) != 2 {
		t.Errorf("held footage was dropped: %v, %v", left, err)
	}
}

func (r *rig) retire() {
	r.t.Helper()
	if err := r.Index.Update(func(tx *index.Tx) error {
		var due []Segment
		for s, err := range Due(tx, tx.Now) {
			if err != nil {
				return err
			}
			due = append(due, s)
		}
		for _, s := range due {
			if err := Retire(tx, s); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		r.t.Fatal(err)
	}
}

// R11, R22: a removal counts when the store has been seen without the object, is
// tried again until then, and stops no other.
func TestR22Purge(t *testing.T) {
	for _, c := range []struct{ name, before, after, lie string }{
		{name: "Delete fails", before: "Delete"},
		{name: "Delete succeeds and reports a failure", after: "Delete"},
		{name: "Delete says that it is done and keeps the object", lie: "Delete"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			r.drop("k01", start)
			r.ingest()
			r.at(start.Add(168 * time.Hour))
			r.retire()
			r.store.set(c.before, c.after, c.lie)
			purged, err := r.Purge(context.Background())
			if err != nil || purged.Failed != 1 || len(purged.Removed) != 0 || purged.Next != r.now().Add(time.Second) {
				t.Fatalf("purged %+v, %v", purged, err)
			}
			if a := r.Alarms(); len(a) != 1 || a[0].Code != footage.AlarmDeletion {
				t.Errorf("alarms %v", a)
			}
			r.check()
			r.store.set("", "", "")
			if purged, err = r.Purge(context.Background()); err != nil || len(purged.Removed) != 0 {
				t.Errorf("tried again before its time: %+v, %v", purged, err)
			}
			r.at(purged.Next)
			if purged, err = r.Purge(context.Background()); err != nil || len(purged.Removed) != 1 || purged.Next != 0 {
				t.Errorf("purged %+v, %v", purged, err)
			}
			if len(r.objects()) != 0 || len(r.Alarms()) != 0 {
				t.Errorf("left %v, alarms %v", r.objects(), r.Alarms())
			}
		})
	}
}

// R12: what the index does not know is found in the store, reported, and deleted
// when its own name says that it is due and nothing holds it.
func TestR12Inventory(t *testing.T) {
	r := newRig(t)
	ctx := context.Background()
	r.drop("k01", start)
	r.ingest()
	body := []byte("left behind")
	put := func(key string) {
		t.Helper()
		if err := r.store.Store.Put(ctx, key, store.FromBytes(body)); err != nil {
			t.Fatal(err)
		}
	}
	due, young, stranger := footage.ObjectKey("removed-camera", start.Add(-169*time.Hour), 0), footage.ObjectKey("k01", start.Add(-time.Hour), 3), "footage/readme.txt"
	put(due)
	put(young)
	put(stranger)
	spooled := footage.ObjectKey("k02", start, 0)
	r.drop("k02", start)
	put(spooled)

	found, err := r.Inventory(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Inventory{Objects: 5, Orphans: []string{young}, Due: []string{due}, Stranger: []string{stranger}}, found); diff != "" {
		t.Error(diff)
	}
	if _, err := r.Purge(ctx); err != nil {
		t.Fatal(err)
	}
	if _, ok := r.objects()[due]; ok {
		t.Error("what was due is still there")
	}
	r.heldTo = start.Add(1000 * time.Hour)
	r.at(start.Add(200 * time.Hour))
	if found, err = r.Inventory(ctx); err != nil || len(found.Due) != 0 {
		t.Errorf("an orphan that a hold covers is due: %+v, %v", found, err)
	}
}

// Run takes in what appears, without being told.
func TestRun(t *testing.T) {
	r := newRig(t)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	r.drop("k01", start)
	select {
	case <-r.Changed():
	case <-time.After(30 * time.Second):
		t.Fatal("nothing came in")
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if n := len(r.segments("k01")); n != 1 {
		t.Errorf("%d rows", n)
	}
}

// unseal opens the object of s as an operator does who has nothing but the folders,
// the master key and age(1), and returns the path of the MP4.
func (r *rig) unseal(s Segment) string {
	r.t.Helper()
	folder := r.t.TempDir()
	identity, plain := filepath.Join(folder, "identity"), filepath.Join(folder, "plain.mp4")
	for _, args := range [][]string{
		{"-d", "-i", filepath.Join(r.keysDir, "master.key"), "-o", identity, filepath.Join(r.keysDir, seal.HourOf(s.Camera, s.Span.From).String()+".key")},
		{"-d", "-i", identity, "-o", plain, filepath.Join(filepath.Dir(r.keysDir), "store", filepath.FromSlash(s.Object))},
	} {
		if out, err := r.age(args...); err != nil {
			r.t.Fatalf("age is needed (apt-get install -y age): %v: %s", err, out)
		}
	}
	if body, err := os.ReadFile(plain); err != nil || sha256.Sum256(body) != s.SHA256 {
		r.t.Errorf("age opens %s as %d bytes of another digest, %v", s.Object, len(body), err)
	}
	return plain
}

func (r *rig) age(args ...string) ([]byte, error) {
	return exec.Command("age", args...).CombinedOutput()
}

// openKeys opens the keys as a start does.
func (r *rig) openKeys() *seal.Keys {
	r.t.Helper()
	keys, err := seal.Open(r.keysDir, "", false)
	if err != nil {
		r.t.Fatal(err)
	}
	return keys
}
