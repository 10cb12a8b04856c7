package statement

import (
	"cmp"
	"slices"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Day is what happened on one day of the site's calendar: 23, 24 or 25 hours. What was
// deleted was deleted on that day, whenever it was recorded; what is held, frozen and
// overdue is so at the moment when the statement was made.
type Day struct {
	Date     string          `json:"date"` // 2026-07-04
	From     footage.Instant `json:"from"`
	To       footage.Instant `json:"to"`
	Complete bool            `json:"complete"` // the day was over when it was made
	KeepS    int64           `json:"keep_s"`   // the retention in force
	HoldMaxS int64           `json:"hold_max_s"`
	Cameras  []CameraDay     `json:"cameras"`
	Total    CameraDay       `json:"total"`
}

// CameraDay is one camera's day, or the sum of all.
type CameraDay struct {
	Camera       footage.CameraID `json:"camera"`
	Name         string           `json:"name"`
	ExpectedS    int64            `json:"expected_s"`    // seconds in which it was to record
	RecordedS    int64            `json:"recorded_s"`    // seconds of the day that were recorded
	WaitingS     int64            `json:"waiting_s"`     // of which are not in the vault yet
	UnexplainedS int64            `json:"unexplained_s"` // expected, neither recorded nor a gap with a cause
	Recorded     Sum              `json:"recorded"`      // segments that begin on the day
	Deleted      []Caused         `json:"deleted"`
	Early        []Caused         `json:"early"` // before their deadline
	Held         Sum              `json:"held"`
	Frozen       Sum              `json:"frozen"`
	Overdue      int64            `json:"overdue"`
	Gaps         []GapSum         `json:"gaps"`
}

// Sum counts segments.
type Sum struct {
	Segments int64 `json:"segments"`
	Bytes    int64 `json:"bytes"`
}

func (s *Sum) add(bytes int64) { s.Segments, s.Bytes = s.Segments+1, s.Bytes+bytes }

// Caused counts what was deleted for one cause.
type Caused struct {
	Cause string `json:"cause"`
	Sum
	LateS int64 `json:"late_s"` // after it was due, the most
}

// GapSum counts the gaps of one cause.
type GapSum struct {
	Cause   footage.Cause `json:"cause"`
	Count   int64         `json:"count"`
	Seconds int64         `json:"seconds"`
}

// tallies is a camera's day while it is counted.
type tallies struct {
	CameraDay
	known    map[footage.Instant]int64 // bytes, by the start of a segment that begins on the day
	recorded []footage.Span
	gaps     map[footage.Cause][]footage.Span
	since    footage.Instant // the first that is known of the camera
}

// count is a day being counted: one View of the index, and the ledger from the day on.
type count struct {
	tx      *index.Tx
	day     footage.Span
	cameras map[footage.CameraID]*tallies
}

func (c *count) camera(id footage.CameraID) *tallies {
	t := c.cameras[id]
	if t == nil {
		t = &tallies{CameraDay: CameraDay{Camera: id}, known: map[footage.Instant]int64{}, gaps: map[footage.Cause][]footage.Span{}}
		c.cameras[id] = t
	}
	return t
}

// was notes footage that existed.
func (c *count) was(t *tallies, s footage.Span, bytes int64) {
	if c.day.Contains(s.From) {
		t.known[s.From] = bytes
	}
	t.recorded = append(t.recorded, within([]footage.Span{s}, c.day)...)
	t.since = earliest(t.since, s.From)
}

// deleted notes a deletion.
func (c *count) deleted(d ledger.Deletion) {
	t := c.camera(d.Camera)
	c.was(t, d.Span, d.Bytes)
	if c.day.Contains(d.Verified) {
		t.Deleted = cause(t.Deleted, d.Cause, Sum{1, d.Bytes}, int64(d.Late()/time.Second))
	}
}

func cause(all []Caused, why string, s Sum, late int64) []Caused {
	i := slices.IndexFunc(all, func(c Caused) bool { return c.Cause == why })
	if i < 0 {
		all, i = append(all, Caused{Cause: why}), len(all)
	}
	all[i].Segments, all[i].Bytes, all[i].LateS = all[i].Segments+s.Segments, all[i].Bytes+s.Bytes, max(all[i].LateS, late)
	return all
}

func (c *count) gap(g footage.Gap) {
	t := c.camera(g.Camera)
	t.since = earliest(t.since, g.Span.From)
	t.gaps[g.Cause] = append(t.gaps[g.Cause], within([]footage.Span{g.Span}, c.day)...)
}

// log goes over the ledger from the day on.
func (c *count) log() error {
	first, err := ledger.FirstAt(c.tx, c.day.From)
	if err != nil {
		return err
	}
	size, err := ledger.Size(c.tx)
	if err != nil {
		return err
	}
	for e, err := range ledger.Walk(c.tx, first, size) {
		if err != nil {
			return err
		}
		switch e.Kind {
		case ledger.Deleted:
			err = c.entry(e)
		case ledger.DeletedEarly:
			t := c.camera(footage.CameraID(e.Text("camera")))
			for _, s := range e.Spans() {
				c.was(t, s, e.Int("bytes"))
			}
			if c.day.Contains(e.At) {
				t.Early = cause(t.Early, e.Text("cause"), Sum{1, e.Int("bytes")}, 0)
			}
		case ledger.GapFound:
			c.gap(footage.Gap{Camera: footage.CameraID(e.Text("camera")), Span: footage.Span{From: e.Instant("from"), To: e.Instant("to")}, Cause: footage.Cause(e.Text("cause"))})
		}
		if err != nil {
			return err
		}
	}
	return ledger.Tallied(c.tx, func(d ledger.Deletion) error { c.deleted(d); return nil })
}

// entry notes what an entry of deletions says: piece by piece, or in a sum where the
// records are pruned.
func (c *count) entry(e ledger.Entry) error {
	told, err := ledger.Tell(c.tx, e.Number)
	if err != nil {
		return err
	}
	if told.List != "" {
		records, err := ledger.ParseDeletions(e, told.List)
		for _, d := range records {
			c.deleted(d)
		}
		return err
	}
	t := c.camera(footage.CameraID(e.Text("camera")))
	for _, s := range e.Spans() {
		t.recorded = append(t.recorded, within([]footage.Span{s}, c.day)...)
	}
	if c.day.Contains(e.At) {
		t.Deleted = cause(t.Deleted, e.Text("cause"), Sum{e.Int("segments"), e.Int("bytes")}, e.Int("late_s"))
	}
	return nil
}

// stored goes over what is in the index.
func (c *count) stored() error {
	for _, camera := range vault.Cameras(c.tx) {
		t := c.camera(camera)
		for s, err := range vault.Segments(c.tx, camera, c.day) {
			if err != nil {
				return err
			}
			c.was(t, s.Span, s.Bytes)
		}
		for g, err := range vault.Gaps(c.tx, camera, c.day) {
			if err != nil {
				return err
			}
			c.gap(g)
		}
	}
	for s, err := range vault.Due(c.tx, c.tx.Now) {
		if err != nil {
			return err
		}
		c.camera(s.Camera).Overdue++
	}
	waiting, err := vault.Intents(c.tx, -1)
	for _, i := range waiting {
		c.camera(i.Camera).Overdue++
	}
	return err
}

// kept counts what holds and freezes keep, each segment once for either.
func (c *count) kept() error {
	all, err := holds.InForce(c.tx)
	if err != nil {
		return err
	}
	reached := map[bool]map[footage.CameraID][]footage.Span{false: {}, true: {}}
	for _, h := range all {
		for _, camera := range h.Cameras {
			by := reached[h.Freeze()]
			by[camera] = append(by[camera], h.Spans(camera)...)
		}
	}
	for freeze, by := range reached {
		for camera, spans := range by {
			last := footage.Instant(0)
			for _, span := range union(spans) {
				for s, err := range vault.Segments(c.tx, camera, span) {
					if err != nil {
						return err
					}
					if s.Span.From <= last || !s.Readable(c.tx.Now) {
						continue
					}
					last = s.Span.From
					t := c.camera(camera)
					if freeze {
						t.Frozen.add(s.Bytes)
					} else {
						t.Held.add(s.Bytes)
					}
				}
			}
		}
	}
	return nil
}

// sum makes the camera's day of what was counted.
func (t *tallies) sum(day footage.Span, waiting []footage.Span) CameraDay {
	d := t.CameraDay
	for _, bytes := range t.known {
		d.Recorded.add(bytes)
	}
	waiting = without(within(waiting, day), t.recorded)
	recorded := append(waiting, t.recorded...)
	d.RecordedS, d.WaitingS = seconds(recorded), seconds(waiting)
	expected := []footage.Span{{From: max(day.From, t.since), To: day.To}}
	var explained []footage.Span
	for _, why := range footage.Causes {
		gaps := union(without(t.gaps[why], recorded))
		if len(gaps) == 0 {
			continue
		}
		d.Gaps = append(d.Gaps, GapSum{why, int64(len(gaps)), seconds(gaps)})
		if why == footage.CauseConfiguration || why == footage.CauseWithheld || why == footage.CauseNew { // it was not to record
			expected = without(expected, gaps)
		} else {
			explained = append(explained, gaps...)
		}
	}
	d.ExpectedS = seconds(expected)
	d.UnexplainedS = seconds(long(without(expected, union(append(explained, recorded...)))))
	slices.SortFunc(d.Deleted, func(a, b Caused) int { return cmp.Compare(a.Cause, b.Cause) })
	slices.SortFunc(d.Early, func(a, b Caused) int { return cmp.Compare(a.Cause, b.Cause) })
	if d.Deleted == nil {
		d.Deleted = []Caused{}
	}
	if d.Early == nil {
		d.Early = []Caused{}
	}
	if d.Gaps == nil {
		d.Gaps = []GapSum{}
	}
	return d
}

// long leaves out what lies between two segments: a camera's clock and its frames never
// fit the microsecond.
func long(spans []footage.Span) (all []footage.Span) {
	for _, s := range spans {
		if s.To.Sub(s.From) > seam {
			all = append(all, s)
		}
	}
	return all
}

// add adds another camera's day to a sum.
func (d *CameraDay) add(o CameraDay) {
	d.ExpectedS, d.RecordedS, d.WaitingS, d.UnexplainedS = d.ExpectedS+o.ExpectedS, d.RecordedS+o.RecordedS, d.WaitingS+o.WaitingS, d.UnexplainedS+o.UnexplainedS
	for _, s := range []struct{ to, from *Sum }{{&d.Recorded, &o.Recorded}, {&d.Held, &o.Held}, {&d.Frozen, &o.Frozen}} {
		s.to.Segments, s.to.Bytes = s.to.Segments+s.from.Segments, s.to.Bytes+s.from.Bytes
	}
	d.Overdue += o.Overdue
	for _, c := range o.Deleted {
		d.Deleted = cause(d.Deleted, c.Cause, c.Sum, c.LateS)
	}
	for _, c := range o.Early {
		d.Early = cause(d.Early, c.Cause, c.Sum, 0)
	}
	for _, g := range o.Gaps {
		i := slices.IndexFunc(d.Gaps, func(have GapSum) bool { return have.Cause == g.Cause })
		if i < 0 {
			d.Gaps, i = append(d.Gaps, GapSum{Cause: g.Cause}), len(d.Gaps)
		}
		d.Gaps[i].Count, d.Gaps[i].Seconds = d.Gaps[i].Count+g.Count, d.Gaps[i].Seconds+g.Seconds
	}
}

// empty reports whether there is nothing to say of a camera.
func (d CameraDay) empty() bool {
	return d.RecordedS == 0 && d.Recorded == (Sum{}) && len(d.Deleted) == 0 && len(d.Early) == 0 && d.Held == (Sum{}) && d.Frozen == (Sum{}) && d.Overdue == 0 && len(d.Gaps) == 0
}
