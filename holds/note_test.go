package holds

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// told is the ledger in short, the oldest first.
func (r *rig) told() (all []string) {
	r.t.Helper()
	if err := r.index.View(func(tx *index.Tx) error {
		for e, err := range ledger.Entries(tx, ledger.Filter{}, 1<<40) {
			if err != nil {
				return err
			}
			s := fmt.Sprintf("%s by %s: %v", e.Kind, e.By, e.Fields)
			for name, d := range e.Texts {
				s += fmt.Sprintf(" %s=%q", name, d.Text)
			}
			all = append([]string{s}, all...)
		}
		return nil
	}); err != nil {
		r.t.Fatal(err)
	}
	return all
}

// Invariant 7: everything that keeps or deletes footage is in the ledger.
func TestLedgerTells(t *testing.T) {
	r := newRig(t, fullPolicy(t))
	if err := r.holds.SetPolicy(fullPolicy(t)); err != nil {
		t.Fatal(err)
	}
	if err := r.holds.SetPolicy(fullPolicy(t)); err != nil { // the same again is nothing
		t.Fatal(err)
	}
	r.minutes("k01", 3)
	r.minutes("k02", 2)
	k01 := []footage.CameraID{"k01"}
	first := r.place(Request{Cameras: k01, Span: span(1, 2), By: "uid:7", Until: start.Add(MaxKeep + time.Hour)})
	second := r.place(Request{Cameras: k01, Span: span(2, 3), By: "uid:7", Reason: "Kari Nordmann falt i trappen", Case: "12345678"})
	if _, err := r.holds.Close(second.Hold.Number, "hun har det bra", "uid:8"); err != nil {
		t.Fatal(err)
	}
	gap := footage.Gap{Camera: "k02", Span: span(2, 4), Cause: footage.CauseStalled, Detail: "no frame for 10 s"}
	r.update(func(tx *index.Tx) error { return Note(tx, vault.GapFound(gap)) })
	r.update(func(tx *index.Tx) error {
		return Note(tx, vault.Dropped{Camera: "k02", Span: span(5, 6), Bytes: 9, Deadline: start.Add(MaxKeep), Cause: footage.CauseSpoolFull})
	})
	r.at(start.Add(MaxKeep + 2*time.Hour))
	if _, err := r.sweeper.Step(context.Background()); err != nil {
		t.Fatal(err)
	}
	key, err := ledger.OpenKey(t.TempDir(), "x")
	if err != nil {
		t.Fatal(err)
	}
	r.sweeper.Step(context.Background()) // what the first hold kept until now
	r.update(func(tx *index.Tx) error { _, err := ledger.MakeCheckpoint(tx, key); return err })

	got := r.told()
	for i, s := range got {
		if before, list, ok := strings.Cut(s, " list:"); ok {
			_, after, _ := strings.Cut(list, " ")
			got[i] = before + " " + after
		}
		if strings.HasPrefix(s, "key ") {
			got[i] = "key"
		}
	}
	at := func(minute int) string { return start.Add(time.Duration(minute) * time.Minute).String() }
	minute := func(n int) string { return start.Add(time.Duration(n) * time.Minute).Compact() }
	want := []string{
		"retention by system: map[hold_max:2592000 keep:604800 zone:Europe/Oslo]",
		fmt.Sprintf("hold-placed by uid:7: map[bytes:%d cameras:[k01] from:%s ground:crime_likely hold:%s review:%s segments:1 to:%s until:%s] reason=\"a fight at the entrance\"",
			first.Bytes, at(1), first.Hold.Number, start.Add(ReviewEvery), at(2), start.Add(MaxKeep+time.Hour)),
		"",
		fmt.Sprintf("hold-closed by uid:8: map[code:not_needed hold:%s] reason=\"hun har det bra\"", second.Hold.Number),
		fmt.Sprintf("deleted-early by system: map[bytes:9 camera:k02 cause:spool-full deadline:%s from:%s to:%s]", start.Add(MaxKeep), at(5), at(6)),
		fmt.Sprintf("hold-lapsed by system: map[code:lapsed hold:%s]", first.Hold.Number),
		"key",
		fmt.Sprintf("gap by system: map[camera:k02 cause:camera-stalled from:%s to:%s] detail=\"no frame for 10 s\"", at(2), at(4)),
		// The third minute was held by the second hold until that was closed, in good time.
		fmt.Sprintf("deleted by system: map[bytes:%d camera:k01 cause:deadline from:%s late_s:7200 segments:2 spans:[%s/%s %s/%s] to:%s]", 2*first.Bytes, at(0),
			minute(0), minute(1), minute(2), minute(3), at(3)),
		fmt.Sprintf("deleted by system: map[bytes:%d camera:k01 cause:hold-ended from:%s late_s:3600 segments:1 spans:[%s/%s] to:%s]", first.Bytes, at(1), minute(1), minute(2), at(2)),
		fmt.Sprintf("deleted by system: map[bytes:%d camera:k02 cause:deadline from:%s late_s:7200 segments:2 spans:[%s/%s] to:%s]", 2*first.Bytes, at(0), minute(0), minute(2), at(2)),
		"checkpoint by system: map[]",
	}
	if len(got) > 2 && strings.HasPrefix(got[2], "hold-placed by uid:7") && strings.Contains(got[2], `case="12345678"`) && strings.Contains(got[2], `reason="Kari Nordmann falt i trappen"`) {
		got[2] = "" // its details come in any order
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A hold that the ledger cannot take is not placed.
func TestNoHoldWithoutItsEntry(t *testing.T) {
	r := newRig(t, fullPolicy(t))
	r.minutes("k01", 1)
	if placed, err := r.holds.Place(Request{Cameras: []footage.CameraID{"k01"}, Span: span(0, 1), Ground: CrimeLikely, Reason: "a fight at the entrance", By: "Kari Nordmann"}); err == nil {
		t.Errorf("%+v", placed)
	}
	if all, err := r.holds.List(true); err != nil || len(all) != 0 {
		t.Errorf("%v, %v", all, err)
	}
}

// A gap that something else wrote into the spool, with whatever it says.
func TestStrangeGapsAreNoted(t *testing.T) {
	r := newRig(t, fullPolicy(t))
	for _, g := range []footage.Gap{
		{Camera: "k01", Span: span(0, 1), Cause: "a cause of its own", Detail: "\xff"},
		{Camera: "k01", Span: footage.Span{From: start.Add(time.Hour)}, Cause: ""},
		{Camera: "k01", Span: footage.Span{From: start.Add(2 * time.Hour), To: 1 << 62}, Cause: footage.CauseDisk},
	} {
		r.update(func(tx *index.Tx) error { return Note(tx, vault.GapFound(g)) })
	}
	key, err := ledger.OpenKey(t.TempDir(), "x")
	if err != nil {
		t.Fatal(err)
	}
	r.update(func(tx *index.Tx) error { _, err := ledger.MakeCheckpoint(tx, key); return err })
	if got := r.told(); len(got) != 5 || !strings.Contains(got[1], "cause:unknown") {
		t.Errorf("%v", got)
	}
}
