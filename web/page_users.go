package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web/account"
)

// usersPage is Brukere: who may come in, and the tokens of programs.
type usersPage struct {
	*frame
	Users   []User
	Tokens  []account.Token
	New     UserRequest // the form, as it was filled in
	Days    int
	Wrong   string // why it was refused
	Just    string // what was done, to whom
	OneTime string // a one-time link, shown once
	Token   string // a token, shown once
	For     string // whose they are
	Until   footage.Instant
}

// Roles are all roles.
func (p *usersPage) Roles() []account.Role { return account.Roles }

// DayChoices are how long something may last.
func (p *usersPage) DayChoices() []int { return []int{1, 7, 30, 90, 365} }

// Has reports whether a role is among roles.
func (p *usersPage) Has(roles []account.Role, role account.Role) bool {
	return slices.Contains(roles, role)
}

// UserState says what can be done with an account.
func (p *usersPage) UserState(s account.State) string {
	switch s {
	case account.Invited:
		return p.T("invitert", "invited")
	case account.Disabled:
		return p.T("sperret", "disabled")
	case account.Expired:
		return p.T("utløpt", "expired")
	}
	return p.T("aktiv", "active")
}

func (s *Server) readUsers(r *http.Request) (*usersPage, error) {
	f, err := s.frame(r, atUsers)
	p := &usersPage{frame: f, Just: r.URL.Query().Get("just"), For: r.URL.Query().Get("for")}
	if err != nil {
		return p, err
	}
	all, err := s.users()
	if err != nil {
		return p, err
	}
	p.Users = all.Users
	p.Tokens, err = s.Accounts.Tokens()
	return p, err
}

func (s *Server) getUsersPage(w http.ResponseWriter, r *http.Request) {
	s.answerUsers(w, r, http.StatusOK, nil, nil)
}

// answerUsers draws the page, with what change puts on it, or why something was
// refused.
func (s *Server) answerUsers(w http.ResponseWriter, r *http.Request, status int, refused error, change func(*usersPage)) {
	p, err := s.readUsers(r)
	if err == nil && refused != nil {
		var known bool
		if p.Wrong, status, known = p.refused(refused); !known {
			err = refused
		}
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if change != nil {
		change(p)
	}
	s.draw(w, r, status, "users", p)
}

// days is how long something lasts, as forms say it; 0 is for good.
func (s *Server) days(form url.Values) footage.Instant {
	n, err := strconv.Atoi(form.Get("days"))
	if err != nil || n <= 0 || n > 1000 {
		return 0
	}
	return s.now().Add(time.Duration(n) * 24 * time.Hour)
}

func roles(form url.Values) (all []account.Role) {
	for _, r := range form["role"] {
		all = append(all, account.Role(r))
	}
	return all
}

// address is where this site is for the person at the browser.
func address(r *http.Request) string {
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	return scheme + r.Host
}

func (s *Server) postInvite(w http.ResponseWriter, r *http.Request) {
	if err := parseForm(r); err != nil {
		s.fail(w, r, err)
		return
	}
	ask := UserRequest{Login: r.PostForm.Get("login"), Name: r.PostForm.Get("name"), Roles: roles(r.PostForm), Expires: s.days(r.PostForm)}
	u, link, err := s.Accounts.Invite(account.NewUser{Login: ask.Login, Name: ask.Name, Roles: ask.Roles, Expires: ask.Expires}, actor(r))
	s.answerUsers(w, r, http.StatusOK, err, func(p *usersPage) {
		if err != nil {
			p.New = ask
			p.Days, _ = strconv.Atoi(r.PostForm.Get("days"))
			return
		}
		p.OneTime, p.For, p.Until = address(r)+link.Path(), u.Login, link.Expires
	})
}

// postUserForm does one thing to one account.
func (s *Server) postUserForm(w http.ResponseWriter, r *http.Request) {
	if err := parseForm(r); err != nil {
		s.fail(w, r, err)
		return
	}
	act := chi.URLParam(r, "act")
	u, link, err := s.actOnUser(chi.URLParam(r, "user"), act, UserAct{roles(r.PostForm), s.days(r.PostForm)}, actor(r))
	if err != nil || link != nil {
		s.answerUsers(w, r, http.StatusOK, err, func(p *usersPage) {
			if link != nil {
				p.OneTime, p.For, p.Until = address(r)+link.Path(), u.Login, link.Expires
			}
		})
		return
	}
	http.Redirect(w, r, to(r, atUsers, "just", act, "for", u.Login), http.StatusSeeOther)
}

func (s *Server) postTokenForm(w http.ResponseWriter, r *http.Request) {
	if err := parseForm(r); err != nil {
		s.fail(w, r, err)
		return
	}
	text, t, err := s.Accounts.NewToken(r.PostForm.Get("name"), account.Role(r.PostForm.Get("role")), s.days(r.PostForm), actor(r))
	s.answerUsers(w, r, http.StatusOK, err, func(p *usersPage) { p.Token, p.For, p.Until = text, t.Name, t.Expires })
}

func (s *Server) postRevokeForm(w http.ResponseWriter, r *http.Request) {
	if err := s.Accounts.RevokeToken(chi.URLParam(r, "token"), actor(r)); err != nil {
		s.fail(w, r, fmt.Errorf("couldn't revoke the token: %w", err))
		return
	}
	http.Redirect(w, r, to(r, atUsers, "just", "revoked")+"#tokens", http.StatusSeeOther)
}
