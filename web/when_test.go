package web

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sjudager/sjudager/vault/footage"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func reading(t testing.TB, s string) wall {
	t.Helper()
	w, err := time.Parse("2006-01-02 15:04:05", s)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestInstants(t *testing.T) {
	for _, c := range []struct {
		zone, wall string
		want       []string // that the clocks show it
		choices    []string // to be asked about, if others
	}{
		{"Europe/Oslo", "2026-07-04 21:47:05", []string{"2026-07-04T19:47:05.000000Z"}, nil},
		// Autumn: 02:00 to 03:00 comes twice.
		{"Europe/Oslo", "2026-10-25 01:59:59", []string{"2026-10-24T23:59:59.000000Z"}, nil},
		{"Europe/Oslo", "2026-10-25 02:00:00", []string{"2026-10-25T00:00:00.000000Z", "2026-10-25T01:00:00.000000Z"}, nil},
		{"Europe/Oslo", "2026-10-25 02:59:59", []string{"2026-10-25T00:59:59.000000Z", "2026-10-25T01:59:59.000000Z"}, nil},
		{"Europe/Oslo", "2026-10-25 03:00:00", []string{"2026-10-25T02:00:00.000000Z"}, nil},
		// Spring: 02:00 to 03:00 is left out.
		{"Europe/Oslo", "2026-03-29 01:59:59", []string{"2026-03-29T00:59:59.000000Z"}, nil},
		{"Europe/Oslo", "2026-03-29 02:30:00", nil, []string{"2026-03-29T00:30:00.000000Z", "2026-03-29T01:30:00.000000Z"}},
		{"Europe/Oslo", "2026-03-29 03:00:00", []string{"2026-03-29T01:00:00.000000Z"}, nil},
		// Lord Howe changes by half an hour.
		{"Australia/Lord_Howe", "2026-04-05 01:45:00", []string{"2026-04-04T14:45:00.000000Z", "2026-04-04T15:15:00.000000Z"}, nil},
		{"UTC", "2026-10-25 02:30:00", []string{"2026-10-25T02:30:00.000000Z"}, nil},
	} {
		t.Run(c.zone+" "+c.wall, func(t *testing.T) {
			z := zone(t, c.zone)
			var got []string
			for _, i := range footage.Showing(reading(t, c.wall), z) {
				got = append(got, i.String())
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if c.choices == nil {
				c.choices = c.want
			}
			got = nil
			for _, i := range footage.Meant(reading(t, c.wall), z) {
				got = append(got, i.String())
			}
			if diff := cmp.Diff(c.choices, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Whatever the clocks show at an instant, that instant is among those at which
// they show it.
func TestInstantsFindTheirOwn(t *testing.T) {
	zones := []*time.Location{zone(t, "Europe/Oslo"), zone(t, "Australia/Lord_Howe"), zone(t, "America/St_Johns"), zone(t, "Africa/Cairo"), time.UTC}
	rapid.Check(t, func(t *rapid.T) {
		z := rapid.SampledFrom(zones).Draw(t, "zone")
		i := footage.Instant(rapid.Int64Range(1_600_000_000_000_000, 2_100_000_000_000_000).Draw(t, "instant"))
		found := footage.Showing(footage.ReadingAt(i, z), z)
		if len(found) != 1 && len(found) != 2 || found[0] != i && found[len(found)-1] != i {
			t.Fatalf("the clocks of %s show %v at %v, and found is %v", z, footage.ReadingAt(i, z), i, found)
		}
		if day := dayOf(footage.ReadingAt(i, z), z); !day.Contains(i) {
			t.Fatalf("%v is not in its day %v of %s", i, day, z)
		}
	})
}

func TestDayOf(t *testing.T) {
	for _, c := range []struct {
		zone, day string
		from      string
		want      time.Duration
	}{
		{"Europe/Oslo", "2026-07-04", "2026-07-03T22:00:00.000000Z", 24 * time.Hour},
		{"Europe/Oslo", "2026-03-29", "2026-03-28T23:00:00.000000Z", 23 * time.Hour},
		{"Europe/Oslo", "2026-10-25", "2026-10-24T22:00:00.000000Z", 25 * time.Hour},
		{"Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00.000000Z", 23 * time.Hour},   // 00:00 is left out
		{"America/Havana", "2026-11-01", "2026-11-01T04:00:00.000000Z", 25 * time.Hour}, // 00:00 comes twice
	} {
		t.Run(c.zone+" "+c.day, func(t *testing.T) {
			w, err := parseDay(c.day)
			if err != nil {
				t.Fatal(err)
			}
			got := dayOf(w, zone(t, c.zone))
			if got.Duration() != c.want || got.From.String() != c.from {
				t.Errorf("%v from %v, want %v from %v", got.Duration(), got.From, c.want, c.from)
			}
		})
	}
}

func TestParseClock(t *testing.T) {
	for text, want := range map[string]string{
		"18:30:05": "18h30m5s", "18:30": "18h30m0s", "18.30": "18h30m0s", "18.30.05": "18h30m5s", " 7:05 ": "7h5m0s",
		"1830": "18h30m0s", "183005": "18h30m5s", "00:00": "0s", "23:59:59": "23h59m59s", "18 : 30": "18h30m0s",
		"24:00": "", "18": "", "": "", "18:60": "", "half past six": "", "6:30 PM": "", "-1:00": "", "18:30:05:01": "",
	} {
		got, err := parseClock(text)
		switch {
		case want == "" && err == nil:
			t.Errorf("%q is read as %v", text, got)
		case want != "" && (err != nil || got.String() != want):
			t.Errorf("%q is read as %v (%v), want %s", text, got, err, want)
		}
	}
}

func FuzzParseClock(f *testing.F) {
	f.Add("18:30:05")
	f.Add("1830")
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := parseClock(s); err == nil && (d < 0 || d >= 24*time.Hour) {
			t.Errorf("%q is read as %v", s, d)
		}
	})
}
