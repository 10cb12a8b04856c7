package web

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// BenchmarkLive measures what the page asks for every few seconds, with 64
// cameras and a day of 30 s segments of each, and what the timeline is drawn of.
func BenchmarkLive(b *testing.B) {
	s := newSite(b, saturday)
	for c := range 64 {
		id := footage.CameraID(fmt.Sprintf("k%02d", c))
		s.camera(id, "Kamera "+string(id))
		if err := s.Index.Update(func(tx *index.Tx) error {
			for at := s.at("00:00:00"); at < footage.At(saturday); at = at.Add(30 * time.Second) {
				seg := vault.Segment{
					Segment: footage.Segment{Camera: id, Span: footage.Span{From: at, To: at.Add(30 * time.Second)}, Bytes: 15 << 20, Codec: footage.H264, Frames: 750},
					Object:  footage.ObjectKey(id, at, 0), State: vault.Stored,
				}
				seg.Keep, seg.Ceiling = s.Holds.Policy().KeepUntil(at), s.Holds.Policy().Ceiling(at)
				seg.Deadline = seg.Keep
				if err := vault.Add(tx, seg); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
	for _, path := range []string{"/?part=live", "/opptak?part=live", "/opptak/tidslinje?from=2026-07-03T22:00:00Z&to=2026-07-04T22:00:00Z"} {
		b.Run(path[:min(len(path), 17)], func(b *testing.B) {
			for b.Loop() {
				r := s.get(path)
				if r.Code != http.StatusOK {
					b.Fatal(r.Code)
				}
				b.ReportMetric(float64(r.Body.Len()), "bytes")
			}
		})
	}
	b.Run("api", func(b *testing.B) {
		for b.Loop() {
			r := s.get("/api/v1/timeline?from=2026-07-03T22:00:00Z&to=2026-07-04T22:00:00Z")
			if r.Code != http.StatusOK {
				b.Fatal(r.Code)
			}
			b.ReportMetric(float64(r.Body.Len()), "bytes")
		}
	})
	// What a person waits for: from asking in the browser to data that can be drawn.
	b.Run("browser", func(b *testing.B) {
		t := browse(chromium(b), s)
		t.open("/opptak?lang=en")
		t.wait(`track.getAttribute('aria-valuetext').includes('Kamera')`)
		for b.Loop() {
			took := js[[]float64](t, `(async () => {
				const began = performance.now();
				const answer = await fetch('/opptak/tidslinje?from=2026-07-03T22:00:00Z&to=2026-07-04T22:00:00Z', {cache: 'no-store'});
				const data = JSON.parse(await answer.text());
				const there = performance.now();
				for (const deltaY of [-50, 50]) track.dispatchEvent(new WheelEvent('wheel', {deltaY, clientX: 600, clientY: 10, bubbles: true, cancelable: true}));
				return [there - began, (performance.now() - there) / 2, data.cameras.length];
			})()`)
			b.ReportMetric(took[0], "ms-to-data")
			b.ReportMetric(took[1], "ms-to-zoom")
		}
	})
}
