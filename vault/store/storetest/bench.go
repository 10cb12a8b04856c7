package storetest

import (
	"fmt"
	"io"
	"sync/atomic"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/sjudager/sjudager/vault/store"
)

// Benchmark measures the empty store that open returns, four callers at a time:
// puts of 4 MiB (eight seconds of a usual camera), reads of 256 KiB out of the
// middle of an object, deletions each with its proof, and lists of a thousand.
func Benchmark(b *testing.B, open func(b *testing.B) store.Store) {
	const callers = 4
	run := func(name string, size int64, prepare, step func(s store.Store, n int) error) {
		b.Run(name, func(b *testing.B) {
			s := open(b)
			var g errgroup.Group
			g.SetLimit(32)
			for n := range b.N {
				g.Go(func() error { return prepare(s, n) })
			}
			if err := g.Wait(); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(size)
			b.ReportAllocs()
			b.ResetTimer()
			var next atomic.Int64
			for range callers {
				g.Go(func() error {
					for n := int(next.Add(1)) - 1; n < b.N; n = int(next.Add(1)) - 1 {
						if err := step(s, n); err != nil {
							return err
						}
					}
					return nil
				})
			}
			if err := g.Wait(); err != nil {
				b.Fatal(err)
			}
		})
	}
	nothing := func(store.Store, int) error { return nil }
	key := func(n int) string { return fmt.Sprintf("footage/k%02d/2026-07-04/%02d/%06d.mp4", n%8, n/8%24, n) }

	const object, piece = 4 * mib, 256 * kib
	large := NewObject(1, object)
	sized := func() store.Object { // a Body for each caller
		o := large
		body := *large.Body.(*content)
		o.Body = &body
		return o
	}
	run("put-4MiB", object, nothing, func(s store.Store, n int) error {
		return s.Put(b.Context(), key(n), sized())
	})
	run("get-256KiB", piece, func(s store.Store, n int) error {
		if n > 8 {
			return nil
		}
		return s.Put(b.Context(), key(n), sized())
	}, func(s store.Store, n int) error {
		body, err := s.Get(b.Context(), key(n%min(b.N, 8)), int64(n)%(object-piece), piece)
		if err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, body); err != nil {
			return err
		}
		return body.Close()
	})
	run("delete", 0, func(s store.Store, n int) error {
		return s.Put(b.Context(), key(n), small(n))
	}, func(s store.Store, n int) error {
		if err := s.Delete(b.Context(), key(n)); err != nil {
			return err
		}
		if absent, err := s.Absent(b.Context(), key(n)); !absent || err != nil {
			return fmt.Errorf("not gone: %w", err)
		}
		return nil
	})
	b.Run("list-1000", func(b *testing.B) {
		s := open(b)
		var g errgroup.Group
		g.SetLimit(32)
		for n := range 1000 {
			g.Go(func() error { return s.Put(b.Context(), key(n), small(n)) })
		}
		if err := g.Wait(); err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			n := 0
			for _, err := range s.List(b.Context(), "footage/") {
				if err != nil {
					b.Fatal(err)
				}
				n++
			}
			if n != 1000 {
				b.Fatalf("a list of 1000 has %d", n)
			}
		}
	})
}
