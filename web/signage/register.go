package signage

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Register is every record there is, each list in the order of entry. A venue has some
// hundreds of them.
type Register struct {
	Live        []Live
	Texts       []Text
	Zones       []Zone // every version
	Signs       []Sign // every version
	Inspections []Inspection
	Overrides   []Override
	Rounds      []Round
	Plans       []Plan  // every version
	Marks       []Mark  // every one
	Sheets      []Sheet // every version
	Assessments []Assessment
	Admissions  []Admission
}

// The rows, below one part of the index.
const (
	root           = "sign"
	liveKind       = "live"
	textKind       = "text"
	zoneKind       = "zone"
	signKind       = "sign"
	inspectionKind = "inspection"
	overrideKind   = "override"
	roundKind      = "round"
	planKind       = "plan"
	markKind       = "mark"
	sheetKind      = "sheet"
	assessmentKind = "assessment"
	admissionKind  = "admission"
)

// key is where the nth record of a kind lies. Records of a kind are numbered from 1,
// so they sort in the order of entry.
func key(kind string, n int) string { return index.Key(root, kind, fmt.Sprintf("%08d", n)) }

// Load reads the register.
func Load(tx *index.Tx) (*Register, error) {
	r := &Register{}
	for row := range tx.Scan(index.Prefix(root)) {
		var err error
		switch kind := strings.Split(row.Key, "/")[1]; kind {
		case liveKind:
			err = decode(row, &r.Live)
		case textKind:
			err = decode(row, &r.Texts)
		case zoneKind:
			err = decode(row, &r.Zones)
		case signKind:
			err = decode(row, &r.Signs)
		case inspectionKind:
			err = decode(row, &r.Inspections)
		case overrideKind:
			err = decode(row, &r.Overrides)
		case roundKind:
			err = decode(row, &r.Rounds)
		case planKind:
			err = decode(row, &r.Plans)
		case markKind:
			err = decode(row, &r.Marks)
		case sheetKind:
			err = decode(row, &r.Sheets)
		case assessmentKind:
			err = decode(row, &r.Assessments)
		case admissionKind:
			err = decode(row, &r.Admissions)
		}
		if err != nil {
			return nil, fmt.Errorf("couldn't read %s of the sign register: %w", row.Key, err)
		}
	}
	return r, nil
}

func decode[T any](row index.Row, all *[]T) error {
	var v T
	err := row.Decode(&v)
	*all = append(*all, v)
	return err
}

// latest returns the last of all that fits.
func latest[T any](all []T, fits func(T) bool) (last T, found bool) {
	for _, v := range slices.Backward(all) {
		if fits(v) {
			return v, true
		}
	}
	return last, false
}

func (r *Register) text(number int) (Text, bool) {
	return latest(r.Texts, func(t Text) bool { return t.Number == number })
}

// Snapshot is the register as it stood at an instant.
type Snapshot struct {
	At          footage.Instant
	Live        Live // zero before the first configuration was written down
	Texts       []Text
	Zones       []Zone // one version of each
	Signs       []Sign // one version of each, those taken down among them
	Inspections []Inspection
	Overrides   []Override // that stood
	Rounds      []Round
	Plans       []Plan  // one version of each that was in use
	Marks       []Mark  // what was where on those
	Sheets      []Sheet // one version of each
	Assessments []Assessment
	Admissions  []Admission
}

// Snapshot returns the register as it stood at an instant, from what had been entered by
// then: nothing that came later is in it.
func (r *Register) Snapshot(at footage.Instant) Snapshot {
	s := Snapshot{At: at}
	s.Live, _ = latest(r.Live, func(l Live) bool { return l.From <= at })
	for _, t := range r.Texts {
		if t.Effective <= at {
			if t.Retired > at {
				t.Retired = 0
			}
			s.Texts = append(s.Texts, t)
		}
	}
	s.Zones = standing(r.Zones, at, Zone.version)
	s.Signs = standing(r.Signs, at, Sign.version)
	s.Plans = slices.DeleteFunc(standing(r.Plans, at, Plan.version), func(p Plan) bool { return p.Gone })
	s.Marks = slices.DeleteFunc(standing(r.Marks, at, Mark.version), func(m Mark) bool {
		return m.Gone || !slices.ContainsFunc(s.Plans, func(p Plan) bool { return p.Number == m.Plan })
	})
	for _, i := range r.Inspections {
		if i.Done.At <= at {
			if i.Closed.At > at {
				i.Closed.At, i.Closed.By = 0, ""
			}
			s.Inspections = append(s.Inspections, i)
		}
	}
	for _, o := range r.Overrides {
		if o.Placed.At <= at && (o.Ended.At == 0 || o.Ended.At > at) {
			s.Overrides = append(s.Overrides, o)
		}
	}
	for _, round := range r.Rounds {
		if round.Begun.At <= at {
			if round.Closed.At > at {
				round.Closed, round.Reason = holds.Act{}, ""
			}
			s.Rounds = append(s.Rounds, round)
		}
	}
	s.Sheets = standing(r.Sheets, at, Sheet.version)
	for _, a := range r.Assessments {
		if a.Entered.At <= at {
			s.Assessments = append(s.Assessments, a)
		}
	}
	for _, a := range r.Admissions {
		if a.Made.At <= at {
			if a.Ended.At > at {
				a.Ended = holds.Act{}
			}
			s.Admissions = append(s.Admissions, a)
		}
	}
	return s
}

// Latest returns the register with all that has been entered, judged at now. Records are
// in their order also where the clock was put back, and the newest ones count at once.
func (r *Register) Latest(now footage.Instant) Snapshot {
	s := r.Snapshot(always)
	s.At = now
	return s
}

// always is after every record.
const always = footage.Instant(1<<63 - 1)

// standing is the last version by then of each number, in the order of the first.
func standing[T any](all []T, at footage.Instant, of func(T) (string, footage.Instant)) (versions []T) {
	place := map[string]int{}
	for _, v := range all {
		number, entered := of(v)
		if entered > at {
			continue
		}
		if i, known := place[number]; known {
			versions[i] = v
			continue
		}
		place[number] = len(versions)
		versions = append(versions, v)
	}
	return versions
}

// Sign is a sign by its number.
func (s Snapshot) Sign(number string) (Sign, bool) {
	return latest(s.Signs, func(g Sign) bool { return g.Number == number })
}

// Text is a version of what signs and notice say.
func (s Snapshot) Text(number int) (Text, error) {
	t, ok := latest(s.Texts, func(t Text) bool { return t.Number == number })
	if !ok {
		return t, fmt.Errorf("%w: there is no text version %d", ErrNotFound, number)
	}
	return t, nil
}
