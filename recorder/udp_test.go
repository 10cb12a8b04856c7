package recorder

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/sjudager/sjudager/cmd/testcam/farm"
	"github.com/sjudager/sjudager/vault/footage"
)

// TestLossOverUDP: where packets are lost, overtaken and doubled on the way, the loss
// is counted, the session goes on, and a frame that is recorded has all the slices of
// one that was sent.
func TestLossOverUDP(t *testing.T) {
	t.Parallel()
	clip := loadClip(t, "h264")
	faults := farm.Faults{Loss: 0.02, Duplicates: 0.05, Reordering: 0.05}
	_, configs := serve(t, farm.Camera{Path: "unicast", Clip: clip, Faults: faults}, farm.Camera{Path: "group", Clip: clip, Faults: faults})
	configs[0].Transport, configs[1].Transport = UDP, Multicast
	s := openSpool(t)
	r := record(t, s, time.Second, configs)
	until(t, "five segments of each", func() bool {
		segments, err := s.Segments()
		return err == nil && len(segments) >= 12
	})
	for _, c := range configs {
		h := health(t, r, c.ID)
		if h.State != footage.StateRecording || h.LostPackets < 2 || h.LostPackets > 500 || h.Reconnects != 0 {
			t.Errorf("%+v", h)
		}
		t.Logf("%s: %d packets lost, %d frames whole, %d not", c.ID, h.LostPackets, h.Frames, h.DroppedFrames)
	}
	r.Close()
	for _, c := range configs {
		at := -1 // in the clip
		for _, l := range account(t, s, c.ID) {
			for _, f := range l.frames {
				// That SEI messages before the first slice are lost cannot be known.
				n := slices.IndexFunc(clip.Units, func(u farm.Unit) bool { return bytes.HasSuffix(u.Data, f.Data) })
				if n < 0 || n == at {
					t.Fatalf("%s: frame %d is followed by frame %d", c.ID, at, n)
				}
				at = n
			}
		}
	}
}
