package web

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/web/account"
)

// holdForm is the form that places a hold, as it is filled in. The days are
// chosen and the times typed, since browsers write dates in the computer's
// language, not the reader's: 07/04 would be two different days.
type holdForm struct {
	Cameras []footage.CameraID // that are ticked
	Zones   []string           // that are ticked
	From    moment
	To      moment
	Ground  holds.Ground
	Reason  string
	Case    string
	Place   string

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
}

func (t tongue) moment(i footage.Instant) moment {
	w := t.Wall(i)
	m := moment{Day: w.Format(dayForm), Clock: w.Format("15:04:05"), At: i}
	if ambiguous(i, t.zone) {
		m.Choices = footage.Showing(w, t.zone)
	}
	return m
}

// freshForm proposes what the address asks for: cameras, from and to; or else the
// last ten minutes.
func (f *frame) freshForm(q url.Values) holdForm {
	const second = footage.Instant(time.Second / time.Microsecond)
	form := holdForm{Zones: q["zone"]}
	for _, id := range q["camera"] {
		if camera, err := footage.ParseCameraID(id); err == nil {
			form.Cameras = append(form.Cameras, camera)
		}
	}
	span := footage.Span{From: instant(q.Get("from")), To: instant(q.Get("to"))}
	if span.From == 0 || span.Empty() {
		span = footage.Span{From: f.Now.Add(-10 * time.Minute), To: f.Now}
	}
	form.From = f.moment(span.From / second * second)
	form.To = f.moment((span.To + second - 1) / second * second)
	return form
}

// TickedZone reports whether the form asks for all cameras of a zone.
func (f holdForm) TickedZone(zone string) bool { return slices.Contains(f.Zones, zone) }

// Ticked reports whether the form asks for camera.
func (f holdForm) Ticked(camera footage.CameraID) bool { return slices.Contains(f.Cameras, camera) }

// Ends are the two ends of the span, for one template to draw.
func (f holdForm) Ends() map[string]moment { return map[string]moment{"from": f.From, "to": f.To} }

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
	var cameras []footage.CameraID
	for _, id := range q["camera"] {
		if camera, err := footage.ParseCameraID(id); err == nil {
			f.Cameras = append(f.Cameras, camera)
		}
	}
	cameras = append(cameras, f.Cameras...)
	span := footage.Span{From: f.From.read(v, q, "from", f.Wrong), To: f.To.read(v, q, "to", f.Wrong)}
	f.Zones = q["zone"]
	for _, zone := range f.Zones {
		cameras = append(cameras, zones[zone]...)
	}
	if len(cameras) == 0 {
		f.Wrong["cameras"] = v.T("Velg minst ett kamera.", "Choose at least one camera.")
	}
	if f.Wrong["from"] == "" && f.Wrong["to"] == "" {
		switch {
		case span.Empty():
			f.Wrong["to"] = v.T("Slutten må være etter begynnelsen.", "The end must be after the beginning.")
		case span.To > v.Now.Add(holds.MaxAhead):
			f.Wrong["to"] = v.F("En sikring kan gjelde høyst %s fram i tid.", "A hold reaches at most %s into the future.", v.For(holds.MaxAhead))
		}
	}
	if !slices.Contains(holds.Grounds, f.Ground) {
		f.Wrong["ground"] = v.T("Velg en sikringsgrunn.", "Choose a ground.")
	}
	switch n := utf8.RuneCountInString(f.Reason); {
	case n == 0:
		f.Wrong["reason"] = v.T("Skriv hvorfor opptaket sannsynligvis trengs.", "Write why the footage is likely to be needed.")
	case n < holds.MinReason:
		f.Wrong["reason"] = v.F("Skriv minst %d tegn; dette er %d.", "Write at least %d characters; this is %d.", holds.MinReason, n)
	case n > holds.MaxReason:
		f.Wrong["reason"] = v.F("Høyst %d tegn; dette er %d.", "At most %d characters; this is %d.", holds.MaxReason, n)
	}
	if wrong := v.wrongCase(f.Case); wrong != "" {
		f.Wrong["case"] = wrong
	}
	if n := utf8.RuneCountInString(f.Place); n > holds.MaxPlace {
		f.Wrong["place"] = v.F("Høyst %d tegn; dette er %d.", "At most %d characters; this is %d.", holds.MaxPlace, n)
	}
	return f, holds.Request{Cameras: cameras, Span: span, Ground: f.Ground, Reason: f.Reason, Case: f.Case, Place: f.Place}
}

// read reads one end of the span. A time that the clocks show twice, or not at
// all, is asked about rather than guessed.
func (m *moment) read(v *frame, q url.Values, name string, wrong map[string]string) footage.Instant {
	m.Day, m.Clock = q.Get(name+"_day"), strings.TrimSpace(q.Get(name+"_clock"))
	day, errDay := parseDay(m.Day)
	clock, errClock := parseClock(m.Clock)
	switch {
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
	Form    holdForm
	Cameras []footage.Health
	Zones   []string
}

// partForm asks for the form alone, for the dialog on the page with the footage.
const partForm = "form"

func (s *Server) getHoldForm(w http.ResponseWriter, r *http.Request) {
	f, err := s.frame(r, atHolds)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.drawHoldForm(w, r, http.StatusOK, f, f.freshForm(r.URL.Query()))
}

func (s *Server) drawHoldForm(w http.ResponseWriter, r *http.Request, status int, f *frame, form holdForm) {
	f.Here = atHolds + "/ny"
	p := &holdFormPage{f, form, s.Health(), slices.Sorted(maps.Keys(s.Zones()))}
	if r.URL.Query().Get("part") == partForm {
		s.write(w, status, "holdform", "holdform", p)
		return
	}
	s.draw(w, r, status, "holdform", p)
}

// postHoldForm places a hold and leads to it, or answers with the form as it was
// filled in and what is wrong.
func (s *Server) postHoldForm(w http.ResponseWriter, r *http.Request) {
	f, err := s.frame(r, atHolds)
	if err == nil {
		err = parseForm(r)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	form, ask := readForm(f, s.Zones(), r.PostForm)
	estimate := r.PostForm.Get("do") == "estimate"
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
		var e *Error
		if e, status = fault(err); e.Code == CodeInternal {
			s.fail(w, r, err)
			return
		}
		form.Missing = placed.Missing
		form.Refused = e.Message
		if errors.Is(err, holds.ErrNothing) {
			form.Refused = f.T("Det finnes ikke noe opptak å sikre her.", "There is no footage here to hold.")
		}
	}
	s.drawHoldForm(w, r, status, f, *form)
}

func parseForm(r *http.Request) error {
	err := r.ParseForm()
	if _, ok := errors.AsType[*http.MaxBytesError](err); err != nil && !ok {
		return fmt.Errorf("%w: %w", errInvalid, err)
	}
	return err
}

// closing asks whether a hold should end, and says what would happen.
type closing struct {
	Gone      int   // segments that would be deleted at once
	GoneBytes int64 // of those
	Why       string
	Wrong     map[string]string
	Refused   string
}

func (s *Server) readClosing(kept holds.Kept) (*closing, error) {
	c := &closing{}
	active, err := s.Holds.List(false)
	if err != nil {
		return nil, err
	}
	return c, s.Index.View(func(tx *index.Tx) error {
		for _, camera := range kept.Cameras {
			for seg, err := range vault.Segments(tx, camera, kept.Span) {
				if err != nil {
					return err
				}
				if !kept.Covers(camera, seg.Span) {
					continue
				}
				heldByOther := slices.ContainsFunc(active, func(h holds.Kept) bool {
					return h.Number != kept.Number && h.Covers(camera, seg.Span) && h.Ends() > tx.Now
				})
				if seg.Readable(tx.Now) && seg.Keep <= tx.Now && !heldByOther {
					c.Gone++
					c.GoneBytes += seg.Bytes
				}
			}
		}
		return nil
	})
}

// postCloseForm ends a hold, or asks again.
func (s *Server) postCloseForm(w http.ResponseWriter, r *http.Request) {
	var p holdPage
	err := s.readHoldPage(r, &p)
	if err == nil {
		p.Close, err = s.readClosing(p.Shown)
	}
	if err == nil {
		err = parseForm(r)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	c := p.Close
	c.Why, c.Wrong = strings.TrimSpace(r.PostForm.Get("why")), map[string]string{}
	switch n := utf8.RuneCountInString(c.Why); {
	case n == 0:
		c.Wrong["why"] = p.T("Skriv hvorfor sikringen oppheves.", "Write why the hold is ended.")
	case n > holds.MaxReason:
		c.Wrong["why"] = p.F("Høyst %d tegn; dette er %d.", "At most %d characters; this is %d.", holds.MaxReason, n)
	}
	if r.PostForm.Get("sure") == "" {
		c.Wrong["sure"] = p.T("Kryss av for å bekrefte.", "Tick the box to confirm.")
	}
	status := http.StatusBadRequest
	if len(c.Wrong) == 0 {
		_, err := s.Holds.Close(p.Shown.Number, c.Why, actor(r))
		if err == nil {
			http.Redirect(w, r, p.HoldLink(p.Shown.Number, "just", "closed"), http.StatusSeeOther)
			return
		}
		var e *Error
		if e, status = fault(err); e.Code == CodeInternal {
			s.fail(w, r, err)
			return
		}
		c.Refused = e.Message
		if errors.Is(err, holds.ErrRefused) {
			c.Refused = p.T("Sikringen er allerede avsluttet.", "The hold has ended already.")
		}
	}
	s.draw(w, r, status, "hold", &p)
}
