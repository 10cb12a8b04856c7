package vault

import (
	"sync"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
)

// Room is how much the spool can still take while the store is away.
type Room struct {
	Limit int64 // bytes that it may have
	// Rate is how fast the spool has grown over the last minutes, bytes a second;
	// negative while it drains.
	Rate float64
	// Lasts is how long it takes at this rate until the oldest footage is dropped to
	// make room (R15), or the disk is full. It is known only while the spool Grows:
	// the store is away, or takes less than is recorded.
	Lasts time.Duration
	Grows bool
}

// ReadRoom measures the spool's room.
func (v *Vault) ReadRoom() (Room, error) {
	use, err := v.Spool.Usage()
	if err != nil {
		return Room{}, err
	}
	free, _, err := v.space()
	if err != nil {
		return Room{}, err
	}
	limit := v.SpoolLimit()
	now := v.now()
	r := Room{Limit: limit, Rate: v.growth.rate(now, use.Bytes)}
	left := min(limit-limit/20-use.Bytes, free)
	// What has just been finished waits for a moment even if all is well.
	waits := use.Segments > 0 && (v.alarms.stands(footage.AlarmStore) || now.Sub(use.Oldest) > longest+time.Minute)
	if r.Grows = waits && r.Rate >= 1; r.Grows {
		r.Lasts = time.Duration(float64(max(left, 0)) / r.Rate * float64(time.Second))
	}
	return r, nil
}

const (
	growthOver  = 5 * time.Minute  // what a rate is taken over
	growthEvery = 10 * time.Second // between two measurements
)

// growth is the sizes that the spool had lately.
type growth struct {
	mu    sync.Mutex
	sizes []measured
}

type measured struct {
	at    footage.Instant
	bytes int64
}

// note adds a measurement, unless the last one is young.
func (g *growth) note(now footage.Instant, bytes int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if n := len(g.sizes); n > 0 && now >= g.sizes[n-1].at && now.Sub(g.sizes[n-1].at) < growthEvery {
		return
	}
	for len(g.sizes) > 1 && now.Sub(g.sizes[1].at) >= growthOver || len(g.sizes) > 0 && g.sizes[0].at > now {
		g.sizes = g.sizes[1:]
	}
	g.sizes = append(g.sizes, measured{now, bytes})
}

// rate returns the growth since the oldest measurement; 0 while none is old enough
// to tell.
func (g *growth) rate(now footage.Instant, bytes int64) float64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.sizes) == 0 || now.Sub(g.sizes[0].at) < growthEvery {
		return 0
	}
	return float64(bytes-g.sizes[0].bytes) / now.Sub(g.sizes[0].at).Seconds()
}
