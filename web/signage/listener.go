package signage

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/sjudager/sjudager/vault/index"
)

// NoticeServer serves the notice to everybody, without a login: the newest version at
// the top, each one where the QR code of its signs leads, in both languages and on
// paper, and the list of all (R121, R122, R146). There is nothing else on it, and what it
// serves has no cookie, no script and nothing of a third party.
type NoticeServer struct {
	Signs *Signs
	TLS   *tls.Config // nil: http; the notice is no secret
	Log   *slog.Logger

	mu    sync.Mutex
	read  time.Time              // mu: when the texts were last looked at
	count int                    // mu: of texts that pages is of
	pages map[string]*noticePart // mu: by their path
}

// noticePart is what lies at a path.
type noticePart struct {
	kind    string
	lang    Language
	updated time.Time
	content func() ([]byte, error) // made when somebody first asks, and kept
	to      string                 // the address that it has in truth; empty: this one
}

const (
	textsEvery    = time.Second // how often the register is asked at most
	noticeHeader  = 5 * time.Second
	noticeRequest = 10 * time.Second
	noticeAnswer  = 30 * time.Second // the largest file is a PDF of some ten kB
	noticeIdle    = 30 * time.Second
	noticeStop    = 3 * time.Second
	maxHeader     = 8 << 10 // bytes
)

// Serve answers on l until ctx ends, and closes it.
func (n *NoticeServer) Serve(ctx context.Context, l net.Listener) error {
	if n.TLS != nil {
		l = tls.NewListener(l, n.TLS)
	}
	server := &http.Server{
		Handler: n, ReadHeaderTimeout: noticeHeader, ReadTimeout: noticeRequest, WriteTimeout: noticeAnswer, IdleTimeout: noticeIdle, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(n.Log.Handler(), slog.LevelDebug), // what strangers do to a connection
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	select {
	case err := <-served:
		return fmt.Errorf("couldn't serve the notice on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), noticeStop)
	defer cancel()
	if server.Shutdown(stop) != nil {
		if err := server.Close(); err != nil {
			n.Log.Debug("closing connections", "error", err)
		}
	}
	<-served
	return nil
}

// ServeHTTP implements http.Handler.
func (n *NoticeServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src '"+styleHash+"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), interest-cohort=()")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "there is only something to read here", http.StatusMethodNotAllowed)
		return
	}
	pages, err := n.current()
	if err != nil {
		n.fail(w, err)
		return
	}
	p, ok := pages[r.URL.Path]
	switch {
	case !ok:
		http.Error(w, "there is nothing here; the notice is at /", http.StatusNotFound)
	case p.to != "":
		http.Redirect(w, r, p.to, http.StatusPermanentRedirect)
	default:
		content, err := p.content()
		if err != nil {
			n.fail(w, err)
			return
		}
		sum := sha256.Sum256(content)
		h.Set("Content-Type", p.kind)
		h.Set("Content-Language", string(p.lang))
		h.Set("Cache-Control", "no-cache") // ask whether there is a newer one
		h.Set("ETag", strconv.Quote(hex.EncodeToString(sum[:16])))
		http.ServeContent(w, r, "", p.updated, bytes.NewReader(content))
	}
}

func (n *NoticeServer) fail(w http.ResponseWriter, err error) {
	n.Log.Error("couldn't make the notice", "error", err)
	http.Error(w, "the notice cannot be read at the moment", http.StatusServiceUnavailable)
}

// current is what there is, made anew when there is another text version.
func (n *NoticeServer) current() (map[string]*noticePart, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.pages != nil && time.Since(n.read) < textsEvery {
		return n.pages, nil
	}
	var texts []Text
	if err := n.Signs.Index.View(func(tx *index.Tx) error {
		for row := range tx.Scan(index.Prefix(root, textKind)) {
			if err := decode(row, &texts); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return nil, fmt.Errorf("couldn't read the text versions: %w", err)
	}
	n.read = time.Now()
	if n.pages != nil && n.count == len(texts) { // the rest of a version never changes
		return n.pages, nil
	}
	list, err := files(texts)
	if err != nil {
		return nil, err
	}
	n.pages, n.count = parts(list), len(texts)
	return n.pages, nil
}

// parts lays the files out: at the top, and below the path that the address of the
// published notice has, or had, where the QR codes lead.
func parts(list []noticeFile) map[string]*noticePart {
	tops := map[string]bool{"": true}
	for _, f := range list {
		if u, err := url.Parse(f.text.Facts.Notice); err == nil {
			tops[strings.TrimRight(u.Path, "/")] = true
		}
	}
	all := map[string]*noticePart{}
	for _, f := range list {
		kind := "text/html; charset=utf-8"
		if path.Ext(f.name) == ".pdf" {
			kind = "application/pdf"
		}
		part := &noticePart{kind: kind, lang: f.lang, updated: f.text.Updated.Time(), content: sync.OnceValues(f.content)}
		for top := range tops {
			all[top+"/"+f.name] = part
			if folder, file := path.Split(f.name); file == pageNames[Norwegian] {
				all[top+"/"+folder] = part
				if short := strings.TrimSuffix(top+"/"+folder, "/"); short != "" {
					all[short] = &noticePart{to: short + "/"}
				}
			}
		}
	}
	return all
}
