package release

import (
	"slices"
	"testing"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Whoever has received footage is told when a person in it has it restricted, and when
// erasure or rectification is granted; a release that was given to nobody owes nothing.
func TestR135RecipientsAreTold(t *testing.T) {
	r := newRig(t)
	r.record("k01", start.Add(-20*time.Minute), 40)
	n := r.delivered(asked(), Order{}).Number
	draft := must(r.Request(asked(), lead))(t).Number
	request := func(right holds.Right, from footage.Instant) string {
		return must(r.Holds.Register(holds.NewRequest{Type: right, Channel: "letter", Window: scope(from, from.Add(time.Minute), "k01"), By: "u-privacy"}))(t).Number
	}
	in, out := start.Add(-6*time.Minute), start.Add(-5*time.Minute)
	restriction, erasure := request(holds.RightRestriction, in), request(holds.RightErasure, in)
	request(holds.RightRestriction, out)
	request("access", in)
	owed := func(number string) (all []string) {
		r.Step()
		s := must(r.Show(number))(t)
		for _, n := range s.owed() {
			all = append(all, n.Request)
		}
		if slices.Contains(s.Flags, FlagTell) != (len(all) > 0) {
			t.Errorf("%v with flags %v", all, s.Flags)
		}
		return all
	}
	if got := owed(n); !slices.Equal(got, []string{restriction}) || len(owed(draft)) != 0 {
		t.Errorf("owed: %v", got)
	}
	must(r.Holds.DecideRequest(erasure, "full", "the person is right about it", "u-privacy"))(t)
	if got := owed(n); !slices.Equal(got, []string{restriction, erasure}) {
		t.Errorf("owed: %v", got)
	}
	// The act says when and how, and goes for a release that is closed, too.
	must(r.Receipt(n, paper("receipt"), lead))(t)
	must(r.Close(n, "", lead))(t)
	r.at(start.Add(time.Hour))
	for name, bad := range map[string]Telling{
		"how": {Request: restriction, Note: "told"}, "nothing": {How: "letter", Note: "told"}, "note": {Request: restriction, How: "letter"},
		"own initiative": {Request: restriction, How: NotAsked, Note: "told"}, "ahead": {Request: restriction, How: "letter", Note: "told", At: start.Add(2 * time.Hour)},
	} {
		if _, err := r.Notify(n, bad, lead); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	_, err := r.Notify(n, Telling{Request: "I-2026-0099", How: "letter", Note: "told"}, lead)
	is(t, err, ErrRefused)
	if v := must(r.Notify(n, Telling{Request: restriction, How: "letter", Note: "to Kari Nordmann, by registered letter"}, third))(t); v.Because != "to Kari Nordmann, by registered letter" {
		t.Errorf("because %q", v.Because)
	}
	if got := owed(n); !slices.Equal(got, []string{erasure}) {
		t.Errorf("owed: %v", got)
	}
	s := must(r.Show(n))(t)
	if told := s.Notices[0]; told.Request != restriction || told.How != "letter" || told.Told.At != start.Add(time.Hour) || told.Told.Act.By != third || s.State != Closed {
		t.Errorf("%+v", s.Notices)
	}
	if got := must(r.List(Filter{Open: true}))(t); len(got) != 2 {
		t.Errorf("%d are open", len(got))
	}
	// What is not carried out is nothing to tell.
	must(r.Holds.DecideRequest(restriction, holds.AnswerRefused, "the footage is needed by the police", "u-privacy"))(t)
	other := r.delivered(asked(), Order{}).Number
	if got := owed(other); !slices.Equal(got, []string{erasure}) {
		t.Errorf("owed: %v", got)
	}
	version := must(r.Show(n))(t).Version
	r.Step()
	if again := must(r.Show(n))(t).Version; again != version {
		t.Errorf("a step for nothing made version %d", again)
	}
	r.intact(n)
}

// A supplement is a small package of its own that names the first one by its manifest and
// signature (R101). It has no footage, and is possible when our copy is gone.
func TestR101Supplements(t *testing.T) {
	r := newRig(t)
	r.record("k01", start.Add(-20*time.Minute), 40)
	late := Order{Supplements: 1, Supplement: LateStamp}
	n := r.delivered(asked(), Order{}).Number
	must(r.Receipt(n, paper("receipt"), lead))(t)
	must(r.Verify(n, "Kari Nordmann", 0, lead))(t)
	must(r.Close(n, "", lead))(t)
	r.Step()
	for name, o := range map[string]Order{"another": {Supplements: 2, Supplement: LateStamp}, "kind": {Supplements: 1}, "alone": {Supplement: LateStamp}, "form": {Supplements: 1, Supplement: LateStamp, Form: ZIP}} {
		if _, err := r.StartExport(n, o, lead); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	x := must(r.export(n, late, approver))(t)
	p, b := x.Packages[1], r.builds[1]
	if x.State != Closed || p.Supplements != 1 || p.Segments != 0 || p.Built == 0 || p.Deadline != start.Add(holds.MaxHold) || len(b.Parts) != 0 ||
		b.First.Name != "U_saknr-12345678-26" || b.First.Manifest != x.Packages[0].Manifest || string(b.First.Signature) != "signature" {
		t.Errorf("%s: %+v of %+v", x.State, p, b)
	}
	if s := must(r.Show(n))(t); len(s.Parts) != 10 || !exists(p.Path) {
		t.Errorf("%d segments", len(s.Parts))
	}
	r.Step()
	must(r.Notify(n, Telling{Package: 2, How: "mail", Note: "sent to Kari Nordmann"}, lead))(t)
	_, err := r.Notify(n, Telling{Package: 1, How: "mail", Note: "sent to Kari Nordmann"}, lead)
	is(t, err, ErrRefused)
	r.at(p.Deadline)
	r.Step()
	if exists(p.Path) {
		t.Error("it is still there")
	}
	// A package on its way out is delivered with its own segments, whatever came after it.
	m := must(r.Request(asked(), lead))(t).Number
	_, err = r.StartExport(m, late, lead)
	is(t, err, ErrRefused)
	// Its name has the case number: it goes with the words.
	r.at(footage.At(start.Time().AddDate(5, 0, 0)))
	r.Step()
	r.at(footage.At(start.Time().AddDate(5, 1, 0)))
	r.Step()
	if err := r.Index.View(func(tx *index.Tx) error {
		if s, err := find(tx, n); err != nil || s.Erased == 0 {
			t.Errorf("not erased: %v", err)
		}
		for row := range tx.Scan(index.Prefix(room, sealedPart)) {
			t.Errorf("%s is still there", row.Key)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	_, err = r.StartExport(n, late, lead)
	is(t, err, ErrRefused)
	r.intact(n)
}
