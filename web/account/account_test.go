package account

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/hotp"

	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// house is accounts on a real index, with a clock that stands still.
type house struct {
	testing.TB
	*Accounts
	now   time.Time
	rules Rules
}

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{TB: t, now: time.Date(2026, 7, 4, 19, 47, 5, 0, time.UTC), rules: DefaultRules()}
	clock := func() time.Time { return h.now }
	db, err := index.Open(filepath.Join(t.TempDir(), "index.db"), clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	h.Accounts = New(Options{Index: db, Rules: func() Rules { return h.rules }, Now: clock, Log: slog.New(slog.DiscardHandler)})
	return h
}

func (h *house) pass(d time.Duration)               { h.now = h.now.Add(d) }
func (h *house) in(d time.Duration) footage.Instant { return footage.At(h.now.Add(d)) }

const good = "fire blå hester danser"

var (
	office  = Where{Address: "10.0.0.5", Device: "Firefox"}
	foreign = Where{Address: "10.9.9.9", Device: "curl"}
)

// first makes the first administrator and signs in all the way.
func (h *house) first() (*Session, string) {
	h.Helper()
	l, err := h.FirstLink()
	if err != nil {
		h.Fatal(err)
	}
	_, s, err := h.Follow(context.Background(), l.Secret, NewUser{Login: "Ada", Name: "Ada Admin"}, good, office)
	if err != nil {
		h.Fatal(err)
	}
	return s, h.enrol(s)
}

// enrol sets a second factor up and returns its secret.
func (h *house) enrol(s *Session) string {
	h.Helper()
	secret := s.Pending
	if _, _, err := h.SetFactor(s, h.code(secret)); err != nil {
		h.Fatal(err)
	}
	return secret
}

func (h *house) code(secret string) string {
	h.Helper()
	code, err := hotp.GenerateCode(secret, uint64(h.now.Unix()/30))
	if err != nil {
		h.Fatal(err)
	}
	return code
}

// guard makes a guard with a password.
func (h *house) guard(login string) User {
	h.Helper()
	u, l, err := h.Invite(NewUser{Login: login, Name: "Kari Nordmann", Roles: []Role{Guard}}, "u-admin")
	if err != nil {
		h.Fatal(err)
	}
	if _, _, err := h.Follow(context.Background(), l.Secret, NewUser{}, good, office); err != nil {
		h.Fatal(err)
	}
	if u, err = h.User(u.ID); err != nil {
		h.Fatal(err)
	}
	return u
}

func (h *house) fails(what string, err, want error) {
	h.Helper()
	if !errors.Is(err, want) {
		h.Errorf("%s: %v, want %v", what, err, want)
	}
}

// kinds are the kinds in the ledger, the oldest first.
func (h *house) kinds() (kinds []string) {
	h.Helper()
	if err := h.Index.View(func(tx *index.Tx) error {
		for told, err := range ledger.Entries(tx, ledger.Filter{}, 1<<40) {
			if err != nil {
				return err
			}
			line := string(told.Line)
			for _, name := range []string{"Ada", "Kari", "kari", good} {
				if strings.Contains(line, name) {
					h.Errorf("the ledger has a name: %s", line)
				}
			}
			kinds = append(kinds, string(told.Kind))
		}
		return nil
	}); err != nil {
		h.Fatal(err)
	}
	slices.Reverse(kinds)
	return kinds
}

func TestFirstStart(t *testing.T) {
	h, ctx := newHouse(t), context.Background()
	if manned, err := h.Manned(); manned || err != nil {
		t.Fatalf("%v %v", manned, err)
	}
	old, err := h.FirstLink()
	if err != nil {
		t.Fatal(err)
	}
	l, err := h.FirstLink()
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = h.Follow(ctx, old.Secret, NewUser{Login: "ada"}, good, office)
	h.fails("a link that was replaced", err, ErrLink)
	_, _, err = h.Follow(ctx, l.Secret, NewUser{Login: "ada"}, "short", office)
	h.fails("a short password", err, PasswordShort)
	text, s, err := h.Follow(ctx, l.Secret, NewUser{Login: "ada", Roles: []Role{Guard}}, good, office)
	if err != nil || s.Stage != NeedsFactor {
		t.Fatalf("%+v %v", s, err)
	}
	_, _, err = h.Follow(ctx, l.Secret, NewUser{Login: "eve"}, good, office)
	h.fails("a link that was used", err, ErrLink)
	_, err = h.FirstLink()
	h.fails("another first administrator", err, ErrRefused)

	secret := s.Pending
	h.fails("another secret half-way", h.StartFactor(s), ErrNoSession)
	_, _, err = h.SetFactor(s, "000000")
	h.fails("a wrong code", err, ErrLogin)
	codes, renewed, err := h.SetFactor(s, h.code(secret))
	if err != nil || len(codes) != recoveryCodes || s.Stage != Full {
		t.Fatalf("%v %+v %v", codes, s, err)
	}
	if _, _, err := h.Session(text); !errors.Is(err, ErrNoSession) {
		t.Errorf("the session's old text is good: %v", err)
	}
	_, u, err := h.Session(renewed)
	if err != nil || !slices.Equal(u.Roles, []Role{Admin}) {
		t.Errorf("%+v %v", u, err)
	}
	if _, err := h.SetDisabled(u.ID, true, u.ID); !errors.Is(err, ErrRefused) {
		t.Errorf("the last administrator is disabled: %v", err)
	}
	if _, err := h.SetRoles(u.ID, []Role{Guard}, u.ID); !errors.Is(err, ErrRefused) {
		t.Errorf("the last administrator is one no more: %v", err)
	}
	want := []string{"user-invited", "user-changed", "login", "user-changed"}
	if got := h.kinds(); !slices.Equal(got, want) {
		t.Errorf("the ledger has %v, want %v", got, want)
	}
	h.pass(FirstFor)
	if _, _, err := h.Session(renewed); !errors.Is(err, ErrNoSession) {
		t.Errorf("a session goes on for ever: %v", err)
	}
}

func TestLinksExpire(t *testing.T) {
	h, ctx := newHouse(t), context.Background()
	h.first()
	_, l, err := h.Invite(NewUser{Login: "kari", Roles: []Role{Guard}}, "u-admin")
	if err != nil {
		t.Fatal(err)
	}
	h.pass(InvitedFor)
	_, _, err = h.Follow(ctx, l.Secret, NewUser{}, good, office)
	h.fails("an old link", err, ErrLink)
	_, l, err = h.Reset("kari", "u-admin")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.SetDisabled("kari", true, "u-admin"); err != nil {
		t.Fatal(err)
	}
	_, _, err = h.Follow(ctx, l.Secret, NewUser{}, good, office)
	h.fails("a link of somebody who is disabled", err, ErrLink)
	_, _, err = h.Follow(ctx, "", NewUser{}, good, office)
	h.fails("no link", err, ErrLink)
	_, _, err = h.Login(ctx, "kari", "", office)
	h.fails("no password", err, ErrLogin)
}

func TestWhoMayBeInvited(t *testing.T) {
	h := newHouse(t)
	h.first()
	for what, n := range map[string]NewUser{
		"no role":          {Login: "kari"},
		"an unknown role":  {Login: "kari", Roles: []Role{"boss"}},
		"a role twice":     {Login: "kari", Roles: []Role{Guard, Guard}},
		"no name":          {Roles: []Role{Guard}},
		"a bad name":       {Login: "kari nordmann", Roles: []Role{Guard}},
		"a taken name":     {Login: "ADA", Roles: []Role{Guard}},
		"a language":       {Login: "kari", Language: "fr", Roles: []Role{Guard}},
		"a long name":      {Login: "kari", Name: strings.Repeat("x", 101), Roles: []Role{Guard}},
		"a supplier":       {Login: "kari", Roles: []Role{Supplier}},
		"a long visit":     {Login: "kari", Roles: []Role{Supplier}, Expires: h.in(MaxVisit + time.Hour)},
		"a supplier guard": {Login: "kari", Roles: []Role{Supplier, Guard}, Expires: h.in(time.Hour)},
		"the past":         {Login: "kari", Roles: []Role{Guard}, Expires: h.in(-time.Hour)},
	} {
		_, _, err := h.Invite(n, "u-admin")
		h.fails(what, err, ErrInvalid)
	}
}

// A supplier's account ends by itself, with its sessions (R59).
func TestSupplierExpires(t *testing.T) {
	h, ctx := newHouse(t), context.Background()
	h.rules.Session, h.rules.Idle = 100*time.Hour, 100*time.Hour
	h.first()
	_, l, err := h.Invite(NewUser{Login: "fix", Roles: []Role{Supplier}, Expires: h.in(8 * time.Hour)}, "u-admin")
	if err != nil {
		t.Fatal(err)
	}
	text, _, err := h.Follow(ctx, l.Secret, NewUser{}, good, office)
	if err != nil {
		t.Fatal(err)
	}
	h.pass(8*time.Hour - 1)
	if _, _, err := h.Session(text); err != nil {
		t.Error(err)
	}
	h.pass(1)
	_, _, err = h.Session(text)
	h.fails("an expired account's session", err, ErrNoSession)
	_, _, err = h.Login(ctx, "fix", good, office)
	h.fails("an expired account", err, ErrLogin)
	if _, err := h.SetExpires("fix", h.in(MaxVisit+time.Hour), "u-admin"); !errors.Is(err, ErrInvalid) {
		t.Errorf("a visit of more than %v: %v", MaxVisit, err)
	}
	if _, err := h.SetExpires("fix", h.in(time.Hour), "u-admin"); err != nil {
		t.Error(err)
	}
	if _, _, err := h.Login(ctx, "fix", good, office); err != nil {
		t.Errorf("with another visit: %v", err)
	}
}

func TestSecondFactor(t *testing.T) {
	h, ctx := newHouse(t), context.Background()
	_, secret := h.first()
	login := func() *Session {
		t.Helper()
		_, s, err := h.Login(ctx, "ada", good, office)
		if err != nil || s.Stage != NeedsCode {
			t.Fatalf("%+v %v", s, err)
		}
		return s
	}
	_, err := h.Code(login(), h.code(secret))
	h.fails("the code that set the factor up", err, ErrLogin)
	h.pass(30 * time.Second)
	code := h.code(secret)
	if _, err := h.Code(login(), code[:3]+" "+code[3:]); err != nil {
		t.Fatal(err)
	}
	_, err = h.Code(login(), code)
	h.fails("a code again", err, ErrLogin)

	// Recovery codes count once.
	if _, err := h.User("ada"); err != nil {
		t.Fatal(err)
	}
	_, l, err := h.Invite(NewUser{Login: "leo", Roles: []Role{Lead, Guard}}, "u-admin")
	if err != nil {
		t.Fatal(err)
	}
	_, s, err := h.Follow(ctx, l.Secret, NewUser{}, good, office)
	if err != nil || s.Stage != NeedsFactor {
		t.Fatalf("%+v %v", s, err)
	}
	secret = s.Pending
	codes, _, err := h.SetFactor(s, h.code(secret))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []error{nil, ErrLogin} {
		_, s, err := h.Login(ctx, "leo", good, office)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = h.Code(s, strings.ToUpper(codes[3])); !errors.Is(err, want) {
			t.Errorf("recovery code, %d. time: %v", i+1, err)
		}
	}
	// Five wrong codes, and the password is asked for again.
	_, s, err = h.Login(ctx, "leo", good, Where{Address: "10.0.0.77"})
	if err != nil {
		t.Fatal(err)
	}
	for range maxCodesAtOnce {
		h.pass(15 * time.Minute / maxCodesAtOnce / 2)
		_, err = h.Code(s, "123456")
		h.fails("a wrong code", err, ErrLogin)
	}
	h.pass(time.Minute)
	_, err = h.Code(s, h.code(secret))
	h.fails("the right one, too late", err, ErrNoSession)
	_, err = h.Code(&Session{digest: digestOf("none")}, "1")
	h.fails("no session", err, ErrNoSession)
}

// RFC 6238, appendix B: the last six of its eight digits.
func TestCodes(t *testing.T) {
	secret := base32Plain.EncodeToString([]byte("12345678901234567890"))
	for at, code := range map[int64]string{59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"} {
		now := footage.At(time.Unix(at, 0))
		if step := codeStep(secret, code, now, 0); step != at/30 {
			t.Errorf("%d: %d", at, step)
		}
		if codeStep(secret, code, now, at/30) != 0 || codeStep(secret, code, now.Add(61*time.Second), 0) != 0 || codeStep(secret, "", now, 0) != 0 {
			t.Errorf("%d: a code that is used, old or none counts", at)
		}
	}
}

func TestSessions(t *testing.T) {
	h, ctx := newHouse(t), context.Background()
	h.first()
	u := h.guard("kari")
	if err := h.EndAll(u.ID, "", u.ID); err != nil {
		t.Fatal(err)
	}
	var texts []string
	for range maxSessions + 3 {
		h.pass(time.Second)
		l, err := h.SignInLink("kari")
		if err != nil {
			t.Fatal(err)
		}
		text, _, err := h.Follow(ctx, l.Secret, NewUser{}, "", office)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, text)
	}
	all, err := h.Sessions(u.ID)
	if err != nil || len(all) != maxSessions || all[0].Where != office {
		t.Fatalf("%d sessions, %v", len(all), err)
	}
	if _, _, err := h.Session(texts[2]); !errors.Is(err, ErrNoSession) {
		t.Errorf("the oldest session goes on: %v", err)
	}
	if err := h.End(u.ID, all[0].ID, u.ID); err != nil {
		t.Error(err)
	}
	h.fails("somebody else's session", h.End("u-other", all[1].ID, "u-other"), ErrNotFound)
	if _, _, err := h.Session(texts[len(texts)-1]); !errors.Is(err, ErrNoSession) {
		t.Errorf("an ended session goes on: %v", err)
	}
	// Idle: used, it goes on; and not beyond its time.
	text := texts[len(texts)-2]
	used := h.rules.Idle - 2*time.Minute
	for at := time.Duration(0); at+used < h.rules.Session; at += used {
		if _, _, err := h.Session(text); err != nil {
			t.Fatalf("after %v: %v", at, err)
		}
		h.pass(used)
	}
	h.pass(h.rules.Idle)
	_, _, err = h.Session(text)
	h.fails("a session after twelve hours", err, ErrNoSession)
	if text, _, err = h.Login(ctx, " Kari ", good, office); err != nil {
		t.Fatal(err)
	}
	h.pass(h.rules.Idle)
	_, _, err = h.Session(text)
	h.fails("an idle session", err, ErrNoSession)

	// Whatever changes what somebody may do ends the sessions.
	for what, do := range map[string]func() error{
		"roles":    func() error { _, err := h.SetRoles(u.ID, []Role{Guard, Privacy}, "u-admin"); return err },
		"disabled": func() error { _, err := h.SetDisabled(u.ID, true, "u-admin"); return err },
		"all":      func() error { return h.EndAll(u.ID, "", "u-admin") },
	} {
		if _, err := h.SetDisabled(u.ID, false, "u-admin"); err != nil {
			t.Fatal(err)
		}
		text, _, err := h.Login(ctx, "kari", good, office)
		if err != nil {
			t.Fatal(err)
		}
		if err := do(); err != nil {
			t.Error(err)
		}
		_, _, err = h.Session(text)
		h.fails(what, err, ErrNoSession)
	}
}

func TestPasswordChange(t *testing.T) {
	h, ctx := newHouse(t), context.Background()
	h.first()
	h.guard("kari")
	other, _, err := h.Login(ctx, "kari", good, foreign)
	if err != nil {
		t.Fatal(err)
	}
	text, s, err := h.Login(ctx, "kari", good, office)
	if err != nil {
		t.Fatal(err)
	}
	const next = "syv grønne elefanter synger"
	h.fails("a wrong old one", h.SetPassword(ctx, s, "wrong", next), ErrLogin)
	h.fails("her name", h.SetPassword(ctx, s, good, "KariNordmann12"), PasswordOwn)
	if err := h.SetPassword(ctx, s, good, next); err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.Session(text); err != nil {
		t.Errorf("the own session ends: %v", err)
	}
	_, _, err = h.Session(other)
	h.fails("the other session", err, ErrNoSession)
	_, _, err = h.Login(ctx, "kari", good, office)
	h.fails("the old password", err, ErrLogin)
	if _, _, err := h.Login(ctx, "kari", next, office); err != nil {
		t.Error(err)
	}
	if _, err := h.Erase("kari", "u-admin"); err != nil {
		t.Fatal(err)
	}
	_, _, err = h.Login(ctx, "kari", next, office)
	h.fails("somebody who is erased", err, ErrLogin)
	h.kinds() // none has a name
}

func TestPasswords(t *testing.T) {
	for password, want := range map[string]error{
		good:                             nil,
		"correct horse battery staple":   nil,
		"xK9#mQ2$vL7n":                   nil,
		"short":                          PasswordShort,
		strings.Repeat("åb cdefghi", 21): PasswordLong,
		"Passord123456":                  PasswordCommon,
		"P@ssw0rdP@ssw0rd":               PasswordCommon,
		"qwertyuiop12":                   PasswordCommon,
		"aaaaaaaaaaaaaa":                 PasswordCommon,
		"abababababab":                   PasswordCommon,
		"123456789012":                   PasswordCommon,
		"Sommer2026!!":                   PasswordCommon,
		"kari.nordmann1":                 PasswordOwn,
		"sjudager-oslo-2026":             PasswordCommon,
	} {
		if err := checkPassword(password, "kari", "Kari Nordmann"); !errors.Is(err, want) || (want == nil) != (err == nil) {
			t.Errorf("%q: %v, want %v", password, err, want)
		}
	}
}

// A stranger elsewhere is slowed down to a crawl, and does not keep the guard from
// her usual computer.
func TestGuessing(t *testing.T) {
	h, ctx := newHouse(t), context.Background()
	h.first()
	u := h.guard("kari")
	if _, _, err := h.Login(ctx, "kari", good, office); err != nil {
		t.Fatal(err)
	}
	tried := 0
	for end := h.now.Add(2 * time.Hour); h.now.Before(end); h.pass(10 * time.Second) {
		from := Where{Address: fmt.Sprintf("10.9.%d.%d", tried/250, tried%250)} // a new one each time
		_, _, err := h.Login(ctx, "kari", "guess", from)
		if errors.Is(err, ErrLogin) {
			tried++
		} else if _, locked := errors.AsType[Locked](err); !locked {
			t.Fatal(err)
		}
	}
	if tried > 30 {
		t.Errorf("%d guesses in two hours", tried)
	}
	if alarms := h.Alarms(); len(alarms) != 1 || alarms[0].Code != footage.AlarmLogin || !strings.Contains(alarms[0].Detail, u.ID) {
		t.Errorf("the alarms are %v", alarms)
	}
	if _, _, err := h.Login(ctx, "kari", good, office); err != nil {
		t.Errorf("the guard at her computer: %v", err)
	}
	if _, _, err := h.Login(ctx, "kari", good, Where{Address: "10.0.0.99"}); err == nil {
		t.Error("from a new computer she need not wait")
	}
	// At her own computer wrong attempts cost at most half a minute.
	for range 20 {
		_, _, err := h.Login(ctx, "kari", "guess", office)
		if l, locked := errors.AsType[Locked](err); locked && l.For > homeMost {
			t.Fatalf("at home she waits %v", l.For)
		}
		h.pass(homeMost)
	}
	if _, _, err := h.Login(ctx, "kari", good, office); err != nil {
		t.Error(err)
	}
	// Names that there are not are counted by address, and told like wrong passwords.
	var last error
	for range 8 {
		_, _, last = h.Login(ctx, "nobody", "guess", foreign)
	}
	if _, locked := errors.AsType[Locked](last); !locked {
		t.Errorf("guessing names goes on: %v", last)
	}
	failed := 0
	for _, kind := range h.kinds() {
		if kind == string(ledger.LoginFailed) {
			failed++
		}
	}
	if failed == 0 || failed > tried+25 {
		t.Errorf("%d failures are written down, of %d", failed, tried)
	}
}

func TestFailuresAreWrittenDownOnceAMinute(t *testing.T) {
	h, ctx := newHouse(t), context.Background()
	h.first()
	before := len(h.kinds())
	for range 5 {
		_, _, err := h.Login(ctx, "ada", "wrong", Where{Address: "10.1.1.1"})
		h.fails("a wrong password", err, ErrLogin)
	}
	if n := len(h.kinds()) - before; n != 1 {
		t.Errorf("%d entries", n)
	}
}

func TestBrakeForgets(t *testing.T) {
	b, now := newBrake(), time.Unix(1_800_000_000, 0)
	for i := range maxCounted + 100 {
		b.failed(now, b.keys("", Where{Address: fmt.Sprintf("2001:db8:%x:%x::1", i>>16, i&0xffff)}))
	}
	if len(b.count) > maxCounted+1 {
		t.Errorf("%d counters", len(b.count))
	}
	if network("2001:db8::1") != network("2001:db8::ffff:1") || network("10.0.0.1") == network("10.0.0.2") || network("::ffff:10.0.0.1") != network("10.0.0.1") {
		t.Error("addresses are counted wrongly")
	}
}

func TestTokens(t *testing.T) {
	h := newHouse(t)
	for what, err := range map[string]error{
		"no name":     second(h.NewToken("", Guard, h.in(time.Hour), "u-admin")),
		"no role":     second(h.NewToken("x", "", h.in(time.Hour), "u-admin")),
		"no end":      second(h.NewToken("x", Guard, 0, "u-admin")),
		"for good":    second(h.NewToken("x", Guard, h.in(MaxToken+time.Hour), "u-admin")),
		"in the past": second(h.NewToken("x", Guard, h.in(-time.Hour), "u-admin")),
	} {
		h.fails(what, err, ErrInvalid)
	}
	text, made, err := h.NewToken("monitor", Supplier, h.in(48*time.Hour), "u-admin")
	if err != nil || !strings.HasPrefix(text, TokenMark) {
		t.Fatalf("%q %v", text, err)
	}
	if got, err := h.Bearer(text); err != nil || got.ID != made.ID || got.Used == 0 {
		t.Errorf("%+v %v", got, err)
	}
	if err := h.Index.View(func(tx *index.Tx) error {
		for r := range tx.Scan("", "~") {
			var row any
			if err := r.Decode(&row); err == nil && strings.Contains(fmt.Sprint(r.Key, row), text[len(TokenMark):]) {
				t.Errorf("the token's text is kept in %s", r.Key)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{"", TokenMark, text + "x", strings.ToLower(text)} {
		_, err := h.Bearer(wrong)
		h.fails(wrong, err, ErrNoSession)
	}
	if err := h.RevokeToken(made.ID, "u-admin"); err != nil {
		t.Error(err)
	}
	_, err = h.Bearer(text)
	h.fails("a revoked token", err, ErrNoSession)
	h.fails("one that is gone", h.RevokeToken(made.ID, "u-admin"), ErrNotFound)
	if text, _, err = h.NewToken("backup", Admin, h.in(time.Hour), "u-admin"); err != nil {
		t.Fatal(err)
	}
	h.pass(time.Hour)
	_, err = h.Bearer(text)
	h.fails("an expired token", err, ErrNoSession)
}

func second(_ string, _ Token, err error) error { return err }

// A flood of logins hashes two passwords at a time, and sends the rest away.
func TestFlood(t *testing.T) {
	x := newHasher()
	x.free <- struct{}{}
	x.free <- struct{}{} // both places are taken
	ctx, leave := context.WithCancel(context.Background())
	errs := make(chan error)
	var all sync.WaitGroup
	for range waiting + 30 {
		all.Go(func() {
			_, err := x.hash(ctx, good)
			errs <- err
		})
	}
	for range 30 {
		if err := <-errs; !errors.Is(err, ErrBusy) {
			t.Errorf("%v", err)
		}
	}
	leave()
	for range waiting {
		if err := <-errs; !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	}
	all.Wait()
	if x.waiting.Load() != 0 {
		t.Errorf("%d are waiting", x.waiting.Load())
	}
}

func TestHashes(t *testing.T) {
	x, ctx := newHasher(), context.Background()
	hash, err := x.hash(ctx, good)
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("%q %v", hash, err)
	}
	for password, want := range map[string]bool{good: true, "": false, good + " ": false} {
		if ok, err := x.matches(ctx, password, hash); ok != want || err != nil {
			t.Errorf("%q: %v %v", password, ok, err)
		}
	}
	if ok, err := x.matches(ctx, "", ""); ok || err != nil {
		t.Errorf("no password matches no hash: %v", err)
	}
	for _, bad := range []string{"$argon2id$v=19$m=65536,t=3,p=4$abc", hash[:len(hash)-1], strings.Replace(hash, "t=2", "t=1", 1), strings.Replace(hash, "$m", "$n", 1)} {
		if ok, err := x.matches(ctx, good, bad); ok || err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}

func TestSignInLink(t *testing.T) {
	h := newHouse(t)
	h.first()
	l, err := h.SignInLink("ada")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(l.Path(), LinkPath+"?link=") {
		t.Errorf("%q", l.Path())
	}
	_, s, err := h.Follow(context.Background(), l.Secret, NewUser{}, "", office)
	if err != nil || s.Stage != Full {
		t.Errorf("%+v %v", s, err)
	}
	_, _, err = h.Follow(context.Background(), l.Secret, NewUser{}, "", office)
	h.fails("again", err, ErrLink)
	_, err = h.SignInLink("eve")
	h.fails("nobody", err, ErrNotFound)
}

func TestPurposeIsRemembered(t *testing.T) {
	h := newHouse(t)
	s, _ := h.first()
	if err := h.SetPurpose(s, "theft", []footage.CameraID{"k01", "k02"}); err != nil {
		t.Fatal(err)
	}
	if err := h.SetPurpose(s, "security", []footage.CameraID{"k02"}); err != nil {
		t.Fatal(err)
	}
	all, err := h.Sessions(s.User)
	if err != nil || all[0].Purposes["k01"] != "theft" || all[0].Purposes["k02"] != "security" {
		t.Errorf("%+v %v", all, err)
	}
}

func TestLanguage(t *testing.T) {
	h := newHouse(t)
	s, _ := h.first()
	if _, err := h.SetLanguage(s.User, "fr"); !errors.Is(err, ErrInvalid) {
		t.Error(err)
	}
	if u, err := h.SetLanguage(s.User, "en"); err != nil || u.Language != "en" {
		t.Error(err)
	}
}

// What strangers send as a session, a token or a link leads to nobody, and to no
// failure of ours.
func FuzzSecrets(f *testing.F) {
	h := newHouse(f)
	h.first()
	text, _, err := h.NewToken("x", Guard, h.in(time.Hour), "u-admin")
	if err != nil {
		f.Fatal(err)
	}
	f.Add("", "")
	f.Add(text+"/", "ada")
	f.Add("session/../user", "kari\x00")
	f.Fuzz(func(t *testing.T, secret, login string) {
		if secret == text {
			return
		}
		if _, _, err := h.Session(secret); !errors.Is(err, ErrNoSession) {
			t.Errorf("session %q: %v", secret, err)
		}
		if _, err := h.Bearer(secret); !errors.Is(err, ErrNoSession) {
			t.Errorf("token %q: %v", secret, err)
		}
		if _, _, err := h.Linked(secret); !errors.Is(err, ErrLink) {
			t.Errorf("link %q: %v", secret, err)
		}
		if _, err := h.User(login); err != nil && !errors.Is(err, ErrNotFound) {
			t.Errorf("user %q: %v", login, err)
		}
		n := NewUser{Login: login, Name: secret, Roles: []Role{Guard}}
		if err := n.check(footage.At(h.now)); err != nil && !errors.Is(err, ErrInvalid) {
			t.Errorf("new user %q: %v", login, err)
		}
		if err := checkPassword(secret, login); err != nil && !errors.Is(err, ErrInvalid) {
			t.Errorf("password %q: %v", secret, err)
		}
	})
}
