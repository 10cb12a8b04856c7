package signage

import (
	"cmp"
	"reflect"
	"slices"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
)

// Size is the paper size of a sign, portrait.
type Size string

// The sizes that are printed.
const (
	A3 Size = "A3"
	A4 Size = "A4"
	A5 Size = "A5"
)

// Sizes are all of them, the largest first.
var Sizes = []Size{A3, A4, A5}

// State is where a sign is.
type State string

// The states.
const (
	Ordered State = "ordered"
	Up      State = "up"
	Down    State = "down" // for good; another one has a number of its own
)

// Place is an entrance of a zone.
type Place struct {
	Zone     string `cbor:"1,keyasint" json:"zone"` // its number
	Entrance string `cbor:"2,keyasint" json:"entrance"`
}

// Sign is one version of a sign: what was so from the instant it was entered until the
// next version was.
type Sign struct {
	Number   string    `cbor:"1,keyasint" json:"number"` // S-001
	Version  int       `cbor:"2,keyasint" json:"version"`
	Size     Size      `cbor:"3,keyasint" json:"size"`
	Places   []Place   `cbor:"4,keyasint" json:"places"`   // the entrances that it stands before
	Area     Words     `cbor:"5,keyasint" json:"area"`     // what the cameras see, as printed: "inngang og kø, ikke salen"
	Position string    `cbor:"6,keyasint" json:"position"` // where it hangs, to find it by
	Text     int       `cbor:"7,keyasint" json:"text"`     // the text version that is printed on it
	State    State     `cbor:"8,keyasint" json:"state"`
	Why      string    `cbor:"9,keyasint" json:"why"` // it was changed; perhaps empty
	Entered  holds.Act `cbor:"10,keyasint" json:"entered"`

	Material  string          `cbor:"11,keyasint,omitempty" json:"material"`            // such as laminated, at most 60 characters; perhaps empty
	HeightCM  int             `cbor:"12,keyasint,omitempty" json:"height_cm"`           // of its middle above the floor; 0: not measured
	Photo     Picture         `cbor:"13,keyasint,omitempty" json:"photo"`               // of it where it hangs, or empty
	Languages []Language      `cbor:"14,keyasint,omitempty" json:"languages,omitempty"` // printed besides bokmål and English
	AreaNN    string          `cbor:"16,keyasint,omitempty" json:"area_nn"`             // Area in nynorsk; empty: as in bokmål
	AreaSE    string          `cbor:"17,keyasint,omitempty" json:"area_se"`             // Area in Northern Sámi
	Altered   footage.Instant `cbor:"15,keyasint,omitempty" json:"altered"`             // when anything but its photo was last changed: it counts once it is inspected after that
}

func (g Sign) version() (string, footage.Instant) { return g.Number, g.Entered.At }

// altered is Altered, or of a record of before there was one, when it was entered.
func (g Sign) altered() footage.Instant { return cmp.Or(g.Altered, g.Entered.At) }

// sameBut reports whether a version of a sign is as the one before but for its photo and
// why there is a version.
func (g Sign) sameBut(o Sign) bool {
	g.Version, g.Photo, g.Why, g.Entered, g.Altered = o.Version, o.Photo, o.Why, o.Entered, o.Altered
	return reflect.DeepEqual(g, o)
}

// check holds a sign to the rules and to the register that it is entered into.
func (g *Sign) check(r *Register, before *Sign) (err error) {
	if !slices.Contains(Sizes, g.Size) {
		return invalid("%q is not a size; there are %s", g.Size, Sizes)
	}
	if g.State != Ordered && g.State != Up && g.State != Down {
		return invalid("%q is not a state; there are ordered, up and down", g.State)
	}
	if before != nil && before.State == Down {
		return refused("%s was taken down for good; a sign that goes up has a number of its own", g.Number)
	}
	if g.Area.Norwegian, err = worded(g.Area.Norwegian, "the area in bokmål", 3, 120); err != nil {
		return err
	}
	if g.Area.English, err = worded(g.Area.English, "the area in English", 3, 120); err != nil {
		return err
	}
	if g.Position, err = worded(g.Position, "the position", 3, 200); err != nil {
		return err
	}
	if g.Why, err = worded(g.Why, "the reason", 0, 500); err != nil {
		return err
	}
	if g.Material, err = worded(g.Material, "the material", 0, 60); err != nil {
		return err
	}
	if g.HeightCM < 0 || g.HeightCM > 1000 {
		return invalid("a sign hangs 0 to 1000 cm high; %d is not", g.HeightCM)
	}
	for i, l := range g.Languages {
		if !slices.Contains(Further, l) || slices.Contains(g.Languages[:i], l) {
			return invalid("%q is not a further language of a sign, or given twice; there are %s", l, Further)
		}
	}
	least := 0
	if slices.Contains(g.Languages, Sami) {
		least = 3
	}
	if g.AreaSE, err = worded(g.AreaSE, "the area in Northern Sámi", least, 120); err != nil {
		return err
	}
	if g.AreaNN, err = worded(g.AreaNN, "the area in nynorsk", 0, 120); err != nil {
		return err
	}
	if t, ok := r.text(g.Text); !ok {
		return invalid("there is no text version %d", g.Text)
	} else if slices.Contains(g.Languages, Sami) && t.Facts.Sami == nil && g.State != Down {
		return refused("text version %d has no words in Northern Sámi: write them into the configuration, signage.texts.se", g.Text)
	}
	if len(g.Places) == 0 || len(g.Places) > 50 {
		return invalid("a sign stands before 1 to 50 entrances")
	}
	for i, p := range g.Places {
		z, ok := latest(r.Zones, func(z Zone) bool { return z.Number == p.Zone })
		if !ok || !slices.ContainsFunc(z.Entrances, func(e Entrance) bool { return e.ID == p.Entrance }) {
			// What was an entrance when the sign went up may be none any more, and the
			// sign must still come down.
			if g.State != Down {
				return invalid("the register has no entrance %s of %s", p.Entrance, p.Zone)
			}
		}
		if slices.Contains(g.Places[:i], p) {
			return invalid("the entrance %s of %s is given twice", p.Entrance, p.Zone)
		}
	}
	return nil
}
