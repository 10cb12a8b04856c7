package ledger

import (
	"crypto/sha256"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// BenchmarkMillion measures a ledger of a million entries: five years of a site
// with sixty-four cameras write two. Each figure stands beside a peer of the same
// run: a bare row for append, SHA-256 over the same bytes for verify. cpu-ns is
// processor time, which other work on the machine does not stretch.
func BenchmarkMillion(b *testing.B) {
	r := newRig(b)
	const entries = 1_000_000
	gap := func(i int) Entry {
		at := start.Add(1e9 * 60)
		return Entry{Kind: DeletedEarly, By: System, Fields: Fields{
			"camera": footage.CameraID(fmt.Sprintf("k%02d", i%64)), "from": at, "to": at.Add(30e9), "bytes": 15 << 20, "deadline": at.Add(7 * 24 * 3600e9), "cause": footage.CauseSpoolFull,
		}}
	}
	var c Checkpoint
	for n := 0; n < entries; {
		r.wait(1e9)
		r.update(func(tx *index.Tx) error {
			for range 10_000 {
				if _, err := Append(tx, gap(n)); err != nil {
					return err
				}
				n++
			}
			var err error
			c, err = MakeCheckpoint(tx, r.key)
			return err
		})
	}
	b.Run("append", func(b *testing.B) { // without the commit, which the effect pays for
		defer cpu(b)()
		r.update(func(tx *index.Tx) error {
			for b.Loop() {
				if _, err := Append(tx, gap(b.N)); err != nil {
					return err
				}
			}
			return nil
		})
	})
	b.Run("append-peer-row", func(b *testing.B) {
		defer cpu(b)()
		r.update(func(tx *index.Tx) error {
			for i := 0; b.Loop(); i++ {
				if err := tx.Put(index.Key("x", fmt.Sprintf("%012d", i)), make([]byte, 250)); err != nil {
					return err
				}
			}
			return nil
		})
	})
	c = r.checkpoint()
	b.Run("prove", func(b *testing.B) {
		defer cpu(b)()
		if err := r.index.View(func(tx *index.Tx) error {
			for i := int64(1); b.Loop(); i++ {
				if _, err := Prove(tx, i*7919%entries); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	})
	b.Run("verify", func(b *testing.B) {
		defer cpu(b)()
		for b.Loop() {
			if report := r.verify(VerifyOptions{Outside: [][]byte{c.Note}}); len(report.Faults) > 0 || report.Outside != 1 {
				b.Fatalf("%+v", report)
			}
		}
		b.ReportMetric(float64(c.Size)*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
	})
	b.Run("verify-peer-sha256", func(b *testing.B) {
		defer cpu(b)()
		line := r.tell(1000).Line
		node := make([]byte, 65)
		for b.Loop() {
			for range c.Size {
				sha256.Sum256(line)
				sha256.Sum256(node)
			}
		}
	})
}

// BenchmarkDeletions measures what the ledger adds to 100,000 deletions: tallied in
// the vault's batches, and settled by one checkpoint.
func BenchmarkDeletions(b *testing.B) {
	r := newRig(b)
	const all, batch = 100_000, 500
	defer cpu(b)()
	for b.Loop() {
		for n := 0; n < all; {
			r.update(func(tx *index.Tx) error {
				for range batch {
					d := deletion(footage.CameraID(fmt.Sprintf("k%02d", n%64)), n/64)
					if err := Tally(tx, d); err != nil {
						return err
					}
					n++
				}
				return nil
			})
		}
		began := time.Now()
		r.checkpoint()
		b.ReportMetric(time.Since(began).Seconds(), "s/settle")
	}
	b.ReportMetric(all*float64(b.N)/b.Elapsed().Seconds(), "deletions/s")
}

// cpu reports the processor time of an operation when the function that it returns
// is called.
func cpu(b *testing.B) func() {
	spent := func() int64 {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return u.Utime.Nano() + u.Stime.Nano()
	}
	before := spent()
	return func() { b.ReportMetric(float64(spent()-before)/float64(b.N), "cpu-ns/op") }
}
