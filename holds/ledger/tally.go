package ledger

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sjudager/sjudager/vault/footage"
	"github.com/sjudager/sjudager/vault/index"
)

// Deletion is the record of one segment whose deletion the store has confirmed (R13).
// It has no image, and nothing that one could be made from.
type Deletion struct {
	Camera   footage.CameraID
	Span     footage.Span // To is From where nobody knows how long it was
	Bytes    int64
	SHA256   footage.SHA256 // zero when nobody knew it: of a file that never left the spool, or of an orphan
	Cause    string         // one word
	Deadline footage.Instant
	Due      footage.Instant // the deadline, or when that was moved into the past: when a hold was closed
	Deleted  footage.Instant // when the store was told to remove it
	Verified footage.Instant // when the store was seen without it
	Attempts int             // removals that failed before
}

// Late is how long after it was due it was seen to be gone, and 0 where that is not
// known.
func (d Deletion) Late() time.Duration {
	if d.Due == 0 || d.Verified < d.Due {
		return 0
	}
	return d.Verified.Sub(d.Due)
}

// tallyRow is a deletion in the index. In a list, and in lists only, it has Start, too.
type tallyRow struct {
	_        struct{} `cbor:",toarray"`
	Start    int64    // µs since 1970
	Length   int64    // µs
	Bytes    int64
	SHA256   []byte // none when it is not known
	Cause    string // none in a list: it is that of the entry
	Deadline int64  // µs after the start
	Due      int64  // µs after the deadline
	Deleted  int64  // µs after it was due
	Verified int64  // µs after it was deleted
	Attempts int
}

func newTallyRow(d Deletion) tallyRow {
	row := tallyRow{
		Length: int64(d.Span.To - d.Span.From), Bytes: d.Bytes, Cause: d.Cause, Deadline: int64(d.Deadline - d.Span.From),
		Due: int64(d.Due - d.Deadline), Deleted: int64(d.Deleted - d.Due), Verified: int64(d.Verified - d.Deleted), Attempts: d.Attempts,
	}
	if d.SHA256 != (footage.SHA256{}) {
		row.SHA256 = d.SHA256[:]
	}
	return row
}

func (r tallyRow) deletion(camera footage.CameraID, start footage.Instant) Deletion {
	d := Deletion{Camera: camera, Span: footage.Span{From: start, To: start + footage.Instant(r.Length)}, Bytes: r.Bytes, Cause: r.Cause, Attempts: r.Attempts}
	copy(d.SHA256[:], r.SHA256)
	d.Deadline = start + footage.Instant(r.Deadline)
	d.Due = d.Deadline + footage.Instant(r.Due)
	d.Deleted = d.Due + footage.Instant(r.Deleted)
	d.Verified = d.Deleted + footage.Instant(r.Verified)
	return d
}

// line is the deletion in the list of its entry: what the digest is of.
func (d Deletion) line() string {
	sum := "-"
	if d.SHA256 != (footage.SHA256{}) {
		sum = d.SHA256.String()
	}
	return fmt.Sprintf("%s %s %d %s %s %s %s %s %d\n", d.Span.From, d.Span.To, d.Bytes, sum, d.Deadline, d.Due, d.Deleted, d.Verified, d.Attempts)
}

// ParseDeletions reads the list of an entry of the kind Deleted: the records of what
// it sums up. One of before there were records says less, and so do these.
func ParseDeletions(e Entry, list string) ([]Deletion, error) {
	var all []Deletion
	for line := range strings.Lines(list) {
		words := strings.Fields(line)
		d := Deletion{Camera: footage.CameraID(e.Text("camera")), Cause: e.Text("cause")}
		var err error
		number := func(s string, base int) (n int64) {
			if err == nil {
				n, err = strconv.ParseInt(s, base, 64)
			}
			return n
		}
		at := func(i *footage.Instant, s string) {
			if err == nil {
				err = i.UnmarshalText([]byte(s))
			}
		}
		sum := "-"
		switch len(words) {
		case 4: // start, bytes, SHA-256, cause
			at(&d.Span.From, words[0])
			d.Span.To, d.Bytes, sum, d.Cause, d.Deleted, d.Verified = d.Span.From, number(words[1], 10), words[2], words[3], e.At, e.At
		case 9:
			d.Bytes, sum, d.Attempts = number(words[2], 10), words[3], int(number(words[8], 10))
			for i, to := range map[int]*footage.Instant{0: &d.Span.From, 1: &d.Span.To, 4: &d.Deadline, 5: &d.Due, 6: &d.Deleted, 7: &d.Verified} {
				at(to, words[i])
			}
		default:
			err = fmt.Errorf("it has %d words", len(words))
		}
		if err == nil && sum != "-" {
			err = d.SHA256.UnmarshalText([]byte(sum))
		}
		if err != nil {
			return nil, fmt.Errorf("couldn't read the deletion %q: %w", line, err)
		}
		all = append(all, d)
	}
	return all, nil
}

// Tally writes a deletion down in the caller's transaction. Sixty-four cameras
// delete 184,000 segments a day, each at its own deadline; an entry for each would
// drown the rest. So they are gathered, and the transaction that makes the next
// checkpoint, an hour later at most, turns those of a camera and a cause into one
// entry with the spans that went and the digest of the list of their records. Nothing
// signed would cover them earlier either way.
func Tally(tx *index.Tx, d Deletion) error {
	return tx.Put(index.Key(room, tallyPart, string(d.Camera), d.Span.From.Compact()), newTallyRow(d))
}

// Tallied yields the deletions since the last checkpoint, camera by camera in the
// order of their starts.
func Tallied(tx *index.Tx, yield func(Deletion) error) error {
	from, to := index.Prefix(room, tallyPart)
	for r := range tx.Scan(from, to) {
		d, err := decodeTally(r)
		if err == nil {
			err = yield(d)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func decodeTally(r index.Row) (Deletion, error) {
	camera, start, err := footage.SegmentID(r.Key[len(room)+len(tallyPart)+2:]).Split()
	var row tallyRow
	if err == nil {
		err = r.Decode(&row)
	}
	if err != nil {
		return Deletion{}, fmt.Errorf("couldn't read the deletion %s: %w", r.Key, err)
	}
	return row.deletion(camera, start), nil
}

const (
	// seam is how far two pieces may lie apart and still count as one span: less than
	// three frames.
	seam = 100 * time.Millisecond
	// maxSpans and maxListed end an entry, so that neither it nor its list grows without
	// a bound after an outage.
	maxSpans  = 500
	maxListed = 5000
)

// settleTally turns what was tallied into entries.
func settleTally(tx *index.Tx) error {
	var all []Deletion
	if err := Tallied(tx, func(d Deletion) error { all = append(all, d); return nil }); err != nil {
		return err
	}
	slices.SortStableFunc(all, func(a, b Deletion) int { return cmp.Or(cmp.Compare(a.Camera, b.Camera), cmp.Compare(a.Cause, b.Cause)) })
	for rest := all; len(rest) > 0; {
		n, err := appendDeleted(tx, rest)
		if err != nil {
			return err
		}
		rest = rest[n:]
	}
	for _, d := range all {
		if err := tx.Delete(index.Key(room, tallyPart, string(d.Camera), d.Span.From.Compact())); err != nil {
			return err
		}
	}
	return nil
}

// appendDeleted writes the entry of the first deletions of one camera and cause, and
// returns how many those are.
func appendDeleted(tx *index.Tx, all []Deletion) (n int, err error) {
	var (
		spans []footage.Span
		rows  []tallyRow
		text  strings.Builder
		bytes int64
		late  time.Duration
	)
	for _, d := range all {
		if d.Camera != all[0].Camera || d.Cause != all[0].Cause || len(rows) == maxListed {
			break
		}
		if last := len(spans) - 1; last >= 0 && d.Span.From.Sub(spans[last].To) <= seam {
			spans[last].To = max(spans[last].To, d.Span.To)
		} else if len(spans) == maxSpans {
			break
		} else {
			spans = append(spans, d.Span)
		}
		row := newTallyRow(d)
		row.Start, row.Cause = int64(d.Span.From), ""
		rows = append(rows, row)
		text.WriteString(d.line())
		bytes += d.Bytes
		late = max(late, d.Late())
	}
	e := Entry{Kind: Deleted, By: System, Fields: Fields{
		"camera": all[0].Camera, "cause": all[0].Cause, "from": spans[0].From, "to": spans[len(spans)-1].To, "spans": spanWords(spans),
		"segments": len(rows), "bytes": bytes, "late_s": int64(late / time.Second), "list": Digest([]byte(text.String())),
	}}
	number, err := Append(tx, e)
	if err != nil {
		return 0, err
	}
	return len(rows), tx.Put(key(listPart, number), rows)
}

// readList returns the list of an entry as the text whose digest it has, or "".
func readList(tx *index.Tx, e Entry) (string, error) {
	var text string
	if _, err := tx.Get(key(listPart, e.Number), &text); err == nil {
		return text, nil
	}
	var rows []tallyRow // a third of the text's size
	if _, err := tx.Get(key(listPart, e.Number), &rows); err != nil {
		return "", err
	}
	return listText(e, rows), nil
}

func listText(e Entry, rows []tallyRow) string {
	var text strings.Builder
	for _, row := range rows {
		text.WriteString(row.deletion(footage.CameraID(e.Text("camera")), footage.Instant(row.Start)).line())
	}
	return text.String()
}

// spanWords writes spans as words of an entry: from/to.
func spanWords(spans []footage.Span) []string {
	words := make([]string, len(spans))
	for i, s := range spans {
		words[i] = s.From.Compact() + "/" + s.To.Compact()
	}
	return words
}

// Spans are the spans that the entry tells of: those in its list of spans or, where it
// has none, the one from its first instant to its last.
func (e Entry) Spans() []footage.Span {
	words, _ := e.Fields["spans"].([]string)
	var spans []footage.Span
	for _, w := range words {
		from, to, _ := strings.Cut(w, "/")
		f, errFrom := footage.ParseCompact(from)
		t, errTo := footage.ParseCompact(to)
		if errFrom == nil && errTo == nil {
			spans = append(spans, footage.Span{From: f, To: t})
		}
	}
	if words == nil {
		if s := (footage.Span{From: e.Instant("from"), To: e.Instant("to")}); !s.Empty() {
			spans = append(spans, s)
		}
	}
	return spans
}

// Instant is the field as an instant, or 0.
func (e Entry) Instant(field string) (i footage.Instant) {
	if i.UnmarshalText([]byte(e.Text(field))) != nil {
		return 0
	}
	return i
}

// RecordedEntry is the entry of what a camera recorded on a day.
func RecordedEntry(camera footage.CameraID, spans []footage.Span, segments, bytes int64) Entry {
	if len(spans) > maxSpans { // a camera that came and went all day: gaps have entries of their own
		spans = append(spans[:maxSpans-1:maxSpans-1], footage.Span{From: spans[maxSpans-1].From, To: spans[len(spans)-1].To})
	}
	return Entry{Kind: Recorded, By: System, Fields: Fields{
		"camera": string(camera), "from": spans[0].From, "to": spans[len(spans)-1].To, "spans": spanWords(spans), "segments": segments, "bytes": bytes,
	}}
}
