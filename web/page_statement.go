package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/sjudager/sjudager/holds/statement"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// statementsShown is how many of the daily statements Sletting lists at first.
const statementsShown = 14

// Day is a day of a statement, as in "lørdag 4. juli 2026".
func (t tongue) Day(date string) string {
	day, err := parseDay(date)
	if err != nil {
		return date
	}
	return t.LongDate(day)
}

// Seconds is For of a count of seconds.
func (t tongue) Seconds(n int64) string {
	if n == 0 {
		return "0\u00a0s"
	}
	return t.For(time.Duration(n) * time.Second)
}

// Segments64 is Segments of what statements count in 64 bits.
func (t tongue) Segments64(n int64) string { return t.Segments(int(n)) }

// statementPage is the statement of one day.
type statementPage struct {
	*frame
	Shown  statement.Day
	Made   footage.Instant
	Anchor statement.Anchor
}

// DeletedOf is how much was deleted of a camera.
func (p *statementPage) DeletedOf(c statement.CameraDay) int64 { return sumOf(c.Deleted) }

// EarlyOf is how much of it went before its deadline.
func (p *statementPage) EarlyOf(c statement.CameraDay) int64 { return sumOf(c.Early) }

func sumOf(all []statement.Caused) (n int64) {
	for _, c := range all {
		n += c.Segments
	}
	return n
}

func (s *Server) getStatementPage(w http.ResponseWriter, r *http.Request) {
	signed, err := s.Statements.Kept(chi.URLParam(r, "day"))
	s.drawStatement(w, r, signed, err)
}

// postStatementPage states a day, one that goes on as far as it has come.
func (s *Server) postStatementPage(w http.ResponseWriter, r *http.Request) {
	err := unhurried(w)
	var signed statement.Signed
	if err == nil {
		signed, err = s.Statements.Day(chi.URLParam(r, "day"))
	}
	s.drawStatement(w, r, signed, err)
}

func (s *Server) drawStatement(w http.ResponseWriter, r *http.Request, signed statement.Signed, err error) {
	p := statementPage{}
	if err == nil {
		p.frame, err = s.frame(r, atDeletion)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	p.Here = atStatements + "/" + signed.Statement.Day.Date
	p.Shown, p.Made, p.Anchor = *signed.Statement.Day, signed.Statement.Made, signed.Statement.Ledger
	if !p.Shown.Complete {
		p.Here = atDeletion // where a change of the language leads: what was posted is not kept
	}
	s.draw(w, r, http.StatusOK, "statement", &p)
}

// askForm asks what became of footage of a camera.
type askForm struct {
	Cameras  []footage.CameraID // that are configured or have footage
	Camera   footage.CameraID
	From, To moment
	Wrong    map[string]string
	Refused  string
}

func (s *Server) freshAsk(f *frame) (askForm, error) {
	a := askForm{From: f.typed(f.Now.Add(-time.Hour)), To: f.typed(f.Now)}
	return a, s.Index.View(func(tx *index.Tx) error {
		for _, h := range s.Health() {
			a.Cameras = append(a.Cameras, h.Camera)
		}
		for _, camera := range vault.Cameras(tx) {
			if !slices.Contains(a.Cameras, camera) {
				a.Cameras = append(a.Cameras, camera)
			}
		}
		return nil
	})
}

// answerPage is what became of footage, in words.
type answerPage struct {
	*frame
	Ask    askForm
	Asked  footage.Span
	Words  []string
	Fields map[string]string // of the form, to ask the same again for a file
}

// postAskForm answers what became of footage: as a page, or with do=pdf or do=json as
// a file.
func (s *Server) postAskForm(w http.ResponseWriter, r *http.Request) {
	f, ok := posted(s, w, r, s.framing(atDeletion))
	if !ok {
		return
	}
	p := answerPage{frame: f, Fields: map[string]string{}}
	err := unhurried(w)
	if err == nil {
		p.Ask, err = s.freshAsk(f)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	q, a := r.PostForm, &p.Ask
	p.Asked, a.Wrong = a.read(f, q)
	status := http.StatusBadRequest
	if len(a.Wrong) == 0 {
		signed, err := s.Statements.Answer(a.Camera, p.Asked)
		do := q.Get("do")
		if err == nil && (do == "pdf" || do == "json") {
			s.sendSigned(w, r, signed, do, statement.Language(f.lang))
			return
		}
		if err == nil {
			p.Words, err = signed.Statement.Answer.Words(statement.Language(f.lang), f.Policy.Zone.String())
		}
		if err != nil && !errors.Is(err, statement.ErrAsked) {
			s.fail(w, r, err)
			return
		}
		if err != nil {
			a.Refused = f.T("Loggen kan ikke svare på dette.", "The log cannot answer that.")
		} else {
			status = http.StatusOK
		}
	}
	p.Fields["camera"] = string(a.Camera)
	for _, name := range []string{"asked_from", "asked_to"} {
		for _, part := range []string{"_day", "_clock"} {
			p.Fields[name+part] = q.Get(name + part)
		}
	}
	p.Fields["asked_from_at"], p.Fields["asked_to_at"] = p.Asked.From.String(), p.Asked.To.String()
	f.Here = atDeletion
	s.draw(w, r, status, "answer", &p)
}

// read reads the form, and says what is wrong with it.
func (a *askForm) read(f *frame, q url.Values) (footage.Span, map[string]string) {
	wrong := map[string]string{}
	a.Camera = footage.CameraID(q.Get("camera"))
	if !slices.Contains(a.Cameras, a.Camera) {
		wrong["camera"] = f.T("Velg et kamera.", "Choose a camera.")
	}
	span := footage.Span{From: a.From.read(f, q, "asked_from", wrong), To: a.To.read(f, q, "asked_to", wrong)}
	switch {
	case wrong["asked_from"] != "" || wrong["asked_to"] != "":
	case span.Empty():
		wrong["asked_to"] = f.T("Slutten må være etter begynnelsen.", "The end must be after the beginning.")
	case span.Duration() > statement.MaxAsked:
		wrong["asked_to"] = f.F("Høyst %s om gangen.", "At most %s at a time.", f.For(statement.MaxAsked))
	}
	return span, wrong
}
