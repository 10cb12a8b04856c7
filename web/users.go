package web

import (
	"cmp"
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web/account"
)

// Users is GET /api/v1/users, by login names.
type Users struct {
	Users []User `json:"users"`
}

// User is a person's account.
type User struct {
	ID           string          `json:"id"` // in the ledger
	Login        string          `json:"login"`
	Name         string          `json:"name"`
	Language     string          `json:"language"` // "" is what the browser asks for
	Roles        []account.Role  `json:"roles"`
	State        account.State   `json:"state"`
	SecondFactor bool            `json:"second_factor"`
	Expires      footage.Instant `json:"expires"` // "" is never
	Created      footage.Instant `json:"created"`
	By           string          `json:"by"`
	Last         footage.Instant `json:"last"` // signed in; "" is never
	Sessions     int             `json:"sessions"`
}

// UserRequest is the body of POST /api/v1/users.
type UserRequest struct {
	Login    string          `json:"login"`
	Name     string          `json:"name,omitempty"`
	Language string          `json:"language,omitempty"`
	Roles    []account.Role  `json:"roles"`
	Expires  footage.Instant `json:"expires,omitzero"` // required for a supplier
}

// Invited is the answer to what makes a one-time link: the account, none of the first
// administrator, and where its person comes in.
type Invited struct {
	User    *User           `json:"user"`
	Link    string          `json:"link"` // to be put behind the address of the pages
	Expires footage.Instant `json:"expires"`
}

// UserAct is the body of POST /api/v1/users/{user}/{act}: disable, enable, reset,
// erase and sign-out say nothing more, roles and expiry have the new ones.
type UserAct struct {
	Roles   []account.Role  `json:"roles,omitempty"`
	Expires footage.Instant `json:"expires,omitzero"`
}

// Tokens is GET /api/v1/tokens, the newest first.
type Tokens struct {
	Tokens []Token `json:"tokens"`
}

// Token lets a program in.
type Token struct {
	ID      string          `json:"id"` // in the ledger
	Name    string          `json:"name"`
	Role    account.Role    `json:"role"`
	Created footage.Instant `json:"created"`
	By      string          `json:"by"`
	Expires footage.Instant `json:"expires"`
	Used    footage.Instant `json:"used"` // last, to the hour; "" is never
}

// TokenRequest is the body of POST /api/v1/tokens.
type TokenRequest struct {
	Name    string          `json:"name"`
	Role    account.Role    `json:"role"`
	Expires footage.Instant `json:"expires"`
}

// TokenMade is the answer to it.
type TokenMade struct {
	Token Token  `json:"token"`
	Text  string `json:"text"` // what the program sends; shown this once
}

func (s *Server) newUser(u account.User) (User, error) {
	open, err := s.Accounts.Sessions(u.ID)
	return User{
		u.ID, u.Login, u.Name, u.Language, u.Roles, u.State(s.now()), u.TOTP != "", u.Expires, u.Created, u.By, u.Last, len(open),
	}, err
}

func newToken(t account.Token) Token {
	return Token{t.ID, t.Name, t.Role, t.Created, t.By, t.Expires, t.Used}
}

func (s *Server) users() (Users, error) {
	answer := Users{[]User{}}
	all, err := s.Accounts.Users()
	for _, u := range all {
		one, err := s.newUser(u)
		if err != nil {
			return answer, err
		}
		answer.Users = append(answer.Users, one)
	}
	return answer, err
}

func (s *Server) getUsers(w http.ResponseWriter, r *http.Request) {
	answer, err := s.users()
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, http.StatusOK, answer)
}

func (s *Server) postUser(w http.ResponseWriter, r *http.Request) {
	var ask UserRequest
	if err := document(r, &ask); err != nil {
		s.fail(w, r, err)
		return
	}
	u, link, err := s.Accounts.Invite(account.NewUser{Login: ask.Login, Name: ask.Name, Language: ask.Language, Roles: ask.Roles, Expires: ask.Expires}, actor(r))
	s.answerLink(w, r, http.StatusCreated, &u, link, err)
}

// postFirst makes a new link for the first administrator.
func (s *Server) postFirst(w http.ResponseWriter, r *http.Request) {
	link, err := s.Accounts.FirstLink()
	s.answerLink(w, r, http.StatusCreated, nil, link, err)
}

func (s *Server) answerLink(w http.ResponseWriter, r *http.Request, status int, u *account.User, link account.Link, err error) {
	answer := Invited{Link: link.Path(), Expires: link.Expires}
	if err == nil && u != nil {
		var one User
		one, err = s.newUser(*u)
		answer.User = &one
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, status, answer)
}

func (s *Server) postUserAct(w http.ResponseWriter, r *http.Request) {
	var ask UserAct
	if err := document(r, &ask); err != nil {
		s.fail(w, r, err)
		return
	}
	u, link, err := s.actOnUser(chi.URLParam(r, "user"), chi.URLParam(r, "act"), ask, actor(r))
	if link != nil || err != nil {
		var l account.Link
		if link != nil {
			l = *link
		}
		s.answerLink(w, r, http.StatusOK, &u, l, err)
		return
	}
	one, err := s.newUser(u)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, http.StatusOK, Invited{User: &one})
}

// actOnUser does what an administrator does to an account. Only a reset has a link.
func (s *Server) actOnUser(who, act string, ask UserAct, by string) (u account.User, link *account.Link, err error) {
	switch act {
	case "disable", "enable":
		u, err = s.Accounts.SetDisabled(who, act == "disable", by)
	case "roles":
		u, err = s.Accounts.SetRoles(who, ask.Roles, by)
	case "expiry":
		u, err = s.Accounts.SetExpires(who, ask.Expires, by)
	case "erase":
		u, err = s.Accounts.Erase(who, by)
	case "sign-out":
		if u, err = s.Accounts.User(who); err == nil {
			err = s.Accounts.EndAll(u.ID, "", by)
		}
	case "reset":
		var l account.Link
		if u, l, err = s.Accounts.Reset(who, by); err == nil {
			link = &l
		}
	default:
		err = fmt.Errorf("%w: there is no act %q", errNotFound, act)
	}
	return u, link, err
}

func (s *Server) getTokens(w http.ResponseWriter, r *http.Request) {
	answer := Tokens{[]Token{}}
	all, err := s.Accounts.Tokens()
	if err != nil {
		s.fail(w, r, err)
		return
	}
	for _, t := range all {
		answer.Tokens = append(answer.Tokens, newToken(t))
	}
	s.answer(w, http.StatusOK, answer)
}

func (s *Server) postToken(w http.ResponseWriter, r *http.Request) {
	var ask TokenRequest
	err := document(r, &ask)
	var text string
	var t account.Token
	if err == nil {
		text, t, err = s.Accounts.NewToken(ask.Name, ask.Role, ask.Expires, actor(r))
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, http.StatusCreated, TokenMade{newToken(t), text})
}

// TokenRevoked is the answer to POST /api/v1/tokens/{token}/revoke.
type TokenRevoked struct {
	Revoked string `json:"revoked"`
}

func (s *Server) postRevokeToken(w http.ResponseWriter, r *http.Request) {
	id := chi.URLParam(r, "token")
	if err := s.Accounts.RevokeToken(id, actor(r)); err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, http.StatusOK, TokenRevoked{id})
}

// people are the names behind the ids of the ledger.
func (s *Server) people() (map[string]string, error) {
	names := map[string]string{}
	all, err := s.Accounts.Users()
	if err != nil {
		return nil, err
	}
	for _, u := range all {
		names[u.ID] = cmp.Or(u.Name, u.Login)
	}
	tokens, err := s.Accounts.Tokens()
	for _, t := range tokens {
		names[t.ID] = t.Name
	}
	return names, err
}
