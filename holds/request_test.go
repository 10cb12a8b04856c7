package holds

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

func (r *rig) register(q NewRequest) Facts {
	r.t.Helper()
	if q.Type == "" {
		q.Type = "access"
	}
	if q.Channel == "" {
		q.Channel = "form"
	}
	q.By = "uid:3"
	f, err := r.holds.Register(q)
	if err != nil {
		r.t.Fatal(err)
	}
	return f
}

// answer decides and closes a request.
func (r *rig) answer(number string, a Answer, e Ending) (Facts, error) {
	r.t.Helper()
	if _, err := r.holds.DecideRequest(number, a, "as the law has it in this case", "uid:3"); err != nil {
		r.t.Fatal(err)
	}
	e.Note, e.By = "sent by letter", "uid:3"
	return r.holds.CloseRequest(number, e)
}

func window(from, to int) []Selection {
	return []Selection{{[]footage.CameraID{"k01"}, span(from, to)}}
}

// R126: a calendar month, on the last day of a month that is too short, at the same
// time of day whatever the clocks do in between.
func TestR126RequestDue(t *testing.T) {
	for _, c := range []struct {
		received, due, extended string
	}{
		{"2026-07-04T21:20:00+02:00", "2026-08-04T21:20:00+02:00", "2026-10-04T21:20:00+02:00"},
		{"2026-01-31T10:00:00+01:00", "2026-02-28T10:00:00+01:00", "2026-04-30T10:00:00+02:00"},
		{"2028-01-31T10:00:00+01:00", "2028-02-29T10:00:00+01:00", "2028-04-30T10:00:00+02:00"},
		{"2026-11-30T23:59:59+01:00", "2026-12-30T23:59:59+01:00", "2027-02-28T23:59:59+01:00"},
		{"2026-02-28T23:30:00+01:00", "2026-03-28T23:30:00+01:00", "2026-05-28T23:30:00+02:00"},
		{"2026-02-28T02:30:00+01:00", "2026-03-28T02:30:00+01:00", "2026-05-28T02:30:00+02:00"},
		{"2026-01-29T02:30:00+01:00", "2026-02-28T02:30:00+01:00", "2026-04-29T02:30:00+02:00"},
		{"2025-12-29T02:30:00+01:00", "2026-01-29T02:30:00+01:00", "2026-03-29T03:00:00+02:00"}, // the clocks leave it out
		{"2026-09-25T02:30:00+02:00", "2026-10-25T02:30:00+02:00", "2026-12-25T02:30:00+01:00"}, // the clocks have it twice
		{"2026-12-31T00:00:00+01:00", "2027-01-31T00:00:00+01:00", "2027-03-31T00:00:00+02:00"},
	} {
		zone := oslo(t)
		if got := RequestDue(rfc(t, c.received), answerMonths, zone); got != rfc(t, c.due) {
			t.Errorf("%s: due %s, want %s", c.received, got.Time().In(zone), c.due)
		}
		if got := RequestDue(rfc(t, c.received), extendedMonths, zone); got != rfc(t, c.extended) {
			t.Errorf("%s: extended to %s, want %s", c.received, got.Time().In(zone), c.extended)
		}
	}
}

// R125, test case 9: an access request a minute before seven days are over freezes
// what is there, answers with exactly what is not, and the deletion entries for that.
func TestR125RequestFreezesItsWindow(t *testing.T) {
	r := newRig(t, fullPolicy(t))
	all := r.minutes("k01", 5)
	key, err := ledger.OpenKey(t.TempDir(), "x")
	if err != nil {
		t.Fatal(err)
	}
	r.at(all[1].Keep)
	r.sweep() // the first two are gone, and written down
	r.update(func(tx *index.Tx) error { _, err := ledger.MakeCheckpoint(tx, key); return err })
	r.at(all[2].Keep.Add(-time.Second))
	f := r.register(NewRequest{Window: window(0, 4), Reference: " 2026/17 "})
	want := []Missing{{Camera: "k01", Span: span(0, 2), Why: LackDeleted}}
	if diff := cmp.Diff(want, f.Missing); diff != "" || f.Segments != 2 || f.Vanishes != all[2].Keep || f.FrozenUntil != r.holds.Policy().Ceiling(span(0, 4).To) || f.Reference != "2026/17" {
		t.Errorf("%+v %s", f, diff)
	}
	if len(f.Deletions) != 1 || f.Deletions[0].Segments != 2 || f.Deletions[0].From != all[0].Span.From || f.Deletions[0].To != all[1].Span.To {
		t.Errorf("R131: the answer cites %+v", f.Deletions)
	}
	told := r.told()
	if n := len(told); !strings.HasPrefix(told[n-2], "freeze-placed by uid:3: ") || !strings.Contains(told[n-2], "request:I-2026-0001") ||
		!strings.HasPrefix(told[n-1], "request-received by uid:3: ") || !strings.Contains(told[n-1], "hold:F-2026-0001") || !strings.Contains(told[n-1], `reference="2026/17"`) {
		t.Errorf("%q", told[n-2:])
	}
	r.at(all[4].Keep)
	r.sweep()
	if diff := cmp.Diff([]int{2, 3}, r.stored("k01")); diff != "" {
		t.Fatalf("a week later: %s", diff)
	}
	// A window of which nothing is left is registered all the same, and freezes nothing.
	gone := r.register(NewRequest{Window: window(0, 2)})
	if gone.Freeze != "" || gone.Number != "I-2026-0002" || len(gone.Missing) != 1 || len(gone.Deletions) != 1 {
		t.Errorf("%+v", gone)
	}
	if f = r.register(NewRequest{Type: "complaint"}); f.Freeze != "" || len(f.Missing) != 0 {
		t.Errorf("without a window: %+v", f)
	}
	if kept, err := r.holds.List(true); err != nil || len(kept) != 0 {
		t.Errorf("R34: freezes among the holds: %+v, %v", kept, err)
	}
	if _, err := r.answer("I-2026-0001", "full", Ending{}); err != nil {
		t.Fatal(err)
	}
	r.sweep()
	if left := r.stored("k01"); len(left) != 0 {
		t.Errorf("after it was closed: %v", left)
	}
	h, err := r.holds.Show("F-2026-0001")
	if err != nil || h.State != Closed || h.Closing != ClosedAnswered || h.Ended.By != "uid:3" {
		t.Errorf("%+v, %v", h, err)
	}
	if _, err := r.answer("I-2026-0002", "already_deleted", Ending{}); err != nil {
		t.Error(err)
	}
}

// R34: a freeze opens nothing to anybody and a hold that comes too late does not
// either; one that came in time does.
func TestR34HoldsAndFreezesOnTheSameFootage(t *testing.T) {
	r := newRig(t, fullPolicy(t))
	all := r.minutes("k01", 4)
	k01 := []footage.CameraID{"k01"}
	visible := func() (minutes []int) {
		t.Helper()
		for i, s := range all {
			open, err := r.vault.Open(t.Context(), s.ID())
			switch {
			case errors.Is(err, vault.ErrReserved):
				continue
			case err == nil:
				_, err = io.Copy(io.Discard, open)
				minutes = append(minutes, i)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		return minutes
	}
	judge := func(when string, want ...int) {
		t.Helper()
		r.sweep()
		if diff := cmp.Diff(want, visible()); diff != "" {
			t.Errorf("%s: %s", when, diff)
		}
	}
	r.register(NewRequest{Window: window(0, 4)})
	restriction := r.register(NewRequest{Type: RightRestriction, Window: window(3, 4)})
	intime := r.place(Request{Cameras: k01, Span: span(0, 2)}).Hold
	judge("within seven days", 0, 1, 2)
	r.at(all[3].Keep)
	judge("after them", 0, 1)
	r.place(Request{Cameras: k01, Span: span(2, 3)})
	judge("with a hold that came too late", 0, 1)
	if _, err := r.holds.Narrow(intime.Number, []Selection{{k01, span(0, 1)}}, "less", "t"); err != nil {
		t.Fatal(err)
	}
	judge("narrowed", 0)
	r.place(Request{Cameras: k01, Span: span(1, 2)})
	judge("held again, too late", 0)
	if _, err := r.holds.Close(intime.Number, "over", "t"); err != nil {
		t.Fatal(err)
	}
	judge("closed")
	if _, err := r.answer(restriction.Number, "full", Ending{Told: r.clockNow()}); err != nil {
		t.Fatal(err)
	}
	judge("the restriction lifted, frozen for access all the same")
	if diff := cmp.Diff([]int{0, 1, 2, 3}, r.stored("k01")); diff != "" {
		t.Error(diff)
	}
	c, err := r.holds.Countdown("k01", span(0, 1))
	if err != nil || len(c.Stretches) != 1 || c.Stretches[0].Rule != RuleFreeze || !c.Stretches[0].Reserved {
		t.Errorf("%+v, %v", c, err)
	}
	if e, err := r.holds.Estimate(Request{Cameras: k01, Span: span(0, 4)}); err != nil || e.Frozen != 4 {
		t.Errorf("%+v, %v", e, err)
	}
}

func (r *rig) clockNow() footage.Instant { return footage.At(r.now()) }

// R126, R130, R134: extended once and in time; refused, the footage stays frozen; a
// restriction ends when the person was told, and says so before it runs out.
func TestR134RequestsAreAnsweredInOrder(t *testing.T) {
	r := newRig(t, fullPolicy(t))
	all := r.minutes("k01", 2)
	refused := r.register(NewRequest{Window: window(0, 1)})
	restricted := r.register(NewRequest{Type: RightRestriction, Window: window(1, 2)})
	if _, err := r.holds.CloseRequest(refused.Number, Ending{Note: "x"}); !errors.Is(err, ErrRefused) {
		t.Errorf("closed undecided: %v", err)
	}
	const why = "many cameras, and many people in the picture"
	f, err := r.holds.ExtendRequest(refused.Number, why, "uid:3")
	if err != nil || f.Due != RequestDue(start, extendedMonths, oslo(t)) || f.Extended.Reason != why {
		t.Errorf("%+v, %v", f, err)
	}
	if _, err := r.holds.ExtendRequest(refused.Number, why, "uid:3"); !errors.Is(err, ErrRefused) {
		t.Errorf("extended twice: %v", err)
	}
	if _, err := r.holds.DecideRequest(refused.Number, AnswerRefused, "no", "uid:3"); !errors.Is(err, ErrInvalid) {
		t.Errorf("refused without the concrete reason: %v", err)
	}
	if f, err = r.answer(refused.Number, AnswerRefused, Ending{}); err != nil || f.FrozenUntil == 0 {
		t.Errorf("%+v, %v", f, err)
	}
	if _, err := r.holds.CloseRequest(refused.Number, Ending{Note: "again"}); !errors.Is(err, ErrRefused) {
		t.Errorf("closed twice: %v", err)
	}
	r.at(all[1].Keep)
	r.sweep()
	if diff := cmp.Diff([]int{0, 1}, r.stored("k01")); diff != "" {
		t.Errorf("refused and closed: %s", diff)
	}
	if _, err := r.answer(restricted.Number, "full", Ending{}); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "18(3)") {
		t.Errorf("lifted, and nobody was told: %v", err)
	}
	flags := func() string {
		f, err := r.holds.Request(restricted.Number)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(f.Flags)
	}
	r.at(restricted.FrozenUntil.Add(-TellBefore) - 1)
	if got := flags(); got != "[]" {
		t.Error(got)
	}
	r.at(restricted.FrozenUntil.Add(-TellBefore))
	if got := flags(); got != "[tell]" {
		t.Error(got)
	}
	late := r.register(NewRequest{Received: r.clockNow().Add(-40 * 24 * time.Hour)})
	if fmt.Sprint(late.Flags) != "[overdue]" {
		t.Errorf("%v", late.Flags)
	}
	if _, err := r.holds.ExtendRequest(late.Number, why, "uid:3"); !errors.Is(err, ErrRefused) {
		t.Errorf("extended too late: %v", err)
	}
	r.at(all[1].Ceiling)
	r.sweep()
	if left := r.stored("k01"); len(left) != 0 {
		t.Errorf("frozen past thirty days: %v", left)
	}
	for _, number := range []string{"F-2026-0001", "F-2026-0002"} {
		r.at(restricted.FrozenUntil)
		r.sweep()
		if h, err := r.holds.Show(number); err != nil || h.State != Lapsed || h.Closing != ClosedLapsed {
			t.Errorf("%+v, %v", h, err)
		}
	}
	for name, q := range map[string]NewRequest{
		"a type that is not on the list": {Type: "curiosity", Channel: "form"},
		"no channel":                     {Type: "access"},
		"a reference like a letter":      {Type: "access", Channel: "form", Reference: strings.Repeat("x", MaxReference+1)},
		"from tomorrow":                  {Type: "access", Channel: "form", Received: r.clockNow().Add(time.Hour)},
		"an unknown camera":              {Type: "access", Channel: "form", Window: []Selection{{[]footage.CameraID{"k99"}, span(0, 1)}}},
		"an empty window":                {Type: "access", Channel: "form", Window: window(1, 1)},
	} {
		if _, err := r.holds.Register(q); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := r.holds.Request("I-2026-0099"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	if open, overdue, err := r.holds.CountRequests(); err != nil || open != 2 || overdue != 1 {
		t.Errorf("%d open, %d overdue, %v", open, overdue, err)
	}
	open, err := r.holds.Requests(false)
	if err != nil || len(open) != 2 || open[0].Number != late.Number {
		t.Errorf("%+v, %v", open, err)
	}
}

// R37: a restored index loses neither a request, nor its freeze, nor that one was
// lifted, and gives no number twice.
func TestR37ReconcileFreezes(t *testing.T) {
	r := newRig(t, promised)
	r.holds.Near = &sheet{}
	r.minutes("k01", 3)
	lifted := r.register(NewRequest{Window: window(0, 1)})
	appeal, err := r.holds.EnterAppeal(Appeal{District: "Oslo politidistrikt", Area: window(2, 3), Source: "https://politiet.no/1"}, "uid:1")
	if err != nil {
		t.Fatal(err)
	}
	rewind := r.snapshot()
	r.at(start.Add(time.Hour))
	if _, err := r.answer(lifted.Number, "full", Ending{}); err != nil {
		t.Fatal(err)
	}
	lost := r.register(NewRequest{Type: RightRestriction, Window: window(1, 2)})
	placed, err := r.holds.AcceptAppeal(appeal.Number, "uid:1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.holds.Delivered(placed.Hold.Number, Delivery{By: "uid:1"}); err != nil {
		t.Fatal(err)
	}
	state := func() (all []any) {
		freezes, err := r.holds.Freezes(true)
		requests, err2 := r.holds.Requests(true)
		appeals, err3 := r.holds.Appeals()
		if err := errors.Join(err, err2, err3); err != nil {
			t.Fatal(err)
		}
		r.update(func(tx *index.Tx) error {
			for s, err := range vault.Segments(tx, "k01", footage.Always) {
				if err != nil {
					return err
				}
				all = append(all, s.Terms)
			}
			return nil
		})
		return append(all, freezes, requests, appeals, r.list())
	}
	want := state()
	rewind()
	done, err := r.holds.Reconcile(t.Context())
	if err != nil || fmt.Sprint(done.Revived) != "["+lost.Freeze+" "+placed.Hold.Number+"]" || fmt.Sprint(done.Ended) != "["+lifted.Freeze+"]" {
		t.Errorf("%+v, %v", done, err)
	}
	if diff := cmp.Diff(want, state()); diff != "" {
		t.Error(diff)
	}
	if q := r.register(NewRequest{Window: window(0, 1)}); q.Number != "I-2026-0003" || q.Freeze != "F-2026-0003" {
		t.Errorf("%s %s", q.Number, q.Freeze)
	}

	// A request and a freeze that got their numbers while no copy could be read.
	copied, err := r.holds.Near.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rewind()
	r.holds.Near = nil
	r.at(start.Add(2 * time.Hour))
	mine := r.register(NewRequest{Window: window(2, 3)})
	if mine.Number != lost.Number || mine.Freeze != lost.Freeze {
		t.Fatalf("%+v", mine)
	}
	r.holds.Near = &sheet{text: copied}
	if _, err := r.holds.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	theirs, err := r.holds.Request("I-2026-0004")
	if err != nil || theirs.Type != RightRestriction || theirs.Freeze != "F-2026-0004" || theirs.Segments != 1 {
		t.Errorf("%+v, %v", theirs, err)
	}
	if h, err := r.holds.Show(theirs.Freeze); err != nil || h.Request != theirs.Number {
		t.Errorf("%+v, %v", h, err)
	}
	if mine, err = r.holds.Request(mine.Number); err != nil || mine.Type != "access" || mine.Freeze != lost.Freeze {
		t.Errorf("%+v, %v", mine, err)
	}
}
