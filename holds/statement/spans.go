package statement

import (
	"time"

	"github.com/sjudager/sjudager/vault/footage"
)

// seam is how far two pieces may lie apart and still count as one: less than three
// frames.
const seam = 100 * time.Millisecond

func union(spans []footage.Span) []footage.Span { return footage.Union(spans, seam) }

// within cuts spans to one.
func within(spans []footage.Span, cut footage.Span) (all []footage.Span) {
	for _, s := range spans {
		if s = s.Intersect(cut); !s.Empty() {
			all = append(all, s)
		}
	}
	return all
}

// seconds is how long spans are together, to the nearest second.
func seconds(spans []footage.Span) int64 {
	var sum time.Duration
	for _, s := range union(spans) {
		sum += s.To.Sub(s.From)
	}
	return int64(sum.Round(time.Second) / time.Second)
}

// without returns what of spans none of holes covers.
func without(spans, holes []footage.Span) (left []footage.Span) {
	for _, s := range spans {
		left = append(left, s.Subtract(holes)...)
	}
	return left
}
