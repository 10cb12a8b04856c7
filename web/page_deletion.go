package web

import (
	"errors"
	"net/http"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/statement"
	"github.com/sjudager/sjudager/vault/footage"
)

// deletionPage is Sletting: what goes next, what went, and what of a span would be
// lost when.
type deletionPage struct {
	*frame
	Next    []holds.Decision // the first of what goes next, the overdue first
	Deleted holds.Deletion
	Pause   *holds.Pause // of deletion, or nil
	Cameras []footage.Health

	// The question what would be lost when, as it is filled in, and its answer.
	Camera     footage.CameraID
	Begin, End moment
	Wrong      map[string]string
	Countdown  *holds.Countdown

	Statements []statement.Stated // of days that are over, the newest first
	More       int                // there are, where not all are listed
	Ask        askForm
}

// TodayPath is where the day so far is stated.
func (p *deletionPage) TodayPath() string { return atStatements + "/" + p.Wall(p.Now).Format(dayForm) }

// Frozen reports whether a number is that of a freeze, not of a hold.
func (p *deletionPage) Frozen(number string) bool { return frozenBy(number) }

// nextShown is how many of the next deletions the page lists.
const nextShown = 12

func (s *Server) getDeletion(w http.ResponseWriter, r *http.Request) {
	p := deletionPage{Deleted: s.Deleted(), Pause: s.Clock.Status().Pause, Cameras: s.Health(), Wrong: map[string]string{}}
	var err error
	if p.frame, err = s.frame(r, atDeletion, "camera", "from_day", "from_clock", "to_day", "to_clock", "all"); err == nil {
		p.Next, err = s.Holds.Plan(s.now(), nextShown)
	}
	if err == nil {
		err = s.readCountdown(r, &p)
	}
	if err == nil {
		p.Statements, err = s.Statements.List()
	}
	if n := len(p.Statements); n > statementsShown && r.URL.Query().Get("all") != "true" {
		p.Statements, p.More = p.Statements[:statementsShown], n
	}
	if err == nil {
		p.Ask, err = s.freshAsk(p.frame)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	p.Next = p.Next[:min(len(p.Next), nextShown)]
	s.draw(w, r, http.StatusOK, "deletion", &p)
}

// readCountdown answers the question in the address, if there is one.
func (s *Server) readCountdown(r *http.Request, p *deletionPage) error {
	q := r.URL.Query()
	p.Begin, p.End = p.freshSpan(nil)
	camera, err := footage.ParseCameraID(q.Get("camera"))
	if err != nil {
		return nil
	}
	p.Camera = camera
	span := footage.Span{From: p.Begin.read(p.frame, q, "from", p.Wrong), To: p.End.read(p.frame, q, "to", p.Wrong)}
	if len(p.Wrong) == 0 && span.Empty() {
		p.Wrong["to"] = p.T("Slutten må være etter begynnelsen.", "The end must be after the beginning.")
	}
	if len(p.Wrong) > 0 {
		return nil
	}
	c, err := s.Holds.Countdown(camera, span)
	if errors.Is(err, holds.ErrInvalid) || errors.Is(err, holds.ErrNotFound) {
		return nil // a camera that is none
	}
	p.Countdown = &c
	return err
}

// Rest is how many segments wait behind Next.
func (p *deletionPage) Rest() int { return p.Status.Store.Segments - len(p.Next) }

// Ends are the two ends of the question's span.
func (p *deletionPage) Ends() []end {
	return []end{{"from", p.T("Fra", "From"), p.Begin, p.Wrong["from"]}, {"to", p.T("Til", "To"), p.End, p.Wrong["to"]}}
}

// end is one end of a span, to be drawn.
type end struct {
	Name, Label string
	M           moment
	Wrong       string
}
