package main

import (
	"fmt"
	"time"

	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

const (
	// downAfter is how long a camera may bring no footage before somebody is told
	// (R50).
	downAfter = time.Minute
	// overdueAfter is how long footage may outlive its deadline before somebody is
	// told (R14): the sweeper looks every half minute at the latest.
	overdueAfter = time.Minute
)

// alarms are those of every room that stand now.
func (d *daemon) alarms() []footage.Alarm {
	now := footage.At(d.Now())
	all := append(d.vault.Alarms(), camerasDown(d.recorder.Health(), now)...)
	d.mu.Lock()
	if d.alarm.Code != "" {
		all = append(all, d.alarm)
	}
	d.mu.Unlock()
	if err := d.index.View(func(tx *index.Tx) error {
		late, err := overdue(tx)
		all = append(all, late...)
		return err
	}); err != nil {
		d.Log.Error("couldn't read the index", "error", err)
		all = append(all, footage.Alarm{Code: footage.AlarmOverdue, Since: now, Detail: "it is not known whether footage is overdue: the index cannot be read"})
	}
	return all
}

// camerasDown returns an alarm for each camera that has brought no footage for a
// while.
func camerasDown(cameras []footage.Health, now footage.Instant) []footage.Alarm {
	var down []footage.Alarm
	for _, h := range cameras {
		if h.State == footage.StateDown && now.Sub(h.Since) >= downAfter {
			down = append(down, footage.Alarm{Code: footage.AlarmCameraDown, Camera: h.Camera, Since: h.Since, Detail: fmt.Sprintf("%s: %s", h.Cause, h.Detail)})
		}
	}
	return down
}

// overdue returns an alarm when footage has been past its deadline for a while and
// still exists.
func overdue(tx *index.Tx) ([]footage.Alarm, error) {
	since, err := vault.NextDeadline(tx)
	if err != nil {
		return nil, err
	}
	waiting, err := vault.Intents(tx, -1)
	for _, i := range waiting {
		if since == 0 || i.Retired < since {
			since = i.Retired
		}
	}
	if since == 0 || tx.Now.Sub(since) < overdueAfter {
		return nil, err
	}
	return []footage.Alarm{{Code: footage.AlarmOverdue, Since: since, Detail: "footage that should have been deleted is still there"}}, err
}
