package account

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Login begins a session for who knows the password. Whether it is enough says its
// stage. A wrong name, a wrong password and an account that may not come in are one
// error, ErrLogin, and take as long.
func (a *Accounts) Login(ctx context.Context, login, password string, from Where) (text string, s *Session, err error) {
	var u User
	if err := a.Index.View(func(tx *index.Tx) (err error) {
		u, err = named(tx, login)
		return err
	}); err != nil && !errors.Is(err, ErrNotFound) {
		return "", nil, err
	}
	keys := a.brake.keys(u.ID, from)
	if wait := a.brake.wait(a.Now(), keys); wait > 0 {
		return "", nil, Locked{wait}
	}
	if len(password) > 4*MaxPassword {
		password = ""
	}
	ok, err := a.hasher.matches(ctx, password, u.Hash)
	if err != nil {
		return "", nil, err
	}
	if !ok || u.State(footage.At(a.Now())) != Active {
		a.failed(keys, u.ID, from)
		return "", nil, ErrLogin
	}
	if err := a.Index.Update(func(tx *index.Tx) error {
		now, err := getUser(tx, u.ID)
		if err != nil {
			return err
		}
		if now.Hash != u.Hash || now.State(tx.Now) != Active { // changed meanwhile
			return ErrLogin
		}
		if text, s, err = a.begin(tx, &now, a.stageOf(now), from); err != nil {
			return err
		}
		return putUser(tx, now)
	}); err != nil {
		return "", nil, err
	}
	if s.Stage == Full {
		a.brake.succeeded(a.Now(), u.ID, from)
	}
	return text, s, nil
}

// noted bounds how many failures are written down.
type noted struct {
	mu   sync.Mutex
	last map[string]time.Time
}

// noteEvery is how often failures of one account, or of none, are written down.
const noteEvery = time.Minute

func (n *noted) due(user string, now time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.last == nil {
		n.last = map[string]time.Time{}
	}
	if last, seen := n.last[user]; seen && now.Sub(last) < noteEvery && !now.Before(last) {
		return false
	}
	n.last[user] = now
	return true
}

// failed counts a failed attempt and writes it down, at most one a minute for each
// account. What was typed is in neither: it may be a password in the wrong field.
func (a *Accounts) failed(keys []brakeKey, user string, from Where) {
	now := a.Now()
	a.brake.failed(now, keys)
	if !a.noted.due(user, now) {
		return
	}
	fields := ledger.Fields{}
	if user != "" {
		fields["user"] = user
	}
	if err := a.Index.Update(func(tx *index.Tx) error {
		return noteFrom(tx, ledger.LoginFailed, ledger.System, from.Address, fields)
	}); err != nil {
		a.Log.Error("couldn't write a failed login into the ledger", "error", err)
	}
}

// Alarms are of accounts that somebody keeps guessing at.
func (a *Accounts) Alarms() (all []footage.Alarm) {
	for user, since := range a.brake.locked(a.Now()) {
		all = append(all, footage.Alarm{Code: footage.AlarmLogin, Since: footage.At(since), Detail: "many failed logins as " + user})
	}
	slices.SortFunc(all, func(a, b footage.Alarm) int { return int(a.Since - b.Since) })
	return all
}
