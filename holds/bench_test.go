package holds

import (
	"fmt"
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
					s := vault.Segment{
						Segment: footage.Segment{Camera: camera, Span: footage.Span{From: at, To: at.Add(30 * time.Second)}, Bytes: 15 << 20, Codec: footage.H264, Frames: 750},
						Object:  footage.ObjectKey(camera, at, 0), State: vault.Stored,
					}
					s.Keep, s.Ceiling = at.Add(MaxKeep), at.Add(MaxHold)
					s.Deadline = s.Keep
					if err := vault.Add(tx, s); err != nil {
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
// cameras costs to read, and retiring, in segments a second.
func BenchmarkMillion(b *testing.B) {
	r := newRig(b, fullPolicy(b))
	b.Cleanup(func() { r.t = discard{b} }) // the rows have no objects
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
	b.Run("retire", func(b *testing.B) {
		r.at(start.Add(MaxKeep + 24*time.Hour))
		n := 0
		for b.Loop() {
			retired, err := r.sweeper.retire()
			if err != nil {
				b.Fatal(err)
			}
			n += retired
		}
		b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "segments/s")
	})
}

// discard is a testing.TB whose complaints are not heard.
type discard struct{ testing.TB }

func (discard) Errorf(string, ...any) {}
func (discard) Error(...any)          {}
