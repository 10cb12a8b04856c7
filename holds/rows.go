package holds

import (
	"fmt"
	"iter"
	"strings"

	"github.com/sjudager/sjudager/vault/index"
)

// Requests and appeals each have rows of their own: <kind>/<number>, whole.
const (
	requestKind = "request"
	appealKind  = "appeal"
)

func rowKey(kind, number string) string { return index.Key(kind, number) }

// findRow reads the row of a number that somebody has given.
func findRow[R any](tx *index.Tx, kind, number string) (row R, err error) {
	found := false
	if number != "" && !strings.Contains(number, "/") {
		found, err = tx.Get(rowKey(kind, number), &row)
	}
	if err == nil && !found {
		err = fmt.Errorf("%w: there is no %s %q", ErrNotFound, kind, number)
	}
	return row, err
}

func scanRows[R any](tx *index.Tx, kind string) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		for r := range tx.Scan(index.Prefix(kind)) {
			var row R
			err := r.Decode(&row)
			if !yield(row, err) {
				return
			}
		}
	}
}
