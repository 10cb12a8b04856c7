package farm

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/sjudager/sjudager/cmd/testcam/clips"
)

var demo = sync.OnceValue(func() map[string]func() (*Clip, error) {
	entries, err := clips.FS.ReadDir(".")
	if err != nil {
		panic("internal error: the embedded clips can't be listed: " + err.Error())
	}
	loaders := make(map[string]func() (*Clip, error))
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), ".mp4")
		loaders[name] = sync.OnceValues(func() (*Clip, error) {
			b, err := clips.FS.ReadFile(e.Name())
			if err != nil {
				return nil, fmt.Errorf("couldn't read the embedded clip: %w", err)
			}
			c, err := LoadClip(bytes.NewReader(b), int64(len(b)))
			if err != nil {
				return nil, fmt.Errorf("couldn't load the embedded clip %s: %w", name, err)
			}
			c.Name = name
			return c, nil
		})
	}
	return loaders
})

// Clips returns the names of the embedded demo clips in order; each serves well
// as a camera id.
func Clips() []string {
	names := make([]string, 0, len(demo()))
	for name := range demo() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// OpenClip returns the embedded demo clip of that name. It is loaded once and
// shared, so treat it as read-only.
func OpenClip(name string) (*Clip, error) {
	load, ok := demo()[name]
	if !ok {
		return nil, fmt.Errorf("no demo clip %q: there are %s", name, strings.Join(Clips(), ", "))
	}
	return load()
}

// DemoCameras returns n cameras that play the demo clips in turn, as Cameras does.
func DemoCameras(n int) ([]Camera, error) {
	var all []*Clip
	for _, name := range Clips() {
		c, err := OpenClip(name)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return Cameras(n, all...), nil
}
