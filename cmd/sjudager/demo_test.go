package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sjudager/sjudager/cmd/testcam/farm"
	"github.com/sjudager/sjudager/configs"
	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web"
)

// The demo as somebody runs it who has just built it: the page opens, every
// camera records, there is something to see being deleted soon, and Ctrl-C ends
// it. With --dir the footage is there again the next time.
func TestDemo(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "sjudager-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	p := &program{t: t, dir: dir, log: &logFile{}}
	address := regexp.MustCompile(`http://(127\.0\.0\.1:\d+)/`)
	run := func() {
		t.Helper()
		said := &logFile{}
		cmd := exec.Command(built, "demo", "--dir", dir, "--listen", "127.0.0.1:0")
		cmd.Stdout, cmd.Stderr = said, p.log
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		p.cmd, p.done = cmd, make(chan error, 1)
		go func() { p.done <- cmd.Wait() }()
		eventually(t, 30*time.Second, "the demo prints its address", func() bool { return address.MatchString(said.String()) })
		p.page = address.FindStringSubmatch(said.String())[1]
	}
	t.Cleanup(func() {
		p.stop()
		if said := p.log.String(); t.Failed() || strings.Contains(said, "DATA RACE") {
			t.Errorf("the demo said:\n%s", said)
		}
	})
	run()
	var s web.Status
	eventually(t, 20*time.Second, "all cameras record", func() bool {
		s = web.Status{}
		if p.run("status", "--json").document(t, &s); len(s.Cameras) != len(farm.Clips()) || len(s.Cameras) < 4 {
			t.Fatalf("the demo has %d cameras", len(s.Cameras))
		}
		for _, c := range s.Cameras {
			if c.State != footage.StateRecording || c.Codec == "" {
				return false
			}
		}
		return true
	})
	codecs := map[footage.Codec]bool{}
	for _, c := range s.Cameras {
		codecs[c.Codec] = true
		if c.Name == string(c.ID) {
			t.Errorf("%s has no name of its own", c.ID)
		}
	}
	if !codecs[footage.H264] || !codecs[footage.H265] {
		t.Errorf("the demo shows %v", codecs)
	}
	eventually(t, 20*time.Second, "footage of a week ago", func() bool {
		var plan web.ExpiryPlan
		p.run("expire", "--dry-run", "--json").document(t, &plan)
		return len(plan.Next) > 0 && time.Until(plan.Next[0].Segment.Deadline.Time()) < 2*time.Minute
	})
	eventually(t, 30*time.Second, "footage of today", func() bool {
		found := p.segments("k01-inngang").Segments
		return len(found) > 0 && time.Since(found[len(found)-1].Start.Time()) < time.Hour
	})
	had := p.segments("k01-inngang").Segments
	p.stop()
	run()
	if again := p.segments("k01-inngang").Segments; len(again) < len(had) {
		t.Errorf("%d segments before, %d now", len(had), len(again))
	}
}

// Each seed goes when it should, also in the weeks when seven days on the clock
// are not 168 hours.
func TestSeedsGoSoon(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(file, []byte("site: {name: X, timezone: Europe/Oslo}\ndata_dir: data\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := configs.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, now := range []string{"2026-07-04T12:00:00Z", "2026-03-30T12:00:00Z", "2026-04-04T23:30:00Z", "2026-10-26T12:00:00Z", "2026-10-25T00:30:00Z"} {
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		goes := footage.At(at.Add(time.Minute))
		start := recordedToGoAt(goes, policy(c))
		if got := policy(c).KeepUntil(start); got != goes || goes.Sub(start) > holds.MaxKeep {
			t.Errorf("at %s: a recording of %s goes at %s, want %s", now, start, got, goes)
		}
	}
}

func TestBox(t *testing.T) {
	var b bytes.Buffer
	box(&b, "en", "fire på rad")
	want := `
┌───────────────┐
│               │
│  en           │
│  fire på rad  │
│               │
└───────────────┘

`
	if b.String() != want {
		t.Errorf("%s, want %s", b.String(), want)
	}
}

func TestSize(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 9949: "9.9 kB", 9951: "10 kB", 999_499: "999 kB", 999_500: "1.0 MB", 20e9: "20 GB", 1 << 62: "4.6 EB"} {
		if got := size(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

func TestAlarms(t *testing.T) {
	now := footage.At(time.Date(2026, 7, 4, 12, 0, 0, 0, time.UTC))
	down := footage.Health{Camera: "k01", State: footage.StateDown, Since: now.Add(-downAfter), Cause: footage.CauseUnreachable, Detail: "no route"}
	young := down
	young.Since = now.Add(-downAfter + time.Microsecond)
	recording := down
	recording.State = footage.StateRecording
	got, err := json.Marshal(camerasDown([]footage.Health{down, young, recording}, now))
	want := `[{"code":"camera-down","camera":"k01","since":"2026-07-04T11:59:00.000000Z","detail":"camera-unreachable: no route"}]`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
}

func TestBeingRecorded(t *testing.T) {
	now := footage.At(time.Date(2026, 7, 4, 12, 0, 0, 0, time.UTC))
	open := footage.Span{From: now.Add(-10 * time.Second), To: now.Add(-time.Second)}
	for _, c := range []struct {
		name string
		h    footage.Health
		want footage.Span
	}{
		{"records", footage.Health{State: footage.StateRecording, Open: open}, footage.Span{From: open.From, To: now}},
		{"between two segments", footage.Health{State: footage.StateRecording, Since: now.Add(-time.Hour)}, footage.Span{From: now.Add(-onItsWay), To: now}},
		{"has just begun", footage.Health{State: footage.StateRecording, Since: now.Add(-time.Second)}, footage.Span{From: now.Add(-time.Second), To: now}},
		{"is down", footage.Health{State: footage.StateDown}, footage.Span{}},
		{"is down, its segment not closed", footage.Health{State: footage.StateDown, Open: open}, open},
	} {
		if got := beingRecorded(c.h, now); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
