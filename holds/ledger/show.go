package ledger

import (
	"iter"
	"slices"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Told is an entry with what lies beside it.
type Told struct {
	Entry
	Line   []byte // its bytes in the tree; nil when it is pruned
	Pruned bool   // only its number and its hash are left
	// Texts has the details that are not erased, with the salts of the commitments.
	Texts map[string]Detail
	// List is the list that the entry has the digest of, "" when there is none or it
	// is pruned.
	List string
}

// Detail is the text of a detail, and what it was salted with.
type Detail struct{ Salt, Text string }

// Tell returns entry n with what lies beside it.
func Tell(tx *index.Tx, n int64) (Told, error) {
	size, err := Size(tx)
	if err != nil {
		return Told{}, err
	}
	var line []byte
	found, err := tx.Get(key(entryPart, n), &line)
	switch {
	case err != nil:
		return Told{}, err
	case !found && (n < 0 || n >= size):
		return Told{}, ErrNotFound
	case !found:
		return Told{Entry: Entry{Number: n}, Pruned: true}, nil
	}
	e, err := ParseEntry(line)
	if err != nil {
		return Told{}, err
	}
	return tell(tx, e, line)
}

func tell(tx *index.Tx, e Entry, line []byte) (Told, error) {
	t := Told{Entry: e, Line: line, Texts: map[string]Detail{}}
	for name := range e.Commitments {
		var row detailRow
		found, err := tx.Get(detailKey(e.Number, name), &row)
		if err != nil {
			return t, err
		}
		if found {
			t.Texts[name] = Detail(row)
		}
	}
	if e.Text("list") == "" {
		return t, nil
	}
	var err error
	t.List, err = readList(tx, e)
	return t, err
}

// Filter chooses entries; an empty field chooses all.
type Filter struct {
	Camera footage.CameraID
	User   string // who did it, or whom it was about
	Hold   string
	Kind   Kind
	Span   footage.Span // when it was written down; a zero end is open
}

func (f Filter) takes(e Entry) bool {
	switch {
	case f.Camera != "" && !slices.Contains(e.Cameras(), string(f.Camera)),
		f.User != "" && e.By != f.User && e.Text("user") != f.User,
		f.Hold != "" && e.Text("hold") != f.Hold,
		f.Kind != "" && e.Kind != f.Kind,
		f.Span.From != 0 && e.At < f.Span.From,
		f.Span.To != 0 && e.At >= f.Span.To:
		return false
	}
	return true
}

// Entries yields the entries below `before` that the filter takes, the newest
// first. Pruned ones are left out.
func Entries(tx *index.Tx, f Filter, before int64) iter.Seq2[Told, error] {
	return func(yield func(Told, error) bool) {
		from, _ := index.Prefix(room, entryPart)
		for r := range tx.ScanBack(from, key(entryPart, before)) {
			var line []byte
			err := r.Decode(&line)
			var e Entry
			if err == nil {
				e, err = ParseEntry(line)
			}
			if err != nil {
				yield(Told{}, err)
				return
			}
			if f.takes(e) && !yield(tell(tx, e, line)) {
				return
			}
		}
	}
}
