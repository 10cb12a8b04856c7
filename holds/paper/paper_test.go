package paper

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func sample(rows int) *Document {
	d := &Document{
		Title: "Slettebevis for lørdag 4. juli 2026", Author: "Sjudager", Language: "nb", Made: time.Date(2026, 7, 5, 0, 15, 0, 0, time.UTC),
		Foot: "Sentrum Scene, Eksempel Arena AS", Page: func(n, of int) string { return fmt.Sprintf("side %d av %d", n, of) },
	}
	d.Facts([2]string{"Sted", "Sentrum Scene"}, [2]string{"Behandlingsansvarlig", strings.Repeat("Eksempel Arena AS, org.nr. 123456785 ", 5)})
	d.Heading("Æ, ø, å – « » … § № € Đđ Ŋŋ Šš Áá Łódź Ελλάδα Кириллица 漢 😀")
	d.Text(strings.Repeat("Blåbærsyltetøy på brødskiva. ", 30))
	var table [][]string
	for i := range rows {
		table = append(table, []string{fmt.Sprintf("k%02d-inngang", i), "Hovedinngang mot Storgata " + strings.Repeat("og køen ", i%4), fmt.Sprint(i * 1234567), strings.Repeat("0123456789abcdef", i%5)})
	}
	d.Table([]Column{{Head: "Kamera", Width: 3}, {Head: "Navn", Width: 4}, {Head: "Byte", Width: 2, Right: true}, {Head: "Kontrollsum", Width: 4}}, table)
	d.Code("sjudager.statement/v1\n" + strings.Repeat("abc", 200))
	d.Small("Slutt.")
	return d
}

// ghostscript reads a file as a printer does and returns the text on its pages.
func ghostscript(t *testing.T, file []byte) string {
	t.Helper()
	gs, err := exec.LookPath("gs")
	if err != nil {
		t.Fatal("gs is missing: apt-get install ghostscript")
	}
	path := filepath.Join(t.TempDir(), "x.pdf")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(gs, "-q", "-dNOPAUSE", "-dBATCH", "-dSAFER", "-dPDFSTOPONERROR", "-sDEVICE=txtwrite", "-sOutputFile=-", path).CombinedOutput()
	if err != nil {
		t.Fatalf("gs: %v: %s", err, out)
	}
	return string(out)
}

// archival looks for what PDF/A-2b asks for, as far as it can be seen without a validator.
func archival(t *testing.T, file []byte) {
	t.Helper()
	for _, want := range []string{"/S /GTS_PDFA1", "/DestOutputProfile", "/Type /Metadata", `pdfaid:part="2"`, "/FontFile2", "/CIDToGIDMap", "/ID [<"} {
		if !bytes.Contains(file, []byte(want)) {
			t.Errorf("there is no %s", want)
		}
	}
	for _, never := range []string{"/Encrypt", "/JavaScript", "/Launch", "/SMask"} {
		if bytes.Contains(file, []byte(never)) {
			t.Errorf("there is a %s", never)
		}
	}
	if bytes.Count(file, []byte("/Type /FontDescriptor")) != bytes.Count(file, []byte("/FontFile2")) {
		t.Error("a font is not in the file")
	}
	_, after, _ := bytes.Cut(file, []byte("<x:xmpmeta"))
	inside, _, _ := bytes.Cut(after, []byte("</x:xmpmeta>"))
	var any struct{}
	if err := xml.Unmarshal([]byte("<x:xmpmeta"+string(inside)+"</x:xmpmeta>"), &any); err != nil {
		t.Errorf("the metadata cannot be read: %v", err)
	}
}

func TestPages(t *testing.T) {
	for _, rows := range []int{0, 1, 200} {
		d := sample(rows)
		file, err := d.PDF()
		if err != nil {
			t.Fatal(err)
		}
		again, err := sample(rows).PDF()
		if err != nil || !bytes.Equal(file, again) {
			t.Errorf("%d rows: the same document has other bytes the second time (%v)", rows, err)
		}
		text := ghostscript(t, file)
		heads := strings.Count(text, "Kontrollsum")
		pages := strings.Count(text, "side ")
		for _, want := range []string{"Slettebevis for lørdag", "Blåbærsyltetøy", "Æ, ø, å", "Łódź", "Кириллица", fmt.Sprintf("side %d av %d", pages, pages)} {
			if !strings.Contains(text, want) {
				t.Errorf("%d rows: %q is not on the pages", rows, want)
			}
		}
		if rows == 200 && (pages < 5 || heads < pages-1) {
			t.Errorf("%d pages, and the table's head %d times", pages, heads)
		}
		for i := range rows {
			if name := fmt.Sprintf("k%02d-inngang", i); strings.Count(text, name) != 1 {
				t.Errorf("%s is there %d times", name, strings.Count(text, name))
			}
		}
		archival(t, file)
		if len(file) > 200_000 {
			t.Errorf("%d rows take %d bytes: the fonts are not cut down to what is used", rows, len(file))
		}
	}
}
