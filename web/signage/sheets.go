package signage

import (
	"slices"
	"strconv"
	"strings"
)

// sheetTable are the columns of camera sheets. The first names the camera, also one that
// has no sheet yet.
var sheetTable = []column[Sheet]{
	text("camera", func(s *Sheet) *string { return (*string)(&s.Camera) }),
	choice("kind", func(s *Sheet) *CameraKind { return &s.Kind }), // by default real
	text("position", func(s *Sheet) *string { return &s.Position }),
	count("height_cm", func(s *Sheet) *int { return &s.HeightCM }),
	{"direction_deg", func(s Sheet) string {
		if s.Direction == nil {
			return ""
		}
		return strconv.Itoa(*s.Direction)
	}, func(s *Sheet, cell string) error {
		if s.Direction = nil; cell == "" {
			return nil
		}
		n, err := number(cell, "direction_deg")
		s.Direction = &n
		return err
	}},
	count("field_of_view_deg", func(s *Sheet) *int { return &s.View }),
	count("px_per_m", func(s *Sheet) *int { return &s.Pixels }),
	text("make", func(s *Sheet) *string { return &s.Make }),
	text("model", func(s *Sheet) *string { return &s.Model }),
	text("firmware", func(s *Sheet) *string { return &s.Firmware }),
	text("serial", func(s *Sheet) *string { return &s.Serial }),
	text("mac", func(s *Sheet) *string { return &s.MAC }),
	text("masks", func(s *Sheet) *string { return &s.Masks }),
	{"purposes", func(s Sheet) string { return strings.Join(s.Purposes, "|") }, func(s *Sheet, cell string) error { // danger|theft
		s.Purposes = several(cell)
		slices.Sort(s.Purposes)
		return nil
	}},
}

// count is a column that is a number, of which 0 is empty.
func count[T any](name string, of func(*T) *int) column[T] {
	return column[T]{name, func(v T) string { return blank(*of(&v)) }, func(v *T, cell string) (err error) {
		*of(v), err = number(cell, name)
		return err
	}}
}

// SheetsCSV are all camera sheets as a table.
func (s Snapshot) SheetsCSV() ([]byte, error) { return table(sheetTable, s.Sheets) }
