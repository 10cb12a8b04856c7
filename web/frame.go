package web

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web/account"
)

// The pages, by their addresses.
const (
	atOverview   = "/"
	atFootage    = "/opptak"
	atHolds      = "/sikringer"
	atAppeals    = "/sikringer/oppfordring"
	atReleases   = "/utleveringer"
	atRequests   = "/innsyn"
	atDeletion   = "/sletting"
	atStatements = "/sletting/dag"
	atLog        = "/logg"
	atUsers      = "/brukere"
	atSettings   = "/innstillinger"
	atSigns      = "/skilting"
	atRegister   = "/skilting/register"
	atZone       = "/skilting/sone"
	atSign       = "/skilting/skilt"
	atOverride   = "/skilting/overstyring"
	atRounds     = "/skilting/runde"
	atPlans      = "/skilting/plan"
	atTable      = "/skilting/tabell"
	atPapers     = "/skilting/kamera"
	atDefect     = "/skilting/mangel"
	atNotice     = "/skilting/personvern"
)

// menu is the pages in the order of the navigation.
var menu = []menuItem{
	{atOverview, "Oversikt", "Overview", account.See},
	{atFootage, "Opptak", "Footage", account.See},
	{atHolds, "Sikringer", "Holds", account.SeeHolds},
	{atReleases, "Utleveringer", "Releases", account.SeeReleases},
	{atRequests, "Innsyn og begrensning", "Requests", account.Requests},
	{atSigns, "Skilting", "Signs", account.Inspect},
	{atDeletion, "Sletting", "Deletion", account.See},
	{atLog, "Logg", "Log", account.ReadLog},
	{atUsers, "Brukere", "Users", account.Users},
	{atSettings, "Innstillinger", "Settings", account.Settings},
}

type menuItem struct {
	Path, Norwegian, English string
	Right                    account.Right
}

// In is the item's name in the reader's language.
func (m menuItem) In(f framed) string { return f.around().T(m.Norwegian, m.English) }

// frame is what every page has around what it is about. The data of a page embeds
// it, and Server.draw draws both. What is in an address and makes no sense is left
// out: a link from yesterday still opens.
type frame struct {
	tongue
	Path    string // of the page in the menu, for links back to itself
	Here    string // of what is shown, where that is a part of the page
	Now     footage.Instant
	Today   wall
	Site    Site
	Version string
	Started footage.Instant
	Policy  holds.Policy
	Status  Status
	Alarms  []footage.Alarm
	By      string // who asks
	Who     *account.Identity
	people  map[string]string // names by id
	names   map[footage.CameraID]string
	began   time.Time // to draw it

	// kept is the part of the address that stays when something is clicked.
	kept url.Values
}

// everywhere are the parts of an address that every link carries on: the language,
// and whether times are UTC.
var everywhere = []string{"lang", "tz"}

// frame reads what is around the page at path for whoever asks; keep names the
// parts of its address that links within the page carry on.
func (s *Server) frame(r *http.Request, path string, keep ...string) (*frame, error) {
	f := &frame{
		tongue: tongue{language(r), s.Holds.Policy().Zone}, Path: path, Here: path, Now: s.now(),
		Site: s.Site(), Version: s.Version, Started: footage.At(s.Started), Policy: s.Holds.Policy(),
		By: actor(r), Who: identity(r), began: time.Now(), kept: url.Values{}, names: map[footage.CameraID]string{},
	}
	q := r.URL.Query()
	if q.Get("tz") == "utc" {
		f.zone = time.UTC
	}
	for _, name := range append(keep, everywhere...) {
		if values := q[name]; len(values) > 0 && values[0] != "" {
			f.kept[name] = values
		}
	}
	f.Today = f.Wall(f.Now)
	for _, h := range s.Health() {
		f.names[h.Camera] = h.Name
	}
	var err error
	if f.people, err = s.people(); err != nil {
		return f, err
	}
	f.Status, err = s.status()
	f.Alarms = f.Status.Alarms
	return f, err
}

// Lacks says what a camera that is not to record yet needs for it, and what to do.
func (f *frame) Lacks(camera footage.CameraID) (all []string) {
	for _, c := range f.Status.Cameras {
		for _, l := range c.Lacks {
			if c.ID == camera {
				all = append(all, f.T(l.InWords()))
			}
		}
	}
	return all
}

// Menu is the navigation: what the reader may open.
func (f *frame) Menu() (items []menuItem) {
	for _, m := range menu {
		if f.May(m.Right) {
			items = append(items, m)
		}
	}
	return items
}

// May reports whether the reader has a right, so that a page offers only what works.
func (f *frame) May(right account.Right) bool { return f.Who.May(right) }

// Actor says who did something, by name where there is one.
func (f *frame) Actor(by string) string {
	if name := f.people[by]; name != "" {
		return name
	}
	return f.tongue.Actor(by)
}

// UTC reports whether the reader wants times in UTC.
func (f *frame) UTC() bool { return f.zone == time.UTC && f.Policy.Zone != time.UTC }

func (f *frame) keep(name, value string) {
	if f.kept.Del(name); value != "" {
		f.kept.Set(name, value)
	}
}

// Query is the part of the address that stays, with changes: names and values by
// turns, where an empty value takes the name out.
func (f *frame) Query(changes ...string) string {
	q := url.Values{}
	for name, values := range f.kept {
		q[name] = values
	}
	return changed(q, changes)
}

func changed(q url.Values, changes []string) string {
	for i := 0; i+1 < len(changes); i += 2 {
		if q.Del(changes[i]); changes[i+1] != "" {
			q.Set(changes[i], changes[i+1])
		}
	}
	return q.Encode()
}

// Link is the address of this page with changes; see Query.
func (f *frame) Link(changes ...string) string { return join(f.Here, f.Query(changes...)) }

// To is the address of another page, with more in it by names and values.
func (f *frame) To(path string, more ...string) string {
	q := url.Values{}
	for _, name := range everywhere {
		if f.kept.Has(name) {
			q.Set(name, f.kept.Get(name))
		}
	}
	return join(path, changed(q, more))
}

func join(path, query string) string {
	if query == "" {
		return path
	}
	return path + "?" + query
}

// Watch is the address that plays camera from at on.
func (f *frame) Watch(camera footage.CameraID, at footage.Instant) string {
	return f.To(atFootage, "camera", string(camera), "at", at.String())
}

// HoldLink is the address of a hold.
func (f *frame) HoldLink(number string, more ...string) string {
	return f.To(atHolds+"/"+number, more...)
}

// AppealLink is the address of an appeal of the police.
func (f *frame) AppealLink(number string, more ...string) string {
	return f.To(atAppeals+"/"+number, more...)
}

// RequestLink is the address of a request of somebody who was filmed.
func (f *frame) RequestLink(number string, more ...string) string {
	return f.To(atRequests+"/"+number, more...)
}

// Keep are the parts of the address that a form which changes the rest carries on.
func (f *frame) Keep(names ...string) map[string]string {
	kept := map[string]string{}
	for _, name := range append(names, everywhere...) {
		if value := f.kept.Get(name); value != "" {
			kept[name] = value
		}
	}
	return kept
}

// Millis is i as JavaScript has it.
func (f *frame) Millis(i footage.Instant) int64 { return int64(i) / 1000 }

// Same reports whether a and b are on one day.
func (f *frame) Same(a, b wall) bool { return a.Format(dayForm) == b.Format(dayForm) }

// Recent is the time of day, with the day if it was not today.
func (f *frame) Recent(i footage.Instant) string {
	if f.Same(f.Wall(i), f.Today) {
		return f.Clock(i)
	}
	return f.Stamp(i)
}

// Meant is i with its offset from UTC, to be chosen among others.
func (f *frame) Meant(i footage.Instant) string {
	if ambiguous(i, f.zone) {
		return f.Stamp(i)
	}
	return f.Stamp(i) + " (" + offsetAt(i, f.zone) + ")"
}

// PlayDays are all days that there may be footage of, the newest first.
func (f *frame) PlayDays() []wall {
	var days []wall
	for d := 0; d >= -holds.MaxHoldDays; d-- {
		days = append(days, f.Today.AddDate(0, 0, d))
	}
	return days
}

// Offsets is what the site's clocks add to UTC over all times that a page shows.
func (f *frame) Offsets() []offset {
	return offsets(footage.Span{From: f.Now.Add(-holds.MaxHold - 48*time.Hour), To: f.Now.Add(48 * time.Hour)}, f.zone)
}

// offset is what the site's clocks add to UTC from an instant on, for the script
// of the page: it never guesses at time zones.
type offset struct {
	From    int64 `json:"from"`    // milliseconds since 1970
	Seconds int   `json:"seconds"` // east of UTC
}

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

// Name is what people call a camera.
func (f *frame) Name(c footage.CameraID) string { return cmp.Or(f.names[c], string(c)) }

// Names are what people call cameras.
func (f *frame) Names(cameras []footage.CameraID) string {
	names := make([]string, len(cameras))
	for i, c := range cameras {
		names[i] = f.Name(c)
	}
	return strings.Join(names, ", ")
}

// Recording is how many cameras record.
func (f *frame) Recording() (n int) {
	for _, c := range f.Status.Cameras {
		if c.State == footage.StateRecording {
			n++
		}
	}
	return n
}

// Soon reports whether a hold's end is near enough to think of what comes then.
func (f *frame) Soon(until footage.Instant) bool { return until.Sub(f.Now) < 72*time.Hour }
