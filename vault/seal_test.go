package vault

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/seal"
	"github.com/sjudager/sjudager/vault/store"
)

// bytesOf reads a segment.
func (r *rig) bytesOf(s Segment) []byte {
	r.t.Helper()
	open, err := r.Open(context.Background(), s.ID())
	if err != nil {
		r.t.Fatal(err)
	}
	defer open.Close()
	b, err := io.ReadAll(open)
	if err != nil {
		r.t.Fatal(err)
	}
	return b
}

// object reads an object as it lies in the store.
func (r *rig) object(s Segment) []byte {
	r.t.Helper()
	body, err := r.store.Store.Get(context.Background(), s.Object, 0, -1)
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

// put puts bytes into the store behind the vault's back.
func (r *rig) put(key string, b []byte) {
	r.t.Helper()
	if err := r.store.Store.Put(context.Background(), key, store.Object{Size: int64(len(b)), Body: bytes.NewReader(b)}); err != nil {
		r.t.Fatal(err)
	}
}

// plain stores the footage of like as a build without sealing has stored it.
func (r *rig) plain(camera footage.CameraID, from footage.Instant, like Segment) Segment {
	r.t.Helper()
	s := like
	s.Camera, s.Seal, s.Span = camera, seal.ID{}, footage.Span{From: from, To: from.Add(like.Span.To.Sub(like.Span.From))}
	s.Object = strings.TrimSuffix(footage.ObjectKey(camera, from, 0), ".age")
	r.put(s.Object, r.bytesOf(like))
	if err := r.Index.Update(func(tx *index.Tx) (err error) {
		if s.Terms, err = r.Terms(tx, camera, s.Span); err != nil {
			return err
		}
		return Add(tx, s)
	}); err != nil {
		r.t.Fatal(err)
	}
	return s
}

func (r *rig) purge() Purged {
	r.t.Helper()
	r.retire()
	purged, err := r.Purge(context.Background())
	if err != nil {
		r.t.Fatal(err)
	}
	r.check()
	return purged
}

// keys lists the files of keys, the master aside.
func (r *rig) keys() (names []string) {
	r.t.Helper()
	all, err := filepath.Glob(filepath.Join(r.keysDir, "*", "*"))
	if err != nil {
		r.t.Fatal(err)
	}
	for _, path := range all {
		names = append(names, filepath.Base(path))
	}
	return names
}

// hold holds single segments.
func (r *rig) hold(until footage.Instant, held ...Segment) {
	r.t.Helper()
	if err := r.Index.Update(func(tx *index.Tx) error {
		r.holds = map[footage.Instant]footage.Instant{}
		var changes []Change
		for _, s := range held {
			r.holds[s.Span.From] = until
		}
		for _, camera := range Cameras(tx) {
			for s, err := range Segments(tx, camera, footage.Always) {
				if err != nil {
					return err
				}
				terms, err := r.Terms(tx, camera, s.Span)
				if err != nil {
					return err
				}
				changes = append(changes, Change{Segment: s, To: terms})
			}
		}
		return SetTerms(tx, changes)
	}); err != nil {
		r.t.Fatal(err)
	}
}

// row puts n recordings of two seconds into the vault, one behind the other.
func (r *rig) row(n int) []Segment {
	r.t.Helper()
	for i := range n {
		r.drop("k01", start.Add(time.Duration(i)*2*time.Second))
	}
	r.ingest()
	return r.segments("k01")
}

// R9, R18: a copy of footage that is due opens neither here nor by hand with
// everything that is left; and when somebody puts it back, it is found and goes.
func TestCopyOfDueFootageStaysClosed(t *testing.T) {
	r := newRig(t)
	s := r.row(1)[0]
	copied := r.object(s)
	if open := r.unseal(s); open == "" {
		t.Fatal("it does not open before its time")
	}
	r.at(s.Deadline)
	if purged := r.purge(); len(purged.Removed) != 1 || len(r.objects()) != 0 || len(r.keys()) != 0 {
		t.Fatalf("purged %+v, left %v and the keys %v", purged, r.objects(), r.keys())
	}

	r.put(s.Object, copied)
	if _, err := r.Open(context.Background(), s.ID()); !errors.Is(err, ErrGone) {
		t.Errorf("opened: %v", err)
	}
	for _, keys := range []*seal.Keys{r.Keys, r.openKeys()} { // with the caches of before, and without
		if _, err := keys.Open(s.Camera, s.Span.From, s.Seal, copied[:seal.MaxHead], s.Bytes); !errors.Is(err, seal.ErrNoKey) {
			t.Errorf("its key is there: %v", err)
		}
	}
	if out, err := r.age("-d", "-i", filepath.Join(r.keysDir, "master.key"), filepath.Join(filepath.Dir(r.keysDir), "store", s.Object)); err == nil {
		t.Errorf("age opens it with what is left: %d bytes", len(out))
	}
	found, err := r.Inventory(context.Background())
	if err != nil || !slices.Equal(found.Due, []string{s.Object}) {
		t.Errorf("the inventory finds %+v, %v", found, err)
	}
	if r.purge(); len(r.objects()) != 0 {
		t.Error("it stays in the store")
	}
}

// The keys of what is due go although the store is away, and what waits for the
// store waits closed.
func TestKeysGoFirst(t *testing.T) {
	r := newRig(t)
	s := r.row(1)[0]
	r.at(s.Deadline)
	r.store.set("Delete", "", "")
	if purged := r.purge(); purged.Failed != 1 || len(r.keys()) != 0 {
		t.Errorf("purged %+v, keys %v", purged, r.keys())
	}
	r.store.set("", "", "")
	r.at(s.Deadline.Add(time.Minute))
	if purged := r.purge(); len(purged.Removed) != 1 || len(r.objects()) != 0 {
		t.Errorf("purged %+v", purged)
	}
}

// Holds keep the keys of the segments that they cover and no others, however they
// overlap, begin and end.
func TestHoldsKeepTheirKeysOnly(t *testing.T) {
	r := newRig(t)
	all := r.row(5)
	copies := map[footage.Instant][]byte{}
	for _, s := range all {
		copies[s.Span.From] = r.object(s)
	}
	later := start.Add(300 * time.Hour)
	opens := func(want ...Segment) {
		t.Helper()
		for _, keys := range []*seal.Keys{r.Keys, r.openKeys()} {
			for _, s := range all {
				_, err := keys.Open(s.Camera, s.Span.From, s.Seal, copies[s.Span.From][:seal.MaxHead], s.Bytes)
				if should := slices.ContainsFunc(want, func(w Segment) bool { return w.ID() == s.ID() }); should != (err == nil) {
					t.Errorf("%s: %v, should open: %v", s.ID(), err, should)
				}
			}
		}
		for _, s := range r.segments("k01") {
			r.bytesOf(s)
		}
	}
	r.hold(later, all[1], all[2], all[3])
	r.at(all[0].Deadline)
	r.purge()
	opens(all...) // the last is not due yet: the identity is still there
	r.at(all[4].Deadline)
	r.purge()
	opens(all[1], all[2], all[3])
	if got := r.keys(); !slices.Equal(got, []string{"2026-07-04T19.held"}) {
		t.Errorf("keys %v", got)
	}
	r.hold(later, all[2], all[3]) // one of two holds is closed: what it alone kept goes
	r.purge()
	opens(all[2], all[3])
	r.hold(later, all[3])
	r.purge()
	opens(all[3])
	r.at(later)
	r.purge()
	opens()
	if len(r.keys()) != 0 || len(r.objects()) != 0 {
		t.Errorf("left %v, %v", r.keys(), r.objects())
	}
}

// While the heads of held objects cannot be read, the hour's key stays, what is due
// is removed all the same, and the next try settles it.
func TestHeldHeadsCannotBeRead(t *testing.T) {
	for name, c := range map[string]func(r *rig, held Segment){
		"the store is away": func(r *rig, _ Segment) { r.store.set("Get", "", "") },
		"another object lies there": func(r *rig, held Segment) {
			other := newRig(r.t)
			r.put(held.Object, other.object(other.row(1)[0]))
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			all := r.row(2)
			good := r.object(all[1])
			r.hold(start.Add(300*time.Hour), all[1])
			c(r, all[1])
			r.at(all[0].Deadline)
			if purged := r.purge(); purged.Failed != 1 || len(r.objects()) != 1 || !slices.Equal(r.keys(), []string{"2026-07-04T19.key"}) {
				t.Errorf("purged %+v, objects %v, keys %v", purged, r.objects(), r.keys())
			}
			if a := r.Alarms(); len(a) != 1 || a[0].Code != footage.AlarmDeletion {
				t.Errorf("alarms %v", a)
			}
			r.store.set("", "", "")
			r.put(all[1].Object, good)
			r.at(all[0].Deadline.Add(time.Minute))
			if purged := r.purge(); len(purged.Removed) != 1 || !slices.Equal(r.keys(), []string{"2026-07-04T19.held"}) || len(r.Alarms()) != 0 {
				t.Errorf("purged %+v, keys %v, alarms %v", purged, r.keys(), r.Alarms())
			}
			r.bytesOf(all[1])
		})
	}
	t.Run("it has been lost", func(t *testing.T) {
		r := newRig(t)
		all := r.row(2)
		r.hold(start.Add(300*time.Hour), all[1])
		if err := r.store.Delete(context.Background(), all[1].Object); err != nil {
			t.Fatal(err)
		}
		r.at(all[0].Deadline)
		r.retire()
		if purged, err := r.Purge(context.Background()); err != nil || len(purged.Removed) != 1 || len(r.keys()) != 0 {
			t.Errorf("purged %+v, %v, keys %v", purged, err, r.keys())
		}
	})
}

// The plug is pulled before each operation on the keys' disk, while half of an hour
// goes and half is held; the next start does what is missing.
func TestCrashInPurge(t *testing.T) {
	dead := errors.New("the plug is out")
	for plug := 0; ; plug++ {
		r := newRig(t)
		all := r.row(3)
		r.hold(start.Add(300*time.Hour), all[2])
		r.at(all[1].Deadline)
		n := 0
		r.Keys.Intercept(func(seal.Op, string) error {
			if n++; n > plug {
				return dead
			}
			return nil
		})
		purged := r.purge()
		if len(r.objects()) != 1 {
			t.Errorf("plug %d: a disk of keys that fails keeps %v", plug, r.objects())
		}
		done := purged.Failed == 0
		r.Keys = r.openKeys()
		r.at(r.now().Add(time.Minute))
		if purged := r.purge(); purged.Failed != 0 || !slices.Equal(r.keys(), []string{"2026-07-04T19.held"}) {
			t.Errorf("plug %d: then %+v, keys %v", plug, purged, r.keys())
		}
		r.bytesOf(all[2])
		if done {
			break
		}
	}
}

// A purge does not take the key of an hour into which a recording is on its way.
func TestPurgeDuringIngest(t *testing.T) {
	r := newRig(t)
	r.row(1)
	s := r.segments("k01")[0]
	sealing, err := r.Keys.Seal("k01", start.Add(time.Minute), bytes.NewReader(nil), 0)
	if err != nil {
		t.Fatal(err)
	}
	r.at(s.Deadline)
	if purged := r.purge(); purged.Failed != 0 || len(purged.Removed) != 0 || purged.Next != r.now().Add(time.Second) || len(r.objects()) != 0 || len(r.Alarms()) != 0 {
		t.Errorf("purged %+v, alarms %v", purged, r.Alarms())
	}
	if len(r.keys()) != 1 {
		t.Errorf("keys %v", r.keys())
	}
	sealing.Close()
	r.at(s.Deadline.Add(time.Second))
	if purged := r.purge(); len(purged.Removed) != 1 || len(r.keys()) != 0 {
		t.Errorf("purged %+v, keys %v", purged, r.keys())
	}
}

// An object that is put again after a failure is the same object, so that it does
// not matter which of the two arrives last.
func TestPutAgainIsTheSameObject(t *testing.T) {
	r := newRig(t)
	r.drop("k01", start)
	r.store.set("", "Put", "")
	if _, err := r.Ingest(context.Background()); err == nil {
		t.Fatal("no error")
	}
	key := footage.ObjectKey("k01", start, 0)
	first := r.object(Segment{Object: key})
	r.store.set("", "", "")
	r.ingest()
	s := r.segments("k01")[0]
	if !bytes.Equal(first, r.object(s)) {
		t.Error("the second is another")
	}
	r.bytesOf(s)
	// What has a lease on the key lets go of it.
	r.at(s.Deadline)
	if r.purge(); len(r.keys()) != 0 {
		t.Errorf("keys %v", r.keys())
	}

	// A recording that changed in between is sealed anew, in a further pass.
	r.at(start.Add(time.Minute))
	path := r.drop("k02", start)
	r.store.set("Put", "", "")
	r.Ingest(context.Background())
	r.store.set("", "Put", "")
	r.Ingest(context.Background())
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[bytes.Index(b, []byte("mdat"))+100] ^= 1
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	r.store.set("", "", "")
	if _, err := r.Ingest(context.Background()); !errors.Is(err, seal.ErrChanged) {
		t.Errorf("a changed recording: %v", err)
	}
	r.ingest()
	r.bytesOf(r.segments("k02")[0])

	// One that falls due in the spool lets go, too.
	r.drop("k03", start)
	r.store.set("Put", "", "")
	r.Ingest(context.Background())
	r.store.set("", "", "")
	r.at(start.Add(200 * time.Hour))
	r.ingest()
	r.purge()
	if _, err := r.Inventory(context.Background()); err != nil || len(r.keys()) != 0 {
		t.Errorf("keys %v, %v", r.keys(), err)
	}
}

// Keys of which no footage came go when everything of their hour would be due.
func TestStrayKeys(t *testing.T) {
	r := newRig(t)
	sealing, err := r.Keys.Seal("k09", start, bytes.NewReader(nil), 0)
	if err != nil {
		t.Fatal(err)
	}
	sealing.Close()
	for _, c := range []struct {
		at   footage.Instant
		want []string
	}{
		{start.Add(168 * time.Hour), nil},
		{start.Add(169*time.Hour + time.Second), []string{"k09/2026-07-04T19"}},
		{start.Add(170 * time.Hour), nil},
	} {
		r.at(c.at)
		if found, err := r.Inventory(context.Background()); err != nil || !slices.Equal(found.Keys, c.want) {
			t.Errorf("at %s: %v, %v", c.at, found.Keys, err)
		}
	}
	if len(r.keys()) != 0 {
		t.Errorf("keys %v", r.keys())
	}
}

// A full disk of keys keeps new hours waiting in the spool, and nothing else.
func TestKeysDiskFull(t *testing.T) {
	r := newRig(t)
	s := r.row(1)[0]
	r.drop("k01", start.Add(time.Hour))
	r.Keys.Intercept(func(op seal.Op, _ string) error {
		if op == seal.OpWrite {
			return syscall.ENOSPC
		}
		return nil
	})
	if _, err := r.Ingest(context.Background()); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("ingest: %v", err)
	}
	r.check()
	if a := r.Alarms(); len(a) != 1 || a[0].Code != footage.AlarmKeys || !strings.Contains(a[0].Detail, "no space left") {
		t.Errorf("alarms %v", a)
	}
	r.at(s.Deadline)
	if purged := r.purge(); len(purged.Removed) != 1 || len(r.keys()) != 0 {
		t.Errorf("purged %+v, keys %v", purged, r.keys())
	}
	r.Keys.Intercept(nil)
	r.ingest()
	if n := len(r.segments("k01")); n != 1 || len(r.Alarms()) != 0 {
		t.Errorf("%d rows, alarms %v", n, r.Alarms())
	}
}

// A damaged key of the hour that is costs what was sealed to it, until it is put
// right: what comes in goes on, and all of it goes when it is due.
func TestDamagedKeyOfThisHour(t *testing.T) {
	r := newRig(t)
	first := r.row(2)[0]
	path := filepath.Join(r.keysDir, seal.HourOf("k01", start).String()+".key")
	good, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, good[1:], 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	r.drop("k02", start)
	r.ingest()
	r.Keys = r.openKeys() // what is in memory is not read again
	r.drop("k01", start.Add(10*time.Second))
	r.ingest()
	all := r.segments("k01")
	if a := r.Alarms(); len(all) != 3 || len(a) != 1 || a[0].Code != footage.AlarmDamagedKey || !strings.Contains(a[0].Detail, path) {
		t.Fatalf("%d segments, alarms %v", len(all), a)
	}
	if err := r.read(t.Context(), all[2]); err != nil {
		t.Errorf("the new one: %v", err)
	}
	if err := r.read(t.Context(), first); !errors.Is(err, seal.ErrKey) {
		t.Errorf("one from before: %v", err)
	}
	if err := os.WriteFile(path, good, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if err := r.read(t.Context(), s); err != nil {
			t.Errorf("when the key is right again: %v", err)
		}
	}
	r.ingest()
	if a := r.Alarms(); len(a) != 0 {
		t.Errorf("alarms %v", a)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r.at(all[2].Deadline)
	if purged := r.purge(); purged.Failed != 0 || len(r.keys()) != 0 || len(r.Alarms()) != 0 {
		t.Errorf("purged %+v, keys %q, alarms %v", purged, r.keys(), r.Alarms())
	}
}

// Objects of an earlier build are read, and go, as before.
func TestPlainObjects(t *testing.T) {
	r := newRig(t)
	sealed := r.row(1)[0]
	s := r.plain("k02", start, sealed)
	if !bytes.Equal(r.bytesOf(s), r.bytesOf(sealed)) {
		t.Error("other bytes")
	}
	r.check()
	r.at(s.Deadline)
	if r.purge(); len(r.objects()) != 0 || len(r.segments("k02")) != 0 {
		t.Errorf("left %v", r.objects())
	}
}

// What is not the object that was put there is not shown.
func TestAlteredObjectsAreNotRead(t *testing.T) {
	r := newRig(t)
	all := r.row(2)
	s := all[0]
	whole, good := r.bytesOf(s), r.object(s)
	plain := r.plain("k02", start, s)
	for name, c := range map[string]struct {
		object []byte
		want   error
		range_ bool // a range from the end is refused, too
	}{
		"another segment":      {r.object(all[1]), seal.ErrOther, true},
		"a bit near the end":   {flip(good, len(good)-5), seal.ErrDamaged, true},
		"a bit near the start": {flip(good, 200), seal.ErrDamaged, len(good) < 64<<10},
		"a part":               {good[:len(good)-1], io.ErrUnexpectedEOF, true},
		"a plain file":         {whole, seal.ErrNotSealed, true},
		"nothing":              {nil, seal.ErrNotSealed, true},
	} {
		r.put(s.Object, c.object)
		open, err := r.Open(context.Background(), s.ID())
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(open); !errors.Is(err, c.want) || !bytes.HasPrefix(whole, b) {
			t.Errorf("%s: read %d bytes, %v", name, len(b), err)
		}
		if _, err := open.ReadAt(make([]byte, 10), s.Bytes-10); c.range_ && !errors.Is(err, c.want) {
			t.Errorf("%s: read its end, %v", name, err)
		}
		open.Close()
	}
	r.put(plain.Object, flip(whole, len(whole)/2))
	open, err := r.Open(context.Background(), plain.ID())
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	if b, err := io.ReadAll(open); !errors.Is(err, ErrAltered) || len(b) >= len(whole) {
		t.Errorf("an altered plain object: %d of %d bytes, %v", len(b), len(whole), err)
	}
}

func flip(b []byte, at int) []byte {
	b = bytes.Clone(b)
	b[at] ^= 1
	return b
}

// gets is a store that counts requests for bytes.
type gets struct {
	store.Store
	mu  sync.Mutex
	all [][2]int64
}

func (g *gets) Get(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	g.mu.Lock()
	g.all = append(g.all, [2]int64{offset, length})
	g.mu.Unlock()
	return g.Store.Get(ctx, key, offset, length)
}

// Reading asks the store once, for what it needs; away from the beginning once more
// for the header, and that only once.
func TestRequests(t *testing.T) {
	r := newRig(t)
	body, err := half()
	if err != nil {
		t.Fatal(err)
	}
	r.dropBytes("k01", start, body)
	r.ingest()
	s := r.segments("k01")[0]
	whole := r.bytesOf(s)
	g := &gets{Store: r.store}
	r.Store = g
	type read struct{ off, n int64 } // n -1: by Read, to the end
	middle := s.Bytes / 2
	const mib = 1 << 20
	for name, c := range map[string]struct {
		reads []read
		want  int
		bytes int64 // asked for at most, beside what was read
	}{
		"whole":                       {[]read{{0, -1}}, 1, 16 << 10},
		"a little from the beginning": {[]read{{0, 1000}}, 1, 128 << 10},
		"near the beginning":          {[]read{{100_000, 1000}}, 1, 256 << 10},
		"from the middle":             {[]read{{middle, -1}}, 2, 256 << 10},
		"a range":                     {[]read{{middle, mib}}, 2, 256 << 10},
		"beginning, then ranges":      {[]read{{0, 5000}, {middle, mib}, {middle + mib, 10}, {s.Bytes - 1, 1}}, 4, 512 << 10},
		"ranges":                      {[]read{{middle, 10}, {mib, mib}}, 3, 512 << 10},
		"read on from a range":        {[]read{{middle, 10}, {middle, -1}}, 3, 512 << 10},
	} {
		g.all = nil
		open, err := r.Open(context.Background(), s.ID())
		if err != nil {
			t.Fatal(err)
		}
		var wanted int64
		for _, rd := range c.reads {
			var got []byte
			if rd.n < 0 {
				rd.n = s.Bytes - rd.off
				open.Seek(rd.off, io.SeekStart)
				got, err = io.ReadAll(open)
			} else {
				got = make([]byte, rd.n)
				_, err = open.ReadAt(got, rd.off)
			}
			wanted += rd.n
			if err != nil || !bytes.Equal(got, whole[rd.off:rd.off+rd.n]) {
				t.Errorf("%s: %d bytes from %d: %v", name, len(got), rd.off, err)
			}
		}
		open.Close()
		var asked int64
		for _, get := range g.all {
			asked += min(get[1], seal.Size(s.Bytes)-get[0])
		}
		if len(g.all) != c.want || asked > wanted+wanted/1000+c.bytes {
			t.Errorf("%s: %d requests %v for %d bytes, of which %d were needed", name, len(g.all), g.all, asked, wanted)
		}
	}
	open, err := r.Open(context.Background(), s.ID())
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	b := make([]byte, 100)
	if n, err := open.ReadAt(b, s.Bytes-10); n != 10 || err != io.EOF {
		t.Errorf("beyond the end: %d, %v", n, err)
	}
	if n, err := open.ReadAt(b, s.Bytes); n != 0 || err != io.EOF {
		t.Errorf("at the end: %d, %v", n, err)
	}
	r.at(s.Deadline)
	if _, err := open.ReadAt(b, 0); !errors.Is(err, ErrGone) {
		t.Errorf("past the deadline: %v", err)
	}
}
