package signage

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sjudager/sjudager/vault/footage"
)

func states(p Progress) (all []StepState) {
	for _, s := range p.Steps {
		all = append(all, s.State)
	}
	return all
}

// A round before doors over three signs: one passes, one has a defect that is mended and
// looked at again, one is taken down; what is left needs a reason (R118).
func TestR118RoundBeforeDoors(t *testing.T) {
	v := newVenue(t)
	_, err := v.BeginRound("", "Festivalfredag", by)
	refuses(t, err, ErrRefused, "no sign is up")
	v, hoved, side := announced(t)
	z := v.snapshot().Zones[0]
	third, err := v.PutSign(sign(z.Number, "side"), by)
	must(t, third, err)
	ordered := sign(z.Number, "side")
	ordered.State = Ordered
	ordered, err = v.PutSign(ordered, by)
	must(t, ordered, err)

	day := v.now.In(time.FixedZone("", 2*3600)).Format(time.DateOnly)
	for _, d := range []string{"2026-07-01", "2026-07-09", "i dag"} {
		_, err = v.BeginRound(d, "Festivalfredag", by)
		refuses(t, err, ErrInvalid, "today")
	}
	_, err = v.BeginRound("", " ", by)
	refuses(t, err, ErrInvalid, "name")
	p, err := v.BeginRound("", " Festivalfredag ", by)
	must(t, p, err)
	if p.Number != 1 || p.Day != day || p.Left != 3 || p.Over || !slices.Equal(p.Signs, []string{hoved.Number, side.Number, third.Number}) {
		t.Fatalf("%+v", p)
	}
	_, err = v.BeginRound(day, "festivalFREDAG", by)
	refuses(t, err, ErrRefused, "round 1")

	begun := footage.At(v.now)
	v.now = v.now.Add(time.Minute)
	i, err := v.Inspect(Inspection{Sign: hoved.Number, Occasion: Doors}, by)
	if must(t, i, err).Round != 1 {
		t.Errorf("an inspection before doors belongs to %d", i.Round)
	}
	bad, err := v.Inspect(Inspection{Sign: side.Number, Occasion: Doors, Round: 1, Failed: []Check{"lit"}, Defect: "lampa er gått", Due: footage.At(v.now.Add(time.Hour))}, by)
	must(t, bad, err)
	progress := func() Progress {
		t.Helper()
		p, err := v.snapshot().Progress(1)
		return must(t, p, err)
	}
	if p := progress(); !slices.Equal(states(p), []StepState{StepPassed, StepDefect, StepLeft}) || p.Left != 1 || p.Passed != 1 || p.Defects != 1 || p.Steps[1].Inspection != bad.Number {
		t.Errorf("%+v", p)
	}
	for what, i := range map[string]Inspection{
		"not in round": {Sign: ordered.Number, Occasion: Doors, Round: 1},
		"before doors": {Sign: third.Number, Occasion: Periodic, Round: 1},
		"no round 7":   {Sign: third.Number, Occasion: Doors, Round: 7},
	} {
		if i.Sign == ordered.Number {
			ordered.State = Up
			g, err := v.PutSign(ordered, by)
			must(t, g, err)
		}
		_, err := v.Inspect(i, by)
		if err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
	// A second event of the evening: an inspection says which round it is of.
	other, err := v.BeginRound(day, "Nattkonsert", by)
	must(t, other, err)
	_, err = v.Inspect(Inspection{Sign: third.Number, Occasion: Doors}, by)
	refuses(t, err, ErrInvalid, "2 rounds are open")
	other, err = v.CloseRound(2, "avlyst på grunn av vind", by)
	if must(t, other, err).Over != true || other.Left != 4 {
		t.Errorf("%+v", other)
	}
	_, err = v.Inspect(Inspection{Sign: third.Number, Occasion: Doors, Round: 2}, by)
	refuses(t, err, ErrRefused, "closed")
	_, err = v.CloseRound(2, "", by)
	refuses(t, err, ErrRefused, "already")

	again, err := v.Inspect(Inspection{Sign: side.Number, Occasion: Doors}, by)
	must(t, again, err)
	_, err = v.CloseRound(1, "kort", by)
	refuses(t, err, ErrRefused, "1 signs of round 1 are left")
	third.State = Down
	third, err = v.PutSign(third, by)
	must(t, third, err)
	v.now = v.now.Add(time.Minute)
	p, err = v.CloseRound(1, "", by)
	if must(t, p, err); p.Closed.By != by || !slices.Equal(states(p), []StepState{StepPassed, StepPassed, StepDown}) {
		t.Errorf("%+v", p)
	}
	if diff := cmp.Diff(p, progress()); diff != "" {
		t.Error(diff)
	}
	then := v.snapshotAt(begun)
	past, err := then.Progress(1)
	if must(t, past, err); past.Left != 3 || past.Closed.At != 0 || len(then.Rounds) != 1 {
		t.Errorf("when it began: %+v", past)
	}
	if all := v.snapshot().AllProgress(); len(all) != 2 || all[0].Number != 2 {
		t.Errorf("%+v", all)
	}
}

// At a festival an inspection is good for the event's day that it is of, which ends at six
// the next morning by the site's clocks; a round of tomorrow is good until the morning
// after.
func TestFestivalSignsAreInspectedEachDay(t *testing.T) {
	v, hoved, _ := announced(t)
	v.observe(func(l *Live) { l.Festival = true })
	oslo, err := time.LoadLocation("Europe/Oslo")
	must(t, oslo, err)
	at := func(day, hour int) { v.now = time.Date(2026, 7, day, hour, 0, 0, 0, oslo) }
	standing := func() Standing {
		t.Helper()
		return v.cover("k01-inngang").Entrances[0].Signs[0]
	}
	at(10, 15)
	if st := standing(); st.Valid || !slices.Equal(st.Faults, []Hole{Overdue}) {
		t.Errorf("days later: %+v", st)
	}
	v.inspect(hoved.Number)
	if st := standing(); !st.Valid || st.Until.Time().In(oslo).Format("02 15:04") != "11 06:00" {
		t.Errorf("until %s", st.Until.Time().In(oslo))
	}
	at(11, 5)
	if !standing().Valid {
		t.Error("the evening is not over yet")
	}
	if day := v.snapshot().Live.EventDay(footage.At(v.now)); day != "2026-07-10" {
		t.Errorf("at five it is %s", day)
	}
	at(11, 6)
	if standing().Valid {
		t.Error("the evening is over")
	}
	if all := v.snapshot().Alarms(); !slices.ContainsFunc(all, func(a footage.Alarm) bool {
		return a.Code == footage.AlarmSignInspection && a.Since == footage.At(v.now) && strings.Contains(a.Detail, hoved.Number)
	}) {
		t.Errorf("the alarms are %+v", all)
	}
	at(11, 23)
	p, err := v.BeginRound("2026-07-12", "Søndag", by)
	must(t, p, err)
	i, err := v.Inspect(Inspection{Sign: hoved.Number, Occasion: Doors}, by)
	must(t, i, err)
	if st := standing(); !st.Valid || st.Until.Time().In(oslo).Format("02 15:04") != "13 06:00" {
		t.Errorf("until %s", st.Until.Time().In(oslo))
	}
	at(13, 7)
	if p, err := v.snapshot().Progress(p.Number); err != nil || !p.Over {
		t.Errorf("%+v %v", p, err)
	}
	_, err = v.Inspect(Inspection{Sign: hoved.Number, Occasion: Doors, Round: p.Number}, by)
	refuses(t, err, ErrRefused, "over")
	// The day on which the clocks are put back has an hour more, and ends at six all the same.
	if end := v.snapshot().Live.dayEnds("2026-10-24").Time().In(oslo); end.Format("01-02 15:04") != "10-25 06:00" {
		t.Errorf("it ends %s", end)
	}
}
