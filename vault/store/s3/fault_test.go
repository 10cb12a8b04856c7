package s3_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sjudager/sjudager/vault/store"
	"github.com/sjudager/sjudager/vault/store/s3"
	"github.com/sjudager/sjudager/vault/store/storetest"
)

var discard = log.New(io.Discard, "", 0)

const key = "footage/k01/2026-07-04/19/20-00.123456Z.0.mp4"

// behind opens a store on a new bucket behind a proxy.
func (w where) behind(t *testing.T, stall time.Duration) (*proxy, *s3.Store, s3.Options) {
	t.Helper()
	o := w.bucket(t)
	o.Region = w.region()
	o.Stall = stall
	p := newProxy(t, &o, false)
	return p, open(t, o), o
}

// calls are all that can be asked of a store about key.
func calls(s store.Store, o store.Object) []func(context.Context) error {
	return []func(context.Context) error{
		func(ctx context.Context) error { return s.Put(ctx, key, o) },
		func(ctx context.Context) error { _, err := s.Stat(ctx, key); return err },
		func(ctx context.Context) error {
			body, err := s.Get(ctx, key, 1, 10)
			if err != nil {
				return err
			}
			_, err = io.ReadAll(body)
			return errors.Join(err, body.Close())
		},
		func(ctx context.Context) error {
			for _, err := range s.List(ctx, "footage/") {
				if err != nil {
					return err
				}
			}
			return nil
		},
		func(ctx context.Context) error { _, err := s.Absent(ctx, key); return err },
		func(ctx context.Context) error { return s.Delete(ctx, key) },
	}
}

func testPassingFaultsAreRetried(t *testing.T, w where) {
	p, s, _ := w.behind(t, time.Minute)
	for name, fault := range map[string]spoil{
		"SlowDown":       answer(503, "SlowDown", ""),
		"InternalError":  answer(500, "InternalError", ""),
		"bad gateway":    claim(502),
		"too many":       answer(429, "TooManyRequests", ""),
		"reset":          reset(0),
		"reset half-way": reset(50_000),
		"done but 500":   p.doneBut(500),
		"done but no word": func(_ http.ResponseWriter, r *http.Request) bool {
			p.doneBut(200)(nopWriter{}, r)
			panic(http.ErrAbortHandler)
		},
	} {
		for i, call := range calls(s, storetest.NewObject(1, 100_000)) {
			p.set(times(1, fault))
			if err := call(t.Context()); err != nil {
				t.Errorf("call %d with one %s: %v", i, name, err)
			}
		}
	}
	p.set(times(2, answer(503, "SlowDown", "")))
	if err := s.Put(t.Context(), key, storetest.NewObject(1, 100_000)); err != nil {
		t.Errorf("Put with two SlowDown: %v", err)
	}
}

type nopWriter struct{}

func (nopWriter) Header() http.Header         { return http.Header{} }
func (nopWriter) Write(p []byte) (int, error) { return len(p), nil }
func (nopWriter) WriteHeader(int)             {}

func testLastingFaultsAreReported(t *testing.T, w where) {
	p, s, _ := w.behind(t, time.Minute)
	for name, c := range map[string]struct {
		fault  spoil
		config bool
		tries  int
	}{
		"SlowDown":  {answer(503, "SlowDown", ""), false, 3},
		"reset":     {reset(0), false, 3},
		"full":      {answer(507, "InsufficientStorage", ""), false, 1},
		"quota":     {answer(403, "QuotaExceeded", ""), false, 1},
		"denied":    {answer(403, "AccessDenied", ""), true, 1},
		"no bucket": {answer(404, "NoSuchBucket", ""), true, 1},
	} {
		for i, call := range calls(s, storetest.NewObject(1, 1000)) {
			p.set(c.fault)
			err := call(t.Context())
			if err == nil || errors.Is(err, store.ErrConfig) != c.config || errors.Is(err, store.ErrNotExist) {
				t.Errorf("call %d with %s: %v", i, name, err)
			}
			// A HEAD that is refused is followed by one question.
			if n := len(p.seen()); n != c.tries && n != c.tries+1 {
				t.Errorf("call %d with %s was tried %d times", i, name, n)
			}
		}
	}
}

// testHungServer: nothing holds a call for ever.
func testHungServer(t *testing.T, w where) {
	const stall = 200 * time.Millisecond
	p, s, _ := w.behind(t, stall)
	p.set(p.hang)
	hung := calls(s, storetest.NewObject(1, 100))                    // waits for an answer
	hung = append(hung, calls(s, storetest.NewObject(1, 20<<20))[0]) // waits to send
	var g sync.WaitGroup
	for i, call := range hung {
		g.Go(func() {
			before := time.Now()
			if err := call(t.Context()); err == nil || errors.Is(err, store.ErrConfig) {
				t.Errorf("call %d to a hung server: %v", i, err)
			}
			if d := time.Since(before); d < stall || d > 50*stall {
				t.Errorf("call %d to a hung server took %v", i, d)
			}
		})
	}
	g.Wait()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	before := time.Now()
	if err := s.Put(ctx, key, storetest.NewObject(1, 100)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("after %v, a Put with 50 ms to go returns %v", time.Since(before), err)
	}
}

func testBodyThatBreaksOff(t *testing.T, w where) {
	const stall = 300 * time.Millisecond
	p, s, _ := w.behind(t, stall)
	if err := s.Put(t.Context(), key, storetest.NewObject(1, 100_000)); err != nil {
		t.Fatal(err)
	}
	for name, end := range map[string]func(){
		"reset": func() { panic(http.ErrAbortHandler) },
		"hangs": func() { <-p.done },
	} {
		p.set(only("GET", func(w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("Content-Length", "100000")
			w.Header().Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
			w.Write(make([]byte, 60_000))
			w.(http.Flusher).Flush()
			end()
			return true
		}))
		body, err := s.Get(t.Context(), key, 0, -1)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, body); err == nil || n > 60_000 {
			t.Errorf("%s: %d bytes of a body that breaks off after 60000 were read, and then %v", name, n, err)
		}
		body.Close()
	}
	p.set(only("GET", func(w http.ResponseWriter, r *http.Request) bool {
		r.Header.Del("Range")
		return false
	}))
	if body, err := s.Get(t.Context(), key, 10, 10); err == nil {
		t.Error("a server that sends the whole object was believed to send a range")
		body.Close()
	}
}

// testListGoesOn: a list that fails on its way goes on where it was.
func testListGoesOn(t *testing.T, w where) {
	p, s, _ := w.behind(t, time.Minute)
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		if err := s.Put(t.Context(), "footage/"+name, store.FromBytes([]byte(name))); err != nil {
			t.Fatal(err)
		}
	}
	// Pages of two keys, and every other request fails.
	n := 0
	p.set(func(w http.ResponseWriter, r *http.Request) bool {
		if n++; n%2 == 0 {
			return answer(503, "SlowDown", "")(w, r)
		}
		left := "abcde"
		if _, rest, found := strings.Cut(left, strings.TrimPrefix(r.URL.Query().Get("key-marker"), "footage/")); found {
			left = rest
		}
		io.WriteString(w, `<ListVersionsResult>`)
		for _, k := range left[:min(2, len(left))] {
			fmt.Fprintf(w, "<Version><Key>footage/%c</Key><VersionId>null</VersionId><IsLatest>true</IsLatest><Size>1</Size><LastModified>2026-07-04T19:20:00.000Z</LastModified></Version>", k)
		}
		if len(left) > 2 {
			fmt.Fprintf(w, "<IsTruncated>true</IsTruncated><NextKeyMarker>footage/%c</NextKeyMarker>", left[1])
		}
		io.WriteString(w, `</ListVersionsResult>`)
		return true
	})
	var got string
	for info, err := range s.List(t.Context(), "footage/") {
		if err != nil {
			t.Fatal(err)
		}
		got += info.Key[len("footage/"):]
	}
	if got != "abcde" {
		t.Errorf("a list with faults in it has %q", got)
	}
}

func testDamageOnTheWay(t *testing.T, w where) {
	p, s, _ := w.behind(t, time.Minute)
	o := storetest.NewObject(1, 100_000)
	p.set(only("PUT", times(1, flip)))
	if err := s.Put(t.Context(), key, o); err != nil {
		t.Error(err)
	}
	if n := len(p.seen()); n != 3 {
		t.Errorf("a Put with one damaged upload made %d requests: the damage was not seen", n)
	}
	p.set(only("PUT", flip))
	if err := s.Put(t.Context(), "footage/other", o); err == nil {
		t.Error("the server took damaged bytes")
	}
	p.set(nil)
	if absent, err := s.Absent(t.Context(), "footage/other"); !absent || err != nil {
		t.Errorf("of damaged bytes something is left: %v, %v", absent, err)
	}
}

func testServerThatLies(t *testing.T, w where) {
	p, s, _ := w.behind(t, time.Minute)
	o := storetest.NewObject(1, 1000)
	p.set(only("PUT", claim(200)))
	if err := s.Put(t.Context(), key, o); err == nil || errors.Is(err, store.ErrNotExist) || errors.Is(err, store.ErrConfig) {
		t.Errorf("the server stored nothing, and Put returns %v", err)
	}
	p.set(nil)
	if err := s.Put(t.Context(), key, storetest.NewObject(1, 900)); err != nil {
		t.Fatal(err)
	}
	p.set(only("PUT", claim(200)))
	if err := s.Put(t.Context(), key, o); err == nil {
		t.Error("the server has another object, and Put returns nil")
	}
	p.set(only("HEAD", func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Content-Length", "1000")
		w.Header().Set("X-Amz-Checksum-Crc32c", "AAAAAA==")
		w.Header().Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
		w.WriteHeader(200)
		return true
	}))
	if err := s.Put(t.Context(), key, o); err == nil {
		t.Error("the server has other bytes, and Put returns nil")
	}

	p.set(only("DELETE", claim(204)))
	if err := s.Delete(t.Context(), key); err != nil {
		t.Error(err)
	}
	if absent, err := s.Absent(t.Context(), key); absent || err != nil {
		t.Errorf("it is still there, and Absent returns %v, %v", absent, err)
	}
	p.set(func(w http.ResponseWriter, _ *http.Request) bool {
		io.WriteString(w, "<html><body>The service is being moved.</body></html>")
		return true
	})
	if absent, err := s.Absent(t.Context(), key); absent || err == nil {
		t.Errorf("the answer was no list, and Absent returns %v, %v", absent, err)
	}
	for _, err := range s.List(t.Context(), "") {
		if err == nil {
			t.Error("the answer was no list, and List has something")
		}
	}
}

// testServerGone: that nobody answers is no fault of the configuration, and no
// proof of anything.
func testServerGone(t *testing.T, w where) {
	_, s, o := w.behind(t, time.Minute)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o.Endpoint = "http://" + l.Addr().String()
	l.Close()
	if _, err := s3.Open(t.Context(), o); err == nil || errors.Is(err, store.ErrConfig) {
		t.Errorf("Open without a server returns %v", err)
	}
	if err := w.admin(t).RemoveBucket(t.Context(), o.Bucket); err != nil {
		t.Fatal(err)
	}
	for i, call := range calls(s, storetest.NewObject(1, 1000)) {
		if err := call(t.Context()); !errors.Is(err, store.ErrConfig) || errors.Is(err, store.ErrNotExist) {
			t.Errorf("call %d to a bucket that was deleted: %v", i, err)
		}
	}
}
