package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web"
)

// witness looks at an installation from outside, over and over, and remembers
// what it has seen, also of what has been deleted since.
type witness struct {
	program *program
	keep    time.Duration
	broken  func(format string, args ...any)

	began time.Time
	away  bool      // the store is
	back  time.Time // when it last came back
	down  time.Time // when the program last ended

	lives map[footage.SegmentID]*life
	gaps  map[footage.CameraID]map[footage.Instant]web.Gap
	told  map[string]bool // what was said to be broken, and need not be said again
	ended int             // segments seen to their end
	reads int
}

// life is what is known of a segment.
type life struct {
	web.Segment
	gone   bool // its object is
	probed bool
}

func newWitness(p *program, o options, broken func(string, ...any)) *witness {
	w := &witness{
		program: p, keep: o.keep, began: time.Now(),
		lives: map[footage.SegmentID]*life{}, gaps: map[footage.CameraID]map[footage.Instant]web.Gap{}, told: map[string]bool{},
	}
	w.broken = func(format string, args ...any) {
		if text := fmt.Sprintf(format, args...); !w.told[text] {
			w.told[text] = true
			broken("%s", text)
		}
	}
	return w
}

const (
	// lateness is how long after its deadline an object may still be in the store
	// of a busy machine. Nobody can read it from the deadline on.
	lateness = 10 * time.Second
	// retried is how long after the store has come back the last removal that
	// failed has been tried again.
	retried = 45 * time.Second
)

// restarted tells that the program was stopped at that time, and runs again.
func (w *witness) restarted(stopped time.Time) { w.down = stopped }

// excused tells whether what was due at the deadline may still be there: the
// store was away, or the program.
func (w *witness) excused(now time.Time) bool {
	return w.away || now.Before(w.back.Add(retried)) || now.Before(w.down.Add(retried))
}

// look takes in what is listed and what is in the store.
func (w *witness) look(cameras []camera) {
	before := time.Now()
	listed := map[footage.SegmentID]bool{}
	for _, c := range cameras {
		answer, err := w.program.list(c.model.Path, before.Add(-2*w.keep))
		if err != nil {
			w.broken("couldn't list %s: %v", c.model.Path, err)
			return
		}
		for _, s := range answer.Segments {
			listed[s.ID] = true
			if !before.Before(s.Deadline.Time()) {
				w.broken("%s is listed past its deadline", s.ID)
			}
			if w.lives[s.ID] == nil {
				w.lives[s.ID] = &life{}
			}
			w.lives[s.ID].Segment = s
		}
		for _, g := range answer.Gaps {
			if w.gaps[g.Camera] == nil {
				w.gaps[g.Camera] = map[footage.Instant]web.Gap{}
			}
			if was, known := w.gaps[g.Camera][g.From]; known {
				longer := was // it goes on
				if longer.To = max(was.To, g.To); longer != g {
					w.broken("the gap %v has become %v", was, g)
				}
			}
			w.gaps[g.Camera][g.From] = g
			if c.steady && w.down.IsZero() && g.Cause != footage.CauseNew {
				w.broken("%s is steady and has a gap: %v", c.model.Path, g)
			}
		}
	}
	after := time.Now()
	if w.away {
		return
	}
	objects, err := filesBelow(w.program.footage())
	if err != nil {
		w.broken("couldn't list the store: %v", err)
		return
	}
	now := time.Now()
	for id, l := range w.lives {
		deadline := l.Deadline.Time()
		there := objects[strings.TrimPrefix(l.Object, footage.ObjectPrefix)]
		switch {
		case !listed[id] && after.Before(deadline):
			w.broken("%s is not listed before its deadline", id)
		case !there && now.Before(deadline):
			w.broken("%s is not in the store before its deadline", id)
		case there && l.gone:
			w.broken("%s came back", id)
		case there && after.After(deadline.Add(lateness)) && !w.excused(after):
			w.broken("%s is still in the store after its deadline", id)
		case !there && !l.gone:
			l.gone = true
			w.ended++
		}
	}
	w.read(cameras)
}

// read asks for one segment that may be seen, the one that has waited longest, and
// for the one that has died last.
func (w *witness) read(cameras []camera) {
	var live, dead *life
	for _, l := range w.lives {
		left := time.Until(l.Deadline.Time())
		if left > 5*time.Second && !l.probed && (live == nil || l.Deadline < live.Deadline) {
			live = l
		}
		if left < 0 && (dead == nil || l.Deadline > dead.Deadline) {
			dead = l
		}
	}
	if live != nil {
		w.reads++
		live.probed = true
		status, body, err := w.program.get(footagePath(live.ID))
		if err != nil || status != http.StatusOK || footage.SHA256(sha256.Sum256(body)) != live.SHA256 {
			w.broken("%s: %v, status %d, %d bytes that are not the ones listed", live.ID, err, status, len(body))
		} else if err := w.probe(live, body, cameras); err != nil {
			w.broken("%s: %v", live.ID, err)
		}
	}
	if dead != nil {
		if status, body, err := w.program.get(footagePath(dead.ID)); err != nil || status != http.StatusNotFound {
			w.broken("%s past its deadline: %v, status %d, %d bytes", dead.ID, err, status, len(body))
		}
	}
}

func footagePath(id footage.SegmentID) string { return "/api/v1/segments/" + string(id) + ".mp4" }

// probe asks ffprobe about a segment. What a wild camera has sent need not be good
// video, but the file must be a good file.
func (w *witness) probe(l *life, body []byte, cameras []camera) error {
	path := filepath.Join(w.program.dir, "probed.mp4")
	if err := os.WriteFile(path, body, 0o600); err != nil {
		return err
	}
	var out, trouble bytes.Buffer
	cmd := exec.Command("ffprobe", "-v", "error", "-count_packets", "-show_entries", "stream=codec_type,nb_read_packets,duration", "-of", "csv=p=0", path)
	cmd.Stdout, cmd.Stderr = &out, &trouble
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("ffprobe: %w: %s", err, trouble.String())
	}
	steady := slices.ContainsFunc(cameras, func(c camera) bool { return c.steady && c.model.Path == string(l.Camera) })
	if steady && trouble.Len() > 0 {
		return fmt.Errorf("ffprobe says: %s", trouble.String())
	}
	var duration float64
	var packets int
	if _, err := fmt.Sscanf(out.String(), "video,%f,%d\n", &duration, &packets); err != nil || packets == 0 {
		return fmt.Errorf("ffprobe finds %q", out.String())
	}
	if listed := l.End.Sub(l.Start).Seconds(); duration < listed-0.1 || duration > listed+0.1 {
		return fmt.Errorf("it lasts %v s, and is listed with %v s", duration, listed)
	}
	return nil
}

// filesBelow returns the footage below a folder that may be changing, with its
// paths from there.
func filesBelow(dir string) (map[string]bool, error) {
	found := map[string]bool{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if err == nil && d.Type().IsRegular() {
			key, _ := filepath.Rel(dir, path)
			found[key] = true
		}
		return err
	})
	return found, err
}

// line is a segment or a gap of a camera's account.
type line struct {
	footage.Span
	what string // the gap's cause, or "" for a segment
}

func (l line) String() string { return fmt.Sprintf("%s to %s %s", l.From, l.To, l.what) }

// lines returns all that was ever seen of a camera's account, in order.
func (w *witness) lines(camera footage.CameraID) []line {
	var all []line
	for _, l := range w.lives {
		if l.Camera == camera {
			all = append(all, line{footage.Span{From: l.Start, To: l.End}, ""})
		}
	}
	for g := range maps.Values(w.gaps[camera]) {
		all = append(all, line{footage.Span{From: g.From, To: g.To}, string(g.Cause)})
	}
	slices.SortFunc(all, func(a, b line) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	return all
}

// reaches returns up to when a camera's account is known.
func (w *witness) reaches(c camera) (until time.Time) {
	if all := w.lines(footage.CameraID(c.model.Path)); len(all) > 0 {
		until = all[len(all)-1].To.Time()
	}
	return until
}

// audit checks a camera's account up to a time.
func (w *witness) audit(c camera, until time.Time) {
	all := w.lines(footage.CameraID(c.model.Path))
	if len(all) == 0 && time.Since(w.began) > time.Minute {
		w.broken("%s has neither footage nor gaps", c.model.Path)
	}
	for _, fault := range account(all, footage.At(until)) {
		w.broken("%s: %s", c.model.Path, fault)
	}
}

// tolerance is by how much recorded and gaps may differ from the wall clock's time.
const tolerance = time.Second

// account returns what is wrong with an account, in order of time, up to a time:
// lines that do not touch, and a sum that is not the time that has passed. Lines
// that begin later are not looked at.
func account(all []line, until footage.Instant) (faults []string) {
	var sum time.Duration
	var last line
	for i, l := range all {
		if l.From >= until {
			break
		}
		switch {
		case l.Empty():
			faults = append(faults, fmt.Sprintf("%v is empty", l))
		case i > 0 && l.From < last.To:
			faults = append(faults, fmt.Sprintf("%v overlaps %v", last, l))
		case i > 0 && l.From > last.To:
			faults = append(faults, fmt.Sprintf("nothing between %v and %v", last, l))
		}
		sum += min(l.To, until).Sub(l.From)
		last = l
	}
	if len(all) == 0 || all[0].From >= until {
		return faults
	}
	if wall := until.Sub(all[0].From); sum-wall > tolerance || wall-sum > tolerance {
		faults = append(faults, fmt.Sprintf("recorded and gaps are %v, of %v since %s, after %v", sum, wall, all[0].From, last))
	}
	return faults
}

// gapsOf returns when a camera had no footage before the program was stopped at
// that time, and up to when it had some.
func (w *witness) gapsOf(c camera, stopped time.Time) (gaps []footage.Span, last time.Time) {
	for _, l := range w.lines(footage.CameraID(c.model.Path)) {
		if l.From >= footage.At(stopped) {
			break
		}
		if l.what == "" {
			last = l.To.Time()
		} else if l.what != string(footage.CauseStopped) && l.what != string(footage.CauseNew) {
			gaps = append(gaps, l.Span)
		}
	}
	return gaps, last
}

// count returns how many segments and gaps were seen.
func (w *witness) count() (segments, gaps int) {
	for _, g := range w.gaps {
		gaps += len(g)
	}
	return len(w.lives), gaps
}

// print prints what became of every camera's time.
func (w *witness) print(out io.Writer, cameras []camera) {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "camera\tsegments\tgaps\trecorded\tgaps last\tlongest\twall less both\tcauses\t")
	for _, c := range cameras {
		var segments, gaps int
		var recorded, missing, longest time.Duration
		causes := map[string]int{}
		all := w.lines(footage.CameraID(c.model.Path))
		if len(all) == 0 {
			continue
		}
		for _, l := range all {
			if l.what == "" {
				segments, recorded = segments+1, recorded+l.Duration()
			} else {
				gaps, missing = gaps+1, missing+l.Duration()
				longest = max(longest, l.Duration())
				causes[l.what]++
			}
		}
		wall := all[len(all)-1].To.Sub(all[0].From)
		var words []string
		for _, cause := range slices.Sorted(maps.Keys(causes)) {
			words = append(words, fmt.Sprintf("%s %d", cause, causes[cause]))
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%v\t%v\t%v\t%v\t%s\t\n", c.model.Path, segments, gaps,
			recorded.Round(time.Millisecond), missing.Round(time.Millisecond), longest.Round(time.Millisecond), wall-recorded-missing, strings.Join(words, ", "))
	}
	t.Flush() // out keeps its own errors
	fmt.Fprintf(out, "%d segments seen to their end, %d read and probed\n\n", w.ended, w.reads)
}
