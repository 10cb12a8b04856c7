package main

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
)

func TestAlarms(t *testing.T) {
	now := footage.At(time.Date(2026, 7, 4, 12, 0, 0, 0, time.UTC))
	down := footage.Health{Camera: "k01", State: footage.StateDown, Since: now.Add(-downAfter), Cause: footage.CauseUnreachable, Detail: "no route"}
	young := down
	young.Since = now.Add(-downAfter + time.Microsecond)
	recording := down
	recording.State = footage.StateRecording
	got, err := json.Marshal(camerasDown([]footage.Health{down, young, recording}, now))
	want := `[{"code":"camera-down","camera":"k01","since":"2026-07-04T11:59:00.000000Z","detail":"camera-unreachable: no route"}]`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
}

func TestBeingRecorded(t *testing.T) {
	now := footage.At(time.Date(2026, 7, 4, 12, 0, 0, 0, time.UTC))
	open := footage.Span{From: now.Add(-10 * time.Second), To: now.Add(-time.Second)}
	for _, c := range []struct {
		name string
		h    footage.Health
		want footage.Span
	}{
		{"records", footage.Health{State: footage.StateRecording, Open: open}, footage.Span{From: open.From, To: now.Add(onItsWay)}},
		{"between two segments", footage.Health{State: footage.StateRecording, Since: now.Add(-time.Hour)}, footage.Span{From: now.Add(-onItsWay), To: now.Add(onItsWay)}},
		{"has just begun", footage.Health{State: footage.StateRecording, Since: now.Add(-time.Second)}, footage.Span{From: now.Add(-time.Second), To: now.Add(onItsWay)}},
		{"is down", footage.Health{State: footage.StateDown}, footage.Span{}},
		{"is down, its segment not closed", footage.Health{State: footage.StateDown, Open: open}, open},
	} {
		if got := beingRecorded(c.h, now); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
