package web

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/holds/paper"
	"github.com/sjudager/sjudager/holds/statement"
	"github.com/sjudager/sjudager/vault/index"
)

// maxPrinted is how many entries a printed log has at most: 200 pages.
const maxPrinted = 8000

// exportLog answers with the entries that the query asks for as a file (R108), the
// oldest first: all of them, or with a limit the newest.
func (s *Server) exportLog(w http.ResponseWriter, r *http.Request, format string) {
	q := r.URL.Query()
	f, err := logFilter(q)
	limit := 0
	if text := q.Get("limit"); err == nil && text != "" {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 {
			err = fmt.Errorf("%w: limit is a number above 0, or left out", errInvalid)
		}
	}
	l := statement.Language(cmp.Or(q.Get("lang"), string(statement.Norwegian)))
	switch {
	case err != nil:
	case format != "csv" && format != "pdf":
		err = fmt.Errorf("%w: format is json, csv or pdf", errInvalid)
	case l != statement.Norwegian && l != statement.English:
		err = fmt.Errorf("%w: lang is nb or en", errInvalid)
	default:
		err = unhurried(w)
	}
	var all []LogEntry
	if err == nil {
		all, err = s.logEntries(f, limit)
	}
	if err == nil && format == "pdf" && len(all) > maxPrinted {
		err = fmt.Errorf("%w: %d entries are too many to print, at most %d; choose a shorter time, or csv", errInvalid, len(all), maxPrinted)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	name := "log-" + s.now().Time().In(s.Holds.Policy().Zone).Format(dayForm)
	if format == "csv" {
		s.file(w, "text/csv; charset=utf-8", name+".csv", logCSV(all))
		return
	}
	file, err := s.logPDF(all, f, l)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.file(w, "application/pdf", name+".pdf", file)
}

// logEntries returns the newest `limit` entries, or all with 0, the oldest first.
func (s *Server) logEntries(f ledger.Filter, limit int) (all []LogEntry, err error) {
	err = s.Index.View(func(tx *index.Tx) error {
		size, err := ledger.Size(tx)
		if err != nil {
			return err
		}
		for told, err := range ledger.Entries(tx, f, size) {
			if err != nil {
				return err
			}
			if all = append(all, NewLogEntry(told)); len(all) == limit {
				break
			}
		}
		return nil
	})
	slices.Reverse(all)
	return all, err
}

// Said is what an entry says beside who, when and about what: its other fields and its
// details, in a line.
func (e LogEntry) Said() string {
	if e.Pruned {
		return "pruned"
	}
	var parts []string
	for name, v := range e.Fields {
		if n, ok := v.(float64); ok { // every number, once JSON has been read
			v = strconv.FormatFloat(n, 'f', -1, 64)
		}
		parts = append(parts, fmt.Sprintf("%s=%v", name, v))
	}
	for name, d := range e.Details {
		if d.Erased {
			parts = append(parts, name+": erased")
		} else {
			parts = append(parts, fmt.Sprintf("%s: %q", name, d.Text))
		}
	}
	sort.Strings(parts)
	return strings.Join(parts, " ")
}

// field is one field of an entry as a text.
func (e LogEntry) field(names ...string) string {
	for _, name := range names {
		switch v := e.Fields[name].(type) {
		case nil:
		case []string:
			return strings.Join(v, " ")
		default:
			return fmt.Sprint(v)
		}
	}
	return ""
}

// logCSV writes entries for a spreadsheet.
func logCSV(all []LogEntry) []byte {
	var rows [][]string
	for _, e := range all {
		rows = append(rows, []string{strconv.FormatInt(e.Number, 10), e.At.String(), string(e.Kind), e.By, e.field("camera", "cameras"), e.field("hold"), e.field("from"), e.field("to"), e.Said(), e.Hash})
	}
	return spreadsheet([]string{"n", "at", "kind", "by", "camera", "hold", "from", "to", "says", "hash"}, rows)
}

// spreadsheet writes rows: UTF-8 with a byte order mark, without which Excel takes the
// letters for others, and semicolons, which it expects where a comma is in a number.
// What could pass for a formula begins with an apostrophe.
func spreadsheet(head []string, rows [][]string) []byte {
	var b bytes.Buffer
	b.WriteString("\ufeff")
	w := csv.NewWriter(&b)
	w.Comma, w.UseCRLF = ';', true
	for _, cells := range append([][]string{head}, rows...) {
		for i, c := range cells {
			cells[i] = harmless(c)
		}
		if err := w.Write(cells); err != nil {
			panic("internal error: memory cannot be written: " + err.Error())
		}
	}
	w.Flush()
	return b.Bytes()
}

// harmless keeps a spreadsheet from reading a cell as a formula.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// logPDF prints entries.
func (s *Server) logPDF(all []LogEntry, f ledger.Filter, l statement.Language) ([]byte, error) {
	say := func(norwegian, english string) string {
		if l == statement.English {
			return english
		}
		return norwegian
	}
	zone, site := s.Holds.Policy().Zone, s.Site()
	const form = "02.01.2006 15:04:05"
	d := &paper.Document{
		Title: say("Hendelseslogg", "Audit log"), Author: site.Controller, Language: string(l), Made: s.Now(), Foot: strings.TrimPrefix(site.Controller+", "+site.Name, ", "),
		Page: func(n, of int) string { return fmt.Sprintf(say("side %d av %d", "page %d of %d"), n, of) },
	}
	facts := [][2]string{{say("Sted", "Site"), site.Name}, {say("Laget", "Made"), s.Now().In(zone).Format(form) + " (" + zone.String() + ")"}}
	for _, chosen := range [][2]string{{say("Kamera", "Camera"), string(f.Camera)}, {say("Bruker", "User"), f.User}, {say("Sikring", "Hold"), f.Hold}, {say("Slag", "Kind"), string(f.Kind)}} {
		if chosen[1] != "" {
			facts = append(facts, chosen)
		}
	}
	facts = append(facts, [2]string{say("Poster", "Entries"), strconv.Itoa(len(all))})
	d.Facts(facts...)
	d.Small(say("Brukere står med sitt løpenummer, ikke med navn. Loggen er kjedet og signert; «sjudager log verify» kontrollerer den.", "Users are given by their number, not by name. The log is chained and signed; “sjudager log verify” checks it."))
	var rows [][]string
	for _, e := range all {
		rows = append(rows, []string{strconv.FormatInt(e.Number, 10), e.At.Time().In(zone).Format(form), string(e.Kind), e.By, e.Said()})
	}
	d.Table([]paper.Column{
		{Head: say("Nr.", "No."), Width: 1.2, Right: true}, {Head: say("Tid", "Time"), Width: 2}, {Head: say("Slag", "Kind"), Width: 2}, {Head: say("Av", "By"), Width: 1.4}, {Head: say("Hva", "What"), Width: 7},
	}, rows)
	return d.PDF()
}

// EraseRequest is the body of POST /api/v1/log/{n}/erase.
type EraseRequest struct {
	Detail string `json:"detail"` // its name, such as reason or case
	Reason string `json:"reason"` // why it is erased, in words without the text itself
	// Confirm is the number of the entry once more: what is erased cannot be had back.
	Confirm int64 `json:"confirm"`
}

// errReason: whoever erases says why.
var errReason = errors.New("say in reason why it is erased")

// postErase erases the text of a detail for good. The entry, its commitment and the
// tree stay as they are (R106).
func (s *Server) postErase(w http.ResponseWriter, r *http.Request) {
	var ask EraseRequest
	err := document(r, &ask)
	n, errNumber := strconv.ParseInt(chi.URLParam(r, "n"), 10, 64)
	switch {
	case err != nil:
	case errNumber != nil:
		err = fmt.Errorf("%w: %q is not the number of an entry", errInvalid, chi.URLParam(r, "n"))
	case ask.Confirm != n:
		err = fmt.Errorf("%w: what is erased cannot be had back: give the number of the entry in confirm, too", errInvalid)
	case strings.TrimSpace(ask.Reason) == "":
		err = fmt.Errorf("%w: %w", errInvalid, errReason)
	}
	var told ledger.Told
	if err == nil {
		err = s.Index.Update(func(tx *index.Tx) (err error) {
			if err := ledger.Erase(tx, n, ask.Detail, actor(r), strings.TrimSpace(ask.Reason)); err != nil {
				return err
			}
			told, err = ledger.Tell(tx, n)
			return err
		})
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, http.StatusOK, NewLogEntry(told))
}
