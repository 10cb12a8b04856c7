package signage

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sjudager/sjudager/vault/footage"
)

func northWest() *int { n := 315; return &n }

func sheetOf(camera footage.CameraID) Sheet {
	return Sheet{Camera: camera, Kind: Real, Position: "over døra, mot køen", HeightCM: 320, Direction: northWest(), View: 92, Pixels: 260,
		Make: "Eksempel", Model: "D-24", Firmware: "1.4.2", Serial: "A1-77", MAC: "00-11-22-AA-BB-CC", Masks: "vinduene over gata, siden 2026-05-01", Purposes: []string{"theft", "danger"}}
}

// assessmentOf is one that approves.
func assessmentOf(v *venue) Assessment {
	return Assessment{
		Interest: "Gjestene skal være trygge i køen og inngangen.", Incidents: "2026-03-14 vold i køen, 2026-05-02 lommetyveri", Alternatives: "To vakter til ble prøvd i vinter og så ikke hele køen.",
		Necessity: "Uten opptak kan hendelser i køen ikke oppklares.", Balance: "Bare kø og inngang filmes, i sju dager; de filmede venter det der.", Safeguards: "uten lyd, maskert mot gata",
		Approved: true, Decider: "daglig leder", Decided: footage.At(v.now.Add(-time.Hour)), Review: footage.At(v.now.AddDate(1, 0, 0).Add(-time.Hour)), DPIA: "Ikke nødvendig: få kameraer, ikke offentlig sted i stor skala.",
	}
}

func TestR92CameraSheetsHaveVersions(t *testing.T) {
	v := newVenue(t)
	one, err := v.PutSheet(sheetOf("k01-inngang"), by)
	must(t, one, err)
	if one.Version != 1 || one.Class != "characterise" || one.MAC != "00:11:22:aa:bb:cc" || one.Purposes[0] != "danger" || one.Entered.By != by {
		t.Errorf("%+v", one)
	}
	then := footage.At(v.now)
	v.now = v.now.Add(time.Hour)
	change := sheetOf("k01-inngang")
	change.Firmware, change.Pixels = "1.5.0", 19
	two, err := v.PutSheet(change, by)
	must(t, two, err)
	if two.Version != 2 || two.Class != "" {
		t.Errorf("%+v", two)
	}
	r, _, err := v.Register()
	must(t, r, err)
	if got, _ := r.Snapshot(then).SheetOf("k01-inngang"); got.Firmware != "1.4.2" {
		t.Errorf("then it said %+v", got)
	}
	if got, ok := v.snapshot().SheetOf("k01-inngang"); got.Firmware != "1.5.0" || !ok {
		t.Errorf("now it says %+v", got)
	}
	if _, ok := v.snapshot().SheetOf("k99"); ok {
		t.Error("a camera without a sheet has one")
	}
	for what, spoil := range map[string]func(*Sheet){
		"R61":            func(s *Sheet) { s.Purposes = []string{"employee-performance"} },
		"kind of camera": func(s *Sheet) { s.Kind = "ptz" },
		"MAC":            func(s *Sheet) { s.MAC = "00:11" },
		"direction":      func(s *Sheet) { n := 360; s.Direction = &n },
		"field of view":  func(s *Sheet) { s.View = 361 },
		"the position":   func(s *Sheet) { s.Position = "to\nlinjer" },
		"K01":            func(s *Sheet) { s.Camera = "K01" },
	} {
		bad := sheetOf("k01-inngang")
		spoil(&bad)
		if _, err := v.PutSheet(bad, by); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestPixelClasses(t *testing.T) {
	for n, want := range map[int]PixelClass{0: "", 19: "", 20: "overview", 39: "overview", 40: "outline", 80: "discern", 125: "perceive", 249: "perceive", 250: "characterise", 500: "validate", 1500: "scrutinise", 9000: "scrutinise"} {
		if got := classOf(n); got != want {
			t.Errorf("%d px/m are %q, want %q", n, got, want)
		}
	}
}

func TestR138R144Assessments(t *testing.T) {
	v := newVenue(t)
	z, err := v.PutZone(entranceZone(), by)
	must(t, z, err)
	ofZone := assessmentOf(v)
	ofZone.Zone = z.Number
	a, err := v.Assess(ofZone, by)
	must(t, a, err)
	ofCamera := assessmentOf(v)
	ofCamera.Camera, ofCamera.Approved = "k02-ko", false
	ofCamera.Consultation = &Consultation{Held: footage.At(v.now.AddDate(0, 0, -7)), Participants: "verneombud, tillitsvalgt", Minutes: footage.SHA256{1}}
	b, err := v.Assess(ofCamera, by)
	must(t, b, err)
	s := v.snapshot()
	if got, ok := s.AssessmentOf("k01-inngang", z.Number); !ok || got.Number != a.Number {
		t.Errorf("%+v", got)
	}
	if got, ok := s.AssessmentOf("k02-ko", z.Number); !ok || got.Number != b.Number || got.Consultation == nil {
		t.Errorf("%+v", got)
	}
	if _, ok := s.AssessmentOf("k03", ""); ok {
		t.Error("there is none of k03")
	}
	for what, spoil := range map[string]func(*Assessment){
		"of a camera or of a zone": func(a *Assessment) { a.Camera = "k01-inngang" },
		"Z-009":                    func(a *Assessment) { a.Zone = "Z-009" },
		"the balance":              func(a *Assessment) { a.Balance = "nei" },
		"who decided":              func(a *Assessment) { a.Decider = "" },
		"DPIA":                     func(a *Assessment) { a.DPIA = "" },
		"in the past":              func(a *Assessment) { a.Decided = footage.At(v.now.Add(time.Hour)) },
		"within a year":            func(a *Assessment) { a.Review = footage.At(v.now.AddDate(1, 1, 0)) },
		"minutes":                  func(a *Assessment) { a.Consultation = &Consultation{Held: 1, Participants: "verneombud"} },
	} {
		bad := assessmentOf(v)
		bad.Zone = z.Number
		spoil(&bad)
		if _, err := v.Assess(bad, by); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// A table of sheets comes back as it went out, and with a fault in one line nothing of it
// is entered.
func TestSheetsFromATable(t *testing.T) {
	v := newVenue(t)
	var names []string
	for _, c := range sheetTable {
		names = append(names, c.name)
	}
	try := func(text string, dry bool, want ...Change) {
		t.Helper()
		done, err := v.Import([]byte(text), dry, by)
		must(t, done, err)
		var got []Change
		for _, l := range done.Lines {
			got = append(got, l.Change)
		}
		if diff := cmp.Diff(want, got); diff != "" || done.Of != "cameras" {
			t.Errorf("%s: %s", done.Of, diff)
		}
	}
	lines := strings.Join(names, ";") + "\r\n" +
		"k01-inngang;real;over døra;320;0;92;260;Eksempel;D-24;'=1;A1;00:11:22:33:44:55;;theft|danger\r\n" +
		"k02-ko;;;;;;;;;;;;;\r\n"
	try(lines, true, Added, Added)
	if n := len(v.snapshot().Sheets); n != 0 {
		t.Errorf("the dry run left %d sheets", n)
	}
	try(lines, false, Added, Added)
	out, err := v.snapshot().SheetsCSV()
	must(t, out, err)
	try(string(out), false, Same, Same)
	try("camera,firmware\nk01-inngang,2.0\nk02-ko,\n", false, Changed, Same)
	one, _ := v.snapshot().SheetOf("k01-inngang")
	if one.Version != 2 || one.Firmware != "2.0" || one.Make != "Eksempel" || one.Direction == nil || one.Class != "characterise" {
		t.Errorf("%+v", one)
	}
	for text, want := range map[string]string{
		"camera;make\nk03;A\nK!;B\nk04;C\n":  "line 3: ",
		"camera;make\nk03;A\nk04;C\nk04;D\n": "line 4: the request is not valid: k04 is on line 3 already",
		"camera;height_cm\nk03;3 m\n":        "line 2: the request is not valid: height_cm",
		"camera;purposes\nk03;performance\n": "line 2: refused",
		"camera;direction_deg\nk03;nord\n":   "direction_deg",
		"camera;colour\nk03;red\n":           "colour",
	} {
		if _, err := v.Import([]byte(text), false, by); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if n := len(v.snapshot().Sheets); n != 2 {
		t.Errorf("there are %d sheets", n)
	}
}
