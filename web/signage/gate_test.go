package signage

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sjudager/sjudager/vault/footage"
)

// pass asks the gate, as a restart does too, and returns how a camera stands.
func (v *venue) pass(camera footage.CameraID) Passage {
	v.Helper()
	all, err := v.Admit()
	must(v.TB, all, err)
	i := slices.IndexFunc(all, func(p Passage) bool { return p.Camera == camera })
	if i < 0 {
		return Passage{}
	}
	return all[i]
}

// Step by step, what a camera lacks is closed; with the last of it the camera records,
// and nothing that happens to its signs stops it.
func TestR41R115TheGateOpensWithTheLastHole(t *testing.T) {
	v := newVenue(t)
	v.observe(func(l *Live) { l.Gate = GateAlways })
	lacks := func(want ...Lack) {
		t.Helper()
		p := v.pass("k01-inngang")
		if diff := cmp.Diff(want, p.Lacks); diff != "" || p.Records {
			t.Errorf("records: %v; %s", p.Records, diff)
		}
		for _, l := range want {
			if _, words := l.InWords(); !strings.Contains(p.Why(), words) || words == string(l) {
				t.Errorf("%q does not say %s", p.Why(), l)
			}
		}
	}
	lacks(LacksZone, LacksPurpose, LacksAssessment)
	z, err := v.PutZone(entranceZone(), by)
	must(t, z, err)
	lacks(LacksSigns, LacksPurpose, LacksAssessment)
	sheet, err := v.PutSheet(sheetOf("k01-inngang"), by)
	must(t, sheet, err)
	lacks(LacksSigns, LacksAssessment)
	no := assessmentOf(v)
	no.Zone, no.Approved = z.Number, false
	a, err := v.Assess(no, by)
	must(t, a, err)
	lacks(LacksSigns, LacksAssessment)
	yes := assessmentOf(v)
	yes.Zone = z.Number
	a, err = v.Assess(yes, by)
	must(t, a, err)
	lacks(LacksSigns)
	both, err := v.PutSign(sign(z.Number, "hoved", "side"), by)
	must(t, both, err)
	lacks(LacksSigns)
	v.inspect(both.Number)
	if p := v.pass("k01-inngang"); !p.Records || p.Because != Covered || p.Why() != "" {
		t.Errorf("%+v", p)
	}
	if p := v.pass("k01-inngang"); p.Because != Admitted {
		t.Errorf("the second time: %+v", p)
	}
	if p := v.pass("k02-ko"); p.Records || !slices.Equal(p.Lacks, []Lack{LacksPurpose}) {
		t.Errorf("the other camera of the zone: %+v", p)
	}

	both.State, both.Why = Down, "revet ned"
	gone, err := v.PutSign(both, by)
	must(t, gone, err)
	v.now = v.now.AddDate(2, 0, 0) // and the assessment is long overdue
	if p := v.pass("k01-inngang"); !p.Records || p.Because != Admitted || !slices.Equal(p.Lacks, []Lack{LacksSigns, LacksAssessment}) {
		t.Errorf("a sign that falls down stops an admitted camera: %+v", p)
	}

	// Another zone is another admission, and the way back is one too.
	v.observe(func(l *Live) { l.Gate, l.Cameras[1].Zone = GateAlways, "bar" })
	if p := v.pass("k01-inngang"); p.Records || p.Lacks[0] != LacksZone {
		t.Errorf("in another zone: %+v", p)
	}
	v.observe(func(l *Live) { l.Gate = GateAlways })
	if p := v.pass("k01-inngang"); p.Records {
		t.Errorf("back again: %+v", p)
	}
	s := v.snapshot()
	if n := len(s.Admissions); n != 1 || s.Admissions[0].Ended.At != footage.At(v.now) || s.Admissions[0].Because != Covered {
		t.Errorf("%+v", s.Admissions)
	}
	r, _, err := v.Register()
	must(t, r, err)
	if then := r.Snapshot(footage.At(v.now.Add(-time.Second))); then.Admissions[0].Ended.At != 0 {
		t.Errorf("a second ago: %+v", then.Admissions)
	}

	o, err := v.Excuse("k01-inngang", "Nytt skilt er bestilt og kommer i morgen.", by)
	must(t, o, err)
	if p := v.pass("k01-inngang"); p.Because != Overridden {
		t.Errorf("%+v", p)
	}
	if s := v.snapshot(); s.Admissions[1].Override != o.Number {
		t.Errorf("%+v", s.Admissions)
	}
}

// An installation that records goes on recording when it gets the gate, and when it
// gets a register.
func TestR115AnUpgradeStopsNoCamera(t *testing.T) {
	v := newVenue(t) // signage.gate is not set
	if p := v.pass("k01-inngang"); p.Because != NoRegister {
		t.Errorf("without a register: %+v", p)
	}
	z, err := v.PutZone(entranceZone(), by)
	must(t, z, err)
	if p := v.pass("k01-inngang"); p.Because != Admitted || p.Lacks[0] != LacksSigns {
		t.Errorf("with the first zone: %+v", p)
	}
	v.observe(func(l *Live) { l.Cameras = append(l.Cameras, Camera{"k03-ny", "Ny", "inngang", true}) })
	if p := v.pass("k03-ny"); p.Records {
		t.Errorf("one that is new: %+v", p)
	}
	v.observe(func(l *Live) {
		l.Gate, l.Cameras = GateOff, append(l.Cameras, Camera{"k03-ny", "Ny", "inngang", true})
	})
	if p := v.pass("k03-ny"); p.Because != Open {
		t.Errorf("with the gate off: %+v", p)
	}
	v.observe(func(l *Live) { l.Gate, l.Cameras[0].Recording = GateAlways, false })
	if p := v.pass("k02-ko"); p.Records || p.Camera != "" {
		t.Errorf("one that is switched off: %+v", p)
	}

	// What had footage before there was a gate is let in once.
	c := Camera{"k04-gammel", "Gammel", "inngang", true}
	s := v.snapshot()
	if p := s.Passage(c, true); p.Because != HadFootage {
		t.Errorf("%+v", p)
	}
	s.Admissions = append(s.Admissions, Admission{Camera: c.ID, Zone: "foajé", Ended: s.Admissions[0].Made})
	if p := s.Passage(c, true); p.Records {
		t.Errorf("twice: %+v", p)
	}
}

// A zone that is renamed in the register, and then in the configuration, is the same zone.
func TestARenamedZoneEndsNoAdmission(t *testing.T) {
	v := newVenue(t)
	z, err := v.PutZone(entranceZone(), by)
	must(t, z, err)
	v.observe(func(l *Live) { l.Gate = GateOff })
	v.pass("k01-inngang")
	v.observe(func(l *Live) { l.Gate = GateAlways })
	o, err := v.Excuse("k01-inngang", "Skiltene er bestilt og kommer i morgen.", by)
	must(t, o, err)
	if p := v.pass("k01-inngang"); p.Because != Overridden {
		t.Fatalf("%+v", p)
	}
	_, err = v.EndExcuse(o.Number, by)
	must(t, 0, err)
	register := func() {
		z.Name = "hovedinngang"
		_, err := v.PutZone(z, by)
		must(t, 0, err)
	}
	configuration := func() { v.observe(func(l *Live) { l.Gate, l.Cameras[1].Zone = GateAlways, "hovedinngang" }) }
	register()
	if p := v.pass("k01-inngang"); p.Because != Admitted {
		t.Errorf("half way: %+v", p)
	}
	configuration()
	if p := v.pass("k01-inngang"); p.Because != Admitted {
		t.Errorf("%+v", p)
	}
}

// The register tells of each change, so that the gate is looked at at once.
func TestTheRegisterTellsOfChanges(t *testing.T) {
	v := newVenue(t)
	told := 0
	v.Changed = func() { told++ }
	z, err := v.PutZone(entranceZone(), by)
	must(t, z, err)
	if _, err := v.PutZone(Zone{}, by); err == nil || told != 1 {
		t.Errorf("told %d times (%v)", told, err)
	}
	v.pass("k01-inngang")
	if told != 1 {
		t.Error("the gate tells itself")
	}
}
