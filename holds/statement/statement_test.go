package statement

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/seal"
	"github.com/sjudager/sjudager/vault/spool"
	"github.com/sjudager/sjudager/vault/store"
	"github.com/sjudager/sjudager/vault/store/dir"
)

// start is when the tests begin: a Saturday in Oslo, at noon.
const start = footage.Instant(1783159200000000) // 2026-07-04T10:00:00Z

// rig is a vault with its holds, sweeper and ledger, whose clock stands still until it
// is told.
type rig struct {
	testing.TB
	clock   footage.Instant
	store   store.Store
	keys    *seal.Keys
	vault   *vault.Vault
	holds   *holds.Holds
	sweeper *holds.Sweeper
	*Maker
}

func newRig(t testing.TB) *rig {
	t.Helper()
	r := &rig{TB: t, clock: start}
	now := func() time.Time { return r.clock.Time() }
	zone, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	db, err := index.Open(filepath.Join(folder, "index.db"), now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	sp, err := spool.Open(filepath.Join(folder, "spool"))
	if err != nil {
		t.Fatal(err)
	}
	if r.store, err = dir.Open(filepath.Join(folder, "store")); err != nil {
		t.Fatal(err)
	}
	if r.keys, err = seal.Open(filepath.Join(folder, "keys"), "", true); err != nil {
		t.Fatal(err)
	}
	key, err := ledger.OpenKey(filepath.Join(folder, "keys"), "Sentrum Scene")
	if err != nil {
		t.Fatal(err)
	}
	quiet := slog.New(slog.DiscardHandler)
	policy := holds.Policy{Keep: holds.MaxKeep, Hold: holds.MaxHold, Zone: zone}
	none := func(footage.CameraID, footage.Span) ([]footage.Span, error) { return nil, nil }
	r.holds = holds.New(holds.Options{
		Index: db, Policy: policy, Log: quiet, Pending: none,
		Cameras: func() []footage.CameraID { return []footage.CameraID{"k01-inngang", "k02-scene"} },
	})
	r.vault = vault.New(vault.Options{
		Index: db, Store: r.store, Spool: sp, Keys: r.keys, Site: "Sentrum Scene", SpoolLimit: func() int64 { return 1 << 40 },
		Terms: r.holds.Terms, Note: holds.Note, Now: now, Log: quiet,
	})
	r.sweeper = &holds.Sweeper{Index: db, Vault: r.vault, Holds: r.holds, Now: now, Log: quiet}
	r.Maker = &Maker{
		Index: db, Notary: &ledger.Notary{Index: db, Key: key, Outlets: func() ledger.Outlets { return ledger.Outlets{} }, Now: now, Log: quiet},
		Policy: func() holds.Policy { return policy }, Pending: none, Now: now, Log: quiet,
		Site: func() Site {
			return Site{Name: "Sentrum Scene", Controller: "Eksempel Arena AS", OrgNumber: "123456785", Contact: "personvern@example.no"}
		},
		Cameras: func() []Camera {
			return []Camera{{"k01-inngang", "Hovedinngang"}, {"k02-scene", "Scenekant"}}
		},
	}
	r.update(func(tx *index.Tx) error {
		_, err := ledger.Append(tx, ledger.Entry{Kind: ledger.Start, By: ledger.System, Fields: ledger.Fields{"version": "test", "config": footage.SHA256{1}}})
		return err
	})
	return r
}

func (r *rig) update(fn func(*index.Tx) error) {
	r.Helper()
	if err := r.Index.Update(fn); err != nil {
		r.Fatal(err)
	}
}

// record puts minutes of footage into the vault as ingest does: object, then row.
func (r *rig) record(camera footage.CameraID, from footage.Instant, minutes int) {
	r.Helper()
	for i := range minutes {
		span := footage.Span{From: from.Add(time.Duration(i) * time.Minute), To: from.Add(time.Duration(i+1) * time.Minute)}
		body := fmt.Appendf(nil, "footage of %s from %s", camera, span.From)
		s := vault.Segment{
			Segment: footage.Segment{Camera: camera, Span: span, Bytes: int64(len(body)), SHA256: sha256.Sum256(body), Codec: footage.H264, Frames: 25},
			Object:  footage.ObjectKey(camera, span.From, 0), State: vault.Stored,
		}
		sealing, err := r.keys.Seal(camera, span.From, bytes.NewReader(body), s.Bytes)
		if err != nil {
			r.Fatal(err)
		}
		s.Seal = sealing.ID()
		err = r.store.Put(context.Background(), s.Object, store.Object{Size: sealing.Size(), Body: sealing})
		sealing.Close()
		if err != nil {
			r.Fatal(err)
		}
		r.update(func(tx *index.Tx) (err error) {
			if s.Terms, err = r.holds.Terms(tx, camera, s.Span); err != nil {
				return err
			}
			return vault.Add(tx, s)
		})
	}
}

func (r *rig) gap(camera footage.CameraID, from, to footage.Instant, why footage.Cause) {
	r.Helper()
	g := footage.Gap{Camera: camera, Span: footage.Span{From: from, To: to}, Cause: why}
	r.update(func(tx *index.Tx) error {
		return errors.Join(vault.PutGap(tx, g), holds.Note(tx, vault.GapFound(g)))
	})
}

// to lets the time come, with a sweep then.
func (r *rig) to(i footage.Instant) {
	r.Helper()
	r.clock = i
	if _, err := r.sweeper.Step(context.Background()); err != nil {
		r.Fatal(err)
	}
}

func (r *rig) hold(camera footage.CameraID, from, to footage.Instant, until footage.Instant) string {
	r.Helper()
	placed, err := r.holds.Place(holds.Request{
		Cameras: []footage.CameraID{camera}, Span: footage.Span{From: from, To: to}, Ground: holds.CrimeLikely, Reason: "Slagsmål ved inngangen", By: "uid:7", Until: until,
	})
	if err != nil {
		r.Fatal(err)
	}
	return placed.Hold.Number
}

func (r *rig) answer(camera footage.CameraID, from, to footage.Instant) Signed {
	r.Helper()
	s, err := r.Maker.Answer(camera, footage.Span{From: from, To: to})
	if err != nil {
		r.Fatal(err)
	}
	if err := s.Verify(r.Notary.Key.Verifier()); err != nil {
		r.Fatal(err)
	}
	return s
}

func (r *rig) day(date string) *Day {
	r.Helper()
	s, err := r.Maker.Day(date)
	if err != nil {
		r.Fatal(err)
	}
	if err := s.Verify(r.Notary.Key.Verifier()); err != nil {
		r.Fatal(err)
	}
	return s.Statement.Day
}

// short is the pieces of an answer in short.
func short(a *Answer) (all []string) {
	for _, p := range a.Pieces {
		s := fmt.Sprintf("%v-%v %s", footage.Instant(p.From).Sub(start), p.To.Sub(start), p.What)
		if p.Cause != "" {
			s += " " + p.Cause
		}
		all = append(all, s)
	}
	return all
}

const week = 7 * 24 * time.Hour

func hours(n float64) footage.Instant { return start.Add(time.Duration(n * float64(time.Hour))) }

// R131: what became of a span, from the moment it is recorded until all of it is gone.
func TestAnswer(t *testing.T) {
	r := newRig(t)
	r.record("k01-inngang", start, 10)
	r.gap("k01-inngang", start.Add(10*time.Minute), start.Add(20*time.Minute), footage.CauseUnreachable)
	r.clock = hours(1)
	held := r.hold("k01-inngang", start.Add(4*time.Minute), start.Add(6*time.Minute), start.Add(week+24*time.Hour))
	closed := r.hold("k01-inngang", start.Add(7*time.Minute), start.Add(8*time.Minute), 0)
	ask := func() Signed {
		t.Helper()
		return r.answer("k01-inngang", start.Add(-time.Minute), start.Add(25*time.Minute))
	}
	want := func(when string, pieces ...string) {
		t.Helper()
		if diff := cmp.Diff(pieces, short(ask().Statement.Answer)); diff != "" {
			t.Errorf("%s: %s", when, diff)
		}
	}
	want("an hour later", "-1m0s-0s before", "0s-10m0s stored", "10m0s-20m0s gap camera-unreachable", "20m0s-25m0s unknown")
	r.to(start.Add(week + time.Hour))
	want("when the rest is gone", "-1m0s-0s before", "0s-4m0s deleted deadline", "4m0s-6m0s stored", "6m0s-7m0s deleted deadline", "7m0s-8m0s stored", "8m0s-10m0s deleted deadline",
		"10m0s-20m0s gap camera-unreachable", "20m0s-25m0s unknown")
	r.clock += footage.Instant(time.Minute / time.Microsecond)
	if _, err := r.holds.Close(closed, "ikke lenger nødvendig", "uid:7"); err != nil {
		t.Fatal(err)
	}
	r.to(start.Add(week + 30*time.Hour))
	want("when all is gone", "-1m0s-0s before", "0s-4m0s deleted deadline", "4m0s-6m0s deleted hold-ended", "6m0s-7m0s deleted deadline", "7m0s-8m0s deleted hold-closed",
		"8m0s-10m0s deleted deadline", "10m0s-20m0s gap camera-unreachable", "20m0s-25m0s unknown")

	s := ask()
	a := s.Statement.Answer
	if len(a.Holds) != 2 || a.Holds[0].Number != held || a.Holds[0].How != "hold-lapsed" || a.Holds[1].How != "hold-closed" || a.Holds[1].Ground != "crime_likely" {
		t.Errorf("%+v", a.Holds)
	}
	first := a.Pieces[1]
	if first.Deadline != start.Add(week) || first.Gone != start.Add(week+time.Hour) || first.LateS != 3600 || first.Segments != 4 {
		t.Errorf("%+v", first)
	}
	// Somebody closed the hold a minute after its own deadline, and it went at the sweep
	// after that: late since the closing, not since the deadline.
	if late := a.Pieces[4].LateS; late != int64((29*time.Hour-time.Minute)/time.Second) {
		t.Errorf("late by %d s", late)
	}
	for l, want := range map[Language][]string{
		Norwegian: {"Det fantes opptak av deler av tidsrommet. Alt er slettet.", "04.07.2026 12:00:00", "slettefristen var nådd", "kameraet svarer ikke", "Sikring " + held, "Loggen begynner"},
		English:   {"There was footage of parts of the span. All of it has been deleted.", "its deadline had come", "the camera does not answer", "ran out"},
	} {
		words, err := a.Words(l, "Europe/Oslo")
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if text := strings.Join(words, "\n"); !strings.Contains(text, w) {
				t.Errorf("%q is not in:\n%s", w, text)
			}
		}
	}
	if pieces := short(r.answer("k77-ukjent", start, hours(1)).Statement.Answer); !slices.Equal(pieces, []string{"0s-1h0m0s unknown"}) {
		t.Errorf("%v", pieces)
	}
	for _, bad := range []footage.Span{{From: start, To: start}, {From: start, To: start.Add(MaxAsked + 1e6)}} {
		if _, err := r.Maker.Answer("k01-inngang", bad); !errors.Is(err, ErrAsked) {
			t.Errorf("%v: %v", bad, err)
		}
	}

	// From the exported lines alone, as the police or the authority may have them; and when
	// the lists are pruned.
	var lines bytes.Buffer
	if err := r.Index.View(func(tx *index.Tx) error {
		for e, err := range ledger.Walk(tx, 0, 1<<40) {
			if err != nil {
				return err
			}
			told, err := ledger.Tell(tx, e.Number)
			if err != nil {
				return err
			}
			lines.Write(told.Line)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	text, checkpoint, key := lines.String(), []byte(s.Statement.Ledger.Checkpoint), s.Statement.Ledger.Key
	all, err := ledger.ReadLines(strings.NewReader(text), checkpoint, key) // more has come since
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"cut off": strings.Join(strings.SplitAfter(text, "\n")[:3], ""), "without the first": text[strings.Index(text, "\n")+1:], "changed": strings.Replace(text, "uid:7", "uid:8", 1), "no entries": "x\n",
	} {
		if _, err := ledger.ReadLines(strings.NewReader(bad), checkpoint, key); err == nil {
			t.Errorf("the entries %s are taken for those that were signed", name)
		}
	}
	alone, err := FromLedger(all, "k01-inngang", footage.Span{From: a.From, To: a.To}, r.clock)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(short(a), short(alone)); diff != "" || !cmp.Equal(a.Holds, alone.Holds) {
		t.Error(diff)
	}
	r.update(func(tx *index.Tx) error { _, err := ledger.Prune(tx, ledger.KeepDefault, 0); return err })
	if diff := cmp.Diff(short(a), short(ask().Statement.Answer)); diff != "" {
		t.Errorf("without the lists: %s", diff)
	}
}

// R19: the figures of a day, made once a day, also after days off.
func TestDaily(t *testing.T) {
	r := newRig(t)
	r.record("k01-inngang", start, 30)
	r.gap("k01-inngang", start.Add(30*time.Minute), start.Add(31*time.Minute), footage.CauseStalled)
	r.record("k01-inngang", start.Add(31*time.Minute), 29)
	r.gap("k01-inngang", hours(1), hours(12), footage.CauseUnreachable)
	r.hold("k01-inngang", start, start.Add(5*time.Minute), 0)
	r.clock = hours(2)
	if d := r.day("2026-07-04"); d.Complete || d.To != hours(2) || d.Total.Held.Segments != 5 {
		t.Errorf("%+v", d)
	}
	if err := r.Daily(context.Background()); err != nil {
		t.Fatal(err)
	}
	if all, err := r.List(); err != nil || len(all) != 0 {
		t.Fatalf("%v, %v", all, err)
	}

	r.to(hours(12.3)) // 00:18 in Oslo
	for range 2 {
		if err := r.Daily(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if all, err := r.List(); err != nil || len(all) != 1 || all[0].Date != "2026-07-04" {
		t.Fatalf("%v, %v", all, err)
	}
	d := r.day("2026-07-04")
	k01 := d.Cameras[0]
	if !d.Complete || d.To.Sub(d.From) != 24*time.Hour || len(d.Cameras) != 2 || k01.Name != "Hovedinngang" || k01.Recorded.Segments != 59 || k01.RecordedS != 59*60 || k01.Held.Segments != 5 ||
		k01.ExpectedS != 12*3600 || k01.UnexplainedS != 0 || !cmp.Equal(k01.Gaps, []GapSum{{footage.CauseUnreachable, 1, 11 * 3600}, {footage.CauseStalled, 1, 60}}) || len(k01.Deleted) != 0 || k01.Overdue != 0 {
		t.Errorf("%+v", k01)
	}
	if !cmp.Equal(d.Total.Recorded, k01.Recorded) {
		t.Errorf("%+v", d.Total)
	}

	// Off for nine days: then all is deleted late, and the days are stated one by one.
	r.to(start.Add(9*24*time.Hour + time.Hour))
	if err := r.Daily(context.Background()); err != nil {
		t.Fatal(err)
	}
	all, err := r.List()
	if err != nil || len(all) != 9 || all[0].Date != "2026-07-12" {
		t.Fatalf("%v, %v", all, err)
	}
	r.clock = start.Add(10*24*time.Hour + time.Hour)
	if err := r.Daily(context.Background()); err != nil {
		t.Fatal(err)
	}
	d = r.day("2026-07-13")
	if got := d.Cameras[0].Deleted; len(got) != 1 || got[0].Cause != "deadline" || got[0].Segments != 54 || got[0].LateS < 2*86400 || d.Cameras[0].Held.Segments != 5 {
		t.Errorf("%+v", d.Cameras[0])
	}
	var report ledger.Report
	if err := r.Index.View(func(tx *index.Tx) (err error) { report, err = ledger.Verify(tx, ledger.VerifyOptions{}); return err }); err != nil || len(report.Faults) > 0 {
		t.Errorf("%v %v", err, report.Faults)
	}
	for date, want := range map[string]error{"2026-07-32": ErrAsked, "2027-01-01": ErrAsked} {
		if _, err := r.Maker.Day(date); !errors.Is(err, want) {
			t.Errorf("%s: %v", date, err)
		}
	}
}

// R105 for statements: whatever is changed in one, verifying it fails and names the
// value; and somebody who signs it anew has another key.
func TestEveryValueIsWatched(t *testing.T) {
	r := newRig(t)
	r.record("k01-inngang", start, 3)
	r.gap("k01-inngang", start.Add(3*time.Minute), start.Add(5*time.Minute), footage.CauseStalled)
	r.hold("k01-inngang", start, start.Add(time.Minute), start.Add(week+time.Hour))
	r.to(start.Add(week + 30*time.Minute))
	day, err := r.Maker.Day("2026-07-04")
	if err != nil {
		t.Fatal(err)
	}
	key := r.Notary.Key.Verifier()
	for _, s := range []Signed{day, r.answer("k01-inngang", start, start.Add(10*time.Minute))} {
		if err := s.Verify(""); err != nil {
			t.Fatal(err)
		}
		var file any
		d := json.NewDecoder(bytes.NewReader(s.JSON()))
		d.UseNumber()
		if err := d.Decode(&file); err != nil {
			t.Fatal(err)
		}
		n := 0
		each(file, "", func(path string, change func(undo bool)) {
			n++
			change(false)
			text, err := json.Marshal(file)
			if err != nil {
				t.Fatal(err)
			}
			change(true)
			bad, err := Parse(text)
			if err == nil {
				err = bad.Verify(key)
			}
			if !errors.Is(err, ErrInvalid) {
				t.Errorf("%s changed: %v", path, err)
			}
			if path == "note" || path == "statement.kind" {
				return
			}
			if name := strings.TrimPrefix(path, "statement."); !strings.Contains(fmt.Sprint(err), name) && !strings.Contains(fmt.Sprint(err), "cannot be read") {
				t.Errorf("%s changed, and told as: %v", path, err)
			}
		})
		if n < 40 {
			t.Errorf("only %d values were changed", n)
		}
		other, err := ledger.OpenKey(t.TempDir(), "x")
		if err != nil {
			t.Fatal(err)
		}
		forged, err := sign(s.Statement, other)
		if err != nil {
			t.Fatal(err)
		}
		if err := forged.Verify(key); err == nil {
			t.Error("a statement that another key has signed holds")
		}
	}
	// With the key in hand an answer still has to follow from its entries.
	s := r.answer("k01-inngang", start, start.Add(10*time.Minute))
	for name, lie := range map[string]func(a *Answer){
		"pieces": func(a *Answer) { a.Pieces[0].What = Gap },
		"cause":  func(a *Answer) { a.Pieces[len(a.Pieces)-2].Cause = "camera-ended" },
		"holds":  func(a *Answer) { a.Holds = a.Holds[:0] },
		"cited":  func(a *Answer) { a.Cited = a.Cited[1:] },
		"list": func(a *Answer) {
			a.Cited[slices.IndexFunc(a.Cited, func(c Cited) bool { return c.List != "" })].List += "x"
		},
	} {
		lying, err := Parse(s.JSON())
		if err != nil {
			t.Fatal(err)
		}
		lie(lying.Statement.Answer)
		if lying, err = sign(lying.Statement, r.Notary.Key); err != nil {
			t.Fatal(err)
		}
		if err := lying.Verify(key); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// each calls fn with every value of a JSON document and a function that changes it.
func each(v any, path string, fn func(path string, change func(undo bool))) {
	visit := func(name string, value any, set func(any)) {
		var other any
		switch x := value.(type) {
		case map[string]any, []any:
			each(value, name, fn)
			return
		case string:
			other = x + "x"
			if i := strings.IndexAny(x, "12345678"); i >= 0 {
				other = x[:i] + string(x[i]+1) + x[i+1:]
			}
		case bool:
			other = !x
		case json.Number:
			other = json.Number("1" + string(x))
		default:
			other = "x"
		}
		fn(name, func(undo bool) {
			if undo {
				set(value)
			} else {
				set(other)
			}
		})
	}
	switch v := v.(type) {
	case map[string]any:
		for _, name := range sortedKeys(v) {
			visit(strings.TrimPrefix(path+"."+name, "."), v[name], func(x any) { v[name] = x })
		}
	case []any:
		for i := range v {
			visit(fmt.Sprintf("%s[%d]", path, i), v[i], func(x any) { v[i] = x })
		}
	}
}

// What is printed says it in both languages, and the same each time.
func TestPrinted(t *testing.T) {
	r := newRig(t)
	empty := r.day("2026-07-04")
	if empty.Total.Recorded.Segments != 0 || len(empty.Cameras) != 2 {
		t.Errorf("%+v", empty)
	}
	r.record("k01-inngang", start, 3)
	r.gap("k02-scene", start, start.Add(5*time.Minute), footage.CauseStalled)
	r.hold("k01-inngang", start, start.Add(time.Minute), start.Add(week+time.Hour))
	r.to(start.Add(week + 30*time.Minute))
	day, err := r.Maker.Day("2026-07-11")
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]Signed{"day": day, "answer": r.answer("k01-inngang", start, start.Add(10*time.Minute))} {
		for _, l := range []Language{Norwegian, English} {
			file, err := s.PDF(l)
			if err != nil {
				t.Fatal(err)
			}
			again, err := s.PDF(l)
			if err != nil || !bytes.Equal(file, again) || !bytes.HasPrefix(file, []byte("%PDF-")) {
				t.Errorf("%s, %s: printed otherwise the second time (%v)", name, l, err)
			}
		}
	}
	if _, err := day.PDF("sv"); !errors.Is(err, ErrAsked) {
		t.Error(err)
	}
	for _, c := range vault.Causes {
		for _, l := range []Language{Norwegian, English} {
			if s := (tongue{l, time.UTC}).deletion(string(c)); s == (tongue{l, time.UTC}).deletion("?") {
				t.Errorf("%s has no words in %s", c, l)
			}
		}
	}
	for _, c := range footage.Causes {
		if nb, en := CauseInWords(c); nb == string(c) || en == string(c) {
			t.Errorf("%s has no words", c)
		}
	}
}
