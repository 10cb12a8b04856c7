package holds

import (
	"iter"
	"slices"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Ground is why footage may be kept past its seven days. The list is closed and
// follows the venues' privacy policies: likely use in an investigation (R23).
type Ground string

// The grounds.
const (
	CrimeLikely     Ground = "crime_likely"     // likely police use: a criminal offence
	AccidentLikely  Ground = "accident_likely"  // likely police use: an accident
	PoliceRequested Ground = "police_requested" // the police have asked for it
)

// Recovered is the ground of a hold that no person placed: the index was lost, and it
// is not known what of its footage was held.
const Recovered Ground = "recovered"

// Grounds lists every Ground that a person can hold footage on.
var Grounds = []Ground{CrimeLikely, AccidentLikely, PoliceRequested}

// State is where a hold is in its life.
type State string

// The states.
const (
	Active State = "active"
	Closed State = "closed" // ended by a person
	Lapsed State = "lapsed" // its `until` has come
)

// Hold keeps what cameras recorded in a span beyond seven days (sikring). It
// covers every segment of its cameras that overlaps its span, those that are
// recorded or arrive later included.
type Hold struct {
	Number  string // H-2026-0001
	Cameras []footage.CameraID
	Span    footage.Span
	Ground  Ground
	Reason  string          // in words
	Case    string          // police case number, perhaps empty
	Until   footage.Instant // holds nothing from then on; at most the ceiling of the span's end
	Placed  Act
	State   State
	Ended   Act    // who closed it and when, or when it lapsed
	Why     string // it was closed
}

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
}

const (
	holdKind   = "hold"
	activePart = "active"
	endedPart  = "ended"
)

// Active holds have a place of their own, because every deadline asks them and
// ended ones gather for years.
func holdKey(h Hold) string {
	if h.State == Active {
		return index.Key(holdKind, activePart, h.Number)
	}
	return index.Key(holdKind, endedPart, h.Number)
}

func putHold(tx *index.Tx, h Hold) error {
	return tx.Put(holdKey(h), holdRow{h.Cameras, h.Span.From, h.Span.To, h.Ground, h.Reason, h.Case, h.Until, h.Placed, h.State, h.Ended, h.Why})
}

func decodeHold(r index.Row, kind string) (Hold, error) {
	var row holdRow
	err := r.Decode(&row)
	from, _ := index.Prefix(holdKind, kind)
	return row.hold(r.Key[len(from):]), err
}

func (r holdRow) hold(number string) Hold {
	return Hold{number, r.Cameras, footage.Span{From: r.From, To: r.To}, r.Ground, r.Reason, r.Case, r.Until, r.Placed, r.State, r.Ended, r.Why}
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
	return h.State == Active && h.Span.Overlaps(span) && slices.Contains(h.Cameras, camera)
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

// latest returns the latest `until` of the holds that reach footage of camera in
// span, or 0 when none does.
func latest(holds []Hold, camera footage.CameraID, span footage.Span) footage.Instant {
	var until footage.Instant
	for _, h := range holds {
		if h.Covers(camera, span) {
			until = max(until, h.Until)
		}
	}
	return until
}
