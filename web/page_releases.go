package web

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/sjudager/sjudager/holds/release"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web/account"
)

// releasesPage is Utleveringer: the release log.
type releasesPage struct {
	*frame
	Filter   url.Values // as it was filled in
	Wrong    string
	Tasks    []releaseRow // the reader's
	Releases []releaseRow
	More     bool // there are others behind those that are shown
	Cameras  []footage.Health
	file     url.Values // what the same list is asked for with as a file
}

// releaseRow is a release in a list.
type releaseRow struct {
	release.Release
	Flags    []release.Flag
	Task     string          // what the reader is to do
	Deadline footage.Instant // of its footage, while it has not been handed over; 0 when none is left
}

// Waits reports whether its footage still has to leave before the deadline.
func (r releaseRow) Waits() bool { return r.Delivery.At == 0 && r.Ended.At == 0 }

// releasesShown is how many releases a page lists, unless all are asked for.
const releasesShown = 100

// keptFilter are the parts of the address that say which releases are listed.
var keptFilter = []string{"state", "open", "camera", "from_day", "from_clock", "to_day", "to_clock", "user", "case", "all"}

// States are the states of a release.
func (p *releasesPage) States() []release.State { return release.States }

// People are those who may have done something to a release, by their names.
func (p *releasesPage) People() []string {
	ids := slices.Collect(maps.Keys(p.people))
	if who := p.Filter.Get("user"); who != "" && !slices.Contains(ids, who) {
		ids = append(ids, who)
	}
	slices.SortFunc(ids, func(a, b string) int { return cmp.Or(strings.Compare(p.Actor(a), p.Actor(b)), strings.Compare(a, b)) })
	return ids
}

// File is the address of the same list as a file. That for a person in the footage says
// to whom it was given, and nothing that is secret or names anybody (R76).
func (p *releasesPage) File(format string, subject bool) string {
	q := url.Values{"format": {format}, "lang": {p.lang}}
	if subject {
		q.Set("subject", "true")
	}
	for name, values := range p.file {
		q[name] = values
	}
	return "/api/v1/releases?" + q.Encode()
}

// Filtered reports whether not all are listed.
func (p *releasesPage) Filtered() bool { return len(p.file) > 0 }

func (s *Server) getReleasesPage(w http.ResponseWriter, r *http.Request) {
	p := releasesPage{Filter: r.URL.Query(), file: url.Values{}, Cameras: s.Health()}
	var err error
	p.frame, err = s.frame(r, atReleases, keptFilter...)
	var open, all []release.Release
	if err == nil {
		open, err = s.Releases.List(release.Filter{Open: true})
	}
	if err == nil {
		all, err = s.Releases.List(p.filter())
	}
	for _, one := range open {
		if task := p.releaseTask(one); err == nil && task != "" {
			err = s.addRelease(&p.Tasks, one, p.frame, task)
		}
	}
	if p.More = len(all) > releasesShown && p.Filter.Get("all") == ""; p.More {
		all = all[:releasesShown]
	}
	for _, one := range all {
		if err == nil {
			err = s.addRelease(&p.Releases, one, p.frame, "")
		}
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.draw(w, r, http.StatusOK, "releases", &p)
}

func (s *Server) addRelease(to *[]releaseRow, one release.Release, f *frame, task string) (err error) {
	row := releaseRow{Release: one, Flags: one.Flags(f.Now), Task: task}
	if row.Waits() {
		row.Deadline, err = s.deadlineOf(one)
	}
	*to = append(*to, row)
	return err
}

// filter reads which releases are listed.
func (p *releasesPage) filter() release.Filter {
	q := p.Filter
	f := release.Filter{Camera: footage.CameraID(q.Get("camera")), User: q.Get("user"), Case: q.Get("case"), State: release.State(q.Get("state")), Open: q.Get("open") != ""}
	for name, value := range map[string]string{"camera": string(f.Camera), "user": f.User, "case": f.Case, "state": string(f.State)} {
		if value != "" {
			p.file.Set(name, value)
		}
	}
	if f.Open {
		p.file.Set("open", "true")
	}
	if q.Get("from_day") != "" || q.Get("to_day") != "" {
		p.Wrong = p.readSpan(&f.Span)
		if p.Wrong == "" && f.Camera == "" {
			p.Wrong = p.T("Velg et kamera, når du søker etter opptak fra et tidsrom.", "Choose a camera to search for footage of a span.")
		}
		if p.Wrong != "" {
			f.Span = footage.Span{}
		} else {
			p.file.Set("from", f.Span.From.String())
			p.file.Set("to", f.Span.To.String())
		}
	}
	return f
}

// readSpan reads from when to when: a day without a time of day is all of it, and a
// missing end that of the same day.
func (p *releasesPage) readSpan(span *footage.Span) (wrong string) {
	q := p.Filter
	read := func(day, clock, whole string) (at footage.Instant) {
		fields, ofEnd := url.Values{"x_day": {day}, "x_clock": {clock}}, map[string]string{}
		if clock == "" {
			fields.Set("x_clock", whole)
		}
		m := moment{Typed: true}
		if at = m.read(p.frame, fields, "x", ofEnd); at == 0 && len(m.Choices) > 0 {
			at = m.Choices[0]
		} else if at == 0 && wrong == "" {
			wrong = ofEnd["x"]
		}
		return at
	}
	first, last := q.Get("from_day"), q.Get("to_day")
	if first == "" {
		first = last
	}
	if last == "" {
		last = first
	}
	span.From = read(first, q.Get("from_clock"), "00:00:00")
	span.To = read(last, q.Get("to_clock"), "23:59:59")
	if q.Get("to_clock") == "" && span.To != 0 {
		span.To += 1_000_000 // all of the day's last second
	}
	if wrong == "" && span.Empty() {
		wrong = p.T("Slutten må være etter begynnelsen.", "The end must be after the beginning.")
	}
	return wrong
}

// ReleaseLink is the address of a release.
func (f *frame) ReleaseLink(number string, more ...string) string {
	return f.To(atReleases+"/"+number, more...)
}

// releaseTodo is what the reader is to do about releases.
func (s *Server) releaseTodo(f *frame) (list []todo, err error) {
	if !f.May(account.SeeReleases) {
		return nil, nil
	}
	open, err := s.Releases.List(release.Filter{Open: true})
	for _, r := range open {
		if task := f.releaseTask(r); task != "" {
			list = append(list, todo{r.Number + ": " + task, f.ReleaseLink(r.Number), false})
		}
		for _, flag := range r.Flags(f.Now) {
			if flag != release.FlagMinors {
				list = append(list, todo{r.Number + ": " + f.ReleaseFlag(flag), f.ReleaseLink(r.Number), flag == release.FlagLate || flag == release.FlagMedium})
			}
		}
	}
	return list, err
}
