package signage

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
)

// Kind is what a zone is used for.
type Kind string

// KindRule is what applies to the zones of a kind.
type KindRule struct {
	Kind      Kind   `json:"kind"`
	Norwegian string `json:"nb"`
	English   string `json:"en"`
	Decision  bool   `json:"decision"`  // only with a documented decision (R43)
	Forbidden bool   `json:"forbidden"` // never (R42)
}

// KindRules are all kinds, in the order in which people choose.
var KindRules = []KindRule{
	{Kind: "entrance", Norwegian: "inngang", English: "entrance"},
	{Kind: "queue", Norwegian: "kø", English: "queue"},
	{Kind: "foyer", Norwegian: "foajé", English: "foyer"},
	{Kind: "stage-edge", Norwegian: "scenekant", English: "stage edge"},
	{Kind: "loading", Norwegian: "varemottak", English: "loading"},
	{Kind: "cash", Norwegian: "kasse", English: "cash desk"},
	{Kind: "cloakroom", Norwegian: "garderobe (publikum)", English: "cloakroom"},
	{Kind: "back-stage", Norwegian: "bak scenen", English: "back stage"},
	{Kind: "perimeter", Norwegian: "yttergrense", English: "perimeter"},
	{Kind: "parking", Norwegian: "parkering", English: "parking"},
	{Kind: "dance-floor", Norwegian: "dansegulv", English: "dance floor", Decision: true},
	{Kind: "bar", Norwegian: "bar", English: "bar", Decision: true},
	{Kind: "seating", Norwegian: "sitteplasser", English: "seating", Decision: true},
	{Kind: "toilet", Norwegian: "toalett", English: "toilet", Forbidden: true},
	{Kind: "changing-room", Norwegian: "omkledningsrom", English: "changing room", Forbidden: true},
	{Kind: "break-room", Norwegian: "pauserom", English: "break room", Forbidden: true},
}

func kindRule(k Kind) (KindRule, bool) {
	i := slices.IndexFunc(KindRules, func(r KindRule) bool { return r.Kind == k })
	if i < 0 {
		return KindRule{}, false
	}
	return KindRules[i], true
}

// Words is a text in both languages of the signs.
type Words struct {
	Norwegian string `cbor:"1,keyasint" json:"nb"`
	English   string `cbor:"2,keyasint" json:"en"`
}

// In is the text in a language.
func (w Words) In(l Language) string {
	if l == English {
		return w.English
	}
	return w.Norwegian
}

// Entrance is a way into a zone. A public one needs a sign (R111).
type Entrance struct {
	ID     string `cbor:"1,keyasint" json:"id"` // 1 to 40 of a-z, 0-9 and "-", within the zone
	Name   string `cbor:"2,keyasint" json:"name"`
	Public bool   `cbor:"3,keyasint" json:"public"`
}

// Decision is why cameras are needed where people dance, drink or sit (R43).
type Decision struct {
	Text   string          `cbor:"1,keyasint" json:"text"` // 20 to 2000 characters: why nothing milder will do
	Review footage.Instant `cbor:"2,keyasint" json:"review"`
}

// maxReview is how long a decision stands before it is looked at again (R144).
const maxReview = 366 * 24 * time.Hour

// Zone is one version of a part of the venue that cameras see.
type Zone struct {
	Number    string     `cbor:"1,keyasint" json:"number"` // Z-001
	Version   int        `cbor:"2,keyasint" json:"version"`
	Name      string     `cbor:"3,keyasint" json:"name"` // as the configuration's cameras have it
	Kind      Kind       `cbor:"4,keyasint" json:"kind"`
	Entrances []Entrance `cbor:"5,keyasint" json:"entrances"`
	Decision  *Decision  `cbor:"6,keyasint,omitempty" json:"decision,omitempty"`
	Entered   holds.Act  `cbor:"7,keyasint" json:"entered"`
	Staff     bool       `cbor:"8,keyasint,omitempty" json:"staff"`   // the public does not come here
	Limited   bool       `cbor:"9,keyasint,omitempty" json:"limited"` // a limited circle of people is here regularly, such as where people work
}

func (z Zone) version() (string, footage.Instant) { return z.Number, z.Entered.At }

var slug = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// check holds a zone to the rules.
func (z *Zone) check(now footage.Instant) (err error) {
	if z.Name, err = worded(z.Name, "the name of a zone", 1, 100); err != nil {
		return err
	}
	rule, known := kindRule(z.Kind)
	switch {
	case !known:
		return invalid("%q is not a kind of zone", z.Kind)
	case rule.Forbidden:
		return refused("no camera may see a %s, so there is no such zone (R42)", rule.English)
	case rule.Decision && z.Decision == nil:
		return refused("cameras that see a %s need a documented decision that they are necessary (R43)", rule.English)
	}
	if d := z.Decision; d != nil {
		if d.Text, err = worded(d.Text, "the decision", 20, 2000); err != nil {
			return err
		}
		if d.Review <= now || d.Review > now.Add(maxReview) {
			return invalid("a decision is looked at again within a year; %s is not", d.Review)
		}
	}
	if len(z.Entrances) == 0 || len(z.Entrances) > 50 {
		return invalid("a zone has 1 to 50 entrances: who comes in must have passed a sign")
	}
	if !z.Staff && !slices.ContainsFunc(z.Entrances, func(e Entrance) bool { return e.Public }) {
		return invalid("a zone where the public comes has a public entrance: a sign belongs before it (R111)")
	}
	for i := range z.Entrances {
		e := &z.Entrances[i]
		if !slug.MatchString(e.ID) {
			return invalid("an entrance's id has 1 to 40 of a-z, 0-9 and \"-\"; %q has not", e.ID)
		}
		if slices.ContainsFunc(z.Entrances[:i], func(o Entrance) bool { return o.ID == e.ID }) {
			return invalid("the entrance %s is given twice", e.ID)
		}
		if e.Name, err = worded(e.Name, "the name of an entrance", 1, 100); err != nil {
			return err
		}
		if strings.Contains(e.Name, "|") {
			return invalid("the name of an entrance has no \"|\", which separates them in tables")
		}
	}
	return nil
}
