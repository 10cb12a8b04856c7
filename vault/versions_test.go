package vault

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/store"
	"github.com/sjudager/sjudager/vault/store/s3"
	"github.com/sjudager/sjudager/vault/store/s3/s3test"
)

// s3Server is a real S3 server.
type s3Server struct {
	*s3test.Server
	buckets *atomic.Int32
}

// onServers runs a test with each kind of server.
func onServers(t *testing.T, test func(t *testing.T, w s3Server)) {
	for name, start := range map[string]func() (*s3test.Server, error){"rgw": s3test.StartRGW, "versitygw": s3test.StartVersity} {
		t.Run(name, func(t *testing.T) {
			server, err := start()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := server.Close(); err != nil {
					t.Error(err)
				}
			})
			test(t, s3Server{server, new(atomic.Int32)})
		})
	}
}

// bucket makes a bucket.
func (w s3Server) bucket(t testing.TB) s3.Options {
	t.Helper()
	o := s3.Options{Endpoint: w.Endpoint, Bucket: fmt.Sprintf("vault-%d", w.buckets.Add(1)), AccessKey: w.AccessKey, SecretKey: w.SecretKey}
	if err := s3.CreateBucket(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	return o
}

// versioned makes a bucket that keeps old versions.
func (w s3Server) versioned(t testing.TB) s3.Options {
	t.Helper()
	o := w.bucket(t)
	if err := w.admin(t).EnableVersioning(t.Context(), o.Bucket); err != nil {
		t.Fatal(err)
	}
	return o
}

func (w s3Server) open(t testing.TB, o s3.Options) *s3.Store {
	t.Helper()
	s, err := s3.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// admin can do what a store never does.
func (w s3Server) admin(t testing.TB) *minio.Client {
	t.Helper()
	c, err := minio.New(strings.TrimPrefix(w.Endpoint, "http://"), &minio.Options{Creds: credentials.NewStaticV4(w.AccessKey, w.SecretKey, "")})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// R10, R12: on a versioned bucket the inventory finds footage that is only there as
// older versions or behind delete markers, and when it is due, every version and
// marker of it goes, with those of a segment that was stored and put twice.
func TestEveryVersionGoes(t *testing.T) {
	onServers(t, func(t *testing.T, w s3Server) {
		o, admin := w.versioned(t), w.admin(t)
		s := w.open(t, o)
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

		// A repair writes it down as lost, and takes nothing hidden for footage.
		for object, f := range r.checked(CheckOptions{Repair: true}) {
			if f.Repaired != (f.What == Lost) {
				t.Errorf("%s: %+v", object, f)
			}
		}

		r.at(start.Add(168 * time.Hour))
		if found, err = r.Inventory(t.Context()); err != nil || len(found.Due) != 2 {
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
