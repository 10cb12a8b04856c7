package paper

import (
	_ "embed"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// DejaVu has every letter of the European languages. Only those that a document uses
// go into it.
var (
	//go:embed fonts/DejaVuSansCondensed.ttf
	regular []byte
	//go:embed fonts/DejaVuSansCondensed-Bold.ttf
	bold []byte
	//go:embed fonts/DejaVuSansMono.ttf
	mono []byte
)

// Font is the font of the text, DejaVu Sans Condensed, as TrueType.
func Font() []byte { return regular }

// Document is the pages of one document, built from the top.
type Document struct {
	Title    string // also that of the file
	Author   string
	Language string    // as in "nb" or "en"
	Made     time.Time // stands in the file
	Foot     string    // at the left of the foot of every page
	// Page writes which page of how many one is, as in "page 1 of 3".
	Page func(n, of int) string

	parts []func(*sheet)
}

// Column is a column of a table.
type Column struct {
	Head  string
	Width float64 // its share of the page's width
	Right bool    // for numbers
}

// Measures, in mm and points.
const (
	width, height = 210.0, 297.0 // A4
	side          = 20.0
	top, bottom   = 18.0, 22.0
	inner         = width - 2*side
	textSize      = 9.5
	smallSize     = 8.0
	footSize      = 7.5
	lead          = 1.4 // lines a font's height
	mmPerPoint    = 25.4 / 72
)

// Heading begins a section.
func (d *Document) Heading(text string) {
	d.parts = append(d.parts, func(s *sheet) {
		s.room(22) // a heading alone at the foot of a page belongs to the next
		s.y += 4
		s.write("B", 12, text, side, inner)
		s.y += 1
	})
}

// Text is a paragraph.
func (d *Document) Text(text string) {
	d.parts = append(d.parts, func(s *sheet) {
		s.write("", textSize, text, side, inner)
		s.y += 1.8
	})
}

// Small is a paragraph in small print.
func (d *Document) Small(text string) {
	d.parts = append(d.parts, func(s *sheet) {
		s.write("", smallSize, text, side, inner)
		s.y += 1.2
	})
}

// Code is text as machines have it, each line of its own. A short one is not torn.
func (d *Document) Code(text string) {
	d.parts = append(d.parts, func(s *sheet) {
		high := 0.0
		for line := range strings.Lines(text) {
			high += float64(len(s.wrap("M", 7, line, inner))) * 7 * mmPerPoint * lead
		}
		if high < 60 {
			s.room(high)
		}
		for line := range strings.Lines(text) {
			s.write("M", 7, strings.TrimRight(line, "\n"), side, inner)
		}
		s.y += 1.8
	})
}

// Facts are names and what they are, one under the other.
func (d *Document) Facts(facts ...[2]string) {
	d.parts = append(d.parts, func(s *sheet) {
		const first = 48
		for _, f := range facts {
			lines := s.wrap("", textSize, f[1], inner-first)
			s.room(float64(len(lines)) * textSize * mmPerPoint * lead)
			y := s.y
			s.write("B", textSize, f[0], side, first-2)
			after := s.y
			s.y = y
			s.write("", textSize, f[1], side+first, inner-first)
			s.y = max(s.y, after)
		}
		s.y += 1.8
	})
}

// Table is rows under a head, which stands on every page that the table reaches. A row
// is never torn. The rows may be as many as they are.
func (d *Document) Table(columns []Column, rows [][]string) {
	d.parts = append(d.parts, func(s *sheet) {
		sum := 0.0
		for _, c := range columns {
			sum += c.Width
		}
		const pad = 1.2
		draw := func(style string, cells []string) {
			y, tallest := s.y, s.y
			x := side
			for i, c := range columns {
				w := c.Width / sum * inner
				s.y = y + 0.9
				for _, line := range s.wrap(style, smallSize, cells[i], w-2*pad) {
					s.line(style, smallSize, line, x+pad, w-2*pad, c.Right)
				}
				tallest = max(tallest, s.y)
				x += w
			}
			s.y = tallest + 0.9
			s.pdf.SetDrawColor(190, 190, 190)
			s.pdf.SetLineWidth(0.15)
			s.pdf.Line(side, s.y, width-side, s.y)
		}
		tall := func(style string, cells []string) float64 {
			lines := 1
			for i, c := range columns {
				lines = max(lines, len(s.wrap(style, smallSize, cells[i], c.Width/sum*inner-2*pad)))
			}
			return float64(lines)*smallSize*mmPerPoint*lead + 1.8
		}
		heads := make([]string, len(columns))
		for i, c := range columns {
			heads[i] = c.Head
		}
		head := func() {
			s.pdf.SetFillColor(235, 238, 242)
			s.pdf.Rect(side, s.y, inner, tall("B", heads), "F")
			draw("B", heads)
		}
		if len(rows) > 0 {
			s.room(tall("B", heads) + tall("", rows[0]))
		}
		head()
		for _, row := range rows {
			if s.room(tall("", row)) {
				head()
			}
			draw("", row)
		}
		s.y += 3
	})
}

// PDF returns the document as a PDF file.
func (d *Document) PDF() ([]byte, error) {
	pdf := fpdf.New("P", "mm", "A4", "")
	open(pdf, d.Title, d.Author, d.Language, d.Made)
	s := &sheet{pdf: pdf, document: d}
	s.page()
	s.write("B", 18, d.Title, side, inner)
	s.y += 3
	for _, part := range d.parts {
		part(s)
	}
	s.number()
	return output(pdf)
}

// number numbers the pages, now that it is known how many there are.
func (s *sheet) number() {
	of := s.pdf.PageNo()
	for n := 1; n <= of; n++ {
		s.pdf.SetPage(n)
		s.pdf.SetFont("text", "B", footSize) // the page's last font is not known: this is another than the next
		s.y = height - bottom + 7
		s.line("", footSize, s.document.Page(n, of), width-side-35, 35, true)
	}
}

// open gives a file what is common to all.
func open(pdf *fpdf.Fpdf, title, author, language string, made time.Time) {
	pdf.SetCatalogSort(true)
	pdf.SetCreationDate(made.UTC())
	pdf.SetModificationDate(made.UTC())
	pdf.SetTitle(title, true)
	pdf.SetAuthor(author, true)
	pdf.SetProducer(producer, true)
	archive(pdf, title, author, language, made)
	pdf.SetLang(language)
	pdf.SetAutoPageBreak(false, 0)
	pdf.AddUTF8FontFromBytes("text", "", regular)
	pdf.AddUTF8FontFromBytes("text", "B", bold)
}

// sheet is the page that is being drawn.
type sheet struct {
	pdf      *fpdf.Fpdf
	document *Document
	mono     bool // the font is in the file
	y        float64
}

func (s *sheet) page() {
	s.pdf.AddPage()
	s.y = height - bottom + 7
	s.pdf.SetDrawColor(190, 190, 190)
	s.pdf.SetLineWidth(0.15)
	s.pdf.Line(side, s.y-2, width-side, s.y-2)
	for _, line := range s.wrap("", footSize, s.document.Foot, inner-35)[:1] {
		s.line("", footSize, line, side, inner-35, false)
	}
	s.y = top
}

// room begins a page, and says so, unless so many mm are left on this one.
func (s *sheet) room(mm float64) bool {
	if s.y+mm <= height-bottom || s.y == top {
		return false
	}
	s.page()
	return true
}

func (s *sheet) font(style string, size float64) {
	if style == "M" {
		if !s.mono { // few have it, and reading a font takes milliseconds
			s.pdf.AddUTF8FontFromBytes("mono", "", mono)
			s.mono = true
		}
		s.pdf.SetFont("mono", "", size)
		return
	}
	s.pdf.SetFont("text", style, size)
}

// write writes text in as many lines as it takes.
func (s *sheet) write(style string, size float64, text string, x, w float64) {
	for _, line := range s.wrap(style, size, text, w) {
		s.room(size * mmPerPoint * lead)
		s.line(style, size, line, x, w, false)
	}
}

func (s *sheet) line(style string, size float64, text string, x, w float64, right bool) {
	s.font(style, size)
	high := size * mmPerPoint * lead
	if right {
		x += w - s.pdf.GetStringWidth(text)
	}
	s.pdf.Text(x, s.y+high*0.75, text)
	s.y += high
}

// wrap breaks text into lines of at most w mm, in words where it can.
func (s *sheet) wrap(style string, size float64, text string, w float64) (lines []string) {
	s.font(style, size)
	text = s.known(text)
	for paragraph := range strings.SplitSeq(text, "\n") {
		line := ""
		for _, word := range strings.Fields(paragraph) {
			if try := strings.TrimSpace(line + " " + word); s.pdf.GetStringWidth(try) <= w {
				line = try
				continue
			}
			if line != "" {
				lines = append(lines, line)
			}
			for line = word; s.pdf.GetStringWidth(line) > w; { // a word longer than a line
				runes := []rune(line)
				n := len(runes) - 1
				for n > 1 && s.pdf.GetStringWidth(string(runes[:n])) > w {
					n--
				}
				lines, line = append(lines, string(runes[:n])), string(runes[n:])
				if n == 0 || len(runes) == 1 {
					break
				}
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// known puts U+FFFD in the place of what the fonts lack. They have their own sign for
// that, an empty box, which the reader cannot tell from a printer's fault.
func (s *sheet) known(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r < ' ' || r == 0x7f:
			return ' '
		case r > 0xffff || !drawn(r):
			return '\uFFFD'
		}
		return r
	}, text)
}

// drawn reports whether DejaVu draws r: Latin, Greek, Cyrillic, punctuation, arrows and
// signs. It draws others as well, which need a shaping that is not done here.
func drawn(r rune) bool {
	for _, block := range [][2]rune{{' ', '~'}, {0xa0, 0x24f}, {0x2b0, 0x2ff}, {0x370, 0x373}, {0x384, 0x3ce}, {0x400, 0x45f}, {0x1e00, 0x1eff}, {0x2010, 0x2027}, {0x2030, 0x205e}, {0x20ac, 0x20ac}, {0x2190, 0x21ff}, {0x2200, 0x22ff}, {0xfffd, 0xfffd}} {
		if r >= block[0] && r <= block[1] {
			return true
		}
	}
	return false
}
