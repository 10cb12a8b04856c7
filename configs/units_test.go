package configs

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"7d": 168 * time.Hour, "168h": 168 * time.Hour, "1d12h": 36 * time.Hour, "0d1s": time.Second,
		"30s": 30 * time.Second, "1h30m": 90 * time.Minute, "1.5h": 90 * time.Minute, "0": 0, "-1s": -time.Second,
	} {
		var d Duration
		if err := d.UnmarshalText([]byte(text)); err != nil || time.Duration(d) != want {
			t.Errorf("%s: %v %v", text, d, err)
		}
	}
	for _, text := range []string{"", "d", "7", "7 d", "7D", "1d-1h", "-1d", "1.5d", "12h1d", "1d1d", "106752d", "106751d24h", "99999999999d", "7days", "1w"} {
		var d Duration
		if err := d.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was read as %v", text, d)
		}
	}
	for d, want := range map[time.Duration]string{
		168 * time.Hour: "7d", 36 * time.Hour: "1d12h", 30 * time.Second: "30s", 5 * time.Minute: "5m",
		24*time.Hour + time.Second: "1d1s", time.Hour: "1h", 10 * time.Hour: "10h", 0: "0s", time.Hour + 10*time.Minute: "1h10m",
	} {
		if got := Duration(d).String(); got != want {
			t.Errorf("%v: %s", d, got)
		}
	}
}

func TestDurationRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Duration(rapid.Int64().Draw(t, "d"))
		var back Duration
		if err := back.UnmarshalText([]byte(d.String())); err != nil || back != d {
			t.Fatalf("%v came back as %v: %v", d, back, err)
		}
	})
}

func TestByteSize(t *testing.T) {
	for text, want := range map[string]ByteSize{
		"20GiB": 20 << 30, "20 GiB": 20 << 30, "20gib": 20 << 30, "500MB": 500e6, "1TiB": 1 << 40, "2TB": 2e12,
		"1.5GiB": 3 << 29, "4096B": 4096, "0B": 0, "9223372036854775807B": math.MaxInt64,
	} {
		var b ByteSize
		if err := b.UnmarshalText([]byte(text)); err != nil || b != want {
			t.Errorf("%s: %d %v", text, b, err)
		}
	}
	for _, text := range []string{"", "20", "GiB", "20G", "-1GiB", "1e3MB", "0x1MB", "NaNGB", "InfGB", "20GiBB", "9223372036854775808B", "8388608TiB", "1..5GB", "20 G iB"} {
		var b ByteSize
		if err := b.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was read as %d", text, b)
		}
	}
	for b, want := range map[ByteSize]string{20 << 30: "20GiB", 500e6: "500MB", 1: "1B", 0: "0B", 1536: "1536B", 3 << 29: "1536MiB"} {
		if got := b.String(); got != want {
			t.Errorf("%d: %s", b, got)
		}
	}
}

func TestByteSizeRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := ByteSize(rapid.Int64Min(0).Draw(t, "b"))
		var back ByteSize
		if err := back.UnmarshalText([]byte(b.String())); err != nil || back != b {
			t.Fatalf("%v came back as %v: %v", b, back, err)
		}
	})
}
