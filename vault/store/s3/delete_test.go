package s3_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/minio/minio-go/v7"

	"github.com/sjudager/sjudager/vault/store"
	"github.com/sjudager/sjudager/vault/store/s3"
	"github.com/sjudager/sjudager/vault/store/storetest"
)

// versions counts what is left in a bucket, delete markers included.
func (w where) versions(t *testing.T, o s3.Options) (n int) {
	t.Helper()
	for v := range w.admin(t).ListObjectsIter(t.Context(), o.Bucket, minio.ListObjectsOptions{Recursive: true, WithVersions: true}) {
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

func testDeleteRemovesEveryVersion(t *testing.T, w where) {
	for name, suspend := range map[string]bool{"enabled": false, "suspended": true} {
		t.Run(name, func(t *testing.T) {
			o := w.bucket(t)
			unversioned := open(t, o)
			mustPut(t, unversioned, key) // version "null"
			if err := w.admin(t).EnableVersioning(t.Context(), o.Bucket); err != nil {
				t.Fatal(err)
			}
			s := open(t, o)
			mustPut(t, s, key)
			mustPut(t, s, key)
			mustPut(t, s, key+"x") // another object, whose key begins alike
			// Somebody else deletes it, that is, hides it, and puts it again.
			if err := w.admin(t).RemoveObject(t.Context(), o.Bucket, key, minio.RemoveObjectOptions{}); err != nil {
				t.Fatal(err)
			}
			mustPut(t, s, key)
			if err := w.admin(t).RemoveObject(t.Context(), o.Bucket, key, minio.RemoveObjectOptions{}); err != nil {
				t.Fatal(err)
			}
			if suspend {
				if err := w.admin(t).SuspendVersioning(t.Context(), o.Bucket); err != nil {
					t.Fatal(err)
				}
				s = open(t, o)
			}
			if n := w.versions(t, o); n != 7 {
				t.Fatalf("there are %d versions and markers instead of 7", n)
			}
			if absent, err := s.Absent(t.Context(), key); absent || err != nil {
				t.Errorf("only hidden versions are left, and Absent returns %v, %v", absent, err)
			}
			prove(t, s, true)
			if n := w.versions(t, o); n != 1 {
				t.Errorf("%d versions and markers are left instead of 1", n)
			}
		})
	}
}

// testListTellsOfWhatIsHidden: old versions and delete markers are footage that has
// to go, too (R10).
func testListTellsOfWhatIsHidden(t *testing.T, w where) {
	o := w.versionedBucket(t)
	s := open(t, o)
	hide := func(key string) {
		if err := w.admin(t).RemoveObject(t.Context(), o.Bucket, key, minio.RemoveObjectOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]string{"footage/current": "1000", "footage/hidden": "hidden", "footage/hidden-not": "1000", "footage/marker": "hidden", "footage/twice": "1000"}
	for key := range want {
		mustPut(t, s, key)
	}
	hide("footage/hidden")
	marked, err := w.admin(t).StatObject(t.Context(), o.Bucket, "footage/marker", minio.StatObjectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	hide("footage/marker")
	if err := w.admin(t).RemoveObject(t.Context(), o.Bucket, "footage/marker", minio.RemoveObjectOptions{VersionID: marked.VersionID}); err != nil {
		t.Fatal(err)
	}
	hide("footage/twice")
	mustPut(t, s, "footage/twice")
	got := map[string]string{}
	for info, err := range s.List(t.Context(), "footage/") {
		if err != nil {
			t.Fatal(err)
		}
		if got[info.Key] != "" {
			t.Errorf("%s is listed twice", info.Key)
		}
		got[info.Key] = fmt.Sprint(info.Size)
		if info.Hidden {
			got[info.Key] = "hidden"
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for key := range want {
		if err := s.Delete(t.Context(), key); err != nil {
			t.Error(err)
		}
	}
	if n := w.versions(t, o); n != 0 {
		t.Errorf("%d versions and markers are left", n)
	}
}

// testVersioningSwitchedOn: the first Delete after it only hides the object;
// Absent notices, and the next one deletes.
func testVersioningSwitchedOn(t *testing.T, w where) {
	o := w.bucket(t)
	s := open(t, o)
	mustPut(t, s, key)
	if err := w.admin(t).EnableVersioning(t.Context(), o.Bucket); err != nil {
		t.Fatal(err)
	}
	prove(t, s, false)
	prove(t, s, true)
	if n := w.versions(t, o); n != 0 {
		t.Errorf("%d versions and markers are left", n)
	}
}

// testNothingShowsThrough: while versions are being deleted, no older one becomes
// the current one.
func testNothingShowsThrough(t *testing.T, w where) {
	o := w.bucket(t)
	if err := w.admin(t).EnableVersioning(t.Context(), o.Bucket); err != nil {
		t.Fatal(err)
	}
	p := newProxy(t, &o, false)
	s := open(t, o)
	mustPut(t, s, key)
	if err := w.admin(t).RemoveObject(t.Context(), o.Bucket, key, minio.RemoveObjectOptions{}); err != nil {
		t.Fatal(err)
	}
	p.set(only("DELETE", func(http.ResponseWriter, *http.Request) bool {
		if _, err := w.admin(t).StatObject(t.Context(), o.Bucket, key, minio.StatObjectOptions{}); err == nil {
			t.Error("what was hidden has come back for a moment")
		}
		return false
	}))
	prove(t, s, true)
}

// testServerWithoutVersions: some servers have no versions, and no way to ask.
func testServerWithoutVersions(t *testing.T, w where) {
	o := w.bucket(t)
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
	if err := w.admin(t).EnableVersioning(t.Context(), o.Bucket); err != nil {
		t.Fatal(err)
	}
	refused(t, o, "list the versions")
}
