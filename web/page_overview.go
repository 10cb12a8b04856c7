package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/web/account"
)

// overviewPage is Oversikt: every camera, and what there is to do next.
type overviewPage struct {
	*frame
	Cameras []cameraCard
	Todo    []todo
}

// cameraCard is a camera with its newest picture.
type cameraCard struct {
	footage.Health
	Pictured footage.Instant // when the newest stored piece began; 0 when there is none of late
}

// todo is something that a person should see to.
type todo struct {
	Text   string
	Link   string
	Urgent bool
}

// lately is how old a picture may be that still says what a camera sees.
const lately = time.Hour

func (s *Server) getOverview(w http.ResponseWriter, r *http.Request) {
	p := overviewPage{}
	var err error
	if p.frame, err = s.frame(r, atOverview); err == nil {
		p.Todo, err = s.todo(p.frame)
	}
	if err == nil {
		err = s.Index.View(func(tx *index.Tx) error {
			for _, h := range s.Health() {
				card := cameraCard{Health: h}
				runs, err := vault.Timeline(tx, h.Camera, footage.Span{From: p.Now.Add(-lately), To: p.Now})
				if err != nil {
					return err
				}
				if n := len(runs); n > 0 {
					for seg, err := range vault.Segments(tx, h.Camera, footage.Span{From: runs[n-1].To.Add(-time.Second), To: runs[n-1].To}) {
						if err != nil {
							return err
						}
						card.Pictured = seg.Span.From
					}
				}
				p.Cameras = append(p.Cameras, card)
			}
			return nil
		})
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.draw(w, r, http.StatusOK, "overview", &p)
}

// Still is the address of a card's picture. It stays the same until there is another
// segment, so that a page that is opened again shows, and writes down, nothing new.
func (p *overviewPage) Still(c cameraCard) string {
	return "/api/v1/cameras/" + string(c.Camera) + "/still.mp4?at=" + c.Pictured.String()
}

// todo is what people should see to, the most pressing first.
func (s *Server) todo(f *frame) (list []todo, err error) {
	if n := f.Status.Expiry.Overdue; n > 0 {
		list = append(list, todo{f.Count(n, "oversittet slettefrist", "oversittede slettefrister", "overdue deletion", "overdue deletions"), f.To(atDeletion), true})
	}
	if pause := s.Clock.Status().Pause; pause != nil {
		list = append(list, todo{f.T("Sletting er satt på pause", "Deletion is paused") + ": " + f.Paused(pause), f.To(atDeletion), true})
	}
	if spool := f.Status.Spool; spool.FullIn != nil {
		list = append(list, todo{f.F("Lageret tar ikke unna: mellomlageret er fullt om %s", "The store falls behind: the spool is full in %s", f.For(spool.Lasts())), f.To(atDeletion), true})
	}
	active, err := s.Holds.List(false)
	if err != nil {
		return nil, err
	}
	for _, h := range active {
		if h.State == holds.Awaiting {
			list = append(list, todo{f.F("%s venter på bekreftelse, utløper om %s", "%s awaits confirmation, expires in %s", h.Number, f.Until(f.Now, h.Ends())), f.HoldLink(h.Number), true})
		}
		for _, flag := range h.Flags(f.Now) {
			list = append(list, todo{h.Number + ": " + f.Flag(flag), f.HoldLink(h.Number), false})
		}
		if h.State == holds.Active && f.Soon(h.Ends()) {
			list = append(list, todo{f.F("%s utløper om %s: er opptaket utlevert?", "%s expires in %s: has the footage been handed over?", h.Number, f.Until(f.Now, h.Ends())), f.HoldLink(h.Number), false})
		}
	}
	if f.May(account.Requests) {
		requests, err := s.Holds.Requests(false)
		if err != nil {
			return nil, err
		}
		for _, q := range requests {
			for _, flag := range q.Flags {
				list = append(list, todo{q.Number + ": " + f.RequestFlag(flag), f.RequestLink(q.Number), flag == holds.FlagOverdue})
			}
			if q.Decision == "" && q.Due > f.Now && f.Soon(q.Due) {
				list = append(list, todo{f.F("%s skal besvares innen %s", "%s is to be answered within %s", q.Number, f.Until(f.Now, q.Due)), f.RequestLink(q.Number), false})
			}
		}
	}
	if f.May(account.Hold) {
		appeals, err := s.Holds.Appeals()
		if err != nil {
			return nil, err
		}
		for _, a := range appeals {
			if a.Hold == "" && f.Now.Sub(a.Entered.At) < holds.MaxHold {
				list = append(list, todo{f.F("%s: oppfordringen fra %s er ikke besvart", "%s: the appeal of %s is not answered", a.Number, a.District), f.AppealLink(a.Number), false})
			}
		}
	}
	releases, err := s.releaseTodo(f)
	if err != nil {
		return nil, err
	}
	list = append(list, releases...)
	if f.May(account.Inspect) {
		now, err := s.Signs.Now()
		if err != nil {
			return nil, err
		}
		for _, r := range now.AllProgress() {
			if !r.Over && r.Left > 0 {
				list = append(list, todo{f.F("Runden før dørene åpnes, %s: %d skilt er ikke kontrollert", "The round before doors, %s: %d signs are not inspected", r.Event, r.Left), f.RoundLink(r.Number), r.Day == now.Live.EventDay(f.Now)})
			}
		}
	}
	for _, c := range f.Status.Cameras {
		if c.State == footage.StateWithheld {
			list = append(list, todo{f.F("%s tar ikke opp før det som mangler er på plass: %s", "%s does not record before what it lacks is there: %s", f.Name(c.ID), strings.Join(f.Lacks(c.ID), "; ")), f.withheldLink(c.ID), true})
		}
		if c.State == footage.StateDown {
			list = append(list, todo{f.F("%s mangler opptak siden %s", "%s has no footage since %s", f.Name(c.ID), f.Recent(c.Since)), f.Watch(c.ID, c.Since.Add(-time.Minute)), false})
		}
	}
	return list, nil
}

// withheldLink is where what a camera lacks can be put right by the reader.
func (f *frame) withheldLink(c footage.CameraID) string {
	if f.May(account.Signs) {
		return f.CameraLink(c)
	}
	return f.To(atOverview)
}
