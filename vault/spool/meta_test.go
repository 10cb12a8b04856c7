package spool

import (
	"bytes"
	"testing"

	"github.com/sjudager/sjudager/vault/footage"
)

func TestMeta(t *testing.T) {
	want := Meta{Camera: "k01-inngang", Site: "Sentrum Scene æøå", Start: noon + 123456, Run: 42}
	got, ok := ParseMeta(want.Box())
	if !ok || got != want {
		t.Errorf("%+v came back as %+v, %v", want, got, ok)
	}
	want.LostPackets, want.DamagedFrames = 7, 40
	clocks := []footage.Clock{
		{State: footage.ClockSynced, ErrorMS: 12, CameraKnown: true},
		{State: footage.ClockHoldover, ErrorMS: 2500, CameraKnown: true, CameraOffsetMS: -3600123},
		{State: footage.ClockUnsynced, AheadMS: 3600000},
	}
	for _, want.Clock = range clocks {
		if got, ok := ParseMeta(want.Box()); !ok || got != want {
			t.Errorf("%+v came back as %+v, %v", want, got, ok)
		}
	}
	strange := bytes.Replace(want.Box(), []byte("unsynced"), []byte("sideways"), 1)
	if got, ok := ParseMeta(strange); !ok || got.Clock != (footage.Clock{AheadMS: 3600000}) {
		t.Errorf("a clock state that nobody knows gives %+v, %v", got, ok)
	}
	for _, bad := range []Meta{{}, {Camera: "K01", Start: noon}, {Camera: "k01"}, {Camera: "k01", Start: noon, Run: -1}} {
		if _, ok := ParseMeta(bad.Box()); ok {
			t.Errorf("%+v is taken for good", bad)
		}
	}
	for cut := range want.Box() {
		if _, ok := ParseMeta(want.Box()[:cut]); ok {
			t.Errorf("the first %d bytes are taken for the whole", cut)
		}
	}
}

func FuzzParseMeta(f *testing.F) {
	m := Meta{Camera: "k01", Site: "Sal", Start: noon, Run: 1}
	f.Add(m.Box())
	m.Clock = footage.Clock{State: footage.ClockHoldover, ErrorMS: 2500, CameraKnown: true, CameraOffsetMS: -7}
	f.Add(m.Box())
	f.Fuzz(func(t *testing.T, box []byte) {
		m, ok := ParseMeta(box)
		if !ok {
			return
		}
		if again, ok := ParseMeta(m.Box()); !ok || again != m {
			t.Errorf("%+v becomes %+v, %v", m, again, ok)
		}
		ParseMeta(bytes.ToUpper(box))
	})
}
