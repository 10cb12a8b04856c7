package storetest

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/store"
)

// Op names a method of store.Store.
type Op string

// The methods that can fail.
const (
	Put    Op = "Put"
	Get    Op = "Get"
	Stat   Op = "Stat"
	Delete Op = "Delete"
	Absent Op = "Absent"
	List   Op = "List"
)

// Fault says which calls go wrong, and how:
//
//	{Err: err, Undone: true}  it did not happen
//	{Err: err}                it happened, but an error was reported
//	{Undone: true}            it did not happen, and success was reported
//	                          (only Put, Delete and Absent can lie)
//	{Wait: c}                 it takes its time
//	{Hang: true}              it happens, and no answer comes until the caller gives up
//	{Hang: true, Undone: true}  the same, and it does not happen
//	{Cut: n, Err: err}        it breaks off after n bytes of the body
//	{Cut: n}                  a body that is read ends after n bytes, as if that were all
//
// A faulty List that has happened yields all objects and then the error; a faulty
// Get gives no reader in any case, unless it has a Cut.
type Fault struct {
	// Which calls: of method Op (empty: of all), on this Key (empty: on all; of
	// List it is the prefix), but not the first Skip of them, and then only
	// Times of them (0: all).
	Op    Op
	Key   string
	Skip  int
	Times int

	// Err is what the call returns.
	Err error
	// Undone: the real store is not asked.
	Undone bool
	// Wait: the call waits until this is closed, or its context ends, before
	// anything else.
	Wait <-chan struct{}
	// Hang: the call returns when its context ends, and not before.
	Hang bool
	// Cut is how many bytes of a body pass, of Put and Get.
	Cut int64
}

// Call is what a Faulty has been asked.
type Call struct {
	Op   Op
	Key  string // of List: the prefix
	Size int64  // of Put
	// Err is what was answered; of List, the error it ended with.
	Err error
}

// Faulty is a store.Store that passes calls on to a real one, except for those
// that a Fault applies to. It reports to the test, as errors,
//
//   - keys that store.CheckKey refuses and ranges that store.CheckRange refuses,
//   - an Object whose digests are not those of its Body,
//   - a key under which other bytes are put than were put before, deleted or not:
//     a key names one recording for good,
//   - a reader from Get that is not closed when the test ends.
type Faulty struct {
	real store.Store
	t    testing.TB

	mu      sync.Mutex
	faults  []*Fault
	calls   []Call
	waiting int
	bodies  map[string]footage.SHA256 // of every key that ever was put
	open    map[*faultyReader]string  // readers and their keys
}

var _ store.Store = (*Faulty)(nil)

// NewFaulty returns real without faults.
func NewFaulty(t testing.TB, real store.Store) *Faulty {
	f := &Faulty{real: real, t: t, bodies: map[string]footage.SHA256{}, open: map[*faultyReader]string{}}
	t.Cleanup(func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		for _, key := range f.open {
			t.Errorf("a reader of %s was not closed", key)
		}
	})
	return f
}

// Inject adds faults. Of several that apply to a call, the one that was injected
// first counts, and it alone counts the call towards its Skip and Times.
func (f *Faulty) Inject(faults ...Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, fault := range faults {
		if fault.Undone && fault.Err == nil && !fault.Hang && fault.Op != Put && fault.Op != Delete && fault.Op != Absent {
			panic(fmt.Sprintf("a store cannot lie about %q", fault.Op))
		}
		if fault.Times == 0 {
			fault.Times = -1
		}
		f.faults = append(f.faults, &fault)
	}
}

// Trouble is a Fault with a name.
type Trouble struct {
	Name string
	Fault
}

// Troubles returns the ways in which op goes wrong in real life, those that do not
// happen and those that do and report an error. A store whose Put lies is not among
// them: to look whether it is true is Put's own business.
func Troubles(op Op) (all []Trouble) {
	add := func(name string, f Fault) {
		f.Op = op
		all = append(all, Trouble{string(op) + " " + name, f})
	}
	for _, e := range []struct {
		name string
		err  error
	}{
		{"is refused", syscall.ECONNREFUSED}, {"is reset", syscall.ECONNRESET}, {"finds no room", syscall.ENOSPC},
		{"is told to slow down", errors.New("503 SlowDown")}, {"is refused for good", store.ErrConfig},
	} {
		add(e.name, Fault{Err: e.err, Undone: true})
		add(e.name+", and was done", Fault{Err: e.err})
	}
	add("hangs", Fault{Hang: true, Undone: true})
	add("hangs, and was done", Fault{Hang: true})
	slow := make(chan struct{})
	time.AfterFunc(50*time.Millisecond, func() { close(slow) })
	add("is slow", Fault{Wait: slow})
	switch op {
	case Put:
		add("is reset in mid-body", Fault{Cut: 1000, Err: syscall.ECONNRESET})
	case Get:
		add("is reset in mid-body", Fault{Cut: 1000, Err: syscall.ECONNRESET})
		add("ends early", Fault{Cut: 1000})
	case Delete, Absent:
		add("lies", Fault{Undone: true})
	}
	return all
}

// Heal removes all faults. Calls that wait go on waiting.
func (f *Faulty) Heal() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = nil
}

// Calls returns the calls so far, in the order in which they ended.
func (f *Faulty) Calls() []Call {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.calls)
}

// Waiting returns how many calls wait now for the Wait of a Fault.
func (f *Faulty) Waiting() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.waiting
}

// begin returns the fault that applies to a call, after it has waited.
func (f *Faulty) begin(ctx context.Context, op Op, key string) (Fault, error) {
	if op != List {
		if err := store.CheckKey(key); err != nil {
			f.t.Errorf("%s: %v", op, err)
		}
	}
	fault := f.match(op, key)
	if fault.Wait != nil {
		f.count(1)
		defer f.count(-1)
		select {
		case <-fault.Wait:
		case <-ctx.Done():
			return fault, ctx.Err()
		}
	}
	return fault, nil
}

func (f *Faulty) count(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waiting += n
}

func (f *Faulty) match(op Op, key string) Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, fault := range f.faults {
		if fault.Times == 0 || fault.Op != "" && fault.Op != op || fault.Key != "" && fault.Key != key {
			continue
		}
		if fault.Skip > 0 {
			fault.Skip--
			return Fault{}
		}
		if fault.Times > 0 {
			fault.Times--
		}
		return *fault
	}
	return Fault{}
}

// do makes one call, with its fault.
func (f *Faulty) do(ctx context.Context, c Call, real func() error) error {
	_, err := f.doWith(ctx, c, func(Fault) error { return nil }, real)
	return err
}

// doWith makes one call, and has before see its fault first.
func (f *Faulty) doWith(ctx context.Context, c Call, before func(Fault) error, real func() error) (Fault, error) {
	fault, err := f.begin(ctx, c.Op, c.Key)
	if err == nil {
		err = before(fault)
	}
	if err == nil && !fault.Undone && (fault.Cut == 0 || c.Op == Get) {
		err = real()
	}
	if fault.Err != nil && (fault.Cut == 0 || c.Op != Get) {
		err = fault.Err
	}
	if fault.Hang {
		f.count(1)
		<-ctx.Done()
		f.count(-1)
		err = ctx.Err()
	}
	c.Err = err
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, c)
	return fault, err
}

// Put implements store.Store.
func (f *Faulty) Put(ctx context.Context, key string, o store.Object) error {
	f.police(key, o)
	_, err := f.doWith(ctx, Call{Op: Put, Key: key, Size: o.Size}, func(fault Fault) error {
		if fault.Cut == 0 {
			return nil
		}
		if _, err := o.Body.Seek(0, io.SeekStart); err != nil {
			return err
		}
		_, err := io.CopyN(io.Discard, o.Body, min(fault.Cut, o.Size))
		return err
	}, func() error { return f.real.Put(ctx, key, o) })
	return err
}

// police reports an Object that is not what it says, or not what it was.
func (f *Faulty) police(key string, o store.Object) {
	sum, crc := sha256.New(), crc32.New(store.Castagnoli)
	_, err := o.Body.Seek(0, io.SeekStart)
	if err != nil {
		f.t.Errorf("Put of %s: the body cannot be rewound: %v", key, err)
		return
	}
	size, err := io.Copy(io.MultiWriter(sum, crc), o.Body)
	if err != nil {
		return // the store will say so
	}
	digest := footage.SHA256(sum.Sum(nil))
	if size != o.Size || o.Digested && (digest != o.SHA256 || crc.Sum32() != o.CRC32C) {
		f.t.Errorf("Put of %s: the body of %d bytes is not what its digests and its size of %d say", key, size, o.Size)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if before, ok := f.bodies[key]; ok && before != digest {
		f.t.Errorf("Put of %s: other bytes have had this key before", key)
	}
	f.bodies[key] = digest
}

// Get implements store.Store.
func (f *Faulty) Get(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	if err := store.CheckRange(offset, length); err != nil {
		f.t.Errorf("Get of %s: %v", key, err)
	}
	var body io.ReadCloser
	fault, err := f.doWith(ctx, Call{Op: Get, Key: key}, func(Fault) error { return nil }, func() (err error) {
		body, err = f.real.Get(ctx, key, offset, length)
		return err
	})
	if err != nil {
		if body != nil {
			err = errors.Join(err, body.Close())
		}
		return nil, err
	}
	r := &faultyReader{body, f, fault, fault.Cut}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.open[r] = key
	return r, nil
}

// faultyReader tells its Faulty when it is closed.
type faultyReader struct {
	io.ReadCloser
	f     *Faulty
	fault Fault
	left  int64 // until the Cut, if there is one
}

func (r *faultyReader) Read(p []byte) (int, error) {
	if r.fault.Cut == 0 {
		return r.ReadCloser.Read(p)
	}
	if r.left == 0 {
		return 0, cmp.Or(r.fault.Err, io.EOF)
	}
	n, err := r.ReadCloser.Read(p[:min(int64(len(p)), r.left)])
	r.left -= int64(n)
	return n, err
}

func (r *faultyReader) Close() error {
	r.f.mu.Lock()
	delete(r.f.open, r)
	r.f.mu.Unlock()
	return r.ReadCloser.Close()
}

// Stat implements store.Store.
func (f *Faulty) Stat(ctx context.Context, key string) (info store.Info, err error) {
	err = f.do(ctx, Call{Op: Stat, Key: key}, func() (err error) {
		info, err = f.real.Stat(ctx, key)
		return err
	})
	if err != nil {
		return store.Info{}, err
	}
	return info, nil
}

// Delete implements store.Store.
func (f *Faulty) Delete(ctx context.Context, key string) error {
	return f.do(ctx, Call{Op: Delete, Key: key}, func() error { return f.real.Delete(ctx, key) })
}

// Absent implements store.Store. A lie is that the object is absent.
func (f *Faulty) Absent(ctx context.Context, key string) (bool, error) {
	absent := true
	err := f.do(ctx, Call{Op: Absent, Key: key}, func() (err error) {
		absent, err = f.real.Absent(ctx, key)
		return err
	})
	return absent && err == nil, err
}

// List implements store.Store.
func (f *Faulty) List(ctx context.Context, prefix string) iter.Seq2[store.Info, error] {
	return func(yield func(store.Info, error) bool) {
		stopped := false
		err := f.do(ctx, Call{Op: List, Key: prefix}, func() error {
			for info, err := range f.real.List(ctx, prefix) {
				if err != nil {
					return err
				}
				if !yield(info, nil) {
					stopped = true
					return nil
				}
			}
			return nil
		})
		if err != nil && !stopped {
			yield(store.Info{}, err)
		}
	}
}

// Kind implements store.Store.
func (f *Faulty) Kind() string { return f.real.Kind() }

// String implements store.Store.
func (f *Faulty) String() string { return f.real.String() }
