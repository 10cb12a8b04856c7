package holds

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// ExceptionalGround is a statutory ground on which footage could be kept beyond thirty
// days (særskilt oppbevaring), by its code.
type ExceptionalGround string

// ExceptionalGrounds is the closed list (R35).
var ExceptionalGrounds = []Choice[ExceptionalGround]{
	{"national_security", "Hensynet til rikets sikkerhet", "National security"},
	{"court_order", "Kjennelse eller utleveringspålegg", "Court or production order"},
	{"legal_claim", "Rettskrav (art. 17 (3) e)", "Legal claim (art. 17 (3) e)"},
	{"restriction", "Begrensning (art. 18)", "Restriction (art. 18)"},
	{"consent_all", "Samtykke fra alle på opptaket", "Consent of all depicted"},
	{"authority_decision", "Vedtak fra tilsynsmyndigheten", "Decision by the authority"},
}

// Exceptional asks to keep what a hold or freeze covers beyond the ceiling (R35). It is
// modelled, and switched off: nothing in the program can grant it.
type Exceptional struct {
	Number    string // of the hold or freeze
	Ground    ExceptionalGround
	Document  footage.SHA256 // of what orders or allows it
	Approvers []string       // two persons
	Until     footage.Instant
}

// ExceptionalRule is one of the rules that a request for exceptional retention meets.
type ExceptionalRule struct {
	Code      string
	Norwegian string // what it says, in bokmål
	English   string // the same
	broken    func(e Exceptional, now footage.Instant, p Policy) bool
}

// ExceptionalRules are the rules, the one that refuses everything first. Switching it
// off would grant nothing either: Deadline has no way past the ceiling.
var ExceptionalRules = []ExceptionalRule{
	{"off", "Særskilt oppbevaring er slått av: ingen opptak lagres mer enn 30 dager",
		"exceptional retention is switched off: no footage is kept longer than thirty days",
		func(Exceptional, footage.Instant, Policy) bool { return true }},
	{"ground", "Grunnlaget må stå på listen", "the ground must be on the list",
		func(e Exceptional, _ footage.Instant, _ Policy) bool {
			return chosen("ground", e.Ground, ExceptionalGrounds) != nil
		}},
	{"document", "Dokumentet som pålegger eller tillater det, må oppgis", "the document that orders or allows it must be named by its SHA-256",
		func(e Exceptional, _ footage.Instant, _ Policy) bool { return e.Document == footage.SHA256{} }},
	{"two-persons", "To ulike personer må godkjenne", "two different persons must approve it",
		func(e Exceptional, _ footage.Instant, _ Policy) bool {
			two := slices.Compact(slices.Sorted(slices.Values(e.Approvers)))
			return len(two) != 2 || slices.Contains(two, "")
		}},
	{"renewal", "Det gjelder høyst 30 dager av gangen", "it lasts at most thirty days at a time",
		func(e Exceptional, now footage.Instant, p Policy) bool {
			return e.Until <= now || e.Until > Policy{Keep: MaxKeep, Hold: MaxHold, Zone: p.Zone}.Ceiling(now)
		}},
}

// Except asks for exceptional retention, and always gives ErrRefused with the rules that
// refuse it, in words; ErrNotFound when there is no such hold or freeze.
func (h *Holds) Except(e Exceptional) error {
	return h.Index.View(func(tx *index.Tx) error {
		if _, err := find(tx, e.Number); err != nil {
			return err
		}
		var nb, en []string
		for _, r := range ExceptionalRules {
			if r.broken(e, tx.Now, h.Policy()) {
				nb, en = append(nb, r.Norwegian), append(en, r.English)
			}
		}
		return fmt.Errorf("%w: %s (R35). %s (R35)", ErrRefused, strings.Join(en, "; "), strings.Join(nb, "; "))
	})
}
