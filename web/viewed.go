package web

import (
	"net/http"
	"sync"
	"time"

	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// viewedAgain is after how long the same viewer of the same segment counts as
// another view. A player asks for one segment in many ranges, and again when it is
// paused and goes on.
const viewedAgain = time.Hour

// picturedAgain is the same of the latest pictures of a camera, of which somebody who
// keeps the overview open sees another every half minute.
const picturedAgain = 10 * time.Minute

// views remembers which views are in the ledger.
type views struct {
	mu   sync.Mutex
	last map[viewing]footage.Instant
}

type viewing struct {
	by, purpose string
	segment     footage.SegmentID
	pictures    footage.CameraID // the latest pictures of a camera, instead of a segment
	reserved    bool             // it took the privacy right
}

// known reports whether a view is in the ledger already.
func (v *views) known(w viewing, now footage.Instant) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	at, seen := v.last[w]
	again := viewedAgain
	if w.pictures != "" {
		again = picturedAgain
	}
	return seen && at <= now && now.Sub(at) < again
}

// remember remembers a view, and forgets those that are over.
func (v *views) remember(w viewing, now footage.Instant) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.last == nil {
		v.last = map[viewing]footage.Instant{}
	}
	for old, at := range v.last {
		if at > now || now.Sub(at) >= viewedAgain {
			delete(v.last, old)
		}
	}
	v.last[w] = now
}

// viewed writes into the ledger that somebody looks at a segment, before the first
// byte is sent, and why: what cannot be written down is not shown.
func (s *Server) viewed(r *http.Request, segment vault.Segment) error {
	purpose, err := s.purpose(r, segment.Camera)
	if err != nil {
		return err
	}
	now := s.now()
	w := viewing{by: actor(r), purpose: purpose, segment: segment.ID(), reserved: segment.ReservedAt(now)}
	if r.Method == http.MethodHead || s.views.known(w, now) {
		return nil
	}
	if err := s.Index.Update(func(tx *index.Tx) error {
		e := ledger.Entry{Kind: ledger.Viewed, By: w.by, Fields: ledger.Fields{
			"camera": segment.Camera, "from": segment.Span.From, "to": segment.Span.To,
		}}
		if w.reserved {
			e.Fields["right"] = "privacy" // nobody without it could (R34)
		}
		if purpose != "" {
			e.Details = map[string]string{"purpose": purpose}
		}
		_, err := ledger.Append(tx, e)
		return err
	}); err != nil {
		return err
	}
	s.views.remember(w, now)
	return nil
}
