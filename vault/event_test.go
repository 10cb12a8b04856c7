package vault

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// noted makes the vault tell its events into the slice that it returns.
func (r *rig) noted() *[]Event {
	var events []Event
	r.Note = func(_ *index.Tx, e Event) error { events = append(events, e); return nil }
	return &events
}

// Invariant 7: whatever is deleted or not there is told of, once.
func TestNotes(t *testing.T) {
	r := newRig(t)
	events := r.noted()
	want := func(what string, all ...Event) {
		t.Helper()
		if diff := cmp.Diff(all, *events); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
		*events = nil
	}
	g := footage.Gap{Camera: "k01", Span: footage.Span{From: start - 50, To: start}, Cause: footage.CauseStalled, Detail: "d"}
	for range 2 {
		if err := r.Index.Update(func(tx *index.Tx) error { return r.putGap(tx, g) }); err != nil {
			t.Fatal(err)
		}
	}
	want("a gap, twice", GapFound(g))
	more := g
	more.Span = footage.Span{From: start - 20, To: start + 30}
	if err := r.Index.Update(func(tx *index.Tx) error { return r.putGap(tx, more) }); err != nil {
		t.Fatal(err)
	}
	more.Span.From = start
	want("a gap that goes on", GapFound(more))

	r.drop("k01", start.Add(time.Second))
	r.ingest()
	want("footage that is stored")
	s := r.segments("k01")[0]
	if err := r.Index.Update(func(tx *index.Tx) error { return Retire(tx, s) }); err != nil {
		t.Fatal(err)
	}
	retired := footage.At(r.clock)
	if _, err := r.Purge(context.Background()); err != nil {
		t.Fatal(err)
	}
	want("a removal", Removed{Camera: "k01", Start: start.Add(time.Second), End: s.Span.To, Object: s.Object, Bytes: s.Bytes, SHA256: s.SHA256,
		Deadline: s.Deadline, Due: s.Deadline, Cause: ByDeadline, Retired: retired, Deleted: retired, Verified: retired})

	body, err := clip()
	if err != nil {
		t.Fatal(err)
	}
	r.drop("k01", start.Add(time.Hour))
	r.store.set("Put", "", "")
	r.limit = 1
	if _, err := r.Ingest(context.Background()); err == nil {
		t.Fatal("no error")
	}
	early := footage.Span{From: start.Add(time.Hour), To: start.Add(time.Hour + 2*time.Second)}
	want("an early deletion", Dropped{"k01", early, int64(len(body)), early.From.Add(168 * time.Hour), footage.CauseSpoolFull},
		GapFound{Camera: "k01", Span: early, Cause: footage.CauseSpoolFull, Detail: "deleted before its deadline: the spool was full"})

	r.drop("k01", start.Add(2*time.Hour))
	r.clock = start.Add(170 * time.Hour).Time()
	r.ingest()
	due := start.Add(170 * time.Hour)
	want("a deletion from the spool", Removed{Camera: "k01", Start: start.Add(2 * time.Hour), Bytes: int64(len(body)), Deadline: due, Due: due, Cause: ByDeadline, Retired: due, Deleted: due, Verified: due})
}

// What cannot be written down does not happen.
func TestNothingUnnoted(t *testing.T) {
	r := newRig(t)
	r.Note = func(*index.Tx, Event) error { return errors.New("the ledger is out of order") }
	path := r.drop("k01", start)
	r.limit = 1
	r.store.set("Put", "", "")
	for _, at := range []footage.Instant{start.Add(time.Minute), start.Add(200 * time.Hour)} {
		r.clock = at.Time()
		if _, err := r.Ingest(context.Background()); err == nil {
			t.Error("no error")
		}
		if left, err := r.Spool.Segments(); err != nil || len(left) != 1 || left[0].Path != path {
			t.Errorf("%v, %v", left, err)
		}
	}
	if gaps := r.gaps("k01"); len(gaps) != 0 {
		t.Errorf("%v", gaps)
	}
}
