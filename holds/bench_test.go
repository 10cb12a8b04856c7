package holds

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// million fills the index with a million segments: 64 cameras, each a bit more
// than five days of 30 s.
func million(b *testing.B, r *rig) (cameras []footage.CameraID) {
	const each = 1_000_000 / 64
	for c := range 64 {
		cameras = append(cameras, footage.CameraID(fmt.Sprintf("k%02d", c)))
	}
	for from := 0; from < each; from += 500 {
		r.update(func(tx *index.Tx) error {
			for _, camera := range cameras {
				for i := from; i < min(from+500, each); i++ {
					at := start.Add(time.Duration(i) * 30 * time.Second)
					if err := vault.Add(tx, segment(camera, at)); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
	r.holds.Cameras = func() []footage.CameraID { return cameras }
	return cameras
}

// BenchmarkMillion measures, with a million segments in the index: a hold of six
// hours on 64 cameras placed and closed again, what a timeline of 24 hours of 64
// cameras costs to read, how late footage goes in an hour in which as much falls due
// as is recorded, and retiring, in segments a second.
func BenchmarkMillion(b *testing.B) {
	r := newRig(b, fullPolicy(b))
	r.bare = true
	cameras := million(b, r)
	at := start.Add(5 * 24 * time.Hour)
	r.at(at)
	b.Run("place-6h-64-cameras", func(b *testing.B) {
		for b.Loop() {
			placed := r.place(Request{Cameras: cameras, Span: footage.Span{From: at.Add(-8 * time.Hour), To: at.Add(-2 * time.Hour)}})
			b.StopTimer()
			if _, err := r.holds.Close(placed.Hold.Number, "measured", "b"); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
		}
	})
	b.Run("timeline-24h-64-cameras", func(b *testing.B) {
		for b.Loop() {
			n := 0
			if err := r.index.View(func(tx *index.Tx) error {
				for _, camera := range cameras {
					runs, err := vault.Timeline(tx, camera, footage.Span{From: at.Add(-24 * time.Hour), To: at})
					if err != nil {
						return err
					}
					n += len(runs)
				}
				return nil
			}); err != nil {
				b.Fatal(err)
			}
			if n != 64 {
				b.Fatalf("%d runs", n)
			}
		}
	})
	hour := start.Add(MaxKeep - 30*time.Second)
	b.Run("busy-hour", func(b *testing.B) {
		var late []time.Duration
		for b.Loop() {
			late = append(late, busyHour(b, r, cameras, hour)...)
			hour = hour.Add(time.Hour)
		}
		slices.Sort(late)
		b.ReportMetric(late[len(late)*99/100].Seconds(), "s-late-p99")
		b.ReportMetric(late[len(late)-1].Seconds(), "s-late-max")
		b.ReportMetric(max(0, -late[0].Seconds()), "s-early-max")
		b.ReportMetric(float64(len(late))/float64(b.N), "segments")
	})
	b.Run("retire-100000", func(b *testing.B) {
		const all = 100_000
		r.at(hour.Add(24 * time.Hour)) // 180,000 are due
		for b.Loop() {
			for n := 0; n < all; n += retireBatch {
				if _, err := r.sweeper.retire(); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.ReportMetric(float64(b.N)*all/b.Elapsed().Seconds(), "segments/s")
	})
}

// busyHour lets an hour pass in which 64 cameras record as much as falls due, and
// returns how late each piece was known to be gone. The clock goes as fast as the
// machine works: it moves on by what each step takes, and then to when the sweeper
// would wake.
func busyHour(b *testing.B, r *rig, cameras []footage.CameraID, from footage.Instant) (late []time.Duration) {
	now, recorded := from, from
	for now < from.Add(time.Hour) {
		r.at(now)
		begin := time.Now()
		for ; recorded <= now; recorded = recorded.Add(30 * time.Second) {
			r.update(func(tx *index.Tx) error {
				for _, camera := range cameras {
					if err := vault.Add(tx, segment(camera, recorded)); err != nil {
						return err
					}
				}
				return nil
			})
		}
		swept, err := r.sweeper.Step(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		now = now.Add(time.Since(begin))
		for _, i := range swept.Removed {
			late = append(late, now.Sub(i.Deadline))
		}
		now = max(now, min(swept.Next, now.Add(lookEvery)))
	}
	return late
}

// segment is a row of 30 s.
func segment(camera footage.CameraID, at footage.Instant) vault.Segment {
	s := vault.Segment{
		Segment: footage.Segment{Camera: camera, Span: footage.Span{From: at, To: at.Add(30 * time.Second)}, Bytes: 15 << 20, Codec: footage.H264, Frames: 750},
		Object:  footage.ObjectKey(camera, at, 0), State: vault.Stored,
	}
	s.Keep, s.Ceiling = at.Add(MaxKeep), at.Add(MaxHold)
	s.Deadline = s.Keep
	return s
}
