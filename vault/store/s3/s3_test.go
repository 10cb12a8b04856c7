package s3_test

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/sjudager/sjudager/vault/store"
	"github.com/sjudager/sjudager/vault/store/s3"
	"github.com/sjudager/sjudager/vault/store/s3/s3test"
	"github.com/sjudager/sjudager/vault/store/storetest"
)

func TestMain(m *testing.M) {
	s3.Hurry()
	s3.DialLoopback()
	os.Exit(m.Run())
}

func TestRGW(t *testing.T)     { run(t, s3test.StartRGW) }
func TestVersity(t *testing.T) { run(t, s3test.StartVersity) }

// run holds this package to its promises on one server, which all tests share.
func run(t *testing.T, start func() (*s3test.Server, error)) {
	w := begin(t, start)
	for _, c := range []struct {
		name string
		test func(*testing.T, where)
	}{
		{"contract", testContract},
		{"contract on a versioned bucket", testContractOnVersionedBucket},
		{"open says what is wrong", testOpenSaysWhatIsWrong},
		{"addressing", testAddressing},
		{"TLS", testTLS},
		{"requests", testRequests},
		{"read once", testReadOnce},
		{"delete removes every version", testDeleteRemovesEveryVersion},
		{"list tells of what is hidden", testListTellsOfWhatIsHidden},
		{"versioning switched on", testVersioningSwitchedOn},
		{"nothing shows through", testNothingShowsThrough},
		{"server without versions", testServerWithoutVersions},
		{"passing faults are retried", testPassingFaultsAreRetried},
		{"lasting faults are reported", testLastingFaultsAreReported},
		{"hung server", testHungServer},
		{"body that breaks off", testBodyThatBreaksOff},
		{"list goes on", testListGoesOn},
		{"damage on the way", testDamageOnTheWay},
		{"server that lies", testServerThatLies},
		{"server gone", testServerGone},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, w) })
	}
}

// where is the server that a test is about.
type where struct{ *s3test.Server }

func begin(t testing.TB, start func() (*s3test.Server, error)) where {
	t.Helper()
	s, err := start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return where{s}
}

var buckets atomic.Int32

// options returns a bucket's that does not exist yet.
func (w where) options(testing.TB) s3.Options {
	return s3.Options{
		Endpoint: w.Endpoint, Bucket: fmt.Sprintf("test-%d", buckets.Add(1)), CA: w.CA, CAFile: "ca.pem",
		AccessKey: w.AccessKey, SecretKey: w.SecretKey,
	}
}

// bucket returns a new one's.
func (w where) bucket(t testing.TB) s3.Options {
	t.Helper()
	o := w.options(t)
	if err := s3.CreateBucket(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	return o
}

func (w where) versionedBucket(t testing.TB) s3.Options {
	t.Helper()
	o := w.bucket(t)
	if err := w.admin(t).EnableVersioning(t.Context(), o.Bucket); err != nil {
		t.Fatal(err)
	}
	return o
}

// region is what the server calls its own.
func (w where) region() string {
	if w.Name == "rgw" {
		return "default"
	}
	return "us-east-1"
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
func (w where) admin(t testing.TB) *minio.Client {
	t.Helper()
	_, host, _ := strings.Cut(w.Endpoint, "://")
	c, err := minio.New(host, &minio.Options{Creds: credentials.NewStaticV4(w.AccessKey, w.SecretKey, "")})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func testContract(t *testing.T, w where) {
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, w.bucket(t)) })
}

func testContractOnVersionedBucket(t *testing.T, w where) {
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, w.versionedBucket(t)) })
}

func BenchmarkRGW(b *testing.B)     { benchmark(b, s3test.StartRGW) }
func BenchmarkVersity(b *testing.B) { benchmark(b, s3test.StartVersity) }

func benchmark(b *testing.B, start func() (*s3test.Server, error)) {
	w := begin(b, start)
	storetest.Benchmark(b, func(b *testing.B) store.Store { return open(b, w.bucket(b)) })
}
