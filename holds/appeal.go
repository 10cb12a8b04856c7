package holds

import (
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault/index"
)

// Appeal is a public appeal of the police for footage of an area (R38): entered once,
// it proposes the hold that answers it, and whoever accepts the proposal places that.
type Appeal struct {
	Number   string      `json:"number" cbor:"1,keyasint"`   // A-2026-0001
	District string      `json:"district" cbor:"2,keyasint"` // police district or unit
	Area     []Selection `json:"area" cbor:"3,keyasint"`     // the cameras that see it, and when
	Source   string      `json:"source" cbor:"4,keyasint"`   // where it was published: a link, which nobody fetches
	Case     string      `json:"case" cbor:"5,keyasint,omitempty"`
	Entered  Act         `json:"entered" cbor:"6,keyasint"`
	Hold     string      `json:"hold" cbor:"7,keyasint,omitempty"` // that answers it, once accepted
}

// How long the texts of an appeal may be, in characters.
const (
	MaxDistrict = 100
	MaxSource   = 1000
)

// Proposal is the hold that an appeal proposes, with what it would keep.
type Proposal struct {
	Appeal
	Reason   string   `json:"reason"`   // that the hold would have; its ground is police_requested
	Estimate Estimate `json:"estimate"` // now; of the past for an accepted appeal
}

// EnterAppeal enters an appeal. It places no hold. ErrInvalid when it has no district,
// or no link that a browser could open.
func (h *Holds) EnterAppeal(a Appeal, by string) (Proposal, error) {
	var err error
	if a.District, err = worded(a.District, "which police district or unit it is of", 3, MaxDistrict); err != nil {
		return Proposal{}, err
	}
	if a.Source, err = worded(a.Source, "where the appeal was published", 1, MaxSource); err != nil {
		return Proposal{}, err
	}
	link, err := url.Parse(a.Source)
	if err != nil || link.Scheme != "http" && link.Scheme != "https" || link.Hostname() == "" || link.User != nil {
		return Proposal{}, fmt.Errorf("%w: the source %q is not an http or https link", ErrInvalid, a.Source)
	}
	if err := checkCase(a.Case); err != nil {
		return Proposal{}, err
	}
	if a.Area, err = sound(a.Area); err != nil {
		return Proposal{}, err
	}
	if len(a.Area) == 0 {
		return Proposal{}, fmt.Errorf("%w: name the cameras or zones of the area", ErrInvalid)
	}
	err = h.Index.Update(func(tx *index.Tx) error {
		if err := h.known(tx, a.Area); err != nil {
			return err
		}
		if _, err := a.request(by).until(h.Policy(), a.Area, tx.Now); err != nil {
			return err
		}
		a.Entered, a.Hold = Act{by, tx.Now}, ""
		if a.Number, err = NextNumber(tx, h.Policy().Zone, appealSeries); err != nil {
			return err
		}
		if err := tx.Put(rowKey(appealKind, a.Number), a); err != nil {
			return err
		}
		cameras, span := sum(a.Area)
		_, err := ledger.Append(tx, ledger.Entry{
			Kind: ledger.AppealEntered, By: by,
			Fields:  ledger.Fields{"appeal": a.Number, "cameras": cameras, "from": span.From, "to": span.To, "selections": words(a.Area)},
			Details: map[string]string{"source": a.Source, "district": a.District, "case": a.Case},
		})
		return err
	})
	if err != nil {
		return Proposal{}, err
	}
	h.told("appeal entered", a.Number)
	return h.propose(a)
}

// request is the hold that the appeal proposes.
func (a Appeal) request(by string) Request {
	return Request{
		More: a.Area, Ground: PoliceRequested, Case: a.Case, By: by, Appeal: a.Number,
		Reason: fmt.Sprintf("%s ber publikum om opptak fra området: %s", a.District, a.Source),
	}
}

func (h *Holds) propose(a Appeal) (p Proposal, err error) {
	r := a.request("")
	p = Proposal{Appeal: a, Reason: r.Reason}
	if p.Estimate, err = h.Estimate(r); errors.Is(err, ErrInvalid) {
		err = nil // its cameras are gone, and all that they had
	}
	p.Estimate.Missing = append([]Missing{}, p.Estimate.Missing...)
	return p, err
}

// Appeal returns an appeal with what it proposes. ErrNotFound when there is none.
func (h *Holds) Appeal(number string) (Proposal, error) {
	var a Appeal
	if err := h.Index.View(func(tx *index.Tx) (err error) {
		a, err = findRow[Appeal](tx, appealKind, number)
		return err
	}); err != nil {
		return Proposal{}, err
	}
	return h.propose(a)
}

// Appeals returns every appeal, the newest first.
func (h *Holds) Appeals() (all []Appeal, err error) {
	err = h.Index.View(func(tx *index.Tx) error {
		all = nil
		for a, err := range scanRows[Appeal](tx, appealKind) {
			if err != nil {
				return err
			}
			all = append(all, a)
		}
		return nil
	})
	slices.Reverse(all)
	return all, err
}

// AcceptAppeal places the hold that an appeal proposes, and links the two in the same
// transaction. All rules of Place apply, those about a second person included. An
// appeal is accepted once: ErrRefused.
func (h *Holds) AcceptAppeal(number, by string) (Placed, error) {
	p, err := h.Appeal(number)
	if err != nil {
		return Placed{}, err
	}
	return h.Place(p.Appeal.request(by))
}

// answer links an appeal to the hold that is being placed.
func answer(tx *index.Tx, hold Hold) error {
	if hold.Appeal == "" {
		return nil
	}
	a, err := findRow[Appeal](tx, appealKind, hold.Appeal)
	if err != nil {
		return err
	}
	if a.Hold != "" {
		return fmt.Errorf("%w: %s was accepted already, with %s", ErrRefused, a.Number, a.Hold)
	}
	a.Hold = hold.Number
	return tx.Put(rowKey(appealKind, a.Number), a)
}
