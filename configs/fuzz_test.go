package configs

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// FuzzParse: no input makes Parse panic, every refusal is an *Error whose faults
// have a line of the file and are in order, and every accepted file is valid.
func FuzzParse(f *testing.F) {
	names, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range append(names, "example.yaml") {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse("testdata/fuzz.yaml", data)
		if err == nil {
			if c.Retention.Keep > maxKeep || c.Retention.Hold > maxHold {
				t.Fatal("it keeps footage too long")
			}
			_ = c.Site.Location()
			for _, camera := range c.Cameras {
				_, _ = camera.RTSPURL(), camera.URL.String()
			}
			return
		}
		var e *Error
		if !errors.As(err, &e) || len(e.Faults) == 0 || c != nil {
			t.Fatalf("%v, %v", c, err)
		}
		for _, fault := range e.Faults {
			if fault.Line < 1 || fault.Problem == "" || fault.Fix == "" {
				t.Fatalf("%+v", fault)
			}
		}
		if !slices.IsSortedFunc(e.Faults, func(a, b Fault) int { return a.Line - b.Line }) {
			t.Fatal(err)
		}
	})
}
