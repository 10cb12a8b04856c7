package holds

import (
	"iter"
	"slices"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// State is where a hold is in its life.
type State string

// The states.
const (
	Awaiting State = "awaiting" // in force, and lapses unless a second person confirms it (R25, R33)
	Active   State = "active"
	Closed   State = "closed" // ended by a person
	Lapsed   State = "lapsed" // its `until` has come, or nobody confirmed it
)

// Hold keeps what cameras recorded in a span beyond seven days (sikring). It
// covers every segment that overlaps one of its selections, those that are recorded
// or arrive later included.
type Hold struct {
	Number  string             // H-2026-0001
	Cameras []footage.CameraID // of all selections, in order
	Span    footage.Span       // from the first instant of any selection to the last
	Ground  Ground
	Reason  string          // in words
	Case    string          // police case number, perhaps empty
	Until   footage.Instant // holds nothing from then on; at most the ceiling of the span's end
	Placed  Act
	State   State
	Ended   Act    // who closed it and when, or when it lapsed
	Why     string // it was closed

	Happened footage.Instant // the incident, or 0
	Place    string          // where, in words, perhaps empty
	Review   footage.Instant // by then somebody looks whether it is still needed (R30)
	Reviewed Act             // the last time somebody did

	Selections []Selection // at least one; Cameras and Span sum them up

	Quick     bool            // placed as a quick hold
	ConfirmBy footage.Instant // by then a second person confirms it; 0 when none is needed
	Confirmed Act             // who did

	Changed footage.Instant // the last time that anybody did something to it

	Closing Closing         // Why, by its code; "" of those that ended before there were codes
	Receipt Act             // of the police, and who entered it (R32)
	Closes  footage.Instant // then it is closed because of that; 0 while nothing was handed over
	Appeal  string          // the police appeal that it answers: A-2026-0001 (R38)
	Request string          // the request that it freezes footage for: I-2026-0001 (R34)
}

// Freeze reports whether it is a freeze (begrensning): the same mechanism as a hold,
// for the person in the footage. It is counted separately everywhere, and its number
// begins with F (R34).
func (h Hold) Freeze() bool { return h.Request != "" }

// Act is who did something, and when.
type Act struct {
	By string          `json:"by,omitempty" cbor:"1,keyasint,omitempty"` // pseudonymous id, never a name (R106)
	At footage.Instant `json:"at" cbor:"2,keyasint"`
}

type holdRow struct {
	Cameras []footage.CameraID `cbor:"1,keyasint"`
	From    footage.Instant    `cbor:"2,keyasint"`
	To      footage.Instant    `cbor:"3,keyasint"`
	Ground  Ground             `cbor:"4,keyasint"`
	Reason  string             `cbor:"5,keyasint"`
	Case    string             `cbor:"6,keyasint,omitempty"`
	Until   footage.Instant    `cbor:"7,keyasint"`
	Placed  Act                `cbor:"8,keyasint"`
	State   State              `cbor:"9,keyasint"`
	Ended   Act                `cbor:"10,keyasint"`
	Why     string             `cbor:"11,keyasint,omitempty"`

	Happened footage.Instant `cbor:"12,keyasint,omitempty"`
	Place    string          `cbor:"13,keyasint,omitempty"`
	Review   footage.Instant `cbor:"14,keyasint,omitempty"` // 0 in rows from before there were reviews
	Reviewed Act             `cbor:"15,keyasint,omitzero"`

	Selections []Selection `cbor:"16,keyasint,omitempty"` // none: the one that keys 1 to 3 have

	Quick     bool            `cbor:"17,keyasint,omitempty"`
	ConfirmBy footage.Instant `cbor:"18,keyasint,omitempty"`
	Confirmed Act             `cbor:"19,keyasint,omitzero"`
	Changed   footage.Instant `cbor:"20,keyasint,omitempty"` // 0: when it was placed

	Closing Closing         `cbor:"21,keyasint,omitempty"`
	Receipt Act             `cbor:"22,keyasint,omitzero"`
	Closes  footage.Instant `cbor:"23,keyasint,omitempty"`
	Appeal  string          `cbor:"24,keyasint,omitempty"`
	Request string          `cbor:"25,keyasint,omitempty"`
}

const (
	holdKind   = "hold"
	activePart = "active"
	endedPart  = "ended"
)

// Holds in force have a place of their own, because every deadline asks them and
// ended ones gather for years.
func holdKey(h Hold) string {
	if h.State.InForce() {
		return index.Key(holdKind, activePart, h.Number)
	}
	return index.Key(holdKind, endedPart, h.Number)
}

func putHold(tx *index.Tx, h Hold) error {
	more := h.Selections
	if len(more) == 1 {
		more = nil
	}
	return tx.Put(holdKey(h), holdRow{
		h.Cameras, h.Span.From, h.Span.To, h.Ground, h.Reason, h.Case, h.Until, h.Placed, h.State, h.Ended, h.Why,
		h.Happened, h.Place, h.Review, h.Reviewed, more, h.Quick, h.ConfirmBy, h.Confirmed, h.Changed,
		h.Closing, h.Receipt, h.Closes, h.Appeal, h.Request,
	})
}

func decodeHold(r index.Row, kind string) (Hold, error) {
	var row holdRow
	err := r.Decode(&row)
	from, _ := index.Prefix(holdKind, kind)
	return row.hold(r.Key[len(from):]), err
}

func (r holdRow) hold(number string) Hold {
	if r.Review == 0 {
		r.Review = r.Placed.At.Add(ReviewEvery)
	}
	span := footage.Span{From: r.From, To: r.To}
	if len(r.Selections) == 0 {
		r.Selections = []Selection{{r.Cameras, span}}
	}
	return Hold{
		number, r.Cameras, span, r.Ground, r.Reason, r.Case, r.Until, r.Placed, r.State, r.Ended, r.Why,
		r.Happened, r.Place, r.Review, r.Reviewed, r.Selections, r.Quick, r.ConfirmBy, r.Confirmed, max(r.Changed, r.Placed.At),
		r.Closing, r.Receipt, r.Closes, r.Appeal, r.Request,
	}
}

func scanHolds(tx *index.Tx, kind string) iter.Seq2[Hold, error] {
	return func(yield func(Hold, error) bool) {
		for r := range tx.Scan(index.Prefix(holdKind, kind)) {
			if !yield(decodeHold(r, kind)) {
				return
			}
		}
	}
}

func activeHolds(tx *index.Tx) ([]Hold, error) {
	var all []Hold
	for h, err := range scanHolds(tx, activePart) {
		if err != nil {
			return nil, err
		}
		all = append(all, h)
	}
	return all, nil
}

// Covers reports whether the hold reaches footage of camera in span. An ended
// hold reaches nothing.
func (h Hold) Covers(camera footage.CameraID, span footage.Span) bool {
	return h.State.InForce() && slices.ContainsFunc(h.Selections, func(s Selection) bool {
		return s.Overlaps(span) && slices.Contains(s.Cameras, camera)
	})
}

// Covering returns the numbers of the active holds that reach footage of camera
// in span.
func Covering(tx *index.Tx, camera footage.CameraID, span footage.Span) ([]string, error) {
	all, err := activeHolds(tx)
	var numbers []string
	for _, h := range all {
		if h.Covers(camera, span) {
			numbers = append(numbers, h.Number)
		}
	}
	return numbers, err
}

// cover is what the holds and freezes in force make of footage.
type cover struct {
	held       footage.Instant // the latest end of the holds that reach it, or 0
	frozen     footage.Instant // the same of the freezes
	restricted bool            // a freeze restricts the use of it (GDPR art. 18)
}

func coverOf(active []Hold, camera footage.CameraID, span footage.Span) (c cover) {
	for _, h := range active {
		switch {
		case !h.Covers(camera, span):
		case h.Freeze():
			c.frozen, c.restricted = max(c.frozen, h.Ends()), c.restricted || h.Ground == Restriction
		default:
			c.held = max(c.held, h.Ends())
		}
	}
	return c
}
