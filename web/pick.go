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
	Number   int                // from 1
	Cameras  []footage.CameraID // that are ticked
	Zones    []string           // that are ticked
	From, To moment
	Fresh    bool // it has just been added
}

// N is what the names of its fields end with: nothing in the first row.
func (p pick) N() string {
	if p.Number == 1 {
		return ""
	}
	return strconv.Itoa(p.Number)
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

// readPicks reads the rows of a form that was sent, and says what is wrong with them.
func (f *frame) readPicks(zones map[string][]footage.CameraID, q url.Values, wrong map[string]string) (rows []pick, selected []holds.Selection) {
	for number := 1; number <= holds.MaxSelections; number++ {
		row := pick{Number: number}
		n := row.N()
		if number > 1 && !q.Has("from"+n+"_clock") {
			break
		}
		row.Cameras, row.Zones = cameras(q["camera"+n]), q["zone"+n]
		s := holds.Selection{Cameras: slices.Clip(row.Cameras)}
		s.From, s.To = row.From.read(f, q, "from"+n, wrong), row.To.read(f, q, "to"+n, wrong)
		for _, zone := range row.Zones {
			s.Cameras = append(s.Cameras, zones[zone]...)
		}
		if len(s.Cameras) == 0 {
			wrong["cameras"+n] = f.T("Velg minst ett kamera.", "Choose at least one camera.")
		}
		if wrong["from"+n] == "" && wrong["to"+n] == "" {
			switch {
			case s.Empty():
				wrong["to"+n] = f.T("Slutten må være etter begynnelsen.", "The end must be after the beginning.")
			case s.To > f.Now.Add(holds.MaxAhead):
				wrong["to"+n] = f.F("En sikring kan gjelde høyst %s fram i tid.", "A hold reaches at most %s into the future.", f.For(holds.MaxAhead))
			}
		}
		rows, selected = append(rows, row), append(selected, s)
	}
	return rows, selected
}

// turnPicks does what the buttons of the rows do, and reports whether do is one.
func turnPicks(rows []pick, do string) ([]pick, bool) {
	if do == "add" {
		if len(rows) < holds.MaxSelections {
			last := rows[len(rows)-1]
			rows = append(rows, pick{Number: len(rows) + 1, From: last.From, To: last.To, Fresh: true})
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
