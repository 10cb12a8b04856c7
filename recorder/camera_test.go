package recorder

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sjudager/sjudager/cmd/testcam/farm"
	"github.com/sjudager/sjudager/recorder/rtp/rtptest"
	"github.com/sjudager/sjudager/recorder/rtsp"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/spool"
)

// actor is a camera in a play: each session runs the next scene.
type actor struct {
	clip   *farm.Clip
	scenes []scene
	began  []time.Time
}

// scene is how a session goes: so many frames, then a wait for ctx or an error.
type scene struct {
	frames int
	err    error // nil: the camera goes silent
}

func (a *actor) play(ctx context.Context, _ rtsp.Source, h rtsp.Handler) error {
	a.began = append(a.began, time.Now())
	s := scene{err: errors.New("the play is over")}
	if len(a.scenes) > 0 {
		s, a.scenes = a.scenes[0], a.scenes[1:]
	}
	if s.frames > 0 {
		h.Begin(stream(a.clip))
	}
	sequence := uint16(0)
	for _, fr := range film(a.clip, s.frames/len(a.clip.Units)+1)[:s.frames] {
		packets := rtptest.Packets(footage.H264, fr.nals, sequence, uint32(fr.pts), 700)
		sequence += uint16(len(packets))
		h.Packets(slices.Values(packets))
		if sleep(ctx, 40*time.Millisecond) != nil {
			return ctx.Err()
		}
	}
	if s.err != nil {
		return s.err
	}
	<-ctx.Done()
	return ctx.Err()
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

var (
	errGone    = &rtsp.Error{Cause: footage.CauseEnded, Detail: "the camera ended the connection"}
	errNoRoute = &rtsp.Error{Cause: footage.CauseUnreachable, Detail: "no route"}
)

// perform runs the recorder with one camera for a time, on a clock that jumps
// from event to event, and returns the account.
func perform(t *testing.T, s *spool.Spool, a *actor, length time.Duration, segment time.Duration) (lines []line) {
	t.Helper()
	a.clip = loadClip(t, "h264")
	synctest.Test(t, func(t *testing.T) {
		r := New(Options{Spool: s, Segment: segment, Log: slog.New(slog.DiscardHandler), play: a.play})
		if err := r.Apply([]Camera{{ID: "k01", Enabled: true}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(length)
		r.Close()
		lines = account(t, s, "k01")
	})
	return lines
}

func TestCameraStall(t *testing.T) {
	a := &actor{scenes: []scene{{frames: 50}, {frames: 75}}}
	lines := perform(t, openSpool(t), a, 20*time.Second, time.Minute)
	has(t, lines, "run 0", "camera-stalled", "run 0")
	// Two seconds of frames, ten until it is noticed, and the first attempt.
	if !lines[1].lasts(10250*time.Millisecond, 500*time.Millisecond) {
		t.Errorf("the gap lasts %v", lines[1].span.Duration())
	}
}

func TestCameraComesBack(t *testing.T) {
	down := make([]scene, 4)
	for i := range down {
		down[i].err = errNoRoute
	}
	a := &actor{scenes: slices.Concat([]scene{{75, errGone}}, down, []scene{{75, errGone}, {750, nil}})}
	lines := perform(t, openSpool(t), a, 35*time.Second, time.Minute)
	has(t, lines, "run 0", "camera-ended", "camera-unreachable", "run 0", "camera-ended", "run 0")
	// At once, then after 1, 2, 4 and 8 seconds, give or take a quarter.
	for i, want := range []time.Duration{3200 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second} {
		if got := a.began[i+1].Sub(a.began[i]); i > 0 && (got < want*3/4 || got > want*5/4) {
			t.Errorf("attempt %d came after %v, want about %v", i+1, got, want)
		}
	}
}

func TestCameraStoppedInAGap(t *testing.T) {
	s := openSpool(t)
	perform(t, s, &actor{scenes: []scene{{75, errGone}, {0, errNoRoute}, {0, errNoRoute}, {0, errNoRoute}, {0, errNoRoute}}}, 10*time.Second, time.Minute)
	if mark, _, err := s.Mark("k01"); err != nil || mark.Cause != footage.CauseStopped {
		t.Errorf("the mark is %+v, %v", mark, err)
	}
	has(t, account(t, s, "k01"), "run 0", "camera-ended", "camera-unreachable")
}

// TestCameraSendsRubbish: a session without a whole frame is a stall too, though
// packets come.
func TestCameraSendsRubbish(t *testing.T) {
	s := openSpool(t)
	clip := loadClip(t, "h264")
	synctest.Test(t, func(t *testing.T) {
		sessions := 0
		r := New(Options{Spool: s, Segment: time.Minute, Log: slog.New(slog.DiscardHandler), play: func(ctx context.Context, _ rtsp.Source, h rtsp.Handler) error {
			sessions++
			h.Begin(stream(clip))
			for n := uint16(0); ctx.Err() == nil; n++ {
				h.Packets(slices.Values(rtptest.Packets(footage.H264, [][]byte{{0x7c, 0x05, 1}}, n, uint32(n)*3600, 700)))
				sleep(ctx, 40*time.Millisecond)
			}
			return ctx.Err()
		}})
		if err := r.Apply([]Camera{{ID: "k01", Enabled: true}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(25 * time.Second)
		if h := r.Health()[0]; h.State != footage.StateDown || h.Cause != footage.CauseStalled {
			t.Errorf("its health is %+v", h)
		}
		r.Close()
		if sessions < 2 || sessions > 3 {
			t.Errorf("%d sessions", sessions)
		}
	})
}

// TestCameraDownAlarm: a minute without footage is an alarm, however often the reason
// changes, and it counts from the last footage.
func TestCameraDownAlarm(t *testing.T) {
	s := openSpool(t)
	clip := loadClip(t, "h264")
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		scenes := []scene{{75, errGone}}
		for range 8 { // more than a minute of attempts
			scenes = append(scenes, scene{0, errNoRoute}, scene{0, errGone})
		}
		a := &actor{clip: clip, scenes: append(scenes, scene{frames: 7500})}
		r := New(Options{Spool: s, Segment: time.Minute, Log: slog.New(slog.DiscardHandler), play: a.play})
		if err := r.Apply([]Camera{{ID: "k01", Enabled: true}, {ID: "k02"}}); err != nil {
			t.Fatal(err)
		}
		for _, when := range []struct {
			at   time.Duration
			down bool
		}{{2 * time.Second, false}, {62 * time.Second, false}, {64 * time.Second, true}, {200 * time.Second, true}, {600 * time.Second, false}} {
			time.Sleep(time.Until(began.Add(when.at)))
			alarms := r.Alarms()
			if when.down != (len(alarms) == 1) || len(alarms) > 1 {
				t.Fatalf("after %v the alarms are %v", when.at, alarms)
			}
			if when.down && (alarms[0].Code != footage.AlarmCameraDown || alarms[0].Camera != "k01" || alarms[0].Since != footage.At(began.Add(3*time.Second))) {
				t.Errorf("after %v the alarm is %+v", when.at, alarms[0])
			}
		}
		r.Close()
	})
}

// TestOpenGap: hours without footage are in the spool while they last, of a camera
// that has never sent a frame, of one that did, and of one that was switched off.
// Across restarts the account has no hole.
func TestOpenGap(t *testing.T) {
	s := openSpool(t)
	clip := loadClip(t, "h264")
	synctest.Test(t, func(t *testing.T) {
		began := footage.At(time.Now())
		var sent sync.Map
		options := Options{Spool: s, Segment: time.Minute, Log: slog.New(slog.DiscardHandler), play: func(ctx context.Context, src rtsp.Source, h rtsp.Handler) error {
			a := &actor{clip: clip, scenes: []scene{{0, errNoRoute}}}
			if _, again := sent.LoadOrStore(src.URL, true); !again && src.URL != "never" {
				a.scenes[0] = scene{75, errGone}
			}
			return a.play(ctx, src, h)
		}}
		covered := func(what string) {
			t.Helper()
			now := footage.At(time.Now())
			for _, id := range []footage.CameraID{"never", "once", "off"} {
				lines := account(t, s, id)
				if len(lines) == 0 || lines[0].span.From != began || now.Sub(lines[len(lines)-1].span.To) > showEvery+showBehind+syncEvery {
					t.Errorf("%s, after %v: the account of %s is %v", what, now.Sub(began), id, lines)
				}
			}
		}
		cameras := []Camera{{ID: "never", URL: "never", Enabled: true}, {ID: "once", URL: "once", Enabled: true}, {ID: "off", URL: "off", Enabled: true}}
		r := New(options)
		for range 2 {
			if err := r.Apply(cameras); err != nil {
				t.Fatal(err)
			}
			time.Sleep(5 * time.Second)
			cameras[2].Enabled = false
			if err := r.Apply(cameras); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				time.Sleep(20*time.Minute + time.Second)
				covered("while it lasts")
			}
			if alarms := r.Alarms(); len(alarms) != 2 || alarms[0].Camera != "never" || alarms[1].Camera != "once" {
				t.Errorf("the alarms are %v", alarms)
			}
			r.Close()
			covered("stopped")
			time.Sleep(time.Minute)
			r = New(options)
		}
		if err := r.Apply(cameras); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		covered("started again")
		r.Close()
		has(t, account(t, s, "never"), "camera-unreachable", "recorder-stopped", "camera-unreachable", "recorder-stopped", "camera-unreachable")
	})
}

func TestBackOff(t *testing.T) {
	for failures, want := range []time.Duration{200 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 30 * time.Second, 30 * time.Second} {
		if low, high := backOff(failures, 0), backOff(failures, 1); low != want*3/4 || high != want*5/4 {
			t.Errorf("after %d failures: %v to %v", failures, low, high)
		}
	}
	if got := backOff(1000000, 0.5); got != 30*time.Second {
		t.Errorf("after a million failures: %v", got)
	}
}

func TestApply(t *testing.T) {
	clip := loadClip(t, "h264")
	s := openSpool(t)
	synctest.Test(t, func(t *testing.T) {
		actors := map[string]*actor{}
		r := New(Options{Spool: s, Segment: time.Minute, Log: slog.New(slog.DiscardHandler), play: func(ctx context.Context, src rtsp.Source, h rtsp.Handler) error {
			return actors[src.URL].play(ctx, src, h)
		}})
		for _, url := range []string{"a", "b", "b2", "c"} {
			actors[url] = &actor{clip: clip, scenes: []scene{{frames: 750}, {frames: 750}}}
		}
		apply := func(cameras ...Camera) {
			t.Helper()
			if err := r.Apply(cameras); err != nil {
				t.Fatal(err)
			}
			time.Sleep(5 * time.Second)
		}
		camera := func(id footage.CameraID, name, url string, enabled bool) Camera {
			return Camera{ID: id, Name: name, URL: url, Enabled: enabled}
		}
		apply(camera("a", "A", "a", true), camera("b", "B", "b", true), camera("c", "C", "c", true), camera("d", "D", "d", false))
		apply(camera("b", "B", "b2", true), camera("a", "Renamed", "a", true), camera("d", "D", "d", false), camera("c", "C", "c", false))
		var got []string
		for _, h := range r.Health() {
			got = append(got, string(h.Camera)+" "+h.Name+" "+string(h.State))
		}
		if want := []string{"b B recording", "a Renamed recording", "d D disabled", "c C disabled"}; !slices.Equal(got, want) {
			t.Errorf("the cameras are %q, want %q", got, want)
		}
		apply(camera("a", "Renamed", "a", true))
		apply(camera("a", "Renamed", "a", true), camera("c", "C", "c", true))
		r.Close()
		has(t, account(t, s, "a"), "run 0")
		if n := len(actors["a"].began); n != 1 {
			t.Errorf("camera a had %d sessions", n)
		}
		has(t, account(t, s, "b"), "run 0", "run 0") // no time passed in between
		lines := account(t, s, "c")
		has(t, lines, "run 0", "configuration", "run 0")
		if lines[1].detail != "the camera was switched off" || !lines[1].lasts(10*time.Second, time.Second) {
			t.Errorf("the gap lasts %v and says %q", lines[1].span.Duration(), lines[1].detail)
		}
		if mark, _, err := s.Mark("b"); err != nil || mark.Cause != footage.CauseConfiguration || mark.Detail != "the camera was removed from the configuration" {
			t.Errorf("the mark of a removed camera is %+v, %v", mark, err)
		}
	})
}

// TestSpoolLimit: at the limit no segment is begun, and when there is room again
// recording goes on.
func TestSpoolLimit(t *testing.T) {
	s := openSpool(t)
	clip := loadClip(t, "h264")
	synctest.Test(t, func(t *testing.T) {
		a := &actor{clip: clip, scenes: []scene{{frames: 750}}}
		r := New(Options{Spool: s, Segment: 2 * time.Second, SpoolLimit: 100_000, Log: slog.New(slog.DiscardHandler), play: a.play})
		if err := r.Apply([]Camera{{ID: "k01", Enabled: true}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(15 * time.Second)
		if h := r.Health()[0]; h.State != footage.StateDown || h.Cause != footage.CauseSpoolFull {
			t.Errorf("at the limit its health is %+v", h)
		}
		if a := r.Alarms(); len(a) != 1 || a[0].Code != footage.AlarmSpool || a[0].Detail != "footage is being lost: the spool is full" {
			t.Errorf("at the limit the alarms are %v", a)
		}
		full := account(t, s, "k01")
		usage, err := s.Usage()
		if err != nil || usage.Bytes < 100_000 || usage.Bytes > 400_000 {
			t.Errorf("the spool holds %d bytes, %v", usage.Bytes, err)
		}
		full = slices.DeleteFunc(full, func(l line) bool { return l.path == "" })
		for _, l := range full[:len(full)-1] { // the vault makes room
			if err := s.Remove(l.path); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(2 * time.Second)
		if h := r.Health()[0]; h.State != footage.StateRecording {
			t.Errorf("with room again its health is %+v", h)
		}
		r.Close()
		lines := account(t, s, "k01")
		if len(lines) < 3 || lines[1].cause != footage.CauseSpoolFull || lines[2].run != 0 {
			t.Errorf("the account reads %v", lines)
		}
	})
}

// A camera that is withheld is not asked for anything; let through it records, and
// withheld again its gap has a cause of its own, which goes over into that of being
// switched off.
func TestR115WithheldCamera(t *testing.T) {
	clip := loadClip(t, "h264")
	s := openSpool(t)
	synctest.Test(t, func(t *testing.T) {
		a := &actor{clip: clip, scenes: []scene{{frames: 750}, {frames: 750}}}
		r := New(Options{Spool: s, Segment: time.Minute, Log: slog.New(slog.DiscardHandler), play: a.play})
		state := func(c Camera, want footage.CameraState, detail string) {
			t.Helper()
			c.ID = "k01"
			if err := r.Apply([]Camera{c}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(5 * time.Second)
			if h := r.Health()[0]; h.State != want || h.Detail != detail || want == footage.StateWithheld && h.Without != 0 {
				t.Errorf("%+v, want %s", h, want)
			}
		}
		state(Camera{Enabled: true, Withheld: "no sign"}, footage.StateWithheld, "no sign")
		if len(a.began) != 0 {
			t.Error("a withheld camera was asked for its video")
		}
		state(Camera{Enabled: true, Withheld: "no assessment"}, footage.StateWithheld, "no assessment")
		state(Camera{Enabled: true}, footage.StateRecording, "")
		state(Camera{Enabled: true, Withheld: "no sign"}, footage.StateWithheld, "no sign")
		state(Camera{Withheld: "no sign"}, footage.StateDisabled, "the camera was switched off")
		state(Camera{Enabled: true}, footage.StateRecording, "")
		if alarms := r.Alarms(); len(alarms) != 0 {
			t.Errorf("%v", alarms)
		}
		r.Close()
		has(t, account(t, s, "k01"), "run 0", "withheld", "configuration", "run 0")
	})
}
