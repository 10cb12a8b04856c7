package configs

import (
	"fmt"
	"strings"
)

// Fault is one thing that is wrong with a configuration file. Its texts are
// written for the person who edits the file, and hold no secret.
type Fault struct {
	Line    int    `json:"line"`    // from 1; of the key, or of what should have the key
	Path    string `json:"path"`    // such as "cameras[0].id"; empty when the file is not YAML
	Problem string `json:"problem"` // what is wrong
	Fix     string `json:"fix"`     // what to do about it
}

// String returns the fault on one line, without the line number.
func (f Fault) String() string {
	s := f.Problem + "; " + f.Fix
	if f.Path != "" {
		s = f.Path + ": " + s
	}
	return s
}

// Error is a refused configuration file with everything that is wrong with it.
type Error struct {
	Name   string  // the file, as it was given to Parse
	Faults []Fault // by line; never empty
}

// Error returns one line for each fault: "sjudager.yaml:14: cameras[0].id: ...".
func (e *Error) Error() string {
	lines := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		lines[i] = fmt.Sprintf("%s:%d: %s", e.Name, f.Line, f)
	}
	return strings.Join(lines, "\n")
}

// wrong is a value that its type does not admit, in a Fault's words.
type wrong struct{ problem, fix string }

func (w wrong) Error() string { return w.problem + "; " + w.fix }

// quote returns a value as a fault may show it. A value that looks like an
// address is not shown: it may be a URL with a password under the wrong key.
func quote(s string) string {
	const most = 40
	if strings.ContainsRune(s, '@') || strings.Contains(s, "//") {
		return "the value"
	}
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "..."
	}
	return fmt.Sprintf("%q", s)
}
