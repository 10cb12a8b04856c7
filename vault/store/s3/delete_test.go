package s3_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/minio/minio-go/v7"

	"github.com/sjudager/sjudager/vault/store"
	"github.com/sjudager/sjudager/vault/store/s3"
	"github.com/sjudager/sjudager/vault/store/storetest"
)

// versions counts what is left in a bucket, delete markers included.
func versions(t *testing.T, o s3.Options) (n int) {
	t.Helper()
	for v := range admin(t).ListObjectsIter(t.Context(), o.Bucket, minio.ListObjectsOptions{Recursive: true, WithVersions: true}) {
		if v.Err != nil {
			t.Fatal(v.Err)
		}
		n++
	}
	return n
}

func mustPut(t *testing.T, s store.Store, key string) {
	t.Helper()
	if err := s.Put(t.Context(), key, storetest.NewObject(1, 1000)); err != nil {
		t.Fatal(err)
	}
}

// prove deletes key, fails unless Absent then says want, and returns.
func prove(t *testing.T, s store.Store, want bool) {
	t.Helper()
	if err := s.Delete(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	if absent, err := s.Absent(t.Context(), key); absent != want || err != nil {
		t.Errorf("after Delete, Absent returns %v, %v", absent, err)
	}
}

func TestDeleteRemovesEveryVersion(t *testing.T) {
	for name, suspend := range map[string]bool{"enabled": false, "suspended": true} {
		t.Run(name, func(t *testing.T) {
			o := bucket(t)
			unversioned := open(t, o)
			mustPut(t, unversioned, key) // version "null"
			if err := admin(t).EnableVersioning(t.Context(), o.Bucket); err != nil {
				t.Fatal(err)
			}
			s := open(t, o)
			mustPut(t, s, key)
			mustPut(t, s, key)
			mustPut(t, s, key+"x") // another object, whose key begins alike
			// Somebody else deletes it, that is, hides it, and puts it again.
			if err := admin(t).RemoveObject(t.Context(), o.Bucket, key, minio.RemoveObjectOptions{}); err != nil {
				t.Fatal(err)
			}
			mustPut(t, s, key)
			if err := admin(t).RemoveObject(t.Context(), o.Bucket, key, minio.RemoveObjectOptions{}); err != nil {
				t.Fatal(err)
			}
			if suspend {
				if err := admin(t).SuspendVersioning(t.Context(), o.Bucket); err != nil {
					t.Fatal(err)
				}
				s = open(t, o)
			}
			if n := versions(t, o); n != 7 {
				t.Fatalf("there are %d versions and markers instead of 7", n)
			}
			if absent, err := s.Absent(t.Context(), key); absent || err != nil {
				t.Errorf("only hidden versions are left, and Absent returns %v, %v", absent, err)
			}
			prove(t, s, true)
			if n := versions(t, o); n != 1 {
				t.Errorf("%d versions and markers are left instead of 1", n)
			}
		})
	}
}

// TestVersioningSwitchedOn: the first Delete after it only hides the object;
// Absent notices, and the next one deletes.
func TestVersioningSwitchedOn(t *testing.T) {
	o := bucket(t)
	s := open(t, o)
	mustPut(t, s, key)
	if err := admin(t).EnableVersioning(t.Context(), o.Bucket); err != nil {
		t.Fatal(err)
	}
	prove(t, s, false)
	prove(t, s, true)
	if n := versions(t, o); n != 0 {
		t.Errorf("%d versions and markers are left", n)
	}
}

// TestNothingShowsThrough: while versions are being deleted, no older one becomes
// the current one.
func TestNothingShowsThrough(t *testing.T) {
	o := bucket(t)
	if err := admin(t).EnableVersioning(t.Context(), o.Bucket); err != nil {
		t.Fatal(err)
	}
	p := newProxy(t, &o, false)
	s := open(t, o)
	mustPut(t, s, key)
	if err := admin(t).RemoveObject(t.Context(), o.Bucket, key, minio.RemoveObjectOptions{}); err != nil {
		t.Fatal(err)
	}
	p.set(only("DELETE", func(http.ResponseWriter, *http.Request) bool {
		if _, err := admin(t).StatObject(t.Context(), o.Bucket, key, minio.StatObjectOptions{}); err == nil {
			t.Error("what was hidden has come back for a moment")
		}
		return false
	}))
	prove(t, s, true)
}

// TestServerWithoutVersions: some servers have no versions, and no way to ask.
func TestServerWithoutVersions(t *testing.T) {
	o := bucket(t)
	p := newProxy(t, &o, false)
	p.set(func(w http.ResponseWriter, r *http.Request) bool {
		q := r.URL.Query()
		if q.Has("versions") || q.Has("versioning") || q.Has("object-lock") {
			return answer(http.StatusNotImplemented, "NotImplemented", "")(w, r)
		}
		return false
	})
	s := open(t, o)
	mustPut(t, s, key)
	if absent, err := s.Absent(t.Context(), key); absent || err != nil {
		t.Errorf("it is there, and Absent returns %v, %v", absent, err)
	}
	prove(t, s, true)
	if _, err := s.Stat(t.Context(), key); !errors.Is(err, store.ErrNotExist) {
		t.Errorf("after Delete, Stat returns %v", err)
	}

	// But where there are versions, they have to be listed.
	p.set(func(w http.ResponseWriter, r *http.Request) bool {
		return r.URL.Query().Has("versions") && answer(http.StatusNotImplemented, "NotImplemented", "")(w, r)
	})
	if err := admin(t).EnableVersioning(t.Context(), o.Bucket); err != nil {
		t.Fatal(err)
	}
	refused(t, o, "list the versions")
}
