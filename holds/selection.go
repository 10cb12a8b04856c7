package holds

import (
	"fmt"
	"iter"
	"slices"

	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Selection is what some cameras recorded, or will record, in a span. A hold has
// one or more.
type Selection struct {
	Cameras []footage.CameraID `json:"cameras"`
	footage.Span
}

// MaxSelections is how many selections a hold may have.
const MaxSelections = 50

// sound refuses selections that no state of the index could make right, and returns
// them with the cameras of each in order.
func sound(all []Selection) ([]Selection, error) {
	if len(all) > MaxSelections {
		return nil, fmt.Errorf("%w: a hold has at most %d selections", ErrInvalid, MaxSelections)
	}
	var clean []Selection
	for _, s := range all {
		switch {
		case len(s.Cameras) == 0:
			return nil, fmt.Errorf("%w: name at least one camera", ErrInvalid)
		case s.From == 0 || s.To == 0:
			return nil, fmt.Errorf("%w: give the beginning and the end of the footage to hold", ErrInvalid)
		case s.Empty():
			return nil, fmt.Errorf("%w: the end %s is not after the beginning %s", ErrInvalid, s.To, s.From)
		}
		clean = append(clean, Selection{slices.Compact(slices.Sorted(slices.Values(s.Cameras))), s.Span})
	}
	return clean, nil
}

// sum returns all cameras of the selections, in order, and the span from the first
// instant of any to the last.
func sum(all []Selection) (cameras []footage.CameraID, span footage.Span) {
	for i, s := range all {
		cameras = append(cameras, s.Cameras...)
		if i == 0 {
			span = s.Span
		}
		span.From, span.To = min(span.From, s.From), max(span.To, s.To)
	}
	slices.Sort(cameras)
	return slices.Compact(cameras), span
}

// Spans returns what the hold selects of camera: spans in order that neither overlap
// nor touch.
func (h Hold) Spans(camera footage.CameraID) []footage.Span { return SpansOf(h.Selections, camera) }

// SpansOf returns what the selections have of camera: spans in order that neither overlap
// nor touch.
func SpansOf(all []Selection, camera footage.CameraID) []footage.Span {
	var spans []footage.Span
	for _, s := range all {
		if slices.Contains(s.Cameras, camera) {
			spans = append(spans, s.Span)
		}
	}
	return footage.Union(spans, 0)
}

// pieces yields the stored segments, in brief, that the selections reach; one that
// reaches from one span into the next comes once.
func pieces(tx *index.Tx, all []Selection) iter.Seq2[vault.Piece, error] {
	return each(all, func(camera footage.CameraID, span footage.Span) iter.Seq2[vault.Piece, error] {
		return vault.Pieces(tx, camera, span)
	}, func(p vault.Piece) footage.Instant { return p.From })
}

// segments is pieces with the whole rows.
func segments(tx *index.Tx, all []Selection) iter.Seq2[vault.Segment, error] {
	return each(all, func(camera footage.CameraID, span footage.Span) iter.Seq2[vault.Segment, error] {
		return vault.Segments(tx, camera, span)
	}, func(s vault.Segment) footage.Instant { return s.Span.From })
}

func each[S any](all []Selection, scan func(footage.CameraID, footage.Span) iter.Seq2[S, error], start func(S) footage.Instant) iter.Seq2[S, error] {
	return func(yield func(S, error) bool) {
		cameras, _ := sum(all)
		for _, camera := range cameras {
			last := footage.Instant(-1)
			for _, span := range SpansOf(all, camera) {
				for s, err := range scan(camera, span) {
					if err == nil && start(s) <= last {
						continue
					}
					last = start(s)
					if !yield(s, err) {
						return
					}
				}
			}
		}
	}
}

// PendingOf asks the spool what it has of the selections. It is asked before the index:
// what moves from one to the other meanwhile is then seen in at least one of them.
func (h *Holds) PendingOf(all []Selection) (map[footage.CameraID][]footage.Span, error) {
	pending := map[footage.CameraID][]footage.Span{}
	cameras, _ := sum(all)
	for _, camera := range cameras {
		for _, span := range SpansOf(all, camera) {
			spans, err := h.Pending(camera, span)
			if err != nil {
				return nil, err
			}
			pending[camera] = append(pending[camera], spans...)
		}
	}
	return pending, nil
}

// MissingOf returns what of the selections is in the past and neither there nor pending,
// camera by camera, with the reasons (R27).
func (h *Holds) MissingOf(tx *index.Tx, all []Selection, pending map[footage.CameraID][]footage.Span) ([]Missing, error) {
	var missing []Missing
	cameras, _ := sum(all)
	for _, camera := range cameras {
		for _, span := range SpansOf(all, camera) {
			m, err := findMissing(tx, h.Policy(), camera, span, pending[camera])
			if err != nil {
				return nil, err
			}
			missing = append(missing, m...)
		}
	}
	return missing, nil
}

// known refuses cameras that are neither configured nor have footage.
func (h *Holds) known(tx *index.Tx, all []Selection) error {
	known := append(vault.Cameras(tx), h.Cameras()...)
	cameras, _ := sum(all)
	for _, camera := range cameras {
		if !slices.Contains(known, camera) {
			return fmt.Errorf("%w: there is no camera %q", ErrInvalid, camera)
		}
	}
	return nil
}

// words writes the selections as the ledger has them, where there is more than one:
// camera@from/to.
func words(all []Selection) (list []string) {
	if len(all) < 2 {
		return nil
	}
	cameras, _ := sum(all)
	for _, camera := range cameras {
		for _, s := range SpansOf(all, camera) {
			list = append(list, fmt.Sprintf("%s@%s/%s", camera, s.From, s.To))
		}
	}
	return list
}
