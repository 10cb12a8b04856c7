package s3_test

import (
	"fmt"
	"log"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/sjudager/sjudager/vault/store"
	"github.com/sjudager/sjudager/vault/store/s3"
	"github.com/sjudager/sjudager/vault/store/s3/rgwtest"
	"github.com/sjudager/sjudager/vault/store/storetest"
)

// server is the one that all tests of this package share.
var server = sync.OnceValues(rgwtest.Start)

func TestMain(m *testing.M) {
	s, err := server()
	if err != nil {
		log.Fatal(err)
	}
	s3.Hurry()
	code := m.Run()
	if err := s.Close(); err != nil {
		log.Print(err)
	}
	os.Exit(code)
}

var buckets atomic.Int32

// options returns a bucket's that does not exist yet.
func options(t testing.TB) s3.Options {
	s, err := server()
	if err != nil {
		t.Fatal(err)
	}
	return s3.Options{
		Endpoint: s.Endpoint, Bucket: fmt.Sprintf("test-%d", buckets.Add(1)),
		AccessKey: s.AccessKey, SecretKey: s.SecretKey,
	}
}

// bucket returns a new one's.
func bucket(t testing.TB) s3.Options {
	t.Helper()
	o := options(t)
	if err := s3.CreateBucket(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	return o
}

func open(t testing.TB, o s3.Options) *s3.Store {
	t.Helper()
	s, err := s3.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// admin is a client that can do what a Store never does.
func admin(t testing.TB) *minio.Client {
	t.Helper()
	o := options(t)
	c, err := minio.New(o.Endpoint[len("http://"):], &minio.Options{Creds: credentials.NewStaticV4(o.AccessKey, o.SecretKey, "")})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, bucket(t)) })
}

func TestContractOnVersionedBucket(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		o := bucket(t)
		if err := admin(t).EnableVersioning(t.Context(), o.Bucket); err != nil {
			t.Fatal(err)
		}
		return open(t, o)
	})
}

func BenchmarkStore(b *testing.B) {
	storetest.Benchmark(b, func(b *testing.B) store.Store { return open(b, bucket(b)) })
}
