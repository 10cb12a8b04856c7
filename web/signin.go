package web

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web/account"
)

// The pages of those who are not signed in yet.
const (
	atLogin  = "/login"
	atCode   = "/login/code"
	atFactor = "/login/factor"
	atShared = "/login/oidc"
	atBack   = "/login/oidc/callback" // where the provider sends people
)

// door is what a page shows to somebody who is not in yet: nothing of the footage,
// and of the site its name.
type door struct {
	tongue
	request *http.Request
	Site    Site
	Here    string // the page's address, for the links of the languages
	Next    string // where to go on
	Wrong   string // why it was refused

	Provider string // its name, where people may sign in at one
	Away     string // its page
	Code     string // what it has sent back
	State    string

	Unmanned bool   // nobody can sign in
	Halfway  bool   // a code of the second factor is asked for
	Login    string // as it was typed

	Link    string           // the secret of a one-time link
	Kind    account.LinkKind // what it is for
	Name    string           // of the person
	Expires footage.Instant

	Secret  string   // of the second factor that is being set up
	QR      picture  // for a telephone
	Recover []string // codes, shown once
}

func (s *Server) door(r *http.Request, next string) *door {
	q := url.Values{}
	for _, name := range []string{"next", "link"} {
		if v := r.URL.Query().Get(name); v != "" {
			q.Set(name, v)
		}
	}
	return &door{request: r, tongue: tongue{language(r), s.Holds.Policy().Zone}, Site: s.Site(), Here: join(r.URL.Path, q.Encode()), Next: within(next), Provider: s.Accounts.ByProvider()}
}

// In is the address of the same page in another language.
func (d *door) In(lang string) string {
	u, err := url.Parse(d.Here)
	if err != nil {
		return atLogin
	}
	q := u.Query()
	q.Set("lang", lang)
	return join(u.Path, q.Encode())
}

// To is the address of another page, in the same language.
func (d *door) To(path string) string { return to(d.request, path) }

// MinPassword is how long a password is.
func (d *door) MinPassword() int { return account.MinPassword }

func (s *Server) drawDoor(w http.ResponseWriter, status int, name string, d *door) {
	s.write(w, status, name, "door", d)
}

// refused says in the reader's language why somebody did not come in, and with which
// status; false is for faults of ours.
func (t tongue) refused(err error) (text string, status int, known bool) {
	if l, ok := errors.AsType[account.Locked](err); ok {
		return t.F("For mange mislykkede forsøk. Prøv igjen om %s.", "Too many failed attempts. Try again in %s.", t.For(l.For+time.Second)), http.StatusTooManyRequests, true
	}
	if f, ok := errors.AsType[account.PasswordFault](err); ok {
		return t.passwordFault(f), http.StatusBadRequest, true
	}
	switch {
	case errors.Is(err, account.ErrLogin):
		return t.T("Feil brukernavn, passord eller kode.", "Wrong user name, password or code."), http.StatusUnauthorized, true
	case errors.Is(err, account.ErrBusy):
		return t.T("Mange logger inn akkurat nå. Prøv igjen om litt.", "Many are signing in just now. Try again in a moment."), http.StatusServiceUnavailable, true
	case errors.Is(err, account.ErrLink):
		return t.T("Lenken er brukt, utløpt eller erstattet. Be om en ny.", "The link has been used, has expired or was replaced. Ask for another."), http.StatusGone, true
	case errors.Is(err, account.ErrNoRole):
		return t.T("Gruppene dine gir ingen rolle her. En administrator kan endre det.", "Your groups have no role here. An administrator can change that."), http.StatusForbidden, true
	case errors.Is(err, account.ErrProvider):
		return t.T("Innloggingstjenesten svarte ikke som den skulle. Prøv igjen.", "The sign-in provider did not answer as it should. Try again."), http.StatusBadGateway, true
	case errors.Is(err, account.ErrInvalid), errors.Is(err, account.ErrRefused):
		return err.Error(), http.StatusBadRequest, true
	}
	return "", 0, false
}

func (t tongue) passwordFault(f account.PasswordFault) string {
	switch f {
	case account.PasswordShort:
		return t.F("Passordet må ha minst %d tegn. Flere ord etter hverandre er lette å huske.", "The password needs at least %d characters. Several words in a row are easy to remember.", account.MinPassword)
	case account.PasswordLong:
		return t.F("Passordet kan ha høyst %d tegn.", "The password can have at most %d characters.", account.MaxPassword)
	case account.PasswordOwn:
		return t.T("Passordet er lite annet enn et navn.", "The password is little more than a name.")
	}
	return t.T("Passordet er blant dem som prøves først. Velg noe mindre vanlig.", "The password is one of those that are tried first. Choose something less common.")
}

// to is the address of a page with more in it by names and values, in the language
// that the address of r asks for.
func to(r *http.Request, path string, more ...string) string {
	q := url.Values{}
	if lang := r.URL.Query().Get("lang"); lang != "" {
		q.Set("lang", lang)
	}
	return join(path, changed(q, more))
}

// enter gives the browser its session and leads on: to what is still to be done, or
// to where the person was going.
func (s *Server) enter(w http.ResponseWriter, r *http.Request, text string, session *account.Session, next string) {
	setSession(w, r, text)
	switch next = within(next); session.Stage {
	case account.NeedsCode:
		next = to(r, atLogin, "next", next)
	case account.NeedsFactor:
		next = to(r, atFactor, "next", next)
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
}

// getLogin asks for user name and password, or for the code that is still missing.
func (s *Server) getLogin(w http.ResponseWriter, r *http.Request) {
	d := s.door(r, r.URL.Query().Get("next"))
	if identity(r) != nil {
		http.Redirect(w, r, d.Next, http.StatusSeeOther)
		return
	}
	session, _, err := s.session(r)
	if err == nil && session.Stage == account.NeedsFactor {
		http.Redirect(w, r, to(r, atFactor, "next", d.Next), http.StatusSeeOther)
		return
	}
	d.Halfway = err == nil && session.Stage == account.NeedsCode
	manned, err := s.Accounts.Manned()
	if err != nil {
		s.fail(w, r, err)
		return
	}
	d.Unmanned = !manned
	s.drawDoor(w, http.StatusOK, "login", d)
}

func (s *Server) postLogin(w http.ResponseWriter, r *http.Request) {
	if err := parseForm(r); err != nil {
		s.fail(w, r, err)
		return
	}
	d := s.door(r, r.PostForm.Get("next"))
	d.Login = r.PostForm.Get("login")
	text, session, err := s.Accounts.Login(r.Context(), d.Login, r.PostForm.Get("password"), from(r))
	if err != nil {
		s.again(w, r, "login", d, err)
		return
	}
	s.enter(w, r, text, session, d.Next)
}

// again answers with the form and why it was refused.
func (s *Server) again(w http.ResponseWriter, r *http.Request, page string, d *door, err error) {
	text, status, known := d.refused(err)
	if !known {
		s.fail(w, r, err)
		return
	}
	d.Wrong = text
	s.drawDoor(w, status, page, d)
}

func (s *Server) postCode(w http.ResponseWriter, r *http.Request) {
	if err := parseForm(r); err != nil {
		s.fail(w, r, err)
		return
	}
	d := s.door(r, r.PostForm.Get("next"))
	d.Here, d.Halfway = atLogin, true
	session, _, err := s.session(r)
	var text string
	if err == nil {
		text, err = s.Accounts.Code(session, r.PostForm.Get("code"))
	}
	switch {
	case errors.Is(err, account.ErrNoSession): // too slow, or too many wrong ones
		http.Redirect(w, r, to(r, atLogin), http.StatusSeeOther)
	case err != nil:
		s.again(w, r, "login", d, err)
	default:
		s.enter(w, r, text, session, d.Next)
	}
}

// getFactor shows the secret of the second factor that a session is setting up.
func (s *Server) getFactor(w http.ResponseWriter, r *http.Request) {
	d, _, err := s.factorDoor(r, r.URL.Query().Get("next"))
	if err != nil {
		s.failSignIn(w, r, err)
		return
	}
	s.drawDoor(w, http.StatusOK, "factor", d)
}

func (s *Server) factorDoor(r *http.Request, next string) (*door, *account.Session, error) {
	d := s.door(r, next)
	session, user, err := s.session(r)
	if err == nil && session.Pending == "" {
		err = account.ErrNoSession
	}
	if err != nil {
		return nil, nil, err
	}
	d.Secret = session.Pending
	d.QR, err = drawQR(account.FactorURL(d.Site.Name, user.Login, session.Pending))
	return d, session, err
}

// failSignIn sends whoever has no session to sign in.
func (s *Server) failSignIn(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, account.ErrNoSession) {
		http.Redirect(w, r, to(r, atLogin), http.StatusSeeOther)
		return
	}
	s.fail(w, r, err)
}

func (s *Server) postFactor(w http.ResponseWriter, r *http.Request) {
	if err := parseForm(r); err != nil {
		s.fail(w, r, err)
		return
	}
	d, session, err := s.factorDoor(r, r.PostForm.Get("next"))
	if err != nil {
		s.failSignIn(w, r, err)
		return
	}
	codes, text, err := s.Accounts.SetFactor(session, r.PostForm.Get("code"))
	if err != nil {
		s.again(w, r, "factor", d, err)
		return
	}
	setSession(w, r, text)
	d.Recover = codes
	s.drawDoor(w, http.StatusOK, "factor", d)
}

// getWelcome is where one-time links lead. It uses nothing up: programs that look at
// links ahead of people only get to see the form.
func (s *Server) getWelcome(w http.ResponseWriter, r *http.Request) {
	d := s.door(r, to(r, "/"))
	if err := s.readLink(d, r.URL.Query().Get("link")); err != nil {
		s.again(w, r, "welcome", d, err)
		return
	}
	s.drawDoor(w, http.StatusOK, "welcome", d)
}

func (s *Server) readLink(d *door, secret string) error {
	kind, u, err := s.Accounts.Linked(secret)
	d.Link, d.Kind, d.Login, d.Name = secret, kind, u.Login, u.Name
	return err
}

func (s *Server) postWelcome(w http.ResponseWriter, r *http.Request) {
	if err := parseForm(r); err != nil {
		s.fail(w, r, err)
		return
	}
	d, form := s.door(r, to(r, "/")), r.PostForm
	d.Here = account.LinkPath + "?" + url.Values{"link": {form.Get("link")}}.Encode()
	if err := s.readLink(d, form.Get("link")); err != nil {
		s.again(w, r, "welcome", d, err)
		return
	}
	if d.Kind == account.First {
		d.Login, d.Name = form.Get("login"), form.Get("name")
	}
	if d.Kind != account.SignIn && form.Get("password") != form.Get("again") {
		d.Wrong = d.T("De to passordene er ikke like.", "The two passwords differ.")
		s.drawDoor(w, http.StatusBadRequest, "welcome", d)
		return
	}
	text, session, err := s.Accounts.Follow(r.Context(), d.Link, account.NewUser{Login: d.Login, Name: d.Name, Language: d.lang}, form.Get("password"), from(r))
	if err != nil {
		s.again(w, r, "welcome", d, err)
		return
	}
	s.enter(w, r, text, session, to(r, "/"))
}

// postLogout ends the session, if there is one.
func (s *Server) postLogout(w http.ResponseWriter, r *http.Request) {
	if session, _, err := s.session(r); err == nil {
		if err := s.Accounts.End(session.User, session.ID, session.User); err != nil && !errors.Is(err, account.ErrNotFound) {
			s.fail(w, r, err)
			return
		}
	}
	setSession(w, r, "")
	http.Redirect(w, r, to(r, atLogin), http.StatusSeeOther)
}

// postShared sends somebody to sign in at the provider: by a page, since a form may
// lead to nobody else (form-action).
func (s *Server) postShared(w http.ResponseWriter, r *http.Request) {
	if err := parseForm(r); err != nil {
		s.fail(w, r, err)
		return
	}
	d := s.door(r, r.PostForm.Get("next"))
	text, away, err := s.Accounts.BeginShared(r.Context(), address(r)+atBack, d.Next, from(r))
	if err != nil {
		d.Here = atLogin
		s.again(w, r, "login", d, err)
		return
	}
	setSession(w, r, text)
	d.Away = away
	s.drawDoor(w, http.StatusOK, "shared", d)
}

// getBack is where the provider sends people. The session's cookie does not come along
// from another site (SameSite=Strict), so this page sends on what it was given, and
// that it does not change anything is as it should be with GET.
func (s *Server) getBack(w http.ResponseWriter, r *http.Request) {
	d := s.door(r, "/")
	d.Here, d.Code, d.State = atLogin, r.URL.Query().Get("code"), r.URL.Query().Get("state")
	s.drawDoor(w, http.StatusOK, "shared", d)
}

func (s *Server) postBack(w http.ResponseWriter, r *http.Request) {
	if err := parseForm(r); err != nil {
		s.fail(w, r, err)
		return
	}
	d := s.door(r, "/")
	d.Here = atLogin
	session, _, err := s.session(r)
	var text, next string
	if err == nil {
		text, next, err = s.Accounts.EndShared(r.Context(), session, r.PostForm.Get("state"), r.PostForm.Get("code"), from(r))
	}
	switch {
	case errors.Is(err, account.ErrNoSession):
		http.Redirect(w, r, to(r, atLogin), http.StatusSeeOther)
	case err != nil:
		s.Log.Warn("nobody came in through the provider", "error", err)
		s.again(w, r, "login", d, err)
	default:
		setSession(w, r, text)
		http.Redirect(w, r, within(next), http.StatusSeeOther)
	}
}
