package footage

import (
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

// Subtract returns what is left of s without any of the holes, in order. The
// holes may overlap and come in any order; they are not changed.
func (s Span) Subtract(holes []Span) []Span {
	if s.Empty() {
		return nil
	}
	sorted := slices.Clone(holes)
	slices.SortFunc(sorted, func(a, b Span) int { return int(min(max(a.From-b.From, -1), 1)) })
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
