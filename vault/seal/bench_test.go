package seal_test

import (
	"bytes"
	"crypto/sha256"
	"io"
	"testing"

	"filippo.io/age"

	"github.com/sjudager/sjudager/vault/seal"
)

// BenchmarkSeal seals and digests half a minute of a usual camera (15 MB) in one
// pass, beside age's own writer with a digest in front, and the digest alone.
func BenchmarkSeal(b *testing.B) {
	plain := noise(15_000_000)
	buf := make([]byte, 256<<10)
	run := func(name string, do func() error) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(plain)))
			b.ReportAllocs()
			for b.Loop() {
				if err := do(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	k := open(b, b.TempDir())
	run("ours", func() error {
		s, err := k.Seal(camera, start, bytes.NewReader(plain), int64(len(plain)))
		if err != nil {
			return err
		}
		defer s.Close()
		if _, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{s}, buf); err != nil {
			return err
		}
		_, err = s.SHA256(b.Context())
		return err
	})
	id, err := age.GenerateX25519Identity()
	if err != nil {
		b.Fatal(err)
	}
	run("age's writer and SHA-256", func() error {
		w, err := age.Encrypt(io.Discard, id.Recipient())
		if err != nil {
			return err
		}
		sum := sha256.New()
		if _, err := io.CopyBuffer(io.MultiWriter(sum, w), struct{ io.Reader }{bytes.NewReader(plain)}, buf); err != nil {
			return err
		}
		return w.Close()
	})
	run("SHA-256", func() error { sha256.Sum256(plain); return nil })
}

// BenchmarkOpen opens and reads the same object, beside age's own reader.
func BenchmarkOpen(b *testing.B) {
	plain := noise(15_000_000)
	k := open(b, b.TempDir())
	object, id := sealed(b, k, start, plain)
	b.Run("ours", func(b *testing.B) {
		b.SetBytes(int64(len(plain)))
		for b.Loop() {
			o, err := k.Open(camera, start, id, object[:seal.MaxHead], int64(len(plain)))
			if err != nil {
				b.Fatal(err)
			}
			from, _ := o.Cover(0, 1)
			if n, err := io.Copy(io.Discard, o.Reader(bytes.NewReader(object[from:]), 0)); err != nil || n != int64(len(plain)) {
				b.Fatal(n, err)
			}
		}
	})
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		b.Fatal(err)
	}
	var theirs bytes.Buffer
	w, err := age.Encrypt(&theirs, identity.Recipient())
	if err != nil {
		b.Fatal(err)
	}
	if _, err := w.Write(plain); err != nil {
		b.Fatal(err)
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	b.Run("age's reader", func(b *testing.B) {
		b.SetBytes(int64(len(plain)))
		for b.Loop() {
			r, err := age.Decrypt(bytes.NewReader(theirs.Bytes()), identity)
			if err != nil {
				b.Fatal(err)
			}
			if n, err := io.Copy(io.Discard, r); err != nil || n != int64(len(plain)) {
				b.Fatal(n, err)
			}
		}
	})
}
