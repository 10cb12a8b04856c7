package s3_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"golang.org/x/sync/errgroup"

	"github.com/sjudager/sjudager/vault/store"
	"github.com/sjudager/sjudager/vault/store/s3"
	"github.com/sjudager/sjudager/vault/store/s3/s3test"
	"github.com/sjudager/sjudager/vault/store/storetest"
)

// refused fails unless Open refuses o for good, with words that have all of say.
func refused(t *testing.T, o s3.Options, say ...string) {
	t.Helper()
	s, err := s3.Open(t.Context(), o)
	if !errors.Is(err, store.ErrConfig) || s != nil {
		t.Errorf("Open returns %v", err)
		return
	}
	t.Log(err)
	for _, words := range say {
		if !strings.Contains(err.Error(), words) {
			t.Errorf("the error does not say %q: %v", words, err)
		}
	}
	if o.SecretKey != "" && strings.Contains(err.Error(), o.SecretKey) {
		t.Errorf("the error has the secret key in it: %v", err)
	}
}

func testOpenSaysWhatIsWrong(t *testing.T, w where) {
	good := w.bucket(t)
	open(t, good)
	for _, region := range []string{"", w.region()} {
		o := good
		o.Region = region
		t.Run("region "+region, func(t *testing.T) {
			missing := o
			missing.Bucket = "no-such-bucket"
			refused(t, missing, "no bucket no-such-bucket", "s3 mb s3://no-such-bucket", "storage.bucket")
			if exists, err := w.admin(t).BucketExists(t.Context(), missing.Bucket); exists || err != nil {
				t.Errorf("Open made the bucket: %v, %v", exists, err)
			}
			key := o
			key.AccessKey = "nobody"
			refused(t, key, "does not know the access key nobody", "storage.access_key")
			secret := o
			secret.SecretKey = "not-the-secret"
			refused(t, secret, "secret key is not that of the access key "+o.AccessKey, "storage.secret_key_file")
		})
	}
	t.Run("another's bucket", func(t *testing.T) {
		o := good
		var err error
		if o.AccessKey, o.SecretKey, err = w.AddUser("guest"); err != nil {
			t.Fatal(err)
		}
		refused(t, o, "may not do this in bucket "+o.Bucket+" at "+o.Endpoint)
	})
	t.Run("object lock", func(t *testing.T) {
		o := w.options(t)
		if err := w.admin(t).MakeBucket(t.Context(), o.Bucket, minio.MakeBucketOptions{ObjectLocking: true}); err != nil {
			t.Fatal(err)
		}
		refused(t, o, "object lock", "use a bucket without it")
	})
	t.Run("clock", func(t *testing.T) {
		o := good
		o.Region = w.region()
		p := newProxy(t, &o, false)
		p.set(func(_ http.ResponseWriter, r *http.Request) bool {
			// As if the request had been on its way for an hour.
			r.Header.Set("X-Amz-Date", time.Now().Add(-time.Hour).UTC().Format("20060102T150405Z"))
			return false
		})
		refused(t, o, "clock", "NTP")
	})
	t.Run("region", func(t *testing.T) {
		o := good
		if w.Name != "rgw" { // which takes any region
			o.Region = "eu-north-1"
			refused(t, o, "lies in region us-east-1", "storage.region")
		}
		// These are AWS's answers.
		o.Region = "eu-west-1"
		p := newProxy(t, &o, false)
		p.set(answer(400, "AuthorizationHeaderMalformed", "<Region>eu-north-1</Region>"))
		refused(t, o, "lies in region eu-north-1", "storage.region")
		p.set(answer(301, "PermanentRedirect", ""))
		refused(t, o, `another region than "eu-west-1"`, "storage.region")
	})
	t.Run("anything else", func(t *testing.T) {
		o := good
		o.Region = w.region()
		p := newProxy(t, &o, false)
		p.set(answer(418, "Teapot", ""))
		refused(t, o, "Teapot", "check the whole of storage")
	})
	t.Run("options", func(t *testing.T) {
		for _, endpoint := range []string{"", "127.0.0.1:9000", "ftp://127.0.0.1", "http://", "http://a/b", "http://user:pw@a", "http://a?b", "http://a b", "http://[::1"} {
			o := good
			o.Endpoint = endpoint
			refused(t, o, "like http://127.0.0.1:9000")
		}
		o := good
		o.SecretKey = ""
		refused(t, o, "missing")
		o = good
		o.Bucket = "No"
		refused(t, o, "storage.bucket")
	})
}

// testAddressing: the bucket in the path and in the host, over http.
func testAddressing(t *testing.T, w where) {
	o := w.bucket(t)
	_, port, _ := strings.Cut(strings.TrimPrefix(o.Endpoint, "http://"), ":")
	o.Endpoint = "http://" + s3test.Domain + ":" + port
	for _, a := range []s3.Addressing{"", s3.Auto, s3.Path, s3.VirtualHost} {
		o.Addressing = a
		s := open(t, o)
		mustPut(t, s, key)
		prove(t, s, true)
	}
	o.Addressing = "cellar"
	refused(t, o, "storage.addressing")
	o.Addressing, o.Bucket = s3.VirtualHost, "no-such-bucket"
	refused(t, o, "no bucket no-such-bucket")
}

// testTLS: the first object is signed, as long as it is not known that the server
// compares checksums; if it does, the others are not.
func testTLS(t *testing.T, w where) {
	o := w.bucket(t)
	plain := o.Endpoint
	p := newProxy(t, &o, true)
	refused(t, o, "does not trust", "storage.ca_file")
	wrong := o
	wrong.Endpoint = strings.Replace(plain, "http:", "https:", 1)
	refused(t, wrong, "does not speak TLS", "storage.endpoint")

	o.CA = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.Certificate().Raw}))
	s := open(t, o)
	object := storetest.NewObject(1, 5<<20)
	for n := range 2 {
		p.set(nil)
		if err := s.Put(t.Context(), key, object); err != nil {
			t.Fatal(err)
		}
		want := object.SHA256.String()
		if n > 0 && w.Name == "versitygw" {
			want = "UNSIGNED-PAYLOAD"
		}
		sent(t, p.seen()[0], object, want)
	}
	body, err := s.Get(t.Context(), key, 1, 10)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(body); len(b) != 10 || err != nil {
		t.Errorf("Get of 10 bytes has %d, %v", len(b), err)
	}
	body.Close()
	if err := s.Put(t.Context(), "footage/wrong", store.Object{Size: object.Size, Body: object.Body, Digested: true}); !errors.Is(err, store.ErrBody) {
		t.Errorf("a wrong body over TLS: %v", err)
	}
	p.set(only("PUT", flip))
	if err := s.Put(t.Context(), "footage/wrong", object); err == nil {
		t.Error("the server took damaged bytes")
	}
	p.set(nil)
	if absent, err := s.Absent(t.Context(), "footage/wrong"); !absent || err != nil {
		t.Errorf("of a wrong body something is left: %v, %v", absent, err)
	}
}

// TestServerWithTLS: a server whose certificate is from the venue's own authority.
func TestServerWithTLS(t *testing.T) {
	w := begin(t, s3test.StartVersityTLS)
	o := w.bucket(t)
	_, port, _ := strings.Cut(strings.TrimPrefix(o.Endpoint, "https://"), ":")
	for _, c := range []struct {
		endpoint   string
		addressing s3.Addressing
	}{{o.Endpoint, s3.Path}, {"https://" + s3test.Domain + ":" + port, s3.VirtualHost}} {
		o := o
		o.Endpoint, o.Addressing = c.endpoint, c.addressing
		s := open(t, o)
		mustPut(t, s, key)
		mustPut(t, s, key)
		prove(t, s, true)
	}
	unknown := o
	unknown.CA = ""
	refused(t, unknown, o.Endpoint, "does not trust", "storage.ca_file")
	other := o
	var err error
	if other.CA, err = s3test.Authority(); err != nil {
		t.Fatal(err)
	}
	refused(t, other, o.Endpoint, "another authority than those in ca.pem", "storage.ca_file")
	none := o
	none.CA = "not a certificate"
	refused(t, none, "ca.pem has no certificate in it")
	host := o
	host.Endpoint = "https://s4.localhost:" + port
	refused(t, host, "for another host", "storage.endpoint")
}

// testRequests counts what each call costs.
func testRequests(t *testing.T, w where) {
	p, s, _ := w.behind(t, time.Minute)
	object := storetest.NewObject(1, 5<<20)
	for i, call := range calls(s, object) {
		p.set(nil)
		if err := call(t.Context()); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range p.seen() {
			got = append(got, r.Method)
		}
		want := []string{"PUT HEAD", "HEAD", "GET", "GET", "GET", "DELETE"}[i]
		if strings.Join(got, " ") != want {
			t.Errorf("call %d made the requests %q instead of %q", i, got, want)
		}
		if i == 0 {
			sent(t, p.seen()[0], object, object.SHA256.String())
		}
	}
}

// counted is a Body that counts what is read of it.
type counted struct {
	io.ReadSeeker
	n *atomic.Int64
}

func (c counted) Read(p []byte) (int, error) {
	n, err := c.ReadSeeker.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// testReadOnce: a body without digests, which the vault seals while it is read, is read
// once, whatever becomes of the first attempts; only what is too large for memory is
// read twice. Uploads at once do not meet in memory.
func testReadOnce(t *testing.T, w where) {
	p, s, _ := w.behind(t, time.Minute)
	p.set(times(2, only("PUT", answer(http.StatusServiceUnavailable, "SlowDown", ""))))
	var group errgroup.Group
	for i := range 8 {
		group.Go(func() error {
			size, rounds := int64(1<<20+i*100_000), 3
			large := i == 7
			if large {
				size, rounds = 33<<20, 1
			}
			for range rounds {
				key := fmt.Sprintf("%s.%d", key, i)
				want := storetest.NewObject(uint64(i), size)
				var n atomic.Int64
				if err := s.Put(t.Context(), key, store.Object{Size: size, Body: counted{want.Body, &n}}); err != nil {
					return err
				}
				if got := n.Load(); large != (got >= 2*size) || !large && got != size {
					t.Errorf("of %d bytes, %d were read", size, got)
				}
				body, err := s.Get(t.Context(), key, 0, -1)
				if err != nil {
					return err
				}
				sum := sha256.New()
				_, err = io.Copy(sum, body)
				if err := errors.Join(err, body.Close()); err != nil {
					return err
				}
				if [32]byte(sum.Sum(nil)) != [32]byte(want.SHA256) {
					t.Errorf("%s came back as other bytes", key)
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
}

// sent fails unless r is one plain upload of o.
func sent(t *testing.T, r *http.Request, o store.Object, sha string) {
	t.Helper()
	crc := base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, o.CRC32C))
	if r.Method != "PUT" || r.ContentLength != o.Size || len(r.TransferEncoding) != 0 || r.Header.Get("Content-Encoding") != "" ||
		r.Header.Get("X-Amz-Content-Sha256") != sha || r.Header.Get("X-Amz-Checksum-Crc32c") != crc {
		t.Errorf("the upload was %s of %d bytes with %v", r.Method, r.ContentLength, r.Header)
	}
}
