package signage

import (
	"slices"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
)

// Facts is what signs and notice say, and the configuration decides.
type Facts struct {
	Site       string         `cbor:"1,keyasint" json:"site"`
	Controller string         `cbor:"2,keyasint" json:"controller"`
	OrgNumber  string         `cbor:"3,keyasint" json:"org_number"`
	Contact    string         `cbor:"4,keyasint" json:"contact"`
	Officer    string         `cbor:"5,keyasint" json:"officer"` // data protection officer; empty: none
	Purposes   []Words        `cbor:"6,keyasint" json:"purposes"`
	Recording  bool           `cbor:"7,keyasint" json:"recording"`
	Audio      bool           `cbor:"8,keyasint" json:"audio"` // always false: the product records none (R39)
	KeepS      int64          `cbor:"9,keyasint" json:"keep_s"`
	HoldMaxS   int64          `cbor:"10,keyasint" json:"hold_max_s"`
	Notice     string         `cbor:"11,keyasint" json:"notice"` // where it is published, http or https, without a slash at the end; empty: nowhere
	Zones      []string       `cbor:"12,keyasint" json:"zones"`  // that have a camera; for the notice
	Zone       string         `cbor:"13,keyasint" json:"timezone"`
	Cameras    map[string]int `cbor:"14,keyasint" json:"cameras"` // in each of Zones

	Nynorsk []string `cbor:"15,keyasint,omitempty" json:"purposes_nn,omitempty"` // the purposes, for signs in nynorsk
	Sami    *Lines   `cbor:"16,keyasint,omitempty" json:"lines_se,omitempty"`    // what signs in Northern Sámi say; nil: there are none
}

// Lines are a sign in the operator's own words, with {controller}, {keep}, {hold},
// {contact} and {officer} in the place of what the configuration says; keep and hold are
// numbers of days. What stands before a line's first colon is bold.
type Lines struct {
	Title      string `cbor:"1,keyasint" json:"title"`
	Controller string `cbor:"2,keyasint" json:"controller"`
	Purpose    string `cbor:"3,keyasint" json:"purpose"`
	Recording  string `cbor:"4,keyasint" json:"recording"`
	Recipient  string `cbor:"5,keyasint" json:"recipient"`
	Rights     string `cbor:"6,keyasint" json:"rights"`
	Contact    string `cbor:"7,keyasint" json:"contact"`
	Officer    string `cbor:"8,keyasint" json:"officer"`
}

// Differs names what a sign with the facts f says and the facts in force do not (R116).
// The zones are not among it: its QR code opens the version that it was printed with,
// which says that there is a newer one. Nor are further languages that the sign has not.
func (f Facts) Differs(inForce Facts, languages []Language) (what []string) {
	has := func(l Language) bool { return slices.Contains(languages, l) }
	for _, d := range []struct {
		name string
		same bool
	}{
		{"controller", f.Controller == inForce.Controller && f.OrgNumber == inForce.OrgNumber},
		{"contact", f.Contact == inForce.Contact},
		{"officer", f.Officer == inForce.Officer},
		{"purposes", slices.Equal(f.Purposes, inForce.Purposes)},
		{"recording", f.Recording == inForce.Recording},
		{"audio", f.Audio == inForce.Audio},
		{"retention", f.KeepS == inForce.KeepS},
		{"hold", f.HoldMaxS == inForce.HoldMaxS},
		{"notice", f.Notice == inForce.Notice},
		{"nn", !has(Nynorsk) || slices.Equal(f.Nynorsk, inForce.Nynorsk)},
		{"se", !has(Sami) || f.Sami != nil && inForce.Sami != nil && *f.Sami == *inForce.Sami},
	} {
		if !d.same {
			what = append(what, d.name)
		}
	}
	return what
}

func (f Facts) keep() time.Duration { return time.Duration(f.KeepS) * time.Second }
func (f Facts) hold() time.Duration { return time.Duration(f.HoldMaxS) * time.Second }

// Camera is a camera as the configuration has it.
type Camera struct {
	ID        footage.CameraID `cbor:"1,keyasint" json:"id"`
	Name      string           `cbor:"2,keyasint" json:"name"`
	Zone      string           `cbor:"3,keyasint" json:"zone"`
	Recording bool             `cbor:"4,keyasint" json:"recording"`
}

// Live is what a configuration says that matters here.
type Live struct {
	From     footage.Instant `cbor:"1,keyasint" json:"from"` // in force since; set by Observe
	Facts    Facts           `cbor:"2,keyasint" json:"facts"`
	Cameras  []Camera        `cbor:"3,keyasint" json:"cameras"`
	InspectS int64           `cbor:"4,keyasint" json:"inspect_s"`          // how long an inspection is good for
	Festival bool            `cbor:"5,keyasint,omitempty" json:"festival"` // and no longer than the event's day that it is of
	Gate     Gate            `cbor:"10,keyasint" json:"gate"`              // when a camera has to be announced before it records
	Purposes []string        `cbor:"11,keyasint" json:"purposes"`          // codes of Facts.Purposes, in their order
}

func (l Live) inspect() time.Duration { return time.Duration(l.InspectS) * time.Second }
