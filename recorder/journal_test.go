package recorder

import (
	"cmp"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/spool"
)

// book is a camera's journal with a track in front of it, and no goroutine
// between them.
type book struct {
	*journal
	track *track
	feed  *feeder
	fault func(*book) // called before each fragment
}

func (b *book) fragment(f fragment) bool {
	if b.fault != nil {
		b.fault(b)
	}
	if slow := b.journal.fragment(f); slow != nil {
		slow()
	}
	return true
}

func (b *book) down(cause footage.Cause, detail string, at footage.Instant) {
	b.track.floor = max(b.track.floor, at)
	b.journal.down(cause, detail, at)
}

// openBook starts recording the camera k01 anew, as after a start of the process.
func openBook(t *testing.T, s *spool.Spool, segment time.Duration) *book {
	t.Helper()
	b := &book{journal: &journal{
		spool: s, camera: "k01", site: "Sal", log: slog.New(slog.DiscardHandler), room: func() error { return nil },
		ntp:  func() footage.Clock { return footage.Clock{State: footage.ClockSynced, ErrorMS: 7} },
		disk: &disk{now: func() stamp { return at(0) }},
	}}
	if err := b.load(); err != nil {
		t.Fatal(err)
	}
	b.track = newTrack(b, segment, b.until)
	return b
}

// session records one round of the clip, beginning after d.
func (b *book) session(t *testing.T, after time.Duration) {
	t.Helper()
	clip := loadClip(t, "h264")
	b.feed = &feeder{track: b.track, codec: footage.H264}
	b.track.begin(stream(clip))
	for _, fr := range film(clip, 1) {
		fr.at += after
		b.feed.send(fr)
	}
}

// cut ends the stream, and lets so much time pass that the segment is complete.
func (b *book) cut() {
	b.track.cut()
	b.settle()
}

func TestJournalFirstStart(t *testing.T) {
	s := openSpool(t)
	b := openBook(t, s, time.Second)
	b.down(footage.CauseUnreachable, "", noon) // before there was footage: no gap
	b.session(t, time.Minute)
	b.cut()
	has(t, account(t, s, "k01"), "run 0", "run 1", "run 2")
}

// TestJournalNewCamera: a camera is accounted for from when it was first to be
// recorded, also when it has never sent a frame, while that lasts, and across
// restarts.
func TestJournalNewCamera(t *testing.T) {
	s := openSpool(t)
	b := openBook(t, s, time.Second)
	do := func(slow func()) {
		if slow != nil {
			slow()
		}
	}
	gaps := func(want ...footage.Gap) {
		t.Helper()
		entries, err := s.Gaps()
		if err != nil {
			t.Fatal(err)
		}
		var got []footage.Gap
		for _, e := range entries {
			got = append(got, e.Gap)
		}
		slices.SortFunc(got, func(a, b footage.Gap) int { return cmp.Compare(a.Span.From, b.Span.From) })
		if !slices.Equal(got, want) {
			t.Errorf("the gaps are %v, want %v", got, want)
		}
	}
	gap := func(cause footage.Cause, detail string, from, to time.Duration) footage.Gap {
		return footage.Gap{Camera: "k01", Span: footage.Span{From: noon.Add(from), To: noon.Add(to)}, Cause: cause, Detail: detail}
	}
	do(b.enlist(noon))
	do(b.show(noon.Add(4 * time.Second)))
	gaps() // too early
	b.down(footage.CauseUnreachable, "no route", noon.Add(4*time.Second))
	do(b.show(noon.Add(6 * time.Second)))
	first := gap(footage.CauseUnreachable, "no route", 0, 6*time.Second)
	gaps(first)
	do(b.show(noon.Add(30 * time.Second))) // nor that often
	gaps(first)
	do(b.show(noon.Add(36 * time.Second)))
	second := gap(footage.CauseUnreachable, "no route", 6*time.Second, 36*time.Second)
	gaps(first, second)

	b = openBook(t, s, time.Second) // killed
	do(b.enlist(noon.Add(time.Minute)))
	do(b.show(noon.Add(time.Minute)))
	third := gap(footage.CauseUnreachable, "no route", 36*time.Second, time.Minute)
	gaps(first, second, third)
	do(b.show(noon.Add(59 * time.Second))) // the clock was set back
	b.down(footage.CauseRefused, "wrong password", noon.Add(80*time.Second))
	fourth := gap(footage.CauseUnreachable, "no route", time.Minute, 80*time.Second)
	gaps(first, second, third, fourth)
	b.session(t, 90*time.Second)
	b.cut()
	gaps(first, second, third, fourth, gap(footage.CauseRefused, "wrong password", 80*time.Second, 90*time.Second))
	do(b.show(noon.Add(time.Hour))) // no gap goes on
	has(t, account(t, s, "k01"), "camera-unreachable", "camera-refused", "run 0", "run 1", "run 2")

	b = openBook(t, openSpool(t), time.Second)
	do(b.enlist(noon))
	b.session(t, 700*time.Millisecond)
	b.track.cut()
	entries, err := b.spool.Gaps()
	if want := gap(footage.CauseNew, "", 0, 700*time.Millisecond); err != nil || len(entries) != 1 || entries[0].Gap != want {
		t.Errorf("the gaps are %v, %v; want %v", entries, err, want)
	}
}

func TestJournalGaps(t *testing.T) {
	s := openSpool(t)
	b := openBook(t, s, time.Second)
	b.session(t, 0)
	b.cut()
	b.down(footage.CauseEnded, "the camera ended the connection", noon.Add(3100*time.Millisecond))
	b.down(footage.CauseUnreachable, "no connection", noon.Add(4*time.Second))
	b.down(footage.CauseUnreachable, "no connection, still", noon.Add(6*time.Second))
	b.session(t, 10*time.Second)
	b.cut()
	b.down(footage.CauseStalled, "", noon.Add(23*time.Second))
	b.session(t, 23*time.Second)
	b.cut()
	lines := account(t, s, "k01")
	has(t, lines, "run 0", "run 1", "run 2", "camera-ended", "camera-unreachable", "run 0", "run 1", "run 2", "camera-stalled", "run 0", "run 1", "run 2")
	if from := lines[4].span.From; from != noon.Add(4*time.Second) || lines[4].detail != "no connection" {
		t.Errorf("the second gap begins at %v, %q", from, lines[4].detail)
	}
}

func TestJournalRestart(t *testing.T) {
	for _, test := range []struct {
		name  string
		leave func(b *book) // how the process ends
		want  string
	}{
		{"in order", func(b *book) {
			b.cut()
			b.down(footage.CauseStopped, "the recorder was stopped", noon.Add(3*time.Second))
		}, "recorder-stopped"},
		{"killed", func(*book) {}, "recorder-killed"},
		{"killed between segments", func(b *book) { b.track.cut() }, "recorder-killed"},
		{"killed in a gap", func(b *book) {
			b.cut()
			b.down(footage.CauseStalled, "", noon.Add(3*time.Second))
		}, "camera-stalled"},
	} {
		for _, taken := range []bool{false, true} { // by the vault, before the restart
			t.Run(test.name, func(t *testing.T) {
				s := openSpool(t)
				b := openBook(t, s, time.Second)
				b.session(t, 0)
				test.leave(b)
				if _, err := s.Recover(); err != nil {
					t.Fatal(err)
				}
				before := account(t, s, "k01")
				if taken {
					for _, l := range before {
						if err := s.Remove(l.path); err != nil {
							t.Fatal(err)
						}
					}
				}
				b = openBook(t, s, time.Second)
				b.session(t, time.Minute)
				b.cut()
				after := account(t, s, "k01")
				if !taken {
					has(t, after[len(before):], test.want, "run 0", "run 1", "run 2")
				} else {
					has(t, after, test.want, "run 0", "run 1", "run 2")
					if after[0].span.From != before[len(before)-1].span.To {
						t.Errorf("the gap begins at %v, the footage before it ended at %v", after[0].span.From, before[len(before)-1].span.To)
					}
				}
				lost := noon.Add(3 * time.Second).Sub(before[len(before)-1].span.To)
				if lost > time.Second {
					t.Errorf("%v of footage was lost", lost)
				}
			})
		}
	}
}

// TestJournalDiskFault: whatever goes wrong with the disk ends in a gap with that
// cause, and recording comes back by itself.
func TestJournalDiskFault(t *testing.T) {
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Run("the folder is no folder", func(t *testing.T) {
		testDiskFault(t, footage.CauseDisk, func(b *book) {
			must(os.Rename(folder(b), folder(b)+"-away"))
			must(os.WriteFile(folder(b), nil, 0o600))
		}, func(b *book) {
			must(os.Remove(folder(b)))
			must(os.Rename(folder(b)+"-away", folder(b)))
		})
	})
	t.Run("the spool is full", func(t *testing.T) {
		testDiskFault(t, footage.CauseSpoolFull,
			func(b *book) { b.room = func() error { return errFull } },
			func(b *book) { b.room = func() error { return nil } })
	})
}

// TestJournalFileLimit does the same when a write is cut short. It does so in a
// process of its own, since the limit that it sets is the process's.
func TestJournalFileLimit(t *testing.T) {
	const variable = "SJUDAGER_TEST_FILE_LIMIT"
	if os.Getenv(variable) == "" {
		child := exec.Command(os.Args[0], "-test.run=^TestJournalFileLimit$", "-test.v")
		child.Env = append(os.Environ(), variable+"=1")
		out, err := child.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "--- PASS: TestJournalFileLimit") {
			t.Errorf("%v: %s", err, out)
		}
		return
	}
	limit := func(size uint64) {
		signal.Ignore(unix.SIGXFSZ)
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: size, Max: unix.RLIM_INFINITY}); err != nil {
			t.Fatal(err)
		}
	}
	testDiskFault(t, footage.CauseDisk,
		func(b *book) { limit(uint64(b.part.Size()) + 100) },
		func(*book) { limit(unix.RLIM_INFINITY) })
}

func testDiskFault(t *testing.T, cause footage.Cause, breaks, mends func(*book)) {
	s := openSpool(t)
	b := openBook(t, s, time.Second)
	b.session(t, 0)
	n := 0
	b.fault = func(b *book) {
		if n++; n == 3 {
			breaks(b)
		}
		if n == 7 {
			mends(b)
		}
	}
	for i := range 3 {
		b.session(t, time.Duration(3*i+3)*time.Second)
	}
	b.cut()
	causes := map[footage.Cause]time.Duration{}
	for _, l := range account(t, s, "k01") {
		causes[l.cause] += l.span.Duration()
	}
	if causes[cause] < 500*time.Millisecond || causes[cause] > 4*time.Second || len(causes) != 2 {
		t.Errorf("gaps and footage: %v", causes)
	}
	if state := b.health(0).state; state != footage.StateRecording {
		t.Errorf("in the end the camera is %s", state)
	}
}

func folder(b *book) string { return filepath.Join(b.spool.Dir(), string(b.camera)) }

func TestJournalHealth(t *testing.T) {
	s := openSpool(t)
	b := openBook(t, s, time.Second)
	b.session(t, 0)
	if h := b.health(0); h.state != footage.StateRecording || h.open.From != noon.Add(2*time.Second) || h.since != noon {
		t.Errorf("while it records: %+v", h)
	}
	b.cut()
	b.down(footage.CauseUnreachable, "first", noon.Add(4*time.Second))
	b.down(footage.CauseUnreachable, "second", noon.Add(5*time.Second))
	want := status{
		state: footage.StateDown, since: noon.Add(3 * time.Second), cause: footage.CauseUnreachable, detail: "second",
		without: noon.Add(3 * time.Second),
	}
	if h := b.health(0); h != want {
		t.Errorf("while it is down: %+v, want %+v", h, want)
	}
}
