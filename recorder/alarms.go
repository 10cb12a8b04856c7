package recorder

import (
	"fmt"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
)

// downAfter is how long a camera may bring no footage before somebody is told
// (R50).
const downAfter = time.Minute

// Alarms returns the recorder's alarms that stand now: cameras without footage
// for a minute, whatever the reasons were, and trouble with the spool's disk.
func (r *Recorder) Alarms() []footage.Alarm {
	var alarms []footage.Alarm
	if a, ok := r.disk.alarm(); ok {
		alarms = append(alarms, a)
	}
	now := r.stamp().wall
	for _, h := range r.Health() {
		if h.Without == 0 || now.Sub(h.Without) < downAfter {
			continue
		}
		detail := "no footage yet"
		if h.Cause != "" {
			detail = fmt.Sprintf("%s: %s", h.Cause, h.Detail)
		}
		alarms = append(alarms, footage.Alarm{Code: footage.AlarmCameraDown, Camera: h.Camera, Since: h.Without, Detail: detail})
	}
	return alarms
}
