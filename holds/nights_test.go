package holds

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sjudager/sjudager/vault/footage"
)

// R3, R24: the nights on which the clocks of Oslo change, with real rows and a real
// sweep: seven days for what nothing keeps, thirty for what is held or frozen, not a
// microsecond more, and no microsecond less.
func TestR3R24TheNightsOfOslo(t *testing.T) {
	for name, c := range map[string]struct{ first, keep, ceiling string }{
		"the evening before spring": {"2026-03-28T23:30:00+01:00", "2026-04-04T23:30:00+02:00", "2026-04-27T23:30:00+02:00"},
		"thirty days to spring":     {"2026-02-27T02:15:00+01:00", "2026-03-06T02:15:00+01:00", "2026-03-29T03:00:00+02:00"},
		"the evening before autumn": {"2026-10-24T23:30:00+02:00", "2026-10-31T22:30:00+01:00", "2026-11-23T22:30:00+01:00"},
		"the hour that comes twice": {"2026-10-25T02:30:00+02:00", "2026-11-01T01:30:00+01:00", "2026-11-24T01:30:00+01:00"},
		"seven days to that hour":   {"2026-10-18T02:30:00+02:00", "2026-10-25T02:30:00+02:00", "2026-11-17T01:30:00+01:00"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, fullPolicy(t))
			first := rfc(t, c.first)
			r.at(first.Add(time.Minute))
			minute := footage.Span{From: first, To: first.Add(time.Minute)}
			cameras := []footage.CameraID{"k01", "k02", "k03"} // free, held, frozen
			for _, camera := range cameras {
				r.record(camera, minute.From, minute.To)
			}
			r.place(Request{Cameras: cameras[1:2], Span: minute})
			r.register(NewRequest{Window: []Selection{{cameras[2:], minute}}})
			left := func(at footage.Instant) (found []footage.CameraID) {
				r.at(at)
				r.sweep()
				for _, camera := range cameras {
					if len(r.stored(camera)) > 0 {
						found = append(found, camera)
					}
				}
				return found
			}
			keep, ceiling := rfc(t, c.keep), rfc(t, c.ceiling)
			for i, step := range []struct {
				at   footage.Instant
				want []footage.CameraID
			}{{keep - 1, cameras}, {keep, cameras[1:]}, {ceiling - 1, cameras[1:]}, {ceiling, nil}} {
				if diff := cmp.Diff(step.want, left(step.at)); diff != "" {
					t.Errorf("step %d, %s: %s", i, step.at.Time().In(oslo(t)), diff)
				}
			}
		})
	}
}
