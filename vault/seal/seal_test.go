package seal_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"filippo.io/age"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/seal"
)

const (
	camera = footage.CameraID("k01-inngang")
	start  = footage.Instant(1783192800000000) // 2026-07-04T19:20:00Z
	chunk  = 64 << 10

	goldenID = "765078d29855170d26ae3a7ebfc74b6b" // of testdata/golden/object.age
)

func open(t testing.TB, dir string) *seal.Keys {
	t.Helper()
	k, err := seal.Open(dir, "", true)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func noise(size int) []byte {
	b := make([]byte, size)
	rand.Read(b)
	return b
}

// sealed seals plain as one piece.
func sealed(t testing.TB, k *seal.Keys, at footage.Instant, plain []byte) ([]byte, seal.ID) {
	t.Helper()
	s, err := k.Seal(camera, at, bytes.NewReader(plain), int64(len(plain)))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	b, err := io.ReadAll(s)
	if err != nil {
		t.Fatal(err)
	}
	return b, s.ID()
}

// unseal opens what was sealed, from off on.
func unseal(k *seal.Keys, at footage.Instant, id seal.ID, object []byte, size, off int64) ([]byte, error) {
	o, err := k.Open(camera, at, id, object[:min(seal.MaxHead, len(object))], size)
	if err != nil {
		return nil, err
	}
	from, length := o.Cover(off, max(size-off, 1))
	end := min(from+length, int64(len(object)))
	return io.ReadAll(o.Reader(bytes.NewReader(object[min(from, end):end]), off))
}

// age runs Debian's age.
func runAge(t testing.TB, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("age", args...)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("age is needed (apt-get install -y age): %v: %s", err, said.String())
	}
	return out
}

// byHand opens an object as the README says.
func byHand(t testing.TB, dir, object string) []byte {
	t.Helper()
	identity := filepath.Join(t.TempDir(), "identity")
	runAge(t, "-d", "-i", filepath.Join(dir, "master.key"), "-o", identity, filepath.Join(dir, seal.HourOf(camera, start).String()+".key"))
	return runAge(t, "-d", "-i", identity, object)
}

var sizes = []int{0, 1, 100, chunk - 1, chunk, chunk + 1, 2*chunk - 1, 2 * chunk, 2*chunk + 1, 5*chunk + 77}

// What is read is an age file, however it is read, and the same each time.
func TestObjectIsAnAgeFile(t *testing.T) {
	dir := t.TempDir()
	k := open(t, dir)
	for _, size := range sizes {
		plain := noise(size)
		s, err := k.Seal(camera, start, bytes.NewReader(plain), int64(size))
		if err != nil {
			t.Fatal(err)
		}
		whole, err := io.ReadAll(s)
		if err != nil || int64(len(whole)) != s.Size() || s.Size() != seal.Size(int64(size)) {
			t.Fatalf("%d bytes become %d, said were %d and %d: %v", size, len(whole), s.Size(), seal.Size(int64(size)), err)
		}
		if sum, err := s.SHA256(t.Context()); err != nil || sum != sha256.Sum256(plain) {
			t.Errorf("%d bytes: digest %s, %v", size, sum, err)
		}
		if _, err := s.Seek(0, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		if err := iotest.TestReader(s, whole); err != nil {
			t.Errorf("%d bytes: %v", size, err)
		}
		for _, buffer := range []int{1000, chunk + 16, chunk + 200, 256 << 10} {
			var again bytes.Buffer
			s.Seek(0, io.SeekStart)
			if _, err := io.CopyBuffer(struct{ io.Writer }{&again}, struct{ io.Reader }{s}, make([]byte, buffer)); err != nil || !bytes.Equal(again.Bytes(), whole) {
				t.Errorf("%d bytes are others when read by %d: %v", size, buffer, err)
			}
		}
		s.Close()

		object := filepath.Join(t.TempDir(), "object")
		if err := os.WriteFile(object, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := byHand(t, dir, object); !bytes.Equal(got, plain) {
			t.Errorf("age opens %d of %d bytes", len(got), size)
		}
		for _, off := range []int64{0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk, int64(size) - 1} {
			if off < 0 || off > int64(size) {
				continue
			}
			if got, err := unseal(k, start, s.ID(), whole, int64(size), off); err != nil || !bytes.Equal(got, plain[off:]) {
				t.Errorf("%d bytes from %d: got %d, %v", size, off, len(got), err)
			}
		}
	}
}

// What age seals to the recipient of an hour, we open.
func TestOpensWhatAgeSeals(t *testing.T) {
	dir := t.TempDir()
	k := open(t, dir)
	sealed(t, k, start, nil) // makes the key
	identity := runAge(t, "-d", "-i", filepath.Join(dir, "master.key"), filepath.Join(dir, seal.HourOf(camera, start).String()+".key"))
	ids, err := age.ParseIdentities(bytes.NewReader(identity))
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range sizes {
		plain, file := noise(size), bytes.Buffer{}
		w, err := age.Encrypt(&file, ids[0].(*age.X25519Identity).Recipient())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(plain); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		id, err := seal.IDOf(file.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if got, err := unseal(k, start, id, file.Bytes(), int64(size), 0); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d of %d bytes, %v", len(got), size, err)
		}
	}
}

// An object of an earlier build opens.
func TestGolden(t *testing.T) {
	k, err := seal.Open(copied(t, "testdata/golden"), "", false)
	if err != nil {
		t.Fatal(err)
	}
	object, err := os.ReadFile("testdata/golden/object.age")
	if err != nil {
		t.Fatal(err)
	}
	const want = "Seven days and not a second longer.\n"
	id, err := seal.IDOf(object)
	if err != nil || fmt.Sprintf("%x", id) != goldenID {
		t.Errorf("its id is %x, %v", id, err)
	}
	if got, err := unseal(k, start, id, object, int64(len(want)), 0); err != nil || string(got) != want {
		t.Errorf("got %q, %v", got, err)
	}
	// And one of an hour of which only the file keys of held segments are left.
	object, err = os.ReadFile("testdata/golden/single.age")
	if err != nil {
		t.Fatal(err)
	}
	if id, err = seal.IDOf(object); err != nil {
		t.Fatal(err)
	}
	if got, err := unseal(k, start.Add(time.Hour), id, object, int64(len(want)), 0); err != nil || string(got) != want {
		t.Errorf("got %q, %v", got, err)
	}
}

// copied copies a folder with the modes that it needs.
func copied(t testing.TB, from string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(to, "master.key"), 0o600); err != nil {
		t.Fatal(err)
	}
	return to
}

// changing is a recording that somebody writes to.
type changing struct{ b []byte }

func (c *changing) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(c.b).ReadAt(p, off)
}

// One file key never seals two plaintexts: of a recording that has changed since it
// was read first, not a byte of the changed chunk is given.
func TestChangedRecording(t *testing.T) {
	k := open(t, t.TempDir())
	for _, at := range []int{0, chunk, 3*chunk - 1} {
		plain := &changing{noise(3 * chunk)}
		s, err := k.Seal(camera, start, plain, 3*chunk)
		if err != nil {
			t.Fatal(err)
		}
		first, err := io.ReadAll(s)
		if err != nil {
			t.Fatal(err)
		}
		plain.b[at] ^= 1
		s.Seek(0, io.SeekStart)
		second, err := io.ReadAll(s)
		if !errors.Is(err, seal.ErrChanged) || !bytes.HasPrefix(first, second) || len(second) > 184+at/chunk*(chunk+16) {
			t.Errorf("a change at %d: %d bytes, %v", at, len(second), err)
		}
		plain.b[at] ^= 1
		if err := s.Again(plain, 3*chunk); err != nil {
			t.Error(err)
		}
		if third, err := io.ReadAll(s); err != nil || !bytes.Equal(first, third) {
			t.Errorf("as it was again: %v", err)
		}
		if err := s.Again(plain, 3*chunk+1); !errors.Is(err, seal.ErrChanged) {
			t.Errorf("of another size: %v", err)
		}
		plain.b = plain.b[:chunk/2]
		s.Seek(0, io.SeekStart)
		if _, err := io.ReadAll(s); !errors.Is(err, seal.ErrChanged) {
			t.Errorf("shorter: %v", err)
		}
		s.Close()
	}
}

// Whatever is done to an object, nothing is read that was not sealed.
func TestAlteredObject(t *testing.T) {
	k := open(t, t.TempDir())
	plain := noise(2*chunk + 100)
	object, id := sealed(t, k, start, plain)
	other, otherID := sealed(t, k, start, plain)
	size := int64(len(plain))
	swapped := bytes.Clone(object) // chunks of the same plaintext in another's place
	copy(swapped[184:], other[184:])
	exchanged := bytes.Clone(object)
	copy(exchanged[184:], object[184+chunk+16:184+2*(chunk+16)])
	flipped := bytes.Clone(object)
	flipped[184+chunk+16+5] ^= 1
	for name, c := range map[string]struct {
		object []byte
		size   int64
		want   error
		good   int // bytes that are read before
	}{
		"another object":    {other, size, seal.ErrOther, 0},
		"chunks of another": {swapped, size, seal.ErrDamaged, 0},
		"chunks exchanged":  {exchanged, size, seal.ErrDamaged, 0},
		"a bit":             {flipped, size, seal.ErrDamaged, chunk},
		"cut in a chunk":    {object[:len(object)-1], size, io.ErrUnexpectedEOF, 2 * chunk},
		"cut between":       {object[:184+2*(chunk+16)], size, io.ErrUnexpectedEOF, 2 * chunk},
		"a chunk less":      {object[:184+2*(chunk+16)], 2 * chunk, seal.ErrDamaged, chunk},
		"cut in the header": {object[:100], size, seal.ErrNotSealed, 0},
		"only a header":     {object[:184], size, io.ErrUnexpectedEOF, 0},
		"nothing":           {nil, size, seal.ErrNotSealed, 0},
		"a plain file":      {plain, size, seal.ErrNotSealed, 0},
	} {
		got, err := unseal(k, start, id, c.object, c.size, 0)
		if !errors.Is(err, c.want) || !bytes.Equal(got, plain[:c.good]) {
			t.Errorf("%s: %d bytes, %v; want %d, %v", name, len(got), err, c.good, c.want)
		}
	}
	if _, err := unseal(k, start, otherID, object, size, 0); !errors.Is(err, seal.ErrOther) {
		t.Errorf("a row of another object: %v", err)
	}
	if _, err := unseal(k, start.Add(time.Hour), id, object, size, 0); !errors.Is(err, seal.ErrNoKey) {
		t.Errorf("an hour without keys: %v", err)
	}
}

func TestDigestStopsWithItsContext(t *testing.T) {
	k := open(t, t.TempDir())
	s, err := k.Seal(camera, start, bytes.NewReader(noise(10)), 10)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.SHA256(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func FuzzOpen(f *testing.F) {
	k, err := seal.Open(copied(f, "testdata/golden"), "", false)
	if err != nil {
		f.Fatal(err)
	}
	object, err := os.ReadFile("testdata/golden/object.age")
	if err != nil {
		f.Fatal(err)
	}
	id, err := seal.IDOf(object)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(object, int64(36), int64(0))
	f.Add(object[:184], int64(0), int64(0))
	f.Add([]byte("age-encryption.org/v1\n--- \n"), int64(1), int64(1))
	f.Fuzz(func(t *testing.T, b []byte, size, off int64) {
		if size < 0 || size > 1<<24 || off < 0 || off > size {
			return
		}
		seal.IDOf(b)
		if got, err := unseal(k, start, id, b, size, off); err == nil && !bytes.HasPrefix(b, object) && len(got) > 0 {
			t.Errorf("%d bytes were read from what was never sealed", len(got))
		}
	})
}

// script returns the n-th block of shell in the README, to be run in the folder of
// the data.
func script(t *testing.T, n int, data string) *exec.Cmd {
	t.Helper()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(readme), "```sh\n")
	block, _, _ := strings.Cut(blocks[n+1], "```")
	block = strings.ReplaceAll(block, "/var/lib/sjudager", data)
	cmd := exec.Command("bash", "-c", "set -euo pipefail; systemctl() { :; }\n"+block)
	cmd.Stderr = os.Stderr
	return cmd
}

// What the README tells an operator to type does what it says.
func TestReadme(t *testing.T) {
	data := t.TempDir()
	dir := filepath.Join(data, "keys")
	k := open(t, dir)
	plain := noise(100_000)
	path := filepath.Join(data, "store", footage.ObjectKey(camera, start, 0))
	held := pieces(t, k, 2)
	if err := settle(k, false, held[1]); err != nil { // so that there is a .held
		t.Fatal(err)
	}
	object, id := sealed(t, k, start, plain) // and a new .key beside it
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, object, 0o600)); err != nil {
		t.Fatal(err)
	}
	byHand := func() {
		t.Helper()
		if err := script(t, 0, data).Run(); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(data, "segment.mp4")); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("by hand: %d bytes, %v", len(got), err)
		}
	}
	byHand()
	before, err := os.ReadFile(filepath.Join(dir, "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	if err := script(t, 2, data).Run(); err != nil {
		t.Fatal(err)
	}
	if after, err := os.ReadFile(filepath.Join(dir, "master.key")); err != nil || bytes.Equal(after, before) {
		t.Errorf("the master key is the same, %v", err)
	}
	byHand()
	k = open(t, dir)
	if got, err := unseal(k, start, id, object, int64(len(plain)), 0); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("after the change of the master key: %v", err)
	}
	if !held[1].opens(t, k) {
		t.Error("after the change of the master key a held segment does not open")
	}
}

func TestPlainIsTheInverseOfSize(t *testing.T) {
	const chunk = 64 << 10
	for _, n := range []int64{1, 100, chunk - 1, chunk, chunk + 1, 3 * chunk, 1 << 30, 1<<30 + 5} {
		if got := seal.Plain(seal.Size(n)); got != n {
			t.Errorf("Plain(Size(%d)) is %d", n, got)
		}
	}
	for _, n := range []int64{-1, 0, 1, 184, 200, seal.Size(chunk) + 1, seal.Size(chunk) + 16} {
		if got := seal.Plain(n); got != 0 {
			t.Errorf("Plain(%d) is %d", n, got)
		}
	}
}
