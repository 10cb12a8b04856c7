package statement

import (
	"fmt"
	"strings"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault"
	"github.com/sjudager/sjudager/vault/footage"
)

// Language is what a statement is worded in. What is signed is the same in both.
type Language string

// The languages.
const (
	Norwegian Language = "nb" // bokmål
	English   Language = "en"
)

// tongue words a statement, with the times of its site.
type tongue struct {
	Language
	zone *time.Location
}

func speak(l Language, zone string) (tongue, error) {
	if l != Norwegian && l != English {
		return tongue{}, fmt.Errorf("%w: %q is not nb or en", ErrAsked, l)
	}
	z, err := time.LoadLocation(zone)
	if err != nil {
		return tongue{}, fmt.Errorf("%w: its time zone: %w", ErrInvalid, err)
	}
	return tongue{l, z}, nil
}

// say chooses the text of the language.
func (t tongue) say(norwegian, english string, args ...any) string {
	if t.Language == English {
		norwegian = english
	}
	return fmt.Sprintf(norwegian, args...)
}

var (
	weekdays = [2][7]string{
		{"søndag", "mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag"},
		{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
	}
	months = [2][12]string{
		{"januar", "februar", "mars", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "desember"},
		{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
	}
)

// at is an instant on the site's clocks, with the offset where the clocks show the same
// twice.
func (t tongue) at(i footage.Instant) string {
	if i == 0 {
		return "–"
	}
	form := "02.01.2006 15:04:05"
	if t.Language == English {
		form = "2 January 2006 15:04:05"
	}
	local := i.Time().In(t.zone)
	if len(footage.Showing(footage.ReadingAt(i, t.zone), t.zone)) > 1 {
		form += " -07:00"
	}
	return local.Format(form)
}

// date writes a day such as 2026-07-04 in words.
func (t tongue) date(day string) string {
	d, err := time.Parse(dateForm, day)
	if err != nil {
		return day
	}
	l := 0
	if t.Language == English {
		l = 1
	}
	return t.say("%s %d. %s %d", "%s %d %s %d", weekdays[l][d.Weekday()], d.Day(), months[l][d.Month()-1], d.Year())
}

// lasting is a number of seconds as hours, minutes and seconds.
func (t tongue) lasting(s int64) string {
	var parts []string
	for _, u := range []struct {
		seconds int64
		nb, en  string
	}{{3600, "t", "h"}, {60, "min", "min"}, {1, "s", "s"}} {
		if n := s / u.seconds; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, t.say(u.nb, u.en)))
			s -= n * u.seconds
		}
	}
	if len(parts) == 0 {
		return "0"
	}
	return strings.Join(parts, " ")
}

// days is a number of seconds as days where it is that.
func (t tongue) days(s int64) string {
	if s > 0 && s%86400 == 0 {
		if s == 86400 {
			return t.say("1 døgn", "1 day")
		}
		return t.say("%d døgn", "%d days", s/86400)
	}
	return t.lasting(s)
}

// number groups digits by three.
func (t tongue) number(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "\u00a0" + s[i:]
	}
	return s
}

// size is bytes in a unit that people know.
func (t tongue) size(n int64) string {
	units := []string{"byte", "kB", "MB", "GB", "TB", "PB"}
	f, i := float64(n), 0
	for ; f >= 1000 && i < len(units)-1; i++ {
		f /= 1000
	}
	s := fmt.Sprintf("%.1f", f)
	if i == 0 {
		s = fmt.Sprint(n)
	}
	if t.Language == Norwegian {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s + "\u00a0" + units[i]
}

// deletion says why footage was deleted.
func (t tongue) deletion(cause string) string { return t.say(DeletionInWords(cause)) }

// DeletionInWords says why footage was deleted or is not there, in bokmål and in English:
// cause is a vault.Cause or a footage.Cause.
func DeletionInWords(cause string) (norwegian, english string) {
	switch vault.Cause(cause) {
	case vault.ByDeadline:
		return "slettefristen var nådd", "its deadline had come"
	case vault.ByHoldEnd:
		return "sikringen eller begrensningen som forlenget fristen, var utløpt", "the hold or freeze that had kept it longer had run out"
	case vault.ByCeiling:
		return "det var sikret, og den lengste tillatte lagringstiden var nådd", "it was held, and the longest time that is allowed had passed"
	case vault.ByHoldClosed:
		return "sikringen ble opphevet etter at slettefristen var passert", "its hold was ended after its own deadline had passed"
	case vault.ByFreezeClosed:
		return "begrensningen ble opphevet etter at slettefristen var passert", "its freeze was ended after its own deadline had passed"
	case vault.ByRetention:
		return "lagringstiden var forkortet", "the retention period had been shortened"
	case vault.ByOrphan:
		return "det lå i lageret uten å stå i registeret, og slettefristen var passert", "it lay in the store without being in the index, and its deadline had passed"
	case vault.ByRoom:
		return "førtidig sletting: det måtte gi plass til nyere opptak", "early deletion: it had to make room for newer footage"
	}
	for _, c := range footage.Causes {
		if string(c) == cause {
			return CauseInWords(c)
		}
	}
	return "årsaken er ikke oppgitt", "the cause is not stated"
}

// gap says why there is no footage.
func (t tongue) gap(c footage.Cause) string { return t.say(CauseInWords(c)) }

// CauseInWords says why there is no footage, in bokmål and in English.
func CauseInWords(c footage.Cause) (norwegian, english string) {
	switch c {
	case footage.CauseNew:
		return "kameraet var nytt i oppsettet", "the camera was new in the configuration"
	case footage.CauseUnreachable:
		return "kameraet svarer ikke", "the camera does not answer"
	case footage.CauseRefused:
		return "kameraet avviser oss", "the camera refuses us"
	case footage.CauseUnsupported:
		return "kameraet har ingen video som kan tas opp", "the camera has no video that can be recorded"
	case footage.CauseEnded:
		return "kameraet brøt forbindelsen", "the camera ended the connection"
	case footage.CauseStalled:
		return "kameraet sluttet å sende bilder", "the camera stopped sending pictures"
	case footage.CauseNoKeyFrame:
		return "kameraet sendte ingen hele bilder", "the camera sent no whole pictures"
	case footage.CauseChanged:
		return "kameraet byttet innstillinger", "the camera changed its settings"
	case footage.CauseDisk:
		return "disken kunne ikke skrives", "the disk could not be written"
	case footage.CauseConfiguration:
		return "kameraet ble slått av eller endret i oppsettet", "the camera was switched off or changed in the configuration"
	case footage.CauseWithheld:
		return "kameraet var ikke varslet eller vurdert, og skulle ikke ta opp", "the camera was not announced or not assessed, and was not to record"
	case footage.CauseStopped:
		return "Sjudager var stanset", "Sjudager was stopped"
	case footage.CauseKilled:
		return "Sjudager eller maskinen stoppet brått", "Sjudager or the machine ended abruptly"
	case footage.CauseDamaged:
		return "opptaket kunne ikke leses", "the footage could not be read"
	case footage.CauseSpoolFull:
		return "førtidig sletting: mellomlageret var fullt", "deleted early: the spool was full"
	case footage.CauseLost:
		return "opptaket er gått tapt i lageret", "the footage was lost from the store"
	case footage.CauseUnknown:
		return "ukjent årsak", "cause unknown"
	}
	return string(c), string(c)
}

// ground says why footage is held.
func (t tongue) ground(code string) string { return t.say(GroundInWords(holds.Ground(code))) }

// GroundInWords says why footage is held or frozen, in bokmål and in English.
func GroundInWords(g holds.Ground) (norwegian, english string) {
	switch g {
	case holds.DataSubject:
		return "krav fra den registrerte", "request of the person in it"
	case holds.Restriction:
		return "begrensning av behandling, art. 18", "restriction of processing, art. 18"
	case holds.Recovered:
		return "gjenopprettet: det er ikke kjent hva som var sikret", "recovered: it is not known what of it was held"
	}
	if rule, known := g.Rule(); known {
		return rule.Norwegian, rule.English
	}
	return string(g), string(g)
}

// became says in a sentence or two what became of a piece.
func (t tongue) became(p Piece, since footage.Instant) string {
	switch p.What {
	case Stored:
		return t.say("Opptaket finnes. Det slettes fra og med %s.", "The footage is there. It goes from %s on.", t.at(p.Until))
	case Waiting:
		return t.say("Det er tatt opp, og er på vei inn i lageret.", "It has been recorded, and is on its way into the store.")
	case Deleted:
		s := t.say("Opptaket fantes, og er slettet: %s. ", "The footage existed, and was deleted: %s. ", t.deletion(p.Cause))
		if p.Deadline != 0 {
			s += t.say("Slettefristen var fra og med %s. ", "Its deadline was from %s on. ", t.at(p.Deadline))
		}
		s += t.say("Senest %s var det kontrollert at alt av det var borte.", "By %s all of it had been seen to be gone.", t.at(p.Gone))
		if p.LateS > 0 {
			s += " " + t.say("Lengste tid fra det skulle slettes til det var borte: %s.", "The longest time from when it was due until it was gone: %s.", t.lasting(p.LateS))
		}
		return s
	case DeletedEarly:
		return t.say("Opptaket fantes, og gikk tapt eller ble slettet før slettefristen %s: %s. Skrevet ned %s.", "The footage existed, and was lost or deleted before its deadline %s: %s. Written down %s.",
			t.at(p.Deadline), t.deletion(p.Cause), t.at(p.Gone))
	case Gap:
		return t.say("Det finnes ikke opptak, og det har ikke vært noe: %s.", "There is no footage, and there was none: %s.", t.gap(footage.Cause(p.Cause)))
	case Recorded:
		return t.say("Det ble tatt opp, og ingen post i loggen sier at det er slettet.", "It was recorded, and no entry of the log says that it was deleted.")
	case Before:
		return t.say("Loggen begynner %s. Om tiden før er det ingen opplysninger om opptak.", "The log begins %s. Of the time before it there is no record of recording.", t.at(since))
	case Future:
		return t.say("Tidspunktet var ikke kommet da svaret ble gitt.", "That time had not come when the answer was given.")
	}
	return t.say("Loggen har ingen opplysninger om opptak.", "The log has no record of recording.")
}

// ended says how a hold has ended.
func (t tongue) ended(h Held) string {
	switch {
	case h.Ended == 0:
		return t.say("i kraft til %s", "in force until %s", t.at(h.Until))
	case h.How == string(ledger.HoldLapsed):
		return t.say("utløp %s", "ran out %s", t.at(h.Ended))
	}
	return t.say("opphevet %s", "ended %s", t.at(h.Ended))
}

// gist says in one sentence what an answer comes to.
func (t tongue) gist(a *Answer) string {
	var has [3]bool // stored, deleted, nothing
	for _, p := range a.Pieces {
		switch p.What {
		case Stored, Waiting, Recorded:
			has[0] = true
		case Deleted, DeletedEarly:
			has[1] = true
		default:
			has[2] = true
		}
	}
	switch has {
	case [3]bool{true, false, false}:
		return t.say("Det finnes opptak av hele tidsrommet.", "There is footage of the whole span.")
	case [3]bool{false, true, false}:
		return t.say("Det fantes opptak av hele tidsrommet. Alt er slettet.", "There was footage of the whole span. All of it has been deleted.")
	case [3]bool{false, false, true}:
		return t.say("Det finnes ikke opptak av tidsrommet, og loggen viser ikke at det har vært noe.", "There is no footage of the span, and the log does not show that there was any.")
	case [3]bool{false, true, true}:
		return t.say("Det fantes opptak av deler av tidsrommet. Alt er slettet.", "There was footage of parts of the span. All of it has been deleted.")
	case [3]bool{true, true, false}, [3]bool{true, true, true}:
		return t.say("Noe av tidsrommet finnes det opptak av, og noe er slettet.", "Of some of the span there is footage, and some has been deleted.")
	}
	return t.say("Det finnes opptak av deler av tidsrommet.", "There is footage of parts of the span.")
}

// Words is an answer for people: what it comes to, and a line for each piece.
func (a *Answer) Words(l Language, zone string) ([]string, error) {
	t, err := speak(l, zone)
	if err != nil {
		return nil, err
	}
	lines := []string{t.gist(a)}
	if !a.Known {
		lines = append(lines, t.say("Verken loggen eller registeret kjenner kameraet %s.", "Neither the log nor the index knows the camera %s.", a.Camera))
	}
	for _, p := range a.Pieces {
		lines = append(lines, fmt.Sprintf("%s – %s: %s", t.at(p.From), t.at(p.To), t.became(p, a.Since)))
	}
	for _, h := range a.Holds {
		lines = append(lines, t.held(h))
	}
	return lines, nil
}

func (t tongue) held(h Held) string {
	what := t.say("Sikring", "Hold")
	if h.Freeze {
		what = t.say("Begrensning", "Freeze")
	}
	s := t.say("%s %s, satt %s, %s", "%s %s, placed %s, %s", what, h.Number, t.at(h.Placed), t.ended(h))
	if h.Ground != "" {
		s += " (" + t.ground(h.Ground) + ")"
	}
	return s + "."
}
