package web

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// rate is how many requests somebody may make: burst at once, and so many a second
// in the long run.
type rate struct{ perSecond, burst float64 }

var (
	// rateKnown is for a person or a token: a page with eight players that jump about
	// makes some fifty requests a second.
	rateKnown = rate{100, 400}
	// rateUnknown is for an address where nobody is signed in: the sign-in page takes
	// four requests.
	rateUnknown = rate{10, 60}
)

const maxRates = 10_000 // of those that are counted

// rates counts requests by who makes them (token buckets).
type rates struct {
	mu     sync.Mutex
	bucket map[string]bucket // by id or address
}

type bucket struct {
	left float64
	at   time.Time
}

// take takes one request, or says how long there is none.
func (t *rates) take(who string, r rate, now time.Time) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.bucket == nil || len(t.bucket) > maxRates {
		t.bucket = map[string]bucket{} // full buckets for all: a moment's generosity costs less than a search
	}
	b, seen := t.bucket[who]
	if !seen || now.Before(b.at) {
		b = bucket{r.burst, now}
	}
	b.left, b.at = min(r.burst, b.left+now.Sub(b.at).Seconds()*r.perSecond), now
	if b.left < 1 {
		wait = time.Duration((1 - b.left) / r.perSecond * float64(time.Second))
	} else {
		b.left--
	}
	t.bucket[who] = b
	return wait
}

// limitRate refuses requests of those who make too many.
func (s *Server) limitRate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, limit := peerAddress(r), rateUnknown
		if known := identity(r); known != nil {
			who, limit = known.ID, rateKnown
		}
		if wait := s.rates.take(who, limit, s.Now()); wait > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
			s.fail(w, r, fmt.Errorf("%w: try again in %v", errRate, wait.Round(10*time.Millisecond)))
			return
		}
		next.ServeHTTP(w, r)
	})
}
