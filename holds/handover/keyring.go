package handover

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sjudager/sjudager/holds/handover/verify"
	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Keyring has the keys of a running appliance. It makes them at the first start, and
// writes down in the ledger which they are each time they change: ids and fingerprints.
type Keyring struct {
	Index  *index.DB
	Folder string
	Site   string // the name of the controller in certificates
	Now    func() time.Time
	Log    *slog.Logger

	mu    sync.Mutex
	keys  *Keys         // mu: once they are open
	alarm footage.Alarm // mu: no code when there is none
}

// keysAfter is how long after a start the keys are opened: making them takes seconds of
// a processor, and the first ones belong to the cameras.
const keysAfter = 10 * time.Second

// Run opens the keys, and makes them where there are none, a while after the start
// unless somebody has needed them before.
func (r *Keyring) Run(ctx context.Context) {
	timer := time.NewTimer(keysAfter)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
		r.Keys() // what is wrong with them stands as an alarm
	}
}

// Keys are the keys. Where they could not be opened, the next call tries again.
func (r *Keyring) Keys() (*Keys, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.keys != nil {
		return r.keys, nil
	}
	k, err := OpenKeys(r.Folder, r.Site, r.Now)
	if err == nil {
		err = r.announce(k, ledger.System)
	}
	if err != nil {
		r.Log.Error("packages cannot be signed", "error", err)
		r.alarm = footage.Alarm{Code: footage.AlarmRelease, Since: footage.At(r.Now()), Detail: err.Error()}
		return nil, err
	}
	r.keys, r.alarm = k, footage.Alarm{}
	r.Log.Info("packages are signed with", "key", k.Fingerprint().String(), "words", k.Fingerprint().Words(), "root", k.Root().String())
	return k, nil
}

// Alarms are that there are no keys to sign packages with.
func (r *Keyring) Alarms() []footage.Alarm {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.alarm.Code == "" {
		return nil
	}
	return []footage.Alarm{r.alarm}
}

// announce writes down which keys sign from here on, unless that is so already.
func (r *Keyring) announce(k *Keys, by string) error {
	s := k.current()
	hex := func(f verify.Fingerprint) string { return strings.ReplaceAll(f.String(), " ", "") }
	fields := ledger.Fields{"key": hex(s.Fingerprint()), "root": hex(s.Root()), "sha256": footage.SHA256(sha256.Sum256(s.PEM()))}
	now, row := fmt.Sprint(fields), index.Key("meta", "package-keys")
	if err := r.Index.Update(func(tx *index.Tx) error {
		var last string
		if _, err := tx.Get(row, &last); err != nil || last == now {
			return err
		}
		if _, err := ledger.Append(tx, ledger.Entry{Kind: ledger.PackageKeys, By: by, Fields: fields}); err != nil {
			return err
		}
		return tx.Put(row, now)
	}); err != nil {
		return fmt.Errorf("couldn't write down which keys sign packages: %w", err)
	}
	return nil
}

// KeyState is what people see of the keys.
type KeyState struct {
	Number    int          `json:"number"`
	Key       string       `json:"key"` // fingerprint of the one that signs
	Words     string       `json:"words"`
	Root      string       `json:"root"`
	RootWords string       `json:"root_words"`
	Own       bool         `json:"own"`          // the root is the appliance's; else the operator's
	Chain     []KeyPaper   `json:"certificates"` // of the key that signs, itself first
	Earlier   []EarlierKey `json:"earlier"`      // destroyed; their packages stay verifiable
}

// KeyPaper is a certificate.
type KeyPaper struct {
	Name   string    `json:"name"`
	Issuer string    `json:"issuer"`
	From   time.Time `json:"from"`
	Until  time.Time `json:"until"`
}

// EarlierKey is one that does not sign any more.
type EarlierKey struct {
	Number int    `json:"number"`
	Key    string `json:"key"`
}

// State is what the keys are.
func (k *Keys) State() (KeyState, error) {
	s := k.current()
	state := KeyState{Number: s.number, Key: s.Fingerprint().String(), Words: s.Fingerprint().Words(), Root: s.Root().String(), RootWords: s.Root().Words(),
		Own: s.chain[len(s.chain)-1].Equal(k.root), Earlier: []EarlierKey{}}
	for _, c := range s.chain {
		state.Chain = append(state.Chain, KeyPaper{c.Subject.CommonName, c.Issuer.CommonName, c.NotBefore.UTC(), c.NotAfter.UTC()})
	}
	for n := 1; n < s.number; n++ {
		c, err := k.earlier(n)
		if err != nil {
			return state, fmt.Errorf("couldn't read the certificate of an earlier key: %w", err)
		}
		state.Earlier = append(state.Earlier, EarlierKey{n, verify.FingerprintOf(c).String()})
	}
	slices.Reverse(state.Earlier)
	return state, nil
}

// State is what the keys are, which are made if there are none yet.
func (r *Keyring) State() (KeyState, error) {
	k, err := r.Keys()
	if err != nil {
		return KeyState{}, err
	}
	return k.State()
}

// change changes the keys and writes that down.
func (r *Keyring) change(by string, do func(*Keys) error) (KeyState, error) {
	k, err := r.Keys()
	if err == nil {
		err = do(k)
	}
	if err == nil {
		err = r.announce(k, by)
	}
	if err != nil {
		return KeyState{}, err
	}
	r.Log.Info("packages are signed with", "key", k.Fingerprint().String(), "words", k.Fingerprint().Words(), "root", k.Root().String(), "by", by)
	return k.State()
}

// Rotate is that of the keys.
func (r *Keyring) Rotate(by string) (KeyState, error) { return r.change(by, (*Keys).Rotate) }

// UseChain is that of the keys.
func (r *Keyring) UseChain(text []byte, by string) (KeyState, error) {
	return r.change(by, func(k *Keys) error { return k.UseChain(text) })
}

// Request is that of the keys.
func (r *Keyring) Request() ([]byte, error) {
	k, err := r.Keys()
	if err != nil {
		return nil, err
	}
	return k.Request()
}
