package handover

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sjudager/sjudager/vault/footage"
)

// What the register said of the cameras is in the package, on paper in both languages and
// for programs.
func TestR93SignsInThePackage(t *testing.T) {
	r := newRig(t)
	in := r.story()
	span := in.Selections[0].Span
	end := span.To
	valid := SignThen{Number: "S-001", Version: 2, Text: 3, Valid: true, Faults: []string{}, Differs: []string{}, KeepS: 7 * 86400, HoldS: 30 * 86400, Inspected: start.Add(-3600e9), By: "u-0007"}
	torn := valid
	torn.Valid, torn.Faults = false, []string{"defective", "overdue"}
	signs := []SignState{{Camera: entrance, Span: span, Periods: []SignPeriod{
		{Span: footage.Span{From: span.From, To: start + 2*second}, Known: true, Covered: true, Zone: "inngang", ZoneNo: "Z-001", Entrances: []SignEntrance{{ID: "hoved", Name: "Hovedinngang", Signs: []SignThen{valid}}}},
		{Span: footage.Span{From: start + 2*second, To: end}, Known: true, Zone: "inngang", ZoneNo: "Z-001", Override: "Nytt skilt er bestilt.", Entrances: []SignEntrance{
			{ID: "hoved", Name: "Hovedinngang", Hole: "no-valid", Signs: []SignThen{torn}}, {ID: "side", Name: "Sideinngang", Hole: "no-sign", Signs: []SignThen{}}}},
	}}}
	in.Signs = signs
	result := r.build(in)
	files := tree(t, result.Path)
	var got []SignState
	if err := json.Unmarshal(files["data/maskin/signs.json"], &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(signs, got); diff != "" {
		t.Error(diff)
	}
	paper := words(t, result.Path+"/data/dokumentasjon/skilting.pdf")
	for _, want := range []string{"varslet: hver offentlig inngang hadde et gyldig skilt", "announced: each public entrance had a valid sign", "S-001, v2, tekst 3", "u-0007", "7 dager / 30 dager",
		"ikke gyldig: siste kontroll fant en mangel, kontrollen var for gammel", "det var ikke noe skilt her", "there was no sign here", "Nytt skilt er bestilt.", "Z-001 inngang"} {
		if !strings.Contains(paper, strings.Join(strings.Fields(want), " ")) {
			t.Errorf("the paper does not say %q:\n%s", want, paper)
		}
	}
	for code := range signWords {
		if signWords[code][0] == "" || signWords[code][1] == "" || signWords[code][0] == signWords[code][1] {
			t.Errorf("%s has no words in both languages", code)
		}
	}
}

// words are those of a PDF, in their order.
func words(t *testing.T, path string) string {
	t.Helper()
	return strings.Join(strings.Fields(tool(t, "poppler-utils", "pdftotext", "-raw", path, "-")), " ")
}
