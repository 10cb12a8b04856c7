package signage

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Assessment is why a camera, or the cameras of a zone, may be there: the weighing of
// the controller's legitimate interest against those who are filmed (R138), with the
// decision. It is never changed; the next one takes its place, at the yearly review at
// the latest (R144). Whoever decided and took part is named by role: the record cannot
// be erased.
type Assessment struct {
	Number       int              `cbor:"1,keyasint" json:"number"`           // of all, from 1
	Camera       footage.CameraID `cbor:"2,keyasint" json:"camera,omitempty"` // or
	Zone         string           `cbor:"3,keyasint" json:"zone,omitempty"`   // its number: of all its cameras that have none of their own
	Interest     string           `cbor:"4,keyasint" json:"interest"`         // what is to be protected
	Incidents    string           `cbor:"5,keyasint" json:"incidents"`        // dates and references
	Alternatives string           `cbor:"6,keyasint" json:"alternatives"`     // that were tried, and why they will not do
	Necessity    string           `cbor:"7,keyasint" json:"necessity"`
	Balance      string           `cbor:"8,keyasint" json:"balance"` // against those who are filmed
	Safeguards   string           `cbor:"9,keyasint" json:"safeguards"`
	Approved     bool             `cbor:"10,keyasint" json:"approved"`                         // the decision
	Decider      string           `cbor:"11,keyasint" json:"decided_by"`                       // a role, such as daglig leder
	Decided      footage.Instant  `cbor:"12,keyasint" json:"decided"`                          // when
	Review       footage.Instant  `cbor:"13,keyasint" json:"review"`                           // by when it is looked at again: a year at most (R144)
	DPIA         string           `cbor:"14,keyasint" json:"dpia"`                             // where it is, or why none is needed (R142)
	Consultation *Consultation    `cbor:"15,keyasint,omitempty" json:"consultation,omitempty"` // with the employees
	Entered      holds.Act        `cbor:"16,keyasint" json:"entered"`
}

// Consultation is that the cameras were discussed with the employees (R139; working
// environment act § 9-2).
type Consultation struct {
	Held         footage.Instant `cbor:"1,keyasint" json:"held"`
	Participants string          `cbor:"2,keyasint" json:"participants"` // by role
	Minutes      footage.SHA256  `cbor:"3,keyasint" json:"minutes"`      // SHA-256 of the file
}

// check holds an assessment to the rules.
func (a *Assessment) check(r Snapshot) (err error) {
	switch {
	case (a.Camera == "") == (a.Zone == ""):
		return invalid("an assessment is of a camera or of a zone")
	case a.Zone != "" && !slices.ContainsFunc(r.Zones, func(z Zone) bool { return z.Number == a.Zone }):
		return fmt.Errorf("%w: there is no zone %s", ErrNotFound, a.Zone)
	}
	if a.Camera != "" {
		if _, err := footage.ParseCameraID(string(a.Camera)); err != nil {
			return invalid("%v", err)
		}
	}
	for _, t := range []struct {
		text  *string
		what  string
		least int
		most  int
	}{
		{&a.Interest, "the interest", 20, 2000}, {&a.Incidents, "the incidents behind it", 3, 2000}, {&a.Alternatives, "the alternatives", 20, 2000},
		{&a.Necessity, "the necessity", 20, 2000}, {&a.Balance, "the balance", 20, 2000}, {&a.Safeguards, "the safeguards", 10, 2000},
		{&a.Decider, "who decided", 2, 100}, {&a.DPIA, "where the DPIA is or why none is needed", 3, 500},
	} {
		if *t.text, err = prose(*t.text, t.what, t.least, t.most); err != nil {
			return err
		}
	}
	if a.Decided == 0 || a.Decided > r.At {
		return invalid("the decision was taken at an instant in the past")
	}
	if a.Review <= a.Decided || a.Review > a.Decided.Add(maxReview) {
		return invalid("an assessment is looked at again within a year of its decision; %s is not", a.Review)
	}
	if c := a.Consultation; c != nil {
		if c.Participants, err = prose(c.Participants, "the participants", 3, 500); err != nil {
			return err
		}
		if c.Held == 0 || c.Held > r.At || c.Minutes == (footage.SHA256{}) {
			return invalid("a consultation was held in the past, and its minutes have a SHA-256")
		}
	}
	return nil
}

// prose trims a text of least to most characters, which may have several lines.
func prose(text, what string, least, most int) (string, error) {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	n := utf8.RuneCountInString(text)
	if n < least || n > most || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' || r == utf8.RuneError }) {
		return text, invalid("%s has %d to %d characters; this has %d", what, least, most, n)
	}
	return text, nil
}

// AssessmentOf is the assessment that applies to a camera of a zone, which is given by
// its number and may be "": its own, or else that of the zone.
func (s Snapshot) AssessmentOf(camera footage.CameraID, zone string) (Assessment, bool) {
	if a, ok := latest(s.Assessments, func(a Assessment) bool { return a.Camera == camera }); ok {
		return a, true
	}
	return latest(s.Assessments, func(a Assessment) bool { return zone != "" && a.Zone == zone })
}

// Assess enters an assessment.
func (s *Signs) Assess(a Assessment, by string) (Assessment, error) {
	err := s.change(func(tx *index.Tx, r *Register) error {
		now := r.Latest(tx.Now)
		if err := a.check(now); err != nil {
			return err
		}
		a.Number, a.Entered = len(r.Assessments)+1, holds.Act{By: by, At: tx.Now}
		if err := tx.Put(key(assessmentKind, a.Number), a); err != nil {
			return fmt.Errorf("couldn't write the assessment: %w", err)
		}
		state := "declined"
		if a.Approved {
			state = "approved"
		}
		return note(tx, by, fmt.Sprintf("assessment-%d", a.Number), state, "")
	})
	return a, err
}
