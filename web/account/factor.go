package account

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"net/url"
	"slices"
	"strings"

	"github.com/pquerna/otp/hotp"

	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

const (
	stepMicros    = 30_000_000 // RFC 6238: a code every thirty seconds
	skew          = 1          // codes before and after, for clocks that differ
	recoveryCodes = 10
)

var base32Plain = base32.StdEncoding.WithPadding(base32.NoPadding)

// codeStep returns the step of a code of secret that is good at now and later than
// after, or 0: a code counts once (RFC 6238, section 5.2).
func codeStep(secret, code string, now footage.Instant, after int64) (step int64) {
	for at := int64(now)/stepMicros - skew; at <= int64(now)/stepMicros+skew; at++ {
		want, err := hotp.GenerateCode(secret, uint64(at))
		if err == nil && at > after && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			step = at
		}
	}
	return step
}

// newFactor returns the secret of a second factor.
func newFactor() string {
	var b [20]byte // as long as SHA-1 (RFC 4226, section 4)
	rand.Read(b[:])
	return base32Plain.EncodeToString(b[:])
}

// StartFactor begins the setting up of a second factor, or of another one, in a
// session; its secret is then Session.Pending. A session that needs one to go on has
// it from its beginning.
func (a *Accounts) StartFactor(s *Session) error {
	return a.Index.Update(func(tx *index.Tx) error {
		now := &Session{digest: s.digest}
		found, err := tx.Get(index.Key(sessionPart, s.digest), now)
		if err != nil {
			return err
		}
		if !found || now.Stage != Full {
			return ErrNoSession
		}
		now.Pending = newFactor()
		s.Pending = now.Pending
		return putSession(tx, now)
	})
}

// FactorURL is what the code that a telephone reads says.
func FactorURL(site, login, secret string) string {
	u := url.URL{Scheme: "otpauth", Host: "totp", Path: "/Sjudager " + site + ":" + login,
		RawQuery: url.Values{"secret": {secret}, "issuer": {"Sjudager " + site}}.Encode()}
	u.RawQuery = strings.ReplaceAll(u.RawQuery, "+", "%20") // apps show a plus as it is
	return u.String()
}

// SetFactor ends the setting up: with a code that shows that the telephone has the
// secret, the second factor is on. It returns the recovery codes, which are shown
// once, and the session's new text.
func (a *Accounts) SetFactor(s *Session, code string) (codes []string, text string, err error) {
	err = a.Index.Update(func(tx *index.Tx) error {
		now := &Session{digest: s.digest}
		found, err := tx.Get(index.Key(sessionPart, s.digest), now)
		if err != nil {
			return err
		}
		if !found || now.Pending == "" || now.Stage != Full && now.Stage != NeedsFactor {
			return ErrNoSession
		}
		step := codeStep(now.Pending, trimCode(code), tx.Now, 0)
		if step == 0 {
			return ErrLogin
		}
		u, err := getUser(tx, now.User)
		if err != nil {
			return err
		}
		u.TOTP, u.Step, u.Recovery, now.Pending = now.Pending, step, nil, ""
		for range recoveryCodes {
			var b [10]byte
			rand.Read(b[:])
			plain := strings.ToLower(base32Plain.EncodeToString(b[:]))
			codes = append(codes, plain[:4]+"-"+plain[4:8]+"-"+plain[8:12]+"-"+plain[12:])
			u.Recovery = append(u.Recovery, digestOf(plain))
		}
		if now.Stage != Full {
			if err := signedIn(tx, &u, now.Where); err != nil {
				return err
			}
		}
		now.Stage = Full
		if err := putUser(tx, u); err != nil {
			return err
		}
		if err := endSessionsOf(tx, u.ID, now.ID); err != nil {
			return err
		}
		if text, err = renew(tx, now); err != nil {
			return err
		}
		*s = *now
		return note(tx, ledger.UserChanged, u.ID, ledger.Fields{"user": u.ID, "what": "second-factor"})
	})
	if err != nil {
		return nil, "", err
	}
	return codes, text, nil
}

func trimCode(code string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '\u00a0' {
			return -1
		}
		return r
	}, strings.ToLower(code))
}

// Code takes a half-way session the rest of the way, with a code of the second
// factor or one of the recovery codes. It returns the session's new text.
func (a *Accounts) Code(s *Session, code string) (text string, err error) {
	keys := a.brake.keys(s.User, s.Where)
	if wait := a.brake.wait(a.Now(), keys); wait > 0 {
		return "", Locked{wait}
	}
	wrong := false
	err = a.Index.Update(func(tx *index.Tx) error {
		now := &Session{digest: s.digest}
		found, err := tx.Get(index.Key(sessionPart, s.digest), now)
		if err != nil {
			return err
		}
		if !found || now.Stage != NeedsCode {
			return ErrNoSession
		}
		u, err := getUser(tx, now.User)
		if err != nil {
			return err
		}
		code := trimCode(code)
		if step := codeStep(u.TOTP, code, tx.Now, u.Step); step > 0 {
			u.Step = step
		} else if i := slices.Index(u.Recovery, digestOf(code)); i >= 0 {
			u.Recovery = slices.Delete(slices.Clone(u.Recovery), i, i+1)
			if err := note(tx, ledger.UserChanged, u.ID, ledger.Fields{"user": u.ID, "what": "recovery-code"}); err != nil {
				return err
			}
		} else {
			wrong = true
			if now.Wrong++; now.Wrong >= maxCodesAtOnce {
				return tx.Delete(index.Key(sessionPart, now.digest))
			}
			return putSession(tx, now)
		}
		now.Stage, now.Began, now.Seen = Full, tx.Now, tx.Now
		if err := signedIn(tx, &u, now.Where); err != nil {
			return err
		}
		if err := putUser(tx, u); err != nil {
			return err
		}
		text, err = renew(tx, now)
		*s = *now
		return err
	})
	switch {
	case err != nil:
		return "", err
	case wrong:
		a.failed(keys, s.User, s.Where)
		return "", ErrLogin
	}
	a.brake.succeeded(a.Now(), s.User, s.Where)
	return text, nil
}
