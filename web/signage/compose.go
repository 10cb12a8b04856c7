package signage

import "fmt"

// compose writes the notice of the facts: all that article 13 of the GDPR asks for and
// the product knows.
func compose(f Facts, l Language) Notice {
	n := Notice{
		Title: l.say("Kameraovervåking: %s", "Camera surveillance: %s", f.Site),
		Short: l.say("%s overvåker området med kamera for å %s. Opptak: %s. Lyd: %s. Opptak %s. Du kan kreve innsyn, protestere, kreve sletting eller begrensning, og klage til Datatilsynet. Kontakt: %s.",
			"%s monitors this area with cameras in order to %s. Recording: %s. Audio: %s. Recordings are %s. You can ask for access, object, ask for erasure or restriction, and complain to Datatilsynet (the Norwegian Data Protection Authority). Contact: %s.",
			l.controller(f), l.purposes(f), l.yes(f.Recording), l.yes(f.Audio), l.storage(f), f.Contact),
	}
	add := func(heading string, paragraphs ...string) {
		n.Sections = append(n.Sections, Section{heading, paragraphs})
	}
	who := []string{l.say("Behandlingsansvarlig er %s. Kontakt: %s.", "The controller is %s. Contact: %s.", l.controller(f), f.Contact)}
	if f.Officer != "" {
		who = append(who, l.say("Personvernombud: %s.", "Data protection officer: %s.", f.Officer))
	}
	add(l.say("Hvem som er ansvarlig", "Who is responsible"), who...)

	add(l.say("Formål og rettslig grunnlag", "Purpose and legal basis"),
		l.say("Formålet med kameraene er å %s. Opptakene brukes ikke til noe annet.", "The purpose of the cameras is to %s. The recordings are used for nothing else.", l.purposes(f)),
		l.say("Det rettslige grunnlaget er berettiget interesse, personvernforordningen (GDPR) artikkel 6 nr. 1 bokstav f. Den berettigede interessen er den samme som formålet: tryggheten til dem som er her, og til eiendom.",
			"The legal basis is legitimate interest, Article 6(1)(f) of the General Data Protection Regulation (GDPR). The legitimate interest is the same as the purpose: the safety of those who are here, and of property."))

	where := []string{l.say("Disse områdene overvåkes:", "These areas are monitored:")}
	for _, z := range f.Zones {
		word := l.say("kameraer", "cameras")
		if f.Cameras[z] == 1 {
			word = l.say("kamera", "camera")
		}
		where = append(where, fmt.Sprintf("– %s: %d %s", z, f.Cameras[z], word))
	}
	what := l.say("Kameraene gjør opptak av bilde.", "The cameras record pictures.")
	if !f.Recording {
		what = l.say("Kameraene gjør for tiden ikke opptak.", "The cameras do not record at present.")
	}
	sound := l.say("Lyd tas ikke opp.", "Sound is not recorded.")
	if f.Audio {
		sound = l.say("Lyd tas opp.", "Sound is recorded.")
	}
	add(l.say("Hva som filmes", "What is filmed"), append(where, what+" "+sound+" "+
		l.say("Det brukes ikke ansiktsgjenkjenning, og det tas ingen automatiske avgjørelser.", "There is no face recognition, and no automated decision is made."))...)

	keep := []string{l.say("Opptak slettes av seg selv senest %s etter at de ble gjort.", "Recordings are deleted by themselves %s after they were made at the latest.", l.last(f.keep()))}
	if f.HoldMaxS > f.KeepS {
		keep = append(keep, l.say("Er det sannsynlig at et opptak blir utlevert til politiet i etterforskningen av en straffbar handling eller en ulykke, kan akkurat det opptaket sikres i inntil %s etter at det ble gjort. Det samme gjelder opptak som du selv har bedt om innsyn i.",
			"If a recording is likely to be handed to the police who investigate a criminal offence or an accident, that very recording can be kept for up to %s after it was made. The same goes for recordings that you have asked for access to.", l.last(f.hold())))
	}
	add(l.say("Hvor lenge opptak lagres", "How long recordings are kept"), keep...)

	add(l.say("Hvem som får opptakene", "Who receives the recordings"),
		l.say("Noen få hos behandlingsansvarlig kan se opptak, og hver visning loggføres med formålet. Opptak utleveres til politiet, og ellers bare når loven krever det eller alle som er med, samtykker.",
			"A few people at the controller can view recordings, and every viewing is logged with its purpose. Recordings are handed to the police, and to others only where the law demands it or everybody in them consents."))

	add(l.say("Rettighetene dine", "Your rights"),
		l.say("Du kan kreve innsyn i opptak av deg selv, og få vite hvem de er utlevert til.", "You can ask for access to recordings of yourself, and to be told who has received them."),
		l.say("Du kan protestere mot overvåkingen av grunner som gjelder din særlige situasjon.", "You can object to the surveillance on grounds relating to your particular situation."),
		l.say("Du kan kreve at opptak slettes, eller at bruken av dem begrenses, for eksempel fordi du trenger dem for å gjøre gjeldende et krav. Si fra innen %s: da er opptaket ellers slettet.",
			"You can ask for recordings to be erased, or for their use to be restricted, for instance because you need them to pursue a claim. Do so within %s: otherwise the recording will have been deleted.", l.last(f.keep())),
		l.say("Svar gis uten ugrunnet opphold og senest innen en måned. Det koster ikke noe.", "You are answered without undue delay and within a month at the latest. It is free of charge."))

	add(l.say("Slik ber du om innsyn", "How to ask for access"),
		l.say("Skriv eller ring til %s. Oppgi dag og klokkeslett, hvor du var, og hvordan du var kledd, så opptaket kan finnes. Send ikke kopi av pass eller annen legitimasjon. Opptaket sikres straks kravet er mottatt, og andre som er med, sladdes.",
			"Write to or call %s. Give the day and the time, where you were, and what you wore, so that the recording can be found. Do not send a copy of a passport or of other identification. The recording is frozen as soon as your request is received, and others in it are masked.", f.Contact))

	add(l.say("Klage", "Complaints"),
		l.say("Mener du at overvåkingen er ulovlig, kan du klage til Datatilsynet, www.datatilsynet.no, postboks 458 Sentrum, 0105 Oslo.",
			"If you think that the surveillance is unlawful, you can complain to Datatilsynet (the Norwegian Data Protection Authority), www.datatilsynet.no, P.O. Box 458 Sentrum, NO-0105 Oslo."))
	return n
}
