package configs

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
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
	data, err := readFile(path)
	if err != nil {
		return nil, []string{path}, fmt.Errorf("couldn't read configuration %s: %w", path, err)
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
	c := &Config{Digest: sha256.Sum256(data)}
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
	c.lines = r.lines
	return c, r.files, nil
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

// maxFile is the most that a file may hold. A hundred cameras take 30 KiB.
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
