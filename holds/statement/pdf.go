package statement

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/sjudager/sjudager/holds/paper"
	"github.com/sjudager/sjudager/vault/footage"
)

// PDF prints a signed statement. It is a plain PDF, not PDF/A. Whoever wants to check
// it checks the JSON document that it was printed from, whose checksum it has.
func (s Signed) PDF(l Language) ([]byte, error) {
	t, err := speak(l, s.Statement.Site.Zone)
	if err != nil {
		return nil, err
	}
	stated := s.Statement
	d := &paper.Document{
		Author: stated.Site.Controller, Language: string(l), Made: stated.Made.Time(),
		Foot: strings.TrimPrefix(stated.Site.Controller+", "+stated.Site.Name, ", "),
		Page: func(n, of int) string { return t.say("side %d av %d", "page %d of %d", n, of) },
	}
	if stated.Day != nil {
		t.day(d, stated)
	} else {
		t.answer(d, stated)
	}
	t.proof(d, s)
	return d.PDF()
}

// about are the facts of the site.
func (t tongue) about(s Statement, more ...[2]string) [][2]string {
	controller := s.Site.Controller
	if s.Site.OrgNumber != "" {
		controller += t.say(", org.nr. %s", ", org. no. %s", s.Site.OrgNumber)
	}
	if s.Site.Contact != "" {
		controller += ", " + s.Site.Contact
	}
	facts := [][2]string{{t.say("Sted", "Site"), s.Site.Name}, {t.say("Behandlingsansvarlig", "Controller"), controller}}
	return append(append(facts, more...), [2]string{t.say("Laget", "Made"), t.at(s.Made) + " (" + s.Site.Zone + ")"})
}

func (t tongue) day(d *paper.Document, s Statement) {
	day := s.Day
	d.Title = t.say("Slettebevis for %s", "Deletion statement for %s", t.date(day.Date))
	d.Facts(t.about(s,
		[2]string{t.say("Tidsrom", "Span"), t.at(day.From) + " – " + t.at(day.To)},
		[2]string{t.say("Lagringstid", "Retention"), t.say("%s; sikret opptak inntil %s, regnet fra opptaket", "%s; held footage up to %s, counted from the recording", t.days(day.KeepS), t.days(day.HoldMaxS))},
	)...)
	if !day.Complete {
		d.Text(t.say("Dagen var ikke over da dette ble laget. Tallene gjelder til da.", "The day was not over when this was made. The figures are until then."))
	}
	total := day.Total
	var deleted, early Sum
	for _, c := range total.Deleted {
		deleted.Segments, deleted.Bytes = deleted.Segments+c.Segments, deleted.Bytes+c.Bytes
	}
	for _, c := range total.Early {
		early.Segments, early.Bytes = early.Segments+c.Segments, early.Bytes+c.Bytes
	}
	d.Heading(t.say("I korte trekk", "In short"))
	amount := func(s Sum) string {
		return t.say("%s segmenter, %s", "%s segments, %s", t.number(s.Segments), t.size(s.Bytes))
	}
	overdue := t.say("Ingen. Alt som skulle slettes, er slettet.", "None. Everything that was due has been deleted.")
	if total.Overdue > 0 {
		overdue = t.say("%s segmenter er ikke slettet ennå.", "%s segments have not been deleted yet.", t.number(total.Overdue))
	}
	d.Facts(
		[2]string{t.say("Tatt opp denne dagen", "Recorded on the day"), amount(total.Recorded)},
		[2]string{t.say("Slettet denne dagen", "Deleted on the day"), amount(deleted)},
		[2]string{t.say("Førtidig slettet eller tapt", "Deleted early or lost"), amount(early)},
		[2]string{t.say("Oversittet slettefrist", "Overdue"), overdue},
		[2]string{t.say("Sikret nå", "Held now"), amount(total.Held)},
		[2]string{t.say("Begrenset (fryst) nå", "Frozen now"), amount(total.Frozen)},
	)
	d.Small(t.say("«Nå» er tidspunktet da beviset ble laget. Et segment er en bit opptak, som regel 30 sekunder. Slettet betyr at lageret etterpå er spurt om opptaket, og ikke har det.",
		"«Now» is when this statement was made. A segment is a piece of footage, 30 seconds as a rule. Deleted means that the store was asked for it afterwards, and did not have it."))

	d.Heading(t.say("Opptak per kamera", "Recording by camera"))
	if len(day.Cameras) == 0 {
		d.Text(t.say("Ingen kameraer: det er verken tatt opp eller slettet noe.", "No cameras: nothing was recorded, and nothing was deleted."))
		return
	}
	var rows [][]string
	for _, c := range append(slices.Clone(day.Cameras), total) {
		share := "–"
		if c.ExpectedS > 0 {
			share = strings.Replace(fmt.Sprintf("%.1f %%", min(100, 100*float64(c.RecordedS)/float64(c.ExpectedS))), ".", t.say(",", "."), 1)
		}
		rows = append(rows, []string{t.name(c), t.lasting(c.RecordedS), share, t.number(c.Recorded.Segments), t.size(c.Recorded.Bytes), t.lasting(c.UnexplainedS)})
	}
	d.Table([]paper.Column{
		{Head: t.say("Kamera", "Camera"), Width: 6}, {Head: t.say("Tatt opp", "Recorded"), Width: 3, Right: true}, {Head: t.say("Av ventet", "Of expected"), Width: 2.2, Right: true},
		{Head: t.say("Segmenter", "Segments"), Width: 2.2, Right: true}, {Head: t.say("Mengde", "Amount"), Width: 2.2, Right: true}, {Head: t.say("Uforklart", "Unexplained"), Width: 2.4, Right: true},
	}, rows)

	d.Heading(t.say("Slettet, sikret og oversittet per kamera", "Deleted, held and overdue by camera"))
	rows = nil
	for _, c := range append(slices.Clone(day.Cameras), total) {
		rows = append(rows, []string{t.name(c), t.number(segments(c.Deleted)), t.number(segments(c.Early)), t.number(c.Held.Segments), t.number(c.Frozen.Segments), t.number(c.Overdue)})
	}
	d.Table([]paper.Column{
		{Head: t.say("Kamera", "Camera"), Width: 6}, {Head: t.say("Slettet", "Deleted"), Width: 2, Right: true}, {Head: t.say("Førtidig", "Early"), Width: 2, Right: true},
		{Head: t.say("Sikret", "Held"), Width: 2, Right: true}, {Head: t.say("Begrenset", "Frozen"), Width: 2, Right: true}, {Head: t.say("Oversittet", "Overdue"), Width: 2.2, Right: true},
	}, rows)

	t.causes(d, day)
}

// causes are the tables of why footage went, and why there is none.
func (t tongue) causes(d *paper.Document, day *Day) {
	var rows [][]string
	for _, c := range day.Cameras {
		for _, e := range append(slices.Clone(c.Deleted), c.Early...) {
			rows = append(rows, []string{t.name(c), t.deletion(e.Cause), t.number(e.Segments), t.size(e.Bytes), t.lasting(e.LateS)})
		}
	}
	d.Heading(t.say("Hvorfor det ble slettet", "Why it was deleted"))
	if len(rows) == 0 {
		d.Text(t.say("Ingenting ble slettet denne dagen.", "Nothing was deleted on this day."))
	} else {
		d.Table([]paper.Column{
			{Head: t.say("Kamera", "Camera"), Width: 4}, {Head: t.say("Årsak", "Cause"), Width: 6}, {Head: t.say("Segmenter", "Segments"), Width: 2, Right: true},
			{Head: t.say("Mengde", "Amount"), Width: 2, Right: true}, {Head: t.say("Største forsinkelse", "Latest by"), Width: 2.4, Right: true},
		}, rows)
	}
	rows = nil
	for _, c := range day.Cameras {
		for _, g := range c.Gaps {
			rows = append(rows, []string{t.name(c), t.gap(g.Cause), t.number(g.Count), t.lasting(g.Seconds)})
		}
	}
	d.Heading(t.say("Hull i opptaket", "Gaps in the recording"))
	if len(rows) == 0 {
		d.Text(t.say("Ingen.", "None."))
		return
	}
	d.Table([]paper.Column{
		{Head: t.say("Kamera", "Camera"), Width: 4}, {Head: t.say("Årsak", "Cause"), Width: 7}, {Head: t.say("Antall", "Count"), Width: 1.6, Right: true}, {Head: t.say("Varighet", "Length"), Width: 2.6, Right: true},
	}, rows)
}

func segments(all []Caused) (n int64) {
	for _, c := range all {
		n += c.Segments
	}
	return n
}

func (t tongue) name(c CameraDay) string {
	switch {
	case c.Camera == "":
		return t.say("Alle", "All")
	case c.Name == "" || c.Name == string(c.Camera):
		return string(c.Camera)
	}
	return c.Name + " (" + string(c.Camera) + ")"
}

func (t tongue) answer(d *paper.Document, s Statement) {
	a := s.Answer
	d.Title = t.say("Hva som er blitt av opptaket", "What became of the footage")
	camera := string(a.Camera)
	if a.Name != "" && a.Name != camera {
		camera = a.Name + " (" + camera + ")"
	}
	d.Facts(t.about(s,
		[2]string{t.say("Kamera", "Camera"), camera},
		[2]string{t.say("Tidsrom det er spurt om", "Span asked about"), t.at(a.From) + " – " + t.at(a.To)},
	)...)
	d.Heading(t.say("Svar", "Answer"))
	d.Text(t.gist(a))
	if !a.Known {
		d.Text(t.say("Verken loggen eller registeret kjenner kameraet %s.", "Neither the log nor the index knows the camera %s.", a.Camera))
	}
	var rows [][]string
	for _, p := range a.Pieces {
		rows = append(rows, []string{t.at(p.From), t.at(p.To), t.became(p, a.Since), entries(p.Entries)})
	}
	d.Table([]paper.Column{
		{Head: t.say("Fra", "From"), Width: 2.6}, {Head: t.say("Til", "To"), Width: 2.6}, {Head: t.say("Hva som skjedde", "What happened"), Width: 8}, {Head: t.say("Loggpost", "Log entry"), Width: 1.8},
	}, rows)
	d.Heading(t.say("Sikringer og begrensninger", "Holds and freezes"))
	if len(a.Holds) == 0 {
		d.Text(t.say("Loggen viser ingen sikring og ingen begrensning av dette tidsrommet.", "The log shows no hold and no freeze of this span."))
	}
	for _, h := range a.Holds {
		d.Text(t.held(h))
	}
	d.Small(t.say("Opptak lagres til slettefristen. Bare en sikring eller en begrensning kan flytte den, og aldri lenger enn regelen sier. Svaret bygger på postene som er nevnt; de ligger ved i den maskinlesbare filen, med bevis for at de står i loggen.",
		"Footage is kept until its deadline. Only a hold or a freeze can move that, and never beyond what the rule says. The answer rests on the entries named; they are in the machine-readable file, with proof that they are in the log."))
}

// entries are numbers of entries, shortened where they are many.
func entries(all []int64) string {
	if len(all) > 3 {
		return fmt.Sprintf("%d, … %d (%d)", all[0], all[len(all)-1], len(all))
	}
	var words []string
	for _, n := range all {
		words = append(words, fmt.Sprint(n))
	}
	return strings.Join(words, ", ")
}

// proof says how to check the statement.
func (t tongue) proof(d *paper.Document, s Signed) {
	l := s.Statement.Ledger
	digest := sha256.Sum256(s.JSON())
	d.Heading(t.say("Kontroll", "How to check this"))
	d.Text(t.say("Opplysningene er signert digitalt med nøkkelen til hendelsesloggen, og bygger på loggen slik den var med %s poster. Den maskinlesbare filen (JSON) har de samme opplysningene og signaturen. Slik kontrolleres den, uten nett og uten anlegget:",
		"What is stated is signed digitally with the key of the audit log, and rests on the log as it was with %s entries. The machine-readable file (JSON) has the same facts and the signature. It is checked like this, without a network and without the appliance:", t.number(l.Size)))
	d.Code("sjudager statement verify FIL.json --key '" + l.Key + "'")
	d.Facts(
		[2]string{t.say("Loggens rot", "Root of the log"), l.Root},
		[2]string{t.say("Filens kontrollsum", "Checksum of the file"), "SHA-256 " + hex.EncodeToString(digest[:])},
	)
	d.Small(t.say("Sammenlign nøkkelen med den som virksomheten har oppgitt et annet sted, ikke bare med denne siden. Loggens kontrollpunkt:", "Compare the key with the one that the venue has given elsewhere, not only with this page. The checkpoint of the log:"))
	d.Code(strings.TrimRight(l.Checkpoint, "\n"))
}

// Name is what the file of a statement is called, without its ending.
func (s Statement) Name(l Language) string {
	if s.Day != nil {
		if l == English {
			return "deletion-statement-" + s.Day.Date
		}
		return "slettebevis-" + s.Day.Date
	}
	name := "svar-"
	if l == English {
		name = "answer-"
	}
	return name + string(s.Answer.Camera) + "-" + footage.Instant(s.Answer.From).Compact()[:15] + "Z"
}
