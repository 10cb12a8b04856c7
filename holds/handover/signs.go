package handover

import (
	"fmt"
	"strings"
	"time"

	"github.com/sjudager/sjudager/holds/paper"
	"github.com/sjudager/sjudager/vault/footage"
)

// SignState is what the sign register says of a camera over a span: whether the camera
// was announced when the footage was recorded (R93).
type SignState struct {
	Camera  footage.CameraID `json:"camera"`
	Span    footage.Span     `json:"span"`
	Periods []SignPeriod     `json:"periods"` // that make up the span; a new one begins where anything changed
}

// SignPeriod is a part of a span in which nothing changed.
type SignPeriod struct {
	Span      footage.Span   `json:"span"`
	Known     bool           `json:"known"`   // the register had the camera then
	Covered   bool           `json:"covered"` // every public entrance of the zone had a valid sign
	Hole      string         `json:"hole"`    // of the zone itself; "": none, look at the entrances
	Zone      string         `json:"zone"`
	ZoneNo    string         `json:"zone_number"` // "": the register had none of the name
	Override  string         `json:"override"`    // the reason for which it recorded all the same; "": none stood
	Entrances []SignEntrance `json:"entrances"`   // the public ones
}

// SignEntrance is a public entrance of the camera's zone.
type SignEntrance struct {
	ID    string     `json:"id"`
	Name  string     `json:"name"`
	Hole  string     `json:"hole"` // "": it had a valid sign
	Signs []SignThen `json:"signs"`
}

// SignThen is a sign that hung before an entrance.
type SignThen struct {
	Number    string          `json:"number"`
	Version   int             `json:"version"` // of its record
	Text      int             `json:"text"`    // the text version that was printed on it
	Valid     bool            `json:"valid"`
	Faults    []string        `json:"faults"`  // why it was not
	Differs   []string        `json:"differs"` // what of its text was not so
	KeepS     int64           `json:"keep_s"`  // the retention that it stated, in seconds
	HoldS     int64           `json:"hold_s"`  // and that of what the police may need
	Inspected footage.Instant `json:"inspected"`
	By        string          `json:"inspected_by"` // an id
}

// signWords say in both languages what the register's codes mean.
var signWords = map[string][2]string{
	"no-zone":     {"sonen stod ikke i skiltregisteret", "the zone was not in the sign register"},
	"no-decision": {"sonen manglet en gyldig beslutning om at kameraer er nødvendige", "the zone had no decision in force that cameras are necessary"},
	"no-sign":     {"det var ikke noe skilt her", "there was no sign here"},
	"no-valid":    {"ingen av skiltene her var gyldige", "none of the signs here was valid"},
	"not-up":      {"ikke hengt opp ennå", "not up yet"},
	"text":        {"sa noe som ikke stemte", "said what was not so"},
	"uninspected": {"ikke kontrollert etter at det ble hengt opp eller endret", "not inspected since it went up or was changed"},
	"overdue":     {"kontrollen var for gammel", "the inspection was too old"},
	"defective":   {"siste kontroll fant en mangel", "the latest inspection had found a defect"},
}

func (t tongue) sign(code string) string {
	if w, ok := signWords[code]; ok {
		return t.say(w[0], w[1])
	}
	return code
}

func (b *builder) signPaper(d *paper.Document, t tongue) {
	if len(b.Signs) == 0 {
		d.Text(t.say("Skiltregisteret sier ikke noe om disse kameraene. Hvilke skilt som varslet om dem da opptakene ble gjort, kan derfor ikke dokumenteres i denne pakken. Spør behandlingsansvarlig: %s.",
			"The sign register says nothing of these cameras. Which signs told of them when the footage was recorded can therefore not be documented in this package. Ask the controller: %s.", t.or(b.Site.Contact)))
		return
	}
	d.Text(t.say("Hva skiltregisteret sier om varslingen da opptakene ble gjort. En ny linje begynner der noe endret seg. Personer står med id. De samme opplysningene for programmer: data/maskin/signs.json.",
		"What the sign register says of how the cameras were announced when the footage was recorded. A new part begins where anything changed. People are named by id. The same for programs: data/maskin/signs.json."))
	for _, s := range b.Signs {
		d.Heading(string(s.Camera) + ", " + t.span(s.Span))
		for _, p := range s.Periods {
			b.signPeriod(d, t, p)
		}
	}
}

func (b *builder) signPeriod(d *paper.Document, t tongue, p SignPeriod) {
	verdict := t.say("varslet: hver offentlig inngang hadde et gyldig skilt", "announced: each public entrance had a valid sign")
	switch {
	case !p.Known:
		verdict = t.say("registeret hadde ikke kameraet", "the register did not have the camera")
	case p.Hole != "":
		verdict = t.say("ikke fullt varslet: ", "not fully announced: ") + t.sign(p.Hole)
	case !p.Covered:
		verdict = t.say("ikke fullt varslet, se inngangene", "not fully announced, see the entrances")
	}
	facts := [][2]string{{t.say("Tidsrom", "Span"), t.span(p.Span)}, {t.say("Varsling", "Announcement"), verdict}}
	if p.Known {
		facts = append(facts, [2]string{t.say("Sone", "Zone"), strings.TrimSpace(p.ZoneNo + " " + p.Zone)})
	}
	if p.Override != "" {
		facts = append(facts, [2]string{t.say("Tok likevel opp, fordi", "It recorded all the same, because"), p.Override})
	}
	d.Facts(facts...)
	var rows [][]string
	for _, e := range p.Entrances {
		if len(e.Signs) == 0 {
			rows = append(rows, []string{e.Name, "-", t.sign(e.Hole), "-", "-"})
		}
		for _, g := range e.Signs {
			state := t.say("gyldig", "valid")
			if !g.Valid {
				var why []string
				for _, f := range g.Faults {
					why = append(why, t.sign(f))
				}
				state = t.say("ikke gyldig: ", "not valid: ") + strings.Join(why, ", ")
			}
			inspected := t.say("aldri", "never")
			if g.Inspected != 0 {
				inspected = t.at(g.Inspected) + t.say(" av ", " by ") + g.By
			}
			stated := fmt.Sprintf("%s / %s", days(time.Duration(g.KeepS)*time.Second, t), days(time.Duration(g.HoldS)*time.Second, t))
			rows = append(rows, []string{e.Name, fmt.Sprintf("%s, v%d, %s %d", g.Number, g.Version, t.say("tekst", "text"), g.Text), state, inspected, stated})
		}
	}
	if len(rows) > 0 {
		d.Table([]paper.Column{{Head: t.say("Inngang", "Entrance"), Width: 3}, {Head: t.say("Skilt", "Sign"), Width: 3}, {Head: t.say("Tilstand", "State"), Width: 4},
			{Head: t.say("Sist kontrollert", "Last inspected"), Width: 4}, {Head: t.say("Oppgitt lagring / sikret", "Stated retention / held"), Width: 3}}, rows)
	}
}

// signFacts are what the register says, for programs.
func (b *builder) signFacts() []byte {
	return asJSON(append([]SignState{}, b.Signs...))
}
