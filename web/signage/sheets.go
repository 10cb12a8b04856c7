package signage

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// SheetColumns are the columns of a table of camera sheets. Purposes are separated by
// spaces.
var SheetColumns = []string{"camera", "kind", "position", "height_cm", "direction_deg", "field_of_view_deg", "px_per_m", "make", "model", "firmware", "serial", "mac", "masks", "purposes"}

// Row is a sheet as a line of a table.
func (s Sheet) Row() []string {
	known := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	direction := ""
	if s.Direction != nil {
		direction = strconv.Itoa(*s.Direction)
	}
	return []string{string(s.Camera), string(s.Kind), s.Position, known(s.HeightCM), direction, known(s.View), known(s.Pixels),
		s.Make, s.Model, s.Firmware, s.Serial, s.MAC, s.Masks, strings.Join(s.Purposes, " ")}
}

// set changes a sheet as a line of a table has it: what is not a column of it stays.
func (s *Sheet) set(l tableLine) error {
	texts := map[string]*string{"position": &s.Position, "make": &s.Make, "model": &s.Model, "firmware": &s.Firmware, "serial": &s.Serial, "mac": &s.MAC, "masks": &s.Masks, "kind": (*string)(&s.Kind)}
	numbers := map[string]*int{"height_cm": &s.HeightCM, "field_of_view_deg": &s.View, "px_per_m": &s.Pixels}
	for column, cell := range l.cells {
		if to, ok := texts[column]; ok {
			*to = cell
		}
		to, ok := numbers[column]
		if column == "direction_deg" {
			s.Direction = nil
			if cell != "" {
				to, ok = new(int), true
				s.Direction = to
			}
		}
		if !ok {
			continue
		}
		*to = 0
		if cell != "" {
			n, err := strconv.Atoi(cell)
			if err != nil {
				return invalid("%s: %q is not a whole number", column, cell)
			}
			*to = n
		}
	}
	if purposes, ok := l.cells["purposes"]; ok {
		s.Purposes = strings.Fields(purposes)
	}
	if s.Kind == "" {
		s.Kind = Real
	}
	return nil
}

// Imported is what the import of a table did, or would do.
type Imported struct {
	New     int  `json:"new"`     // lines that are not in the register
	Changed int  `json:"changed"` // and those that are, with other words
	Same    int  `json:"same"`    // of these no version is made
	DryRun  bool `json:"dry_run"`
}

// ImportSheets enters the camera sheets of a table, all of them or none: with a fault in
// any line, which the error names, nothing is changed. A dry run changes nothing at all.
func (s *Signs) ImportSheets(table string, dry bool, by string) (done Imported, err error) {
	lines, err := readTable(table, SheetColumns)
	if err != nil {
		return done, err
	}
	done.DryRun = dry
	err = s.change(func(tx *index.Tx, r *Register) error {
		var faults []error
		var seen []string
		for _, l := range lines {
			id := l.cells["camera"]
			sheet, known := r.Latest(tx.Now).SheetOf(footage.CameraID(id))
			before := sheet
			sheet.Camera = footage.CameraID(id)
			err := sheet.set(l)
			if err == nil {
				err = sheet.check(r.Latest(tx.Now).Live)
			}
			if err == nil && slices.Contains(seen, id) {
				err = invalid("the camera %s is in the table twice", id)
			}
			seen = append(seen, id)
			switch {
			case err != nil:
			case !known:
				done.New++
				_, err = r.putSheet(tx, sheet, by)
			case sheet.same(before):
				done.Same++
			default:
				done.Changed++
				_, err = r.putSheet(tx, sheet, by)
			}
			if err != nil {
				faults = append(faults, l.fault(err))
			}
		}
		if len(faults) > 0 {
			return fmt.Errorf("nothing was changed: %w", errors.Join(faults...))
		}
		if dry {
			return errDry
		}
		return nil
	})
	if errors.Is(err, errDry) {
		err = nil
	}
	return done, err
}
