package seal_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/seal"
)

var hour = seal.HourOf(camera, start)

// piece is a sealed segment.
type piece struct {
	at     footage.Instant
	plain  []byte
	object []byte
	id     seal.ID
}

// pieces seals n segments of one hour.
func pieces(t testing.TB, k *seal.Keys, n int) (all []piece) {
	t.Helper()
	for i := range n {
		p := piece{at: start.Add(time.Duration(i) * time.Second), plain: noise(100 + i)}
		p.object, p.id = sealed(t, k, p.at, p.plain)
		all = append(all, p)
	}
	return all
}

// opens reports whether a piece can be read, and fails when it is read as something
// else.
func (p piece) opens(t testing.TB, k *seal.Keys) bool {
	t.Helper()
	got, err := unseal(k, p.at, p.id, p.object, int64(len(p.plain)), 0)
	if err == nil && !bytes.Equal(got, p.plain) || err != nil && !errors.Is(err, seal.ErrNoKey) {
		t.Errorf("the piece of %s: %v", p.at, err)
	}
	return err == nil
}

// settle settles the hour with the given pieces left.
func settle(k *seal.Keys, unheld bool, left ...piece) error {
	heads, l := map[footage.Instant][]byte{}, seal.Left{Unheld: unheld}
	for _, p := range left {
		heads[p.at] = p.object
		l.Sealed = append(l.Sealed, p.at)
	}
	return k.Settle(hour, heads, func() (seal.Left, error) { return l, nil })
}

// files lists what lies below a folder, the master key aside.
func files(t testing.TB, dir string) (names []string) {
	t.Helper()
	if err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() && e.Name() != "master.key" {
			name, _ := filepath.Rel(dir, path)
			names = append(names, name)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return names
}

func TestSettle(t *testing.T) {
	dir := t.TempDir()
	k := open(t, dir)
	p := pieces(t, k, 4)
	for _, step := range []struct {
		name   string
		unheld bool
		left   []piece
		opens  [4]bool
		files  string
	}{
		{"all is left", true, p, [4]bool{true, true, true, true}, ".key"},
		{"some of it, not all held", true, p[1:], [4]bool{true, true, true, true}, ".key"},
		{"only held ones", false, p[1:], [4]bool{false, true, true, true}, ".held"},
		{"again", false, p[1:], [4]bool{false, true, true, true}, ".held"},
		{"one hold was closed, another was not", true, p[1:], [4]bool{false, true, true, true}, ".held"},
		{"and what it held has gone", false, p[2:], [4]bool{false, false, true, true}, ".held"},
		{"one is left", false, p[3:], [4]bool{false, false, false, true}, ".held"},
		{"what has gone does not come back", false, p[2:], [4]bool{false, false, false, true}, ".held"},
		{"nothing", false, nil, [4]bool{}, ""},
		{"again nothing", false, nil, [4]bool{}, ""},
	} {
		if err := settle(k, step.unheld, step.left...); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		// What is in memory and what is on disk open the same.
		for _, keys := range []*seal.Keys{k, open(t, dir)} {
			for i := range p {
				if got := p[i].opens(t, keys); got != step.opens[i] {
					t.Errorf("%s: piece %d opens: %v", step.name, i, got)
				}
			}
		}
		var want []string
		if step.files != "" {
			want = []string{hour.String() + step.files}
		}
		if got := files(t, dir); !slices.Equal(got, want) {
			t.Errorf("%s: the files are %v", step.name, got)
		}
	}
}

// A recording that comes late, into an hour of which only held segments are left,
// gets a new identity beside their keys.
func TestLateRecording(t *testing.T) {
	dir := t.TempDir()
	k := open(t, dir)
	p := pieces(t, k, 2)
	if err := settle(k, false, p[1]); err != nil {
		t.Fatal(err)
	}
	late := piece{at: start.Add(time.Minute), plain: noise(50)}
	late.object, late.id = sealed(t, k, late.at, late.plain)
	k = open(t, dir)
	if p[0].opens(t, k) || !p[1].opens(t, k) || !late.opens(t, k) {
		t.Error("the late one opens the first, or does not open, or keeps the second from opening")
	}
	// The held one goes while the late one is unheld.
	if err := settle(k, true, late); err != nil {
		t.Fatal(err)
	}
	if p[1].opens(t, k) || !late.opens(t, k) {
		t.Error("a held piece kept its key, or the late one lost it")
	}
	if hours, err := k.Hours(); err != nil || !slices.Equal(hours, []seal.Hour{hour}) {
		t.Errorf("hours %v, %v", hours, err)
	}
}

// A key is not taken from under a recording that is on its way in.
func TestSettleWaitsForSealing(t *testing.T) {
	k := open(t, t.TempDir())
	s, err := k.Seal(camera, start, bytes.NewReader(nil), 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := settle(k, false); !errors.Is(err, seal.ErrInUse) {
		t.Errorf("settled while a recording is on its way: %v", err)
	}
	s.Close()
	if err := settle(k, false); err != nil {
		t.Error(err)
	}
	// What arrived after the heads were fetched keeps the identity, too.
	p := pieces(t, k, 2)
	if err := k.Settle(hour, map[footage.Instant][]byte{p[0].at: p[0].object}, func() (seal.Left, error) {
		return seal.Left{Sealed: []footage.Instant{p[0].at, p[1].at}}, nil
	}); !errors.Is(err, seal.ErrInUse) || !p[0].opens(t, k) || !p[1].opens(t, k) {
		t.Errorf("settled without a head: %v", err)
	}
	// An object that is known to be gone keeps nothing.
	if err := k.Settle(hour, map[footage.Instant][]byte{p[0].at: p[0].object, p[1].at: nil}, func() (seal.Left, error) {
		return seal.Left{Sealed: []footage.Instant{p[0].at, p[1].at}}, nil
	}); err != nil || !p[0].opens(t, k) || p[1].opens(t, k) {
		t.Errorf("with an object that is gone: %v", err)
	}
	broken := errors.New("the index is broken")
	if err := k.Settle(hour, nil, func() (seal.Left, error) { return seal.Left{}, broken }); !errors.Is(err, broken) || !p[0].opens(t, k) {
		t.Errorf("settled without an answer: %v", err)
	}
}

// The plug is pulled before each operation on the disk in turn: what is left opens
// afterwards, and settling again takes what has to go.
func TestCrashWhileSettling(t *testing.T) {
	dead := errors.New("the plug is out")
	for name, c := range map[string]struct{ before, after func(p []piece) []piece }{
		"to held ones":     {func(p []piece) []piece { return nil }, func(p []piece) []piece { return p[1:] }},
		"to fewer of them": {func(p []piece) []piece { return p[1:] }, func(p []piece) []piece { return p[2:] }},
		"to nothing":       {func(p []piece) []piece { return nil }, func(p []piece) []piece { return nil }},
		"held to nothing":  {func(p []piece) []piece { return p[1:] }, func(p []piece) []piece { return nil }},
	} {
		for plug := 0; ; plug++ { // twice each: once it starts anew, once it goes on

			dir := t.TempDir()
			k := open(t, dir)
			p := pieces(t, k, 3)
			if before := c.before(p); before != nil {
				if err := settle(k, false, before...); err != nil {
					t.Fatal(err)
				}
			}
			left := c.after(p)
			var ops []seal.Op
			k.Intercept(func(op seal.Op, _ string) error {
				if ops = append(ops, op); len(ops) > plug/2 {
					return dead
				}
				return nil
			})
			err := settle(k, false, left...)
			if err == nil {
				if plug < 6 {
					t.Errorf("%s: only the operations %v were seen", name, ops)
				}
				break
			}
			alive := []*seal.Keys{k}
			if plug%2 == 0 {
				alive = append(alive, open(t, dir)) // which cleans up
			}
			for _, keys := range alive {
				for _, one := range left {
					if !one.opens(t, keys) {
						t.Errorf("%s: after %v what is left does not open", name, ops)
					}
				}
			}
			if plug%2 == 0 {
				k = open(t, dir)
			}
			k.Intercept(nil)
			if err := settle(k, false, left...); err != nil {
				t.Fatal(err)
			}
			for i, one := range p {
				if got, want := one.opens(t, k), i >= len(p)-len(left); got != want {
					t.Errorf("%s: after %v, and again, piece %d opens: %v", name, ops, i, got)
				}
			}
			want := 1
			if len(left) == 0 {
				want = 0
			}
			if got := files(t, dir); len(got) != want {
				t.Errorf("%s: after %v, and again, there are %v", name, ops, got)
			}
		}
	}
}

// Keys are overwritten before their names go, on the disk.
func TestDestroyOverwrites(t *testing.T) {
	dir := t.TempDir()
	k := open(t, dir)
	pieces(t, k, 1)
	path := filepath.Join(dir, hour.String()+".key")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	same, err := os.Open(path) // the file itself, when its name has gone
	if err != nil {
		t.Fatal(err)
	}
	defer same.Close()
	var ops []seal.Op
	k.Intercept(func(op seal.Op, _ string) error { ops = append(ops, op); return nil })
	if err := settle(k, false); err != nil {
		t.Fatal(err)
	}
	after := make([]byte, len(before)+1)
	n, _ := same.ReadAt(after, 0)
	if n != len(before) || bytes.Contains(after, []byte("age-encryption")) {
		t.Errorf("the file was not overwritten: %q", after[:n])
	}
	if want := []seal.Op{seal.OpRename, seal.OpSyncDir, seal.OpOverwrite, seal.OpRemove, seal.OpSyncDir}; !slices.Equal(ops, want) {
		t.Errorf("operations %v", ops)
	}
}

// On a full disk no key is made, and keys go all the same.
func TestFullDisk(t *testing.T) {
	k := open(t, t.TempDir())
	pieces(t, k, 2)
	k.Intercept(func(op seal.Op, _ string) error {
		if op == seal.OpWrite {
			return syscall.ENOSPC
		}
		return nil
	})
	if _, err := k.Seal(camera, start.Add(time.Hour), bytes.NewReader(nil), 0); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("sealed without a key: %v", err)
	}
	if _, err := k.Seal(camera, start, bytes.NewReader(nil), 0); err != nil {
		t.Errorf("an hour that has its key: %v", err)
	}
	k = open(t, t.TempDir())
	p := pieces(t, k, 2)
	k.Intercept(func(op seal.Op, _ string) error {
		if op == seal.OpWrite || op == seal.OpOverwrite {
			return syscall.ENOSPC
		}
		return nil
	})
	if err := settle(k, false, p[1]); !errors.Is(err, syscall.ENOSPC) || !p[1].opens(t, k) {
		t.Errorf("a key that could not be kept: %v", err)
	}
	if err := settle(k, false); !errors.Is(err, syscall.ENOSPC) || p[1].opens(t, k) {
		t.Errorf("a key that could not be overwritten was not removed: %v", err)
	}
	if err := settle(k, false); err != nil {
		t.Error(err)
	}
}

func TestMaster(t *testing.T) {
	refuses := func(what, dir, credentials string, make bool, hint string) {
		t.Helper()
		if _, err := seal.Open(dir, credentials, make); !errors.Is(err, seal.ErrMaster) || !strings.Contains(err.Error(), hint) {
			t.Errorf("%s: %v", what, err)
		}
	}
	dir, path := "", ""
	fresh := func() piece {
		dir = filepath.Join(t.TempDir(), "data", "keys")
		path = filepath.Join(dir, "master.key")
		k := open(t, dir)
		return pieces(t, k, 1)[0]
	}
	p := fresh()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the master key has the mode %v, %v", info.Mode(), err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	refuses("others may read it", dir, "", true, "chmod 600 "+path)
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	if k := open(t, dir); !p.opens(t, k) {
		t.Error("the next start does not open what the first has sealed")
	}

	// As a credential it wins over the file, and need not be beside the keys.
	credentials := t.TempDir()
	master, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(credentials, seal.CredentialName), master, 0o440); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if k, err := seal.Open(dir, credentials, true); err != nil || !p.opens(t, k) {
		t.Errorf("with a credential: %v", err)
	}
	refuses("it is missing", dir, "", true, "put the master key back")
	refuses("it is missing, and other credentials are there", dir, t.TempDir(), true, "put the master key back")
	refuses("it is missing, and so are all keys", t.TempDir(), "", false, "put the master key back")
	fresh()
	refuses("the credential of another installation", dir, credentials, true, "opens none of the keys")
	if err := os.WriteFile(filepath.Join(credentials, seal.CredentialName), []byte("AGE-SECRET-KEY-1NONSENSE"), 0o400); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Open(dir, credentials, true); err == nil || strings.Contains(err.Error(), "NONSENSE") {
		t.Errorf("nonsense as master key: %v", err)
	}
}

// A damaged key costs its hour, and goes when that is due.
func TestDamagedKey(t *testing.T) {
	dir := t.TempDir()
	k := open(t, dir)
	p := pieces(t, k, 1)[0]
	later := piece{at: start.Add(time.Hour), plain: noise(10)}
	later.object, later.id = sealed(t, k, later.at, later.plain)
	if err := os.WriteFile(filepath.Join(dir, hour.String()+".key"), noise(300), 0o600); err != nil {
		t.Fatal(err)
	}
	k = open(t, dir)
	if !later.opens(t, k) {
		t.Error("another hour does not open")
	}
	if _, err := unseal(k, p.at, p.id, p.object, 100, 0); !errors.Is(err, seal.ErrKey) || errors.Is(err, seal.ErrNoKey) {
		t.Errorf("the damaged hour: %v", err)
	}
	if err := settle(k, false, p); err == nil {
		t.Error("the key of a held segment was given up")
	}
	if err := settle(k, false); err != nil || len(files(t, dir)) != 1 {
		t.Errorf("%v, %v", err, files(t, dir))
	}
}

// The hour of a damaged key goes on with another, up to three times, and what was
// sealed to the damaged one opens again when it is mended.
func TestDamagedKeyOfThisHour(t *testing.T) {
	dir := t.TempDir()
	k := open(t, dir)
	sealed(t, k, start.Add(time.Hour), noise(10)) // a key that shows that the master is the right one
	var all []piece
	good := map[string][]byte{}
	for i, ext := range []string{".key", ".2.key", ".3.key", ".4.key"} {
		p := piece{at: start.Add(time.Duration(i) * time.Second), plain: noise(100)}
		p.object, p.id = sealed(t, k, p.at, p.plain)
		if !p.opens(t, k) || len(k.Damaged()) != i {
			t.Fatalf("with %q damaged, a new segment opens: %v", k.Damaged(), p.opens(t, k))
		}
		all = append(all, p)
		path := filepath.Join(dir, hour.String()+ext)
		key, err := os.ReadFile(path)
		if err == nil {
			good[path] = key
			err = os.WriteFile(path, key[:len(key)-1], 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		k = open(t, dir) // one that is in memory is not read again
	}
	if _, err := k.Seal(camera, start, bytes.NewReader(nil), 0); !errors.Is(err, seal.ErrKey) {
		t.Errorf("with four damaged keys: %v", err)
	}
	if got := k.Damaged(); len(got) != 4 {
		t.Errorf("damaged: %q", got)
	}
	for path, key := range good {
		if err := settle(k, false, all...); err == nil {
			t.Error("the keys of held segments were given up")
		}
		if err := os.WriteFile(path, key, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i, p := range all {
		if !p.opens(t, k) {
			t.Errorf("piece %d does not open again", i)
		}
	}
	if got := k.Damaged(); len(got) != 0 {
		t.Errorf("damaged: %q", got)
	}
	if err := settle(k, false, all[1:3]...); err != nil || all[0].opens(t, k) || !all[1].opens(t, k) || !all[2].opens(t, k) || all[3].opens(t, k) {
		t.Errorf("only the held ones should open: %v", err)
	}
	if err := settle(k, false); err != nil || len(files(t, dir)) != 1 {
		t.Errorf("%v, %v", err, files(t, dir))
	}
}

// No text of a key is in an error.
func TestErrorsTellNoKey(t *testing.T) {
	dir := t.TempDir()
	k := open(t, dir)
	pieces(t, k, 1)
	if err := os.WriteFile(filepath.Join(dir, hour.String()+".key"), []byte("AGE-SECRET-KEY-1SECRET"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Open(dir, "", true); err == nil || strings.Contains(err.Error(), "1SECRET") {
		t.Errorf("%v", err)
	}
}

// Sealing, settling and opening at once: run with -race.
func TestAtOnce(t *testing.T) {
	k := open(t, t.TempDir())
	var group sync.WaitGroup
	for worker := range 4 {
		group.Go(func() {
			for i := range 20 {
				at := start.Add(time.Duration(worker*100+i) * time.Second)
				plain := noise(1000)
				s, err := k.Seal(camera, at, bytes.NewReader(plain), 1000)
				if err != nil {
					t.Error(err)
					return
				}
				var object bytes.Buffer
				if _, err := object.ReadFrom(s); err != nil {
					t.Error(err)
				}
				if err := settle(k, false); err != nil && !errors.Is(err, seal.ErrInUse) {
					t.Error(err)
				}
				if !(piece{at, plain, object.Bytes(), s.ID()}).opens(t, k) {
					t.Error("the key went while the recording was on its way")
				}
				s.Close()
			}
		})
	}
	group.Wait()
	if err := settle(k, false); err != nil {
		t.Error(err)
	}
}
