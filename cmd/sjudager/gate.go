package main

import (
	"context"
	"time"

	"github.com/sjudager/sjudager/web/signage"
)

// gateAgain is when the gate is looked at again after it could not be read.
const gateAgain = 10 * time.Second

// keepGate has cameras begin to record when the register has what they lacked, until ctx
// ends. What the configuration changes is taken by reload.
func (d *daemon) keepGate(ctx context.Context) {
	again := make(<-chan time.Time)
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.register:
		case <-again:
		}
		again = nil
		if err := d.applyCameras(); err != nil {
			d.Log.Error("couldn't read or write the sign register", "error", err)
			again = time.After(gateAgain)
		}
	}
}

// applyCameras has the recorder record the cameras of the configuration in force that
// may: those that the gate lets through, or has let through before (R41, R115). An error
// means that the register cannot be read or written, and nothing has changed.
func (d *daemon) applyCameras() error {
	d.gating.Lock()
	defer d.gating.Unlock()
	passages, err := d.signs.Admit()
	if err != nil {
		return err
	}
	why := map[string]string{}
	for _, p := range passages {
		why[string(p.Camera)] = p.Why()
		if p.Records && p.Because == signage.Overridden {
			d.Log.Warn("a camera goes to recording by an override", "camera", p.Camera)
		}
	}
	cameras := recorded(d.inForce())
	for i := range cameras {
		reason, decided := why[string(cameras[i].ID)]
		if !decided {
			reason = "the register does not know it yet"
		}
		cameras[i].Withheld = reason
	}
	if err := d.recorder.Apply(cameras); err != nil { // they are recorded all the same
		d.Log.Error("couldn't apply the cameras", "error", err)
		d.setAlarm(err.Error())
	}
	return nil
}
