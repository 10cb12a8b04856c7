package web

import (
	"net/http"
	"sort"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// timeline is what one camera has in a window.
type timeline struct {
	Footage []vault.Run   // readable
	Gaps    []footage.Gap // the one that goes on now included
}

func readTimeline(tx *index.Tx, camera footage.CameraID, window footage.Span, viewer footage.Viewer) (t timeline, err error) {
	if t.Footage, err = vault.TimelineFor(tx, camera, window, viewer); err != nil {
		return t, err
	}
	for g, err := range vault.Gaps(tx, camera, window) {
		if err != nil {
			return t, err
		}
		t.Gaps = append(t.Gaps, g)
	}
	return t, nil
}

// drawing is what the script draws timelines of: GET /opptak/tidslinje. Times are in
// milliseconds since 1970.
type drawing struct {
	From    int64         `json:"from"`
	To      int64         `json:"to"`
	Now     int64         `json:"now"`
	Edge    int64         `json:"edge"` // before it only held footage is left
	Hour    int64         `json:"hour"` // and before this an hour from now
	Cameras []drawnCamera `json:"cameras"`
	Causes  []string      `json:"causes"` // why there are gaps, in the reader's language
	Holds   []drawnHold   `json:"holds"`
}

// drawnCamera is one camera's timeline.
type drawnCamera struct {
	ID      footage.CameraID `json:"id"`
	Runs    [][3]int64       `json:"runs"`    // footage: from, to, 1 where a hold keeps it
	Pending [][2]int64       `json:"pending"` // recorded, not in the vault yet
	Gaps    []drawnGap       `json:"gaps"`
}

// drawnGap is a gap: from, to, the index of its cause, and its colour.
type drawnGap struct {
	From   int64  `json:"from"`
	To     int64  `json:"to"`
	Cause  int    `json:"cause"`
	Family string `json:"family"`
}

// drawnHold is a stretch that a hold in force selects.
type drawnHold struct {
	Number string           `json:"number"`
	Camera footage.CameraID `json:"camera"`
	From   int64            `json:"from"`
	To     int64            `json:"to"`
}

func (s *Server) getDrawing(w http.ResponseWriter, r *http.Request) {
	span, err := querySpan(r.URL.Query())
	var d drawing
	if err == nil {
		d, err = s.drawing(tongue{language(r), s.Holds.Policy().Zone}, span, viewer(r))
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, http.StatusOK, d)
}

func (s *Server) drawing(t tongue, span footage.Span, viewer footage.Viewer) (drawing, error) {
	now := s.now()
	policy := s.Holds.Policy()
	d := drawing{
		From: millis(span.From), To: millis(span.To), Now: millis(now),
		Edge: millis(edge(policy, now)), Hour: millis(edge(policy, now.Add(time.Hour))),
		Cameras: []drawnCamera{}, Causes: []string{}, Holds: []drawnHold{},
	}
	health := map[footage.CameraID]footage.Health{}
	var cameras []footage.CameraID
	for _, h := range s.Health() {
		health[h.Camera] = h
	}
	active, err := s.Holds.List(false)
	if err != nil {
		return d, err
	}
	if err := s.Index.View(func(tx *index.Tx) error {
		cameras = s.cameras(tx)
		return nil
	}); err != nil {
		return d, err
	}
	// The spool before the index: what moves from one to the other meanwhile is
	// then seen in at least one of them.
	pending := map[footage.CameraID][]footage.Span{}
	if use, err := s.Spool.Usage(); err != nil {
		return d, err
	} else if use.Segments > 0 {
		for _, c := range cameras {
			if pending[c], err = s.Holds.Pending(c, span); err != nil {
				return d, err
			}
		}
	}
	causes := map[footage.Cause]int{}
	return d, s.Index.View(func(tx *index.Tx) error {
		for _, c := range cameras {
			line, err := readTimeline(tx, c, span, viewer)
			if err != nil {
				return err
			}
			line.Gaps, pending[c] = goOn(line.Gaps, pending[c], health[c], tx.Now)
			drawn := drawnCamera{c, [][3]int64{}, [][2]int64{}, []drawnGap{}}
			for _, r := range line.Footage {
				var held int64
				if r.Held {
					held = 1
				}
				if n := len(drawn.Runs) - 1; n >= 0 && drawn.Runs[n][2] == held && millis(r.From)-drawn.Runs[n][1] <= vault.Seam.Milliseconds() {
					drawn.Runs[n][1] = millis(r.To) // codecs are drawn alike
				} else {
					drawn.Runs = append(drawn.Runs, [3]int64{millis(r.From), millis(r.To), held})
				}
			}
			for _, p := range pending[c] {
				drawn.Pending = append(drawn.Pending, [2]int64{millis(p.From), millis(p.To)})
			}
			for _, g := range line.Gaps {
				n, known := causes[g.Cause]
				if !known {
					n = len(d.Causes)
					causes[g.Cause], d.Causes = n, append(d.Causes, t.Cause(g.Cause))
				}
				drawn.Gaps = append(drawn.Gaps, drawnGap{millis(g.Span.From), millis(g.Span.To), n, family(g.Cause)})
			}
			d.Cameras = append(d.Cameras, drawn)
			for _, h := range active {
				for _, held := range h.Spans(c) {
					if held = held.Intersect(span); !held.Empty() {
						d.Holds = append(d.Holds, drawnHold{h.Number, c, millis(held.From), millis(held.To)})
					}
				}
			}
		}
		return nil
	})
}

func millis(i footage.Instant) int64 { return int64(i) / 1000 }

// goOn adds what a camera is doing right now: the segment that it writes, or the
// gap that it is in.
func goOn(gaps []footage.Gap, pending []footage.Span, h footage.Health, now footage.Instant) ([]footage.Gap, []footage.Span) {
	switch {
	case h.State == footage.StateRecording && !h.Open.Empty():
		pending = append(pending, h.Open)
	case h.State == footage.StateDown && h.Since < now:
		// What has been written down of it ends some time ago.
		for i, g := range gaps {
			if g.Span.From >= h.Since {
				gaps = gaps[:i]
				break
			}
		}
		gaps = append(gaps, footage.Gap{Camera: h.Camera, Span: footage.Span{From: h.Since, To: now}, Cause: h.Cause, Detail: h.Detail})
	}
	return gaps, pending
}

// edge is where deletion has come to: footage from before it is gone unless it is
// held. KeepUntil never runs backwards, so a search finds it.
func edge(p holds.Policy, now footage.Instant) footage.Instant {
	from := now.Add(-holds.MaxKeep - 24*time.Hour)
	return from + footage.Instant(sort.Search(int(now-from), func(i int) bool {
		return p.KeepUntil(from+footage.Instant(i)) > now
	}))
}
