package configs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Load reads the configuration file at path. A file whose content is refused
// gives an [*Error]; one that cannot be read gives the system's error.
func Load(path string) (*Config, error) {
	c, _, err := load(path)
	return c, err
}

// Parse reads a configuration. The name stands in faults, and relative paths
// start from its folder; the file itself is not opened, the secrets and
// certificates that the configuration points to are. An error is an [*Error].
func Parse(name string, data []byte) (*Config, error) {
	c, _, err := parse(name, data)
	return c, err
}

// load returns besides the configuration every file that its outcome rests on,
// also when there is an error.
func load(path string) (*Config, []string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, []string{path}, fmt.Errorf("couldn't read configuration: %w", err)
	}
	c, files, err := parse(path, data)
	return c, append(files, path), err
}

func parse(name string, data []byte) (*Config, []string, error) {
	folder, err := filepath.Abs(filepath.Dir(name))
	if err != nil {
		return nil, nil, fmt.Errorf("couldn't find the folder of %s: %w", name, err)
	}
	r := &reader{folder: folder, lines: map[string]int{}}
	c := new(Config)
	c.defaults()
	if root, ok := r.tree(data); ok {
		if root != nil {
			r.decode(root, reflect.ValueOf(c).Elem(), "")
		}
		r.check(c)
	}
	if len(r.faults) > 0 {
		return nil, r.files, &Error{Name: name, Faults: r.sorted()}
	}
	return c, r.files, nil
}

// tree returns the one document in data; nil for none. It is false, with a
// fault, when data is not YAML.
func (r *reader) tree(data []byte) (*yaml.Node, bool) {
	d := yaml.NewDecoder(bytes.NewReader(data))
	var first, second yaml.Node
	err := d.Decode(&first)
	if errors.Is(err, io.EOF) {
		return nil, true
	}
	if err == nil {
		err = d.Decode(&second)
		if err == nil {
			r.faultAt(second.Line, "", "a second document begins", `remove the line "---" or what follows it`)
			return nil, false
		}
	}
	if !errors.Is(err, io.EOF) {
		r.syntax(data, err)
		return nil, false
	}
	return first.Content[0], true
}

var syntaxError = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)`)

// syntax makes a fault of what the YAML parser says.
func (r *reader) syntax(data []byte, err error) {
	m := syntaxError.FindStringSubmatch(err.Error())
	line, says := 0, "it cannot be read"
	if m != nil {
		line, _ = strconv.Atoi(m[1])
		says = m[2]
	}
	fix := "look at the indentation and at the quotes and brackets here and just above"
	switch {
	case line == 0 || strings.HasPrefix(says, "did not find expected"):
		// The parser names the line where the group began, or none.
		line = brokenLine(data)
	}
	switch {
	case strings.Contains(says, "tab character"):
		says, fix = "there is a tab", "indent with spaces"
	case strings.Contains(says, "cannot start any token"):
		says, fix = "a value begins with a tab or with one of % @ `", "indent with spaces, and put such a value in quotes"
	case strings.Contains(says, "mapping values are not allowed"):
		says, fix = `there is a second ": " in one line, or the line is indented further than the one above`, "put the value in quotes, or align the keys of a group"
	case strings.Contains(says, "unknown anchor"): // it quotes the value
		says, fix = "a value begins with *", "put the value in quotes"
	}
	r.faultAt(line, "", "not YAML: "+says, fix)
}

// brokenLine returns the first line of data after which nothing more makes it
// YAML: the lines above it do parse.
func brokenLine(data []byte) int {
	lines := bytes.SplitAfter(data, []byte("\n"))
	for n := len(lines) - 1; n > 0; n-- {
		if isYAML(bytes.Join(lines[:n], nil)) {
			return n + 1
		}
	}
	return 1
}

func isYAML(data []byte) bool {
	d := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var tree yaml.Node
		if err := d.Decode(&tree); err != nil {
			return errors.Is(err, io.EOF)
		}
	}
}

// file returns the content of a file that the setting at path names, and
// remembers that the configuration depends on it. What is wrong becomes a fault.
func (r *reader) file(path, file string) ([]byte, bool) {
	r.files = append(r.files, file)
	data, err := readFile(file)
	switch {
	case err == nil:
		return data, true
	case errors.Is(err, fs.ErrNotExist):
		r.fault(path, "there is no file "+file, "correct the path; a relative one starts from the folder of the configuration file")
	case errors.Is(err, fs.ErrPermission):
		r.fault(path, file+" may not be read", "give it to the account that the program runs as, mode 0600")
	default:
		r.fault(path, fmt.Sprintf("couldn't read %s: %v", file, err), "correct the path")
	}
	return nil, false
}

// maxFile is the most that a file with a secret or a certificate may hold.
const maxFile = 1 << 20

// readFile is os.ReadFile for a path that may be wrong: it refuses to wait for
// a pipe's writer or to read a device to its end. Its errors do not name the
// file.
func readFile(file string) ([]byte, error) {
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return nil, withoutPath(err)
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a file")
	case info.Size() > maxFile:
		return nil, errors.New("it is larger than " + ByteSize(maxFile).String())
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, withoutPath(err)
	}
	defer f.Close() // opened for reading: nothing is lost with its error
	// A file of /proc has no size.
	data, err := io.ReadAll(io.LimitReader(f, maxFile))
	return data, withoutPath(err)
}

func withoutPath(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

// secret returns the one line of a file.
func (r *reader) secret(path, file string) (string, bool) {
	data, ok := r.file(path, file)
	if !ok {
		return "", false
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	switch {
	case text == "":
		r.fault(path, file+" is empty", "write the secret into it, on one line")
		return "", false
	case hasControl(text):
		r.fault(path, file+" has more than one line, or control characters", "leave the secret in it, on one line, and nothing else")
		return "", false
	}
	return text, true
}
