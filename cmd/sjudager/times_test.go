package main

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestParseTime(t *testing.T) {
	oslo, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 7, 4, 23, 30, 0, 0, time.UTC) // half past one on the fifth in Oslo
	for _, c := range []struct {
		given string
		want  string // RFC 3339, or what the refusal must say
		hint  string
	}{
		{"2026-07-04T19:20:00+02:00", "2026-07-04T17:20:00.000000Z", ""},
		{"2026-07-04T19:20:00.123456Z", "2026-07-04T19:20:00.123456Z", ""},
		{"2026-07-04 19:20", "2026-07-04T17:20:00.000000Z", ""},
		{"2026-07-04T19:20", "2026-07-04T17:20:00.000000Z", ""},
		{"2026-07-04T19:20:05", "2026-07-04T17:20:05.000000Z", ""},
		{"2026-07-04 19:20:05.5", "2026-07-04T17:20:05.500000Z", ""},
		{"2026-01-04 19:20", "2026-01-04T18:20:00.000000Z", ""},
		{"01:20", "2026-07-04T23:20:00.000000Z", ""}, // today is the fifth there
		{"01:20:05", "2026-07-04T23:20:05.000000Z", ""},
		// The hours beside the changes, to the second.
		{"2026-03-29 01:59:59", "2026-03-29T00:59:59.000000Z", ""},
		{"2026-03-29 03:00", "2026-03-29T01:00:00.000000Z", ""},
		{"2026-10-25 01:59:59", "2026-10-24T23:59:59.000000Z", ""},
		{"2026-10-25 03:00", "2026-10-25T02:00:00.000000Z", ""},
		{"2026-03-29 02:00", "is not there in Europe/Oslo", "write 2026-03-29T01:00:00+01:00 or 2026-03-29T03:00:00+02:00"},
		{"2026-03-29 02:30", "is not there in Europe/Oslo", "write 2026-03-29T01:30:00+01:00 or 2026-03-29T03:30:00+02:00"},
		{"2026-10-25 02:00", "is there twice in Europe/Oslo", "write 2026-10-25T02:00:00+02:00 or 2026-10-25T02:00:00+01:00"},
		{"2026-10-25 02:59:59", "is there twice in Europe/Oslo", "write 2026-10-25T02:59:59+02:00 or 2026-10-25T02:59:59+01:00"},
		{"yesterday", "is not a time", "2026-07-04 19:20"},
		{"", "is not a time", "2026-07-04 19:20"},
		{"2026-02-30 10:00", "is not a time", "2026-07-04 19:20"},
		{"24:00", "is not a time", "2026-07-04 19:20"},
	} {
		got, err := parseTime("from", c.given, oslo, now)
		if err == nil {
			if got.String() != c.want {
				t.Errorf("%q is %s, want %s", c.given, got, c.want)
			}
			continue
		}
		var f failure
		if !errors.As(err, &f) || f.exit != exitUsage || !strings.Contains(f.text, c.want) || !strings.Contains(f.hint, c.hint) {
			t.Errorf("%q: %q, %q, want %q, %q", c.given, err, f.hint, c.want, c.hint)
		}
	}
}

// Whatever local time is accepted, the clocks of the site show it at that
// instant and at no other.
func TestParseTimeIsUnambiguous(t *testing.T) {
	for _, name := range []string{"Europe/Oslo", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Apia", "UTC"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		const form = "2006-01-02 15:04"
		shown := map[string][]time.Time{}
		start := time.Date(2026, 1, 1, 0, 0, 0, 0, zone)
		for at := start.AddDate(0, 0, -2); at.Before(start.AddDate(1, 0, 2)); at = at.Add(10 * time.Minute) {
			local := at.In(zone).Format(form)
			shown[local] = append(shown[local], at)
		}
		for reading := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC); reading.Year() == 2026; reading = reading.Add(10 * time.Minute) {
			local := reading.Format(form)
			got, err := parseTime("from", local, zone, start)
			switch instants := shown[local]; {
			case len(instants) == 1 && (err != nil || !got.Time().Equal(instants[0])):
				t.Errorf("%s %s: %v, %v, want %v", name, local, got, err, instants[0])
			case len(instants) != 1 && err == nil:
				t.Errorf("%s %s was taken for %s; it is there %d times", name, local, got, len(instants))
			}
		}
	}
}
