package main

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sjudager/sjudager/configs"
	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/recorder"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web"
	"github.com/sjudager/sjudager/web/account"
	"github.com/sjudager/sjudager/web/signage"
)

// policy is the retention that a configuration asks for.
func policy(c *configs.Config) holds.Policy {
	return holds.Policy{Keep: time.Duration(c.Retention.Keep), Hold: time.Duration(c.Retention.Hold), Zone: c.Site.Location()}
}

// outlets are the ways on which a configuration has checkpoints leave the building.
func outlets(c *configs.Config) ledger.Outlets {
	o := ledger.Outlets{Dir: c.Ledger.CheckpointDir, TSA: c.Ledger.TSA}
	if m := c.Ledger.CheckpointMail; m != nil {
		o.Mail = ledger.Mail{Relay: m.Relay, From: m.From, To: m.To}
	}
	return o
}

// rules are how a configuration has people sign in.
func rules(c *configs.Config) account.Rules {
	r := account.Rules{Idle: time.Duration(c.Accounts.Idle), Session: time.Duration(c.Accounts.Session)}
	for _, role := range c.Accounts.SecondFactor {
		r.SecondFactor = append(r.SecondFactor, account.Role(role))
	}
	return r
}

// provider is where people may sign in besides, or nil.
func provider(c *configs.Config) *account.Provider {
	o := c.Accounts.OIDC
	if o == nil {
		return nil
	}
	return &account.Provider{Name: o.Name, Issuer: o.Issuer, ClientID: o.ClientID, Secret: o.ClientSecret.Reveal(), Claim: o.Claim,
		Groups: map[account.Role][]string{
			account.Guard: o.Roles.Guard, account.Lead: o.Roles.Lead, account.Approver: o.Roles.Approver,
			account.Privacy: o.Roles.Privacy, account.Admin: o.Roles.Admin,
		}}
}

// purposes are why footage of a camera may be watched.
func (d *daemon) purposes(camera footage.CameraID) (all []web.Purpose) {
	for _, p := range d.inForce().PurposesOf(string(camera)) {
		all = append(all, web.Purpose{Code: p.Code, Norwegian: p.Norwegian, English: p.English})
	}
	return all
}

// announced is what the signs and the notice must say with a configuration.
func announced(c *configs.Config) signage.Live {
	f := signage.Facts{
		Site: c.Site.Name, Controller: c.Site.Controller.Name, OrgNumber: c.Site.Controller.OrgNumber, Contact: c.Site.Controller.Contact,
		Officer: c.Signage.Officer, Notice: c.Signage.Notice, Zone: c.Site.Timezone, Cameras: map[string]int{},
		KeepS: int64(time.Duration(c.Retention.Keep).Seconds()), HoldMaxS: int64(time.Duration(c.Retention.Hold).Seconds()),
	}
	var codes []string
	for _, p := range c.Site.Purposes {
		f.Purposes = append(f.Purposes, signage.Words{Norwegian: p.Norwegian, English: p.English})
		f.Nynorsk = append(f.Nynorsk, cmp.Or(p.Nynorsk, p.Norwegian))
		codes = append(codes, p.Code)
	}
	if t := c.Signage.Texts.Sami; t != nil {
		f.Sami = (*signage.Lines)(t)
	}
	l := signage.Live{InspectS: int64(time.Duration(c.Signage.Inspect).Seconds()), Festival: c.Signage.Festival, Gate: signage.Gate(c.Signage.Gate), Purposes: codes}
	for _, cam := range c.Cameras {
		l.Cameras = append(l.Cameras, signage.Camera{ID: footage.CameraID(cam.ID), Name: cam.Name, Zone: cam.Zone, Recording: cam.Enabled})
		if cam.Enabled {
			f.Recording = true
			f.Cameras[cam.Zone]++
		}
	}
	f.Zones = slices.Sorted(maps.Keys(f.Cameras))
	l.Facts = f
	return l
}

// recorded is the cameras of a configuration as the recorder wants them, without what
// the gate says of them.
func recorded(c *configs.Config) []recorder.Camera {
	var cameras []recorder.Camera
	for _, cam := range c.Cameras {
		cameras = append(cameras, recorder.Camera{
			ID: footage.CameraID(cam.ID), Name: cam.Name, URL: cam.RTSPURL(),
			Transport: recorder.Transport(cam.Transport), TLSFingerprint: cam.TLSFingerprint, Enabled: cam.Enabled,
		})
	}
	return cameras
}

// reload takes what configs.Watch reports. A file with faults changes nothing
// but the alarms.
func (d *daemon) reload(c *configs.Config, err error) {
	if err != nil {
		d.Log.Error("configuration refused, the one in force stays", "error", err)
		d.setAlarm(err.Error())
		return
	}
	d.setAlarm("")
	if err := d.append(ledger.Entry{Kind: ledger.Configuration, Fields: ledger.Fields{"config": footage.SHA256(c.Digest)}}); err != nil {
		d.Log.Error("couldn't write the new configuration into the ledger, the one in force stays", "error", err)
		d.setAlarm(err.Error())
		return
	}
	if keys := configs.Restart(d.Config, c); len(keys) > 0 {
		d.setAlarm("a restart is needed for the new " + strings.Join(keys, ", "))
	}
	d.take(c)
	if err := d.holds.SetPolicy(policy(c)); err != nil {
		d.Log.Error("couldn't apply the retention", "error", err)
		d.setAlarm(err.Error())
	}
	if err := d.applyCameras(); err != nil {
		d.Log.Error("couldn't read or write the sign register", "error", err)
		d.setAlarm(err.Error())
	}
	if d.cert != nil && d.Config.HTTP.TLS == c.HTTP.TLS { // other files need a restart
		if err := d.cert.load(c); err != nil {
			d.Log.Error("couldn't renew the certificate", "error", err)
			d.setAlarm(err.Error())
		}
	}
	d.Log.Info("configuration applied", "cameras", len(c.Cameras))
}

// take brings a configuration into force, and writes down what it means for the signs.
func (d *daemon) take(c *configs.Config) {
	d.gating.Lock()
	defer d.gating.Unlock()
	d.mu.Lock()
	d.config = c
	d.mu.Unlock()
	if err := d.signs.Observe(announced(c)); err != nil {
		d.Log.Error("couldn't write down what the signs must say", "error", err)
		d.setAlarm(err.Error())
	}
}

// setAlarm raises the alarm about the configuration, or ends it when detail is
// empty.
func (d *daemon) setAlarm(detail string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if detail == "" {
		d.alarm = footage.Alarm{}
		return
	}
	d.alarm = footage.Alarm{Code: footage.AlarmConfiguration, Since: footage.At(d.Now()), Detail: detail}
}
