package vault

import (
	"context"
	"fmt"
	"slices"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/store"
)

// IndexLost reports whether db knows nothing and s has footage, or says that it belongs
// to a vault: the index has been lost, unless s is somebody else's.
func IndexLost(ctx context.Context, db *index.DB, s store.Store) (lost bool, err error) {
	if err := db.View(func(tx *index.Tx) error {
		id, err := ID(tx)
		lost = id == "" && len(Cameras(tx)) == 0
		return err
	}); err != nil || !lost {
		return false, err
	}
	return HasFootage(ctx, s)
}

// HasFootage reports whether s says that it belongs to a vault, or has footage.
func HasFootage(ctx context.Context, s store.Store) (bool, error) {
	if _, found, err := ReadMarker(ctx, s); err != nil || found {
		return found, err
	}
	for _, err := range s.List(ctx, footage.ObjectPrefix) {
		return err == nil, err
	}
	return false, nil
}

// TakeOver gives a new index the id of the vault whose store s is. A store from before
// there were markers gives none.
func TakeOver(ctx context.Context, db *index.DB, s store.Store) (m Marker, found bool, err error) {
	if m, found, err = ReadMarker(ctx, s); err != nil || !found {
		return m, found, err
	}
	return m, true, db.Update(func(tx *index.Tx) error { return SetID(tx, m.Vault) })
}

// Accept gives s a marker although it has nothing of what db knows: somebody says that
// it is the right place and has been emptied. One that has a marker is refused.
func Accept(ctx context.Context, db *index.DB, s store.Store, site string) error {
	if m, found, err := ReadMarker(ctx, s); err != nil || found {
		if found {
			err = fmt.Errorf("%w: %s holds other footage, of %q since %s", ErrForeign, s, m.Site, m.Created)
		}
		return err
	}
	id, err := vaultID(db)
	if err != nil {
		return err
	}
	return mark(ctx, db, s, site, id)
}

// Named returns the cameras whose footage s has by its names, and when the oldest
// begins, or 0.
func Named(ctx context.Context, s store.Store) (cameras []footage.CameraID, oldest footage.Instant, err error) {
	for o, err := range s.List(ctx, footage.ObjectPrefix) {
		if err != nil {
			return nil, 0, fmt.Errorf("couldn't list the store: %w", err)
		}
		camera, start, _, err := footage.ParseObjectKey(o.Key)
		if err != nil {
			continue
		}
		if i, known := slices.BinarySearch(cameras, camera); !known {
			cameras = slices.Insert(cameras, i, camera)
		}
		if oldest == 0 || start < oldest {
			oldest = start
		}
	}
	return cameras, oldest, nil
}
