package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"go.etcd.io/bbolt"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/sjudager/sjudager/vault/index"
)

var errUndo = errors.New("undone")

// mutated verifies the ledger after a change that is taken back.
func (r *rig) mutated(o VerifyOptions, change func(tx *index.Tx)) (report Report) {
	r.Helper()
	err := r.index.Update(func(tx *index.Tx) (err error) {
		change(tx)
		if report, err = Verify(tx, o); err != nil {
			return err
		}
		return errUndo
	})
	if !errors.Is(err, errUndo) {
		report.Faults = append(report.Faults, Fault{-1, 0, "", err.Error()}) // that is found, too
	}
	return report
}

type row struct {
	key   string
	value []byte
}

func (r *rig) rows() (all []row) {
	r.Helper()
	r.update(func(tx *index.Tx) error {
		for x := range tx.Scan(index.Prefix(room)) {
			var raw cbor.RawMessage
			if err := x.Decode(&raw); err != nil {
				return err
			}
			all = append(all, row{x.Key, bytes.Clone(raw)})
		}
		return nil
	})
	return all
}

func put(t testing.TB, tx *index.Tx, key string, raw []byte) {
	t.Helper()
	if err := tx.Put(key, cbor.RawMessage(raw)); err != nil {
		t.Fatal(err)
	}
}

// R105 on every stored row: each byte flipped, the row cut, removed, doubled,
// exchanged with the next, and strangers beside it. Entries are named.
func TestEveryRowIsWatched(t *testing.T) {
	r := newRig(t)
	r.fill()
	r.right()
	rows := r.rows()
	parts := map[string]int{}
	for i, x := range rows {
		part := strings.Split(x.key, "/")[1]
		parts[part]++
		found := func(what string, change func(tx *index.Tx)) {
			t.Helper()
			report := r.mutated(VerifyOptions{}, change)
			if len(report.Faults) == 0 {
				t.Errorf("%s: %s was not found", x.key, what)
				return
			}
			if part != entryPart && part != detailPart && part != listPart {
				return
			}
			var n int64
			if _, err := fmt.Sscanf(strings.Split(x.key, "/")[2], "%d", &n); err != nil {
				t.Fatal(err)
			}
			if f := report.Faults[0]; f.Entry != n && !strings.Contains(f.What, x.key) {
				t.Errorf("%s: %s is told as %s", x.key, what, f)
			}
		}
		if part == tallyPart || part == gapPart {
			// What waits for the next checkpoint has no hash yet: only what cannot be read
			// is found.
			found("garbage", func(tx *index.Tx) { put(t, tx, x.key, []byte{0x61, 'x'}) })
			continue
		}
		step := 1 // every byte of the first of each part, some of the others
		if parts[part] > 1 {
			step = 13
		}
		for at := i % step; at < len(x.value); at += step {
			v := bytes.Clone(x.value)
			v[at] ^= 1 << (at % 8)
			if cbor.Wellformed(v) != nil {
				continue // the index does not write such a row: TestRowsThatCannotBeRead
			}
			found(fmt.Sprintf("another byte %d", at), func(tx *index.Tx) { put(t, tx, x.key, v) })
		}
		found("its removal", func(tx *index.Tx) {
			if err := tx.Delete(x.key); err != nil {
				t.Fatal(err)
			}
		})
		if next := i + 1; next < len(rows) && strings.HasPrefix(rows[next].key, room+"/"+part+"/") && !bytes.Equal(x.value, rows[next].value) {
			found("an exchange with the next", func(tx *index.Tx) {
				put(t, tx, x.key, rows[next].value)
				put(t, tx, rows[next].key, x.value)
			})
		}
		report := r.mutated(VerifyOptions{}, func(tx *index.Tx) { put(t, tx, room+"/"+part+"/stranger/0", x.value) })
		if len(report.Faults) == 0 {
			t.Errorf("%s: a stranger beside it was not found", x.key)
		}
	}
	for _, part := range []string{entryPart, hashPart, detailPart, listPart, checkpointPart, stampPart, lastPart, sizePart, tallyPart, gapPart} {
		if parts[part] == 0 {
			t.Errorf("there was no row %s to change", part)
		}
	}
	if report := r.mutated(VerifyOptions{}, func(tx *index.Tx) { put(t, tx, "ledger/other", []byte{1}) }); len(report.Faults) == 0 {
		t.Error("a row of no part was not found")
	}
	r.right()
}

// What a disk does to a row, so that it is no row any more.
func TestRowsThatCannotBeRead(t *testing.T) {
	r := newRig(t)
	r.fill()
	path := r.path
	parts := map[string]bool{}
	for _, x := range r.rows() {
		part := strings.Split(x.key, "/")[1]
		if parts[part] {
			continue
		}
		parts[part] = true
		raw := func(v []byte) {
			t.Helper()
			db, err := bbolt.Open(path, 0o600, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(db.Update(func(tx *bbolt.Tx) error { return tx.Bucket([]byte("rows")).Put([]byte(x.key), v) }), db.Close()); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.index.Close(); err != nil {
			t.Fatal(err)
		}
		raw([]byte{0x7f})
		r.open()
		report := r.mutated(VerifyOptions{}, func(*index.Tx) {})
		if len(report.Faults) == 0 {
			t.Errorf("%s was not found", x.key)
		}
		if err := r.index.Close(); err != nil {
			t.Fatal(err)
		}
		raw(x.value)
		r.open()
	}
	r.right()
}

// R105 on every field of an entry of every kind, in two ways: by somebody who only
// edits the entry, and by somebody who recomputes the tree over it, too. The first
// is named to the entry, the second to the span of its checkpoint.
func TestEveryFieldIsWatched(t *testing.T) {
	r := newRig(t)
	r.fill()
	size := r.right().Covered
	seen := map[Kind]bool{}
	for n := range size {
		was := r.tell(n).Entry
		seen[was.Kind] = true
		changes := map[string]func(*Entry){
			"n":    func(e *Entry) { e.Number++ },
			"at":   func(e *Entry) { e.At++ },
			"by":   func(e *Entry) { e.By += "0" },
			"kind": func(e *Entry) { e.Kind = "gossip" },
		}
		for name, v := range was.Fields {
			changes[name] = func(e *Entry) {
				switch v := v.(type) {
				case int64:
					e.Fields[name] = v + 1
				case []string:
					e.Fields[name] = v[:len(v)-1]
				case string:
					e.Fields[name] = flipped(v)
				}
			}
			changes["no "+name] = func(e *Entry) { delete(e.Fields, name) }
		}
		for name, v := range was.Commitments {
			changes["details."+name] = func(e *Entry) { e.Commitments[name] = flipped(v) }
			changes["no details."+name] = func(e *Entry) { delete(e.Commitments, name) }
		}
		for what, change := range changes {
			e := r.tell(n).Entry
			change(&e)
			edit := func(tx *index.Tx) {
				if err := tx.Put(key(entryPart, n), e.line()); err != nil {
					t.Fatal(err)
				}
			}
			report := r.mutated(VerifyOptions{}, edit)
			if len(report.Faults) == 0 || report.Faults[0].Entry != n {
				t.Errorf("entry %d (%s), %s changed: %v", n, was.Kind, what, report.Faults)
			}
			if s := fmt.Sprint(report.Faults); !strings.Contains(s, "does not have the hash") && !strings.Contains(s, "do not have the hash") {
				t.Errorf("entry %d (%s), %s changed: %s", n, was.Kind, what, s)
			}
			report = r.mutated(VerifyOptions{}, func(tx *index.Tx) { edit(tx); rehash(t, tx) })
			if s := fmt.Sprint(report.Faults); !strings.Contains(s, "was signed over others") && !strings.Contains(s, "not one that this ledger signed") {
				t.Errorf("entry %d (%s), %s changed and the tree with it: %v", n, was.Kind, what, report.Faults)
			}
		}
	}
	for _, k := range Kinds() {
		if !seen[k] && k != Pruned {
			t.Errorf("no entry of the kind %s was changed", k)
		}
	}
}

// flipped changes one character of a value and keeps its form.
func flipped(s string) string {
	for i, c := range s {
		if c >= '1' && c <= '8' {
			return s[:i] + string(c+1) + s[i+1:]
		}
	}
	return s[:len(s)-1] + string(s[len(s)-1]^1)
}

// rehash computes the tree anew, as somebody can who may write to the index.
func rehash(t testing.TB, tx *index.Tx) {
	t.Helper()
	size, err := Size(tx)
	if err != nil {
		t.Fatal(err)
	}
	for n := range size {
		var line []byte
		if _, err := tx.Get(key(entryPart, n), &line); err != nil {
			t.Fatal(err)
		}
		hashes, err := tlog.StoredHashes(n, line, reader(tx))
		if err != nil {
			t.Fatal(err)
		}
		for i, h := range hashes {
			if err := tx.Put(key(hashPart, tlog.StoredHashIndex(0, n)+int64(i)), h[:]); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Somebody who has the key, too, can make a past that agrees with itself. Only what
// left the building shows it.
func TestForks(t *testing.T) {
	r := newRig(t)
	r.append(sample(Start))
	early := r.checkpoint()
	n := r.append(sample(HoldPlaced))
	late := r.checkpoint()
	told := VerifyOptions{Outside: [][]byte{early.Note, late.Note}, Key: r.key.Verifier()}
	if report := r.verify(told); len(report.Faults) > 0 || report.Outside != 2 {
		t.Fatalf("%+v", report)
	}

	words := func(name string, report Report, outside int, parts ...string) {
		t.Helper()
		s := fmt.Sprint(report.Faults)
		for _, part := range parts {
			if !strings.Contains(s, part) {
				t.Errorf("%s: %q is not in %s", name, part, s)
			}
		}
		if len(report.Faults) == 0 || report.Outside != outside {
			t.Errorf("%s: %+v", name, report)
		}
	}
	forge := func(tx *index.Tx) { // the second half anew
		for i := n; i < late.Size; i++ {
			if err := errors.Join(tx.Delete(key(entryPart, i)), tx.Delete(detailKey(i, "reason")), tx.Delete(detailKey(i, "case")), tx.Delete(detailKey(i, "place"))); err != nil {
				t.Fatal(err)
			}
		}
		count := tlog.StoredHashCount(n)
		for i := count; i < tlog.StoredHashCount(late.Size); i++ {
			if err := tx.Delete(key(hashPart, i)); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(tx.Put(sizeKey, n), tx.Delete(key(checkpointPart, late.Size)), remember(tx, string(Checkpointed), early.Size-1)); err != nil {
			t.Fatal(err)
		}
	}
	if report := r.mutated(VerifyOptions{}, forge); len(report.Faults) != 0 {
		t.Errorf("an older copy is not right in itself: %v", report.Faults)
	}
	words("an older copy", r.mutated(told, forge), 1, "this is a fork", "older copy of the index")
	anew := func(tx *index.Tx) {
		forge(tx)
		for range 3 {
			if _, err := Append(tx, sample(HoldClosed)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := MakeCheckpoint(tx, r.key); err != nil {
			t.Fatal(err)
		}
	}
	if report := r.mutated(VerifyOptions{}, anew); len(report.Faults) != 0 {
		t.Errorf("a past that was written anew with the key is not right in itself: %v", report.Faults)
	}
	words("a past written anew", r.mutated(told, anew), 1, "this is a fork", "written anew")
	if err := r.index.Update(func(tx *index.Tx) error {
		forge(tx)
		if err := Continues(tx, early.Note); err != nil {
			t.Error(err)
		}
		if err := Continues(tx, late.Note); !errors.Is(err, ErrFork) {
			t.Errorf("an older copy: %v", err)
		}
		anew(tx)
		if err := Continues(tx, late.Note); !errors.Is(err, ErrFork) {
			t.Errorf("another past: %v", err)
		}
		return errUndo
	}); !errors.Is(err, errUndo) {
		t.Fatal(err)
	}

	other := newRig(t)
	other.append(sample(Start))
	words("another ledger's checkpoint", r.verify(VerifyOptions{Outside: [][]byte{other.checkpoint().Note}}), 0, "not signed by this ledger")
	words("another key", r.verify(VerifyOptions{Key: other.key.Verifier()}), 0, "never been this ledger's")
	words("garbage", r.verify(VerifyOptions{Outside: [][]byte{[]byte("x")}}), 0, "cannot be read")
	changed := bytes.Replace(late.Note, []byte("\n5\n"), []byte("\n6\n"), 1)
	if bytes.Equal(changed, late.Note) {
		t.Fatalf("%s", late.Note)
	}
	words("a changed checkpoint", r.verify(VerifyOptions{Outside: [][]byte{changed}}), 0, "not signed by this ledger")
	words("a bad key", r.verify(VerifyOptions{Outside: [][]byte{late.Note}, Key: "x"}), 0, "never been")
}

// Cutting the end off leaves the last checkpoints over more than there is.
func TestTruncated(t *testing.T) {
	r := newRig(t)
	r.fill()
	c := r.checkpoint()
	report := r.mutated(VerifyOptions{}, func(tx *index.Tx) {
		if err := errors.Join(tx.Delete(key(entryPart, c.Size-1)), tx.Put(sizeKey, c.Size-1)); err != nil {
			t.Fatal(err)
		}
		for i := tlog.StoredHashCount(c.Size - 1); i < tlog.StoredHashCount(c.Size); i++ {
			if err := tx.Delete(key(hashPart, i)); err != nil {
				t.Fatal(err)
			}
		}
	})
	if s := fmt.Sprint(report.Faults); !strings.Contains(s, fmt.Sprintf("signed over %d entries, and there are %d: the last 1 are gone", c.Size, c.Size-1)) {
		t.Error(s)
	}
}

func TestProofs(t *testing.T) {
	r := newRig(t)
	r.fill()
	c := r.checkpoint()
	key := r.key.Verifier()
	prove := func(n int64) (proof []byte, err error) {
		err = r.index.View(func(tx *index.Tx) (err error) { proof, err = Prove(tx, n); return err })
		return proof, err
	}
	other := newRig(t)
	other.checkpoint()
	for n := range c.Size {
		proof, err := prove(n)
		if err != nil {
			t.Fatal(err)
		}
		line := r.tell(n).Line
		if e, err := CheckProof(proof, line, key); err != nil || e.Number != n {
			t.Errorf("entry %d: %v", n, err)
		}
		if _, err := CheckProof(proof, r.tell((n+1)%c.Size).Line, key); err == nil {
			t.Errorf("the proof of entry %d proves another", n)
		}
		if _, err := CheckProof(proof, line, other.key.Verifier()); err == nil {
			t.Errorf("the proof of entry %d holds for another key", n)
		}
	}
	proof, _ := prove(5)
	line := r.tell(5).Line
	for at := range proof {
		bad := bytes.Clone(proof)
		bad[at] ^= 1
		unused := bytes.HasPrefix(proof[at+1:], []byte("=\n")) // base64 has bits there that mean nothing
		if _, err := CheckProof(bad, line, key); err == nil && !unused {
			t.Errorf("a proof with another byte %d (%q) holds", at, proof[at])
		}
	}
	if n := r.append(sample(Stop)); n != c.Size {
		t.Fatal(n)
	} else if _, err := prove(n); !errors.Is(err, ErrUncovered) {
		t.Errorf("the proof of an entry after the checkpoint: %v", err)
	}
	for _, n := range []int64{-1, c.Size + 1} {
		if _, err := prove(n); !errors.Is(err, ErrNotFound) {
			t.Errorf("the proof of entry %d: %v", n, err)
		}
	}

	newer := r.checkpoint()
	r.update(func(tx *index.Tx) error {
		p, err := ProveConsistency(tx, c.Size, newer.Size)
		if err != nil {
			return err
		}
		if err := CheckConsistency(p, c, newer); err != nil {
			t.Error(err)
		}
		bad := c
		bad.Root[0] ^= 1
		if CheckConsistency(p, bad, newer) == nil {
			t.Error("another root is consistent")
		}
		return nil
	})
}

func TestEntries(t *testing.T) {
	r := newRig(t)
	r.fill()
	list := func(f Filter) (all []int64) {
		t.Helper()
		r.update(func(tx *index.Tx) error {
			for told, err := range Entries(tx, f, 1<<40) {
				if err != nil {
					return err
				}
				all = append(all, told.Number)
			}
			return nil
		})
		return all
	}
	all := list(Filter{})
	if int64(len(all)) != r.right().Entries || all[0] != int64(len(all))-1 {
		t.Errorf("%v", all)
	}
	for name, c := range map[string]struct {
		f    Filter
		want func(Told) bool
	}{
		"camera": {Filter{Camera: "k02"}, func(e Told) bool { return strings.Contains(string(e.Line), `"k02"`) }},
		"user":   {Filter{User: "uid:0"}, func(e Told) bool { return e.By == "uid:0" }},
		"about":  {Filter{User: "H-2026-0001"}, func(e Told) bool { return e.Text("user") != "" }},
		"hold":   {Filter{Hold: "H-2026-0001"}, func(e Told) bool { return e.Text("hold") != "" }},
		"kind":   {Filter{Kind: Checkpointed}, func(e Told) bool { return e.Kind == Checkpointed }},
		"time": {Filter{Span: spanOf(3*time.Second, 5*time.Second)}, func(e Told) bool {
			return e.At >= start.Add(3*time.Second) && e.At < start.Add(5*time.Second)
		}},
	} {
		var want []int64
		for _, n := range all {
			if c.want(r.tell(n)) {
				want = append(want, n)
			}
		}
		if got := list(c.f); len(want) == 0 || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("by %s: %v, want %v", name, got, want)
		}
	}
}
