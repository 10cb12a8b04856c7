package web

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web/account"
)

// cookie is the header of a session.
func cookie(session string) []string { return []string{"Cookie", "sjudager=" + session} }

// denied reports whether an answer is that somebody may not do this, rather than
// that it cannot be done.
func denied(r *httptest.ResponseRecorder) bool {
	var e ErrorBody
	if json.Unmarshal(r.Body.Bytes(), &e) == nil && e.Error != nil {
		return e.Error.Code == CodeDenied
	}
	return r.Code == http.StatusForbidden && strings.Contains(r.Body.String(), errDenied.Error())
}

// TestEveryRouteAndRole asks every route as everybody: each role in person and with a
// token, nobody, somebody with a wrong token, whose account is disabled, has expired,
// or who is only half-way in.
func TestEveryRouteAndRole(t *testing.T) {
	s := newSite(t, saturday)
	s.by = nil
	s.camera("k01-inngang", "Hovedinngang")
	s.record("k01-inngang", s.at("21:00:00"), short(t))
	s.place(holds.Request{Cameras: []footage.CameraID{"k01-inngang"}, Span: footage.Span{From: s.at("20:59:00"), To: s.at("21:01:00")}})
	s.person("root", account.Admin)
	persons, tokens := map[account.Role]account.User{}, map[account.Role]string{}
	for _, role := range account.Roles {
		_, persons[role] = s.person(string(role)+"-1", role)
		text, _, err := s.Accounts.NewToken("test", role, s.Server.now().Add(time.Hour), "u-test")
		if err != nil {
			t.Fatal(err)
		}
		tokens[role] = text
	}
	if _, err := s.Notary.Checkpoint(); err != nil {
		t.Fatal(err)
	}

	// What is sent does nothing even if it is let in: no document and no form.
	ask := func(method, address string, header ...string) *httptest.ResponseRecorder {
		t.Helper()
		body := ""
		if method == http.MethodPost {
			body = "a=%zz"
			if strings.HasPrefix(address, apiPrefix) {
				header = append(header, "Content-Type", "text/plain")
			} else {
				header = append(header, "Content-Type", "application/x-www-form-urlencoded")
			}
		}
		return s.ask(method, address, body, header...)
	}
	outside := func(t *testing.T, what, method, pattern, address string, right account.Right, header ...string) {
		t.Helper()
		r := ask(method, address, header...)
		switch {
		case right == account.Open:
			if r.Code == http.StatusUnauthorized || r.Code == http.StatusForbidden {
				t.Errorf("%s: %d", what, r.Code)
			}
		case method == http.MethodGet && !strings.HasPrefix(pattern, apiPrefix) && pattern != "/metrics":
			if to := r.Header().Get("Location"); r.Code != http.StatusSeeOther || !strings.HasPrefix(to, atLogin) {
				t.Errorf("%s: %d to %s", what, r.Code, to)
			}
		case r.Code != http.StatusUnauthorized:
			t.Errorf("%s: %d %s", what, r.Code, r.Body)
		}
	}
	walked := map[string]bool{}
	every(t, s, func(method, pattern, address string) {
		right, named := s.rights[method+" "+pattern]
		walked[method+" "+pattern] = true
		if !named {
			t.Errorf("%s %s names no right", method, pattern)
			return
		}
		t.Run(method+" "+pattern, func(t *testing.T) {
			outside(t, "nobody", method, pattern, address, right)
			outside(t, "a session that never was", method, pattern, address, right, cookie("x")...)
			if r := ask(method, address, "Authorization", "Bearer "+account.TokenMark+"x"); r.Code != http.StatusUnauthorized {
				t.Errorf("a token that never was: %d", r.Code)
			}
			for _, role := range account.Roles {
				session := s.signIn(persons[role].ID)
				person := &account.Identity{ID: "u", Roles: []account.Role{role}}
				if r := ask(method, address, cookie(session)...); denied(r) == person.May(right) || r.Code == http.StatusUnauthorized && right != account.Open {
					t.Errorf("%s: %d %s", role, r.Code, r.Body)
				}
				program := &account.Identity{ID: "t", Roles: []account.Role{role}, Token: true}
				if r := ask(method, address, "Authorization", "Bearer "+tokens[role]); denied(r) == program.May(right) || r.Code == http.StatusUnauthorized && right != account.Open {
					t.Errorf("a token of %s: %d %s", role, r.Code, r.Body)
				}
				if err := s.Accounts.EndAll(persons[role].ID, "", "u-test"); err != nil {
					t.Fatal(err)
				}
				outside(t, "a session that was ended", method, pattern, address, right, cookie(session)...)
			}
		})
	})
	for route := range s.rights {
		if !walked[route] {
			t.Errorf("%s has a right and no route", route)
		}
	}

	// Disabled, expired, and half-way in.
	session, u := s.person("gone", account.Guard, account.Lead, account.Approver, account.Privacy)
	visit, _ := s.person("visit", account.Supplier)
	_, link, err := s.Accounts.Invite(account.NewUser{Login: "half", Roles: []account.Role{account.Admin, account.Lead}}, "u-test")
	if err != nil {
		t.Fatal(err)
	}
	half, halfway, err := s.Accounts.Follow(context.Background(), link.Secret, account.NewUser{}, "fire blå hester danser", account.Where{})
	if err != nil || halfway.Stage != account.NeedsFactor {
		t.Fatalf("%+v %v", halfway, err)
	}
	if _, err := s.Accounts.SetDisabled(u.ID, true, "u-test"); err != nil {
		t.Fatal(err)
	}
	every2 := func(what, session string) {
		for route, right := range s.rights {
			method, pattern, _ := strings.Cut(route, " ")
			outside(t, what+" "+route, method, pattern, strings.NewReplacer("{", "", "}", "").Replace(pattern), right, cookie(session)...)
		}
	}
	every2("disabled", session)
	every2("half-way", half)
	s.now = s.now.Add(24 * time.Hour)
	every2("expired", visit)
}

// A guard's hold waits for a lead, who is another person (R25, R33), and a page
// offers what its reader may do.
func TestRolesAtWork(t *testing.T) {
	s := newSite(t, saturday)
	s.by = nil
	s.camera("k01-inngang", "Hovedinngang")
	s.record("k01-inngang", s.at("21:00:00"), short(t))
	guard, g := s.person("kari", account.Guard)
	lead, l := s.person("leo", account.Lead)
	post := func(session, path, body string) *httptest.ResponseRecorder {
		return s.ask(http.MethodPost, path, body, append(cookie(session), "Content-Type", "application/json")...)
	}
	const hold = `{"cameras":["k01-inngang"],"from":"2026-07-04T19:00:00Z","to":"2026-07-04T19:00:01Z","ground":"accident_likely","reason":"Et fall i trappen ved scenen"}`
	var h Hold
	if r := post(guard, "/api/v1/holds", hold); r.Code != http.StatusCreated || json.Unmarshal(r.Body.Bytes(), &h) != nil || h.State != holds.Awaiting || h.Placed.By != g.ID {
		t.Fatalf("%d %s", r.Code, r.Body)
	}
	if r := post(guard, "/api/v1/holds/"+h.Number+"/confirm", "{}"); r.Code != http.StatusForbidden {
		t.Errorf("the guard confirms: %d", r.Code)
	}
	if r := post(lead, "/api/v1/holds/"+h.Number+"/confirm", "{}"); r.Code != http.StatusOK || json.Unmarshal(r.Body.Bytes(), &h) != nil || h.Confirmed.By != l.ID {
		t.Errorf("the lead confirms: %d %s", r.Code, r.Body)
	}
	if r := post(lead, "/api/v1/holds", hold); json.Unmarshal(r.Body.Bytes(), &h) != nil || h.State != holds.Active {
		t.Errorf("the lead's own: %d %s", r.Code, r.Body)
	}
	var menu []string
	d := read(t, s.get("/?lang=en", cookie(guard)...).Body.String())
	for _, link := range d.all("#menu a") {
		href, _ := attribute(link, "href")
		menu = append(menu, strings.TrimSuffix(href, "?lang=en"))
	}
	if got := strings.Join(menu, " "); got != "/ /opptak /sikringer /skilting /sletting" {
		t.Errorf("a guard's menu is %s", got)
	}
	d.says(".who-am-i", "Kari")
	read(t, s.get("/sikringer/"+h.Number+"?lang=en", cookie(guard)...).Body.String()).says("#main", "Placed byLeo")
	if to := s.get("/brukere").Header().Get("Location"); to != "/login?next=%2Fbrukere" {
		t.Errorf("nobody is led to %s", to)
	}
	if r := s.get("/?part=live"); r.Code != http.StatusUnauthorized {
		t.Errorf("a page that asks again without a session: %d", r.Code)
	}
}

// Footage is shown to who has said why, and the ledger says why (R55).
func TestPurpose(t *testing.T) {
	s := newSite(t, saturday)
	s.by = nil
	s.camera("k01-inngang", "Hovedinngang")
	s.camera("k02-ko", "Kø")
	s.record("k01-inngang", s.at("21:00:00"), short(t))
	s.record("k02-ko", s.at("21:00:00"), short(t))
	theft, danger := Purpose{"theft", "Tyveri", "Theft"}, Purpose{"danger", "Fare", "Danger"}
	s.Purposes = func(c footage.CameraID) []Purpose {
		if c == "k02-ko" {
			return []Purpose{danger}
		}
		return []Purpose{theft, danger}
	}
	session, u := s.person("kari", account.Guard)
	file := footagePath("k01-inngang", s.at("21:00:00"))
	get := func(path string, header ...string) *httptest.ResponseRecorder { return s.get(path, header...) }
	if r := get(file, cookie(session)...); r.Code != http.StatusForbidden || !strings.Contains(r.Body.String(), string(CodePurpose)) {
		t.Errorf("without a purpose: %d %s", r.Code, r.Body)
	}
	form := func(fields url.Values) *httptest.ResponseRecorder {
		return s.ask(http.MethodPost, "/purpose", fields.Encode(), append(cookie(session), "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin")...)
	}
	for _, wrong := range []url.Values{
		{"purpose": {"theft"}}, {"camera": {"k01-inngang"}}, {"purpose": {"performance"}, "camera": {"k01-inngang"}}, {"purpose": {"theft"}, "camera": {"k01-inngang", "k02-ko"}},
	} {
		if r := form(wrong); r.Code != http.StatusBadRequest {
			t.Errorf("%v: %d", wrong, r.Code)
		}
	}
	page := "/opptak?camera=k01-inngang&lang=en&at=" + s.at("21:00:01").String()
	d := read(t, s.get(page, cookie(session)...).Body.String())
	d.says(".purpose", "Why do you watch footage of Hovedinngang?", "Theft")
	if len(d.all("video")) != 0 {
		t.Error("it plays before a purpose is stated")
	}
	if r := form(url.Values{"purpose": {"theft"}, "camera": {"k01-inngang"}, "next": {"/opptak?camera=k01-inngang"}}); r.Code != http.StatusSeeOther || r.Header().Get("Location") != "/opptak?camera=k01-inngang" {
		t.Errorf("%d to %s", r.Code, r.Header().Get("Location"))
	}
	if r := get(file, cookie(session)...); r.Code != http.StatusOK {
		t.Errorf("with a purpose: %d %s", r.Code, r.Body)
	}
	if d := read(t, s.get(page, cookie(session)...).Body.String()); len(d.all("video")) != 1 || len(d.all(".purpose")) != 0 {
		t.Error("it does not play once a purpose is stated")
	}
	movie := s.movieOf("movie.mp4", "21:00:00", "21:00:02")
	if r := get(movie, cookie(session)...); r.Code != http.StatusOK {
		t.Errorf("the movie: %d %s", r.Code, r.Body)
	}
	if r := get(movie+"&download=true", cookie(session)...); !denied(r) {
		t.Errorf("a guard takes it along: %d", r.Code)
	}
	if r := get(strings.Replace(movie, "k01-inngang", "k02-ko", 1), cookie(session)...); r.Code != http.StatusForbidden || denied(r) {
		t.Errorf("the movie of another camera: %d %s", r.Code, r.Body)
	}
	for at, want := range map[string]int{"21:00:01": http.StatusOK, "20:47:00": http.StatusForbidden} {
		if r := get("/api/v1/cameras/k02-ko/still.mp4?near=before&at="+s.at(at).String(), cookie(session)...); r.Code != want {
			t.Errorf("a picture of %s: %d %s", at, r.Code, r.Body)
		}
	}
	s.by = account.Of(&account.Session{Purposes: map[string]string{"k01-inngang": "theft"}}, u)
	if p := call[Purposes](s, http.StatusOK, "GET", "/api/v1/purposes", ""); p.Stated["k01-inngang"] != "theft" || len(p.Cameras["k02-ko"]) != 1 {
		t.Errorf("%+v", p)
	}
	s.refused(http.StatusBadRequest, CodeInvalid, "POST", "/api/v1/purpose", `{"purpose":"theft","cameras":[]}`)
	s.by = &account.Identity{ID: "uid:0", Machine: true}
	if log := call[Log](s, http.StatusOK, "GET", "/api/v1/log?kind=viewed", ""); len(log.Entries) != 3 || log.Entries[2].By != u.ID || log.Entries[2].Details["purpose"].Text != "theft" || log.Entries[1].Details["purpose"].Text != "theft" {
		t.Errorf("%+v", log.Entries)
	}
	s.by = nil
	token, _, err := s.Accounts.NewToken("export", account.Guard, s.Server.now().Add(time.Hour), "u-test")
	if err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]int{"": http.StatusForbidden, "?purpose=nosy": http.StatusForbidden, "?purpose=danger": http.StatusOK} {
		if r := get(file+query, "Authorization", "Bearer "+token); r.Code != want {
			t.Errorf("a token, %q: %d, want %d", query, r.Code, want)
		}
	}
}

// Only local networks are served, but for what is configured (R56).
func TestLocalPeers(t *testing.T) {
	s := newSite(t, saturday)
	s.sweep()
	h := s.guard(s.localPeer(s.router))
	ask := func(peer string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, "https://sjudager.lan/healthz", nil)
		r.RemoteAddr = net.JoinHostPort(peer, "5555")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	for peer, want := range map[string]int{
		"127.0.0.1": 200, "10.1.2.3": 200, "192.168.1.1": 200, "172.16.0.1": 200, "169.254.1.1": 200, "::1": 200, "fd00::1": 200, "fe80::1%eth0": 200, "::ffff:10.0.0.1": 200,
		"8.8.8.8": 403, "2001:db8::1": 403, "172.32.0.1": 403, "::ffff:8.8.8.8": 403, "nonsense": 403,
	} {
		if r := ask(peer); r.Code != want {
			t.Errorf("%s: %d, want %d", peer, r.Code, want)
		}
	}
	s.Remote = func() []netip.Prefix { return []netip.Prefix{netip.MustParsePrefix("8.8.8.0/24")} }
	if r := ask("8.8.8.8"); r.Code != http.StatusOK {
		t.Errorf("a configured network: %d", r.Code)
	}
	if r := ask("8.8.9.8"); r.Code != http.StatusForbidden || !strings.Contains(r.Body.String(), "http.remote") {
		t.Errorf("another one: %d %s", r.Code, r.Body)
	}
}

func TestRates(t *testing.T) {
	s := newSite(t, saturday)
	s.sweep()
	h := s.guard(s.limitRate(s.router))
	ask := func(peer string) int {
		r := httptest.NewRequest(http.MethodGet, "http://localhost/healthz", nil)
		r.RemoteAddr = peer + ":5555"
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code == http.StatusTooManyRequests && w.Header().Get("Retry-After") != "1" {
			t.Errorf("try again after %q", w.Header().Get("Retry-After"))
		}
		return w.Code
	}
	n := 0
	for ask("10.0.0.1") == http.StatusOK {
		n++
	}
	if n != int(rateUnknown.burst) {
		t.Errorf("%d requests at once", n)
	}
	if ask("10.0.0.2") != http.StatusOK {
		t.Error("another address pays for it")
	}
	s.now = s.now.Add(time.Second)
	for n = 0; ask("10.0.0.1") == http.StatusOK; n++ {
	}
	if n != int(rateUnknown.perSecond) {
		t.Errorf("%d a second later", n)
	}
}

// The only cookie is the session's (R147).
func TestCookie(t *testing.T) {
	s := newSite(t, saturday)
	for _, address := range []string{"http://localhost/", "https://sjudager.lan/"} {
		w := httptest.NewRecorder()
		setSession(w, httptest.NewRequest(http.MethodGet, address, nil), "secret")
		want := "sjudager=secret; Path=/; HttpOnly; SameSite=Strict"
		if strings.HasPrefix(address, "https") {
			want = "__Host-sjudager=secret; Path=/; HttpOnly; Secure; SameSite=Strict"
		}
		if got := w.Header().Get("Set-Cookie"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	s.by = nil
	session, _ := s.person("kari", account.Guard)
	if r := s.get("/", cookie(session)...); r.Code != http.StatusOK || r.Header().Get("Set-Cookie") != "" {
		t.Errorf("%d, cookie %q", r.Code, r.Header().Get("Set-Cookie"))
	}
}

func TestWithin(t *testing.T) {
	for next, want := range map[string]string{
		"/": "/", "/opptak?camera=a&at=b": "/opptak?camera=a&at=b", "": "/", "//evil.example": "/", "https://evil.example/": "/", "/\\evil.example": "/",
		"javascript:alert(1)": "/", "opptak": "/", "/%zz": "/", "/a\r\nb": "/",
	} {
		if got := within(next); got != want {
			t.Errorf("%q leads to %q", next, got)
		}
	}
}

// Whatever a link says, it leads nowhere else.
func FuzzWithin(f *testing.F) {
	f.Add("/opptak?camera=a")
	f.Add("//evil.example/")
	f.Fuzz(func(t *testing.T, next string) {
		u, err := url.Parse("http://localhost" + within(next))
		if err != nil || u.Host != "localhost" || !strings.HasPrefix(within(next), "/") || strings.HasPrefix(within(next), "//") {
			t.Errorf("%q leads to %q", next, within(next))
		}
	})
}

// A route that is registered without the table is not served to anybody who asks.
func TestRoutesAreRegisteredInOnePlace(t *testing.T) {
	s := newSite(t, saturday)
	n := 0
	if err := chi.Walk(s.router.(chi.Routes), func(method, pattern string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if n++; s.rights[method+" "+pattern] == "" {
			t.Errorf("%s %s names no right", method, pattern)
		}
		return nil
	}); err != nil || n != len(s.rights) {
		t.Errorf("%d routes, %d rights, %v", n, len(s.rights), err)
	}
}

// The way through a provider: its answer comes without the session's cookie, which is
// SameSite=Strict, and is sent on by a page of ours.
func TestSharedPages(t *testing.T) {
	s := newSite(t, saturday)
	s.by = nil
	if strings.Contains(s.get("/login").Body.String(), "/login/oidc") {
		t.Error("a provider is offered without there being one")
	}
	if r := s.send("/login/oidc", url.Values{}); r.Code != http.StatusNotFound {
		t.Errorf("without a provider: %d", r.Code)
	}
	s.Accounts.Provider = &account.Provider{Name: "Arena", Issuer: "http://127.0.0.1:1"}
	read(t, s.get("/login?lang=en").Body.String()).says("main", "Sign in with Arena")
	if r := s.send("/login/oidc", url.Values{}); r.Code != http.StatusBadGateway || r.Header().Get("Set-Cookie") != "" {
		t.Errorf("a provider that is away: %d, cookie %q", r.Code, r.Header().Get("Set-Cookie"))
	}
	d := read(t, s.get("/login/oidc/callback?code=a%22b&state=s").Body.String())
	for name, want := range map[string]string{"code": `a"b`, "state": "s"} {
		if got, _ := attribute(d.one(`input[name=`+name+`]`), "value"); got != want {
			t.Errorf("%s is sent on as %q", name, got)
		}
	}
	if r := s.send("/login/oidc/callback", url.Values{"code": {"a"}, "state": {"s"}}); r.Code != http.StatusSeeOther || r.Header().Get("Location") != atLogin {
		t.Errorf("an answer that nobody has asked for: %d to %s", r.Code, r.Header().Get("Location"))
	}
	var b strings.Builder
	const away = "https://login.example.no/authorize?a=b&c=d%3D"
	if err := pages()["shared"].ExecuteTemplate(&b, "door", &door{tongue: tongue{lang: english}, request: httptest.NewRequest(http.MethodGet, "/", nil), Away: away}); err != nil {
		t.Fatal(err)
	}
	d = read(t, b.String())
	if got, _ := attribute(d.one(`meta[http-equiv=refresh]`), "content"); got != "0; url="+away {
		t.Errorf("the page leads to %q", got)
	}
	if got := d.href("a.primary"); got != away {
		t.Errorf("the link leads to %q", got)
	}
}
