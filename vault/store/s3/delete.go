package s3

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/minio/minio-go/v7"

	"github.com/sjudager/sjudager/vault/store"
)

// inspect finds out whether the bucket can be used and how its objects are
// deleted (R10).
func (s *Store) inspect(ctx context.Context) error {
	// The first question is a GET, because the answer to a HEAD has no body and
	// so no reason.
	err := s.try(ctx, "read the versioning of", s.String(), func() error {
		v, err := s.client.GetBucketVersioning(ctx, s.opts.Bucket)
		if notImplemented(err) {
			return nil
		}
		s.versioned.Store(v.Status != "")
		return err
	})
	if err != nil {
		return err
	}
	err = s.try(ctx, "read the object lock of", s.String(), func() error {
		lock, _, _, _, err := s.client.GetObjectLockConfig(ctx, s.opts.Bucket)
		if minio.ToErrorResponse(err).StatusCode == http.StatusNotFound || notImplemented(err) {
			return nil
		}
		if lock == "Enabled" {
			return fmt.Errorf("%w: the bucket has object lock, which lets the server keep what has been deleted; "+
				"footage has to be gone on its day, so use a bucket without it", store.ErrConfig)
		}
		return err
	})
	if err != nil {
		return err
	}
	s.listsVersions = true
	_, err = s.versions(ctx, noKey)
	if notImplemented(err) && !s.versioned.Load() {
		s.listsVersions = false
		_, err = s.versions(ctx, noKey)
	}
	return err
}

// noKey is no prefix of any key, so asking for it asks only whether we may.
const noKey = "."

// notImplemented reports whether a server said that it lacks this part of S3.
func notImplemented(err error) bool {
	var r minio.ErrorResponse
	return errors.As(err, &r) && (r.StatusCode == http.StatusNotImplemented || r.StatusCode == http.StatusMethodNotAllowed)
}

// Delete implements store.Store.
func (s *Store) Delete(ctx context.Context, key string) error {
	if err := store.CheckKey(key); err != nil {
		return fmt.Errorf("couldn't delete %s: %w", key, err)
	}
	if !s.versioned.Load() {
		return s.deleteVersion(ctx, key, "")
	}
	versions, err := s.versions(ctx, key)
	if err != nil {
		return err
	}
	for _, id := range versions {
		if err := s.deleteVersion(ctx, key, id); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) deleteVersion(ctx context.Context, key, version string) error {
	return s.try(ctx, "delete", key, func() error {
		return s.client.RemoveObject(ctx, s.opts.Bucket, key, minio.RemoveObjectOptions{VersionID: version})
	})
}

// Absent implements store.Store.
func (s *Store) Absent(ctx context.Context, key string) (bool, error) {
	if err := store.CheckKey(key); err != nil {
		return false, fmt.Errorf("couldn't find %s: %w", key, err)
	}
	versions, err := s.versions(ctx, key)
	return len(versions) == 0 && err == nil, err
}

// versions returns the ids of all versions of key and of its delete markers, the
// current one last: it hides the others, and deleting it before them would bring
// one of them to light. An object of a bucket without versions has the id "null".
func (s *Store) versions(ctx context.Context, key string) (ids []string, err error) {
	var current []string
	err = s.try(ctx, "list the versions of", key, func() error {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		ids, current = nil, nil
		for o := range s.client.ListObjectsIter(ctx, s.opts.Bucket, minio.ListObjectsOptions{Prefix: key, Recursive: true, WithVersions: s.listsVersions}) {
			if o.Err != nil {
				return o.Err
			}
			switch {
			case o.Key != key:
			case o.IsLatest:
				current = append(current, o.VersionID)
			default:
				ids = append(ids, o.VersionID)
			}
		}
		return ctx.Err() // minio-go ends a cancelled list as if it were complete
	})
	ids = append(ids, current...)
	if len(ids) > 1 || len(ids) == 1 && ids[0] != "" && ids[0] != "null" {
		s.versioned.Store(true)
	}
	return ids, err
}
