package vault

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/store"
)

// MarkerKey is the object at the root of a store that says whose it is.
const MarkerKey = "sjudager.json"

// markerFormat is the layout of the store that this program writes and reads.
const markerFormat = 1

// Marker is what a store says about itself, in JSON.
type Marker struct {
	Format  int             `json:"format"`
	Site    string          `json:"site"`  // its name when the marker was written, for people
	Vault   string          `json:"vault"` // the id that the vault's index has, too
	Created footage.Instant `json:"created"`
}

// ErrForeign: the store holds something else than the footage of this index.
// Nothing may be put there and nothing deleted, least of all be taken for deleted
// because it is not there. The text says what is likely wrong.
var ErrForeign = errors.New("the store does not belong to this index")

// Claim sees to it that s is the store of the index db, and returns nil only then.
// A new store of a new index gets a marker with an id that the index keeps. A store
// without a marker that has footage which the index knows is from before there were
// markers, and gets one, too. Everything else is refused with ErrForeign; any other
// error means that it could not be found out now.
func Claim(ctx context.Context, db *index.DB, s store.Store, site string) error {
	marker, found, err := ReadMarker(ctx, s)
	if err != nil {
		return err
	}
	id, known, err := belongings(db)
	if err != nil {
		return fmt.Errorf("couldn't read the index: %w", err)
	}
	switch {
	case found && marker.Format != markerFormat:
		return fmt.Errorf("%w: %s has the format %d, and this program knows %d: run the newer sjudager that wrote it", ErrForeign, s, marker.Format, markerFormat)
	case found && marker.Vault == id:
		return nil
	case found && len(known) == 0:
		return fmt.Errorf("%w: %s holds the footage of %q since %s, and the index is empty: if the index has been lost, run sjudager check --repair, which makes a new one from the store; "+
			"if this is another appliance's place, correct storage, or data_dir", ErrForeign, s, marker.Site, marker.Created)
	case found:
		return fmt.Errorf("%w: %s holds other footage, of %q since %s: correct storage, or data_dir", ErrForeign, s, marker.Site, marker.Created)
	case len(known) == 0:
		err = vacant(ctx, s)
	default:
		err = has(ctx, s, known)
	}
	if err != nil {
		return err
	}
	return mark(ctx, db, s, site, id)
}

// ReadMarker returns the marker of s and whether there is one. A marker that cannot
// be read is ErrForeign.
func ReadMarker(ctx context.Context, s store.Store) (m Marker, found bool, err error) {
	body, err := s.Get(ctx, MarkerKey, 0, -1)
	if errors.Is(err, store.ErrNotExist) {
		return m, false, nil
	}
	if err != nil {
		return m, false, err
	}
	text, err := io.ReadAll(io.LimitReader(body, 4096))
	if err := errors.Join(err, body.Close()); err != nil {
		return m, false, fmt.Errorf("couldn't read %s: %w", MarkerKey, err)
	}
	if err := json.Unmarshal(text, &m); err != nil || m.Vault == "" {
		return m, false, fmt.Errorf("%w: %s in %s is not what sjudager writes there: correct storage, or if the place is right and the file damaged, delete that file", ErrForeign, MarkerKey, s)
	}
	return m, true, nil
}

type vaultRow struct {
	ID string `cbor:"1,keyasint"`
}

var vaultKey = index.Key("meta", "vault")

// ID returns the id of the vault, or "" before its store has been claimed.
func ID(tx *index.Tx) (string, error) {
	var row vaultRow
	_, err := tx.Get(vaultKey, &row)
	return row.ID, err
}

// SetID gives the index the id of a store whose index has been lost, so that Claim
// finds them to belong together.
func SetID(tx *index.Tx, id string) error { return tx.Put(vaultKey, vaultRow{id}) }

// sample is how many objects are looked for in a store without a marker.
const sample = 16

// belongings returns the vault's id, and the keys of some objects that should be in
// the store: the oldest of each camera, and what is to be removed.
func belongings(db *index.DB) (id string, known []string, err error) {
	err = db.View(func(tx *index.Tx) error {
		if id, err = ID(tx); err != nil {
			return err
		}
		for s, err := range Due(tx, footage.Always.To-1) {
			if err != nil {
				return err
			}
			if known = append(known, s.Object); len(known) == sample {
				return nil
			}
		}
		waiting, err := Intents(tx, sample)
		for _, i := range waiting {
			known = append(known, i.Object)
		}
		return err
	})
	return id, known, err
}

// vacant returns an error unless s has no footage.
func vacant(ctx context.Context, s store.Store) error {
	for o, err := range s.List(ctx, footage.ObjectPrefix) {
		if err != nil {
			return err
		}
		return fmt.Errorf("%w: %s has footage, such as %s, and the index is empty: if the index has been lost, run sjudager check --repair, which makes a new one from the store; "+
			"if this is another's place, correct storage, or data_dir", ErrForeign, s, o.Key)
	}
	return nil
}

// has returns an error unless s has one of the objects. Their names have a camera
// and a time to the microsecond, so one is enough: what else may be missing is
// damage, and not another store.
func has(ctx context.Context, s store.Store, known []string) error {
	for _, object := range known {
		_, err := s.Stat(ctx, object)
		if err == nil {
			return nil
		}
		if !errors.Is(err, store.ErrNotExist) {
			return err
		}
	}
	return fmt.Errorf("%w: the index knows footage, such as %s, and %s has none of it: correct storage, or data_dir; "+
		"if the disk or the bucket is the right one and has been emptied, run sjudager check --repair", ErrForeign, known[0], s)
}

// mark writes the marker. The index has the id first, so that a crash between the
// two leaves what the next start completes.
func mark(ctx context.Context, db *index.DB, s store.Store, site, id string) error {
	m := Marker{Format: markerFormat, Site: site, Vault: id}
	if err := db.Update(func(tx *index.Tx) error {
		m.Created = tx.Now
		if id == "" {
			m.Vault = rand.Text()
			return SetID(tx, m.Vault)
		}
		return nil
	}); err != nil {
		return fmt.Errorf("couldn't give the vault an id: %w", err)
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("couldn't write the marker: %w", err)
	}
	if err := s.Put(ctx, MarkerKey, store.FromBytes(append(text, '\n'))); err != nil {
		return err
	}
	// Of two that claim the same place at the same moment the later one has it.
	if there, found, err := ReadMarker(ctx, s); err != nil || !found || there.Vault != m.Vault {
		return errors.Join(fmt.Errorf("%w: another sjudager began in %s at this moment", ErrForeign, s), err)
	}
	return nil
}
