package web

import (
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web/signage"
)

// lookForm is the form of an inspection. One button says that all is well; the checks are
// for what is not.
type lookForm struct {
	Occasion signage.Occasion
	Failed   []signage.Check
	Defect   string
	Due      string // a code of dues
	Photos   []signage.Picture
	After    int // the latest inspection of the sign when the form was drawn
	Wrong    map[string]string
	Refused  string
	Open     bool // the checks are unfolded
}

func freshLook(after int) lookForm {
	return lookForm{Occasion: signage.Periodic, Due: "tomorrow", After: after}
}

// Checks are the eight.
func (f lookForm) Checks() []signage.Check { return signage.Checks }

// Fails reports whether a check is ticked as not passed.
func (f lookForm) Fails(c signage.Check) bool { return slices.Contains(f.Failed, c) }

// due is by when a defect is to be mended. Whoever stands before a sign chooses; nobody
// types a date with gloves on.
type due struct{ Code, Norwegian, English string }

// Dues are the choices.
func (f lookForm) Dues() []due {
	return []due{{"hour", "innen en time", "within an hour"}, {"day", "i dag", "today"}, {"tomorrow", "i morgen", "tomorrow"}, {"week", "innen en uke", "within a week"}, {"month", "innen en måned", "within a month"}}
}

// In is the choice in the reader's language.
func (d due) In(f framed) string { return f.around().T(d.Norwegian, d.English) }

// dueAt is the instant of a choice: the end of its day by the site's clocks.
func (v *frame) dueAt(code string) (footage.Instant, bool) {
	days, ok := map[string]int{"day": 0, "tomorrow": 1, "week": 7, "month": 30}[code]
	switch {
	case code == "hour":
		return v.Now.Add(time.Hour), true
	case !ok:
		return 0, false
	}
	return midnight(v.Today.AddDate(0, 0, days+1), v.zone), true
}

// latest is the number of the latest inspection of a sign, or 0.
func (p *signFrame) latest(sign string) int {
	for _, i := range slices.Backward(p.Inspections) {
		if i.Sign == sign {
			return i.Number
		}
	}
	return 0
}

// look enters the inspection that a form says: 303 when it is entered, or was already by
// the same form, which was sent twice over a bad connection. Another status is that of the
// page with f, which says what is wrong.
func (s *Server) look(p *signFrame, r *http.Request, f *lookForm, i signage.Inspection) (status int, err error) {
	q := r.PostForm
	f.Occasion, f.Wrong = i.Occasion, map[string]string{}
	f.After, _ = strconv.Atoi(q.Get("after"))
	f.Defect, f.Due = oneLine(q.Get("defect")), q.Get("due")
	for _, c := range signage.Checks {
		if slices.Contains(q["failed"], string(c)) {
			f.Failed = append(f.Failed, c)
		}
	}
	if f.Photos, err = s.takePhotos(p.frame, r, f.Wrong); err != nil {
		return 0, err
	}
	well := q.Get("do") == "ok"
	f.Open = !well || len(f.Failed) > 0
	if !slices.Contains(signage.Occasions, i.Occasion) {
		f.Wrong["occasion"] = p.T("Velg hvorfor skiltet kontrolleres.", "Choose why the sign is inspected.")
	}
	if well {
		if len(f.Failed) > 0 {
			f.Wrong["failed"] = p.T("Du har krysset av for noe som er feil. Fjern kryssene, eller før inn mangelen.", "You have ticked what is wrong. Take the ticks away, or enter the defect.")
		}
	} else {
		if len(f.Failed) == 0 {
			f.Wrong["failed"] = p.T("Kryss av for det som er feil.", "Tick what is wrong.")
		}
		if wrong := p.wrongText(f.Defect, 3, 500, p.T("Skriv kort hva som er feil.", "Write in short what is wrong.")); wrong != "" {
			f.Wrong["defect"] = wrong
		}
		var ok bool
		if i.Due, ok = p.dueAt(f.Due); !ok {
			f.Wrong["due"] = p.T("Velg når det skal være utbedret.", "Choose when it is to be mended.")
		}
		i.Defect = f.Defect
	}
	if len(f.Wrong) > 0 {
		return http.StatusBadRequest, nil
	}
	i.Failed, i.Photos = append([]signage.Check{}, f.Failed...), f.Photos

	// One at a time, so that the same form cannot pass twice between reading and entering.
	s.looking.Lock()
	defer s.looking.Unlock()
	now, err := s.Signs.Now()
	if err != nil {
		return 0, err
	}
	p.Snapshot = now
	if n := p.latest(i.Sign); n != f.After {
		last := now.Inspections[n-1]
		if last.Done.By == actor(r) && last.Round == i.Round && last.Occasion == i.Occasion && slices.Equal(last.Failed, i.Failed) && last.Defect == i.Defect && reflect.DeepEqual(last.Photos, i.Photos) {
			return http.StatusSeeOther, nil
		}
		f.After = n
		f.Refused = p.F("%s har kontrollert skiltet i mellomtiden (%s). Send på nytt hvis du også vil føre inn din kontroll.", "%s has inspected the sign in the meantime (%s). Send again if you want to enter yours, too.", p.Actor(last.Done.By), p.Clock(last.Done.At))
		return http.StatusConflict, nil
	}
	if _, err = s.Signs.Inspect(i, actor(r)); err == nil {
		return http.StatusSeeOther, nil
	}
	e, status := fault(err)
	if e.Code == CodeInternal {
		return 0, err
	}
	f.Refused = e.Message
	return status, nil
}
