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

func wallAt(i footage.Instant, zone *time.Location) wall {
	t := i.Time().In(zone)
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// candidates returns the offsets from UTC that zone has a day before and a day
// after w, the same one twice except around a clock change.
func candidates(w wall, zone *time.Location) (before, after time.Duration) {
	offset := func(t time.Time) time.Duration {
		_, seconds := t.In(zone).Zone()
		return time.Duration(seconds) * time.Second
	}
	return offset(w.Add(-24 * time.Hour)), offset(w.Add(24 * time.Hour))
}

// instants returns the instants at which the clocks of zone show w, in order: one
// as a rule, two in the hour that an autumn night repeats, none in the hour that
// a spring night leaves out.
func instants(w wall, zone *time.Location) []footage.Instant {
	var found []footage.Instant
	before, after := candidates(w, zone)
	for _, offset := range []time.Duration{before, after} {
		i := footage.At(w.Add(-offset))
		if wallAt(i, zone).Equal(w) && (len(found) == 0 || found[0] != i) {
			found = append(found, i)
		}
	}
	return found
}

// choices is instants, or where there is none the two that somebody may mean who
// reads a clock that was not changed, or was changed too early.
func choices(w wall, zone *time.Location) []footage.Instant {
	if found := instants(w, zone); len(found) > 0 {
		return found
	}
	before, after := candidates(w, zone)
	return []footage.Instant{footage.At(w.Add(-after)), footage.At(w.Add(-before))}
}

// midnight returns the first instant of the day of w.
func midnight(w wall, zone *time.Location) footage.Instant {
	start := time.Date(w.Year(), w.Month(), w.Day(), 0, 0, 0, 0, time.UTC)
	if found := instants(start, zone); len(found) > 0 {
		return found[0]
	}
	// The clocks jump over midnight: the day starts where they land.
	_, jump := choices(start, zone)[0].Time().In(zone).ZoneBounds()
	return footage.At(jump)
}

// dayOf returns the day of w on the site's calendar: 23, 24 or 25 hours.
func dayOf(w wall, zone *time.Location) footage.Span {
	return footage.Span{From: midnight(w, zone), To: midnight(w.AddDate(0, 0, 1), zone)}
}

const dayForm = "2006-01-02"

func parseDay(s string) (wall, error) { return time.Parse(dayForm, s) }

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

// ambiguous reports whether the clocks of zone show the same as at i at another
// instant, too.
func ambiguous(i footage.Instant, zone *time.Location) bool {
	return len(instants(wallAt(i, zone), zone)) > 1
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
