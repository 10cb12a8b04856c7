package account

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

const tokenPart = "token"

// TokenMark is what the tokens of programs begin with, so that one that has got into
// a repository or a log can be found there.
const TokenMark = "sjudager_"

// MaxToken is how long a token lasts at most.
const MaxToken = 366 * 24 * time.Hour

// Token lets a program in with one role.
type Token struct {
	ID      string          `cbor:"1,keyasint"`
	Name    string          `cbor:"2,keyasint"` // what it is for
	Role    Role            `cbor:"3,keyasint"`
	Created footage.Instant `cbor:"4,keyasint"`
	By      string          `cbor:"5,keyasint"`
	Expires footage.Instant `cbor:"6,keyasint"`
	Used    footage.Instant `cbor:"7,keyasint,omitempty"` // last, to the hour
}

// NewToken makes a token. Its text is shown this once.
func (a *Accounts) NewToken(name string, role Role, expires footage.Instant, by string) (text string, t Token, err error) {
	name = strings.TrimSpace(name)
	if n := utf8.RuneCountInString(name); n == 0 || n > maxName || strings.ContainsFunc(name, unicode.IsControl) {
		return "", t, invalid("a token's name has 1 to %d characters: what the token is for", maxName)
	}
	if err := checkRoles([]Role{role}); err != nil {
		return "", t, err
	}
	err = a.Index.Update(func(tx *index.Tx) error {
		if expires <= tx.Now || expires.Sub(tx.Now) > MaxToken {
			return invalid("a token lasts at most %d days, and has not expired yet", MaxToken/(24*time.Hour))
		}
		text, _ = secret()
		text = TokenMark + text
		t = Token{ID: newID("t"), Name: name, Role: role, Created: tx.Now, By: by, Expires: expires}
		if err := tx.Put(index.Key(tokenPart, digestOf(text)), t); err != nil {
			return err
		}
		return note(tx, ledger.TokenMade, by, ledger.Fields{"token": t.ID, "role": string(role), "until": expires})
	})
	if err != nil {
		return "", Token{}, err
	}
	return text, t, nil
}

// usedEvery is how exactly it is known when a token was used last.
const usedEvery = time.Hour

// Bearer returns the token with this text.
func (a *Accounts) Bearer(text string) (t Token, err error) {
	key := index.Key(tokenPart, digestOf(text))
	var now footage.Instant
	read := func(tx *index.Tx) error {
		now = tx.Now
		found, err := tx.Get(key, &t)
		if err == nil && (!found || t.Expires <= now) {
			err = ErrNoSession
		}
		return err
	}
	if err := a.Index.View(read); err != nil || now.Sub(t.Used) < usedEvery {
		return t, err
	}
	err = a.Index.Update(func(tx *index.Tx) error {
		if err := read(tx); err != nil {
			return err
		}
		t.Used = tx.Now
		return tx.Put(key, t)
	})
	return t, err
}

// Tokens returns all tokens, the newest first.
func (a *Accounts) Tokens() (all []Token, err error) {
	err = a.Index.View(func(tx *index.Tx) error {
		for r := range tx.Scan(index.Prefix(tokenPart)) {
			var t Token
			if err := r.Decode(&t); err != nil {
				return err
			}
			all = append(all, t)
		}
		return nil
	})
	slices.SortFunc(all, func(a, b Token) int { return cmp.Or(cmp.Compare(b.Created, a.Created), cmp.Compare(a.ID, b.ID)) })
	return all, err
}

// RevokeToken ends a token by its id.
func (a *Accounts) RevokeToken(id, by string) error {
	return a.Index.Update(func(tx *index.Tx) error {
		for r := range tx.Scan(index.Prefix(tokenPart)) {
			var t Token
			if err := r.Decode(&t); err != nil {
				return err
			}
			if t.ID == id {
				if err := tx.Delete(r.Key); err != nil {
					return err
				}
				return note(tx, ledger.TokenRevoked, by, ledger.Fields{"token": id})
			}
		}
		return ErrNotFound
	})
}
