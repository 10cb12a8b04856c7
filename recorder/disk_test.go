package recorder

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sjudager/sjudager/recorder/rtsp"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/spool"
)

// studio is a recorder of some cameras that never fail, on a clock that jumps from
// event to event and a disk that does what the test says.
type studio struct {
	*Recorder
	spool *spool.Spool
	began time.Time
}

// inStudio records cameras k00, k01... for the length of the play.
func inStudio(t *testing.T, cameras int, o Options, disk func(time.Duration, spool.Op, string) error, play func(*studio)) *spool.Spool {
	t.Helper()
	clip, s := loadClip(t, "h264"), openSpool(t)
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		s.Intercept(func(op spool.Op, path string) error { return disk(time.Since(began), op, path) })
		o.Spool, o.Log = s, slog.New(slog.DiscardHandler)
		o.play = func(ctx context.Context, src rtsp.Source, h rtsp.Handler) error {
			return (&actor{clip: clip, scenes: []scene{{frames: 1 << 14}}}).play(ctx, src, h)
		}
		r := New(o)
		var configs []Camera
		for i := range cameras {
			configs = append(configs, Camera{ID: footage.CameraID(fmt.Sprintf("k%02d", i)), Enabled: true})
		}
		if err := r.Apply(configs); err != nil {
			t.Fatal(err)
		}
		play(&studio{r, s, began})
		r.Close()
	})
	s.Intercept(nil)
	return s
}

// at waits until so much time has passed in the play.
func (s *studio) at(d time.Duration) {
	time.Sleep(time.Until(s.began.Add(d)))
	synctest.Wait()
}

func (s *studio) codes() (codes []footage.AlarmCode) {
	for _, a := range s.Alarms() {
		codes = append(codes, a.Code)
	}
	return codes
}

// TestSlowSync: while seven cameras wait ten seconds each time that the disk should
// make something durable, the eighth one's frames are written as they come.
func TestSlowSync(t *testing.T) {
	var mu sync.Mutex
	var writes []time.Duration
	s := inStudio(t, 8, Options{Segment: 10 * time.Second}, func(now time.Duration, op spool.Op, path string) error {
		camera := filepath.Base(filepath.Dir(path))
		switch {
		case op == spool.OpSync && camera != "k07":
			time.Sleep(10 * time.Second)
		case op == spool.OpWrite && camera == "k07" && strings.HasSuffix(path, ".part"):
			mu.Lock()
			writes = append(writes, now)
			mu.Unlock()
		}
		return nil
	}, func(s *studio) { s.at(60 * time.Second) })
	for i := 1; i < len(writes); i++ {
		if writes[i]-writes[i-1] > 600*time.Millisecond { // a fragment and a few frames
			t.Errorf("nothing was written from %v to %v", writes[i-1], writes[i])
		}
	}
	for i := range 8 {
		for n, l := range account(t, s, footage.CameraID(fmt.Sprintf("k%02d", i))) {
			if l.path == "" || l.run != n {
				t.Errorf("camera %d: line %d is %v", i, n, l)
			}
		}
	}
}

// TestDiskTrouble: whatever goes wrong with the disk, the footage that is missing is
// named, somebody is told, and recording comes back by itself.
func TestDiskTrouble(t *testing.T) {
	const breaks, mends = 20 * time.Second, 50 * time.Second
	for name, test := range map[string]struct {
		disk   func(op spool.Op) error
		detail string
	}{
		"full": {func(op spool.Op) error {
			if op == spool.OpWrite {
				return unix.ENOSPC
			}
			return nil
		}, "the disk is full"},
		"read-only": {func(op spool.Op) error { return unix.EROFS }, "the disk is read-only"},
		"with errors": {func(op spool.Op) error {
			if op == spool.OpSync {
				return unix.EIO
			}
			return nil
		}, "the disk has errors"},
		"too slow": {func(op spool.Op) error {
			if op == spool.OpWrite {
				time.Sleep(4 * time.Second)
			}
			return nil
		}, "the disk is too slow"},
		"without an answer": {func(op spool.Op) error {
			time.Sleep(30 * time.Second)
			return nil
		}, "the disk is too slow"},
	} {
		t.Run(name, func(t *testing.T) {
			o := Options{Segment: 4 * time.Second, queue: 8 << 20}
			s := inStudio(t, 3, o, func(now time.Duration, op spool.Op, path string) error {
				if now < breaks || now >= mends {
					return nil
				}
				return test.disk(op)
			}, func(s *studio) {
				s.at(breaks - time.Second)
				if alarms := s.Alarms(); len(alarms) > 0 {
					t.Errorf("before it broke: %v", alarms)
				}
				s.at(mends)
				if !slices.Contains(s.codes(), footage.AlarmSpool) {
					t.Errorf("when it was broken: %v", s.Alarms())
				}
				if detail := s.Alarms()[0].Detail; !strings.Contains(detail, test.detail) {
					t.Errorf("the alarm says %q", detail)
				}
				s.at(mends + 2*time.Minute)
				if alarms := s.Alarms(); len(alarms) > 0 {
					t.Errorf("after it was mended: %v", alarms)
				}
				for _, h := range s.Health() {
					if h.State != footage.StateRecording {
						t.Errorf("after it was mended: %+v", h)
					}
				}
			})
			for _, camera := range []footage.CameraID{"k00", "k01", "k02"} {
				lines := account(t, s, camera)
				if from, to := lines[0].span.From, lines[len(lines)-1].span.To; to.Sub(from) < mends+2*time.Minute-time.Second {
					t.Errorf("only %v are accounted for", to.Sub(from))
				}
				lost := time.Duration(0)
				for _, l := range lines {
					if l.path != "" {
						continue
					}
					lost += l.span.Duration()
					if l.cause != footage.CauseDisk || !strings.Contains(l.detail, test.detail) {
						t.Errorf("a gap says %s: %s", l.cause, l.detail)
					}
				}
				if most := mends - breaks + 6*time.Second; lost > most {
					t.Errorf("%v are lost, %v were to be", lost, most)
				}
				if name != "with errors" && lost < 5*time.Second {
					t.Errorf("only %v are lost", lost)
				}
			}
		})
	}
}

// TestDiskReserve: before the disk is quite full recording stops, once, so that there
// is room for what deletion has to write.
func TestDiskReserve(t *testing.T) {
	const full, free = 31 * time.Second, 50 * time.Second
	began := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // when the clocks of synctest begin
	o := Options{Segment: 20 * time.Second, space: func() (int64, int64, error) {
		if now := time.Since(began); now >= full && now < free {
			return 512<<20 - 1, 1 << 40, nil
		}
		return 512 << 20, 1 << 40, nil
	}}
	s := inStudio(t, 2, o, func(time.Duration, spool.Op, string) error { return nil }, func(s *studio) {
		s.at(free)
		if a := s.Alarms(); len(a) == 0 || a[0].Detail != "footage is being lost: the disk is full" {
			t.Errorf("alarms: %v", a)
		}
		s.at(free + 30*time.Second)
	})
	lines := account(t, s, "k00")
	has(t, lines, "run 0", "run 1", "disk", "run 0", "run 1")
	if !lines[2].lasts(free-full-syncEvery, syncEvery) || lines[2].detail != "the disk is full" {
		t.Errorf("the gap lasts %v and says %q", lines[2].span.Duration(), lines[2].detail)
	}
}

// TestDiskHangs: a disk that does not answer for hours costs neither memory nor
// honesty.
func TestDiskHangs(t *testing.T) {
	inStudio(t, 2, Options{Segment: 4 * time.Second, queue: 8 << 20}, func(now time.Duration, op spool.Op, path string) error {
		if now >= 10*time.Second && now < 600*time.Second {
			time.Sleep(600*time.Second - now)
		}
		return nil
	}, func(s *studio) {
		s.at(590 * time.Second)
		want := []footage.AlarmCode{footage.AlarmSpool, footage.AlarmCameraDown, footage.AlarmCameraDown}
		if got := s.codes(); !slices.Equal(got, want) {
			t.Errorf("alarms: %v", s.Alarms())
		}
		for _, h := range s.Health() {
			if h.State != footage.StateDown || h.Cause != footage.CauseDisk {
				t.Errorf("health: %+v", h)
			}
		}
		s.writer.mu.Lock()
		for _, j := range s.books {
			if n := len(j.lane.jobs); n > maxJobs || j.lane.queued > 8<<20 {
				t.Errorf("%d jobs wait, %d bytes", n, j.lane.queued)
			}
		}
		s.writer.mu.Unlock()
		s.at(630 * time.Second)
		for _, h := range s.Health() {
			if h.State != footage.StateRecording {
				t.Errorf("health: %+v", h)
			}
		}
	})
}

// outage is how the power goes: what was not made durable is gone. Or the process
// is killed, which costs nothing of that.
type outage struct {
	t      *testing.T
	dir    string // of the camera
	killed bool
	zero   bool // what was written and not synced reads as zeros, otherwise the file is shorter

	mu      sync.Mutex
	ops     int
	synced  map[string]int64  // size of the files whose name is durable
	renamed map[string][]byte // new names that are not durable, and what was under them before
	after   func(now time.Duration, dir string)
}

// op takes note of an operation of the spool, and lets the power go before it; of
// the writes before every third one.
func (o *outage) op(now time.Duration, op spool.Op, path string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	all := path == filepath.Dir(o.dir)
	if !all && !strings.HasPrefix(path+"/", o.dir+"/") {
		return nil
	}
	if o.ops++; op != spool.OpWrite || o.ops%3 == 0 {
		o.cut(now)
	}
	switch op {
	case spool.OpSync:
		paths := []string{path}
		if all {
			paths, _ = filepath.Glob(filepath.Join(o.dir, "*"))
			clear(o.renamed)
		}
		for _, path := range paths {
			if info, err := os.Stat(path); err == nil {
				o.synced[path] = info.Size()
			}
		}
	case spool.OpRename:
		to := strings.TrimSuffix(path, ".tmp")
		if to == path {
			to = strings.TrimSuffix(path, ".part") + ".mp4"
		}
		if _, ok := o.renamed[to]; !ok {
			o.renamed[to], _ = os.ReadFile(to)
		}
		o.synced[to] = o.synced[path]
		delete(o.synced, path)
	case spool.OpSyncDir:
		clear(o.renamed)
	}
	return nil
}

// cut hands on the camera's folder as it is after an outage.
func (o *outage) cut(now time.Duration) {
	left := filepath.Join(o.t.TempDir(), "k01")
	files, err := os.ReadDir(o.dir)
	if err != nil {
		return // before the first operation
	}
	if err := os.Mkdir(left, 0o700); err != nil {
		o.t.Fatal(err)
	}
	for _, f := range files {
		path, name := filepath.Join(o.dir, f.Name()), f.Name()
		synced, ok := o.synced[path]
		data, err := os.ReadFile(path)
		if !ok && !o.killed || err != nil {
			continue
		}
		switch {
		case o.killed:
		case o.zero:
			clear(data[synced:])
		default:
			data = data[:synced]
		}
		if before, ok := o.renamed[path]; ok && !o.killed {
			if filepath.Ext(name) == ".mp4" {
				name = strings.TrimSuffix(name, ".mp4") + ".part"
			} else if data = before; before == nil {
				continue
			}
		}
		if err := os.WriteFile(filepath.Join(left, name), data, 0o600); err != nil {
			o.t.Fatal(err)
		}
	}
	o.after(now, filepath.Dir(left))
}

// TestPowerCut: whenever the power goes, at most what the last five seconds brought
// is lost, and each instant is accounted for once the camera is back; also when the
// vault has taken all that it was given. A kill loses nothing that was written.
func TestPowerCut(t *testing.T) {
	for _, o := range []*outage{{}, {zero: true}, {killed: true}} {
		o.t, o.synced, o.renamed = t, map[string]int64{}, map[string][]byte{}
		cuts := 0
		o.after = func(now time.Duration, dir string) {
			cuts++
			s, err := spool.Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			taken := account(t, s, "k01")
			for _, l := range taken {
				if err := s.Remove(l.path); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := s.Recover(); err != nil {
				t.Fatal(err)
			}
			recovered := account(t, s, "k01")
			left, longest := time.Duration(0), syncEvery+time.Second
			if o.killed {
				longest = time.Second
			}
			for _, l := range slices.Concat(taken, recovered) {
				left += l.span.Duration()
			}
			if lost := now - left; lost > longest {
				t.Errorf("at %v the last %v were lost", now, lost)
			}
			b := openBook(t, s, time.Second)
			b.session(t, 0)
			b.cut()
			lines := account(t, s, "k01")
			if left == 0 {
				return
			}
			if n := len(taken); n > 0 && lines[0].span.From != taken[n-1].span.To {
				t.Errorf("at %v: the vault's footage ends at %v, the account goes on at %v", now, taken[n-1].span.To, lines[0].span.From)
			}
			if next := lines[len(recovered)].cause; next != footage.CauseKilled && next != footage.CauseStopped {
				t.Errorf("at %v: the footage is followed by %v", now, lines[len(recovered)])
			}
		}
		inStudio(t, 2, Options{Segment: 12 * time.Second}, func(now time.Duration, op spool.Op, path string) error {
			return o.op(now, op, path)
		}, func(s *studio) {
			o.mu.Lock()
			o.dir = filepath.Join(s.options.Spool.Dir(), "k01")
			o.mu.Unlock()
			s.at(30 * time.Second)
		})
		if cuts < 20 {
			t.Errorf("the power went %d times", cuts)
		}
	}
}
