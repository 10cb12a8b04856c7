package dir

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sjudager/sjudager/vault/durable"
	"github.com/sjudager/sjudager/vault/store"
	"github.com/sjudager/sjudager/vault/store/storetest"
)

const key = "footage/k01/2026-07-04/19/0.mp4"

var steps = []step{begun, written, synced, ready, named}

// victim in the environment makes this binary put objects into the store that it
// names until it is killed: by itself at the step that follows the name, or by its
// parent.
const victim = "SJUDAGER_TEST_VICTIM"

func TestMain(m *testing.M) {
	root, at, ok := strings.Cut(os.Getenv(victim), ":")
	if !ok {
		os.Exit(m.Run())
	}
	s, err := Open(root)
	if err != nil {
		log.Fatal(err)
	}
	s.at = func(now step) error {
		if now == step(at) {
			return syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
		return nil
	}
	for n := 0; ; n++ {
		name := key
		if n > 0 {
			name = fmt.Sprintf("footage/k01/2026-07-04/%02d/%d.mp4", n%24, n)
		}
		if err := s.Put(context.Background(), name, object(n)); err != nil {
			log.Fatal(err)
		}
	}
}

// object returns what the victim puts under its n-th key: large enough to be written
// directly, and not of whole pages.
func object(n int) store.Object { return storetest.NewObject(uint64(n), 3_000_000) }

// files returns the files below root but those in .tmp.
func files(t *testing.T, root string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(name string, e os.DirEntry, err error) error {
		switch {
		case errors.Is(err, os.ErrNotExist): // renamed meanwhile
			return nil
		case err != nil:
			return err
		case e.Name() == tmp:
			return filepath.SkipDir
		case !e.IsDir():
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// whole returns how many objects there are, and fails unless each is what was put.
func whole(t *testing.T, root string) (n int) {
	t.Helper()
	for _, name := range files(t, root) {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		number := 0
		fmt.Sscanf(filepath.Base(name), "%d.mp4", &number)
		if sha256.Sum256(b) != object(number).SHA256 {
			t.Errorf("%s has %d bytes that nobody put there", name, len(b))
		}
		n++
	}
	return n
}

// unfinished returns how many files are in .tmp.
func unfinished(t *testing.T, root string) int {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(root, tmp))
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func mustOpen(t *testing.T, root string) *Store {
	t.Helper()
	s, err := Open(root)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFailedPutLeavesNothing(t *testing.T) {
	for _, at := range steps {
		root := t.TempDir()
		s := mustOpen(t, root)
		s.at = func(now step) error {
			if now == at {
				return &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
			}
			return nil
		}
		err := s.Put(t.Context(), key, object(0))
		if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "no room is left under "+root) {
			t.Errorf("%s: Put on a full disk returns %v", at, err)
		}
		if n := unfinished(t, root); n != 0 {
			t.Errorf("%s: %d unfinished files are left", at, n)
		}
		want := 0
		if at == named { // only its name may not be on disk
			want = 1
		}
		if n := whole(t, root); n != want {
			t.Errorf("%s: %d objects are there instead of %d", at, n, want)
		}
		s.at = func(step) error { return nil }
		if err := s.Put(t.Context(), key, object(0)); err != nil {
			t.Errorf("%s: Put once there is room: %v", at, err)
		}
	}
}

func TestKilledPut(t *testing.T) {
	for _, at := range steps {
		root := t.TempDir()
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), victim+"="+root+":"+string(at))
		out, err := c.CombinedOutput()
		if c.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Fatalf("%s: %v: %s", at, err, out)
		}
		want, left := 0, 1
		if at == named {
			want, left = 1, 0
		}
		if n := whole(t, root); n != want {
			t.Errorf("%s: %d objects are there instead of %d", at, n, want)
		}
		if n := unfinished(t, root); n != left {
			t.Errorf("%s: %d unfinished files are there instead of %d: the test tests nothing", at, n, left)
		}
		for _, err := range mustOpen(t, root).List(t.Context(), "") {
			if err != nil {
				t.Error(err)
			}
			if at != named {
				t.Errorf("%s: List has something", at)
			}
		}
		if n := unfinished(t, root); n != 0 {
			t.Errorf("%s: %d unfinished files are left after Open", at, n)
		}
		if err := mustOpen(t, root).Put(t.Context(), key, object(0)); err != nil {
			t.Errorf("%s: Put after it: %v", at, err)
		}
	}
}

// TestKilledAtAnyTime kills a process that puts one object after another, wherever
// it happens to be.
func TestKilledAtAnyTime(t *testing.T) {
	root, total := t.TempDir(), 0
	for round := range 5 {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), victim+"="+root+":")
		c.Stderr = os.Stderr
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		// Until it is under way, and then some.
		deadline := time.Now().Add(30 * time.Second)
		for len(files(t, root)) <= total && time.Now().Before(deadline) {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Duration(round) * 7 * time.Millisecond)
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		c.Wait()
		if total = whole(t, root); total == 0 {
			t.Error("nothing was put")
		}
	}
	s, n := mustOpen(t, root), 0
	for _, err := range s.List(t.Context(), "footage/") {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != total || unfinished(t, root) != 0 {
		t.Errorf("List has %d objects of %d, and %d unfinished files are left", n, total, unfinished(t, root))
	}
}

// TestDeleteGoesOn: what a killed Delete has left undone, the next one does.
func TestDeleteGoesOn(t *testing.T) {
	root := t.TempDir()
	s := mustOpen(t, root)
	for _, undone := range []string{key, filepath.Dir(key), "footage/k01"} {
		if err := s.Put(t.Context(), key, object(0)); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(filepath.Join(root, undone)); err != nil {
			t.Fatal(err)
		}
		s = mustOpen(t, root) // the one that was killed knew more
		if err := s.Delete(t.Context(), key); err != nil {
			t.Error(err)
		}
		if entries, err := os.ReadDir(root); err != nil || len(entries) != 1 {
			t.Errorf("beside .tmp, empty folders are left: %v, %v", entries, err)
		}
	}
}

func TestSettledIsBounded(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	for i := range maxSettled {
		s.settled[fmt.Sprint(i)] = true
	}
	if err := s.Put(t.Context(), key, object(0)); err != nil {
		t.Fatal(err)
	}
	if len(s.settled) > 10 || !s.settled["."] || !s.settled[filepath.Dir(key)] {
		t.Errorf("%d folders are remembered", len(s.settled))
	}
}

func TestOpen(t *testing.T) {
	parent := t.TempDir()
	file := filepath.Join(parent, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, root := range []string{file, filepath.Join(file, "x")} {
		if _, err := Open(root); !errors.Is(err, store.ErrConfig) || !strings.Contains(err.Error(), root) {
			t.Errorf("Open of %s returns %v", root, err)
		}
	}
	root := filepath.Join(parent, "a", "b")
	s := mustOpen(t, root)
	if err := s.Put(t.Context(), key, object(0)); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{"": 0o700, filepath.Dir(key): 0o700, key: 0o600} {
		fi, err := os.Stat(filepath.Join(root, name))
		if err != nil || fi.Mode().Perm() != want {
			t.Errorf("%q has mode %v, %v", name, fi.Mode(), err)
		}
	}
}

// TestStrangers: what others put into the folder is shown when it is a file, and
// never leads out of the folder.
func TestStrangers(t *testing.T) {
	root, outside := t.TempDir(), t.TempDir()
	s := mustOpen(t, root)
	for _, err := range []error{
		os.WriteFile(filepath.Join(outside, "secret"), []byte("x"), 0o600),
		os.Symlink(outside, filepath.Join(root, "link")),
		os.Symlink(filepath.Join(outside, "secret"), filepath.Join(root, "secret")),
		os.WriteFile(filepath.Join(root, "a stranger.mp4"), []byte("x"), 0o600),
		syscall.Mkfifo(filepath.Join(root, "fifo"), 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for info, err := range s.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, info.Key)
	}
	if len(got) != 1 || got[0] != "a stranger.mp4" {
		t.Errorf("List has %q", got)
	}
	for _, key := range []string{"link/secret", "secret", "fifo"} {
		if body, err := s.Get(t.Context(), key, 0, -1); err == nil {
			b, err := io.ReadAll(body)
			t.Errorf("Get of %s reads %q, %v", key, b, err)
		}
	}
	if err := s.Put(t.Context(), "link/new", object(0)); err == nil {
		t.Error("Put follows a link out of the folder")
	}
	if err := s.Delete(t.Context(), "link/secret"); err == nil {
		t.Error("Delete follows a link out of the folder")
	}
	if _, err := os.Stat(filepath.Join(outside, "secret")); err != nil {
		t.Error(err)
	}
}

// TestDirect puts objects of sizes around those in which a file is written, in pieces
// of other sizes, on a file system that takes direct writes and as on one that does not.
func TestDirect(t *testing.T) {
	root := t.TempDir()
	s := mustOpen(t, root)
	for _, size := range []int64{0, 1, durable.Page - 1, durable.Page, block - 1, block, block + 1, block + durable.Page, block + slack - 1, block + slack, 3*block + 5, 4 * block} {
		for _, piece := range []int{durable.Page + 1, 65_552, block, 2 * block} {
			o := storetest.NewObject(uint64(size), size)
			o.Body = pieces{o.Body, piece}
			if err := s.Put(t.Context(), key, o); err != nil {
				t.Fatal(size, piece, err)
			}
			if b, err := os.ReadFile(filepath.Join(root, key)); err != nil || sha256.Sum256(b) != o.SHA256 {
				t.Errorf("of %d bytes in pieces of %d, %d are there: %v", size, piece, len(b), err)
			}
		}
	}
}

// pieces is a Body that reads in pieces of a size.
type pieces struct {
	io.ReadSeeker
	size int
}

func (p pieces) Read(b []byte) (int, error) { return p.ReadSeeker.Read(b[:min(len(b), p.size)]) }
