package account

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault/index"
)

// Provider is where people may sign in instead of here (OpenID Connect). It decides
// who they are and in which groups; which roles that makes is decided here, with each
// sign-in. Its second factor is its own affair.
type Provider struct {
	Name     string // for people
	Issuer   string // URL
	ClientID string
	Secret   string
	Claim    string            // with the groups of a person
	Groups   map[Role][]string // that make somebody one of these

	mu    sync.Mutex
	found *oidc.Provider // mu: nil until it has answered once
}

// ErrProvider: the provider does not answer, or with what cannot be trusted.
var ErrProvider = errors.New("the sign-in provider cannot be used now")

// ErrNoRole: the provider knows somebody who is in no group that has a role here.
var ErrNoRole = errors.New("your groups have no role here")

// providerState is what a session remembers while its person is at the provider.
type providerState struct {
	State    string `cbor:"1,keyasint"`
	Nonce    string `cbor:"2,keyasint"`
	Verifier string `cbor:"3,keyasint"` // PKCE (RFC 7636)
	Back     string `cbor:"4,keyasint"` // where the provider sends people
	Next     string `cbor:"5,keyasint"` // where they go on from there
}

const providerWithin = 10 * time.Second // the provider answers

var providerClient = &http.Client{Timeout: providerWithin}

func (p *Provider) discover(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	// The keys are fetched later with this context, which must not end.
	found, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), providerClient), p.Issuer)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProvider, err)
	}
	p.found = found
	return found, nil
}

func (p *Provider) config(found *oidc.Provider, back string) *oauth2.Config {
	return &oauth2.Config{ClientID: p.ClientID, ClientSecret: p.Secret, Endpoint: found.Endpoint(), RedirectURL: back,
		Scopes: []string{oidc.ScopeOpenID, "profile", "email"}}
}

// BeginShared begins a sign-in at the provider, which sends the person to the address
// back. It returns the text of the session that remembers it, and the provider's page.
func (a *Accounts) BeginShared(ctx context.Context, back, next string, from Where) (text, url string, err error) {
	if a.Provider == nil {
		return "", "", ErrNotFound
	}
	found, err := a.Provider.discover(ctx)
	if err != nil {
		return "", "", err
	}
	state, _ := secret()
	nonce, _ := secret()
	p := &providerState{State: state, Nonce: nonce, Verifier: oauth2.GenerateVerifier(), Back: back, Next: next}
	err = a.Index.Update(func(tx *index.Tx) error {
		var s *Session
		if text, s, err = a.begin(tx, &User{}, NeedsProvider, from); err != nil {
			return err
		}
		s.Provider = p
		return putSession(tx, s)
	})
	return text, a.Provider.config(found, back).AuthCodeURL(p.State, oidc.Nonce(p.Nonce), oauth2.S256ChallengeOption(p.Verifier)), err
}

// claims are what the provider says of a person.
type claims struct {
	Subject string
	Login   string
	Name    string
	Roles   []Role
}

// EndShared ends a sign-in with what the provider has sent back. It returns the new
// session's text, and where to go on.
func (a *Accounts) EndShared(ctx context.Context, s *Session, state, code string, from Where) (text, next string, err error) {
	p := s.Provider
	if a.Provider == nil || s.Stage != NeedsProvider || p == nil {
		return "", "", ErrNoSession
	}
	if subtle.ConstantTimeCompare([]byte(p.State), []byte(state)) != 1 {
		return "", "", wrap(ErrProvider, "this is the answer to another question")
	}
	c, err := a.ask(ctx, p, code)
	if err != nil {
		return "", "", err
	}
	err = a.Index.Update(func(tx *index.Tx) error {
		var half Session
		key := index.Key(sessionPart, s.digest)
		found, err := tx.Get(key, &half)
		if err != nil {
			return err
		}
		if !found || half.Ends(a.Rules()) <= tx.Now {
			return ErrNoSession
		}
		if err := tx.Delete(key); err != nil {
			return err
		}
		u, err := a.admit(tx, c)
		if err != nil {
			return err
		}
		if text, _, err = a.begin(tx, &u, Full, from); err != nil {
			return err
		}
		return putUser(tx, u)
	})
	return text, p.Next, err
}

// ask has the provider say who somebody is, and checks that it is the provider who
// says so, to us, about this sign-in.
func (a *Accounts) ask(ctx context.Context, p *providerState, code string) (c claims, err error) {
	found, err := a.Provider.discover(ctx)
	if err != nil {
		return c, err
	}
	tokens, err := a.Provider.config(found, p.Back).Exchange(oidc.ClientContext(ctx, providerClient), code, oauth2.VerifierOption(p.Verifier))
	if err != nil {
		return c, fmt.Errorf("%w: %w", ErrProvider, err)
	}
	raw, _ := tokens.Extra("id_token").(string)
	id, err := found.Verifier(&oidc.Config{ClientID: a.Provider.ClientID, Now: a.Now}).Verify(ctx, raw)
	if err != nil {
		return c, fmt.Errorf("%w: %w", ErrProvider, err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(p.Nonce)) != 1 {
		return c, wrap(ErrProvider, "the answer is of another sign-in")
	}
	all := map[string]any{}
	if err := id.Claims(&all); err != nil {
		return c, fmt.Errorf("%w: %w", ErrProvider, err)
	}
	text := func(name string) string { s, _ := all[name].(string); return s }
	c = claims{Subject: id.Issuer + " " + id.Subject, Name: text("name"), Login: text("preferred_username")}
	if c.Login == "" {
		c.Login = text("email")
	}
	groups, _ := all[a.Provider.Claim].([]any)
	for _, role := range Roles {
		if slices.ContainsFunc(a.Provider.Groups[role], func(g string) bool { return slices.Contains(groups, any(g)) }) {
			c.Roles = append(c.Roles, role)
		}
	}
	if len(c.Roles) == 0 {
		return c, ErrNoRole
	}
	return c, nil
}

// admit returns the account of whom the provider knows, with the roles of today; the
// first time it makes one.
func (a *Accounts) admit(tx *index.Tx, c claims) (User, error) {
	all, err := users(tx)
	if err != nil {
		return User{}, err
	}
	if i := slices.IndexFunc(all, func(u User) bool { return u.Subject == c.Subject }); i >= 0 {
		u := all[i]
		if u.State(tx.Now) != Active {
			return u, ErrLogin
		}
		if slices.Equal(u.Roles, c.Roles) {
			return u, nil
		}
		u.Roles = c.Roles
		if err := endSessionsOf(tx, u.ID, ""); err != nil {
			return u, err
		}
		return u, note(tx, ledger.RoleChanged, ledger.System, ledger.Fields{"user": u.ID, "role": word(u.Roles)})
	}
	n := NewUser{Login: freeLogin(c.Login, all), Name: trim(c.Name, maxName), Roles: c.Roles}
	u, err := a.create(tx, n, ledger.System)
	u.Subject = c.Subject
	return u, err
}

var notInLogin = regexp.MustCompile(`[^a-z0-9._@+-]+`)

// freeLogin makes a login name that nobody has of one that the provider gives. Names
// that are taken belong to somebody: never to whom the provider calls so.
func freeLogin(given string, all []User) string {
	base := strings.Trim(notInLogin.ReplaceAllString(strings.ToLower(given), "-"), ".@+-_")
	if base = trim(base, 50); len(base) < 2 {
		base = "person"
	}
	login := base
	for n := 2; slices.ContainsFunc(all, func(u User) bool { return u.Login == login }); n++ {
		login = fmt.Sprintf("%s-%d", base, n)
	}
	return login
}

func trim(s string, most int) string {
	runes := []rune(strings.Join(strings.Fields(s), " "))
	return string(runes[:min(len(runes), most)])
}

// ByProvider is the name of the provider for people, or "" without one.
func (a *Accounts) ByProvider() string {
	if a.Provider == nil {
		return ""
	}
	return a.Provider.Name
}
