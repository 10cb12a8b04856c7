package ledger

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/sjudager/sjudager/vault/index"
)

// Whatever ParseEntry takes has one meaning and one form, and it is JSON.
func FuzzEntry(f *testing.F) {
	for _, k := range Kinds() {
		e := sample(k)
		e.Number, e.At, e.Commitments = 7, start, map[string]string{}
		for name, v := range e.Fields {
			e.Fields[name] = plain(v)
		}
		for name := range e.Details {
			e.Commitments[name] = digest
		}
		f.Add(e.line())
	}
	f.Add([]byte(`{"at":"2026-07-04T19:20:00.000000Z","by":"a\"b\\c","kind":"stop","n":0}` + "\n"))
	f.Fuzz(func(t *testing.T, line []byte) {
		e, err := ParseEntry(line)
		if err != nil {
			return
		}
		if again := e.line(); !bytes.Equal(again, line) {
			t.Errorf("%q is read, and written %q", line, again)
		}
		var object map[string]any
		if err := json.Unmarshal(line, &object); err != nil || object["kind"] != string(e.Kind) || object["by"] != e.By {
			t.Errorf("%q: %v", line, err)
		}
	})
}

// No checkpoint that the key did not sign is taken, and none stops the program.
func FuzzCheckpoint(f *testing.F) {
	r := newRig(f)
	r.append(sample(Start))
	c := r.checkpoint()
	f.Add(c.Note)
	f.Add([]byte("sjudager/x\n1\nAAAA\n\n— sjudager/x AAAA\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := openNote(text, r.key.Verifier())
		if err == nil && (got.N != c.Size || got.Hash != c.Root) {
			t.Errorf("taken: %q", text)
		}
		if err := r.index.View(func(tx *index.Tx) error {
			err := Continues(tx, text)
			report, errVerify := Verify(tx, VerifyOptions{Outside: [][]byte{text}})
			if (report.Outside == 1) != (len(report.Faults) == 0) || err != nil && report.Outside == 1 {
				t.Errorf("%q: %v, %+v", text, err, report)
			}
			return errVerify
		}); err != nil {
			t.Error(err)
		}
	})
}

// No proof is taken but that of the entry.
func FuzzProof(f *testing.F) {
	r := newRig(f)
	r.append(sample(Start))
	n := r.append(sample(HoldPlaced))
	r.checkpoint()
	var lines [][]byte
	for i := range n + 1 {
		lines = append(lines, r.tell(i).Line)
	}
	line := lines[n]
	var proof []byte
	r.update(func(tx *index.Tx) (err error) { proof, err = Prove(tx, n); return err })
	f.Add(proof, line)
	f.Add([]byte("c2sp.org/tlog-proof@v1\nextra AA==\nindex 1\n\n"), line)
	f.Fuzz(func(t *testing.T, proof, other []byte) {
		if e, err := CheckProof(proof, other, r.key.Verifier()); err == nil && (e.Number > n || !bytes.Equal(other, lines[e.Number])) {
			t.Errorf("%q proves %q", proof, other)
		}
	})
}
