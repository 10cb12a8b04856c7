package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// stored returns a segment's row.
func (s *site) stored(id footage.SegmentID) (seg vault.Segment) {
	s.Helper()
	if err := s.Index.View(func(tx *index.Tx) (err error) {
		seg, _, err = vault.Find(tx, id)
		return err
	}); err != nil {
		s.Fatal(err)
	}
	return seg
}

// bytesOf reads a segment past the server.
func (s *site) bytesOf(seg vault.Segment) []byte {
	s.Helper()
	r, err := s.Vault.Open(context.Background(), seg.ID())
	if err != nil {
		s.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		s.Fatal(err)
	}
	return b
}

func TestFootage(t *testing.T) {
	s := newSite(t, saturday)
	s.camera("k01-inngang", "Hovedinngang")
	id := s.record("k01-inngang", s.at("20:00:00"), short(t))
	seg := s.stored(id)
	whole := s.bytesOf(seg)
	path := "/api/v1/segments/" + string(id) + ".mp4"
	if path != footagePath("k01-inngang", s.at("20:00:00")) {
		t.Error(path)
	}

	r := s.get(path)
	if r.Code != http.StatusOK || !bytes.Equal(r.Body.Bytes(), whole) || footage.SHA256(sha256.Sum256(whole)) != seg.SHA256 {
		t.Errorf("%d, %d bytes of %d", r.Code, r.Body.Len(), len(whole))
	}
	for name, want := range map[string]string{
		"Content-Type": "video/mp4", "Cache-Control": "no-store", "Accept-Ranges": "bytes", "Etag": `"` + seg.SHA256.String() + `"`,
		"Content-Length": fmt.Sprint(len(whole)), "Last-Modified": "",
	} {
		if got := r.Header().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	for header, want := range map[string]string{
		"bytes=0-0": string(whole[:1]), "bytes=10-19": string(whole[10:20]), "bytes=-5": string(whole[len(whole)-5:]),
		fmt.Sprintf("bytes=%d-", len(whole)-1): string(whole[len(whole)-1:]),
	} {
		r := s.get(path, "Range", header)
		if r.Code != http.StatusPartialContent || r.Body.String() != want {
			t.Errorf("%s: %d, %d bytes", header, r.Code, r.Body.Len())
		}
	}
	if r := s.get(path, "Range", fmt.Sprintf("bytes=%d-", len(whole))); r.Code != http.StatusRequestedRangeNotSatisfiable {
		t.Errorf("beyond the end: %d", r.Code)
	}
	if r := s.ask(http.MethodHead, path, ""); r.Code != http.StatusOK || r.Body.Len() != 0 || r.Header().Get("Content-Length") != fmt.Sprint(len(whole)) {
		t.Errorf("HEAD: %d %v", r.Code, r.Header())
	}
	for _, gone := range []string{
		strings.Replace(path, "k01", "k02", 1), strings.Replace(path, "000000Z", "000001Z", 1), strings.Replace(path, "20260704", "yesterday", 1),
		strings.Replace(path, "k01-inngang", "..%2f..", 1),
	} {
		if e := s.refused(http.StatusNotFound, CodeGone, "GET", gone, ""); e == nil {
			t.Error(gone)
		}
	}
	s.refused(http.StatusNotFound, CodeNotFound, "GET", strings.TrimSuffix(path, ".mp4"), "")
}

// R6: from its deadline on no byte of footage is served, although it is all still
// there; and a hold that ends takes with it what it alone kept.
func TestFootagePastItsDeadline(t *testing.T) {
	s := newSite(t, saturday)
	s.camera("k01-inngang", "Hovedinngang")
	id := s.record("k01-inngang", s.at("20:00:00"), short(t))
	path := "/api/v1/segments/" + string(id) + ".mp4"
	hold := s.place(holds.Request{Cameras: []footage.CameraID{"k01-inngang"}, Span: footage.Span{From: s.at("20:00:00"), To: s.at("20:00:01")}}).Hold
	seg := s.stored(id)

	page := func() sheet {
		t.Helper()
		return read(t, s.get("/opptak?camera=k01-inngang&at=2026-07-04T18:00:00Z").Body.String())
	}
	s.now = seg.Deadline.Time().Add(-time.Microsecond)
	if r := s.get(path); r.Code != http.StatusOK {
		t.Fatalf("a microsecond before: %d", r.Code)
	}
	if d := page(); len(d.all("#lists a")) != 1 {
		t.Error("the page does not show what is there")
	}
	for _, now := range []time.Time{seg.Deadline.Time(), seg.Deadline.Time().Add(time.Hour)} {
		s.now = now
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			for _, header := range []string{"", "bytes=0-10"} {
				r := s.ask(method, path, "", "Range", header)
				if r.Code != http.StatusNotFound || bytes.Contains(r.Body.Bytes(), []byte("ftyp")) {
					t.Errorf("%v %s %s: %d", now, method, header, r.Code)
				}
			}
		}
		if r := s.get(path, "If-None-Match", `"`+seg.SHA256.String()+`"`); r.Code != http.StatusNotFound {
			t.Errorf("to a browser that had it: %d", r.Code)
		}
		if d := page(); len(d.all("#lists a")) != 0 {
			t.Error("the page shows what is past its deadline")
		}
		if info, err := s.Store.Stat(t.Context(), seg.Object); err != nil || info.Size < seg.Bytes {
			t.Errorf("the bytes are gone, and the test shows nothing: %v", err)
		}
	}

	s.now = saturday.Add(10 * 24 * time.Hour)
	if r := s.get(path); r.Code != http.StatusOK {
		t.Fatalf("held on the tenth day: %d", r.Code)
	}
	if _, err := s.Holds.Close(hold.Number, "utlevert", "web"); err != nil {
		t.Fatal(err)
	}
	if r := s.get(path); r.Code != http.StatusNotFound {
		t.Errorf("after its hold ended: %d", r.Code)
	}
}

// A reader who is in the middle of footage when its deadline comes gets no more
// of it than what is under way.
func TestFootageBreaksOff(t *testing.T) {
	s := newSite(t, saturday)
	s.camera("k01-inngang", "Hovedinngang")
	big := clip(t, "-f lavfi -i nullsrc=size=640x360:rate=25:duration=5,geq=random(1)*255:128:128 -pix_fmt yuv420p -c:v libx264 -preset ultrafast -b:v 40M -g 25")
	if info, err := os.Stat(big); err != nil || info.Size() < 16<<20 {
		t.Fatalf("the clip is too small to be read slowly: %v %v", info, err)
	}
	id := s.record("k01-inngang", s.at("20:00:00"), big)
	base, stop := s.serveTCP()
	defer stop()

	r, err := http.Get(base + "/api/v1/segments/" + string(id) + ".mp4")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if _, err := io.ReadFull(r.Body, make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	s.setNow(s.stored(id).Deadline.Time())
	n, err := io.Copy(io.Discard, r.Body)
	if err == nil || n+1<<20 >= r.ContentLength {
		t.Errorf("%d of %d bytes came, and the end was %v", n+1<<20, r.ContentLength, err)
	}
}

// serveTCP serves s on a loopback port.
func (s *site) serveTCP() (base string, stop func()) {
	s.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	// Whoever asks may do all, as in ask.
	go func() {
		served <- s.serve(ctx, l, s.guard(s.localHost(s.router)), func(ctx context.Context, _ net.Conn) context.Context { return with(ctx, s.by) })
	}()
	return "http://" + l.Addr().String(), func() {
		cancel()
		if err := <-served; err != nil {
			s.Error(err)
		}
	}
}
