package main

import (
	"slices"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// overdueAfter is how long footage may outlive its deadline before somebody is told
// (R14): the sweeper looks every half minute at the latest.
const overdueAfter = time.Minute

// alarms are those of every room that stand now.
func (d *daemon) alarms() []footage.Alarm {
	now := footage.At(d.Now())
	all := append(append(d.vault.Alarms(), d.recorder.Alarms()...), append(d.holds.Alarms(), d.clock.Alarms()...)...)
	if remote, ok := d.store.(*remoteStore); ok && !slices.ContainsFunc(all, func(a footage.Alarm) bool { return a.Code == footage.AlarmStore }) {
		all = append(all, remote.alarm()...)
	}
	all = append(append(all, d.notary.Alarms()...), append(d.accounts.Alarms(), d.packageKeys.Alarms()...)...)
	if a := d.backupAlarm.Load(); a != nil {
		all = append(all, *a)
	}
	d.mu.Lock()
	if d.alarm.Code != "" {
		all = append(all, d.alarm)
	}
	d.mu.Unlock()
	if signs, err := d.signs.Now(); err == nil {
		all = append(all, signs.Alarms()...)
	} else {
		d.Log.Error("couldn't read the sign register", "error", err)
	}
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

// overdue returns an alarm when footage has been past its deadline for a while and
// still exists.
func overdue(tx *index.Tx) ([]footage.Alarm, error) {
	since, err := holds.OverdueSince(tx)
	if err != nil || since == 0 || tx.Now.Sub(since) < overdueAfter {
		return nil, err
	}
	return []footage.Alarm{{Code: footage.AlarmOverdue, Since: since, Detail: "footage that should have been deleted is still there"}}, nil
}
