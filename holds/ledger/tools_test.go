package ledger

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sjudager/sjudager/vault/index"
)

// An expert without this program: the lines of README.md, run as they stand there.
func TestCommonTools(t *testing.T) {
	r := newRig(t)
	r.fill()
	c := r.checkpoint()
	folder := t.TempDir()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	for i, part := range strings.Split(string(readme), "```") {
		if code, ok := strings.CutPrefix(part, "sh\n"); ok && i%2 == 1 {
			blocks = append(blocks, code)
		}
	}
	if len(blocks) != 4 {
		t.Fatalf("README.md has %d blocks", len(blocks))
	}
	run := func(env []string, blocks ...string) []string {
		t.Helper()
		cmd := exec.Command("bash", "-c", "set -euo pipefail\n"+strings.Join(blocks, "\n"))
		cmd.Dir, cmd.Env = folder, append(os.Environ(), env...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return strings.Split(strings.TrimSpace(string(out)), "\n")
	}
	write := func(name string, b []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("checkpoint", c.Note)
	if out := run([]string{"KEY=" + r.key.Verifier()}, blocks[0]); !strings.Contains(out[0], "Success") {
		t.Errorf("the signature: %s", out)
	}

	var entries []byte
	for n := range c.Size {
		told := r.tell(n)
		entries = append(entries, told.Line...)
		if n%5 != 0 && n != c.Size-1 {
			continue
		}
		var proof []byte
		r.update(func(tx *index.Tx) (err error) { proof, err = Prove(tx, n); return err })
		write("e.proof", proof)
		write("e.entry", told.Line)
		if out := run(nil, blocks[1]); len(out) != 2 || out[0] != out[1] || out[0] != hexOf(c.Root[:]) {
			t.Errorf("entry %d: %s", n, out)
		}
		for name, d := range told.Texts {
			write("list", []byte(told.List))
			if out := run([]string{"SALT=" + d.Salt, "TEXT=" + d.Text}, blocks[3]); !strings.HasPrefix(out[0], told.Commitments[name]) {
				t.Errorf("entry %d, %s: %s", n, name, out)
			}
		}
		if told.List != "" {
			write("list", []byte(told.List))
			if out := run([]string{"SALT=", "TEXT="}, blocks[3]); !strings.HasPrefix(out[1], told.Text("list")) {
				t.Errorf("entry %d, its list: %s", n, out)
			}
		}
	}
	write("entries", entries)
	out := run(nil, blocks[1], blocks[2])
	if out = out[2:]; len(out) != 2 || out[0] != out[1] || out[0] != hexOf(c.Root[:]) {
		t.Errorf("all entries: %s", out)
	}

	jq, err := exec.LookPath("jq")
	if errors.Is(err, exec.ErrNotFound) {
		return // the form is RFC 8785's either way; FuzzEntry holds it to encoding/json
	}
	cmd := exec.Command(jq, "-cS", ".")
	cmd.Stdin = strings.NewReader(string(entries))
	if out, err := cmd.Output(); err != nil || string(out) != string(entries) {
		t.Errorf("jq writes the entries another way: %v\n%s", err, out)
	}
}
