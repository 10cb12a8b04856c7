package web

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/sjudager/sjudager/web/account"
)

// atAccount is the reader's own account.
const atAccount = "/konto"

// accountPage is Min konto: what a person sets of the own account.
type accountPage struct {
	*frame
	User     account.User
	Sessions []account.Session
	Wrong    string // about the password
	Just     string // what was done
}

// Mine reports whether a session is the one that asks.
func (p *accountPage) Mine(s account.Session) bool {
	return p.Who.Session != nil && p.Who.Session.ID == s.ID
}

// MinPassword is how long a password is.
func (p *accountPage) MinPassword() int { return account.MinPassword }

func (s *Server) readAccount(r *http.Request) (*accountPage, error) {
	f, err := s.frame(r, atAccount)
	p := &accountPage{frame: f, Just: r.URL.Query().Get("just")}
	if err != nil {
		return p, err
	}
	if p.User, err = s.Accounts.User(p.By); err != nil {
		return p, err
	}
	p.Sessions, err = s.Accounts.Sessions(p.By)
	return p, err
}

func (s *Server) getAccount(w http.ResponseWriter, r *http.Request) {
	p, err := s.readAccount(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.draw(w, r, http.StatusOK, "account", p)
}

// postAccount does one thing to the reader's own account.
func (s *Server) postAccount(w http.ResponseWriter, r *http.Request) {
	err := parseForm(r)
	who, act := identity(r), chi.URLParam(r, "act")
	if err == nil && who.Session == nil {
		err = fmt.Errorf("%w: only a session has an account of its own", errDenied)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	next := to(r, atAccount, "just", act)
	switch act {
	case "language":
		_, err = s.Accounts.SetLanguage(who.ID, r.PostForm.Get("language"))
	case "password":
		if r.PostForm.Get("password") != r.PostForm.Get("again") {
			s.accountAgain(w, r, func(t tongue) string { return t.T("De to passordene er ikke like.", "The two passwords differ.") }, http.StatusBadRequest)
			return
		}
		err = s.Accounts.SetPassword(r.Context(), who.Session, r.PostForm.Get("old"), r.PostForm.Get("password"))
	case "factor":
		err = s.Accounts.StartFactor(who.Session)
		next = to(r, atFactor, "next", to(r, atAccount))
	case "sign-out":
		if id := r.PostForm.Get("session"); id != "" {
			err = s.Accounts.End(who.ID, id, who.ID)
		} else {
			err = s.Accounts.EndAll(who.ID, who.Session.ID, who.ID)
		}
	default:
		err = fmt.Errorf("%w: there is no act %q", errNotFound, act)
	}
	if err != nil && !errors.Is(err, account.ErrNotFound) {
		if _, status, known := (tongue{}).refused(err); known && act == "password" {
			s.accountAgain(w, r, func(t tongue) string { text, _, _ := t.refused(err); return text }, status)
			return
		}
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
}

func (s *Server) accountAgain(w http.ResponseWriter, r *http.Request, wrong func(tongue) string, status int) {
	p, err := s.readAccount(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	p.Wrong = wrong(p.tongue)
	s.draw(w, r, status, "account", p)
}
