package signage

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// column is a column of a table: how a record says it, and takes it.
type column[T any] struct {
	name string
	get  func(T) string
	set  func(*T, string) error
}

// text is a column that is a text as it is.
func text[T any](name string, of func(*T) *string) column[T] {
	return column[T]{name, func(v T) string { return *of(&v) }, func(v *T, cell string) error { *of(v) = cell; return nil }}
}

// choice is a column of which an empty cell changes nothing.
func choice[T any, S ~string](name string, of func(*T) *S) column[T] {
	return column[T]{name, func(v T) string { return string(*of(&v)) }, func(v *T, cell string) error {
		if cell != "" {
			*of(v) = S(cell)
		}
		return nil
	}}
}

func flag[T any](name string, of func(*T) *bool) column[T] {
	return column[T]{name, func(v T) string { return map[bool]string{true: "yes", false: "no"}[*of(&v)] }, func(v *T, cell string) error {
		if cell != "" && cell != "yes" && cell != "no" {
			return invalid("%s is yes or no, not %q", name, cell)
		}
		*of(v) = cell == "yes"
		return nil
	}}
}

func number(cell, what string) (int, error) {
	if cell == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(cell)
	if err != nil {
		return 0, invalid("%s is a number, not %q", what, cell)
	}
	return n, nil
}

// several splits a cell of which each part is separated by "|".
func several(cell string) (all []string) {
	for part := range strings.SplitSeq(cell, "|") {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, part)
		}
	}
	return all
}

// signTable are the columns of signs. Of a sign that is there the first names it; a new
// one has none.
var signTable = []column[Sign]{
	text("sign", func(g *Sign) *string { return &g.Number }),
	choice("state", func(g *Sign) *State { return &g.State }), // of a new sign by default ordered
	choice("size", func(g *Sign) *Size { return &g.Size }),    // of a new sign by default A4
	{"before", func(g Sign) string { // Z-001/hoved|Z-001/side
		var all []string
		for _, p := range g.Places {
			all = append(all, p.Zone+"/"+p.Entrance)
		}
		return strings.Join(all, "|")
	}, func(g *Sign, cell string) error {
		g.Places = nil
		for _, part := range several(cell) {
			zone, entrance, ok := strings.Cut(part, "/")
			if !ok {
				return invalid("before is like Z-001/hoved|Z-001/side, not %q", part)
			}
			g.Places = append(g.Places, Place{zone, entrance})
		}
		return nil
	}},
	text("area", func(g *Sign) *string { return &g.Area.Norwegian }),
	text("area_en", func(g *Sign) *string { return &g.Area.English }),
	text("area_nn", func(g *Sign) *string { return &g.AreaNN }),
	text("area_se", func(g *Sign) *string { return &g.AreaSE }),
	text("position", func(g *Sign) *string { return &g.Position }),
	text("material", func(g *Sign) *string { return &g.Material }),
	{"height_cm", func(g Sign) string { return blank(g.HeightCM) }, func(g *Sign, cell string) (err error) {
		g.HeightCM, err = number(cell, "height_cm")
		return err
	}},
	{"languages", func(g Sign) string { // nn|se
		var all []string
		for _, l := range g.Languages {
			all = append(all, string(l))
		}
		return strings.Join(all, "|")
	}, func(g *Sign, cell string) error {
		g.Languages = nil
		for _, part := range several(cell) {
			g.Languages = append(g.Languages, Language(part))
		}
		return nil
	}},
	{"text", func(g Sign) string { return blank(g.Text) }, func(g *Sign, cell string) error { // empty: as it is, or of a new sign that in force
		n, err := number(cell, "text")
		if n != 0 {
			g.Text = n
		}
		return err
	}},
	{"why", func(Sign) string { return "" }, func(g *Sign, cell string) error { g.Why = cell; return nil }},
}

// zoneTable are the columns of zones.
var zoneTable = []column[Zone]{
	text("zone", func(z *Zone) *string { return &z.Number }),
	text("name", func(z *Zone) *string { return &z.Name }),
	choice("kind", func(z *Zone) *Kind { return &z.Kind }),
	flag("staff", func(z *Zone) *bool { return &z.Staff }),
	flag("limited", func(z *Zone) *bool { return &z.Limited }),
	entrances("entrances", true), // hoved=Hovedinngang|side=Sideinngang
	entrances("staff_entrances", false),
	{"decision", func(z Zone) string {
		if z.Decision == nil {
			return ""
		}
		return z.Decision.Text
	}, func(z *Zone, cell string) error {
		review := footage.Instant(0)
		if z.Decision != nil {
			review = z.Decision.Review
		}
		if z.Decision = nil; cell != "" {
			z.Decision = &Decision{cell, review}
		}
		return nil
	}},
	{"review", func(z Zone) string { // of the decision, after it
		if z.Decision == nil {
			return ""
		}
		return z.Decision.Review.String()
	}, func(z *Zone, cell string) error {
		if cell == "" && z.Decision == nil {
			return nil
		}
		var review footage.Instant
		if z.Decision == nil || review.UnmarshalText([]byte(cell)) != nil || review == 0 {
			return invalid("review is an instant such as 2027-01-31T12:00:00Z, of a decision, not %q", cell)
		}
		z.Decision = &Decision{z.Decision.Text, review}
		return nil
	}},
}

// entrances is the column of those that are public, or are not.
func entrances(name string, public bool) column[Zone] {
	return column[Zone]{name, func(z Zone) string {
		var all []string
		for _, e := range z.Entrances {
			if e.Public == public {
				all = append(all, e.ID+"="+e.Name)
			}
		}
		return strings.Join(all, "|")
	}, func(z *Zone, cell string) error {
		rest := slices.DeleteFunc(slices.Clone(z.Entrances), func(e Entrance) bool { return e.Public == public })
		var own []Entrance
		for _, part := range several(cell) {
			id, words, ok := strings.Cut(part, "=")
			if !ok {
				return invalid("%s are like hoved=Hovedinngang|side=Sideinngang, not %q", name, part)
			}
			own = append(own, Entrance{strings.TrimSpace(id), strings.TrimSpace(words), public})
		}
		if public {
			z.Entrances = append(own, rest...)
		} else {
			z.Entrances = append(rest, own...)
		}
		return nil
	}}
}

func blank(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// SignsCSV are all signs as a table, those taken down among them.
func (s Snapshot) SignsCSV() ([]byte, error) { return table(signTable, s.Signs) }

// ZonesCSV are all zones as a table.
func (s Snapshot) ZonesCSV() ([]byte, error) { return table(zoneTable, s.Zones) }

const byteOrderMark = "\ufeff" // without it spreadsheets take UTF-8 for something older

// table writes records as spreadsheets in Norway read them: UTF-8 with a byte order mark,
// semicolons, CRLF.
func table[T any](columns []column[T], all []T) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(byteOrderMark)
	w := csv.NewWriter(&b)
	w.Comma, w.UseCRLF = ';', true
	row := names(columns)
	err := w.Write(row)
	for _, v := range all {
		row = row[:0]
		for _, c := range columns {
			row = append(row, harmless(c.get(v)))
		}
		err = errors.Join(err, w.Write(row))
	}
	if w.Flush(); errors.Join(err, w.Error()) != nil {
		return nil, fmt.Errorf("couldn't write a table: %w", errors.Join(err, w.Error()))
	}
	return b.Bytes(), nil
}

// formulas are what a spreadsheet takes for the beginning of a formula, and what keeps it
// from it.
const formulas = "=+-@'"

// harmless is a cell that no spreadsheet computes.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune(formulas, rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// plain is what was made harmless.
func plain(cell string) string {
	if len(cell) > 1 && cell[0] == '\'' && strings.ContainsRune(formulas, rune(cell[1])) {
		return cell[1:]
	}
	return cell
}

// maxRows is how many lines a table has at most.
const maxRows = 2000

// sheet is a table as it was read.
type sheet struct {
	columns []string
	rows    [][]string
	lines   []int // where each row begins
}

// readSheet reads a table: UTF-8 with or without a byte order mark, separated by ";" or by
// ",", whichever is in its first line.
func readSheet(file []byte) (sheet, error) {
	var t sheet
	if !utf8.Valid(file) {
		return t, invalid("the table is not UTF-8: save it as \"CSV UTF-8\"")
	}
	file = bytes.TrimPrefix(file, []byte(byteOrderMark))
	head, _, _ := bytes.Cut(file, []byte("\n"))
	r := csv.NewReader(bytes.NewReader(file))
	if r.Comma = ','; bytes.ContainsRune(head, ';') {
		r.Comma = ';'
	}
	r.FieldsPerRecord = -1 // what a spreadsheet leaves empty at the end of a line
	for {
		row, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return t, invalid("the table cannot be read: %v", err)
		}
		for i := range row {
			row[i] = plain(strings.TrimSpace(strings.ReplaceAll(row[i], "\r", ""))) // a carriage return ends a line, here and there
		}
		line, _ := r.FieldPos(0)
		switch {
		case t.columns == nil:
			t.columns = row
		case !slices.ContainsFunc(row, func(cell string) bool { return cell != "" }):
		case len(row) > len(t.columns) && slices.ContainsFunc(row[len(t.columns):], func(cell string) bool { return cell != "" }):
			return t, invalid("line %d has %d cells, and the first line names %d columns", line, len(row), len(t.columns))
		case len(t.rows) == maxRows:
			return t, invalid("line %d: a table has at most %d lines", line, maxRows)
		default:
			t.rows, t.lines = append(t.rows, row), append(t.lines, line)
		}
	}
	if len(t.columns) == 0 {
		return t, invalid("line 1: the table is empty")
	}
	for i, name := range t.columns {
		if name == "" || slices.Contains(t.columns[:i], name) {
			return t, invalid("line 1: it names each column once; %q is not that", name)
		}
	}
	return t, nil
}

// apply puts the cells of a row into a record, column by column in the order of the
// table, and leaves what the sheet has no column for.
func apply[T any](columns []column[T], t sheet, row []string, v *T) error {
	for _, c := range columns {
		if !slices.Contains(t.columns, c.name) {
			continue
		}
		if err := c.set(v, t.cell(row, c.name)); err != nil {
			return err
		}
	}
	return nil
}

// only returns an error if the table has a column that is none of these.
func (t sheet) only(columns []string) error {
	for _, name := range t.columns {
		if !slices.Contains(columns, name) {
			return invalid("line 1: %q is not a column; there are %s", name, strings.Join(columns, ", "))
		}
	}
	return nil
}

// cell is that of a row in a column, empty where the row or the table ends before it.
func (t sheet) cell(row []string, name string) string {
	if i := slices.Index(t.columns, name); i >= 0 && i < len(row) {
		return row[i]
	}
	return ""
}

func names[T any](columns []column[T]) (all []string) {
	for _, c := range columns {
		all = append(all, c.name)
	}
	return all
}

// Change is what a line of a table does.
type Change string

// The changes.
const (
	Added   Change = "new"
	Changed Change = "changed"
	Same    Change = "same"
	Faulty  Change = "fault" // it cannot be taken in; nothing of the table is
)

// ImportLine is a line of a table and what it does.
type ImportLine struct {
	Line   int      `json:"line"`   // of the file, from 1
	Number string   `json:"number"` // of the sign, zone or camera; of a new one that which it gets
	Change Change   `json:"change"`
	Fields []string `json:"fields,omitempty"` // the columns that change
	Fault  string   `json:"fault,omitempty"`
}

// Import is what a table does to the register, or would.
type Import struct {
	Of     string       `json:"of"` // "signs", "zones" or "cameras"
	DryRun bool         `json:"dry_run"`
	Faults int          `json:"faults"`
	Lines  []ImportLine `json:"lines"`
}

// errDry undoes the transaction of a dry run, and of an import with faults.
var errDry = errors.New("nothing is to be written")

// Import takes in a table of signs, of zones or of camera sheets, which its first column's
// name tells, all of it or nothing. A line with a number is a further version of that
// sign, unless it is as it is; one without, or with a camera that has no sheet, is a new
// one. A column that is not there stays as it is. With dry,
// or where a line has a fault, nothing is written; without dry that is ErrInvalid, too.
func (s *Signs) Import(file []byte, dry bool, by string) (done Import, err error) {
	t, err := readSheet(file)
	if err != nil {
		return done, err
	}
	done = Import{DryRun: dry, Lines: []ImportLine{}}
	err = s.change(func(tx *index.Tx, r *Register) error {
		now := r.Latest(tx.Now)
		switch {
		case slices.Contains(t.columns, "sign"):
			done.Of = "signs"
			for i := range now.Signs {
				now.Signs[i].Why = "" // was that of the version before
			}
			err = importRows(&done, signTable, t, now.Signs, Sign{Size: A4, State: Ordered}, func(g Sign) (string, error) {
				g, err := s.putSign(tx, r, g, by)
				return g.Number, err
			})
		case slices.Contains(t.columns, "zone"):
			done.Of = "zones"
			err = importRows(&done, zoneTable, t, now.Zones, Zone{}, func(z Zone) (string, error) {
				z, err := s.putZone(tx, r, z, by)
				return z.Number, err
			})
		case slices.Contains(t.columns, "camera"):
			done.Of = "cameras"
			err = importRows(&done, sheetTable, t, now.Sheets, Sheet{Kind: Real}, func(h Sheet) (string, error) {
				h, err := r.putSheet(tx, h, by)
				return string(h.Camera), err
			})
		default:
			err = invalid("line 1: it names no column \"sign\", \"zone\" or \"camera\"")
		}
		if err == nil && (dry || done.Faults > 0) {
			err = errDry
		}
		return err
	})
	if errors.Is(err, errDry) {
		err = nil
	}
	if err == nil && !dry && done.Faults > 0 {
		err = done.refusal()
	}
	return done, err
}

// importRows puts each row. What the index cannot do is the error; what a row cannot is in
// its line.
func importRows[T any](done *Import, columns []column[T], t sheet, all []T, fresh T, put func(T) (string, error)) error {
	if err := t.only(names(columns)); err != nil {
		return err
	}
	own := columns[0] // the number
	seen := map[string]int{}
	for i, row := range t.rows {
		line := ImportLine{Line: t.lines[i], Change: Added}
		v := fresh
		err := own.set(&v, t.cell(row, own.name))
		if line.Number = own.get(v); err == nil && line.Number != "" {
			n := slices.IndexFunc(all, func(o T) bool { return own.get(o) == line.Number })
			switch {
			case seen[line.Number] != 0:
				err = invalid("%s is on line %d already", line.Number, seen[line.Number])
			case n >= 0:
				v, line.Change = all[n], Changed
			case own.name != "camera": // which people name; the others get a number
				err = fmt.Errorf("%w: there is no %s", ErrNotFound, line.Number)
			}
			seen[line.Number] = line.Line
		}
		before := v
		if err == nil {
			err = apply(columns, t, row, &v)
		}
		if err == nil {
			for _, c := range columns[1:] {
				if c.get(v) != c.get(before) {
					line.Fields = append(line.Fields, c.name)
				}
			}
			if line.Change == Changed && len(line.Fields) == 0 {
				line.Change = Same
			} else {
				line.Number, err = put(v)
			}
		}
		if err != nil {
			if !errors.Is(err, ErrInvalid) && !errors.Is(err, ErrRefused) && !errors.Is(err, ErrNotFound) {
				return err
			}
			line.Change, line.Fields, line.Fault = Faulty, nil, err.Error()
			line.Number = own.get(before)
			done.Faults++
		}
		done.Lines = append(done.Lines, line)
	}
	return nil
}

// refusal names the first faults.
func (i Import) refusal() error {
	const most = 5
	var words []string
	for _, l := range i.Lines {
		if l.Change == Faulty && len(words) < most {
			words = append(words, fmt.Sprintf("line %d: %s", l.Line, l.Fault))
		}
	}
	if more := i.Faults - len(words); more > 0 {
		words = append(words, fmt.Sprintf("and %d more", more))
	}
	return invalid("nothing of the table is taken in: %s", strings.Join(words, "; "))
}
