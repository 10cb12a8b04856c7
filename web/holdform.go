package web

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web/account"
)

// holdForm is the form that places a hold, as it is filled in. The days are
// chosen and the times typed, since browsers write dates in the computer's
// language, not the reader's: 07/04 would be two different days.
type holdForm struct {
	Rows   []pick
	Ground holds.Ground
	Reason string
	Case   string
	Place  string

	// Wrong says what is wrong with a field, by its name; Refused says why the
	// whole was refused; Missing is what is not there any more.
	Wrong   map[string]string
	Refused string
	Missing []holds.Missing

	Estimate *holds.Estimate // of what it would keep, when that was asked for
}

// moment is one end of the span, as it is filled in.
type moment struct {
	Day   string
	Clock string
	// At is the instant that is meant, for the script and for a reading of the
	// clock that does not tell; it counts only if day and clock show the same.
	At      footage.Instant
	Choices []footage.Instant // when they do not tell
	Typed   bool              // the day is written, since it may be long ago
}

func (t tongue) moment(i footage.Instant) moment {
	w := t.Wall(i)
	m := moment{Day: w.Format(dayForm), Clock: w.Format("15:04:05"), At: i}
	if ambiguous(i, t.zone) {
		m.Choices = footage.Showing(w, t.zone)
	}
	return m
}

// typed is moment with a day that is written, as the reader writes days.
func (t tongue) typed(i footage.Instant) moment {
	m := t.moment(i)
	m.Typed, m.Day = true, t.Wall(i).Format(t.T("2.1.2006", dayForm))
	return m
}

// FormDays are the days that can be held: thirty back, and tomorrow.
func (v *frame) FormDays() []wall {
	var days []wall
	for d := 1; d >= -holds.MaxHoldDays; d-- {
		days = append(days, v.Today.AddDate(0, 0, d))
	}
	return days
}

// Grounds lists the grounds.
func (v *frame) Grounds() []holds.Ground { return holds.Grounds }

// readForm reads a form that was sent, and says what is wrong with it.
func readForm(v *frame, zones map[string][]footage.CameraID, q url.Values) (*holdForm, holds.Request) {
	f := &holdForm{
		Ground: holds.Ground(q.Get("ground")), Reason: strings.TrimSpace(q.Get("reason")), Case: strings.TrimSpace(q.Get("case")), Place: strings.TrimSpace(q.Get("place")),
		Wrong: map[string]string{},
	}
	var selected []holds.Selection
	f.Rows, selected = v.readPicks("", zones, q, f.Wrong)
	if !slices.Contains(holds.Grounds, f.Ground) {
		f.Wrong["ground"] = v.T("Velg en sikringsgrunn.", "Choose a ground.")
	}
	if wrong := v.wrongText(f.Reason, holds.MinReason, holds.MaxReason, v.T("Skriv hvorfor opptaket sannsynligvis trengs.", "Write why the footage is likely to be needed.")); wrong != "" {
		f.Wrong["reason"] = wrong
	}
	if wrong := v.wrongCase(f.Case); wrong != "" {
		f.Wrong["case"] = wrong
	}
	if wrong := v.wrongText(f.Place, 0, holds.MaxPlace, ""); wrong != "" {
		f.Wrong["place"] = wrong
	}
	return f, holds.Request{More: selected, Ground: f.Ground, Reason: f.Reason, Case: f.Case, Place: f.Place}
}

// wrongText says why text is not of min to max characters, or nothing; missing is what
// is said of none where one is needed.
func (f *frame) wrongText(text string, min, max int, missing string) string {
	switch n := utf8.RuneCountInString(text); {
	case n == 0 && min > 0:
		return missing
	case n < min:
		return f.F("Skriv minst %d tegn; dette er %d.", "Write at least %d characters; this is %d.", min, n)
	case n > max:
		return f.F("Høyst %d tegn; dette er %d.", "At most %d characters; this is %d.", max, n)
	}
	return ""
}

// read reads one end of the span. A time that the clocks show twice, or not at
// all, is asked about rather than guessed.
func (m *moment) read(v *frame, q url.Values, name string, wrong map[string]string) footage.Instant {
	m.Day, m.Clock = q.Get(name+"_day"), strings.TrimSpace(q.Get(name+"_clock"))
	day, errDay := parseDay(m.Day)
	clock, errClock := parseClock(m.Clock)
	switch {
	case errDay != nil && m.Typed:
		wrong[name] = v.T("Skriv dagen som 4.7.2026.", "Write the day as 2026-07-04.")
		return 0
	case errDay != nil:
		wrong[name] = v.T("Velg en dag.", "Choose a day.")
		return 0
	case errClock != nil:
		wrong[name] = v.T("Skriv klokkeslettet som 18:30:05.", "Write the time as 18:30:05.")
		return 0
	}
	reading := day.Add(clock)
	possible := footage.Meant(reading, v.zone)
	exact := footage.Showing(reading, v.zone)
	if len(exact) != 1 {
		m.Choices = possible
	} else {
		m.At = exact[0]
	}
	// The field that the script fills comes first, a choice that the reader made
	// after it.
	for _, text := range q[name+"_at"] {
		if i := instant(text); slices.Contains(possible, i) {
			m.At = i
		}
	}
	switch {
	case m.At != 0:
		return m.At
	case len(exact) == 0:
		wrong[name] = v.F("Klokken er aldri %s denne natten, fordi den stilles fram. Velg hva du mener.",
			"The clocks never show %s that night, because they go forward. Choose what you mean.", reading.Format("15:04:05"))
	default:
		wrong[name] = v.F("Klokken er %s to ganger denne natten, fordi den stilles tilbake. Velg hvilken du mener.",
			"The clocks show %s twice that night, because they go back. Choose which one you mean.", reading.Format("15:04:05"))
	}
	return 0
}

// holdFormPage is the form by itself.
type holdFormPage struct {
	*frame
	Form holdForm
	choice
}

// choice is what the rows of a form choose from.
type choice struct {
	Cameras []footage.Health
	Zones   []string
}

func (s *Server) choice() choice { return choice{s.Health(), slices.Sorted(maps.Keys(s.Zones()))} }

// partForm asks for the form alone, for the dialog on the page with the footage.
const partForm = "form"

func (s *Server) getHoldForm(w http.ResponseWriter, r *http.Request) {
	f, err := s.frame(r, atHolds)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.drawHoldForm(w, r, http.StatusOK, f, holdForm{Rows: f.freshPicks(r.URL.Query())})
}

func (s *Server) drawHoldForm(w http.ResponseWriter, r *http.Request, status int, f *frame, form holdForm) {
	f.Here = atHolds + "/ny"
	p := &holdFormPage{f, form, s.choice()}
	if r.URL.Query().Get("part") == partForm {
		s.write(w, status, "holdform", "holdform", p)
		return
	}
	s.draw(w, r, status, "holdform", p)
}

// postHoldForm places a hold and leads to it, or answers with the form as it was
// filled in and what is wrong.
func (s *Server) postHoldForm(w http.ResponseWriter, r *http.Request) {
	f, ok := posted(s, w, r, s.framing(atHolds))
	if !ok {
		return
	}
	form, ask := readForm(f, s.Zones(), r.PostForm)
	do := r.PostForm.Get("do")
	if rows, turned := turnPicks(form.Rows, do); turned {
		form.Rows, form.Wrong = rows, nil
		s.drawHoldForm(w, r, http.StatusOK, f, *form)
		return
	}
	estimate := do == "estimate"
	if estimate { // how much it is does not depend on why
		for _, name := range []string{"ground", "reason", "case", "place"} {
			delete(form.Wrong, name)
		}
	}
	status := http.StatusBadRequest
	if estimate && len(form.Wrong) == 0 {
		e, err := s.Holds.Estimate(ask)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		form.Estimate, status = &e, http.StatusOK
	} else if len(form.Wrong) == 0 {
		ask.By, ask.Quick = actor(r), !identity(r).May(account.Hold)
		placed, err := s.Holds.Place(ask)
		if err == nil {
			http.Redirect(w, r, f.HoldLink(placed.Hold.Number, "just", "placed"), http.StatusSeeOther)
			return
		}
		if form.Refused, status, ok = s.refusal(w, r, err); !ok {
			return
		}
		form.Missing = placed.Missing
		if errors.Is(err, holds.ErrNothing) {
			form.Refused = f.T("Det finnes ikke noe opptak å sikre her.", "There is no footage here to hold.")
		}
	}
	s.drawHoldForm(w, r, status, f, *form)
}
