package statement

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Camera is a configured camera.
type Camera struct {
	ID   footage.CameraID
	Name string
}

// Maker makes statements. All fields are required.
type Maker struct {
	Index   *index.DB
	Notary  *ledger.Notary
	Policy  func() holds.Policy
	Site    func() Site // its Zone is that of the policy
	Cameras func() []Camera
	// Pending returns what is recorded and not in the index yet.
	Pending func(camera footage.CameraID, span footage.Span) ([]footage.Span, error)
	Now     func() time.Time
	Log     *slog.Logger
}

// Errors of what is asked for.
var (
	// ErrAsked: no statement can be made about that.
	ErrAsked = errors.New("no statement can be made about that")
	// ErrNotFound: the statement of that day is not kept.
	ErrNotFound = errors.New("there is no statement of that day")
)

const (
	// afterMidnight is when a day's statement is made: by then its last segments are in
	// the vault, unless the store is away.
	afterMidnight = 15 * time.Minute
	// catchUp is how many days back a missed statement is made, at most: as long as a
	// hold keeps anything.
	catchUp = holds.MaxHoldDays
	// lookEvery is how often Run looks whether a day is over.
	lookEvery = 5 * time.Minute
	dateForm  = "2006-01-02"
)

// statedKey is the row that names the entry which a day's statement lies beside.
func statedKey(date string) string { return index.Key("statement", date) }

// dayOf is a day of the site's calendar.
func dayOf(date string, zone *time.Location) (footage.Span, error) {
	day, err := time.Parse(dateForm, date)
	if err != nil {
		return footage.Span{}, fmt.Errorf("%w: %q is not a day such as 2026-07-04", ErrAsked, date)
	}
	return footage.Span{From: footage.FirstShowing(day, zone), To: footage.FirstShowing(day.AddDate(0, 0, 1), zone)}, nil
}

func (m *Maker) site() Site {
	s := m.Site()
	s.Zone = m.Policy().Zone.String()
	return s
}

// Day states a day. One that is over and was stated is what was stated then; one that
// is over and was not is stated now, for good; one that goes on is stated as far as it
// has come, and not kept.
func (m *Maker) Day(date string) (Signed, error) {
	policy := m.Policy()
	day, err := dayOf(date, policy.Zone)
	if err != nil {
		return Signed{}, err
	}
	switch kept, err := m.Kept(date); {
	case err == nil:
		return kept, nil
	case !errors.Is(err, ErrNotFound):
		return Signed{}, err
	}
	now := footage.At(m.Now())
	if day.From > now {
		return Signed{}, fmt.Errorf("%w: %s is still to come", ErrAsked, date)
	}
	begins, err := m.begins()
	if err != nil {
		return Signed{}, err
	}
	if begins = cmp.Or(begins, now); day.To <= begins {
		return Signed{}, fmt.Errorf("%w: the ledger begins after %s, at %s", ErrAsked, date, begins)
	}
	s := Statement{Kind: AboutDay, Site: m.site(), Made: now, Day: &Day{
		Date: date, From: day.From, To: min(day.To, now), Complete: day.To <= now,
		KeepS: int64(policy.Keep / time.Second), HoldMaxS: int64(policy.Hold / time.Second), Cameras: []CameraDay{},
	}}
	if _, err := m.Notary.Checkpoint(); err != nil { // so that everything until now is signed
		return Signed{}, err
	}
	waiting, err := m.waiting(s.Day)
	if err != nil {
		return Signed{}, err
	}
	var recorded []ledger.Entry
	if err := m.Index.View(func(tx *index.Tx) error {
		c, _, err := ledger.LastCheckpoint(tx)
		if err != nil {
			return err
		}
		s.Ledger = anchor(c, m.Notary.Key)
		s.Made = tx.Now
		recorded, err = m.count(tx, s.Day, waiting)
		return err
	}); err != nil {
		return Signed{}, fmt.Errorf("couldn't count the day %s: %w", date, err)
	}
	signed, err := sign(s, m.Notary.Key)
	if err != nil || !s.Day.Complete {
		return signed, err
	}
	if err := m.keep(signed, recorded); err != nil {
		return Signed{}, err
	}
	return m.Kept(date) // that of another who was quicker
}

// waiting returns what is on its way into the vault, before the index is read: what
// arrives meanwhile is then seen at least once.
func (m *Maker) waiting(d *Day) (map[footage.CameraID][]footage.Span, error) {
	all := map[footage.CameraID][]footage.Span{}
	for _, c := range m.Cameras() {
		spans, err := m.Pending(c.ID, footage.Span{From: d.From, To: d.To})
		if err != nil {
			return nil, fmt.Errorf("couldn't see what is on its way: %w", err)
		}
		all[c.ID] = spans
	}
	return all, nil
}

// count fills in the day, and returns the entries of what each camera recorded.
func (m *Maker) count(tx *index.Tx, d *Day, waiting map[footage.CameraID][]footage.Span) (recorded []ledger.Entry, err error) {
	c := &count{tx: tx, day: footage.Span{From: d.From, To: d.To}, cameras: map[footage.CameraID]*tallies{}}
	configured := map[footage.CameraID]bool{}
	for _, camera := range m.Cameras() {
		c.camera(camera.ID).Name, configured[camera.ID] = camera.Name, true
	}
	if err := errors.Join(c.stored(), c.log(), c.kept()); err != nil {
		return nil, err
	}
	d.Total = (&tallies{}).sum(footage.Span{}, nil)
	for id, t := range c.cameras {
		day := t.sum(c.day, waiting[id])
		if !configured[id] && day.empty() {
			continue
		}
		d.Cameras = append(d.Cameras, day)
		if spans := union(t.recorded); len(spans) > 0 {
			recorded = append(recorded, ledger.RecordedEntry(id, spans, day.Recorded.Segments, day.Recorded.Bytes))
		}
	}
	slices.SortFunc(d.Cameras, func(a, b CameraDay) int { return cmp.Compare(a.Camera, b.Camera) })
	slices.SortFunc(recorded, func(a, b ledger.Entry) int { return cmp.Compare(a.Cameras()[0], b.Cameras()[0]) })
	for _, camera := range d.Cameras {
		d.Total.add(camera)
	}
	return recorded, nil
}

// keep lays a statement beside its entry.
func (m *Maker) keep(s Signed, recorded []ledger.Entry) error {
	date := s.Statement.Day.Date
	err := m.Index.Update(func(tx *index.Tx) error {
		var n int64
		if found, err := tx.Get(statedKey(date), &n); err != nil || found {
			return err // somebody else was quicker
		}
		for _, e := range recorded {
			if _, err := ledger.Append(tx, e); err != nil {
				return err
			}
		}
		n, err := ledger.AppendList(tx, ledger.Entry{Kind: ledger.Stated, By: ledger.System, Fields: ledger.Fields{"day": date}}, string(s.JSON()))
		if err != nil {
			return err
		}
		return tx.Put(statedKey(date), n)
	})
	if err != nil {
		return fmt.Errorf("couldn't keep the statement of %s: %w", date, err)
	}
	m.Log.Info("day stated", "day", date)
	return nil
}

// Kept returns the statement of a day as it was kept, or ErrNotFound.
func (m *Maker) Kept(date string) (s Signed, err error) {
	err = m.Index.View(func(tx *index.Tx) error {
		var n int64
		found, err := tx.Get(statedKey(date), &n)
		if err != nil {
			return err
		}
		if !found {
			return fmt.Errorf("%w: %s", ErrNotFound, date)
		}
		told, err := ledger.Tell(tx, n)
		if err != nil {
			return err
		}
		if told.List == "" {
			return fmt.Errorf("%w: that of %s is pruned", ErrNotFound, date)
		}
		return json.Unmarshal([]byte(told.List), &s)
	})
	return s, err
}

// Stated is a statement that is kept.
type Stated struct {
	Date  string
	Entry int64 // of the ledger, beside which it lies
}

// List returns the statements that there are, the newest first.
func (m *Maker) List() (all []Stated, err error) {
	err = m.Index.View(func(tx *index.Tx) error {
		from, to := index.Prefix("statement")
		for r := range tx.Scan(from, to) {
			s := Stated{Date: r.Key[len(from):]}
			if err := r.Decode(&s.Entry); err != nil {
				return err
			}
			all = append(all, s)
		}
		return nil
	})
	slices.Reverse(all)
	return all, err
}

// Daily states the days that are over and have no statement, the oldest first: a day
// that Sjudager was off is stated at its next start.
func (m *Maker) Daily(ctx context.Context) error {
	zone, now := m.Policy().Zone, footage.At(m.Now())
	today := footage.ReadingAt(now.Add(-afterMidnight), zone)
	first, err := m.begins()
	if err != nil || first == 0 {
		return err
	}
	for back := catchUp; back >= 1 && ctx.Err() == nil; back-- {
		date := today.AddDate(0, 0, -back).Format(dateForm)
		if day, err := dayOf(date, zone); err != nil || day.To <= first {
			continue
		}
		var n int64
		stated := false
		if err := m.Index.View(func(tx *index.Tx) (err error) { stated, err = tx.Get(statedKey(date), &n); return err }); err != nil {
			return err
		}
		if !stated {
			if _, err := m.Day(date); err != nil {
				return err
			}
		}
	}
	return nil
}

// begins is when the oldest entry that is left was written, or 0.
func (m *Maker) begins() (first footage.Instant, err error) {
	err = m.Index.View(func(tx *index.Tx) error {
		first, err = begins(tx)
		return err
	})
	return first, err
}

func begins(tx *index.Tx) (footage.Instant, error) {
	for e, err := range ledger.Walk(tx, 0, 1<<62) {
		if e.Kind != ledger.KeyAnnounced { // it outlives what is pruned
			return e.At, err
		}
	}
	return 0, nil
}

// Run calls Daily until ctx ends.
func (m *Maker) Run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		if err := m.Daily(ctx); err != nil && ctx.Err() == nil {
			m.Log.Error("the daily statement failed", "error", err)
		}
		timer.Reset(lookEvery)
	}
}

// Answer says what became of the footage of camera in span.
func (m *Maker) Answer(camera footage.CameraID, span footage.Span) (Signed, error) {
	if err := askable(camera, span); err != nil {
		return Signed{}, err
	}
	waiting, err := m.Pending(camera, span)
	if err != nil {
		return Signed{}, fmt.Errorf("couldn't see what is on its way: %w", err)
	}
	if _, err := m.Notary.Checkpoint(); err != nil { // so that every deletion is in an entry
		return Signed{}, err
	}
	s := Statement{Kind: AboutSpan, Site: m.site()}
	if err := m.Index.View(func(tx *index.Tx) error {
		c, _, err := ledger.LastCheckpoint(tx)
		if err != nil {
			return err
		}
		s.Made, s.Ledger = tx.Now, anchor(c, m.Notary.Key)
		s.Answer, err = m.answer(tx, camera, span, waiting, c.Size)
		return err
	}); err != nil {
		return Signed{}, fmt.Errorf("couldn't find out what became of %s: %w", camera, err)
	}
	return sign(s, m.Notary.Key)
}

func askable(camera footage.CameraID, span footage.Span) error {
	_, err := footage.ParseCameraID(string(camera))
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrAsked, err)
	case span.Empty():
		return fmt.Errorf("%w: its end does not lie after its beginning", ErrAsked)
	case span.Duration() > MaxAsked:
		return fmt.Errorf("%w: ask about at most %d days at once", ErrAsked, MaxAsked/(24*time.Hour))
	}
	return nil
}

func (m *Maker) answer(tx *index.Tx, camera footage.CameraID, span footage.Span, waiting []footage.Span, size int64) (*Answer, error) {
	a := &Answer{Camera: camera, From: span.From, To: span.To, Cited: []Cited{}}
	for _, c := range m.Cameras() {
		if c.ID == camera {
			a.Name, a.Known = c.Name, true
		}
	}
	a.Known = a.Known || slices.Contains(vault.Cameras(tx), camera)
	var stored []Piece
	for s, err := range vault.Segments(tx, camera, span) {
		if err != nil {
			return nil, err
		}
		if s.Readable(tx.Now) {
			stored = append(stored, Piece{From: s.Span.From, To: s.Span.To, What: Stored, Until: s.Deadline})
		}
	}
	for _, w := range waiting {
		stored = append(stored, Piece{From: w.From, To: w.To, What: Waiting})
	}
	var err error
	if a.Since, err = begins(tx); err != nil {
		return nil, err
	}
	first, err := ledger.FirstAt(tx, span.From.Add(-before))
	if err != nil {
		return nil, err
	}
	var all []evidence
	chosen := choose(camera, span)
	for e, err := range ledger.Walk(tx, first, size) {
		if err != nil {
			return nil, err
		}
		if !chosen(e) {
			continue
		}
		told, err := ledger.Tell(tx, e.Number)
		if err != nil {
			return nil, err
		}
		proof, err := ledger.Prove(tx, e.Number)
		if err != nil {
			return nil, err
		}
		all = append(all, evidence{e, told.List})
		a.Cited = append(a.Cited, Cited{string(told.Line), string(proof), told.List})
	}
	return a, a.compose(all, stored, tx.Now)
}

// choose returns a function that chooses the entries which an answer cites, when it is
// called with all of them in their order.
func choose(camera footage.CameraID, span footage.Span) func(ledger.Entry) bool {
	reached := map[string]bool{}
	return func(e ledger.Entry) bool {
		number := e.Text("hold")
		switch {
		case ends(e):
			return reached[number]
		case !concerns(e, camera, span):
			return false
		case number != "":
			reached[number] = true
		}
		return true
	}
}

// FromLedger answers from the entries of an exported ledger alone, without an index and
// unsigned. What it does not say is where footage is stored.
func FromLedger(entries []ledger.Entry, camera footage.CameraID, span footage.Span, now footage.Instant) (*Answer, error) {
	if err := askable(camera, span); err != nil {
		return nil, err
	}
	a := &Answer{Camera: camera, From: span.From, To: span.To, Cited: []Cited{}}
	var all []evidence
	chosen := choose(camera, span)
	for _, e := range entries {
		if a.Since == 0 && e.Kind != ledger.KeyAnnounced {
			a.Since = e.At
		}
		if chosen(e) {
			all = append(all, evidence{Entry: e})
		}
	}
	return a, a.compose(all, nil, now)
}
