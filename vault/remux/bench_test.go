package remux

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// segment writes what the recorder makes of 30 s at 25 frames a second and
// 4 Mbit/s: 60 fragments, 15 MB.
func segment(b *testing.B) string {
	b.Helper()
	var frames []made
	for i := range 750 {
		size := 15000
		if i%50 == 0 {
			size = 255000
		}
		frames = append(frames, made{duration: 3600, sync: i%50 == 0, data: bytes.Repeat([]byte{byte(i)}, size)})
	}
	path := filepath.Join(b.TempDir(), "segment.mp4")
	if err := os.WriteFile(path, fragments(90000, frames, 13, 0), 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

// BenchmarkOpenEncode is all that a segment costs before its media is read.
func BenchmarkOpenEncode(b *testing.B) {
	path := segment(b)
	b.ReportAllocs()
	for b.Loop() {
		m, err := Open(path)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := m.Encode(meta); err != nil {
			b.Fatal(err)
		}
		m.Close()
	}
}

// BenchmarkDigest sets the digest, read from the file, beside SHA-256 alone of the
// same bytes in memory.
func BenchmarkDigest(b *testing.B) {
	m, err := Open(segment(b))
	if err != nil {
		b.Fatal(err)
	}
	defer m.Close()
	f, err := m.Encode(meta)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("file", func(b *testing.B) {
		b.SetBytes(f.Size())
		for b.Loop() {
			if _, err := f.Digest(context.Background()); err != nil {
				b.Fatal(err)
			}
		}
	})
	whole, err := io.ReadAll(f.Reader())
	if err != nil {
		b.Fatal(err)
	}
	b.Run("sha256 alone", func(b *testing.B) {
		b.SetBytes(f.Size())
		for b.Loop() {
			sha256.Sum256(whole)
		}
	})
}
