package handover

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/handover/verify"
	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// extract is what the ledger says about the footage that is handed over.
type extract struct {
	told       []ledger.Told // the oldest first
	checkpoint ledger.Checkpoint
	lines      []byte
	proofs     []byte
}

// concerns reports whether an entry is about what is handed over: of the release, of
// its holds, of the cameras in the time, or of the clock and the rules that all stood
// under.
func (b *builder) concerns(e ledger.Entry) bool {
	switch e.Kind {
	case ledger.KeyAnnounced, ledger.PackageKeys, ledger.Retention:
		return true
	case ledger.ClockEvent:
		return e.At >= b.span.From
	}
	if e.Text("release") == b.Release.Number || slices.ContainsFunc(b.Holds, func(h holds.Hold) bool { return h.Number == e.Text("hold") }) {
		return true
	}
	var s footage.Span
	if s.From.UnmarshalText([]byte(e.Text("from"))) != nil || s.To.UnmarshalText([]byte(e.Text("to"))) != nil {
		return false
	}
	for _, g := range b.given {
		if slices.Contains(e.Cameras(), string(g.camera.ID)) && slices.ContainsFunc(g.asked, s.Overlaps) {
			return true
		}
	}
	return false
}

// extractLedger collects the entries and their proofs. A checkpoint is made only where
// one of them is not covered yet, so that the same package can be made again.
func (b *builder) extractLedger() (extract, error) {
	x, uncovered, err := b.readLedger()
	if err == nil && uncovered {
		if _, err = b.Notary.Checkpoint(); err == nil {
			x, _, err = b.readLedger()
		}
	}
	if err != nil {
		return x, fmt.Errorf("couldn't extract the ledger: %w", err)
	}
	return x, nil
}

func (b *builder) readLedger() (x extract, uncovered bool, err error) {
	err = b.Notary.Index.View(func(tx *index.Tx) error {
		last, found, err := ledger.LastCheckpoint(tx)
		if err != nil || !found {
			uncovered = err == nil
			return err
		}
		if _, err := ledger.OpenCheckpoint(last.Note, b.Notary.Key.Verifier()); err != nil {
			uncovered = true // by the key that signs now
			return nil
		}
		x.checkpoint = last
		size, err := ledger.Size(tx)
		if err != nil {
			return err
		}
		for told, err := range ledger.Entries(tx, ledger.Filter{}, size) {
			if err != nil {
				return err
			}
			if b.concerns(told.Entry) {
				x.told = append(x.told, told)
				uncovered = uncovered || told.Number >= last.Size
			}
		}
		if uncovered {
			return nil
		}
		slices.Reverse(x.told)
		file := verify.AuditProofsJSON{Schema: "sjudager.audit-proofs/v1", Key: b.Notary.Key.Verifier(), Checkpoint: string(last.Note), Proofs: []verify.AuditProof{}}
		for _, told := range x.told {
			proof, err := ledger.Prove(tx, told.Number)
			if err != nil {
				return err
			}
			x.lines = append(x.lines, told.Line...)
			file.Proofs = append(file.Proofs, verify.AuditProof{Entry: told.Number, Proof: string(proof)})
		}
		x.proofs = asJSON(file)
		return nil
	})
	return x, uncovered, err
}

// root is the checkpoint's root in hex.
func (x extract) root() string { return fmt.Sprintf("%x", x.checkpoint.Root[:]) }

// note is the checkpoint on one line, for a code on paper.
func (x extract) note() string { return strings.TrimSpace(string(x.checkpoint.Note)) }
