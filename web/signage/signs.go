package signage

import (
	"cmp"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"sync"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Signs is the register in the index. Its methods may be called from any goroutine.
type Signs struct {
	Index *index.DB
	Dir   string // of the pictures
	Log   *slog.Logger

	// Changed is called after each change of the register, and must return at once; nil:
	// nobody wants to know.
	Changed func()

	pictures sync.Mutex // one is made anew, or removed, at a time: decoding takes memory
}

// Register reads everything.
func (s *Signs) Register() (r *Register, now footage.Instant, err error) {
	err = s.Index.View(func(tx *index.Tx) (err error) {
		now = tx.Now
		r, err = Load(tx)
		return err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("couldn't read the sign register: %w", err)
	}
	return r, now, nil
}

// Now reads the register as it stands.
func (s *Signs) Now() (Snapshot, error) {
	r, now, err := s.Register()
	if err != nil {
		return Snapshot{}, err
	}
	return r.Latest(now), nil
}

// change runs fn in a write transaction with the register as it is.
func (s *Signs) change(fn func(tx *index.Tx, r *Register) error) error {
	err := s.Index.Update(func(tx *index.Tx) error {
		r, err := Load(tx)
		if err == nil {
			err = fn(tx, r)
		}
		return err
	})
	if err == nil && s.Changed != nil {
		s.Changed()
	}
	return err
}

// note writes a change into the ledger: what, by its number, and what became of it.
func note(tx *index.Tx, by, what, state, detail string) error {
	e := ledger.Entry{Kind: ledger.SignChanged, By: by, Fields: ledger.Fields{"sign": what, "state": state}}
	if detail != "" {
		e.Details = map[string]string{"detail": detail}
	}
	_, err := ledger.Append(tx, e)
	return err
}

// Observe writes down what the configuration in force says, unless the last record says
// it already, and makes a new text version if its facts are others. Whoever takes a
// configuration into use calls it, at the start too.
func (s *Signs) Observe(l Live) error {
	return s.change(func(tx *index.Tx, r *Register) error {
		slices.SortFunc(l.Cameras, func(a, b Camera) int { return cmp.Compare(a.ID, b.ID) })
		l.From = tx.Now
		if n := len(r.Live); n > 0 {
			// A clock that was put back must not hide what came later.
			l.From = max(tx.Now, r.Live[n-1].From+1)
			same := l
			same.From = r.Live[n-1].From
			if reflect.DeepEqual(same, r.Live[n-1]) {
				l.From = 0
			}
		}
		if l.From != 0 {
			if err := tx.Put(key(liveKind, len(r.Live)+1), l); err != nil {
				return err
			}
		}
		now := max(tx.Now, l.From)
		t, changed := next(r.Texts, l.Facts, now)
		if !changed {
			return nil
		}
		if n := len(r.Texts); n > 0 {
			old := r.Texts[n-1]
			old.Retired = now
			if err := tx.Put(key(textKind, old.Number), old); err != nil {
				return err
			}
		}
		if err := tx.Put(key(textKind, t.Number), t); err != nil {
			return err
		}
		s.Log.Info("the notice has a new version", "version", t.Number)
		return note(tx, ledger.System, "notice", fmt.Sprintf("version-%d", t.Number), "")
	})
}

// PutZone enters a zone, or with a number a further version of one.
func (s *Signs) PutZone(z Zone, by string) (Zone, error) {
	err := s.change(func(tx *index.Tx, r *Register) (err error) {
		z, err = s.putZone(tx, r, z, by)
		return err
	})
	return z, err
}

func (s *Signs) putZone(tx *index.Tx, r *Register, z Zone, by string) (Zone, error) {
	if err := z.check(tx.Now); err != nil {
		return z, err
	}
	at := tx.Now
	z.Version = 1
	zones := standing(r.Zones, always, Zone.version)
	if z.Number == "" {
		z.Number = fmt.Sprintf("Z-%03d", len(zones)+1)
	} else {
		old, ok := latest(r.Zones, func(o Zone) bool { return o.Number == z.Number })
		if !ok {
			return z, fmt.Errorf("%w: there is no zone %s", ErrNotFound, z.Number)
		}
		z.Version, at = old.Version+1, max(at, old.Entered.At+1)
	}
	for _, o := range zones {
		if o.Name == z.Name && o.Number != z.Number {
			return z, refused("%s has the name %q", o.Number, z.Name)
		}
	}
	z.Entered = holds.Act{By: by, At: at}
	if err := tx.Put(key(zoneKind, len(r.Zones)+1), z); err != nil {
		return z, err
	}
	r.Zones = append(r.Zones, z)
	return z, note(tx, by, z.Number, "zone", "")
}

// PutSign enters a sign, or with a number a further version of one. Text 0 is the text
// version in force.
func (s *Signs) PutSign(g Sign, by string) (Sign, error) {
	err := s.change(func(tx *index.Tx, r *Register) (err error) {
		g, err = s.putSign(tx, r, g, by)
		return err
	})
	return g, err
}

func (s *Signs) putSign(tx *index.Tx, r *Register, g Sign, by string) (Sign, error) {
	var before *Sign
	at := tx.Now
	if g.Number != "" {
		old, ok := latest(r.Signs, func(o Sign) bool { return o.Number == g.Number })
		if !ok {
			return g, fmt.Errorf("%w: there is no sign %s", ErrNotFound, g.Number)
		}
		before, at = &old, max(at, old.Entered.At+1)
	}
	if g.Text == 0 && len(r.Texts) > 0 {
		g.Text = r.Texts[len(r.Texts)-1].Number
	}
	if err := g.check(r, before); err != nil {
		return g, err
	}
	if g.Photo != "" {
		if err := s.has(g.Photo); err != nil {
			return g, err
		}
	}
	if before != nil {
		g.Version = before.Version + 1
	} else {
		g.Number, g.Version = fmt.Sprintf("S-%03d", len(standing(r.Signs, always, Sign.version))+1), 1
	}
	g.Entered, g.Altered = holds.Act{By: by, At: at}, at
	if before != nil && g.sameBut(*before) {
		g.Altered = before.altered()
	}
	if err := tx.Put(key(signKind, len(r.Signs)+1), g); err != nil {
		return g, err
	}
	r.Signs = append(r.Signs, g)
	return g, note(tx, by, g.Number, string(g.State), g.Why)
}

// Inspect enters that somebody has looked at a sign that is up.
func (s *Signs) Inspect(i Inspection, by string) (Inspection, error) {
	err := s.change(func(tx *index.Tx, r *Register) error {
		if err := i.check(tx.Now); err != nil {
			return err
		}
		g, ok := latest(r.Signs, func(g Sign) bool { return g.Number == i.Sign })
		switch {
		case !ok:
			return fmt.Errorf("%w: there is no sign %s", ErrNotFound, i.Sign)
		case g.State != Up:
			return refused("%s is %s, and only what is up can be inspected", g.Number, g.State)
		}
		for _, p := range i.Photos {
			if err := s.has(p); err != nil {
				return err
			}
		}
		if err := r.Latest(tx.Now).joinRound(&i); err != nil {
			return err
		}
		i.Number, i.Closed = len(r.Inspections)+1, holds.Act{}
		i.Done = holds.Act{By: by, At: max(tx.Now, g.altered())}
		if err := tx.Put(key(inspectionKind, i.Number), i); err != nil {
			return err
		}
		state := "inspected"
		if !i.Passed() {
			state = "defect"
		}
		return note(tx, by, i.Sign, state, i.Defect)
	})
	return i, err
}

// Mend enters that the defect that an inspection found is mended. The sign counts again
// once a further inspection has found nothing.
func (s *Signs) Mend(number int, by string) (i Inspection, err error) {
	err = s.change(func(tx *index.Tx, r *Register) error {
		if number < 1 || number > len(r.Inspections) {
			return fmt.Errorf("%w: there is no inspection %d", ErrNotFound, number)
		}
		i = r.Inspections[number-1]
		switch {
		case i.Passed():
			return refused("inspection %d found no defect", number)
		case i.Closed.At != 0:
			return refused("the defect of inspection %d is mended already", number)
		}
		i.Closed = holds.Act{By: by, At: max(tx.Now, i.Done.At)}
		if err := tx.Put(key(inspectionKind, number), i); err != nil {
			return err
		}
		return note(tx, by, i.Sign, "mended", "")
	})
	return i, err
}

// Excuse enters that a camera may record although it is not covered, or lacks something
// else that it needs (R115).
func (s *Signs) Excuse(camera footage.CameraID, reason, by string) (o Override, err error) {
	if reason, err = worded(reason, "the reason", 20, 500); err != nil {
		return o, err
	}
	err = s.change(func(tx *index.Tx, r *Register) error {
		now := r.Latest(tx.Now)
		i := slices.IndexFunc(now.Live.Cameras, func(c Camera) bool { return c.ID == camera })
		if i < 0 {
			return fmt.Errorf("%w: there is no camera %q", ErrNotFound, camera)
		}
		cover := now.cover(now.Live.Cameras[i])
		switch {
		case cover.Override != nil:
			return refused("%s has the override %d already", camera, cover.Override.Number)
		case len(now.lacks(now.Live.Cameras[i], cover)) == 0:
			return refused("%s lacks nothing, there is nothing to override", camera)
		}
		o = Override{Number: len(r.Overrides) + 1, Camera: camera, Reason: reason, Placed: holds.Act{By: by, At: tx.Now}}
		if err := tx.Put(key(overrideKind, o.Number), o); err != nil {
			return err
		}
		return note(tx, by, string(camera), "override", reason)
	})
	return o, err
}

// EndExcuse ends an override.
func (s *Signs) EndExcuse(number int, by string) (o Override, err error) {
	err = s.change(func(tx *index.Tx, r *Register) error {
		if number < 1 || number > len(r.Overrides) || r.Overrides[number-1].Ended.At != 0 {
			return fmt.Errorf("%w: no override %d stands", ErrNotFound, number)
		}
		o = r.Overrides[number-1]
		o.Ended = holds.Act{By: by, At: max(tx.Now, o.Placed.At)}
		if err := tx.Put(key(overrideKind, number), o); err != nil {
			return err
		}
		return note(tx, by, string(o.Camera), "override-ended", "")
	})
	return o, err
}
