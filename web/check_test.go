package web

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/store"
)

func TestCheck(t *testing.T) {
	s := newSite(t, time.Date(2026, 7, 4, 19, 20, 0, 0, time.UTC))
	if err := s.Store.Put(t.Context(), "footage/readme.txt", store.FromBytes([]byte("x"))); err != nil {
		t.Fatal(err)
	}
	got := call[Checked](s, http.StatusOK, "POST", "/api/v1/check", `{"deep": true, "repair": true}`)
	if len(got.Findings) != 1 || got.Findings[0].What != vault.Stranger || got.Findings[0].Repaired || got.Objects != 1 {
		t.Errorf("%+v", got)
	}
	if p := call[CheckProgress](s, http.StatusOK, "GET", "/api/v1/check", ""); p.Running {
		t.Errorf("%+v", p)
	}
	s.checking.Store(&CheckProgress{true, vault.Progress{Step: "content", Done: 100, Of: 200}})
	if p := call[CheckProgress](s, http.StatusOK, "GET", "/api/v1/check", ""); !p.Running || p.Done != 100 {
		t.Errorf("%+v", p)
	}
	s.refused(http.StatusConflict, CodeRefused, "POST", "/api/v1/check", `{}`)
	s.refused(http.StatusBadRequest, CodeInvalid, "POST", "/api/v1/check", `{"deeper": true}`)

	var described []string
	for _, w := range openAPIDocument(t)["components"].(object)["schemas"].(object)["Checked"].(object)["properties"].(object)["findings"].(object)["items"].(object)["properties"].(object)["what"].(object)["enum"].([]any) {
		described = append(described, w.(string))
	}
	var known []string
	for _, d := range vault.Disagreements {
		known = append(known, string(d))
	}
	if !slices.Equal(described, known) {
		t.Errorf("the document has %v instead of %v", described, known)
	}
}

// hung is a store whose list never ends by itself.
type hung struct{ store.Store }

func (hung) List(ctx context.Context, _ string) iter.Seq2[store.Info, error] {
	return func(yield func(store.Info, error) bool) {
		<-ctx.Done()
		yield(store.Info{}, ctx.Err())
	}
}

// A check ends when whoever asked for it has gone, and another may begin.
func TestCheckIsStopped(t *testing.T) {
	s := newSite(t, saturday)
	s.Vault.Store = hung{s.Vault.Store}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.router.ServeHTTP(w, r.WithContext(with(r.Context(), s.by)))
	}))
	defer server.Close()
	running := func(want bool) {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); call[CheckProgress](s, http.StatusOK, "GET", "/api/v1/check", "").Running != want; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("it does not say that a check is under way: %v", want)
			}
		}
	}
	for range 2 {
		ctx, cancel := context.WithCancel(t.Context())
		asked := make(chan error, 1)
		go func() {
			r, err := http.NewRequestWithContext(ctx, "POST", server.URL+"/api/v1/check", strings.NewReader(`{}`))
			if err == nil {
				r.Header.Set("Content-Type", "application/json")
				_, err = http.DefaultClient.Do(r)
			}
			asked <- err
		}()
		running(true)
		cancel()
		if err := <-asked; !errors.Is(err, context.Canceled) {
			t.Errorf("it was answered: %v", err)
		}
		running(false)
	}
}
