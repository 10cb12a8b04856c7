package account

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

const sessionPart = "session"

// Stage is how far somebody has come in signing in.
type Stage string

// The stages. Only Full lets anybody do anything.
const (
	NeedsCode      Stage = "code"     // of the second factor
	NeedsFactor    Stage = "factor"   // which is required, and not set up
	NeedsProvider  Stage = "provider" // of a shared sign-in, which is asked
	Full           Stage = "full"     //
	halfwayFor           = 10 * time.Minute
	seenEvery            = time.Minute // an open page asks every few seconds, and a write is a disk's
	maxSessions          = 20          // of one person; the oldest goes
	maxAtProvider        = 1000
	maxCodesAtOnce       = 5 // wrong ones, before a half-way session ends
)

// Session is one sign-in of one person on one device.
type Session struct {
	ID       string            `cbor:"1,keyasint"` // tells it from others; lets nobody in
	User     string            `cbor:"2,keyasint,omitempty"`
	Stage    Stage             `cbor:"3,keyasint"`
	Began    footage.Instant   `cbor:"4,keyasint"`
	Seen     footage.Instant   `cbor:"5,keyasint"` // to the minute
	Where    Where             `cbor:"6,keyasint"`
	Purposes map[string]string `cbor:"7,keyasint,omitempty"` // why footage is watched, by camera (R55)
	Pending  string            `cbor:"8,keyasint,omitempty"` // secret of a second factor that is being set up
	Wrong    int               `cbor:"9,keyasint,omitempty"` // codes
	Provider *providerState    `cbor:"10,keyasint,omitempty"`

	digest string
}

// Ends is when a session ends if nobody uses it any more.
func (s Session) Ends(r Rules) footage.Instant {
	if s.Stage != Full {
		return s.Began.Add(halfwayFor)
	}
	return min(s.Seen.Add(r.Idle), s.Began.Add(r.Session))
}

// stageOf is where a session is that has shown the password of u.
func (a *Accounts) stageOf(u User) Stage {
	switch {
	case u.TOTP != "":
		return NeedsCode
	case slices.ContainsFunc(a.Rules().SecondFactor, func(r Role) bool { return slices.Contains(u.Roles, r) }):
		return NeedsFactor
	}
	return Full
}

// begin makes a session. A full one is written down as a sign-in.
func (a *Accounts) begin(tx *index.Tx, u *User, stage Stage, from Where) (text string, s *Session, err error) {
	from.Device = from.Device[:min(len(from.Device), maxDevice)]
	s = &Session{ID: newID("s"), User: u.ID, Stage: stage, Began: tx.Now, Seen: tx.Now, Where: from}
	if stage == NeedsFactor {
		s.Pending = newFactor()
	}
	text, s.digest = secret()
	if err := a.clearSessions(tx, u.ID); err != nil {
		return "", nil, err
	}
	if stage == Full {
		if err := signedIn(tx, u, from); err != nil {
			return "", nil, err
		}
	}
	return text, s, putSession(tx, s)
}

func signedIn(tx *index.Tx, u *User, from Where) error {
	u.Last = tx.Now
	return noteFrom(tx, ledger.Login, u.ID, from.Address, ledger.Fields{})
}

// renew gives a session another secret, because what it may do has changed: the old
// one, which somebody may have planted or seen, is worth nothing from then on.
func renew(tx *index.Tx, s *Session) (text string, err error) {
	if err := tx.Delete(index.Key(sessionPart, s.digest)); err != nil {
		return "", err
	}
	text, s.digest = secret()
	return text, putSession(tx, s)
}

func putSession(tx *index.Tx, s *Session) error {
	return tx.Put(index.Key(sessionPart, s.digest), *s)
}

func sessions(tx *index.Tx) (all []Session, err error) {
	for r := range tx.Scan(index.Prefix(sessionPart)) {
		var s Session
		if err := r.Decode(&s); err != nil {
			return nil, err
		}
		s.digest = r.Key[len(sessionPart)+1:]
		all = append(all, s)
	}
	return all, nil
}

// clearSessions removes sessions that have ended, and makes room for one more of a
// person's.
func (a *Accounts) clearSessions(tx *index.Tx, user string) error {
	all, err := sessions(tx)
	if err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b Session) int { return cmp.Compare(b.Seen, a.Seen) })
	rules, left := a.Rules(), maxSessions-1
	if user == "" { // at the provider, of whom nobody knows who they are
		left = maxAtProvider
	}
	for _, s := range all {
		if s.User == user && s.Ends(rules) > tx.Now {
			if left--; left >= 0 {
				continue
			}
		} else if s.Ends(rules) > tx.Now {
			continue
		}
		if err := tx.Delete(index.Key(sessionPart, s.digest)); err != nil {
			return err
		}
	}
	return nil
}

// endSessionsOf ends a person's sessions but for the one with the id keep.
func endSessionsOf(tx *index.Tx, user, keep string) error {
	all, err := sessions(tx)
	if err != nil {
		return err
	}
	for _, s := range all {
		if s.User == user && s.ID != keep {
			if err := tx.Delete(index.Key(sessionPart, s.digest)); err != nil {
				return err
			}
		}
	}
	return nil
}

// ErrNoSession: the session has ended, or never was, or its person may not come in
// any more.
var ErrNoSession = errors.New("nobody is signed in")

// Session returns the session that text belongs to, and its person. Half-way
// sessions, too: see Stage.
func (a *Accounts) Session(text string) (s *Session, u User, err error) {
	var now footage.Instant
	err = a.Index.View(func(tx *index.Tx) error {
		now = tx.Now
		s, u, err = a.session(tx, text)
		return err
	})
	if err != nil || s.Stage != Full || now.Sub(s.Seen) < seenEvery {
		return s, u, err
	}
	err = a.Index.Update(func(tx *index.Tx) error {
		if s, u, err = a.session(tx, text); err != nil { // it may have ended meanwhile
			return err
		}
		s.Seen = tx.Now
		return putSession(tx, s)
	})
	return s, u, err
}

func (a *Accounts) session(tx *index.Tx, text string) (*Session, User, error) {
	s := &Session{digest: digestOf(text)}
	found, err := tx.Get(index.Key(sessionPart, s.digest), s)
	if err != nil {
		return nil, User{}, err
	}
	// A clock that was set back does not make a session longer.
	if !found || s.Ends(a.Rules()) <= tx.Now || s.Began > tx.Now.Add(seenEvery) {
		return nil, User{}, ErrNoSession
	}
	if s.Stage == NeedsProvider {
		return s, User{}, nil
	}
	u, err := getUser(tx, s.User)
	if errors.Is(err, ErrNotFound) || err == nil && (u.Disabled || u.State(tx.Now) == Expired) {
		return nil, User{}, ErrNoSession
	}
	return s, u, err
}

// Sessions returns a person's sessions, the latest used first.
func (a *Accounts) Sessions(user string) (own []Session, err error) {
	err = a.Index.View(func(tx *index.Tx) error {
		all, err := sessions(tx)
		for _, s := range all {
			if s.User == user && s.Ends(a.Rules()) > tx.Now {
				own = append(own, s)
			}
		}
		return err
	})
	slices.SortFunc(own, func(a, b Session) int { return cmp.Compare(b.Seen, a.Seen) })
	return own, err
}

// End ends one of a person's sessions by its id.
func (a *Accounts) End(user, id, by string) error {
	return a.Index.Update(func(tx *index.Tx) error {
		all, err := sessions(tx)
		if err != nil {
			return err
		}
		for _, s := range all {
			if s.User == user && s.ID == id {
				if err := tx.Delete(index.Key(sessionPart, s.digest)); err != nil || s.Stage != Full {
					return err
				}
				return note(tx, ledger.Logout, by, ledger.Fields{"user": user})
			}
		}
		return ErrNotFound
	})
}

// EndAll ends all of a person's sessions but for the one with the id keep.
func (a *Accounts) EndAll(user, keep, by string) error {
	return a.Index.Update(func(tx *index.Tx) error {
		if err := endSessionsOf(tx, user, keep); err != nil {
			return err
		}
		return note(tx, ledger.Logout, by, ledger.Fields{"user": user})
	})
}

// SetPurpose says why footage of cameras is watched, for the rest of the session (R55).
func (a *Accounts) SetPurpose(s *Session, purpose string, cameras []footage.CameraID) error {
	return a.Index.Update(func(tx *index.Tx) error {
		now := &Session{digest: s.digest}
		found, err := tx.Get(index.Key(sessionPart, s.digest), now)
		if err != nil {
			return err
		}
		if !found {
			return ErrNoSession
		}
		now.Purposes = maps.Clone(now.Purposes)
		if now.Purposes == nil {
			now.Purposes = map[string]string{}
		}
		for _, c := range cameras {
			now.Purposes[string(c)] = purpose
		}
		return putSession(tx, now)
	})
}
