package configs

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// tree returns the one document in data; nil for none. It is false, with a
// fault, when data is not YAML.
func (r *reader) tree(data []byte) (*yaml.Node, bool) {
	documents, err := parseYAML(data)
	switch {
	case err != nil:
		r.syntax(data, err)
		return nil, false
	case len(documents) == 0:
		return nil, true
	case len(documents) > 1:
		r.faultAt(documents[1].Line, "", "a second document begins", `remove the line "---" or what follows it`)
		return nil, false
	}
	return documents[0].Content[0], true
}

func parseYAML(data []byte) (documents []*yaml.Node, err error) {
	d := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var document yaml.Node
		switch err := d.Decode(&document); {
		case errors.Is(err, io.EOF):
			return documents, nil
		case err != nil:
			return nil, err
		}
		documents = append(documents, &document)
	}
}

// syntaxTexts says in other words what the YAML parser says, which knows
// nothing of people; the first entry that fits counts.
var syntaxTexts = []struct{ parser, problem, fix string }{
	{"tab character", "there is a tab", "indent with spaces"},
	{"cannot start any token", "a value begins with a character that means something else in YAML", "put the value in quotes"},
	{"mapping values are not allowed", `there is a second ": " in one line, or the line is indented further than the one above`, "put the value in quotes, or align the keys of a group"},
	{"unknown anchor", "a value begins with *", "put the value in quotes"},
	{"expected ',' or", "a bracket is opened here and not closed", "close it"},
	{"unexpected end of stream", "a quote is opened here and not closed", "close it"},
	{"UTF-8", "there are letters in another encoding than UTF-8", "save the file as UTF-8"},
	{"control characters", "there is a control character", "remove it"},
	{"", "the line does not fit the ones above", "look at the indentation and for a missing : - or quote"},
}

// syntax makes a fault of the parser's error.
func (r *reader) syntax(data []byte, err error) {
	line, text := brokenLine(data)
	says := err.Error()
	if indent, _, _ := strings.Cut(text, strings.TrimSpace(text)); strings.Contains(indent, "\t") {
		says = "tab character"
	}
	for _, t := range syntaxTexts {
		if strings.Contains(says, t.parser) {
			r.faultAt(line, "", "not YAML: "+t.problem, t.fix)
			return
		}
	}
}

// brokenLine returns the first line of data after which nothing more makes it
// YAML: the lines above it do parse. The parser's own line is that of the group
// around the error, or the one before, or missing.
func brokenLine(data []byte) (line int, text string) {
	lines := bytes.SplitAfter(data, []byte("\n"))
	n := len(lines) - 1
	for n > 0 {
		if _, err := parseYAML(bytes.Join(lines[:n], nil)); err == nil {
			break
		}
		n--
	}
	return n + 1, string(lines[n])
}
