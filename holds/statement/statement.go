package statement

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sjudager/sjudager/holds/ledger"
	"github.com/sjudager/sjudager/vault/footage"
)

// Kind is what a statement is about.
type Kind string

// The kinds.
const (
	AboutDay  Kind = "day"
	AboutSpan Kind = "answer"
)

// Statement is what is stated. One of Day and Answer is there.
type Statement struct {
	Kind   Kind            `json:"kind"`
	Site   Site            `json:"site"`
	Made   footage.Instant `json:"made"`
	Ledger Anchor          `json:"ledger"`
	Day    *Day            `json:"day,omitempty"`
	Answer *Answer         `json:"answer,omitempty"`
}

// Site is whose statement it is.
type Site struct {
	Name       string `json:"name"`
	Controller string `json:"controller"` // behandlingsansvarlig
	OrgNumber  string `json:"org_number"`
	Contact    string `json:"contact"`
	Zone       string `json:"zone"` // IANA: in which local times are
}

// Anchor is the state of the ledger that a statement rests on.
type Anchor struct {
	Origin     string `json:"origin"`
	Key        string `json:"key"`        // public
	Size       int64  `json:"size"`       // entries
	Root       string `json:"root"`       // in hex
	Checkpoint string `json:"checkpoint"` // the signed note of both
}

// Signed is a statement as it leaves the building.
type Signed struct {
	Statement Statement `json:"statement"`
	Note      string    `json:"note"` // the statement in lines, signed
}

// first is the first line of what is signed: no checkpoint begins like that.
const first = "sjudager.statement/v1"

// ErrInvalid is wrapped by what Verify finds.
var ErrInvalid = errors.New("the statement does not hold")

// anchor is where the ledger stands.
func anchor(c ledger.Checkpoint, k *ledger.Key) Anchor {
	return Anchor{k.Origin(), k.Verifier(), c.Size, hex.EncodeToString(c.Root[:]), string(c.Note)}
}

// sign signs a statement with the ledger's key.
func sign(s Statement, k *ledger.Key) (Signed, error) {
	text, err := s.lines()
	if err != nil {
		return Signed{}, err
	}
	note, err := k.Sign(strings.Join(text, "\n") + "\n")
	return Signed{s, string(note)}, err
}

// JSON is the signed statement as a file: indented, and the same bytes each time.
func (s Signed) JSON() []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(s); err != nil {
		panic("internal error: a statement cannot be encoded: " + err.Error()) // our own types
	}
	return b.Bytes()
}

// lines are what is signed: the first line, and one for each value of the document, in
// the order of their paths.
func (s Statement) lines() ([]string, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("couldn't encode the statement: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("couldn't read the statement: %w", err)
	}
	return flatten([]string{first}, "", v), nil
}

func flatten(lines []string, path string, v any) []string {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range sortedKeys(v) {
			lines = flatten(lines, strings.TrimPrefix(path+"."+name, "."), v[name])
		}
		return lines
	case []any:
		lines = append(lines, fmt.Sprintf("%s: %d", path, len(v)))
		for i, element := range v {
			lines = flatten(lines, path+"["+strconv.Itoa(i)+"]", element)
		}
		return lines
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("internal error: a value of JSON cannot be encoded: " + err.Error())
	}
	return append(lines, path+": "+strings.TrimSuffix(b.String(), "\n"))
}

func sortedKeys[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Parse reads the file of a signed statement, and does not look at the signature.
func Parse(file []byte) (Signed, error) {
	var s Signed
	d := json.NewDecoder(bytes.NewReader(file))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return s, fmt.Errorf("%w: it cannot be read: %w", ErrInvalid, err)
	}
	if d.More() {
		return s, fmt.Errorf("%w: something follows it", ErrInvalid)
	}
	if about := s.Statement; (about.Kind == AboutDay) != (about.Day != nil) || (about.Kind == AboutSpan) != (about.Answer != nil) || about.Day == nil && about.Answer == nil {
		return s, fmt.Errorf("%w: it is of the kind %q, and what it says is of another", ErrInvalid, about.Kind)
	}
	return s, nil
}

// Verify checks a signed statement with the public key as it was told outside, or with
// its own word for it when that is "": the signature, each value, the checkpoint of
// the ledger that it rests on and, of an answer, the proof of every entry and whether
// the answer follows from them. The error names what is wrong.
func (s Signed) Verify(key string) error {
	fault := func(format string, args ...any) error {
		return fmt.Errorf("%w: %w", ErrInvalid, fmt.Errorf(format, args...))
	}
	stated := s.Statement
	if key == "" {
		key = stated.Ledger.Key
	}
	text, err := ledger.OpenSigned([]byte(s.Note), key)
	if err != nil {
		return fault("its signature is not right: %w", err)
	}
	lines, err := stated.lines()
	if err != nil {
		return fault("%w", err)
	}
	signed := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if signed[0] != first {
		return fault("what was signed is no statement")
	}
	for i, line := range lines {
		if i >= len(signed) {
			return fault("%s was not signed", line)
		}
		if line != signed[i] {
			path, _, _ := strings.Cut(line, ": ")
			if was, _, _ := strings.Cut(signed[i], ": "); was != path {
				return fault("it says %s where %s was signed", path, was)
			}
			return fault("%s was signed, and here it is %s", signed[i], strings.TrimPrefix(line, path+": "))
		}
	}
	if len(signed) > len(lines) {
		return fault("%s was signed, and is missing here", signed[len(lines)])
	}
	if stated.Ledger.Key != key {
		return fault("it names another key than the one that signed it")
	}
	c, err := ledger.OpenCheckpoint([]byte(stated.Ledger.Checkpoint), key)
	if err != nil {
		return fault("ledger.checkpoint: %w", err)
	}
	if c.Size != stated.Ledger.Size || hex.EncodeToString(c.Root[:]) != stated.Ledger.Root {
		return fault("ledger.size and ledger.root are not those of the checkpoint")
	}
	if stated.Answer != nil {
		if err := stated.Answer.follows(stated.Ledger, stated.Made); err != nil {
			return fault("%w", err)
		}
	}
	return nil
}
