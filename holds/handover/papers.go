package handover

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sjudager/sjudager/holds/handover/verify"
	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/holds/paper"
	"github.com/sjudager/sjudager/holds/release"
	"github.com/sjudager/sjudager/vault/footage"
)

const paperFolder = "data/dokumentasjon/"

// tongue writes in bokmål, or in English.
type tongue struct {
	english bool
	zone    *time.Location
}

func (t tongue) say(norwegian, english string, args ...any) string {
	text := norwegian
	if t.english {
		text = english
	}
	if len(args) > 0 {
		text = fmt.Sprintf(text, args...)
	}
	return text
}

// at is an instant as the site's clocks show it, with their offset.
func (t tongue) at(i footage.Instant) string {
	if i == 0 {
		return t.say("ikke registrert", "not registered")
	}
	return i.Time().In(t.zone).Format("2006-01-02 15:04:05 -07:00")
}

func (t tongue) span(s footage.Span) string {
	const day, clock = "2006-01-02", "15:04:05"
	from, to := s.From.Time().In(t.zone), s.To.Time().In(t.zone)
	if _, a := from.Zone(); from.Format(day) == to.Format(day) {
		if _, b := to.Zone(); a == b {
			return from.Format(day+" "+clock) + " – " + to.Format(clock+" -07:00")
		}
	}
	return t.at(s.From) + " – " + t.at(s.To)
}

func (t tongue) or(s string) string {
	if strings.TrimSpace(s) == "" {
		return t.say("ikke registrert", "not registered")
	}
	return s
}

func (t tongue) yes(b bool) string {
	if b {
		return t.say("ja", "yes")
	}
	return t.say("nei", "no")
}

func (t tongue) person(a Act) string {
	if a.At == 0 && a.Name == "" {
		return t.say("ikke registrert", "not registered")
	}
	return fmt.Sprintf("%s (%s), %s", a.Name, a.ID, t.at(a.At))
}

func (t tongue) lasts(d time.Duration) string { return d.Round(time.Millisecond).String() }

// bilingual draws a document in bokmål and, on pages of its own, in English.
func (b *builder) bilingual(norwegian, english string, write func(d *paper.Document, t tongue)) ([]byte, error) {
	d := &paper.Document{
		Title: norwegian + " / " + english, Author: "Sjudager " + b.Site.Version, Language: "nb", Made: b.at.Time(),
		Foot: fmt.Sprintf("%s · %s · %s", folderName(b.Release), b.Site.Name, b.Site.Controller),
		Page: func(n, of int) string { return fmt.Sprintf("side / page %d av / of %d", n, of) },
	}
	for _, t := range []tongue{{false, b.Site.Zone}, {true, b.Site.Zone}} {
		if t.english {
			d.Break()
			d.Heading(english)
		}
		write(d, t)
	}
	return d.PDF()
}

func (b *builder) papers(all map[string][]byte, name, norwegian, english string, write func(*paper.Document, tongue)) error {
	pdf, err := b.bilingual(norwegian, english, write)
	all[name] = pdf
	return err
}

func (b *builder) payloadPapers() (map[string][]byte, error) {
	all := map[string][]byte{}
	for _, p := range []struct {
		name, norwegian, english string
		write                    func(*paper.Document, tongue)
	}{
		{"tidserklaering.pdf", "Tidserklæring", "Clock statement", b.clockPaper},
		{"kameraark.pdf", "Kameraark", "Camera sheets", b.cameraPaper},
		{"hull_og_avvik.pdf", "Hull og avvik", "Gaps and deviations", b.gapPaper},
		{"sikring_og_beviskjede.pdf", "Sikring og beviskjede", "Holds and chain of custody", b.custodyPaper},
		{"skilting.pdf", "Skilting", "Signs", b.signPaper},
	} {
		if err := b.papers(all, paperFolder+p.name, p.norwegian, p.english, p.write); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (b *builder) topPapers(files int, bytes int64) (map[string][]byte, error) {
	all := map[string][]byte{}
	err := b.papers(all, readMeFile, "Les meg", "Read me", b.readMe)
	if err == nil {
		err = b.papers(all, noteFile, "Utleveringsnotat", "Release note", func(d *paper.Document, t tongue) { b.note(d, t, files, bytes) })
	}
	return all, err
}

func (b *builder) readMe(d *paper.Document, t tongue) {
	d.Facts(
		[2]string{t.say("Utlevering", "Release"), b.Release.Number},
		[2]string{t.say("Saksnummer", "Case number"), t.or(b.Release.Case)},
		[2]string{t.say("Fra", "From"), fmt.Sprintf("%s, %s (org. %s), %s", b.Site.Name, b.Site.Controller, b.Site.OrgNumber, b.Site.Contact)},
		[2]string{t.say("Gjelder", "Concerns"), t.or(b.Release.Concerns)},
	)
	d.Heading(t.say("Hva dette er", "What this is"))
	d.Text(t.say("Opptak fra kameraovervåking, slik kameraene sendte dem: ikke kodet om, ikke redigert, uten lyd. Opptakene ligger i data/video som MP4. Ved siden av hver fil ligger klokkeslettet som teksting (.srt og .vtt).",
		"Footage from surveillance cameras as the cameras sent it: not encoded anew, not edited, without sound. It lies in data/video as MP4. The time of day lies beside each file as subtitles (.srt and .vtt)."))
	d.Text(t.say("Det finnes ikke andre opptak av dette her enn de tidsrommene som står i utleveringsnotatet. Opptak slettes etter %s; sikrede opptak senest etter %s.",
		"No other footage of this exists here than the spans in the release note. Footage is deleted after %s; held footage after %s at the latest.", days(b.Site.Policy.Keep, t), days(b.Site.Policy.Hold, t)))
	d.Heading(t.say("Slik ser du på opptakene", "How to view it"))
	d.Text(t.say("1. Åpne %s i Edge, Chrome eller Firefox. Den viser alle kameraene, en felles tidslinje, hull, lokal tid og UTC. Ingenting installeres, og siden bruker ikke nett.",
		"1. Open %s in Edge, Chrome or Firefox. It shows all cameras, a common timeline, gaps, local time and UTC. Nothing is installed, and the page uses no network.", playerFile))
	d.Text(t.say("2. Eller åpne filene i data/video direkte i Medieavspilling eller VLC. VLC viser klokkeslettet av seg selv.",
		"2. Or open the files in data/video in Media Player or VLC. VLC shows the time of day by itself."))
	if b.unplayable() {
		d.Text(t.say("Minst ett kamera sender H.265 eller AV1. Windows spiller ikke slike filer uten tillegg; VLC gjør det.",
			"At least one camera sends H.265 or AV1. Windows does not play such files without an extension; VLC does.") + " " + b.copyWords(t))
	}
	d.Heading(t.say("Slik kontrollerer du pakken", "How to check it"))
	d.Text(t.say("Åpne %s og slipp hele mappen på siden. Grønt er uendret, rødt er ikke. Sammenlign fingeravtrykket den viser, med papirkvitteringen. Sakkyndige finner kommandoene i %s.",
		"Open %s and drop the whole folder on the page. Green is unchanged, red is not. Compare the fingerprint that it shows with the paper receipt. Experts find the commands in %s.", verifierFile, expertFile))
	d.Heading(t.say("Kvitter", "Sign the receipt"))
	d.Text(t.say("Skriv under %s og lever den tilbake. Kopien vår av disse opptakene slettes når sikringen oppheves, senest %s.",
		"Sign %s and return it. Our copy of this footage is deleted when its hold ends, at the latest on %s.", receiptFile, t.at(b.deadline())))
	d.Small(t.say("Spørsmål: %s.", "Questions: %s.", t.or(b.Site.Contact)))
}

// copyWords says which viewing copies there are, or why there are none.
func (b *builder) copyWords(t tongue) string {
	if b.NoCopies {
		return t.say("Pakken har ingen visningskopier i H.264: de ble valgt bort.", "The package has no viewing copies in H.264: none were wanted.")
	}
	if b.Encoder == "" {
		return t.say("Pakken har ingen visningskopier i H.264: ffmpeg, som lager dem, er ikke installert på maskinen.",
			"The package has no viewing copies in H.264: ffmpeg, which makes them, is not installed on the appliance.")
	}
	var made, failed int
	for _, v := range b.copies {
		if v.fault == "" {
			made++
		} else {
			failed++
		}
	}
	text := t.say("Visningskopier i H.264, som alle nettlesere og Medieavspilling viser, ligger i %s: %d. De er merket VISNINGSKOPI og er ikke originalen; beviset er masterne i data/video.",
		"Viewing copies in H.264, which every browser and Media Player show, lie in %s: %d. They are marked VIEWING COPY and are not the original; the evidence is the masters in data/video.", copyFolder, made)
	if failed > 0 {
		text += " " + t.say("%d kunne ikke lages, fordi ffmpeg ikke klarte det.", "%d could not be made, since ffmpeg failed.", failed)
	}
	return text
}

func days(d time.Duration, t tongue) string {
	if d%(24*time.Hour) == 0 {
		return t.say("%d dager", "%d days", int(d/(24*time.Hour)))
	}
	return d.String()
}

func (b *builder) unplayable() bool {
	return slices.ContainsFunc(b.given, func(g given) bool {
		return slices.ContainsFunc(g.masters, func(m *master) bool { return m.movie.Codec != footage.H264 })
	})
}

func (b *builder) deadline() (first footage.Instant) {
	for _, s := range b.segments {
		if first == 0 || s.Deadline < first {
			first = s.Deadline
		}
	}
	return first
}

func (b *builder) note(d *paper.Document, t tongue, files int, bytes int64) {
	r := b.Release
	d.Facts(
		[2]string{t.say("Utlevering", "Release"), r.Number + ", " + chosen(t, r.Kind, release.Kinds)},
		[2]string{t.say("Utleverer", "Released by"), fmt.Sprintf("%s, %s, org. %s", b.Site.Controller, b.Site.Name, b.Site.OrgNumber)},
		[2]string{t.say("Laget", "Made"), t.at(b.at)},
		[2]string{t.say("Tilstand da den ble laget", "State when it was made"), t.state(r.State)},
	)
	d.Heading(t.say("Hvem spør, og hvorfor", "Who asks, and why"))
	d.Facts(
		[2]string{t.say("Mottaker", "Recipient"), chosen(t, r.Recipient.Kind, release.Recipients)},
		[2]string{t.say("Navn", "Name"), t.or(r.Recipient.Name)},
		[2]string{t.say("Tjenestenummer", "Service number"), t.or(r.Recipient.ServiceNumber)},
		[2]string{t.say("Enhet", "Unit"), t.or(strings.Trim(r.Recipient.Unit+", "+r.Recipient.Organisation, ", "))},
		[2]string{t.say("Kontakt", "Contact"), t.or(r.Recipient.Contact)},
		[2]string{t.say("Legitimasjon", "Identity checked"), t.or(r.Recipient.Identity)},
		[2]string{t.say("Bedt om", "Asked"), t.at(r.AskedAt) + ", " + chosen(t, r.AskedHow, release.Hows)},
		[2]string{t.say("Myndighet", "Authority"), t.or(r.Authority)},
		[2]string{t.say("Rettslig grunnlag", "Legal basis"), t.basis(r.Basis)},
		[2]string{t.say("Saksnummer", "Case number"), t.or(r.Case)},
		[2]string{t.say("Saken gjelder", "The case concerns"), t.or(r.Concerns)},
		[2]string{t.say("Formål", "Purpose"), t.or(r.Purpose)},
	)
	if r.Assessment != "" {
		d.Facts([2]string{t.say("Vurdering", "Assessment"), r.Assessment})
	}
	d.Heading(t.say("Omfang", "Scope"))
	d.Facts(
		[2]string{t.say("Bedt om", "Asked for"), t.or(r.Asked)},
		[2]string{t.say("Forskjell", "Difference"), t.or(r.Difference)},
		[2]string{t.say("Innhold", "Content"), t.or(r.Description)},
		[2]string{t.say("Mindreårige i bildet", "Minors in view"), t.yes(r.Minors)},
	)
	var rows [][]string
	for _, g := range b.given {
		for _, s := range g.asked {
			rows = append(rows, []string{string(g.camera.ID), g.camera.Name, t.span(s), t.say("skal gis", "to be given")})
		}
		for _, s := range g.delivered() {
			rows = append(rows, []string{"", "", t.span(s), t.say("gitt", "given")})
		}
		for _, x := range g.missing {
			rows = append(rows, []string{"", "", t.span(x.Span), t.say("mangler: ", "missing: ") + t.cause(x.Cause)})
		}
	}
	d.Table([]paper.Column{{Head: t.say("Kamera", "Camera"), Width: 2}, {Head: t.say("Navn", "Name"), Width: 2}, {Head: t.say("Tidsrom", "Span"), Width: 6}, {Head: "", Width: 3}}, rows)
	if b.unplayable() {
		d.Text(b.copyWords(t))
	}
	if len(b.stills) > 0 {
		d.Text(t.say("Stillbilder: %d i %s. Hvert er et helt bilde fra en master; stillbilder.csv sier hvilket.", "Stills: %d in %s. Each is a whole frame of a master; stillbilder.csv says which.", len(b.stills), stillFolder))
	}
	d.Text(t.say("Filene i data/segmenter er hele opptakssegmenter, fordi kontrollsummene som ble tatt ved opptak, gjelder dem; masterne begynner og slutter med et nøkkelbilde. Så mye mer enn det som skal gis, ligger i hver ende:",
		"The files in data/segmenter are whole recorded segments, since the checksums that were taken when they were recorded are of them; masters begin and end with a key frame. So much more than is to be given lies at each end:"))
	rows = nil
	us := func(n int64) string { return t.lasts(time.Duration(n) * time.Microsecond) }
	for _, x := range b.beyonds() {
		rows = append(rows, []string{string(x.Camera), t.span(x.Span), us(x.SegmentsBefore) + " / " + us(x.SegmentsAfter), us(x.MastersBefore) + " / " + us(x.MastersAfter)})
	}
	d.Table([]paper.Column{{Head: t.say("Kamera", "Camera"), Width: 2}, {Head: t.say("Skal gis", "To be given"), Width: 5}, {Head: t.say("Segmenter, før / etter", "Segments, before / after"), Width: 3}, {Head: t.say("Mastere, før / etter", "Masters, before / after"), Width: 3}}, rows)
	d.Heading(t.say("Hvem godkjente og eksporterte", "Who approved and exported"))
	d.Facts(
		[2]string{t.say("Godkjent av", "Approved by"), t.person(r.Approved)},
		[2]string{t.say("Eksportert av", "Exported by"), t.person(r.Exported)},
		[2]string{t.say("Hasteutlevering", "Emergency release"), t.yes(r.Emergency)},
		[2]string{t.say("Overleveres ved", "Handed over by"), chosen(t, r.Channel, release.Channels)},
	)
	d.Heading(t.say("Filer", "Files"))
	rows = nil
	for _, w := range b.folder.files {
		if strings.HasPrefix(w.name, "data/video/") && strings.HasSuffix(w.name, ".mp4") {
			rows = append(rows, []string{w.name, number(w.bytes), w.sum[:16]})
		}
	}
	d.Table([]paper.Column{{Head: t.say("Master", "Master"), Width: 8}, {Head: t.say("Byte", "Bytes"), Width: 2, Right: true}, {Head: "SHA-256 (16)", Width: 3}}, rows)
	d.Text(t.say("%d filer under data/, %d byte. Alle er listet med SHA-256 i manifest-sha256.txt.", "%d files below data/, %d bytes. All are listed with their SHA-256 in manifest-sha256.txt.", files, bytes))
	d.Heading(t.say("Signatur", "Signature"))
	d.Facts([2]string{t.say("Nøkkelens fingeravtrykk", "Fingerprint of the key"), b.Keys.Fingerprint().String() + "\n" + b.Keys.Fingerprint().Words()},
		[2]string{t.say("Loggens kontrollpunkt", "Checkpoint of the log"), fmt.Sprintf("%d, %s", b.ledger.checkpoint.Size, b.ledger.root())})
	if b.Stamp != nil {
		d.Text(t.say("Signaturen tidsstemples av en tredjepart (RFC 3161). Stempelet ligger i %s. Finnes ikke filen, svarte ikke tjenesten da pakken ble laget; da følger stempelet i et tillegg som viser til denne pakken.",
			"The signature is time-stamped by a third party (RFC 3161). The stamp is in %s. Where there is no such file, the service did not answer when the package was made; then the stamp follows in a supplement that names this package.", verify.Stamp))
	}
	d.Blanks(t.say("Utlevert av (navn, underskrift)", "Handed over by (name, signature)"), t.say("Mottatt av (navn, tjenestenr., underskrift)", "Received by (name, service no., signature)"),
		t.say("Sted og tid", "Place and time"), t.say("Sted og tid", "Place and time"))
}

func (b *builder) receipt(manifest string, files, bytes int64) ([]byte, error) {
	own := b.Keys.Fingerprint()
	black, err := paper.QR(fmt.Sprintf("SJUDAGER1 %s\nmanifest %s\nkey %s\n%s", b.Release.Number, manifest, strings.ReplaceAll(own.String(), " ", ""), b.ledger.note()))
	if err != nil {
		return nil, err
	}
	return b.bilingual("Kvittering", "Receipt", func(d *paper.Document, t tongue) {
		r := b.Release
		d.Facts(
			[2]string{t.say("Utlevering", "Release"), r.Number},
			[2]string{t.say("Saksnummer", "Case number"), t.or(r.Case)},
			[2]string{t.say("Fra", "From"), b.Site.Controller + ", " + b.Site.Name},
			[2]string{t.say("Til", "To"), t.or(strings.Trim(r.Recipient.Name+", "+r.Recipient.Organisation, ", "))},
			[2]string{t.say("Laget", "Made"), t.at(b.at)},
			[2]string{t.say("Innhold", "Content"), t.say("%d filer, %d byte under data/", "%d files, %d bytes below data/", files, bytes)},
		)
		d.Text(t.say("Etter at pakken var skrevet, ble alle filene lest tilbake fra mediet og sammenlignet med det som ble skrevet, uten avvik.",
			"After the package was written, all files were read back from the medium and compared with what was written, without deviation."))
		d.Heading(t.say("Sammenlign med skjermen", "Compare with the screen"))
		d.Facts(
			[2]string{"manifest-sha256.txt", grouped(manifest)},
			[2]string{t.say("Nøkkel", "Key"), own.String() + "\n" + own.Words()},
			[2]string{t.say("Rotnøkkel", "Root key"), b.Keys.Root().String()},
		)
		d.Squares(black, 62, t.say("Koden har manifestets SHA-256, nøkkelens fingeravtrykk og loggens kontrollpunkt:\n\n%s\n\nTa vare på dette arket. Det er det som viser at nøkkelen i pakken er vår, og at hendelsesloggen ikke er skrevet om siden.",
			"The code has the manifest's SHA-256, the key's fingerprint and the log's checkpoint:\n\n%s\n\nKeep this sheet. It is what shows that the key in the package is ours, and that the event log has not been rewritten since.", b.ledger.note()))
		d.Tick(t.say("Mottatt", "Received"))
		d.Tick(t.say("Åpnet og kontrollert: opptakene spilles av, og verifiseringen er grønn", "Opened and verified: the footage plays, and the verifier is green"))
		d.Blanks(t.say("Medium (type, serienummer)", "Medium (kind, serial number)"), t.say("Forsegling nr.", "Seal no."),
			t.say("Utlevert av (navn, underskrift)", "Handed over by (name, signature)"), t.say("Mottatt av (navn, tjenestenr., underskrift)", "Received by (name, service no., signature)"),
			t.say("Sted og tid", "Place and time"), t.say("Sted og tid", "Place and time"))
	})
}

// grouped is hex in groups that an eye can compare.
func grouped(hex string) string {
	var groups []string
	for ; len(hex) > 4; hex = hex[4:] {
		groups = append(groups, hex[:4])
	}
	return strings.Join(append(groups, hex), " ")
}

func (b *builder) clockPaper(d *paper.Document, t tongue) {
	d.Text(t.say("Hvert bilde har tiden da det kom fram til Sjudager, etter maskinens klokke. Kameraets egen klokke brukes aldri som sannhet; avviket noteres når kameraet oppgir den. Tidene gjelder fra første bilde i hvert segment. Overføringen fra kameraet tar normalt under et sekund og er ikke trukket fra.",
		"Each picture has the time at which it reached Sjudager, by the machine's clock. The camera's own clock is never taken for the truth; how far off it is, is noted where the camera tells. The times are of the first picture of each segment. The way from the camera takes less than a second as a rule, and is not subtracted."))
	d.Heading(t.say("Slik er det målt", "How it is measured"))
	d.Text(t.say("Ved begynnelsen av hvert segment spørres operativsystemets kjerne om klokken følger en tidskilde, og hvor feil den høyst kan være. Kameraets klokke er den som det oppgir i RTCP-rapportene sine; avviket er kameraets tid for segmentets første bilde minus segmentets begynnelse, i millisekunder: pluss når kameraets klokke går foran.",
		"At the beginning of each segment the operating system's kernel is asked whether the clock follows a source of time, and by how much it may be wrong at most. The camera's clock is the one that it tells in its RTCP reports; the offset is the camera's time of the segment's first picture less the segment's beginning, in milliseconds: plus when the camera's clock is ahead."))
	d.Heading(t.say("Kilder til tid", "Sources of time"))
	d.Facts([2]string{t.say("Klokken følger", "The clock follows"), t.say("tidstjenesten i operativsystemet (NTP eller tilsvarende); hvilke tjenere den fulgte, er ikke registrert i opptakene", "the operating system's time service (NTP or the like); which servers it followed is not recorded with the footage")},
		[2]string{t.say("Uavhengige kilder", "Independent sources"), t.sources(b.Clock.Sources)},
		[2]string{t.say("Vakt mot hopp", "Guard against leaps"), t.guard(b.Clock)})
	for _, o := range b.Clock.Status.Opinions {
		d.Facts([2]string{t.source(o.Source), t.opinion(o)})
	}
	d.Heading(t.say("Tidssone", "Time zone"))
	d.Text(t.say("Tidssone: %s. Forskyvningen fra UTC står ved hver tid, også i timen som en høstnatt har to ganger.", "Time zone: %s. The offset from UTC stands at each time, in the hour that an autumn night has twice as well.", b.Site.Zone.String()))
	for _, at := range []footage.Instant{b.span.From, b.span.To} {
		name, _ := at.Time().In(b.Site.Zone).Zone()
		d.Facts([2]string{t.at(at), name + t.say(", i UTC: ", ", in UTC: ") + at.String()})
	}
	changes := clockChanges(b.span, b.Site.Zone)
	if len(changes) == 0 {
		d.Text(t.say("Klokkene ble ikke stilt mellom sommertid og normaltid i tidsrommet.", "The clocks were not changed between summer and standard time in the span."))
	}
	for _, at := range changes {
		d.Text(t.say("Klokkene ble stilt %s (%s UTC): fra %s til %s.", "The clocks were changed %s (%s UTC): from %s to %s.", at.Time().In(b.Site.Zone).Format("2006-01-02"), at.Time().UTC().Format("15:04:05"),
			(at - 1).Time().In(b.Site.Zone).Format("15:04:05 -07:00"), at.Time().In(b.Site.Zone).Format("15:04:05 -07:00")))
	}
	d.Heading(t.say("Kameraene", "The cameras"))
	var rows [][]string
	for _, g := range b.given {
		states, worst, least, most, ahead, known := map[footage.ClockState]int{}, int64(0), int64(0), int64(0), int64(0), 0
		n := 0
		for _, s := range b.segments {
			if s.Camera != g.camera.ID {
				continue
			}
			n++
			states[s.Clock.State]++
			worst, ahead = max(worst, s.Clock.ErrorMS), max(ahead, s.Clock.AheadMS)
			if s.Clock.CameraKnown {
				if known == 0 {
					least, most = s.Clock.CameraOffsetMS, s.Clock.CameraOffsetMS
				}
				known++
				least, most = min(least, s.Clock.CameraOffsetMS), max(most, s.Clock.CameraOffsetMS)
			}
		}
		if n == 0 {
			continue
		}
		state := t.say("%d av %d", "%d of %d", states[footage.ClockSynced], n)
		for _, other := range []footage.ClockState{footage.ClockHoldover, footage.ClockUnsynced, ""} {
			if states[other] > 0 {
				state += fmt.Sprintf("; %d: %s", states[other], t.clockState(other))
			}
		}
		within := t.say("ukjent", "unknown")
		if states[footage.ClockSynced] > 0 {
			within = fmt.Sprintf("±%d ms", worst)
		}
		camera := t.say("ikke oppgitt", "not told")
		if known > 0 {
			camera = fmt.Sprintf("%+d … %+d ms", least, most)
		}
		rows = append(rows, []string{string(g.camera.ID), state, within, fmt.Sprintf("%d ms", ahead), camera})
	}
	d.Table([]paper.Column{{Head: t.say("Kamera", "Camera"), Width: 3}, {Head: t.say("Segmenter med synkron klokke", "Segments with the clock in step"), Width: 3},
		{Head: t.say("Usikkerhet", "Uncertainty"), Width: 2}, {Head: t.say("Foran maskinens klokke, høyst", "Ahead of the machine's clock, at most"), Width: 3}, {Head: t.say("Kameraets klokke mot vår", "The camera's clock against ours"), Width: 3}}, rows)
	d.Text(t.say("«Synkron» betyr at operativsystemet melder at klokken følger en tidskilde; usikkerheten er kjernens eget anslag. Alle segmentene står i data/maskin/clock.csv.",
		"\"In step\" means that the operating system reports that the clock follows a source of time; the uncertainty is the kernel's own estimate. All segments are in data/maskin/clock.csv."))
	d.Heading(t.say("Hendelser med klokken siden opptakene begynte", "Events of the clock since the footage begins"))
	if !slices.ContainsFunc(b.ledger.told, func(told ledger.Told) bool { return told.Kind == ledger.ClockEvent }) {
		d.Text(t.say("Ingen i hendelsesloggen.", "None in the event log."))
	}
	for _, told := range b.ledger.told {
		if told.Kind == ledger.ClockEvent {
			d.Text(t.say("Klokkehendelse %s: %s.", "Clock event %s: %s.", t.at(told.At), t.entry(told.Entry)))
		}
	}
}

// clockChanges are when in a span the clocks of a zone are changed.
func clockChanges(span footage.Span, zone *time.Location) (all []footage.Instant) {
	for at := span.From.Time().In(zone); ; {
		_, end := at.ZoneBounds()
		if end.IsZero() || footage.At(end) >= span.To {
			return all
		}
		all, at = append(all, footage.At(end)), end.In(zone)
	}
}

func (b *builder) cameraPaper(d *paper.Document, t tongue) {
	for _, g := range b.given {
		c := g.camera
		d.Heading(string(c.ID) + ", " + c.Name)
		picture := t.say("ingen opptak", "no footage")
		if len(g.masters) > 0 {
			m := g.masters[0].movie
			picture = fmt.Sprintf("%d × %d, %s (%s)", m.Width, m.Height, strings.ToUpper(string(m.Codec)), m.CodecString)
		}
		still := t.at(c.StillAt)
		for _, p := range b.stills {
			if p.Camera == c.ID {
				still += t.say("; i denne pakken: ", "; in this package: ") + p.file()
			}
		}
		d.Facts(
			[2]string{t.say("Sone", "Zone"), t.or(c.Zone)},
			[2]string{t.say("Plassering", "Place"), t.or(c.Place)},
			[2]string{t.say("Posisjon", "Position"), t.or(c.Position)},
			[2]string{t.say("Høyde", "Height"), t.measure(c.HeightCM, "cm")},
			[2]string{t.say("Retning", "Direction"), t.direction(c.DirectionDeg)},
			[2]string{t.say("Synsfelt, vannrett", "Field of view, horizontal"), t.measure(c.FieldOfViewDeg, "°")},
			[2]string{t.say("Formål", "Purpose"), t.or(strings.Join(c.Purposes, "; "))},
			[2]string{t.say("Type", "Kind"), t.or(c.Kind)},
			[2]string{t.say("Fabrikat og modell", "Make and model"), t.or(strings.TrimSpace(c.Make + " " + c.Model))},
			[2]string{t.say("Serienummer", "Serial number"), t.or(c.Serial)},
			[2]string{t.say("Fastvare", "Firmware"), t.or(c.Firmware)},
			[2]string{t.say("Maskering", "Masks"), t.or(c.Masks)},
			[2]string{t.say("Piksler per meter", "Pixels per metre"), t.density(c.PixelsPerMetre)},
			[2]string{t.say("Bilde av synsfeltet", "Picture of the field of view"), still},
			[2]string{t.say("Bilde", "Picture"), picture},
			[2]string{t.say("Lyd", "Sound"), t.say("tas aldri opp", "never recorded")},
		)
	}
}

func (b *builder) gapPaper(d *paper.Document, t tongue) {
	d.Text(t.say("Det som skulle gis, er summen av det som er gitt, hullene der ingenting ble tatt opp, og det som mangler: tatt opp og gått tapt, eller uten kjent årsak. Tall for programmer: data/maskin/gaps.csv.", "What was to be given is the sum of what is given, of the gaps, in which nothing was recorded, and of what is missing: recorded and lost, or for an unknown cause. Figures for programs: data/maskin/gaps.csv."))
	var sums, rows [][]string
	for _, g := range b.given {
		for _, x := range g.missing {
			rows = append(rows, []string{string(g.camera.ID), t.span(x.Span), t.lasts(x.Span.Duration()), t.cause(x.Cause)})
		}
		lost, damaged, dropped := 0, 0, 0
		for _, s := range b.segments {
			if s.Camera == g.camera.ID {
				lost, damaged = lost+s.LostPackets, damaged+s.DamagedFrames
			}
		}
		for _, m := range g.masters {
			dropped += m.movie.Dropped
		}
		a := g.account()
		sums = append(sums, []string{string(g.camera.ID), t.lasts(a.Asked), t.lasts(a.Given), t.lasts(a.Gaps), t.lasts(a.Missing), number(a.Pictures), number(lost), number(damaged), number(dropped)})
	}
	d.Table([]paper.Column{{Head: t.say("Kamera", "Camera"), Width: 3}, {Head: t.say("Skulle gis", "To be given"), Width: 2, Right: true}, {Head: t.say("Gitt", "Given"), Width: 2, Right: true}, {Head: t.say("Hull", "Gaps"), Width: 2, Right: true}, {Head: t.say("Mangler", "Missing"), Width: 2, Right: true}, {Head: t.say("Bilder gitt", "Pictures given"), Width: 2, Right: true},
		{Head: t.say("Tapte pakker", "Lost packets"), Width: 2, Right: true}, {Head: t.say("Skadde bilder", "Damaged pictures"), Width: 2, Right: true}, {Head: t.say("Utelatte bilder", "Left out pictures"), Width: 2, Right: true}}, sums)
	d.Small(t.say("Utelatte bilder: bilder i begynnelsen av en master eller etter et hull som ikke kan dekodes fordi det de bygger på, mangler. De er med i segmentene.",
		"Left out pictures: at the beginning of a master or behind a gap, those that cannot be decoded because what they build on is missing. They are in the segments."))
	d.Heading(t.say("Hull og det som mangler", "Gaps and what is missing"))
	if len(rows) == 0 {
		d.Text(t.say("Ingen.", "None."))
		return
	}
	d.Table([]paper.Column{{Head: t.say("Kamera", "Camera"), Width: 2}, {Head: t.say("Tidsrom", "Span"), Width: 5}, {Head: t.say("Varighet", "Duration"), Width: 2, Right: true}, {Head: t.say("Årsak", "Cause"), Width: 4}}, rows)
}

func (b *builder) custodyPaper(d *paper.Document, t tongue) {
	d.Text(t.say("Opptakene ble skrevet av Sjudager, forseglet med egen nøkkel for hver time og hvert kamera, og aldri endret. SHA-256 ble tatt da de ble lagret. Hendelsene nedenfor står i hendelsesloggen, med bevis i data/maskin/audit-proofs.json. Personer står med id; hvem de er, står i utleveringsnotatet eller hos behandlingsansvarlig.",
		"The footage was written by Sjudager, sealed with a key of its own for each hour and camera, and never changed. SHA-256 was taken when it was stored. The events below are in the event log, with proofs in data/maskin/audit-proofs.json. People are named by id; who they are is in the release note, or with the controller."))
	d.Heading(t.say("Sikringer", "Holds"))
	var rows [][]string
	for _, h := range b.Holds {
		until := t.at(h.Until)
		if h.State != "" {
			until += "; " + t.holdState(h.State)
		}
		if h.Closing != "" {
			until += ": " + t.closing(h.Closing)
		}
		rows = append(rows, []string{h.Number, t.ground(h.Ground), t.at(h.Placed.At) + ", " + h.Placed.By, until})
	}
	d.Table([]paper.Column{{Head: t.say("Nummer", "Number"), Width: 2}, {Head: t.say("Grunn", "Ground"), Width: 4}, {Head: t.say("Sikret", "Placed"), Width: 4}, {Head: t.say("Til", "Until"), Width: 3}}, rows)
	d.Heading(t.say("Hendelser", "Events"))
	rows = nil
	for _, told := range b.ledger.told {
		kind := t.say(told.Kind.Words())
		rows = append(rows, []string{number(told.Number), t.at(told.At), kind, told.By, t.entry(told.Entry)})
	}
	d.Table([]paper.Column{{Head: t.say("Nr.", "No."), Width: 1, Right: true}, {Head: t.say("Tid", "Time"), Width: 3}, {Head: t.say("Hendelse", "Event"), Width: 2}, {Head: t.say("Hvem", "Who"), Width: 2}, {Head: t.say("Hva", "What"), Width: 5}}, rows)
	d.Facts([2]string{t.say("Godkjent", "Approved"), t.person(b.Release.Approved)}, [2]string{t.say("Eksportert", "Exported"), t.person(b.Release.Exported)})
}
