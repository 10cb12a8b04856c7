package release

import (
	"fmt"
	"testing"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// BenchmarkRecipients lists what was given of a camera and an hour, among a hundred
// thousand releases of 64 cameras and five years (R76: in a second). "month" has all of
// them in one month of one camera.
func BenchmarkRecipients(b *testing.B) {
	const releases = 100_000
	for _, place := range []struct {
		name    string
		cameras int
		every   time.Duration
	}{{"years", 64, 5 * 365 * 24 * time.Hour / releases}, {"month", 1, 30 * 24 * time.Hour / releases}} {
		r := newRig(b)
		begin := start.Add(-6 * 365 * 24 * time.Hour)
		for i := 0; i < releases; {
			if err := r.Index.Update(func(tx *index.Tx) error {
				for range 5000 {
					f := asked()
					from := begin.Add(time.Duration(i) * place.every)
					f.Asked = scope(from, from.Add(5*time.Minute), footage.CameraID(fmt.Sprintf("k%02d", i%place.cameras)))
					f.clean()
					x := Release{Record: Record{State: Closed, Matter: f.Matter, Delivery: Delivery{At: from}}, Said: Said{Words: f.Words}}
					x.Ended = holds.Act{At: tx.Now}
					var err error
					if x.Number, err = nextNumber(tx, time.UTC); err != nil {
						return err
					}
					if err := write(tx, Release{}, &x, Close, lead); err != nil {
						return err
					}
					i++
				}
				return nil
			}); err != nil {
				b.Fatal(err)
			}
		}
		at := begin.Add(releases / 2 * place.every)
		b.Run(place.name, func(b *testing.B) {
			for b.Loop() {
				all, err := r.List(Filter{Camera: "k00", Span: footage.Span{From: at, To: at.Add(time.Hour)}, Subject: true})
				if err != nil || place.cameras == 1 && len(all) == 0 {
					b.Fatal(len(all), err)
				}
			}
		})
	}
}
