package signage

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"strings"

	"github.com/sjudager/sjudager/holds/paper"
)

var (
	//go:embed notice.html
	noticeHTML string
	//go:embed notice.css
	noticeCSS string

	noticePage = template.Must(template.New("notice").Parse(noticeHTML))
	// styleHash lets the browser take the page's own style and no other.
	styleHash = func() string {
		sum := sha256.Sum256([]byte(noticeCSS))
		return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
	}()
)

// pageNames are the files of a version, and pdfNames those that people print (R121).
var (
	pageNames = map[Language]string{Norwegian: "index.html", English: "en.html"}
	pdfNames  = map[Language]string{Norwegian: "kameraovervaking.pdf", English: "camera-surveillance.pdf"}
)

// dates says when a text was worded and from when to when it was in force.
func (t Text) dates(l Language) string {
	zone := t.Facts.Zone
	s := l.say("Versjon %d. Sist oppdatert %s. Gjelder fra %s", "Version %d. Last updated %s. Effective from %s", t.Number, l.date(t.Updated, zone), l.date(t.Effective, zone))
	if t.Retired != 0 {
		s += l.say(" til %s", " to %s", l.date(t.Retired, zone))
	}
	return s + "."
}

type link struct{ Link, Words, Newest string }

// html writes the page of a version, with links to all versions from a folder that is
// up from that with the versions in it: "" or "../". pdf is where its own PDF is.
func (t Text) html(l Language, all []Text, up, own string) ([]byte, error) {
	newest := all[len(all)-1]
	other := English
	if l == English {
		other = Norwegian
	}
	page := struct {
		Lang, OtherLang          Language
		Other, OtherName, PDF    string
		StyleHash                string
		Style                    template.CSS
		Notice                   Notice
		Dates, InShort, Versions string
		Old                      *link
		All                      []link
	}{
		Lang: l, OtherLang: other, Other: pageNames[other], OtherName: other.say("Norsk", "English"), PDF: own + pdfNames[l],
		StyleHash: styleHash, Style: template.CSS(noticeCSS), Notice: t.In(l), Dates: t.dates(l),
		InShort: l.say("Kort sagt", "In short"), Versions: l.say("Alle versjoner", "All versions"),
	}
	at := func(v Text) string { return fmt.Sprintf("%s%d/%s", up, v.Number, pageNames[l]) }
	if t.Number != newest.Number {
		page.Old = &link{Link: at(newest), Words: l.say("Denne versjonen gjelder ikke lenger.", "This version is no longer in force."), Newest: l.say("Les den som gjelder nå.", "Read the one that is.")}
	}
	for i := len(all) - 1; i >= 0; i-- {
		page.All = append(page.All, link{Link: at(all[i]), Words: all[i].dates(l)})
	}
	var b bytes.Buffer
	if err := noticePage.Execute(&b, page); err != nil {
		return nil, fmt.Errorf("couldn't write the notice: %w", err)
	}
	return b.Bytes(), nil
}

// PDF prints a version of the notice, for the reception (R121).
func (t Text) PDF(l Language) ([]byte, error) {
	n := t.In(l)
	d := &paper.Document{
		Title: n.Title, Author: t.Facts.Controller, Language: string(l), Made: t.Updated.Time(),
		Foot: t.dates(l), Page: func(n, of int) string { return l.say("side %d av %d", "page %d of %d", n, of) },
	}
	d.Small(t.dates(l))
	d.Heading(l.say("Kort sagt", "In short"))
	d.Text(n.Short)
	for _, s := range n.Sections {
		d.Heading(s.Heading)
		for _, p := range s.Paragraphs {
			d.Text(p)
		}
	}
	if where := t.Link(); where != "" {
		d.Small(l.say("Denne versjonen og alle andre: %s", "This version and all others: %s", where))
	}
	return d.PDF()
}

// noticeFile is a file of the published notice.
type noticeFile struct {
	name    string // below the top: "index.html", "3/en.html"
	text    Text
	lang    Language
	content func() ([]byte, error)
}

// files are all those of the published notice: the newest at the top, and each version in
// the folder that the QR code of its signs opens. They are the same bytes each time.
func files(all []Text) (list []noticeFile, err error) {
	if len(all) == 0 {
		return nil, fmt.Errorf("%w: no configuration has been in force yet", ErrNotFound)
	}
	newest := all[len(all)-1]
	for _, l := range Languages {
		list = append(list, noticeFile{pageNames[l], newest, l, func() ([]byte, error) { return newest.html(l, all, "", fmt.Sprintf("%d/", newest.Number)) }})
		for _, t := range all {
			folder := fmt.Sprintf("%d/", t.Number)
			list = append(list,
				noticeFile{folder + pageNames[l], t, l, func() ([]byte, error) { return t.html(l, all, "../", "") }},
				noticeFile{folder + pdfNames[l], t, l, func() ([]byte, error) { return t.PDF(l) }})
		}
	}
	return list, nil
}

// Publish writes every version of the notice as a ZIP of files for a web server, as they
// are.
func Publish(all []Text) ([]byte, error) {
	list, err := files(all)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range list {
		content, err := f.content()
		if err != nil {
			return nil, err
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: f.text.Updated.Time()})
		if err == nil {
			_, err = w.Write(content)
		}
		if err != nil {
			return nil, fmt.Errorf("couldn't pack the notice: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("couldn't pack the notice: %w", err)
	}
	return out.Bytes(), nil
}

// HTML is the page of one version by itself, as Publish has it in its folder.
func HTML(all []Text, number int, l Language) ([]byte, error) {
	for _, t := range all {
		if t.Number == number {
			return t.html(l, all, "../", "")
		}
	}
	return nil, fmt.Errorf("%w: there is no version %d of the notice", ErrNotFound, number)
}

// Text is the notice in plain text.
func (n Notice) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%s\n", n.Title, n.Short)
	for _, s := range n.Sections {
		fmt.Fprintf(&b, "\n%s\n%s\n", s.Heading, strings.Join(s.Paragraphs, "\n"))
	}
	return b.String()
}
