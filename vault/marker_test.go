package vault

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/store"
	"github.com/sjudager/sjudager/vault/store/dir"
)

func (r *rig) claim(s store.Store) error {
	return Claim(context.Background(), r.Index, s, "Sentrum Scene")
}

func (r *rig) id() (id string) {
	r.t.Helper()
	if err := r.Index.View(func(tx *index.Tx) (err error) { id, err = ID(tx); return err }); err != nil {
		r.t.Fatal(err)
	}
	return id
}

func emptyStore(t *testing.T) store.Store {
	t.Helper()
	s, err := dir.Open(filepath.Join(t.TempDir(), "store"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// foreign fails unless Claim refuses s with words that have all of say, and leaves
// s and the index as they are.
func (r *rig) foreign(s store.Store, say ...string) {
	r.t.Helper()
	before, id := list(r.t, s), r.id()
	err := r.claim(s)
	if !errors.Is(err, ErrForeign) {
		r.t.Fatalf("Claim returns %v", err)
	}
	r.t.Log(err)
	for _, words := range append(say, s.String()) {
		if !strings.Contains(err.Error(), words) {
			r.t.Errorf("the error does not say %q: %v", words, err)
		}
	}
	if after := list(r.t, s); after != before || r.id() != id {
		r.t.Errorf("what was refused has changed: from %s to %s, from %q to %q", before, after, id, r.id())
	}
}

// list returns the keys of all that s has.
func list(t testing.TB, s store.Store) (keys string) {
	t.Helper()
	for o, err := range s.List(context.Background(), "") {
		if err != nil {
			t.Fatal(err)
		}
		keys += o.Key + "\n"
	}
	return keys
}

func TestClaim(t *testing.T) {
	t.Run("new", func(t *testing.T) {
		r := newRig(t)
		for range 2 {
			if err := r.claim(r.store); err != nil {
				t.Fatal(err)
			}
		}
		m, found, err := ReadMarker(t.Context(), r.store)
		if err != nil || !found || m.Vault != r.id() || len(m.Vault) < 20 || m.Site != "Sentrum Scene" || m.Created != r.now() || m.Format != 1 {
			t.Errorf("the marker is %+v, %v", m, err)
		}
		r.drop("k01", start)
		r.ingest()
		if err := r.claim(r.store); err != nil {
			t.Error(err)
		}
		if found, err := r.Inventory(t.Context()); err != nil || len(found.Stranger) != 0 || found.Objects != 1 {
			t.Errorf("the inventory has %+v, %v", found, err)
		}
	})
	t.Run("another's, or the index is lost", func(t *testing.T) {
		r, other := newRig(t), newRig(t)
		if err := errors.Join(r.claim(r.store), other.claim(other.store)); err != nil {
			t.Fatal(err)
		}
		r.foreign(other.store, `"Sentrum Scene"`, "the index is empty", "check --repair", "correct storage")
		r.drop("k01", start)
		r.ingest()
		r.foreign(other.store, "holds other footage", "correct storage")
		newRig(t).foreign(r.store, "the index is empty", "check --repair")

		// The index is made anew, and takes the id along.
		lost := newRig(t)
		if err := lost.Index.Update(func(tx *index.Tx) error { return SetID(tx, r.id()) }); err != nil {
			t.Fatal(err)
		}
		if err := lost.claim(r.store); err != nil {
			t.Error(err)
		}
	})
	t.Run("wrong and empty", func(t *testing.T) {
		r := newRig(t)
		r.drop("k01", start)
		r.ingest()
		r.foreign(emptyStore(t), "has none of it", "correct storage", "check --repair")
		// What is to be deleted must not be taken for deleted, either.
		r.at(start.Add(200 * 3600e9))
		r.retire()
		r.foreign(emptyStore(t), "has none of it")
	})
	t.Run("from before there were markers", func(t *testing.T) {
		r := newRig(t)
		r.drop("k01", start)
		r.drop("k01", start.Add(2e9))
		r.ingest()
		if err := r.store.Store.Delete(t.Context(), footage.ObjectKey("k01", start, 0)); err != nil { // damage
			t.Fatal(err)
		}
		if err := r.claim(r.store); err != nil {
			t.Fatal(err)
		}
		if m, found, err := ReadMarker(t.Context(), r.store); !found || err != nil || m.Vault != r.id() {
			t.Errorf("the marker is %+v, %v", m, err)
		}
		newRig(t).foreign(r.store, "the index is empty")
	})
	t.Run("footage without marker, and no index", func(t *testing.T) {
		r := newRig(t)
		r.drop("k01", start)
		r.ingest()
		newRig(t).foreign(r.store, "such as footage/k01/", "check --repair")
	})
	t.Run("damaged, or of another format", func(t *testing.T) {
		for text, say := range map[string]string{"{": "is not what sjudager writes there", "{}": "is not what", `{"format": 2, "vault": "x"}`: "the format 2"} {
			r := newRig(t)
			if err := r.store.Put(t.Context(), MarkerKey, store.FromBytes([]byte(text))); err != nil {
				t.Fatal(err)
			}
			r.foreign(r.store, say)
		}
	})
	t.Run("a store that fails is nobody's", func(t *testing.T) {
		for _, c := range []struct{ before, after, lie string }{{before: "Put"}, {after: "Put"}, {lie: "Put"}} {
			r := newRig(t)
			r.store.set(c.before, c.after, c.lie)
			if err := r.claim(r.store); err == nil {
				t.Errorf("%+v: no error", c)
			}
			r.store.set("", "", "")
			if err := r.claim(r.store); err != nil {
				t.Errorf("%+v: %v", c, err)
			}
		}
	})
}
