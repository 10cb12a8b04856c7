package ledger

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/sjudager/sjudager/vault/footage"
)

// Entry is one thing that happened. Append takes Kind, By, Fields and Details and
// sets the rest.
type Entry struct {
	Number int64
	At     footage.Instant // of the transaction
	Kind   Kind
	By     string // pseudonymous id of who did it, or System; never a name (R106)

	// Fields are what the kind's line in the table names. Append takes numbers,
	// instants, digests, camera lists and texts, and leaves out what is empty; read
	// back they are int64, string and []string.
	Fields Fields

	// Details are free text. The entry holds only a salted commitment to each; the
	// text lies beside it and can be erased. An entry that is read back does not
	// have them: see Tell.
	Details map[string]string

	// Commitments stand for the details: SHA-256 over salt, space, text, in hex.
	Commitments map[string]string
}

// Fields are the values of an entry by name.
type Fields map[string]any

// System is the actor of what nobody did: deadlines, gaps, checkpoints.
const System = "system"

// Text is the field as a text, or "".
func (e Entry) Text(field string) string { s, _ := e.Fields[field].(string); return s }

// Int is the field as a number, or 0.
func (e Entry) Int(field string) int64 { n, _ := e.Fields[field].(int64); return n }

// Cameras are the cameras that the entry is about.
func (e Entry) Cameras() []string {
	if list, ok := e.Fields["cameras"].([]string); ok {
		return list
	}
	if camera := e.Text("camera"); camera != "" {
		return []string{camera}
	}
	return nil
}

// line returns the entry's bytes in the tree: one line of JSON, its line feed
// included, in the form of RFC 8785 (JCS): keys in order, no spaces, each
// character one way. There are only printable ASCII, whole numbers and lists, so
// `jq -cS .` writes the same.
func (e Entry) line() []byte {
	object := map[string]any{"n": e.Number, "at": e.At.String(), "kind": e.Kind, "by": e.By}
	for name, v := range e.Fields {
		object[name] = v
	}
	if len(e.Commitments) > 0 {
		object["details"] = e.Commitments
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(object); err != nil {
		panic("internal error: an entry cannot be encoded: " + err.Error()) // checked values
	}
	return b.Bytes()
}

// Hash returns the leaf hash of an entry's line: SHA-256 over a zero byte and the
// line (RFC 6962, section 2.1).
func Hash(line []byte) tlog.Hash { return tlog.RecordHash(line) }

// newSalt is 16 random bytes in hex: without it, whoever has the log could try
// the likely texts against a commitment.
func newSalt() string {
	var salt [16]byte
	rand.Read(salt[:]) // never fails
	return hex.EncodeToString(salt[:])
}

// commit returns the commitment to a detail.
func commit(salt, text string) string {
	return Digest([]byte(salt + " " + text))
}

// ParseEntry reads the line of an entry. It takes exactly what Append writes, so
// that two readers of the same bytes cannot understand two things.
func ParseEntry(line []byte) (Entry, error) {
	p := parser{rest: line}
	e, err := p.entry()
	if err == nil {
		err = e.check()
	}
	if err != nil {
		return Entry{}, fmt.Errorf("couldn't read the entry: %w", err)
	}
	return e, nil
}

// parser reads the part of JSON that entries use, in its one canonical form.
type parser struct{ rest []byte }

func (p *parser) entry() (Entry, error) {
	e := Entry{Number: -1, Fields: Fields{}}
	err := p.object(func(key string) error {
		if key == "details" {
			e.Commitments = map[string]string{}
			err := p.object(func(name string) (err error) {
				e.Commitments[name], err = p.text()
				return err
			})
			if err == nil && len(e.Commitments) == 0 {
				err = fmt.Errorf("details without a detail")
			}
			return err
		}
		v, err := p.value()
		if err != nil {
			return err
		}
		switch key {
		case "n", "at", "kind", "by":
			if !formOf(key).fits(v) {
				return fmt.Errorf("%v cannot be the %s of an entry", v, key)
			}
		default: // check looks at it
			e.Fields[key] = v
		}
		switch key {
		case "n":
			e.Number = v.(int64)
		case "at":
			if err = e.At.UnmarshalText([]byte(v.(string))); err == nil && e.At.String() != v {
				err = fmt.Errorf("%q is not a time", v)
			}
		case "kind":
			e.Kind = Kind(v.(string))
		case "by":
			e.By = v.(string)
		}
		return err
	})
	if err == nil {
		err = p.take("\n")
	}
	if err == nil && len(p.rest) > 0 {
		err = fmt.Errorf("something follows the line")
	}
	return e, err
}

func (p *parser) take(what string) error {
	if !bytes.HasPrefix(p.rest, []byte(what)) {
		return fmt.Errorf("%q is missing before %.20q", what, p.rest)
	}
	p.rest = p.rest[len(what):]
	return nil
}

func (p *parser) next(what byte) bool { return len(p.rest) > 0 && p.rest[0] == what }

// object reads an object whose keys ascend.
func (p *parser) object(member func(key string) error) error {
	if err := p.take("{"); err != nil {
		return err
	}
	last := ""
	for first := true; !p.next('}'); first = false {
		if !first {
			if err := p.take(","); err != nil {
				return err
			}
		}
		key, err := p.text()
		if err == nil && key <= last {
			err = fmt.Errorf("the key %q comes after %q", key, last)
		}
		if err == nil {
			err = p.take(":")
		}
		if err == nil {
			last = key
			err = member(key)
		}
		if err != nil {
			return err
		}
	}
	return p.take("}")
}

func (p *parser) value() (any, error) {
	switch {
	case p.next('"'):
		return p.text()
	case p.next('['):
		return p.list()
	}
	end := 0
	for end < len(p.rest) && (p.rest[end] == '-' || p.rest[end] >= '0' && p.rest[end] <= '9') {
		end++
	}
	n, ok := number(string(p.rest[:end]))
	if !ok {
		return nil, fmt.Errorf("no value at %.20q", p.rest)
	}
	p.rest = p.rest[end:]
	return n, nil
}

func (p *parser) list() ([]string, error) {
	words := []string{}
	err := p.take("[")
	for err == nil && !p.next(']') {
		if len(words) > 0 {
			err = p.take(",")
		}
		if err == nil {
			var word string
			word, err = p.text()
			words = append(words, word)
		}
	}
	if err == nil {
		err = p.take("]")
	}
	return words, err
}

// text reads a string of printable ASCII, in which only " and \ are escaped.
func (p *parser) text() (string, error) {
	if err := p.take(`"`); err != nil {
		return "", err
	}
	if end := bytes.IndexAny(p.rest, `"\`); end >= 0 && p.rest[end] == '"' && printable(p.rest[:end]) {
		s := string(p.rest[:end])
		p.rest = p.rest[end+1:]
		return s, nil
	}
	var b strings.Builder
	for len(p.rest) > 0 {
		c := p.rest[0]
		p.rest = p.rest[1:]
		switch {
		case c == '"':
			return b.String(), nil
		case c == '\\' && (p.next('"') || p.next('\\')):
			c = p.rest[0]
			p.rest = p.rest[1:]
		case c == '\\' || !printable([]byte{c}):
			return "", fmt.Errorf("a text has %q", c)
		}
		b.WriteByte(c)
	}
	return "", fmt.Errorf("a text does not end")
}

func printable(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}
