package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/index"
)

// closing asks whether, why and when a hold should end, and says what would happen.
type closing struct {
	Gone      int   // segments that would be deleted at once
	GoneBytes int64 // of those
	Code      holds.Closing
	Why       string
	Receipt   moment // of the police, where it was handed over
	When      string // it then ends: one of the constants
	At        moment // that instant
	Wrong     map[string]string
	Refused   string
}

// When a hold ends after a handover (R32).
const (
	whenDue = "due" // holds.DeliveredAfter after the receipt
	whenNow = "now"
	whenAt  = "at"
)

// Closings are the codes that a person may give.
func (p *holdPage) Closings() (rules []holds.ClosingRule) {
	for _, r := range holds.ClosingRules {
		if !r.BySystem {
			rules = append(rules, r)
		}
	}
	return rules
}

// freshClosing is the form before anything is filled in.
func (s *Server) freshClosing(p *holdPage) (*closing, error) {
	c := &closing{Receipt: p.moment(p.Now), When: whenDue, At: p.moment(p.Now.Add(holds.DeliveredAfter))}
	active, err := s.Holds.List(false)
	if err != nil {
		return nil, err
	}
	freezes, err := s.Holds.Freezes(false)
	if err != nil {
		return nil, err
	}
	others := slices.DeleteFunc(append(active, freezes...), func(h holds.Kept) bool { return h.Number == p.Shown.Number })
	return c, s.Index.View(func(tx *index.Tx) error {
		for _, camera := range p.Shown.Cameras {
			for seg, err := range vault.Segments(tx, camera, p.Shown.Span) {
				if err != nil {
					return err
				}
				if !p.Shown.Covers(camera, seg.Span) {
					continue
				}
				kept := slices.ContainsFunc(others, func(h holds.Kept) bool { return h.Covers(camera, seg.Span) && h.Ends() > tx.Now })
				if seg.Readable(tx.Now) && seg.Keep <= tx.Now && !kept {
					c.Gone++
					c.GoneBytes += seg.Bytes
				}
			}
		}
		return nil
	})
}

// postCloseForm ends a hold, or says when it ends after a handover, or asks again.
func (s *Server) postCloseForm(w http.ResponseWriter, r *http.Request) {
	p, ok := posted(s, w, r, func(r *http.Request) (*holdPage, error) {
		p, err := s.readHoldPage(r)
		if err == nil {
			p.Close, err = s.freshClosing(p)
		}
		return p, err
	})
	if !ok {
		return
	}
	c, q := p.Close, r.PostForm
	c.Code, c.Why, c.When, c.Wrong = holds.Closing(q.Get("code")), strings.TrimSpace(q.Get("why")), q.Get("when"), map[string]string{}
	rule, known := c.Code.Rule()
	handed := map[string]string{} // what is wrong with the part about a handover
	delivery := holds.Delivery{By: actor(r), Receipt: c.Receipt.read(p.frame, q, "receipt", handed)}
	at := c.At.read(p.frame, q, "at", handed)
	switch {
	case !known || rule.BySystem:
		c.Wrong["code"] = p.T("Velg en grunn.", "Choose a reason.")
	case c.Code == holds.ClosedDelivered:
		latest := delivery.Receipt.Add(holds.DeliveredAfter)
		if p.Shown.Closes != 0 {
			latest = min(latest, p.Shown.Closes)
		}
		switch {
		case handed["receipt"] != "":
			c.Wrong["receipt"] = handed["receipt"]
		case delivery.Receipt > p.Now:
			c.Wrong["receipt"] = p.T("Kvitteringen kan ikke være fra framtiden.", "The receipt cannot be of the future.")
		case delivery.Receipt < p.Shown.Placed.At:
			c.Wrong["receipt"] = p.F("Kvitteringen kan ikke være eldre enn sikringen, fra %s.", "The receipt cannot be older than the hold, of %s.", p.Stamp(p.Shown.Placed.At))
		case c.When == whenNow:
			delivery.Closes = p.Now
		case c.When == whenAt && handed["at"] != "":
			c.Wrong["at"] = handed["at"]
		case c.When == whenAt && at > latest:
			c.Wrong["at"] = p.F("Senest %s: 48 timer etter kvitteringen. Det kan framskyndes, ikke utsettes.", "By %s: 48 hours after the receipt. It can be brought forward, not put off.", p.Stamp(latest))
		case c.When == whenAt:
			delivery.Closes = at
		case c.When != whenDue:
			c.Wrong["when"] = p.T("Velg når sikringen oppheves.", "Choose when the hold ends.")
		}
	default:
		if wrong := p.wrongText(c.Why, 1, holds.MaxReason, p.T("Skriv hvorfor sikringen oppheves.", "Write why the hold is ended.")); wrong != "" {
			c.Wrong["why"] = wrong
		}
	}
	if q.Get("sure") == "" {
		c.Wrong["sure"] = p.T("Kryss av for å bekrefte.", "Tick the box to confirm.")
	}
	status := http.StatusBadRequest
	if len(c.Wrong) == 0 {
		var hold holds.Hold
		var err error
		if c.Code == holds.ClosedDelivered {
			hold, err = s.Holds.Delivered(p.Shown.Number, delivery)
		} else {
			hold, err = s.Holds.CloseAs(p.Shown.Number, c.Code, c.Why, actor(r))
		}
		if err == nil {
			just := "closed"
			if hold.State.InForce() {
				just = "delivered"
			}
			http.Redirect(w, r, p.HoldLink(p.Shown.Number, "just", just), http.StatusSeeOther)
			return
		}
		if c.Refused, status, ok = s.refusal(w, r, err); !ok {
			return
		}
		if errors.Is(err, holds.ErrRefused) {
			c.Refused = p.T("Sikringen er allerede avsluttet.", "The hold has ended already.")
		}
	}
	s.draw(w, r, status, "hold", p)
}
