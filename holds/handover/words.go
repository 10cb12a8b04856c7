package handover

import (
	"fmt"
	"strings"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/holds/release"
	"github.com/sjudager/sjudager/holds/statement"
	"github.com/sjudager/sjudager/vault/footage"
)

// What stands on paper is words, in both languages: the codes of the release log, of
// holds, gaps and the ledger are for programs.

// chosen says what a closed list says of a code. The list is the release log's.
func chosen[C ~string](t tongue, code C, list []holds.Choice[C]) string {
	for _, c := range list {
		if c.Code == code {
			return t.say(c.Norwegian, c.English)
		}
	}
	return t.or(string(code))
}

func (t tongue) basis(b release.Basis) string {
	if rule, known := b.Rule(); known {
		return t.say(rule.Norwegian, rule.English) + ", " + rule.Source
	}
	return t.or(string(b))
}

func (t tongue) ground(g holds.Ground) string { return t.say(statement.GroundInWords(g)) }

func (t tongue) closing(c holds.Closing) string {
	if rule, known := c.Rule(); known {
		return t.say(rule.Norwegian, rule.English)
	}
	return t.or(string(c))
}

var holdWords = map[holds.State][2]string{
	holds.Awaiting: {"venter på bekreftelse", "waits to be confirmed"},
	holds.Active:   {"i kraft", "in force"},
	holds.Closed:   {"opphevet", "ended"},
	holds.Lapsed:   {"utløpt", "run out"},
}

func (t tongue) holdState(s holds.State) string {
	if words, known := holdWords[s]; known {
		return t.say(words[0], words[1])
	}
	return t.or(string(s))
}

func (t tongue) cause(c footage.Cause) string { return t.say(statement.CauseInWords(c)) }

var stateWords = map[release.State][2]string{
	release.Draft:     {"ikke avgjort", "not decided"},
	release.Approved:  {"godkjent", "approved"},
	release.Exported:  {"pakke laget", "package built"},
	release.Delivered: {"overlevert", "handed over"},
	release.Receipted: {"kvittert", "receipted"},
	release.Closed:    {"avsluttet", "closed"},
	release.Refused:   {"avslått", "refused"},
}

func (t tongue) state(s release.State) string {
	if words, known := stateWords[s]; known {
		return t.say(words[0], words[1])
	}
	return t.or(string(s))
}

var actWords = map[release.Act][2]string{
	release.Request:         {"registrert", "entered"},
	release.Correct:         {"rettet", "corrected"},
	release.Attach:          {"dokument lagt ved", "document attached"},
	release.Approve:         {"godkjent", "approved"},
	release.Refuse:          {"avslått", "refused"},
	release.Begin:           {"eksport begynt", "export begun"},
	release.Export:          {"pakke laget", "package built"},
	release.Deliver:         {"overlevert", "handed over"},
	release.Receipt:         {"kvittert", "receipted"},
	release.Verify:          {"åpnet og kontrollert av mottakeren", "opened and verified by the recipient"},
	release.Review:          {"hasteutlevering vurdert av en annen", "emergency release reviewed by another"},
	release.Close:           {"avsluttet", "closed"},
	release.Fail:            {"eksport mislyktes", "export failed"},
	release.Remove:          {"pakken fjernet fra maskinen", "package removed from the appliance"},
	release.EndHold:         {"sikringen oppheves", "hold about to end"},
	release.EraseNames:      {"navn og fritekst slettet", "names and words erased"},
	release.Tell:            {"passord vist", "password told"},
	release.BeginSupplement: {"tillegg begynt", "supplement begun"},
	release.AddSupplement:   {"tillegg laget", "supplement built"},
	release.Notify:          {"mottakeren underrettet", "recipient told"},
	release.Forget:          {"passord slettet", "password destroyed"},
}

func (t tongue) act(a release.Act) string {
	if words, known := actWords[a]; known {
		return t.say(words[0], words[1])
	}
	return t.or(string(a))
}

// clockWords are why an entry about the clock was made (holds.Clock).
var clockWords = map[string][2]string{
	"leapt":     {"klokken hoppet fram", "the clock leapt forward"},
	"was-off":   {"maskinen var av", "the machine was off"},
	"explained": {"andre tidskilder bekreftet klokken", "other sources of time confirmed the clock"},
	"confirmed": {"en person bekreftet klokken", "a person confirmed the clock"},
	"waited":    {"klokken ble godtatt etter et døgn", "the clock was accepted after a day"},
	"undone":    {"klokken ble stilt tilbake", "the clock was set right again"},
	"set-back":  {"klokken ble stilt bakover", "the clock was set back"},
	"caught-up": {"klokken var riktig igjen", "the clock was right again"},
}

func (t tongue) clock(why string) string {
	if words, known := clockWords[why]; known {
		return t.say(words[0], words[1])
	}
	return t.say("klokken ble flyttet", "the clock was moved")
}

var clockStateWords = map[footage.ClockState][2]string{
	footage.ClockSynced:   {"synkron", "in step"},
	footage.ClockHoldover: {"fulgte tid, uten kontakt siste time", "followed time, without contact for an hour"},
	footage.ClockUnsynced: {"fulgte ingen tidskilde", "followed no source of time"},
	"":                    {"ikke registrert", "not registered"},
}

func (t tongue) clockState(s footage.ClockState) string {
	words := clockStateWords[s]
	return t.say(words[0], words[1])
}

// sourceWords are the sources of time by holds.ClockSource.Name.
var sourceWords = map[string][2]string{
	"kernel": {"operativsystemets kjerne, om tidstjenesten", "the operating system's kernel, of the time service"},
	"store":  {"klokken på objektlagerets tjener", "the clock of the object store's server"},
}

func (t tongue) source(name string) string {
	if words, known := sourceWords[name]; known {
		return t.say(words[0], words[1])
	}
	return t.or(name)
}

func (t tongue) sources(names []string) string {
	var all []string
	for _, name := range names {
		all = append(all, t.source(name))
	}
	return t.or(strings.Join(all, "; "))
}

// opinion is what a source said about the clock when it was last asked.
func (t tongue) opinion(o holds.Opinion) string {
	switch {
	case o.Fault != "":
		return t.say("visste det ikke da den sist ble spurt", "did not know when it was last asked")
	case o.Agrees:
		return t.say("bekreftet klokken da den sist ble spurt", "confirmed the clock when it was last asked")
	}
	return t.say("var %s unna da den sist ble spurt", "was %s away when it was last asked", t.lasts(o.Ahead.Abs()))
}

// guard is how the guard of the clock stands.
func (t tongue) guard(c Clock) string {
	switch {
	case !c.Guarded:
		return t.say("ikke registrert", "not registered")
	case c.Status.Pause != nil:
		return t.say("klokken har hoppet %s fram siden %s, uten at noen har bekreftet den", "the clock has leapt forward by %s since %s, and nobody has confirmed it", t.lasts(c.Status.Pause.Ahead), t.at(c.Status.Pause.Since))
	case c.Status.Behind:
		return t.say("maskinens klokke går etter tiden som har gått", "the machine's clock is behind the time that has passed")
	}
	return t.say("klokken stemte med tiden som har gått på maskinen, da pakken ble laget", "the clock was in keeping with the time that has passed on the machine when the package was made")
}

// entry says what an entry of the ledger tells besides its kind and time.
func (t tongue) entry(e ledger.Entry) string {
	var parts []string
	say := func(text string) {
		if text != "" {
			parts = append(parts, text)
		}
	}
	for _, id := range []string{"hold", "release", "request", "sign", "camera"} {
		say(e.Text(id))
	}
	if e.Text("camera") == "" {
		say(strings.Join(e.Cameras(), ", "))
	}
	if s := e.Text("act"); s != "" {
		say(t.act(release.Act(s)))
	}
	if s := e.Text("state"); s != "" && e.Kind == ledger.Released {
		say(t.say("nå: ", "now: ") + t.state(release.State(s)))
	}
	if s := e.Text("ground"); s != "" {
		say(t.ground(holds.Ground(s)))
	}
	if s := e.Text("code"); s != "" {
		say(t.closing(holds.Closing(s)))
	}
	if s := e.Text("cause"); s != "" {
		say(t.say(statement.DeletionInWords(s)))
	}
	if e.Kind == ledger.ClockEvent {
		say(t.clock(e.Text("why")))
		say(fmt.Sprintf("%+d ms", e.Int("delta_ms")))
	}
	if e.Kind == ledger.Retention {
		say(days(time.Duration(e.Int("keep"))*time.Second, t) + " / " + days(time.Duration(e.Int("hold_max"))*time.Second, t))
	}
	var s footage.Span
	if s.From.UnmarshalText([]byte(e.Text("from"))) == nil && s.To.UnmarshalText([]byte(e.Text("to"))) == nil && s.From < s.To {
		say(t.span(s))
	}
	return strings.Join(parts, "; ")
}

func (t tongue) measure(n int, unit string) string {
	if n == 0 {
		return t.say("ikke registrert", "not registered")
	}
	return fmt.Sprintf("%d %s", n, unit)
}

func (t tongue) direction(deg *int) string {
	if deg == nil {
		return t.say("ikke registrert", "not registered")
	}
	return t.say("%d° (fra nord, med klokken)", "%d° (clockwise from north)", *deg)
}

// density is what a density of pixels is enough for (EN IEC 62676-4, 6.7).
func (t tongue) density(pixels int) string {
	if pixels == 0 {
		return t.say("ikke registrert", "not registered")
	}
	class := t.say("under overvåking", "less than monitoring")
	for _, c := range []struct {
		least  int
		nb, en string
	}{{12, "overvåking", "monitoring"}, {25, "detektering", "detection"}, {62, "observasjon", "observation"}, {125, "gjenkjenning", "recognition"}, {250, "identifisering", "identification"}, {1000, "inspeksjon", "inspection"}} {
		if pixels >= c.least {
			class = t.say(c.nb, c.en)
		}
	}
	return fmt.Sprintf("%d (%s)", pixels, class)
}
