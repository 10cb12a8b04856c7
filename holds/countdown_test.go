package holds

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sjudager/sjudager/vault/footage"
)

// For any camera and span: when it will be gone, by which rule and which holds, and
// that is when it goes.
func TestCountdown(t *testing.T) {
	r := newRig(t, fullPolicy(t))
	all := r.minutes("k01", 6)
	k01 := []footage.CameraID{"k01"}
	until := all[4].Keep.Add(36 * time.Hour)
	r.place(Request{Cameras: k01, Span: span(1, 3)})
	r.place(Request{Cameras: k01, Span: span(2, 3), Until: until})
	r.place(Request{Cameras: k01, Span: span(4, 5), Until: until})
	r.place(Request{Cameras: k01, Span: span(5, 6), Until: all[5].Keep.Add(-time.Hour)})
	r.pending = []footage.Span{span(5, 7)} // of which the first minute has arrived
	r.at(start.Add(8 * time.Minute))
	got, err := r.holds.Countdown("k01", span(0, 8))
	if err != nil {
		t.Fatal(err)
	}
	last := r.holds.Policy().KeepUntil(span(6, 7).From)
	want := Countdown{
		Camera: "k01", First: all[0].Keep, Last: all[2].Ceiling,
		Stretches: []Stretch{
			{span(0, 1), RuleKeep, []string{}, all[0].Keep, all[0].Keep, false},
			{span(1, 2), RuleCeiling, []string{"H-2026-0001"}, all[1].Ceiling, all[1].Ceiling, false},
			{span(2, 3), RuleCeiling, []string{"H-2026-0001", "H-2026-0002"}, all[2].Ceiling, all[2].Ceiling, false},
			{span(3, 4), RuleKeep, []string{}, all[3].Keep, all[3].Keep, false},
			{span(4, 5), RuleHold, []string{"H-2026-0003"}, until, until, false},
			{span(5, 6), RuleKeep, []string{"H-2026-0004"}, all[5].Keep, all[5].Keep, false},
			{span(6, 7), RuleKeep, []string{}, last, last, false},
		},
		Missing: []Missing{{Camera: "k01", Span: span(7, 8), Why: LackNotRecorded}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	r.pending = nil
	// In the order in which they go.
	for _, i := range []int{0, 3, 5, 4, 1, 2} {
		for _, step := range []struct {
			at    footage.Instant
			there bool
		}{{want.Stretches[i].First - 1, true}, {want.Stretches[i].Last, false}} {
			r.at(step.at)
			r.sweep()
			if got := slices.Contains(r.stored("k01"), i); got != step.there {
				t.Errorf("at %s minute %d is there: %v", step.at, i, got)
			}
		}
	}
	r.at(start.Add(8 * time.Minute))
	if c, err := r.holds.Countdown("k02", span(0, 8)); err != nil || c.First != 0 || len(c.Stretches) != 0 || len(c.Missing) != 1 {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := r.holds.Countdown("k99", span(0, 8)); !errors.Is(err, ErrInvalid) {
		t.Errorf("an unknown camera gives %v", err)
	}
	if _, err := r.holds.Countdown("k01", span(2, 2)); !errors.Is(err, ErrInvalid) {
		t.Errorf("an empty span gives %v", err)
	}
}
