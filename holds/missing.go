package holds

import (
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Lack is why a span has no footage.
type Lack string

// The reasons.
const (
	LackDeleted     Lack = "deleted"      // its deadline has come
	LackGap         Lack = "gap"          // it was not recorded; the gap's cause says why
	LackNotRecorded Lack = "not-recorded" // nothing is known about it
)

// Missing is a span in the past that was asked for and is not there (R27).
type Missing struct {
	Camera footage.CameraID `json:"camera"`
	footage.Span
	Why    Lack          `json:"why"`
	Cause  footage.Cause `json:"cause,omitempty"`  // of a gap
	Detail string        `json:"detail,omitempty"` // of a gap
}

// findMissing returns the exact spans of camera within asked, up to now, that
// have neither readable footage in the index nor footage that is pending.
func findMissing(tx *index.Tx, p Policy, camera footage.CameraID, asked footage.Span, pending []footage.Span) ([]Missing, error) {
	past := asked.Intersect(footage.Span{From: asked.From, To: tx.Now})
	kept, err := vault.Gone(tx, camera)
	if err != nil {
		return nil, err
	}
	kept = max(kept, keptFrom(p, tx.Now))
	have := pending
	for s, err := range vault.Pieces(tx, camera, past) {
		if err != nil {
			return nil, err
		}
		if s.Readable(tx.Now) {
			have = append(have, s.Span)
		} else {
			kept = max(kept, s.To) // due, and about to be retired
		}
	}
	var gaps []footage.Gap
	for g, err := range vault.Gaps(tx, camera, past) {
		if err != nil {
			return nil, err
		}
		gaps = append(gaps, g)
	}
	return explainMissing(camera, past.Subtract(have), gaps, kept), nil
}

// keptFrom is the first instant whose footage, unheld, may still be there at now:
// p.KeepUntil never runs backwards, so a search finds it.
func keptFrom(p Policy, now footage.Instant) footage.Instant {
	from, to := now.Add(-MaxKeep-26*60*60*1e9), now
	for from < to {
		middle := from + (to-from)/2
		if p.KeepUntil(middle) > now {
			to = middle
		} else {
			from = middle + 1
		}
	}
	return from
}

// explainMissing cuts the lacking spans, which are in order, at the borders of
// the gaps and at kept, and gives each piece its reason. What a gap explains was
// never recorded; for the rest, what lies before kept has been deleted if it ever
// was there.
func explainMissing(camera footage.CameraID, lacking []footage.Span, gaps []footage.Gap, kept footage.Instant) []Missing {
	var missing []Missing
	for _, lack := range lacking {
		rest := lack
		for _, g := range gaps {
			hole := g.Span.Intersect(rest)
			if hole.Empty() {
				continue
			}
			missing = append(missing, unexplained(camera, footage.Span{From: rest.From, To: hole.From}, kept)...)
			missing = append(missing, Missing{Camera: camera, Span: hole, Why: LackGap, Cause: g.Cause, Detail: g.Detail})
			rest.From = hole.To
		}
		missing = append(missing, unexplained(camera, rest, kept)...)
	}
	return missing
}

func unexplained(camera footage.CameraID, span footage.Span, kept footage.Instant) []Missing {
	var missing []Missing
	if old := span.Intersect(footage.Span{From: span.From, To: kept}); !old.Empty() {
		missing = append(missing, Missing{Camera: camera, Span: old, Why: LackDeleted})
	}
	if young := span.Intersect(footage.Span{From: kept, To: span.To}); !young.Empty() {
		missing = append(missing, Missing{Camera: camera, Span: young, Why: LackNotRecorded})
	}
	return missing
}
