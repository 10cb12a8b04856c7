package web

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/paper"
	"github.com/sjudager/sjudager/holds/release"
	"github.com/sjudager/sjudager/holds/statement"
	"github.com/sjudager/sjudager/vault/footage"
)

// printed is what a printed release log needs to know.
type printed struct {
	language statement.Language
	zone     *time.Location
	site     Site
	made     time.Time
}

func (p printed) say(norwegian, english string) string {
	if p.language == statement.English {
		return english
	}
	return norwegian
}

func (p printed) at(i footage.Instant) string {
	if i == 0 {
		return "–"
	}
	return i.Time().In(p.zone).Format("02.01.2006 15:04:05")
}

func (p printed) document(title string) *paper.Document {
	return &paper.Document{
		Title: title, Author: p.site.Controller, Language: string(p.language), Made: p.made, Foot: strings.TrimPrefix(p.site.Controller+", "+p.site.Name, ", "),
		Page: func(n, of int) string { return fmt.Sprintf(p.say("side %d av %d", "page %d of %d"), n, of) },
	}
}

// head are the facts that each printed log begins with.
func (p printed) head() [][2]string {
	return [][2]string{{p.say("Sted", "Site"), p.site.Name}, {p.say("Laget", "Made"), p.at(footage.At(p.made)) + " (" + p.zone.String() + ")"}}
}

// releases prints the release log.
func (p printed) releases(all []release.Release, f release.Filter) ([]byte, error) {
	d := p.document(p.say("Utleveringslogg", "Release log"))
	facts := p.head()
	for _, chosen := range [][2]string{{p.say("Kamera", "Camera"), string(f.Camera)}, {p.say("Bruker", "User"), f.User}, {p.say("Sak", "Case"), f.Case}} {
		if chosen[1] != "" {
			facts = append(facts, chosen)
		}
	}
	d.Facts(append(facts, [2]string{p.say("Utleveringer", "Releases"), strconv.Itoa(len(all))})...)
	if f.Subject {
		d.Small(p.say("Mottakere etter personvernforordningen art. 15 nr. 1 bokstav c. Utleveringer som politiet har bedt om å holde hemmelig, er ikke med.",
			"Recipients under GDPR art. 15(1)(c). Releases that the police have asked to be kept secret are left out."))
	}
	var rows [][]string
	for _, r := range all {
		to := worded(p.language, r.Recipient, release.Recipients) + ", " + r.Organisation
		if !f.Subject {
			to = strings.TrimSuffix(to, ", ") + "; " + r.Asker.Name + "; " + r.Case
		}
		rows = append(rows, []string{r.Number, strings.Trim(to, "; ,"), worded(p.language, r.Kind, release.Kinds) + "; " + p.basis(r.Basis),
			camerasOf(r.Given) + " " + spansOf(r.Given, p.at), p.at(r.Delivery.At), worded(p.language, r.State, release.StateWords)})
	}
	d.Table([]paper.Column{
		{Head: p.say("Nr.", "No."), Width: 1.8}, {Head: p.say("Til", "To"), Width: 3}, {Head: p.say("Hvordan og hvorfor", "How and why"), Width: 3},
		{Head: p.say("Opptak", "Footage"), Width: 3.4}, {Head: p.say("Utlevert", "Delivered"), Width: 1.8}, {Head: p.say("Status", "State"), Width: 1.4},
	}, rows)
	return d.PDF()
}

func (p printed) basis(b release.Basis) string {
	rule, _ := b.Rule()
	return p.say(rule.Norwegian, rule.English)
}

// release prints one release, whole: the last version, what was done to it, and the
// segments that are in its package.
func (p printed) release(r release.Shown) ([]byte, error) {
	d := p.document(p.say("Utlevering ", "Release ") + r.Number)
	d.Facts(append(p.head(), [2]string{p.say("Status", "State"), worded(p.language, r.State, release.StateWords) + ", " + p.say("versjon ", "version ") + strconv.Itoa(r.Version)})...)
	facts := func(heading string, all ...[2]string) {
		var some [][2]string
		for _, f := range all {
			if f[1] != "" && f[1] != "–" {
				some = append(some, f)
			}
		}
		if len(some) > 0 {
			d.Heading(heading)
			d.Facts(some...)
		}
	}
	by := func(a holds.Act) string {
		if a.At == 0 {
			return ""
		}
		return p.at(a.At) + ", " + a.By
	}
	filed := func(doc release.Document) string {
		if doc.At == 0 {
			return ""
		}
		return p.at(doc.At) + ", SHA-256 " + doc.SHA256.String()
	}
	yes := func(is bool, norwegian, english string) string {
		if !is {
			return ""
		}
		return p.say(norwegian, english)
	}
	rule, _ := r.Basis.Rule()
	facts(p.say("Anmodningen", "The request"),
		[2]string{p.say("Form", "Kind"), worded(p.language, r.Kind, release.Kinds)},
		[2]string{p.say("Mottaker", "Recipient"), strings.Trim(worded(p.language, r.Recipient, release.Recipients)+", "+r.Organisation, ", ")},
		[2]string{p.say("Person", "Person"), strings.Trim(strings.Join([]string{r.Asker.Name, r.Asker.Service, r.Asker.Unit, r.Asker.Contact}, ", "), ", ")},
		[2]string{p.say("Identitet kontrollert", "Identity checked"), r.Identity},
		[2]string{p.say("Kom", "Came"), p.at(r.AskedAt) + ", " + worded(p.language, r.How, release.Hows)},
		[2]string{p.say("Skriftlig anmodning", "Written request"), filed(r.Written)},
		[2]string{p.say("Rettslig grunnlag", "Legal basis"), p.basis(r.Basis) + " (" + rule.Source + ")"},
		[2]string{p.say("Hjemmel", "Authority"), r.Authority},
		[2]string{p.say("Vurdering", "Assessment"), r.Assessment},
		[2]string{p.say("Samtykke", "Consent"), filed(r.Consent)},
		[2]string{p.say("Sak", "Case"), r.Case},
		[2]string{p.say("Gjelder", "Concerns"), r.Concerns},
		[2]string{p.say("Formål", "Purpose"), r.Purpose},
		[2]string{p.say("Hemmelig til", "Secret until"), strings.Trim(strings.TrimPrefix(p.at(r.Secrecy), "–")+", "+r.SecrecyFor, ", ")})
	facts(p.say("Opptakene", "The footage"),
		[2]string{p.say("Det ble bedt om", "Asked for"), camerasOf(r.Asked) + " " + spansOf(r.Asked, p.at)},
		[2]string{p.say("Gitt", "Given"), camerasOf(r.Given) + " " + spansOf(r.Given, p.at)},
		[2]string{p.say("Hvorfor ikke det samme", "Why not the same"), r.Differs},
		[2]string{p.say("Beskrivelse", "Description"), r.Description},
		[2]string{p.say("Mindreårige", "Minors"), yes(r.Minors, "trolig på opptaket", "likely in the picture")},
		[2]string{p.say("Sikring", "Hold"), r.Hold})
	facts(p.say("Hvem som har bestemt og gitt", "Who decided and gave"),
		[2]string{p.say("Godkjent", "Approved"), by(r.Approved) + yes(r.Emergency, ", alene i en hastesak", ", alone in an emergency")},
		[2]string{p.say("Vurdert i ettertid", "Reviewed"), by(r.Reviewed)},
		[2]string{p.say("Overlevert", "Delivered"), p.at(r.Delivery.At)},
		[2]string{p.say("Hvordan", "How"), worded(p.language, r.Delivery.Channel, release.Channels)},
		[2]string{p.say("Fra, til, hvor", "From, to, where"), strings.Trim(r.HandedBy+", "+r.Received+", "+r.Where, ", ")},
		[2]string{p.say("Medium", "Medium"), strings.Trim(strings.Join([]string{r.Delivery.Medium, r.Delivery.Serial, r.Delivery.Seal, r.Delivery.Protection}, ", "), ", ")},
		[2]string{p.say("Kvittering", "Receipt"), filed(r.Receipt)},
		[2]string{p.say("Åpnet og kontrollert", "Opened and verified"), strings.Trim(strings.TrimPrefix(p.at(r.Verified.At), "–")+", "+r.Checked, ", ")},
		[2]string{p.say("Avsluttet", "Ended"), by(r.Ended)})
	for _, one := range r.Packages {
		facts(p.say("Pakke ", "Package ")+strconv.Itoa(one.N)+yes(one.Supplements != 0, ", tillegg til pakke ", ", a supplement to package ")+yes(one.Supplements != 0, strconv.Itoa(one.Supplements), strconv.Itoa(one.Supplements)),
			[2]string{p.say("Begynt", "Begun"), by(one.Begun)}, [2]string{p.say("Ferdig", "Complete"), p.at(one.Built)},
			[2]string{p.say("Mislyktes", "Failed"), worded(p.language, one.Failed, release.Failures)},
			[2]string{p.say("Innhold", "Content"), fmt.Sprintf(p.say("%d segmenter, %d filer, %d byte", "%d segments, %d files, %d bytes"), one.Segments, one.Files, one.Bytes)},
			[2]string{p.say("Manifest", "Manifest"), digestWord(one.Manifest)}, [2]string{p.say("Signert med", "Signed with"), one.Key},
			[2]string{p.say("Tidsstempel", "Time stamp"), digestWord(one.Stamp)},
			[2]string{p.say("Vår kopi borte", "Our copy gone"), p.at(one.Gone)})
	}
	var notices [][2]string
	for _, n := range r.Notices {
		when := p.say("gjenstår", "still to be done")
		if n.How != "" {
			when = p.at(n.Told.At) + ", " + worded(p.language, n.How, release.Hows) + ", " + n.Told.Act.By
		}
		what := n.Request + " " + worded(p.language, n.Type, holds.Rights)
		if n.Package != 0 {
			what = p.say("Tillegget, pakke ", "The supplement, package ") + strconv.Itoa(n.Package)
		}
		notices = append(notices, [2]string{what, when})
	}
	facts(p.say("Underretning av mottakeren", "Notices to the recipient"), notices...)
	d.Heading(p.say("Hva som er gjort", "What was done"))
	var acts [][]string
	for _, v := range append(r.Old, r.Release) {
		acts = append(acts, []string{strconv.Itoa(v.Version), p.at(v.Made.At), v.Made.By, worded(p.language, v.Act, release.ActWords), v.Because})
	}
	d.Table([]paper.Column{{Head: p.say("Nr.", "No."), Width: 1}, {Head: p.say("Når", "When"), Width: 3.2}, {Head: p.say("Hvem", "Who"), Width: 2},
		{Head: p.say("Hva", "What"), Width: 3}, {Head: p.say("Begrunnelse", "Because"), Width: 5}}, acts)
	if len(r.Parts) > 0 && len(r.Parts) <= maxPrinted {
		d.Heading(p.say("Segmentene i pakken", "The segments in the package"))
		var parts [][]string
		for _, one := range r.Parts {
			parts = append(parts, []string{string(one.ID), one.SHA256.String()})
		}
		d.Table([]paper.Column{{Head: p.say("Segment", "Segment"), Width: 3}, {Head: "SHA-256", Width: 5}}, parts)
	}
	return d.PDF()
}

// worded is the text of a code.
func worded[C ~string](l statement.Language, code C, list []holds.Choice[C]) string {
	for _, c := range list {
		if c.Code == code && l == statement.English {
			return c.English
		} else if c.Code == code {
			return c.Norwegian
		}
	}
	return string(code)
}
