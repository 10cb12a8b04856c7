package signage

import (
	"reflect"
	"slices"

	"github.com/sjudager/sjudager/holds/handover"
	"github.com/sjudager/sjudager/vault/footage"
)

// SignState says from the records how a camera was announced over a span (R93), with a
// new period wherever that changed: also of a camera that was renamed or removed since,
// and of signs that were taken down.
func (r *Register) SignState(camera footage.CameraID, span footage.Span) handover.SignState {
	state := handover.SignState{Camera: camera, Span: span, Periods: []handover.SignPeriod{}}
	changes := r.changes(span)
	for at := span.From; at < span.To; {
		p, until := r.Snapshot(at).period(camera)
		for len(changes) > 0 && changes[0] <= at {
			changes = changes[1:]
		}
		to := span.To
		if len(changes) > 0 {
			to = min(to, changes[0])
		}
		if until > at {
			to = min(to, until)
		}
		p.Span = footage.Span{From: at, To: to}
		at = to
		if n := len(state.Periods); n > 0 {
			last := &state.Periods[n-1]
			same := p
			if same.Span = last.Span; reflect.DeepEqual(same, *last) {
				last.Span.To = p.Span.To
				continue
			}
		}
		state.Periods = append(state.Periods, p)
	}
	return state
}

// changes are the instants within a span at which anything was entered, in order.
func (r *Register) changes(span footage.Span) (all []footage.Instant) {
	add := func(instants ...footage.Instant) {
		for _, i := range instants {
			if i > span.From && i < span.To {
				all = append(all, i)
			}
		}
	}
	for _, l := range r.Live {
		add(l.From)
	}
	for _, z := range r.Zones {
		add(z.Entered.At)
	}
	for _, g := range r.Signs {
		add(g.Entered.At)
	}
	for _, i := range r.Inspections {
		add(i.Done.At)
	}
	for _, round := range r.Rounds {
		add(round.Begun.At)
	}
	for _, o := range r.Overrides {
		add(o.Placed.At, o.Ended.At)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// period is how a camera is announced at this instant, and until when at the latest that
// stays so if nothing is entered; 0: for good.
func (s Snapshot) period(camera footage.CameraID) (p handover.SignPeriod, until footage.Instant) {
	p.Entrances = []handover.SignEntrance{}
	c, known := s.CoverOf(camera)
	if !known {
		return p, 0
	}
	ends := func(at footage.Instant) {
		if at > s.At && (until == 0 || at < until) {
			until = at
		}
	}
	p.Known, p.Covered, p.Hole, p.Zone, p.ZoneNo = true, c.Covered, string(c.Hole), c.Zone, c.Number
	if c.Override != nil {
		p.Override = c.Override.Reason
	}
	if z, ok := latest(s.Zones, func(z Zone) bool { return z.Number == c.Number }); ok && z.Decision != nil {
		ends(z.Decision.Review)
	}
	for _, e := range c.Entrances {
		entrance := handover.SignEntrance{ID: e.ID, Name: e.Name, Hole: string(e.Hole), Signs: []handover.SignThen{}}
		for _, g := range e.Signs {
			then := handover.SignThen{Number: g.Sign, Version: g.Version, Text: g.Text, Valid: g.Valid, Faults: []string{}, Differs: g.Differs, Inspected: g.Inspected}
			for _, f := range g.Faults {
				then.Faults = append(then.Faults, string(f))
			}
			if t, err := s.Text(g.Text); err == nil {
				then.KeepS, then.HoldS = t.Facts.KeepS, t.Facts.HoldMaxS
			}
			if g.Inspection > 0 {
				if i, ok := latest(s.Inspections, func(i Inspection) bool { return i.Number == g.Inspection }); ok {
					then.By = i.Done.By
				}
			}
			// A sign that is not valid for another reason, too, becomes overdue later: its
			// faults are then others, and whether it counts is not.
			ends(g.Until)
			entrance.Signs = append(entrance.Signs, then)
		}
		p.Entrances = append(p.Entrances, entrance)
	}
	return p, until
}
