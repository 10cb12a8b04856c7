package holds

import (
	"slices"
	"strings"

	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Note writes what the vault tells of into the ledger, in the same transaction:
// vault.Options.Note. Gaps and deletions are gathered until the next checkpoint, which
// makes one entry of the pieces of a gap and one of the deletions of a camera.
func Note(tx *index.Tx, e vault.Event) error {
	var err error
	switch e := e.(type) {
	case vault.GapFound:
		// A gap may come from a file that something else wrote into the spool; what it
		// says must not keep the others from being written down.
		if !slices.Contains(footage.Causes, e.Cause) {
			e.Cause = footage.CauseUnknown
		}
		if e.Span.To <= e.Span.From || e.Span.To > footage.Always.To {
			e.Span.To = e.Span.From
		}
		e.Detail = strings.ToValidUTF8(e.Detail, "\uFFFD")
		err = ledger.TallyGap(tx, footage.Gap(e))
	case vault.Removed:
		err = ledger.Tally(tx, ledger.Deletion{
			Camera: e.Camera, Span: footage.Span{From: e.Start, To: max(e.Start, e.End)}, Bytes: e.Bytes, SHA256: e.SHA256, Cause: string(e.Cause),
			Deadline: e.Deadline, Due: e.Due, Deleted: e.Deleted, Verified: e.Verified, Attempts: e.Attempts,
		})
	case vault.Adopted:
		_, err = ledger.Append(tx, ledger.Entry{Kind: ledger.Adopted, By: ledger.System, Fields: ledger.Fields{
			"camera": e.Camera, "from": e.Span.From, "to": e.Span.To, "bytes": e.Bytes, "sha256": e.SHA256,
		}})
	case vault.Dropped:
		_, err = ledger.Append(tx, ledger.Entry{Kind: ledger.DeletedEarly, By: ledger.System, Fields: ledger.Fields{
			"camera": e.Camera, "from": e.Span.From, "to": e.Span.To, "bytes": e.Bytes, "deadline": e.Deadline, "cause": e.Cause,
		}})
	}
	return err
}

// notePlaced writes a hold or freeze that was placed into the ledger, with what it
// covers now.
func notePlaced(tx *index.Tx, p Placed) error {
	h := p.Hold
	e := ledger.Entry{
		Kind: ledger.HoldPlaced, By: h.Placed.By,
		Fields: ledger.Fields{
			"hold": h.Number, "cameras": h.Cameras, "from": h.Span.From, "to": h.Span.To, "ground": h.Ground, "selections": words(h.Selections),
			"until": h.Until, "segments": p.Segments, "bytes": p.Bytes,
		},
		Details: map[string]string{"reason": h.Reason},
	}
	if h.Freeze() {
		e.Kind, e.Fields["request"] = ledger.FreezePlaced, h.Request
	} else {
		e.Fields["happened"], e.Fields["review"], e.Fields["confirm"], e.Fields["appeal"] = h.Happened, h.Review, h.ConfirmBy, h.Appeal
		e.Details["case"], e.Details["place"] = h.Case, h.Place
	}
	_, err := ledger.Append(tx, e)
	return err
}

// noteConfirmed writes down that a second person stands by a hold.
func noteConfirmed(tx *index.Tx, h Hold, note string) error {
	_, err := ledger.Append(tx, ledger.Entry{
		Kind: ledger.HoldConfirmed, By: h.Confirmed.By, Fields: ledger.Fields{"hold": h.Number}, Details: map[string]string{"reason": note},
	})
	return err
}

// noteNarrowed writes down what is left of a hold.
func noteNarrowed(tx *index.Tx, h Hold, left counted, why, by string) error {
	_, err := ledger.Append(tx, ledger.Entry{
		Kind: ledger.HoldNarrowed, By: by,
		Fields: ledger.Fields{
			"hold": h.Number, "cameras": h.Cameras, "from": h.Span.From, "to": h.Span.To, "selections": words(h.Selections),
			"segments": left.segments, "bytes": left.bytes,
		},
		Details: map[string]string{"reason": why},
	})
	return err
}

// noteReviewed writes down that a hold was looked at.
func noteReviewed(tx *index.Tx, h Hold, r Review) error {
	_, err := ledger.Append(tx, ledger.Entry{
		Kind: ledger.HoldReviewed, By: r.By, Fields: ledger.Fields{"hold": h.Number, "review": h.Review},
		Details: map[string]string{"reason": r.Note, "case": r.Case},
	})
	return err
}

// noteDelivered writes down when a hold closes because of a receipt.
func noteDelivered(tx *index.Tx, h Hold) error {
	_, err := ledger.Append(tx, ledger.Entry{
		Kind: ledger.HoldDelivered, By: h.Receipt.By, Fields: ledger.Fields{"hold": h.Number, "receipt": h.Receipt.At, "closes": h.Closes},
	})
	return err
}

// noteEnded writes a hold or freeze that was closed, or has lapsed, into the ledger.
func noteEnded(tx *index.Tx, h Hold) error {
	e := ledger.Entry{Kind: ledger.HoldLapsed, By: ledger.System, Fields: ledger.Fields{"hold": h.Number, "code": string(h.Closing)}}
	if h.State == Closed {
		e.Kind, e.By, e.Details = ledger.HoldClosed, h.Ended.By, map[string]string{"reason": h.Why}
	}
	if h.Freeze() {
		e.Kind, e.Fields["request"] = ledger.FreezeClosed, h.Request
	}
	_, err := ledger.Append(tx, e)
	return err
}
