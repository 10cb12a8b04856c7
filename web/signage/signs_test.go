package signage

import (
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// venue is a register on a real index, whose clock stands still.
type venue struct {
	testing.TB
	*Signs
	now time.Time
}

const by = "u-privacy"

func newVenue(t testing.TB) *venue {
	v := &venue{TB: t, now: time.Date(2026, 7, 4, 10, 0, 0, 0, time.UTC)}
	db, err := index.Open(filepath.Join(t.TempDir(), "index.db"), func() time.Time { return v.now })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	v.Signs = &Signs{Index: db, Dir: filepath.Join(t.TempDir(), "signs"), Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	v.observe(func(*Live) {})
	return v
}

// observe takes a configuration into use that differs as change has it.
func (v *venue) observe(change func(*Live)) {
	v.Helper()
	const day = 24 * 3600
	l := Live{
		Facts: Facts{
			Site: "Sentrum Scene", Controller: "Eksempel Arena AS", OrgNumber: "123456785", Contact: "personvern@example.no",
			Purposes:  []Words{{"Forebygge farlige situasjoner", "Prevent dangerous situations"}, {"Forebygge tyveri", "Prevent theft"}, {"Ivareta sikkerheten", "Ensure security"}},
			Recording: true, KeepS: 7 * day, HoldMaxS: 30 * day, Notice: "https://example.no/kamera",
			Zones: []string{"inngang"}, Cameras: map[string]int{"inngang": 2}, Zone: "Europe/Oslo",
		},
		Cameras: []Camera{{"k02-ko", "Køen", "inngang", true}, {"k01-inngang", "Hovedinngang", "inngang", true}}, InspectS: 30 * day, Purposes: []string{"danger", "theft", "security"},
	}
	change(&l)
	if err := v.Observe(l); err != nil {
		v.Fatal(err)
	}
}

func must[T any](t testing.TB, got T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func (v *venue) snapshot() Snapshot {
	v.Helper()
	s, err := v.Signs.Now()
	return must(v.TB, s, err)
}

func (v *venue) cover(camera footage.CameraID) Cover {
	v.Helper()
	c, ok := v.snapshot().CoverOf(camera)
	if !ok {
		v.Fatalf("there is no %s", camera)
	}
	return c
}

func entranceZone() Zone {
	return Zone{Name: "inngang", Kind: "entrance", Entrances: []Entrance{{"hoved", "Hovedinngang", true}, {"side", "Sideinngang", true}, {"ansatt", "Ansattinngang", false}}}
}

func sign(zone string, entrances ...string) Sign {
	g := Sign{Size: A3, State: Up, Area: Words{"inngang og kø, ikke salen", "entrance and queue, not the hall"}, Position: "til venstre for døra, 160 cm"}
	for _, e := range entrances {
		g.Places = append(g.Places, Place{zone, e})
	}
	return g
}

// announced is a venue whose two public entrances have a valid sign each.
func announced(t testing.TB) (v *venue, hoved, side Sign) {
	t.Helper()
	v = newVenue(t)
	z, err := v.PutZone(entranceZone(), by)
	must(t, z, err)
	for i, e := range []string{"hoved", "side"} {
		g, err := v.PutSign(sign(z.Number, e), by)
		must(t, g, err)
		v.inspect(g.Number)
		if i == 0 {
			hoved = g
		} else {
			side = g
		}
	}
	return v, hoved, side
}

func (v *venue) inspect(number string) {
	v.Helper()
	i, err := v.Inspect(Inspection{Sign: number, Occasion: Install}, by)
	must(v.TB, i, err)
}

func refuses(t testing.TB, err, want error, words string) {
	t.Helper()
	if !errors.Is(err, want) || !strings.Contains(err.Error(), words) {
		t.Errorf("%v; want %v that speaks of %q", err, want, words)
	}
}

func TestR42ForbiddenZonesAreRefused(t *testing.T) {
	v := newVenue(t)
	for _, kind := range []Kind{"toilet", "changing-room", "break-room"} {
		z := entranceZone()
		z.Kind = kind
		_, err := v.PutZone(z, by)
		refuses(t, err, ErrRefused, "R42")
	}
	_, err := v.PutZone(Zone{Name: "x", Kind: "sauna", Entrances: []Entrance{{"a", "A", true}}}, by)
	refuses(t, err, ErrInvalid, "sauna")
	if zones := v.snapshot().Zones; len(zones) != 0 {
		t.Errorf("the register has %v", zones)
	}
}

func TestR43DanceFloorNeedsADecision(t *testing.T) {
	v := newVenue(t)
	for _, kind := range []Kind{"dance-floor", "bar", "seating"} {
		z := entranceZone()
		z.Name, z.Kind = string(kind), kind
		_, err := v.PutZone(z, by)
		refuses(t, err, ErrRefused, "R43")
		z.Decision = &Decision{"for kort", footage.At(v.now.AddDate(0, 6, 0))}
		_, err = v.PutZone(z, by)
		refuses(t, err, ErrInvalid, "the decision")
		z.Decision = &Decision{"Tre slagsmål på dansegulvet i vinter; vakter alene så dem ikke.", footage.At(v.now.AddDate(2, 0, 0))}
		_, err = v.PutZone(z, by)
		refuses(t, err, ErrInvalid, "within a year")
		z.Decision.Review = footage.At(v.now.AddDate(0, 6, 0))
		z, err = v.PutZone(z, by)
		must(t, z, err)
	}
	v.observe(func(l *Live) { l.Cameras = []Camera{{"k09-dans", "Dansegulv", "dance-floor", true}} })
	if c := v.cover("k09-dans"); c.Hole != "" {
		t.Errorf("the decision stands, and there is the hole %s", c.Hole)
	}
	v.now = v.now.AddDate(0, 6, 0)
	if c := v.cover("k09-dans"); c.Hole != NoDecision || c.Covered {
		t.Errorf("the decision's review is overdue: %+v", c)
	}
}

// A camera is covered once each public entrance of its zone has a valid sign; every step
// on the way there has a hole of its own.
func TestR111CoverageStepByStep(t *testing.T) {
	v := newVenue(t)
	if c := v.cover("k01-inngang"); c.Hole != NoZone || c.Covered {
		t.Errorf("without a zone: %+v", c)
	}
	z, err := v.PutZone(entranceZone(), by)
	must(t, z, err)
	holes := func() (all []Hole) {
		t.Helper()
		c := v.cover("k01-inngang")
		for _, e := range c.Entrances {
			all = append(all, e.Hole)
		}
		if c.Covered != !slices.ContainsFunc(all, func(h Hole) bool { return h != "" }) {
			t.Errorf("covered is %v with the holes %v", c.Covered, all)
		}
		return all
	}
	faults := func() []Hole {
		t.Helper()
		return v.cover("k01-inngang").Entrances[0].Signs[0].Faults
	}
	want := func(what string, got, want []Hole) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
	want("a zone, its entrance for staff left out", holes(), []Hole{NoSign, NoSign})
	g := sign(z.Number, "hoved")
	g.State = Ordered
	g, err = v.PutSign(g, by)
	must(t, g, err)
	want("ordered", holes(), []Hole{NoValidSign, NoSign})
	want("ordered", faults(), []Hole{NotUp, Uninspected})
	_, err = v.Inspect(Inspection{Sign: g.Number, Occasion: Install}, by)
	refuses(t, err, ErrRefused, "ordered")
	g.State = Up
	v.now = v.now.Add(time.Hour)
	g, err = v.PutSign(g, by)
	must(t, g, err)
	want("up", faults(), []Hole{Uninspected})
	bad, err := v.Inspect(Inspection{Sign: g.Number, Occasion: Install, Failed: []Check{"unobstructed"}, Defect: "en plakat henger foran", Due: footage.At(v.now.Add(time.Hour))}, by)
	must(t, bad, err)
	want("behind a poster", faults(), []Hole{Defective})
	_, err = v.Mend(bad.Number, by)
	must(t, 0, err)
	want("mended and not looked at again", faults(), []Hole{Defective})
	_, err = v.Mend(bad.Number, by)
	refuses(t, err, ErrRefused, "already")
	v.inspect(g.Number)
	want("one of two", holes(), []Hole{"", NoSign})
	two, err := v.PutSign(sign(z.Number, "side"), by)
	must(t, two, err)
	v.inspect(two.Number)
	want("both", holes(), []Hole{"", ""})

	v.now = v.now.Add(30*24*time.Hour - time.Microsecond)
	want("an instant before the interval is over", holes(), []Hole{"", ""})
	v.now = v.now.Add(time.Microsecond)
	want("when it is over", holes(), []Hole{NoValidSign, NoValidSign})
	want("when it is over", faults(), []Hole{Overdue})
	v.inspect(g.Number)
	two.Position, two.Why = "til høyre for døra", "dør byttet"
	v.inspect(two.Number)
	v.now = v.now.Add(time.Second)
	two, err = v.PutSign(two, by)
	must(t, two, err)
	want("moved, and not looked at since", holes(), []Hole{"", NoValidSign})
	two.State = Down
	two, err = v.PutSign(two, by)
	must(t, two, err)
	want("taken down", holes(), []Hole{"", NoSign})
	_, err = v.PutSign(two, by)
	refuses(t, err, ErrRefused, "for good")
}

// Retention is lowered to five days: every sign that says seven is invalid from that
// instant, the notice has a new version, and the old one stays as it was.
func TestR116R122RetentionIsLowered(t *testing.T) {
	v, hoved, _ := announced(t)
	before := v.snapshot()
	if !v.cover("k01-inngang").Covered || len(before.Texts) != 1 {
		t.Fatalf("%+v", before)
	}
	seven := before.Texts[0]
	v.now = v.now.Add(48 * time.Hour)
	lowered := footage.At(v.now)
	v.observe(func(l *Live) { l.Facts.KeepS = 5 * 24 * 3600 })
	v.observe(func(l *Live) { l.Facts.KeepS = 5 * 24 * 3600 }) // again: nothing is new

	s := v.snapshot()
	for _, c := range s.Coverage() {
		if c.Covered {
			t.Errorf("%s is covered by signs that say seven days", c.Camera)
		}
		for _, e := range c.Entrances {
			if diff := cmp.Diff([]string{"retention"}, e.Signs[0].Differs); diff != "" || !slices.Equal(e.Signs[0].Faults, []Hole{NoText}) {
				t.Errorf("%s: %v, %s", e.ID, e.Signs[0].Faults, diff)
			}
		}
	}
	if len(s.Texts) != 2 || s.Texts[1].Number != 2 || s.Texts[1].Effective != lowered || s.Texts[1].Retired != 0 {
		t.Fatalf("the texts are %+v", s.Texts)
	}
	for _, l := range Languages {
		if !strings.Contains(s.Texts[1].In(l).Short, map[Language]string{Norwegian: "5 dager", English: "5 days"}[l]) {
			t.Errorf("the new notice says %s", s.Texts[1].In(l).Short)
		}
	}
	old := s.Texts[0]
	if old.Retired != lowered {
		t.Errorf("the old text was retired %s, want %s", old.Retired, lowered)
	}
	old.Retired = 0
	if diff := cmp.Diff(seven, old); diff != "" {
		t.Errorf("the old text is another one: %s", diff)
	}

	// The signs are exchanged: a new text, looked at.
	hoved.Text = 0
	v.now = v.now.Add(time.Hour)
	g, err := v.PutSign(hoved, by)
	must(t, g, err)
	v.inspect(g.Number)
	if e := v.cover("k01-inngang").Entrances[0]; e.Hole != "" || e.Signs[0].Text != 2 {
		t.Errorf("the exchanged sign: %+v", e)
	}
	// And seven days again are a third version, with which the very first signs are right.
	v.observe(func(*Live) {})
	if st := v.cover("k01-inngang").Entrances[1].Signs[0]; !st.Valid {
		t.Errorf("a sign that says what is so is not valid: %+v", st)
	}
}

// Each stated fact makes a sign invalid by itself, and names itself.
func TestR116EachFact(t *testing.T) {
	changes := map[string]func(*Facts){
		"controller": func(f *Facts) { f.Controller = "Annen Arena AS" },
		"contact":    func(f *Facts) { f.Contact = "22 00 00 00" },
		"officer":    func(f *Facts) { f.Officer = "ombud@example.no" },
		"purposes":   func(f *Facts) { f.Purposes = f.Purposes[:2] },
		"recording":  func(f *Facts) { f.Recording = false },
		"audio":      func(f *Facts) { f.Audio = true },
		"retention":  func(f *Facts) { f.KeepS-- },
		"hold":       func(f *Facts) { f.HoldMaxS-- },
		"notice":     func(f *Facts) { f.Notice += "er" },
	}
	for what, change := range changes {
		v, _, _ := announced(t)
		v.observe(func(l *Live) { change(&l.Facts) })
		if st := v.cover("k02-ko").Entrances[0].Signs[0]; st.Valid || !slices.Equal(st.Differs, []string{what}) {
			t.Errorf("%s: %+v", what, st)
		}
	}
	v, _, _ := announced(t)
	v.observe(func(l *Live) { l.Facts.Zones = append(l.Facts.Zones, "scene") })
	if s := v.snapshot(); !v.cover("k02-ko").Covered || len(s.Texts) != 2 {
		t.Errorf("a further zone is a new notice (%d) and no fault of the signs", len(s.Texts))
	}
}

// What covered a camera at a past instant is answered from records alone, after its signs
// were taken down, its zone was changed and the camera was renamed and removed.
func TestR93ThePastFromRecordsAlone(t *testing.T) {
	v, hoved, side := announced(t)
	photo, plan := v.photo(), v.plan("1. etasje")
	round, err := v.BeginRound("", "Konsert", by)
	must(t, round, err)
	i, err := v.Inspect(Inspection{Sign: hoved.Number, Occasion: Doors, Photos: []Picture{photo}}, by)
	must(t, i, err)
	for _, m := range []Mark{{Camera: "k01-inngang", X: 100, Y: 200, Direction: 90, View: 70}, {Sign: hoved.Number, X: 120, Y: 200}} {
		m.Plan = plan.Number
		m, err := v.Place(m, by)
		must(t, m, err)
	}
	then := footage.At(v.now.Add(time.Hour))
	v.now = v.now.Add(2 * time.Hour)
	want, _ := v.snapshotAt(then).CoverOf("k01-inngang")
	if !want.Covered || want.Entrances[0].Signs[0].Sign != hoved.Number || want.Entrances[0].Signs[0].Inspection != i.Number {
		t.Fatalf("%+v", want)
	}
	all := v.snapshotAt(then)
	if len(all.Plans) != 1 || len(all.Marks) != 2 || len(all.Rounds) != 1 || all.Rounds[0].Closed.At != 0 || all.Inspections[2].Photos[0] != photo {
		t.Fatalf("%+v", all)
	}
	check := func(what string) {
		t.Helper()
		if diff := cmp.Diff(all, v.snapshotAt(then)); diff != "" {
			t.Errorf("%s: the past is another one: %s", what, diff)
		}
		got, ok := v.snapshotAt(then).CoverOf("k01-inngang")
		if diff := cmp.Diff(want, got); !ok || diff != "" {
			t.Errorf("%s: the past is another one: %s", what, diff)
		}
	}
	v.observe(func(l *Live) { l.Cameras = []Camera{{"k01-inngang", "Døra", "foaje", true}} })
	check("renamed and moved")
	m, err := v.Place(Mark{Plan: plan.Number, Camera: "k01-inngang", X: 900, Y: 900}, by)
	must(t, m, err)
	m, err = v.Place(Mark{Plan: plan.Number, Sign: hoved.Number, Gone: true}, by)
	must(t, m, err)
	check("moved on the plan")
	hoved.Photo = v.photo()
	g, err := v.PutSign(hoved, by)
	must(t, g, err)
	round, err = v.CloseRound(1, "avlyst, vind", by)
	must(t, round, err)
	gone := true
	p, err := v.ChangePlan(plan.Number, "", &gone, by)
	must(t, p, err)
	check("another photo, the round closed, the plan out of use")
	if now := v.snapshot(); len(now.Plans)+len(now.Marks) != 0 || now.Rounds[0].Reason == "" {
		t.Errorf("now: %+v", now)
	}
	v.now = v.now.Add(time.Hour)
	for _, g := range []Sign{hoved, side} {
		g.State, g.Why = Down, "ombygging"
		g, err := v.PutSign(g, by)
		must(t, g, err)
	}
	check("signs taken down")
	z := v.snapshot().Zones[0]
	z.Name, z.Entrances = "vestibyle", z.Entrances[:1]
	z, err = v.PutZone(z, by)
	must(t, z, err)
	check("zone renamed")
	v.observe(func(l *Live) { l.Cameras, l.Facts.KeepS = nil, 3600 })
	check("camera removed, retention shortened")
	if got := v.snapshotAt(then).Texts[0]; got.Retired != 0 {
		t.Errorf("then the text was in force, and is said to be retired %s", got.Retired)
	}
	if _, ok := v.snapshot().CoverOf("k01-inngang"); ok {
		t.Error("the camera is there still")
	}
	if s := v.snapshotAt(then.Add(-24 * time.Hour)); len(s.Signs)+len(s.Zones)+len(s.Texts)+len(s.Coverage()) != 0 {
		t.Errorf("before anything was entered there was %+v", s)
	}
}

func (v *venue) snapshotAt(at footage.Instant) Snapshot {
	v.Helper()
	r, _, err := v.Register()
	must(v.TB, r, err)
	return r.Snapshot(at)
}

func TestR115OverrideStaysVisible(t *testing.T) {
	v := newVenue(t)
	_, err := v.Excuse("k01-inngang", "kort", by)
	refuses(t, err, ErrInvalid, "reason")
	o, err := v.Excuse("k01-inngang", "Skiltet er bestilt og kommer onsdag; vakt i døra sier fra.", by)
	must(t, o, err)
	if c := v.cover("k01-inngang"); c.Covered || c.Override == nil || c.Override.Placed.By != by {
		t.Errorf("%+v", c)
	}
	_, err = v.Excuse("k01-inngang", "Skiltet er bestilt og kommer onsdag; vakt i døra sier fra.", by)
	refuses(t, err, ErrRefused, "already")
	v.now = v.now.Add(time.Hour)
	o, err = v.EndExcuse(o.Number, by)
	must(t, o, err)
	if c := v.cover("k01-inngang"); c.Override != nil {
		t.Errorf("%+v", c.Override)
	}
	if c, _ := v.snapshotAt(o.Placed.At).CoverOf("k01-inngang"); c.Override == nil {
		t.Error("then it stood")
	}
}

func TestSignsAreChecked(t *testing.T) {
	v := newVenue(t)
	z, err := v.PutZone(entranceZone(), by)
	must(t, z, err)
	for what, spoil := range map[string]func(*Sign){
		"size":     func(g *Sign) { g.Size = "A6" },
		"state":    func(g *Sign) { g.State = "gone" },
		"area":     func(g *Sign) { g.Area.English = "" },
		"position": func(g *Sign) { g.Position = "\n" },
		"text":     func(g *Sign) { g.Text = 7 },
		"entrance": func(g *Sign) { g.Places[0].Entrance = "bak" },
		"twice":    func(g *Sign) { g.Places = append(g.Places, g.Places[0]) },
	} {
		g := sign(z.Number, "hoved")
		spoil(&g)
		_, err := v.PutSign(g, by)
		refuses(t, err, ErrInvalid, what)
	}
	_, err = v.PutSign(Sign{Number: "S-009"}, by)
	refuses(t, err, ErrNotFound, "S-009")
	two := entranceZone()
	_, err = v.PutZone(two, by)
	refuses(t, err, ErrRefused, z.Number)
	for _, i := range []Inspection{{Occasion: "x"}, {Occasion: Doors, Failed: []Check{"loud"}}, {Occasion: Doors, Failed: []Check{"lit"}, Defect: "mørkt"}, {Occasion: Doors, Defect: "noe"}} {
		i.Sign = "S-001"
		_, err := v.Inspect(i, by)
		refuses(t, err, ErrInvalid, "")
	}
}

// Every change is in the ledger, by numbers alone.
func TestR107LedgerHasEveryChange(t *testing.T) {
	v, _, _ := announced(t)
	var told []string
	if err := v.Index.View(func(tx *index.Tx) error {
		n, err := ledger.Size(tx)
		if err != nil {
			return err
		}
		for e, err := range ledger.Walk(tx, 0, n) {
			if err != nil {
				return err
			}
			told = append(told, e.By+" "+e.Fields["sign"].(string)+" "+e.Fields["state"].(string))
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"system notice version-1", by + " Z-001 zone", by + " S-001 up", by + " S-001 inspected", by + " S-002 up", by + " S-002 inspected"}, told); diff != "" {
		t.Error(diff)
	}
}
