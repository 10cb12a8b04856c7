package web

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// footagePage is Opptak: what cameras have, and playing it.
type footagePage struct {
	view
	Choice  []footage.Health // cameras to choose from
	Axis    []axisMark
	Offsets []offset
	Edge    footage.Instant
	Cameras []cameraRow
	Player  player
	Form    holdForm
	Zones   []string // to choose from
}

// cameraRow is one camera and its timeline.
type cameraRow struct {
	footage.Health
	timeline
	Configured bool
	// List is what the timeline shows, for those who cannot see it; More is how
	// many entries it leaves out.
	List []listed
	More int
}

// listed is a stretch of a camera's time: footage, or a gap.
type listed struct {
	footage.Span
	Gap *footage.Gap
}

// axisMark is a tick that leads to a closer look.
type axisMark struct {
	tick
	X    string
	Link string
}

// listShown is how many entries the list under a timeline has. A camera that
// breaks off every minute fills it in two hours; the rest is in the API.
const listShown = 100

// partPlayer asks for the player alone.
const partPlayer = "player"

func (s *Server) getFootagePage(w http.ResponseWriter, r *http.Request) {
	o := footagePage{}
	var err error
	if o.view, err = s.readView(r); err == nil {
		err = s.readFootagePage(&o)
	}
	switch {
	case err != nil:
		s.fail(w, r, err)
	case r.URL.Query().Get("part") == partPlayer:
		s.write(w, http.StatusOK, "footage", partPlayer, &o)
	default:
		s.draw(w, r, http.StatusOK, "footage", &o)
	}
}

func (s *Server) readFootagePage(o *footagePage) error {
	active, err := s.Holds.List(false)
	if err != nil {
		return err
	}
	if err := s.readCameras(o, active); err != nil {
		return err
	}
	o.Zones = slices.Sorted(maps.Keys(s.Zones()))
	o.Edge = edge(o.Policy, o.Now)
	for _, t := range ticks(o.Window, o.zone) {
		mark := axisMark{tick: t, X: o.scale().X(t.At)}
		if i := slices.Index(zooms, o.Zoom); i+1 < len(zooms) && t.At < o.Window.To {
			mark.Link = o.Link("from", t.At.String(), "zoom", string(zooms[i+1]), "day", "")
		}
		o.Axis = append(o.Axis, mark)
	}
	o.Offsets = offsets(footage.Span{From: min(o.Window.From, o.Now.Add(-holds.MaxHold)), To: max(o.Window.To, o.Now.Add(48*time.Hour))}, o.zone)
	if err := s.readPlayer(o); err != nil {
		return err
	}
	o.Form = *s.freshForm(o)
	return nil
}

func (v view) scale() scale { return scale(v.Window) }

// X and Width place things on the timelines.
func (v view) X(i footage.Instant) string      { return v.scale().X(i) }
func (v view) Width(s footage.Span) string     { return v.scale().Width(s) }
func (v view) InWindow(i footage.Instant) bool { return v.Window.Contains(i) }

// readCameras reads the configured cameras, in their order, and after them those
// that are configured no more but have something to show in the window (R12).
func (s *Server) readCameras(o *footagePage, active []holds.Kept) error {
	health := s.Health()
	configured := len(health)
	if err := s.Index.View(func(tx *index.Tx) error {
		for _, camera := range vault.Cameras(tx) {
			if !slices.ContainsFunc(health, func(h footage.Health) bool { return h.Camera == camera }) {
				health = append(health, footage.Health{Camera: camera, Name: string(camera)})
			}
		}
		return nil
	}); err != nil {
		return err
	}
	// The spool before the index: what moves from one to the other meanwhile is
	// then seen in at least one of them.
	pending := map[footage.CameraID][]footage.Span{}
	if o.Status.Spool.Segments > 0 {
		for _, h := range health {
			var err error
			if pending[h.Camera], err = s.Holds.Pending(h.Camera, o.Window); err != nil {
				return err
			}
		}
	}
	return s.Index.View(func(tx *index.Tx) error {
		for i, h := range health {
			t, err := readTimeline(tx, h.Camera, o.Window, pending[h.Camera], active)
			if err != nil {
				return err
			}
			t.goOn(h, o.Now)
			if i >= configured && len(t.Footage)+len(t.Gaps)+len(t.Pending) == 0 {
				continue
			}
			o.Choice = append(o.Choice, h)
			row := cameraRow{Health: h, timeline: t, Configured: i < configured}
			row.List, row.More = t.list()
			o.Cameras = append(o.Cameras, row)
		}
		return nil
	})
}

// list returns the newest entries of t, by time, and how many it leaves out.
func (t timeline) list() (entries []listed, more int) {
	for _, span := range t.Footage {
		entries = append(entries, listed{Span: span})
	}
	for i, g := range t.Gaps {
		entries = append(entries, listed{g.Span, &t.Gaps[i]})
	}
	slices.SortFunc(entries, func(a, b listed) int { return cmp.Compare(a.From, b.From) })
	more = max(0, len(entries)-listShown)
	return entries[more:], more
}

// Odd reports whether the i-th label of the axis can go where space is short. A
// day's are short themselves.
func (o *footagePage) Odd(i int) bool { return o.Zoom != zoomDay && i%2 == 1 }

// Family is the class of a gap's colour.
func (o *footagePage) Family(c footage.Cause) string { return family(c) }

// Future is what of the window has not happened yet.
func (o *footagePage) Future() footage.Span { return footage.Span{From: o.Now, To: o.Window.To} }
