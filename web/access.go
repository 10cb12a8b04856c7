package web

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/sjudager/sjudager/web/account"
)

// routes registers routes: each names the right that a request needs. Without one it
// does not compile, and which roles have which rights is account's one table.
type routes struct {
	router chi.Router
	server *Server
	prefix string
	rights map[string]account.Right
}

// Get registers a route that changes nothing.
func (r routes) Get(pattern string, right account.Right, h http.HandlerFunc) {
	r.handle(http.MethodGet, pattern, right, h)
}

// Post registers a route that changes something.
func (r routes) Post(pattern string, right account.Right, h http.HandlerFunc) {
	r.handle(http.MethodPost, pattern, right, h)
}

func (r routes) handle(method, pattern string, right account.Right, h http.HandlerFunc) {
	r.rights[method+" "+r.prefix+pattern] = right
	r.router.Method(method, pattern, r.server.need(right, h))
}

// Under registers the routes below a prefix.
func (r routes) Under(prefix string, register func(routes)) {
	r.router.Route(prefix, func(below chi.Router) {
		register(routes{below, r.server, r.prefix + prefix, r.rights})
	})
}

// need lets requests pass whose maker has the right. Nobody is sent to sign in when
// it is a person who opens a page.
func (s *Server) need(right account.Right, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who := identity(r)
		switch {
		case who.May(right):
			next(w, r)
		case who != nil:
			s.fail(w, r, fmt.Errorf("%w: this needs the right %q, which no role of yours has", errDenied, right))
		case opensPage(r):
			http.Redirect(w, r, to(r, atLogin, "next", r.URL.RequestURI()), http.StatusSeeOther)
		default:
			w.Header().Set("WWW-Authenticate", "Bearer")
			s.fail(w, r, errSignIn)
		}
	}
}

// opensPage reports whether a person goes to a page, rather than a program or a
// script of ours asking for something.
func opensPage(r *http.Request) bool {
	mode := r.Header.Get("Sec-Fetch-Mode")
	return r.Method == http.MethodGet && !strings.HasPrefix(r.URL.Path, apiPrefix) && r.URL.Path != "/metrics" &&
		r.URL.Query().Get("part") == "" && (mode == "" || mode == "navigate")
}

// identify finds out who makes a request: whoever is at the other end of the socket,
// the bearer of a token, or the person of a session.
func (s *Server) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if identity(r) == nil {
			who, err := s.whoIs(r)
			if err != nil {
				s.fail(w, r, err)
				return
			}
			if who != nil {
				r = r.WithContext(with(r.Context(), who))
			}
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) whoIs(r *http.Request) (*account.Identity, error) {
	if text, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		t, err := s.Accounts.Bearer(text)
		if err != nil {
			return nil, err // a wrong token is told, rather than taken for none
		}
		return account.Bears(t), nil
	}
	session, user, err := s.session(r)
	switch {
	case errors.Is(err, account.ErrNoSession):
		return nil, nil
	case err != nil:
		return nil, err
	case session.Stage != account.Full:
		return nil, nil
	}
	return account.Of(session, user), nil
}

// session is that of the request's cookie, whole or half-way.
func (s *Server) session(r *http.Request) (*account.Session, account.User, error) {
	c, err := r.Cookie(cookieName(r))
	if err != nil {
		return nil, account.User{}, account.ErrNoSession
	}
	return s.Accounts.Session(c.Value)
}

// cookieName is the name of the only cookie (R147). Over https no other host and no
// plain page can set one of this name.
func cookieName(r *http.Request) string {
	if r.TLS != nil {
		return "__Host-sjudager"
	}
	return "sjudager"
}

// setSession gives the browser a session; "" takes it away. It ends with the browser
// at the latest: the server ends it earlier.
func setSession(w http.ResponseWriter, r *http.Request, text string) {
	c := http.Cookie{Name: cookieName(r), Value: text, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: r.TLS != nil}
	if text == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, &c)
}

// from is where a request comes from.
func from(r *http.Request) account.Where {
	return account.Where{Address: peerAddress(r), Device: r.UserAgent()}
}

func peerAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	host, _, _ = strings.Cut(host, "%")
	return host
}

// within is an address of this site to go on to; anything else is the first page.
func within(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return "/"
	}
	return cmp.Or(u.RequestURI(), "/")
}
