package signage

import (
	"fmt"
	"net"
	"slices"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// CameraKind tells a camera from what only looks like one.
type CameraKind string

// The kinds. A dummy has a sheet and an assessment like any other camera (R52).
const (
	Real  CameraKind = "real"
	Dummy CameraKind = "dummy"
)

// PixelClass is what a picture of so many pixels a metre is good for (IEC 62676-4).
type PixelClass string

// pixelClasses begin at so many pixels a metre.
var pixelClasses = []struct {
	From  int
	Class PixelClass
}{{1500, "scrutinise"}, {500, "validate"}, {250, "characterise"}, {125, "perceive"}, {80, "discern"}, {40, "outline"}, {20, "overview"}}

// classOf is the class of so many pixels a metre; "" below the lowest, and of none.
func classOf(pixels int) PixelClass {
	for _, c := range pixelClasses {
		if pixels >= c.From {
			return c.Class
		}
	}
	return ""
}

// Sheet is one version of a camera's sheet (R92): what was so from the instant it was
// entered until the next version was. Empty texts and zeros are not known. The camera
// need not be in the configuration: one that is planned, or a dummy, has a sheet too.
type Sheet struct {
	Camera    footage.CameraID `cbor:"1,keyasint" json:"camera"`
	Version   int              `cbor:"2,keyasint" json:"version"`
	Kind      CameraKind       `cbor:"3,keyasint" json:"kind"`
	Position  string           `cbor:"4,keyasint" json:"position"`                          // where it hangs, to find it by
	HeightCM  int              `cbor:"5,keyasint" json:"height_cm"`                         // above the floor
	Direction *int             `cbor:"6,keyasint,omitempty" json:"direction_deg,omitempty"` // clockwise from north
	View      int              `cbor:"7,keyasint" json:"field_of_view_deg"`                 // across
	Pixels    int              `cbor:"8,keyasint" json:"px_per_m"`                          // at the target
	Class     PixelClass       `cbor:"9,keyasint" json:"px_class"`                          // that Pixels are, set when it is entered
	Make      string           `cbor:"10,keyasint" json:"make"`
	Model     string           `cbor:"11,keyasint" json:"model"`
	Firmware  string           `cbor:"12,keyasint" json:"firmware"`
	Serial    string           `cbor:"13,keyasint" json:"serial"`
	MAC       string           `cbor:"14,keyasint" json:"mac"`      // 00:11:22:33:44:55
	Masks     string           `cbor:"15,keyasint" json:"masks"`    // what the camera itself blackens, and since when (R44)
	Purposes  []string         `cbor:"16,keyasint" json:"purposes"` // codes of the configuration's; none: not decided
	Entered   holds.Act        `cbor:"17,keyasint" json:"entered"`
}

// check holds a sheet to the rules, and writes it in the one way.
func (s *Sheet) check(live Live) (err error) {
	if _, err := footage.ParseCameraID(string(s.Camera)); err != nil {
		return invalid("%v", err)
	}
	if s.Kind != Real && s.Kind != Dummy {
		return invalid("%q is not a kind of camera; there are real and dummy", s.Kind)
	}
	for _, t := range []struct {
		text *string
		what string
		most int
	}{
		{&s.Position, "the position", 200}, {&s.Make, "the make", 100}, {&s.Model, "the model", 100}, {&s.Firmware, "the firmware", 100},
		{&s.Serial, "the serial number", 100}, {&s.Masks, "the masks", 500},
	} {
		if *t.text, err = worded(*t.text, t.what, 0, t.most); err != nil {
			return err
		}
	}
	direction := 0
	if s.Direction != nil {
		direction = *s.Direction
	}
	for _, n := range []struct {
		what        string
		given, most int
	}{
		{"the height in cm", s.HeightCM, 10000}, {"the direction in degrees", direction, 359}, {"the field of view in degrees", s.View, 360}, {"the pixels a metre", s.Pixels, 20000},
	} {
		if n.given < 0 || n.given > n.most {
			return invalid("%s is 0 to %d, not %d", n.what, n.most, n.given)
		}
	}
	s.Class = classOf(s.Pixels)
	if s.MAC != "" {
		mac, err := net.ParseMAC(s.MAC)
		if err != nil || len(mac) != 6 {
			return invalid("%q is not a MAC address such as 00:11:22:33:44:55", s.MAC)
		}
		s.MAC = mac.String()
	}
	slices.Sort(s.Purposes)
	s.Purposes = append([]string{}, slices.Compact(s.Purposes)...)
	for _, p := range s.Purposes {
		if !slices.Contains(live.Purposes, p) {
			return refused("%q is not a purpose of these cameras; there are %s, and none is about how employees work (R61)", p, live.Purposes)
		}
	}
	return nil
}

func (s Sheet) version() (string, footage.Instant) { return string(s.Camera), s.Entered.At }

// SheetOf is a camera's sheet, and whether it has one.
func (s Snapshot) SheetOf(camera footage.CameraID) (Sheet, bool) {
	return latest(s.Sheets, func(sheet Sheet) bool { return sheet.Camera == camera })
}

// PutSheet enters a camera's sheet, or a further version of it.
func (s *Signs) PutSheet(sheet Sheet, by string) (Sheet, error) {
	err := s.change(func(tx *index.Tx, r *Register) (err error) {
		sheet, err = r.putSheet(tx, sheet, by)
		return err
	})
	return sheet, err
}

func (r *Register) putSheet(tx *index.Tx, sheet Sheet, by string) (Sheet, error) {
	now := r.Latest(tx.Now)
	if err := sheet.check(now.Live); err != nil {
		return sheet, err
	}
	sheet.Version, sheet.Entered = 1, holds.Act{By: by, At: tx.Now}
	if old, ok := now.SheetOf(sheet.Camera); ok {
		sheet.Version, sheet.Entered.At = old.Version+1, max(tx.Now, old.Entered.At+1)
	}
	r.Sheets = append(r.Sheets, sheet)
	if err := tx.Put(key(sheetKind, len(r.Sheets)), sheet); err != nil {
		return sheet, fmt.Errorf("couldn't write the sheet of %s: %w", sheet.Camera, err)
	}
	return sheet, note(tx, by, string(sheet.Camera), "sheet", "")
}
