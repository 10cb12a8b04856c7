package signage

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/sjudager/sjudager/holds/paper"
)

// A sign is drawn as on A4 and scaled. Its main line can be read from 200 times the
// height of its capitals: 2.7 m for A4, 3.8 m for A3. The QR code's side is at least
// 30 mm on every size: a telephone reads it from ten times that.
const (
	wideA4    = 210.0
	qrSide    = 44.0
	leastText = 2.0 // mm, the size of the smallest text on any paper
)

// papers are width and height in mm.
var papers = map[Size][2]float64{A3: {297, 420}, A4: {210, 297}, A5: {148, 210}}

// The colours of camera signs (DIN 33450): white on RAL 5002, ultramarine.
var (
	blue  = paper.Colour{0, 56, 123}
	white = paper.Colour{255, 255, 255}
	ink   = paper.Colour{20, 20, 24}
	grey  = paper.Colour{90, 94, 102}
	rule  = paper.Colour{200, 204, 210}
)

// Link is where the notice of a text version is published: what the QR code says.
func (t Text) Link() string {
	if t.Facts.Notice == "" {
		return ""
	}
	return fmt.Sprintf("%s/%d/", t.Facts.Notice, t.Number)
}

// fact is a line of a sign: what, and what it is.
type fact struct{ label, text string }

// facts are what a sign says below its heading, in the order of the law's weight.
func (l Language) facts(f Facts) []fact {
	all := []fact{
		{l.say("Behandlingsansvarlig:", "Controller:"), l.controller(f)},
		{l.say("Formål:", "Purpose:"), l.say("%s (berettiget interesse, GDPR art. 6 (1) f)", "%s (legitimate interest, GDPR art. 6 (1) f)", l.purposes(f))},
		{l.say("Opptak: %s. Lyd: %s.", "Recording: %s. Audio: %s.", l.yes(f.Recording), l.yes(f.Audio)), upper(l.storage(f))},
		{l.say("Mottaker:", "Recipient:"), l.say("politiet, ved straffbare handlinger og ulykker", "the police, after offences and accidents")},
		{l.say("Rettigheter:", "Your rights:"), l.say("Du kan kreve innsyn, protestere, kreve sletting eller begrensning, og klage til Datatilsynet",
			"You can ask for access, object, ask for erasure or restriction, and complain to Datatilsynet (the Data Protection Authority)")},
		{l.say("Kontakt:", "Contact:"), f.Contact},
	}
	if f.Officer != "" {
		all = append(all, fact{l.say("Personvernombud:", "Data protection officer:"), f.Officer})
	}
	return all
}

// blocks are what stands on the white of a sign, language by language: bokmål, English,
// and those that the sign has besides.
func (g Sign) blocks(f Facts) [][]fact {
	all := [][]fact{Norwegian.facts(f), English.facts(f)}
	for _, l := range Further {
		switch {
		case !slices.Contains(g.Languages, l):
		case l == Nynorsk:
			all = append(all, nynorsk(f, cmp.Or(g.AreaNN, g.Area.Norwegian)))
		case l == Sami && f.Sami != nil:
			all = append(all, f.Sami.facts(f, g.AreaSE))
		}
	}
	return all
}

// Print draws a sign with a text version: a page of PDF, the same bytes each time.
func Print(g Sign, t Text) ([]byte, error) {
	if t.Link() == "" {
		return nil, refused("the notice is published nowhere, so the sign cannot say where to read more (R113): set signage.notice in the configuration")
	}
	if slices.Contains(g.Languages, Sami) {
		const day = 24 * 3600
		switch {
		case t.Facts.Sami == nil:
			return nil, refused("text version %d has no words in Northern Sámi", t.Number)
		case t.Facts.KeepS%day != 0 || t.Facts.HoldMaxS%day != 0:
			return nil, refused("a sign in Northern Sámi says how many days footage is kept, and %s is not a number of days", t.Facts.keep())
		}
	}
	code, err := paper.QR(t.Link())
	if err != nil {
		return nil, err
	}
	page := papers[g.Size]
	d := drawing{k: page[0] / wideA4}
	title := fmt.Sprintf("Skilt %s, versjon %d", g.Number, t.Number)
	d.Board = paper.NewBoard(page[0], page[1], title, t.Facts.Controller, string(Norwegian), t.Updated.Time())

	d.box(blue, 6, 6, 198, 285, 9)
	d.box(white, 9, 9, 192, 279, 7)
	d.box(blue, 10.6, 10.6, 188.8, 275.8, 5.8)
	blocks := g.blocks(t.Facts)
	top := 133.0 // of the white
	if len(blocks) > len(Languages) {
		top = 104 // a smaller head leaves room for more words
	}
	head := top / 133 // of what is drawn above
	d.camera(103, 42*head, head)
	size := d.fitting(paper.Bold, "Kameraovervåket", 176, 19*head)
	d.centred(white, paper.Bold, size, "Kameraovervåket", 85*head)
	d.centred(white, paper.Bold, size, "område", 85*head+size*1.02)
	area := upper(g.Area.Norwegian)
	d.centred(white, paper.Bold, d.fitting(paper.Bold, area, 176, 7.4*head), area, 117*head)
	area = "Camera surveillance: " + lower(g.Area.English)
	d.centred(white, paper.Plain, d.fitting(paper.Plain, area, 176, 6*head), area, 126.5*head)

	const left, wide, foot = 22.0, 166.0, 274.0
	d.box(white, 16, top, 178, 280-top, 4)
	text := d.fit(blocks, wide, foot-qrSide-top-11)
	if text*small*d.k < leastText {
		return nil, refused("the text is too long for %s: the smallest letters would be under %.1f mm", g.Size, leastText)
	}
	d.blocks(blocks, text, left, top+6, wide, true)

	// The foot: where to read more, and which sign this is.
	module := qrSide / float64(len(code))
	const right = left + wide - qrSide
	for row, black := range code {
		for from := 0; from < len(black); {
			to := from
			for ; to < len(black) && black[to]; to++ {
			}
			if to > from { // whole runs: no hairline between modules
				d.box(ink, right+float64(from)*module, foot-qrSide+float64(row)*module, float64(to-from)*module, module*1.02, 0)
			}
			from = to + 1
		}
	}
	const beside = wide - qrSide - 8
	y := foot - qrSide + 5.2
	line := func(c paper.Colour, s paper.Style, size float64, text string) {
		size = d.fitting(s, text, beside, size)
		d.line(c, s, size, text, left, y)
		y += size * 1.35
	}
	line(ink, paper.Bold, 6, "Les mer · Read more")
	line(ink, paper.Plain, 5, strings.TrimPrefix(strings.TrimPrefix(t.Link(), "https://"), "http://"))
	line(grey, paper.Plain, 4, "Papirutgave i resepsjonen")
	line(grey, paper.Plain, 4, "A paper copy is at the reception")
	y = foot - 5.4
	line(ink, paper.Bold, 4.6, fmt.Sprintf("Skilt %s, versjon %d", g.Number, t.Number))
	line(grey, paper.Plain, 4, Norwegian.date(t.Effective, t.Facts.Zone))
	return d.PDF()
}

// small is the size of the text in other languages, of the Norwegian's.
const small = 0.82

// drawing is a board in the measures of A4.
type drawing struct {
	*paper.Board
	k float64
}

func (d drawing) box(c paper.Colour, x, y, w, h, r float64) {
	d.Box(c, x*d.k, y*d.k, w*d.k, h*d.k, r*d.k)
}

func (d drawing) line(c paper.Colour, s paper.Style, size float64, text string, x, y float64) {
	d.Line(c, s, size*d.k, text, x*d.k, y*d.k)
}

func (d drawing) wide(s paper.Style, size float64, text string) float64 {
	return d.Wide(s, size*d.k, text) / d.k
}

func (d drawing) centred(c paper.Colour, s paper.Style, size float64, text string, y float64) {
	d.line(c, s, size, text, (wideA4-d.wide(s, size, text))/2, y)
}

// fitting is size, or what makes the text at most so wide.
func (d drawing) fitting(s paper.Style, text string, wide, size float64) float64 {
	return size * min(1, wide/d.wide(s, size, text))
}

// fit is the largest size with which the blocks are at most so high.
func (d drawing) fit(blocks [][]fact, wide, high float64) float64 {
	for size := 5.2; ; size -= 0.05 {
		if d.blocks(blocks, size, 0, 0, wide, false) <= high || size < 1 {
			return size
		}
	}
}

// blocks writes blocks below each other, with a rule between them, and returns where they
// end. It only measures unless it is to draw.
func (d drawing) blocks(blocks [][]fact, size, x, y, wide float64, draw bool) float64 {
	for i, facts := range blocks {
		if i > 0 {
			if draw {
				d.box(rule, x, y+0.4, wide, 0.35, 0)
			}
			y += 2.6
		}
		y = d.facts(facts, size, x, y, wide, draw)
		if i == 0 {
			size *= small
		}
	}
	return y
}

// facts writes the facts from y on and returns where they end; a label in bold, and what
// it is after it.
func (d drawing) facts(facts []fact, size, x, y, wide float64, draw bool) float64 {
	space := d.wide(paper.Plain, size, "n n") - d.wide(paper.Plain, size, "nn")
	for _, fact := range facts {
		at := 0.0
		y += size
		write := func(s paper.Style, text string) {
			for word := range strings.FieldsSeq(text) {
				for _, part := range d.Wrap(s, size*d.k, word, wide*d.k) { // one, but for endless words
					w := d.wide(s, size, part)
					if at > 0 && at+w > wide {
						at, y = 0, y+size*1.2
					}
					if draw {
						d.line(ink, s, size, part, x+at, y)
					}
					at += w + space
				}
			}
		}
		write(paper.Bold, fact.label)
		write(paper.Plain, fact.text)
		y += size * 0.5
	}
	return y
}

// camera draws the pictogram, a camera on its bracket that looks down to the left, about
// a point and of a size. It is a drawing of our own.
func (d drawing) camera(x, y, size float64) {
	x, y, d.k = x/size, y/size, d.k*size
	const tilt = -18 * math.Pi / 180
	sin, cos := math.Sincos(tilt)
	turned := func(c paper.Colour, corners ...paper.Point) {
		for i, p := range corners {
			corners[i] = paper.Point{X: (x + p.X*cos - p.Y*sin) * d.k, Y: (y - 4 + p.X*sin + p.Y*cos) * d.k}
		}
		d.Shape(c, corners...)
	}
	bar := func(x1, y1, x2, y2, thick float64) {
		long := math.Hypot(x2-x1, y2-y1)
		u, v := (x2-x1)/long*thick/2, (y2-y1)/long*thick/2
		var corners []paper.Point
		for _, p := range [][2]float64{{x1 - v, y1 + u}, {x2 - v, y2 + u}, {x2 + v, y2 - u}, {x1 + v, y1 - u}} {
			corners = append(corners, paper.Point{X: p[0] * d.k, Y: p[1] * d.k})
		}
		d.Shape(white, corners...)
	}
	// The bracket, from the wall at the right.
	bar(x+39, y+3, x+39, y+23, 4.4)
	bar(x+38, y+13, x+19, y+13, 5.2)
	d.Disc(white, (x+17)*d.k, (y+13)*d.k, 4.4*d.k)
	bar(x+17, y+13, x+12, y+1, 5.2)
	// The camera: hood, body, lens.
	turned(white, paper.Point{X: -34, Y: -13.5}, paper.Point{X: 26, Y: -13.5}, paper.Point{X: 29, Y: -8.6}, paper.Point{X: -34, Y: -8.6})
	turned(white, paper.Point{X: -25, Y: -6.8}, paper.Point{X: 28, Y: -6.8}, paper.Point{X: 28, Y: 5.4}, paper.Point{X: 24, Y: 9.4}, paper.Point{X: -25, Y: 9.4})
	turned(white, paper.Point{X: -27, Y: -5.4}, paper.Point{X: -27, Y: 8}, paper.Point{X: -33, Y: 8}, paper.Point{X: -33, Y: -5.4})
}
