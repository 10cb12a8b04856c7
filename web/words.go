package web

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/holds/statement"
	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/web/account"
)

// Cause says why there is no footage.
func (t tongue) Cause(c footage.Cause) string { return t.T(statement.CauseInWords(c)) }

// family groups causes into what the eye should tell apart: a camera's fault, our
// own loss, what was meant to be, and what nobody knows.
func family(c footage.Cause) string {
	switch c {
	case footage.CauseUnreachable, footage.CauseRefused, footage.CauseUnsupported, footage.CauseEnded,
		footage.CauseStalled, footage.CauseNoKeyFrame, footage.CauseChanged:
		return "fault"
	case footage.CauseDisk, footage.CauseDamaged, footage.CauseSpoolFull, footage.CauseKilled, footage.CauseLost:
		return "loss"
	case footage.CauseNew, footage.CauseConfiguration, footage.CauseWithheld, footage.CauseStopped:
		return "meant"
	}
	return "unknown"
}

// State says what a camera does.
func (t tongue) State(h footage.Health) string {
	switch h.State {
	case footage.StateConnecting:
		return t.T("Kobler til", "Connecting")
	case footage.StateRecording:
		return t.T("Tar opp", "Recording")
	case footage.StateDown:
		return t.T("Uten opptak", "Not recording")
	case footage.StateDisabled:
		return t.T("Slått av", "Switched off")
	case footage.StateWithheld:
		return t.T("Tar ikke opp ennå", "Not to record yet")
	}
	return string(h.State)
}

// Codec is the usual way to write a codec's name.
func (t tongue) Codec(c footage.Codec) string {
	switch c {
	case footage.H264:
		return "H.264"
	case footage.H265:
		return "H.265"
	}
	return strings.ToUpper(string(c))
}

// Alarm says what is wrong.
func (t tongue) Alarm(c footage.AlarmCode) string {
	switch c {
	case footage.AlarmCameraDown:
		return t.T("Kamera uten opptak", "Camera not recording")
	case footage.AlarmStore:
		return t.T("Lageret tar ikke imot opptak", "The store does not take footage")
	case footage.AlarmKeys:
		return t.T("Nøklene til opptakene kan ikke skrives eller leses", "The keys of the footage cannot be written or read")
	case footage.AlarmDamagedKey:
		return t.T("Skadet nøkkel", "Damaged key")
	case footage.AlarmDeletion:
		return t.T("Sletting mislykkes", "Deletion fails")
	case footage.AlarmOverdue:
		return t.T("Oversittet slettefrist", "Overdue deletion")
	case footage.AlarmSpool:
		return t.T("Nesten fullt mellomlager", "Spool almost full")
	case footage.AlarmDamaged:
		return t.T("Opptak som ikke kan leses", "Footage that cannot be read")
	case footage.AlarmConfiguration:
		return t.T("Feil i oppsettet", "Faults in the configuration")
	case footage.AlarmCheckpoint:
		return t.T("Kontrollpunkt ikke sendt", "Checkpoint not sent")
	case footage.AlarmLedger:
		return t.T("Hendelsesloggen er ikke den samme", "The event log is not the same")
	case footage.AlarmHolds:
		return t.T("Kopien av sikringene er ikke oppdatert", "The copy of the holds is out of date")
	case footage.AlarmBackup:
		return t.T("Sikkerhetskopieringen feiler", "The backup fails")
	case footage.AlarmLogin:
		return t.T("Noen prøver å gjette et passord", "Somebody guesses at a password")
	case footage.AlarmClock:
		return t.T("Klokken er ikke til å stole på", "The clock cannot be trusted")
	case footage.AlarmRelease:
		return t.T("En utlevering må følges opp", "A release needs attention")
	case footage.AlarmWithheld:
		return t.T("Kamera tar ikke opp før det er varslet og vurdert", "Camera not to record before it is announced and assessed")
	case footage.AlarmSignRegister:
		return t.T("Kameraer tar opp uten skiltregister", "Cameras record without a sign register")
	case footage.AlarmSignHole:
		return t.T("Hull i skiltdekningen", "Hole in the signs' coverage")
	case footage.AlarmSignText:
		return t.T("Et skilt sier noe som ikke stemmer", "A sign says what is not so")
	case footage.AlarmSignInspection:
		return t.T("Skiltkontroll eller utbedring er forfalt", "A sign's inspection or mending is overdue")
	case footage.AlarmSignZone:
		return t.T("Ny sone trenger skilt", "A new zone needs a sign")
	case footage.AlarmAssessment:
		return t.T("Vurderingen av et kamera mangler eller er forfalt", "A camera's assessment is missing or overdue")
	case footage.AlarmOrphans:
		return t.T("Ukjente opptak i lageret", "Unknown footage in the store")
	}
	return string(c)
}

// AlarmEnds says what ends an alarm about signs and assessments.
func (t tongue) AlarmEnds(c footage.AlarmCode) string {
	switch c {
	case footage.AlarmWithheld:
		return t.T("Kameraet begynner å ta opp av seg selv når det som mangler er registrert, eller noen overstyrer med en grunn.", "The camera begins to record by itself once what it lacks is entered, or somebody overrides that with a reason.")
	case footage.AlarmSignRegister:
		return t.T("Slutter når den første sonen er registrert. Deretter kommer ingen nye kameraer i gang uten skilt.", "Ends with the first zone in the register. From then on no new camera begins without signs.")
	case footage.AlarmSignHole:
		return t.T("Slutter når hver offentlig inngang har et gyldig skilt. Kameraet tar opp imens, så ikke bevis går tapt.", "Ends when each public entrance has a valid sign. The camera records meanwhile, so that no evidence is lost.")
	case footage.AlarmSignText:
		return t.T("Slutter når skiltet er byttet med et som har gjeldende tekst, og kontrollert.", "Ends when the sign is replaced by one with the text in force, and inspected.")
	case footage.AlarmSignInspection:
		return t.T("Slutter når skiltet er kontrollert, eller mangelen utbedret.", "Ends when the sign is inspected, or the defect mended.")
	case footage.AlarmSignZone:
		return t.T("Slutter når sonen er registrert og har skilt ved inngangene.", "Ends when the zone is entered, with signs at its entrances.")
	case footage.AlarmAssessment:
		return t.T("Slutter med en ny, godkjent vurdering.", "Ends with a new, approved assessment.")
	}
	return ""
}

// Paused says why deletion does not follow the machine's clock, and what ends that.
func (t tongue) Paused(p *holds.Pause) string {
	ahead, left := t.For(p.Ahead.Round(time.Second)), t.For((holds.LeapWait - p.Waited).Round(time.Minute))
	if p.Leap == holds.WasOff {
		return t.F("maskinen har ifølge klokken vært av i %s. Det som bare er forfalt etter den, vises ikke og slettes ikke før en uavhengig kilde bekrefter klokken, noen går god for den (sjudager clock confirm), den stilles riktig, eller %s til er gått",
			"by its clock the machine was off for %s. What is due only by that is neither shown nor deleted until an independent source agrees with the clock, somebody stands by it (sjudager clock confirm), it is set right, or another %s have passed", ahead, left)
	}
	return t.F("maskinens klokke hoppet %s fram. Det som bare er forfalt etter den, vises ikke og slettes ikke før to uavhengige kilder bekrefter klokken, noen går god for den (sjudager clock confirm), den stilles riktig, eller %s til er gått",
		"the machine's clock leapt forward by %s. What is due only by that is neither shown nor deleted until two independent sources agree with it, somebody stands by it (sjudager clock confirm), it is set right, or another %s have passed", ahead, left)
}

// Ground says why footage may be kept.
func (t tongue) Ground(g holds.Ground) string {
	if g == holds.Recovered {
		return t.T("Indeksen gikk tapt: ukjent hva som var sikret", "The index was lost: it is not known what was held")
	}
	switch g {
	case holds.DataSubject:
		return t.T("Fryst for den registrerte", "Frozen for the person in it")
	case holds.Restriction:
		return t.T("Begrensning av behandling (art. 18)", "Restriction of processing (art. 18)")
	}
	if r, known := g.Rule(); known {
		return t.T(r.Norwegian, r.English)
	}
	return string(g)
}

// Flag says what is to be seen to.
func (t tongue) Flag(f holds.Flag) string {
	switch f {
	case holds.FlagUnreviewed:
		return t.T("ikke vurdert på nytt i tide", "not reviewed in time")
	case holds.FlagNoCase:
		return t.T("mangler saksnummer fra politiet", "lacks a police case number")
	}
	return string(f)
}

// Closing says why a hold has ended, as far as that has a code.
func (t tongue) Closing(c holds.Closing) string {
	rule, _ := c.Rule()
	return t.T(rule.Norwegian, rule.English)
}

// RequestFlag says what is to be seen to of a request.
func (t tongue) RequestFlag(f holds.RequestFlag) string {
	switch f {
	case holds.FlagOverdue:
		return t.T("svarfristen er passert", "its answer is overdue")
	case holds.FlagTell:
		return t.T("begrensningen løper snart ut: den registrerte skal ha beskjed", "the restriction runs out soon: the person is to be told")
	}
	return string(f)
}

// inWords is the text of a code of a closed list.
func inWords[C ~string](t tongue, code C, list []holds.Choice[C]) string {
	for _, c := range list {
		if c.Code == code {
			return t.T(c.Norwegian, c.English)
		}
	}
	return string(code)
}

// RightUsed is which right a person uses.
func (t tongue) RightUsed(r holds.Right) string { return inWords(t, r, holds.Rights) }

// Channel is how a request came.
func (t tongue) Channel(c holds.Channel) string { return inWords(t, c, holds.Channels) }

// Answer is how a request was answered.
func (t tongue) Answer(a holds.Answer) string { return inWords(t, a, holds.Answers) }

// Missing says why a span that was asked for is not there.
func (t tongue) Missing(m holds.Missing) string {
	switch m.Why {
	case holds.LackDeleted:
		return t.T("slettet: slettefristen er passert", "deleted: its deadline has passed")
	case holds.LackGap:
		return t.T("hull i opptaket: ", "gap: ") + t.Cause(m.Cause)
	case holds.LackNotRecorded:
		return t.T("ikke tatt opp", "not recorded")
	}
	return string(m.Why)
}

// HoldState says where a hold is in its life.
func (t tongue) HoldState(s holds.State) string {
	switch s {
	case holds.Awaiting:
		return t.T("venter på bekreftelse", "awaiting confirmation")
	case holds.Active:
		return t.T("aktiv", "active")
	case holds.Closed:
		return t.T("opphevet", "ended")
	case holds.Lapsed:
		return t.T("utløpt", "expired")
	}
	return string(s)
}

// Why says why a segment goes when it goes. holds.Decision.Why is the same for
// the API, in English and with the times in it.
func (t tongue) Why(d holds.Decision) string {
	s := d.Segment
	age := t.For(s.Deadline.Sub(s.Span.From))
	numbers := strings.Join(d.Holds, t.T(" og ", " and "))
	kept := t.T("sikret", "held")
	switch n := len(slices.DeleteFunc(slices.Clone(d.Holds), func(number string) bool { return !frozenBy(number) })); {
	case n == 0:
	case n == len(d.Holds):
		kept = t.T("fryst", "frozen")
	default:
		kept = t.T("sikret og fryst", "held and frozen")
	}
	switch {
	case len(d.Holds) == 0 && s.Deadline > s.Keep:
		return t.T("sikringen eller begrensningen er utløpt", "its hold or freeze has expired")
	case len(d.Holds) == 0:
		return fmt.Sprintf(t.T("lagret %s, ingen sikring", "kept %s, no hold"), age)
	case s.Deadline == s.Keep:
		return fmt.Sprintf(t.T("lagret %s, %s utløper før det", "kept %s, %s expires before that"), age, numbers)
	case s.Deadline == s.Ceiling:
		return t.F("%s av %s, til taket på %s", "%s by %s, to the ceiling of %s", kept, numbers, age)
	default:
		return t.F("%s av %s til da", "%s by %s until then", kept, numbers)
	}
}

// frozenBy reports whether a number is that of a freeze.
func frozenBy(number string) bool { return strings.HasPrefix(number, "F-") }

// Actor says who did something, as far as that is known without a name.
func (t tongue) Actor(by string) string {
	if by == "web" { // in ledgers from before there were accounts
		return t.T("nettsiden", "the web page")
	}
	if by == ledger.System {
		return t.T("systemet", "the system")
	}
	if uid, ok := strings.CutPrefix(by, "uid:"); ok {
		return t.F("kommandolinjen (bruker-id %s)", "the command line (user id %s)", uid)
	}
	return by
}

// Role is what somebody is here for.
func (t tongue) Role(r account.Role) string {
	switch r {
	case account.Guard:
		return t.T("Vekter", "Guard")
	case account.Lead:
		return t.T("Sikkerhetsansvarlig", "Security lead")
	case account.Approver:
		return t.T("Godkjenner", "Approver")
	case account.Privacy:
		return t.T("Personvern", "Privacy")
	case account.Admin:
		return t.T("Administrator", "Administrator")
	case account.Supplier:
		return t.T("Leverandør", "Supplier")
	}
	return string(r)
}
