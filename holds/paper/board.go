package paper

import (
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// Colour is red, green and blue, 0 to 255.
type Colour [3]int

// Style is a font of the three that there are.
type Style string

// The styles.
const (
	Plain Style = ""
	Bold  Style = "B"
	Mono  Style = "M"
)

// CapHeight is how high a capital letter is, as a share of the font's size.
const CapHeight = 0.729

// Point is a place on a board, in mm from its top left corner.
type Point struct{ X, Y float64 }

// Board is one page of any size on which everything is put by hand: signs and posters.
// The invariants of a Document hold for it, too, but for the page's number.
type Board struct{ sheet }

// NewBoard returns an empty board of so many mm. Made stands in the file.
func NewBoard(wide, high float64, title, author, language string, made time.Time) *Board {
	pdf := fpdf.NewCustom(&fpdf.InitType{OrientationStr: "P", UnitStr: "mm", Size: fpdf.SizeType{Wd: wide, Ht: high}})
	open(pdf, title, author, language, made)
	pdf.AddPage()
	return &Board{sheet{pdf: pdf}}
}

// Box fills a rectangle whose corners are rounded by r.
func (b *Board) Box(c Colour, x, y, w, h, r float64) {
	b.pdf.SetFillColor(c[0], c[1], c[2])
	if r == 0 {
		b.pdf.Rect(x, y, w, h, "F")
		return
	}
	b.pdf.RoundedRect(x, y, w, h, r, "1234", "F")
}

// Shape fills a polygon.
func (b *Board) Shape(c Colour, corners ...Point) {
	b.pdf.SetFillColor(c[0], c[1], c[2])
	points := make([]fpdf.PointType, len(corners))
	for i, p := range corners {
		points[i] = fpdf.PointType(p)
	}
	b.pdf.Polygon(points, "F")
}

// Disc fills a circle.
func (b *Board) Disc(c Colour, x, y, r float64) {
	b.pdf.SetFillColor(c[0], c[1], c[2])
	b.pdf.Circle(x, y, r, "F")
}

// Wide is how many mm a line of text takes; size is the font's, in mm.
func (b *Board) Wide(s Style, size float64, text string) float64 {
	b.font(string(s), size/mmPerPoint)
	return b.pdf.GetStringWidth(b.known(text))
}

// Line writes a line of text from x, with its base line at y.
func (b *Board) Line(c Colour, s Style, size float64, text string, x, y float64) {
	b.pdf.SetTextColor(c[0], c[1], c[2])
	b.font(string(s), size/mmPerPoint)
	b.pdf.Text(x, y, b.known(text))
}

// Wrap breaks a text into lines of at most so many mm.
func (b *Board) Wrap(s Style, size float64, text string, wide float64) []string {
	return b.wrap(string(s), size/mmPerPoint, text, wide)
}

// PDF returns the board as a PDF file of one page.
func (b *Board) PDF() ([]byte, error) {
	return output(b.pdf)
}
