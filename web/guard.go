package web

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// headers are on every answer.
var headers = map[string]string{
	// No inline script or style anywhere, and nothing from anybody else (R147).
	"Content-Security-Policy":      "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
	"X-Content-Type-Options":       "nosniff",
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin", // no stranger's page embeds the footage
	// Not "no-referrer": forms would then send "Origin: null", which is no proof
	// of where they come from for browsers without Sec-Fetch-Site.
	"Referrer-Policy": "same-origin",
	"Cache-Control":   "no-store", // footage, and what is said about it, stays out of caches
}

// guard is around everything that is answered: the headers, the limit of bodies,
// no change by a page of another origin, and who makes the request.
func (s *Server) guard(next http.Handler) http.Handler {
	origin := http.NewCrossOriginProtection()
	origin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, fmt.Errorf("%w: the request comes from another site", errForeign))
	}))
	next = origin.Handler(s.identify(next))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range headers {
			w.Header().Set(name, value)
		}
		r.Body = body{http.MaxBytesReader(w, r.Body, maxBody), r.Body}
		next.ServeHTTP(w, r)
	})
}

// body is what somebody sends, of which maxBody is read. Whoever is let in may read more
// where a route takes more.
type body struct {
	io.ReadCloser
	whole io.ReadCloser
}

// localHost lets requests pass that address this machine by a loopback address or
// as localhost.
func (s *Server) localHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
		if !strings.EqualFold(host, "localhost") && (err != nil || !addr.IsLoopback()) {
			s.fail(w, r, fmt.Errorf("%w: there is no %q here", errMisdirected, host))
			return
		}
		next.ServeHTTP(w, r)
	})
}
