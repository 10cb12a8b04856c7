package index

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sjudager/sjudager/vault/footage"
)

func open(t testing.TB) *DB {
	t.Helper()
	db, err := Open(filepath.Join(t.TempDir(), "index.db"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

type row struct {
	A int    `cbor:"1,keyasint"`
	B string `cbor:"2,keyasint,omitempty"`
}

func TestRowsReadBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "index.db")
	db, err := Open(path, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(func(tx *Tx) error { return tx.Put(Key("segment", "k01"), row{7, "seven"}) }); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if db, err = Open(path, time.Now); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.View(func(tx *Tx) error {
		var got row
		found, err := tx.Get("segment/k01", &got)
		if !found || got != (row{7, "seven"}) {
			t.Errorf("got %v %v", found, got)
		}
		if found, _ := tx.Get("segment/k02", &got); found {
			t.Error("found what was never put")
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestOneProcessOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "index.db")
	db, err := Open(path, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := Open(path, time.Now); !errors.Is(err, ErrInUse) {
		t.Errorf("a second Open gives %v, want ErrInUse", err)
	}
}

func TestFailedUpdateLeavesNothing(t *testing.T) {
	db := open(t)
	boom := errors.New("boom")
	err := db.Update(func(tx *Tx) error {
		if err := tx.Put("a/b", row{1, ""}); err != nil {
			return err
		}
		return boom
	})
	if !errors.Is(err, boom) {
		t.Fatalf("Update gives %v", err)
	}
	db.View(func(tx *Tx) error {
		if found, _ := tx.Get("a/b", &row{}); found {
			t.Error("a failed Update has left a row")
		}
		return nil
	})
}

func TestViewCannotWrite(t *testing.T) {
	db := open(t)
	db.View(func(tx *Tx) error {
		if tx.Put("a/b", row{}) == nil || tx.Delete("a/b") == nil {
			t.Error("View writes")
		}
		return nil
	})
}

func TestOneNow(t *testing.T) {
	clock := time.Date(2026, 7, 4, 19, 20, 0, 0, time.UTC)
	db, err := Open(filepath.Join(t.TempDir(), "index.db"), func() time.Time {
		clock = clock.Add(time.Second)
		return clock
	})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.Update(func(tx *Tx) error {
		if first := tx.Now; first != footage.At(clock) || first != tx.Now {
			t.Error("a transaction has more than one now")
		}
		return nil
	})
}

func TestDamagedRowSaysWhich(t *testing.T) {
	db := open(t)
	if err := db.Update(func(tx *Tx) error { return tx.Put("segment/x", "no row") }); err != nil {
		t.Fatal(err)
	}
	db.View(func(tx *Tx) error {
		if _, err := tx.Get("segment/x", &row{}); !contains(err, "segment/x") {
			t.Errorf("got %v, want an error that names the row", err)
		}
		for r := range tx.Scan("a", "z") {
			if err := r.Decode(&row{}); !contains(err, "segment/x") {
				t.Errorf("got %v, want an error that names the row", err)
			}
		}
		return nil
	})
}

func contains(err error, s string) bool { return err != nil && strings.Contains(err.Error(), s) }

func TestKeyRefusesWhatWouldBreakOrder(t *testing.T) {
	for _, bad := range [][]string{{"a", ""}, {"a", "b/c"}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Key(%q) does not panic", bad)
				}
			}()
			Key(bad...)
		}()
	}
}

// The index against a sorted map: what a scan yields, forwards and backwards,
// after any writes.
func TestScanAgainstModel(t *testing.T) {
	db := open(t)
	key := rapid.Custom(func(t *rapid.T) string {
		return fmt.Sprintf("%s/%s", rapid.SampledFrom([]string{"k", "k-1", "k0", "l"}).Draw(t, "camera"), rapid.SampledFrom([]string{"1", "2", "3"}).Draw(t, "n"))
	})
	model := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		if err := db.Update(func(tx *Tx) error {
			for range rapid.IntRange(0, 5).Draw(t, "writes") {
				k := key.Draw(t, "key")
				if rapid.Bool().Draw(t, "put") {
					model[k] = rapid.Int().Draw(t, "value")
					if err := tx.Put(k, row{A: model[k]}); err != nil {
						return err
					}
				} else {
					delete(model, k)
					if err := tx.Delete(k); err != nil {
						return err
					}
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		from, to := key.Draw(t, "from"), key.Draw(t, "to")
		if rapid.Bool().Draw(t, "prefix") {
			from, to = Prefix(rapid.SampledFrom([]string{"k", "k-1", "k0", "l", "m"}).Draw(t, "camera"))
		}
		var want []string
		for k, v := range model {
			if from <= k && k < to {
				want = append(want, fmt.Sprint(k, v))
			}
		}
		slices.Sort(want)
		read := func(rows func(func(Row) bool)) (got []string) {
			for r := range rows {
				var v row
				if err := r.Decode(&v); err != nil {
					t.Fatal(err)
				}
				got = append(got, fmt.Sprint(r.Key, v.A))
			}
			return got
		}
		if err := db.View(func(tx *Tx) error {
			if diff := cmp.Diff(want, read(tx.Scan(from, to))); diff != "" {
				t.Fatalf("Scan(%s, %s): %s", from, to, diff)
			}
			slices.Reverse(want)
			if diff := cmp.Diff(want, read(tx.ScanBack(from, to))); diff != "" {
				t.Fatalf("ScanBack(%s, %s): %s", from, to, diff)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestSnapshot(t *testing.T) {
	db := open(t)
	put := func(key string, n int) {
		t.Helper()
		if err := db.Update(func(tx *Tx) error { return tx.Put(key, n) }); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 1000 {
		put(fmt.Sprintf("row/%04d", i), i)
	}
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := db.Snapshot(func(size int64, write func(io.Writer) error) error {
		put("row/0000", 7) // is not in it
		f, err := os.Create(path)
		if err != nil {
			return err
		}
		if err := errors.Join(write(f), f.Close()); err != nil {
			return err
		}
		if info, err := os.Stat(path); err != nil || info.Size() != size {
			t.Errorf("it has %d bytes instead of %d, %v", info.Size(), size, err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	copied, err := Open(path, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	if err := copied.View(func(tx *Tx) error {
		n := 0
		for r := range tx.Scan("row/", "row0") {
			var v int
			if err := r.Decode(&v); err != nil || r.Key != fmt.Sprintf("row/%04d", v) {
				t.Errorf("%s is %d, %v", r.Key, v, err)
			}
			n++
		}
		if n != 1000 {
			t.Errorf("it has %d rows", n)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
