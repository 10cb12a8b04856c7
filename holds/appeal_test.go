package holds

import (
	"errors"
	"testing"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
)

// R38: an appeal is entered once and proposes its hold, with what that would keep and
// whether it needs a second person (R25); accepting it links the two.
func TestR38AppealsProposeHolds(t *testing.T) {
	r := newRig(t, fullPolicy(t))
	r.minutes("k01", 3)
	appeal := func(to footage.Instant) Appeal {
		return Appeal{District: "Oslo politidistrikt", Source: "https://www.politiet.no/oslo", Case: "16482011", Area: []Selection{{[]footage.CameraID{"k01"}, footage.Span{From: start, To: to}}}}
	}
	p, err := r.holds.EnterAppeal(appeal(start.Add(2*time.Minute)), "uid:1")
	if err != nil || p.Number != "A-2026-0001" || p.Estimate.Segments != 2 || p.Estimate.SecondPerson || p.Hold != "" {
		t.Errorf("%+v, %v", p, err)
	}
	long, err := r.holds.EnterAppeal(appeal(start.Add(7*time.Hour)), "uid:1")
	if err != nil || !long.Estimate.SecondPerson {
		t.Errorf("seven hours: %+v, %v", long, err)
	}
	if all, err := r.holds.List(true); err != nil || len(all) != 0 {
		t.Errorf("entering places %+v, %v", all, err)
	}
	placed, err := r.holds.AcceptAppeal(p.Number, "uid:2")
	if err != nil || placed.Segments != 2 || placed.Hold.Appeal != p.Number || placed.Hold.Ground != PoliceRequested || placed.Hold.Reason != p.Reason || placed.Hold.State != Active {
		t.Errorf("%+v, %v", placed, err)
	}
	if got, err := r.holds.Appeal(p.Number); err != nil || got.Hold != placed.Hold.Number {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := r.holds.AcceptAppeal(p.Number, "uid:2"); !errors.Is(err, ErrRefused) {
		t.Errorf("twice: %v", err)
	}
	if placed, err = r.holds.AcceptAppeal(long.Number, "uid:2"); err != nil || placed.Hold.State != Awaiting {
		t.Errorf("%+v, %v", placed, err)
	}
	all, err := r.holds.Appeals()
	if err != nil || len(all) != 2 || all[0].Number != long.Number || all[0].Hold == "" {
		t.Errorf("%+v, %v", all, err)
	}
	for name, change := range map[string]func(*Appeal){
		"no district":       func(a *Appeal) { a.District = " " },
		"no link":           func(a *Appeal) { a.Source = "" },
		"a script":          func(a *Appeal) { a.Source = "javascript:alert(1)" },
		"a file":            func(a *Appeal) { a.Source = "file:///etc/passwd" },
		"a password":        func(a *Appeal) { a.Source = "https://u:p@politiet.no/" },
		"no host":           func(a *Appeal) { a.Source = "https:///x" },
		"a short case":      func(a *Appeal) { a.Case = "1" },
		"no area":           func(a *Appeal) { a.Area = nil },
		"an unknown camera": func(a *Appeal) { a.Area = []Selection{{[]footage.CameraID{"k99"}, span(0, 1)}} },
	} {
		a := appeal(start.Add(time.Minute))
		change(&a)
		if _, err := r.holds.EnterAppeal(a, "uid:1"); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := r.holds.EnterAppeal(appeal(start.Add(MaxAhead+time.Hour)), "uid:1"); !errors.Is(err, ErrRefused) {
		t.Errorf("for the day after tomorrow: %v", err)
	}
	if _, err := r.holds.Appeal("A-2026-0099"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}
