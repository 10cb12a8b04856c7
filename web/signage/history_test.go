package signage

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sjudager/sjudager/vault/footage"
)

// The state at any past instant comes from records alone: the periods of a month in
// which everything happens that can are just those, and answer as the register did then.
func TestR93SignStateOverASpan(t *testing.T) {
	v, hoved, side := announced(t)
	began := v.now
	at := func(hours int) footage.Instant { return footage.At(began.Add(time.Duration(hours) * time.Hour)) }
	then := func(hours int) { v.now = at(hours).Time() }

	then(2)
	_, err := v.Inspect(Inspection{Sign: hoved.Number, Occasion: Doors, Failed: []Check{"present"}, Defect: "revet ned", Due: at(5)}, "u-guard")
	must(t, 0, err)
	then(3)
	v.inspect(hoved.Number)
	then(4)
	v.observe(func(l *Live) { l.Facts.KeepS = 5 * 24 * 3600 })
	then(5)
	v.observe(func(*Live) {})
	then(6)
	side.State = Down
	_, err = v.PutSign(side, by)
	must(t, 0, err)
	then(7)
	v.observe(func(l *Live) { l.Cameras = l.Cameras[:1] }) // k01-inngang is gone
	then(800)

	r, _, err := v.Register()
	must(t, r, err)
	state := r.SignState("k01-inngang", footage.Span{From: at(-1), To: at(800)})
	var got []string
	for _, p := range state.Periods {
		line := fmt.Sprintf("%v+%v known=%v covered=%v %s", p.Span.From.Time().Sub(began), p.Span.Duration(), p.Known, p.Covered, p.Hole)
		for _, e := range p.Entrances {
			line += " " + e.ID
			for _, g := range e.Signs {
				line += fmt.Sprintf(" %s/%d:%v%s", g.Number, g.Text, g.Valid, g.Faults)
			}
		}
		got = append(got, strings.TrimSpace(line))
	}
	want := []string{
		"-1h0m0s+1h0m0s known=false covered=false",
		"0s+2h0m0s known=true covered=true  hoved S-001/1:true[] side S-002/1:true[]",
		"2h0m0s+1h0m0s known=true covered=false  hoved S-001/1:false[defective] side S-002/1:true[]",
		"3h0m0s+1h0m0s known=true covered=true  hoved S-001/1:true[] side S-002/1:true[]",
		"4h0m0s+1h0m0s known=true covered=false  hoved S-001/1:false[text] side S-002/1:false[text]",
		"5h0m0s+1h0m0s known=true covered=true  hoved S-001/1:true[] side S-002/1:true[]",
		"6h0m0s+1h0m0s known=true covered=false  hoved S-001/1:true[] side",
		"7h0m0s+793h0m0s known=false covered=false",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if g := state.Periods[2].Entrances[0].Signs[0]; g.By != "u-guard" || g.Inspected != at(2) || g.KeepS != 7*24*3600 || g.HoldS != 30*24*3600 {
		t.Errorf("%+v", g)
	}
	for _, p := range state.Periods { // each is what the register says of any instant in it
		for _, i := range []footage.Instant{p.Span.From, p.Span.To - 1} {
			if one := r.SignState("k01-inngang", footage.Span{From: i, To: i + 1}); len(one.Periods) != 1 || one.Periods[0].Covered != p.Covered || one.Periods[0].Known != p.Known {
				t.Errorf("at %s: %+v", i, one)
			}
		}
	}

	// The other camera goes on; its sign's inspection runs out by itself.
	other := r.SignState("k02-ko", footage.Span{From: at(7), To: at(800)})
	if n := len(other.Periods); n != 2 || other.Periods[1].Span.From != at(3+30*24) || other.Periods[1].Entrances[0].Signs[0].Faults[0] != string(Overdue) {
		t.Errorf("%+v", other)
	}
	if empty := r.SignState("k02-ko", footage.Span{From: at(1), To: at(1)}); len(empty.Periods) != 0 {
		t.Errorf("%+v", empty)
	}
}
