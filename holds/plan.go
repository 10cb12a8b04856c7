package holds

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Decision is what the sweeper would do with one segment, and why.
type Decision struct {
	Segment vault.Segment
	Delete  bool     // now
	Holds   []string // that cover it
	Why     string   // in words
}

// Plan returns what a step at the site's time now would delete and, of what it would
// leave, at most ahead segments in the order in which they will go. It changes
// nothing.
func (h *Holds) Plan(now footage.Instant, ahead int) ([]Decision, error) {
	var plan []Decision
	err := h.Index.View(func(tx *index.Tx) error {
		active, err := activeHolds(tx)
		if err != nil {
			return err
		}
		for s, err := range vault.Due(tx, footage.Always.To) {
			if err != nil {
				return err
			}
			d := Decision{Segment: s, Delete: s.Deadline <= now}
			if !d.Delete {
				if ahead == 0 {
					break
				}
				ahead--
			}
			var covering []Hold
			for _, hold := range active {
				if hold.Covers(s.Camera, s.Span) {
					covering = append(covering, hold)
					d.Holds = append(d.Holds, hold.Number)
				}
			}
			d.Why = explain(s, covering, now, h.Policy().Zone)
			plan = append(plan, d)
		}
		return nil
	})
	return plan, err
}

// explain says in words why s goes when it goes.
func explain(s vault.Segment, covering []Hold, now footage.Instant, zone *time.Location) string {
	at := func(i footage.Instant) string { return i.Time().In(zone).Format("2006-01-02 15:04:05 MST") }
	age := func(deadline footage.Instant) string { return inWords(deadline.Sub(s.Span.From)) }
	verb := "goes"
	if s.Deadline <= now {
		verb = "is due since"
	}
	recorded := fmt.Sprintf("recorded %s, %s %s", at(s.Span.From), verb, at(s.Deadline))
	var held, frozen, by []string
	for _, hold := range covering {
		if hold.Freeze() {
			frozen = append(frozen, hold.Number)
		} else {
			held = append(held, hold.Number)
		}
	}
	together := func(numbers []string) string { slices.Sort(numbers); return strings.Join(numbers, " and ") }
	if len(held) > 0 {
		by = append(by, "held by "+together(held))
	}
	if len(frozen) > 0 {
		by = append(by, "frozen for a person's request by "+together(frozen))
	}
	viewers := ""
	switch {
	case s.ReservedAt(now):
		viewers = "; only the privacy role views it"
	case s.Reserved != 0:
		viewers = fmt.Sprintf("; from %s on only the privacy role views it", at(s.Reserved))
	}
	switch {
	case len(covering) == 0 && s.Deadline > s.Keep:
		return fmt.Sprintf("%s: what kept it longer has ended", recorded)
	case len(covering) == 0:
		return fmt.Sprintf("%s: kept %s, nothing holds it", recorded, age(s.Deadline))
	case s.Deadline == s.Keep:
		return fmt.Sprintf("%s: kept %s; %s ends before that", recorded, age(s.Deadline), together(append(held, frozen...)))
	case s.Deadline == s.Ceiling:
		return fmt.Sprintf("%s: %s, to the ceiling of %s%s", recorded, strings.Join(by, ", "), age(s.Deadline), viewers)
	default:
		return fmt.Sprintf("%s: %s until then%s", recorded, strings.Join(by, ", "), viewers)
	}
}

// inWords writes d as days, hours, minutes and seconds, without the zeros: a
// week is "7 days", whatever a clock change made of its hours.
func inWords(d time.Duration) string {
	if d <= 0 {
		return "0 seconds"
	}
	var parts []string
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}} {
		if n := d / u.unit; n > 0 {
			name := u.name
			if n > 1 {
				name += "s"
			}
			parts = append(parts, fmt.Sprintf("%d %s", n, name))
			d -= n * u.unit
		}
	}
	if len(parts) == 0 {
		return d.String()
	}
	return strings.Join(parts, " ")
}
