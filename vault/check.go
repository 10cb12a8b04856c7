package vault

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
	"github.com/sjudager/sjudager/vault/seal"
	"github.com/sjudager/sjudager/vault/store"
)

// CheckOptions says how thorough a Check is.
type CheckOptions struct {
	Deep     bool           // read every object and compare its SHA-256, too
	Repair   bool           // put right what can be put right without losing footage
	Progress func(Progress) // told now and then; nil for nobody
}

// Progress is how far a Check has come.
type Progress struct {
	Step string `json:"step"` // "store", "index", "content"
	Done int    `json:"done"`
	Of   int    `json:"of"` // 0 when nobody knows
}

// MaxListed is how many findings that are repaired a Check lists at most, and how many
// that are not.
const MaxListed = 10_000

// Checked is the result of a Check.
type Checked struct {
	Objects  int // that the store has
	Segments int // that the index has
	Read     int // segments whose content was compared
	Findings []Finding
	Unlisted int // findings beyond MaxListed
	Left     int // findings that are not repaired, listed or not
}

// Check compares the index, the store, the keys and the spool, and returns every
// place where they contradict each other (invariant 4): none, after a crash too, as
// soon as Ingest and Purge have been through once. Without Repair it changes nothing;
// with it each finding is put right as soon as it is found.
// Footage may come and go meanwhile: every suspect is looked at again before it
// becomes a finding. The index is read in many short transactions, and what is kept in
// memory is a number for each camera-hour. The error says that something could not be
// looked at, or that ctx has ended.
func (v *Vault) Check(ctx context.Context, o CheckOptions) (Checked, error) {
	c := &check{Vault: v, CheckOptions: o, matched: map[seal.Hour]int{}, bad: map[uint64]bool{}, reckoned: map[footage.CameraID]error{}}
	for _, step := range []func(context.Context) error{c.store, c.index, c.deadlines, c.keys, c.marker, c.content} {
		if err := step(ctx); err != nil {
			return c.Checked, fmt.Errorf("couldn't check everything: %w", err)
		}
	}
	if o.Repair {
		nudge(c.changed)
	}
	return c.Checked, nil
}

// check is one Check under way.
type check struct {
	*Vault
	CheckOptions
	Checked
	known   int               // segments that the index had at the beginning
	matched map[seal.Hour]int // objects that have their row
	// bad has hashes of the objects that are known to be wrong and need not be read.
	bad      map[uint64]bool
	reckoned map[footage.CameraID]error // whose derived rows have been put right
	repaired int
}

var badSeed = maphash.MakeSeed()

// found takes note of findings and puts right what it can. It must not be called in a
// transaction.
func (c *check) found(ctx context.Context, findings ...Finding) error {
	for _, f := range findings {
		if c.Repair && f.Repairable {
			if err := ctx.Err(); err != nil {
				return err
			}
			err := c.mend(ctx, f)
			if f.Repaired = err == nil; !f.Repaired {
				f.Problem = err.Error()
			}
		}
		if c.Deep {
			c.bad[maphash.String(badSeed, f.Object)] = true
		}
		of := &c.Left
		if f.Repaired {
			of = &c.repaired
		}
		if *of++; *of > MaxListed {
			c.Unlisted++
		} else {
			c.Findings = append(c.Findings, f)
		}
	}
	return nil
}

// told tells how far a step is, of as many as the index knew of at the beginning.
func (c *check) told(step string, done int) {
	if c.Progress == nil {
		return
	}
	p := Progress{step, done, c.known}
	if done > p.Of {
		p.Of = 0
	}
	c.Progress(p)
}

// store looks at every object.
func (c *check) store(ctx context.Context) error {
	if err := c.Index.View(func(tx *index.Tx) error {
		totals, err := ReadTotals(tx)
		c.known = totals.Segments
		return err
	}); err != nil {
		return err
	}
	c.told("store", 0)
	for o, err := range c.Store.List(ctx, footage.ObjectPrefix) {
		if err != nil {
			return fmt.Errorf("couldn't list the store: %w", err)
		}
		if c.Objects++; c.Objects%purgeBatch == 0 {
			c.told("store", c.Objects)
		}
		seen, err := c.look(o)
		if err != nil {
			return err
		}
		found := seen.compare()
		if len(found) > 0 { // it may just have moved
			if found, err = c.again(ctx, o); err != nil {
				return err
			}
		}
		if seen.known && !o.Hidden {
			c.matched[seal.HourOf(seen.camera, seen.start)]++
		}
		if err := c.found(ctx, found...); err != nil {
			return err
		}
	}
	c.told("store", c.Objects)
	return nil
}

// look reads what there is about one object.
func (v *Vault) look(o store.Info) (seen, error) {
	s := seen{object: o}
	var err error
	if s.camera, s.start, _, err = footage.ParseObjectKey(o.Key); err != nil {
		s.stranger = true
		return s, nil
	}
	// The spool first, then the index: ingest writes the row before it removes the
	// file. The keys before both: they outlive the row.
	if s.opens, err = v.Keys.Opens(s.camera, s.start); err != nil {
		s.keyFault = err
	}
	if s.spooled, err = v.Spool.Has(s.camera, s.start); err != nil {
		return s, err
	}
	return s, v.Index.View(func(tx *index.Tx) error {
		var known bool
		if s.row, known, err = Find(tx, footage.NewSegmentID(s.camera, s.start)); err != nil {
			return err
		}
		s.known = known && s.row.Object == o.Key
		s.promised, err = tx.Get(intentKey(o.Key), new(intentRow))
		return err
	})
}

// again looks at a suspect once more, and then whether the object is still there:
// one that was listed and has been deleted meanwhile contradicts nothing.
func (c *check) again(ctx context.Context, o store.Info) ([]Finding, error) {
	if !o.Hidden {
		now, err := c.Store.Stat(ctx, o.Key)
		switch {
		case errors.Is(err, store.ErrNotExist):
			o.Hidden = true
		case err != nil:
			return nil, err
		default:
			o.Size = now.Size
		}
	}
	seen, err := c.look(o)
	if err != nil {
		return nil, err
	}
	found := seen.compare()
	if len(found) > 0 && !seen.stranger {
		absent, err := c.Store.Absent(ctx, o.Key)
		if err != nil || absent {
			return nil, err // if it has a row, lost finds that
		}
	}
	return found, nil
}

// index looks at the rows, at what is derived from them, and for their objects: only
// hours of which objects are missing are looked for one by one.
func (c *check) index(ctx context.Context) error {
	cameras, err := c.cameras()
	if err != nil {
		return err
	}
	for _, camera := range cameras {
		var hour []Segment
		var of seal.Hour
		end := func() error {
			if len(hour) > c.matched[of] {
				for _, s := range hour {
					if err := c.lost(ctx, s); err != nil {
						return err
					}
				}
			}
			hour = hour[:0]
			return nil
		}
		sane := true
		for batch, err := range c.batches(camera) {
			if errors.Is(err, errUnreadable) {
				sane = false
				err = c.found(ctx, Finding{What: Unreadable, Object: string(camera), Detail: err.Error()})
			}
			if err := errors.Join(err, ctx.Err(), c.found(ctx, batch.found...)); err != nil {
				return err
			}
			for _, s := range batch.segments {
				if h := seal.HourOf(camera, s.Span.From); h != of {
					if err := end(); err != nil {
						return err
					}
					of = h
				}
				hour = append(hour, s)
			}
			c.Segments += len(batch.segments)
			c.told("index", c.Segments)
		}
		if err := end(); err != nil {
			return err
		}
		if !sane {
			continue // what is derived from it cannot be told
		}
		var wrong []string
		if err := c.Index.View(func(tx *index.Tx) (err error) {
			wrong, err = Reckon(tx, camera, false)
			return err
		}); err != nil {
			return err
		}
		for _, key := range wrong {
			if err := c.found(ctx, Finding{What: Summary, Object: key, Detail: "what is counted here is not what the segments say", Repairable: true}); err != nil {
				return err
			}
		}
	}
	return nil
}

// cameras returns every camera that has a row of its own or of a segment.
func (c *check) cameras() (cameras []footage.CameraID, err error) {
	err = c.Index.View(func(tx *index.Tx) error {
		cameras = Cameras(tx)
		known := len(cameras)
		for key, end := index.Prefix(segmentKind); key < end; { // whose own row is missing
			next := end
			for r := range tx.Scan(key, end) {
				name, _, _ := strings.Cut(r.Key[len(segmentKind)+1:], "/")
				if camera := footage.CameraID(name); !slices.Contains(cameras[:known], camera) {
					cameras = append(cameras, camera)
				}
				_, next = index.Prefix(segmentKind, name)
				break
			}
			key = next
		}
		return nil
	})
	return cameras, err
}

// errUnreadable: a row makes no sense, and what comes after it is not looked at.
var errUnreadable = errors.New("a row cannot be read")

// batch is some segments that were read in one transaction, and what is wrong with
// their places in the order of deletion.
type batch struct {
	segments []Segment
	found    []Finding
}

// batches yields all segments of camera in the order of time, each batch from a
// transaction that has ended: while one lasts, no page of the index that it may still
// see can be used again.
func (v *Vault) batches(camera footage.CameraID) iter.Seq2[batch, error] {
	return func(yield func(batch, error) bool) {
		for from := footage.Always.From; ; {
			var b batch
			err := v.Index.View(func(tx *index.Tx) error {
				for s, err := range Segments(tx, camera, footage.Span{From: from, To: footage.Always.To}) {
					if err != nil {
						return fmt.Errorf("%w: %w", errUnreadable, err)
					}
					if s.Span.From < from {
						continue
					}
					if f, wrong := compareDue(tx, s); wrong {
						b.found = append(b.found, f)
					}
					if b.segments = append(b.segments, s); len(b.segments) == purgeBatch {
						break
					}
				}
				return nil
			})
			if len(b.segments) == 0 && err == nil || !yield(b, err) || err != nil {
				return
			}
			from = b.segments[len(b.segments)-1].Span.From + 1
		}
	}
}

// deadlines looks for places in the order of deletion that no segment has.
func (c *check) deadlines(ctx context.Context) error {
	for from, end := index.Prefix(dueKind); from < end; {
		if err := ctx.Err(); err != nil {
			return err
		}
		var found []Finding
		next := end
		if err := c.Index.View(func(tx *index.Tx) error {
			n := 0
			for r := range tx.Scan(from, end) {
				if n++; n > purgeBatch {
					next = r.Key
					break
				}
				if strayDue(tx, r.Key) {
					found = append(found, Finding{What: Order, Object: r.Key, Detail: "the order of deletion has an entry that no segment has", Repairable: true})
				}
			}
			return nil
		}); err != nil {
			return err
		}
		if err := c.found(ctx, found...); err != nil {
			return err
		}
		from = next
	}
	return nil
}

// marker looks whether the store still says that it is ours.
func (c *check) marker(ctx context.Context) error {
	id, err := vaultID(c.Index)
	if err != nil || id == "" { // not claimed: a store that we were given
		return err
	}
	wrong := func(detail string, repairable bool) error {
		return c.found(ctx, Finding{What: BadMarker, Object: MarkerKey, Detail: detail, Repairable: repairable})
	}
	m, there, err := ReadMarker(ctx, c.Store)
	switch {
	case errors.Is(err, ErrForeign):
		return wrong(err.Error(), false)
	case err != nil:
		return err
	case !there:
		return wrong("the store does not say whose it is", true)
	case m.Vault != id:
		return wrong(fmt.Sprintf("the store says that it belongs to another vault, of %q", m.Site), false)
	}
	return nil
}

func vaultID(db *index.DB) (id string, err error) {
	err = db.View(func(tx *index.Tx) error {
		id, err = ID(tx)
		return err
	})
	return id, err
}

// lost looks for the object of a row.
func (c *check) lost(ctx context.Context, s Segment) error {
	_, err := c.Store.Stat(ctx, s.Object)
	if !errors.Is(err, store.ErrNotExist) {
		return err
	}
	var still bool
	if err := c.Index.View(func(tx *index.Tx) error {
		now, known, err := Find(tx, s.ID())
		still = known && now.Object == s.Object
		return err
	}); err != nil || !still {
		return err
	}
	return c.found(ctx, Finding{What: Lost, Object: s.Object, Segment: s.ID(), Detail: "the store does not have it", Repairable: true})
}

// keys looks for keys that nothing can need any more.
func (c *check) keys(ctx context.Context) error {
	hours, err := c.strayKeys(2 * time.Hour) // the inventory destroys them every hour
	for _, h := range hours {
		err = errors.Join(err, c.found(ctx, Finding{What: StrayKey, Object: h.String(), Detail: "its keys are there, and everything from this hour had to be gone", Repairable: true}))
	}
	return err
}

// content reads everything that may be read, if that is asked for.
func (c *check) content(ctx context.Context) error {
	if !c.Deep {
		return nil
	}
	cameras, err := c.cameras()
	if err != nil {
		return err
	}
	for _, camera := range cameras {
		for batch, err := range c.batches(camera) {
			if err != nil && !errors.Is(err, errUnreadable) { // index has reported that
				return err
			}
			for _, s := range batch.segments {
				if c.bad[maphash.String(badSeed, s.Object)] {
					continue
				}
				f, err := c.read(ctx, s)
				if err == nil {
					err = c.found(ctx, f...)
				}
				if err != nil {
					return err
				}
				if c.Read++; c.Read%100 == 0 {
					c.told("content", c.Read)
				}
			}
		}
	}
	c.told("content", c.Read)
	return nil
}

// read reads one segment to its end. The error is of a store that does not answer.
func (v *Vault) read(ctx context.Context, s Segment) ([]Finding, error) {
	r, err := v.OpenFor(ctx, s.ID(), footage.Privacy) // nobody sees it: it is compared
	if err == nil {
		_, err = io.Copy(io.Discard, r)
		err = errors.Join(err, r.Close())
	}
	what := Altered
	switch {
	case err == nil || errors.Is(err, ErrGone): // it went meanwhile
		return nil, nil
	case errors.Is(err, store.ErrNotExist):
		what = Lost
	case errors.Is(err, seal.ErrNoKey):
		what = Keyless
	case errors.Is(err, ErrAltered), errors.Is(err, seal.ErrDamaged), errors.Is(err, seal.ErrOther), errors.Is(err, seal.ErrNotSealed), errors.Is(err, io.ErrUnexpectedEOF):
	default:
		return nil, err
	}
	return []Finding{{What: what, Object: s.Object, Segment: s.ID(), Detail: err.Error(), Repairable: what == Lost}}, nil
}

// late is how long after its deadline a segment may still have its row: the sweeper
// is woken by deadlines, and may have a week's to go through.
const late = 5 * time.Minute
