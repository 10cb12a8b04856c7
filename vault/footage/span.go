package footage

import (
	"cmp"
	"slices"
	"time"
)

// Span is the half-open time interval [From, To).
type Span struct {
	From Instant `json:"from"`
	To   Instant `json:"to"`
}

// Always takes in every instant that a recording can have.
var Always = Span{From: 1, To: 1 << 57}

// Empty reports whether s has no instant in it.
func (s Span) Empty() bool { return s.To <= s.From }

// Duration is the length of s, and 0 when it is empty.
func (s Span) Duration() time.Duration { return max(0, s.To.Sub(s.From)) }

// Contains reports whether i lies in s.
func (s Span) Contains(i Instant) bool { return s.From <= i && i < s.To }

// Overlaps reports whether s and o have an instant in common. Spans that only
// touch do not, and an empty span overlaps nothing.
func (s Span) Overlaps(o Span) bool { return !s.Intersect(o).Empty() }

// Intersect returns what s and o have in common, perhaps empty.
func (s Span) Intersect(o Span) Span { return Span{max(s.From, o.From), min(s.To, o.To)} }

// Union returns spans in order, without what they have in common twice, and joined where
// no more than seam lies between them. Empty ones that lie apart are left out; spans is
// not changed.
func Union(spans []Span, seam time.Duration) []Span {
	sorted := slices.Clone(spans)
	slices.SortFunc(sorted, byBeginning)
	var joined []Span
	for _, s := range sorted {
		if n := len(joined) - 1; n >= 0 && s.From.Sub(joined[n].To) <= seam {
			joined[n].To = max(joined[n].To, s.To)
		} else if !s.Empty() {
			joined = append(joined, s)
		}
	}
	return joined
}

func byBeginning(a, b Span) int { return cmp.Compare(a.From, b.From) }

// Subtract returns what is left of s without any of the holes, in order. The
// holes may overlap and come in any order; they are not changed.
func (s Span) Subtract(holes []Span) []Span {
	if s.Empty() {
		return nil
	}
	sorted := slices.Clone(holes)
	slices.SortFunc(sorted, byBeginning)
	var left []Span
	at := s.From
	for _, h := range sorted {
		h = h.Intersect(s)
		if h.Empty() {
			continue
		}
		if h.From > at {
			left = append(left, Span{at, h.From})
		}
		at = max(at, h.To)
	}
	if at < s.To {
		left = append(left, Span{at, s.To})
	}
	return left
}
