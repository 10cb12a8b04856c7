package signage

import (
	"fmt"
	"slices"
)

// tableLine is a line of a table of camera sheets.
type tableLine struct {
	number int               // in the file, from 1
	cells  map[string]string // by the name of the column; a column that is not there is missing here too
}

// readTable reads a table whose columns are some of columns in any order, the first of
// them always.
func readTable(text string, columns []string) (lines []tableLine, err error) {
	t, err := readSheet([]byte(text))
	if err == nil {
		err = t.only(columns)
	}
	if err != nil {
		return nil, err
	}
	if !slices.Contains(t.columns, columns[0]) {
		return nil, invalid("line 1: there is no column %s", columns[0])
	}
	for i, row := range t.rows {
		l := tableLine{t.lines[i], map[string]string{}}
		for _, name := range t.columns {
			l.cells[name] = t.cell(row, name)
		}
		lines = append(lines, l)
	}
	return lines, nil
}

// fault names the line that an error is about.
func (l tableLine) fault(err error) error { return fmt.Errorf("line %d: %w", l.number, err) }
