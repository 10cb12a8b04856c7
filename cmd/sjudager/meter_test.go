package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/sjudager/sjudager/vault"
)

func TestMeter(t *testing.T) {
	for terminal, want := range map[bool]string{
		true:  "\r\x1b[Kstore: 10\r\x1b[Kindex: 30 of 40, 75 %\r\x1b[K",
		false: "index: 30 of 40, 75 %\n",
	} {
		var b bytes.Buffer
		now := time.Unix(0, 0)
		m := newMeter(console{err: &b, now: func() time.Time { return now }})
		m.terminal = terminal
		for _, p := range []vault.Progress{{}, {Step: "store", Done: 10}, {Step: "store", Done: 11}, {Step: "index", Done: 30, Of: 40}} {
			if p.Done != 11 {
				now = now.Add(2 * time.Second)
			}
			m.tell(p)
		}
		m.end()
		if b.String() != want {
			t.Errorf("terminal %v: %q", terminal, b.String())
		}
	}
}
