package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web"
)

// alarm returns the detail of the alarm with this code, or "".
func (p *program) alarm(code footage.AlarmCode) string {
	p.t.Helper()
	var s web.Status
	if err := p.ask("status", nil, &s); err != nil {
		p.t.Fatal(err)
	}
	for _, a := range s.Alarms {
		if a.Code == code {
			return a.Detail
		}
	}
	return ""
}

// A configuration file is followed: faults change nothing but raise an alarm,
// shorter retention applies to what is stored, and what needs a restart says so.
func TestReload(t *testing.T) {
	t.Parallel()
	const camera = "k01-inngang"
	cameras := startFarm(t, camera)
	s := setup{recorder: "segment: 2s", cameras: map[string]string{camera: cameras.URL(camera)}}
	p := install(t, s)
	p.start()
	eventually(t, 20*time.Second, "two segments", func() bool { return len(p.segments(camera).Segments) >= 2 })

	faulty := s
	faulty.retention = "keep: 31d"
	p.configure(faulty)
	eventually(t, 10*time.Second, "an alarm about the faulty file", func() bool {
		return strings.Contains(p.alarm(footage.AlarmConfiguration), "longer than seven days")
	})
	before := p.segments(camera)
	week := before.Segments[0].Start.Add(7 * 24 * time.Hour)
	if d := before.Segments[0].Deadline; d != week {
		t.Errorf("a faulty file has moved a deadline to %s, want %s", d, week)
	}

	p.configure(s)
	eventually(t, 10*time.Second, "the end of the alarm", func() bool { return p.alarm(footage.AlarmConfiguration) == "" })

	// The page stays where it is until the next start.
	moved, page := s, p.page
	moved.recorder = "segment: 3s"
	p.page = "127.0.0.1:1"
	p.configure(moved)
	p.page = page
	eventually(t, 10*time.Second, "an alarm about the restart", func() bool {
		return strings.Contains(p.alarm(footage.AlarmConfiguration), "http.listen, recorder.segment")
	})

	shorter := s
	shorter.retention = "keep: 4s, hold: 10s"
	p.configure(shorter)
	eventually(t, 10*time.Second, "everything older than four seconds is gone", func() bool {
		now := p.segments(camera)
		return len(now.Segments) > 0 && now.Segments[0].Start > before.Segments[0].Start.Add(4*time.Second)
	})
	if gaps := holes(p.segments(camera).Gaps); len(gaps) != 0 {
		t.Errorf("the camera was disturbed: %+v", gaps)
	}
	if detail := p.alarm(footage.AlarmConfiguration); detail != "" {
		t.Errorf("an alarm still stands: %s", detail)
	}
}

// What fell due while the program did not run is gone before anybody is answered
// (R7).
func TestR7NothingOverdueAfterAnOutage(t *testing.T) {
	t.Parallel()
	const camera = "k04-lasterampe"
	cameras := startFarm(t, camera)
	s := setup{retention: "keep: 8s", recorder: "segment: 2s", cameras: map[string]string{camera: cameras.URL(camera)}}
	p := install(t, s)
	p.start()
	eventually(t, 20*time.Second, "two segments", func() bool { return len(p.segments(camera).Segments) >= 2 })
	p.stop()
	store := filepath.Join(p.dataDir(), "store")
	left, err := filesBelow(store)
	if err != nil || len(left) == 0 {
		t.Fatalf("nothing is left for the outage: %v, %v", left, err)
	}
	waitUntil(t, footage.At(time.Now().Add(9*time.Second)))
	p.configure(setup{retention: "keep: 8s"}) // the camera has been removed meanwhile, too
	p.start()
	if found := p.segments(camera).Segments; len(found) != 0 {
		t.Errorf("the first answer lists %+v", found)
	}
	if after, err := filesBelow(store); err != nil || len(after) != 0 {
		t.Errorf("the store still has %v of %v at the first answer, %v", after, left, err)
	}
	if keys, err := filepath.Glob(filepath.Join(p.dataDir(), "keys", "*", "*")); err != nil || len(keys) != 0 {
		t.Errorf("keys of what has gone are left: %v, %v", keys, err)
	}
	spooled, err := filesBelow(filepath.Join(p.dataDir(), "spool"))
	if err != nil {
		t.Fatal(err)
	}
	for file := range spooled {
		t.Errorf("the spool still has %s", file)
	}
}

// The first signal ends the program in order, the second at once.
func TestSignals(t *testing.T) {
	t.Parallel()
	p := install(t, setup{})
	p.start()
	p.stop()
	if said := p.log.String(); !strings.Contains(said, "stopping in order") || !strings.Contains(said, "msg=stopped") {
		t.Errorf("it did not say how it stops:\n%s", said)
	}
	if _, err := os.Stat(socketPath(p.dataDir())); !os.IsNotExist(err) {
		t.Errorf("the socket is still there: %v", err)
	}

	// Two different signals, since two of a kind may arrive as one.
	p.start()
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		if err := p.cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
	}
	err := <-p.done
	p.cmd = nil
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != exitFailed || !strings.Contains(p.log.String(), "ended at once") {
		t.Errorf("after two signals it ended with %v", err)
	}
}
