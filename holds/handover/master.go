package handover

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/sjudager/sjudager/holds/handover/verify"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/movie"
	"github.com/sjudager/sjudager/vault/remux"
)

// maxPart is the most that a part of a master has, in bytes: with the boxes behind it
// and the head of a ZIP part it stays below 2 GiB, which every file system and every
// player takes (R95).
const maxPart = 2<<30 - 16<<20

// maxMeta is more than the boxes behind a movie have, in bytes.
const maxMeta = 64 << 10

// master is one movie file.
type master struct {
	name  string // without its folder and .mp4
	movie *movie.Movie
}

func (m *master) file() string { return verify.VideoFolder + "/" + m.name + ".mp4" }

// segmentFile is where a recorded segment lies in the package.
func segmentFile(id footage.SegmentID) string {
	return verify.SegmentFolder + "/" + string(id) + ".mp4"
}

// layOut finds the masters of what is given, and what of it is missing and why.
func (in *Input) layOut(ctx context.Context, g *given, limit int64) error {
	var shown []footage.Span
	var gaps []footage.Gap
	for _, asked := range g.asked {
		var parts []*movie.Movie
		for span := asked; !span.Empty(); {
			m, err := movie.Open(ctx, in.Vault, g.camera.ID, span, movie.Limits{
				Bytes: limit, Viewer: in.Viewer, Captions: func(m *movie.Movie) []remux.Caption { return captions(m, in.Site.Zone) }})
			if errors.Is(err, vault.ErrGone) {
				break
			}
			if err != nil {
				return err
			}
			parts = append(parts, m)
			gaps = append(gaps, m.Gaps...)
			for _, s := range m.Spans {
				shown = append(shown, s.Span)
			}
			if m.Next <= span.From {
				break
			}
			span.From = m.Next
		}
		for i, m := range parts {
			// Two spans that lie in one second are cut to the same key frames.
			name := func() string { return fmt.Sprintf("%s_del%d", stem(g.camera, m.Given), i+1) }
			for slices.ContainsFunc(g.masters, func(o *master) bool { return o.name == name() }) {
				i++
			}
			g.masters = append(g.masters, &master{name(), m})
		}
	}
	return in.Vault.Index.View(func(tx *index.Tx) error {
		for _, asked := range g.asked {
			for _, hole := range asked.Subtract(shown) {
				why := gaps
				for gap, err := range vault.Gaps(tx, g.camera.ID, hole) {
					if err != nil {
						return err
					}
					why = append(why, gap)
				}
				var told []footage.Span
				for _, gap := range append(why, footage.Gap{Span: hole, Cause: footage.CauseUnknown}) {
					for _, part := range gap.Span.Intersect(hole).Subtract(told) {
						g.missing = append(g.missing, footage.Gap{Camera: g.camera.ID, Span: part, Cause: gap.Cause, Detail: gap.Detail})
					}
					told = append(told, gap.Span)
				}
			}
		}
		sortGaps(g.missing)
		return nil
	})
}

// delivered is what of the asked spans is in the masters.
func (g *given) delivered() (all []footage.Span) {
	var missing []footage.Span
	for _, gap := range g.missing {
		missing = append(missing, gap.Span)
	}
	for _, asked := range g.asked {
		all = append(all, asked.Subtract(missing)...)
	}
	return all
}

// segments are the ids of the segments that the masters are of, each once.
func (g *given) segments() (ids []footage.SegmentID) {
	seen := map[footage.SegmentID]bool{}
	for _, m := range g.masters {
		for p := range m.movie.Parts() {
			if !seen[p.Segment] {
				seen[p.Segment] = true
				ids = append(ids, p.Segment)
			}
		}
	}
	return ids
}
