package signage

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// tool runs a command that the tests need.
func tool(t testing.TB, install, name string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is missing: apt-get install %s", name, install)
	}
	var out, fault bytes.Buffer
	c := exec.Command(path, args...)
	c.Stdout, c.Stderr = &out, &fault
	if err := c.Run(); err != nil {
		t.Fatalf("%s: %v: %s", name, err, &fault)
	}
	return out.String()
}

// Every size, with the longest words that the configuration takes as well, reads as it
// should by a printer's eye, and its QR code by a scanner's.
func TestR119R120PrintedSign(t *testing.T) {
	v, hoved, _ := announced(t)
	long := func(l *Live) {
		l.Facts.Controller = strings.Repeat("Arena ", 16) + "AS"
		l.Facts.Contact, l.Facts.Officer = strings.Repeat("p", 60)+"@example.no", "ombud@example.no"
		l.Facts.Notice = "https://www.example.no/om-oss/personvern/kameraovervaking"
	}
	for n, change := range []func(*Live){func(*Live) {}, long} {
		v.observe(change)
		texts := v.snapshot().Texts
		text := texts[len(texts)-1]
		for _, size := range Sizes {
			hoved.Size = size
			file, err := Print(hoved, text)
			if n == 1 && size == A5 { // so much does not fit on so little
				refuses(t, err, ErrRefused, "too long")
				continue
			}
			must(t, file, err)
			again, err := Print(hoved, text)
			if err != nil || !bytes.Equal(file, again) {
				t.Errorf("%s has other bytes the second time (%v)", size, err)
			}
			folder := t.TempDir()
			if kept := os.Getenv("SIGNS"); kept != "" {
				folder = kept
			}
			path := filepath.Join(folder, string(size)+string(rune('0'+n)))
			if err := os.WriteFile(path+".pdf", file, 0o600); err != nil {
				t.Fatal(err)
			}
			want := map[Size]string{A3: "pts (A3)", A4: "pts (A4)", A5: "419.53 x 595.28"}[size]
			if info := tool(t, "poppler-utils", "pdfinfo", path+".pdf"); !strings.Contains(info, want) || !strings.Contains(info, "Pages:           1") {
				t.Errorf("%s is %s", size, info)
			}
			said := strings.Join(strings.Fields(tool(t, "poppler-utils", "pdftotext", "-raw", path+".pdf", "-")), " ")
			for _, words := range []string{
				"Kameraovervåket område Inngang og kø, ikke salen", "Camera surveillance: entrance and queue, not the hall",
				"Behandlingsansvarlig: " + Norwegian.controller(text.Facts),
				"Formål: forebygge farlige situasjoner, forebygge tyveri og ivareta sikkerheten (berettiget interesse, GDPR art. 6 (1) f)",
				"Opptak: ja. Lyd: nei. Slettes senest etter 7 dager; inntil 30 dager dersom opptaket sannsynligvis utleveres til politiet",
				"Recording: yes. Audio: no. Deleted after 7 days at the latest", "klage til Datatilsynet", "Kontakt: " + text.Facts.Contact,
				"Skilt S-001, versjon " + string(rune('1'+n)), "4. juli 2026",
			} {
				if !strings.Contains(said, words) {
					t.Errorf("%s does not say %q:\n%s", size, words, said)
				}
			}
			tool(t, "poppler-utils", "pdftoppm", "-r", "100", "-png", "-singlefile", path+".pdf", path)
			if got := strings.TrimSpace(tool(t, "zbar-tools", "zbarimg", "--quiet", "--raw", path+".png")); got != text.Link() {
				t.Errorf("%s: the QR code says %q, want %q", size, got, text.Link())
			}
		}
		if side := qrSide * papers[A5][0] / wideA4; side < 30 {
			t.Errorf("the QR code of A5 is %.1f mm", side)
		}
	}
}

func TestR113SignNeedsAPublishedNotice(t *testing.T) {
	v, hoved, _ := announced(t)
	v.observe(func(l *Live) { l.Facts.Notice = "" })
	_, err := Print(hoved, v.snapshot().Texts[1])
	refuses(t, err, ErrRefused, "signage.notice")
	v.observe(func(l *Live) {
		for range 40 {
			l.Facts.Purposes = append(l.Facts.Purposes, Words{strings.Repeat("og mer ", 12), strings.Repeat("and more ", 10)})
		}
	})
	hoved.Size = A5
	_, err = Print(hoved, v.snapshot().Texts[2])
	refuses(t, err, ErrRefused, "too long")
}
