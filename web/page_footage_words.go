package web

import "strings"

// Words are what the script of the page says.
func (p *footagePage) Words() map[string]string {
	return map[string]string{
		"footage":    p.T("Opptak", "Footage"),
		"held":       p.T("sikret", "held"),
		"pending":    p.T("tatt opp, på vei til lageret", "recorded, on its way to the store"),
		"gap":        p.T("Hull i opptaket", "Gap"),
		"deleted":    p.T("Slettet. Slettefristen er passert.", "Deleted. Its deadline has passed."),
		"future":     p.T("Dette har ikke skjedd ennå.", "This has not happened yet."),
		"nothing":    p.T("Ingen opptak.", "No footage."),
		"soon":       p.T("slettes innen en time", "to be deleted within the hour"),
		"loading":    p.T("Henter …", "Loading …"),
		"failed":     p.T("Opptaket kunne ikke hentes.", "The footage could not be loaded."),
		"cannot":     p.T("Denne nettleseren kan ikke spille av denne videoen (%s). Lagre filen og åpne den i for eksempel VLC.", "This browser cannot play this video (%s). Save the file and open it in VLC, for example."),
		"cannotAsk":  p.T("Denne nettleseren kan ikke spille av denne videoen (%s). Be en som kan hente ut opptak, om hjelp.", "This browser cannot play this video (%s). Ask somebody who may take footage out."),
		"save":       p.T("Lagre filen", "Save the file"),
		"remove":     p.T("Fjern", "Remove"),
		"next":       p.T("Neste opptak", "Next footage"),
		"play":       p.T("Spill av", "Play"),
		"pause":      p.T("Pause", "Pause"),
		"idle":       p.T("Avspillingen er lukket fordi ingen har brukt siden på en stund.", "Playback was closed because nobody has used the page for a while."),
		"resume":     p.T("Fortsett", "Go on"),
		"selected":   p.T("Valgt", "Selected"),
		"twice":      p.T("Klokken var %s to ganger denne natten. Hvilken?", "The clocks showed %s twice that night. Which one?"),
		"never":      p.T("Klokken var aldri %s denne natten.", "The clocks never showed %s that night."),
		"time":       p.T("Skriv klokkeslettet som 18:30:05.", "Write the time as 18:30:05."),
		"tooMany":    p.T("Fire kameraer vises allerede. Fjern ett først.", "Four cameras are shown already. Remove one first."),
		"placed":     p.T("Sikret", "Held"),
		"noPurposes": p.T("Disse kameraene har ikke noe felles formål. Vis dem hver for seg.", "These cameras have no purpose in common. Show them one by one."),
	}
}

// speed is a speed of playback.
type speed struct{ Value, Text string }

// Speeds are those that can be chosen.
func (p *footagePage) Speeds() []speed {
	var all []speed
	for _, v := range []string{"0.25", "0.5", "1", "2", "4", "8"} {
		all = append(all, speed{v, p.T(strings.Replace(v, ".", ",", 1), v) + "×"})
	}
	return all
}

// shortcut is what some keys do.
type shortcut struct {
	Keys []string
	Does string
}

// Keys are the keyboard shortcuts, as the script has them.
func (p *footagePage) Keys() []shortcut {
	return []shortcut{
		{[]string{p.T("Mellomrom", "Space"), "K"}, p.T("spill av og stans", "play and pause")},
		{[]string{"J", "L"}, p.T("ti sekunder tilbake og fram", "ten seconds back and on")},
		{[]string{",", "."}, p.T("ett bilde tilbake og fram", "one frame back and on")},
		{[]string{"<", ">"}, p.T("saktere og raskere", "slower and faster")},
		{[]string{"N"}, p.T("neste opptak etter et hull", "the next footage after a gap")},
		{[]string{"T"}, p.T("skriv et klokkeslett", "type a time")},
		{[]string{"1", "–", "9"}, p.T("vis eller skjul kameraet med det nummeret i listen", "show or hide the camera with that number in the list")},
		{[]string{"B", "E"}, p.T("sett begynnelse og slutt på det som skal sikres", "set the beginning and the end of what is to be held")},
		{[]string{"S"}, p.T("sikre opptak", "hold footage")},
		{[]string{"H"}, p.T("hurtigsikring", "quick hold")},
		{[]string{"+", "−"}, p.T("zoom i tidslinjen", "zoom the timeline")},
		{[]string{"←", "→"}, p.T("i tidslinjen: flytt markøren, med Shift lenger", "in the timeline: move the cursor, further with Shift")},
		{[]string{"↑", "↓"}, p.T("i tidslinjen: neste kamera", "in the timeline: the next camera")},
		{[]string{"Page Up", "Page Down"}, p.T("i tidslinjen: tidligere og senere", "in the timeline: earlier and later")},
		{[]string{"Enter"}, p.T("i tidslinjen: spill av fra markøren", "in the timeline: play from the cursor")},
		{[]string{"?"}, p.T("denne hjelpen", "this help")},
	}
}
