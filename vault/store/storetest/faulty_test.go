package storetest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sjudager/sjudager/vault/store"
	"github.com/sjudager/sjudager/vault/store/dir"
	"github.com/sjudager/sjudager/vault/store/storetest"
)

const key = "footage/k01/a.mp4"

var errFault = errors.New("injected")

func faulty(t testing.TB) (*storetest.Faulty, store.Store) {
	t.Helper()
	real, err := dir.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return storetest.NewFaulty(t, real), real
}

func present(t *testing.T, s store.Store) bool {
	t.Helper()
	_, err := s.Stat(t.Context(), key)
	if err != nil && !errors.Is(err, store.ErrNotExist) {
		t.Fatal(err)
	}
	return err == nil
}

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		fault              storetest.Fault
		putErr, put        bool // Put reports an error; the object is there after it
		deleteErr, deleted bool
	}{
		{storetest.Fault{}, false, true, false, true},
		{storetest.Fault{Err: errFault, Undone: true}, true, false, true, false},
		{storetest.Fault{Err: errFault}, true, true, true, true},
		{storetest.Fault{Undone: true}, false, false, false, false},
	} {
		f, real := faulty(t)
		fault := c.fault
		fault.Op = storetest.Put
		f.Inject(fault)
		if err := f.Put(t.Context(), key, storetest.NewObject(1, 100)); (err != nil) != c.putErr || err != nil && !errors.Is(err, errFault) {
			t.Errorf("%+v: Put returns %v", c.fault, err)
		}
		if got := present(t, real); got != c.put {
			t.Errorf("%+v: after Put it is there: %v", c.fault, got)
		}
		f.Heal()
		if err := f.Put(t.Context(), key, storetest.NewObject(1, 100)); err != nil {
			t.Fatal(err)
		}
		fault.Op = storetest.Delete
		f.Inject(fault)
		if err := f.Delete(t.Context(), key); (err != nil) != c.deleteErr {
			t.Errorf("%+v: Delete returns %v", c.fault, err)
		}
		if got := !present(t, real); got != c.deleted {
			t.Errorf("%+v: after Delete it is gone: %v", c.fault, got)
		}
	}
}

func TestFaultsOfQuestions(t *testing.T) {
	f, _ := faulty(t)
	for _, name := range []string{"a", "b", "c"} {
		if err := f.Put(t.Context(), name, storetest.NewObject(1, 100)); err != nil {
			t.Fatal(err)
		}
	}
	f.Inject(storetest.Fault{Op: storetest.Absent, Times: 1, Undone: true},
		storetest.Fault{Err: errFault})
	if absent, err := f.Absent(t.Context(), "a"); !absent || err != nil {
		t.Errorf("Absent does not lie: %v, %v", absent, err)
	}
	if absent, err := f.Absent(t.Context(), "nothing"); absent || !errors.Is(err, errFault) {
		t.Errorf("Absent with a fault returns %v, %v", absent, err)
	}
	if info, err := f.Stat(t.Context(), "a"); info != (store.Info{}) || !errors.Is(err, errFault) {
		t.Errorf("Stat with a fault returns %v, %v", info, err)
	}
	if body, err := f.Get(t.Context(), "a", 0, -1); body != nil || !errors.Is(err, errFault) {
		t.Errorf("Get with a fault returns %v, %v", body, err)
	}
	var got []string
	for info, err := range f.List(t.Context(), "") {
		got = append(got, fmt.Sprint(info.Key, err))
	}
	if len(got) != 4 || got[3] != errFault.Error() {
		t.Errorf("List with a fault has %q", got)
	}
}

func TestCut(t *testing.T) {
	f, real := faulty(t)
	f.Inject(storetest.Fault{Op: storetest.Put, Cut: 10, Err: errFault})
	if err := f.Put(t.Context(), key, storetest.NewObject(1, 100)); !errors.Is(err, errFault) || present(t, real) {
		t.Errorf("a Put that is cut off returns %v", err)
	}
	f.Heal()
	if err := f.Put(t.Context(), key, storetest.NewObject(1, 100)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []error{errFault, nil} {
		f.Heal()
		f.Inject(storetest.Fault{Op: storetest.Get, Cut: 10, Err: want})
		body, err := f.Get(t.Context(), key, 0, -1)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(body); len(b) != 10 || err != want {
			t.Errorf("a body that is cut off has %d bytes, and then %v", len(b), err)
		}
		body.Close()
	}
}

// TestHang: what hangs ends with its context, done or not.
func TestHang(t *testing.T) {
	for _, undone := range []bool{true, false} {
		f, real := faulty(t)
		f.Inject(storetest.Fault{Op: storetest.Put, Hang: true, Undone: undone})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		if err := f.Put(ctx, key, storetest.NewObject(1, 100)); !errors.Is(err, context.DeadlineExceeded) || present(t, real) == undone {
			t.Errorf("undone %v: a Put that hangs returns %v", undone, err)
		}
	}
}

func TestWhichCallsAreFaulty(t *testing.T) {
	f, _ := faulty(t)
	f.Inject(storetest.Fault{Op: storetest.Stat, Key: "b", Skip: 1, Times: 2, Err: errFault, Undone: true})
	var got []bool
	for range 4 {
		for _, name := range []string{"a", "b"} {
			_, err := f.Stat(t.Context(), name)
			got = append(got, errors.Is(err, errFault))
		}
		if _, err := f.Absent(t.Context(), "b"); err != nil {
			t.Error(err)
		}
	}
	if want := []bool{false, false, false, true, false, true, false, false}; !slices.Equal(got, want) {
		t.Errorf("the calls failed: %v", got)
	}
	calls := f.Calls()
	if len(calls) != 12 || calls[4].Op != storetest.Stat || calls[4].Key != "b" || calls[4].Err != errFault || calls[5].Op != storetest.Absent {
		t.Errorf("the calls were %+v", calls)
	}
}

func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, real := faulty(t)
		wait := make(chan struct{})
		f.Inject(storetest.Fault{Op: storetest.Put, Wait: wait})
		ctx, cancel := context.WithCancel(t.Context())
		cancelled, put := make(chan error, 1), make(chan error, 1)
		go func() { cancelled <- f.Put(ctx, key, storetest.NewObject(1, 100)) }()
		go func() { put <- f.Put(t.Context(), key, storetest.NewObject(1, 100)) }()
		synctest.Wait()
		if n := f.Waiting(); n != 2 || present(t, real) {
			t.Errorf("%d calls wait, and present is %v", n, present(t, real))
		}
		cancel()
		if err := <-cancelled; !errors.Is(err, context.Canceled) {
			t.Errorf("a cancelled Put that waited returns %v", err)
		}
		close(wait)
		if err := <-put; err != nil || !present(t, real) || f.Waiting() != 0 {
			t.Errorf("a Put that waited returns %v", err)
		}
	})
}

// witness is a test that writes down what it is told.
type witness struct {
	testing.TB
	said     []string
	cleanups []func()
}

func (w *witness) Errorf(format string, args ...any) {
	w.said = append(w.said, fmt.Sprintf(format, args...))
}
func (w *witness) Cleanup(f func()) { w.cleanups = append(w.cleanups, f) }

func TestPolice(t *testing.T) {
	_, real := faulty(t)
	for name, c := range map[string]struct {
		do   func(f *storetest.Faulty)
		want string
	}{
		"other bytes": {func(f *storetest.Faulty) {
			f.Put(t.Context(), key, storetest.NewObject(1, 100))
			f.Delete(t.Context(), key)
			f.Put(t.Context(), key, storetest.NewObject(2, 100))
		}, "other bytes have had this key"},
		"wrong digest": {func(f *storetest.Faulty) {
			o := storetest.NewObject(1, 100)
			o.SHA256[0]++
			f.Put(t.Context(), "a", o)
		}, "is not what its digests"},
		"wrong size": {func(f *storetest.Faulty) {
			o := storetest.NewObject(1, 100)
			o.Size--
			f.Put(t.Context(), "a", o)
		}, "is not what its digests"},
		"key":   {func(f *storetest.Faulty) { f.Stat(t.Context(), "../a") }, "not an object key"},
		"range": {func(f *storetest.Faulty) { f.Get(t.Context(), key, -1, 1) }, "no object has"},
		"reader": {func(f *storetest.Faulty) {
			f.Put(t.Context(), "b", storetest.NewObject(1, 100))
			f.Get(t.Context(), "b", 0, -1)
		}, "was not closed"},
		"nothing": {func(f *storetest.Faulty) {
			f.Put(t.Context(), "c", storetest.NewObject(1, 100))
			f.Put(t.Context(), "c", storetest.NewObject(1, 100))
			body, err := f.Get(t.Context(), "c", 0, -1)
			if err != nil {
				t.Fatal(err)
			}
			if b, err := io.ReadAll(body); len(b) != 100 || err != nil {
				t.Errorf("read %d bytes, %v", len(b), err)
			}
			body.Close()
			f.Delete(t.Context(), "c")
		}, ""},
	} {
		w := &witness{TB: t}
		c.do(storetest.NewFaulty(w, real))
		for _, f := range w.cleanups {
			f()
		}
		if got := strings.Join(w.said, "\n"); !strings.Contains(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%s: it said %q", name, got)
		}
	}
}
