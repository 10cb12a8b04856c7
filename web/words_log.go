package web

import (
	"fmt"
	"strings"

	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/holds/release"
	"github.com/sjudager/sjudager/vault/footage"
)

// Kind says what entries of a kind are about.
// kindWords says what the entries of each kind are about.
var kindWords = map[ledger.Kind][2]string{
	ledger.Start:           {"Sjudager startet", "Sjudager started"},
	ledger.Stop:            {"Sjudager stanset", "Sjudager stopped"},
	ledger.Configuration:   {"Oppsettet ble endret", "The configuration changed"},
	ledger.Retention:       {"Lagringstiden ble endret", "The retention changed"},
	ledger.ClockEvent:      {"Klokken hoppet", "The clock leapt"},
	ledger.GapFound:        {"Hull i opptaket", "Gap in the footage"},
	ledger.Recorded:        {"Tatt opp på en dag", "Recorded on a day"},
	ledger.Stated:          {"Slettebevis for en dag", "Deletion statement of a day"},
	ledger.Restored:        {"Indeksen gjenopprettet", "Index restored"},
	ledger.Adopted:         {"Opptak fra lageret tatt inn igjen", "Footage of the store taken in again"},
	ledger.HoldDelivered:   {"Sikret opptak utlevert", "Held footage handed over"},
	ledger.AppealEntered:   {"Oppfordring fra politiet registrert", "Appeal of the police entered"},
	ledger.RequestReceived: {"Krav fra den registrerte mottatt", "Request of a data subject received"},
	ledger.RequestExtended: {"Svarfrist forlenget", "Answer deadline extended"},
	ledger.RequestDecided:  {"Krav avgjort", "Request decided"},
	ledger.RequestClosed:   {"Krav avsluttet", "Request closed"},
	ledger.Logout:          {"Økter avsluttet", "Sessions ended"},
	ledger.UserInvited:     {"Bruker invitert", "User invited"},
	ledger.UserChanged:     {"Bruker endret", "User changed"},
	ledger.TokenMade:       {"Nøkkel for et program laget", "Token for a program made"},
	ledger.TokenRevoked:    {"Nøkkel for et program trukket tilbake", "Token for a program revoked"},
	ledger.HoldPlaced:      {"Opptak sikret", "Footage held"},
	ledger.HoldReviewed:    {"Sikring vurdert på nytt", "Hold reviewed"},
	ledger.HoldConfirmed:   {"Sikring bekreftet", "Hold confirmed"},
	ledger.HoldNarrowed:    {"Sikring innsnevret", "Hold narrowed"},
	ledger.HoldClosed:      {"Sikring opphevet", "Hold ended"},
	ledger.HoldLapsed:      {"Sikring utløpt", "Hold expired"},
	ledger.FreezePlaced:    {"Opptak fryst (begrensning)", "Footage frozen (restriction)"},
	ledger.FreezeClosed:    {"Begrensning opphevet", "Restriction ended"},
	ledger.Deleted:         {"Opptak slettet", "Footage deleted"},
	ledger.DeletedEarly:    {"Førtidig sletting", "Early deletion"},
	ledger.Viewed:          {"Opptak vist", "Footage viewed"},
	ledger.LogRead:         {"Hendelsesloggen lest", "Event log read"},
	ledger.Exported:        {"Opptak hentet ut", "Footage taken out"},
	ledger.Released:        {"Utlevering", "Release"},
	ledger.Login:           {"Logget inn", "Signed in"},
	ledger.LoginFailed:     {"Mislykket innlogging", "Failed sign-in"},
	ledger.RoleChanged:     {"Rolle endret", "Role changed"},
	ledger.SignChanged:     {"Skilt endret", "Sign changed"},
	ledger.Checkpointed:    {"Kontrollpunkt", "Checkpoint"},
	ledger.CheckpointSent:  {"Kontrollpunkt sendt ut av huset", "Checkpoint sent out of the building"},
	ledger.KeyAnnounced:    {"Ny signeringsnøkkel", "New signing key"},
	ledger.PackageKeys:     {"Nøkkel for utleveringspakker", "Key of handover packages"},
	ledger.Erased:          {"Fritekst slettet fra loggen", "Free text erased from the log"},
	ledger.Pruned:          {"Gamle loggposter fjernet", "Old log entries removed"},
}

// Kind says what entries of a kind are about; a kind without words is shown by its
// code.
func (t tongue) Kind(k ledger.Kind) string {
	return t.T(k.Words())
}

// Entry says in words what an entry tells besides its kind.
func (f *frame) Entry(e LogEntry) string {
	var parts []string
	say := func(text string) {
		if text != "" {
			parts = append(parts, text)
		}
	}
	text := func(name string) string { s, _ := e.Fields[name].(string); return s }
	say(text("hold"))
	if c := text("camera"); c != "" {
		say(f.Name(footage.CameraID(c)))
	}
	if list, ok := e.Fields["cameras"]; ok {
		say(f.cameraWords(list))
	}
	from, to := instant(fmt.Sprint(e.Fields["from"])), instant(fmt.Sprint(e.Fields["to"]))
	if from != 0 && to > from {
		say(f.Span(footage.Span{From: from, To: to}))
	}
	if c := text("cause"); c != "" {
		say(f.Cause(footage.Cause(c)))
	}
	if n, ok := number(e.Fields["segments"]); ok {
		say(f.Segments(int(n)))
	}
	if n, ok := number(e.Fields["bytes"]); ok {
		say(f.Bytes(n))
	}
	for _, name := range []string{"user", "role", "release", "sign", "version"} {
		say(text(name))
	}
	if e.Kind == ledger.Released {
		say(f.ReleaseAct(release.Act(text("act"))))
	} else {
		say(text("state"))
	}
	if n, ok := number(e.Fields["delta_ms"]); ok {
		say(fmt.Sprintf("%+d ms", n))
	}
	for _, name := range []string{"reason", "case", "place", "detail", "purpose"} {
		if d, has := e.Details[name]; has && d.Erased {
			say(f.T("(fritekst slettet)", "(free text erased)"))
		} else if has {
			say("«" + d.Text + "»")
		}
	}
	return strings.Join(parts, " · ")
}

func (f *frame) cameraWords(list any) string {
	var names []string
	switch list := list.(type) {
	case []string:
		for _, c := range list {
			names = append(names, f.Name(footage.CameraID(c)))
		}
	case []any:
		for _, c := range list {
			names = append(names, f.Name(footage.CameraID(fmt.Sprint(c))))
		}
	case []footage.CameraID:
		return f.Names(list)
	default:
		return fmt.Sprint(list)
	}
	return strings.Join(names, ", ")
}

func number(v any) (int64, bool) {
	switch n := v.(type) {
	case int64:
		return n, true
	case int:
		return int64(n), true
	case uint64:
		return int64(n), true
	case float64:
		return int64(n), true
	}
	return 0, false
}
