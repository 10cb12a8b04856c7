package main

import (
	"testing"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
)

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
