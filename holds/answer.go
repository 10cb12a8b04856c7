package holds

import (
	"fmt"

	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// onRequest carries out what a person does to an open request, with its entry.
func (h *Holds) onRequest(number, what string, act func(tx *index.Tx, q *SubjectRequest) (ledger.Entry, error)) (Facts, error) {
	err := h.Index.Update(func(tx *index.Tx) error {
		q, err := findRow[SubjectRequest](tx, requestKind, number)
		if err != nil {
			return err
		}
		if q.Closed.At != 0 {
			return fmt.Errorf("%w: %s was closed at %s", ErrRefused, number, q.Closed.At)
		}
		e, err := act(tx, &q)
		if err != nil {
			return err
		}
		q.Changed = tx.Now
		if err := tx.Put(rowKey(requestKind, number), q); err != nil {
			return err
		}
		if e.Fields == nil {
			e.Fields = ledger.Fields{}
		}
		e.Fields["request"] = number
		_, err = ledger.Append(tx, e)
		return err
	})
	if err != nil {
		return Facts{}, err
	}
	h.told(what, number)
	return h.Request(number)
}

// ExtendRequest puts the due date of a request off by two further months, once, and
// while the first one has not passed: the person is told of it within that, with the
// reason (GDPR art. 12(3); R126).
func (h *Holds) ExtendRequest(number, reason, by string) (Facts, error) {
	reason, err := worded(reason, "why the request takes longer", MinReason, MaxReason)
	if err != nil {
		return Facts{}, err
	}
	return h.onRequest(number, "request extended", func(tx *index.Tx, q *SubjectRequest) (ledger.Entry, error) {
		switch {
		case q.Extended.At != 0:
			return ledger.Entry{}, fmt.Errorf("%w: %s was extended already, and that can be done once (GDPR art. 12(3); R126)", ErrRefused, number)
		case q.Decision != "":
			return ledger.Entry{}, fmt.Errorf("%w: %s is decided", ErrRefused, number)
		case q.Due <= tx.Now:
			return ledger.Entry{}, fmt.Errorf("%w: %s was due at %s, and the person has to be told of an extension before that (GDPR art. 12(3); R126)", ErrRefused, number, q.Due)
		}
		q.Extended, q.Due = Stated{by, tx.Now, reason}, RequestDue(q.Received, extendedMonths, h.Policy().Zone)
		return ledger.Entry{Kind: ledger.RequestExtended, By: by, Fields: ledger.Fields{"due": q.Due}, Details: map[string]string{"reason": reason}}, nil
	})
}

// DecideRequest writes down how a request is answered, and why. It frees nothing: see
// CloseRequest.
func (h *Holds) DecideRequest(number string, d Answer, reason, by string) (Facts, error) {
	if err := chosen("decision", d, Answers); err != nil {
		return Facts{}, err
	}
	least := 1
	if d == AnswerRefused {
		least = MinReason // the concrete reason (R129)
	}
	reason, err := worded(reason, "why it is answered so", least, MaxReason)
	if err != nil {
		return Facts{}, err
	}
	return h.onRequest(number, "request decided", func(tx *index.Tx, q *SubjectRequest) (ledger.Entry, error) {
		if q.Decision != "" {
			return ledger.Entry{}, fmt.Errorf("%w: %s is decided: %s", ErrRefused, number, q.Decision)
		}
		q.Decision, q.Decided = d, Stated{by, tx.Now, reason}
		return ledger.Entry{Kind: ledger.RequestDecided, By: by, Fields: ledger.Fields{"decision": d}, Details: map[string]string{"reason": reason}}, nil
	})
}

// Ending is how a request is closed.
type Ending struct {
	Note string          // what was done, in words
	Told footage.Instant // when the person was told that the restriction ends; 0: not
	By   string
}

// CloseRequest closes a request that is decided, and lifts its freeze in the same
// transaction: what nothing else covers falls back to its own deadline, and goes at
// once where that has passed. Two things are held back:
//
//   - after a refusal the freeze stays until it runs out, thirty days after the
//     recording, because the person may complain (R130);
//   - a restriction is lifted only after the person has been told (GDPR art. 18(3);
//     R134).
func (h *Holds) CloseRequest(number string, e Ending) (Facts, error) {
	note, err := worded(e.Note, "what was done", 1, MaxReason)
	if err != nil {
		return Facts{}, err
	}
	return h.onRequest(number, "request closed", func(tx *index.Tx, q *SubjectRequest) (ledger.Entry, error) {
		var none ledger.Entry
		if q.Decision == "" {
			return none, fmt.Errorf("%w: %s is not decided yet: sjudager request decide", ErrRefused, number)
		}
		if e.Told > tx.Now {
			return none, fmt.Errorf("%w: the person would be told at %s, which is yet to come", ErrInvalid, e.Told)
		}
		var frozen Hold
		if q.Freeze != "" {
			if frozen, err = find(tx, q.Freeze); err != nil {
				return none, err
			}
		}
		q.Told, q.Closed = e.Told, Stated{e.By, tx.Now, note}
		if frozen.State.InForce() && q.Decision != AnswerRefused {
			if frozen.Ground == Restriction && q.Told == 0 {
				return none, fmt.Errorf("%w: before a restriction is lifted the person is told (GDPR art. 18(3); R134): say with --told when that was", ErrRefused)
			}
			if err := closeNow(tx, &frozen, ClosedAnswered, note, Act{e.By, tx.Now}); err != nil {
				return none, err
			}
		}
		return ledger.Entry{Kind: ledger.RequestClosed, By: e.By, Fields: ledger.Fields{"told": q.Told}, Details: map[string]string{"reason": note}}, nil
	})
}
