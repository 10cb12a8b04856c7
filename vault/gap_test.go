package vault

import (
	"testing"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// TestGapGrows: the pieces of a gap that goes on are one gap, in whatever way a crash
// had them come again; another cause, or time in between, makes another gap.
func TestGapGrows(t *testing.T) {
	r := newRig(t)
	gap := func(from, to int, cause footage.Cause) footage.Gap {
		return footage.Gap{Camera: "k01", Cause: cause, Detail: "why",
			Span: footage.Span{From: start.Add(time.Duration(from) * time.Second), To: start.Add(time.Duration(to) * time.Second)}}
	}
	for _, step := range []struct {
		put  footage.Gap
		want []footage.Gap
	}{
		{gap(0, 10, footage.CauseUnreachable), []footage.Gap{gap(0, 10, footage.CauseUnreachable)}},
		{gap(10, 40, footage.CauseUnreachable), []footage.Gap{gap(0, 40, footage.CauseUnreachable)}},
		{gap(40, 70, footage.CauseUnreachable), []footage.Gap{gap(0, 70, footage.CauseUnreachable)}},
		{gap(40, 70, footage.CauseUnreachable), []footage.Gap{gap(0, 70, footage.CauseUnreachable)}},
		{gap(0, 10, footage.CauseUnreachable), []footage.Gap{gap(0, 70, footage.CauseUnreachable)}},
		{gap(40, 75, footage.CauseUnreachable), []footage.Gap{gap(0, 75, footage.CauseUnreachable)}}, // the mark was not moved
		{gap(75, 80, footage.CauseRefused), []footage.Gap{gap(0, 75, footage.CauseUnreachable), gap(75, 80, footage.CauseRefused)}},
		{gap(80, 90, footage.CauseRefused), []footage.Gap{gap(0, 75, footage.CauseUnreachable), gap(75, 90, footage.CauseRefused)}},
		{gap(91, 92, footage.CauseRefused), []footage.Gap{gap(0, 75, footage.CauseUnreachable), gap(75, 90, footage.CauseRefused), gap(91, 92, footage.CauseRefused)}},
	} {
		if err := r.Index.Update(func(tx *index.Tx) error { return PutGap(tx, step.put) }); err != nil {
			t.Fatal(err)
		}
		got := r.gaps("k01")
		if len(got) != len(step.want) {
			t.Fatalf("after %v: %v, want %v", step.put, got, step.want)
		}
		for i := range got {
			if got[i] != step.want[i] {
				t.Errorf("after %v: %v, want %v", step.put, got, step.want)
			}
		}
	}
}
