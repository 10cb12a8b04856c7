package s3

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// The server tells its time whatever ours is, and a server without one is found out.
func TestDate(t *testing.T) {
	want := time.Date(2026, 7, 4, 19, 20, 0, 0, time.UTC)
	date := want.Format(http.TimeFormat)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodHead || r.Header.Get("Authorization") != "" {
			t.Errorf("asked with %s %v", r.Method, r.Header)
		}
		w.Header()["Date"] = []string{date}
		w.WriteHeader(http.StatusForbidden)
	}))
	defer server.Close()
	s, err := newStore(Options{Endpoint: server.URL, Bucket: "footage", AccessKey: "a", SecretKey: "b"})
	if err != nil {
		t.Fatal(err)
	}
	at, took, err := s.Date(t.Context())
	if err != nil || !at.Equal(want) || took <= 0 {
		t.Errorf("%v after %v, %v", at, took, err)
	}
	date = "yesterday"
	if at, _, err := s.Date(t.Context()); err == nil {
		t.Errorf("no time is read as %v", at)
	}
	server.Close()
	if _, _, err := s.Date(t.Context()); err == nil {
		t.Error("nobody answers, and there is a time")
	}
}
