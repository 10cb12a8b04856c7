package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The command has nothing of Sjudager but the verifier, and nothing of others.
func TestSmall(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(strings.Fields(string(out)), " "); got != "github.com/sjudager/sjudager/holds/handover/verify github.com/sjudager/sjudager/cmd/sjuverify" {
		t.Errorf("it is made of %s", got)
	}
}

func TestBuilds(t *testing.T) {
	for _, system := range []string{"windows/amd64", "darwin/arm64"} {
		goos, goarch, _ := strings.Cut(system, "/")
		cmd := exec.Command("go", "build", "-o", filepath.Join(t.TempDir(), "sjuverify"), ".")
		cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch, "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", system, err, out)
		}
	}
}

func TestExitCodes(t *testing.T) {
	empty := t.TempDir()
	for _, c := range []struct {
		args []string
		want int
	}{
		{nil, 2},
		{[]string{"a", "b"}, 2},
		{[]string{"--fingerprint", "nonsense", empty}, 2},
		{[]string{filepath.Join(empty, "none")}, 1},
		{[]string{empty}, 5},
		{[]string{"--json", empty}, 5},
	} {
		var out, complaints bytes.Buffer
		if got := run(c.args, &out, &complaints); got != c.want {
			t.Errorf("%q: %d, not %d\n%s%s", c.args, got, c.want, &out, &complaints)
		}
	}
}
