package signage

import (
	"slices"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
)

// Hole is why something is not covered.
type Hole string

// Holes of a camera, of an entrance, and faults of a sign.
const (
	NoZone      Hole = "no-zone"     // the register has no zone of the name that the camera's has
	NoDecision  Hole = "no-decision" // that the zone's kind needs, or its review is overdue (R43)
	NoSign      Hole = "no-sign"     // none stands before the entrance
	NoValidSign Hole = "no-valid"    // signs stand there, none is valid
	NotUp       Hole = "not-up"      // ordered
	NoText      Hole = "text"        // it says what is not so any more (R116); Differs names it
	Uninspected Hole = "uninspected" // since it went up or was changed
	Overdue     Hole = "overdue"     // its inspection is older than the interval
	Defective   Hole = "defective"   // the latest inspection found something
)

// Standing is a sign before an entrance, and whether it counts.
type Standing struct {
	Sign       string          `json:"sign"`
	Version    int             `json:"version"` // of the sign's record
	Text       int             `json:"text"`    // what is printed on it
	Valid      bool            `json:"valid"`
	Until      footage.Instant `json:"until"`      // when its inspection is out of date, if it is valid
	Inspection int             `json:"inspection"` // the latest one's number; 0: none
	Inspected  footage.Instant `json:"inspected"`
	Faults     []Hole          `json:"faults"`
	Differs    []string        `json:"differs"` // what of its text is not so
}

// EntranceCover is a public entrance and its signs.
type EntranceCover struct {
	Entrance
	Hole  Hole       `json:"hole"` // empty: covered
	Signs []Standing `json:"signs"`
}

// Cover is how a camera is announced.
type Cover struct {
	Camera    footage.CameraID `json:"camera"`
	Name      string           `json:"name"`
	Recording bool             `json:"recording"`
	Zone      string           `json:"zone"` // the name; Number is empty when the register lacks it
	Number    string           `json:"number"`
	Covered   bool             `json:"covered"`
	Hole      Hole             `json:"hole"` // of the zone itself; empty: none, look at the entrances
	Entrances []EntranceCover  `json:"entrances"`
	Override  *Override        `json:"override,omitempty"`
}

// Override is somebody's decision that a camera may record although it is not covered,
// which stays visible until it is ended (R115).
type Override struct {
	Number int              `cbor:"1,keyasint" json:"number"` // from 1
	Camera footage.CameraID `cbor:"2,keyasint" json:"camera"`
	Reason string           `cbor:"3,keyasint" json:"reason"` // 20 to 500 characters
	Placed holds.Act        `cbor:"4,keyasint" json:"placed"`
	Ended  holds.Act        `cbor:"5,keyasint" json:"ended"`
}

// Coverage returns how every camera of the configuration is announced.
func (s Snapshot) Coverage() (all []Cover) {
	for _, c := range s.Live.Cameras {
		all = append(all, s.cover(c))
	}
	return all
}

// CoverOf returns how a camera is announced, and whether the configuration has it.
func (s Snapshot) CoverOf(id footage.CameraID) (Cover, bool) {
	for _, c := range s.Live.Cameras {
		if c.ID == id {
			return s.cover(c), true
		}
	}
	return Cover{}, false
}

func (s Snapshot) cover(c Camera) Cover {
	v := Cover{Camera: c.ID, Name: c.Name, Recording: c.Recording, Zone: c.Zone, Entrances: []EntranceCover{}}
	for _, o := range s.Overrides {
		if o.Camera == c.ID {
			v.Override = &o
		}
	}
	i := slices.IndexFunc(s.Zones, func(z Zone) bool { return z.Name == c.Zone })
	if i < 0 {
		v.Hole = NoZone
		return v
	}
	z := s.Zones[i]
	v.Number = z.Number
	if rule, _ := kindRule(z.Kind); rule.Decision && (z.Decision == nil || z.Decision.Review <= s.At) {
		v.Hole = NoDecision
	}
	v.Covered = v.Hole == ""
	for _, e := range z.Entrances {
		if !e.Public {
			continue
		}
		cover := s.entrance(z.Number, e)
		v.Covered = v.Covered && cover.Hole == ""
		v.Entrances = append(v.Entrances, cover)
	}
	return v
}

func (s Snapshot) entrance(zone string, e Entrance) EntranceCover {
	v := EntranceCover{Entrance: e, Hole: NoSign, Signs: []Standing{}}
	for _, g := range s.Signs {
		if g.State == Down || !slices.Contains(g.Places, Place{zone, e.ID}) {
			continue
		}
		st := s.Standing(g)
		v.Signs = append(v.Signs, st)
		switch {
		case st.Valid:
			v.Hole = ""
		case v.Hole == NoSign:
			v.Hole = NoValidSign
		}
	}
	return v
}

// Standing tells whether a sign is valid.
func (s Snapshot) Standing(g Sign) Standing {
	v := Standing{Sign: g.Number, Version: g.Version, Text: g.Text, Faults: []Hole{}, Differs: []string{}}
	fault := func(is bool, h Hole) {
		if is {
			v.Faults = append(v.Faults, h)
		}
	}
	fault(g.State != Up, NotUp)
	if t, ok := latest(s.Texts, func(t Text) bool { return t.Number == g.Text }); ok {
		v.Differs = append(v.Differs, t.Facts.Differs(s.Live.Facts, g.Languages)...)
	}
	fault(len(v.Differs) > 0, NoText)
	last, inspected := latest(s.Inspections, func(i Inspection) bool { return i.Sign == g.Number })
	if inspected {
		v.Inspection, v.Inspected = last.Number, last.Done.At
		v.Until = s.until(last)
	}
	switch {
	case !inspected || last.Done.At < g.altered():
		fault(true, Uninspected)
	case !last.Passed():
		fault(true, Defective)
	case s.At >= v.Until:
		fault(true, Overdue)
	}
	v.Valid = len(v.Faults) == 0
	if !v.Valid {
		v.Until = 0
	}
	return v
}

// until is how long an inspection is good for: the interval, and at a festival no longer
// than the event's day that it is of.
func (s Snapshot) until(i Inspection) footage.Instant {
	until := i.Done.At.Add(s.Live.inspect())
	if !s.Live.Festival {
		return until
	}
	day := s.Live.EventDay(i.Done.At)
	if r, ok := latest(s.Rounds, func(r Round) bool { return r.Number == i.Round }); ok {
		day = r.Day
	}
	return min(until, s.Live.dayEnds(day))
}

// ranOut is when a sign's latest inspection was out of date, or will be.
func (s Snapshot) ranOut(st Standing) footage.Instant {
	i, _ := latest(s.Inspections, func(i Inspection) bool { return i.Number == st.Inspection })
	return s.until(i)
}
