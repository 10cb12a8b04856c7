package main

import (
	"fmt"
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
	found := footage.Showing(reading, zone)
	if len(found) == 1 {
		return found[0], nil
	}
	why := "is there twice in %s, because the clocks go back"
	if len(found) == 0 {
		why = "is not there in %s, because the clocks go forward"
	}
	meant := footage.Meant(reading, zone)
	write := func(i footage.Instant) string { return i.Time().In(zone).Format(time.RFC3339) }
	return 0, misuse(fmt.Sprintf("--%s: %q "+why, option, s, zone), fmt.Sprintf("write %s or %s", write(meant[0]), write(meant[1])))
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
