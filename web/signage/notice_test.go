package signage

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// published are the files of the notice, by name.
func published(t testing.TB, all []Text) map[string]string {
	t.Helper()
	file, err := Publish(all)
	must(t, file, err)
	again, err := Publish(all)
	if err != nil || !bytes.Equal(file, again) {
		t.Errorf("the notice has other bytes the second time (%v)", err)
	}
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	must(t, z, err)
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		must(t, r, err)
		content, err := io.ReadAll(r)
		files[f.Name] = string(must(t, content, err))
	}
	return files
}

func TestR121R122R146PublishedNotice(t *testing.T) {
	v := newVenue(t)
	v.observe(func(l *Live) { l.Facts.Site, l.Facts.Officer = "Scene <b>& Sal", "ombud@example.no" })
	v.now = v.now.Add(24 * time.Hour)
	v.observe(func(l *Live) { l.Facts.KeepS = 5 * 24 * 3600 })
	files := published(t, v.snapshot().Texts)
	for _, name := range []string{"index.html", "en.html", "1/index.html", "2/en.html", "3/index.html", "3/kameraovervaking.pdf", "2/camera-surveillance.pdf"} {
		if files[name] == "" {
			t.Errorf("there is no %s", name)
		}
	}
	says := func(name string, words ...string) {
		t.Helper()
		for _, w := range words {
			if !strings.Contains(files[name], w) {
				t.Errorf("%s does not say %q", name, w)
			}
		}
	}
	says("index.html", "senest 5 dager", "Versjon 3. Sist oppdatert 5. juli 2026. Gjelder fra 5. juli 2026.", `href="1/index.html"`, `href="3/kameraovervaking.pdf"`)
	says("2/index.html", "senest 7 dager", "Gjelder fra 4. juli 2026 til 5. juli 2026", "gjelder ikke lenger", `href="../3/index.html"`, "Scene &lt;b&gt;&amp; Sal", "ombud@example.no")
	// All that article 13 asks for, in both languages.
	says("2/index.html", "org.nr. 123 456 785", "personvern@example.no", "artikkel 6 nr. 1 bokstav f", "forebygge farlige situasjoner", "inngang: 2 kameraer", "Lyd tas ikke opp", "inntil 30 dager",
		"politiet", "innsyn", "protestere", "slettes", "begrenses", "Datatilsynet", "klokkeslett, hvor du var, og hvordan du var kledd", "automatiske avgjørelser")
	says("2/en.html", "org. no. 123 456 785", "Article 6(1)(f)", "prevent dangerous situations", "up to 30 days", "the police", "access", "object", "erased", "restricted", "complain", "what you wore", "automated decision")
	link := regexp.MustCompile(`(?:href|src)="([^"]*)"`)
	for name, file := range files {
		if !strings.HasSuffix(name, ".html") {
			continue
		}
		for _, bad := range []string{"<script", "http://", "https://", "cookie", "<img", "<link", "@import", "url("} {
			if strings.Contains(file, bad) {
				t.Errorf("%s has %q", name, bad)
			}
		}
		for _, m := range link.FindAllStringSubmatch(file, -1) {
			if files[filepath.Join(filepath.Dir(name), m[1])] == "" {
				t.Errorf("%s links to %s, which is not there", name, m[1])
			}
		}
	}
	folder := t.TempDir()
	if kept := os.Getenv("SIGNS"); kept != "" {
		folder = kept
	}
	for name, file := range files {
		path := filepath.Join(folder, strings.ReplaceAll(name, "/", "-"))
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "3/kameraovervaking.pdf") {
			if said := tool(t, "poppler-utils", "pdftotext", path, "-"); !strings.Contains(said, "senest 5 dager") || !strings.Contains(said, "Versjon 3") {
				t.Errorf("on paper it says %s", said)
			}
		}
	}
}

// A browser applies the page's own style, and nothing else is let in.
func TestR147NoticeLooksAsItShould(t *testing.T) {
	v := newVenue(t)
	folder := t.TempDir()
	page, err := HTML(v.snapshot().Texts, 1, Norwegian)
	must(t, page, err)
	path := filepath.Join(folder, "index.html")
	if err := os.WriteFile(path, page, 0o600); err != nil {
		t.Fatal(err)
	}
	picture := filepath.Join(folder, "page.png")
	if kept := os.Getenv("SIGNS"); kept != "" {
		picture = filepath.Join(kept, "page.png")
	}
	dom := tool(t, "chromium", "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--user-data-dir="+filepath.Join(folder, "profile"), "--window-size=500,1400", "--screenshot="+picture, "file://"+path)
	if info, err := os.Stat(picture); err != nil || info.Size() < 20_000 {
		t.Errorf("no picture of the page: %v %s", err, dom)
	}
}

func TestR119LengthsOfTime(t *testing.T) {
	for d, want := range map[time.Duration][2]string{
		168 * time.Hour: {"7 dager", "7 days"}, 24 * time.Hour: {"1 dag", "1 day"}, 36 * time.Hour: {"36 timer", "36 hours"}, 90 * time.Second: {"90 sekunder", "90 seconds"}, time.Minute: {"1 minutt", "1 minute"},
	} {
		if got := []string{Norwegian.last(d), English.last(d)}; !slices.Equal(got, want[:]) {
			t.Errorf("%s is %q, want %q", d, got, want)
		}
	}
}
