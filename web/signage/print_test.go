package signage

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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

// northern stands for what an operator has had written in Northern Sámi: its letters, and
// as many of them. It is no text that may hang anywhere.
var northern = Lines{
	Title: "Čájánas guovlu", Controller: "Ovddasvástideaddji: {controller}", Purpose: "Ulbmil: đŋŧž " + strings.Repeat("šiljju ", 12) + "(GDPR art. 6 (1) f)",
	Recording: "Báddádus: juo. Jietna: ii. {keep} beaivvi; {hold} beaivvi", Recipient: "Vuostáiváldi: politiija", Rights: "Rievttit: " + strings.Repeat("áššáskuhtton ", 9),
	Contact: "Oktavuohta: {contact}", Officer: "Áittardeaddji: {officer}",
}

// A sign in four languages reads as it should on every size, and is compared with the
// configuration in those that it has.
func TestR119FurtherLanguages(t *testing.T) {
	v, hoved, _ := announced(t)
	hoved.Languages = []Language{Sami, Nynorsk}
	_, err := v.PutSign(hoved, by)
	refuses(t, err, ErrInvalid, "Northern Sámi")
	hoved.AreaSE, hoved.AreaNN = "uksa ja ráidu", "inngang og kø, ikkje salen"
	_, err = v.PutSign(hoved, by)
	refuses(t, err, ErrRefused, "signage.texts.se")
	words := func(l *Live) {
		n := northern
		l.Facts.Sami, l.Facts.Nynorsk = &n, []string{"Førebyggje farlege situasjonar", "Førebyggje tjuveri", "Vareta tryggleiken"}
	}
	v.observe(words)
	for _, languages := range [][]Language{{"sv"}, {Nynorsk, Nynorsk}} {
		g := hoved
		g.Languages = languages
		_, err = v.PutSign(g, by)
		refuses(t, err, ErrInvalid, "further language")
	}
	hoved.Text = 0
	hoved, err = v.PutSign(hoved, by)
	must(t, hoved, err)
	v.inspect(hoved.Number)
	standing := func() Standing { return v.cover("k01-inngang").Entrances[0].Signs[0] }
	if st := standing(); !st.Valid {
		t.Fatalf("%+v", st)
	}
	text := v.snapshot().Texts[1]
	for n, languages := range [][]Language{{Nynorsk}, {Sami}, {Nynorsk, Sami}} {
		for _, size := range Sizes {
			g := hoved
			g.Size, g.Languages = size, languages
			file, err := Print(g, text)
			if size == A5 && len(languages) == 2 {
				refuses(t, err, ErrRefused, "too long")
				continue
			}
			must(t, file, err)
			folder := t.TempDir()
			if kept := os.Getenv("SIGNS"); kept != "" {
				folder = kept
			}
			path := filepath.Join(folder, "further-"+string(size)+string(rune('0'+n)))
			if err := os.WriteFile(path+".pdf", file, 0o600); err != nil {
				t.Fatal(err)
			}
			said := strings.Join(strings.Fields(tool(t, "poppler-utils", "pdftotext", "-raw", path+".pdf", "-")), " ")
			for l, words := range map[Language][]string{
				Norwegian: {"Behandlingsansvarlig: Eksempel Arena AS"}, English: {"Controller: Eksempel Arena AS"},
				Nynorsk: {"Kameraovervaka område: inngang og kø, ikkje salen", "Føremål: førebyggje farlege situasjonar, førebyggje tjuveri og vareta tryggleiken", "seinast etter 7 dagar; inntil 30 dagar"},
				Sami:    {"Čájánas guovlu: uksa ja ráidu", "Ovddasvástideaddji: Eksempel Arena AS, org.nr. 123 456 785", "đŋŧž", "7 beaivvi; 30 beaivvi", "Oktavuohta: personvern@example.no"},
			} {
				for _, w := range words {
					if has := slices.Contains(append(slices.Clone(languages), Languages...), l); strings.Contains(said, w) != has {
						t.Errorf("%s %v: %q is said: %v\n%s", size, languages, w, !has, said)
					}
				}
			}
			if size == A5 && n == 0 { // the others have it in the same place
				tool(t, "poppler-utils", "pdftoppm", "-r", "100", "-png", "-singlefile", path+".pdf", path)
				if got := strings.TrimSpace(tool(t, "zbar-tools", "zbarimg", "--quiet", "--raw", path+".png")); got != text.Link() {
					t.Errorf("%s: the QR code says %q", size, got)
				}
			}
		}
	}
	for what, change := range map[string]func(*Live){
		"nn": func(l *Live) { words(l); l.Facts.Nynorsk[0] = "Førebyggje slagsmål" },
		"se": func(l *Live) { words(l); l.Facts.Sami.Rights = "Rievttit: čuoldit" },
	} {
		v.observe(change)
		if st := standing(); st.Valid || !slices.Equal(st.Differs, []string{what}) {
			t.Errorf("%s: %+v", what, st)
		}
		if st := v.cover("k01-inngang").Entrances[1].Signs[0]; !st.Valid {
			t.Errorf("%s: a sign without that language: %+v", what, st)
		}
	}
	v.observe(func(l *Live) { words(l); l.Facts.Sami = nil })
	if st := standing(); !slices.Equal(st.Differs, []string{"se"}) {
		t.Errorf("the words are gone: %+v", st)
	}
	v.observe(func(l *Live) { words(l); l.Facts.KeepS = 90 * 3600 })
	texts := v.snapshot().Texts
	_, err = Print(hoved, texts[len(texts)-1])
	refuses(t, err, ErrRefused, "number of days")
}
