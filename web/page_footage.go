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
	"github.com/sjudager/sjudager/web/account"
)

// footagePage is Opptak: what cameras have, and playing it. The address names the
// cameras that are shown and the moment; where the timeline is looked at, and what is
// selected on it, is the script's alone.
type footagePage struct {
	*frame
	Day     wall            // that is shown
	At      footage.Instant // that is played, or 0
	Cameras []pageCamera    // all of them
	Shown   []cameraRow
	Edge    footage.Instant // deletion has come so far
	Zones   []string

	// AsksPurpose: the site asks why footage is watched; Asks are those of the shown
	// cameras that a purpose is still to be stated for, and Purposes those to choose from
	// (R55).
	AsksPurpose bool
	Asks        []footage.CameraID
	Purposes    []Purpose
}

// pageCamera is a camera that can be shown.
type pageCamera struct {
	ID   footage.CameraID
	Name string
}

// cameraRow is a camera that is shown, with what it has on that day for those who
// cannot see a timeline. More is how many entries the list leaves out.
type cameraRow struct {
	pageCamera
	List []listed
	More int
}

// listed is a stretch of a camera's time: footage, or a gap.
type listed struct {
	footage.Span
	Gap *footage.Gap
}

const (
	// maxShown is how many cameras play side by side.
	maxShown = 4
	// listShown is how many entries a list has. A camera that breaks off every minute
	// fills it in two hours; the rest is in the API.
	listShown = 100
)

func (s *Server) getFootagePage(w http.ResponseWriter, r *http.Request) {
	var p footagePage
	var err error
	if p.frame, err = s.frame(r, atFootage, "camera", "day", "at"); err == nil {
		err = s.readFootagePage(r, &p)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.draw(w, r, http.StatusOK, "footage", &p)
}

func (s *Server) readFootagePage(r *http.Request, p *footagePage) error {
	q := r.URL.Query()
	p.At = instant(q.Get("at"))
	day, errDay := parseDay(q.Get("day"))
	// A time of day that was typed: of the two in a repeated hour, the first.
	if clock, err := parseClock(q.Get("clock")); err == nil && errDay == nil {
		p.At = footage.Meant(day.Add(clock), p.zone)[0]
		p.keep("at", p.At.String())
	}
	switch {
	case p.At != 0:
		p.Day = p.Wall(p.At)
	case errDay == nil:
		p.Day = day
	default:
		p.Day = p.Today
	}
	p.Edge = edge(p.Policy, p.Now)
	p.Zones = slices.Sorted(maps.Keys(s.Zones()))
	for _, h := range s.Health() {
		p.Cameras = append(p.Cameras, pageCamera{h.Camera, h.Name})
	}
	p.AsksPurpose = s.Purposes != nil
	if err := s.Index.View(func(tx *index.Tx) error {
		// Those that are configured no more may have footage still (R12).
		for _, camera := range vault.Cameras(tx) {
			if _, configured := p.names[camera]; !configured {
				p.Cameras = append(p.Cameras, pageCamera{camera, string(camera)})
			}
		}
		for _, camera := range p.Cameras {
			if len(p.Shown) == maxShown || !slices.Contains(q["camera"], string(camera.ID)) {
				continue
			}
			row := cameraRow{pageCamera: camera}
			t, err := readTimeline(tx, camera.ID, dayOf(p.Day, p.zone), viewer(r))
			if err != nil {
				return err
			}
			row.List, row.More = t.list()
			p.Shown = append(p.Shown, row)
		}
		return nil
	}); err != nil {
		return err
	}
	if len(p.Shown) > 0 && p.May(account.Watch) {
		p.Asks, p.Purposes = s.asks(p.Who, p.ShownIDs()...)
	}
	return nil
}

// list returns the newest entries of t, by time, and how many it leaves out.
func (t timeline) list() (entries []listed, more int) {
	for _, run := range t.Footage {
		// Holds and codecs change nothing about what there is.
		if n := len(entries); n > 0 && run.From.Sub(entries[n-1].To) <= vault.Seam {
			entries[n-1].To = run.To
		} else {
			entries = append(entries, listed{Span: run.Span})
		}
	}
	for i, g := range t.Gaps {
		entries = append(entries, listed{g.Span, &t.Gaps[i]})
	}
	slices.SortFunc(entries, func(a, b listed) int { return cmp.Compare(a.From, b.From) })
	more = max(0, len(entries)-listShown)
	return entries[more:], more
}

// Shows reports whether camera is shown.
func (p *footagePage) Shows(camera footage.CameraID) bool {
	return slices.ContainsFunc(p.Shown, func(c cameraRow) bool { return c.ID == camera })
}

// ShownIDs are the cameras that are shown.
func (p *footagePage) ShownIDs() []footage.CameraID {
	ids := []footage.CameraID{}
	for _, c := range p.Shown {
		ids = append(ids, c.ID)
	}
	return ids
}

// Days are the seven days and today.
func (p *footagePage) Days() []wall {
	var days []wall
	for d := -holds.MaxKeepDays; d <= 0; d++ {
		days = append(days, p.Today.AddDate(0, 0, d))
	}
	return days
}

// Older are the days before that, of which only held footage is left.
func (p *footagePage) Older() []wall {
	var days []wall
	for d := -holds.MaxKeepDays - 1; d >= -holds.MaxHoldDays; d-- {
		days = append(days, p.Today.AddDate(0, 0, d))
	}
	return days
}

// EdgeHour is what goes within the hour unless it is held.
func (p *footagePage) EdgeHour() footage.Span {
	return footage.Span{From: p.Edge, To: edge(p.Policy, p.Now.Add(time.Hour))}
}

// Family is the class of a gap's colour.
func (p *footagePage) Family(c footage.Cause) string { return family(c) }

// Movie is the address of a movie of camera for those without a script: from the
// moment on, as long as a coffee takes.
func (p *footagePage) Movie(camera footage.CameraID) string {
	return "/api/v1/cameras/" + string(camera) + "/movie.mp4?from=" + p.At.String() + "&to=" + p.At.Add(10*time.Minute).String()
}
