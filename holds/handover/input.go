package handover

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/holds/release"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
)

// Errors of building.
var (
	// ErrInvalid: no package can be made of what was given.
	ErrInvalid = errors.New("no package can be made of that")
	// ErrNothing: there is no footage that can be read in any of the selections.
	ErrNothing = errors.New("there is no footage to hand over")
	// ErrExists: there is a package, or the beginning of one, where it was to be written.
	ErrExists = errors.New("there is a package already")
	// ErrFull: the medium has no room for the package.
	ErrFull = errors.New("the medium is full")
	// ErrMedium: the medium does not answer any more: it was pulled out, is write
	// protected or is broken.
	ErrMedium = errors.New("the medium cannot be written or read")
	// ErrAltered: the medium gave back something else than was written.
	ErrAltered = errors.New("the medium did not keep what was written")
)

// Input is what a package is made of.
type Input struct {
	Vault  *vault.Vault
	Notary *ledger.Notary // its index is the vault's; makes a checkpoint when one is needed
	Keys   *Keys

	Site       Site
	Cameras    []Camera // sheets of at least those that are handed over
	Release    Release
	Selections []holds.Selection // what is given
	Holds      []holds.Hold      // that kept it
	Stills     []Still           // pictures of what is given
	// Viewer is the right by which the footage is read: a copy for the person in it has
	// what only a freeze keeps, too (R34).
	Viewer footage.Viewer
	// Encoder is the path of ffmpeg, which makes stills, and viewing copies of what not
	// every player plays; "": it is not installed. NoCopies leaves the copies out.
	Encoder  string
	NoCopies bool
	Clock    Clock
	Signs    []SignState // how the cameras were announced when it was recorded (R93)

	// Folder is where the package's folder is made: a mounted medium, or a folder.
	Folder string
	// Form is how the package lies there; "" is Folder.
	Form Form
	// Password of an AES package: one with a hundred bits of chance or more.
	Password string
	// Stamp has a time stamping authority stamp a SHA-256, here that of the package's
	// signature, and returns the token (RFC 3161, DER). Nil: nobody does.
	Stamp func(ctx context.Context, digest []byte) ([]byte, error)
	// Progress is told of the bytes that have been written and read back, of about how
	// many; nil tells nobody.
	Progress func(Progress)
	Now      func() time.Time
}

// Progress is how far Build is.
type Progress struct {
	Phase       Phase
	Done, Total int64 // bytes
	File        string
}

// Phase is what Build is doing.
type Phase string

// The phases, in their order.
const (
	Writing  Phase = "writing"
	Encoding Phase = "encoding" // viewing copies; their bytes are those of the masters
	Reading  Phase = "reading"  // back from the medium (R96)
	Signing  Phase = "signing"
)

// Site is whose package it is.
type Site struct {
	Name       string
	Zone       *time.Location
	Controller string // behandlingsansvarlig
	OrgNumber  string
	Contact    string
	Policy     holds.Policy // the retention that applied (R102)
	Version    string       // of Sjudager
}

// Still is a picture that is asked for: what camera showed at an instant.
type Still struct {
	Camera footage.CameraID `json:"camera"`
	At     footage.Instant  `json:"at"`
}

// Clock is what the appliance knows about its clock when the package is built, besides
// what lies with the footage and in the ledger (R90).
type Clock struct {
	Guarded bool              // deletion is guarded against a clock that leaps (R17)
	Status  holds.ClockStatus // how it stands, with what the sources said
	Sources []string          // that know the time independently of it, by holds.ClockSource.Name
}

// Camera is a camera sheet (R92). Empty fields are printed as not registered.
type Camera struct {
	ID       footage.CameraID `json:"id"`
	Name     string           `json:"name"`
	Zone     string           `json:"zone,omitempty"`
	Place    string           `json:"place,omitempty"`
	Position string           `json:"position,omitempty"` // as the plan has it, or coordinates
	HeightCM int              `json:"height_cm,omitempty"`
	// DirectionDeg is where it looks, clockwise from north; nil: not registered.
	DirectionDeg   *int     `json:"direction_deg,omitempty"`
	FieldOfViewDeg int      `json:"field_of_view_deg,omitempty"` // horizontal
	Purposes       []string `json:"purposes,omitempty"`
	Kind           string   `json:"kind,omitempty"` // dome, bullet, PTZ, ...
	Make           string   `json:"make,omitempty"`
	Model          string   `json:"model,omitempty"`
	Serial         string   `json:"serial,omitempty"`
	Firmware       string   `json:"firmware,omitempty"`
	Masks          string   `json:"masks,omitempty"`
	// PixelsPerMetre is the horizontal density of pixels at the place that the camera is
	// there to watch, by which it is for overview, recognition or identification (EN IEC
	// 62676-4, 6.7).
	PixelsPerMetre int `json:"pixels_per_metre,omitempty"`
	// StillAt is when the picture was taken that shows the field of view as it was
	// registered; 0: there is none.
	StillAt footage.Instant `json:"still_at,omitempty"`
}

// Release is the release record as it stands when the package is built.
type Release struct {
	Number      string          `json:"number"` // U-2026-0042
	Kind        release.Kind    `json:"kind"`
	State       release.State   `json:"state,omitempty"` // in which it was built
	Case        string          `json:"case"`            // the police's number
	Concerns    string          `json:"concerns"`
	Purpose     string          `json:"purpose,omitempty"`
	Recipient   Recipient       `json:"recipient"`
	AskedAt     footage.Instant `json:"asked_at"`
	AskedHow    release.How     `json:"asked_how"`
	WrittenAt   footage.Instant `json:"written_at,omitempty"` // of an oral request
	Authority   string          `json:"authority"`
	Basis       release.Basis   `json:"basis"`
	Assessment  string          `json:"assessment,omitempty"`
	Asked       string          `json:"asked"` // the scope, in the words of the request
	Difference  string          `json:"difference,omitempty"`
	Description string          `json:"description,omitempty"`
	Minors      bool            `json:"minors_likely"`
	Emergency   bool            `json:"emergency"`
	Approved    Act             `json:"approved"`
	Exported    Act             `json:"exported"`
	Channel     release.Channel `json:"channel,omitempty"` // as far as known
}

// Recipient is who asked.
type Recipient struct {
	Kind          release.RecipientKind `json:"kind,omitempty"`
	Name          string                `json:"name"`
	ServiceNumber string                `json:"service_number,omitempty"`
	Unit          string                `json:"unit,omitempty"`
	Organisation  string                `json:"organisation"`
	Contact       string                `json:"contact,omitempty"`
	Identity      string                `json:"identity_checked,omitempty"` // how
}

// Act is who did something, and when.
type Act struct {
	ID   string          `json:"id"`
	Name string          `json:"name"`
	At   footage.Instant `json:"at"`
}

// Result is a package that was built, read back and found to be what was written.
type Result struct {
	Path        string             // of the package's folder
	Parts       []string           // the ZIP parts in it, where it is of those
	Files       int                // all of them
	Bytes       int64              // of all of them
	Manifest    string             // SHA-256 of manifest-sha256.txt in hex: on the receipt and in the ledger
	TagManifest string             // SHA-256 of tagmanifest-sha256.txt in hex: what was signed
	Fingerprint string             // of the signing key in hex
	Signature   []byte             // the CMS signature
	Stamp       []byte             // the file of its time stamp, where there is one
	Unstamped   error              // why there is none where there should be: a supplement brings it
	Segments    []vault.Segment    // that were handed over
	Masters     []string           // their names in the package
	Copies      []string           // those of the viewing copies
	Stills      []string           // and of the stills
	Missing     []footage.Gap      // of what was to be given
	Deadline    footage.Instant    // by then the package itself must be gone from the appliance (R100)
	Cameras     []footage.CameraID // that there is footage of
	ReadBack    time.Time
	Spent       Spent
}

// check refuses what cannot be a package, and returns what is given camera by camera,
// in order and without overlaps.
func (in *Input) check() ([]given, error) {
	bad := func(format string, args ...any) ([]given, error) {
		return nil, fmt.Errorf("%w: "+format, append([]any{ErrInvalid}, args...)...)
	}
	switch {
	case folderName(in.Release) == "" || in.Release.Number == "":
		return bad("the release has no number")
	case len(in.Selections) == 0:
		return bad("nothing is selected")
	case in.Site.Zone == nil:
		return bad("the site has no time zone")
	case in.Form != "" && in.Form != Folder && in.Form != ZIP && in.Form != AES:
		return bad("there is no form %q", in.Form)
	case (in.Form == AES) != (in.Password != ""):
		return bad("a password belongs to an encrypted ZIP, and to nothing else")
	}
	spans := map[footage.CameraID][]footage.Span{}
	var order []footage.CameraID
	for _, s := range in.Selections {
		if s.Empty() || len(s.Cameras) == 0 {
			return bad("a selection has no camera or no time")
		}
		for _, c := range s.Cameras {
			if spans[c] == nil {
				order = append(order, c)
			}
			spans[c] = append(spans[c], s.Span)
		}
	}
	var all []given
	for _, id := range order {
		camera := Camera{ID: id, Name: string(id)}
		for _, c := range in.Cameras {
			if c.ID == id {
				camera = c
			}
		}
		all = append(all, given{camera: camera, asked: footage.Union(spans[id], 0)})
	}
	return all, nil
}

// given is what is handed over of one camera.
type given struct {
	camera  Camera
	asked   []footage.Span
	masters []*master
	missing []footage.Gap
}
