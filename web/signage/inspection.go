package signage

import (
	"slices"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
)

// Occasion is why a sign was looked at.
type Occasion string

// The occasions.
const (
	Install  Occasion = "install"
	Doors    Occasion = "before-doors" // of an event (R118)
	Periodic Occasion = "periodic"
	Complain Occasion = "complaint"
)

// Occasions are all of them.
var Occasions = []Occasion{Install, Doors, Periodic, Complain}

// Check is one of the eight things to look at.
type Check string

// Checks are all of them, in the order in which one walks up to a sign (R117).
var Checks = []Check{"present", "before-view", "unobstructed", "lit", "readable", "right-version", "qr-opens", "right-language"}

// Inspection is somebody's look at a sign. Nothing is added to it afterwards but that its
// defect was mended.
type Inspection struct {
	Number   int             `cbor:"1,keyasint" json:"number"` // of all inspections, from 1
	Sign     string          `cbor:"2,keyasint" json:"sign"`
	Occasion Occasion        `cbor:"3,keyasint" json:"occasion"`
	Failed   []Check         `cbor:"4,keyasint" json:"failed"` // of the eight; the others passed
	Defect   string          `cbor:"5,keyasint" json:"defect"` // in words, where something failed
	Due      footage.Instant `cbor:"6,keyasint" json:"due"`    // when it is to be mended
	Done     holds.Act       `cbor:"7,keyasint" json:"done"`
	Closed   holds.Act       `cbor:"8,keyasint" json:"closed"`                      // mended; a further inspection tells whether it is
	Round    int             `cbor:"9,keyasint,omitempty" json:"round"`             // that it belongs to; 0: none
	Photos   []Picture       `cbor:"10,keyasint,omitempty" json:"photos,omitempty"` // at most MaxPhotos, with nobody in them (R124)
}

// MaxPhotos is how many photos an inspection has at most.
const MaxPhotos = 4

// Passed reports whether all eight checks were passed.
func (i Inspection) Passed() bool { return len(i.Failed) == 0 }

func (i *Inspection) check(now footage.Instant) (err error) {
	if !slices.Contains(Occasions, i.Occasion) {
		return invalid("%q is not an occasion; there are %s", i.Occasion, Occasions)
	}
	for n, c := range i.Failed {
		if !slices.Contains(Checks, c) || slices.Contains(i.Failed[:n], c) {
			return invalid("%q is not one of the eight checks, or given twice; they are %s", c, Checks)
		}
	}
	if len(i.Photos) > MaxPhotos {
		return invalid("an inspection has at most %d photos", MaxPhotos)
	}
	for n, p := range i.Photos {
		if slices.Contains(i.Photos[:n], p) {
			return invalid("the photo %s is given twice", p)
		}
	}
	least := 0
	if !i.Passed() {
		if least = 3; i.Due <= now {
			return invalid("what failed is to be mended by an instant yet to come")
		}
	} else if i.Defect != "" || i.Due != 0 {
		return invalid("where every check is passed there is no defect")
	}
	i.Defect, err = worded(i.Defect, "the defect", least, 500)
	return err
}
