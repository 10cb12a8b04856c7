package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/sjudager/sjudager/web/signage"
)

// roundsPage is the rounds before doors, with the form that begins one.
type roundsPage struct {
	signFrame
	Event string
	Day   string
	Wrong map[string]string
}

// Rounds are all of them, the newest first.
func (p *roundsPage) Rounds() []signage.Progress { return p.AllProgress() }

// EventDays are the days that a round can be begun for.
func (p *roundsPage) EventDays() []wall {
	today, err := parseDay(p.Live.EventDay(p.Now))
	if err != nil {
		panic("internal error: the register names a day that is none") // it writes them so
	}
	return []wall{today, today.AddDate(0, 0, 1)}
}

// EventDay is the day of an event in words.
func (f *frame) EventDay(day string) string {
	w, err := parseDay(day)
	if err != nil {
		return day
	}
	return f.LongDate(w)
}

// RoundLink is the address of a round.
func (f *frame) RoundLink(number int, more ...string) string {
	return f.To(fmt.Sprintf("%s/%d", atRounds, number), more...)
}

// StepLink is the address of a sign in a round.
func (f *frame) StepLink(number int, sign string, more ...string) string {
	return f.To(fmt.Sprintf("%s/%d/%s", atRounds, number, sign), more...)
}

func (s *Server) getRoundsPage(w http.ResponseWriter, r *http.Request) {
	f, err := s.signFrame(r, atRounds)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.draw(w, r, http.StatusOK, "signrounds", &roundsPage{signFrame: f})
}

// postRoundForm begins a round and leads to it; or to the one that there is already for
// the day and the event.
func (s *Server) postRoundForm(w http.ResponseWriter, r *http.Request) {
	f, err := s.signFrame(r, atRounds)
	if err == nil {
		err = parseForm(r)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	p := &roundsPage{f, oneLine(r.PostForm.Get("event")), r.PostForm.Get("day"), map[string]string{}}
	for _, o := range p.Snapshot.Rounds {
		if o.Day == p.Day && strings.EqualFold(o.Event, p.Event) {
			http.Redirect(w, r, p.RoundLink(o.Number), http.StatusSeeOther)
			return
		}
	}
	if wrong := p.wrongText(p.Event, 1, 100, p.T("Skriv hva arrangementet heter.", "Write what the event is called.")); wrong != "" {
		p.Wrong["event"] = wrong
	}
	if !slices.ContainsFunc(p.EventDays(), func(w wall) bool { return w.Format(dayForm) == p.Day }) {
		p.Wrong["day"] = p.T("Velg dagen.", "Choose the day.")
	}
	if !slices.ContainsFunc(p.Signs, func(g signage.Sign) bool { return g.State == signage.Up }) {
		p.Wrong["event"] = p.T("Ingen skilt henger oppe, så det er ikke noe å kontrollere.", "No sign is up, so there is nothing to inspect.")
	}
	if len(p.Wrong) > 0 {
		s.draw(w, r, http.StatusBadRequest, "signrounds", p)
		return
	}
	begun, err := s.Signs.BeginRound(p.Day, p.Event, actor(r))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, p.RoundLink(begun.Number), http.StatusSeeOther)
}

// roundPage is a round: the signs in the order in which one walks past them.
type roundPage struct {
	signFrame
	Round  signage.Progress
	Steps  []signage.Step // in walking order
	Reason string         // it is closed with signs left
	Wrong  string
}

// Next is the sign that comes next: the first that nobody has looked at after the given
// one, or from the beginning; "" when none is left.
func (p *roundPage) Next(after string) string {
	at := slices.IndexFunc(p.Steps, func(s signage.Step) bool { return s.Sign == after }) + 1
	for _, step := range slices.Concat(p.Steps[at:], p.Steps[:at]) {
		if step.State == signage.StepLeft {
			return step.Sign
		}
	}
	return ""
}

// Seen is how many signs somebody has looked at, or which are not there any more.
func (p *roundPage) Seen() int { return len(p.Steps) - p.Round.Left }

// Found are the defects of the round, in walking order.
func (p *roundPage) Found() (all []signage.Inspection) {
	for _, step := range p.Steps {
		if step.State == signage.StepDefect {
			all = append(all, p.Inspections[step.Inspection-1])
		}
	}
	return all
}

// readRound reads the round that the address names, with the signs in the order of the
// zones and their entrances.
func (s *Server) readRound(r *http.Request) (*roundPage, error) {
	n, err := addressed(r)
	if err != nil {
		return nil, err
	}
	f, err := s.signFrame(r, fmt.Sprintf("%s/%d", atRounds, n))
	p := &roundPage{signFrame: f}
	if err != nil {
		return p, err
	}
	return p, p.walk(n)
}

// walk reads how far the round is from the snapshot.
func (p *roundPage) walk(number int) (err error) {
	if p.Round, err = p.Progress(number); err != nil {
		return err
	}
	place := map[signage.Place]int{}
	for _, z := range p.Zones {
		for _, e := range z.Entrances {
			place[signage.Place{Zone: z.Number, Entrance: e.ID}] = len(place)
		}
	}
	first := func(s signage.Step) int {
		at := len(place)
		for _, where := range p.SignNumbered(s.Sign).Places {
			if n, known := place[where]; known {
				at = min(at, n)
			}
		}
		return at
	}
	p.Steps = slices.SortedStableFunc(slices.Values(p.Round.Steps), func(a, b signage.Step) int { return cmp.Compare(first(a), first(b)) })
	return nil
}

func (s *Server) getRoundPage(w http.ResponseWriter, r *http.Request) {
	p, err := s.readRound(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.draw(w, r, http.StatusOK, "signround", p)
}

// postRoundEndForm closes a round. What is closed stays so.
func (s *Server) postRoundEndForm(w http.ResponseWriter, r *http.Request) {
	p, err := s.readRound(r)
	if err == nil {
		err = parseForm(r)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if p.Round.Closed.At == 0 {
		p.Reason = oneLine(r.PostForm.Get("reason"))
		least := 0
		if p.Round.Left > 0 {
			least = 10
		}
		if p.Wrong = p.wrongText(p.Reason, least, 500, p.T("Skriv hvorfor ikke alle skilt er kontrollert.", "Write why not all signs are inspected.")); p.Wrong != "" {
			s.draw(w, r, http.StatusBadRequest, "signround", p)
			return
		}
		if _, err := s.Signs.CloseRound(p.Round.Number, p.Reason, actor(r)); err != nil {
			s.fail(w, r, err)
			return
		}
	}
	http.Redirect(w, r, p.RoundLink(p.Round.Number, "just", "closed"), http.StatusSeeOther)
}

// stepPage is a sign in a round, made for a phone in the hand.
type stepPage struct {
	*roundPage
	Shown signage.Sign
	Step  signage.Step
	Look  lookForm
}

// Last is when the sign was last found well, or 0; and where it is on the way.
func (p *stepPage) Position() int {
	return slices.IndexFunc(p.Steps, func(s signage.Step) bool { return s.Sign == p.Shown.Number }) + 1
}

// Picture is the newest photo of the sign where it hangs, or of an inspection; or empty.
func (p *stepPage) Picture() signage.Picture {
	if p.Shown.Photo != "" {
		return p.Shown.Photo
	}
	for _, i := range slices.Backward(p.Inspections) {
		if i.Sign == p.Shown.Number && i.Passed() && len(i.Photos) > 0 {
			return i.Photos[0]
		}
	}
	return ""
}

// Found is what the round has found of the sign, or nil.
func (p *stepPage) Entered() *signage.Inspection {
	if p.Step.Inspection == 0 {
		return nil
	}
	return &p.Inspections[p.Step.Inspection-1]
}

func (s *Server) readStep(r *http.Request) (*stepPage, error) {
	round, err := s.readRound(r)
	p := &stepPage{roundPage: round}
	if err != nil {
		return p, err
	}
	number := chi.URLParam(r, "sign")
	i := slices.IndexFunc(p.Steps, func(s signage.Step) bool { return s.Sign == number })
	if i < 0 {
		return p, fmt.Errorf("%w: %q is not in round %d", errNotFound, number, p.Round.Number)
	}
	p.Here += "/" + number
	p.Shown, p.Step, p.Look = p.SignNumbered(number), p.Steps[i], freshLook(p.latest(number))
	p.Look.Occasion, p.Look.Due = signage.Doors, "hour"
	return p, nil
}

func (s *Server) getStepPage(w http.ResponseWriter, r *http.Request) {
	p, err := s.readStep(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.draw(w, r, http.StatusOK, "signstep", p)
}

// postStepForm enters what somebody found of a sign, and leads to the next one.
func (s *Server) postStepForm(w http.ResponseWriter, r *http.Request) {
	p, err := s.readStep(r)
	if err == nil {
		err = parsePhotos(w, r)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if p.Round.Over {
		http.Redirect(w, r, p.RoundLink(p.Round.Number), http.StatusSeeOther)
		return
	}
	status, err := s.look(&p.signFrame, r, &p.Look, signage.Inspection{Sign: p.Shown.Number, Occasion: signage.Doors, Round: p.Round.Number})
	if err == nil && status == http.StatusSeeOther {
		if p.Snapshot, err = s.Signs.Now(); err == nil {
			err = p.walk(p.Round.Number)
		}
	}
	switch {
	case err != nil:
		s.fail(w, r, err)
	case status != http.StatusSeeOther:
		s.draw(w, r, status, "signstep", p)
	case p.Next(p.Shown.Number) == "":
		http.Redirect(w, r, p.RoundLink(p.Round.Number, "just", "done"), status)
	default:
		http.Redirect(w, r, p.StepLink(p.Round.Number, p.Next(p.Shown.Number), "just", p.Shown.Number), status)
	}
}
