package web

import (
	"strings"

	"github.com/sjudager/sjudager/holds/release"
)

// ReleaseKind is how footage is made known.
func (t tongue) ReleaseKind(k release.Kind) string { return inWords(t, k, release.Kinds) }

// How is the way in which somebody asked.
func (t tongue) How(h release.How) string { return inWords(t, h, release.Hows) }

// Recipient is what kind of body or person receives.
func (t tongue) Recipient(r release.RecipientKind) string { return inWords(t, r, release.Recipients) }

// Handed is the way in which footage was handed over.
func (t tongue) Handed(c release.Channel) string { return inWords(t, c, release.Channels) }

// Basis is a legal basis.
func (t tongue) Basis(b release.Basis) string {
	rule, known := b.Rule()
	if !known {
		return string(b)
	}
	return t.T(rule.Norwegian, rule.English)
}

// BasisMeans says when a legal basis is the right one, and what it asks for.
func (t tongue) BasisMeans(b release.Basis) string {
	switch b {
	case release.PoliceDemand:
		return t.T("Politiet ber om opptaket og viser til loven. Saksnummer må oppgis.", "The police ask for the footage and name the law. A case number is needed.")
	case release.OwnInitiative:
		return t.T("Vi gir politiet opptaket uten å være spurt. Skriv hvorfor det veier tyngre enn hensynet til dem som er på opptaket.",
			"We give the footage to the police without having been asked. Write why that outweighs the interests of those in it.")
	case release.SeizureOrder:
		return t.T("Det finnes et skriftlig pålegg eller en beslutning. Oppgi hvilket, og saksnummer.", "There is a written order or decision. Say which one, and the case number.")
	case release.ConsentOfAll:
		return t.T("Alle som kan kjennes igjen, har samtykket skriftlig. Samtykkene legges ved før utleveringen godkjennes.",
			"Everybody who can be recognised has consented in writing. The consents are attached before the release is approved.")
	case release.OtherStatute:
		return t.T("En annen lov gir mottakeren rett til opptaket. Oppgi lov og paragraf.", "Another statute gives the recipient a right to the footage. Name statute and section.")
	case release.SubjectCopy:
		return t.T("En person på opptaket får kopi av opptak av seg selv. Andre som kan kjennes igjen, skal være sladdet.",
			"A person in the footage gets a copy of footage of themselves. Others who can be recognised are to be masked.")
	}
	return ""
}

// Allows lists the recipients that a legal basis allows.
func (t tongue) Allows(b release.BasisRule) string {
	var words []string
	for _, r := range b.Recipients {
		words = append(words, strings.ToLower(t.Recipient(r)))
	}
	return strings.Join(words, ", ")
}

// ReleaseState says where a release is in its life.
func (t tongue) ReleaseState(s release.State) string { return inWords(t, s, release.StateWords) }

// ReleaseAct says what was done to a release.
func (t tongue) ReleaseAct(a release.Act) string { return inWords(t, a, release.ActWords) }

// ReleaseFlag says what is to be seen to, and what to do about it.
func (t tongue) ReleaseFlag(f release.Flag) string {
	switch f {
	case release.FlagWritten:
		return t.T("Muntlig anmodning: be om den skriftlige, og legg den ved", "Oral request: ask for the written one, and attach it")
	case release.FlagReview:
		return t.T("Hasteutlevering av én person: en annen må vurdere den innen 24 timer", "Emergency release by one person: another must review it within 24 hours")
	case release.FlagLate:
		return t.T("Hasteutleveringen skulle vært vurdert: gjør det nå", "The emergency release should have been reviewed: do so now")
	case release.FlagReceipt:
		return t.T("Ingen kvittering på sju dager: ring mottakeren", "No receipt for seven days: call the recipient")
	case release.FlagTell:
		return t.T("Mottakeren skal få vite hva den registrerte har krevd: si fra (art. 19)", "The recipient is to be told what a person in it has demanded: tell them (art. 19)")
	case release.FlagMinors:
		return t.T("Trolig mindreårige på opptaket: gi ikke mer enn det som trengs", "Minors are likely in the footage: give no more than is needed")
	case release.FlagMedium:
		return t.T("Slettefristen er passert, og mediet ble aldri overlevert: finn det og slett det", "The deadline has passed, and the medium was never handed over: find it and wipe it")
	}
	return string(f)
}
