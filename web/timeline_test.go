package web

import (
	"testing"
	"time"

	"github.com/sjudager/sjudager/holds"
)

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
