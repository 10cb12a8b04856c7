package signage

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sjudager/sjudager/vault/footage"
)

// lines is what an import does, in short.
func lines(i Import) (all []string) {
	for _, l := range i.Lines {
		all = append(all, strings.TrimSpace(string(l.Change)+" "+l.Number+" "+strings.Join(l.Fields, ",")))
	}
	return all
}

func (v *venue) table(of func(Snapshot) ([]byte, error)) []byte {
	v.Helper()
	file, err := of(v.snapshot())
	return must(v.TB, file, err)
}

func (v *venue) imports(file string, dry bool, want ...string) Import {
	v.Helper()
	i, err := v.Import([]byte(file), dry, by)
	if err != nil {
		v.Fatal(err)
	}
	if diff := cmp.Diff(want, lines(i)); diff != "" || i.DryRun != dry {
		v.Errorf("%s: %s", file, diff)
	}
	return i
}

// What is exported is taken in again as it is, in both separators, and a new register has
// the same zones and signs after it.
func TestTablesRoundTrip(t *testing.T) {
	v, hoved, side := announced(t)
	v.observe(func(l *Live) { n := northern; l.Facts.Sami = &n })
	hoved.Material, hoved.HeightCM, hoved.Position = "=laminert; \"A3\"", 160, "'til venstre, ved døra"
	hoved.Languages, hoved.AreaSE, hoved.Text, hoved.Why = []Language{Nynorsk, Sami}, "uksa", 2, "flyttet"
	hoved.Places = append(hoved.Places, Place{"Z-001", "side"})
	hoved, err := v.PutSign(hoved, by)
	must(t, hoved, err)
	side.State = Down
	side, err = v.PutSign(side, by)
	must(t, side, err)
	bar := entranceZone()
	bar.Name, bar.Kind, bar.Limited = "bar", "bar", true
	bar.Decision = &Decision{"Tre slagsmål i vinter; vakter alene så dem ikke.", footage.At(v.now.AddDate(0, 6, 0))}
	bar, err = v.PutZone(bar, by)
	must(t, bar, err)
	yard, err := v.PutZone(Zone{Name: "gård", Kind: "loading", Staff: true, Entrances: []Entrance{{"port", "Porten", false}}}, by)
	must(t, yard, err)

	zones, signs := v.table(Snapshot.ZonesCSV), v.table(Snapshot.SignsCSV)
	if !bytes.HasPrefix(signs, []byte("\xef\xbb\xbfsign;state;size;before;area;")) || !bytes.Contains(signs, []byte(`;''til venstre, ved døra;"'=laminert; ""A3""";160;nn|se;2;`)) {
		t.Errorf("%s", signs)
	}
	commas := func(file []byte) string { // as a spreadsheet elsewhere writes it
		s, err := readSheet(file)
		must(t, s, err)
		var b strings.Builder
		for _, row := range append([][]string{s.columns}, s.rows...) {
			for i, cell := range row {
				if i > 0 {
					b.WriteByte(',')
				}
				b.WriteString(`"` + strings.ReplaceAll(cell, `"`, `""`) + `"`)
			}
			b.WriteByte('\n')
		}
		return b.String()
	}
	for _, dry := range []bool{true, false} {
		v.imports(string(zones), dry, "same Z-001", "same Z-002", "same Z-003")
		v.imports(string(signs), dry, "same S-001", "same S-002")
		v.imports(commas(signs), dry, "same S-001", "same S-002")
	}
	before := v.snapshot()
	if before.Signs[0].Version != 2 {
		t.Errorf("what is as it was has a version: %+v", before.Signs[0])
	}

	// Into an empty register, without the numbers.
	w := newVenue(t)
	w.observe(func(l *Live) { n := northern; l.Facts.Sami = &n })
	fresh := func(file []byte, mark string) string {
		text := string(file)
		for _, n := range []string{"1", "2", "3"} {
			text = strings.ReplaceAll(text, "\n"+mark+"-00"+n+";", "\n;")
		}
		return text
	}
	w.imports(fresh(zones, "Z"), false, "new Z-001 name,kind,entrances,staff_entrances", "new Z-002 name,kind,limited,entrances,staff_entrances,decision,review", "new Z-003 name,kind,staff,staff_entrances")
	i, err := w.Import([]byte(fresh(signs, "S")), false, by)
	if must(t, i, err); i.Of != "signs" || len(i.Lines) != 2 {
		t.Errorf("%+v", i)
	}
	after := w.snapshot()
	if !bytes.Equal(zones, w.table(Snapshot.ZonesCSV)) || !bytes.Equal(signs, w.table(Snapshot.SignsCSV)) {
		t.Errorf("before\n%s\nafter\n%s", signs, w.table(Snapshot.SignsCSV))
	}
	if diff := cmp.Diff(before.Zones[1].Decision, after.Zones[1].Decision); diff != "" {
		t.Error(diff)
	}
}

// All of a table or nothing: a line with a fault keeps the others out, and is named.
func TestImportIsAllOrNothing(t *testing.T) {
	v, _, _ := announced(t)
	const good = "sign;position;height_cm\nS-001;over døra;210\n;\n\nS-002;til høyre;\n"
	before := v.snapshot()
	v.imports(good, true, "changed S-001 position,height_cm", "changed S-002 position")
	if diff := cmp.Diff(before, v.snapshot()); diff != "" {
		t.Errorf("a dry run writes: %s", diff)
	}
	bad := good + "S-007;et sted;1\nS-001;igjen;1\nS-002;to ganger;høyt\n;uten alt;1\n"
	i, err := v.Import([]byte(bad), true, by)
	if err != nil || i.Faults != 4 || i.Lines[2].Line != 6 || !strings.Contains(i.Lines[2].Fault, "no S-007") || !strings.Contains(i.Lines[3].Fault, "line 2 already") {
		t.Errorf("%v %+v", err, i)
	}
	_, err = v.Import([]byte(bad), false, by)
	for _, words := range []string{"nothing of the table", "line 6:", "line 7:", "line 8:", "line 9:"} {
		refuses(t, err, ErrInvalid, words)
	}
	if diff := cmp.Diff(before, v.snapshot()); diff != "" {
		t.Errorf("a table with faults was taken in: %s", diff)
	}
	v.now = v.now.Add(time.Hour)
	v.imports(good, false, "changed S-001 position,height_cm", "changed S-002 position")
	g := v.snapshot().Signs[0]
	if g.Version != 2 || g.HeightCM != 210 || g.Area.Norwegian != "inngang og kø, ikke salen" || v.snapshot().Standing(g).Valid {
		t.Errorf("%+v", g)
	}
	v.imports("sign,before,area,area_en,position\r\n,Z-001/hoved,inngang,entrance,ved luka\r\n", false, "new S-003 before,area,area_en,position")
	if g := v.snapshot().Signs[2]; g.State != Ordered || g.Size != A4 || g.Text != 1 {
		t.Errorf("%+v", g)
	}
	for words, file := range map[string]string{
		"empty":                    "",
		"not UTF-8":                "sign;position\nS-001;d\xf8ra\n",
		"colour\" is not a column": "sign;colour\nS-001;red\n",
		"it names no column":       "number;position\nS-001;x\n",
		"each column once":         "sign;sign\n",
		"line 2 has 3":             "sign;position\nS-001;x;y\n",
		"cannot be read":           "sign;position\n\"S-001;x\n",
		"at most 2000":             "sign\n" + strings.Repeat("S-001\n", maxRows+1),
	} {
		_, err := v.Import([]byte(file), true, by)
		refuses(t, err, ErrInvalid, words)
	}
	for words, file := range map[string]string{
		"like hoved=":    "zone;name;kind;entrances\n;x;foyer;Hovedinngang\n",
		"R42":            "zone;name;kind;entrances\n;x;toilet;a=A\n",
		"is yes or no":   "zone;staff\nZ-001;ja\n",
		"an instant":     "zone;review\nZ-001;snart\n",
		"like Z-001/":    "sign;before\nS-001;hoved\n",
		"no entrance":    "sign;before\nS-001;Z-001/bak\n",
		"no state":       "sign;state\nS-001;gone\n",
		"is a number":    "sign;text\nS-001;to\n",
		"text version 9": "sign;text\nS-001;9\n",
	} {
		i, err := v.Import([]byte(file), true, by)
		if words == "no state" {
			words = "is not a state"
		}
		if err != nil || i.Faults != 1 || !strings.Contains(i.Lines[0].Fault, words) {
			t.Errorf("%s: %v %+v", words, err, i)
		}
	}
}

// Whatever is read is written so that it is read the same again.
func FuzzTable(f *testing.F) {
	f.Add([]byte("\xef\xbb\xbfsign;state;size;before;area;text\r\nS-001;up;A3;Z-001/hoved|Z-001/side;\"'=inn;gang\";2\r\n"))
	f.Add([]byte("zone,name,kind,staff,entrances,staff_entrances,decision,review\nZ-001,bar,bar,no,a=A|b=B,c=C,fordi,2027-01-31T12:00:00Z\n"))
	f.Add([]byte("sign\n'\n''=\n"))
	f.Add([]byte("area\n0\r0"))
	f.Fuzz(func(t *testing.T, file []byte) {
		s, err := readSheet(file)
		if err != nil {
			return
		}
		fuzzed(t, signTable, s)
		fuzzed(t, zoneTable, s)
	})
}

func fuzzed[T any](t *testing.T, columns []column[T], s sheet) {
	if s.only(names(columns)) != nil {
		return
	}
	var all []T
	for _, row := range s.rows {
		var v T
		blankRow := true
		if apply(columns, s, row, &v) != nil {
			continue
		}
		for _, c := range columns {
			blankRow = blankRow && c.get(v) == ""
		}
		if !blankRow { // such a line is skipped when it is read
			all = append(all, v)
		}
	}
	first, err := table(columns, all)
	if err != nil {
		t.Fatal(err)
	}
	again, err := readSheet(first)
	if err != nil {
		t.Fatalf("%v: %q", err, first)
	}
	if len(again.rows) != len(all) {
		t.Fatalf("%d rows became %d: %q", len(all), len(again.rows), first)
	}
	for i, row := range again.rows {
		var v T
		if err := apply(columns, again, row, &v); err != nil {
			t.Fatalf("%v: %q", err, first)
		}
		same := func(c column[T]) bool { return c.get(v) == c.get(all[i]) }
		if slices.ContainsFunc(columns, func(c column[T]) bool { return !same(c) }) {
			t.Fatalf("%+v became %+v", all[i], v)
		}
	}
}
