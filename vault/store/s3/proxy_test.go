package s3_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"

	"github.com/sjudager/sjudager/vault/store/s3"
)

// proxy stands between a store and the server, writes down the requests, and
// spoils what a test wants spoilt.
type proxy struct {
	*httptest.Server
	real http.Handler
	done chan struct{} // closed when the test ends: hung requests end then

	mu       sync.Mutex
	requests []*http.Request
	spoil    func(w http.ResponseWriter, r *http.Request) bool // true: r has been dealt with
}

// newProxy points o at a proxy, which speaks TLS if it is to.
func newProxy(t *testing.T, o *s3.Options, tls bool) *proxy {
	t.Helper()
	target, err := url.Parse(o.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{done: make(chan struct{}), real: &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host // it has been signed
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { panic(http.ErrAbortHandler) },
	}}
	p.Server = httptest.NewUnstartedServer(p)
	p.Config.ErrorLog = discard
	if tls {
		p.StartTLS()
	} else {
		p.Start()
	}
	t.Cleanup(func() {
		close(p.done)
		p.Close()
	})
	o.Endpoint = p.URL
	return p
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.requests = append(p.requests, r.Clone(r.Context()))
	spoil := p.spoil
	p.mu.Unlock()
	if spoil == nil || !spoil(w, r) {
		p.real.ServeHTTP(w, r)
	}
}

// set has spoil deal with requests from now on, and forgets those so far.
func (p *proxy) set(spoil func(w http.ResponseWriter, r *http.Request) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spoil, p.requests = spoil, nil
}

// seen returns the requests since set.
func (p *proxy) seen() []*http.Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.requests
}

// The ways to spoil a request.

type spoil func(w http.ResponseWriter, r *http.Request) bool

// times lets f deal with the first n requests that it wants to.
func times(n int, f spoil) spoil {
	var mu sync.Mutex
	return func(w http.ResponseWriter, r *http.Request) bool {
		mu.Lock()
		hit := n > 0
		n--
		mu.Unlock()
		return hit && f(w, r)
	}
}

// only lets f deal with requests of one method.
func only(method string, f spoil) spoil {
	return func(w http.ResponseWriter, r *http.Request) bool { return r.Method == method && f(w, r) }
}

// answer gives an S3 error in the server's place.
func answer(status int, code, more string) spoil {
	return func(w http.ResponseWriter, r *http.Request) bool {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(status)
		io.WriteString(w, "<Error><Code>"+code+"</Code>"+more+"</Error>")
		return true
	}
}

// claim says that all is well and does nothing.
func claim(status int) spoil {
	return func(w http.ResponseWriter, r *http.Request) bool {
		io.Copy(io.Discard, r.Body)
		w.WriteHeader(status)
		return true
	}
}

// reset breaks the connection off when n bytes of the request have been read.
func reset(n int64) spoil {
	return func(w http.ResponseWriter, r *http.Request) bool {
		io.CopyN(io.Discard, r.Body, n)
		panic(http.ErrAbortHandler)
	}
}

// hang neither reads nor answers.
func (p *proxy) hang(http.ResponseWriter, *http.Request) bool {
	<-p.done
	return true
}

// doneBut has the server do it and then reports an error.
func (p *proxy) doneBut(status int) spoil {
	return func(w http.ResponseWriter, r *http.Request) bool {
		p.real.ServeHTTP(httptest.NewRecorder(), r)
		w.WriteHeader(status)
		return true
	}
}

// flip changes a bit of the request's body.
func flip(_ http.ResponseWriter, r *http.Request) bool {
	body, _ := io.ReadAll(r.Body)
	body[len(body)/2] ^= 1
	r.Body = io.NopCloser(bytes.NewReader(body))
	return false
}
