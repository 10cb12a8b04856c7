package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
)

// Local forms of --from, --to and --until; seconds may have decimals.
var (
	dateForms  = []string{"2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02T15:04:05"}
	clockForms = []string{"15:04", "15:04:05"} // today
)

// parseTime reads an instant that a person gave: RFC 3339, or the local time of
// the site, with today's date when there is none. A local time that a clock
// change has twice or leaves out is refused, with the choices: an hour's error
// would hold, or show, the wrong footage.
func parseTime(option, s string, zone *time.Location, now time.Time) (footage.Instant, error) {
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return footage.At(t), nil
	}
	reading, ok := readLocal(s, now.In(zone))
	if !ok {
		return 0, misuse(fmt.Sprintf("--%s: %q is not a time", option, s),
			`write it as "2026-07-04 19:20" in the site's time, as 19:20 for today, or as 2026-07-04T19:20:00+02:00`)
	}
	at, choices := resolve(reading, zone)
	if len(choices) == 0 {
		return footage.At(at), nil
	}
	why := "is there twice in %s, because the clocks go back"
	if choices[0].After(choices[1]) {
		why = "is not there in %s, because the clocks go forward"
		slices.Reverse(choices)
	}
	return 0, misuse(fmt.Sprintf("--%s: %q "+why, option, s, zone),
		fmt.Sprintf("write %s or %s", choices[0].Format(time.RFC3339), choices[1].Format(time.RFC3339)))
}

// readLocal returns what a clock shows at s, as if it stood in UTC.
func readLocal(s string, today time.Time) (reading time.Time, ok bool) {
	for _, form := range dateForms {
		if t, err := time.Parse(form, s); err == nil {
			return t, true
		}
	}
	for _, form := range clockForms {
		if t, err := time.Parse(form, s); err == nil {
			y, m, d := today.Date()
			return time.Date(y, m, d, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC), true
		}
	}
	return time.Time{}, false
}

// resolve returns the instant at which the clocks of zone show reading. When
// they show it twice or never it returns instead the two instants that reading
// has by the offsets before and after the change: in their order when it is
// there twice, and the later one first when it is not there.
func resolve(reading time.Time, zone *time.Location) (at time.Time, choices []time.Time) {
	// A day to either side is out of any change's reach.
	by := func(around time.Duration) time.Time {
		_, offset := reading.Add(around).In(zone).Zone()
		return reading.Add(-time.Duration(offset) * time.Second).In(zone)
	}
	shows := func(t time.Time) bool {
		_, offset := t.Zone()
		return t.Add(time.Duration(offset) * time.Second).UTC().Equal(reading)
	}
	before, after := by(-24*time.Hour), by(24*time.Hour)
	switch {
	case before.Equal(after) || shows(before) && !shows(after):
		return before, nil
	case shows(after) && !shows(before):
		return after, nil
	}
	return time.Time{}, []time.Time{before, after}
}
