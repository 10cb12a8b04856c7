package handover

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
)

// paperText is what a paper says.
func paperText(t testing.TB, path string) string {
	t.Helper()
	return tool(t, "poppler-utils", "pdftotext", "-layout", path, "-")
}

// The papers of a package have words, and no codes.
func (r *rig) judgePapers(in Input, path string) {
	r.Helper()
	papers, err := filepath.Glob(filepath.Join(path, paperFolder, "*.pdf"))
	r.must(err)
	for _, name := range []string{readMeFile, noteFile, receiptFile} {
		papers = append(papers, filepath.Join(path, name))
	}
	code := regexp.MustCompile(`(?m)(^|\s)[a-z]+_[a-z_]+(\s|$)|police_demand|crime_likely|hold-reviewed|\bsynced\b`)
	var all strings.Builder
	for _, p := range papers {
		text := paperText(r, p)
		if found := code.FindAllString(text, -1); len(found) > 0 && !strings.Contains(found[0], "zip") {
			r.Errorf("%s has the codes %q", filepath.Base(p), found)
		}
		all.WriteString(text)
	}
	said := strings.Join(strings.Fields(all.String()), " ")
	for _, want := range []string{"Anmodning fra politiet med hjemmel i lov", "Police demand with a basis in law", "Sikring vurdert", "Hold reviewed", "Opptak vist", "Brev", "Letter", "godkjent",
		"operativsystemets kjerne", "confirmed the clock", "kameraet brøt forbindelsen"} {
		if !strings.Contains(said, want) {
			r.Errorf("no paper says %q", want)
		}
	}
}

// The clocks are changed twice a year, and a statement says when they were.
func TestClockChanges(t *testing.T) {
	oslo, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	day := func(month time.Month, d, hour int) footage.Instant {
		return footage.At(time.Date(2026, month, d, hour, 0, 0, 0, time.UTC))
	}
	for _, c := range []struct {
		from, to footage.Instant
		want     int
	}{{day(10, 24, 0), day(10, 26, 0), 1}, {day(10, 25, 0), day(10, 25, 1), 0}, {day(10, 25, 1), day(10, 25, 2), 0}, {day(1, 1, 0), day(12, 1, 0), 2}} {
		if got := clockChanges(footage.Span{From: c.from, To: c.to}, oslo); len(got) != c.want {
			t.Errorf("%s to %s: %v", c.from, c.to, got)
		}
	}
	if got := clockChanges(footage.Span{From: day(1, 1, 0), To: day(2, 1, 0)}, time.UTC); len(got) != 0 {
		t.Error(got)
	}
}

var clockFacts = Clock{Guarded: true, Sources: []string{"kernel", "store"}, Status: holds.ClockStatus{Opinions: []holds.Opinion{{Source: "kernel", Agrees: true}, {Source: "store", Fault: "no answer"}}}}
