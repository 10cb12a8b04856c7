package signage

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Plan is one version of a floor's plan.
type Plan struct {
	Number  string    `cbor:"1,keyasint" json:"number"` // P-001
	Version int       `cbor:"2,keyasint" json:"version"`
	Name    string    `cbor:"3,keyasint" json:"name"` // of the floor
	Picture Picture   `cbor:"4,keyasint" json:"picture"`
	Gone    bool      `cbor:"5,keyasint" json:"gone"` // out of use
	Entered holds.Act `cbor:"6,keyasint" json:"entered"`
}

// Mark is where a camera or a sign is on a plan, from the instant it was entered until
// the next mark of the same one was.
type Mark struct {
	Plan      string           `cbor:"1,keyasint" json:"plan"`      // its number
	Camera    footage.CameraID `cbor:"2,keyasint" json:"camera"`    // or empty
	Sign      string           `cbor:"3,keyasint" json:"sign"`      // its number, or empty
	X         int              `cbor:"4,keyasint" json:"x"`         // from the left edge, 0 to 1000 of the picture's width
	Y         int              `cbor:"5,keyasint" json:"y"`         // from the top, 0 to 1000 of its height
	Direction int              `cbor:"6,keyasint" json:"direction"` // of a camera: where it looks, 0 to 359 degrees clockwise from up
	View      int              `cbor:"7,keyasint" json:"view"`      // of a camera: how wide it sees, 1 to 360 degrees; 0: not known
	Gone      bool             `cbor:"8,keyasint" json:"gone"`      // taken off the plan
	Entered   holds.Act        `cbor:"9,keyasint" json:"entered"`
}

// what is marked, as one word.
func (m Mark) what() string { return string(m.Camera) + m.Sign }

func (m *Mark) check(now Snapshot) error {
	if !slices.ContainsFunc(now.Plans, func(p Plan) bool { return p.Number == m.Plan }) {
		return fmt.Errorf("%w: there is no plan %q", ErrNotFound, m.Plan)
	}
	g, sign := now.Sign(m.Sign)
	switch {
	case (m.Camera == "") == (m.Sign == ""):
		return invalid("a mark is of a camera or of a sign")
	case m.Gone:
		return nil
	case m.X < 0 || m.X > 1000 || m.Y < 0 || m.Y > 1000:
		return invalid("x and y are 0 to 1000, thousandths of the plan; %d, %d are not", m.X, m.Y)
	case m.Sign != "" && (m.Direction != 0 || m.View != 0):
		return invalid("a sign has no direction and no view")
	case m.Direction < 0 || m.Direction > 359 || m.View < 0 || m.View > 360:
		return invalid("a direction is 0 to 359 degrees and a view 1 to 360")
	case m.Sign != "" && !sign:
		return invalid("there is no sign %q", m.Sign)
	case m.Sign != "" && g.State == Down:
		return refused("%s was taken down", m.Sign)
	case m.Camera != "" && !slices.ContainsFunc(now.Live.Cameras, func(c Camera) bool { return c.ID == m.Camera }):
		return invalid("the configuration has no camera %q", m.Camera)
	}
	return nil
}

// PutPlan enters a plan, or with a number a further version of one with another picture
// and perhaps another name. The marks stay where they are.
func (s *Signs) PutPlan(p Plan, by string) (Plan, error) {
	err := s.change(func(tx *index.Tx, r *Register) error {
		p.Gone = false
		if p.Number == "" {
			p.Number, p.Version = fmt.Sprintf("P-%03d", len(standing(r.Plans, always, Plan.version))+1), 0
		} else {
			old, err := r.plan(p.Number)
			if err != nil {
				return err
			}
			p.Name, p.Version, p.Entered = cmp.Or(p.Name, old.Name), old.Version, old.Entered
		}
		return s.putPlan(tx, r, &p, by)
	})
	return p, err
}

// ChangePlan gives a plan another name, unless that is empty, and takes it out of use or
// into it again, unless gone is nil.
func (s *Signs) ChangePlan(number, name string, gone *bool, by string) (p Plan, err error) {
	err = s.change(func(tx *index.Tx, r *Register) error {
		if p, err = r.plan(number); err != nil {
			return err
		}
		p.Name = cmp.Or(name, p.Name)
		if gone != nil {
			p.Gone = *gone
		}
		return s.putPlan(tx, r, &p, by)
	})
	return p, err
}

func (r *Register) plan(number string) (Plan, error) {
	p, ok := latest(r.Plans, func(o Plan) bool { return o.Number == number })
	if !ok {
		return p, fmt.Errorf("%w: there is no plan %q", ErrNotFound, number)
	}
	return p, nil
}

// putPlan writes the version that follows that of p.
func (s *Signs) putPlan(tx *index.Tx, r *Register, p *Plan, by string) (err error) {
	if p.Name, err = worded(p.Name, "the plan's name", 1, 100); err != nil {
		return err
	}
	if err := s.has(p.Picture); err != nil {
		return err
	}
	p.Version++
	p.Entered = holds.Act{By: by, At: max(tx.Now, p.Entered.At+1)}
	if err := tx.Put(key(planKind, len(r.Plans)+1), *p); err != nil {
		return err
	}
	state := "plan"
	if p.Gone {
		state = "gone"
	}
	return note(tx, by, p.Number, state, p.Name)
}

// Place enters where a camera or a sign is on a plan, or that it is there no more.
func (s *Signs) Place(m Mark, by string) (Mark, error) {
	err := s.change(func(tx *index.Tx, r *Register) error {
		now := r.Latest(tx.Now)
		if err := m.check(now); err != nil {
			return err
		}
		at := tx.Now
		old, known := latest(r.Marks, func(o Mark) bool { return o.Plan == m.Plan && o.what() == m.what() })
		if known {
			at = max(at, old.Entered.At+1)
		}
		if m.Gone {
			if !known || old.Gone {
				return refused("%s is not on %s", m.what(), m.Plan)
			}
			m.X, m.Y, m.Direction, m.View = old.X, old.Y, old.Direction, old.View
		}
		m.Entered = holds.Act{By: by, At: at}
		if err := tx.Put(key(markKind, len(r.Marks)+1), m); err != nil {
			return err
		}
		state := "placed"
		if m.Gone {
			state = "unplaced"
		}
		return note(tx, by, m.Plan, state, m.what())
	})
	return m, err
}

func (p Plan) version() (string, footage.Instant) { return p.Number, p.Entered.At }
func (m Mark) version() (string, footage.Instant) { return m.Plan + " " + m.what(), m.Entered.At }
