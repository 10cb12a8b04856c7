package web

import (
	"strings"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/release"
)

// releaseFact is something that a release says, in words.
type releaseFact struct{ Name, Text string }

// releaseFacts is what somebody has written about a release, in one order: what is
// empty is there, too, so that two versions can be compared.
func (f *frame) releaseFacts(r release.Release) []releaseFact {
	yes := func(is bool) string {
		if is {
			return f.T("ja", "yes")
		}
		return ""
	}
	secrecy := ""
	if r.Secrecy != 0 {
		secrecy = f.Full(r.Secrecy)
	}
	asked := ""
	if r.AskedAt != 0 {
		asked = f.Full(r.AskedAt) + ", " + strings.ToLower(f.How(r.How))
	}
	return []releaseFact{
		{f.T("Mottaker", "Recipient"), f.Recipient(r.Recipient)},
		{f.T("Organisasjon", "Organisation"), r.Organisation},
		{f.T("Anmoder", "Requester"), r.Asker.Name},
		{f.T("Tjenestenummer", "Service number"), r.Asker.Service},
		{f.T("Enhet", "Unit"), r.Asker.Unit},
		{f.T("Kontakt", "Contact"), r.Asker.Contact},
		{f.T("Identitet kontrollert", "Identity checked"), r.Identity},
		{f.T("Spurt", "Asked"), asked},
		{f.T("Rettslig grunnlag", "Legal basis"), f.Basis(r.Basis)},
		{f.T("Hjemmel", "Statute or order"), r.Authority},
		{f.T("Vurdering", "Assessment"), r.Assessment},
		{f.T("Saksnummer", "Case number"), r.Case},
		{f.T("Saken gjelder", "The case is about"), r.Concerns},
		{f.T("Formål", "Purpose"), r.Purpose},
		{f.T("Form", "Kind"), f.ReleaseKind(r.Kind)},
		{f.T("Det ble bedt om", "Asked for"), f.scopeWords(r.Asked)},
		{f.T("Det gis", "Given"), f.scopeWords(r.Given)},
		{f.T("Hvorfor det gis mindre", "Why less is given"), r.Differs},
		{f.T("Sikring", "Hold"), r.Hold},
		{f.T("Opptaket viser", "The footage shows"), r.Description},
		{f.T("Trolig mindreårige på opptaket", "Minors are likely in the footage"), yes(r.Minors)},
		{f.T("Holdes hemmelig for den registrerte til", "Kept from those in it until"), secrecy},
		{f.T("Hvem ba om hemmelighold", "Who asked for secrecy"), r.SecrecyFor},
	}
}

// scopeWords is a line for each selection.
func (f *frame) scopeWords(all []holds.Selection) string {
	var lines []string
	for _, s := range all {
		lines = append(lines, f.Names(s.Cameras)+": "+f.Span(s.Span))
	}
	return strings.Join(lines, "\n")
}

// Facts are those of the release that is shown, but for what is empty.
func (p *releasePage) Facts() (said []releaseFact) {
	for _, fact := range p.releaseFacts(p.Shown.Release) {
		if fact.Text != "" {
			said = append(said, fact)
		}
	}
	return said
}

// releaseVersion is a version of a release, and what in it was written otherwise before
// (R79).
type releaseVersion struct {
	release.Release
	Changes []releaseChange
}

type releaseChange struct{ Name, Was, Is string }

// Versions are all of them, the newest first.
func (p *releasePage) Versions() []releaseVersion {
	all := append(p.Shown.Old[:len(p.Shown.Old):len(p.Shown.Old)], p.Shown.Release)
	versions := make([]releaseVersion, len(all))
	var was []releaseFact
	for i, r := range all {
		v := &versions[len(all)-1-i]
		v.Release = r
		is := p.releaseFacts(r)
		for j := range was {
			if was[j] != is[j] {
				v.Changes = append(v.Changes, releaseChange{is[j].Name, was[j].Text, is[j].Text})
			}
		}
		was = is
	}
	return versions
}
