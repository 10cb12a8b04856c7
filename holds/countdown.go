package holds

import (
	"cmp"
	"slices"

	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Rule is what of the deadline rule decides when footage goes.
type Rule string

// The rules.
const (
	RuleKeep    Rule = "keep"    // its seven days, held or not
	RuleHold    Rule = "hold"    // the end of a hold
	RuleFreeze  Rule = "freeze"  // the end of a freeze: nothing else keeps it that long
	RuleCeiling Rule = "ceiling" // held, to its thirty days
)

// Stretch is footage of a camera without a hole in it that goes by the same rule and
// is covered by the same holds.
type Stretch struct {
	footage.Span
	Rule  Rule            `json:"rule"`
	Holds []string        `json:"holds"` // that cover it, and the freezes
	First footage.Instant `json:"first"` // when the first of it goes
	Last  footage.Instant `json:"last"`  // when all of it is gone
	// Reserved: only the privacy role may view it, now (R34).
	Reserved bool `json:"reserved,omitempty"`
}

// Countdown is when footage will be gone.
type Countdown struct {
	Camera    footage.CameraID `json:"camera"`
	First     footage.Instant  `json:"first,omitzero"` // when the first of it goes; 0 when nothing is there
	Last      footage.Instant  `json:"last,omitzero"`  // when all of it is gone
	Stretches []Stretch        `json:"stretches"`
	Missing   []Missing        `json:"missing"`
}

// Countdown says when what camera has recorded in span will be gone, as the rule and
// the holds are now; what is on its way into the index counts.
func (h *Holds) Countdown(camera footage.CameraID, span footage.Span) (Countdown, error) {
	c := Countdown{Camera: camera, Stretches: []Stretch{}, Missing: []Missing{}}
	selection, err := sound([]Selection{{[]footage.CameraID{camera}, span}})
	if err != nil {
		return c, err
	}
	pending, err := h.PendingOf(selection)
	if err != nil {
		return c, err
	}
	err = h.Index.View(func(tx *index.Tx) error {
		c.Stretches = c.Stretches[:0]
		if err := h.known(tx, selection); err != nil {
			return err
		}
		active, err := activeHolds(tx)
		if err != nil {
			return err
		}
		type piece struct {
			footage.Span
			vault.Terms
		}
		var all []piece
		have := slices.Clone(pending[camera]) // what came into the index meanwhile is in both
		for s, err := range vault.Segments(tx, camera, span) {
			if err != nil {
				return err
			}
			if s.Readable(tx.Now) {
				all = append(all, piece{s.Span, s.Terms})
			}
		}
		stored := make([]footage.Span, len(all))
		for i, p := range all {
			stored[i] = p.Span
		}
		for _, s := range have {
			for _, left := range s.Subtract(stored) {
				terms, err := h.Terms(tx, camera, left)
				if err != nil {
					return err
				}
				all = append(all, piece{left, terms})
			}
		}
		slices.SortFunc(all, func(a, b piece) int { return cmp.Compare(a.From, b.From) })
		for _, p := range all {
			s := Stretch{Span: p.Span, Rule: RuleHold, Holds: []string{}, First: p.Deadline, Last: p.Deadline}
			for _, hold := range active {
				if hold.Covers(camera, p.Span) {
					s.Holds = append(s.Holds, hold.Number)
				}
			}
			switch {
			case p.Deadline == p.Keep:
				s.Rule = RuleKeep
			case p.Terms.Reserved != 0:
				s.Rule = RuleFreeze
			case p.Deadline == p.Ceiling:
				s.Rule = RuleCeiling
			}
			if p.ReservedAt(tx.Now) {
				s.Reserved = true
			}
			n := len(c.Stretches)
			if n > 0 && c.Stretches[n-1].joins(s) {
				was := &c.Stretches[n-1]
				was.To, was.First, was.Last = s.To, min(was.First, s.First), max(was.Last, s.Last)
			} else {
				c.Stretches = append(c.Stretches, s)
			}
			if c.First == 0 || s.First < c.First {
				c.First = s.First
			}
			c.Last = max(c.Last, s.Last)
		}
		missing, err := h.MissingOf(tx, selection, pending)
		c.Missing = append(c.Missing, missing...)
		return err
	})
	return c, err
}

// joins reports whether next goes on where s ends.
func (s Stretch) joins(next Stretch) bool {
	return next.From.Sub(s.To) <= vault.Seam && s.Rule == next.Rule && s.Reserved == next.Reserved && slices.Equal(s.Holds, next.Holds)
}
