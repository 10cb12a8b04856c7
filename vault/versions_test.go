package vault

import (
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/store"
	"github.com/sjudager/sjudager/vault/store/s3"
	"github.com/sjudager/sjudager/vault/store/s3/s3test"
)

// R10, R12: on a versioned bucket the inventory finds footage that is only there as
// older versions or behind delete markers, and when it is due, every version and
// marker of it goes, with those of a segment that was stored and put twice.
func TestEveryVersionGoes(t *testing.T) {
	for name, start3 := range map[string]func() (*s3test.Server, error){"rgw": s3test.StartRGW, "versitygw": s3test.StartVersity} {
		t.Run(name, func(t *testing.T) {
			server, err := start3()
			if err != nil {
				t.Fatal(err)
			}
			defer server.Close()
			o := s3.Options{Endpoint: server.Endpoint, Bucket: "versions", AccessKey: server.AccessKey, SecretKey: server.SecretKey}
			admin, err := minio.New(strings.TrimPrefix(server.Endpoint, "http://"), &minio.Options{Creds: credentials.NewStaticV4(o.AccessKey, o.SecretKey, "")})
			if err != nil {
				t.Fatal(err)
			}
			if err := s3.CreateBucket(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			if err := admin.EnableVersioning(t.Context(), o.Bucket); err != nil {
				t.Fatal(err)
			}
			s, err := s3.Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			hide := func(key string) {
				t.Helper()
				if err := admin.RemoveObject(t.Context(), o.Bucket, key, minio.RemoveObjectOptions{}); err != nil {
					t.Fatal(err)
				}
			}
			r := newRig(t)
			r.Store = s
			if err := r.claim(s); err != nil {
				t.Fatal(err)
			}
			r.drop("k01", start)
			r.ingest()
			stored := footage.ObjectKey("k01", start, 0)
			hidden := footage.ObjectKey("k02", start.Add(-time.Hour), 0)
			if err := s.Put(t.Context(), hidden, store.FromBytes([]byte("an older build's"))); err != nil {
				t.Fatal(err)
			}
			hide(hidden)
			found, err := r.Inventory(t.Context())
			if err != nil || len(found.Orphans) != 1 || found.Orphans[0] != hidden {
				t.Errorf("the inventory has %+v, %v", found, err)
			}
			hide(stored) // somebody deletes it, that is, hides it
			checked, err := r.Check(t.Context(), CheckOptions{})
			if lost := checked.Findings; err != nil || len(lost) != 2 || lost[0].What != Orphan && lost[1].What != Orphan || lost[0].What != Lost && lost[1].What != Lost {
				t.Errorf("found %+v, %v", lost, err)
			}

			r.at(start.Add(168 * time.Hour))
			r.retire()
			if found, err = r.Inventory(t.Context()); err != nil || len(found.Due) != 1 || found.Due[0] != hidden {
				t.Errorf("the inventory has %+v, %v", found, err)
			}
			if purged, err := r.Purge(t.Context()); err != nil || len(purged.Removed) != 2 || purged.Failed != 0 {
				t.Errorf("%+v, %v", purged, err)
			}
			for v := range admin.ListObjectsIter(t.Context(), o.Bucket, minio.ListObjectsOptions{Prefix: footage.ObjectPrefix, Recursive: true, WithVersions: true}) {
				t.Errorf("%s is left in version %s, %v", v.Key, v.VersionID, v.Err)
			}
		})
	}
}
