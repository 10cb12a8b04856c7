package web

import (
	"net/http"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// view is what of the site a reader looks at, as the address says it. Anything in
// an address that makes no sense is left out: a link from yesterday still opens.
type view struct {
	*frame
	Window footage.Span // that the timelines show
	Zoom   zoom
	Day    wall // that the window begins on

	// Camera and At are what to play, or "" and 0.
	Camera footage.CameraID
	At     footage.Instant
}

// zoom is the length of the window, by its name in addresses.
type zoom string

// The lengths; the calendar day has 23 to 25 hours.
const (
	zoomDay     zoom = "day"
	zoomHours   zoom = "6h"
	zoomHour    zoom = "1h"
	zoomMinutes zoom = "10m"
)

var zooms = []zoom{zoomDay, zoomHours, zoomHour, zoomMinutes}

// length of a window, and the grid that a window which follows the clock moves
// on: it stands still in between, so that nobody has to chase it.
var windows = map[zoom]struct{ length, grid time.Duration }{
	zoomHours:   {6 * time.Hour, 30 * time.Minute},
	zoomHour:    {time.Hour, 5 * time.Minute},
	zoomMinutes: {10 * time.Minute, time.Minute},
}

// readView reads the address of r. How much footage there is decides how much of
// today is shown to somebody who does not say: a site that began ten minutes ago
// would otherwise be a sliver at the edge.
func (s *Server) readView(r *http.Request) (view, error) {
	f, err := s.frame(r, atFootage, "day", "zoom", "from", "camera", "at")
	v := view{frame: f}
	if err != nil {
		return v, err
	}
	q := r.URL.Query()
	if camera, err := footage.ParseCameraID(q.Get("camera")); err == nil {
		v.Camera, v.At = camera, instant(q.Get("at"))
	}
	day, errDay := parseDay(q.Get("day"))
	// A time of day that was typed: of the two in a repeated hour, the first.
	if clock, err := parseClock(q.Get("clock")); err == nil && errDay == nil && v.Camera != "" {
		v.At = footage.Meant(day.Add(clock), v.zone)[0]
		v.keep("at", v.At.String())
	}
	from := instant(q.Get("from"))
	switch {
	case from != 0:
		v.Day = v.Wall(from)
	case errDay == nil && !dayOf(day, v.zone).Contains(v.At) || errDay == nil && v.At == 0:
		v.Day = day
	case v.At != 0:
		v.Day = v.Wall(v.At)
	default:
		v.Day = v.Today
	}
	switch v.Zoom = zoom(q.Get("zoom")); v.Zoom {
	case zoomDay, zoomHours, zoomHour, zoomMinutes:
	default:
		v.Zoom = zoomDay
		if v.IsToday() {
			var err error
			if v.Zoom, err = s.zoomForToday(v); err != nil {
				return v, err
			}
		}
	}
	v.Window = v.window(from)
	return v, nil
}

// instant reads an RFC 3339 time; anything else is none.
func instant(s string) footage.Instant {
	var i footage.Instant
	if i.UnmarshalText([]byte(s)) != nil || !footage.Always.Contains(i) {
		return 0
	}
	return i
}

// zoomForToday is the shortest window that has all of the last hours' footage, or
// else the day, unless that has only just begun.
func (s *Server) zoomForToday(v view) (zoom, error) {
	longest := windows[zoomHours]
	recent := footage.Span{From: v.Now.Add(-longest.length), To: v.Now}
	var first footage.Instant
	err := s.Index.View(func(tx *index.Tx) error {
		for _, camera := range vault.Cameras(tx) {
			for seg, err := range vault.Pieces(tx, camera, recent) {
				if err != nil {
					return err
				}
				if first == 0 || seg.From < first {
					first = seg.From
				}
				break
			}
		}
		return nil
	})
	if first == 0 {
		first = footage.At(s.Started)
	}
	best := zoomDay
	if dayOf(v.Today, v.zone).From > recent.From {
		best = zoomHours
	}
	for _, z := range zooms[1:] {
		if w := windows[z]; v.Now.Sub(first) <= w.length-w.grid {
			best = z
		}
	}
	return best, err
}

// window is what v.Zoom shows: from a given beginning, around what is played, up
// to now, or from the beginning of the day.
func (v view) window(from footage.Instant) footage.Span {
	day := dayOf(v.Day, v.zone)
	w, ok := windows[v.Zoom]
	grid := footage.Instant(w.grid / time.Microsecond)
	switch {
	case !ok:
		return day
	case from != 0:
	case day.Contains(v.At):
		from = (v.At.Add(-w.length/2) + grid/2) / grid * grid
	case v.IsToday():
		from = ((v.Now+grid-1)/grid*grid + grid).Add(-w.length)
	default:
		from = day.From
	}
	return footage.Span{From: from, To: from.Add(w.length)}
}

// IsToday reports whether the window begins today.
func (v view) IsToday() bool { return v.Day.Format(dayForm) == v.Today.Format(dayForm) }

// PlayLink is the address that plays camera from at on, in the window that is
// shown: it stands still while somebody watches.
func (v view) PlayLink(camera footage.CameraID, at string) string {
	if v.Zoom == zoomDay {
		return v.Link("camera", string(camera), "at", at, "day", v.Day.Format(dayForm), "zoom", string(v.Zoom), "from", "")
	}
	return v.Link("camera", string(camera), "at", at, "day", "", "zoom", string(v.Zoom), "from", v.Window.From.String())
}

// Pan is the address of the window that lies n windows later.
func (v view) Pan(n int) string {
	if v.Zoom == zoomDay {
		return v.Link("day", v.Day.AddDate(0, 0, n).Format(dayForm), "from", "", "camera", "", "at", "")
	}
	from := v.Window.From.Add(time.Duration(n) * v.Window.Duration())
	return v.Link("from", from.String(), "zoom", string(v.Zoom), "day", "")
}

// ZoomTo is the address of the same day, or its part around what is shown, with
// another length.
func (v view) ZoomTo(z zoom) string {
	if _, ok := windows[v.Zoom]; ok && z != zoomDay && v.kept.Get("from") != "" {
		middle := v.Window.From.Add(v.Window.Duration() / 2)
		w := windows[z]
		grid := footage.Instant(w.grid / time.Microsecond)
		return v.Link("zoom", string(z), "from", ((middle.Add(-w.length/2) + grid/2) / grid * grid).String(), "day", "")
	}
	return v.Link("zoom", string(z), "from", "", "day", v.kept.Get("day"))
}

// Shows reports whether the window begins on the day of w.
func (v view) Shows(w wall) bool { return v.Same(w, v.Day) }

// Plays reports whether the player, or else the window, is on the day of w.
func (v view) Plays(w wall) bool {
	if v.At != 0 {
		return v.Same(w, v.Wall(v.At))
	}
	return v.Shows(w)
}

// Week is the seven days and today.
func (v view) Week() []wall {
	var days []wall
	for d := -holds.MaxKeepDays; d <= 0; d++ {
		days = append(days, v.Today.AddDate(0, 0, d))
	}
	return days
}

// Older are the days before that, of which only held footage is left.
func (v view) Older() []wall {
	var days []wall
	for d := -holds.MaxKeepDays - 1; d >= -holds.MaxHoldDays; d-- {
		days = append(days, v.Today.AddDate(0, 0, d))
	}
	return days
}

// WindowWords says what the window shows.
func (v view) WindowWords() string {
	if v.Zoom == zoomDay {
		return v.Date(v.Day)
	}
	return v.Date(v.Day) + " " + v.minute(v.Window.From) + "–" + v.minute(v.Window.To)
}

// minute is the time of day without seconds.
func (v view) minute(i footage.Instant) string {
	if ambiguous(i, v.zone) {
		return i.Time().In(v.zone).Format("15:04-07")
	}
	return v.Wall(i).Format("15:04")
}
