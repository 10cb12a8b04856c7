package main

import (
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/sjudager/sjudager/web"
)

// visitor is a browser without a screen.
type visitor struct {
	*testing.T
	client http.Client
	base   string
}

func newVisitor(t *testing.T, base string, secure *tls.Config) *visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t, http.Client{Jar: jar, Timeout: 20 * time.Second, Transport: &http.Transport{TLSClientConfig: secure, DisableKeepAlives: true}}, base}
}

func (v *visitor) read(resp *http.Response, err error) (int, string) {
	v.Helper()
	if err != nil {
		v.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		v.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func (v *visitor) get(path string) (int, string) {
	v.Helper()
	return v.read(v.client.Get(v.base + path))
}

func (v *visitor) post(path string, fields url.Values) (int, string) {
	v.Helper()
	return v.read(v.client.PostForm(v.base+path, fields))
}

// follow uses a one-time link up.
func (v *visitor) follow(link string, fields url.Values) string {
	v.Helper()
	u, err := url.Parse(link)
	if err != nil {
		v.Fatal(err)
	}
	fields.Set("link", u.Query().Get("link"))
	status, page := v.post(u.Path, fields)
	if status != http.StatusOK {
		v.Fatalf("%s: %d %s", link, status, page)
	}
	return page
}

const goodPassword = "fire blå hester danser"

// The first start: the log has a link, through which an administrator comes in; a
// guard is invited from the command line; a program gets a token. All over https on an
// address that other machines reach, with a certificate made by itself.
func TestFirstPeople(t *testing.T) {
	t.Parallel()
	p := install(t, setup{})
	_, port, err := net.SplitHostPort(p.page)
	if err != nil {
		t.Fatal(err)
	}
	p.page = "0.0.0.0:" + port
	p.configure(setup{})
	p.start()
	link := regexp.MustCompile(`link="(https://[^"\s]+/welcome\?link=[^"\s]+)"`)
	eventually(t, 10*time.Second, "the link in the log", func() bool { return link.MatchString(p.log.String()) })
	first := link.FindStringSubmatch(p.log.String())[1]
	said := regexp.MustCompile(`sha256=([0-9A-F:]{95})`).FindStringSubmatch(p.log.String())
	if said == nil {
		t.Fatalf("the log has no fingerprint: %s", p.log)
	}
	secure := &tls.Config{InsecureSkipVerify: true, VerifyConnection: func(s tls.ConnectionState) error {
		if got := fingerprintOf(s.PeerCertificates[0].Raw); got != said[1] {
			t.Errorf("the certificate's fingerprint is %s, the log says %s", got, said[1])
		}
		return nil
	}}
	base := "https://127.0.0.1:" + port
	admin := newVisitor(t, base, secure)
	if _, page := admin.get("/"); !strings.Contains(page, "sjudager user first") {
		t.Errorf("nobody is told how to begin: %s", page)
	}

	// Another link takes the first one's place.
	var again web.Invited
	p.run("user", "first", "--json").document(t, &again)
	if u, err := url.Parse(first); err != nil || strings.Contains(again.Link, u.RawQuery) || !strings.HasPrefix(again.Link, "https://") {
		t.Errorf("%q, then %q", first, again.Link)
	}
	page := admin.follow(again.Link, url.Values{"login": {"ada"}, "name": {"Ada Admin"}, "password": {goodPassword}, "again": {goodPassword}})
	secret := regexp.MustCompile(`id="secret">([A-Z2-7]+)<`).FindStringSubmatch(page)
	if secret == nil {
		t.Fatalf("no second factor is asked for: %s", page)
	}
	code, err := totp.GenerateCode(secret[1], time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, page = admin.post("/login/factor", url.Values{"code": {code}}); !strings.Contains(page, `class="codes"`) {
		t.Fatalf("no recovery codes: %s", page)
	}
	if status, page := admin.get("/brukere"); status != http.StatusOK || !strings.Contains(page, "Ada Admin") {
		t.Errorf("%d %s", status, page)
	}
	if status, _ := admin.get("/sikringer"); status != http.StatusForbidden {
		t.Errorf("an administrator sees the holds: %d", status)
	}
	if r := p.run("user", "first"); r.code != exitRefused {
		t.Errorf("another first administrator: %+v", r)
	}

	// A guard.
	r := p.run("user", "add", "kari", "--role", "guard", "--name", "Kari Nordmann")
	invited := regexp.MustCompile(`one-time link, until .*: (\S+)`).FindStringSubmatch(r.out)
	if r.code != exitDone || invited == nil {
		t.Fatalf("%+v", r)
	}
	guard := newVisitor(t, base, secure)
	guard.follow(invited[1], url.Values{"password": {goodPassword}, "again": {goodPassword}})
	if status, _ := guard.get("/opptak"); status != http.StatusOK {
		t.Errorf("the guard sees no footage: %d", status)
	}
	if status, _ := guard.get("/brukere"); status != http.StatusForbidden {
		t.Errorf("the guard sees the users: %d", status)
	}
	if r := p.run("user", "disable", "kari"); r.code != exitDone || !strings.Contains(r.out, "disabled") {
		t.Errorf("%+v", r)
	}
	if _, page := guard.get("/opptak"); !strings.Contains(page, `action="/login"`) {
		t.Errorf("somebody who is disabled is still in: %s", page)
	}
	for _, args := range [][]string{
		{"user", "enable", "kari"}, {"user", "roles", "kari", "--role", "lead,guard"}, {"user", "expiry", "kari", "--expires", "never"},
		{"user", "sign-out", "kari"}, {"user", "reset", "kari"}, {"user", "erase", "kari"},
	} {
		if r := p.run(args...); r.code != exitDone {
			t.Errorf("%v: %+v", args, r)
		}
	}
	for want, args := range map[int][]string{
		exitUsage:   {"user", "add", "x", "--role", "boss"},
		exitNothing: {"user", "disable", "nobody"},
		exitRefused: {"user", "disable", "ada"},
	} {
		if r := p.run(args...); r.code != want {
			t.Errorf("%v: %+v", args, r)
		}
	}
	if r := p.run("user", "list"); !strings.Contains(r.out, "ada") || strings.Contains(r.out, "Kari") {
		t.Errorf("%+v", r)
	}

	// A program.
	var made web.TokenMade
	p.run("user", "token", "monitor", "--role", "supplier", "--expires", time.Now().Add(time.Hour).UTC().Format(time.RFC3339), "--json").document(t, &made)
	ask := func() (int, string) {
		req, err := http.NewRequest(http.MethodGet, base+"/api/v1/status", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+made.Text)
		program := newVisitor(t, base, secure)
		return program.read(program.client.Do(req))
	}
	var s web.Status
	if status, body := ask(); status != http.StatusOK || json.Unmarshal([]byte(body), &s) != nil {
		t.Errorf("%d %s", status, body)
	}
	if r := p.run("user", "tokens"); !strings.Contains(r.out, "monitor") {
		t.Errorf("%+v", r)
	}
	if r := p.run("user", "revoke", made.Token.ID); r.code != exitDone {
		t.Errorf("%+v", r)
	}
	if status, _ := ask(); status != http.StatusUnauthorized {
		t.Errorf("a revoked token: %d", status)
	}
	if r := p.run("log", "verify"); r.code != exitDone {
		t.Errorf("%+v", r)
	}

	// The certificate stays.
	p.stop()
	p.start()
	if n := strings.Count(p.log.String(), said[1]); n != 2 {
		t.Errorf("the fingerprint %s is in the log %d times, of two starts", said[1], n)
	}
	if n := len(link.FindAllString(p.log.String(), -1)); n != 1 {
		t.Errorf("%d links for a first administrator", n)
	}
}
