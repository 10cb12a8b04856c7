package rtsp

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/bluenviron/gortsplib/v4/pkg/base"

	"github.com/sjudager/sjudager/vault/footage"
)

const (
	// keepEvery is how often a session is kept alive of which the camera does not
	// say when it ends: RFC 2326, 12.37 has a minute then.
	keepEvery = 30 * time.Second
	// autoPatience is how long the automatic choice waits for a packet over UDP
	// before it asks for TCP, and patience how long it is waited for where
	// nothing but UDP will do.
	autoPatience, patience = 3 * time.Second, 8 * time.Second
)

// keep keeps the session alive until it ends. Answers are not waited for, since some
// cameras give none.
func (p *player) keep(c *conversation, u *base.URL) error {
	every, now := keepEvery, time.Now()
	if c.timeout > 0 {
		every = min(every, c.timeout*8/10)
	}
	next, impatient := now.Add(every), now.Add(patience)
	if p.auto {
		impatient = now.Add(autoPatience)
	}
	for renewed := false; ; now = time.Now() {
		wake := next
		if p.stream.Transport != TCP && !p.receiver.came.Load() {
			if !now.Before(impatient) {
				return &Error{footage.CauseStalled, fmt.Sprintf("nothing comes over transport %s; is there a firewall? Transport tcp gets through", p.stream.Transport), errNoUDP}
			}
			if impatient.Before(wake) {
				wake = impatient
			}
		}
		if !now.Before(next) {
			next, renewed = now.Add(every), false
			if err := c.send(c.lifeSign, u, nil); err != nil {
				return err
			}
			continue
		}
		res, err := c.next(wake)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
		case err != nil:
			return err
		case !c.answers(res):
		case res.StatusCode == base.StatusUnauthorized && !renewed:
			renewed = true
			if again, _ := c.refused(res); again { // or else it may end the session
				if err := c.send(c.lifeSign, u, nil); err != nil {
					return err
				}
			}
		case res.StatusCode == base.StatusOK && c.login != nil:
			c.login.good = true
		case res.StatusCode == base.StatusSessionNotFound:
			return &Error{footage.CauseEnded, "the camera does not know the session any more (454)", nil}
		case res.StatusCode == base.StatusMethodNotAllowed, res.StatusCode == base.StatusNotImplemented:
			c.lifeSign = base.Options
		}
	}
}
