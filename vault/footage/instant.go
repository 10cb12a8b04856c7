package footage

import (
	"fmt"
	"time"
)

// Instant is a point in time: microseconds since 1970-01-01T00:00:00Z. Unlike a
// time.Time it has no zone and no monotonic reading, so two of them compare
// with < and ==, are map keys, and mean the same after a trip through a file.
// The zero Instant stands for "no time given".
type Instant int64

// At returns t as an Instant, cut to the microsecond; the zero time.Time gives
// the zero Instant.
func At(t time.Time) Instant {
	if t.IsZero() {
		return 0
	}
	return Instant(t.UnixMicro())
}

// Time returns i in UTC; the zero Instant gives the zero time.Time.
func (i Instant) Time() time.Time {
	if i == 0 {
		return time.Time{}
	}
	return time.UnixMicro(int64(i)).UTC()
}

// Add returns i + d, with d cut to the microsecond.
func (i Instant) Add(d time.Duration) Instant { return i + Instant(d/time.Microsecond) }

// Sub returns i - j.
func (i Instant) Sub(j Instant) time.Duration { return time.Duration(i-j) * time.Microsecond }

const (
	rfc3339Micro = "2006-01-02T15:04:05.000000Z"
	compact      = "20060102T150405.000000Z"
)

// String returns i as RFC 3339 in UTC with six decimals, or "" for the zero
// Instant.
func (i Instant) String() string {
	if i == 0 {
		return ""
	}
	return i.Time().Format(rfc3339Micro)
}

// Compact returns i as 20260704T192000.123456Z: the form that segment ids, spool
// files and index keys use. It has no character that a file system or an object
// key minds, and sorts as text in the order of time, from year 0 to year 9999.
func (i Instant) Compact() string {
	t := i.Time()
	year, month, day := t.Date()
	if year < 0 || year > 9999 {
		return t.Format(compact)
	}
	// An index makes and reads millions of these; by hand it takes a fifth of the time.
	hour, minute, second := t.Clock()
	b := [len(compact)]byte{8: 'T', 15: '.', 22: 'Z'}
	for _, part := range [...]struct{ at, end, n int }{
		{0, 4, year}, {4, 6, int(month)}, {6, 8, day}, {9, 11, hour}, {11, 13, minute}, {13, 15, second}, {16, 22, t.Nanosecond() / 1000},
	} {
		for at, n := part.end-1, part.n; at >= part.at; at, n = at-1, n/10 {
			b[at] = byte('0' + n%10)
		}
	}
	return string(b[:])
}

// ParseCompact reads what Compact writes and nothing else.
func ParseCompact(s string) (Instant, error) {
	if len(s) == len(compact) {
		number := func(from, to int) (n int) {
			for _, c := range []byte(s[from:to]) {
				n = 10*n + int(c-'0')
			}
			return n
		}
		i := At(time.Date(number(0, 4), time.Month(number(4, 6)), number(6, 8), number(9, 11), number(11, 13), number(13, 15), 1000*number(16, 22), time.UTC))
		if i.Compact() == s { // or it had other characters, or a 30th of February
			return i, nil
		}
	}
	return 0, fmt.Errorf("%q is not a time like 20260704T192000.123456Z", s)
}

// MarshalText implements encoding.TextMarshaler with String's form.
func (i Instant) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

// UnmarshalText reads any RFC 3339 time, and the empty text as the zero Instant.
func (i *Instant) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*i = 0
		return nil
	}
	t, err := time.Parse(time.RFC3339Nano, string(text))
	if err != nil {
		return fmt.Errorf("%q is not an RFC 3339 time", text)
	}
	*i = At(t)
	return nil
}
