package vault

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/spool"
)

// TestClockIsKept: what a recording says about the clocks goes with it into the
// index.
func TestClockIsKept(t *testing.T) {
	r := newRig(t)
	body, err := clip()
	if err != nil {
		t.Fatal(err)
	}
	want := map[footage.Instant]footage.Clock{
		start:             {State: footage.ClockSynced, ErrorMS: 3, CameraKnown: true, CameraOffsetMS: -1500},
		start + 10_000000: {State: footage.ClockHoldover, ErrorMS: 2700, AheadMS: 3600000, CameraKnown: true},
		start + 20_000000: {},
	}
	for from, clock := range want {
		r.dropBytes("k01", from, withMeta(t, body, spool.Meta{Camera: "k01", Site: "Sal", Start: from, Clock: clock}))
	}
	r.ingest()
	got := map[footage.Instant]footage.Clock{}
	for _, s := range r.segments("k01") {
		got[s.Span.From] = s.Clock
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestLossIsKept: so does what it says about losses.
func TestLossIsKept(t *testing.T) {
	r := newRig(t)
	body, err := clip()
	if err != nil {
		t.Fatal(err)
	}
	meta := spool.Meta{Camera: "k01", Site: "Sal", Start: start, LostPackets: 3, DamagedFrames: 20}
	r.dropBytes("k01", start, withMeta(t, body, meta))
	r.drop("k01", start+10_000000)
	r.ingest()
	if s := r.segments("k01"); len(s) != 2 || s[0].LostPackets != 3 || s[0].DamagedFrames != 20 || s[1].LostPackets != 0 || s[1].DamagedFrames != 0 {
		t.Errorf("%+v", s)
	}
}

// withMeta puts a meta box at the end of the moov.
func withMeta(t *testing.T, file []byte, meta spool.Meta) []byte {
	t.Helper()
	for b, err := range spool.Boxes(bytes.NewReader(file), 0, int64(len(file))) {
		if err != nil {
			t.Fatal(err)
		}
		if b.Type == "moov" {
			box := meta.Box()
			whole := bytes.Join([][]byte{file[:b.End()], box, file[b.End():]}, nil)
			binary.BigEndian.PutUint32(whole[b.Offset:], uint32(b.Size)+uint32(len(box)))
			return whole
		}
	}
	t.Fatal("there is no moov")
	return nil
}

// TestRowsOfBefore: rows that were written before the clock was kept are read.
func TestRowsOfBefore(t *testing.T) {
	r := newRig(t)
	if err := r.Index.Update(func(tx *index.Tx) error {
		return tx.Put(segmentKey("k01", start), map[int]any{
			1: start + 2_000000, 2: 1000, 3: footage.SHA256{7}, 4: footage.H264, 5: 320, 6: 180, 7: 50, 8: 3,
			9: start + 9, 10: start + 10, 11: start + 9, 12: "footage/k01/x.mp4",
		})
	}); err != nil {
		t.Fatal(err)
	}
	want := []Segment{{
		Segment: footage.Segment{
			Camera: "k01", Span: footage.Span{From: start, To: start + 2_000000}, Bytes: 1000, SHA256: footage.SHA256{7},
			Codec: footage.H264, Width: 320, Height: 180, Frames: 50, Run: 3,
		},
		Terms: Terms{Keep: start + 9, Ceiling: start + 10, Deadline: start + 9}, Object: "footage/k01/x.mp4", State: Stored,
	}}
	if diff := cmp.Diff(want, r.segments("k01")); diff != "" {
		t.Error(diff)
	}
}
