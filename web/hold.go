package web

import (
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/go-chi/chi/v5"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web/account"
)

// Holds is GET /api/v1/holds, the newest first.
type Holds struct {
	Holds []Hold `json:"holds"`
}

// Hold is a hold with what it keeps now.
type Hold struct {
	Number   string             `json:"number"`
	State    holds.State        `json:"state"`
	Cameras  []footage.CameraID `json:"cameras"` // of all selections
	From     footage.Instant    `json:"from"`    // the first instant of any
	To       footage.Instant    `json:"to"`      // the last
	Selected []holds.Selection  `json:"selected"`
	Ground   holds.Ground       `json:"ground"`
	Reason   string             `json:"reason"`
	Case     string             `json:"case"`              // police case number, or ""
	Happened footage.Instant    `json:"happened,omitzero"` // the incident
	Place    string             `json:"place"`             // of the incident, or ""
	Until    footage.Instant    `json:"until"`
	Review   footage.Instant    `json:"review"`   // by then somebody looks whether it is still needed
	Reviewed *holds.Act         `json:"reviewed"` // the last time somebody did, or null
	Flags    []holds.Flag       `json:"flags"`    // what is to be seen to
	Placed   holds.Act          `json:"placed"`

	Quick     bool            `json:"quick"`
	ConfirmBy footage.Instant `json:"confirm_by,omitzero"` // by then a second person confirms it, or it lapses
	Confirmed *holds.Act      `json:"confirmed"`           // null when nobody did

	Ended    *holds.Act      `json:"ended"` // null while it is active
	Why      string          `json:"why"`   // it was closed
	Closing  holds.Closing   `json:"closing"`
	Receipt  *holds.Act      `json:"receipt"`         // of the police, and who entered it; null without one
	Closes   footage.Instant `json:"closes,omitzero"` // then it is closed because of that
	Appeal   string          `json:"appeal"`          // that it answers, or ""
	Request  string          `json:"request"`         // that a freeze is for, or ""
	Segments int             `json:"segments"`
	Bytes    int64           `json:"bytes"`
	Missing  []holds.Missing `json:"missing"` // of what was asked for; always empty in the list of all holds
}

// HoldRequest is the body of POST /api/v1/holds.
type HoldRequest struct {
	Selection
	More   []Selection     `json:"more,omitempty"` // with cameras and times of their own
	Ground holds.Ground    `json:"ground"`
	Reason string          `json:"reason"`
	Case   string          `json:"case,omitempty"`
	Until  footage.Instant `json:"until,omitzero"` // left out: as long as the ceiling allows

	Happened footage.Instant `json:"happened,omitzero"` // the incident
	Place    string          `json:"place,omitempty"`   // of the incident
	Review   footage.Instant `json:"review,omitzero"`   // left out: in seven days
}

// Selection is what some cameras recorded in a span.
type Selection struct {
	Cameras []footage.CameraID `json:"cameras,omitempty"`
	Zones   []string           `json:"zones,omitempty"` // and all cameras of these
	From    footage.Instant    `json:"from"`
	To      footage.Instant    `json:"to"`
}

// QuickRequest is the body of POST /api/v1/holds/quick.
type QuickRequest struct {
	Zone   string          `json:"zone"`
	At     footage.Instant `json:"at,omitzero"` // left out: now
	Ground holds.Ground    `json:"ground"`
	Reason string          `json:"reason"`
}

// ConfirmRequest is the body of POST /api/v1/holds/{number}/confirm.
type ConfirmRequest struct {
	Note string `json:"note,omitempty"`
}

// NarrowRequest is the body of POST /api/v1/holds/{number}/narrow.
type NarrowRequest struct {
	Keep []Selection `json:"keep"` // what stays held
	Why  string      `json:"why"`
}

// ReviewRequest is the body of POST /api/v1/holds/{number}/review.
type ReviewRequest struct {
	Note string          `json:"note"`           // why it is still needed
	Case string          `json:"case,omitempty"` // police case number; left out: as it was
	Next footage.Instant `json:"next,omitzero"`  // left out: in seven days
}

// Grounds is GET /api/v1/grounds.
type Grounds struct {
	Grounds  []Ground                      `json:"grounds"`
	Closings []holds.Choice[holds.Closing] `json:"closings"` // why a person may close a hold
}

// Ground is one of the closed list of grounds.
type Ground struct {
	Code         holds.Ground `json:"code"`
	Norwegian    string       `json:"nb"`
	English      string       `json:"en"`
	Source       string       `json:"source"`  // what allows it
	Ceiling      int64        `json:"ceiling"` // seconds from the recording
	SecondPerson bool         `json:"second_person"`
}

// CloseRequest is the body of POST /api/v1/holds/{number}/close.
type CloseRequest struct {
	Why  string        `json:"why"`
	Code holds.Closing `json:"code,omitempty"` // left out: not_needed
}

// DeliverRequest is the body of POST /api/v1/holds/{number}/deliver.
type DeliverRequest struct {
	Receipt footage.Instant `json:"receipt,omitzero"` // of the police; left out: now
	Closes  footage.Instant `json:"closes,omitzero"`  // left out: 48 hours after the receipt
}

// ExceptRequest is the body of POST /api/v1/holds/{number}/except.
type ExceptRequest struct {
	Ground    holds.ExceptionalGround `json:"ground,omitempty"`
	Document  footage.SHA256          `json:"document,omitzero"`
	Approvers []string                `json:"approvers,omitempty"`
	Until     footage.Instant         `json:"until,omitzero"`
}

func (s *Server) newHold(k holds.Kept) Hold {
	h := Hold{
		Number: k.Number, State: k.State, Cameras: append([]footage.CameraID{}, k.Cameras...), From: k.Span.From, To: k.Span.To, Selected: k.Selections,
		Ground: k.Ground, Reason: k.Reason, Case: k.Case, Happened: k.Happened, Place: k.Place,
		Until: k.Until, Review: k.Review, Flags: k.Flags(s.now()), Placed: k.Placed, Why: k.Why,
		Quick: k.Quick, ConfirmBy: k.ConfirmBy, Closing: k.Closing, Closes: k.Closes, Appeal: k.Appeal, Request: k.Request,
		Segments: k.Segments, Bytes: k.Bytes, Missing: append([]holds.Missing{}, k.Missing...),
	}
	if k.Confirmed.At != 0 {
		h.Confirmed = &k.Confirmed
	}
	if k.Receipt.At != 0 {
		h.Receipt = &k.Receipt
	}
	if k.Reviewed.At != 0 {
		h.Reviewed = &k.Reviewed
	}
	if !k.State.InForce() {
		h.Ended = &k.Ended
	}
	return h
}

func (s *Server) getHolds(w http.ResponseWriter, r *http.Request) { s.answerHolds(w, r, s.Holds.List) }

func (s *Server) answerHolds(w http.ResponseWriter, r *http.Request, list func(ended bool) ([]holds.Kept, error)) {
	all, err := list(r.URL.Query().Get("ended") == "true")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer := Holds{[]Hold{}}
	for _, k := range all {
		answer.Holds = append(answer.Holds, s.newHold(k))
	}
	s.answer(w, http.StatusOK, answer)
}

func (s *Server) getHold(w http.ResponseWriter, r *http.Request) {
	k, err := s.Holds.Show(chi.URLParam(r, "number"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, http.StatusOK, s.newHold(k))
}

// postHold places a hold. One of somebody who may only place quick holds waits for
// somebody who may place others (R33).
func (s *Server) postHold(w http.ResponseWriter, r *http.Request) {
	var ask HoldRequest
	if err := document(r, &ask); err != nil {
		s.fail(w, r, err)
		return
	}
	request, err := s.request(ask, actor(r))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	request.Quick = !identity(r).May(account.Hold)
	s.place(w, r, request)
}

func (s *Server) place(w http.ResponseWriter, r *http.Request, request holds.Request) {
	placed, err := s.Holds.Place(request)
	s.answerPlaced(w, r, placed, err)
}

func (s *Server) answerPlaced(w http.ResponseWriter, r *http.Request, placed holds.Placed, err error) {
	if err != nil {
		s.failMissing(w, r, err, placed.Missing)
		return
	}
	kept := holds.Kept{Hold: placed.Hold, Segments: placed.Segments, Bytes: placed.Bytes, Missing: placed.Missing}
	s.answer(w, http.StatusCreated, s.newHold(kept))
}

// request is ask with its zones looked up.
func (s *Server) request(ask HoldRequest, by string) (holds.Request, error) {
	r := holds.Request{
		Ground: ask.Ground, Reason: ask.Reason, Case: ask.Case, Until: ask.Until, By: by,
		Happened: ask.Happened, Place: ask.Place, Review: ask.Review,
	}
	all, err := s.selected(append([]Selection{ask.Selection}, ask.More...))
	if err == nil {
		r.Cameras, r.Span, r.More = all[0].Cameras, all[0].Span, all[1:]
	}
	return r, err
}

// selected looks the zones up.
func (s *Server) selected(asked []Selection) (all []holds.Selection, err error) {
	zones := s.Zones()
	for _, a := range asked {
		selected := holds.Selection{Cameras: a.Cameras, Span: footage.Span{From: a.From, To: a.To}}
		for _, zone := range a.Zones {
			cameras, known := zones[zone]
			if !known {
				return nil, fmt.Errorf("%w: there is no zone %q; the zones are %q", holds.ErrInvalid, zone, slices.Sorted(maps.Keys(zones)))
			}
			selected.Cameras = append(slices.Clip(selected.Cameras), cameras...)
		}
		all = append(all, selected)
	}
	return all, nil
}

// postQuick keeps what a zone saw around an instant, until somebody confirms it.
func (s *Server) postQuick(w http.ResponseWriter, r *http.Request) {
	var ask QuickRequest
	if err := document(r, &ask); err != nil {
		s.fail(w, r, err)
		return
	}
	now := s.now()
	if ask.At == 0 {
		ask.At = now
	}
	if ask.At > now {
		s.fail(w, r, fmt.Errorf("%w: %s is yet to come", holds.ErrInvalid, ask.At))
		return
	}
	span := footage.Span{From: ask.At.Add(-holds.QuickAround), To: ask.At.Add(holds.QuickAround)}
	all, err := s.selected([]Selection{{Zones: []string{ask.Zone}, From: span.From, To: span.To}})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.place(w, r, holds.Request{Cameras: all[0].Cameras, Span: span, Ground: ask.Ground, Reason: ask.Reason, By: actor(r), Happened: ask.At, Quick: true})
}

func (s *Server) postConfirm(w http.ResponseWriter, r *http.Request) {
	var ask ConfirmRequest
	if err := document(r, &ask); err != nil {
		s.fail(w, r, err)
		return
	}
	number := chi.URLParam(r, "number")
	_, err := s.Holds.Confirm(number, ask.Note, actor(r))
	s.answerHold(w, r, number, err)
}

func (s *Server) postNarrow(w http.ResponseWriter, r *http.Request) {
	var ask NarrowRequest
	if err := document(r, &ask); err != nil {
		s.fail(w, r, err)
		return
	}
	number := chi.URLParam(r, "number")
	to, err := s.selected(ask.Keep)
	if err == nil {
		_, err = s.Holds.Narrow(number, to, ask.Why, actor(r))
	}
	s.answerHold(w, r, number, err)
}

// postEstimate says what a hold would keep; it places none.
func (s *Server) postEstimate(w http.ResponseWriter, r *http.Request) {
	var ask HoldRequest
	if err := document(r, &ask); err != nil {
		s.fail(w, r, err)
		return
	}
	request, err := s.request(ask, actor(r))
	var e holds.Estimate
	if err == nil {
		e, err = s.Holds.Estimate(request)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	e.Missing = append([]holds.Missing{}, e.Missing...)
	s.answer(w, http.StatusOK, e)
}

func (s *Server) postClose(w http.ResponseWriter, r *http.Request) {
	var ask CloseRequest
	if err := document(r, &ask); err != nil {
		s.fail(w, r, err)
		return
	}
	if ask.Code == "" {
		ask.Code = holds.ClosedNotNeeded
	}
	hold, err := s.Holds.CloseAs(chi.URLParam(r, "number"), ask.Code, ask.Why, actor(r))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, http.StatusOK, s.newHold(holds.Kept{Hold: hold}))
}

// postDeliver sets the end of a hold whose footage the police have receipted.
func (s *Server) postDeliver(w http.ResponseWriter, r *http.Request) {
	var ask DeliverRequest
	if err := document(r, &ask); err != nil {
		s.fail(w, r, err)
		return
	}
	number := chi.URLParam(r, "number")
	_, err := s.Holds.Delivered(number, holds.Delivery{Receipt: ask.Receipt, Closes: ask.Closes, By: actor(r)})
	s.answerHold(w, r, number, err)
}

// postExcept asks for exceptional retention, which is always refused.
func (s *Server) postExcept(w http.ResponseWriter, r *http.Request) {
	var ask ExceptRequest
	err := document(r, &ask)
	if err == nil {
		err = s.Holds.Except(holds.Exceptional{
			Number: chi.URLParam(r, "number"), Ground: ask.Ground, Document: ask.Document, Approvers: ask.Approvers, Until: ask.Until,
		})
	}
	s.fail(w, r, err)
}

func (s *Server) postReview(w http.ResponseWriter, r *http.Request) {
	var ask ReviewRequest
	if err := document(r, &ask); err != nil {
		s.fail(w, r, err)
		return
	}
	number := chi.URLParam(r, "number")
	_, err := s.Holds.Review(number, holds.Review{Note: ask.Note, Case: ask.Case, Next: ask.Next, By: actor(r)})
	s.answerHold(w, r, number, err)
}

// answerHold answers with the hold as an act has left it, and what it keeps now.
func (s *Server) answerHold(w http.ResponseWriter, r *http.Request, number string, err error) {
	var k holds.Kept
	if err == nil {
		k, err = s.Holds.Show(number)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, http.StatusOK, s.newHold(k))
}

func (s *Server) getGrounds(w http.ResponseWriter, _ *http.Request) {
	var answer Grounds
	for _, g := range holds.GroundRules {
		answer.Grounds = append(answer.Grounds, Ground{g.Code, g.Norwegian, g.English, g.Source, int64(g.Ceiling.Seconds()), g.SecondPerson})
	}
	for _, c := range holds.ClosingRules {
		if !c.BySystem {
			answer.Closings = append(answer.Closings, holds.Choice[holds.Closing]{Code: c.Code, Norwegian: c.Norwegian, English: c.English})
		}
	}
	s.answer(w, http.StatusOK, answer)
}
