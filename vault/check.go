package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	Step string `json:"step"` // "store", "index", "content", "repair"
	Done int    `json:"done"`
	Of   int    `json:"of"` // 0 when nobody knows
}

// Checked is the result of a Check.
type Checked struct {
	Objects  int // that the store has
	Segments int // that the index has
	Read     int // segments whose content was compared
	Findings []Finding
}

// Left counts the findings that are not repaired.
func (c Checked) Left() (n int) {
	for _, f := range c.Findings {
		if !f.Repaired {
			n++
		}
	}
	return n
}

// Check compares the index, the store, the keys and the spool, and returns every
// place where they contradict each other (invariant 4): none, after a crash too, as
// soon as Ingest and Purge have been through once. Without Repair it changes nothing.
// Footage may come and go meanwhile: every suspect is looked at again before it
// becomes a finding. The error says that something could not be looked at.
func (v *Vault) Check(ctx context.Context, o CheckOptions) (Checked, error) {
	c := &check{Vault: v, CheckOptions: o, matched: map[seal.Hour]int{}}
	for _, step := range []func(context.Context) error{c.store, c.index, c.lost, c.content} {
		if err := step(ctx); err != nil {
			return c.Checked, fmt.Errorf("couldn't check everything: %w", err)
		}
	}
	if !o.Repair {
		return c.Checked, nil
	}
	return c.Checked, c.repair(ctx)
}

// check is one Check under way.
type check struct {
	*Vault
	CheckOptions
	Checked
	matched map[seal.Hour]int // objects that have their row
}

func (c *check) found(f ...Finding) { c.Findings = append(c.Findings, f...) }

func (c *check) told(step string, done, of int) {
	if c.Progress != nil {
		c.Progress(Progress{step, done, of})
	}
}

// store looks at every object.
func (c *check) store(ctx context.Context) error {
	for o, err := range c.Store.List(ctx, footage.ObjectPrefix) {
		if err != nil {
			return fmt.Errorf("couldn't list the store: %w", err)
		}
		if c.Objects++; c.Objects%1000 == 0 {
			c.told("store", c.Objects, 0)
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
		c.found(found...)
	}
	c.told("store", c.Objects, c.Objects)
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

// index looks at the rows, those that are derived from others included.
func (c *check) index(ctx context.Context) error {
	var cameras []footage.CameraID
	if err := c.Index.View(func(tx *index.Tx) error {
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
	}); err != nil {
		return err
	}
	for n, camera := range cameras {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := c.Index.View(func(tx *index.Tx) error {
			found, segments, err := compareCamera(tx, camera)
			c.Segments += segments
			c.found(found...)
			return err
		}); err != nil {
			return err
		}
		c.told("index", n+1, len(cameras))
	}
	if err := c.Index.View(func(tx *index.Tx) error {
		for _, key := range strayDue(tx) {
			c.found(Finding{What: Order, Object: key, Detail: "the order of deletion has an entry that no segment has", Repairable: true})
		}
		return nil
	}); err != nil {
		return err
	}
	if id, err := vaultID(c.Index); err != nil || id == "" { // not claimed: a store that we were given
		return err
	}
	return c.marker(ctx)
}

// marker looks whether the store still says that it is ours.
func (c *check) marker(ctx context.Context) error {
	id, err := vaultID(c.Index)
	if err != nil {
		return err
	}
	m, there, err := ReadMarker(ctx, c.Store)
	switch {
	case errors.Is(err, ErrForeign):
		c.found(Finding{What: BadMarker, Object: MarkerKey, Detail: err.Error()})
	case err != nil:
		return err
	case !there:
		c.found(Finding{What: BadMarker, Object: MarkerKey, Detail: "the store does not say whose it is", Repairable: true})
	case m.Vault != id:
		c.found(Finding{What: BadMarker, Object: MarkerKey, Detail: fmt.Sprintf("the store says that it belongs to another vault, of %q", m.Site)})
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

// lost looks for the objects of rows. Only hours of which objects are missing are
// looked at row by row.
func (c *check) lost(ctx context.Context) error {
	var short []Segment
	if err := c.Index.View(func(tx *index.Tx) error {
		for _, camera := range Cameras(tx) {
			var hour []Segment
			var of seal.Hour
			end := func() {
				if len(hour) > c.matched[of] {
					short = append(short, hour...)
				}
				hour = hour[:0]
			}
			for s, err := range Segments(tx, camera, footage.Always) {
				if err != nil {
					break // index has reported it
				}
				if h := seal.HourOf(camera, s.Span.From); h != of {
					end()
					of = h
				}
				hour = append(hour, s)
			}
			end()
		}
		return nil
	}); err != nil {
		return err
	}
	for _, s := range short {
		_, err := c.Store.Stat(ctx, s.Object)
		if err == nil {
			continue
		}
		if !errors.Is(err, store.ErrNotExist) {
			return err
		}
		if err := c.Index.View(func(tx *index.Tx) error {
			now, still, err := Find(tx, s.ID())
			if still && now.Object == s.Object {
				c.found(Finding{What: Lost, Object: s.Object, Segment: s.ID(), Detail: "the store does not have it", Repairable: true})
			}
			return err
		}); err != nil {
			return err
		}
	}
	hours, err := c.strayKeys(2 * time.Hour) // the inventory destroys them every hour
	for _, h := range hours {
		c.found(Finding{What: StrayKey, Object: h.String(), Detail: "its keys are there, and everything from this hour had to be gone", Repairable: true})
	}
	return err
}

// content reads everything that may be read, if that is asked for.
func (c *check) content(ctx context.Context) error {
	if !c.Deep {
		return nil
	}
	bad := map[string]bool{} // what is known to be wrong need not be read
	for _, f := range c.Findings {
		bad[f.Object] = true
	}
	var cameras []footage.CameraID
	if err := c.Index.View(func(tx *index.Tx) error { cameras = Cameras(tx); return nil }); err != nil {
		return err
	}
	for _, camera := range cameras {
		for from := footage.Always.From; ; {
			batch, err := c.batch(camera, from)
			if err != nil {
				return err
			}
			for _, s := range batch {
				from = s.Span.From + 1
				if bad[s.Object] {
					continue
				}
				f, err := c.read(ctx, s)
				if err != nil {
					return err
				}
				c.found(f...)
				if c.Read++; c.Read%100 == 0 {
					c.told("content", c.Read, c.Segments)
				}
			}
			if len(batch) == 0 {
				break
			}
		}
	}
	c.told("content", c.Read, c.Segments)
	return nil
}

// batch returns some segments of camera that begin at from or later.
func (v *Vault) batch(camera footage.CameraID, from footage.Instant) (batch []Segment, err error) {
	err = v.Index.View(func(tx *index.Tx) error {
		for s, err := range Segments(tx, camera, footage.Span{From: from, To: footage.Always.To}) {
			if err != nil {
				return nil // index has reported it
			}
			if s.Span.From < from {
				continue
			}
			if batch = append(batch, s); len(batch) == purgeBatch {
				break
			}
		}
		return nil
	})
	return batch, err
}

// read reads one segment to its end. The error is of a store that does not answer.
func (v *Vault) read(ctx context.Context, s Segment) ([]Finding, error) {
	r, err := v.Open(ctx, s.ID())
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
