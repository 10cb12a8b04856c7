package paper

// Break begins a page.
func (d *Document) Break() {
	d.parts = append(d.parts, func(s *sheet) { s.page() })
}

// Squares draws a code of black and white squares, mm wide, with text beside it.
func (d *Document) Squares(black [][]bool, mm float64, text string) {
	d.parts = append(d.parts, func(s *sheet) {
		const gap = 5
		s.room(mm + 6)
		s.y += 4 // readers want white around it
		top := s.y
		step := mm / float64(len(black))
		s.pdf.SetFillColor(0, 0, 0)
		for y, row := range black {
			for x := 0; x < len(row); x++ {
				from := x
				for x < len(row) && row[x] {
					x++
				}
				if x > from { // a run is one rectangle, so that no printer leaves a line in it
					s.pdf.Rect(side+float64(from)*step, top+float64(y)*step, float64(x-from)*step, step*1.01, "F")
				}
			}
		}
		s.write("", smallSize, text, side+mm+gap, inner-mm-gap)
		s.y = max(s.y, top+mm) + 3
	})
}

// Blanks are lines to be filled in by hand, each with what it is for below it, two
// beside each other.
func (d *Document) Blanks(labels ...string) {
	d.parts = append(d.parts, func(s *sheet) {
		const high, between = 13.0, 8.0
		w := (inner - between) / 2
		for i := 0; i < len(labels); i += 2 {
			s.room(high)
			y := s.y + high - 5
			s.pdf.SetDrawColor(60, 60, 60)
			s.pdf.SetLineWidth(0.2)
			for j, label := range labels[i:min(i+2, len(labels))] {
				x := side + float64(j)*(w+between)
				s.pdf.Line(x, y, x+w, y)
				s.y = y + 0.5
				s.line("", 7, label, x, w, false)
			}
			s.y = y + 5
		}
		s.y += 2
	})
}

// Tick is a box to be ticked by hand, and what that says.
func (d *Document) Tick(text string) {
	d.parts = append(d.parts, func(s *sheet) {
		const box = 3.6
		lines := float64(len(s.wrap("", textSize, text, inner-8))) * textSize * mmPerPoint * lead
		s.room(lines)
		s.pdf.SetDrawColor(60, 60, 60)
		s.pdf.SetLineWidth(0.25)
		s.pdf.Rect(side, s.y+0.6, box, box, "D")
		s.write("", textSize, text, side+8, inner-8)
		s.y += 1.5
	})
}
