package powercut

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/recorder/fmp4"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/seal"
	"github.com/sjudager/sjudager/vault/spool"
	"github.com/sjudager/sjudager/vault/store/dir"
)

// rooms are the rooms of sjudager in one folder, opened as serve opens them.
type rooms struct {
	clock   time.Time
	index   *index.DB
	keys    *seal.Keys
	spool   *spool.Spool
	store   *dir.Store
	vault   *vault.Vault
	holds   *holds.Holds
	sweeper *holds.Sweeper
	notary  *ledger.Notary
	limit   int64 // of the spool
}

var policy = holds.Policy{Keep: holds.MaxKeep, Hold: holds.MaxHold, Zone: time.UTC}

// open opens the rooms; recovery begins here.
func open(folder string, at footage.Instant) (r *rooms, err error) {
	r = &rooms{clock: at.Time(), limit: 1 << 40}
	now := func() time.Time { return r.clock }
	quiet := slog.New(slog.DiscardHandler)
	db, err := index.Open(filepath.Join(folder, "index.db"), now)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.Close())
		}
	}()
	r.index = db
	if err = vault.Upgrade(r.index); err != nil {
		return nil, err
	}
	key, err := ledger.OpenKey(filepath.Join(folder, "keys"), "Sentrum Scene")
	if err != nil {
		return nil, err
	}
	sealed := false
	if err = r.index.View(func(tx *index.Tx) (err error) { sealed, err = vault.AnySealed(tx); return err }); err != nil {
		return nil, err
	}
	if r.keys, err = seal.Open(filepath.Join(folder, "keys"), "", !sealed); err != nil {
		return nil, err
	}
	if r.spool, err = spool.Open(filepath.Join(folder, "spool")); err != nil {
		return nil, err
	}
	if _, err = r.spool.Recover(); err != nil {
		return nil, err
	}
	if r.store, err = dir.Open(filepath.Join(folder, "store")); err != nil {
		return nil, err
	}
	if err = vault.Claim(context.Background(), db, r.store, "Sentrum Scene"); err != nil {
		return nil, err
	}
	cameras := func() []footage.CameraID { return []footage.CameraID{"k01", "k02"} }
	r.holds = holds.New(holds.Options{Index: r.index, Policy: policy, Cameras: cameras, Log: quiet,
		Pending: func(c footage.CameraID, s footage.Span) ([]footage.Span, error) { return r.vault.Pending(c, s) }})
	r.vault = vault.New(vault.Options{
		Index: r.index, Store: r.store, Spool: r.spool, Keys: r.keys, Site: "Sentrum Scene",
		SpoolLimit: func() int64 { return r.limit }, Terms: r.holds.Terms, Note: holds.Note, Now: now, Log: quiet,
	})
	r.notary = &ledger.Notary{Index: db, Key: key, Outlets: func() ledger.Outlets { return ledger.Outlets{} }, Now: now, Log: quiet}
	r.sweeper = &holds.Sweeper{Index: r.index, Vault: r.vault, Holds: r.holds, Now: now, Log: quiet}
	return r, r.holds.SetPolicy(policy)
}

// recover does what serve does at its start, and in its first second.
func (r *rooms) recover() error {
	ctx := context.Background()
	_, errIngest := r.vault.Ingest(ctx)
	swept, errSweep := r.sweeper.Step(ctx)
	if swept.Failed > 0 {
		errSweep = errors.Join(errSweep, fmt.Errorf("%d removals failed", swept.Failed))
	}
	found, errInventory := r.vault.Inventory(ctx)
	if len(found.Orphans)+len(found.Stranger) > 0 {
		errInventory = errors.Join(errInventory, fmt.Errorf("the store has what nobody knows: %v", found))
	}
	_, errAgain := r.sweeper.Step(ctx) // what the inventory found
	return errors.Join(errIngest, errSweep, errInventory, errAgain, r.notary.Step(ctx))
}

// start is ten minutes before an hour ends.
const start = footage.Instant(1783194600000000) // 2026-07-04T19:50:00Z

// clip is a tenth of a megabit of real H.264: the frames of a second, and what fmp4
// needs to know of them.
var clip = sync.OnceValues(func() (c struct {
	track  *fmp4.Track
	frames [][]byte
}, err error) {
	out, err := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=48x48:rate=4:duration=1", "-c:v", "libx264", "-threads", "1",
		"-preset", "ultrafast", "-bf", "0", "-g", "2", "-crf", "45", "-x264-params", "sliced-threads=0", "-pix_fmt", "yuv420p", "-f", "h264", "-").Output()
	if err != nil {
		return c, fmt.Errorf("ffmpeg is needed: apt-get install -y ffmpeg: %w", err)
	}
	var sps, pps []byte
	for _, nal := range bytes.Split(bytes.ReplaceAll(out, []byte{0, 0, 0, 1}, []byte{0, 0, 1}), []byte{0, 0, 1})[1:] {
		switch nal[0] & 31 {
		case 7:
			sps = nal
		case 8:
			pps = nal
		case 1, 5:
			c.frames = append(c.frames, append([]byte{0, 0, byte(len(nal) >> 8), byte(len(nal))}, nal...))
		}
	}
	c.track, err = fmp4.NewTrack(footage.H264, nil, [][]byte{sps}, [][]byte{pps})
	return c, err
})

const frame = spool.Timescale / 4 // ticks

// fragment is two of the clip's frames.
func fragment(n int) ([]byte, error) {
	c, err := clip()
	if err != nil {
		return nil, err
	}
	b := make([]byte, fmp4.Headroom)
	var samples []fmp4.Sample
	for i, f := range c.frames[n*2 : n*2+2] {
		b = append(b, f...)
		samples = append(samples, fmp4.Sample{Size: uint32(len(f)), Duration: frame, Key: i == 0})
	}
	from := fmp4.Seal(b, uint32(n+1), int64(n)*2*frame, samples)
	return b[from:], nil
}

// length is how long a recording here is.
const length = time.Second

// fact is something that the scenario has been told is done, or is about to ask for.
type fact struct {
	Kind   string
	Now    footage.Instant
	Camera footage.CameraID `json:",omitempty"`
	At     footage.Instant  `json:",omitempty"` // of a segment or a gap its start, of a mark its value
	Name   string           `json:",omitempty"` // of a hold, an object, or an hour
	N      int              `json:",omitempty"` // fragments
}

// The kinds of facts.
const (
	isNow      = "now"      // the clock shows another time
	isRecorded = "recorded" // Complete has returned
	isSynced   = "synced"   // the spool has been synced as a whole while it had N fragments of a segment
	isTaken    = "taken"    // the same, of a recording that cannot be stored
	isDropping = "dropping" // a recording may be deleted early from now on
	isMark     = "mark"     // SetMark has returned
	isGap      = "gap"      // AddGap has returned
	isHeld     = "held"     // Place has returned
	isClosing  = "closing"  // Close is called
	isClosed   = "closed"   // Close has returned
	isPurged   = "purged"   // the absence of an object is confirmed
	isKeyless  = "keyless"  // the keys of an hour are known to be destroyed
	isSingle   = "single"   // of an hour the identity is known to be destroyed
)

// scenario is the program that is traced. It does everything once that the vault does,
// with one thing at a time where the order must be known.
type scenario struct {
	*rooms
	ctx  context.Context
	says func(fact)
	err  error // the first; everything after it does nothing
}

func runScenario(folder string, says func(fact)) error {
	r, err := open(folder, start)
	if err != nil {
		return err
	}
	s := &scenario{r, context.Background(), says, nil}
	defer func() { s.index.Close() }()
	s.at(start)
	const second, minute, day = time.Second, time.Minute, 24 * time.Hour

	s.do(func() error { return s.gap("k01", start.Add(-minute), start) })
	s.record("k01", 0, isRecorded)
	s.ingest()
	s.record("k01", 5*minute, isRecorded)
	s.record("k02", 5*minute, isRecorded)
	s.ingest()
	s.record("k01", 5*minute+second/2, isTaken)
	s.record("k01", 11*minute, isRecorded) // the next hour
	s.ingest()
	s.at(start.Add(12 * minute))
	first := s.place("k01", 4*minute, 10*minute)
	s.record("k01", 9*minute, isRecorded) // held on its way in
	second1 := s.place("k01", 9*minute, 20*minute)
	s.ingest()
	s.crash(folder, "k02", 30*minute)

	s.batched("k02", 32*minute, true)
	s.batched("k02", 33*minute, false)
	s.ingest()
	s.drop("k01", 35*minute)

	// All but what is held goes: k02 loses the hour's keys, k01 keeps single ones.
	s.at(start.Add(7*day + 9*minute + 30*second))
	s.ingest()
	s.sweep()
	s.close(second1) // nothing of 20:01 is left to be held, 19:59 is held by the first
	s.at(start.Add(7*day + 45*minute))
	s.sweep()
	s.inventory()
	s.do(func() error { return s.notary.Step(s.ctx) })
	third := s.place("k01", 9*minute, 10*minute)
	s.close(first) // 19:55 goes, 19:59 stays
	s.sweep()
	s.record("k01", 7*24*time.Hour+40*minute, isRecorded)
	s.ingest()
	s.close(third)
	s.sweep()
	s.inventory()
	return s.err
}

// crash leaves a segment half written, and starts again.
func (s *scenario) crash(folder string, camera footage.CameraID, after time.Duration) {
	s.do(func() error {
		from := start.Add(after)
		part, err := s.spool.Create(camera, from)
		if err == nil {
			err = s.write(part, camera, from, 1)
		}
		if err == nil {
			_, err = part.Write([]byte("the beginning of a fragment"))
		}
		if err == nil {
			err = s.index.Close()
		}
		if err != nil {
			return err
		}
		if s.rooms, err = open(folder, footage.At(s.clock)); err == nil {
			s.says(fact{Kind: isRecorded, Camera: camera, At: from})
		}
		return err
	})
}

// batched records a segment as the recorder does: its fragments are only written, and
// every few seconds all that has been written to the spool is synced at once.
func (s *scenario) batched(camera footage.CameraID, after time.Duration, twice bool) {
	s.do(func() error {
		from := start.Add(after)
		c, err := clip()
		if err != nil {
			return err
		}
		part, err := s.spool.Create(camera, from)
		if err != nil {
			return err
		}
		head := fmp4.Init(c.track, spool.Meta{Camera: camera, Site: "Sentrum Scene", Start: from})
		for n := range 2 {
			data, err := fragment(n)
			if err == nil {
				_, err = part.Write(append(head, data...))
			}
			if err != nil {
				return err
			}
			head = nil
			if n == 0 || twice {
				if err := s.spool.Sync(); err != nil {
					return err
				}
				s.says(fact{Kind: isSynced, Camera: camera, At: from, N: n + 1})
			}
		}
		if err := part.Complete(); err != nil {
			return err
		}
		s.says(fact{Kind: isRecorded, Camera: camera, At: from})
		return nil
	})
}

// write writes and syncs the first fragments of a segment.
func (s *scenario) write(part *spool.Part, camera footage.CameraID, from footage.Instant, fragments int) error {
	c, err := clip()
	if err != nil {
		return err
	}
	head := fmp4.Init(c.track, spool.Meta{Camera: camera, Site: "Sentrum Scene", Start: from})
	for n := range fragments {
		data, err := fragment(n)
		if err == nil {
			_, err = part.Write(append(head, data...))
		}
		if err == nil {
			err = part.Sync()
		}
		if err != nil {
			return err
		}
		head = nil
	}
	return nil
}

func (s *scenario) do(what func() error) {
	if s.err == nil {
		s.err = what()
	}
}

func (s *scenario) at(i footage.Instant) {
	s.clock = i.Time()
	s.says(fact{Kind: isNow, Now: i})
}

func (s *scenario) gap(camera footage.CameraID, from, to footage.Instant) error {
	err := s.spool.AddGap(footage.Gap{Camera: camera, Span: footage.Span{From: from, To: to}, Cause: footage.CauseStalled})
	s.says(fact{Kind: isGap, Camera: camera, At: from})
	return err
}

// record does what the recorder does with a segment.
func (s *scenario) record(camera footage.CameraID, after time.Duration, kind string) {
	s.do(func() error {
		from := start.Add(after)
		part, err := s.spool.Create(camera, from)
		if err != nil {
			return err
		}
		if err := s.write(part, camera, from, 2); err != nil {
			return err
		}
		m, _, err := s.spool.Mark(camera)
		if err != nil {
			return err
		}
		m.Until = max(m.Until, from.Add(length))
		if err := s.spool.SetMark(camera, m); err != nil {
			return err
		}
		s.says(fact{Kind: isMark, Camera: camera, At: m.Until})
		if err := part.Complete(); err != nil {
			return err
		}
		s.says(fact{Kind: kind, Camera: camera, At: from})
		return nil
	})
}

// drop records a segment into a spool that is too full for it.
func (s *scenario) drop(camera footage.CameraID, after time.Duration) {
	s.ingest()
	s.record(camera, after, isRecorded)
	s.do(func() error {
		s.limit = 1
		defer func() { s.limit = 1 << 40 }()
		s.says(fact{Kind: isDropping, Camera: camera, At: start.Add(after)})
		_, err := s.vault.Tidy()
		s.says(fact{Kind: isGap, Camera: camera, At: start.Add(after)})
		return err
	})
}

func (s *scenario) ingest() {
	s.do(func() error { _, err := s.vault.Ingest(s.ctx); return err })
}

func (s *scenario) inventory() {
	s.do(func() error { _, err := s.vault.Inventory(s.ctx); return err })
}

func (s *scenario) sweep() {
	s.do(func() error {
		swept, err := s.sweeper.Step(s.ctx)
		for _, i := range swept.Removed {
			s.says(fact{Kind: isPurged, Camera: i.Camera, At: i.Start, Name: i.Object})
			hour := seal.HourOf(i.Camera, i.Start)
			identity, single := s.keys.Has(hour)
			if !identity {
				s.says(fact{Kind: isSingle, Name: hour.String()})
			}
			if !identity && !single {
				s.says(fact{Kind: isKeyless, Name: hour.String()})
			}
		}
		if err == nil && swept.Failed > 0 {
			err = errors.New("removals failed")
		}
		return err
	})
}

func (s *scenario) place(camera footage.CameraID, from, to time.Duration) (number string) {
	s.do(func() error {
		placed, err := s.holds.Place(holds.Request{Cameras: []footage.CameraID{camera}, Span: footage.Span{From: start.Add(from), To: start.Add(to)},
			Ground: holds.CrimeLikely, Reason: "a fight at the entrance", By: ledger.System})
		number = placed.Hold.Number
		s.says(fact{Kind: isHeld, Name: number})
		return err
	})
	return number
}

func (s *scenario) close(number string) {
	s.do(func() error {
		s.says(fact{Kind: isClosing, Name: number})
		_, err := s.holds.Close(number, "not needed", ledger.System)
		s.says(fact{Kind: isClosed, Name: number})
		return err
	})
}

// told is what the scenario has been told so far.
type told struct {
	now                             footage.Instant
	recorded, taken, gaps, dropping map[footage.SegmentID]bool
	marks                           map[footage.CameraID]footage.Instant
	synced                          map[footage.SegmentID]int // fragments
	held, closing, closed           map[string]bool
	purged, keyless, single         map[string]bool
	n                               int
}

func newTold() *told {
	ids, names := func() map[footage.SegmentID]bool { return map[footage.SegmentID]bool{} }, func() map[string]bool { return map[string]bool{} }
	return &told{now: start, recorded: ids(), taken: ids(), gaps: ids(), dropping: ids(), synced: map[footage.SegmentID]int{}, marks: map[footage.CameraID]footage.Instant{},
		held: names(), closing: names(), closed: names(), purged: names(), keyless: names(), single: names()}
}

func (k *told) learn(f fact) {
	k.n++
	id := footage.NewSegmentID(f.Camera, max(f.At, 1))
	switch f.Kind {
	case isNow:
		k.now = f.Now
	case isRecorded:
		k.recorded[id] = true
	case isDropping:
		delete(k.recorded, id)
		k.dropping[id] = true
	case isSynced:
		k.synced[id] = f.N
	case isTaken:
		k.taken[id] = true
	case isGap:
		k.gaps[id] = true
	case isMark:
		k.marks[f.Camera] = f.At
	case isHeld:
		k.held[f.Name] = true
	case isClosing:
		k.closing[f.Name] = true
	case isClosed:
		k.closed[f.Name] = true
	case isPurged:
		k.purged[f.Name] = true
	case isKeyless:
		k.keyless[f.Name] = true
	case isSingle:
		k.single[f.Name] = true
	}
}

// judge runs the recovery on the image in folder and returns everything that is wrong
// afterwards.
func judge(folder string, image Image, k *told) (wrong error) {
	bad := func(format string, args ...any) { wrong = errors.Join(wrong, fmt.Errorf(format, args...)) }
	// Before anything is recovered: what was said to be gone is.
	for object := range k.purged {
		if image.Has("store/" + object) {
			bad("%s was purged, and is on the disk", object)
		}
	}
	for hour := range k.single {
		if image.Has("keys/" + hour + ".key") {
			bad("the identity of %s was destroyed, and is on the disk", hour)
		}
	}
	for hour := range k.keyless {
		if image.Has("keys/" + hour + ".held") {
			bad("the keys of %s were destroyed, and are on the disk", hour)
		}
	}
	r, err := open(folder, k.now)
	if err != nil {
		bad("the start fails: %w", err)
		return wrong
	}
	defer r.index.Close()
	// Invariant 4 holds before anything is mended.
	if found, err := r.compare(context.Background()); err != nil || len(found) > 0 {
		bad("at the start: %v, %v", found, err)
	}
	if err := r.recover(); err != nil {
		bad("recovery: %w", err)
	}
	if err := errors.Join(r.consistent(folder), r.asTold(k)); err != nil {
		bad("%w", err)
	}
	// And in the end nothing is left.
	r.clock = k.now.Add(40 * 24 * time.Hour).Time()
	if err := r.recover(); err != nil {
		bad("in the end: %w", err)
	}
	if err := errors.Join(r.consistent(folder), r.empty(folder)); err != nil {
		bad("in the end: %w", err)
	}
	return wrong
}

// compare is vault.Check, but for what the next sweep and the next inventory mend.
func (r *rooms) compare(ctx context.Context) ([]vault.Finding, error) {
	checked, err := r.vault.Check(ctx, vault.CheckOptions{})
	return slices.DeleteFunc(checked.Findings, func(f vault.Finding) bool { return f.What == vault.Overdue || f.What == vault.StrayKey }), err
}

// consistent compares index, store, keys and spool (invariants 1 and 4).
func (r *rooms) consistent(folder string) (wrong error) {
	bad := func(format string, args ...any) { wrong = errors.Join(wrong, fmt.Errorf(format, args...)) }
	ctx := context.Background()
	if found, err := r.compare(ctx); err != nil || len(found) > 0 {
		bad("%v, %v", found, err)
	}
	objects := map[string]int64{}
	for o, err := range r.store.List(ctx, footage.ObjectPrefix) {
		if err != nil {
			bad("%w", err)
		}
		objects[o.Key] = o.Size
	}
	unheld, held := map[seal.Hour]bool{}, map[seal.Hour]bool{}
	var ids []footage.SegmentID
	if err := r.index.View(func(tx *index.Tx) error {
		if report, err := ledger.Verify(tx, ledger.VerifyOptions{}); err != nil || len(report.Faults) > 0 {
			bad("the ledger: %v, %v", report.Faults, err)
		}
		for _, camera := range vault.Cameras(tx) {
			for s, err := range vault.Segments(tx, camera, footage.Always) {
				if err != nil {
					return err
				}
				if size, is := objects[s.Object]; !is || size != seal.Size(s.Bytes) {
					bad("%s has a row for %d bytes, the store has %d", s.ID(), seal.Size(s.Bytes), size)
				}
				delete(objects, s.Object)
				if s.Deadline <= tx.Now {
					bad("%s is due and stored", s.ID())
				}
				if h := seal.HourOf(camera, s.Span.From); s.Deadline > s.Keep {
					held[h] = true
				} else {
					unheld[h] = true
				}
				ids = append(ids, s.ID())
			}
			if rows, err := vault.Reckon(tx, camera, false); err != nil || len(rows) > 0 {
				bad("what is derived from the rows is wrong: %v, %v", rows, err)
			}
		}
		n := 0
		for _, err := range vault.Due(tx, footage.Always.To) {
			if err != nil {
				return err
			}
			n++
		}
		if n != len(ids) {
			bad("there are %d deadlines for %d segments", n, len(ids))
		}
		waiting, err := vault.Intents(tx, -1)
		if len(waiting) > 0 {
			bad("%d removals are left", len(waiting))
		}
		return err
	}); err != nil {
		bad("%w", err)
	}
	for object := range objects {
		bad("%s has no row", object)
	}
	for _, id := range ids {
		o, err := r.vault.Open(ctx, id)
		if err == nil {
			_, err = io.Copy(io.Discard, o) // compares the digest
			err = errors.Join(err, o.Close())
		}
		if err != nil {
			bad("%s cannot be read: %w", id, err)
		}
	}
	hours, err := r.keys.Hours()
	if err != nil {
		bad("%w", err)
	}
	for _, h := range hours {
		identity, single := r.keys.Has(h)
		switch due := policy.KeepUntil(h.From).Add(time.Hour+5*time.Minute) <= footage.At(r.clock); {
		case !held[h] && !unheld[h] && due:
			bad("the keys of %s have outlived its footage", h)
		case held[h] && !unheld[h] && due && identity:
			bad("the identity of %s has outlived what nobody holds", h)
		case !held[h] && !unheld[h] && single:
			bad("%s has single keys for nothing", h)
		}
	}
	parts, err := filepath.Glob(filepath.Join(folder, "spool", "*", "*"))
	for _, path := range parts {
		if ext := filepath.Ext(path); ext != ".bad" && ext != ".json" {
			bad("%s is left in the spool", path)
		}
	}
	tmp, errTmp := filepath.Glob(filepath.Join(folder, "store", ".tmp", "*"))
	halves, errHalves := filepath.Glob(filepath.Join(folder, "keys", "*", "*.*.*"))
	fresh, errNew := filepath.Glob(filepath.Join(folder, "*.new"))
	if left := slices.Concat(tmp, halves, fresh); len(left) > 0 {
		bad("half a file is left: %v", left)
	}
	return errors.Join(wrong, err, errTmp, errHalves, errNew)
}

// asTold compares what there is with what was said to be done.
func (r *rooms) asTold(k *told) (wrong error) {
	bad := func(format string, args ...any) { wrong = errors.Join(wrong, fmt.Errorf(format, args...)) }
	all, err := r.holds.List(true)
	if err != nil {
		return err
	}
	states := map[string]holds.State{}
	var active []holds.Hold
	for _, h := range all {
		if states[h.Number] = h.State; h.State == holds.Active {
			active = append(active, h.Hold)
		}
	}
	for number := range k.held {
		switch state := states[number]; {
		case state == "":
			bad("hold %s is lost", number)
		case state != holds.Active && !k.closing[number]:
			bad("hold %s has ended by itself", number)
		case state == holds.Active && k.closed[number]:
			bad("hold %s was closed, and stands again", number)
		}
	}
	err = r.index.View(func(tx *index.Tx) error {
		for id := range k.recorded {
			camera, from, err := id.Split()
			if err != nil {
				return err
			}
			span := footage.Span{From: from, To: from.Add(length)}
			var until footage.Instant
			for _, h := range active {
				if h.Covers(camera, span) {
					until = max(until, h.Until)
				}
			}
			deadline := holds.Deadline(policy.KeepUntil(from), policy.Ceiling(from), until)
			s, found, err := vault.Find(tx, id)
			if err != nil {
				return err
			}
			purged := k.purged[footage.ObjectKey(camera, from, 0)]
			switch {
			case found && (purged || deadline <= tx.Now):
				bad("%s has come back", id)
			case !found && !purged && deadline > tx.Now:
				bad("%s was recorded, goes at %s, and is lost", id, deadline)
			case found && s.Deadline != deadline:
				bad("%s goes at %s instead of %s", id, s.Deadline, deadline)
			}
		}
		for id, fragments := range k.synced {
			camera, from, err := id.Split()
			if err != nil {
				return err
			}
			s, found, err := vault.Find(tx, id)
			if err != nil {
				return err
			}
			least := time.Duration(fragments) * length / 2
			if due := policy.KeepUntil(from) <= tx.Now || k.purged[footage.ObjectKey(camera, from, 0)]; !due && (!found || s.Span.To.Sub(from) < least) {
				bad("of %s %v were synced, and there is %v", id, least, s.Span)
			}
		}
		for id := range k.gaps {
			if found, err := hasGap(tx, id); err != nil || !found {
				bad("the gap at %s is lost: %v", id, err)
			}
		}
		for id := range k.dropping {
			_, stored, err := vault.Find(tx, id)
			if err != nil {
				return err
			}
			if gap, err := hasGap(tx, id); err != nil || !gap && !stored {
				bad("%s went early without a word: %v", id, err)
			}
		}
		return nil
	})
	for camera, until := range k.marks {
		if m, _, err := r.spool.Mark(camera); err != nil || m.Until < until {
			bad("%s has its mark at %s and not at %s: %v", camera, m.Until, until, err)
		}
	}
	return errors.Join(wrong, err)
}

// hasGap reports whether there is a gap that begins where a segment would.
func hasGap(tx *index.Tx, id footage.SegmentID) (found bool, err error) {
	camera, from, err := id.Split()
	if err != nil {
		return false, err
	}
	for g, err := range vault.Gaps(tx, camera, footage.Always) {
		if err != nil || g.Span.From == from {
			return err == nil, err
		}
	}
	return false, nil
}

// empty looks for what outlives its thirty days.
func (r *rooms) empty(folder string) (wrong error) {
	for _, pattern := range []string{"store/footage/*", "keys/*/*", "spool/*/*.mp4", "spool/*/*.bad", "spool/*/*.part"} {
		left, err := filepath.Glob(filepath.Join(folder, pattern))
		if err != nil || len(left) > 0 {
			wrong = errors.Join(wrong, err, fmt.Errorf("left: %v", left))
		}
	}
	return wrong
}

// scratch is a folder in memory where there is one: what a disk does to a sync is
// not the subject, the model decides that.
func scratch() (string, error) {
	if path, err := os.MkdirTemp("/dev/shm", "powercut"); err == nil {
		return path, nil
	}
	return os.MkdirTemp("", "powercut")
}
