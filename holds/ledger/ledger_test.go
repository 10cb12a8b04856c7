package ledger

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// start is when the tests begin.
const start = footage.Instant(1783192800000000) // 2026-07-04T19:20:00Z

// rig is a ledger whose clock stands still until it is told.
type rig struct {
	testing.TB
	mu    sync.Mutex
	clock footage.Instant
	path  string
	index *index.DB
	key   *Key
}

func (r *rig) open() {
	r.Helper()
	var err error
	if r.index, err = index.Open(r.path, r.now); err != nil {
		r.Fatal(err)
	}
}

func (r *rig) now() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.clock.Time()
}

func (r *rig) wait(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clock = r.clock.Add(d)
}

func newRig(t testing.TB) *rig {
	t.Helper()
	folder, err := os.MkdirTemp("/dev/shm", "ledger")
	if err != nil {
		folder = t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	r := &rig{TB: t, clock: start, path: filepath.Join(folder, "index.db")}
	r.open()
	t.Cleanup(func() { r.index.Close() })
	if r.key, err = OpenKey(filepath.Join(folder, "keys"), "Sentrum Scene"); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *rig) update(fn func(*index.Tx) error) {
	r.Helper()
	if err := r.index.Update(fn); err != nil {
		r.Fatal(err)
	}
}

func (r *rig) append(e Entry) (n int64) {
	r.Helper()
	r.wait(time.Second)
	r.update(func(tx *index.Tx) (err error) { n, err = Append(tx, e); return err })
	return n
}

func (r *rig) checkpoint() (c Checkpoint) {
	r.Helper()
	r.wait(time.Second)
	r.update(func(tx *index.Tx) (err error) { c, err = MakeCheckpoint(tx, r.key); return err })
	return c
}

func (r *rig) verify(o VerifyOptions) (report Report) {
	r.Helper()
	if err := r.index.View(func(tx *index.Tx) (err error) { report, err = Verify(tx, o); return err }); err != nil {
		r.Fatal(err)
	}
	return report
}

// right fails the test unless the ledger verifies.
func (r *rig) right() Report {
	r.Helper()
	report := r.verify(VerifyOptions{})
	for _, f := range report.Faults {
		r.Error(f)
	}
	return report
}

func (r *rig) tell(n int64) (t Told) {
	r.Helper()
	if err := r.index.View(func(tx *index.Tx) (err error) { t, err = Tell(tx, n); return err }); err != nil {
		r.Fatal(err)
	}
	return t
}

var digest = strings.Repeat("ab", 32)

// sample is an entry of a kind with every field and detail that it may have.
func sample(k Kind) Entry {
	e := Entry{Kind: k, By: "uid:1000", Fields: Fields{}, Details: map[string]string{}}
	for name := range kinds[k].fields {
		switch f := formOf(name); {
		case f == numeral:
			e.Fields[name] = 7
		case name == "spans":
			e.Fields[name] = []string{"20260704T192000.000000Z/20260704T192030.000000Z"}
		case f == wordsForm:
			e.Fields[name] = []footage.CameraID{"k01-inngang", "k02"}
		case f == timeForm:
			e.Fields[name] = start
		case f == hashForm:
			e.Fields[name] = digest
		case name == "camera":
			e.Fields[name] = footage.CameraID("k01-inngang")
		default:
			e.Fields[name] = "H-2026-0001"
		}
	}
	for name := range kinds[k].details {
		e.Details[name] = "Kari Nordmann så \"slagsmål\" & <løp>"
	}
	return e
}

// made are the kinds whose entries the ledger itself writes, with what belongs to
// them.
var made = map[Kind]bool{Deleted: true, Stated: true, Checkpointed: true, CheckpointSent: true, KeyAnnounced: true, Erased: true, Pruned: true}

// fill writes an entry of every kind and every kind of row.
func (r *rig) fill() (checkpoints []Checkpoint) {
	r.Helper()
	for _, k := range sortedKeys(kinds) {
		if !made[k] {
			r.append(sample(k))
		}
	}
	for i := range 3 {
		for _, camera := range []footage.CameraID{"k01", "k02"} {
			r.update(func(tx *index.Tx) error {
				return Tally(tx, deletion(camera, i))
			})
		}
	}
	r.update(func(tx *index.Tx) error {
		_, err := AppendList(tx, Entry{Kind: Stated, By: System, Fields: Fields{"day": "2026-07-04"}}, "what was stated\n")
		return err
	})
	checkpoints = append(checkpoints, r.checkpoint())
	y := &Notary{Index: r.index, Key: r.key, Now: r.now, Log: slog.New(slog.DiscardHandler)}
	r.wait(time.Second)
	if err := y.sent(way{name: "tsa", to: "http://tsa.example"}, checkpoints[0], []byte("a stamp")); err != nil {
		r.Fatal(err)
	}
	if err := y.sent(way{name: "dir", to: "/mnt/x"}, checkpoints[0], nil); err != nil {
		r.Fatal(err)
	}
	r.update(func(tx *index.Tx) error {
		n := int64(0)
		for len(r.tellIn(tx, n).Commitments) == 0 {
			n++
		}
		return Erase(tx, n, sortedKeys(r.tellIn(tx, n).Commitments)[0], "uid:0", "asked for")
	})
	checkpoints = append(checkpoints, r.checkpoint())
	r.update(func(tx *index.Tx) error { return Tally(tx, deletion("k01", 0)) })
	r.update(func(tx *index.Tx) error {
		return TallyGap(tx, footage.Gap{Camera: "k01", Span: spanOf(0, time.Second), Cause: footage.CauseDisk})
	})
	r.append(sample(HoldPlaced))
	return checkpoints
}

func (r *rig) tellIn(tx *index.Tx, n int64) Told {
	t, err := Tell(tx, n)
	if err != nil {
		r.Fatal(err)
	}
	return t
}

func TestAppend(t *testing.T) {
	r := newRig(t)
	if report := r.right(); report.Entries != 0 {
		t.Errorf("an empty ledger: %+v", report)
	}
	r.fill()
	report := r.right()
	var n int64
	r.update(func(tx *index.Tx) (err error) { n, err = Size(tx); return err })
	if report.Entries != n || report.Checkpoints != 2 || report.Covered != n-1 || report.Key != r.key.Verifier() || report.Pruned != 0 {
		t.Errorf("%+v", report)
	}
	erased := "" // as fill does: the first detail of all
	for i := range n {
		told := r.tell(i)
		if erased == "" && len(told.Commitments) > 0 {
			erased = detailKey(i, sortedKeys(told.Commitments)[0])
		}
		if told.Number != i {
			t.Errorf("entry %d calls itself %d", i, told.Number)
		}
		for name := range told.Commitments {
			if d, there := told.Texts[name]; there && commit(d.Salt, d.Text) != told.Commitments[name] || there == (detailKey(i, name) == erased) {
				t.Errorf("entry %d: %s is %+v (%v)", i, name, d, there)
			}
		}
		if string(told.line()) != string(told.Line) {
			t.Errorf("%s is written %s", told.Line, told.line())
		}
	}
}

// The effect and its entry are one: neither is there without the other.
func TestAppendIsInTheTransaction(t *testing.T) {
	r := newRig(t)
	r.append(sample(Start))
	stopped := errors.New("stopped")
	if err := r.index.Update(func(tx *index.Tx) error {
		if _, err := Append(tx, sample(HoldPlaced)); err != nil {
			return err
		}
		return stopped
	}); !errors.Is(err, stopped) {
		t.Fatal(err)
	}
	if n := r.append(sample(Stop)); n != 1 {
		t.Errorf("the entry after one that never was has the number %d", n)
	}
	r.right()
}

func TestAppendRefuses(t *testing.T) {
	r := newRig(t)
	for name, change := range map[string]func(*Entry){
		"an unknown kind":         func(e *Entry) { e.Kind = "gossip" },
		"no actor":                func(e *Entry) { e.By = "" },
		"a name for an actor":     func(e *Entry) { e.By = "Kari Nordmann" },
		"a missing field":         func(e *Entry) { delete(e.Fields, "hold") },
		"a field of another kind": func(e *Entry) { e.Fields["role"] = "admin" },
		"a reserved field":        func(e *Entry) { e.Fields["n"] = 3 },
		"a text for a number":     func(e *Entry) { e.Fields["segments"] = "many" },
		"a name in a field":       func(e *Entry) { e.Fields["hold"] = "Åse" },
		"a missing detail":        func(e *Entry) { delete(e.Details, "reason") },
		"an unknown detail":       func(e *Entry) { e.Details["gossip"] = "x" },
	} {
		e := sample(HoldPlaced)
		change(&e)
		if err := r.index.Update(func(tx *index.Tx) error { _, err := Append(tx, e); return err }); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	r.right()
}

// R106: what was written about a person can be taken back, and the tree holds.
func TestErase(t *testing.T) {
	r := newRig(t)
	n := r.append(Entry{Kind: HoldClosed, By: "uid:1", Fields: Fields{"hold": "H-2026-0001"}, Details: map[string]string{"reason": "Ola Nordmann meldte seg"}})
	r.checkpoint()
	if strings.Contains(string(r.tell(n).Line), "Ola") || r.tell(n).Texts["reason"].Text != "Ola Nordmann meldte seg" {
		t.Errorf("%+v", r.tell(n))
	}
	erase := func(name string) error {
		return r.index.Update(func(tx *index.Tx) error { return Erase(tx, n, name, "uid:2", "art. 17") })
	}
	if err := erase("reason"); err != nil {
		t.Fatal(err)
	}
	told := r.tell(n)
	if _, there := told.Texts["reason"]; there || told.Commitments["reason"] == "" {
		t.Errorf("erased, and still %+v", told)
	}
	before := r.right().Entries
	if err := erase("reason"); err != nil || r.right().Entries != before {
		t.Errorf("erasing again: %v", err)
	}
	if err := erase("case"); !errors.Is(err, ErrNotFound) {
		t.Errorf("erasing what is not there: %v", err)
	}
}

// deletion is the i-th minute of a camera's footage, deleted a second late.
func deletion(camera footage.CameraID, i int) Deletion {
	from := start.Add(time.Duration(i) * time.Minute)
	due := from.Add(7 * 24 * time.Hour)
	return Deletion{
		Camera: camera, Span: footage.Span{From: from, To: from.Add(time.Minute)}, Bytes: 1000, SHA256: [32]byte{byte(i)}, Cause: "deadline",
		Deadline: due, Due: due, Deleted: due.Add(time.Second), Verified: due.Add(1500 * time.Millisecond), Attempts: i,
	}
}

// R13: what went, why and when, piece by piece, and what of it is in the tree.
func TestTally(t *testing.T) {
	r := newRig(t)
	r.checkpoint()
	var all []Deletion
	for i := range 5 {
		d := deletion("k01", i)
		if i == 3 { // the minute before it was not recorded
			d.Span.From, d.SHA256 = d.Span.From.Add(time.Second), [32]byte{}
		}
		if i == 4 {
			d.SHA256, d.Verified = [32]byte{0xab}, d.Due.Add(90*time.Second)
		}
		all = append(all, d)
		r.update(func(tx *index.Tx) error { return errors.Join(Tally(tx, d), Tally(tx, d)) }) // the second time changes nothing
	}
	c := r.checkpoint()
	told := r.tell(c.Size - 2)
	if told.Kind != Deleted || told.Int("segments") != 5 || told.Int("bytes") != 5000 || told.Text("from") != start.String() || told.Instant("to") != start.Add(5*time.Minute) ||
		told.Text("cause") != "deadline" || told.Int("late_s") != 90 {
		t.Errorf("%+v", told.Entry)
	}
	if diff := cmp.Diff([]footage.Span{spanOf(0, 3*time.Minute), spanOf(181*time.Second, 5*time.Minute)}, told.Spans()); diff != "" {
		t.Error(diff)
	}
	if lines := strings.Split(told.List, "\n"); len(lines) != 6 || lines[4] !=
		"2026-07-04T19:24:00.000000Z 2026-07-04T19:25:00.000000Z 1000 ab"+strings.Repeat("0", 62)+
			" 2026-07-11T19:24:00.000000Z 2026-07-11T19:24:00.000000Z 2026-07-11T19:24:01.000000Z 2026-07-11T19:25:30.000000Z 4" || strings.Fields(lines[3])[3] != "-" {
		t.Errorf("the list is %q", told.List)
	}
	if back, err := ParseDeletions(told.Entry, told.List); err != nil || !cmp.Equal(back, all) {
		t.Errorf("%v %s", err, cmp.Diff(all, back))
	}
	if again := r.checkpoint(); again.Size != c.Size+1 {
		t.Errorf("a checkpoint without deletions has %d entries more", again.Size-c.Size)
	}
	r.right()
}

func TestTallyGap(t *testing.T) {
	r := newRig(t)
	r.checkpoint()
	put := func(camera footage.CameraID, from, to int, cause footage.Cause) {
		t.Helper()
		r.update(func(tx *index.Tx) error {
			return TallyGap(tx, footage.Gap{Camera: camera, Span: spanOf(time.Duration(from)*time.Second, time.Duration(to)*time.Second), Cause: cause, Detail: "no route to Kari"})
		})
	}
	told := func() (all []string) {
		t.Helper()
		c := r.checkpoint()
		for n := range c.Size {
			if e := r.tell(n); e.Kind == GapFound {
				from, to := footage.Instant(0), footage.Instant(0)
				if err := errors.Join(from.UnmarshalText([]byte(e.Text("from"))), to.UnmarshalText([]byte(e.Text("to")))); err != nil || e.Texts["detail"].Text != "no route to Kari" {
					t.Errorf("%v: %+v", err, e)
				}
				all = append(all, fmt.Sprintf("%s %v-%v %s", e.Text("camera"), from.Sub(start), to.Sub(start), e.Text("cause")))
			}
		}
		return all
	}
	for i := range 10 {
		put("k01", 30*i, 30*i+30, footage.CauseUnreachable)
		put("k02", 60*i, 60*i+30, footage.CauseUnreachable)
	}
	put("k01", 270, 300, footage.CauseUnreachable)
	put("k01", 300, 310, footage.CauseRefused)
	first := told()
	if len(first) != 12 || first[0] != "k01 0s-5m0s camera-unreachable" || first[1] != "k01 5m0s-5m10s camera-refused" {
		t.Errorf("%q", first)
	}
	put("k01", 310, 340, footage.CauseRefused) // it goes on after the checkpoint
	if again := told(); len(again) != 13 || again[12] != "k01 5m10s-5m40s camera-refused" {
		t.Errorf("%q", again)
	}
	r.right()
}

// A start that was killed while it wrote the key leaves a file that the next one removes.
func TestUnfinishedKey(t *testing.T) {
	folder := t.TempDir()
	left := filepath.Join(folder, ".new-123")
	if err := os.WriteFile(left, []byte("PRIVATE+KEY+half"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := OpenKey(folder, "x"); err != nil {
			t.Fatal(err)
		}
		if all, err := os.ReadDir(folder); err != nil || len(all) != 1 || all[0].Name() != keyFile {
			t.Errorf("%v, %v", all, err)
		}
	}
}

// What is signed with the ledger's key never passes for a checkpoint.
func TestSign(t *testing.T) {
	r := newRig(t)
	signed, err := r.key.Sign("sjudager.statement/v1\nx: 1\n")
	if err != nil {
		t.Fatal(err)
	}
	if text, err := OpenSigned(signed, r.key.Verifier()); err != nil || text != "sjudager.statement/v1\nx: 1\n" {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := OpenCheckpoint(signed, r.key.Verifier()); err == nil {
		t.Error("a statement passes for a checkpoint")
	}
	if _, err := r.key.Sign(r.key.Origin() + "\n1\nx\n"); err == nil {
		t.Error("a checkpoint is signed as a text")
	}
	if _, err := OpenSigned(signed, "x"); err == nil {
		t.Error("a key that is none has signed it")
	}
}

// R109: what is old goes, and its hashes prove the rest.
func TestPrune(t *testing.T) {
	r := newRig(t)
	checkpoints := r.fill()
	outside := VerifyOptions{Outside: [][]byte{checkpoints[0].Note, checkpoints[1].Note}}
	prune := func(keep, lists time.Duration) {
		t.Helper()
		for more := true; more; {
			r.update(func(tx *index.Tx) (err error) { more, err = Prune(tx, keep, lists); return err })
		}
		if report := r.verify(outside); len(report.Faults) > 0 || report.Outside != 2 {
			t.Fatalf("after pruning: %+v", report)
		}
	}
	const keepLists = 30 * 24 * time.Hour
	prune(KeepDefault, keepLists)
	size := r.right().Entries
	r.wait(keepLists + time.Hour)
	prune(KeepDefault, keepLists)
	if now := r.right(); now.Entries != size+1 || now.Pruned != 0 || r.tell(checkpoints[0].Size-2).List != "" {
		t.Errorf("after the lists: %+v", now)
	}
	r.append(sample(HoldPlaced))
	r.wait(KeepDefault - time.Minute)
	n := r.append(sample(HoldClosed))
	prune(KeepDefault-time.Second, keepLists)
	report := r.right()
	if report.Pruned == 0 || report.Pruned > size || !r.tell(0).Pruned {
		t.Errorf("after five years: %+v", report)
	}
	r.checkpoint()
	r.update(func(tx *index.Tx) error {
		// The hash of a pruned entry proves what somebody has kept of it.
		_, err := Prove(tx, 2)
		return err
	})
	if told := r.tell(n); told.Pruned || told.Kind != HoldClosed {
		t.Errorf("a new entry: %+v", told)
	}
	r.right()
}

func TestKey(t *testing.T) {
	folder := t.TempDir()
	k, err := OpenKey(filepath.Join(folder, "keys"), "Sentrum Scene & Øst")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(k.Origin(), "sjudager/sentrum-scene-st-") || !strings.HasPrefix(k.Verifier(), k.Origin()+"+") {
		t.Errorf("%s, %s", k.Origin(), k.Verifier())
	}
	again, err := OpenKey(filepath.Join(folder, "keys"), "another name")
	if err != nil || again.Verifier() != k.Verifier() {
		t.Errorf("opened again: %v, %v", again, err)
	}
	path := filepath.Join(folder, "keys", keyFile)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenKey(filepath.Join(folder, "keys"), "x"); err == nil || !strings.Contains(err.Error(), "0600") {
		t.Errorf("a key that others may read: %v", err)
	}
	for _, bad := range []string{"", "PRIVATE+KEY+x+00000000+AAAA", "garbage"} {
		if err := errors.Join(os.WriteFile(path, []byte(bad), 0o600), os.Chmod(path, 0o600)); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenKey(filepath.Join(folder, "keys"), "x"); err == nil || bad != "" && strings.Contains(err.Error(), bad) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// A lost key is replaced; what the old one signed still counts.
func TestAnotherKey(t *testing.T) {
	r := newRig(t)
	old := r.checkpoint()
	first := r.key
	var err error
	if r.key, err = OpenKey(t.TempDir(), "Sentrum Scene"); err != nil {
		t.Fatal(err)
	}
	r.checkpoint()
	report := r.verify(VerifyOptions{Outside: [][]byte{old.Note}, Key: first.Verifier()})
	if len(report.Faults) > 0 || report.Key != r.key.Verifier() || report.Checkpoints != 2 || report.Outside != 1 {
		t.Errorf("%+v", report)
	}
}

func spanOf(from, to time.Duration) footage.Span {
	return footage.Span{From: start.Add(from), To: start.Add(to)}
}
