package account

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// provider is an OpenID provider with one client: discovery, keys, codes that count
// once, PKCE and a client secret.
type provider struct {
	*httptest.Server
	t      *testing.T
	now    func() time.Time
	key    *rsa.PrivateKey
	codes  map[string]url.Values // by code: the question that it answers
	claims map[string]any        // of who signs in
	tamper func(claims map[string]any)
	signer *rsa.PrivateKey
}

func newProvider(t *testing.T, now func() time.Time) *provider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{t: t, now: now, key: key, signer: key, codes: map[string]url.Values{}}
	b64 := base64.RawURLEncoding.EncodeToString
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(v); err != nil {
			t.Error(err)
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token",
			"jwks_uri": p.URL + "/keys", "id_token_signing_alg_values_supported": []string{"RS256"}})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"keys": []any{map[string]string{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "1",
			"n": b64(key.N.Bytes()), "e": b64(big.NewInt(int64(key.E)).Bytes())}}})
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		asked, known := p.codes[r.Form.Get("code")]
		delete(p.codes, r.Form.Get("code"))
		id, secret, _ := r.BasicAuth()
		challenge := sha256.Sum256([]byte(r.Form.Get("code_verifier")))
		if !known || id != "sjudager" || secret != "hunter2" || r.Form.Get("redirect_uri") != asked.Get("redirect_uri") || b64(challenge[:]) != asked.Get("code_challenge") {
			w.WriteHeader(http.StatusBadRequest)
			answer(w, map[string]string{"error": "invalid_grant"})
			return
		}
		claims := map[string]any{"iss": p.URL, "aud": "sjudager", "iat": p.now().Unix(), "exp": p.now().Add(time.Minute).Unix(), "nonce": asked.Get("nonce")}
		for name, v := range p.claims {
			claims[name] = v
		}
		if p.tamper != nil {
			p.tamper(claims)
		}
		body, err := json.Marshal(claims)
		if err != nil {
			t.Error(err)
		}
		text := b64([]byte(`{"alg":"RS256","kid":"1"}`)) + "." + b64(body)
		sum := sha256.Sum256([]byte(text))
		signature, err := rsa.SignPKCS1v15(rand.Reader, p.signer, crypto.SHA256, sum[:])
		if err != nil {
			t.Error(err)
		}
		answer(w, map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": text + "." + b64(signature)})
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

// signIn is what somebody does at the provider's page: it answers where to go on.
func (p *provider) signIn(page string) (state, code string) {
	p.t.Helper()
	u, err := url.Parse(page)
	if err != nil || !strings.HasPrefix(page, p.URL+"/authorize?") {
		p.t.Fatalf("%q %v", page, err)
	}
	q := u.Query()
	if q.Get("response_type") != "code" || q.Get("client_id") != "sjudager" || q.Get("code_challenge_method") != "S256" || len(q.Get("nonce")) < 40 || len(q.Get("state")) < 40 || !strings.Contains(q.Get("scope"), "openid") {
		p.t.Errorf("asked with %v", q)
	}
	code, _ = secret()
	p.codes[code] = q
	return q.Get("state"), code
}

func TestSharedSignIn(t *testing.T) {
	h, ctx := newHouse(t), context.Background()
	h.now = time.Now()
	p := newProvider(t, func() time.Time { return h.now })
	if _, _, err := h.BeginShared(ctx, "https://x/back", "/", office); !errors.Is(err, ErrNotFound) {
		t.Errorf("without a provider: %v", err)
	}
	h.Provider = &Provider{Name: "Arena", Issuer: p.URL, ClientID: "sjudager", Secret: "hunter2", Claim: "groups",
		Groups: map[Role][]string{Guard: {"vektere"}, Lead: {"ledere", "sjefer"}}}
	h.first()
	p.claims = map[string]any{"sub": "42", "preferred_username": "Ada!", "name": "Kari  Nordmann", "groups": []string{"x", "vektere"}}
	begin := func() (*Session, string) {
		t.Helper()
		text, page, err := h.BeginShared(ctx, "https://x/back", "/opptak", office)
		if err != nil {
			t.Fatal(err)
		}
		s, u, err := h.Session(text)
		if err != nil || s.Stage != NeedsProvider || u.ID != "" {
			t.Fatalf("%+v %+v %v", s, u, err)
		}
		return s, page
	}
	s, page := begin()
	state, code := p.signIn(page)
	text, next, err := h.EndShared(ctx, s, state, code, office)
	if err != nil || next != "/opptak" {
		t.Fatalf("%q %v", next, err)
	}
	full, u, err := h.Session(text)
	if err != nil || full.Stage != Full || u.Login != "ada-2" || !slices.Equal(u.Roles, []Role{Guard}) || u.Name != "Kari Nordmann" {
		t.Errorf("%+v %+v %v", full, u, err)
	}
	if _, _, err := h.EndShared(ctx, s, state, code, office); err == nil {
		t.Error("the same answer counts twice")
	}
	if _, _, err := h.Login(ctx, u.Login, "", office); !errors.Is(err, ErrLogin) {
		t.Errorf("without a password: %v", err)
	}

	// Another group is another role, the next time; the sessions of the old one end.
	p.claims["groups"] = []string{"sjefer"}
	s, page = begin()
	state, code = p.signIn(page)
	again, _, err := h.EndShared(ctx, s, state, code, office)
	if err != nil {
		t.Fatal(err)
	}
	if _, now, err := h.Session(again); err != nil || now.ID != u.ID || !slices.Equal(now.Roles, []Role{Lead}) {
		t.Errorf("%+v %v", now, err)
	}
	if _, _, err := h.Session(text); !errors.Is(err, ErrNoSession) {
		t.Errorf("the session of the old role goes on: %v", err)
	}

	// What must not count.
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		before func(state, code *string)
		want   error
	}{
		"another state":    {func(state, _ *string) { *state = "x" }, ErrProvider},
		"no state":         {func(state, _ *string) { *state = "" }, ErrProvider},
		"another code":     {func(_, code *string) { *code = "x" }, ErrProvider},
		"another nonce":    {func(_, _ *string) { p.tamper = func(c map[string]any) { c["nonce"] = "x" } }, ErrProvider},
		"another client":   {func(_, _ *string) { p.tamper = func(c map[string]any) { c["aud"] = "x" } }, ErrProvider},
		"another provider": {func(_, _ *string) { p.tamper = func(c map[string]any) { c["iss"] = "https://x" } }, ErrProvider},
		"an old answer":    {func(_, _ *string) { p.tamper = func(c map[string]any) { c["exp"] = h.now.Add(-time.Hour).Unix() } }, ErrProvider},
		"a stranger's key": {func(_, _ *string) { p.signer = stranger }, ErrProvider},
		"no group":         {func(_, _ *string) { p.tamper = func(c map[string]any) { delete(c, "groups") } }, ErrNoRole},
		"another group":    {func(_, _ *string) { p.tamper = func(c map[string]any) { c["groups"] = []string{"admin"} } }, ErrNoRole},
		"a group's name":   {func(_, _ *string) { p.tamper = func(c map[string]any) { c["groups"] = "vektere" } }, ErrNoRole},
		"somebody who is disabled": {func(_, _ *string) {
			if _, err := h.SetDisabled(u.ID, true, "u-admin"); err != nil {
				t.Fatal(err)
			}
		}, ErrLogin},
	} {
		s, page := begin()
		state, code := p.signIn(page)
		c.before(&state, &code)
		_, _, err := h.EndShared(ctx, s, state, code, office)
		h.fails(what, err, c.want)
		p.tamper, p.signer = nil, p.key
		if _, err := h.SetDisabled(u.ID, false, "u-admin"); err != nil {
			t.Fatal(err)
		}
	}
	s, page = begin()
	state, code = p.signIn(page)
	h.pass(halfwayFor)
	_, _, err = h.EndShared(ctx, s, state, code, office)
	h.fails("an answer after ten minutes", err, ErrNoSession)
	h.kinds()
}
