package web

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// overview is the page. Its live parts are read anew every few seconds; the rest
// belongs to the reader and is left alone.
type overview struct {
	view
	Site    Site
	Version string
	Started footage.Instant
	names   map[footage.CameraID]string
	Choice  []footage.Health // cameras to choose from

	// Live.
	Alarms  []footage.Alarm
	Axis    []axisMark
	Offsets []offset
	Edge    footage.Instant
	Cameras []cameraRow
	Holds   []holds.Kept
	Policy  holds.Policy
	Status  Status
	Pause   *holds.Pause     // of deletion, or nil
	Next    []holds.Decision // the first of what goes next, the overdue first
	Deleted holds.Deletion

	// The reader's.
	Player player
	Form   holdForm
	Shown  *holds.Kept // the hold that the reader asked to see
	Just   string      // what has just become of it: placed, closed
	Zones  []string    // to choose from
	Review reviewForm
	Close  *closing
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

// offset is what the site's clocks add to UTC from an instant on, for the script
// of the page: it never guesses at time zones.
type offset struct {
	From    int64 `json:"from"`    // milliseconds since 1970
	Seconds int   `json:"seconds"` // east of UTC
}

const (
	// nextShown is how many of the next deletions the page lists.
	nextShown = 6
	// listShown is how many entries the list under a timeline has. A camera that
	// breaks off every minute fills it in two hours; the rest is in the API.
	listShown = 100
)

// parts of the page that can be asked for by themselves.
const (
	partLive   = "live"
	partPlayer = "player"
)

func (s *Server) getOverview(w http.ResponseWriter, r *http.Request) {
	begin := time.Now()
	v, err := s.readView(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	o := overview{view: v}
	part := r.URL.Query().Get("part")
	switch part {
	case partPlayer:
		err = s.readPlayer(&o)
	case partLive:
		err = s.readLive(&o)
	default:
		part = "page"
		o.Just = r.URL.Query().Get("just")
		err = s.readPage(&o, nil)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if part == partLive {
		// A viewer costs at most a fiftieth of a core: what takes long to make is
		// asked for less often.
		again := max(refreshEvery, 50*time.Since(begin))
		w.Header().Set("Refresh-After", fmt.Sprint(again.Milliseconds()))
	}
	s.page(w, http.StatusOK, part, &o)
}

// refreshEvery is how often the page asks for its live parts.
const refreshEvery = 5 * time.Second

// readPage reads everything; form is the reader's own, or nil for a fresh one.
func (s *Server) readPage(o *overview, form *holdForm) error {
	if err := s.readLive(o); err != nil {
		return err
	}
	if err := s.readPlayer(o); err != nil {
		return err
	}
	if o.view.Hold != "" {
		switch kept, err := s.Holds.Show(o.view.Hold); {
		case err == nil:
			o.Shown = &kept
		case !errors.Is(err, holds.ErrNotFound):
			return err
		}
	}
	if o.Closing != "" && o.Close == nil {
		var err error
		if o.Close, err = s.readClosing(o.Closing); err != nil && !errors.Is(err, holds.ErrNotFound) {
			return err
		}
	}
	if form == nil {
		form = s.freshForm(o)
	}
	o.Form = *form
	return nil
}

// readLive reads the live parts.
func (s *Server) readLive(o *overview) error {
	var err error
	o.Zones = slices.Sorted(maps.Keys(s.Zones()))
	o.Site, o.Version, o.Started, o.Policy = s.Site(), s.Version, footage.At(s.Started), s.Holds.Policy()
	if o.Status, err = s.status(); err != nil {
		return err
	}
	o.Alarms, o.Pause = o.Status.Alarms, s.Clock.Status().Pause
	if o.Holds, err = s.Holds.List(o.Ended); err != nil {
		return err
	}
	active := slices.DeleteFunc(slices.Clone(o.Holds), func(h holds.Kept) bool { return !h.State.InForce() })
	if err := s.readCameras(o, active); err != nil {
		return err
	}
	if o.Next, err = s.Holds.Plan(s.now(), nextShown); err != nil {
		return err
	}
	o.Next = o.Next[:min(len(o.Next), nextShown)]
	o.Deleted = s.Deleted()
	o.Edge = edge(o.Policy, o.Now)
	for _, t := range ticks(o.Window, o.zone) {
		mark := axisMark{tick: t, X: o.scale().X(t.At)}
		if i := slices.Index(zooms, o.Zoom); i+1 < len(zooms) && t.At < o.Window.To {
			mark.Link = o.Link("from", t.At.String(), "zoom", string(zooms[i+1]), "day", "")
		}
		o.Axis = append(o.Axis, mark)
	}
	o.Offsets = offsets(footage.Span{From: min(o.Window.From, o.Now.Add(-holds.MaxHold)), To: max(o.Window.To, o.Now.Add(48*time.Hour))}, o.zone)
	return nil
}

func (v view) scale() scale { return scale(v.Window) }

// X and Width place things on the timelines.
func (v view) X(i footage.Instant) string      { return v.scale().X(i) }
func (v view) Width(s footage.Span) string     { return v.scale().Width(s) }
func (v view) InWindow(i footage.Instant) bool { return v.Window.Contains(i) }

// Millis is i as JavaScript has it.
func (v view) Millis(i footage.Instant) int64 { return int64(i) / 1000 }

// offsets returns the offset at the beginning of span and those that follow.
func offsets(span footage.Span, zone *time.Location) []offset {
	var found []offset
	for i := span.From; i < span.To; {
		t := i.Time().In(zone)
		_, seconds := t.Zone()
		found = append(found, offset{t.UnixMilli(), seconds})
		_, end := t.ZoneBounds()
		if end.IsZero() {
			break
		}
		i = footage.At(end)
	}
	return found
}

// readCameras reads the configured cameras, in their order, and after them those
// that are configured no more but have something to show in the window (R12).
func (s *Server) readCameras(o *overview, active []holds.Kept) error {
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
			o.know(h)
			row := cameraRow{Health: h, timeline: t, Configured: i < configured}
			row.List, row.More = t.list()
			o.Cameras = append(o.Cameras, row)
		}
		return nil
	})
}

// know takes a camera among those that have a name and can be chosen.
func (o *overview) know(h footage.Health) {
	if o.names == nil {
		o.names = map[footage.CameraID]string{}
	}
	o.names[h.Camera] = h.Name
	o.Choice = append(o.Choice, h)
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

// Name is what people call a camera.
func (o *overview) Name(c footage.CameraID) string { return cmp.Or(o.names[c], string(c)) }

// Names are what people call cameras.
func (o *overview) Names(cameras []footage.CameraID) string {
	names := make([]string, len(cameras))
	for i, c := range cameras {
		names[i] = o.Name(c)
	}
	return strings.Join(names, ", ")
}

// Recording is how many cameras record.
func (o *overview) Recording() (n int) {
	for _, c := range o.Status.Cameras {
		if c.State == footage.StateRecording {
			n++
		}
	}
	return n
}

// Odd reports whether the i-th label of the axis can go where space is short. A
// day's are short themselves.
func (o *overview) Odd(i int) bool { return o.Zoom != zoomDay && i%2 == 1 }

// Family is the class of a gap's colour.
func (o *overview) Family(c footage.Cause) string { return family(c) }

// Future is what of the window has not happened yet.
func (o *overview) Future() footage.Span { return footage.Span{From: o.Now, To: o.Window.To} }

// Rest is how many segments wait behind Next.
func (o *overview) Rest() int { return o.Status.Store.Segments - len(o.Next) }

// Soon reports whether a hold's end is near enough to think of what comes then.
func (o *overview) Soon(until footage.Instant) bool { return until.Sub(o.Now) < 72*time.Hour }
