package account

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

const userPart = "user"

// User is a person's account. Where the ledger names somebody it says ID.
type User struct {
	ID       string          `cbor:"1,keyasint"`
	Login    string          `cbor:"2,keyasint,omitempty"` // what the person types
	Name     string          `cbor:"3,keyasint,omitempty"`
	Language string          `cbor:"4,keyasint,omitempty"` // "nb", "en", or "": what the browser asks for
	Roles    []Role          `cbor:"5,keyasint"`
	Disabled bool            `cbor:"6,keyasint,omitempty"`
	Expires  footage.Instant `cbor:"7,keyasint,omitempty"` // 0: never
	Created  footage.Instant `cbor:"8,keyasint"`
	By       string          `cbor:"9,keyasint"`            // who made it
	Last     footage.Instant `cbor:"10,keyasint,omitempty"` // signed in last
	Subject  string          `cbor:"11,keyasint,omitempty"` // at the provider of a shared sign-in

	Hash     string   `cbor:"20,keyasint,omitempty"` // of the password; "" until one is set
	TOTP     string   `cbor:"21,keyasint,omitempty"` // secret of the second factor; "" without one
	Step     int64    `cbor:"22,keyasint,omitempty"` // of the last code that counted
	Recovery []string `cbor:"23,keyasint,omitempty"` // digests of codes that are left
}

// State is what can be done with an account.
type State string

// The states.
const (
	Invited  State = "invited" // has not set a password yet
	Active   State = "active"
	Disabled State = "disabled"
	Expired  State = "expired"
)

// State is the user's at now.
func (u User) State(now footage.Instant) State {
	switch {
	case u.Disabled:
		return Disabled
	case u.Expires != 0 && u.Expires <= now:
		return Expired
	case u.Hash == "" && u.Subject == "":
		return Invited
	}
	return Active
}

// MaxVisit is how long a supplier's account lasts at most (R59).
const MaxVisit = 30 * 24 * time.Hour

var loginForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._@+-]{1,63}$`)

const maxName = 100 // characters

// NewUser is what an invitation says.
type NewUser struct {
	Login    string
	Name     string
	Language string
	Roles    []Role
	Expires  footage.Instant // required for a supplier
}

func (n *NewUser) check(now footage.Instant) error {
	n.Login, n.Name = strings.ToLower(strings.TrimSpace(n.Login)), strings.TrimSpace(n.Name)
	if !loginForm.MatchString(n.Login) {
		return invalid("a user name has 2 to 64 of a-z, 0-9, . _ @ + and -; %q is none", n.Login)
	}
	if utf8.RuneCountInString(n.Name) > maxName || strings.ContainsFunc(n.Name, unicode.IsControl) {
		return invalid("a name has at most %d characters, on one line", maxName)
	}
	if n.Language != "" && n.Language != "nb" && n.Language != "en" {
		return invalid("the languages are nb and en")
	}
	if err := checkRoles(n.Roles); err != nil {
		return err
	}
	return checkExpiry(n.Roles, n.Expires, now)
}

func checkExpiry(roles []Role, expires, now footage.Instant) error {
	supplier := slices.Contains(roles, Supplier)
	switch {
	case expires != 0 && expires <= now:
		return invalid("the account would have expired already")
	case supplier && expires == 0:
		return invalid("a supplier's account needs an end (R59)")
	case supplier && expires.Sub(now) > MaxVisit:
		return invalid("a supplier's account lasts at most %d days (R59)", MaxVisit/(24*time.Hour))
	}
	return nil
}

func putUser(tx *index.Tx, u User) error { return tx.Put(index.Key(userPart, u.ID), u) }

func getUser(tx *index.Tx, id string) (u User, err error) {
	if id == "" || strings.Contains(id, "/") {
		return u, ErrNotFound
	}
	found, err := tx.Get(index.Key(userPart, id), &u)
	if err == nil && !found {
		err = ErrNotFound
	}
	return u, err
}

// users returns all accounts, by their login names.
func users(tx *index.Tx) (all []User, err error) {
	for r := range tx.Scan(index.Prefix(userPart)) {
		var u User
		if err := r.Decode(&u); err != nil {
			return nil, err
		}
		all = append(all, u)
	}
	slices.SortFunc(all, func(a, b User) int { return cmp.Compare(a.Login, b.Login) })
	return all, nil
}

// named returns the account with the login name.
func named(tx *index.Tx, login string) (User, error) {
	all, err := users(tx)
	if err != nil {
		return User{}, err
	}
	if login = strings.ToLower(strings.TrimSpace(login)); login != "" {
		for _, u := range all {
			if u.Login == login {
				return u, nil
			}
		}
	}
	return User{}, ErrNotFound
}

// Users returns all accounts, by their login names.
func (a *Accounts) Users() (all []User, err error) {
	err = a.Index.View(func(tx *index.Tx) error {
		all, err = users(tx)
		return err
	})
	return all, err
}

// User returns an account by its id or its login name.
func (a *Accounts) User(who string) (u User, err error) {
	err = a.Index.View(func(tx *index.Tx) error {
		u, err = find(tx, who)
		return err
	})
	return u, err
}

func find(tx *index.Tx, who string) (User, error) {
	u, err := getUser(tx, who)
	if errors.Is(err, ErrNotFound) {
		return named(tx, who)
	}
	return u, err
}

// Invite makes an account and the link through which its person sets a password.
func (a *Accounts) Invite(n NewUser, by string) (u User, l Link, err error) {
	err = a.Index.Update(func(tx *index.Tx) error {
		if u, err = a.create(tx, n, by); err != nil {
			return err
		}
		l, err = newLink(tx, linkRow{Kind: Invitation, User: u.ID, By: by}, InvitedFor)
		return err
	})
	return u, l, err
}

func (a *Accounts) create(tx *index.Tx, n NewUser, by string) (User, error) {
	if err := n.check(tx.Now); err != nil {
		return User{}, err
	}
	if _, err := named(tx, n.Login); err == nil {
		return User{}, invalid("there is a user %q already", n.Login)
	} else if !errors.Is(err, ErrNotFound) {
		return User{}, err
	}
	u := User{ID: newID("u"), Login: n.Login, Name: n.Name, Language: n.Language, Roles: n.Roles, Expires: n.Expires, Created: tx.Now, By: by}
	if err := putUser(tx, u); err != nil {
		return User{}, err
	}
	return u, note(tx, ledger.UserInvited, by, ledger.Fields{"user": u.ID, "role": word(u.Roles), "until": u.Expires})
}

// change changes an account, writes down what, and ends its sessions when asked to.
func (a *Accounts) change(who, by, what string, endSessions bool, fn func(tx *index.Tx, u *User) error) (u User, err error) {
	err = a.Index.Update(func(tx *index.Tx) error {
		if u, err = find(tx, who); err != nil {
			return err
		}
		if err := fn(tx, &u); err != nil {
			return err
		}
		if err := putUser(tx, u); err != nil {
			return err
		}
		if err := keepAdmin(tx); err != nil {
			return err
		}
		if endSessions {
			if err := endSessionsOf(tx, u.ID, ""); err != nil {
				return err
			}
		}
		if what == "" {
			return nil
		}
		return note(tx, ledger.UserChanged, by, ledger.Fields{"user": u.ID, "what": what})
	})
	return u, err
}

// keepAdmin refuses to leave nobody who could manage the accounts. While there is
// nobody yet there is nothing to keep.
func keepAdmin(tx *index.Tx) error {
	all, err := users(tx)
	if err != nil || len(all) == 0 {
		return err
	}
	if !canManage(all, tx.Now) {
		return wrap(ErrRefused, "it is the last administrator who can sign in; make another one first")
	}
	return nil
}

// canManage reports whether one of the accounts can sign in and manage the others
// for as long as nobody takes that away.
func canManage(all []User, now footage.Instant) bool {
	return slices.ContainsFunc(all, func(u User) bool {
		return u.State(now) == Active && u.Expires == 0 && slices.Contains(u.Roles, Admin)
	})
}

// SetRoles gives somebody other roles. Sessions end: what they show was chosen for
// the old ones.
func (a *Accounts) SetRoles(who string, roles []Role, by string) (User, error) {
	return a.change(who, by, "", true, func(tx *index.Tx, u *User) error {
		if err := checkRoles(roles); err != nil {
			return err
		}
		if err := checkExpiry(roles, u.Expires, tx.Now); err != nil {
			return err
		}
		u.Roles = roles
		return note(tx, ledger.RoleChanged, by, ledger.Fields{"user": u.ID, "role": word(roles)})
	})
}

// SetExpires says until when an account lasts; 0 is for good.
func (a *Accounts) SetExpires(who string, expires footage.Instant, by string) (User, error) {
	return a.change(who, by, "expiry", false, func(tx *index.Tx, u *User) error {
		u.Expires = expires
		return checkExpiry(u.Roles, expires, tx.Now)
	})
}

// SetDisabled takes an account out of use, or back into it. Its sessions end, its
// links too.
func (a *Accounts) SetDisabled(who string, disabled bool, by string) (User, error) {
	what := "enabled"
	if disabled {
		what = "disabled"
	}
	return a.change(who, by, what, true, func(tx *index.Tx, u *User) error {
		u.Disabled = disabled
		return dropLinks(tx, func(l linkRow) bool { return l.User == u.ID })
	})
}

// SetLanguage says in which language somebody reads the pages.
func (a *Accounts) SetLanguage(who, language string) (User, error) {
	return a.change(who, who, "", false, func(_ *index.Tx, u *User) error {
		if language != "nb" && language != "en" {
			return invalid("the languages are nb and en")
		}
		u.Language = language
		return nil
	})
}

// Reset takes password and second factor away and makes the link through which the
// person sets both anew.
func (a *Accounts) Reset(who, by string) (u User, l Link, err error) {
	u, err = a.change(who, by, "reset", true, func(tx *index.Tx, u *User) error {
		if u.Disabled {
			return wrap(ErrRefused, "the account is disabled; enable it first")
		}
		u.Hash, u.TOTP, u.Step, u.Recovery = "", "", 0, nil
		if err := dropLinks(tx, func(l linkRow) bool { return l.User == u.ID }); err != nil {
			return err
		}
		l, err = newLink(tx, linkRow{Kind: Invitation, User: u.ID, By: by}, InvitedFor)
		return err
	})
	return u, l, err
}

// Erase takes an account out of use for good, with its names and all that lets its
// person in. What the ledger says of it stays, under its id.
func (a *Accounts) Erase(who, by string) (User, error) {
	return a.change(who, by, "erased", true, func(tx *index.Tx, u *User) error {
		*u = User{ID: u.ID, Roles: u.Roles, Disabled: true, Expires: u.Expires, Created: u.Created, By: u.By, Last: u.Last}
		return dropLinks(tx, func(l linkRow) bool { return l.User == u.ID })
	})
}

// SetPassword changes somebody's own password, and ends all other sessions.
func (a *Accounts) SetPassword(ctx context.Context, s *Session, old, password string) error {
	u, err := a.User(s.User)
	if err != nil {
		return err
	}
	if err := checkPassword(password, u.Login, u.Name); err != nil {
		return err
	}
	keys := a.brake.keys(u.ID, s.Where)
	if wait := a.brake.wait(a.Now(), keys); wait > 0 {
		return Locked{wait}
	}
	ok, err := a.hasher.matches(ctx, old, u.Hash)
	if err != nil {
		return err
	}
	if !ok {
		a.brake.failed(a.Now(), keys)
		return ErrLogin
	}
	hash, err := a.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	_, err = a.change(u.ID, u.ID, "password", false, func(tx *index.Tx, u *User) error {
		u.Hash = hash
		return endSessionsOf(tx, u.ID, s.ID)
	})
	return err
}
