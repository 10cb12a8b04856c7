package store_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/store"
	"github.com/sjudager/sjudager/vault/store/storetest"
)

// odd reads a Body in an unusual way.
type odd struct {
	io.Reader
	io.Seeker
}

// A store that needs digests takes them itself, and then holds the body to them.
func TestObjectDigest(t *testing.T) {
	for _, size := range []int64{0, 1, 1000, 256 << 10, 1<<20 + 1} {
		want := storetest.NewObject(1, size)
		fresh := store.Object{Size: size, Body: want.Body}
		got, err := fresh.Digest(t.Context(), true, nil)
		if err != nil || !got.Digested || got.SHA256 != want.SHA256 || got.CRC32C != want.CRC32C {
			t.Errorf("%d bytes: %+v, %v", size, got, err)
		}
		if again, err := want.Digest(t.Context(), true, nil); err != nil || again.SHA256 != want.SHA256 {
			t.Errorf("%d bytes, known: %v", size, err)
		}
		if bare, err := fresh.Digest(t.Context(), false, nil); err != nil || !bare.Digested || bare.SHA256 != (footage.SHA256{}) || bare.CRC32C != want.CRC32C {
			t.Errorf("%d bytes, not signed: %+v, %v", size, bare, err)
		}
		keep := make([]byte, size+1)
		kept, err := fresh.Digest(t.Context(), true, keep)
		if err != nil || kept.SHA256 != want.SHA256 || kept.CRC32C != want.CRC32C {
			t.Errorf("%d bytes, kept: %+v, %v", size, kept, err)
		}
		if b, err := io.ReadAll(kept.Body); err != nil || sha256.Sum256(b) != want.SHA256 {
			t.Errorf("%d bytes were kept: %v", len(b), err)
		}
		if size == 0 {
			continue
		}
		if _, err := (store.Object{Size: size + 1, Body: want.Body}).Digest(t.Context(), true, keep); !errors.Is(err, store.ErrBody) {
			t.Errorf("%d bytes that are too few: %v", size, err)
		}
		got.Body = storetest.NewObject(2, size).Body
		r, err := got.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(r); !errors.Is(err, store.ErrBody) || int64(len(b)) >= size {
			t.Errorf("%d other bytes: %d were read, %v", size, len(b), err)
		}
	}
}

func TestObjectOpen(t *testing.T) {
	for name, read := range map[string]func(io.Reader) io.Reader{
		"one byte at a time":    iotest.OneByteReader,
		"half of what is asked": iotest.HalfReader,
		"data with the end":     iotest.DataErrReader,
	} {
		for _, size := range []int64{0, 1, 2, 1000} {
			o := storetest.NewObject(1, size)
			for change, want := range map[int64]error{0: nil, 1: store.ErrBody, -1: store.ErrBody} {
				if size+change < 0 {
					continue
				}
				body := storetest.NewObject(1, size).Body
				o := o
				o.Size += change
				o.Body = odd{read(body), body}
				for range 2 { // Open rewinds
					r, err := o.Open(t.Context())
					if err == nil {
						var b []byte
						b, err = io.ReadAll(r)
						if err == nil && int64(len(b)) != o.Size {
							t.Errorf("%s: %d bytes were read of %d", name, len(b), o.Size)
						}
						if want != nil && int64(len(b)) >= o.Size {
							t.Errorf("%s: all %d bytes of a wrong body were handed out", name, len(b))
						}
					}
					if !errors.Is(err, want) {
						t.Errorf("%s: a body of %d bytes as an object of %d: %v", name, size, o.Size, err)
					}
					if name == "data with the end" {
						break // iotest's reader does not rewind
					}
				}
			}
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	r, err := storetest.NewObject(1, 10).Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if n, err := r.Read(make([]byte, 10)); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("after cancel, %d bytes were read, and %v", n, err)
	}
}
