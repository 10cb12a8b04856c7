package web

import (
	"fmt"
	"strings"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
)

// A wall is a reading of the site's clocks and calendar: a time.Time whose fields
// are the reading, as if the site were in UTC.
type wall = time.Time

// midnight returns the first instant of the day of w.
func midnight(w wall, zone *time.Location) footage.Instant {
	start := time.Date(w.Year(), w.Month(), w.Day(), 0, 0, 0, 0, time.UTC)
	return footage.FirstShowing(start, zone)
}

// dayOf returns the day of w on the site's calendar: 23, 24 or 25 hours.
func dayOf(w wall, zone *time.Location) footage.Span {
	return footage.Span{From: midnight(w, zone), To: midnight(w.AddDate(0, 0, 1), zone)}
}

const dayForm = "2006-01-02"

// parseDay reads a day as forms have it, 2026-07-04, or as people write it, 4.7.2026.
func parseDay(s string) (wall, error) {
	day, err := time.Parse(dayForm, s)
	if err != nil {
		day, err = time.Parse("2.1.2006", s)
	}
	return day, err
}

// parseClock reads a time of day as people type it: 18:30, 18.30, 18:30:05, 1830,
// 183005, 7:05.
func parseClock(s string) (time.Duration, error) {
	s = strings.NewReplacer(".", ":", " ", "").Replace(strings.TrimSpace(s))
	for _, form := range []string{"15:04:05", "15:04", "150405", "1504"} {
		if t, err := time.Parse(form, s); err == nil {
			return t.Sub(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)), nil
		}
	}
	return 0, fmt.Errorf("%w: %q is not a time of day like 18:30:05", errInvalid, s)
}

// instant reads an RFC 3339 time; anything else is none.
func instant(s string) footage.Instant {
	var i footage.Instant
	if i.UnmarshalText([]byte(s)) != nil || !footage.Always.Contains(i) {
		return 0
	}
	return i
}

// ambiguous reports whether the clocks of zone show the same as at i at another
// instant, too.
func ambiguous(i footage.Instant, zone *time.Location) bool {
	return len(footage.Showing(footage.ReadingAt(i, zone), zone)) > 1
}

// offsetAt writes the offset from UTC at i, as in UTC+2 or UTC+5:30.
func offsetAt(i footage.Instant, zone *time.Location) string {
	_, seconds := i.Time().In(zone).Zone()
	sign := '+'
	if seconds < 0 {
		sign, seconds = '−', -seconds
	}
	if minutes := seconds / 60 % 60; minutes != 0 {
		return fmt.Sprintf("UTC%c%d:%02d", sign, seconds/3600, minutes)
	}
	return fmt.Sprintf("UTC%c%d", sign, seconds/3600)
}
