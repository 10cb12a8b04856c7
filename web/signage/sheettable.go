package signage

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// tableLine is a line of a table that people made in a spreadsheet.
type tableLine struct {
	number int               // in the file, from 1
	cells  map[string]string // by the name of the column; a column that is not there is missing here too
}

// maxLines is how many lines a table has at most.
const maxLines = 2000

// readTable reads a table whose first line names its columns, which are some of columns
// in any order, the first of them always. It is separated by semicolons, as Norwegian
// spreadsheets write it, or commas. A cell that was kept from being a formula, with an
// apostrophe before it, is without it. What is wrong is named with its line.
func readTable(text string, columns []string) (lines []tableLine, err error) {
	text = strings.TrimPrefix(text, "\ufeff")
	first, _, _ := strings.Cut(text, "\n")
	r := csv.NewReader(strings.NewReader(text))
	if strings.Contains(first, ";") {
		r.Comma = ';'
	}
	head, err := r.Read()
	if err != nil {
		return nil, invalid("line 1: no line with the names of the columns: %v", err)
	}
	for i, name := range head {
		head[i] = strings.TrimSpace(name)
		if !slices.Contains(columns, head[i]) || slices.Contains(head[:i], head[i]) {
			return nil, invalid("line 1: %q is not a column, or is there twice; there are %s", head[i], strings.Join(columns, ", "))
		}
	}
	if !slices.Contains(head, columns[0]) {
		return nil, invalid("line 1: there is no column %s", columns[0])
	}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return nil, invalid("%v", err) // it names the line
		}
		at, _ := r.FieldPos(0)
		if len(lines) == maxLines {
			return nil, invalid("line %d: a table has at most %d lines", at, maxLines)
		}
		l := tableLine{at, map[string]string{}}
		for i, cell := range cells {
			if rest, kept := strings.CutPrefix(cell, "'"); kept && rest != "" && strings.ContainsRune("=+-@\t\r\n", rune(rest[0])) {
				cell = rest
			}
			l.cells[head[i]] = strings.TrimSpace(cell)
		}
		lines = append(lines, l)
	}
}

// fault names the line that an error is about.
func (l tableLine) fault(err error) error { return fmt.Errorf("line %d: %w", l.number, err) }
