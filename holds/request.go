package holds

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Right is which of their rights a person uses (GDPR chapter III), by its code (R133).
type Right string

// Answer is how a request was answered, by its code.
type Answer string

// Channel is how a request came, by its code.
type Channel string

// The codes that rules are about.
const (
	RightRestriction   Right = "restriction"
	RightErasure       Right = "erasure"
	RightRectification Right = "rectification"

	AnswerRefused Answer = "refused"
	AnswerNothing Answer = "nothing_found"
)

// Choice is a code of a closed list, with its texts.
type Choice[C ~string] struct {
	Code      C      `json:"code"`
	Norwegian string `json:"nb"` // bokmål
	English   string `json:"en"`
}

// The closed lists.
var (
	Rights = []Choice[Right]{
		{"access", "Innsyn (art. 15)", "Access (art. 15)"},
		{"object", "Protest (art. 21)", "Objection (art. 21)"},
		{RightErasure, "Sletting (art. 17)", "Erasure (art. 17)"},
		{RightRectification, "Retting (art. 16)", "Rectification (art. 16)"},
		{RightRestriction, "Begrensning (art. 18)", "Restriction (art. 18)"},
		{"recipients", "Hvem som har fått opptak (art. 15, 19)", "Who has received footage (art. 15, 19)"},
		{"complaint", "Klage (art. 77)", "Complaint (art. 77)"},
	}
	Channels = []Choice[Channel]{
		{"in_person", "Oppmøte", "In person"}, {"phone", "Telefon", "Telephone"}, {"email", "E-post", "E-mail"},
		{"letter", "Brev", "Letter"}, {"form", "Skjema", "Form"}, {"authority", "Gjennom en myndighet", "Through an authority"},
	}
	Answers = []Choice[Answer]{
		{"full", "Gitt fullt ut", "Granted in full"},
		{"masked_copy", "Sladdet kopi", "Masked copy"},
		{"viewing", "Gjennomsyn på stedet", "Viewing on site"},
		{AnswerRefused, "Avslått", "Refused"},
		{AnswerNothing, "Ingenting funnet", "Nothing found"},
		{"already_deleted", "Allerede slettet", "Deleted already"},
	}
)

// chosen refuses a code that is not on its list.
func chosen[C ~string](what string, code C, list []Choice[C]) error {
	var codes []string
	for _, c := range list {
		if c.Code == code {
			return nil
		}
		codes = append(codes, string(c.Code))
	}
	return fmt.Errorf("%w: %q is not a %s; the list is %s", ErrInvalid, code, what, strings.Join(codes, ", "))
}

// MaxReference is how long the reference of a request may be, in characters: a
// number in some other archive, never a person.
const MaxReference = 80

// SubjectRequest is what a person in the footage asks of the controller (krav fra den
// registrerte). The register has nothing about who asks: that belongs where it can be
// erased by itself (R132). A reference may point there.
type SubjectRequest struct {
	Number    string          `json:"number" cbor:"1,keyasint"` // I-2026-0001
	Type      Right           `json:"type" cbor:"2,keyasint"`
	Channel   Channel         `json:"channel" cbor:"3,keyasint"`
	Reference string          `json:"reference" cbor:"4,keyasint,omitempty"`
	Received  footage.Instant `json:"received" cbor:"5,keyasint"`
	Entered   Act             `json:"entered" cbor:"6,keyasint"`
	Window    []Selection     `json:"window" cbor:"7,keyasint,omitempty"`    // the footage that it is about; perhaps none
	Freeze    string          `json:"freeze" cbor:"8,keyasint,omitempty"`    // F-2026-0001; "" when there was nothing to freeze
	Due       footage.Instant `json:"due" cbor:"9,keyasint"`                 // it is answered by then
	Extended  Stated          `json:"extended,omitzero" cbor:"10,keyasint"`  // once (R126)
	Decision  Answer          `json:"decision,omitempty" cbor:"11,keyasint"` // "" until it is decided
	Decided   Stated          `json:"decided,omitzero" cbor:"12,keyasint"`   // with the reason
	Told      footage.Instant `json:"told,omitzero" cbor:"13,keyasint"`      // when the person was told that the restriction ends (R134)
	Closed    Stated          `json:"closed,omitzero" cbor:"14,keyasint"`    // with what was done
	Changed   footage.Instant `json:"changed" cbor:"15,keyasint"`            // the last time that anybody did something to it
}

// Stated is an act with its reason in words.
type Stated struct {
	By     string          `json:"by" cbor:"1,keyasint,omitempty"`
	At     footage.Instant `json:"at" cbor:"2,keyasint,omitempty"`
	Reason string          `json:"reason" cbor:"3,keyasint,omitempty"`
}

// RequestFlag is something about a request that a person should see to.
type RequestFlag string

// The flags.
const (
	FlagOverdue RequestFlag = "overdue" // it should have been answered (R126)
	FlagTell    RequestFlag = "tell"    // the restriction ends within TellBefore, and the person has not been told (R134)
)

// TellBefore is how long before a restriction runs out somebody is asked to tell the
// person.
const TellBefore = 7 * 24 * time.Hour

// Facts is a request with what is there of its footage now.
type Facts struct {
	SubjectRequest
	Flags []RequestFlag `json:"flags"`

	Segments int   `json:"segments"` // that are frozen
	Bytes    int64 `json:"bytes"`    // of those
	// Vanishes is when the first of the footage in the window would be gone if nothing
	// were frozen, and FrozenUntil when the freeze ends; 0 where there is none (R137).
	Vanishes    footage.Instant `json:"vanishes,omitzero"`
	FrozenUntil footage.Instant `json:"frozen_until,omitzero"`
	// Missing are the exact spans of the window that are not there, and Deletions what
	// the ledger says about those that were deleted (R131).
	Missing   []Missing      `json:"missing"`
	Deletions []DeletionFact `json:"deletions"`
}

// DeletionFact is an entry of the ledger: footage of a camera was deleted.
type DeletionFact struct {
	Entry    int64            `json:"entry"`
	At       footage.Instant  `json:"at"` // when it was written down, the store having been seen without it
	Camera   footage.CameraID `json:"camera"`
	From     footage.Instant  `json:"from"` // where the first of the segments began
	To       footage.Instant  `json:"to"`   // where the last ended
	Segments int64            `json:"segments"`
}

// RequestDue is when a request is answered at the latest: months calendar months after
// it was received, at the same time of day in the site's zone, or on the last day of a
// month that is too short (GDPR art. 12(3); R126).
func RequestDue(received footage.Instant, months int, zone *time.Location) footage.Instant {
	reading := footage.ReadingAt(received, zone)
	first := reading.AddDate(0, 0, 1-reading.Day()).AddDate(0, months, 0)
	last := first.AddDate(0, 1, -1).Day()
	return footage.FirstShowing(first.AddDate(0, 0, min(reading.Day(), last)-1), zone)
}

const (
	answerMonths   = 1
	extendedMonths = 3 // two further ones
)

// NewRequest is what is entered of a request.
type NewRequest struct {
	Type      Right
	Channel   Channel
	Reference string
	Received  footage.Instant // 0: now
	Window    []Selection
	By        string
}

// Register enters a request and, in the same transaction, freezes what there is of its
// window and what will come of it (R125). A window of which nothing is left is no
// error: the answer says what was deleted, when, and by which entry of the ledger.
// No second person is asked: a freeze keeps what somebody has a right to, and shows
// it to fewer.
func (h *Holds) Register(n NewRequest) (Facts, error) {
	n.Reference = strings.TrimSpace(n.Reference)
	if err := errors.Join(chosen("type of request", n.Type, Rights), chosen("channel", n.Channel, Channels)); err != nil {
		return Facts{}, err
	}
	if utf8.RuneCountInString(n.Reference) > MaxReference {
		return Facts{}, fmt.Errorf("%w: the reference is longer than %d characters; who asks is written down elsewhere", ErrInvalid, MaxReference)
	}
	window, err := sound(n.Window)
	if err != nil {
		return Facts{}, err
	}
	pending, err := h.PendingOf(window)
	if err != nil {
		return Facts{}, err
	}
	var q SubjectRequest
	err = h.Index.Update(func(tx *index.Tx) error {
		p := h.Policy()
		if n.Received == 0 {
			n.Received = tx.Now
		}
		if n.Received > tx.Now {
			return fmt.Errorf("%w: it would have come at %s, which is yet to come", ErrInvalid, n.Received)
		}
		if err := h.known(tx, window); err != nil {
			return err
		}
		q = SubjectRequest{
			Type: n.Type, Channel: n.Channel, Reference: n.Reference, Received: n.Received, Window: window,
			Entered: Act{n.By, tx.Now}, Due: RequestDue(n.Received, answerMonths, p.Zone), Changed: tx.Now,
		}
		if q.Number, err = NextNumber(tx, p.Zone, requestSeries); err != nil {
			return err
		}
		placed, err := h.freeze(tx, q, anyPending(pending))
		if err != nil {
			return err
		}
		q.Freeze = placed.Hold.Number
		if err := tx.Put(rowKey(requestKind, q.Number), q); err != nil {
			return err
		}
		cameras, span := sum(window)
		_, err = ledger.Append(tx, ledger.Entry{
			Kind: ledger.RequestReceived, By: n.By, Details: map[string]string{"reference": q.Reference},
			Fields: ledger.Fields{
				"request": q.Number, "type": q.Type, "channel": q.Channel, "received": q.Received, "due": q.Due, "hold": q.Freeze,
				"cameras": cameras, "from": span.From, "to": span.To, "selections": words(window), "segments": placed.Segments, "bytes": placed.Bytes,
			},
		})
		return err
	})
	if err != nil {
		return Facts{}, err
	}
	h.told("request registered", q.Number)
	return h.Request(q.Number)
}

// freeze places the freeze of a request, unless there is nothing in its window and
// nothing to come.
func (h *Holds) freeze(tx *index.Tx, q SubjectRequest, pending bool) (Placed, error) {
	if len(q.Window) == 0 {
		return Placed{}, nil
	}
	there, err := count(tx, q.Window)
	_, span := sum(q.Window)
	if err != nil || there.segments == 0 && span.To <= tx.Now && !pending {
		return Placed{}, err
	}
	p := h.Policy()
	until, err := Request{}.until(p, q.Window, tx.Now)
	if err != nil {
		return Placed{}, err
	}
	f := Hold{
		Selections: q.Window, Ground: DataSubject, Request: q.Number, Until: until, Review: q.Due,
		Reason: "request " + q.Number + " of a person in the footage", Placed: Act{q.Entered.By, tx.Now}, State: Active, Changed: tx.Now,
	}
	if q.Type == RightRestriction {
		f.Ground = Restriction
	}
	f.Cameras, f.Span = sum(q.Window)
	if f.Number, err = NextNumber(tx, p.Zone, freezeSeries); err != nil {
		return Placed{}, err
	}
	if err := putHold(tx, f); err != nil {
		return Placed{}, err
	}
	placed := Placed{Hold: f}
	if placed.Segments, placed.Bytes, err = apply(tx, f, tx.Now); err != nil {
		return placed, err
	}
	return placed, notePlaced(tx, placed)
}

// Request returns a request with what is there of its footage now. ErrNotFound when
// there is none.
func (h *Holds) Request(number string) (f Facts, err error) {
	var q SubjectRequest
	if err := h.Index.View(func(tx *index.Tx) error {
		q, err = findRow[SubjectRequest](tx, requestKind, number)
		return err
	}); err != nil {
		return f, err
	}
	pending, err := h.PendingOf(q.Window)
	if err != nil {
		return f, err
	}
	err = h.Index.View(func(tx *index.Tx) error {
		if f, err = facts(tx, q); err != nil {
			return err
		}
		missing, err := h.MissingOf(tx, q.Window, pending)
		if err != nil {
			return err
		}
		f.Missing = append(f.Missing, missing...)
		f.Deletions, err = deletionsOf(tx, missing)
		return err
	})
	return f, err
}

// Requests returns the open requests and, if asked, the closed ones too, the newest
// first. What is missing of their windows is left out.
func (h *Holds) Requests(closed bool) (all []Facts, err error) {
	err = h.Index.View(func(tx *index.Tx) error {
		all = nil
		for q, err := range scanRows[SubjectRequest](tx, requestKind) {
			if err != nil {
				return err
			}
			if q.Closed.At != 0 && !closed {
				continue
			}
			f, err := facts(tx, q)
			if err != nil {
				return err
			}
			all = append(all, f)
		}
		return nil
	})
	slices.Reverse(all)
	return all, err
}

// SubjectRequests yields all requests, open and closed, in the order of their numbers.
func SubjectRequests(tx *index.Tx) iter.Seq2[SubjectRequest, error] {
	return scanRows[SubjectRequest](tx, requestKind)
}

// CountRequests returns how many requests are open, and how many of those should have
// been answered.
func (h *Holds) CountRequests() (open, overdue int, err error) {
	err = h.Index.View(func(tx *index.Tx) error {
		open, overdue = 0, 0
		for q, err := range scanRows[SubjectRequest](tx, requestKind) {
			switch {
			case err != nil:
				return err
			case q.Closed.At != 0:
				continue
			case q.overdue(tx.Now):
				overdue++
			}
			open++
		}
		return nil
	})
	return open, overdue, err
}

func (q SubjectRequest) overdue(now footage.Instant) bool { return q.Decision == "" && q.Due <= now }

// facts is q with what is frozen for it now.
func facts(tx *index.Tx, q SubjectRequest) (Facts, error) {
	f := Facts{SubjectRequest: q, Flags: []RequestFlag{}, Missing: []Missing{}, Deletions: []DeletionFact{}}
	f.Window = append([]Selection{}, q.Window...)
	frozen, err := Hold{}, error(nil)
	if q.Freeze != "" {
		if frozen, err = find(tx, q.Freeze); err != nil {
			return f, err
		}
	}
	if frozen.State.InForce() && frozen.Ends() > tx.Now {
		f.FrozenUntil = frozen.Ends()
		for p, err := range pieces(tx, q.Window) {
			if err != nil {
				return f, err
			}
			if !p.Readable(tx.Now) {
				continue
			}
			f.Segments++
			f.Bytes += p.Bytes
			ordinary := p.Deadline
			if p.Reserved != 0 {
				ordinary = p.Reserved
			}
			if f.Vanishes == 0 || ordinary < f.Vanishes {
				f.Vanishes = ordinary
			}
		}
	}
	if q.overdue(tx.Now) {
		f.Flags = append(f.Flags, FlagOverdue)
	}
	if f.FrozenUntil != 0 && frozen.Ground == Restriction && q.Decision != AnswerRefused && q.Told == 0 && f.FrozenUntil.Add(-TellBefore) <= tx.Now {
		f.Flags = append(f.Flags, FlagTell)
	}
	return f, nil
}

// deletionsOf finds the entries about the footage that was deleted of what is missing.
// Deletions since the last checkpoint, an hour at most, have none yet.
func deletionsOf(tx *index.Tx, missing []Missing) ([]DeletionFact, error) {
	found := []DeletionFact{}
	size, err := ledger.Size(tx)
	if err != nil {
		return found, err
	}
	gone := map[footage.CameraID][]footage.Span{}
	for _, m := range missing {
		if m.Why == LackDeleted {
			gone[m.Camera] = append(gone[m.Camera], m.Span)
		}
	}
	if len(gone) == 0 {
		return found, nil
	}
	for e, err := range ledger.Entries(tx, ledger.Filter{Kind: ledger.Deleted}, size) {
		if err != nil {
			return found, err
		}
		d := DeletionFact{Entry: e.Number, At: e.At, Camera: footage.CameraID(e.Text("camera")), Segments: e.Int("segments")}
		if err := errors.Join(d.From.UnmarshalText([]byte(e.Text("from"))), d.To.UnmarshalText([]byte(e.Text("to")))); err != nil {
			return found, err
		}
		if slices.ContainsFunc(gone[d.Camera], footage.Span{From: d.From, To: d.To + 1}.Overlaps) {
			found = append(found, d)
		}
	}
	slices.Reverse(found)
	return found, nil
}
