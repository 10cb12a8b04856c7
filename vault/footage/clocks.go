package footage

import "time"

// A site's clocks show some times twice a year in a doubtful way: an autumn night
// has an hour twice, and a spring night leaves one out. The functions here turn
// what clocks show into instants. A reading is a time.Time whose fields are what
// the clocks and the calendar show, as if the site were in UTC.

// ReadingAt returns what the clocks of zone show at i.
func ReadingAt(i Instant, zone *time.Location) time.Time {
	t := i.Time().In(zone)
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// Showing returns the instants at which the clocks of zone show reading, in order:
// one as a rule, two in the hour that an autumn night repeats, none in the hour
// that a spring night leaves out.
func Showing(reading time.Time, zone *time.Location) []Instant {
	var found []Instant
	before, after := offsets(reading, zone)
	for _, offset := range []time.Duration{before, after} {
		i := At(reading.Add(-offset))
		if ReadingAt(i, zone).Equal(reading) && (len(found) == 0 || found[0] != i) {
			found = append(found, i)
		}
	}
	return found
}

// Meant is Showing, or where there is none the two instants that somebody may mean
// who reads a clock that was not changed, or was changed too early.
func Meant(reading time.Time, zone *time.Location) []Instant {
	if found := Showing(reading, zone); len(found) > 0 {
		return found
	}
	before, after := offsets(reading, zone)
	return []Instant{At(reading.Add(-after)), At(reading.Add(-before))}
}

// FirstShowing returns the first instant at which the clocks of zone show reading
// or, where a spring night leaves it out, more: the moment of the jump.
func FirstShowing(reading time.Time, zone *time.Location) Instant {
	if found := Showing(reading, zone); len(found) > 0 {
		return found[0]
	}
	_, jump := Meant(reading, zone)[0].Time().In(zone).ZoneBounds()
	return At(jump)
}

// offsets returns the offsets from UTC that zone has a day before and a day after
// reading: outside any change's reach, and the same twice except around a change.
func offsets(reading time.Time, zone *time.Location) (before, after time.Duration) {
	offset := func(t time.Time) time.Duration {
		_, seconds := t.In(zone).Zone()
		return time.Duration(seconds) * time.Second
	}
	return offset(reading.Add(-24 * time.Hour)), offset(reading.Add(24 * time.Hour))
}
