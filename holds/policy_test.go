package holds

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sjudager/sjudager/vault/footage"
)

func oslo(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func fullPolicy(t testing.TB) Policy { return Policy{MaxKeep, MaxHold, oslo(t)} }

func rfc(t testing.TB, s string) footage.Instant {
	t.Helper()
	var i footage.Instant
	if err := i.UnmarshalText([]byte(s)); err != nil {
		t.Fatal(err)
	}
	return i
}

// R3 and the two clock changes of 2026 in Oslo: on 29 March 02:00 CET becomes
// 03:00 CEST, on 25 October 03:00 CEST becomes 02:00 CET.
func TestR3DeadlinesAcrossClockChanges(t *testing.T) {
	p := fullPolicy(t)
	for _, c := range []struct{ name, first, keep, ceiling string }{
		{"an ordinary week", "2026-07-04T23:30:00+02:00", "2026-07-11T23:30:00+02:00", "2026-08-03T23:30:00+02:00"},
		{"R3's own example: 168 h would be 00:30", "2026-03-28T23:30:00+01:00", "2026-04-04T23:30:00+02:00", "2026-04-27T23:30:00+02:00"},
		{"the same time of day falls into the hour that is left out: the jump", "2026-03-22T02:30:00+01:00", "2026-03-29T03:00:00+02:00", "2026-04-21T02:30:00+02:00"},
		{"the last instant before the jump", "2026-03-22T01:59:59.999999+01:00", "2026-03-29T01:59:59.999999+01:00", "2026-04-21T01:59:59.999999+02:00"},
		{"the first instant after the jump: 168 h would be 04:00", "2026-03-22T03:00:00+01:00", "2026-03-29T03:00:00+02:00", "2026-04-21T03:00:00+02:00"},
		{"thirty days end in the hour that is left out", "2026-02-27T02:15:00+01:00", "2026-03-06T02:15:00+01:00", "2026-03-29T03:00:00+02:00"},
		{"autumn: the same time of day would be 169 h on", "2026-10-24T23:30:00+02:00", "2026-10-31T22:30:00+01:00", "2026-11-23T22:30:00+01:00"},
		{"the time that comes twice: the first of the two", "2026-10-18T02:30:00+02:00", "2026-10-25T02:30:00+02:00", "2026-11-17T01:30:00+01:00"},
		{"recorded in the second of the two", "2026-10-25T02:30:00+01:00", "2026-11-01T02:30:00+01:00", "2026-11-24T02:30:00+01:00"},
		{"recorded in the first of the two", "2026-10-25T02:30:00+02:00", "2026-11-01T01:30:00+01:00", "2026-11-24T01:30:00+01:00"},
		{"thirty days end in the time that comes twice", "2026-09-25T02:30:00+02:00", "2026-10-02T02:30:00+02:00", "2026-10-25T02:30:00+02:00"},
		{"the turn of a leap year's February", "2028-02-26T12:00:00+01:00", "2028-03-04T12:00:00+01:00", "2028-03-27T12:00:00+02:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			first := rfc(t, c.first)
			if got, want := p.KeepUntil(first), rfc(t, c.keep); got != want {
				t.Errorf("kept until %s, want %s", got.Time().In(p.Zone), want.Time().In(p.Zone))
			}
			if got, want := p.Ceiling(first), rfc(t, c.ceiling); got != want {
				t.Errorf("ceiling %s, want %s", got.Time().In(p.Zone), want.Time().In(p.Zone))
			}
		})
	}
}

func TestShorterRetention(t *testing.T) {
	p := Policy{15 * time.Second, 45 * time.Second, oslo(t)}
	first := rfc(t, "2026-07-04T19:20:00Z")
	if got, want := p.KeepUntil(first), first.Add(15*time.Second); got != want {
		t.Errorf("kept until %s, want %s", got, want)
	}
	if got, want := p.Ceiling(first), first.Add(45*time.Second); got != want {
		t.Errorf("ceiling %s, want %s", got, want)
	}
}

// R1, R4, R24: whatever the configuration says and whatever the zone, footage is
// not kept a microsecond past 168 hours, or 720 hours when held, and the clocks of
// the site never show a later time of a later day than promised.
func TestPromisesHoldEverywhere(t *testing.T) {
	zones := []string{"Europe/Oslo", "UTC", "America/St_Johns", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kolkata", "Pacific/Apia", "America/Sao_Paulo"}
	rapid.Check(t, func(t *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		keep := time.Duration(rapid.Int64Range(1, int64(2*MaxKeep)).Draw(t, "keep"))
		p := Policy{keep, time.Duration(rapid.Int64Range(int64(keep), int64(2*MaxHold)).Draw(t, "hold")), zone}
		first := footage.At(time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC)).Add(time.Duration(rapid.Int64Range(0, int64(25*365*24*time.Hour)).Draw(t, "first")))
		until, ceiling := p.KeepUntil(first), p.Ceiling(first)
		if until.Sub(first) > MaxKeep || ceiling.Sub(first) > MaxHold {
			t.Fatalf("kept %v, at most %v", until.Sub(first), ceiling.Sub(first))
		}
		if p.Keep > MaxKeep && until.Sub(first) < MaxKeep-2*time.Hour {
			t.Fatalf("kept only %v", until.Sub(first))
		}
		if ceiling < until && p.Hold >= p.Keep && p.Hold < MaxHold {
			t.Fatalf("the ceiling %v is before the deadline %v", ceiling, until)
		}
		local, at := first.Time().In(zone), until.Time().In(zone)
		promised := time.Date(local.Year(), local.Month(), local.Day()+7, local.Hour(), local.Minute(), local.Second(), local.Nanosecond(), time.UTC)
		shown := time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), time.UTC)
		if shown.After(promised) {
			// Only where the promised time is left out may the clocks be past it, and
			// then the last microsecond must show less.
			before := (until - 1).Time().In(zone)
			if shownBefore := time.Date(before.Year(), before.Month(), before.Day(), before.Hour(), before.Minute(), before.Second(), before.Nanosecond(), time.UTC); !shownBefore.Before(promised) {
				t.Fatalf("goes when the clocks show %v, promised was %v", at, promised)
			}
		}
		later := first.Add(time.Duration(rapid.Int64Range(0, int64(48*time.Hour)).Draw(t, "later")))
		if p.KeepUntil(later) < until {
			t.Fatalf("footage of %v goes before that of %v", later, first)
		}
	})
}

func TestDeadline(t *testing.T) {
	const keep, ceiling = 700, 3000
	for _, c := range []struct {
		name        string
		until, want footage.Instant
	}{
		{"unheld", 0, keep},
		{"held shorter than it is kept anyway", 500, keep},
		{"held to the day", keep, keep},
		{"held longer", 1500, 1500},
		{"held to the ceiling", ceiling, ceiling},
		{"held past the ceiling", 9000, ceiling},
	} {
		if got := Deadline(keep, ceiling, c.until); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
