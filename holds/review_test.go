package holds

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

func TestGrounds(t *testing.T) {
	for _, r := range GroundRules {
		if r.Norwegian == "" || r.English == "" || r.Norwegian == r.English || r.Source == "" || r.Ceiling != 2_592_000*time.Second {
			t.Errorf("%+v", r)
		}
		if got, known := r.Code.Rule(); !known || got != r {
			t.Errorf("%s has the rule %+v", r.Code, got)
		}
	}
	if !slices.Equal(Grounds, []Ground{CrimeLikely, AccidentLikely, PoliceRequested}) {
		t.Error(Grounds)
	}
}

// R30, R31: what a person should see to, and what becomes of it.
func TestFlagsAndReview(t *testing.T) {
	r := newRig(t, fullPolicy(t))
	r.minutes("k01", 1)
	placed := r.place(Request{Cameras: []footage.CameraID{"k01"}, Span: span(0, 1), Happened: start, Place: "Ved scenen"}).Hold
	until := placed.Until
	flags := func(i footage.Instant, want ...Flag) {
		t.Helper()
		r.at(i)
		k, err := r.holds.Show(placed.Number)
		if err != nil {
			t.Fatal(err)
		}
		if got := k.Flags(i); !slices.Equal(got, want) {
			t.Errorf("flags %v, want %v", got, want)
		}
		if k.Until != until || k.Segments != 1 || k.Happened != start || k.Place != "Ved scenen" {
			t.Errorf("%+v", k)
		}
	}
	review := func(q Review) error {
		t.Helper()
		q.By = "uid:8"
		_, err := r.holds.Review(placed.Number, q)
		return err
	}
	flags(start)
	flags(start.Add(CaseWithin) - 1)
	flags(start.Add(CaseWithin), FlagNoCase)
	for _, bad := range []Review{{}, {Note: " "}, {Note: strings.Repeat("x", MaxReason+1)}, {Note: "x", Case: "1234"}, {Note: "x", Next: start}} {
		if err := review(bad); !errors.Is(err, ErrInvalid) {
			t.Errorf("%+v gives %v", bad, err)
		}
	}
	if err := review(Review{Note: "x", Next: start.Add(CaseWithin+ReviewEvery) + 1}); !errors.Is(err, ErrRefused) {
		t.Errorf("a review too late gives %v", err)
	}
	flags(start.Add(ReviewEvery)-1, FlagNoCase)
	flags(start.Add(ReviewEvery), FlagUnreviewed, FlagNoCase)
	if err := review(Review{Note: "the police are still at it", Case: "16482011"}); err != nil {
		t.Fatal(err)
	}
	flags(start.Add(2*ReviewEvery) - 1)
	if err := review(Review{Note: "the same", Next: start.Add(2*ReviewEvery + time.Hour)}); err != nil {
		t.Fatal(err)
	}
	flags(start.Add(2*ReviewEvery + time.Hour - 1))
	flags(start.Add(2*ReviewEvery+time.Hour), FlagUnreviewed)
	got := r.told()
	if want := `hold-reviewed by uid:8: map[hold:H-2026-0001 review:` + start.Add(2*ReviewEvery+time.Hour).String() + `] reason="the same"`; got[len(got)-1] != want {
		t.Errorf("%s, want %s", got[len(got)-1], want)
	}
	if !strings.Contains(got[0], `place="Ved scenen"`) || !strings.Contains(got[0], "happened:"+start.String()) {
		t.Error(got[0])
	}
	if _, err := r.holds.Close(placed.Number, "over", "t"); err != nil {
		t.Fatal(err)
	}
	if err := review(Review{Note: "x"}); !errors.Is(err, ErrRefused) {
		t.Errorf("reviewing what has ended gives %v", err)
	}
}

// A hold that a build without reviews wrote is read, and due for one in a week.
func TestRowFromBeforeReviews(t *testing.T) {
	r := newRig(t, fullPolicy(t))
	type before struct {
		Cameras []footage.CameraID `cbor:"1,keyasint"`
		From    footage.Instant    `cbor:"2,keyasint"`
		To      footage.Instant    `cbor:"3,keyasint"`
		Ground  Ground             `cbor:"4,keyasint"`
		Reason  string             `cbor:"5,keyasint"`
		Case    string             `cbor:"6,keyasint,omitempty"`
		Until   footage.Instant    `cbor:"7,keyasint"`
		Placed  Act                `cbor:"8,keyasint"`
		State   State              `cbor:"9,keyasint"`
		Ended   Act                `cbor:"10,keyasint"`
		Why     string             `cbor:"11,keyasint,omitempty"`
	}
	act := Act{"uid:0", start}
	r.update(func(tx *index.Tx) error {
		return tx.Put(index.Key(holdKind, activePart, "H-2026-0001"), before{
			[]footage.CameraID{"k01"}, start, start.Add(time.Minute), CrimeLikely, "kort", "", start.Add(MaxHold), act, Active, Act{}, "",
		})
	})
	s := r.record("k01", start, start.Add(time.Minute))
	if s.Deadline != s.Ceiling {
		t.Errorf("an old hold holds until %s", s.Deadline)
	}
	k, err := r.holds.Show("H-2026-0001")
	if err != nil {
		t.Fatal(err)
	}
	want := Hold{
		Number: "H-2026-0001", Cameras: []footage.CameraID{"k01"}, Span: span(0, 1), Ground: CrimeLikely, Reason: "kort",
		Until: start.Add(MaxHold), Placed: act, State: Active, Selections: []Selection{{[]footage.CameraID{"k01"}, span(0, 1)}}, Review: start.Add(ReviewEvery), Changed: start,
	}
	if diff := cmp.Diff(want, k.Hold); diff != "" {
		t.Error(diff)
	}
	if _, err := r.holds.Review("H-2026-0001", Review{Note: "fortsatt", By: "uid:0"}); err != nil {
		t.Error(err)
	}
}
