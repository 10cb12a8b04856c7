package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/web/account"
)

// every calls visit with each route and an address of it.
func every(t *testing.T, s *site, visit func(method, pattern, address string)) {
	t.Helper()
	routes, ok := s.router.(chi.Routes)
	if !ok {
		t.Fatal("there are no routes")
	}
	_, u := s.person("kari", account.Guard)
	link, err := s.Accounts.SignInLink(u.ID)
	if err != nil {
		t.Fatal(err)
	}
	fill := strings.NewReplacer("{user}", u.ID, "{act}", "disable", "{day}", "2026-07-03", "{token}", "t-aaaaaaaaaa", "{camera}", "k01-inngang", "{file}", "20260704T190000.000000Z.mp4", "{number}", "H-2026-0001", "{n}", "0", "{hash}", strings.TrimPrefix(assetsAt, "/assets/"))
	n, photo := 0, s.picture()
	if err := chi.Walk(routes, func(method, pattern string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		address := fill.Replace(strings.NewReplacer("/requests/{number}", "/requests/I-2026-0001", "/appeals/{number}", "/appeals/A-2026-0001", "/releases/{number}", "/releases/U-2026-0001", "/signs/{number}", "/signs/S-001", "/signs/rounds/{number}", "/signs/rounds/1", "/signs/plans/{number}", "/signs/plans/P-001", "/signs/photos/{sha256}", "/signs/photos/"+photo, "/notice/{number}", "/notice/1",
			atSign+"/{number}", atSign+"/S-001", atZone+"/{number}", atZone+"/Z-001", atNotice+"/{number}", atNotice+"/1", atRounds+"/{number}/{sign}", atRounds+"/1/S-001", atRounds+"/{number}", atRounds+"/1", atPlans+"/{number}", atPlans+"/P-001", atReleases+"/{number}", atReleases+"/U-2026-0001", atRequests+"/{number}", atRequests+"/I-2026-0001", atAppeals+"/{number}", atAppeals+"/A-2026-0001").Replace(pattern))
		if strings.HasPrefix(pattern, "/assets/") {
			address = assetsAt + "/style.css"
		}
		if pattern == "/api/v1/segments" {
			address += "?camera=k01-inngang"
		}
		if pattern == atFootage+"/tidslinje" {
			address += "?from=2026-07-04T19:00:00Z&to=2026-07-04T19:01:00Z"
		}
		if pattern == "/api/v1/countdown" {
			address += "?camera=k01-inngang&from=2026-07-04T19:00:00Z&to=2026-07-04T19:01:00Z"
		}
		switch pattern {
		case "/api/v1/cameras/{camera}/movie.mp4", "/api/v1/cameras/{camera}/movie.json":
			address += "?from=2026-07-04T19:00:00Z&to=2026-07-04T19:00:02Z"
		case "/api/v1/cameras/{camera}/still.mp4":
			address += "?at=2026-07-04T19:00:01Z"
		}
		if pattern == account.LinkPath {
			address = link.Path()
		}
		n++
		visit(method, pattern, address)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if n < 15 {
		t.Fatalf("only %d routes", n)
	}
}

// TestEveryRoute holds every route to what guard promises: headers, no change on
// GET, no foreign host, no foreign page, no cookie, no other method.
func TestEveryRoute(t *testing.T) {
	s := newSite(t, saturday.AddDate(0, 0, -1))
	if _, err := s.Notary.Checkpoint(); err != nil { // the ledger begins
		t.Fatal(err)
	}
	s.setNow(saturday)
	s.began = saturday
	s.camera("k01-inngang", "Hovedinngang")
	s.record("k01-inngang", s.at("21:00:00"), short(t))
	s.place(holds.Request{Cameras: []footage.CameraID{"k01-inngang"}, Span: footage.Span{From: s.at("20:59:00"), To: s.at("21:01:00")}})
	s.asked(footage.Span{From: s.at("20:59:00"), To: s.at("21:01:00")})
	s.demand()
	s.announce()
	s.drawn("1. etasje")
	s.filed("k01-inngang")
	s.sweep()
	if _, err := s.Notary.Checkpoint(); err != nil {
		t.Fatal(err)
	}
	_, all := s.person("all", account.Guard, account.Lead, account.Approver, account.Privacy, account.Admin)
	s.by = account.Of(&account.Session{}, all)
	if _, err := s.Statements.Day("2026-07-03"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Keys.Keys(); err != nil { // as some seconds after a start
		t.Fatal(err)
	}
	before := ""

	every(t, s, func(method, pattern, address string) {
		if before == "" {
			before = s.rows()
		}
		found := http.StatusOK
		if pattern == atLogin || pattern == atFactor {
			found = http.StatusSeeOther // whoever is in already goes on
		}
		if strings.HasPrefix(pattern, atReleases) && strings.HasSuffix(pattern, "{name}") {
			found = http.StatusNotFound // files of a package that has not been made
		}
		t.Run(method+" "+pattern, func(t *testing.T) {
			check := func(what string, status int, header ...string) {
				t.Helper()
				r := s.ask(method, address, "", header...)
				if r.Code != status {
					t.Errorf("%s: %d, want %d: %s", what, r.Code, status, r.Body)
				}
				for name, want := range headers {
					got := r.Header().Get(name)
					if name == "Cache-Control" && pattern == "/assets/{hash}/{file}" && status == http.StatusOK {
						want = "public, max-age=31536000, immutable"
					}
					if got != want {
						t.Errorf("%s: %s is %q", what, name, got)
					}
				}
				if c := r.Header().Get("Set-Cookie"); c != "" {
					t.Errorf("%s: cookie %q", what, c)
				}
			}
			for _, host := range []string{"sjudager.example", "127.0.0.1.example:8080", "10.0.0.1", "", "localhost.example", "[2001:db8::1]"} {
				check("host "+host, http.StatusMisdirectedRequest, "Host", host)
			}
			if method == http.MethodGet {
				for _, host := range []string{"localhost", "LOCALHOST:8080", "127.0.0.1", "127.0.0.1:8080", "127.9.9.9", "[::1]:8080", "[::1]"} {
					check("host "+host, found, "Host", host)
				}
				check("a link from elsewhere", found, "Sec-Fetch-Site", "cross-site")
				if r := s.ask(http.MethodHead, address, ""); r.Code != found {
					t.Errorf("HEAD: %d", r.Code)
				}
			} else {
				check("another site", http.StatusForbidden, "Sec-Fetch-Site", "cross-site")
				check("another port of this machine", http.StatusForbidden, "Sec-Fetch-Site", "same-site")
				check("another origin", http.StatusForbidden, "Origin", "http://localhost:9999")
				check("no origin", http.StatusForbidden, "Origin", "null")
			}
			for _, other := range []string{http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, "BREW"} {
				r := s.ask(other, address, "")
				if r.Code != http.StatusMethodNotAllowed || !strings.Contains(strings.Join(r.Header()["Allow"], " "), method) {
					t.Errorf("%s: %d, allowed are %q", other, r.Code, r.Header()["Allow"])
				}
			}
		})
	})
	if after := s.rows(); after != before {
		t.Errorf("the index changed from\n%s\nto\n%s", before, after)
	}
	// But for two things: that the footage was viewed, as a segment, a movie and a
	// still, and the log read.
	if log := call[Log](s, http.StatusOK, "GET", "/api/v1/log?limit=4", ""); kinds(log) != "log-read viewed viewed viewed" {
		t.Errorf("the ledger ends with %s", kinds(log))
	}
}

// rows is all of the index but the ledger.
func (s *site) rows() string {
	s.Helper()
	var b strings.Builder
	if err := s.Index.View(func(tx *index.Tx) error {
		for r := range tx.Scan("", "~") {
			if strings.HasPrefix(r.Key, "ledger/") {
				continue
			}
			var row any
			if err := r.Decode(&row); err != nil {
				return err
			}
			b.WriteString(r.Key + "\n")
		}
		return nil
	}); err != nil {
		s.Fatal(err)
	}
	return b.String()
}

func TestNothingThere(t *testing.T) {
	s := newSite(t, saturday)
	for _, path := range []string{"/nothing", "/api/v1/nothing", "/api/", "/assets/0000/style.css", assetsAt + "/nothing.css", assetsAt + "/..%2fpage.go", "/sikringer/H-2026-0001/close"} {
		r := s.get(path)
		want := http.StatusNotFound
		if strings.HasPrefix(path, "/sikringer") {
			want = http.StatusMethodNotAllowed
		}
		if r.Code != want {
			t.Errorf("%s: %d", path, r.Code)
		}
		kind := "text/html; charset=utf-8"
		if strings.HasPrefix(path, "/api/") {
			kind = "application/json"
		}
		if got := r.Header().Get("Content-Type"); got != kind {
			t.Errorf("%s: %s", path, got)
		}
	}
	read(t, s.get("/nothing").Body.String()).says("main", "Denne siden finnes ikke.")
	read(t, s.get("/nothing?lang=en").Body.String()).says("main", "There is no such page.")
}

func TestBodies(t *testing.T) {
	s := newSite(t, saturday)
	s.camera("k01-inngang", "Hovedinngang")
	huge := strings.Repeat("x", maxBody+1)
	if r := s.ask(http.MethodPost, "/api/v1/holds", `{"reason":"`+huge+`"}`, "Content-Type", "application/json"); r.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a huge document: %d %s", r.Code, r.Body)
	}
	if r := s.send("/sikringer", url.Values{"reason": {huge}}); r.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a huge form: %d", r.Code)
	}
	if r := s.ask(http.MethodPost, "/sikringer", "a=%zz", "Content-Type", "application/x-www-form-urlencoded"); r.Code != http.StatusBadRequest {
		t.Errorf("a form that is none: %d", r.Code)
	}
}
