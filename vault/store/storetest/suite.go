package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sjudager/sjudager/vault/store"
)

const (
	kib = 1 << 10
	mib = 1 << 20
)

// Run holds the stores that open returns to the contract. Each is empty when it
// is opened, and is used by one subtest.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, s store.Store)
	}{
		{"round trip", testRoundTrip},
		{"ranges", testRanges},
		{"put again", testPutAgain},
		{"missing", testMissing},
		{"delete", testDelete},
		{"keys", testKeys},
		{"list", testList},
		{"wrong body", testWrongBody},
		{"cancelled", testCancelled},
		{"at once", testAtOnce},
		{"same key at once", testSameKeyAtOnce},
		{"memory", testMemory},
		{"description", testDescription},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

func testRoundTrip(t *testing.T, s store.Store) {
	for i, size := range []int64{0, 1, 64*kib - 1, 64 * kib, 64*kib + 1, 5 * mib, 20 * mib} {
		key, o := fmt.Sprintf("footage/k01/%d.mp4", i), NewObject(uint64(i), size)
		// A body that has been read before, as in a retry of the caller's.
		if _, err := o.Body.Seek(size/2, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		before := time.Now()
		put(t, s, key, o)
		info, err := s.Stat(t.Context(), key)
		if err != nil || info.Key != key || info.Size != size {
			t.Errorf("Stat of %d bytes returns %+v, %v", size, info, err)
		}
		if d := info.Stored.Sub(before); d < -5*time.Second || d > time.Minute {
			t.Errorf("it was stored %v after it was put", d)
		}
		if got := get(t, s, key, 0, -1); sha256.Sum256(got) != o.SHA256 {
			t.Errorf("%d bytes came back as %d others", size, len(got))
		}
	}
}

func testRanges(t *testing.T, s store.Store) {
	const size = 200_000
	o := NewObject(1, size)
	put(t, s, "footage/a.mp4", o)
	put(t, s, "footage/empty.mp4", NewObject(1, 0))
	if _, err := o.Body.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(o.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []struct{ offset, length int64 }{
		{0, -1}, {0, 1}, {0, 0}, {0, size}, {0, size + 1}, {1, size}, {1, -1}, {100, 65536},
		{size - 1, 1}, {size - 1, -1}, {size - 1, 10}, {size, -1}, {size, 1}, {size, 0}, {size + 1, -1}, {10 * size, 10},
	} {
		want := all[min(r.offset, size):]
		if r.length >= 0 {
			want = want[:min(r.length, int64(len(want)))]
		}
		if got := get(t, s, "footage/a.mp4", r.offset, r.length); !bytes.Equal(got, want) {
			t.Errorf("%d bytes from %d are %d others than the %d expected", r.length, r.offset, len(got), len(want))
		}
		if got := get(t, s, "footage/empty.mp4", r.offset, r.length); len(got) != 0 {
			t.Errorf("%d bytes from %d of an empty object are %d", r.length, r.offset, len(got))
		}
	}
	for _, r := range []struct{ offset, length int64 }{{-1, 1}, {0, -2}, {1, 1<<63 - 1}} {
		if body, err := s.Get(t.Context(), "footage/a.mp4", r.offset, r.length); err == nil {
			t.Errorf("%d bytes from %d were opened", r.length, r.offset)
			body.Close()
		}
	}
	// Readers do not disturb each other, and need not be read to the end.
	one, two := open(t, s, "footage/a.mp4", 10, -1), open(t, s, "footage/a.mp4", 20, 100)
	a, b := make([]byte, 50), make([]byte, 50)
	if _, err := io.ReadFull(one, a); err != nil {
		t.Error(err)
	}
	if _, err := io.ReadFull(two, b); err != nil {
		t.Error(err)
	}
	if !bytes.Equal(a, all[10:60]) || !bytes.Equal(b, all[20:70]) {
		t.Error("two readers at once get other bytes than one")
	}
	if err := errors.Join(one.Close(), two.Close()); err != nil {
		t.Error(err)
	}
}

func testPutAgain(t *testing.T, s store.Store) {
	const key = "footage/k01/a.mp4"
	o := NewObject(1, 100_000)
	put(t, s, key, o)
	reader := open(t, s, key, 0, -1)
	put(t, s, key, o)
	if got, err := io.ReadAll(reader); err != nil || sha256.Sum256(got) != o.SHA256 {
		t.Errorf("putting it again disturbs who reads it: %v", err)
	}
	if err := reader.Close(); err != nil {
		t.Error(err)
	}
	if got := get(t, s, key, 0, -1); sha256.Sum256(got) != o.SHA256 {
		t.Error("putting it again changed it")
	}
	if got := keys(t, s, ""); !slices.Equal(got, []string{key}) {
		t.Errorf("after two puts there is %q", got)
	}
	gone(t, s, key)
}

func testMissing(t *testing.T, s store.Store) {
	put(t, s, "footage/k01/a.mp4", NewObject(1, 10))
	for _, key := range []string{"footage/k01/a", "footage/k01/a.mp4x", "footage/k01", "footage", "footage/k02/a.mp4", "other"} {
		if _, err := s.Stat(t.Context(), key); !errors.Is(err, store.ErrNotExist) {
			t.Errorf("Stat of %s, which is not there, returns %v", key, err)
		}
		for _, length := range []int64{-1, 0, 1} {
			if body, err := s.Get(t.Context(), key, 0, length); !errors.Is(err, store.ErrNotExist) {
				t.Errorf("Get of %s, which is not there, returns %v", key, err)
				if err == nil {
					body.Close()
				}
			}
		}
		if absent, err := s.Absent(t.Context(), key); !absent || err != nil {
			t.Errorf("Absent of %s, which is not there, returns %v, %v", key, absent, err)
		}
	}
	for _, key := range []string{"footage/k01/a", "footage/k02/a.mp4", "other"} {
		if err := s.Delete(t.Context(), key); err != nil {
			t.Errorf("Delete of %s, which is not there: %v", key, err)
		}
	}
	if got := keys(t, s, ""); len(got) != 1 {
		t.Errorf("deleting what is not there left %q of one object", got)
	}
}

func testDelete(t *testing.T, s store.Store) {
	const a, b = "footage/k01/2026-07-04/19/a.mp4", "footage/k01/2026-07-04/20/b.mp4"
	put(t, s, a, NewObject(1, 10))
	put(t, s, b, NewObject(2, 10))
	if absent, err := s.Absent(t.Context(), a); absent || err != nil {
		t.Errorf("Absent of what is there returns %v, %v", absent, err)
	}
	gone(t, s, a)
	gone(t, s, a) // recovery does it again
	if got := keys(t, s, ""); !slices.Equal(got, []string{b}) {
		t.Errorf("after deleting %s there is %q", a, got)
	}
	put(t, s, a, NewObject(1, 10))
	gone(t, s, b)
	gone(t, s, a)
}

func testKeys(t *testing.T, s store.Store) {
	for _, key := range []string{
		"a", "Z", "0", "footage/k01-inngang/2026-07-04/19/20-00.123456Z.0.mp4",
		"abcdefghijklmnopqrstuvwxyz/ABCDEFGHIJKLMNOPQRSTUVWXYZ/0123456789-_.",
		"-/_/-_./a..b/c...", "footage/" + strings.Repeat("x", 200) + "/y",
	} {
		o := NewObject(uint64(len(key)), 100)
		put(t, s, key, o)
		if got := get(t, s, key, 0, -1); sha256.Sum256(got) != o.SHA256 {
			t.Errorf("%s came back as other bytes", key)
		}
		if got := keys(t, s, key); !slices.Equal(got, []string{key}) {
			t.Errorf("List of %s has %q", key, got)
		}
		gone(t, s, key)
	}
	for _, key := range []string{
		"", "/", "/a", "a/", "a//b", ".", "..", "./a", "../a", "a/./b", "a/../b", "a/..", ".a", "a/.b",
		"a b", "a\\b", "a\x00", "a\n", "å", "a%2f", "a?b", "a#b", "a*", "a:b", "a+b", "~a",
	} {
		err := s.Put(t.Context(), key, NewObject(1, 1))
		_, statErr := s.Stat(t.Context(), key)
		body, getErr := s.Get(t.Context(), key, 0, -1)
		if getErr == nil {
			body.Close()
		}
		deleteErr := s.Delete(t.Context(), key)
		absent, absentErr := s.Absent(t.Context(), key)
		if err == nil || statErr == nil || getErr == nil || deleteErr == nil || absentErr == nil || absent {
			t.Errorf("the key %q is not refused: %v, %v, %v, %v, %v, %v", key, err, statErr, getErr, deleteErr, absent, absentErr)
		}
	}
}

func testList(t *testing.T, s store.Store) {
	// More than one of S3's pages of a thousand, half of it in one folder.
	var all []string
	for i := range 1100 {
		if i%2 == 0 {
			all = append(all, fmt.Sprintf("footage/k00/2026-07-01/00/%d.mp4", i))
		} else {
			all = append(all, fmt.Sprintf("footage/k%02d/2026-07-%02d/%02d/%d.mp4", i%3, i%5+1, i%7, i))
		}
	}
	all = append(all, "footage/k011/a.mp4", "footagex/a.mp4", "other")
	var g errgroup.Group
	g.SetLimit(32)
	for i, key := range all {
		g.Go(func() error { return s.Put(t.Context(), key, small(i)) })
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	for _, prefix := range []string{
		"", "footage/", "footage", "footage/k01", "footage/k01/", "footage/k01/2026-07-0", "footage/k00/2026-07-01/00/",
		"footage/k00/2026-07-01/00/1", "other", "othe", "nothing", "footage/k01/nothing/", "/", "footage//", "../", ".",
	} {
		var want []string
		for _, key := range all {
			if strings.HasPrefix(key, prefix) {
				want = append(want, key)
			}
		}
		slices.Sort(want)
		if got := keys(t, s, prefix); !slices.Equal(got, want) {
			t.Errorf("List of %q has %d keys instead of %d", prefix, len(got), len(want))
		}
	}
	for info, err := range s.List(t.Context(), "other") {
		stat, statErr := s.Stat(t.Context(), "other")
		if err != nil || statErr != nil || info.Key != stat.Key || info.Size != stat.Size || info.Stored.Sub(stat.Stored).Abs() > time.Second {
			t.Errorf("List says %+v, %v, and Stat %+v, %v", info, err, stat, statErr)
		}
	}
	for _, stop := range []int{1, 1000, 1001} {
		n := 0
		for _, err := range s.List(t.Context(), "footage/") {
			if err != nil {
				t.Error(err)
			}
			if n++; n == stop {
				break
			}
		}
		if n != stop {
			t.Errorf("a list of %d ended after %d", stop, n)
		}
	}
	// Cancelled on its way it ends with an error, never as if it were complete.
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	entries, last := 0, error(nil)
	for _, err := range s.List(ctx, "") {
		if last != nil {
			t.Error("after an error, the list went on")
		}
		last = err
		entries++
		cancel()
	}
	if last == nil || entries > 1001 {
		t.Errorf("a cancelled list went on for %d entries and ended with %v", entries, last)
	}
	// What it yields may be deleted at once.
	const some = "footage/k00/2026-07-01/"
	want, n, left := len(keys(t, s, some)), 0, 0
	for info, err := range s.List(t.Context(), some) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n%10 == 0 {
			if err := s.Delete(t.Context(), info.Key); err != nil {
				t.Fatal(err)
			}
		} else {
			left++
		}
	}
	if n != want {
		t.Errorf("a list that is deleted from has %d of %d keys", n, want)
	}
	if got := keys(t, s, some); len(got) != left {
		t.Errorf("then %d of %d keys are left", len(got), left)
	}
}

// brokenBody is a Body that fails, or cancels, when half of it has been read.
type brokenBody struct {
	io.ReadSeeker
	left int64
	at   func() error
}

func (b *brokenBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		if err := b.at(); err != nil {
			return 0, err
		}
	} else if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.ReadSeeker.Read(p)
	b.left -= int64(n)
	return n, err
}

func testWrongBody(t *testing.T, s store.Store) {
	const key = "footage/k01/a.mp4"
	good := NewObject(1, 300_000)
	for name, change := range map[string]func(o *store.Object){
		"other bytes":  func(o *store.Object) { o.Body = NewObject(2, o.Size).Body },
		"fewer bytes":  func(o *store.Object) { o.Body = NewObject(1, o.Size-1).Body },
		"no bytes":     func(o *store.Object) { o.Body = NewObject(1, 0).Body },
		"wrong crc":    func(o *store.Object) { o.CRC32C++ },
		"size 0":       func(o *store.Object) { o.Size = 0 },
		"smaller size": func(o *store.Object) { o.Size-- },
		"no digests, and fewer bytes": func(o *store.Object) {
			*o = store.Object{Size: o.Size, Body: NewObject(1, o.Size-1).Body}
		},
	} {
		o := good
		change(&o)
		if err := s.Put(t.Context(), key, o); !errors.Is(err, store.ErrBody) {
			t.Errorf("%s: Put returns %v", name, err)
		}
		nothing(t, s, key)
	}
	put(t, s, "footage/k01/undigested.mp4", store.Object{Size: good.Size, Body: good.Body})
	if got := get(t, s, "footage/k01/undigested.mp4", 0, -1); sha256.Sum256(got) != good.SHA256 {
		t.Error("an object without digests was stored as another")
	}
	fault := errors.New("the disk has a bad block")
	o := good
	o.Body = &brokenBody{good.Body, good.Size / 2, func() error { return fault }}
	if err := s.Put(t.Context(), key, o); !errors.Is(err, fault) {
		t.Errorf("Put of a body that cannot be read returns %v", err)
	}
	nothing(t, s, key)
	put(t, s, key, good)
	o = good
	o.CRC32C++
	if err := s.Put(t.Context(), key, o); !errors.Is(err, store.ErrBody) {
		t.Errorf("Put of a wrong body over a good one returns %v", err)
	}
	if got := get(t, s, key, 0, -1); sha256.Sum256(got) != good.SHA256 {
		t.Error("a refused Put damaged what was there")
	}
}

func testCancelled(t *testing.T, s store.Store) {
	const key, new = "footage/k01/a.mp4", "footage/k01/b.mp4"
	o := NewObject(1, 5*mib)
	put(t, s, key, o)
	ctx, cancel := context.WithCancel(t.Context())
	reader, err := s.Get(ctx, key, 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := io.ReadAll(reader); !errors.Is(err, context.Canceled) {
		t.Errorf("reading what was opened before goes on to %v", err)
	}
	if err := reader.Close(); err != nil {
		t.Error(err)
	}
	err = s.Put(ctx, new, o)
	_, statErr := s.Stat(ctx, key)
	body, getErr := s.Get(ctx, key, 0, -1)
	if getErr == nil {
		body.Close()
	}
	deleteErr := s.Delete(ctx, key)
	_, absentErr := s.Absent(ctx, key)
	_, nowhereErr := s.Absent(ctx, "nothing")
	var listErr error
	for _, listErr = range s.List(ctx, "") {
	}
	var noneErr error
	for _, noneErr = range s.List(ctx, "nothing") {
	}
	for i, err := range []error{err, statErr, getErr, deleteErr, absentErr, nowhereErr, listErr, noneErr} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("call %d with a cancelled context returns %v", i, err)
		}
	}
	if got := get(t, s, key, 0, -1); sha256.Sum256(got) != o.SHA256 {
		t.Error("a cancelled Delete changed the object")
	}

	ctx, cancel = context.WithCancel(t.Context())
	half := o
	half.Body = &brokenBody{o.Body, o.Size / 2, func() error { cancel(); return nil }}
	if err := s.Put(ctx, new, half); !errors.Is(err, context.Canceled) {
		t.Errorf("a Put that is cancelled on its way returns %v", err)
	}
	nothing(t, s, new)
	put(t, s, new, o)
}

// testAtOnce has many goroutines put, read and delete in the same folders, which
// come and go meanwhile.
func testAtOnce(t *testing.T, s store.Store) {
	var g errgroup.Group
	for w := range 8 {
		g.Go(func() error {
			for i := range 15 {
				key := fmt.Sprintf("footage/k01/2026-07-04/%02d/%d.mp4", i%2, w)
				o := NewObject(uint64(w*100+i), 70_000)
				if err := s.Put(t.Context(), key, o); err != nil {
					return err
				}
				body, err := s.Get(t.Context(), key, 0, -1)
				if err != nil {
					return err
				}
				got, err := io.ReadAll(body)
				if err := errors.Join(err, body.Close()); err != nil {
					return err
				}
				if sha256.Sum256(got) != o.SHA256 {
					return fmt.Errorf("%s came back as other bytes", key)
				}
				if err := s.Delete(t.Context(), key); err != nil {
					return err
				}
				if absent, err := s.Absent(t.Context(), key); !absent || err != nil {
					return fmt.Errorf("%s was deleted, and Absent returns %v, %w", key, absent, err)
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
	if got := keys(t, s, ""); len(got) != 0 {
		t.Errorf("%q are left", got)
	}
}

// testSameKeyAtOnce reads a key while it is put: it is there whole or not at all.
func testSameKeyAtOnce(t *testing.T, s store.Store) {
	const key = "footage/k01/a.mp4"
	var g errgroup.Group
	ctx, done := context.WithCancel(t.Context())
	g.Go(func() error {
		defer done()
		var puts errgroup.Group
		for range 4 {
			o := NewObject(7, 2*mib) // the same bytes, a Body of its own
			puts.Go(func() error { return s.Put(t.Context(), key, o) })
		}
		return puts.Wait()
	})
	want := NewObject(7, 2*mib).SHA256
	var once sync.Once
	seen := false
	for ctx.Err() == nil {
		body, err := s.Get(t.Context(), key, 0, -1)
		if errors.Is(err, store.ErrNotExist) {
			if seen {
				t.Error("it was there, and is not any more")
			}
			continue
		}
		if err != nil {
			t.Error(err)
			break
		}
		seen = true
		got, err := io.ReadAll(body)
		if err := errors.Join(err, body.Close()); err != nil {
			t.Error(err)
			break
		}
		if sha256.Sum256(got) != want {
			once.Do(func() { t.Errorf("%d bytes of %d were seen under the key", len(got), 2*mib) })
		}
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
	gone(t, s, key)
}

// heapLimit is how much a store's Put may add to the heap, whatever the size of
// the object.
const heapLimit = 8 * mib

func testMemory(t *testing.T, s store.Store) {
	o := NewObject(3, 100*mib)
	m := &meter{ReadSeeker: o.Body}
	o.Body = m
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	put(t, s, "footage/k01/large.mp4", o)
	t.Logf("a put of 100 MiB adds at most %d KiB to the heap", (int64(m.most)-int64(before.HeapAlloc))>>10)
	if m.most > before.HeapAlloc+heapLimit {
		t.Errorf("a put of 100 MiB adds %d KiB to the heap", (m.most-before.HeapAlloc)>>10)
	}
	var after runtime.MemStats
	runtime.ReadMemStats(&after)
	if made := after.TotalAlloc - before.TotalAlloc; made > 4*heapLimit {
		t.Errorf("a put of 100 MiB allocates %d KiB in all", made>>10)
	}
}

// meter is a Body that looks at the heap while it is read.
type meter struct {
	io.ReadSeeker
	next, at int64
	most     uint64 // bytes of heap in use, after a collection
}

func (m *meter) Read(p []byte) (int, error) {
	if m.at >= m.next {
		m.next += 10 * mib
		var now runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&now)
		m.most = max(m.most, now.HeapAlloc)
	}
	n, err := m.ReadSeeker.Read(p)
	m.at += int64(n)
	return n, err
}

func testDescription(t *testing.T, s store.Store) {
	if k := s.Kind(); k != "directory" && k != "s3" {
		t.Errorf("there is no kind %q of store", k)
	}
	if s.String() == "" {
		t.Error("it does not say where it is")
	}
}

// small returns an object of eight bytes without the cost of NewObject.
func small(n int) store.Object {
	return store.FromBytes(fmt.Appendf(nil, "%08d", n))
}

func put(t testing.TB, s store.Store, key string, o store.Object) {
	t.Helper()
	if err := s.Put(t.Context(), key, o); err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB, s store.Store, key string, offset, length int64) io.ReadCloser {
	t.Helper()
	body, err := s.Get(t.Context(), key, offset, length)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func get(t testing.TB, s store.Store, key string, offset, length int64) []byte {
	t.Helper()
	body := open(t, s, key, offset, length)
	b, err := io.ReadAll(body)
	if err := errors.Join(err, body.Close()); err != nil {
		t.Fatal(err)
	}
	return b
}

// keys returns what List has, sorted.
func keys(t testing.TB, s store.Store, prefix string) (keys []string) {
	t.Helper()
	for info, err := range s.List(t.Context(), prefix) {
		if err != nil {
			t.Fatal(err)
		}
		if info.Hidden {
			t.Errorf("List says that %s is hidden", info.Key)
		}
		keys = append(keys, info.Key)
	}
	slices.Sort(keys)
	return keys
}

// gone deletes key and has the store prove it.
func gone(t testing.TB, s store.Store, key string) {
	t.Helper()
	if err := s.Delete(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	nothing(t, s, key)
}

// nothing fails unless there is nothing under key, however one asks.
func nothing(t testing.TB, s store.Store, key string) {
	t.Helper()
	if absent, err := s.Absent(t.Context(), key); !absent || err != nil {
		t.Errorf("there should be no %s, and Absent returns %v, %v", key, absent, err)
	}
	if _, err := s.Stat(t.Context(), key); !errors.Is(err, store.ErrNotExist) {
		t.Errorf("there should be no %s, and Stat returns %v", key, err)
	}
	if body, err := s.Get(t.Context(), key, 0, -1); !errors.Is(err, store.ErrNotExist) {
		t.Errorf("there should be no %s, and Get returns %v", key, err)
		if err == nil {
			body.Close()
		}
	}
	if got := keys(t, s, key); slices.Contains(got, key) {
		t.Errorf("there should be no %s, and List has it", key)
	}
}
