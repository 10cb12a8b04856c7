package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/sjudager/sjudager/holds"
	"github.com/sjudager/sjudager/holds/release"
	"github.com/sjudager/sjudager/holds/statement"
	"github.com/sjudager/sjudager/vault/footage"
)

// exportReleases answers with releases as a file, the oldest first (R108). What a person
// in the footage may be told (release.Filter.Subject) has no names in it.
func (s *Server) exportReleases(w http.ResponseWriter, r *http.Request, all []release.Release, f release.Filter, format string) {
	slices.Reverse(all)
	name := "releases-" + s.now().Time().In(s.Holds.Policy().Zone).Format(dayForm)
	s.releaseFile(w, r, name, format, releasesCSV(all, f.Subject), func(p printed) ([]byte, error) {
		if len(all) > maxPrinted {
			return nil, fmt.Errorf("%w: %d releases are too many to print, at most %d; choose fewer, or csv", errInvalid, len(all), maxPrinted)
		}
		return p.releases(all, f)
	})
}

// exportRelease answers with one release as a file: all its versions, the first one first.
func (s *Server) exportRelease(w http.ResponseWriter, r *http.Request, shown release.Shown, format string) {
	s.releaseFile(w, r, "release-"+shown.Number, format, releasesCSV(append(shown.Old, shown.Release), false), func(p printed) ([]byte, error) { return p.release(shown) })
}

func (s *Server) releaseFile(w http.ResponseWriter, r *http.Request, name, format string, sheet []byte, pdf func(p printed) ([]byte, error)) {
	l := statement.Language(cmp.Or(r.URL.Query().Get("lang"), string(statement.Norwegian)))
	var file []byte
	var err error
	switch {
	case format != "csv" && format != "pdf":
		err = fmt.Errorf("%w: format is json, csv or pdf", errInvalid)
	case l != statement.Norwegian && l != statement.English:
		err = fmt.Errorf("%w: lang is nb or en", errInvalid)
	case format == "csv":
		s.file(w, "text/csv; charset=utf-8", name+".csv", sheet)
		return
	default:
		file, err = pdf(printed{l, s.Holds.Policy().Zone, s.Site(), s.Now()})
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.file(w, "application/pdf", name+".pdf", file)
}

// releaseColumns are those of the release log for a spreadsheet. The first ones name
// nobody and no case: a person in the footage is told them.
var releaseColumns = []struct {
	head string
	cell func(r release.Release, p release.Package) string
}{
	{"number", func(r release.Release, _ release.Package) string { return r.Number }},
	{"state", func(r release.Release, _ release.Package) string { return string(r.State) }},
	{"kind", func(r release.Release, _ release.Package) string { return string(r.Kind) }},
	{"basis", func(r release.Release, _ release.Package) string { return string(r.Basis) }},
	{"recipient", func(r release.Release, _ release.Package) string { return string(r.Recipient) }},
	{"organisation", func(r release.Release, _ release.Package) string { return r.Organisation }},
	{"cameras", func(r release.Release, _ release.Package) string { return camerasOf(r.Given) }},
	{"given", func(r release.Release, _ release.Package) string { return spansOf(r.Given, footage.Instant.String) }},
	{"asked_at", func(r release.Release, _ release.Package) string { return r.AskedAt.String() }},
	{"delivered_at", func(r release.Release, _ release.Package) string { return r.Delivery.At.String() }},

	{"case", func(r release.Release, _ release.Package) string { return r.Case }},
	{"asker", func(r release.Release, _ release.Package) string { return r.Asker.Name }},
	{"concerns", func(r release.Release, _ release.Package) string { return r.Concerns }},
	{"purpose", func(r release.Release, _ release.Package) string { return r.Purpose }},
	{"hold", func(r release.Release, _ release.Package) string { return r.Hold }},
	{"approved_by", func(r release.Release, _ release.Package) string { return r.Approved.By }},
	{"approved_at", func(r release.Release, _ release.Package) string { return r.Approved.At.String() }},
	{"exported_by", func(_ release.Release, p release.Package) string { return p.Begun.By }},
	{"exported_at", func(_ release.Release, p release.Package) string { return p.Built.String() }},
	{"segments", func(_ release.Release, p release.Package) string { return strconv.Itoa(p.Segments) }},
	{"manifest", func(_ release.Release, p release.Package) string { return digestWord(p.Manifest) }},
	{"channel", func(r release.Release, _ release.Package) string { return string(r.Delivery.Channel) }},
	{"medium", func(r release.Release, _ release.Package) string { return r.Delivery.Medium }},
	{"serial", func(r release.Release, _ release.Package) string { return r.Delivery.Serial }},
	{"seal", func(r release.Release, _ release.Package) string { return r.Delivery.Seal }},
	{"receipt_at", func(r release.Release, _ release.Package) string { return r.Receipt.At.String() }},
	{"verified_at", func(r release.Release, _ release.Package) string { return r.Verified.At.String() }},
	{"emergency", func(r release.Release, _ release.Package) string { return strconv.FormatBool(r.Emergency) }},
	{"reviewed_by", func(r release.Release, _ release.Package) string { return r.Reviewed.By }},
	{"ended_at", func(r release.Release, _ release.Package) string { return r.Ended.At.String() }},
	{"because", func(r release.Release, _ release.Package) string { return r.Because }},
	{"version", func(r release.Release, _ release.Package) string { return strconv.Itoa(r.Version) }},
	{"act", func(r release.Release, _ release.Package) string { return string(r.Act) }},
	{"act_by", func(r release.Release, _ release.Package) string { return r.Made.By }},
	{"act_at", func(r release.Release, _ release.Package) string { return r.Made.At.String() }},
	{"how", func(r release.Release, _ release.Package) string { return string(r.How) }},
	{"asked", func(r release.Release, _ release.Package) string {
		return strings.Trim(camerasOf(r.Asked)+" "+spansOf(r.Asked, footage.Instant.String), " ")
	}},
	{"service", func(r release.Release, _ release.Package) string { return r.Asker.Service }},
	{"unit", func(r release.Release, _ release.Package) string { return r.Asker.Unit }},
	{"contact", func(r release.Release, _ release.Package) string { return r.Asker.Contact }},
	{"identity", func(r release.Release, _ release.Package) string { return r.Identity }},
	{"authority", func(r release.Release, _ release.Package) string { return r.Authority }},
	{"assessment", func(r release.Release, _ release.Package) string { return r.Assessment }},
	{"differs", func(r release.Release, _ release.Package) string { return r.Differs }},
	{"description", func(r release.Release, _ release.Package) string { return r.Description }},
	{"minors", func(r release.Release, _ release.Package) string { return strconv.FormatBool(r.Minors) }},
	{"secrecy_until", func(r release.Release, _ release.Package) string { return r.Secrecy.String() }},
	{"secrecy_for", func(r release.Release, _ release.Package) string { return r.SecrecyFor }},
	{"written_at", func(r release.Release, _ release.Package) string { return r.Written.At.String() }},
	{"protection", func(r release.Release, _ release.Package) string { return r.Delivery.Protection }},
	{"handed_by", func(r release.Release, _ release.Package) string { return r.HandedBy }},
	{"received_by", func(r release.Release, _ release.Package) string { return r.Received }},
	{"where", func(r release.Release, _ release.Package) string { return r.Where }},
	{"receipt_sha256", func(r release.Release, _ release.Package) string { return digestWord(r.Receipt.SHA256) }},
	{"verified_by", func(r release.Release, _ release.Package) string { return r.Checked }},
	{"key", func(_ release.Release, p release.Package) string { return p.Key }},
	{"package_gone_at", func(_ release.Release, p release.Package) string { return p.Gone.String() }},
}

// openColumns is how many of the columns a person in the footage is told.
const openColumns = 10

// digestWord is a digest, or nothing where there is none.
func digestWord(d footage.SHA256) string {
	if d == (footage.SHA256{}) {
		return ""
	}
	return d.String()
}

// releasesCSV writes releases, or the versions of one, for a spreadsheet.
func releasesCSV(all []release.Release, subject bool) []byte {
	columns := releaseColumns
	if subject {
		columns = columns[:openColumns]
	}
	var head []string
	for _, c := range columns {
		head = append(head, c.head)
	}
	var rows [][]string
	for _, r := range all {
		var p release.Package
		for _, one := range r.Packages {
			if one.Supplements == 0 {
				p = one
			}
		}
		var row []string
		for _, c := range columns {
			row = append(row, c.cell(r, p))
		}
		rows = append(rows, row)
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
