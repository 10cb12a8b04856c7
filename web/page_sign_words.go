package web

import (
	"strings"

	"github.com/sjudager/sjudager/web/signage"
)

// Hole says why something is not covered, or a sign not valid.
func (t tongue) Hole(h signage.Hole) string {
	switch h {
	case signage.NoZone:
		return t.T("Sonen er ikke registrert", "The zone is not registered")
	case signage.NoDecision:
		return t.T("Beslutningen mangler eller må vurderes på nytt", "The decision is missing or due for review")
	case signage.NoSign:
		return t.T("Manglende skilt", "Missing sign")
	case signage.NoValidSign:
		return t.T("Ingen gyldige skilt", "No valid sign")
	case signage.NotUp:
		return t.T("bestilt, henger ikke oppe", "ordered, not up")
	case signage.NoText:
		return t.T("teksten stemmer ikke lenger", "its text is not true any more")
	case signage.Uninspected:
		return t.T("ikke kontrollert siden det ble hengt opp eller endret", "not inspected since it went up or was changed")
	case signage.Overdue:
		return t.T("kontrollen er for gammel", "its inspection is too old")
	case signage.Defective:
		return t.T("siste kontroll fant en mangel", "the latest inspection found a defect")
	}
	return string(h)
}

// Differ says which of a sign's facts is not what the configuration in force says.
func (t tongue) Differ(what string) string {
	switch what {
	case "controller":
		return t.T("behandlingsansvarlig", "controller")
	case "contact":
		return t.T("kontakt", "contact")
	case "officer":
		return t.T("personvernombud", "data protection officer")
	case "purposes":
		return t.T("formål", "purposes")
	case "recording":
		return t.T("opptak eller ikke", "whether there is recording")
	case "audio":
		return t.T("lyd", "audio")
	case "retention":
		return t.T("lagringstid", "retention period")
	case "hold":
		return t.T("hvor lenge opptak kan sikres", "how long footage can be held")
	case "notice":
		return t.T("adressen til personvernerklæringen", "the address of the privacy notice")
	}
	return what
}

// Faults says in one line why a sign is not valid.
func (t tongue) Faults(st signage.Standing) string {
	var all []string
	for _, h := range st.Faults {
		text := t.Hole(h)
		if h == signage.NoText {
			var facts []string
			for _, d := range st.Differs {
				facts = append(facts, t.Differ(d))
			}
			text += " (" + strings.Join(facts, ", ") + ")"
		}
		all = append(all, text)
	}
	return strings.Join(all, "; ")
}

// ZoneKind is what a zone is used for.
func (t tongue) ZoneKind(k signage.Kind) string {
	for _, r := range signage.KindRules {
		if r.Kind == k {
			return t.T(r.Norwegian, r.English)
		}
	}
	return string(k)
}

// SignState says where a sign is.
func (t tongue) SignState(s signage.State) string {
	switch s {
	case signage.Ordered:
		return t.T("bestilt", "ordered")
	case signage.Up:
		return t.T("henger oppe", "up")
	case signage.Down:
		return t.T("tatt ned", "taken down")
	}
	return string(s)
}

// Occasion says why a sign was looked at.
func (t tongue) Occasion(o signage.Occasion) string {
	switch o {
	case signage.Install:
		return t.T("ved oppsetting", "when it went up")
	case signage.Doors:
		return t.T("før dørene åpnes", "before doors")
	case signage.Periodic:
		return t.T("periodisk", "periodic")
	case signage.Complain:
		return t.T("etter klage", "after a complaint")
	}
	return string(o)
}

// Checked is what one of the eight checks has to find.
func (t tongue) Checked(c signage.Check) string { return t.check(c, false) }

// Failed is what is wrong where a check is not passed.
func (t tongue) Failed(c signage.Check) string { return t.check(c, true) }

func (t tongue) check(c signage.Check, failed bool) string {
	say := func(nb, en, wrongNb, wrongEn string) string {
		if failed {
			return t.T(wrongNb, wrongEn)
		}
		return t.T(nb, en)
	}
	switch c {
	case "present":
		return say("skiltet henger der det skal", "the sign hangs where it should", "Skiltet er borte", "The sign is gone")
	case "before-view":
		return say("det kan leses før synsfeltet", "it can be read before the field of view", "Det henger ikke før synsfeltet", "It is not before the field of view")
	case "unobstructed":
		return say("ingenting dekker det", "nothing covers it", "Noe dekker det", "Something covers it")
	case "lit":
		return say("det er lyst nok", "there is enough light", "Det er for mørkt", "It is too dark")
	case "readable":
		return say("teksten er hel og leselig", "the text is whole and readable", "Det er skadet eller uleselig", "It is damaged or unreadable")
	case "right-version":
		return say("nummer og versjon stemmer", "number and version are right", "Feil nummer eller versjon", "Wrong number or version")
	case "qr-opens":
		return say("QR-koden åpner riktig side", "the QR code opens the right page", "QR-koden åpner ikke riktig side", "The QR code does not open the right page")
	case "right-language":
		return say("språkene er riktige", "the languages are right", "Feil språk", "Wrong language")
	}
	return string(c)
}

// StepState says how far a round is with a sign.
func (t tongue) StepState(s signage.StepState) string {
	switch s {
	case signage.StepLeft:
		return t.T("gjenstår", "left")
	case signage.StepPassed:
		return t.T("i orden", "well")
	case signage.StepDefect:
		return t.T("mangel", "defect")
	case signage.StepDown:
		return t.T("tatt ned", "taken down")
	}
	return string(s)
}

// SignLanguage is the name of a language of a sign.
func (t tongue) SignLanguage(l signage.Language) string {
	switch l {
	case signage.Norwegian:
		return t.T("bokmål", "bokmål")
	case signage.English:
		return t.T("engelsk", "English")
	case signage.Nynorsk:
		return t.T("nynorsk", "nynorsk")
	case signage.Sami:
		return t.T("nordsamisk", "Northern Sámi")
	}
	return string(l)
}

// LackWord is what a camera lacks, in a word.
func (t tongue) LackWord(l signage.Lack) string {
	switch l {
	case signage.LacksController:
		return t.T("behandlingsansvarlig", "controller")
	case signage.LacksZone:
		return t.T("sone", "zone")
	case signage.LacksDecision:
		return t.T("beslutning", "decision")
	case signage.LacksSigns:
		return t.T("gyldige skilt", "valid signs")
	case signage.LacksPurpose:
		return t.T("formål", "purpose")
	case signage.LacksAssessment:
		return t.T("vurdering", "assessment")
	}
	return string(l)
}

// Because says why a camera may record although something is lacking.
func (t tongue) Because(b signage.Because) string {
	switch b {
	case signage.Overridden:
		return t.T("overstyrt", "overridden")
	case signage.NoRegister:
		return t.T("skiltregisteret er tomt", "the sign register is empty")
	case signage.HadFootage, signage.Admitted:
		return t.T("var i gang før det manglet noe", "was recording before anything was missing")
	case signage.Open:
		return t.T("sperren er slått av i konfigurasjonen", "the gate is off in the configuration")
	}
	return string(b)
}

// PixelClass is what a picture is good for.
func (t tongue) PixelClass(c signage.PixelClass) string {
	switch c {
	case "scrutinise":
		return t.T("granske (1500 px/m)", "scrutinise (1500 px/m)")
	case "validate":
		return t.T("bekrefte identitet (500 px/m)", "validate (500 px/m)")
	case "characterise":
		return t.T("gjenkjenne (250 px/m)", "characterise (250 px/m)")
	case "perceive":
		return t.T("oppfatte (125 px/m)", "perceive (125 px/m)")
	case "discern":
		return t.T("skjelne (80 px/m)", "discern (80 px/m)")
	case "outline":
		return t.T("se omriss (40 px/m)", "outline (40 px/m)")
	case "overview":
		return t.T("oversikt (20 px/m)", "overview (20 px/m)")
	}
	return string(c)
}
