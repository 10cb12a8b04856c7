package handover

import (
	"time"

	"github.com/sjudager/sjudager/vault/footage"
)

// account is what became of what is to be given of a camera: Asked is the sum of Given,
// Gaps and Missing, to the microsecond (R91).
type account struct {
	Asked, Given  time.Duration
	Gaps, Missing time.Duration
	Pictures      int // of what is given
}

func (g *given) account() (a account) {
	for _, s := range g.asked {
		a.Asked += s.Duration()
	}
	for _, s := range g.delivered() {
		a.Given += s.Duration()
		a.Pictures += g.pictures(s)
	}
	for _, x := range g.missing {
		if recorded(x.Cause) {
			a.Missing += x.Span.Duration()
		} else {
			a.Gaps += x.Span.Duration()
		}
	}
	return a
}

// recorded reports whether there was footage of a span that there is none of, or may
// have been: it is missing. Else nothing was recorded, and that is a gap.
func recorded(c footage.Cause) bool {
	switch c {
	case footage.CauseDamaged, footage.CauseSpoolFull, footage.CauseLost, footage.CauseUnknown:
		return true
	}
	return false
}

// pictures counts those of the masters that begin to be shown in a span.
func (g *given) pictures(s footage.Span) (n int) {
	for _, m := range g.masters {
		if !m.movie.Given.Overlaps(s) {
			continue
		}
		for tick := range m.movie.Pictures() {
			if s.Contains(m.movie.Wall(tick)) {
				n++
			}
		}
	}
	return n
}

// beyond is how much more than a span that is to be given lies in the package at its
// ends: segments are given whole, and masters begin and end with key frames. It is 0
// where there is a gap at the end.
type beyond struct {
	Camera         footage.CameraID `json:"camera"`
	footage.Span                    // that is to be given
	SegmentsBefore int64            `json:"segments_before_us"`
	SegmentsAfter  int64            `json:"segments_after_us"`
	MastersBefore  int64            `json:"masters_before_us"`
	MastersAfter   int64            `json:"masters_after_us"`
}

// beyonds are those of everything that is given.
func (b *builder) beyonds() (all []beyond) {
	for _, g := range b.given {
		for _, asked := range g.asked {
			x := beyond{Camera: g.camera.ID, Span: asked}
			stretch := func(before, after *int64, s footage.Span) {
				if s.Contains(asked.From) {
					*before = max(*before, asked.From.Sub(s.From).Microseconds())
				}
				if s.Contains(asked.To - 1) {
					*after = max(*after, s.To.Sub(asked.To).Microseconds())
				}
			}
			for _, s := range b.segments {
				if s.Camera == g.camera.ID {
					stretch(&x.SegmentsBefore, &x.SegmentsAfter, s.Span)
				}
			}
			for _, m := range g.masters {
				for _, s := range m.movie.Spans {
					stretch(&x.MastersBefore, &x.MastersAfter, s.Span)
				}
			}
			all = append(all, x)
		}
	}
	return all
}
