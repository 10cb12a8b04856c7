package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/vault/footage"
)

// pick is a row of a form: cameras, and a span of what they record. A form that may
// have several has buttons that add and remove rows; each posts the whole form and
// gets it back, so that they need no script.
type pick struct {
	Set      string             // what the names of its fields begin with, where a form has several lists of rows
	Number   int                // from 1
	Cameras  []footage.CameraID // that are ticked
	Zones    []string           // that are ticked
	From, To moment
	Fresh    bool // it has just been added
}

// Field is the name of one of its fields. In the first row no number ends it.
func (p pick) Field(name string) string {
	if p.Number == 1 {
		return p.Set + name
	}
	return p.Set + name + strconv.Itoa(p.Number)
}

// TickedZone reports whether all cameras of a zone are asked for.
func (p pick) TickedZone(zone string) bool { return slices.Contains(p.Zones, zone) }

// Ticked reports whether camera is asked for.
func (p pick) Ticked(camera footage.CameraID) bool { return slices.Contains(p.Cameras, camera) }

// freshSpan proposes what the address asks for, or else the last ten minutes.
func (f *frame) freshSpan(q url.Values) (from, to moment) {
	const second = footage.Instant(time.Second / time.Microsecond)
	span := footage.Span{From: instant(q.Get("from")), To: instant(q.Get("to"))}
	if span.From == 0 || span.Empty() {
		span = footage.Span{From: f.Now.Add(-10 * time.Minute), To: f.Now}
	}
	return f.moment(span.From / second * second), f.moment((span.To + second - 1) / second * second)
}

// freshPicks is one row with what the address asks for: cameras, zones, from and to.
func (f *frame) freshPicks(q url.Values) []pick {
	row := pick{Number: 1, Cameras: cameras(q["camera"]), Zones: q["zone"]}
	row.From, row.To = f.freshSpan(q)
	return []pick{row}
}

// cameras are those of ids that are well formed.
func cameras(ids []string) (all []footage.CameraID) {
	for _, id := range ids {
		if camera, err := footage.ParseCameraID(id); err == nil {
			all = append(all, camera)
		}
	}
	return all
}

// picksOf are rows that choose selections, to whole seconds.
func (f *frame) picksOf(set string, all []holds.Selection) (rows []pick) {
	const second = footage.Instant(time.Second / time.Microsecond)
	for i, s := range all {
		rows = append(rows, pick{Set: set, Number: i + 1, Cameras: s.Cameras, From: f.formed(s.From / second * second), To: f.formed((s.To + second - 1) / second * second)})
	}
	return rows
}

// formed is a moment of a day that can be chosen, or else is written.
func (f *frame) formed(i footage.Instant) moment {
	if m := f.moment(i); f.choosable(m.Day) {
		return m
	}
	return f.typed(i)
}

func (f *frame) choosable(day string) bool {
	return day == "" || slices.ContainsFunc(f.FormDays(), func(w wall) bool { return w.Format(dayForm) == day })
}

// readPicks reads the rows of a form that was sent, and says what is wrong with them.
func (f *frame) readPicks(set string, zones map[string][]footage.CameraID, q url.Values, wrong map[string]string) (rows []pick, selected []holds.Selection) {
	for number := 1; number <= holds.MaxSelections; number++ {
		row := pick{Set: set, Number: number}
		from, to := row.Field("from"), row.Field("to")
		if number > 1 && !q.Has(from+"_clock") {
			break
		}
		row.Cameras, row.Zones = cameras(q[row.Field("camera")]), q[row.Field("zone")]
		s := holds.Selection{Cameras: slices.Clip(row.Cameras)}
		row.From.Typed, row.To.Typed = !f.choosable(q.Get(from+"_day")), !f.choosable(q.Get(to+"_day"))
		s.From, s.To = row.From.read(f, q, from, wrong), row.To.read(f, q, to, wrong)
		for _, zone := range row.Zones {
			s.Cameras = append(s.Cameras, zones[zone]...)
		}
		if len(s.Cameras) == 0 {
			wrong[row.Field("cameras")] = f.T("Velg minst ett kamera.", "Choose at least one camera.")
		}
		if wrong[from] == "" && wrong[to] == "" {
			switch {
			case s.Empty():
				wrong[to] = f.T("Slutten må være etter begynnelsen.", "The end must be after the beginning.")
			case s.To > f.Now.Add(holds.MaxAhead):
				wrong[to] = f.F("En sikring kan gjelde høyst %s fram i tid.", "A hold reaches at most %s into the future.", f.For(holds.MaxAhead))
			}
		}
		rows, selected = append(rows, row), append(selected, s)
	}
	return rows, selected
}

// turnPicks does what the buttons of the rows do, and reports whether do is one.
func turnPicks(rows []pick, do string) ([]pick, bool) {
	do, ours := strings.CutPrefix(do, rows[0].Set)
	if !ours {
		return rows, false
	}
	if do == "add" {
		if len(rows) < holds.MaxSelections {
			last := rows[len(rows)-1]
			rows = append(rows, pick{Set: last.Set, Number: len(rows) + 1, From: last.From, To: last.To, Fresh: true})
		}
		return rows, true
	}
	text, ok := strings.CutPrefix(do, "remove")
	number, err := strconv.Atoi(text)
	if !ok || err != nil {
		return rows, false
	}
	if len(rows) > 1 {
		rows = slices.DeleteFunc(rows, func(p pick) bool { return p.Number == number })
	}
	for i := range rows {
		rows[i].Number = i + 1
	}
	return rows, true
}
