package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/paper"
	"github.com/sjudager/sjudager/holds/release"
	"github.com/sjudager/sjudager/holds/statement"
	"github.com/sjudager/sjudager/vault/footage"
)

// exportReleases answers with releases as a file, the oldest first (R108). What a person
// in the footage may be told (release.Filter.Subject) has no names in it.
func (s *Server) exportReleases(w http.ResponseWriter, r *http.Request, all []release.Release, f release.Filter, format string) {
	slices.Reverse(all)
	l := statement.Language(cmp.Or(r.URL.Query().Get("lang"), string(statement.Norwegian)))
	name := "releases-" + s.now().Time().In(s.Holds.Policy().Zone).Format(dayForm)
	var err error
	switch {
	case format != "csv" && format != "pdf":
		err = fmt.Errorf("%w: format is json, csv or pdf", errInvalid)
	case l != statement.Norwegian && l != statement.English:
		err = fmt.Errorf("%w: lang is nb or en", errInvalid)
	case format == "pdf" && len(all) > maxPrinted:
		err = fmt.Errorf("%w: %d releases are too many to print, at most %d; choose fewer, or csv", errInvalid, len(all), maxPrinted)
	}
	if err == nil && format == "csv" {
		s.file(w, "text/csv; charset=utf-8", name+".csv", releasesCSV(all, f.Subject))
		return
	}
	var file []byte
	if err == nil {
		file, err = s.releasesPDF(all, f, l)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.file(w, "application/pdf", name+".pdf", file)
}

// releasesCSV writes the release log for a spreadsheet.
func releasesCSV(all []release.Release, subject bool) []byte {
	head := []string{"number", "state", "kind", "basis", "recipient", "organisation", "cameras", "given", "asked_at", "delivered_at",
		"case", "asker", "concerns", "purpose", "hold", "approved_by", "approved_at", "exported_by", "exported_at", "segments", "manifest", "channel", "medium", "serial", "seal",
		"receipt_at", "verified_at", "emergency", "reviewed_by", "ended_at", "because", "version"}
	open := 10 // columns that name nobody and no case
	if subject {
		head = head[:open]
	}
	var rows [][]string
	for _, r := range all {
		var p release.Package
		if n := len(r.Packages); n > 0 {
			p = r.Packages[n-1]
		}
		manifest := ""
		if p.Built != 0 {
			manifest = p.Manifest.String()
		}
		row := []string{r.Number, string(r.State), string(r.Kind), string(r.Basis), string(r.Recipient), r.Organisation, camerasOf(r.Given), spansOf(r.Given, footage.Instant.String), r.AskedAt.String(), r.Delivery.At.String(),
			r.Case, r.Asker.Name, r.Concerns, r.Purpose, r.Hold, r.Approved.By, r.Approved.At.String(), p.Begun.By, p.Built.String(), strconv.Itoa(p.Segments), manifest,
			string(r.Delivery.Channel), r.Delivery.Medium, r.Delivery.Serial, r.Delivery.Seal, r.Receipt.At.String(), r.Verified.At.String(), strconv.FormatBool(r.Emergency), r.Reviewed.By, r.Ended.At.String(), r.Because, strconv.Itoa(r.Version)}
		rows = append(rows, row[:len(head)])
	}
	return spreadsheet(head, rows)
}

func camerasOf(all []holds.Selection) string {
	var ids []string
	for _, s := range all {
		for _, c := range s.Cameras {
			if !slices.Contains(ids, string(c)) {
				ids = append(ids, string(c))
			}
		}
	}
	return strings.Join(ids, " ")
}

func spansOf(all []holds.Selection, show func(footage.Instant) string) string {
	var spans []string
	for _, s := range all {
		spans = append(spans, show(s.From)+"/"+show(s.To))
	}
	return strings.Join(spans, " ")
}

// releasesPDF prints the release log.
func (s *Server) releasesPDF(all []release.Release, f release.Filter, l statement.Language) ([]byte, error) {
	say := func(norwegian, english string) string {
		if l == statement.English {
			return english
		}
		return norwegian
	}
	zone, site := s.Holds.Policy().Zone, s.Site()
	at := func(i footage.Instant) string {
		if i == 0 {
			return "–"
		}
		return i.Time().In(zone).Format("02.01.2006 15:04:05")
	}
	d := &paper.Document{
		Title: say("Utleveringslogg", "Release log"), Author: site.Controller, Language: string(l), Made: s.Now(), Foot: strings.TrimPrefix(site.Controller+", "+site.Name, ", "),
		Page: func(n, of int) string { return fmt.Sprintf(say("side %d av %d", "page %d of %d"), n, of) },
	}
	facts := [][2]string{{say("Sted", "Site"), site.Name}, {say("Laget", "Made"), at(footage.At(s.Now())) + " (" + zone.String() + ")"}}
	for _, chosen := range [][2]string{{say("Kamera", "Camera"), string(f.Camera)}, {say("Bruker", "User"), f.User}, {say("Sak", "Case"), f.Case}} {
		if chosen[1] != "" {
			facts = append(facts, chosen)
		}
	}
	d.Facts(append(facts, [2]string{say("Utleveringer", "Releases"), strconv.Itoa(len(all))})...)
	if f.Subject {
		d.Small(say("Mottakere etter personvernforordningen art. 15 nr. 1 bokstav c. Utleveringer som politiet har bedt om å holde hemmelig, er ikke med.",
			"Recipients under GDPR art. 15(1)(c). Releases that the police have asked to be kept secret are left out."))
	}
	var rows [][]string
	for _, r := range all {
		basis, _ := r.Basis.Rule()
		to := worded(l, r.Recipient, release.Recipients) + ", " + r.Organisation
		if !f.Subject {
			to = strings.TrimSuffix(to, ", ") + "; " + r.Asker.Name + "; " + r.Case
		}
		rows = append(rows, []string{r.Number, strings.Trim(to, "; ,"), worded(l, r.Kind, release.Kinds) + "; " + say(basis.Norwegian, basis.English),
			camerasOf(r.Given) + " " + spansOf(r.Given, at), at(r.Delivery.At), string(r.State)})
	}
	d.Table([]paper.Column{
		{Head: say("Nr.", "No."), Width: 1.8}, {Head: say("Til", "To"), Width: 3}, {Head: say("Hvordan og hvorfor", "How and why"), Width: 3},
		{Head: say("Opptak", "Footage"), Width: 3.4}, {Head: say("Utlevert", "Delivered"), Width: 1.8}, {Head: say("Status", "State"), Width: 1.4},
	}, rows)
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
