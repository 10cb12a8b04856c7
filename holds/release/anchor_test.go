package release

import (
	"crypto/sha256"
	"testing"

	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// What a package cannot vouch for itself is in the ledger: its manifest, the key that
// signed it, and its time stamp (R87).
func TestR87PackageIsInTheLedger(t *testing.T) {
	r := newRig(t)
	manifest, stamp := footage.SHA256(sha256.Sum256([]byte("m"))), footage.SHA256(sha256.Sum256([]byte("s")))
	for _, p := range []Package{{N: 1, Manifest: manifest, Key: "00ab cdef"}, {N: 1, Manifest: manifest, Key: "00ab cdef", Stamp: stamp}} {
		if err := r.Index.Update(func(tx *index.Tx) error {
			number, err := nextNumber(tx, r.Zone())
			if err != nil {
				return err
			}
			release := Release{Record: Record{Number: number, State: Exported, Packages: []Package{p}}}
			if err := write(tx, Release{}, &release, Export, "u-1"); err != nil {
				return err
			}
			size, err := ledger.Size(tx)
			if err != nil {
				return err
			}
			for e, err := range ledger.Walk(tx, size-1, size) {
				if err != nil {
					return err
				}
				want := ""
				if p.Stamp == stamp {
					want = stamp.String()
				}
				if e.Kind != ledger.Released || e.Text("manifest") != manifest.String() || e.Text("signer") != "00abcdef" || e.Text("stamp") != want {
					t.Errorf("%+v", e.Fields)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
}
