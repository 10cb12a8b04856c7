package release

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
)

// Lengths of what people write, in characters.
const (
	MaxDescription = 500  // what the footage shows
	MaxText        = 2000 // a reason, an assessment
	MaxLine        = 200  // a name, a place, a serial number
	MinReason      = 20   // of what decides over footage
)

// MaxSpan is how long a selection may be: no footage is older than the longest hold.
const MaxSpan = (holds.MaxHoldDays + 1) * 24 * time.Hour

// Matter is what a release is about, but for names and words. It is kept for good.
type Matter struct {
	Kind         Kind              `json:"kind" cbor:"1,keyasint"`
	Basis        Basis             `json:"basis" cbor:"2,keyasint"`
	Recipient    RecipientKind     `json:"recipient" cbor:"3,keyasint"`
	Organisation string            `json:"organisation" cbor:"4,keyasint,omitempty"` // that receives: a district, a court; never a person
	How          How               `json:"how" cbor:"5,keyasint"`
	AskedAt      footage.Instant   `json:"asked_at" cbor:"6,keyasint"`
	Asked        []holds.Selection `json:"asked" cbor:"7,keyasint"` // empty on own initiative
	Given        []holds.Selection `json:"given" cbor:"8,keyasint"` // left out of a request: what was asked for
	Hold         string            `json:"hold" cbor:"9,keyasint,omitempty"`
	Minors       bool              `json:"minors" cbor:"10,keyasint,omitempty"`           // are likely in the picture (R77)
	Secrecy      footage.Instant   `json:"secrecy,omitzero" cbor:"11,keyasint,omitempty"` // nobody in the footage is told before then (R76)
}

// Words are what can say who somebody is. They lie apart from the rest, and are erased
// (R63, R78).
type Words struct {
	Asker       Person `json:"asker" cbor:"1,keyasint"`
	Identity    string `json:"identity" cbor:"2,keyasint,omitempty"`   // how the asker's was checked
	Authority   string `json:"authority" cbor:"3,keyasint,omitempty"`  // the statute or order (hjemmel)
	Assessment  string `json:"assessment" cbor:"4,keyasint,omitempty"` // why own initiative is justified
	Case        string `json:"case" cbor:"5,keyasint,omitempty"`
	Concerns    string `json:"concerns" cbor:"6,keyasint,omitempty"`    // what the case is about
	Purpose     string `json:"purpose" cbor:"7,keyasint,omitempty"`     // of what is asked for
	Differs     string `json:"differs" cbor:"8,keyasint,omitempty"`     // why what is given is not what was asked for (R70)
	Description string `json:"description" cbor:"9,keyasint,omitempty"` // of what the footage shows, without names
	SecrecyFor  string `json:"secrecy_for" cbor:"10,keyasint,omitempty"`
}

// Person is somebody outside the venue.
type Person struct {
	Name    string `json:"name" cbor:"1,keyasint,omitempty"`
	Service string `json:"service" cbor:"2,keyasint,omitempty"` // number
	Unit    string `json:"unit" cbor:"3,keyasint,omitempty"`
	Contact string `json:"contact" cbor:"4,keyasint,omitempty"`
}

// Facts is what a request is made of (R65), and what a correction may change.
type Facts struct {
	Matter
	Words
}

// clean trims what people wrote and puts selections in order.
func (f *Facts) clean() {
	for _, s := range []*string{&f.Organisation, &f.Hold, &f.Asker.Name, &f.Asker.Service, &f.Asker.Unit, &f.Asker.Contact, &f.Identity, &f.Authority,
		&f.Assessment, &f.Case, &f.Concerns, &f.Purpose, &f.Differs, &f.Description, &f.SecrecyFor} {
		*s = strings.TrimSpace(*s)
	}
	f.Asked, f.Given = ordered(f.Asked), ordered(f.Given)
	if len(f.Given) == 0 {
		f.Given = ordered(f.Asked)
	}
}

// ordered returns the selections with the cameras of each in order, in memory of
// their own.
func ordered(all []holds.Selection) []holds.Selection {
	clean := []holds.Selection{}
	for _, s := range all {
		clean = append(clean, holds.Selection{Cameras: slices.Compact(slices.Sorted(slices.Values(s.Cameras))), Span: s.Span})
	}
	return clean
}

// check refuses facts that no release may have. It knows the rules that need nothing
// but the facts: R65, R66, R67, R70.
func (f Facts) check(now footage.Instant) error {
	if err := chosen("kind of release", f.Kind, Kinds); err != nil {
		return err
	}
	if err := chosen("way of asking", f.How, Hows); err != nil {
		return err
	}
	if err := f.recipient(); err != nil {
		return err
	}
	police := f.Recipient == Police || f.Recipient == Prosecution || f.Recipient == Court
	own := f.Basis == OwnInitiative
	if own != (f.How == NotAsked) {
		return invalid("%s goes with nobody having asked (%s), and only with that", OwnInitiative, NotAsked)
	}
	for _, w := range []struct {
		text, name string
		least      int
		most       int
	}{
		{f.Asker.Name, "who asks for it, or receives it", 2, MaxLine},
		{f.Asker.Service, "the service number", needed(police && !own, 1), MaxLine},
		{f.Asker.Unit, "the unit", 0, MaxLine},
		{f.Asker.Contact, "how to reach the asker", 3, MaxLine},
		{f.Organisation, "the organisation", needed(f.Recipient != DataSubject && f.Recipient != Other, 2), MaxLine},
		{f.Identity, "how the identity was checked", 3, MaxLine},
		{f.Authority, "the statute or order", needed(f.Basis == SeizureOrder || f.Basis == OtherStatute || f.Recipient == Authority, 3), MaxLine},
		{f.Assessment, "why it is justified", needed(own, MinReason), MaxText},
		{f.Case, "the case number", needed(f.Basis == PoliceDemand || f.Basis == SeizureOrder, holds.MinCase), holds.MaxCase},
		{f.Concerns, "what the case is about", 3, MaxText},
		{f.Purpose, "the purpose", 3, MaxText},
		{f.Differs, "why less is given", 0, MaxText},
		{f.Description, "what the footage shows", 0, MaxDescription},
		{f.SecrecyFor, "who asks for secrecy", needed(f.Secrecy != 0, 3), MaxLine},
		{f.Hold, "the hold", 0, 40},
	} {
		if n := utf8.RuneCountInString(w.text); (w.least > 0 || n > 0) && (n < w.least || n > w.most) {
			return invalid("%s has %d to %d characters; this has %d", w.name, w.least, w.most, n)
		}
	}
	if f.AskedAt == 0 || f.AskedAt > now {
		return invalid("say when it was asked for; that lies in the past")
	}
	return f.scope(own)
}

func needed(is bool, least int) int {
	if is {
		return least
	}
	return 0
}

// recipient holds the recipient to the legal basis (R66, R67).
func (f Facts) recipient() error {
	rule, known := f.Basis.Rule()
	if !known {
		var codes []string
		for _, r := range Bases {
			codes = append(codes, string(r.Code))
		}
		return invalid("%q is not a legal basis; the list is %s", f.Basis, strings.Join(codes, ", "))
	}
	if f.Recipient == "" {
		return invalid("say what kind of recipient it is")
	}
	if chosen("recipient", f.Recipient, Recipients) != nil {
		return refused("footage is given to the police, the prosecution, a court, an authority with a statute, the person in it, and by the consent of all to others; not to %q (R67)", f.Recipient)
	}
	if f.Recipient == Authority && strings.TrimSpace(f.Authority) == "" {
		return refused("an authority names the statute by which it asks (R67)")
	}
	if !slices.Contains(rule.Recipients, f.Recipient) {
		return refused("the legal basis %s does not allow the recipient %s (R67)", f.Basis, f.Recipient)
	}
	return nil
}

// scope holds what is given to what was asked for (R70).
func (f Facts) scope(own bool) error {
	if own != (len(f.Asked) == 0) {
		return invalid("say what was asked for: cameras, from and to; nothing on own initiative")
	}
	if len(f.Given) == 0 {
		return invalid("say what is given: cameras, from and to")
	}
	if err := errorsFirst(sound(f.Asked), sound(f.Given), short(f.Given)); err != nil {
		return err
	}
	for _, s := range f.Given {
		for _, camera := range s.Cameras {
			if left := s.Subtract(holds.SpansOf(f.Asked, camera)); !own && len(left) > 0 {
				return refused("%s from %s was not asked for: no more is given than was asked for", camera, left[0].From)
			}
		}
	}
	if !own && f.Differs == "" && f.narrower() {
		return invalid("what is given is not what was asked for: say why (R70)")
	}
	return nil
}

// sound refuses selections that cannot be any.
func sound(all []holds.Selection) error {
	for _, s := range all {
		if len(s.Cameras) == 0 || s.From == 0 || s.Empty() {
			return invalid("a selection has cameras, a beginning, and an end after it")
		}
		if slices.ContainsFunc(s.Cameras, func(c footage.CameraID) bool { _, err := footage.ParseCameraID(string(c)); return err != nil }) {
			return invalid("a selection has a camera that cannot be one")
		}
	}
	if len(all) > holds.MaxSelections {
		return invalid("a release has at most %d selections", holds.MaxSelections)
	}
	return nil
}

// short refuses selections that are longer than anything that is given.
func short(all []holds.Selection) error {
	if slices.ContainsFunc(all, func(s holds.Selection) bool { return s.Duration() > MaxSpan }) {
		return invalid("no footage is older than %d days, so nothing longer is given", holds.MaxHoldDays)
	}
	return nil
}

// narrower reports whether something that was asked for is not given.
func (f Facts) narrower() bool {
	return slices.ContainsFunc(f.Asked, func(s holds.Selection) bool {
		return slices.ContainsFunc(s.Cameras, func(c footage.CameraID) bool { return len(s.Subtract(holds.SpansOf(f.Given, c))) > 0 })
	})
}

// same reports whether both select the same.
func same(a, b []holds.Selection) bool {
	return slices.EqualFunc(a, b, func(a, b holds.Selection) bool { return a.Span == b.Span && slices.Equal(a.Cameras, b.Cameras) })
}

// decided reports whether two facts differ in something that the approver has decided
// upon.
func (f Facts) decided(g Facts) bool {
	return f.Kind != g.Kind || f.Basis != g.Basis || f.Recipient != g.Recipient || f.Organisation != g.Organisation || f.Authority != g.Authority ||
		f.Asker.Name != g.Asker.Name || f.Hold != g.Hold || f.Minors != g.Minors || f.Purpose != g.Purpose || !same(f.Given, g.Given)
}
