package recorder

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sjudager/sjudager/vault/footage"
)

// disk knows what trouble there is with the spool's disk, for all cameras. It
// may be used from any goroutine.
type disk struct {
	now func() stamp

	mu     sync.Mutex
	detail string          // of the trouble that there was last; "" when there was none
	since  footage.Instant // when it began
	last   time.Duration   // when it last showed, monotonic
}

// calm is how long nothing must have gone wrong for trouble to be over: each
// camera tries again with its next key frame.
const calm = time.Minute

// trouble takes note that something could not be written.
func (d *disk) trouble(detail string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	at := d.now()
	if d.detail == "" || at.mono-d.last >= calm {
		d.since = at.wall
	}
	d.detail, d.last = detail, at.mono
}

// alarm returns the alarm about trouble that is not over.
func (d *disk) alarm() (footage.Alarm, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.detail == "" || d.now().mono-d.last >= calm {
		return footage.Alarm{}, false
	}
	return footage.Alarm{Code: footage.AlarmSpool, Since: d.since, Detail: "footage is being lost: " + d.detail}, true
}

var (
	errFull = errors.New("the spool is full")
	errSlow = errors.New("the disk is too slow")
)

// diskDetail says for people why the spool could not be written.
func diskDetail(err error) string {
	switch {
	case errors.Is(err, errFull):
		return errFull.Error()
	case errors.Is(err, unix.ENOSPC):
		return "the disk is full"
	case errors.Is(err, unix.EDQUOT):
		return "the disk quota is used up"
	case errors.Is(err, unix.EROFS):
		return "the disk is read-only"
	case errors.Is(err, unix.EIO):
		return "the disk has errors"
	}
	return fmt.Sprintf("the spool could not be written: %v", err)
}
