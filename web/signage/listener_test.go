package signage

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// From the top, and from where the QR code leads, everybody finds every version in both
// languages and on paper, and nothing else.
func TestR121R122R146TheNoticeIsServedAndNothingElse(t *testing.T) {
	v := newVenue(t)
	v.now = v.now.AddDate(0, 1, 0)
	v.observe(func(l *Live) { l.Facts.KeepS = 5 * 24 * 3600 })
	texts := v.snapshot().Texts
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, l, err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	n := &NoticeServer{Signs: v.Signs, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	go func() { ended <- n.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	base := "http://" + l.Addr().String()
	client := &http.Client{Transport: &http.Transport{}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Timeout: time.Minute}
	defer client.CloseIdleConnections()
	ask := func(method, path, etag string) (*http.Response, []byte) {
		t.Helper()
		r, err := http.NewRequest(method, base+path, nil)
		must(t, r, err)
		if etag != "" {
			r.Header.Set("If-None-Match", etag)
		}
		a, err := client.Do(r)
		must(t, a, err)
		defer a.Body.Close()
		body, err := io.ReadAll(a.Body)
		must(t, body, err)
		if a.Header.Get("Set-Cookie") != "" || !strings.HasPrefix(a.Header.Get("Content-Security-Policy"), "default-src 'none'; style-src 'sha256-") || a.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", path, a.Header)
		}
		return a, body
	}

	link := regexp.MustCompile(`(?:href|src)="([^"]*)"`)
	seen, left := map[string]bool{}, []string{"/"}
	for _, text := range texts { // what the QR codes say
		u, err := url.Parse(text.Link())
		must(t, u, err)
		left = append(left, u.Path)
	}
	papers := 0
	for len(left) > 0 {
		path := left[0]
		left = left[1:]
		if seen[path] {
			continue
		}
		seen[path] = true
		a, body := ask("GET", path, "")
		if a.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", path, a.Status)
			continue
		}
		if again, empty := ask("GET", path, a.Header.Get("ETag")); again.StatusCode != http.StatusNotModified || len(empty) != 0 {
			t.Errorf("%s again: %s", path, again.Status)
		}
		if head, empty := ask("HEAD", path, ""); head.StatusCode != http.StatusOK || head.ContentLength != int64(len(body)) || len(empty) != 0 {
			t.Errorf("HEAD %s: %s", path, head.Status)
		}
		if bytes.HasPrefix(body, []byte("%PDF-")) {
			papers++
			if a.Header.Get("Content-Type") != "application/pdf" {
				t.Errorf("%s is %s", path, a.Header.Get("Content-Type"))
			}
			continue
		}
		if page := strings.ToLower(string(body)); strings.Contains(page, "<script") || strings.Contains(page, "<form") || strings.Contains(page, "<iframe") {
			t.Errorf("%s has more than words", path)
		}
		for _, m := range link.FindAllStringSubmatch(string(body), -1) {
			u, err := url.Parse(path)
			must(t, u, err)
			to, err := u.Parse(m[1])
			must(t, to, err)
			if to.Host != "" {
				t.Errorf("%s leads to %s", path, to)
				continue
			}
			left = append(left, to.Path)
		}
	}
	// At the top and below /kamera: 2 versions x 2 languages, and each first language under two names.
	if len(seen) < 12 || papers != 8 {
		t.Errorf("%d pages, %d of them papers: %v", len(seen), papers, seen)
	}
	for path, words := range map[string]string{"/": "senest 5 dager", "/en.html": "5 days after", "/kamera/1/": "senest 7 dager", "/kamera/1/en.html": "7 days after", "/2/": "senest 5 dager"} {
		if a, body := ask("GET", path, ""); !strings.Contains(string(body), words) || a.Header.Get("Content-Language") == "" {
			t.Errorf("%s does not say %q", path, words)
		}
	}
	for _, path := range []string{"/kamera", "/kamera/2", "/1"} {
		if a, _ := ask("GET", path, ""); a.StatusCode != http.StatusPermanentRedirect || a.Header.Get("Location") != path+"/" {
			t.Errorf("%s: %s to %s", path, a.Status, a.Header.Get("Location"))
		}
	}
	for _, path := range []string{"/3/", "/api/v1/status", "/api/v1/notice", "/healthz", "/metrics", "/login", "/oversikt", "/skilting", "/assets/", "/kamera/1/../../etc/passwd", "/1/index.html/", "//", "/.git/config"} {
		if a, _ := ask("GET", path, ""); a.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", path, a.Status)
		}
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"} {
		if a, _ := ask(method, "/", ""); a.StatusCode != http.StatusMethodNotAllowed || a.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %s", method, a.Status)
		}
	}

	// A new version is there as soon as the register may be asked again.
	v.observe(func(l *Live) { l.Facts.KeepS = 4 * 24 * 3600 })
	n.mu.Lock()
	n.read = time.Time{}
	n.mu.Unlock()
	if a, body := ask("GET", "/", ""); !strings.Contains(string(body), "senest 4 dager") || a.StatusCode != http.StatusOK {
		t.Errorf("the newest: %s", a.Status)
	}
	if _, body := ask("GET", "/2/", ""); !strings.Contains(string(body), "gjelder ikke lenger") {
		t.Error("version 2 does not say that there is a newer one")
	}
}
