package account

import (
	"context"
	"errors"
	"time"

	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

const linkPart = "link"

// LinkKind is what a one-time link is for.
type LinkKind string

// The kinds of links.
const (
	First      LinkKind = "first"      // makes the first administrator
	Invitation LinkKind = "invitation" // sets somebody's password
	SignIn     LinkKind = "sign-in"    // signs in without one: the demo's
)

// How long links last.
const (
	FirstFor   = 24 * time.Hour
	InvitedFor = 72 * time.Hour
)

// Link is a one-time link: what comes after the address of the pages.
type Link struct {
	Secret  string
	Expires footage.Instant
}

// LinkPath is where the pages take one-time links. Behind "#" or in a path a secret
// would not reach the server, or stay in logs: the query of this page is in none.
const LinkPath = "/welcome"

// Path is the address of the link below that of the pages.
func (l Link) Path() string { return LinkPath + "?link=" + l.Secret }

// linkRow is a link as it is kept, under the digest of its secret.
type linkRow struct {
	Kind    LinkKind        `cbor:"1,keyasint"`
	User    string          `cbor:"2,keyasint,omitempty"`
	By      string          `cbor:"3,keyasint"`
	Expires footage.Instant `cbor:"4,keyasint"`
}

func newLink(tx *index.Tx, row linkRow, lasts time.Duration) (Link, error) {
	text, digest := secret()
	row.Expires = tx.Now.Add(lasts)
	return Link{text, row.Expires}, tx.Put(index.Key(linkPart, digest), row)
}

func getLink(tx *index.Tx, secret string) (row linkRow, err error) {
	found, err := tx.Get(index.Key(linkPart, digestOf(secret)), &row)
	if err == nil && (!found || row.Expires <= tx.Now) {
		err = ErrLink
	}
	return row, err
}

// dropLinks removes the links that which chooses, and those that have expired.
func dropLinks(tx *index.Tx, which func(linkRow) bool) error {
	var keys []string
	for r := range tx.Scan(index.Prefix(linkPart)) {
		var row linkRow
		if err := r.Decode(&row); err != nil {
			return err
		}
		if row.Expires <= tx.Now || which(row) {
			keys = append(keys, r.Key)
		}
	}
	for _, key := range keys {
		if err := tx.Delete(key); err != nil {
			return err
		}
	}
	return nil
}

// FirstLink makes the link through which the first administrator comes in, in the
// place of any earlier one. With an administrator who can sign in it is ErrRefused.
func (a *Accounts) FirstLink() (l Link, err error) {
	err = a.Index.Update(func(tx *index.Tx) error {
		all, err := users(tx)
		if err != nil {
			return err
		}
		if canManage(all, tx.Now) {
			return wrap(ErrRefused, "there is an administrator already, who can invite others")
		}
		if err := dropLinks(tx, func(l linkRow) bool { return l.Kind == First }); err != nil {
			return err
		}
		l, err = newLink(tx, linkRow{Kind: First, By: ledger.System}, FirstFor)
		return err
	})
	return l, err
}

// Manned reports whether somebody can sign in and manage the accounts.
func (a *Accounts) Manned() (manned bool, err error) {
	err = a.Index.View(func(tx *index.Tx) error {
		all, err := users(tx)
		manned = canManage(all, tx.Now)
		return err
	})
	return manned, err
}

// SignInLink makes a link that signs somebody in without a password. Only the demo
// makes such links, of accounts that it has made itself.
func (a *Accounts) SignInLink(who string) (l Link, err error) {
	err = a.Index.Update(func(tx *index.Tx) error {
		u, err := find(tx, who)
		if err != nil {
			return err
		}
		l, err = newLink(tx, linkRow{Kind: SignIn, User: u.ID, By: ledger.System}, FirstFor)
		return err
	})
	return l, err
}

// Linked says what a link is for, without using it up. Of a first link there is no
// user yet.
func (a *Accounts) Linked(secret string) (kind LinkKind, u User, err error) {
	err = a.Index.View(func(tx *index.Tx) error {
		row, err := getLink(tx, secret)
		if err != nil {
			return err
		}
		kind = row.Kind
		if row.User == "" {
			return nil
		}
		u, err = usable(tx, row)
		return err
	})
	return kind, u, err
}

func usable(tx *index.Tx, row linkRow) (User, error) {
	u, err := getUser(tx, row.User)
	if errors.Is(err, ErrNotFound) || err == nil && (u.Disabled || u.State(tx.Now) == Expired) {
		return u, ErrLink
	}
	return u, err
}

// Follow uses a link up: it makes the first administrator or sets a password, and
// signs in. Name and login count for the first administrator only, the password for
// all but a sign-in link. The text is that of the new session.
func (a *Accounts) Follow(ctx context.Context, secret string, n NewUser, password string, from Where) (text string, s *Session, err error) {
	kind, u, err := a.Linked(secret)
	if err != nil {
		return "", nil, err
	}
	if kind == First {
		n.Roles, n.Expires = []Role{Admin}, 0
		if err := n.check(footage.At(a.Now())); err != nil {
			return "", nil, err
		}
	} else {
		n.Login, n.Name = u.Login, u.Name
	}
	hash := u.Hash
	if kind != SignIn {
		if err := checkPassword(password, n.Login, n.Name); err != nil {
			return "", nil, err
		}
		if hash, err = a.hasher.hash(ctx, password); err != nil {
			return "", nil, err
		}
	}
	err = a.Index.Update(func(tx *index.Tx) error {
		row, err := getLink(tx, secret) // it may have been used meanwhile
		if err != nil {
			return err
		}
		if err := tx.Delete(index.Key(linkPart, digestOf(secret))); err != nil {
			return err
		}
		if row.Kind == First {
			u, err = a.create(tx, n, ledger.System)
		} else {
			u, err = usable(tx, row)
		}
		if err != nil {
			return err
		}
		stage := Full
		if kind != SignIn {
			u.Hash = hash
			stage = a.stageOf(u)
			if err := note(tx, ledger.UserChanged, u.ID, ledger.Fields{"user": u.ID, "what": "password"}); err != nil {
				return err
			}
		}
		if text, s, err = a.begin(tx, &u, stage, from); err != nil {
			return err
		}
		return putUser(tx, u)
	})
	return text, s, err
}
