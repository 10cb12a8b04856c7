package main

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// R14: footage that outlives its deadline is an alarm within 15 minutes, and one that
// stands since the deadline.
func TestR14OverdueIsAnAlarm(t *testing.T) {
	t.Parallel()
	deadline := footage.At(time.Date(2026, 7, 11, 19, 20, 0, 0, time.UTC))
	now := deadline.Time()
	db, err := index.Open(filepath.Join(t.TempDir(), "index.db"), func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	from := deadline.Add(-7 * 24 * time.Hour)
	if err := db.Update(func(tx *index.Tx) error {
		return vault.Add(tx, vault.Segment{
			Segment: footage.Segment{Camera: "k01", Span: footage.Span{From: from, To: from.Add(time.Minute)}, Codec: footage.H264},
			Terms:   vault.Terms{Keep: deadline, Ceiling: deadline.Add(time.Hour), Deadline: deadline}, Object: footage.ObjectKey("k01", from, 0), State: vault.Stored,
		})
	}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		after time.Duration
		want  int
	}{{-time.Hour, 0}, {0, 0}, {overdueAfter - time.Microsecond, 0}, {overdueAfter, 1}, {15 * time.Minute, 1}} {
		now = deadline.Add(c.after).Time()
		if err := db.View(func(tx *index.Tx) error {
			found, err := overdue(tx)
			if len(found) != c.want || c.want > 0 && (found[0].Code != footage.AlarmOverdue || found[0].Since != deadline) {
				t.Errorf("%v after its deadline: %v", c.after, found)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	if overdueAfter > 15*time.Minute {
		t.Error("the alarm comes too late")
	}
}
