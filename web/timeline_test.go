package web

import (
	"strings"
	"testing"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
)

func labels(marks []tick) string {
	var all []string
	for _, m := range marks {
		all = append(all, m.Label)
	}
	return strings.Join(all, " ")
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		name   string
		zone   string
		from   string
		length time.Duration // 0: the day
		want   string
	}{
		{"a day", "Europe/Oslo", "2026-07-04 00:00:00", 0, "00 03 06 09 12 15 18 21 24"},
		{"the day that is an hour shorter", "Europe/Oslo", "2026-03-29 00:00:00", 0, "00 03 06 09 12 15 18 21 24"},
		{"the day that is an hour longer", "Europe/Oslo", "2026-10-25 00:00:00", 0, "00 03 06 09 12 15 18 21 24"},
		{"hours of the repeated one", "Europe/Oslo", "2026-10-25 00:00:00", 6 * time.Hour, "00:00 01:00 02:00+02 02:00+01 03:00 04:00 05:00"},
		{"hours around the one left out", "Europe/Oslo", "2026-03-29 00:00:00", 6 * time.Hour, "00:00 01:00 03:00 04:00 05:00 06:00 07:00"},
		{"an hour", "Europe/Oslo", "2026-07-04 21:00:00", time.Hour, "21:00 21:10 21:20 21:30 21:40 21:50 22:00"},
		{"minutes", "Europe/Oslo", "2026-07-04 21:37:00", 10 * time.Minute, "21:38 21:40 21:42 21:44 21:46"},
		{"a zone on the half hour", "Asia/Kolkata", "2026-07-04 00:00:00", 6 * time.Hour, "00:00 01:00 02:00 03:00 04:00 05:00 06:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			z := zone(t, c.zone)
			from := footage.Showing(reading(t, c.from), z)[0]
			window := footage.Span{From: from, To: from.Add(c.length)}
			if c.length == 0 {
				window = dayOf(reading(t, c.from), z)
			}
			if got := labels(ticks(window, z)); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestScale(t *testing.T) {
	s := scale{From: 1000, To: 2000}
	for _, c := range []struct{ got, want string }{
		{s.X(1000), "0.000%"}, {s.X(1500), "50.000%"}, {s.X(2000), "100.000%"}, {s.X(1), "0.000%"}, {s.X(9999), "100.000%"},
		{s.Width(footage.Span{From: 1250, To: 1500}), "25.000%"}, {s.Width(footage.Span{From: 1, To: 1500}), "50.000%"},
		{s.Width(footage.Span{From: 1, To: 500}), "0.000%"},
	} {
		if c.got != c.want {
			t.Errorf("%s, want %s", c.got, c.want)
		}
	}
}

// The edge is the first instant whose footage, unheld, is still there.
func TestEdge(t *testing.T) {
	oslo := zone(t, "Europe/Oslo")
	for _, keep := range []time.Duration{time.Second, time.Hour, holds.MaxKeep} {
		for _, at := range []string{"2026-07-04T19:47:05Z", "2026-04-01T01:30:00Z", "2026-04-05T00:59:59Z", "2026-10-28T01:30:00Z", "2026-11-01T00:30:00Z"} {
			p := holds.Policy{Keep: keep, Hold: holds.MaxHold, Zone: oslo}
			now := instant(at)
			e := edge(p, now)
			if p.KeepUntil(e) <= now || p.KeepUntil(e-1) > now {
				t.Errorf("keep %v at %s: the edge %v is kept until %v, and what is just before until %v", keep, at, e, p.KeepUntil(e), p.KeepUntil(e-1))
			}
		}
	}
}
