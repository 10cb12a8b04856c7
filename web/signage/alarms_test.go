package signage

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sjudager/sjudager/vault/footage"
)

// Every alarm of the register comes when it should, says since when, and ends when what
// it is about is put right.
func TestR111R117R123R144AlarmsComeAndGo(t *testing.T) {
	v := newVenue(t)
	began := v.now
	hour := 0
	next := func() footage.Instant {
		hour++
		v.now = began.Add(time.Duration(hour) * time.Hour)
		return footage.At(v.now)
	}
	stands := func(what string, want ...string) {
		t.Helper()
		v.pass("k01-inngang")
		var got []string
		for _, a := range v.snapshot().Alarms() {
			got = append(got, fmt.Sprintf("%s %s %s", a.Code, a.Camera, a.Since.Time().Format("01-02 15")))
			if a.Detail == "" {
				t.Errorf("%s says nothing", a.Code)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
	one := func(l *Live) { l.Cameras = l.Cameras[1:] } // k01-inngang
	v.observe(one)
	stands("no register", "sign-register  07-04 10")
	next()
	z, err := v.PutZone(entranceZone(), by)
	must(t, z, err)
	stands("a zone and no signs", "sign-hole k01-inngang 07-04 11", "assessment k01-inngang 07-04 10")
	next()
	a := assessmentOf(v)
	a.Camera, a.Review = "k01-inngang", footage.At(began.Add(100*time.Hour))
	_, err = v.Assess(a, by)
	must(t, 0, err)
	g, err := v.PutSign(sign(z.Number, "hoved", "side"), by)
	must(t, g, err)
	v.inspect(g.Number)
	stands("all is well")

	next()
	bad, err := v.Inspect(Inspection{Sign: g.Number, Occasion: Doors, Failed: []Check{"lit"}, Defect: "lampa er gått", Due: footage.At(v.now.Add(time.Hour))}, by)
	must(t, bad, err)
	stands("a defect", "sign-hole k01-inngang 07-04 13")
	next()
	stands("not mended in time", "sign-hole k01-inngang 07-04 13", "sign-inspection  07-04 14")
	_, err = v.Mend(bad.Number, by)
	must(t, 0, err)
	v.inspect(g.Number)
	stands("mended and looked at")

	next()
	v.observe(func(l *Live) { one(l); l.Facts.KeepS = 5 * 24 * 3600 })
	stands("the text is not so any more", "sign-hole k01-inngang 07-04 15", "sign-text  07-04 15")
	next()
	v.observe(one)
	stands("it is so again")

	v.observe(func(l *Live) { one(l); l.Cameras[0].Zone = "bar" })
	stands("another zone, with the gate", "withheld k01-inngang 07-04 16")
	_, err = v.Excuse("k01-inngang", "Flyttet for kvelden, skiltet kommer.", by)
	must(t, 0, err)
	stands("overridden", "sign-zone k01-inngang 07-04 16")
	v.observe(func(l *Live) { one(l); l.Cameras[0].Zone, l.Gate = "bar", GateOff })
	stands("the gate is off")
	v.observe(one)

	v.now = began.Add(101 * time.Hour)
	stands("the assessment's review is overdue", "assessment k01-inngang 07-08 14")
	a.Review, a.Decided = footage.At(v.now.AddDate(0, 6, 0)), footage.At(v.now)
	_, err = v.Assess(a, by)
	must(t, 0, err)
	stands("assessed anew")
	v.now = began.Add(31 * 24 * time.Hour)
	stands("the inspection is overdue", "sign-hole k01-inngang 08-03 14", "sign-inspection  08-03 14")
	v.observe(func(l *Live) { one(l); l.Cameras[0].Recording = false })
	stands("a camera that is switched off", "sign-inspection  08-03 14")
	g.State = Down
	_, err = v.PutSign(g, by)
	must(t, 0, err)
	stands("a sign that is down")
}
