package holds

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sjudager/sjudager/vault/footage"
)

// Several selections in one hold: each camera in its own spans, each segment once,
// and nothing in between.
func TestSelections(t *testing.T) {
	r := newRig(t, fullPolicy(t))
	r.holds.Cameras = func() []footage.CameraID { return []footage.CameraID{"k01", "k02", "k03"} }
	all := r.minutes("k01", 10)
	r.minutes("k02", 10)
	half := func(from, to int) footage.Span { // reaches into the minute `to` as well
		return footage.Span{From: start.Add(time.Duration(from)*time.Minute + 30*time.Second), To: start.Add(time.Duration(to)*time.Minute + 20*time.Second)}
	}
	q := Request{
		Cameras: []footage.CameraID{"k02", "k01", "k02"}, Span: span(1, 2),
		More: []Selection{
			{[]footage.CameraID{"k01"}, half(4, 5)}, // 4 and 5
			{[]footage.CameraID{"k01"}, footage.Span{From: half(5, 6).From, To: half(5, 6).From.Add(20 * time.Second)}}, // 5 again, apart
			{[]footage.CameraID{"k02"}, span(8, 9)},
		},
	}
	estimate, err := r.holds.Estimate(q)
	if err != nil {
		t.Fatal(err)
	}
	if list, err := r.holds.List(true); err != nil || len(list) != 0 {
		t.Errorf("an estimate placed %v, %v", list, err)
	}
	placed := r.place(q)
	if placed.Segments != 5 || estimate.Segments != 5 || placed.Bytes != estimate.Bytes || placed.Hold.Until != estimate.Until || estimate.Cameras != 2 {
		t.Errorf("placed %+v, estimate %+v", placed, estimate)
	}
	if want := 3*time.Minute + 70*time.Second; time.Duration(estimate.Hours*float64(time.Hour)).Round(time.Millisecond) != want {
		t.Errorf("%f hours, want %s", estimate.Hours, want)
	}
	h := placed.Hold
	if h.Span != span(1, 9) || !slices.Equal(h.Cameras, []footage.CameraID{"k01", "k02"}) || h.Until != r.holds.Policy().Ceiling(span(1, 9).To) {
		t.Errorf("%+v", h)
	}
	k, err := r.holds.Show(h.Number)
	if err != nil || k.Segments != 5 || len(k.Missing) != 0 {
		t.Errorf("%+v, %v", k, err)
	}
	if diff := cmp.Diff(h, k.Hold); diff != "" {
		t.Error(diff)
	}
	var said []string
	for _, camera := range h.Cameras {
		for _, s := range h.Spans(camera) {
			said = append(said, fmt.Sprintf("%s@%s/%s", camera, s.From, s.To))
		}
	}
	if got := r.told(); !strings.Contains(got[0], "selections:["+strings.Join(said, " ")+"]") || len(said) != 5 {
		t.Errorf("%s has not %v", got[0], said)
	}
	r.at(all[9].Keep)
	r.sweep()
	if diff := cmp.Diff([][]int{{1, 4, 5}, {1, 8}}, [][]int{r.stored("k01"), r.stored("k02")}); diff != "" {
		t.Error(diff)
	}
	if _, err := r.holds.Close(h.Number, "over", "t"); err != nil {
		t.Fatal(err)
	}
	r.sweep()
	if len(r.stored("k01"))+len(r.stored("k02")) != 0 {
		t.Error("a closed hold keeps footage")
	}
}

// R27, R36: missing spans of several selections, before and after.
func TestMissingOfSelections(t *testing.T) {
	r := newRig(t, fullPolicy(t))
	r.minutes("k01", 2)
	r.at(start.Add(10 * time.Minute))
	q := Request{
		Cameras: []footage.CameraID{"k01"}, Span: span(1, 3),
		More: []Selection{{[]footage.CameraID{"k01", "k02"}, span(5, 6)}},
	}
	want := []Missing{
		{Camera: "k01", Span: span(2, 3), Why: LackNotRecorded},
		{Camera: "k01", Span: span(5, 6), Why: LackNotRecorded},
		{Camera: "k02", Span: span(5, 6), Why: LackNotRecorded},
	}
	e, err := r.holds.Estimate(q)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]Missing{want, want}, [][]Missing{e.Missing, r.place(q).Missing}); diff != "" {
		t.Error(diff)
	}
}

func TestSelectionRefusals(t *testing.T) {
	r := newRig(t, fullPolicy(t))
	r.minutes("k01", 1)
	k01 := []footage.CameraID{"k01"}
	for name, c := range map[string]struct {
		more Selection
		want error
	}{
		"no camera":         {Selection{nil, span(0, 1)}, ErrInvalid},
		"an unknown camera": {Selection{[]footage.CameraID{"k99"}, span(0, 1)}, ErrInvalid},
		"an empty span":     {Selection{k01, span(1, 1)}, ErrInvalid},
		"no end":            {Selection{k01, footage.Span{From: start}}, ErrInvalid},
		"too far ahead":     {Selection{k01, footage.Span{From: start, To: start.Add(MaxAhead) + 1}}, ErrRefused},
	} {
		q := Request{Cameras: k01, Span: span(0, 1), More: []Selection{c.more}, Ground: CrimeLikely, Reason: "a fight at the entrance"}
		if _, err := r.holds.Place(q); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := r.holds.Estimate(q); !errors.Is(err, c.want) {
			t.Errorf("estimating %s: %v", name, err)
		}
	}
	many := Request{Cameras: k01, Span: span(0, 1), More: slices.Repeat([]Selection{{k01, span(0, 1)}}, MaxSelections), Ground: CrimeLikely, Reason: "a fight at the entrance"}
	if _, err := r.holds.Place(many); !errors.Is(err, ErrInvalid) {
		t.Errorf("too many: %v", err)
	}
	many.More = many.More[1:]
	r.place(many)
}
