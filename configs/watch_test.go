package configs

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
)

// site returns a small configuration with one camera, whose password is in a
// file of the same folder.
func site(name string) string {
	return `
site:
  name: ` + name + `
  timezone: Europe/Oslo
  controller: {name: Eksempel Arena AS, org_number: 123456785, contact: post@example.no}
cameras:
  - {id: k01, zone: scene, url: "rtsp://user@192.0.2.10/s", password_file: k01.password}
`
}

// outcome is what Watch reported.
type outcome struct {
	config *Config
	err    error
}

// steps makes a watch whose checks the test runs itself; it returns the check,
// which gives what was reported, if anything.
func steps(t *testing.T, path string, running *Config) (check func() *outcome) {
	t.Helper()
	notices, err := fsnotify.NewWatcher()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { notices.Close() })
	go func() {
		for range notices.Events { // ends with Close
		}
	}()
	var got []outcome
	w := &watch{path: path, notices: notices, running: running, report: func(c *Config, err error) {
		got = append(got, outcome{c, err})
	}}
	return func() *outcome {
		t.Helper()
		got = nil
		for passes := 1; w.check(); passes++ {
			if passes == 5 {
				t.Fatal("it wants to check for ever")
			}
		}
		switch len(got) {
		case 0:
			return nil
		case 1:
			return &got[0]
		}
		t.Fatalf("%d reports of one change", len(got))
		return nil
	}
}

func TestCheck(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "k01.password", "one")
	path := write(t, folder, "sjudager.yaml", site("A"))
	running, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	check := steps(t, path, running)
	nothing := func(when string) {
		t.Helper()
		if got := check(); got != nil {
			t.Fatalf("%s: reported %v, %v", when, got.config, got.err)
		}
	}
	fault := func(when, want string) {
		t.Helper()
		got := check()
		var faults *Error
		if got == nil || got.config != nil || !errors.As(got.err, &faults) || !strings.Contains(got.err.Error(), want) {
			t.Fatalf("%s: reported %+v, want %s", when, got, want)
		}
		nothing("again, " + when)
	}
	config := func(when string) *Config {
		t.Helper()
		got := check()
		if got == nil || got.err != nil {
			t.Fatalf("%s: reported %+v", when, got)
		}
		nothing("again, " + when)
		return got.config
	}

	nothing("at the start")
	write(t, folder, "stranger", "x")
	write(t, folder, "sjudager.yaml", "# a comment\n"+site("A"))
	nothing("with another comment")

	write(t, folder, "sjudager.yaml", site("B"))
	b := config("with another name")
	if b.Site.Name != "B" {
		t.Error(b)
	}
	write(t, folder, "k01.password", "two")
	b = config("with another password")
	if got := b.Cameras[0].RTSPURL(); got != "rtsp://user:two@192.0.2.10/s" {
		t.Error(got)
	}

	write(t, folder, "sjudager.yaml", site("B")+"camera: []\n")
	fault("with an unknown key", "did you mean cameras?")
	write(t, folder, "sjudager.yaml", "# moved\n"+site("B")+"camera: []\n")
	fault("with the fault on another line", ":9: ")
	write(t, folder, "sjudager.yaml", site("B"))
	if got := config("repaired"); got != b {
		t.Error("the configuration in force is another one")
	}

	if err := os.Remove(filepath.Join(folder, "k01.password")); err != nil {
		t.Fatal(err)
	}
	fault("without the password", "k01.password")
	write(t, folder, "k01.password", "two")
	if got := config("with it again"); got != b {
		t.Error("the configuration in force is another one")
	}

	if err := os.Rename(path, path+"~"); err != nil {
		t.Fatal(err)
	}
	if got := check(); got == nil || !errors.Is(got.err, os.ErrNotExist) {
		t.Fatalf("without the file: %+v", got)
	}
	write(t, folder, "sjudager.yaml", site("C"))
	if got := config("with a new file"); got.Site.Name != "C" {
		t.Error(got)
	}
}

// TestCheckChangedSinceLoad changes the file between Load and Watch.
func TestCheckChangedSinceLoad(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "k01.password", "one")
	path := write(t, folder, "sjudager.yaml", site("A"))
	running, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, folder, "sjudager.yaml", site("B"))
	check := steps(t, path, running)
	if got := check(); got == nil || got.config == nil || got.config.Site.Name != "B" {
		t.Errorf("%+v", got)
	}
	if got := check(); got != nil {
		t.Errorf("again: %+v", got)
	}
}

// TestWatch runs the loop on real files, changed in each of the ways in which
// files change. Nothing here relies on the minute's recheck.
func TestWatch(t *testing.T) {
	folder := t.TempDir()
	secrets := t.TempDir()
	write(t, secrets, "k01.password", "one")
	inSecrets := func(name string) string {
		return strings.Replace(site(name), "k01.password", filepath.Join(secrets, "k01.password"), 1)
	}
	// As Kubernetes mounts configurations: the file is a link through a link to
	// a folder, and an update renames a new link over that one.
	version := func(name, content string) {
		if err := os.Mkdir(filepath.Join(folder, name), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(folder, name), "sjudager.yaml", content)
		if err := os.Symlink(name, filepath.Join(folder, "..next")); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(folder, "..next"), filepath.Join(folder, "..data")); err != nil {
			t.Fatal(err)
		}
	}
	version("..1", inSecrets("A"))
	path := filepath.Join(folder, "sjudager.yaml")
	if err := os.Symlink(filepath.Join("..data", "sjudager.yaml"), path); err != nil {
		t.Fatal(err)
	}
	running, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	reports := make(chan outcome, 100)
	ended := make(chan error)
	go func() {
		ended <- Watch(ctx, path, running, func(c *Config, err error) { reports <- outcome{c, err} })
	}()
	// until reads reports up to the expected one: where a change takes several
	// steps, those between may be reported too.
	until := func(what string, is func(outcome) bool) {
		t.Helper()
		deadline := time.After(30 * time.Second)
		for {
			select {
			case o := <-reports:
				if is(o) {
					return
				}
			case err := <-ended:
				t.Fatalf("%s: it ended: %v", what, err)
			case <-deadline:
				t.Fatalf("%s: not noticed", what)
			}
		}
	}
	named := func(name string) func(outcome) bool {
		return func(o outcome) bool { return o.config != nil && o.config.Site.Name == name }
	}

	write(t, secrets, "k01.password", "two")
	until("a password", func(o outcome) bool {
		return o.config != nil && strings.Contains(o.config.Cameras[0].RTSPURL(), "two")
	})
	version("..2", inSecrets("B"))
	until("a link", named("B"))
	write(t, filepath.Join(folder, "..2"), "sjudager.yaml", inSecrets("C"))
	until("a write through the link", named("C"))
	if err := os.Rename(write(t, folder, "sjudager.yaml~", inSecrets("D")), path); err != nil {
		t.Fatal(err)
	}
	until("a rename over the link", named("D"))
	write(t, folder, "sjudager.yaml", "sit")
	until("a fault", func(o outcome) bool { return o.err != nil })
	write(t, folder, "sjudager.yaml", inSecrets("E"))
	until("the repair", named("E"))

	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
