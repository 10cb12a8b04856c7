package account

import (
	"net/netip"
	"sync"
	"time"
)

const (
	freeTries   = 5                // failures that cost nothing: everybody mistypes
	homeMost    = 30 * time.Second // the longest wait where somebody has signed in before
	elseMost    = 15 * time.Minute // and elsewhere
	forgetAfter = time.Hour        // without another failure
	homeFor     = 30 * 24 * time.Hour
	maxCounted  = 20_000 // counters; a stranger with many addresses must not take the memory
	alarmAt     = 10     // failures in a row of one account
)

// brake slows down who guesses. It counts failures in a row by account and by
// address; after the first few each doubles the wait. What counts against an
// account from an address where it has been used is apart from what comes from all
// others, and never makes anybody wait long.
type brake struct {
	mu    sync.Mutex
	count map[brakeKey]tally
	home  map[brakeKey]time.Time // accounts with the addresses that they have been used at
}

type brakeKey struct{ account, network string }

type tally struct {
	n    int
	last time.Time
}

func newBrake() *brake {
	return &brake{count: map[brakeKey]tally{}, home: map[brakeKey]time.Time{}}
}

// network is the address that counts: one subscriber has all of a /64.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if ip = ip.Unmap().WithZone(""); ip.Is6() {
		p, err := ip.Prefix(64)
		if err == nil {
			return p.String()
		}
	}
	return ip.String()
}

// keys are the counters of an attempt on an account; account is "" for one that
// there is not.
func (b *brake) keys(account string, from Where) []brakeKey {
	b.mu.Lock()
	defer b.mu.Unlock()
	net := network(from.Address)
	home := brakeKey{account, net}
	if _, known := b.home[home]; known && account != "" {
		return []brakeKey{home}
	}
	keys := []brakeKey{{"", net}}
	if account != "" {
		keys = append(keys, brakeKey{account, ""})
	}
	return keys
}

func (k brakeKey) most() time.Duration {
	if k.account != "" && k.network != "" {
		return homeMost
	}
	return elseMost
}

// wait is how long the next attempt has to.
func (b *brake) wait(now time.Time, keys []brakeKey) (longest time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, k := range keys {
		t := b.count[k]
		if t.n < freeTries || now.Sub(t.last) > forgetAfter {
			continue
		}
		wait := k.most()
		if doublings := t.n - freeTries; doublings < 12 {
			wait = min(wait, time.Second<<doublings)
		}
		longest = max(longest, wait-now.Sub(t.last))
	}
	return longest
}

func (b *brake) failed(now time.Time, keys []brakeKey) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.count) > maxCounted {
		b.forget(now)
	}
	for _, k := range keys {
		t := b.count[k]
		if now.Sub(t.last) > forgetAfter {
			t.n = 0
		}
		b.count[k] = tally{t.n + 1, now}
	}
}

// forget drops the counters that are over, and if that is not enough all of single
// addresses: those of accounts are as many as there are accounts.
func (b *brake) forget(now time.Time) {
	for k, t := range b.count {
		if now.Sub(t.last) > forgetAfter {
			delete(b.count, k)
		}
	}
	for k := range b.count {
		if len(b.count) <= maxCounted {
			return
		}
		if k.account == "" {
			delete(b.count, k)
		}
	}
}

// succeeded forgets the failures at an address, and remembers where the account is
// used.
func (b *brake) succeeded(now time.Time, account string, from Where) {
	b.mu.Lock()
	defer b.mu.Unlock()
	home := brakeKey{account, network(from.Address)}
	delete(b.count, home)
	delete(b.count, brakeKey{"", home.network})
	b.home[home] = now
	for k, at := range b.home {
		if now.Sub(at) > homeFor {
			delete(b.home, k)
		}
	}
}

// locked are the accounts that have been guessed at often, and since when.
func (b *brake) locked(now time.Time) map[string]time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := map[string]time.Time{}
	for k, t := range b.count {
		if k.account != "" && t.n >= alarmAt && now.Sub(t.last) <= forgetAfter && t.last.After(all[k.account]) {
			all[k.account] = t.last
		}
	}
	return all
}
