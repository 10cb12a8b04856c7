package configs

import (
	"math"
	"strconv"
	"strings"
)

// ByteSize is a number of bytes, written with a unit: "20GiB", "1.5TiB",
// "500MB", "4096B". KiB, MiB, GiB and TiB count in 1024, KB, MB, GB and TB in
// 1000; capitals make no difference.
type ByteSize int64

// units in the order in which String tries them.
var units = []struct {
	name  string
	bytes int64
}{
	{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10},
	{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"KB", 1e3}, {"B", 1},
}

// UnmarshalText reads the text of a setting.
func (b *ByteSize) UnmarshalText(text []byte) error {
	digits := strings.TrimRight(string(text), "BbIiKkMmGgTt")
	unit := string(text[len(digits):])
	digits = strings.TrimRight(digits, " ")
	for _, u := range units {
		if !strings.EqualFold(u.name, unit) {
			continue
		}
		if n, err := strconv.ParseUint(digits, 10, 63); err == nil && n <= math.MaxInt64/uint64(u.bytes) {
			*b = ByteSize(int64(n) * u.bytes)
			return nil
		}
		// A fraction: exact for whatever a person writes.
		if f, err := strconv.ParseFloat(digits, 64); err == nil && strings.Trim(digits, "0123456789.") == "" && f*float64(u.bytes) < math.MaxInt64 {
			*b = ByteSize(f * float64(u.bytes))
			return nil
		}
	}
	return wrong{quote(string(text)) + " is not a size", "write a number with a unit, such as 20GiB or 500MB"}
}

// String returns b in the largest unit that divides it, a binary one where
// there is one, in a form that UnmarshalText reads.
func (b ByteSize) String() string {
	for _, u := range units {
		if b != 0 && int64(b)%u.bytes == 0 {
			return strconv.FormatInt(int64(b)/u.bytes, 10) + u.name
		}
	}
	return "0B"
}

// MarshalText returns String.
func (b ByteSize) MarshalText() ([]byte, error) { return []byte(b.String()), nil }
