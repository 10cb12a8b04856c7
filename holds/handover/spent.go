package handover

import (
	"log/slog"
	"sync/atomic"
	"time"
)

// spent is where the time of a build goes, in nanoseconds, summed up over all that runs
// at the same time.
type spent struct {
	open     atomic.Int64 // reading from the store, and unsealing
	write    atomic.Int64
	hash     atomic.Int64 // of what is written
	sync     atomic.Int64
	readBack atomic.Int64
	hashBack atomic.Int64
	sign     atomic.Int64
}

// add adds the time since begun to one of them and returns the time.
func (s *spent) add(to *atomic.Int64, begun time.Time) time.Time {
	now := time.Now()
	to.Add(int64(now.Sub(begun)))
	return now
}

// Spent is where the time of a build went. What ran at the same time is summed up.
type Spent struct {
	Open, Write, Hash, Sync, ReadBack, HashBack, Sign time.Duration
}

// LogValue implements slog.LogValuer.
func (s Spent) LogValue() slog.Value {
	return slog.GroupValue(
		slog.Duration("open", s.Open), slog.Duration("write", s.Write), slog.Duration("hash", s.Hash), slog.Duration("sync", s.Sync),
		slog.Duration("read_back", s.ReadBack), slog.Duration("hash_back", s.HashBack), slog.Duration("sign", s.Sign))
}

func (s *spent) sums() Spent {
	d := func(n *atomic.Int64) time.Duration { return time.Duration(n.Load()).Round(time.Millisecond) }
	return Spent{d(&s.open), d(&s.write), d(&s.hash), d(&s.sync), d(&s.readBack), d(&s.hashBack), d(&s.sign)}
}
