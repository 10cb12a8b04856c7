package account

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/sjudager/sjudager/vault/index"
)

// What can be wrong with what somebody asks for.
var (
	ErrInvalid  = errors.New("this cannot be")              // a name, a password, a role that does not do
	ErrNotFound = errors.New("there is no such account")    // or session, or token
	ErrRefused  = errors.New("refused")                     // by a rule
	ErrLink     = errors.New("the link is not valid")       // used, expired, replaced, or never made
	ErrLogin    = errors.New("wrong user name or password") // or code; what of them is not said
	ErrBusy     = errors.New("too many are signing in")     // at this moment
)

// Locked is the refusal of an attempt to sign in too soon after failed ones.
type Locked struct{ For time.Duration }

func (l Locked) Error() string {
	return fmt.Sprintf("too many failed attempts; try again in %d s", int((l.For+time.Second-1)/time.Second))
}

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrInvalid}, args...)...)
}

// Rules are what a site may set.
type Rules struct {
	SecondFactor []Role        // whose sessions need one
	Idle         time.Duration // a session ends when it is not used for so long
	Session      time.Duration // and so long after it began in any case
}

// DefaultRules are those of a site that sets none.
func DefaultRules() Rules {
	return Rules{SecondFactor: []Role{Lead, Approver, Admin}, Idle: 30 * time.Minute, Session: 12 * time.Hour}
}

// Options is what Accounts is made of; all but Provider is required.
type Options struct {
	Provider *Provider // nil: people sign in here only

	Index *index.DB
	Rules func() Rules
	Now   func() time.Time
	Log   *slog.Logger
}

// Accounts is the accounts. Its methods may be called from any goroutine.
type Accounts struct {
	Options
	brake  *brake
	hasher hasher
	noted  noted
}

// New returns the accounts that are in the index.
func New(o Options) *Accounts {
	return &Accounts{Options: o, brake: newBrake(), hasher: newHasher()}
}

// Where is where a request comes from.
type Where struct {
	Address string // of the peer, without its port
	Device  string // what the browser says it is
}

const maxDevice = 200 // bytes of what a browser says it is

// secret returns 256 random bits as text, and the digest under which they are kept.
func secret() (text, digest string) {
	var b [32]byte
	rand.Read(b[:]) // never fails
	text = base64.RawURLEncoding.EncodeToString(b[:])
	return text, digestOf(text)
}

func digestOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// newID returns a pseudonym: a letter for its kind and 50 random bits.
func newID(kind string) string {
	var b [7]byte
	rand.Read(b[:])
	return kind + "-" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:])[:10])
}

// Of is who a whole session stands for.
func Of(s *Session, u User) *Identity {
	name := u.Name
	if name == "" {
		name = u.Login
	}
	return &Identity{ID: u.ID, Name: name, Roles: u.Roles, Language: u.Language, Session: s}
}

// Bears is who a token stands for.
func Bears(t Token) *Identity {
	return &Identity{ID: t.ID, Name: t.Name, Roles: []Role{t.Role}, Token: true}
}
