package web

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/pquerna/otp/totp"

	"github.com/sjudager/sjudager/vault/footage"
)

// TestBrowserFirstPeople is the first day in a real Chromium, by keyboard: the one-time
// link, the second factor, an invitation, and the guard at work, who is asked why
// before anything plays.
func TestBrowserFirstPeople(t *testing.T) {
	s := newSite(t, saturday)
	s.by = nil
	s.camera("k01-inngang", "Hovedinngang")
	s.record("k01-inngang", s.at("21:00:00"), short(t))
	s.Purposes = func(footage.CameraID) []Purpose {
		return []Purpose{{"danger", "Forebygge farlige situasjoner", "Prevent dangerous situations"}, {"theft", "Forebygge tyveri", "Prevent theft"}}
	}
	first, err := s.Accounts.FirstLink()
	if err != nil {
		t.Fatal(err)
	}
	b := browse(chromium(t), s)
	press := func(keys ...string) {
		t.Helper()
		for _, k := range keys {
			b.do(chromedp.KeyEvent(k))
		}
	}
	// enter types, and waits for the page that Enter leads to.
	enter := func(keys ...string) {
		t.Helper()
		// A page that has just come gives its first field the focus when it is ready.
		b.wait(`document.readyState === 'complete' && !!document.activeElement?.form`)
		press(keys...)
		if _, err := chromedp.RunResponse(b.ctx, chromedp.KeyEvent(kb.Enter)); err != nil {
			t.Fatal(err)
		}
	}
	click := func(selector string) {
		t.Helper()
		if _, err := chromedp.RunResponse(b.ctx, chromedp.Click(chromedp.CSS(selector))); err != nil {
			t.Fatal(err)
		}
	}
	clean := func() {
		t.Helper()
		b.mu.Lock()
		b.console = slices.DeleteFunc(b.console, func(line string) bool { // what was meant to be refused
			return strings.Contains(line, "status of 400") || strings.Contains(line, "status of 401")
		})
		b.mu.Unlock()
		b.clean()
	}
	look := func(name string) {
		t.Helper()
		for _, width := range []int64{1280, 360} {
			b.screen(width, 800, map[int64]string{1280: "dark", 360: "light"}[width])
			b.shoot(name + map[int64]string{1280: "", 360: "-phone"}[width])
			for _, fault := range js[[]string](b, contrast) {
				t.Errorf("%s: %s", name, fault)
			}
		}
		b.screen(1280, 900, "dark")
	}
	at := func(path string) {
		t.Helper()
		b.wait(`location.pathname === '` + path + `' && document.readyState === 'complete'`)
	}
	code := func(secret string) string {
		t.Helper()
		c, err := totp.GenerateCode(secret, s.Server.Now())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}

	b.open("/")
	at("/login")
	look("login-first")
	b.open(first.Path() + "&lang=nb")
	look("welcome")
	const password = "fire bla hester danser"
	enter("Ada Admin", kb.Tab, "ada", kb.Tab, password, kb.Tab, "something else")
	b.wait(`document.querySelector('[role=alert]')?.textContent.includes('ikke like')`)
	enter(kb.Tab, kb.Tab, password, kb.Tab, password)
	at("/login/factor")
	look("factor")
	secret := js[string](b, `document.querySelector('#secret').textContent`)
	enter("000000")
	b.wait(`!!document.querySelector('[role=alert]')`)
	enter(code(secret))
	b.wait(`document.querySelectorAll('.codes li').length === 10`)
	look("recovery")
	click(`main a.primary`)
	at("/")
	if got := js[string](b, `[...document.querySelectorAll('#menu a')].map(a => a.pathname).join(' ')`); got != "/ /opptak /skilting /sletting /brukere /innstillinger" {
		t.Errorf("an administrator's menu is %s", got)
	}

	b.open("/brukere")
	look("users")
	b.do(chromedp.Focus(chromedp.CSS(`#name`)))
	enter("Kari Nordmann", kb.Tab, "kari", kb.Tab, " ")
	b.wait(`!!document.querySelector('#once code')`)
	look("users-once")
	link, err := url.Parse(js[string](b, `document.querySelector('#once code').textContent`))
	if err != nil || !strings.HasPrefix(link.String(), b.base) {
		t.Fatalf("%v %v", link, err)
	}
	b.open("/konto")
	look("account")
	clean()

	// The guard, in a browser of her own.
	b = browse(chromium(t), s)
	b.open(link.RequestURI() + "&lang=nb")
	b.do(chromedp.Focus(chromedp.CSS(`#password`)))
	press("kari", kb.Tab, "kari", kb.Enter) // too short: the browser does not even send it
	b.do(chromedp.SetValue(chromedp.CSS(`#password`), "Passord123456"), chromedp.SetValue(chromedp.CSS(`#again`), "Passord123456"), chromedp.Focus(chromedp.CSS(`#again`)))
	enter()
	b.wait(`document.querySelector('[role=alert]')?.textContent.includes('prøves først')`)
	b.do(chromedp.Focus(chromedp.CSS(`#password`)))
	enter(password, kb.Tab, password)
	at("/")
	if got := js[string](b, `document.cookie`); got != "" {
		t.Errorf("scripts see the cookie %q", got)
	}
	b.open("/opptak?camera=k01-inngang&at=" + s.at("21:00:01").String())
	b.wait(`!!document.querySelector('#purpose-dialog[open]')`)
	if got := js[int](b, `[...document.querySelectorAll('video')].filter(v => v.readyState > 1).length`); got != 0 {
		t.Error("it plays before a purpose is stated")
	}
	look("purpose")
	b.do(chromedp.Focus(chromedp.CSS(`#purposes input[value=danger]`)))
	press(kb.Enter)
	b.wait(`[...document.querySelectorAll('video')].some(v => v.readyState > 1)`)
	b.open("/konto?lang=en")
	look("account-en")
	click(`form[action^="/logout"] button`)
	at("/login")
	b.open("/opptak")
	at("/login")
	b.do(chromedp.Focus(chromedp.CSS(`#login`)))
	enter("kari", kb.Tab, password)
	at("/opptak")
	s.setNow(saturday.Add(31 * time.Minute))
	b.open("/opptak")
	at("/login") // half an hour later, a stranger at the same desk
	clean()
}
