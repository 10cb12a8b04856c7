package configs

import (
	"cmp"
	"encoding"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// reader reads one file: first decode turns the YAML tree into a Config, then
// check looks at the values. Both note what is wrong and go on.
type reader struct {
	folder string         // absolute; where relative paths start
	lines  map[string]int // by path: the line of each key and list item that is there
	files  []string       // the other files that the configuration depends on
	faults []Fault
}

// line returns the line of the key at path, or of the nearest key around it.
func (r *reader) line(path string) int {
	for path != "" {
		if n, ok := r.lines[path]; ok {
			return n
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return 1
}

func (r *reader) faultAt(line int, path, problem, fix string) {
	r.faults = append(r.faults, Fault{max(1, line), path, problem, fix})
}

func (r *reader) fault(path, problem, fix string) { r.faultAt(r.line(path), path, problem, fix) }

// faulty tells whether path, or a group around it, has a fault already; one is
// enough.
func (r *reader) faulty(path string) bool {
	return slices.ContainsFunc(r.faults, func(f Fault) bool {
		rest, inside := strings.CutPrefix(path, f.Path)
		return inside && (f.Path == "" || rest == "" || rest[0] == '.' || rest[0] == '[')
	})
}

// sorted returns the faults in the order of the file.
func (r *reader) sorted() []Fault {
	slices.SortStableFunc(r.faults, func(a, b Fault) int { return cmp.Compare(a.Line, b.Line) })
	return r.faults
}

// resolve makes a path absolute, and leaves an empty one empty.
func (r *reader) resolve(file string) string {
	if file == "" || filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(r.folder, file)
}

// decode stores n in v. A null leaves v as it is: the key counts as left out.
func (r *reader) decode(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		r.faultAt(n.Line, path, "anchors and aliases are not read", "write the value out")
		return
	}
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" {
		return
	}
	if t, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if text, ok := r.scalar(n, path); ok && text != "" {
			r.text(t, text, path)
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		if d, ok := v.Interface().(interface{ defaults() }); ok {
			d.defaults()
		}
		r.decode(n, v.Elem(), path)
	case reflect.Struct:
		r.mapping(n, v, path)
	case reflect.Slice:
		r.sequence(n, v, path)
	case reflect.Bool:
		if n.Kind != yaml.ScalarNode || n.Value != "true" && n.Value != "false" || n.ShortTag() != "!!bool" {
			r.fault(path, "is neither true nor false", "write true or false, without quotes")
			return
		}
		v.SetBool(n.Value == "true")
	case reflect.Int:
		if text, ok := r.scalar(n, path); ok && text != "" {
			i, err := strconv.Atoi(text)
			if err != nil {
				r.fault(path, quote(text)+" is not a whole number", "write digits")
				return
			}
			v.SetInt(int64(i))
		}
	case reflect.String:
		if text, ok := r.scalar(n, path); ok && text != "" {
			v.SetString(text)
		}
	default:
		panic("internal error: no way to read a " + v.Type().String())
	}
}

// scalar returns the text of n as it stands in the file. A number is a text
// too: an organisation number needs no quotes.
func (r *reader) scalar(n *yaml.Node, path string) (string, bool) {
	if n.Kind == yaml.ScalarNode {
		switch n.ShortTag() {
		case "!!str", "!!int", "!!float", "!!timestamp":
			return n.Value, true
		}
	}
	r.fault(path, "is "+kind(n)+" where a text belongs", "write one value on the key's own line, in quotes if need be")
	return "", false
}

// text hands a scalar to the type that knows how to read it.
func (r *reader) text(t encoding.TextUnmarshaler, text, path string) {
	err := t.UnmarshalText([]byte(text))
	if w, ok := errors.AsType[wrong](err); ok {
		r.fault(path, w.problem, w.fix)
	} else if err != nil {
		panic("internal error: a setting's type gives no wrong{}")
	}
}

func (r *reader) mapping(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		r.fault(path, "is "+kind(n)+" where "+list(keys(v.Type()))+" belong", "write these below it, indented, as key: value")
		return
	}
	for i := 0; i < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := join(path, keyName(key))
		field, known := fieldOf(v, key)
		switch first, twice := r.lines[at]; {
		case !known:
			r.faultAt(key.Line, at, "unknown key", suggest(keyName(key), keys(v.Type())))
		case twice:
			r.faultAt(key.Line, at, fmt.Sprintf("given twice, first on line %d", first), "keep one of the two")
		default:
			r.lines[at] = key.Line
			r.decode(value, field, at)
		}
	}
}

func (r *reader) sequence(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.SequenceNode {
		r.fault(path, "is "+kind(n)+" where a list belongs", `begin each item below it with "- "`)
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, item := range n.Content {
		at := fmt.Sprintf("%s[%d]", path, i)
		r.lines[at] = item.Line
		if d, ok := v.Index(i).Addr().Interface().(interface{ defaults() }); ok {
			d.defaults()
		}
		r.decode(item, v.Index(i), at)
	}
}

// keyTag is the key of a field of Config; a field without it is no setting.
const keyTag = "yaml"

// keys returns the keys of a struct.
func keys(t reflect.Type) []string {
	var names []string
	for f := range t.Fields() {
		if name, ok := f.Tag.Lookup(keyTag); ok {
			names = append(names, name)
		}
	}
	return names
}

// fieldOf returns the field of the struct v that key names.
func fieldOf(v reflect.Value, key *yaml.Node) (reflect.Value, bool) {
	for f, field := range v.Fields() {
		if name, ok := f.Tag.Lookup(keyTag); ok && key.Kind == yaml.ScalarNode && name == key.Value {
			return field, true
		}
	}
	return reflect.Value{}, false
}

var plainKey = regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`)

// keyName returns a key as a fault may show it: a slip of the pen can turn a
// whole URL into a key.
func keyName(key *yaml.Node) string {
	if key.Kind == yaml.ScalarNode && plainKey.MatchString(key.Value) {
		return key.Value
	}
	return "?"
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func kind(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a group of keys"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.ShortTag() {
	case "!!bool":
		return "true or false"
	case "!!str", "!!int", "!!float", "!!timestamp":
		return "a single value"
	}
	return "a value of another kind"
}
