package remux

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"

	"github.com/sjudager/sjudager/vault/footage"
)

func sum(t testing.TB, f *File) footage.SHA256 {
	t.Helper()
	s, err := f.Digest(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestReader(t *testing.T) {
	_, f := open(t, clip(t, h264b, seconds))
	if len(f.sections) != 4 { // the header and three fragments
		t.Fatalf("%d sections", len(f.sections))
	}
	whole, err := io.ReadAll(f.Reader())
	if err != nil || int64(len(whole)) != f.Size() {
		t.Fatalf("%d of %d bytes: %v", len(whole), f.Size(), err)
	}
	if err := iotest.TestReader(f.Reader(), whole); err != nil {
		t.Error(err)
	}
	for _, s := range f.sections[1:] { // every short read around a border
		for from := s.at - 3; from <= s.at+3; from++ {
			for n := range 7 {
				got := make([]byte, n)
				if k, err := f.ReadAt(got, from); k != n || err != nil || !bytes.Equal(got, whole[from:][:n]) {
					t.Fatalf("%d bytes at %d: %x, %v; want %x", n, from, got[:k], err, whole[from:][:n])
				}
			}
		}
	}
	if n, err := f.ReadAt(make([]byte, 8), f.Size()-3); n != 3 || err != io.EOF {
		t.Errorf("at the end: %d bytes, %v", n, err)
	}
	if n, err := f.ReadAt(make([]byte, 8), f.Size()+3); n != 0 || err != io.EOF {
		t.Errorf("behind the end: %d bytes, %v", n, err)
	}
	if _, err := f.ReadAt(make([]byte, 8), -1); err == nil {
		t.Error("read before the start")
	}
	if one, other := f.Reader(), f.Reader(); true {
		one.Seek(10, io.SeekStart)
		if at, _ := other.Seek(0, io.SeekCurrent); at != 0 {
			t.Error("readers share their position")
		}
	}
}

func TestDigest(t *testing.T) {
	_, f := open(t, clip(t, h264b, seconds))
	whole, err := io.ReadAll(f.Reader())
	if err != nil {
		t.Fatal(err)
	}
	s, err := f.Digest(context.Background())
	if err != nil || s != sha256.Sum256(whole) {
		t.Errorf("got %s, %v", s, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := f.Digest(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestShrunk takes the end of the source away after it was opened: no reader may
// take what is left for the whole.
func TestShrunk(t *testing.T) {
	data, err := os.ReadFile(clip(t, h264, seconds))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "shrunk.mp4")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	_, f := open(t, path)
	if err := os.Truncate(path, int64(len(data)-1000)); err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, f.Reader()); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("copied %d bytes: %v", n, err)
	}
	if _, err := f.Digest(context.Background()); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("digest: %v", err)
	}
}
