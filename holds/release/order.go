package release

import (
	"slices"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
)

// Form is how a package lies on its medium.
type Form string

// The forms.
const (
	Folder Form = "folder"
	ZIP    Form = "zip"     // in parts
	AES    Form = "zip-aes" // the same, encrypted with a password that is made for it (R97)
)

// Still is a picture that is given beside the footage.
type Still struct {
	Camera footage.CameraID `json:"camera"`
	At     footage.Instant  `json:"at"`
}

// MaxStills is how many pictures one package has at most.
const MaxStills = 100

// Order is what StartExport takes.
type Order struct {
	Out      string  `json:"out,omitempty"`      // the folder in which the package is made; "": on the appliance
	Form     Form    `json:"form,omitempty"`     // "": Folder, or AES with a password
	Password bool    `json:"password,omitempty"` // protect it with one that is made now: AES, and only that
	Stills   []Still `json:"stills,omitempty"`   // of what is given

	// ViewingCopies adds copies that any player shows of footage that not every one does,
	// where the package has the means (R83).
	ViewingCopies bool `json:"viewing_copies"`

	// Supplements is the package that this one adds Supplement to: it has no footage, and may
	// be made as long as the release's words are kept. 0 for a package with footage.
	Supplements int        `json:"supplements,omitempty"`
	Supplement  Supplement `json:"supplement,omitempty"`

	// Frozen gives what is only there because of a freeze, or restricted, too: the
	// privacy role decides that (R34).
	Frozen bool           `json:"frozen,omitempty"`
	Viewer footage.Viewer `json:"-"` // the right of whoever exports
}

// Supplement is what a supplement adds.
type Supplement string

// LateStamp is a time stamp of the package's signature, which came too late for it (R101).
const LateStamp Supplement = "stamp"

// complete says what the order leaves open, and refuses what does not go together.
func (o *Order) complete(given []holds.Selection) error {
	if o.Form == "" {
		o.Form = map[bool]Form{false: Folder, true: AES}[o.Password]
	}
	if err := chosen("form of a package", o.Form, Forms); err != nil {
		return err
	}
	if o.Password && o.Form != AES {
		return invalid("a password protects the form %s, and no other", AES)
	}
	o.Password = o.Form == AES
	switch {
	case o.Supplements == 0 && o.Supplement != "", o.Supplements != 0 && o.Supplement != LateStamp:
		return invalid("a supplement is a %s to a package", LateStamp)
	case o.Supplements != 0 && (o.Form != Folder || len(o.Stills) > 0 || o.Frozen):
		return invalid("a supplement is a folder without footage")
	}
	if len(o.Stills) > MaxStills {
		return invalid("a package has at most %d stills", MaxStills)
	}
	for _, s := range o.Stills {
		if !slices.ContainsFunc(holds.SpansOf(given, s.Camera), func(span footage.Span) bool { return span.Contains(s.At) }) {
			return refused("the still of %s at %s is of nothing that is given", s.Camera, s.At)
		}
	}
	return nil
}
