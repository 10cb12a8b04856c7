package configs

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Duration is a length of time, written as Go durations are, and with d for a
// day of exactly 24 h in front: "30s", "168h", "7d", "1d12h".
type Duration time.Duration

const day = 24 * time.Hour

// UnmarshalText reads the text of a setting.
func (d *Duration) UnmarshalText(text []byte) error {
	days, rest, hasDays := strings.Cut(string(text), "d")
	if !hasDays {
		days, rest = "0", days
	}
	n, err := strconv.ParseUint(days, 10, 31)
	var clock time.Duration
	if err == nil && (rest != "" || !hasDays) {
		clock, err = time.ParseDuration(rest)
	}
	whole := time.Duration(n) * day
	if err != nil || hasDays && strings.HasPrefix(rest, "-") || n > math.MaxInt64/uint64(day) || clock > math.MaxInt64-whole {
		return wrong{quote(string(text)) + " is not a length of time", "write a number with a unit, such as 30s, 12h or 7d"}
	}
	*d = Duration(whole + clock)
	return nil
}

// String returns d in the shortest form that UnmarshalText reads, such as "7d"
// or "1d12h".
func (d Duration) String() string {
	rest := time.Duration(d)
	var days string
	if rest >= day {
		days = strconv.FormatInt(int64(rest/day), 10) + "d"
		if rest %= day; rest == 0 {
			return days
		}
	}
	clock := rest.String()
	if strings.HasSuffix(clock, "m0s") {
		clock = strings.TrimSuffix(clock, "0s")
	}
	if strings.HasSuffix(clock, "h0m") {
		clock = strings.TrimSuffix(clock, "0m")
	}
	return days + clock
}

// MarshalText returns String.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }
