package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/store"
	"github.com/sjudager/sjudager/vault/store/s3"
	"github.com/sjudager/sjudager/vault/store/s3/s3test"
	"github.com/sjudager/sjudager/web"
)

// startS3 starts a real S3 server with one bucket and returns it with the
// configuration for the program whose folder is dir; the endpoint may be another
// address that leads there.
func startS3(t *testing.T, dir, endpoint string) (o s3.Options, storage string) {
	t.Helper()
	server, err := s3test.StartRGW()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	o = s3.Options{Endpoint: server.Endpoint, Bucket: "sjudager", AccessKey: server.AccessKey, SecretKey: server.SecretKey}
	if err := s3.CreateBucket(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if endpoint == "" {
		endpoint = server.Endpoint
	}
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte(server.SecretKey+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return o, fmt.Sprintf("endpoint: %q, bucket: sjudager, access_key: %q, secret_key_file: %q", endpoint, server.AccessKey, secret)
}

// After a power cut the appliance may be up before the object store. The cameras
// are recorded and the pages open, with an alarm; when the store answers it gets
// everything.
func TestStoreThatIsAwayAtFirst(t *testing.T) {
	t.Parallel()
	const camera = "k01-inngang"
	cameras := startFarm(t, camera)
	address := unused(t)
	p := install(t, setup{})
	o, storage := startS3(t, p.dir, "http://"+address)
	p.configure(setup{recorder: "segment: 2s", storage: storage, cameras: map[string]string{camera: cameras.URL(camera)}})
	p.start()
	var s web.Status
	eventually(t, 30*time.Second, "footage waits and an alarm says so", func() bool {
		s = web.Status{}
		return p.ask("status", nil, &s) == nil && s.Spool.Segments >= 2 && p.alarm(footage.AlarmStore) != ""
	})
	if s.Store.Kind != "s3" || s.Store.Segments != 0 {
		t.Errorf("the store that is away has %+v", s.Store)
	}

	forward(t, address, strings.TrimPrefix(o.Endpoint, "http://"))
	oldest := s.Spool.Oldest
	eventually(t, 60*time.Second, "all footage is in the store", func() bool {
		found := p.segments(camera).Segments
		return len(found) >= s.Spool.Segments && found[0].Start == oldest && p.alarm(footage.AlarmStore) == ""
	})
	if gaps := holes(p.segments(camera).Gaps); len(gaps) != 0 {
		t.Errorf("the camera has gaps: %+v", gaps)
	}
}

// A store that refuses us for good ends the start, with what to do about it.
func TestStoreThatRefuses(t *testing.T) {
	t.Parallel()
	p := install(t, setup{})
	_, storage := startS3(t, p.dir, "")
	p.configure(setup{storage: strings.Replace(storage, "bucket: sjudager", "bucket: sjudagr", 1)})
	r := execute(t, "serve", "--config", p.config())
	if r.code != exitFailed || !strings.Contains(r.stderr, "sjudagr") {
		t.Errorf("with a wrong bucket it ended with %d: %s", r.code, r.stderr)
	}
}

// A store that is another's is refused at the start, whatever kind it is, and stays as
// it is.
func TestStoreThatIsAnothers(t *testing.T) {
	t.Parallel()
	const camera = "k01-inngang"
	cameras := startFarm(t, camera)
	first := install(t, setup{recorder: "segment: 2s", cameras: map[string]string{camera: cameras.URL(camera)}})
	_, storage := startS3(t, first.dir, "")
	first.configure(setup{recorder: "segment: 2s", storage: storage, cameras: map[string]string{camera: cameras.URL(camera)}})
	first.start()
	eventually(t, 30*time.Second, "footage is stored", func() bool { return len(first.segments(camera).Segments) > 0 })
	first.stop()

	second := install(t, setup{})
	second.configure(setup{storage: storage})
	r := execute(t, "serve", "--config", second.config())
	if r.code != exitRefused || !strings.Contains(r.stderr, "does not belong to this index") || !strings.Contains(r.stderr, "check --repair") {
		t.Errorf("with another's bucket it ended with %d: %s", r.code, r.stderr)
	}

	// Its own again: nothing has happened to it.
	first.start()
	if len(first.segments(camera).Segments) == 0 {
		t.Error("the footage is gone")
	}
	first.stop()

	// Its index with a folder where nothing is.
	first.configure(setup{})
	if r := execute(t, "serve", "--config", first.config()); r.code != exitRefused || !strings.Contains(r.stderr, "has none of it") {
		t.Errorf("with an empty folder it ended with %d: %s", r.code, r.stderr)
	}
}

// A store that turns out to be another's when it answers at last is left alone, with
// an alarm: nothing goes in or out.
func TestStoreThatIsAnothersAfterAll(t *testing.T) {
	t.Parallel()
	const camera = "k01-inngang"
	cameras := startFarm(t, camera)
	address := unused(t)
	p := install(t, setup{})
	o, storage := startS3(t, p.dir, "http://"+address)
	bucket, err := s3.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	marker := `{"format": 1, "site": "Elsewhere", "vault": "ANOTHER", "created": "2026-07-04T19:20:00.000000Z"}`
	if err := bucket.Put(t.Context(), vault.MarkerKey, store.FromBytes([]byte(marker))); err != nil {
		t.Fatal(err)
	}
	p.configure(setup{recorder: "segment: 2s", storage: storage, cameras: map[string]string{camera: cameras.URL(camera)}})
	p.start()
	forward(t, address, strings.TrimPrefix(o.Endpoint, "http://"))
	eventually(t, 60*time.Second, "an alarm says whose store it is", func() bool {
		return strings.Contains(p.alarm(footage.AlarmStore), `holds the footage of "Elsewhere"`)
	})
	for o, err := range bucket.List(t.Context(), "") {
		if err != nil || o.Key != vault.MarkerKey {
			t.Errorf("the store has %s, %v", o.Key, err)
		}
	}
}

// forward passes connections on until the end of the test.
func forward(t *testing.T, from, to string) {
	t.Helper()
	l, err := net.Listen("tcp", from)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", to)
			if err != nil {
				in.Close()
				continue
			}
			for _, way := range [][2]net.Conn{{in, out}, {out, in}} {
				go func() {
					defer way[0].Close()
					defer way[1].Close()
					io.Copy(way[0], way[1]) // until either side ends
				}()
			}
		}
	}()
}
