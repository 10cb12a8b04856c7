package signage

import (
	"fmt"
	"strings"
	"time"
)

// nynorsk is what a sign says in nynorsk.
func nynorsk(f Facts, area string) []fact {
	var purposes []string
	for i, p := range f.Purposes {
		text := p.Norwegian
		if i < len(f.Nynorsk) {
			text = f.Nynorsk[i]
		}
		purposes = append(purposes, lower(text))
	}
	storage := fmt.Sprintf("Blir sletta seinast etter %s", nynorskLast(f.keep()))
	if f.HoldMaxS > f.KeepS {
		storage += fmt.Sprintf("; inntil %s dersom opptaket sannsynlegvis blir utlevert til politiet", nynorskLast(f.hold()))
	}
	all := []fact{
		{"Kameraovervaka område:", lower(area)},
		{"Behandlingsansvarleg:", Norwegian.controller(f)},
		{"Føremål:", Norwegian.list(purposes) + " (berettiga interesse, GDPR art. 6 (1) f)"},
		{fmt.Sprintf("Opptak: %s. Lyd: %s.", Norwegian.yes(f.Recording), Norwegian.yes(f.Audio)), storage},
		{"Mottakar:", "politiet, ved straffbare handlingar og ulykker"},
		{"Rettar:", "Du kan krevje innsyn, protestere, krevje sletting eller avgrensing, og klage til Datatilsynet"},
		{"Kontakt:", f.Contact},
	}
	if f.Officer != "" {
		all = append(all, fact{"Personvernombod:", f.Officer})
	}
	return all
}

func nynorskLast(d time.Duration) string {
	return strings.NewReplacer("dager", "dagar", "timer", "timar", "minutter", "minutt", "sekunder", "sekund").Replace(Norwegian.last(d))
}

// facts are the operator's own words, with what the configuration says in them.
func (l *Lines) facts(f Facts, area string) (all []fact) {
	fill := strings.NewReplacer("{controller}", Norwegian.controller(f), "{contact}", f.Contact, "{officer}", f.Officer,
		"{keep}", fmt.Sprint(f.KeepS/(24*3600)), "{hold}", fmt.Sprint(f.HoldMaxS/(24*3600)))
	lines := []string{l.Title + ": " + area, l.Controller, l.Purpose, l.Recording, l.Recipient, l.Rights, l.Contact}
	if f.Officer != "" {
		lines = append(lines, l.Officer)
	}
	for _, line := range lines {
		label, text, found := strings.Cut(fill.Replace(line), ": ")
		if found {
			label += ":"
		}
		all = append(all, fact{label, text})
	}
	return all
}
